"""One server per data folder: the same run started twice would do every scene twice."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

from limelight.errors import StoreError


class FolderLock:
    """Held from construction to `close`; the system frees it when the process dies, however it dies.

    Raises StoreError when another process holds it.
    """

    def __init__(self, folder: Path) -> None:
        self._file: IO[bytes] = (folder / "lock").open("ab")
        try:
            _lock(self._file)
        except OSError as error:
            self._file.close()
            raise StoreError("another server is using this data folder.", code="data_folder_in_use") from error

    def close(self) -> None:
        """Let the next one in."""
        self._file.close()


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
