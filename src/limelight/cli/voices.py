"""`limelight voices`: the voices there are, and the user's own from style files, on the server's own data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from limelight.cli.console import ERRORS, checked_output, plain, print_table, say
from limelight.cli.data import DATA_DIR, DataDir
from limelight.errors import SpecError


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(help="List the voices, hear one, add one of a style file.", invoke_without_command=True)
    group.callback()(voices)
    group.command()(preview)
    group.command()(add)
    group.command()(remove)
    app.add_typer(group, name="voices")


def voices(context: typer.Context, data_dir: DataDir = DATA_DIR) -> None:
    """List the voices, hear one, add one of a style file."""
    if context.invoked_subcommand:
        return
    from limelight.catalog.own_voices import look_in
    from limelight.catalog.voices import voices as listed

    look_in(data_dir)
    table = Table("id", "name", "gender", "age", "language", "accent", "character", box=None, pad_edge=False)
    for entry in listed():
        character = ", ".join(filter(None, [entry.character, *entry.tags]))
        table.add_row(
            plain(entry.voice_id),
            plain(entry.name),
            entry.gender,
            entry.age or "",
            f"{entry.language} ({entry.locale})",
            entry.accent,
            plain(character),
        )
    print_table(table)


def preview(
    voice: Annotated[str, typer.Argument(help="An id or name of `limelight voices`.", show_default=False)],
    out: Annotated[Path, typer.Option("-o", "--output", help="The .wav to write.")] = Path("preview.wav"),
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Write what a voice sounds like."""
    from limelight.catalog import previews
    from limelight.catalog.own_voices import look_in
    from limelight.catalog.voices import voice_named
    from limelight.cli.say import write_wav
    from limelight.render import speech_of

    look_in(data_dir)
    checked_output(out, ".wav")
    spec = previews.sample(voice_named(voice))
    write_wav(speech_of(spec.scenes[0].voice, {}), out)
    say(f"[bold]{plain(str(out))}[/]")


def add(
    file: Annotated[Path, typer.Argument(help="A style for Kokoro: .bin, .npy or .pt.", show_default=False)],
    name: Annotated[str, typer.Option(help="What it is to be called.", show_default=False)],
    language: Annotated[str, typer.Option(help="What it speaks: en-US or en-GB.", show_default=False)],
    gender: Annotated[str, typer.Option(help="female or male.", show_default=False)],
    licence: Annotated[str, typer.Option(help="Under which you may use it, as Apache-2.0.", show_default=False)],
    character: Annotated[str, typer.Option(help="What it is like, in a few words.")] = "",
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Add a voice of a style file, for every account; it is measured first, which takes half a minute."""
    from rich.progress import Progress

    from limelight.catalog.own_voices import add as add_voice
    from limelight.catalog.own_voices import look_in
    from limelight.catalog.voices import voices as listed

    look_in(data_dir)
    with Progress(console=ERRORS, transient=True, disable=not ERRORS.is_terminal) as progress:
        task = progress.add_task("measuring the voice")
        own = add_voice(
            data_dir, file, name, gender, language, licence, character,
            {entry.name.lower() for entry in listed()},
            lambda done, total: progress.update(task, completed=done, total=total),
        )  # fmt: skip
    say(own.voice_id)


def remove(
    voice_id: Annotated[str, typer.Argument(help="An id of `limelight voices`.", show_default=False)],
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Delete a voice that was added; videos that still need it fail."""
    from limelight.catalog.own_voices import look_in
    from limelight.catalog.own_voices import remove as remove_voice
    from limelight.catalog.voices import shipped_voices

    look_in(data_dir)
    if any(entry.voice_id == voice_id for entry in shipped_voices()):
        raise SpecError(f"voice {voice_id} is one of Limelight's own, and stays.")
    if not remove_voice(voice_id):
        raise SpecError(f"voice {voice_id} not found; `limelight voices` shows those there are.")
    say(f"{voice_id} is removed")
