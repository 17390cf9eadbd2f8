"""Webhooks: where an account wants to be told that a video has ended."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import Caller, CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.errors import Problem
from limelight.api.files import service_of
from limelight.api.parameters import is_id
from limelight.api.status import iso
from limelight.requests.webhooks import (
    EndpointChangeBody,
    NewEndpointBody,
    parse_endpoint_change,
    parse_new_endpoint,
)
from limelight.requests.wire import invalid, quoted
from limelight.responses.envelopes import V1
from limelight.responses.webhooks import CallbackSecret, Endpoint
from limelight.store.webhooks import EVENTS
from limelight.store.webhooks import Endpoint as Kept

#: Every event is sent to each of them.
MAX_ENDPOINTS = 50

router = APIRouter(tags=["webhooks"])


@router.post(
    "/v1/webhook/endpoint.add",
    operation_id="add_webhook_endpoint",
    status_code=201,
    openapi_extra=describes(NewEndpointBody),
)
async def add_endpoint(request: Request, caller: CallerDep) -> V1[Endpoint]:
    """Be told of events at a URL. The secret that signs what is sent is the client's or made here."""
    service = service_of(request)
    body = parse_new_endpoint(await json_body(request), service.webhooks_allowed(caller))

    def add() -> Kept:
        webhooks = service.store.webhooks
        if len(webhooks.endpoints(caller.id)) >= MAX_ENDPOINTS:
            raise invalid("url", f"there are {MAX_ENDPOINTS} endpoints already, that is the limit")
        return webhooks.add(caller.id, body.url, body.events or None, body.secret)

    return V1(data=_endpoint(caller, await run_in_threadpool(add)))


@router.patch(
    "/v1/webhook/endpoint.update", operation_id="update_webhook_endpoint", openapi_extra=describes(EndpointChangeBody)
)
async def update_endpoint(request: Request, caller: CallerDep) -> V1[Endpoint]:
    """Change an endpoint's URL or events. What is on its way to it goes to the new URL."""
    service = service_of(request)
    body = parse_endpoint_change(await json_body(request), service.webhooks_allowed(caller))
    if not is_id(body.endpoint_id):
        raise _not_found(body.endpoint_id)
    endpoint = await run_in_threadpool(
        service.store.webhooks.update, caller.id, body.endpoint_id, body.url, body.events
    )
    if endpoint is None:
        raise _not_found(body.endpoint_id)
    return V1(data=_endpoint(caller, endpoint))


@router.delete("/v1/webhook/endpoint.delete", operation_id="delete_webhook_endpoint")
def delete_endpoint(request: Request, caller: CallerDep, endpoint_id: str = "") -> V1[None]:
    """Be told no more; what is on its way to the endpoint isn't sent either."""
    if not endpoint_id:
        raise invalid("endpoint_id", "field required")
    if not is_id(endpoint_id) or not service_of(request).store.webhooks.remove(caller.id, endpoint_id):
        raise _not_found(endpoint_id)
    return V1(data=None)


@router.get("/v1/webhook/endpoint.list", operation_id="list_webhook_endpoints")
def list_endpoints(request: Request, caller: CallerDep) -> V1[list[Endpoint]]:
    """The caller's endpoints, oldest first."""
    return V1(data=[_endpoint(caller, kept) for kept in service_of(request).store.webhooks.endpoints(caller.id)])


@router.get("/v1/webhook/webhook.list", operation_id="list_webhook_events")
def list_events(caller: CallerDep) -> V1[list[str]]:
    """The names of events that an endpoint can ask for. Those that begin with `avatar_video.` happen here."""
    return V1(data=list(EVENTS))


@router.get("/v1/webhook/secret", operation_id="get_webhook_secret")
def get_secret(request: Request, caller: CallerDep) -> V1[CallbackSecret]:
    """What bodies sent to a `callback_url` are signed with, as long as the caller has no endpoint."""
    return V1(data=CallbackSecret(secret=service_of(request).webhook_secret(caller.id)))


def _not_found(endpoint_id: str) -> Problem:
    return Problem(404, "not_found", f"webhook endpoint {quoted(endpoint_id)} not found.")


def _endpoint(caller: Caller, kept: Kept) -> Endpoint:
    return Endpoint(
        endpoint_id=kept.id,
        url=kept.url,
        secret=kept.secret,
        events=list(EVENTS if kept.events is None else kept.events),
        username=caller.account.email or caller.account.name,
        created_at=iso(kept.created_ms),
    )
