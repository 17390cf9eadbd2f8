"""The presenters and voices on offer."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, Request

from limelight.api.auth import CallerDep
from limelight.api.errors import Problem, avatar_not_found
from limelight.api.parameters import Flag
from limelight.api.urls import service_of, urls_of
from limelight.catalog.avatars import avatar, avatars, presenters
from limelight.catalog.voices import voices
from limelight.errors import AvatarNotFound
from limelight.requests.wire import quoted
from limelight.responses.catalog import (
    AvatarDetails,
    AvatarGroups,
    Avatars,
    Looks,
    TargetLanguages,
    V1Avatars,
    V1Voices,
    VoiceLocales,
    Voices,
    avatar_listed,
    presenter_details,
    presenter_group,
    presenter_look,
    voice_listed,
    voice_locales,
)
from limelight.responses.envelopes import V1, V2
from limelight.responses.photos import photo_details, photo_groups, photo_look, talking_photo

router = APIRouter(tags=["catalogue"])


@router.get("/v2/avatars", operation_id="list_avatars")
def list_avatars(request: Request, caller: CallerDep) -> V2[Avatars]:
    """All presenters, and the caller's talking photos."""
    listed = [avatar_listed(urls_of(request), entry) for entry in avatars()]
    photos = [talking_photo(urls_of(request), photo) for photo in service_of(request).photos.all(caller)]
    return V2(data=Avatars(avatars=listed, talking_photos=photos))


@router.get("/v1/avatar.list", operation_id="list_avatars_v1")
def list_avatars_v1(request: Request, caller: CallerDep) -> V1[V1Avatars]:
    """All presenters, in v1's envelope."""
    return V1(data=V1Avatars(avatars=[avatar_listed(urls_of(request), entry) for entry in avatars()]))


@router.get("/v2/avatar_group.list", operation_id="list_avatar_groups")
def list_avatar_groups(request: Request, caller: CallerDep, include_public: Flag = False) -> V2[AvatarGroups]:
    """The caller's own groups, and with `include_public` the presenters: a group of their looks each."""
    groups = photo_groups(urls_of(request), service_of(request).photos.all(caller))
    if include_public or service_of(request).settings.own_cast:
        every = avatars()
        looks = Counter(entry.pack for entry in every)
        groups += [presenter_group(urls_of(request), first, looks[first.pack]) for first in presenters(every)]
    return V2(data=AvatarGroups(total_count=len(groups), avatar_group_list=groups))


@router.get("/v2/avatar_group/{group_id}/avatars", operation_id="list_looks")
def list_looks(request: Request, caller: CallerDep, group_id: str) -> V2[Looks]:
    """The looks of a group."""
    looks = [presenter_look(urls_of(request), entry) for entry in avatars() if entry.group_id == group_id]
    looks += [photo_look(urls_of(request), photo) for photo in service_of(request).photos.group(group_id, caller)]
    if not looks:
        raise Problem(404, "not_found", f"group {quoted(group_id)} not found.")
    return V2(data=Looks(avatar_list=looks))


@router.get("/v2/avatar/{avatar_id}/details", operation_id="get_avatar")
def get_avatar(request: Request, caller: CallerDep, avatar_id: str) -> V2[AvatarDetails]:
    """One presenter, with the voice that suits it, or one of the caller's talking photos."""
    try:
        entry = avatar(avatar_id)
    except AvatarNotFound as error:
        if photo := service_of(request).photos.get(avatar_id, caller):
            return V2(data=photo_details(urls_of(request), photo))
        raise avatar_not_found(error) from error
    return V2(data=presenter_details(urls_of(request), entry))


@router.get("/v2/voices", operation_id="list_voices")
def list_voices(request: Request, caller: CallerDep) -> V2[Voices]:
    """All voices."""
    return V2(data=Voices(voices=[voice_listed(urls_of(request), entry) for entry in voices()]))


@router.get("/v2/voices/locales", operation_id="list_voice_locales")
def list_voice_locales(caller: CallerDep) -> V2[VoiceLocales]:
    """How voices speak."""
    return V2(data=VoiceLocales(locales=voice_locales(voices())))


@router.get("/v2/video_translate/target_languages", operation_id="list_target_languages")
def list_target_languages(caller: CallerDep) -> V2[TargetLanguages]:
    """The languages that films can be translated into: there are none."""
    return V2(data=TargetLanguages())


@router.get("/v1/voice.list", operation_id="list_voices_v1")
def list_voices_v1(request: Request, caller: CallerDep) -> V1[V1Voices]:
    """All voices, in v1's envelope."""
    every = [voice_listed(urls_of(request), entry) for entry in voices()]
    return V1(data=V1Voices(voices=every, list=every))
