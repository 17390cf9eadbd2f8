"""Batches: videos or uploads that were asked for in one request. Every function is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from limelight.errors import SpecError
from limelight.names import new_id
from limelight.store.database import Database, now_ms
from limelight.store.models import BatchRow
from limelight.store.videos import NewVideo, Video, keep_video
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

    def create(self, account_id: str, kind: Kind, title: str | None, ids: Sequence[str]) -> Batch:
        """A new batch of what has these ids."""
        row = BatchRow(
            id=new_id(),
            account_id=account_id,
            kind=kind,
            title=title,
            items=[{"id": id} for id in ids],
            created_ms=now_ms(),
        )
        with self._database.session() as session:
            session.add(row)
            session.flush()
            return _batch(row)

    def submit(
        self,
        account_id: str,
        title: str | None,
        callback_url: str | None,
        base_url: str,
        entries: Sequence[NewVideo | SpecError],
    ) -> tuple[Batch, list[Video]]:
        """Keep a batch with its videos, all in one: a crash leaves all of them or none. Gives it and those.

        An entry that is an error is an item that failed with it, and so is a video for which the account has too little
        credit left.
        """
        items, videos = list[dict[str, Any]](), list[Video]()
        row = BatchRow(
            id=new_id(),
            account_id=account_id,
            kind="videos",
            title=title,
            callback_url=callback_url,
            base_url=base_url,
            items=[],
            created_ms=now_ms(),
        )
        with self._database.session() as session:
            session.add(row)
            for entry in entries:
                try:
                    if isinstance(entry, SpecError):
                        raise entry
                    videos.append(keep_video(session, replace(entry, batch_id=row.id)))
                    items.append({"id": videos[-1].id})
                except SpecError as error:
                    told = {"code": error.code, "message": error.message, "param": error.field}
                    items.append({"error": told})
            row.items = items
            session.flush()
            announce_batch(session, row.id)
            return _batch(row), videos

    def get(self, batch_id: str, account_id: str, kind: Kind) -> Batch | None:
        """An account's batch of this kind, or None where it has none of this id."""
        with self._database.session() as session:
            row = session.get(BatchRow, batch_id)
            return _batch(row) if row and (row.account_id, row.kind) == (account_id, kind) else None


def _batch(row: BatchRow) -> Batch:
    items = cast("list[dict[str, Any]]", row.items)
    return Batch(
        id=row.id,
        account_id=row.account_id,
        title=row.title,
        items=tuple(BatchItem(item.get("id"), item.get("error")) for item in items),
        created_ms=row.created_ms,
    )
