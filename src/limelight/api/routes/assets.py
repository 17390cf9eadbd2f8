"""Uploads: pictures, films and recordings that scenes name by their ids."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.answers.assets import AssetUploaded, UploadedAsset
from limelight.api.auth import CallerDep
from limelight.api.bodies import FILE_BODY, receive_file
from limelight.api.files import asset_url, service_of
from limelight.store import Asset

router = APIRouter(tags=["assets"])


@router.post("/v1/asset", operation_id="upload_asset", openapi_extra=FILE_BODY)
async def upload_asset(request: Request, caller: CallerDep) -> AssetUploaded:
    """Keep a picture, film or recording, sent as the raw body, up to 100 MB; scenes name it by its id."""
    service = service_of(request)
    with service.upload_file() as file:
        await receive_file(request, file)
        content_type = request.headers.get("content-type", "")
        asset = await run_in_threadpool(service.keep_asset, file, content_type, caller)
    return AssetUploaded(data=uploaded(request, asset))


def uploaded(request: Request, asset: Asset) -> UploadedAsset:
    """An upload as answers show it."""
    return UploadedAsset(
        id=asset.id,
        name=asset.name,
        file_type=asset.file_type,
        url=asset_url(request, asset),
        image_key=f"image/{asset.id}/{asset.key.rpartition('/')[2]}" if asset.file_type == "image" else None,
        folder_id=asset.folder_id or "",
        created_ts=asset.created_ms // 1000,
    )
