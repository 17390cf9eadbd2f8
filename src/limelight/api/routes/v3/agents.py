"""Sessions of the agent: a prompt, and the video that is made of it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.paging import v3_page
from limelight.api.parameters import Token, V3Limit
from limelight.api.urls import base_url, service_of, urls_of
from limelight.requests.v3.agents import V3AgentBody
from limelight.responses.envelopes import V3, V3Page
from limelight.responses.v3.videos import (
    V3ListedSession,
    V3Session,
    V3SessionCreated,
    V3Video,
    v3_session,
    v3_session_created,
    v3_session_listed,
    v3_video,
)
from limelight.service.caller import Caller
from limelight.service.missing import NotFound
from limelight.service.videos import Video

router = APIRouter(tags=["v3 videos"])


@router.post("/v3/video-agents", operation_id="v3_create_session", openapi_extra=describes(V3AgentBody))
async def create(request: Request, caller: CallerDep) -> V3[V3SessionCreated]:
    """Queue a video of what a prompt says, divided into scenes. Its session and the video have the same id."""
    body = await json_body(request)
    videos = service_of(request).videos
    return V3(
        data=v3_session_created(await run_in_threadpool(videos.generate_session, body, caller, base_url(request)))
    )


@router.get("/v3/video-agents", operation_id="v3_list_sessions")
def list_all(request: Request, caller: CallerDep, limit: V3Limit = 20, token: Token = "") -> V3Page[V3ListedSession]:
    """The caller's sessions, newest first."""
    videos = service_of(request).videos
    page, more = v3_page(lambda n, place: videos.sessions(caller, n, place), limit, token)
    return V3Page(data=[v3_session_listed(video) for video in page], has_more=bool(more), next_token=more)


@router.get("/v3/video-agents/{session_id}", operation_id="v3_get_session")
def get(request: Request, caller: CallerDep, session_id: str) -> V3[V3Session]:
    """How a session stands."""
    return V3(data=v3_session(_session(request, caller, session_id)))


@router.get("/v3/video-agents/{session_id}/videos", operation_id="v3_list_session_videos")
def list_videos(request: Request, caller: CallerDep, session_id: str) -> V3Page[V3Video]:
    """The session's video."""
    video = v3_video(urls_of(request), _session(request, caller, session_id))
    return V3Page(data=[video], has_more=False, next_token=None)


def _session(request: Request, caller: Caller, session_id: str) -> Video:
    video = service_of(request).videos.session(session_id, caller)
    if video is None:
        raise NotFound.of("session", session_id)
    return video
