"""`limelight avatars` and `limelight avatars preview`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from limelight.cli.console import OUT, checked_output, plain, print_table


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(help="List the presenters, or show one.", invoke_without_command=True)
    group.callback()(avatars)
    group.command()(preview)
    app.add_typer(group, name="avatars")


def avatars(context: typer.Context) -> None:
    """List the presenters, or show one."""
    if context.invoked_subcommand:
        return
    from limelight.catalog.avatars import avatars as listed
    from limelight.catalog.voices import voice

    table = Table("id", "name", "gender", "default voice", box=None, pad_edge=False)
    for entry in listed():
        table.add_row(
            entry.avatar_id,
            entry.look,
            entry.gender,
            f"{voice(entry.default_voice_id).name} ({entry.default_voice_id})",
        )
    print_table(table)


def preview(
    avatar_id: Annotated[str, typer.Argument(help="An id of `limelight avatars`.", show_default=False)],
    out: Annotated[Path, typer.Option("-o", "--output", help="The .png, .jpg or .mp4 to write.")] = Path("preview.png"),
) -> None:
    """Write a presenter's picture, or a short film of them."""
    from limelight.catalog import previews
    from limelight.catalog.avatars import avatar
    from limelight.cli.render import render_to

    entry = avatar(avatar_id)
    checked_output(out, ".jpeg", ".png", ".jpg", ".mp4")
    match out.suffix.lower():
        case ".png":
            out.write_bytes(previews.picture(entry, "png"))
        case ".jpg" | ".jpeg":
            out.write_bytes(previews.picture(entry, "jpg"))
        case _:
            render_to(previews.clip(entry), out)
    OUT.print(f"[bold]{plain(str(out))}[/]", highlight=False, soft_wrap=True)
