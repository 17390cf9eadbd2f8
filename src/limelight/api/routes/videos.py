"""Making videos, and how they stand."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.answers.envelopes import V1, V2
from limelight.api.answers.videos import V1VideoStatus, V2Video, VideoId, WebmQueued
from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.errors import Problem, video_not_found
from limelight.api.files import base_url, service_of
from limelight.api.schemas.generate import GenerateBody
from limelight.api.schemas.webm import WebmBody
from limelight.api.status import v1_status, v2_status

router = APIRouter(tags=["videos"])


@router.post("/v2/video/generate", operation_id="video_generate", openapi_extra=describes(GenerateBody))
async def generate(request: Request, caller: CallerDep) -> V2[VideoId]:
    """Queue a video; the answer is its id. It is kept when the answer is sent, whatever happens then."""
    body = await json_body(request)
    video_id = await run_in_threadpool(service_of(request).generate, body, caller, base_url(request))
    return V2(data=VideoId(video_id=video_id))


@router.post("/v1/video.webm", operation_id="video_webm", openapi_extra=describes(WebmBody))
async def video_webm(request: Request, caller: CallerDep) -> WebmQueued:
    """Queue a video with a transparent background; the answer is its id."""
    body = await json_body(request)
    video_id = await run_in_threadpool(service_of(request).generate_webm, body, caller, base_url(request))
    return WebmQueued(data=VideoId(video_id=video_id))


@router.get("/v1/video_status.get", operation_id="video_status_get")
def video_status(request: Request, caller: CallerDep, video_id: str = "") -> V1VideoStatus:
    """How a video stands; its URLs are signed anew for seven days."""
    if not video_id:
        raise Problem(400, "invalid_parameter", "video_id is invalid: field required.")
    video = service_of(request).video(video_id, caller)
    if video is None:
        raise video_not_found(video_id)
    return V1VideoStatus(data=v1_status(request, video))


@router.get("/v2/videos/{video_id}", operation_id="get_video")
def get_video(request: Request, caller: CallerDep, video_id: str) -> V2[V2Video]:
    """How a video stands; its URLs are signed anew for seven days."""
    video = service_of(request).video(video_id, caller)
    if video is None:
        raise video_not_found(video_id)
    return V2(data=v2_status(request, video))


@router.delete("/v1/video.delete", operation_id="video_delete")
def delete_video(request: Request, caller: CallerDep, video_id: str = "") -> V1[None]:
    """Delete a video and its files. One that is being made is made no further, and costs nothing."""
    if not video_id:
        raise Problem(400, "invalid_parameter", "video_id is invalid: field required.")
    if not service_of(request).delete_video(video_id, caller):
        raise video_not_found(video_id)
    return V1(data=None)
