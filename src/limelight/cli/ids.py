"""`limelight ids`: which presenter or voice stands for an id that a program has written into it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from limelight.cli.console import plain, print_table, say
from limelight.cli.data import DATA_DIR, DataDir
from limelight.errors import AvatarNotFound, SpecError, VoiceNotFound

Old = Annotated[str, typer.Argument(help="The id in the program.", show_default=False)]

ids = typer.Typer(help="Say what ids of other programs stand for.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(ids, name="ids")


@ids.command("map")
def map_(
    old: Old,
    new: Annotated[str, typer.Argument(help="An id of a presenter or voice here.", show_default=False)],
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Let an id stand for a presenter or voice; a running server sees it at once."""
    from limelight.catalog.avatars import avatar
    from limelight.catalog.own_voices import look_in
    from limelight.catalog.stand_ins import MAX_ID_CHARACTERS, read_map, write_map
    from limelight.catalog.voices import voice
    from limelight.store.private import make_private_folder

    if not 0 < len(old) <= MAX_ID_CHARACTERS:
        raise SpecError(f"OLD is invalid: it has {len(old)} characters, 1 to {MAX_ID_CHARACTERS} are needed.")
    look_in(data_dir)
    try:
        named = avatar(new).look
    except AvatarNotFound:
        try:
            named = voice(new).name
        except VoiceNotFound as error:
            raise SpecError(f"NEW is invalid: neither an avatar nor a voice has the id {new}.") from error
    make_private_folder(data_dir)
    write_map(data_dir, {**read_map(data_dir), old: new})
    say(f"{plain(old)} stands for {plain(named)}")


@ids.command("list")
def list_(data_dir: DataDir = DATA_DIR) -> None:
    """List what ids stand for."""
    from limelight.catalog.stand_ins import read_map

    table = Table("id", "stands for", box=None, pad_edge=False)
    for old, new in sorted(read_map(data_dir).items()):
        table.add_row(plain(old), plain(new))
    print_table(table)


@ids.command()
def remove(old: Old, data_dir: DataDir = DATA_DIR) -> None:
    """Let an id stand for nothing again."""
    from limelight.catalog.stand_ins import read_map, write_map

    found = read_map(data_dir)
    if old not in found:
        raise SpecError(f"{old} stands for nothing; `limelight ids list` shows what does.")
    write_map(data_dir, {id: new for id, new in found.items() if id != old})
    say(f"{plain(old)} stands for nothing now")
