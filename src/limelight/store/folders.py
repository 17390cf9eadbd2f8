"""Folders: names that videos and uploads can be sorted under. Every function is one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from limelight.names import new_id
from limelight.store.database import Database, newest_first, now_ms
from limelight.store.models import FolderRow


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder; times are milliseconds since 1970, UTC."""

    id: str
    account_id: str
    name: str
    parent_id: str | None
    project_type: str
    is_trash: bool
    created_ms: int
    updated_ms: int
    #: the number of folders directly below it that are not in the trash
    children: int


class Folders:
    """The folders of a database. Every function raises StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, account_id: str, name: str, parent_id: str | None, project_type: str) -> Folder:
        """A new folder."""
        now = now_ms()
        row = FolderRow(
            id=new_id(),
            account_id=account_id,
            name=name,
            parent_id=parent_id,
            project_type=project_type,
            is_trash=False,
            created_ms=now,
            updated_ms=now,
        )
        with self._database.session() as session:
            session.add(row)
            session.flush()
            return _folder(row, 0)

    def get(self, folder_id: str, account_id: str) -> Folder | None:
        """An account's folder, or None where it has none of this id."""
        with self._database.session() as session:
            row = session.get(FolderRow, folder_id)
            if row is None or row.account_id != account_id:
                return None
            return _folder(row, _children(session, row))

    def page(
        self,
        account_id: str,
        limit: int,
        *,
        before: tuple[int, str] | None = None,
        parent_id: str | None = None,
        name: str | None = None,
        is_trash: bool = False,
    ) -> tuple[list[Folder], int]:
        """An account's folders, newest first, after the one created at `before` (created_ms, id); the total number.

        `name` matches a part of the name, upper or lower case.
        """
        wanted = [FolderRow.account_id == account_id, FolderRow.is_trash.is_(is_trash)]
        if parent_id:
            wanted.append(FolderRow.parent_id == parent_id)
        if name:
            wanted.append(func.lower(FolderRow.name).contains(name.lower(), autoescape=True))
        query = newest_first(select(FolderRow).where(*wanted), FolderRow, before, limit)
        children = (
            select(FolderRow.parent_id, func.count())
            .where(FolderRow.account_id == account_id, FolderRow.is_trash.is_(False))
            .group_by(FolderRow.parent_id)
        )
        with self._database.session() as session:
            counts = {parent: count for parent, count in session.execute(children)}
            total = session.scalar(select(func.count()).select_from(FolderRow).where(*wanted)) or 0
            return [_folder(row, counts.get(row.id, 0)) for row in session.scalars(query)], total

    def change(
        self, folder_id: str, account_id: str, *, name: str | None = None, is_trash: bool | None = None
    ) -> Folder | None:
        """Rename a folder, put it into the trash or take it out; a None changes nothing. None where there is none."""
        with self._database.session() as session:
            row = session.get(FolderRow, folder_id)
            if row is None or row.account_id != account_id:
                return None
            row.name = row.name if name is None else name
            row.is_trash = row.is_trash if is_trash is None else is_trash
            row.updated_ms = now_ms()
            return _folder(row, _children(session, row))


def _children(session: Session, row: FolderRow) -> int:
    below = (FolderRow.account_id == row.account_id, FolderRow.parent_id == row.id, FolderRow.is_trash.is_(False))
    return session.scalar(select(func.count()).select_from(FolderRow).where(*below)) or 0


def _folder(row: FolderRow, children: int) -> Folder:
    return Folder(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        parent_id=row.parent_id,
        project_type=row.project_type,
        is_trash=row.is_trash,
        created_ms=row.created_ms,
        updated_ms=row.updated_ms,
        children=children,
    )
