"""What things are called: ids, which are ours, and names, which are people's."""

from __future__ import annotations

import re
import unicodedata
import uuid

#: An id, as a part of other patterns.
ID_PATTERN = "[0-9a-f]{32}"
_ID = re.compile(ID_PATTERN)
#: Control characters, and halves of surrogate pairs.
_NOT_WRITTEN = ("Cc", "Cs")


def new_id() -> str:
    """An id that nothing has: 32 hex digits, random."""
    return uuid.uuid4().hex


def is_id(text: str) -> bool:
    """Whether it can be the id of anything here."""
    return _ID.fullmatch(text) is not None


def one_line(text: str) -> str:
    """A name in a form that every database and terminal takes: a space for each run of what is not written, which is
    white space, NUL, escape sequences' beginnings."""
    return " ".join("".join(" " if unicodedata.category(c) in _NOT_WRITTEN else c for c in text).split())
