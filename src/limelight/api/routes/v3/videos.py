"""Videos of v3."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.errors import video_not_found
from limelight.api.paging import v3_page
from limelight.api.parameters import Token, V3Limit, Word
from limelight.api.urls import base_url, service_of, urls_of
from limelight.requests.v3.bodies import CreateVideoV3Body
from limelight.responses.envelopes import V3, V3Page
from limelight.responses.v3.videos import V3Video, V3VideoCreated, V3VideoDeleted, v3_created, v3_video

router = APIRouter(tags=["v3 videos"])


@router.post("/v3/videos", operation_id="v3_create_video", openapi_extra=describes(CreateVideoV3Body))
async def create(request: Request, caller: CallerDep) -> V3[V3VideoCreated]:
    """Queue a video of a presenter or photo (`avatar`), of a picture (`image`), or of scenes (`studio`)."""
    body = await json_body(request)
    videos = service_of(request).videos
    return V3(data=v3_created(await run_in_threadpool(videos.generate_v3, body, caller, base_url(request))))


@router.get("/v3/videos", operation_id="v3_list_videos")
def list_all(
    request: Request,
    caller: CallerDep,
    limit: V3Limit = 10,
    token: Token = "",
    folder_id: Word = "",
    title: Word = "",
) -> V3Page[V3Video]:
    """The caller's videos, newest first: of one folder, with a part of a title."""
    videos = service_of(request).videos
    page, more = v3_page(lambda n, place: videos.page(caller, n, place, folder_id, title), limit, token)
    return V3Page(data=[v3_video(urls_of(request), video) for video in page], has_more=bool(more), next_token=more)


@router.get("/v3/videos/{video_id}", operation_id="v3_get_video")
def get(request: Request, caller: CallerDep, video_id: str) -> V3[V3Video]:
    """How a video stands; its URLs are signed anew for seven days."""
    video = service_of(request).videos.get(video_id, caller)
    if video is None:
        raise video_not_found(video_id)
    return V3(data=v3_video(urls_of(request), video))


@router.delete("/v3/videos/{video_id}", operation_id="v3_delete_video")
def delete(request: Request, caller: CallerDep, video_id: str) -> V3[V3VideoDeleted]:
    """Delete a video and its files. One that is being made is made no further, and costs nothing."""
    if not service_of(request).videos.delete(video_id, caller):
        raise video_not_found(video_id)
    return V3(data=V3VideoDeleted(id=video_id))
