"""Talking photos: uploaded portraits, those of one person in a group. Every function is one transaction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from limelight.store.database import Database, now_ms
from limelight.store.models import PhotoRow


@dataclass(frozen=True, slots=True)
class Photo:
    """One look; times are milliseconds since 1970, UTC."""

    id: str
    account_id: str
    #: the id of the group's first look
    group_id: str
    name: str
    asset_id: str
    trained_ms: int | None
    created_ms: int


class Photos:
    """The talking photos of a database. Every function raises StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, account_id: str, name: str, asset_id: str, group_id: str | None = None) -> Photo:
        """A new look, in a group of its own unless one is named."""
        id = uuid.uuid4().hex
        row = PhotoRow(
            id=id,
            account_id=account_id,
            group_id=group_id or id,
            name=name,
            asset_id=asset_id,
            created_ms=now_ms(),
        )
        with self._database.session() as session:
            session.add(row)
            session.flush()
            return _photo(row)

    def get(self, photo_id: str, account_id: str) -> Photo | None:
        """An account's look, or None where it has none of this id."""
        with self._database.session() as session:
            row = session.get(PhotoRow, photo_id)
            return _photo(row) if row and row.account_id == account_id else None

    def all(self, account_id: str, group_id: str | None = None) -> list[Photo]:
        """An account's looks, of one group if it is named, oldest first."""
        query = select(PhotoRow).where(PhotoRow.account_id == account_id)
        if group_id is not None:
            query = query.where(PhotoRow.group_id == group_id)
        with self._database.session() as session:
            return [_photo(row) for row in session.scalars(query.order_by(PhotoRow.created_ms, PhotoRow.id))]

    def train(self, group_id: str, account_id: str) -> None:
        """Note that a group was asked to be trained."""
        with self._database.session() as session:
            group = update(PhotoRow).where(PhotoRow.account_id == account_id, PhotoRow.group_id == group_id)
            session.execute(group.values(trained_ms=now_ms()))

    def delete(self, account_id: str, *, photo_id: str | None = None, group_id: str | None = None) -> list[Photo]:
        """Forget a look or a group; gives what was forgotten."""
        query = select(PhotoRow).where(PhotoRow.account_id == account_id)
        query = query.where(PhotoRow.id == photo_id if photo_id is not None else PhotoRow.group_id == group_id)
        with self._database.session() as session:
            gone = [_photo(row) for row in session.scalars(query)]
            session.execute(delete(PhotoRow).where(PhotoRow.id.in_([photo.id for photo in gone])))
            return gone


def _photo(row: PhotoRow) -> Photo:
    return Photo(row.id, row.account_id, row.group_id, row.name, row.asset_id, row.trained_ms, row.created_ms)
