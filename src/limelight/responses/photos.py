"""Answers about talking photos and photo avatars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field

from limelight.responses.catalog import (
    AvatarDetails,
    AvatarGroup,
    Consent,
    Look,
    TalkingPhoto,
    UpscaleAvailability,
)
from limelight.service.links import Urls
from limelight.store.photos import Photo, front

_NO_UPSCALING = UpscaleAvailability(reason="Pictures are not upscaled on this server.")
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


# What they are made of


def talking_photo_uploaded(urls: Urls, photo: Photo) -> TalkingPhotoUploaded:
    """A photo that was kept."""
    return TalkingPhotoUploaded(
        talking_photo_id=photo.id,
        talking_photo_url=urls.asset(photo.asset),
        faces=photo.faces,
        note=photo.note,
        consent=consent_of(photo),
    )


def talking_photo_listed(urls: Urls, photo: Photo) -> ListedTalkingPhoto:
    """A photo in its own list."""
    picture = urls.asset(photo.asset)
    return ListedTalkingPhoto(
        id=photo.id,
        talking_photo_id=photo.id,
        talking_photo_name=photo.name,
        image_url=picture,
        circle_image=picture,
        preview_image_url=picture,
        faces=photo.faces,
        note=photo.note,
    )


def talking_photo(urls: Urls, photo: Photo) -> TalkingPhoto:
    """A photo as GET /v2/avatars lists it."""
    return TalkingPhoto(
        talking_photo_id=photo.id, talking_photo_name=photo.name, preview_image_url=urls.asset(photo.asset)
    )


def photo_details(urls: Urls, photo: Photo) -> AvatarDetails:
    """A photo as GET /v2/avatar/{id}/details shows it."""
    return AvatarDetails(
        type="talking_photo",
        id=photo.id,
        avatar_id=photo.id,
        name=photo.name,
        avatar_name=photo.name,
        gender=None,
        preview_image_url=urls.asset(photo.asset),
        preview_video_url=None,
        is_public=False,
        default_voice_id=None,
        tags=[],
        consent=consent_of(photo),
        faces=photo.faces,
        note=photo.note,
    )


def photo_groups(urls: Urls, photos: Sequence[Photo]) -> list[AvatarGroup]:
    """The groups of an account's photos, as GET /v2/avatar_group.list lists them."""
    looks: dict[str, list[Photo]] = {}
    for photo in photos:
        looks.setdefault(photo.group_id, []).append(photo)
    return [_group(urls, id, group) for id, group in looks.items()]


def photo_look(urls: Urls, photo: Photo) -> Look:
    """A look as photo avatars and groups show it."""
    picture = urls.asset(photo.asset)
    return Look(
        id=photo.id,
        avatar_id=photo.id,
        name=photo.name,
        avatar_name=photo.name,
        group_id=photo.group_id,
        gender=None,
        image_url=picture,
        preview_image_url=picture,
        preview_video_url=None,
        default_voice_id=None,
        created_at=photo.created_ms / 1000,
        business_type="uploaded",
        upscale_availability=_NO_UPSCALING,
        consent=consent_of(photo),
        faces=photo.faces,
        note=photo.note,
        same_person=photo.gave is not None,
        gave=None if photo.gave is None else list(photo.gave),
    )


def photo_added(urls: Urls, photo: Photo) -> Look:
    """A look in the answer to the request that made it: completed at once, and pending in this answer alone."""
    return photo_look(urls, photo).model_copy(update={"status": "pending"})


def training_of(photos: Sequence[Photo]) -> Training:
    """Whether training of a group, which has looks, was asked for."""
    trained_ms = max((photo.trained_ms for photo in photos if photo.trained_ms), default=None)
    return Training(
        status="ready" if trained_ms else "pending",
        created_at=photos[0].created_ms // 1000,
        updated_at=trained_ms // 1000 if trained_ms else None,
    )


def _group(urls: Urls, group_id: str, photos: list[Photo]) -> AvatarGroup:
    first = front(photos) or photos[0]
    picture = urls.asset(first.asset)
    return AvatarGroup(
        id=group_id,
        name=first.name,
        created_at=photos[0].created_ms // 1000,
        num_looks=len(photos),
        preview_image=picture,
        preview_image_url=picture,
        group_type="PHOTO",
        train_status="ready" if any(photo.trained_ms for photo in photos) else "empty",
        default_voice_id=None,
    )


def consent_of(photo: Photo) -> Consent | None:
    """Who stated when that the likeness may be used; None where nobody did."""
    return Consent(by=photo.consent.by, at=photo.consent.at_ms // 1000) if photo.consent else None
