"""What an account may still make, and who it is."""

from __future__ import annotations

from fastapi import APIRouter

from limelight.api.auth import CallerDep
from limelight.responses.account import BrandVoices, Quota, User, quota, user
from limelight.responses.envelopes import V1, V2

router = APIRouter(tags=["account"])


@router.get("/v2/user/remaining_quota", operation_id="remaining_quota")
def remaining_quota(caller: CallerDep) -> V2[Quota]:
    """What may still be made, and what was: seconds of film, sixty to a credit. Tests do not count."""
    return V2(data=quota(caller.account))


@router.get("/v1/video_generate.quota", operation_id="remaining_quota_v1")
def remaining_quota_v1(caller: CallerDep) -> V1[Quota]:
    """The same under its old name, in v1's envelope."""
    return V1(data=quota(caller.account))


@router.get("/v1/user/me", operation_id="user_me")
def user_me(caller: CallerDep) -> V1[User]:
    """Whose key this is."""
    return V1(data=user(caller.account))


@router.get("/v1/brand_voice/list", operation_id="list_brand_voices_v1")
def list_brand_voices_v1(caller: CallerDep) -> V1[BrandVoices]:
    """Brand voices: there are none here."""
    return V1(data=BrandVoices())


@router.get("/v2/brand_voice/list", operation_id="list_brand_voices")
def list_brand_voices(caller: CallerDep) -> V2[BrandVoices]:
    """The same in v2's envelope."""
    return V2(data=BrandVoices())
