"""What a server keeps is its owner's alone: keys' hashes, webhooks' secrets, people's likenesses, unpublished films.

Where the system has no modes (Windows), a folder is for whom the one around it is, and nothing is done.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sqlalchemy import make_url

from limelight.errors import StoreError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
#: What SQLite makes beside a database has the database's mode, from then on.
_BESIDE = ("", "-wal", "-shm", "-journal")


def make_private_folder(folder: Path) -> None:
    """Make a folder for its owner alone, or narrow one that is there, unless it is everybody's, as `/tmp` is.

    Raises StoreError where something else is in its place, or it may not be made.
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
    """Make the file of a SQLite database, or narrow it and what lies beside it; nothing of another one."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite" or not parts.database:
        return
    try:
        os.close(os.open(parts.database, os.O_RDWR | os.O_CREAT, stat.S_IRUSR | stat.S_IWUSR))
    except OSError:  # SQLite will say so
        return
    for name in _BESIDE:
        _narrow(Path(parts.database + name))


def is_private(path: Path) -> bool:
    """Whether nobody but its owner may do anything with a file or folder."""
    return os.name == "nt" or not path.stat().st_mode & _OTHERS


def _narrow(path: Path) -> None:
    """Take away what others may do, where it is there and ours."""
    try:
        if not is_private(path):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)
    except (FileNotFoundError, PermissionError):
        return
