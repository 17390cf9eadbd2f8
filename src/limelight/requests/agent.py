"""POST /v1/video_agent/generate as it comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from limelight.catalog.avatars import default_avatar
from limelight.errors import ScriptInvalid
from limelight.requests.known import Known
from limelight.requests.parts import Id, OutfitBody, dressed
from limelight.requests.prompt import Background
from limelight.requests.wire import Wire, check_text, invalid, quoted, read
from limelight.requests.words import RequestWords, WordBody
from limelight.spec import MAX_SCENES, Avatar

MAX_PROMPT_CHARACTERS = 10_000


class AgentConfigBody(OutfitBody):
    """How the video is to be."""

    #: seconds
    duration_sec: Annotated[float, Field(ge=5, le=300)] | None = None
    #: a presenter's, or that of a photo, its group or its upload
    avatar_id: Id | None = None
    orientation: Literal["landscape", "portrait", "square"] = "landscape"


class AgentFileBody(Wire):
    """An upload for the background."""

    asset_id: Id


class AgentBody(Wire):
    """The whole body."""

    prompt: Annotated[str, Field(max_length=MAX_PROMPT_CHARACTERS)]
    config: AgentConfigBody = AgentConfigBody()
    files: Annotated[list[AgentFileBody], Field(max_length=MAX_SCENES)] = Field(default_factory=list)
    callback_id: str | None = None
    callback_url: str | None = None
    #: that the likeness of who speaks in a photo may be used
    consent: bool = False
    words: RequestWords = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AgentRequest:
    """What was asked for."""

    prompt: str
    duration_s: float | None
    avatar_id: str | None
    #: a talking photo's, in its place
    photo_id: str | None
    #: fields of a character of POST /v2/video/generate
    outfit: dict[str, str]
    orientation: Literal["landscape", "portrait", "square"]
    backgrounds: tuple[Background, ...]
    callback_id: str | None
    callback_url: str | None
    consent: bool
    words: tuple[WordBody, ...]


def parse_agent(body: object, known: Known) -> AgentRequest:
    """The request in a decoded JSON body, of whom this is known. Raises SpecError."""
    check_text(body)
    wire = read(AgentBody, body)
    if not wire.prompt.strip():
        raise ScriptInvalid(f"prompt is invalid: it is empty, a script of 1 to {MAX_PROMPT_CHARACTERS} is needed.")
    if wire.callback_id and not wire.callback_url:
        raise invalid("callback_id", "callback_url is required with it")
    avatar_id = wire.config.avatar_id or None
    is_photo = avatar_id is not None and bool(known.photo(avatar_id))
    _check_outfit(wire.config, None if is_photo else avatar_id or default_avatar().avatar_id, known)
    return AgentRequest(
        prompt=wire.prompt,
        duration_s=wire.config.duration_sec,
        avatar_id=None if is_photo else avatar_id,
        photo_id=avatar_id if is_photo else None,
        outfit=wire.config.outfit(),
        orientation=wire.config.orientation,
        backgrounds=tuple(_background(file.asset_id, i, known) for i, file in enumerate(wire.files)),
        callback_id=wire.callback_id or None,
        callback_url=wire.callback_url or None,
        consent=wire.consent,
        words=tuple(wire.words),
    )


def _check_outfit(config: AgentConfigBody, avatar_id: str | None, known: Known) -> None:
    """Raise SpecError where who speaks, a presenter or None for a photo, cannot wear what is asked for."""
    if avatar_id is None:
        config.check_photo("config")
    else:
        dressed(Avatar(avatar_id=avatar_id), config, "config", known)


def _background(asset_id: str, i: int, known: Known) -> Background:
    field = f"files[{i}].asset_id"
    asset = known.asset(asset_id)
    if asset is None:
        raise invalid(field, f"asset {quoted(asset_id)} not found")
    if asset.file_type == "image" or asset.file_type == "video":
        return Background(asset.file_type, asset_id)
    raise invalid(field, f"asset {quoted(asset_id)} is {asset.file_type}, not an image or a video")
