"""Talking photos: uploaded portraits, in groups. Every function is one transaction.

A photo whose upload was deleted is no longer found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Select, delete, func, null, select, update

from limelight.names import new_id
from limelight.results import Seen
from limelight.spec import MAX_MORE
from limelight.store.assets import Asset, _asset
from limelight.store.database import Database, now_ms
from limelight.store.models import AssetRow, PhotoRow


@dataclass(frozen=True, slots=True)
class Consent:
    """A statement that a likeness may be used."""

    #: the name of the account that stated it
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
    #: what its picture shows; None where it was never checked, or where it cannot speak alone
    seen: Seen | None = None
    #: which of teeth, creases and body it gives to the one rig of its group's pictures; None where it has a rig of its
    #: own
    gave: tuple[str, ...] | None = None

    @property
    def faces(self) -> int | None:
        """How many faces were seen, the largest of which speaks."""
        return self.seen.faces if self.seen else None

    @property
    def speaks(self) -> bool:
        """Whether it can speak without the group's other pictures."""
        return self.gave is None or self.seen is not None

    @property
    def note(self) -> str | None:
        """What the user should know about the picture, in words; None where there is nothing."""
        if not self.speaks:
            return "it cannot speak alone; its group can."
        return self.seen.note if self.seen else None


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
        seen: Seen | None = None,
        gave: Sequence[str] | None = None,
    ) -> Photo:
        """A new look that shows an upload, in a group of its own unless `group_id` names one.

        `consent_by` is the name of the account that states that the likeness may be used; for `seen` and `gave` see
        `Photo`.
        """
        id = id or new_id()
        group_id = group_id or id
        with self._database.session() as session:
            # A look's time is later than those of its group, so that looks added within a millisecond keep their order.
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
                faces=seen.faces if seen else None,
                wide_open=seen.wide_open if seen else None,
                cut_off=seen.cut_off if seen else None,
                gave=gave if gave is None else list(gave),
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
        """An account's looks, oldest first; with `group_id`, those of this group."""
        query = _photos(account_id)
        if group_id is not None:
            query = query.where(PhotoRow.group_id == group_id)
        with self._database.session() as session:
            ordered = query.order_by(PhotoRow.created_ms, PhotoRow.id)
            return [_photo(row, _asset(asset)) for row, asset in session.execute(ordered)]

    def pictures(self, id: str, account_id: str) -> tuple[str, ...]:
        """The ids of the uploads to render for an account's look, a group, or an uploaded picture.

        The first one is shown and speaks; the others are further pictures of the same person, the group's front before
        the rest. Empty where there is nothing of this id.
        """
        if "\0" in id:
            return ()
        look = self._look(id, account_id)
        if look is None:
            return (id,) if self._is_picture(id, account_id) else ()
        others = person(self.all(account_id, look.group_id)) if look.gave is not None else []
        uploads = dict.fromkeys(one.asset.id for one in (look, *others))
        return tuple(uploads)[: 1 + MAX_MORE]

    def _look(self, id: str, account_id: str) -> Photo | None:
        """An account's look by its own id, by its group's, or, where its group shares one rig, by its upload's."""
        of_person = (PhotoRow.asset_id == id) & PhotoRow.gave.is_not(null())
        query = _photos(account_id).where((PhotoRow.id == id) | (PhotoRow.group_id == id) | of_person)
        with self._database.session() as session:
            ordered = query.order_by(PhotoRow.created_ms, PhotoRow.id)
            found = [_photo(row, _asset(asset)) for row, asset in session.execute(ordered)]
        group = [look for look in found if look.group_id == id]
        return next((look for look in found if look.id == id), None) or front(group) or front(found)

    def _is_picture(self, asset_id: str, account_id: str) -> bool:
        with self._database.session() as session:
            asset = session.get(AssetRow, asset_id)
            return asset is not None and asset.account_id == account_id and asset.file_type == "image"

    def consented(self, asset_id: str, account_id: str) -> bool:
        """Whether an account has stated that the likeness may be used, for a look that shows this upload."""
        stated = _photos(account_id).where(PhotoRow.asset_id == asset_id, PhotoRow.consent_ms.is_not(None))
        with self._database.session() as session:
            return session.execute(stated).first() is not None

    def seen(self, asset_id: str, account_id: str) -> bool:
        """Whether this upload is a look of the account in which a face was found that can speak."""
        looks = _photos(account_id).where(PhotoRow.asset_id == asset_id, PhotoRow.faces.is_not(None))
        with self._database.session() as session:
            return session.execute(looks).first() is not None

    def uses(self, asset_id: str) -> int:
        """How many looks show an upload."""
        with self._database.session() as session:
            return session.scalar(select(func.count()).where(PhotoRow.asset_id == asset_id)) or 0

    def give(self, account_id: str, gave: Mapping[str, Sequence[str]]) -> None:
        """Keep what an account's looks, by their ids, give to the rig of their group."""
        with self._database.session() as session:
            for id, parts in gave.items():
                look = update(PhotoRow).where(PhotoRow.account_id == account_id, PhotoRow.id == id)
                session.execute(look.values(gave=list(parts)))

    def rename(self, photo_id: str, account_id: str, name: str) -> None:
        """Give an account's look another name."""
        with self._database.session() as session:
            look = update(PhotoRow).where(PhotoRow.account_id == account_id, PhotoRow.id == photo_id)
            session.execute(look.values(name=name))

    def consent(self, group_id: str, account_id: str, by: str) -> None:
        """Record that the likeness in an account's group may be used; what was stated before stays."""
        group = update(PhotoRow).where(PhotoRow.account_id == account_id, PhotoRow.group_id == group_id)
        with self._database.session() as session:
            session.execute(group.where(PhotoRow.consent_ms.is_(None)).values(consent_ms=now_ms(), consent_by=by))

    def train(self, group_id: str, account_id: str) -> None:
        """Record that a client asked to train a group."""
        with self._database.session() as session:
            group = update(PhotoRow).where(PhotoRow.account_id == account_id, PhotoRow.group_id == group_id)
            session.execute(group.values(trained_ms=now_ms()))

    def delete(self, account_id: str, *, photo_id: str | None = None, group_id: str | None = None) -> list[Photo]:
        """Delete a look or a group; gives the deleted looks."""
        query = _photos(account_id).where(
            PhotoRow.id == photo_id if photo_id is not None else PhotoRow.group_id == group_id
        )
        with self._database.session() as session:
            gone = [_photo(row, _asset(asset)) for row, asset in session.execute(query)]
            session.execute(delete(PhotoRow).where(PhotoRow.id.in_([photo.id for photo in gone])))
            return gone


def front(looks: Sequence[Photo]) -> Photo | None:
    """The look that speaks for a group: its oldest that can speak alone, else its oldest. `looks` are oldest first."""
    return next((look for look in looks if look.speaks), looks[0] if looks else None)


def person(looks: Sequence[Photo]) -> list[Photo]:
    """The looks of a group that share one rig, as pictures of one person; the front first, the rest in order."""
    pictures = [look for look in looks if look.gave is not None]
    first = front(pictures)
    return sorted(pictures, key=lambda look: look is not first)


def _photos(account_id: str) -> Select[PhotoRow, AssetRow]:
    joined = select(PhotoRow, AssetRow).join(AssetRow, AssetRow.id == PhotoRow.asset_id)
    return joined.where(PhotoRow.account_id == account_id)


def _photo(row: PhotoRow, asset: Asset) -> Photo:
    consent = Consent(row.consent_by or "", row.consent_ms) if row.consent_ms is not None else None
    gave = tuple(cast(list[str], row.gave)) if row.gave is not None else None
    seen = Seen(row.faces, bool(row.wide_open), bool(row.cut_off)) if row.faces is not None else None
    return Photo(
        row.id, row.account_id, row.group_id, row.name, asset, row.trained_ms, row.created_ms, consent, seen, gave
    )
