"""`limelight doctor`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from limelight.cli.console import plain, say

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(doctor)


def doctor(
    data_dir: Annotated[Path, typer.Option(help="The server's data folder.")] = Path("limelight-data"),
) -> None:
    """Check whether this machine can make films; exit code 1 where something is in the way."""
    from limelight.cli.checks import examine

    failed = False
    for finding in examine(data_dir, os.environ):
        failed = failed or finding.state == "fail"
        mark = f"[{_COLOURS[finding.state]}]{finding.state:<4}[/]"
        say(f"{mark}  {finding.subject:<20} {plain(finding.text)}")
        if finding.advice:
            say(f"{'':<27}→ {plain(finding.advice)}")
    if failed:
        raise typer.Exit(1)
