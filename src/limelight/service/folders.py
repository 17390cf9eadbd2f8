"""Folders that videos and uploads can be sorted under."""

from __future__ import annotations

from limelight.names import is_id
from limelight.requests.folders import parse_folder_name, parse_new_folder
from limelight.requests.wire import invalid, quoted
from limelight.service.caller import Caller
from limelight.service.missing import NotFound
from limelight.service.videos import Place
from limelight.store import Store
from limelight.store.folders import Folder


class Folders:
    """The folders of a server. Every function raises StoreError."""

    def __init__(self, store: Store) -> None:
        self._folders = store.folders

    def page(
        self, caller: Caller, limit: int, before: Place | None, *, parent_id: str, name: str, is_trash: bool
    ) -> tuple[list[Folder], int]:
        """The caller's folders, newest first, and the total number; filtered by parent, part of the name and trash."""
        return self._folders.page(caller.id, limit, before=before, parent_id=parent_id, name=name, is_trash=is_trash)

    def create(self, body: object, caller: Caller) -> Folder:
        """Make a folder, at the top or below another one. Raises SpecError."""
        asked = parse_new_folder(body)
        if asked.parent_id and self._folders.get(asked.parent_id, caller.id) is None:
            raise invalid("parent_id", f"folder {quoted(asked.parent_id)} not found")
        return self._folders.create(caller.id, asked.name, asked.parent_id or None, asked.project_type)

    def rename(self, folder_id: str, body: object, caller: Caller) -> Folder:
        """Give a folder another name. Raises SpecError and NotFound."""
        return self._change(folder_id, caller, name=parse_folder_name(body))

    def move(self, folder_id: str, caller: Caller, *, to_trash: bool) -> Folder:
        """Put a folder into the trash, or take it out; its content does not change. Raises NotFound."""
        return self._change(folder_id, caller, is_trash=to_trash)

    def _change(
        self, folder_id: str, caller: Caller, *, name: str | None = None, is_trash: bool | None = None
    ) -> Folder:
        folder = None
        if is_id(folder_id):
            folder = self._folders.change(folder_id, caller.id, name=name, is_trash=is_trash)
        if folder is None:
            raise NotFound.of("folder", folder_id)
        return folder
