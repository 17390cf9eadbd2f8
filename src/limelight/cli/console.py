"""Where the command line writes: answers to standard output, errors and progress to standard error."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from limelight.errors import SpecError
from limelight.names import one_line


class Warned(Protocol):
    """A warning, from the pipeline or from a server."""

    @property
    def message(self) -> str:
        """In words for its author."""

    @property
    def scene(self) -> int | None:
        """Counted from 1."""


ERRORS = Console(stderr=True)
OUT = Console()
#: Names and ids in a table are not to be broken, on a narrow terminal neither.
_TABLE_WIDTH = 200


def plain(text: str) -> str:
    """A text on one line, whose brackets are no markup and which does nothing to a terminal."""
    return escape(one_line(text))


def warn(warnings: Iterable[Warned], scenes: int | None = None) -> None:
    """A line on standard error for each warning; it names the scene unless there is only one."""
    for warning in warnings:
        scene = f"scene {warning.scene}: " if warning.scene and scenes != 1 else ""
        ERRORS.print(f"[yellow]warning:[/] {plain(scene + warning.message)}", highlight=False, soft_wrap=True)


def checked_output(out: Path) -> None:
    """Before the work that it is for. Raises SpecError for a file that cannot be written."""
    if out.is_dir() or not out.parent.is_dir():
        raise SpecError(f"output is invalid: {out} is not a file in an existing folder")


def print_table(table: Table) -> None:
    """A list of an answer, as wide as it needs to be."""
    Console(width=max(OUT.width, _TABLE_WIDTH)).print(table, crop=False)


def say(text: str) -> None:
    """A line of an answer, not broken; markup is read."""
    OUT.print(text, highlight=False, soft_wrap=True)
