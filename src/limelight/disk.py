"""A full disk: each library reports it in its own way, and this module knows them all."""

from __future__ import annotations

import errno
import re
import sqlite3
from collections.abc import Iterator

from limelight.errors import JobError, LimelightError

DISK_FULL = "disk_full"
DISK_FULL_MESSAGE = "the disk is full."

_FULL_NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT})
#: How obstore, which is Rust, ends the message of such an error.
_FULL_TEXT = re.compile("|".join(rf"\(os error {number}\)" for number in _FULL_NUMBERS))
_POSTGRES_DISK_FULL = "53100"


def disk_is_full(error: BaseException) -> bool:
    """Whether this error, or one that caused it, says that the disk is full."""
    return any(_says_full(one) for one in _chain(error))


def named(error: Exception) -> Exception:
    """The error itself; where a full disk caused it, an error of the same stage that says so."""
    if not disk_is_full(error):
        return error
    kind = type(error) if isinstance(error, LimelightError) else JobError
    return kind(DISK_FULL_MESSAGE, code=DISK_FULL)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL_NUMBERS
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    full_text = type(error).__module__.startswith("obstore") and _FULL_TEXT.search(str(error)) is not None
    return full_text or getattr(error, "sqlstate", None) == _POSTGRES_DISK_FULL
