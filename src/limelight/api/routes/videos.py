"""Making videos, and how they stand."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.errors import Problem, video_not_found
from limelight.api.paging import after, next_token
from limelight.api.parameters import LIMIT, Id, Limit, Token, Word
from limelight.api.urls import base_url, service_of, urls_of
from limelight.requests.create import CreateVideoBody
from limelight.requests.generate import GenerateBody
from limelight.requests.share import ShareBody, parse_share
from limelight.requests.webm import WebmBody
from limelight.responses.envelopes import V1, V2
from limelight.responses.videos import (
    CreatedVideo,
    V1Videos,
    V1VideoStatus,
    V2Video,
    V2VideoCreated,
    V2Videos,
    VideoId,
    WebmQueued,
    queued,
    v1_listed,
    v1_status,
    v2_status,
)

router = APIRouter(tags=["videos"])


@router.post("/v2/video/generate", operation_id="video_generate", openapi_extra=describes(GenerateBody))
async def generate(request: Request, caller: CallerDep) -> V2[VideoId]:
    """Queue a video; the answer is its id. It is kept when the answer is sent, whatever happens then."""
    body = await json_body(request)
    return V2(
        data=queued(await run_in_threadpool(service_of(request).videos.generate, body, caller, base_url(request)))
    )


@router.post("/v1/video.webm", operation_id="video_webm", openapi_extra=describes(WebmBody))
async def video_webm(request: Request, caller: CallerDep) -> WebmQueued:
    """Queue a video with a transparent background; the answer is its id."""
    body = await json_body(request)
    video = await run_in_threadpool(service_of(request).videos.generate_webm, body, caller, base_url(request))
    return WebmQueued(data=queued(video))


@router.post("/v2/videos", operation_id="create_video", openapi_extra=describes(CreateVideoBody))
async def create_video(request: Request, caller: CallerDep) -> V2VideoCreated:
    """Queue a video of one presenter in plain fields; the answer is its id."""
    body = await json_body(request)
    video = await run_in_threadpool(service_of(request).videos.generate_plain, body, caller, base_url(request))
    return V2VideoCreated(video_id=video.id, data=CreatedVideo(**dict(queued(video))))


@router.get("/v1/video_status.get", operation_id="video_status_get")
def video_status(request: Request, caller: CallerDep, video_id: Id = "") -> V1VideoStatus:
    """How a video stands; its URLs are signed anew for seven days."""
    if not video_id:
        raise Problem(400, "invalid_parameter", "video_id is invalid: field required.")
    video = service_of(request).videos.get(video_id, caller)
    if video is None:
        raise video_not_found(video_id)
    return V1VideoStatus(data=v1_status(urls_of(request), video))


@router.get("/v1/video.list", operation_id="list_videos_v1")
def list_videos_v1(
    request: Request,
    caller: CallerDep,
    limit: Limit = LIMIT,
    token: Token = "",
    folder_id: Word = "",
    title: Word = "",
) -> V1[V1Videos]:
    """The caller's videos, newest first: of one folder, with a part of a title."""
    page = service_of(request).videos.page(caller, limit, after(token), folder_id, title)
    videos = [v1_listed(urls_of(request), video) for video in page]
    return V1(data=V1Videos(token=next_token(page, limit), videos=videos))


@router.get("/v2/videos", operation_id="list_videos")
def list_videos(
    request: Request,
    caller: CallerDep,
    limit: Limit = LIMIT,
    token: Token = "",
    folder_id: Word = "",
    title: Word = "",
) -> V2[V2Videos]:
    """The caller's videos as GET /v2/videos/{id} tells them, newest first: of one folder, with a part of a title."""
    page = service_of(request).videos.page(caller, limit, after(token), folder_id, title)
    videos = [v2_status(urls_of(request), video) for video in page]
    return V2(data=V2Videos(videos=videos, token=next_token(page, limit)))


@router.get("/v2/videos/{video_id}", operation_id="get_video")
def get_video(request: Request, caller: CallerDep, video_id: str) -> V2[V2Video]:
    """How a video stands; its URLs are signed anew for seven days."""
    video = service_of(request).videos.get(video_id, caller)
    if video is None:
        raise video_not_found(video_id)
    return V2(data=v2_status(urls_of(request), video))


@router.delete("/v2/videos/{video_id}", operation_id="delete_video")
def delete_video_v2(request: Request, caller: CallerDep, video_id: str) -> V2[None]:
    """Delete a video and its files. One that is being made is made no further, and costs nothing."""
    if not service_of(request).videos.delete(video_id, caller):
        raise video_not_found(video_id)
    return V2(data=None)


@router.delete("/v1/video.delete", operation_id="video_delete")
def delete_video(request: Request, caller: CallerDep, video_id: Id = "") -> V1[None]:
    """Delete a video and its files. One that is being made is made no further, and costs nothing."""
    if not video_id:
        raise Problem(400, "invalid_parameter", "video_id is invalid: field required.")
    if not service_of(request).videos.delete(video_id, caller):
        raise video_not_found(video_id)
    return V1(data=None)


@router.post("/v1/video/share", operation_id="video_share", openapi_extra=describes(ShareBody))
async def share_video(request: Request, caller: CallerDep) -> V1[str]:
    """Give a video a public page; the answer is its URL, the same each time. The page goes when the video does."""
    video_id = parse_share(await json_body(request))
    token = await run_in_threadpool(service_of(request).videos.share, video_id, caller)
    if token is None:
        raise video_not_found(video_id)
    return V1(data=urls_of(request).page(token))
