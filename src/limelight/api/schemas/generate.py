"""POST /v2/video/generate: the body as it comes, and as a spec. `limelight render SPEC.json` reads the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from limelight.api.schemas.wire import Wire, check_text, invalid, quoted, read
from limelight.catalog.avatars import avatar
from limelight.catalog.voices import voice
from limelight.errors import ScriptInvalid
from limelight.spec import (
    MAX_PITCH,
    MAX_SCENES,
    MAX_SCRIPT_CHARACTERS,
    MAX_SIDE_PX,
    MAX_SILENCE_S,
    MAX_SPEED,
    MIN_PITCH,
    MIN_SIDE_PX,
    MIN_SILENCE_S,
    MIN_SPEED,
    Avatar,
    ColourBackground,
    Scene,
    SilentVoice,
    TextVoice,
    VideoSpec,
    Voice,
)
from limelight.speech.script import check_script

_DEFAULT_SIZE = (1920, 1080)
_SIZES = {"16:9": _DEFAULT_SIZE, "9:16": (1080, 1920), "1:1": (1080, 1080)}
_HEX_COLOUR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")

Id = Annotated[str, Field(max_length=128)]
Side = Annotated[int, Field(ge=MIN_SIDE_PX, le=MAX_SIDE_PX, multiple_of=2)]


class OffsetBody(Wire):
    """Fractions of the frame; right and down are positive."""

    x: float = 0.0
    y: float = 0.0


class CharacterBody(Wire):
    """Who is seen."""

    type: str
    avatar_id: Id = ""
    avatar_style: str = "normal"
    scale: Annotated[float, Field(ge=0, le=5)] = 1.0
    offset: OffsetBody = OffsetBody()


class VoiceBody(Wire):
    """What is heard."""

    type: str
    input_text: str | None = None
    voice_id: Id = ""
    speed: Annotated[float, Field(ge=MIN_SPEED, le=MAX_SPEED)] = 1.0
    pitch: Annotated[float, Field(ge=MIN_PITCH, le=MAX_PITCH)] = 0.0
    duration: Annotated[float, Field(ge=MIN_SILENCE_S, le=MAX_SILENCE_S)] | None = None


class BackgroundBody(Wire):
    """What is behind."""

    type: str = "color"
    value: str = "#ffffff"


class SceneBody(Wire):
    """One scene."""

    character: CharacterBody | None = None
    voice: VoiceBody
    background: BackgroundBody = BackgroundBody()
    #: Text on the picture, which cannot be drawn yet.
    text: object = None


class DimensionBody(Wire):
    """Pixels, both even."""

    width: Side
    height: Side


class GenerateBody(Wire):
    """The whole body."""

    video_inputs: Annotated[list[SceneBody], Field(min_length=1, max_length=MAX_SCENES)]
    dimension: Annotated[DimensionBody | None, Field(validation_alias=AliasChoices("dimension", "dimensions"))] = None
    aspect_ratio: str | None = None
    title: str | None = None
    test: bool = False
    #: true or an object with a style, which cannot be drawn yet
    caption: object = False
    caption_mode: object = None
    callback_id: str | None = None
    callback_url: str | None = None
    folder_id: str | None = None


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """What was asked for: the video, and what is kept beside it."""

    spec: VideoSpec
    title: str | None
    test: bool
    caption: bool
    callback_id: str | None
    callback_url: str | None
    folder_id: str | None


def parse_generate(body: object) -> GenerateRequest:
    """The request in a decoded JSON body.

    Raises SpecError, or of its kinds AvatarNotFound, VoiceNotFound and ScriptInvalid, in the words that clients test
    for; PackError where a presenter's file is damaged.
    """
    check_text(body)
    wire = read(GenerateBody, body)
    _check_caption(wire)
    width, height = _size(wire)
    alone = len(wire.video_inputs) == 1
    scenes = tuple(_scene(scene, f"video_inputs[{i}]", alone=alone) for i, scene in enumerate(wire.video_inputs))
    return GenerateRequest(
        spec=VideoSpec(scenes=scenes, width=width, height=height),
        title=wire.title,
        test=wire.test,
        caption=False,
        callback_id=wire.callback_id,
        callback_url=wire.callback_url,
        folder_id=wire.folder_id,
    )


def _check_caption(wire: GenerateBody) -> None:
    if wire.caption_mode is not None:
        raise invalid("caption_mode", "captions are not supported yet")
    if str(wire.caption).lower() in ("false", "0"):
        return
    if str(wire.caption).lower() in ("true", "1") or isinstance(wire.caption, dict):
        raise invalid("caption", "captions are not supported yet")
    raise invalid("caption", f"{quoted(wire.caption)} is neither true nor false")


def _size(wire: GenerateBody) -> tuple[int, int]:
    if wire.dimension:
        return wire.dimension.width, wire.dimension.height
    if not wire.aspect_ratio:
        return _DEFAULT_SIZE
    if wire.aspect_ratio not in _SIZES:
        raise invalid("aspect_ratio", f"{quoted(wire.aspect_ratio)} is not one of {', '.join(_SIZES)}")
    return _SIZES[wire.aspect_ratio]


def _scene(body: SceneBody, path: str, *, alone: bool) -> Scene:
    if body.text is not None:
        raise invalid(f"{path}.text", "text on the picture is not supported yet")
    return Scene(
        character=_character(body.character, f"{path}.character") if body.character else None,
        voice=_voice(body.voice, path, alone=alone),
        background=_background(body.background, f"{path}.background"),
    )


def _character(body: CharacterBody, path: str) -> Avatar:
    if body.type == "talking_photo":
        raise invalid(f"{path}.type", "'talking_photo' is not supported yet, use 'avatar'")
    if body.type != "avatar":
        raise invalid(f"{path}.type", f"{quoted(body.type)} is not one of 'avatar', 'talking_photo'")
    if not body.avatar_id:
        raise invalid(f"{path}.avatar_id", "field required")
    avatar(body.avatar_id)
    return Avatar(
        avatar_id=body.avatar_id,
        style=_style(body.avatar_style, path),
        scale=body.scale,
        offset=(body.offset.x, body.offset.y),
    )


def _style(style: str, path: str) -> Literal["normal", "closeUp"]:
    match style:
        case "normal" | "":
            return "normal"
        case "closeUp":
            return "closeUp"
        case "circle" | "voice_only" | "voiceOnly":
            problem = f"{quoted(style)} is not supported yet, use 'normal' or 'closeUp'"
        case _:
            problem = f"{quoted(style)} is not one of 'normal', 'closeUp', 'circle'"
    raise invalid(f"{path}.avatar_style", problem)


def _voice(body: VoiceBody, scene: str, *, alone: bool) -> Voice:
    path = f"{scene}.voice"
    match body.type:
        case "silence":
            if body.duration is None:
                raise invalid(f"{path}.duration", "field required")
            return SilentVoice(duration_s=body.duration)
        case "audio":
            raise invalid(f"{path}.type", "'audio' is not supported yet, use 'text' or 'silence'")
        case "text":
            pass
        case _:
            raise invalid(f"{path}.type", f"{quoted(body.type)} is not one of 'text', 'audio', 'silence'")
    if not body.voice_id:
        raise invalid(f"{path}.voice_id", "field required")
    voice(body.voice_id)
    script = _script(body.input_text, "" if alone else f" ({scene})")
    return TextVoice(voice_id=body.voice_id, script=script, speed=body.speed, pitch=body.pitch)


def _script(text: str | None, where: str) -> str:
    """A script that can be spoken. `where` names the scene; a path with `voice` in it would mislead clients."""
    if text is None:
        raise ScriptInvalid(f"script is missing: input_text is required{where}.")
    try:
        check_script(text, MAX_SCRIPT_CHARACTERS)
    except ScriptInvalid as error:
        raise ScriptInvalid(f"{error.message.removesuffix('.')}{where}.") from error
    return text


def _background(body: BackgroundBody, path: str) -> ColourBackground:
    if body.type in ("image", "video"):
        raise invalid(f"{path}.type", f"'{body.type}' is not supported yet, use 'color'")
    if body.type != "color":
        raise invalid(f"{path}.type", f"{quoted(body.type)} is not one of 'color', 'image', 'video'")
    colour = body.value.strip().lower()
    if not _HEX_COLOUR.fullmatch(colour):
        raise invalid(f"{path}.value", f"{quoted(body.value)} is not a colour like '#1a1a2e' or '#fff'")
    if len(colour) == 4:
        colour = "#" + "".join(digit * 2 for digit in colour[1:])
    return ColourBackground(colour=colour)
