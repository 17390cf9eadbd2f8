"""What people call their things, in a form that every database and terminal takes."""

from __future__ import annotations

import unicodedata

#: Control characters, and halves of surrogate pairs.
_NOT_WRITTEN = ("Cc", "Cs")


def one_line(text: str) -> str:
    """A text with a space for each run of what is not written: white space, NUL, escape sequences' beginnings."""
    return " ".join("".join(" " if unicodedata.category(c) in _NOT_WRITTEN else c for c in text).split())
