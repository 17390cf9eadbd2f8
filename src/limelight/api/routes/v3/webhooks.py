"""Webhooks of v3."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.paging import part, v3_page
from limelight.api.parameters import Token, V3Limit, Word
from limelight.api.urls import service_of
from limelight.notices import EVENTS
from limelight.requests.webhooks import EndpointPatchBody, V3EndpointBody
from limelight.responses.envelopes import V3, V3Page
from limelight.responses.v3.webhooks import (
    V3Endpoint,
    V3Event,
    V3EventType,
    V3Nothing,
    V3Secret,
    v3_endpoint,
    v3_event,
    v3_event_type,
)

router = APIRouter(tags=["v3 webhooks"])


@router.get("/v3/webhooks/endpoints", operation_id="v3_list_endpoints")
def list_endpoints(request: Request, caller: CallerDep, limit: V3Limit = 10, token: Token = "") -> V3Page[V3Endpoint]:
    """The caller's endpoints, oldest first, without their secrets."""
    page, more = part(service_of(request).endpoints.all(caller), limit, token, lambda kept: kept.id)
    return V3Page(data=[v3_endpoint(kept) for kept in page], has_more=bool(more), next_token=more)


@router.post("/v3/webhooks/endpoints", operation_id="v3_add_endpoint", openapi_extra=describes(V3EndpointBody))
async def add_endpoint(request: Request, caller: CallerDep) -> V3[V3Endpoint]:
    """Be told of events at a URL. The secret that signs what is sent is told now, and when it is changed."""
    body = await json_body(request)
    endpoint = await run_in_threadpool(service_of(request).endpoints.add, body, caller)
    return V3(data=v3_endpoint(endpoint, with_secret=True))


@router.patch(
    "/v3/webhooks/endpoints/{endpoint_id}",
    operation_id="v3_change_endpoint",
    openapi_extra=describes(EndpointPatchBody),
)
async def change_endpoint(request: Request, caller: CallerDep, endpoint_id: str) -> V3[V3Endpoint]:
    """Change an endpoint's URL or events. What is on its way to it goes to the new URL."""
    body = await json_body(request)
    endpoint = await run_in_threadpool(service_of(request).endpoints.change, body, caller, endpoint_id)
    return V3(data=v3_endpoint(endpoint))


@router.delete("/v3/webhooks/endpoints/{endpoint_id}", operation_id="v3_delete_endpoint")
def delete_endpoint(request: Request, caller: CallerDep, endpoint_id: str) -> V3[V3Nothing]:
    """Be told no more; what is on its way to the endpoint isn't sent either."""
    service_of(request).endpoints.remove(endpoint_id, caller)
    return V3(data=V3Nothing())


@router.post("/v3/webhooks/endpoints/{endpoint_id}/rotate-secret", operation_id="v3_rotate_secret")
def rotate_secret(request: Request, caller: CallerDep, endpoint_id: str) -> V3[V3Secret]:
    """Give an endpoint a new secret, which signs what is on its way too."""
    endpoint = service_of(request).endpoints.rotate(endpoint_id, caller)
    return V3(data=V3Secret(endpoint_id=endpoint.id, secret=endpoint.secret))


@router.get("/v3/webhooks/event-types", operation_id="v3_list_event_types")
def list_event_types(caller: CallerDep) -> V3Page[V3EventType]:
    """The events that an endpoint can ask for."""
    return V3Page(data=[v3_event_type(name) for name in EVENTS], has_more=False, next_token=None)


@router.get("/v3/webhooks/events", operation_id="v3_list_events")
def list_events(
    request: Request,
    caller: CallerDep,
    event_type: Word = "",
    entity_id: Word = "",
    limit: V3Limit = 10,
    token: Token = "",
) -> V3Page[V3Event]:
    """The caller's events of the last thirty days that somebody was to be told, newest first; `entity_id` is a
    video's."""
    endpoints = service_of(request).endpoints
    page, more = v3_page(
        lambda n, place: endpoints.events(caller, n, place, event_type=event_type, video_id=entity_id), limit, token
    )
    return V3Page(data=[v3_event(event, endpoints.told(event)) for event in page], has_more=bool(more), next_token=more)
