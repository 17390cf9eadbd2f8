"""Answers about presenters and voices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel, Field

from limelight.catalog.avatars import AvatarEntry
from limelight.catalog.voices import VoiceEntry
from limelight.service.links import Urls

Gender = Literal["female", "male"]

_REGIONS = {"en-US": "United States", "en-GB": "United Kingdom"}


class Avatar(BaseModel):
    """A presenter in a list."""

    avatar_id: str = Field(examples=["josh_lite3_20230714"])
    avatar_name: str
    gender: Gender
    preview_image_url: str
    preview_video_url: str
    premium: bool = False
    type: None = None
    tags: list[str]
    default_voice_id: str


class TalkingPhoto(BaseModel):
    """A talking photo in a list."""

    talking_photo_id: str
    talking_photo_name: str
    preview_image_url: str


class Avatars(BaseModel):
    """`data` of GET /v2/avatars."""

    avatars: list[Avatar]
    talking_photos: list[TalkingPhoto]


class Voice(BaseModel):
    """A voice in a list."""

    voice_id: str = Field(examples=["1bd001e7e50f421d891986aad5158bc8"])
    language: str = Field(examples=["English"])
    gender: Gender
    name: str
    display_name: str = Field(description="The same.")
    voice_name: str = Field(description="The same.")
    preview_audio: str
    locale: str = Field(examples=["en-US"])
    accent: str = Field(examples=["American"])
    age: Literal["young", "middle-aged", "mature"] | None = Field(description="null where nobody said.")
    character: str = Field(description="What it is like, in a few words.", examples=["low, calm"])
    tags: list[str] = Field(description="`fast` costs next to nothing; `own` was added by the owner.")
    support_pause: bool = True
    #: `voice.emotion` is acted: it shows in the presenter's face and is not heard
    emotion_support: bool = True
    support_interactive_avatar: bool = False
    support_locale: bool = False


class Voices(BaseModel):
    """`data` of GET /v2/voices."""

    voices: list[Voice]


class VoiceLocale(BaseModel):
    """A way of speaking."""

    value: str = Field(examples=["en-GB"])
    label: str = Field(examples=["English (United Kingdom)"])
    language: str = Field(examples=["English"])
    tag: str = Field(examples=["British"])
    locale: str = Field(description="`value`.")
    language_code: str = Field(description="`value`.")


class VoiceLocales(BaseModel):
    """`data` of GET /v2/voices/locales."""

    locales: list[VoiceLocale]


class TargetLanguages(BaseModel):
    """`data` of GET /v2/video_translate/target_languages."""

    languages: Sequence[str] = ()


class V1Avatars(BaseModel):
    """`data` of GET /v1/avatar.list."""

    avatars: list[Avatar]


class V1Voices(BaseModel):
    """`data` of GET /v1/voice.list: the same voices under the two names that clients read."""

    voices: Sequence[Voice]
    list: Sequence[Voice]


class AvatarGroup(BaseModel):
    """The looks of one person."""

    id: str = Field(description="32 hex digits.")
    name: str
    created_at: int = Field(description="Unix seconds.")
    num_looks: int = Field(ge=1)
    preview_image: str
    preview_image_url: str = Field(description="The same.")
    group_type: str = Field(description="PUBLIC for presenters.", examples=["PUBLIC"])
    train_status: str | None
    default_voice_id: str | None


class AvatarGroups(BaseModel):
    """`data` of GET /v2/avatar_group.list."""

    total_count: int = Field(ge=0)
    avatar_group_list: list[AvatarGroup]


class UpscaleAvailability(BaseModel):
    """Whether a look's picture can be made larger."""

    available: bool = False
    reason: str = "It is not a photograph."


class Consent(BaseModel):
    """The statement that the likeness in a photo may be used."""

    by: str = Field(description="The account's name.", examples=["owner"])
    at: int = Field(description="Unix seconds.")


class Look(BaseModel):
    """One look of a group: what any client reads of a presenter or of a talking photo."""

    id: str
    avatar_id: str = Field(description="The same.")
    name: str
    avatar_name: str = Field(description="The same.")
    group_id: str
    gender: Gender | None
    image_url: str
    preview_image_url: str = Field(description="The same.")
    preview_video_url: str | None
    premium: bool = False
    tags: list[str] = Field(default_factory=list)
    default_voice_id: str | None
    created_at: float = Field(description="Unix seconds.")
    status: Literal["pending", "completed", "failed"] = "completed"
    business_type: str = Field(examples=["studio"])
    is_motion: bool = False
    motion_preview_url: str | None = None
    upscaled: bool = False
    upscale_availability: UpscaleAvailability = UpscaleAvailability()
    background_sound_effect: str | None = None
    consent: Consent | None = Field(default=None, description="Of a talking photo; null where nothing was stated.")
    faces: int | None = Field(default=None, description="Of a talking photo: how many the picture shows.")
    note: str | None = Field(
        default=None,
        description="Of a talking photo: that the largest of several faces speaks, that the mouth never quite "
        "closes, or that it cannot speak alone.",
    )
    same_person: bool = Field(
        default=False,
        description="Whether it is one of several pictures that its group speaks with; absent where it is not.",
        exclude_if=lambda same_person: not same_person,
    )
    gave: list[str] | None = Field(
        default=None,
        description="Of such a picture: what it gives to the rig, of teeth, creases and body.",
        exclude_if=lambda gave: gave is None,
    )


class Looks(BaseModel):
    """`data` of GET /v2/avatar_group/{id}/avatars."""

    avatar_list: list[Look]


class AvatarDetails(BaseModel):
    """`data` of GET /v2/avatar/{id}/details."""

    type: Literal["avatar", "talking_photo"]
    id: str
    avatar_id: str
    name: str
    avatar_name: str
    gender: Gender | None
    preview_image_url: str
    preview_video_url: str | None
    premium: bool = False
    is_public: bool
    default_voice_id: str | None
    tags: list[str]
    consent: Consent | None = Field(default=None, description="Of a talking photo; null where nothing was stated.")
    faces: int | None = Field(default=None, description="Of a talking photo: how many the picture shows.")
    note: str | None = Field(default=None, description="Of a talking photo: what to know of its picture.")


# What they are made of


def presenter_group(urls: Urls, entry: AvatarEntry, looks: int) -> AvatarGroup:
    """A presenter as a group of their looks."""
    picture = urls.preview(f"avatars/{entry.avatar_id}.jpg")
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


def presenter_look(urls: Urls, entry: AvatarEntry) -> Look:
    """A presenter's look in its group."""
    listed = avatar_listed(urls, entry)
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


def avatar_listed(urls: Urls, entry: AvatarEntry) -> Avatar:
    """A presenter in a list."""
    return Avatar(
        avatar_id=entry.avatar_id,
        avatar_name=entry.look,
        gender=entry.gender,
        preview_image_url=urls.preview(f"avatars/{entry.avatar_id}.jpg"),
        preview_video_url=urls.preview(f"avatars/{entry.avatar_id}.mp4"),
        tags=list(entry.tags),
        default_voice_id=entry.default_voice_id,
    )


def voice_listed(urls: Urls, entry: VoiceEntry) -> Voice:
    """A voice in a list."""
    return Voice(
        voice_id=entry.voice_id,
        language=entry.language,
        gender=entry.gender,
        name=entry.name,
        display_name=entry.name,
        voice_name=entry.name,
        preview_audio=urls.preview(f"voices/{entry.voice_id}.mp3"),
        locale=entry.locale,
        accent=entry.accent,
        age=entry.age,
        character=entry.character,
        tags=list(entry.tags),
    )


def voice_locales(entries: Iterable[VoiceEntry]) -> list[VoiceLocale]:
    """The locales of voices, each once."""
    of = {entry.locale: entry for entry in entries}
    return [
        VoiceLocale(
            value=locale,
            label=f"{entry.language} ({_REGIONS[locale]})",
            language=entry.language,
            tag=entry.accent,
            locale=locale,
            language_code=locale,
        )
        for locale, entry in of.items()
    ]


def presenter_details(urls: Urls, entry: AvatarEntry) -> AvatarDetails:
    """A presenter, with the voice that suits it."""
    listed = avatar_listed(urls, entry)
    return AvatarDetails(
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
