"""Webhooks: where an account wants to be told that a video has ended."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body, optional_body
from limelight.api.urls import service_of
from limelight.notices import EVENTS
from limelight.requests.webhooks import EndpointChangeBody, NewEndpointBody, parse_named_endpoint
from limelight.requests.wire import invalid
from limelight.responses.envelopes import V1
from limelight.responses.webhooks import CallbackSecret, Endpoint, endpoint_shown

router = APIRouter(tags=["webhooks"])


@router.post(
    "/v1/webhook/endpoint.add",
    operation_id="add_webhook_endpoint",
    status_code=201,
    openapi_extra=describes(NewEndpointBody),
)
async def add_endpoint(request: Request, caller: CallerDep) -> V1[Endpoint]:
    """Be told of events at a URL. The secret that signs what is sent is the client's or made here."""
    body = await json_body(request)
    endpoint = await run_in_threadpool(service_of(request).endpoints.add, body, caller)
    return V1(data=endpoint_shown(endpoint, caller.account))


@router.patch(
    "/v1/webhook/endpoint.update", operation_id="update_webhook_endpoint", openapi_extra=describes(EndpointChangeBody)
)
async def update_endpoint(request: Request, caller: CallerDep) -> V1[Endpoint]:
    """Change an endpoint's URL or events. What is on its way to it goes to the new URL."""
    body = await json_body(request)
    endpoint = await run_in_threadpool(service_of(request).endpoints.change, body, caller)
    return V1(data=endpoint_shown(endpoint, caller.account))


@router.delete("/v1/webhook/endpoint.delete", operation_id="delete_webhook_endpoint")
async def delete_endpoint(request: Request, caller: CallerDep, endpoint_id: str = "") -> V1[None]:
    """Be told no more; what is on its way to the endpoint isn't sent either. A JSON body may name the endpoint too."""
    named = endpoint_id or parse_named_endpoint(await optional_body(request))
    if not named:
        raise invalid("endpoint_id", "field required")
    await run_in_threadpool(service_of(request).endpoints.remove, named.strip(), caller)
    return V1(data=None)


@router.get("/v1/webhook/endpoint.list", operation_id="list_webhook_endpoints")
def list_endpoints(request: Request, caller: CallerDep) -> V1[list[Endpoint]]:
    """The caller's endpoints, oldest first."""
    return V1(data=[endpoint_shown(kept, caller.account) for kept in service_of(request).endpoints.all(caller)])


@router.get("/v1/webhook/webhook.list", operation_id="list_webhook_events")
def list_events(caller: CallerDep) -> V1[list[str]]:
    """The names of events that an endpoint can ask for. Those that begin with `avatar_video.` happen here."""
    return V1(data=list(EVENTS))


@router.get("/v1/webhook/secret", operation_id="get_webhook_secret")
def get_secret(request: Request, caller: CallerDep) -> V1[CallbackSecret]:
    """What bodies sent to a `callback_url` are signed with, as long as the caller has no endpoint."""
    return V1(data=CallbackSecret(secret=service_of(request).endpoints.secret(caller.id)))
