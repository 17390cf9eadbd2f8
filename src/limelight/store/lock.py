"""One server per data folder, and per Postgres database: two servers would each run the same jobs."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from limelight.errors import StoreError
from limelight.store.database import patient

#: The key of the advisory lock: an arbitrary number that no other program locks in this database.
_KEY = int.from_bytes(b"limeligh")
#: How long Postgres may take to release the lock of a server that has just died.
_PATIENCE_S = 3.0
_LOOK_EVERY_S = 1.0
#: After so many refusals, another server holds the lock.
_REFUSED_AT_MOST = 3
#: Ends the sessions that Postgres may still have of connections that this lock lost.
_END_OURS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name AND pid <> pg_backend_pid()"
)

_log = logging.getLogger(__name__)


class FolderLock:
    """A lock on a folder, held from construction to `close`; the system releases it when the process dies in any way.

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
        """Release the lock."""
        self._file.close()


class DatabaseLock:
    """An advisory lock, held from construction to `close` by a connection of its own: Postgres releases it with that.

    A thread replaces a lost connection and takes the lock again. Where another server has taken it meanwhile, the
    thread calls `on_taken`: this server must stop. The constructor raises StoreError when another server holds the
    lock, or Postgres cannot be reached.
    """

    def __init__(self, url: str, on_taken: Callable[[], None]) -> None:
        self._name = f"limelight-lock-{uuid.uuid4().hex[:16]}"
        self._engine = create_engine(
            patient(make_url(url)),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"application_name": self._name},
        )
        self._on_taken = on_taken
        self._connection: Connection | None = None
        self._take()
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="database-lock", daemon=True)
        self._keeper.start()

    def close(self) -> None:
        """Release the lock."""
        self._closing.set()
        self._keeper.join(_LOOK_EVERY_S)
        # Where the thread still waits for a database that does not answer, the lock ends with the process.
        if not self._keeper.is_alive():
            self._drop()

    def _take(self) -> None:
        """Take the lock. Raises StoreError where it cannot."""
        deadline_s = time.monotonic() + _PATIENCE_S
        try:
            while not self._locked():
                if time.monotonic() > deadline_s:
                    message = "another server is using this database; one database is for one server."
                    raise StoreError(message, code="database_in_use")
                time.sleep(0.1)
        except SQLAlchemyError as error:
            raise StoreError("the database could not be reached.") from error

    def _keep(self) -> None:
        refused = 0
        while not self._closing.wait(_LOOK_EVERY_S):
            try:
                if self._connection is not None:
                    self._connection.execute(text("SELECT 1"))
                    refused = 0
                # The holder may be this lock's own old session, which `_locked` has just ended: only another server's
                # session is still there after several tries.
                elif not self._locked() and (refused := refused + 1) >= _REFUSED_AT_MOST:
                    _log.critical("another server has taken the database over: this one stops")
                    self._on_taken()
                    return
            except SQLAlchemyError:
                if self._connection is not None:
                    _log.warning("the connection that holds the database for this server is lost")
                    self._drop()

    def _locked(self) -> bool:
        """Connect and try to take the lock; says whether it is taken."""
        connection = self._engine.connect()
        try:
            # Without keepalives, Postgres would keep the session of a dead machine, and with it the lock, for hours.
            for name, value in (("idle", 10), ("interval", 5), ("count", 3)):
                connection.execute(text(f"SET tcp_keepalives_{name} = {value}"))
            connection.execute(_END_OURS, {"name": self._name})
            if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}):
                self._connection = connection
                return True
            return False
        finally:
            if self._connection is not connection:
                connection.close()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
else:

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
