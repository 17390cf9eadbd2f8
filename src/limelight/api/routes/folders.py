"""Folders that videos and uploads can be sorted under."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import Caller, CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.errors import Problem
from limelight.api.files import service_of
from limelight.api.paging import after, next_token
from limelight.api.parameters import LIMIT, Flag, Limit, Word, is_id
from limelight.requests.folders import FolderNameBody, NewFolderBody, parse_folder_name, parse_new_folder
from limelight.requests.wire import invalid, quoted
from limelight.responses.envelopes import V1
from limelight.responses.folders import Folder, Folders
from limelight.store.folders import Folder as Kept

router = APIRouter(tags=["folders"])


@router.get("/v1/folders", operation_id="list_folders")
def list_folders(
    request: Request,
    caller: CallerDep,
    limit: Limit = LIMIT,
    token: str = "",
    parent_id: Word = "",
    name_filter: Word = "",
    is_trash: Flag = False,
) -> V1[Folders]:
    """The caller's folders, newest first: below one folder, with a part of a name, or in the trash."""
    page, total = service_of(request).store.folders.page(
        caller.id, limit, before=after(token), parent_id=parent_id, name=name_filter, is_trash=is_trash
    )
    folders = [_folder(caller, folder) for folder in page]
    return V1(data=Folders(folders=folders, token=next_token(page, limit), total=total))


@router.post("/v1/folders/create", operation_id="create_folder", openapi_extra=describes(NewFolderBody))
async def create_folder(request: Request, caller: CallerDep) -> V1[Folder]:
    """Make a folder, at the top or below another one."""
    body = parse_new_folder(await json_body(request))

    def create() -> Kept:
        folders = service_of(request).store.folders
        if body.parent_id and folders.get(body.parent_id, caller.id) is None:
            raise invalid("parent_id", f"folder {quoted(body.parent_id)} not found")
        return folders.create(caller.id, body.name, body.parent_id or None, body.project_type)

    return V1(data=_folder(caller, await run_in_threadpool(create)))


@router.post("/v1/folders/{folder_id}", operation_id="rename_folder", openapi_extra=describes(FolderNameBody))
async def rename_folder(request: Request, caller: CallerDep, folder_id: str) -> V1[Folder]:
    """Give a folder another name."""
    name = parse_folder_name(await json_body(request))
    return await run_in_threadpool(_changed, request, caller, folder_id, name=name)


@router.post("/v1/folders/{folder_id}/trash", operation_id="trash_folder")
def trash_folder(request: Request, caller: CallerDep, folder_id: str) -> V1[Folder]:
    """Put a folder into the trash. What is in it stays as it is."""
    return _changed(request, caller, folder_id, is_trash=True)


@router.post("/v1/folders/{folder_id}/restore", operation_id="restore_folder")
def restore_folder(request: Request, caller: CallerDep, folder_id: str) -> V1[Folder]:
    """Take a folder out of the trash."""
    return _changed(request, caller, folder_id, is_trash=False)


def _changed(
    request: Request, caller: Caller, folder_id: str, *, name: str | None = None, is_trash: bool | None = None
) -> V1[Folder]:
    folders = service_of(request).store.folders
    folder = folders.change(folder_id, caller.id, name=name, is_trash=is_trash) if is_id(folder_id) else None
    if folder is None:
        raise Problem(404, "not_found", f"folder {quoted(folder_id)} not found.")
    return V1(data=_folder(caller, folder))


def _folder(caller: Caller, folder: Kept) -> Folder:
    return Folder(
        id=folder.id,
        name=folder.name,
        parent_id=folder.parent_id,
        project_type=folder.project_type,
        is_trash=folder.is_trash,
        created_ts=folder.created_ms // 1000,
        updated_ts=folder.updated_ms // 1000,
        direct_children_count=folder.children,
        creator_username=caller.account.name,
    )
