"""Answers about accounts."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from limelight.store import Account

#: Seconds for an account without limit; a client reads 32 bits, and sixty of these are one credit.
_UNLIMITED_S = 2_147_483_640


class QuotaDetails(BaseModel):
    """By kind; only films are made here."""

    api: int
    streaming_avatar: int = 0
    streaming_avatar_instance_quota: int = 0
    seat: int = 1
    avatar_iv: int = 0
    plan_credit: int


class Quota(BaseModel):
    """`data` of GET /v2/user/remaining_quota and of its old name, GET /v1/video_generate.quota."""

    remaining_quota: int = Field(ge=0, description="Seconds of film that may still be made.")
    used_quota: int = Field(ge=0, description="Seconds of finished film that were charged.")
    details: QuotaDetails


class User(BaseModel):
    """`data` of GET /v1/user/me."""

    username: str
    email: str = Field(description="Empty where none was given.")
    first_name: str
    last_name: str


class BrandVoices(BaseModel):
    """`data` of the lists of brand voices: there are none here."""

    list: Sequence[dict[str, str]] = ()
    total: int = 0
    token: str | None = None


def quota(account: Account) -> Quota:
    """What an account may still make, and what it made."""
    left = _UNLIMITED_S if account.left_s is None else max(0, account.left_s)
    return Quota(remaining_quota=left, used_quota=account.used_s, details=QuotaDetails(api=left, plan_credit=left))


def user(account: Account) -> User:
    """Whose key it is."""
    first, _, last = account.name.partition(" ")
    return User(username=account.name, email=account.email, first_name=first, last_name=last)
