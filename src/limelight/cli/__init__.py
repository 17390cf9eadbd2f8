"""The command line: one module per group of commands. Errors become one line and an exit code here."""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

from limelight import __version__
from limelight.cli import (
    assistant,
    avatars,
    doctor,
    ids,
    keys,
    photos,
    remote,
    render,
    say,
    server,
    still,
    templates,
    voices,
    webhooks,
    words,
)
from limelight.cli.console import ERRORS, plain
from limelight.disk import named
from limelight.errors import LimelightError


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"limelight {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="limelight",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def limelight(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """A script, an avatar and a voice in; a finished presenter video out."""


for group in (
    render,
    still,
    say,
    remote,
    avatars,
    voices,
    server,
    assistant,
    webhooks,
    keys,
    doctor,
    templates,
    photos,
    words,
    ids,
):
    group.add_to(app)

_INTERRUPTED = 130


def _stop(number: int, _frame: object) -> None:
    """End as after an error, so that nothing is left behind."""
    sys.exit(128 + number)


def main() -> None:
    """Entry point of the `limelight` command."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        app()
    except (LimelightError, OSError) as error:
        told = named(error)
        if not isinstance(told, LimelightError):
            raise
        ERRORS.print(f"[bold red]{told.stage}:[/] {plain(told.message)}", highlight=False, soft_wrap=True)
        sys.exit(told.exit_code)
    except KeyboardInterrupt:
        ERRORS.print("interrupted")
        sys.exit(_INTERRUPTED)
