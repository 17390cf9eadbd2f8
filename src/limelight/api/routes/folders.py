"""Folders that videos and uploads can be sorted under."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.paging import after, next_token
from limelight.api.parameters import LIMIT, Flag, Limit, Token, Word
from limelight.api.urls import service_of
from limelight.requests.folders import FolderNameBody, NewFolderBody
from limelight.responses.envelopes import V1
from limelight.responses.folders import Folder, Folders, folder_shown

router = APIRouter(tags=["folders"])


@router.get("/v1/folders", operation_id="list_folders")
def list_folders(
    request: Request,
    caller: CallerDep,
    limit: Limit = LIMIT,
    token: Token = "",
    parent_id: Word = "",
    name_filter: Word = "",
    is_trash: Flag = False,
) -> V1[Folders]:
    """The caller's folders, newest first: below one folder, with a part of a name, or in the trash."""
    page, total = service_of(request).folders.page(
        caller, limit, after(token), parent_id=parent_id, name=name_filter, is_trash=is_trash
    )
    folders = [folder_shown(folder, caller.account.name) for folder in page]
    return V1(data=Folders(folders=folders, token=next_token(page, limit), total=total))


@router.post("/v1/folders/create", operation_id="create_folder", openapi_extra=describes(NewFolderBody))
async def create_folder(request: Request, caller: CallerDep) -> V1[Folder]:
    """Make a folder, at the top or below another one."""
    body = await json_body(request)
    folder = await run_in_threadpool(service_of(request).folders.create, body, caller)
    return V1(data=folder_shown(folder, caller.account.name))


@router.post("/v1/folders/{folder_id}", operation_id="rename_folder", openapi_extra=describes(FolderNameBody))
async def rename_folder(request: Request, caller: CallerDep, folder_id: str) -> V1[Folder]:
    """Give a folder another name."""
    body = await json_body(request)
    folder = await run_in_threadpool(service_of(request).folders.rename, folder_id, body, caller)
    return V1(data=folder_shown(folder, caller.account.name))


@router.post("/v1/folders/{folder_id}/trash", operation_id="trash_folder")
def trash_folder(request: Request, caller: CallerDep, folder_id: str) -> V1[Folder]:
    """Put a folder into the trash. What is in it stays as it is."""
    folder = service_of(request).folders.move(folder_id, caller, to_trash=True)
    return V1(data=folder_shown(folder, caller.account.name))


@router.post("/v1/folders/{folder_id}/restore", operation_id="restore_folder")
def restore_folder(request: Request, caller: CallerDep, folder_id: str) -> V1[Folder]:
    """Take a folder out of the trash."""
    folder = service_of(request).folders.move(folder_id, caller, to_trash=False)
    return V1(data=folder_shown(folder, caller.account.name))
