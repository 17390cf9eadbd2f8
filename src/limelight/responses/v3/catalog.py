"""Answers about avatars, their looks, and voices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from limelight.catalog.avatars import AvatarEntry
from limelight.catalog.voices import VoiceEntry
from limelight.responses.catalog import Consent, Gender
from limelight.responses.photos import consent_of
from limelight.service.links import Urls
from limelight.store.photos import Photo, front

#: What programs ask looks for before they make a film; there is one here, and it takes the place of each.
_ENGINES = ("avatar_iii", "avatar_iv", "avatar_v")


class V3Trouble(BaseModel):
    """Why an avatar cannot be used."""

    code: str
    message: str


class V3Avatar(BaseModel):
    """The looks of one person."""

    id: str = Field(description="32 hex digits.")
    name: str
    created_at: int = Field(description="Unix seconds.")
    looks_count: int = Field(ge=1)
    gender: Gender | None
    preview_image_url: str | None
    preview_video_url: str | None
    default_voice_id: str | None
    avatar_id: str = Field(description="Its first look, for clients that ask groups for the `avatar_id` of videos.")
    consent_status: Literal["completed"] | None = Field(description="null where nothing was stated.")
    status: Literal["completed"] | None = Field(description="null for presenters.")
    error: V3Trouble | None = None


class V3Look(BaseModel):
    """One look; its id is the `avatar_id` of videos."""

    id: str
    name: str
    avatar_type: Literal["studio_avatar", "photo_avatar"]
    group_id: str
    gender: Gender | None
    preview_image_url: str | None
    preview_video_url: str | None
    default_voice_id: str | None
    preferred_orientation: Literal["portrait", "landscape", "square"] | None
    image_width: int | None = None
    image_height: int | None = None
    status: Literal["completed"] = "completed"
    supported_api_engines: list[str] = Field(description="Every name: there is one engine, in the place of each.")
    tags: list[str]
    error: V3Trouble | None = None
    consent: Consent | None = Field(default=None, description="Of a photo; null where nothing was stated.")
    faces: int | None = Field(default=None, description="Of a photo: how many the picture shows.")
    note: str | None = Field(default=None, description="Of a photo: what to know of its picture.")


class V3AvatarMade(BaseModel):
    """`data` of POST /v3/avatars."""

    avatar_group: V3Avatar
    avatar_item: V3Look


class V3ConsentStated(BaseModel):
    """`data` of POST /v3/avatars/{group_id}/consent."""

    avatar_group: V3Avatar
    url: None = Field(default=None, description="null: the statement is kept, there is no page to visit.")


class V3Gone(BaseModel):
    """What was deleted."""

    id: str


class _Voice(BaseModel):
    voice_id: str = Field(examples=["1bd001e7e50f421d891986aad5158bc8"])
    name: str
    gender: Gender
    language: str = Field(examples=["English"])
    preview_audio_url: str
    support_pause: bool = True
    locale: str = Field(examples=["en-US"])
    accent: str = Field(examples=["American"])


class V3ListedVoice(_Voice):
    """A voice in a list."""

    support_locale: bool = False
    type: Literal["public", "private"] = Field(description="private for those that the owner added.")


class V3Voice(_Voice):
    """One voice."""

    support_interactive_avatar: bool = False
    status: Literal["complete"] | None = Field(description="null for those that come with the server.")
    created_at: int | None = None
    failure_message: str | None = None


def v3_presenter(urls: Urls, first: AvatarEntry, looks: int) -> V3Avatar:
    """A presenter with so many looks."""
    return V3Avatar(
        id=first.group_id,
        name=first.name,
        created_at=first.created_s,
        looks_count=looks,
        gender=first.gender,
        preview_image_url=urls.preview(f"avatars/{first.avatar_id}.jpg"),
        preview_video_url=urls.preview(f"avatars/{first.avatar_id}.mp4"),
        default_voice_id=first.default_voice_id,
        avatar_id=first.avatar_id,
        consent_status=None,
        status=None,
    )


def v3_presenter_look(urls: Urls, entry: AvatarEntry) -> V3Look:
    """A presenter's look."""
    return V3Look(
        id=entry.avatar_id,
        name=entry.look,
        avatar_type="studio_avatar",
        group_id=entry.group_id,
        gender=entry.gender,
        preview_image_url=urls.preview(f"avatars/{entry.avatar_id}.jpg"),
        preview_video_url=urls.preview(f"avatars/{entry.avatar_id}.mp4"),
        default_voice_id=entry.default_voice_id,
        preferred_orientation="landscape",
        supported_api_engines=list(_ENGINES),
        tags=list(entry.tags),
    )


def v3_group(urls: Urls, photos: Sequence[Photo]) -> V3Avatar:
    """The photos of a group, oldest first."""
    shown = front(photos) or photos[0]
    return V3Avatar(
        id=shown.group_id,
        name=shown.name,
        created_at=photos[0].created_ms // 1000,
        looks_count=len(photos),
        gender=None,
        preview_image_url=urls.asset(shown.asset),
        preview_video_url=None,
        default_voice_id=None,
        avatar_id=shown.id,
        consent_status="completed" if all(photo.consent for photo in photos) else None,
        status="completed",
    )


def v3_photo_look(urls: Urls, photo: Photo) -> V3Look:
    """A photo as a look."""
    return V3Look(
        id=photo.id,
        name=photo.name,
        avatar_type="photo_avatar",
        group_id=photo.group_id,
        gender=None,
        preview_image_url=urls.asset(photo.asset),
        preview_video_url=None,
        default_voice_id=None,
        preferred_orientation=None,
        supported_api_engines=list(_ENGINES),
        tags=[],
        consent=consent_of(photo),
        faces=photo.faces,
        note=photo.note,
    )


def v3_voice_listed(urls: Urls, entry: VoiceEntry) -> V3ListedVoice:
    """A voice in a list."""
    return V3ListedVoice(**_voice(urls, entry), type="private" if is_own(entry) else "public")


def v3_voice(urls: Urls, entry: VoiceEntry) -> V3Voice:
    """One voice."""
    return V3Voice(**_voice(urls, entry), status="complete" if is_own(entry) else None)


def _voice(urls: Urls, entry: VoiceEntry) -> dict[str, Any]:
    return {
        "voice_id": entry.voice_id,
        "name": entry.name,
        "gender": entry.gender,
        "language": entry.language,
        "preview_audio_url": urls.preview(f"voices/{entry.voice_id}.mp3"),
        "locale": entry.locale,
        "accent": entry.accent,
    }


def is_own(entry: VoiceEntry) -> bool:
    """Whether the owner added this voice."""
    return "own" in entry.tags
