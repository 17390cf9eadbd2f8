"""The presenters and voices on offer."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, Request

from limelight.api.auth import CallerDep
from limelight.api.errors import Problem, avatar_not_found
from limelight.api.files import preview_url
from limelight.api.parameters import Flag
from limelight.api.routes.photos import photo_details, photo_groups, photo_looks, talking_photos
from limelight.catalog.avatars import AvatarEntry, avatar, avatars, presenters
from limelight.catalog.voices import VoiceEntry, voices
from limelight.errors import AvatarNotFound
from limelight.requests.wire import quoted
from limelight.responses.catalog import (
    Avatar,
    AvatarDetails,
    AvatarGroup,
    AvatarGroups,
    Avatars,
    Look,
    Looks,
    V1Avatars,
    V1Voices,
    Voice,
    Voices,
)
from limelight.responses.envelopes import V1, V2

router = APIRouter(tags=["catalogue"])


@router.get("/v2/avatars", operation_id="list_avatars")
def list_avatars(request: Request, caller: CallerDep) -> V2[Avatars]:
    """All presenters, and the caller's talking photos."""
    listed = [_avatar(request, entry) for entry in avatars()]
    photos = talking_photos(request, caller)
    return V2(data=Avatars(avatars=listed, talking_photos=photos))


@router.get("/v1/avatar.list", operation_id="list_avatars_v1")
def list_avatars_v1(request: Request, caller: CallerDep) -> V1[V1Avatars]:
    """All presenters, in v1's envelope."""
    return V1(data=V1Avatars(avatars=[_avatar(request, entry) for entry in avatars()]))


@router.get("/v2/avatar_group.list", operation_id="list_avatar_groups")
def list_avatar_groups(request: Request, caller: CallerDep, include_public: Flag = False) -> V2[AvatarGroups]:
    """The caller's own groups, and with `include_public` the presenters: a group of their looks each."""
    groups = photo_groups(request, caller)
    if include_public:
        every = avatars()
        looks = Counter(entry.pack for entry in every)
        groups += [_group(request, first, looks[first.pack]) for first in presenters(every)]
    return V2(data=AvatarGroups(total_count=len(groups), avatar_group_list=groups))


@router.get("/v2/avatar_group/{group_id}/avatars", operation_id="list_looks")
def list_looks(request: Request, caller: CallerDep, group_id: str) -> V2[Looks]:
    """The looks of a group."""
    looks = [_look(request, entry) for entry in avatars() if entry.group_id == group_id]
    looks += photo_looks(request, caller, group_id)
    if not looks:
        raise Problem(404, "not_found", f"group {quoted(group_id)} not found.")
    return V2(data=Looks(avatar_list=looks))


@router.get("/v2/avatar/{avatar_id}/details", operation_id="get_avatar")
def get_avatar(request: Request, caller: CallerDep, avatar_id: str) -> V2[AvatarDetails]:
    """One presenter, with the voice that suits it, or one of the caller's talking photos."""
    try:
        entry = avatar(avatar_id)
    except AvatarNotFound as error:
        if photo := photo_details(request, caller, avatar_id):
            return V2(data=photo)
        raise avatar_not_found(error) from error
    listed = _avatar(request, entry)
    return V2(
        data=AvatarDetails(
            type="avatar",
            id=entry.avatar_id,
            avatar_id=entry.avatar_id,
            name=entry.look,
            avatar_name=entry.look,
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


@router.get("/v1/voice.list", operation_id="list_voices_v1")
def list_voices_v1(request: Request, caller: CallerDep) -> V1[V1Voices]:
    """All voices, in v1's envelope."""
    every = [_voice(request, entry) for entry in voices()]
    return V1(data=V1Voices(voices=every, list=every))


def _group(request: Request, entry: AvatarEntry, looks: int) -> AvatarGroup:
    picture = preview_url(request, f"avatars/{entry.avatar_id}.jpg")
    return AvatarGroup(
        id=entry.group_id,
        name=entry.name,
        created_at=entry.created_s,
        num_looks=looks,
        preview_image=picture,
        preview_image_url=picture,
        group_type="PUBLIC",
        train_status=None,
        default_voice_id=entry.default_voice_id,
    )


def _look(request: Request, entry: AvatarEntry) -> Look:
    listed = _avatar(request, entry)
    return Look(
        id=entry.avatar_id,
        avatar_id=entry.avatar_id,
        name=entry.look,
        avatar_name=entry.look,
        group_id=entry.group_id,
        gender=entry.gender,
        image_url=listed.preview_image_url,
        preview_image_url=listed.preview_image_url,
        preview_video_url=listed.preview_video_url,
        tags=listed.tags,
        default_voice_id=entry.default_voice_id,
        created_at=float(entry.created_s),
        business_type="studio",
    )


def _avatar(request: Request, entry: AvatarEntry) -> Avatar:
    return Avatar(
        avatar_id=entry.avatar_id,
        avatar_name=entry.look,
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
        locale=entry.locale,
        accent=entry.accent,
        age=entry.age,
        character=entry.character,
        tags=list(entry.tags),
    )
