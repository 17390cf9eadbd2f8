"""Objects: finished files under a key, in a local folder. Published whole or not at all, and never replaced.

A key is a relative path with `/`. Built on obstore, so that a bucket can take the folder's place.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore

from limelight.disk import DISK_FULL, DISK_FULL_MESSAGE, disk_is_full
from limelight.errors import StoreError
from limelight.names import new_id

_CHUNK_BYTES = 1 << 20
#: The folder of objects until they are whole. While obstore writes one, its file's name ends with `#` and a number, and
#: obstore does not list it.
_INCOMING = "incoming"
#: A disk with less free space counts as full: a short film and its temporary files do not fit.
_LEAST_FREE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object's metadata."""

    #: bytes
    size: int
    etag: str
    #: seconds since 1970, UTC
    modified_s: float


class Objects:
    """A folder of objects. Every function raises StoreError when the folder cannot be used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store = LocalStore(folder, mkdir=True, automatic_cleanup=True)

    def publish(self, key: str, file: Path) -> bool:
        """Copy `file` to `key` unless an object is there already; says whether it was copied.

        Readers see nothing or the whole object. Of two concurrent publishers, one wins.
        """
        part = f"{_INCOMING}/{new_id()}"
        try:
            obstore.put(self._store, part, file)
            try:
                obstore.rename(self._store, part, key, overwrite=False)
            except AlreadyExistsError:
                obstore.delete(self._store, part)
                return False
        except (BaseError, OSError) as error:
            raise _failed("a file could not be stored.", error) from error
        return True

    def probe(self) -> None:
        """Raise StoreError unless an object can be written and deleted, and the disk has room for a short film."""
        part = f"{_INCOMING}/{new_id()}"
        try:
            obstore.put(self._store, part, b"probe")
            obstore.delete(self._store, part)
            free = shutil.disk_usage(self._folder).free
        except (BaseError, OSError) as error:
            raise _failed("the folder of files cannot be written to.", error) from error
        if free < _LEAST_FREE_BYTES:
            raise StoreError(DISK_FULL_MESSAGE, code=DISK_FULL)

    def info(self, key: str) -> ObjectInfo | None:
        """An object's metadata, or None where there is no such object."""
        try:
            meta = obstore.head(self._store, key)
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise _failed("a file could not be read.", error) from error
        return ObjectInfo(meta["size"], (meta["e_tag"] or "").strip('"'), meta["last_modified"].timestamp())

    def read(self, key: str) -> bytes:
        """The bytes of a small object. Raises StoreError, also where there is none."""
        return b"".join(self.stream(key))

    def stream(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Bytes from `start` up to, not including, `end`, in pieces. Raises StoreError, also where there is none."""
        try:
            if end is None:
                result = obstore.get(self._store, key, options={"range": {"offset": start}} if start else None)
            else:
                result = obstore.get(self._store, key, options={"range": (start, end)})
            for piece in result.stream(min_chunk_size=_CHUNK_BYTES):
                yield bytes(piece)
        except (BaseError, OSError) as error:
            raise _failed("a file could not be read.", error) from error

    def fetch(self, key: str, file: Path) -> Path:
        """Copy an object to a local file; gives that file. Raises StoreError, also where there is none."""
        try:
            with file.open("wb") as out:
                for piece in self.stream(key):
                    out.write(piece)
        except OSError as error:
            raise _failed("a file could not be copied.", error) from error
        return file

    def copy(self, source: str, key: str) -> None:
        """Copy an object to `key` unless one is there already. Raises StoreError, also where there is no source."""
        try:
            obstore.copy(self._store, source, key, overwrite=False)
        except AlreadyExistsError:
            return
        except (BaseError, OSError) as error:
            raise _failed("a file could not be copied.", error) from error

    def list(self, prefix: str) -> Iterator[tuple[str, float]]:
        """Every key below `prefix/`, with the time it was published: seconds since 1970, UTC."""
        try:
            for batch in obstore.list(self._store, prefix):
                for meta in batch:
                    yield meta["path"], meta["last_modified"].timestamp()
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _failed("files could not be listed.", error) from error

    def delete(self, key: str) -> None:
        """Delete an object; where there is none, that is no error."""
        try:
            obstore.delete(self._store, key)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _failed("a file could not be deleted.", error) from error

    def delete_all(self, prefix: str) -> None:
        """Delete every object below `prefix/`; where there is none, that is no error."""
        try:
            for batch in obstore.list(self._store, prefix):
                obstore.delete(self._store, [meta["path"] for meta in batch])
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _failed("files could not be deleted.", error) from error

    def tidy(self, older_than_s: float) -> None:
        """Delete leftovers of crashes, of this age or older: objects that were never published, and empty folders."""
        until_s = time.time() - older_than_s
        try:
            for part in (self._folder / _INCOMING).glob("*"):
                if _is_of(part, until_s):
                    part.unlink(missing_ok=True)
            # Deleting a folder changes its parent's modification time, so all ages are read before the first deletion.
            folders = [Path(folder) for folder, _, _ in os.walk(self._folder, topdown=False)][:-1]
            for folder in [folder for folder in folders if _is_of(folder, until_s)]:
                with suppress(OSError):  # it is not empty
                    folder.rmdir()
        except OSError as error:
            raise StoreError("what crashes left of files could not be deleted.") from error


def _is_of(path: Path, until_s: float) -> bool:
    """Whether a file or folder was last changed at this time or before, seconds since 1970."""
    try:
        return path.stat().st_mtime <= until_s
    except FileNotFoundError:  # it was deleted meanwhile
        return False


def _failed(message: str, error: Exception) -> StoreError:
    return StoreError(DISK_FULL_MESSAGE, code=DISK_FULL) if disk_is_full(error) else StoreError(message)
