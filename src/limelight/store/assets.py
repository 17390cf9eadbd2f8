"""Uploads: their rows; the files are objects. Every function is one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from sqlalchemy import delete, func, select

from limelight.spec import FileType
from limelight.store.accounts import OWNER
from limelight.store.database import Database, newest_first
from limelight.store.models import AssetRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One uploaded file."""

    id: str
    name: str
    file_type: FileType
    content_type: str
    #: the key of its object
    key: str
    #: bytes
    size: int
    #: milliseconds since 1970, UTC
    created_ms: int
    account_id: str = OWNER
    folder_id: str | None = None


class Assets:
    """The uploads of a database. Every function raises StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, asset: Asset) -> None:
        """Keep an upload whose object is published."""
        with self._database.session() as session:
            session.add(AssetRow(**{name: getattr(asset, name) for name in Asset.__slots__}))

    def get(self, asset_id: str, account_id: str | None = None) -> Asset | None:
        """The upload of this id, or None; with `account_id`, None where it is another account's."""
        with self._database.session() as session:
            row = session.get(AssetRow, asset_id)
            return _asset(row) if row and account_id in (None, row.account_id) else None

    def page(
        self,
        account_id: str,
        limit: int,
        *,
        before: tuple[int, str] | None = None,
        folder_id: str | None = None,
        file_type: str | None = None,
        name: str | None = None,
        at_root: bool = False,
    ) -> tuple[list[Asset], int]:
        """An account's uploads, newest first, after the one created at `before` (created_ms, id); the total number.

        `name` matches a part of the name, upper or lower case; `at_root` are those in no folder.
        """
        wanted = [AssetRow.account_id == account_id]
        if folder_id:
            wanted.append(AssetRow.folder_id == folder_id)
        if at_root:
            wanted.append(AssetRow.folder_id.is_(None))
        if name:
            wanted.append(func.lower(AssetRow.name).contains(name.lower(), autoescape=True))
        if file_type:
            wanted.append(AssetRow.file_type == file_type)
        query = newest_first(select(AssetRow).where(*wanted), AssetRow, before, limit)
        with self._database.session() as session:
            total = session.scalar(select(func.count()).select_from(AssetRow).where(*wanted)) or 0
            return [_asset(row) for row in session.scalars(query)], total

    def without_rows(self, asset_ids: Iterable[str]) -> set[str]:
        """Those of the ids for which there is no upload."""
        return self._database.without_rows(AssetRow, asset_ids)

    def delete(self, asset_id: str, account_id: str) -> Asset | None:
        """Delete an account's upload; gives the deleted upload, or None where there was none."""
        with self._database.session() as session:
            row = session.get(AssetRow, asset_id)
            if row is None or row.account_id != account_id:
                return None
            session.execute(delete(AssetRow).where(AssetRow.id == asset_id))
            return _asset(row)


def _asset(row: AssetRow) -> Asset:
    return Asset(
        id=row.id,
        name=row.name,
        file_type=cast(FileType, row.file_type),
        content_type=row.content_type,
        key=row.key,
        size=row.size,
        created_ms=row.created_ms,
        account_id=row.account_id,
        folder_id=row.folder_id,
    )
