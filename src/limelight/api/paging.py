"""Pages of lists that are sorted by time: a token is where the last page ended."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from limelight.errors import SpecError
from limelight.names import ID_PATTERN

#: Milliseconds and an id.
_START = re.compile(r"from (\d{1,9}) (.{0,200})", re.ASCII | re.DOTALL)
_PLACE = re.compile(rf"(\d{{1,15}})-({ID_PATTERN})", re.ASCII)


class Dated(Protocol):
    """Something in a list."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def created_ms(self) -> int:
        """When it was made."""


Item = TypeVar("Item", bound=Dated)
#: Where a page begins: after what was made at this time with this id.
Place = tuple[int, str]


def after(token: str | None) -> Place | None:
    """Where the page of this token begins; None for the first. Raises SpecError."""
    if not token:
        return None
    try:
        match = _PLACE.fullmatch(base64.urlsafe_b64decode(token.encode()).decode("ascii"))
    except (ValueError, binascii.Error):
        match = None
    if match is None:
        raise _wrong_token()
    return int(match[1]), match[2]


def next_token(page: Sequence[Dated], limit: int) -> str | None:
    """The token of the page after this one; None where this is the last."""
    if limit == 0 or len(page) < limit:
        return None
    return _token(page[-1])


def v3_page(
    fetch: Callable[[int, Place | None], Sequence[Item]], limit: int, token: str
) -> tuple[Sequence[Item], str | None]:
    """A page of what `fetch` gives, newest first, and the token of the next one; None where there is none.

    `fetch` takes how many, and where the page begins. Raises SpecError for a wrong token.
    """
    found = fetch(limit + 1, after(token))
    return found[:limit], _token(found[limit - 1]) if len(found) > limit else None


def part(
    items: Sequence[Any], limit: int, token: str, id_of: Callable[[Any], str] = lambda _: ""
) -> tuple[Sequence[Any], str | None]:
    """A page of what is all there, and the token of the next one; None where there is none.

    With `id_of` the next page begins after the same item, also where the list has changed. Raises SpecError for a wrong
    token.
    """
    start = 0
    if token:
        try:
            match = _START.fullmatch(base64.urlsafe_b64decode(token.encode()).decode())
        except (ValueError, binascii.Error):
            match = None
        if match is None:
            raise _wrong_token()
        start = int(match[1])
        last = match[2]
        start = next((i + 1 for i, item in enumerate(items) if last and id_of(item) == last), start)
    end = start + limit
    if end >= len(items):
        return items[start:end], None
    return items[start:end], base64.urlsafe_b64encode(f"from {end} {id_of(items[end - 1])}".encode()).decode()


def _token(last: Dated) -> str:
    return base64.urlsafe_b64encode(f"{last.created_ms}-{last.id}".encode()).decode()


def _wrong_token() -> SpecError:
    return SpecError("token is invalid: it is not one that a list gave.", field="token")
