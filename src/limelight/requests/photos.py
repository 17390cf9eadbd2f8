"""Talking photos and photo avatars as they are asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from limelight.errors import ScriptInvalid
from limelight.names import ID_PATTERN
from limelight.requests.known import NOBODY, Known
from limelight.requests.media import parse_source
from limelight.requests.parts import BesideBody, GenerateRequest, Id, Title, Url, VoiceBody, further_of, text_voice
from limelight.requests.wire import Wire, check_text, invalid, quoted, read
from limelight.spec import AudioVoice, Scene, Source, TalkingPhoto, VideoSpec, Voice

_ORIENTATIONS = {"portrait": (720, 1280), "landscape": (1280, 720), "square": (720, 720)}
#: How many pictures one request adds to a group.
_MAX_KEYS = 4
#: `image/ID/original.jpg`, with or without the ending, or the upload's id alone.
_IMAGE_KEY = re.compile(rf"(?:image/)?({ID_PATTERN})(?:/[\w.-]*)?")

ImageKey = Annotated[str, Field(max_length=256, examples=["image/4f0e6c1f5b5c4a3f9d0b8a7c6d5e4f30/original.jpg"])]


class GroupBody(Wire):
    """POST /v2/photo_avatar/avatar_group/create."""

    name: Annotated[str, Field(max_length=1_000)]
    image_key: ImageKey
    generation_id: Id | None = None
    #: that the person's likeness may be used
    consent: bool = False
    #: that looks that are added are further pictures for this one's rig
    same_person: bool = False


class LooksBody(Wire):
    """POST /v2/photo_avatar/avatar_group/add."""

    group_id: Id
    image_keys: Annotated[list[ImageKey], Field(min_length=1, max_length=_MAX_KEYS)]
    name: Annotated[str, Field(max_length=1_000)]
    generation_id: Id | None = None
    #: that the person's likeness may be used
    consent: bool = False
    #: that they are further pictures for the rig of the group's first look; as the group was created if absent
    same_person: bool | None = None


class TrainBody(Wire):
    """POST /v2/photo_avatar/train."""

    group_id: Id


class Av4Body(BesideBody):
    """POST /v2/video/av4/generate."""

    image_key: ImageKey
    script: str | None = None
    voice_id: Id = ""
    audio_url: Url | None = None
    audio_asset_id: Id | None = None
    video_title: Title | None = None
    video_orientation: Literal["portrait", "landscape", "square"] = "portrait"
    fit: Literal["cover", "contain"] = "cover"
    custom_motion_prompt: Annotated[str, Field(max_length=10_000)] | None = None
    enhance_custom_motion_prompt: bool = False


@dataclass(frozen=True, slots=True)
class NewLooks:
    """Uploads that become looks: of a group that is there, or of a new one."""

    name: str
    asset_ids: tuple[str, ...]
    group_id: str | None
    #: whether it was stated that the person's likeness may be used
    consent: bool
    #: whether the group's looks are pictures for one rig; None where that is the group's to say
    same_person: bool | None
    #: the request's fields that name the uploads
    fields: tuple[str, ...]
    #: uploads that are there for a look alone, and go with it
    own: frozenset[str] = frozenset()


def parse_group(body: object, known: Known) -> NewLooks:
    """A new group of one look. Raises SpecError."""
    check_text(body)
    wire = read(GroupBody, body)
    ids = (_picture(wire.image_key, "image_key", known),)
    return NewLooks(_name(wire.name), ids, None, wire.consent, wire.same_person, ("image_key",))


def parse_looks(body: object, known: Known) -> NewLooks:
    """More looks of a group. Raises SpecError."""
    check_text(body)
    wire = read(LooksBody, body)
    fields = tuple(f"image_keys[{i}]" for i in range(len(wire.image_keys)))
    ids = tuple(_picture(key, field, known) for key, field in zip(wire.image_keys, fields, strict=True))
    return NewLooks(_name(wire.name), ids, wire.group_id, wire.consent, wire.same_person, fields)


def parse_train(body: object) -> str:
    """The id of the group that is to be trained. Raises SpecError."""
    check_text(body)
    return read(TrainBody, body).group_id


def parse_av4(body: object, known: Known = NOBODY) -> GenerateRequest:
    """A video of one photo, of whom this is known. Raises SpecError and its kinds."""
    check_text(body)
    wire = read(Av4Body, body)
    source = Source(asset_id=_picture(wire.image_key, "image_key", known))
    photo = TalkingPhoto(source=source, more=tuple(further_of(source, known)), fit=wire.fit)
    title = wire.video_title or wire.title or None
    width, height = _ORIENTATIONS[wire.video_orientation]
    scene = Scene(character=photo, voice=_voice(wire, known))
    return GenerateRequest.of(
        VideoSpec(scenes=(scene,), width=width, height=height, title=title, watermark=wire.test),
        wire.model_copy(update={"title": title}),
        "script",
        known,
    )


def _voice(wire: Av4Body, known: Known) -> Voice:
    if wire.audio_url or wire.audio_asset_id:
        return AudioVoice(source=parse_source("audio", wire.audio_url, wire.audio_asset_id, "", known))
    if wire.script is None:
        raise ScriptInvalid("script is missing: script, audio_url or audio_asset_id is required.")
    return text_voice(VoiceBody(type="text", input_text=wire.script, voice_id=wire.voice_id), "", "", known)


def _name(name: str) -> str:
    if not name.strip():
        raise invalid("name", "it is empty")
    return name


def _picture(key: str, field: str, known: Known) -> str:
    """The id of the picture that a key names. Raises SpecError."""
    match = _IMAGE_KEY.fullmatch(key)
    asset = known.asset(match[1]) if match else None
    if match is None or asset is None:
        raise invalid(field, f"asset {quoted(key)} not found")
    if asset.file_type != "image":
        raise invalid(field, f"asset {quoted(match[1])} is {asset.file_type}, not an image")
    return match[1]
