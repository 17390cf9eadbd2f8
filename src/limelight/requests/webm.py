"""POST /v1/video.webm: a transparent video of one scene."""

from __future__ import annotations

from typing import Literal

from limelight.catalog.avatars import avatar
from limelight.errors import SpecError
from limelight.names import is_id
from limelight.requests.known import NOBODY, Known
from limelight.requests.media import parse_asset, parse_url
from limelight.requests.parts import (
    BesideBody,
    Dimension,
    GenerateRequest,
    Id,
    OutfitBody,
    Url,
    VoiceBody,
    dressed,
    text_voice,
)
from limelight.requests.wire import check_text, invalid, quoted, read
from limelight.spec import AudioVoice, Avatar, Scene, VideoSpec, Voice

_DEFAULT_SIZE = (1280, 720)


class WebmBody(BesideBody, OutfitBody):
    """The whole body."""

    avatar_pose_id: Id = ""
    avatar_style: str = ""
    input_text: str | None = None
    voice_id: Id = ""
    input_audio: Url | None = None
    dimension: Dimension = None


def parse_webm(body: object, known: Known = NOBODY) -> GenerateRequest:
    """The request in a decoded JSON body, of whom this is known. Raises SpecError and its kinds."""
    check_text(body)
    wire = read(WebmBody, body)
    if not wire.avatar_pose_id:
        raise invalid("avatar_pose_id", "field required")
    default_voice_id = avatar(wire.avatar_pose_id).default_voice_id
    style: Literal["normal", "closeUp"]
    match wire.avatar_style:
        case "normal":
            style = "normal"
        case "closeUp" | "close_up":
            style = "closeUp"
        case "":
            raise invalid("avatar_style", "field required")
        case "circle":
            raise invalid("avatar_style", "'circle' cannot be transparent, use 'normal' or 'closeUp'")
        case other:
            raise invalid("avatar_style", f"{quoted(other)} is not one of 'normal', 'closeUp'")
    who = Avatar(avatar_id=wire.avatar_pose_id, style=style)
    scene = Scene(character=dressed(who, wire, "", known), voice=_voice(wire, default_voice_id, known))
    width, height = (wire.dimension.width, wire.dimension.height) if wire.dimension else _DEFAULT_SIZE
    return GenerateRequest.of(
        VideoSpec(
            scenes=(scene,),
            width=width,
            height=height,
            container="webm",
            title=wire.title or None,
            watermark=wire.test,
        ),
        wire,
        "input_text",
        known,
    )


def _voice(wire: WebmBody, default_voice_id: str, known: Known) -> Voice:
    # Clients send an empty string for what they leave out.
    if wire.input_text and wire.input_audio:
        raise SpecError("input_text and input_audio are invalid: both are given, exactly one is needed.")
    if wire.input_audio:
        # An upload's id is no URL.
        parse = parse_asset if is_id(wire.input_audio.strip()) else parse_url
        return AudioVoice(source=parse("audio", wire.input_audio.strip(), "input_audio", known))
    if wire.input_text is None:
        raise SpecError("input_text and input_audio are invalid: neither is given, exactly one is needed.")
    said = VoiceBody(type="text", input_text=wire.input_text, voice_id=wire.voice_id or default_voice_id)
    return text_voice(said, "", "", known)
