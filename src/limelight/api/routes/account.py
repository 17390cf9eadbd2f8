"""What an account may still make, and who it is."""

from __future__ import annotations

from fastapi import APIRouter

from limelight.api.answers.account import Quota, QuotaDetails
from limelight.api.answers.envelopes import V2
from limelight.api.auth import CallerDep

#: Seconds for an account without limit; a client reads 32 bits, and sixty of these are one credit.
_UNLIMITED_S = 2_147_483_640

router = APIRouter(tags=["account"])


@router.get("/v2/user/remaining_quota", operation_id="remaining_quota")
def remaining_quota(caller: CallerDep) -> V2[Quota]:
    """What may still be made, and what was: seconds of film, sixty to a credit. Tests do not count."""
    account = caller.account
    left = _UNLIMITED_S if account.left_s is None else max(0, account.left_s)
    details = QuotaDetails(api=left, plan_credit=left)
    return V2(data=Quota(remaining_quota=left, used_quota=account.used_s, details=details))
