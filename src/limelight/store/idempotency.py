"""Requests that may be sent twice: the first is worked on, the second gets its answer."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from limelight.errors import StoreError
from limelight.store.database import Database, now_ms
from limelight.store.models import IdempotencyRow


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of a request under the same key."""

    #: of the whole request; empty while it is worked on
    fingerprint: str
    #: HTTP status and body; None while it is worked on
    status: int | None
    answer: str | None


class Idempotency:
    """The idempotency keys of a database. Every function raises StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, account_id: str, key: str, expired_before_ms: int) -> Earlier | None:
        """Take the key for a request; None where it is free, and what came before otherwise."""
        with self._database.session() as session:
            session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_ms < expired_before_ms))
        row = IdempotencyRow(account_id=account_id, key=key, fingerprint="", created_ms=now_ms())
        try:
            with self._database.session() as session:
                session.add(row)
            return None
        except StoreError as error:
            if not isinstance(error.__cause__, IntegrityError):
                raise
        with self._database.session() as session:
            found = session.get(IdempotencyRow, (account_id, key))
            # It may have been given back at this moment; the sender will try again.
            return Earlier(found.fingerprint, found.status, found.answer) if found else Earlier("", None, None)

    def finish(self, account_id: str, key: str, fingerprint: str, status: int, answer: str) -> None:
        """Keep the answer, and what it was an answer to."""
        with self._database.session() as session:
            mine = update(IdempotencyRow).where(IdempotencyRow.account_id == account_id, IdempotencyRow.key == key)
            session.execute(mine.values(fingerprint=fingerprint, status=status, answer=answer))

    def release(self, account_id: str, key: str) -> None:
        """Give the key back: the request was not done."""
        with self._database.session() as session:
            mine = delete(IdempotencyRow).where(IdempotencyRow.account_id == account_id, IdempotencyRow.key == key)
            session.execute(mine)

    def release_unfinished(self) -> None:
        """Give back the keys of requests that a crash cut off."""
        with self._database.session() as session:
            session.execute(delete(IdempotencyRow).where(IdempotencyRow.status.is_(None)))
