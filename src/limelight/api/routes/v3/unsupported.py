"""What v3 has elsewhere and this server has not: 501, and lists of it that are empty."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from limelight.api.auth import CallerDep, require_key
from limelight.api.errors import Problem
from limelight.responses.envelopes import V3, V3Error, V3Page

router = APIRouter(tags=["v3 unsupported"])

#: By what is missing: methods and paths.
NOT_OFFERED = {
    "lip-syncing films": (
        "POST /v3/lipsyncs",
        "GET /v3/lipsyncs",
        "GET /v3/lipsyncs/statuses",
        "POST /v3/lipsyncs/batches",
        "GET /v3/lipsyncs/batches/{batch_id}",
        "GET /v3/lipsyncs/{lipsync_id}",
        "PATCH /v3/lipsyncs/{lipsync_id}",
        "DELETE /v3/lipsyncs/{lipsync_id}",
    ),
    "cloning voices": ("POST /v3/voices/clone",),
    "designing voices": ("POST /v3/voices",),
    "talking with the agent": (
        "POST /v3/video-agents/{session_id}",
        "POST /v3/video-agents/{session_id}/stop",
        "GET /v3/video-agents/{session_id}/resources/{resource_id}",
    ),
    "translating films": (
        "POST /v3/video-translations",
        "GET /v3/video-translations",
        "GET /v3/video-translations/statuses",
        "POST /v3/video-translations/batches",
        "GET /v3/video-translations/batches/{batch_id}",
        "POST /v3/video-translations/proofreads",
        "GET /v3/video-translations/proofreads/{proofread_id}",
        "GET /v3/video-translations/proofreads/{proofread_id}/srt",
        "PUT /v3/video-translations/proofreads/{proofread_id}/srt",
        "POST /v3/video-translations/proofreads/{proofread_id}/generate",
        "GET /v3/video-translations/{video_translation_id}",
        "PATCH /v3/video-translations/{video_translation_id}",
        "DELETE /v3/video-translations/{video_translation_id}",
    ),
    "cutting clips": (
        "POST /v3/ai-clipping",
        "GET /v3/ai-clipping",
        "GET /v3/ai-clipping/{job_id}",
        "DELETE /v3/ai-clipping/{job_id}",
    ),
    "music and sound effects": ("GET /v3/audio/sounds",),
}


@router.get("/v3/video-agents/styles", operation_id="v3_list_styles")
def list_styles(caller: CallerDep) -> V3Page[dict[str, str]]:
    """Styles of the agent: there are none here."""
    return V3Page(data=[], has_more=False, next_token=None)


@router.get("/v3/brand-kits", operation_id="v3_list_brand_kits")
def list_brand_kits(caller: CallerDep) -> V3Page[dict[str, str]]:
    """Brand kits: there are none here."""
    return V3Page(data=[], has_more=False, next_token=None)


@router.get("/v3/video-translations/languages", operation_id="v3_list_target_languages")
def list_languages(caller: CallerDep) -> V3[dict[str, list[str]]]:
    """The languages that films can be translated into: there are none."""
    return V3(data={"languages": []})


def _add(what: str, method: str, path: str) -> None:
    def refuse() -> None:
        raise Problem(501, "not_supported", f"not available on this server: {what}.")

    name = "_".join(part.strip("{}").replace("-", "_") for part in path.split("/")[2:])
    described: dict[int | str, dict[str, Any]] = {
        "501": {"model": V3Error, "description": "It is not available on this server."}
    }
    router.add_api_route(
        path,
        refuse,
        methods=[method],
        operation_id=f"v3_{method.lower()}_{name}",
        summary=f"Always 501: {what}",
        dependencies=[Depends(require_key)],
        status_code=501,
        response_model=V3Error,
        responses=described,
    )


for _what, _operations in NOT_OFFERED.items():
    for _operation in _operations:
        _add(_what, *_operation.split(" "))
