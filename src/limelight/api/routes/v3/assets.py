"""Uploads of v3: in a form, or announced, put at a URL and completed."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import (
    FORM_CONTENT,
    MAX_UPLOAD_BYTES,
    describes,
    json_body,
    optional_body,
    receive_file,
)
from limelight.api.paging import part, v3_page
from limelight.api.parameters import V3_LIMIT, Token, V3Limit, Word
from limelight.api.routes.assets import upload_name
from limelight.api.routes.v3.batches import Ids, ids_in
from limelight.api.urls import service_of, urls_of
from limelight.names import new_id, one_line
from limelight.requests.v3.uploads import (
    CompleteBatchBody,
    CompleteUploadBody,
    DirectUploadBody,
    UploadBatchBody,
    parse_complete_batch,
    parse_direct_upload,
    parse_upload_batch,
)
from limelight.responses.envelopes import V3, V3Page
from limelight.responses.v3.assets import (
    V3Asset,
    V3AssetCompleted,
    V3AssetKept,
    V3BatchId,
    V3FoundAsset,
    V3UploadPlace,
    V3UploadPlaces,
    v3_asset,
    v3_asset_completed,
    v3_asset_found,
    v3_asset_kept,
)
from limelight.responses.v3.catalog import V3Gone
from limelight.responses.v3.videos import V3Batch, V3Standing, v3_batch, v3_standing
from limelight.service.batches import Standing, check_ids
from limelight.service.caller import Caller
from limelight.service.missing import NotFound

router = APIRouter(tags=["v3 assets"])

_FORM = {"requestBody": {"required": True, "content": FORM_CONTENT}}


@router.post("/v3/assets", operation_id="v3_upload_asset", openapi_extra=_FORM)
async def upload(request: Request, caller: CallerDep) -> V3[V3AssetKept]:
    """Keep a picture, film or recording, sent as `file` of a form, up to 100 MB."""
    uploads = service_of(request).uploads
    with uploads.file() as file:
        received = await receive_file(request, file)
        name, folder_id = upload_name(request, received.filename), received.fields.get("folder_id", "")
        asset = await run_in_threadpool(
            uploads.keep, file, received.content_type, caller, name=name, folder_id=one_line(folder_id)
        )
    return V3(data=v3_asset_kept(urls_of(request), asset))


@router.get("/v3/assets", operation_id="v3_list_assets")
def list_all(
    request: Request,
    caller: CallerDep,
    username: Annotated[Word, Query(description="Of whom; there is nobody else in an account.")] = "",
    limit: V3Limit = 20,
    token: Token = "",
    folder_id: Annotated[Word | None, Query(description="Empty for those in no folder.")] = None,
    type: Literal["image", "video", "audio", ""] = "",
) -> V3Page[V3Asset]:
    """The caller's uploads, newest first."""
    uploads = service_of(request).uploads
    if username not in ("", caller.account.name):
        return V3Page(data=[], has_more=False, next_token=None)
    page, more = v3_page(
        lambda n, place: uploads.page(
            caller, n, place, folder_id=folder_id or "", file_type=type, at_root=folder_id == ""
        )[0],
        limit,
        token,
    )
    found = [v3_asset(urls_of(request), asset, caller.account) for asset in page]
    return V3Page(data=found, has_more=bool(more), next_token=more)


@router.get("/v3/assets/search", operation_id="v3_search_assets")
def search(
    request: Request,
    caller: CallerDep,
    query: Word = "",
    scope: Literal["public", "personal", ""] = "",
    limit: V3Limit = 20,
    token: Token = "",
) -> V3Page[V3FoundAsset]:
    """Pictures among the caller's uploads with all words of the query in their names; there is no public catalogue."""
    uploads = service_of(request).uploads
    first, *others = query.split() or [""]
    mine = scope == "personal"
    found = uploads.page(caller, 10 * V3_LIMIT, None, file_type="image", name=first)[0] if mine else []
    named = [asset for asset in found if all(word.lower() in asset.name.lower() for word in others)]
    page, more = part(named, limit, token)
    shown = [v3_asset_found(urls_of(request), asset) for asset in page]
    return V3Page(data=shown, has_more=bool(more), next_token=more)


@router.get("/v3/assets/statuses", operation_id="v3_asset_statuses")
def statuses(request: Request, caller: CallerDep, asset_ids: Ids = "", batch_ids: Ids = "") -> V3Page[V3Standing]:
    """How up to 100 uploads stand, by their ids and by those of batches; unknown ones are `not_found`."""
    uploads, ids, batches = service_of(request).uploads, ids_in(asset_ids), ids_in(batch_ids)
    check_ids(len(ids) + len(batches), "asset_ids")
    there = uploads.arrived(ids, caller)
    found = [Standing(id, "completed" if id in there else "not_found") for id in ids]
    for batch_id in batches:
        try:
            found += _standings(request, caller, batch_id)
        except NotFound:
            found.append(Standing(None, "not_found", batch_id=batch_id))
    return V3Page(data=[v3_standing(one) for one in found], has_more=False, next_token=None)


@router.post("/v3/assets/direct-uploads", operation_id="v3_direct_upload", openapi_extra=describes(DirectUploadBody))
async def direct_upload(request: Request, caller: CallerDep) -> V3[V3UploadPlace]:
    """Ask for a URL to PUT a file's bytes to."""
    return V3(data=_place(request, caller, parse_direct_upload(await json_body(request), MAX_UPLOAD_BYTES)))


@router.post(
    "/v3/assets/direct-uploads/batches", operation_id="v3_direct_uploads", openapi_extra=describes(UploadBatchBody)
)
async def direct_uploads(request: Request, caller: CallerDep) -> V3[V3UploadPlaces]:
    """Ask for URLs for up to 100 files."""
    asked = parse_upload_batch(await json_body(request), MAX_UPLOAD_BYTES)
    places = [_place(request, caller, file) for file in asked.files]
    ids = [place.asset_id for place in places]
    batch_id = await run_in_threadpool(service_of(request).uploads.begin_batch, asked.title, ids, caller)
    return V3(data=V3UploadPlaces(batch_id=batch_id, items=places))


@router.post(
    "/v3/assets/complete/batches",
    operation_id="v3_complete_uploads",
    status_code=202,
    openapi_extra=describes(CompleteBatchBody),
)
async def complete_batch(request: Request, caller: CallerDep) -> V3[V3BatchId]:
    """Say that the files of a batch are put. There is nothing left to do: each is there from then on."""
    batch_id = parse_complete_batch(await json_body(request))
    batch = await run_in_threadpool(service_of(request).uploads.batch, batch_id, caller)
    return V3(data=V3BatchId(batch_id=batch.id))


@router.get("/v3/assets/batches/{upload_batch_id}", operation_id="v3_get_upload_batch")
def get_batch(
    request: Request, caller: CallerDep, upload_batch_id: str, limit: V3Limit = V3_LIMIT, token: Token = ""
) -> V3[V3Batch]:
    """How a batch of uploads stands, and a page of them; one that is not put yet is `queued`."""
    standings = _standings(request, caller, upload_batch_id)
    page, more = part(standings, limit, token)
    return V3(data=v3_batch(service_of(request).uploads.batch(upload_batch_id, caller), standings, page, more))


@router.post(
    "/v3/assets/{asset_id}/complete", operation_id="v3_complete_upload", openapi_extra=describes(CompleteUploadBody)
)
async def complete(request: Request, caller: CallerDep, asset_id: str) -> V3[V3AssetCompleted]:
    """Say that a file is put, and have its checksum looked at. A second time gives the same answer."""
    body = await optional_body(request)
    asset = await run_in_threadpool(service_of(request).uploads.complete, asset_id, body, caller)
    return V3(data=v3_asset_completed(urls_of(request), asset))


@router.get("/v3/assets/{asset_id}", operation_id="v3_get_asset")
def get(request: Request, caller: CallerDep, asset_id: str) -> V3[V3Asset]:
    """One upload."""
    asset = service_of(request).uploads.get(asset_id, caller)
    return V3(data=v3_asset(urls_of(request), asset, caller.account))


@router.delete("/v3/assets/{asset_id}", operation_id="v3_delete_asset")
def delete(request: Request, caller: CallerDep, asset_id: str) -> V3[V3Gone]:
    """Delete an upload and its file. Videos that were made of it stay; those that are not made yet fail."""
    if not service_of(request).uploads.delete(asset_id, caller):
        raise NotFound.of("asset", asset_id)
    return V3(data=V3Gone(id=asset_id))


def _place(request: Request, caller: Caller, file: DirectUploadBody) -> V3UploadPlace:
    asset_id = new_id()
    # What was announced stands in the URL, which is all that the PUT is sure to bring along.
    announced = {"name": one_line(file.filename), "size": file.size_bytes, "sha256": file.checksum_sha256}
    query = urlencode({name: value for name, value in announced.items() if value})
    return V3UploadPlace(
        asset_id=asset_id,
        upload_url=f"{urls_of(request).signed(f'upload/{caller.id}/{asset_id}')}&{query}",
        upload_headers={"Content-Type": one_line(file.content_type)},
        max_bytes=MAX_UPLOAD_BYTES,
    )


def _standings(request: Request, caller: Caller, batch_id: str) -> list[Standing]:
    uploads = service_of(request).uploads
    ids = [item.id or "" for item in uploads.batch(batch_id, caller).items]
    there = uploads.arrived(ids, caller)
    return [
        Standing(id, "completed" if id in there else "queued", batch_id=batch_id, index=i) for i, id in enumerate(ids)
    ]
