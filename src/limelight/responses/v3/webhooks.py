"""Answers about webhooks."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from limelight.notices import BATCH_FINISHED, FAILED, SUCCEEDED
from limelight.responses.times import iso
from limelight.store.webhooks import Delivery, Endpoint

#: What happens here, in words; the others are names that endpoints may ask for.
_HAPPENS = {
    SUCCEEDED: "A video is ready.",
    FAILED: "A video could not be made; the event says why.",
    BATCH_FINISHED: "Every video of a batch has ended.",
}


class V3Endpoint(BaseModel):
    """Where an account wants to be told."""

    endpoint_id: str = Field(description="32 hex digits.")
    url: str
    status: Literal["enabled"] = "enabled"
    events: list[str] | None = Field(description="null for every event.", examples=[["avatar_video.success"]])
    secret: str | None = Field(description="What bodies are signed with; told when it is made, else null.")
    created_at: str = Field(description="ISO 8601.", examples=["2026-11-24T10:30:00Z"])


class V3Secret(BaseModel):
    """`data` of POST /v3/webhooks/endpoints/{endpoint_id}/rotate-secret."""

    endpoint_id: str
    secret: str


class V3EventType(BaseModel):
    """An event that an endpoint can ask for."""

    event_type: str
    description: str


class V3Event(BaseModel):
    """An event that was told."""

    event_id: str
    event_type: str
    event_data: dict[str, Any]
    created_at: str = Field(description="ISO 8601.", examples=["2026-11-24T10:30:00Z"])


class V3Nothing(BaseModel):
    """An empty object."""


def v3_endpoint(kept: Endpoint, *, with_secret: bool = False) -> V3Endpoint:
    """An endpoint, with its secret where that was made now."""
    return V3Endpoint(
        endpoint_id=kept.id,
        url=kept.url,
        events=None if kept.events is None else list(kept.events),
        secret=kept.secret if with_secret else None,
        created_at=iso(kept.created_ms),
    )


def v3_event_type(name: str) -> V3EventType:
    """An event by its name."""
    return V3EventType(event_type=name, description=_HAPPENS.get(name, "Does not happen on this server."))


def v3_event(event: Delivery, told: dict[str, object]) -> V3Event:
    """An event that tells this."""
    return V3Event(
        event_id=event.event_id, event_type=event.event_type, event_data=told, created_at=iso(event.created_ms)
    )
