"""What an account may still make, and who it is."""

from __future__ import annotations

from fastapi import APIRouter

from limelight.api.auth import CallerDep
from limelight.responses.account import BrandVoices, Quota, QuotaDetails, User
from limelight.responses.envelopes import V1, V2
from limelight.store import Account

#: Seconds for an account without limit; a client reads 32 bits, and sixty of these are one credit.
_UNLIMITED_S = 2_147_483_640

router = APIRouter(tags=["account"])


@router.get("/v2/user/remaining_quota", operation_id="remaining_quota")
def remaining_quota(caller: CallerDep) -> V2[Quota]:
    """What may still be made, and what was: seconds of film, sixty to a credit. Tests do not count."""
    return V2(data=_quota(caller.account))


@router.get("/v1/video_generate.quota", operation_id="remaining_quota_v1")
def remaining_quota_v1(caller: CallerDep) -> V1[Quota]:
    """The same under its old name, in v1's envelope."""
    return V1(data=_quota(caller.account))


@router.get("/v1/user/me", operation_id="user_me")
def user_me(caller: CallerDep) -> V1[User]:
    """Whose key this is."""
    first, _, last = caller.account.name.partition(" ")
    return V1(data=User(username=caller.account.name, email=caller.account.email, first_name=first, last_name=last))


@router.get("/v1/brand_voice/list", operation_id="list_brand_voices_v1")
def list_brand_voices_v1(caller: CallerDep) -> V1[BrandVoices]:
    """Brand voices: there are none here."""
    return V1(data=BrandVoices())


@router.get("/v2/brand_voice/list", operation_id="list_brand_voices")
def list_brand_voices(caller: CallerDep) -> V2[BrandVoices]:
    """The same in v2's envelope."""
    return V2(data=BrandVoices())


def _quota(account: Account) -> Quota:
    left = _UNLIMITED_S if account.left_s is None else max(0, account.left_s)
    return Quota(remaining_quota=left, used_quota=account.used_s, details=QuotaDetails(api=left, plan_credit=left))
