"""Ids, which Limelight gives, and names, which people give."""

from __future__ import annotations

import re
import unicodedata
import uuid

#: Matches an id; a part of other regular expressions.
ID_PATTERN = "[0-9a-f]{32}"
_ID = re.compile(ID_PATTERN)
#: Unicode categories: control characters, and surrogates.
_NOT_WRITTEN = ("Cc", "Cs")


def new_id() -> str:
    """A new id: 32 hex digits, random."""
    return uuid.uuid4().hex


def is_id(text: str) -> bool:
    """Whether this text has the form of an id."""
    return _ID.fullmatch(text) is not None


def one_line(text: str) -> str:
    """A name that every database and terminal takes: each run of white space, control characters (NUL and ESC among
    them) and surrogates becomes one space."""
    return " ".join("".join(" " if unicodedata.category(c) in _NOT_WRITTEN else c for c in text).split())


def shown_url(url: str) -> str:
    """A URL for a message: without user name, password, query and fragment, at most 200 characters."""
    text = "".join(c for c in url.partition("?")[0].partition("#")[0] if c.isprintable())
    scheme, separator, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    text = f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
    return text if len(text) <= 200 else text[:200] + "…"
