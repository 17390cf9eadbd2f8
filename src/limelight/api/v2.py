"""The routes below /v2, with their envelope `{"error": null, "data": …}`."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import require_key
from limelight.api.bodies import json_body
from limelight.api.errors import avatar_not_found, video_not_found
from limelight.api.files import preview_url, service_of
from limelight.api.schemas.generate import GenerateBody
from limelight.api.status import v2_status
from limelight.catalog.avatars import AvatarEntry, avatar, avatars
from limelight.catalog.voices import VoiceEntry, voices
from limelight.errors import AvatarNotFound

#: Sixty of these are one credit, a minute of film; there is no limit here, and a client reads 32 bits.
_UNLIMITED = 2_147_483_640

router = APIRouter(prefix="/v2", dependencies=[Depends(require_key)], tags=["v2"])

_body = {
    "required": True,
    "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{GenerateBody.__name__}"}}},
}


@router.post("/video/generate", operation_id="video_generate", openapi_extra={"requestBody": _body})
async def generate(request: Request) -> dict[str, object]:
    """Queue a video; the answer is its id. It is kept when the answer is sent, whatever happens then."""
    body = await json_body(request)
    video_id = await run_in_threadpool(service_of(request).generate, body)
    return _success({"video_id": video_id})


@router.get("/videos/{video_id}", operation_id="get_video")
def get_video(request: Request, video_id: str) -> dict[str, object]:
    """How a video stands; its URLs are signed anew for seven days."""
    video = service_of(request).video(video_id)
    if video is None:
        raise video_not_found(video_id)
    return _success(v2_status(request, video))


@router.get("/avatars", operation_id="list_avatars")
def list_avatars(request: Request) -> dict[str, object]:
    """All presenters."""
    return _success({"avatars": [_avatar(request, entry) for entry in avatars()], "talking_photos": []})


@router.get("/avatar/{avatar_id}/details", operation_id="get_avatar")
def get_avatar(request: Request, avatar_id: str) -> dict[str, object]:
    """One presenter, with the voice that suits it."""
    try:
        entry = avatar(avatar_id)
    except AvatarNotFound as error:
        raise avatar_not_found(error) from error
    details = {"type": "avatar", "id": entry.avatar_id, "name": entry.name, "is_public": True}
    return _success({**_avatar(request, entry), **details})


@router.get("/voices", operation_id="list_voices")
def list_voices(request: Request) -> dict[str, object]:
    """All voices."""
    return _success({"voices": [_voice(request, entry) for entry in voices()]})


@router.get("/user/remaining_quota", operation_id="remaining_quota")
def remaining_quota(request: Request) -> dict[str, object]:
    """What may still be made: as much as you like. Used is counted in seconds of finished film."""
    details = {
        "api": _UNLIMITED,
        "streaming_avatar": 0,
        "streaming_avatar_instance_quota": 0,
        "seat": 1,
        "avatar_iv": 0,
        "plan_credit": _UNLIMITED,
    }
    used = service_of(request).store.finished_seconds()
    return _success({"remaining_quota": _UNLIMITED, "used_quota": used, "details": details})


def _success(data: dict[str, object]) -> dict[str, object]:
    return {"error": None, "data": data}


def _avatar(request: Request, entry: AvatarEntry) -> dict[str, object]:
    return {
        "avatar_id": entry.avatar_id,
        "avatar_name": entry.name,
        "gender": entry.gender,
        "preview_image_url": preview_url(request, f"avatars/{entry.avatar_id}.jpg"),
        "preview_video_url": preview_url(request, f"avatars/{entry.avatar_id}.mp4"),
        "premium": False,
        "type": None,
        "tags": list(entry.tags),
        "default_voice_id": entry.default_voice_id,
    }


def _voice(request: Request, entry: VoiceEntry) -> dict[str, object]:
    return {
        "voice_id": entry.voice_id,
        "language": entry.language,
        "gender": entry.gender,
        "name": entry.name,
        "preview_audio": preview_url(request, f"voices/{entry.voice_id}.mp3"),
        "support_pause": True,
        "emotion_support": False,
        "support_interactive_avatar": False,
        "support_locale": False,
    }
