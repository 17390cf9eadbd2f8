"""The bodies of webhooks' endpoints, and what a webhook's URL may be."""

from __future__ import annotations

import secrets
from typing import Annotated

from pydantic import Field

from limelight.network.connect import MAX_URL_CHARACTERS, Allowed, address_problem, url_problem
from limelight.notices import EVENTS
from limelight.requests.parts import Id
from limelight.requests.wire import Wire, check_text, invalid, read

_MAX_SECRET_CHARACTERS = 255

WebhookUrl = Annotated[str, Field(max_length=MAX_URL_CHARACTERS, json_schema_extra={"format": "uri"})]
#: Any name is taken: one that is not of `EVENTS` never happens here.
EventName = Annotated[str, Field(max_length=200, examples=list(EVENTS[:2]))]
Events = Annotated[list[EventName], Field(max_length=100)]


class NewEndpointBody(Wire):
    """POST /v1/webhook/endpoint.add."""

    url: WebhookUrl
    #: all if absent or empty
    events: Events | None = None
    #: made if absent or empty
    secret: Annotated[str, Field(max_length=_MAX_SECRET_CHARACTERS)] = ""


class EndpointChangeBody(Wire):
    """PATCH /v1/webhook/endpoint.update; what is absent stays."""

    endpoint_id: Id
    url: WebhookUrl | None = None
    #: all if empty
    events: Events | None = None


class NamedEndpointBody(Wire):
    """DELETE /v1/webhook/endpoint.delete, whose query may name the endpoint too."""

    endpoint_id: Id = ""


class V3EndpointBody(Wire):
    """POST /v3/webhooks/endpoints; the secret is made here."""

    url: WebhookUrl
    #: all if absent or empty
    events: Events | None = None


class EndpointPatchBody(Wire):
    """PATCH /v3/webhooks/endpoints/{endpoint_id}; what is absent stays."""

    url: WebhookUrl | None = None
    #: all if empty
    events: Events | None = None


def parse_new_endpoint(body: object, allowed: Allowed) -> NewEndpointBody:
    """An endpoint to be added, with a secret; `allowed` is where it may be. Raises SpecError."""
    check_text(body)
    wire = read(NewEndpointBody, body)
    if not wire.url:
        raise invalid("url", "field required")
    check_webhook_url(wire.url, "url", allowed)
    return wire if wire.secret else wire.model_copy(update={"secret": secrets.token_hex(32)})


def parse_endpoint_change(body: object, allowed: Allowed, endpoint_id: str | None = None) -> EndpointChangeBody:
    """What is to be changed of an endpoint, which the path may name; `allowed` is where it may be. Raises SpecError."""
    check_text(body)
    if endpoint_id is not None and isinstance(body, dict):
        body = {**body, "endpoint_id": endpoint_id}
    wire = read(EndpointChangeBody, body)
    check_webhook_url(wire.url, "url", allowed)
    return wire


def parse_named_endpoint(body: object) -> str:
    """The id of the endpoint that a body names; empty where it names none. Raises SpecError."""
    check_text(body)
    return read(NamedEndpointBody, body).endpoint_id


def check_webhook_url(url: str | None, field: str, allowed: Allowed) -> None:
    """Raise SpecError where a webhook cannot go to this URL, as far as that is known without asking anybody.

    No URL, or an empty one, is none.
    """
    if url and (problem := url_problem(url) or address_problem(url, allowed)):
        raise invalid(field, problem)
