"""POST /v1/video_agent/generate as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from limelight.catalog.avatars import avatar, default_avatar
from limelight.catalog.voices import voice
from limelight.errors import ScriptInvalid
from limelight.requests.known import Known
from limelight.requests.parts import Id, OutfitBody, dressed
from limelight.requests.prompt import Background
from limelight.requests.wire import Wire, at, check_text, invalid, quoted, read
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
    #: in the place of the presenter's own; may be empty
    voice_id: str
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
    if wire.callback_id and not wire.callback_url:
        raise invalid("callback_id", "callback_url is required with it")
    return agent_request(
        wire.prompt,
        wire.config,
        [_background(file.asset_id, i, known) for i, file in enumerate(wire.files)],
        known,
        path="config",
        callback_id=wire.callback_id,
        callback_url=wire.callback_url,
        consent=wire.consent,
        words=wire.words,
    )


def agent_request(
    prompt: str,
    config: AgentConfigBody,
    backgrounds: Sequence[Background],
    known: Known,
    *,
    path: str,
    callback_id: str | None,
    callback_url: str | None,
    consent: bool,
    words: Sequence[WordBody],
    voice_id: str = "",
) -> AgentRequest:
    """The request of a body's parts; `path` is where `config` stands in it. Raises SpecError."""
    if not prompt.strip():
        problem = f"it is empty, a script of 1 to {MAX_PROMPT_CHARACTERS} is needed"
        raise ScriptInvalid(f"prompt is invalid: {problem}.", field="prompt")
    avatar_id = config.avatar_id or None
    is_photo = avatar_id is not None and bool(known.photo(avatar_id))
    with at(f"{path}.avatar_id".removeprefix(".")):
        if avatar_id and not is_photo:
            avatar(avatar_id)
    _check_outfit(config, None if is_photo else avatar_id or default_avatar().avatar_id, path, known)
    if voice_id:
        with at("voice_id"):
            voice(voice_id)
    return AgentRequest(
        prompt=prompt,
        duration_s=config.duration_sec,
        avatar_id=None if is_photo else avatar_id,
        photo_id=avatar_id if is_photo else None,
        voice_id=voice_id,
        outfit=config.outfit(),
        orientation=config.orientation,
        backgrounds=tuple(backgrounds),
        callback_id=callback_id or None,
        callback_url=callback_url or None,
        consent=consent,
        words=tuple(words),
    )


def _check_outfit(config: AgentConfigBody, avatar_id: str | None, path: str, known: Known) -> None:
    """Raise SpecError where who speaks, a presenter or None for a photo, cannot wear what is asked for."""
    if avatar_id is None:
        config.check_photo(path)
    else:
        dressed(Avatar(avatar_id=avatar_id), config, path, known)


def _background(asset_id: str, i: int, known: Known) -> Background:
    field = f"files[{i}].asset_id"
    asset = known.asset(asset_id)
    if asset is None:
        raise invalid(field, f"asset {quoted(asset_id)} not found")
    if asset.file_type == "image" or asset.file_type == "video":
        return Background(asset.file_type, asset_id)
    raise invalid(field, f"asset {quoted(asset_id)} is {asset.file_type}, not an image or a video")
