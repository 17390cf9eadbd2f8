"""The routes below /v1, with their envelope `{"code": 100, "data": …, "message": "Success"}`."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request

from limelight.api.auth import require_key
from limelight.api.errors import Problem, video_not_found
from limelight.api.files import service_of
from limelight.api.status import v1_status

router = APIRouter(prefix="/v1", dependencies=[Depends(require_key)], tags=["v1"])


@router.get("/video_status.get", operation_id="video_status_get")
def video_status(request: Request, video_id: str = "") -> dict[str, object]:
    """How a video stands; its URLs are signed anew for seven days."""
    if not video_id:
        raise Problem(400, "invalid_parameter", "video_id is invalid: field required.")
    video = service_of(request).video(video_id)
    if video is None:
        raise video_not_found(video_id)
    return {"code": 100, "data": v1_status(request, video), "message": "Success"}
