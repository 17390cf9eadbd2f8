"""Backgrounds of pictures, removed."""

from __future__ import annotations

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import Response

from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.errors import RETRY_AFTER_S, Problem
from limelight.api.files import file_response
from limelight.api.paging import v3_page
from limelight.api.parameters import Token, V3Limit
from limelight.api.urls import service_of, urls_of
from limelight.jobs.engine import Interrupted
from limelight.jobs.media import MAX_LOOKING
from limelight.requests.v3.removals import BackgroundRemovalBody
from limelight.responses.envelopes import V3, V3Page
from limelight.responses.v3.removals import V3Removal, V3RemovalGone, v3_removal

#: Those at work, one of an account's; who waits holds no thread.
_places = anyio.CapacityLimiter(MAX_LOOKING)
_places_of: dict[str, anyio.CapacityLimiter] = {}

router = APIRouter(tags=["v3 background removals"])


@router.post(
    "/v3/background-removals",
    operation_id="v3_create_background_removal",
    openapi_extra=describes(BackgroundRemovalBody),
)
async def create(request: Request, caller: CallerDep) -> V3[V3Removal]:
    """Cut the person with the largest face out of a picture. The answer waits until it is done, some seconds; it costs
    no credit. Films are refused."""
    body = await json_body(request)
    removals = service_of(request).removals
    async with _places_of.setdefault(caller.id, anyio.CapacityLimiter(1)):
        try:
            job = await anyio.to_thread.run_sync(removals.create, body, caller, limiter=_places)
        except Interrupted as stop:
            wait = {"Retry-After": str(RETRY_AFTER_S)}
            raise Problem(503, "unavailable", "the server is stopping.", headers=wait) from stop
    return V3(data=v3_removal(urls_of(request), job))


@router.get("/v3/background-removals", operation_id="v3_list_background_removals")
def list_all(request: Request, caller: CallerDep, limit: V3Limit = 10, token: Token = "") -> V3Page[V3Removal]:
    """The caller's jobs, newest first."""
    removals, urls = service_of(request).removals, urls_of(request)
    page, more = v3_page(lambda n, place: removals.page(caller, n, place), limit, token)
    return V3Page(data=[v3_removal(urls, job) for job in page], has_more=bool(more), next_token=more)


@router.get("/v3/background-removals/{job_id}", operation_id="v3_get_background_removal")
def get(request: Request, caller: CallerDep, job_id: str) -> V3[V3Removal]:
    """One job."""
    return V3(data=v3_removal(urls_of(request), service_of(request).removals.get(job_id, caller)))


@router.delete("/v3/background-removals/{job_id}", operation_id="v3_delete_background_removal")
def delete(request: Request, caller: CallerDep, job_id: str) -> V3[V3RemovalGone]:
    """Delete a job and its files."""
    service_of(request).removals.delete(job_id, caller)
    return V3(data=V3RemovalGone(id=job_id))


@router.api_route(
    "/files/removals/{account_id}/{job_id}/{name}", methods=["GET", "HEAD"], operation_id="get_removal_file"
)
def get_file(
    request: Request, account_id: str, job_id: str, name: str, expires: str = "", signature: str = ""
) -> Response:
    """A layer of a picture, under the URL that an answer gave."""
    service = service_of(request)
    if problem := service.links.problem(f"/files/removals/{account_id}/{job_id}/{name}", expires, signature):
        raise Problem(403, "forbidden", problem)
    return file_response(request, service.files.removal(account_id, job_id, name))
