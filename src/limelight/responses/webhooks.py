"""Answers about webhooks."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from limelight.notices import EVENTS
from limelight.responses.times import iso
from limelight.store import Account
from limelight.store.webhooks import Endpoint as Kept


class Endpoint(BaseModel):
    """Where an account wants to be told."""

    endpoint_id: str = Field(description="32 hex digits.")
    url: str
    secret: str = Field(description="What bodies are signed with: HMAC-SHA256, hex.")
    status: Literal["enabled"] = "enabled"
    events: list[str] = Field(description="Every event, where none was chosen.", examples=[["avatar_video.success"]])
    username: str
    created_at: str = Field(description="ISO 8601.", examples=["2026-11-24T10:30:00Z"])


class CallbackSecret(BaseModel):
    """`data` of GET /v1/webhook/secret."""

    secret: str = Field(description="What bodies sent to a `callback_url` are signed with, while there's no endpoint.")


def endpoint_shown(kept: Kept, account: Account) -> Endpoint:
    """An endpoint of this account."""
    return Endpoint(
        endpoint_id=kept.id,
        url=kept.url,
        secret=kept.secret,
        events=list(EVENTS if kept.events is None else kept.events),
        username=account.email or account.name,
        created_at=iso(kept.created_ms),
    )
