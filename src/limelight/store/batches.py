"""Batches: videos or uploads that were asked for in one request. Every function is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from limelight.names import new_id
from limelight.store.database import Database, now_ms
from limelight.store.models import BatchRow
from limelight.store.webhooks import announce_batch

Kind = Literal["videos", "assets"]


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One of a batch: the id of what was made, or why nothing was."""

    id: str | None
    error: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch; times are milliseconds since 1970, UTC."""

    id: str
    account_id: str
    title: str | None
    #: in the request's order
    items: tuple[BatchItem, ...]
    created_ms: int


class Batches:
    """The batches of a database. Every function raises StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, account_id: str, kind: Kind, title: str | None, callback_url: str | None = None, base_url: str = ""
    ) -> str:
        """A new batch without items; gives its id."""
        row = BatchRow(
            id=new_id(),
            account_id=account_id,
            kind=kind,
            title=title,
            callback_url=callback_url,
            base_url=base_url,
            created_ms=now_ms(),
        )
        with self._database.session() as session:
            session.add(row)
            return row.id

    def fill(self, batch_id: str, items: Sequence[BatchItem]) -> Batch:
        """Give a batch its items. Where its videos have ended already, its callback is due."""
        with self._database.session() as session:
            row = session.get(BatchRow, batch_id, with_for_update=True)
            assert row is not None
            row.items = [{"id": item.id} if item.id else {"error": dict(item.error or {})} for item in items]
            session.flush()
            announce_batch(session, batch_id)
            return _batch(row)

    def get(self, batch_id: str, account_id: str, kind: Kind) -> Batch | None:
        """An account's batch of this kind, or None where it has none of this id."""
        with self._database.session() as session:
            row = session.get(BatchRow, batch_id)
            return _batch(row) if row and (row.account_id, row.kind) == (account_id, kind) else None


def _batch(row: BatchRow) -> Batch:
    items = cast("list[dict[str, Any]] | None", row.items) or []
    return Batch(
        id=row.id,
        account_id=row.account_id,
        title=row.title,
        items=tuple(BatchItem(item.get("id"), item.get("error")) for item in items),
        created_ms=row.created_ms,
    )
