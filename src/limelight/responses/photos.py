"""Answers about talking photos and photo avatars."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from limelight.responses.catalog import Consent, Look

_ID = "4f0e6c1f5b5c4a3f9d0b8a7c6d5e4f30"


class TalkingPhotoUploaded(BaseModel):
    """`data` of POST /v1/talking_photo."""

    talking_photo_id: str = Field(examples=[_ID])
    talking_photo_url: str
    faces: int | None = Field(description="How many faces the picture shows; the largest speaks.")
    note: str | None = Field(description="What to know of the picture, such as that one of several faces is taken.")
    consent: Consent | None


class ListedTalkingPhoto(BaseModel):
    """A talking photo in GET /v1/talking_photo.list, under every name that a client reads."""

    id: str = Field(examples=[_ID])
    talking_photo_id: str = Field(description="The same.")
    talking_photo_name: str
    image_url: str
    circle_image: str = Field(description="The same picture; it is not cut round.")
    preview_image_url: str = Field(description="The same picture.")
    faces: int | None = Field(description="How many faces the picture shows; the largest speaks.")
    note: str | None = Field(description="What to know of the picture, such as that one of several faces is taken.")


class LooksAdded(BaseModel):
    """`data` of POST /v2/photo_avatar/avatar_group/add."""

    photo_avatar_list: list[Look]


class TrainingBegun(BaseModel):
    """`data` of POST /v2/photo_avatar/train."""

    group_id: str


class Training(BaseModel):
    """`data` of GET /v2/photo_avatar/train/status/{group_id}."""

    status: Literal["pending", "ready"] = Field(description="ready from the moment that training was asked for.")
    error_msg: str = ""
    created_at: int = Field(description="Unix seconds.")
    updated_at: int | None = Field(description="Unix seconds; null until training was asked for.")
