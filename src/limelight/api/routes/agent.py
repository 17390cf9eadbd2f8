"""A video out of a prompt."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.urls import base_url, service_of
from limelight.requests.agent import AgentBody
from limelight.responses.envelopes import V2
from limelight.responses.videos import VideoId, queued

router = APIRouter(tags=["videos"])


@router.post("/v1/video_agent/generate", operation_id="video_agent_generate", openapi_extra=describes(AgentBody))
async def generate(request: Request, caller: CallerDep) -> V2[VideoId]:
    """Queue a video of what a prompt says, divided into scenes; the answer is its id, in v2's envelope."""
    body = await json_body(request)
    videos = service_of(request).videos
    return V2(data=queued(await run_in_threadpool(videos.generate_from_prompt, body, caller, base_url(request))))
