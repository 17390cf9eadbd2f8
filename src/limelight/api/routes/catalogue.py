"""The presenters and voices on offer."""

from __future__ import annotations

from fastapi import APIRouter, Request

from limelight.api.answers.catalogue import Avatar, AvatarDetails, Avatars, Voice, Voices
from limelight.api.answers.envelopes import V2
from limelight.api.auth import CallerDep
from limelight.api.errors import avatar_not_found
from limelight.api.files import preview_url
from limelight.catalog.avatars import AvatarEntry, avatar, avatars
from limelight.catalog.voices import VoiceEntry, voices
from limelight.errors import AvatarNotFound

router = APIRouter(tags=["catalogue"])


@router.get("/v2/avatars", operation_id="list_avatars")
def list_avatars(request: Request, caller: CallerDep) -> V2[Avatars]:
    """All presenters."""
    return V2(data=Avatars(avatars=[_avatar(request, entry) for entry in avatars()], talking_photos=[]))


@router.get("/v2/avatar/{avatar_id}/details", operation_id="get_avatar")
def get_avatar(request: Request, caller: CallerDep, avatar_id: str) -> V2[AvatarDetails]:
    """One presenter, with the voice that suits it."""
    try:
        entry = avatar(avatar_id)
    except AvatarNotFound as error:
        raise avatar_not_found(error) from error
    listed = _avatar(request, entry)
    return V2(
        data=AvatarDetails(
            type="avatar",
            id=entry.avatar_id,
            avatar_id=entry.avatar_id,
            name=entry.name,
            avatar_name=entry.name,
            gender=entry.gender,
            preview_image_url=listed.preview_image_url,
            preview_video_url=listed.preview_video_url,
            is_public=True,
            default_voice_id=entry.default_voice_id,
            tags=listed.tags,
        )
    )


@router.get("/v2/voices", operation_id="list_voices")
def list_voices(request: Request, caller: CallerDep) -> V2[Voices]:
    """All voices."""
    return V2(data=Voices(voices=[_voice(request, entry) for entry in voices()]))


def _avatar(request: Request, entry: AvatarEntry) -> Avatar:
    return Avatar(
        avatar_id=entry.avatar_id,
        avatar_name=entry.name,
        gender=entry.gender,
        preview_image_url=preview_url(request, f"avatars/{entry.avatar_id}.jpg"),
        preview_video_url=preview_url(request, f"avatars/{entry.avatar_id}.mp4"),
        tags=list(entry.tags),
        default_voice_id=entry.default_voice_id,
    )


def _voice(request: Request, entry: VoiceEntry) -> Voice:
    return Voice(
        voice_id=entry.voice_id,
        language=entry.language,
        gender=entry.gender,
        name=entry.name,
        preview_audio=preview_url(request, f"voices/{entry.voice_id}.mp3"),
    )
