"""Idempotency keys: the first request with a key is carried out, a retry with the same key gets its answer."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from limelight.errors import StoreError
from limelight.store.database import Database, now_ms
from limelight.store.models import IdempotencyRow


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier request with the same idempotency key."""

    #: SHA-256 of the whole request, hex; empty until it is answered
    fingerprint: str
    #: HTTP status and body of its answer; None until it is answered
    status: int | None
    answer: str | None


class Idempotency:
    """The idempotency keys of a database. Every function raises StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, account_id: str, key: str, expired_before_ms: int) -> Earlier | None:
        """Take the key for a request; gives None where it was free, else the earlier request.

        Deletes the keys that were taken before `expired_before_ms` first.
        """
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
            # The earlier request may have released the key meanwhile: it counts as unanswered, and the client retries.
            return Earlier(found.fingerprint, found.status, found.answer) if found else Earlier("", None, None)

    def finish(self, account_id: str, key: str, fingerprint: str, status: int, answer: str) -> None:
        """Keep the answer to a request and the request's fingerprint."""
        with self._database.session() as session:
            mine = update(IdempotencyRow).where(IdempotencyRow.account_id == account_id, IdempotencyRow.key == key)
            session.execute(mine.values(fingerprint=fingerprint, status=status, answer=answer))

    def release(self, account_id: str, key: str) -> None:
        """Release the key of a request that was not carried out."""
        with self._database.session() as session:
            mine = delete(IdempotencyRow).where(IdempotencyRow.account_id == account_id, IdempotencyRow.key == key)
            session.execute(mine)

    def release_unfinished(self) -> None:
        """Release the keys of requests that a stop or a crash cut off before their answer."""
        with self._database.session() as session:
            session.execute(delete(IdempotencyRow).where(IdempotencyRow.status.is_(None)))
