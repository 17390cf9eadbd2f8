"""Answers about who calls."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from limelight.responses.account import quota, user
from limelight.responses.times import iso
from limelight.store import Account

_CREDIT_S = 60


class V3Wallet(BaseModel):
    """What may still be made."""

    currency: Literal["credits"] = "credits"
    remaining_balance: float = Field(ge=0, description="Credits: minutes of film.")
    auto_reload: None = None


class V3User(BaseModel):
    """`data` of GET /v3/users/me."""

    username: str
    email: str | None
    first_name: str | None
    last_name: str | None
    billing_type: Literal["wallet"] = "wallet"
    wallet: V3Wallet
    subscription: None = None
    usage_based: None = None
    plan: str = Field(description="The account's plan.", examples=["enterprise"])


class V3Glossary(BaseModel):
    """A list of words and how they are said."""

    brand_glossary_id: str = Field(description="32 hex digits.")
    name: str
    created_at: str = Field(description="ISO 8601.", examples=["2026-11-24T10:30:00Z"])
    updated_at: str = Field(description="ISO 8601.", examples=["2026-11-24T10:30:00Z"])


def v3_user(account: Account) -> V3User:
    """Whose key it is, and what they may still make."""
    who = user(account)
    return V3User(
        username=who.username,
        email=who.email or None,
        first_name=who.first_name or None,
        last_name=who.last_name or None,
        wallet=V3Wallet(remaining_balance=quota(account).remaining_quota / _CREDIT_S),
        plan=account.plan,
    )


def v3_glossary(id: str, first_ms: int, last_ms: int) -> V3Glossary:
    """An account's words, whose first and last were kept at these times."""
    return V3Glossary(brand_glossary_id=id, name="Words", created_at=iso(first_ms), updated_at=iso(last_ms))
