"""Pages of lists that are sorted by time: a token is where the last page ended."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Protocol

from limelight.errors import SpecError
from limelight.names import ID_PATTERN

#: Milliseconds and an id.
_PLACE = re.compile(rf"(\d{{1,15}})-({ID_PATTERN})", re.ASCII)


class Dated(Protocol):
    """Something in a list."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def created_ms(self) -> int:
        """When it was made."""


def after(token: str | None) -> tuple[int, str] | None:
    """Where the page of this token begins; None for the first. Raises SpecError."""
    if not token:
        return None
    try:
        match = _PLACE.fullmatch(base64.urlsafe_b64decode(token.encode()).decode("ascii"))
    except (ValueError, binascii.Error):
        match = None
    if match is None:
        raise SpecError("token is invalid: it is not one that a list gave.")
    return int(match[1]), match[2]


def next_token(page: Sequence[Dated], limit: int) -> str | None:
    """The token of the page after this one; None where this is the last."""
    if limit == 0 or len(page) < limit:
        return None
    return base64.urlsafe_b64encode(f"{page[-1].created_ms}-{page[-1].id}".encode()).decode()
