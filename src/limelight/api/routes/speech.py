"""Hearing or seeing what would be said, without a film."""

from __future__ import annotations

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.errors import Problem
from limelight.api.files import file_response
from limelight.api.urls import service_of, urls_of
from limelight.jobs.engine import Interrupted
from limelight.jobs.failures import Json
from limelight.requests.speech import SpeechBody, SpeechRequest
from limelight.responses.envelopes import V1
from limelight.responses.speech import Spoken, spoken
from limelight.service.caller import Caller

#: Texts that are spoken at once, one of an account's; who waits holds no thread.
_AT_ONCE = 2

_places = anyio.CapacityLimiter(_AT_ONCE)
_places_of: dict[str, anyio.CapacityLimiter] = {}

router = APIRouter(tags=["words"])


@router.post("/v1/limelight/speech", operation_id="speech", openapi_extra=describes(SpeechBody))
async def speech(request: Request, caller: CallerDep) -> V1[Spoken]:
    """Say a text: its words with their phonemes and times, and the URL of the sound. The answer waits until it is
    spoken, about half as long as it lasts; an equal request is answered at once."""
    body = await json_body(request)
    asked = await run_in_threadpool(service_of(request).previews.parse_speech, body, caller)
    key, said = await say(request, asked, caller)
    return V1(data=spoken(said, urls_of(request).signed(key) if key else None, asked.warnings))


async def say(request: Request, asked: SpeechRequest, caller: Caller) -> tuple[str | None, Json]:
    """As `Previews.speech`, when it is this account's turn. Raises LimelightError and Problem."""
    previews = service_of(request).previews
    async with _places_of.setdefault(caller.id, anyio.CapacityLimiter(1)):
        try:
            return await anyio.to_thread.run_sync(previews.speech, asked, caller, limiter=_places)
        except Interrupted as stop:
            raise Problem(503, "unavailable", "the server is stopping.") from stop


@router.api_route("/files/speech/{speech_id}/{name}", methods=["GET", "HEAD"], operation_id="get_speech_file")
def get_speech_file(request: Request, speech_id: str, name: str, expires: str = "", signature: str = "") -> Response:
    """A spoken text, under the URL that its answer gave."""
    problem = service_of(request).links.problem(f"/files/speech/{speech_id}/{name}", expires, signature)
    if problem:
        raise Problem(403, "forbidden", problem)
    return file_response(request, service_of(request).files.speech(speech_id, name))
