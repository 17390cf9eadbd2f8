"""Where the command line writes: answers to standard output, errors and progress to standard error."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from limelight.names import one_line

ERRORS = Console(stderr=True)
OUT = Console()


def plain(text: str) -> str:
    """A text on one line, whose brackets are no markup and which does nothing to a terminal."""
    return escape(one_line(text))


def say(text: str) -> None:
    """A line of an answer, not broken; markup is read."""
    OUT.print(text, highlight=False, soft_wrap=True)
