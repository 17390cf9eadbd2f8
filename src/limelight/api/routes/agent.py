"""A video out of a prompt."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import Caller, CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.files import base_url, service_of
from limelight.api.status import queued
from limelight.requests.agent import AgentBody, parse_agent
from limelight.requests.prompt import plan
from limelight.responses.envelopes import V2
from limelight.responses.videos import VideoId
from limelight.store import Video

router = APIRouter(tags=["videos"])


@router.post("/v1/video_agent/generate", operation_id="video_agent_generate", openapi_extra=describes(AgentBody))
async def generate(request: Request, caller: CallerDep) -> V2[VideoId]:
    """Queue a video of what a prompt says, divided into scenes; the answer is its id, in v2's envelope."""
    body = await json_body(request)
    return V2(data=queued(await run_in_threadpool(_generate, request, body, caller)))


def _generate(request: Request, body: object, caller: Caller) -> Video:
    service = service_of(request)
    asked = parse_agent(body, service.assets_of(caller), service.photos_of(caller))
    planned = plan(
        asked.prompt,
        duration_s=asked.duration_s,
        orientation=asked.orientation,
        avatar_id=asked.avatar_id,
        photo_id=asked.photo_id,
        outfit=asked.outfit,
        backgrounds=asked.backgrounds,
    )
    planned |= {"callback_id": asked.callback_id, "callback_url": asked.callback_url, "consent": asked.consent}
    planned |= {"words": [word.model_dump(exclude_none=True) for word in asked.words]}
    parsed = service.parse(planned, caller)
    # The plan's scenes are not the caller's.
    warnings = tuple(replace(warning, field="prompt") for warning in parsed.warnings)
    return service.submit(replace(parsed, warnings=warnings), planned, caller, base_url(request))
