"""`limelight avatars` and `limelight voices`."""

from __future__ import annotations

import typer
from rich.table import Table

from limelight.cli.console import OUT


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(avatars)
    app.command()(voices)


def avatars() -> None:
    """List the presenters."""
    from limelight.catalog.avatars import avatars as listed
    from limelight.catalog.voices import voice

    table = Table("id", "name", "gender", "default voice", box=None, pad_edge=False)
    for entry in listed():
        table.add_row(
            entry.avatar_id,
            entry.name,
            entry.gender,
            f"{voice(entry.default_voice_id).name} ({entry.default_voice_id})",
        )
    OUT.print(table)


def voices() -> None:
    """List the voices."""
    from limelight.catalog.voices import voices as listed

    table = Table("id", "name", "gender", "language", box=None, pad_edge=False)
    for entry in listed():
        table.add_row(entry.voice_id, entry.name, entry.gender, entry.language)
    OUT.print(table)
