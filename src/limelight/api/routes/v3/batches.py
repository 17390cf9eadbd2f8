"""Batches of videos, and how many videos stand at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.paging import part
from limelight.api.parameters import V3_LIMIT, Token, V3Limit
from limelight.api.urls import base_url, service_of
from limelight.requests.v3.bodies import VideoBatchBody
from limelight.responses.envelopes import V3, V3Page
from limelight.responses.v3.videos import V3Batch, V3Standing, v3_batch, v3_standing
from limelight.service.batches import Batch
from limelight.service.caller import Caller

router = APIRouter(tags=["v3 videos"])

Ids = Annotated[
    str, Query(max_length=4_000, pattern=r"^[^\x00]*$", description="Ids with commas between them; 100 in all.")
]


def ids_in(listed: str) -> list[str]:
    """The ids of a list with commas."""
    return [id for one in listed.split(",") if (id := one.strip())]


@router.post(
    "/v3/videos/batches",
    operation_id="v3_create_video_batch",
    status_code=202,
    openapi_extra=describes(VideoBatchBody),
)
async def create(request: Request, caller: CallerDep) -> V3[V3Batch]:
    """Queue up to 100 videos, each as POST /v3/videos takes it. One that is wrong does not stop the others."""
    body = await json_body(request)
    batch = await run_in_threadpool(service_of(request).batches.create, body, caller, base_url(request))
    return V3(data=await run_in_threadpool(_shown, request, caller, batch, V3_LIMIT, ""))


@router.get("/v3/videos/batches/{batch_id}", operation_id="v3_get_video_batch")
def get(
    request: Request, caller: CallerDep, batch_id: str, limit: V3Limit = V3_LIMIT, token: Token = ""
) -> V3[V3Batch]:
    """How a batch stands, and a page of its videos."""
    return V3(data=_shown(request, caller, service_of(request).batches.get(batch_id, caller), limit, token))


@router.get("/v3/videos/statuses", operation_id="v3_video_statuses")
def statuses(request: Request, caller: CallerDep, video_ids: Ids = "", batch_ids: Ids = "") -> V3Page[V3Standing]:
    """How up to 100 videos stand, by their ids and by those of batches; unknown ones are `not_found`."""
    found = service_of(request).batches.statuses(ids_in(video_ids), ids_in(batch_ids), caller)
    return V3Page(data=[v3_standing(one) for one in found], has_more=False, next_token=None)


def _shown(request: Request, caller: Caller, batch: Batch, limit: int, token: str) -> V3Batch:
    standings = service_of(request).batches.standings(batch, caller)
    page, more = part(standings, limit, token)
    return v3_batch(batch, standings, page, more)
