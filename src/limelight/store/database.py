"""The database: connections, transactions and migrations. SQLite (WAL, every commit synced), or Postgres by its URL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, Select, and_, create_engine, event, make_url, or_, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from limelight.disk import DISK_FULL, DISK_FULL_MESSAGE, disk_is_full
from limelight.errors import DatabaseUnavailable, StoreError
from limelight.store.models import AccountRow, AssetRow, FolderRow, VideoRow

Row = TypeVar("Row", VideoRow, AssetRow, FolderRow)

_BUSY_TIMEOUT_MS = 30_000
#: libpq's parameters: a server that is gone is noticed after seconds, instead of minutes or hours.
_PATIENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
#: SQLite's primary codes of what passes; its other operational errors are mistakes of ours.
_SQLITE_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)


class Database:
    """An open database whose tables are up to date. Every function raises StoreError when it cannot be used."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(make_url(url))
        self._migrate()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction, committed at the end of the with block."""
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                yield session
        except SQLAlchemyError as error:
            raise _failed("the database could not be used.", error) from error

    def ping(self) -> None:
        """Raise StoreError unless the database answers."""
        with self.session() as session:
            session.execute(select(AccountRow.id).limit(1))

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _migrate(self) -> None:
        config = _migrations()
        try:
            with self._engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except SQLAlchemyError as error:
            raise _failed("the database could not be opened or brought up to date.", error) from error


def passes(error: Exception) -> bool:
    """Whether SQLAlchemy's error is of a database that does not answer or cannot write, and not of what was asked."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_PASSING
    return error.connection_invalidated or isinstance(error, OperationalError)


def _failed(message: str, error: Exception) -> StoreError:
    if disk_is_full(error):
        return DatabaseUnavailable(DISK_FULL_MESSAGE, code=DISK_FULL)
    return DatabaseUnavailable("the database does not answer.") if passes(error) else StoreError(message)


def revisions(url: str) -> tuple[str | None, str | None]:
    """Up to which migration a database is, None where it is empty, and up to which it would be; nothing is changed.

    Raises StoreError where it cannot be reached.
    """
    engine = _engine(make_url(url))
    try:
        with engine.connect() as connection:
            now = MigrationContext.configure(connection).get_current_revision()
        return now, ScriptDirectory.from_config(_migrations()).get_current_head()
    except SQLAlchemyError as error:
        raise StoreError("the database could not be reached.") from error
    finally:
        engine.dispose()


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return create_engine(patient(url), pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def _configure(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        # SQLite's own knows no letter outside of ASCII.
        connection.create_function("lower", 1, _lower, deterministic=True)

    return engine


def patient(url: URL) -> URL:
    """A Postgres URL whose connections are given up when nothing comes back; what it says itself is left."""
    return url.set(drivername="postgresql+psycopg", query={**_PATIENCE, **url.query})


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def newest_first(
    query: Select[Row],
    rows: type[Row],
    before: tuple[int, str] | None,
    limit: int,
) -> Select[Row]:
    """A page of rows by their time, after the one that was created at `before` (created_ms, id)."""
    if before:
        ms, id = before
        query = query.where(or_(rows.created_ms < ms, and_(rows.created_ms == ms, rows.id < id)))
    return query.order_by(rows.created_ms.desc(), rows.id.desc()).limit(limit)


def now_ms() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000
