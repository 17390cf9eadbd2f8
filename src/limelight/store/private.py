"""Keeps a server's files private to their owner: hashes of keys, secrets, people's likenesses, unpublished films.

On a system without file modes (Windows) a folder inherits its parent's access rules, and nothing here changes them.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sqlalchemy import make_url

from limelight.errors import StoreError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
#: Suffixes of a SQLite database's files; those that SQLite makes later get the database file's mode.
_BESIDE = ("", "-wal", "-shm", "-journal")


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner may use, or make an existing one so, unless it is sticky, as `/tmp` is.

    Raises StoreError where something else is in its place, or this user may not make it.
    """
    try:
        folder.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise StoreError(f"{folder} is no folder.") from error
    except PermissionError as error:
        raise StoreError(f"{folder} cannot be made: this user may not write there.") from error
    if not folder.stat().st_mode & stat.S_ISVTX:
        _narrow(folder)


def make_private_database(url: str) -> None:
    """Make the file of a SQLite database, and make its files private to their owner; does nothing for Postgres."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite" or not parts.database:
        return
    try:
        os.close(os.open(parts.database, os.O_RDWR | os.O_CREAT, stat.S_IRUSR | stat.S_IWUSR))
    except OSError:  # opening the database will report it
        return
    for name in _BESIDE:
        _narrow(Path(parts.database + name))


def is_private(path: Path) -> bool:
    """Whether only its owner has access to a file or folder; always True on Windows."""
    return os.name == "nt" or not path.stat().st_mode & _OTHERS


def _narrow(path: Path) -> None:
    """Take away others' access, where the path exists and this user owns it."""
    try:
        if not is_private(path):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)
    except (FileNotFoundError, PermissionError):
        return
