"""Uploads: pictures, films and recordings that scenes name by their ids."""

from __future__ import annotations

import email.message
import json
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import FILE_BODY, receive_file
from limelight.api.errors import Problem
from limelight.api.paging import after, next_token
from limelight.api.parameters import LIMIT, Limit, Token, Word
from limelight.api.urls import service_of, urls_of
from limelight.names import new_id, one_line
from limelight.requests.wire import quoted
from limelight.responses.assets import Assets, AssetUploaded, UploadPlace, UploadPlaceGiven, uploaded
from limelight.responses.envelopes import V1, V2Error

router = APIRouter(tags=["assets"])

_LONGEST_NAME = 200
#: What asks for a place to put the bytes is no longer than this.
_PLACE_BODY_BYTES = 4096
#: For OpenAPI.
_PLACE_SCHEMA = {"type": "object", "properties": {"content_type": {"type": "string", "examples": ["image/jpeg"]}}}
_FILE_OR_PLACE = {
    "requestBody": {
        "required": True,
        "content": {**FILE_BODY["requestBody"]["content"], "application/json": {"schema": _PLACE_SCHEMA}},
    }
}


@router.post("/v1/asset", operation_id="upload_asset", openapi_extra=_FILE_OR_PLACE)
async def upload_asset(
    request: Request, caller: CallerDep, folder_id: Word = "", name: Word = ""
) -> AssetUploaded | UploadPlaceGiven:
    """Keep a picture, film or recording, sent as the raw body or in a form, up to 100 MB; scenes name it by its id.

    A JSON object instead, `{"content_type": "image/jpeg"}`, asks for a URL to PUT the bytes to.
    """
    service = service_of(request)
    with service.uploads.file() as file:
        received = await receive_file(request, file)
        if "json" in received.content_type.lower() and await run_in_threadpool(_is_json_object, file):
            return UploadPlaceGiven(data=_place(request, caller.id))
        called = upload_name(request, name or received.filename)
        asset = await run_in_threadpool(
            service.uploads.keep, file, received.content_type, caller, name=called, folder_id=folder_id
        )
    return AssetUploaded(data=uploaded(urls_of(request), asset))


@router.put(
    "/files/upload/{account_id}/{asset_id}",
    operation_id="put_asset",
    openapi_extra=FILE_BODY,
    responses={409: {"model": V2Error, "description": "It has been uploaded before."}},
)
async def put_asset(
    request: Request,
    account_id: str,
    asset_id: str,
    expires: str = "",
    signature: str = "",
    name: Word = "",
    size: Annotated[int | None, Query(ge=1, description="How many bytes were announced.")] = None,
    sha256: Annotated[Word, Query(description="The SHA-256 that was announced, in hex or base64.")] = "",
) -> AssetUploaded:
    """The bytes of an upload, at the URL that was given for it: once, and without a key. What was announced of them
    has to be so."""
    service = service_of(request)
    path = f"/files/upload/{account_id}/{asset_id}"
    if problem := service.links.problem(path, expires, signature):
        raise Problem(403, "forbidden", problem)
    with service.uploads.file() as file:
        received = await receive_file(request, file)
        asset = await run_in_threadpool(
            service.uploads.keep_promised,
            file,
            received.content_type,
            account_id,
            asset_id,
            name=upload_name(request, name or received.filename),
            size=size,
            digest=sha256,
        )
    if asset is None:
        raise Problem(409, "conflict", "this asset has been uploaded before.")
    return AssetUploaded(data=uploaded(urls_of(request), asset))


@router.get("/v1/asset/list", operation_id="list_assets")
def list_assets(
    request: Request,
    caller: CallerDep,
    limit: Limit = LIMIT,
    token: Token = "",
    folder_id: Word = "",
    file_type: Literal["image", "video", "audio", ""] = "",
) -> V1[Assets]:
    """The caller's uploads, newest first: of one folder, of one kind."""
    page, total = service_of(request).uploads.page(
        caller, limit, after(token), folder_id=folder_id, file_type=file_type
    )
    assets = [uploaded(urls_of(request), asset) for asset in page]
    return V1(data=Assets(assets=assets, total=total, token=next_token(page, limit)))


@router.post("/v1/asset/{asset_id}/delete", operation_id="delete_asset")
def delete_asset(request: Request, caller: CallerDep, asset_id: str) -> V1[None]:
    """Delete an upload and its file. Videos that were made of it stay; those that are not made yet fail."""
    if not service_of(request).uploads.delete(asset_id, caller):
        raise Problem(404, "not_found", f"asset {quoted(asset_id)} not found.")
    return V1(data=None)


def _place(request: Request, account_id: str) -> UploadPlace:
    asset_id = new_id()
    url = urls_of(request).signed(f"upload/{account_id}/{asset_id}")
    return UploadPlace(url=url, asset_id=asset_id, id=asset_id)


def _is_json_object(file: Path) -> bool:
    """Whether it is a request for a place: no picture, film or recording is JSON, whatever its sender calls it."""
    if file.stat().st_size > _PLACE_BODY_BYTES:
        return False
    try:
        return isinstance(json.loads(file.read_bytes()), dict)
    except (ValueError, RecursionError):
        return False


def upload_name(request: Request, asked: str = "") -> str:
    """What an upload is called: in the query, or as a file in `Content-Disposition`; empty where nothing is said."""
    return one_line(asked or _file_name(request.headers.get("content-disposition", "")))[:_LONGEST_NAME]


def _file_name(disposition: str) -> str:
    """The name of the file in a `Content-Disposition`; empty where there is none that can be read."""
    header = email.message.Message()
    header["Content-Disposition"] = disposition
    try:
        return header.get_filename("")
    except ValueError:  # `filename*` may name any of Python's encodings, also those that decode nothing
        return ""
