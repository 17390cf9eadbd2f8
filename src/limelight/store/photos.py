"""Talking photos: uploaded portraits, those of one person in a group. Every function is one transaction.

A photo whose upload was deleted is gone with it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import Select, delete, func, select, update

from limelight.store.assets import Asset, _asset
from limelight.store.database import Database, now_ms
from limelight.store.models import AssetRow, PhotoRow


@dataclass(frozen=True, slots=True)
class Consent:
    """A statement that a likeness may be used."""

    #: whose: an account's name
    by: str
    #: milliseconds since 1970, UTC
    at_ms: int


@dataclass(frozen=True, slots=True)
class Photo:
    """One look; times are milliseconds since 1970, UTC."""

    id: str
    account_id: str
    #: the id of the group's first look
    group_id: str
    name: str
    #: the picture
    asset: Asset
    trained_ms: int | None
    created_ms: int
    #: None where nobody stated it
    consent: Consent | None = None
    #: how many were seen in the picture, the largest of which speaks; None where nobody looked
    faces: int | None = None

    @property
    def note(self) -> str | None:
        """What to know of the picture, in words for the user."""
        return faces_note(self.faces or 0)


class Photos:
    """The talking photos of a database. Every function raises StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        name: str,
        asset: Asset,
        group_id: str | None = None,
        *,
        id: str | None = None,
        consent_by: str | None = None,
        faces: int | None = None,
    ) -> Photo:
        """A new look of the upload's account, in a group of its own unless one is named.

        `consent_by` is who states that the likeness may be used, `faces` how many were seen.
        """
        id = id or uuid.uuid4().hex
        group_id = group_id or id
        with self._database.session() as session:
            # Looks that are added within a millisecond keep their order.
            group = select(func.max(PhotoRow.created_ms)).where(PhotoRow.group_id == group_id)
            after = session.scalar(group.where(PhotoRow.account_id == asset.account_id)) or 0
            row = PhotoRow(
                id=id,
                account_id=asset.account_id,
                group_id=group_id,
                name=name,
                asset_id=asset.id,
                consent_ms=now_ms() if consent_by is not None else None,
                consent_by=consent_by,
                faces=faces,
                created_ms=max(now_ms(), after + 1),
            )
            session.add(row)
            session.flush()
            return _photo(row, asset)

    def get(self, photo_id: str, account_id: str) -> Photo | None:
        """An account's look, or None where it has none of this id."""
        with self._database.session() as session:
            found = session.execute(_photos(account_id).where(PhotoRow.id == photo_id)).first()
            return _photo(found[0], _asset(found[1])) if found else None

    def all(self, account_id: str, group_id: str | None = None) -> list[Photo]:
        """An account's looks, of one group if it is named, oldest first."""
        query = _photos(account_id)
        if group_id is not None:
            query = query.where(PhotoRow.group_id == group_id)
        with self._database.session() as session:
            ordered = query.order_by(PhotoRow.created_ms, PhotoRow.id)
            return [_photo(row, _asset(asset)) for row, asset in session.execute(ordered)]

    def picture(self, id: str, account_id: str) -> str | None:
        """The id of the upload that an account's look, the first look of a group, or an uploaded picture shows."""
        if "\0" in id:
            return None
        looks = _photos(account_id).where((PhotoRow.id == id) | (PhotoRow.group_id == id))
        ordered = looks.order_by(PhotoRow.id != id, PhotoRow.created_ms, PhotoRow.id)
        with self._database.session() as session:
            if found := session.execute(ordered).first():
                return found[0].asset_id
            asset = session.get(AssetRow, id)
            return id if asset and asset.account_id == account_id and asset.file_type == "image" else None

    def consented(self, asset_id: str, account_id: str) -> bool:
        """Whether an account stated of a look that shows this upload that the likeness may be used."""
        stated = _photos(account_id).where(PhotoRow.asset_id == asset_id, PhotoRow.consent_ms.is_not(None))
        with self._database.session() as session:
            return session.execute(stated).first() is not None

    def seen(self, asset_id: str, account_id: str) -> bool:
        """Whether a face was seen in this upload when it became a look of the account's."""
        looks = _photos(account_id).where(PhotoRow.asset_id == asset_id, PhotoRow.faces.is_not(None))
        with self._database.session() as session:
            return session.execute(looks).first() is not None

    def uses(self, asset_id: str) -> int:
        """How many looks show an upload."""
        with self._database.session() as session:
            return session.scalar(select(func.count()).where(PhotoRow.asset_id == asset_id)) or 0

    def train(self, group_id: str, account_id: str) -> None:
        """Note that a group was asked to be trained."""
        with self._database.session() as session:
            group = update(PhotoRow).where(PhotoRow.account_id == account_id, PhotoRow.group_id == group_id)
            session.execute(group.values(trained_ms=now_ms()))

    def delete(self, account_id: str, *, photo_id: str | None = None, group_id: str | None = None) -> list[Photo]:
        """Forget a look or a group; gives what was forgotten."""
        query = _photos(account_id).where(
            PhotoRow.id == photo_id if photo_id is not None else PhotoRow.group_id == group_id
        )
        with self._database.session() as session:
            gone = [_photo(row, _asset(asset)) for row, asset in session.execute(query)]
            session.execute(delete(PhotoRow).where(PhotoRow.id.in_([photo.id for photo in gone])))
            return gone


def faces_note(faces: int) -> str | None:
    """What to know of a picture of so many faces."""
    return f"{faces} faces were seen, the largest speaks." if faces > 1 else None


def _photos(account_id: str) -> Select[PhotoRow, AssetRow]:
    joined = select(PhotoRow, AssetRow).join(AssetRow, AssetRow.id == PhotoRow.asset_id)
    return joined.where(PhotoRow.account_id == account_id)


def _photo(row: PhotoRow, asset: Asset) -> Photo:
    consent = Consent(row.consent_by or "", row.consent_ms) if row.consent_ms is not None else None
    return Photo(
        row.id, row.account_id, row.group_id, row.name, asset, row.trained_ms, row.created_ms, consent, row.faces
    )
