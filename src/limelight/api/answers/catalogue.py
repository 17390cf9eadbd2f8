"""Answers about presenters and voices."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

Gender = Literal["female", "male"]


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
    preview_audio: str
    support_pause: bool = True
    emotion_support: bool = False
    support_interactive_avatar: bool = False
    support_locale: bool = False


class Voices(BaseModel):
    """`data` of GET /v2/voices."""

    voices: list[Voice]


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
