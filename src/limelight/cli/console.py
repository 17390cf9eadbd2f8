"""The command line's output: answers to standard output, errors and progress to standard error."""

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
        """The warning in words for the request's author."""

    @property
    def scene(self) -> int | None:
        """The scene's number, counted from 1."""


ERRORS = Console(stderr=True)
OUT = Console()
#: Columns of a table at least, so that names and ids are not broken even on a narrow terminal.
_TABLE_WIDTH = 200


def plain(text: str) -> str:
    """A text on one line, with brackets escaped from rich's markup and without terminal control sequences."""
    return escape(one_line(text))


def warn(warnings: Iterable[Warned], scenes: int | None = None) -> None:
    """Print a line on standard error for each warning; it names the scene unless the video has only one."""
    for warning in warnings:
        scene = f"scene {warning.scene}: " if warning.scene and scenes != 1 else ""
        ERRORS.print(f"[yellow]warning:[/] {plain(scene + warning.message)}", highlight=False, soft_wrap=True)


def checked_output(out: Path, *suffixes: str) -> None:
    """Check an output path before the work: what it ends in tells what is written to it.

    Raises SpecError where it ends in none of `suffixes`, is a folder, or its folder does not exist.
    """
    if suffixes and out.suffix.lower() not in suffixes:
        *others, last = suffixes
        known = f"none of {', '.join(others)} and {last}" if others else f"not a {last}"
        raise SpecError(f"output is invalid: {out} is {known}")
    if out.is_dir() or not out.parent.is_dir():
        raise SpecError(f"output is invalid: {out} is not a file in an existing folder")


def captioned_beside(out: Path) -> Path:
    """Where the captioned copy of the film `out` belongs."""
    return out.with_stem(f"{out.stem}-captioned")


def subtitles_beside(out: Path, kind: str) -> Path:
    """Where the subtitles of the film `out` belong; `kind` is srt, vtt or ass."""
    return out.with_suffix(f".{kind}")


def print_table(table: Table) -> None:
    """Print a table to standard output, as wide as it needs to be."""
    Console(width=max(OUT.width, _TABLE_WIDTH)).print(table, crop=False)


def say(text: str) -> None:
    """Print a line to standard output, without wrapping; rich's markup applies."""
    OUT.print(text, highlight=False, soft_wrap=True)
