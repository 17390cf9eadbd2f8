"""The routes below /v1, with their envelope `{"code": 100, "data": …, "message": "Success"}`."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import require_key
from limelight.api.bodies import json_body, receive_file
from limelight.api.errors import Problem, video_not_found
from limelight.api.files import asset_url, service_of
from limelight.api.schemas.webm import WebmBody
from limelight.api.status import v1_status

router = APIRouter(prefix="/v1", dependencies=[Depends(require_key)], tags=["v1"])

_webm_body = {
    "required": True,
    "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{WebmBody.__name__}"}}},
}
_file_body = {
    "required": True,
    "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("image/*", "video/*", "audio/*")},
}


@router.get("/video_status.get", operation_id="video_status_get")
def video_status(request: Request, video_id: str = "") -> dict[str, object]:
    """How a video stands; its URLs are signed anew for seven days."""
    if not video_id:
        raise Problem(400, "invalid_parameter", "video_id is invalid: field required.")
    video = service_of(request).video(video_id)
    if video is None:
        raise video_not_found(video_id)
    return {"code": 100, "data": v1_status(request, video), "message": "Success"}


@router.post("/video.webm", operation_id="video_webm", openapi_extra={"requestBody": _webm_body})
async def video_webm(request: Request) -> dict[str, object]:
    """Queue a video with a transparent background; the answer is its id."""
    body = await json_body(request)
    video_id = await run_in_threadpool(service_of(request).generate_webm, body)
    return {"code": 100, "data": {"video_id": video_id}, "msg": None, "message": "Success", "error": None}


@router.post("/asset", operation_id="upload_asset", openapi_extra={"requestBody": _file_body})
async def upload_asset(request: Request) -> dict[str, object]:
    """Keep a picture, film or recording, sent as the raw body, up to 100 MB; scenes name it by its id."""
    service = service_of(request)
    with service.upload_file() as file:
        await receive_file(request, file)
        asset = await run_in_threadpool(service.keep_asset, file, request.headers.get("content-type", ""))
    image_key = f"image/{asset.id}/{asset.key.rpartition('/')[2]}"
    data = {
        "id": asset.id,
        "name": asset.name,
        "file_type": asset.file_type,
        "url": asset_url(request, asset),
        "image_key": image_key if asset.file_type == "image" else None,
        "folder_id": "",
        "meta": None,
        "created_ts": asset.created_ms // 1000,
    }
    return {"code": 100, "data": data, "msg": None, "message": None}
