"""Who calls, and the lists of what brands have."""

from __future__ import annotations

from fastapi import APIRouter, Request

from limelight.api.auth import CallerDep
from limelight.api.paging import part
from limelight.api.parameters import Token, V3Limit
from limelight.api.urls import service_of
from limelight.responses.envelopes import V3, V3Page
from limelight.responses.v3.account import V3Glossary, V3User, v3_glossary, v3_user

router = APIRouter(tags=["v3 account"])


@router.get("/v3/users/me", operation_id="v3_user")
def me(caller: CallerDep) -> V3[V3User]:
    """Whose key this is, and what they may still make."""
    return V3(data=v3_user(caller.account))


@router.get("/v3/brand-glossaries", operation_id="v3_list_glossaries")
def list_glossaries(request: Request, caller: CallerDep, limit: V3Limit = 10, token: Token = "") -> V3Page[V3Glossary]:
    """The account's words, which are one list; none where it has no words. They change under /v1/limelight/words."""
    kept = service_of(request).words.kept(caller)
    page, more = part([v3_glossary(*kept)] if kept else [], limit, token)
    return V3Page(data=page, has_more=bool(more), next_token=more)
