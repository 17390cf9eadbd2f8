"""Answers about folders."""

from __future__ import annotations

from pydantic import BaseModel, Field

from limelight.store.folders import Folder as Kept


class Folder(BaseModel):
    """One folder."""

    id: str = Field(description="32 hex digits.")
    name: str
    parent_id: str | None = Field(description="Null at the top.")
    project_type: str
    is_trash: bool
    created_ts: int = Field(description="Unix seconds.")
    updated_ts: int = Field(description="Unix seconds.")
    direct_children_count: int = Field(ge=0, description="Folders right below it that are not in the trash.")
    creator_username: str


class Folders(BaseModel):
    """`data` of GET /v1/folders, newest first."""

    folders: list[Folder]
    token: str | None = Field(description="Names the next page; null on the last.")
    total: int = Field(ge=0, description="On all pages.")


def folder_shown(folder: Kept, username: str) -> Folder:
    """A folder of an account of this name."""
    return Folder(
        id=folder.id,
        name=folder.name,
        parent_id=folder.parent_id,
        project_type=folder.project_type,
        is_trash=folder.is_trash,
        created_ts=folder.created_ms // 1000,
        updated_ts=folder.updated_ms // 1000,
        direct_children_count=folder.children,
        creator_username=username,
    )
