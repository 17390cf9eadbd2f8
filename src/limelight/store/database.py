"""The database: connections, transactions and migrations. SQLite (WAL, every commit synced), or Postgres by its URL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

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
from limelight.store.models import AccountRow, AssetRow, DeliveryRow, FolderRow, TemplateRow, VideoRow
from limelight.store.private import make_private_database

Row = TypeVar("Row", VideoRow, AssetRow, FolderRow, DeliveryRow, TemplateRow)

_BUSY_TIMEOUT_MS = 30_000
#: Ids in one query: fewer than the parameters that SQLite allows.
_IDS_AT_ONCE = 500


#: libpq's parameters that make a client notice a dead server within seconds instead of minutes or hours.
_PATIENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
#: SQLite's primary error codes for transient errors; its other operational errors are bugs here.
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


class Standing(NamedTuple):
    """A database's schema version, as migration ids."""

    #: the migration that the database is at; None where it is empty
    now: str | None
    #: the last migration of this program
    latest: str
    #: whether the database is at a migration that this program does not know
    is_newer: bool


class Database:
    """An open database whose tables are up to date. Every function raises StoreError when it cannot be used.

    With `migrate`, the constructor migrates older tables; without it, they must be up to date already. Tables of a
    newer program are refused.
    """

    def __init__(self, url: str, *, migrate: bool = True) -> None:
        check_standing(standing(url), may_migrate=migrate)
        make_private_database(url)
        self._engine = _engine(make_url(url))
        if migrate:
            self._migrate()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction, committed at the end of the with block."""
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                yield session
        except SQLAlchemyError as error:
            raise _failed("the database could not be used.", error) from error

    def without_rows(self, rows: type[Row], ids: Iterable[str]) -> set[str]:
        """Those of the ids for which the table has no row."""
        wanted = sorted(set(ids))
        known: set[str] = set()
        with self.session() as session:
            for start in range(0, len(wanted), _IDS_AT_ONCE):
                some = wanted[start : start + _IDS_AT_ONCE]
                known.update(session.scalars(select(rows.id).where(rows.id.in_(some))))
        return set(wanted) - known

    def ping(self) -> None:
        """Raise StoreError unless the database answers."""
        with self.session() as session:
            session.execute(select(AccountRow.id).limit(1))

    def close(self) -> None:
        """Close the connections."""
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
    """Whether an error of SQLAlchemy's is transient: the database does not answer or cannot write, and a retry may
    succeed. Errors in the statement itself are not."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = _sqlite_code(error)
    if code is not None:
        return code in _SQLITE_PASSING
    return error.connection_invalidated or isinstance(error, OperationalError)


def _sqlite_code(error: SQLAlchemyError) -> int | None:
    """The primary error code of SQLite; None where the error is not SQLite's."""
    code: int | None = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _failed(message: str, error: Exception) -> StoreError:
    if disk_is_full(error):
        return DatabaseUnavailable(DISK_FULL_MESSAGE, code=DISK_FULL)
    return DatabaseUnavailable("the database does not answer.") if passes(error) else StoreError(message)


def standing(url: str) -> Standing:
    """The schema version of a database; changes nothing. Raises StoreError where it cannot be reached or is not one."""
    known = [script.revision for script in ScriptDirectory.from_config(_migrations()).walk_revisions()]
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite" and not Path(parts.database or "").exists():
        return Standing(None, known[0], False)  # connecting would create the file
    engine = _engine(parts)
    try:
        with engine.connect() as connection:
            now = MigrationContext.configure(connection).get_current_revision()
        return Standing(now, known[0], now is not None and now not in known)
    except SQLAlchemyError as error:
        # The message does not have the URL, which may have a password.
        if _sqlite_code(error) == sqlite3.SQLITE_NOTADB:
            raise StoreError(f"the file {parts.database} is no database.") from error
        raise StoreError("the database could not be reached.") from error
    finally:
        engine.dispose()


def check_standing(found: Standing, *, may_migrate: bool) -> None:
    """Raise StoreError where this program cannot work with a database of this schema version."""
    at = f"(migration {found.now}, this version has {found.latest})"
    if found.is_newer:
        raise StoreError(f"the database is of a newer version {at}: update Limelight.", code="database_too_new")
    if not may_migrate and found.now is None:
        raise StoreError("the database is empty: start a server on it first.", code="database_empty")
    if not may_migrate and found.now != found.latest:
        raise StoreError(
            f"the database is of an older version {at}: start the server, which brings it up to date.",
            code="database_too_old",
        )


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
        # SQLite's own `lower` changes ASCII letters only.
        connection.create_function("lower", 1, _lower, deterministic=True)

    return engine


def patient(url: URL) -> URL:
    """A Postgres URL with time limits, so that a dead server is noticed; parameters that it sets itself stay."""
    return url.set(drivername="postgresql+psycopg", query={**_PATIENCE, **url.query})


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def newest_first(
    query: Select[Row],
    rows: type[Row],
    before: tuple[int, str] | None,
    limit: int,
) -> Select[Row]:
    """Limit a query to a page of rows, newest first, after the one that was created at `before` (created_ms, id)."""
    if before:
        ms, id = before
        query = query.where(or_(rows.created_ms < ms, and_(rows.created_ms == ms, rows.id < id)))
    return query.order_by(rows.created_ms.desc(), rows.id.desc()).limit(limit)


def now_ms() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000
