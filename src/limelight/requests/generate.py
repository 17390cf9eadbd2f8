"""POST /v2/video/generate: the body as it comes, and as a spec. `limelight render SPEC.json` reads the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from limelight.catalog.avatars import avatar
from limelight.errors import AvatarNotFound, SpecError, VoiceNotFound
from limelight.requests.captions import parse_captions
from limelight.requests.drawn import text_warnings
from limelight.requests.known import NOBODY, Known
from limelight.requests.media import colour_of, parse_source
from limelight.requests.misplaced import left_where_they_are, put_in_place
from limelight.requests.parts import (
    DEFAULT_SIZE,
    SIZES,
    BackgroundBody,
    BesideBody,
    Dimension,
    GenerateRequest,
    Id,
    OffsetBody,
    OutfitBody,
    VoiceBody,
    acting_of,
    dressed,
    parse_background,
    text_voice,
)
from limelight.requests.texts import parse_texts, text_paths
from limelight.requests.wire import Wire, check_text, invalid, quoted, read
from limelight.spec import (
    FRAME_RATES,
    MAX_PHOTO_SCALE,
    MAX_SCALE,
    MAX_SCENES,
    Acting,
    AudioVoice,
    Avatar,
    Character,
    Scene,
    SilentVoice,
    Source,
    TalkingPhoto,
    VideoSpec,
    Voice,
)


class CharacterBody(OutfitBody):
    """Who is seen."""

    type: str
    avatar_id: Id = ""
    #: of a photo, its group or its upload
    talking_photo_id: Id = ""
    avatar_style: str = "normal"
    talking_photo_style: str = "square"
    #: of a talking photo: it stands before the scene's background
    matting: bool = False
    #: of a talking photo: cover or contain
    fit: str = "cover"
    scale: Annotated[float, Field(ge=0, le=MAX_SCALE)] = 1.0
    offset: OffsetBody = OffsetBody()
    #: these two are not checked, as `acting_of` says
    talking_style: object = None
    expression: object = None
    circle_background_color: str | None = None


class SceneBody(Wire):
    """One scene."""

    character: CharacterBody | None = None
    voice: VoiceBody
    background: BackgroundBody | None = None
    #: one text, or a list of them
    text: object = None


class GenerateBody(BesideBody):
    """The whole body."""

    video_inputs: Annotated[list[SceneBody], Field(min_length=1, max_length=MAX_SCENES)]
    dimension: Dimension = None
    aspect_ratio: str | None = None
    enable_watermark: bool = False
    fps: float = 25
    #: true, or an object with a style
    caption: object = False
    caption_mode: Literal["file_only", "burn_in"] | None = None


def parse_generate(body: object, known: Known = NOBODY) -> GenerateRequest:
    """The request in a decoded JSON body, of whom this is known.

    Raises SpecError, or of its kinds AvatarNotFound, VoiceNotFound and ScriptInvalid, in the words that clients test
    for; PackError where a presenter's file is damaged.
    """
    check_text(body)
    placed, warnings = put_in_place(body)
    try:
        request = _parsed(placed, known)
    except (AvatarNotFound, VoiceNotFound):
        raise
    except SpecError:
        if placed == body:
            raise
        # What cannot be read where it would belong is left where nothing reads it, as any unknown field.
        request, warnings = _parsed(body, known), left_where_they_are(body, placed)
    return replace(request, warnings=(*request.warnings, *warnings))


def _parsed(body: object, known: Known) -> GenerateRequest:
    wire = read(GenerateBody, body)
    captions = parse_captions(wire.caption, wire.caption_mode)
    width, height = _size(wire)
    alone = len(wire.video_inputs) == 1
    scenes = tuple(
        _scene(scene, f"video_inputs[{i}]", width, known, alone=alone) for i, scene in enumerate(wire.video_inputs)
    )
    request = GenerateRequest.of(
        VideoSpec(
            scenes=scenes,
            width=width,
            height=height,
            fps=_frame_rate(wire.fps),
            title=wire.title or None,
            watermark=wire.test or wire.enable_watermark,
            captions=captions,
        ),
        wire,
        "video_inputs[{}].voice.input_text",
        known,
    )
    told = [
        warning
        for i, (scene, body) in enumerate(zip(scenes, wire.video_inputs, strict=True))
        for warning in text_warnings(scene, text_paths(body.text, f"video_inputs[{i}].text"), i + 1, (width, height))
    ]
    return replace(request, warnings=(*request.warnings, *told))


def _size(wire: GenerateBody) -> tuple[int, int]:
    if wire.dimension:
        return wire.dimension.width, wire.dimension.height
    if not wire.aspect_ratio or wire.aspect_ratio == "auto":
        return DEFAULT_SIZE
    if wire.aspect_ratio not in SIZES:
        raise invalid("aspect_ratio", f"{quoted(wire.aspect_ratio)} is not one of {', '.join(SIZES)}")
    return SIZES[wire.aspect_ratio]


def _frame_rate(fps: float) -> Literal[25, 30, 60]:
    match fps:
        case 25 | 30 | 60:
            return int(fps)  # type: ignore[return-value]
    raise invalid("fps", f"{fps:g} is not one of {', '.join(map(str, FRAME_RATES))}")


def _scene(body: SceneBody, path: str, frame_width: int, known: Known, *, alone: bool) -> Scene:
    who = _character(body.character, f"{path}.character", known) if body.character else None
    heard = body.voice
    if not heard.voice_id and body.character and (id := _voice_of(body.character)):
        heard = heard.model_copy(update={"voice_id": id})
    return Scene(
        character=who,
        voice=_voice(heard, path, known, alone=alone),
        acting=_acting(body),
        background=parse_background(body.background, f"{path}.background", known),
        texts=parse_texts(body.text, f"{path}.text", frame_width),
    )


def _voice_of(body: CharacterBody) -> str | None:
    """The id of a presenter's own voice; None for a photo."""
    try:
        return avatar(body.avatar_id).default_voice_id if body.type == "avatar" else None
    except AvatarNotFound:
        return None


def _acting(body: SceneBody) -> Acting:
    who = body.character
    return acting_of(who and who.talking_style, who and who.expression, body.voice.emotion)


def _photo(body: CharacterBody, path: str, known: Known) -> TalkingPhoto:
    body.check_photo(path)
    if not body.talking_photo_id:
        raise invalid(f"{path}.talking_photo_id", "field required")
    pictures = [Source(asset_id=id) for id in known.photo(body.talking_photo_id)]
    if not pictures:
        raise AvatarNotFound.of(body.talking_photo_id)
    match body.talking_photo_style or "square":
        case "square" | "circle" as style:
            pass
        case other:
            raise invalid(f"{path}.talking_photo_style", f"{quoted(other)} is not one of 'square', 'circle'")
    match body.fit or "cover":
        case "cover" | "contain" as fit:
            pass
        case other:
            raise invalid(f"{path}.fit", f"{quoted(other)} is not one of 'cover', 'contain'")
    if body.scale > MAX_PHOTO_SCALE:
        raise invalid(f"{path}.scale", f"{body.scale:g} is above the limit of {MAX_PHOTO_SCALE:g} of a talking photo")
    shown = TalkingPhoto(
        source=pictures[0],
        more=tuple(pictures[1:]),
        style=style,
        matting=body.matting,
        fit=fit,
        scale=body.scale,
        offset=(body.offset.x, body.offset.y),
    )
    if style == "circle" and body.circle_background_color:
        colour = colour_of(body.circle_background_color, f"{path}.circle_background_color")
        shown = shown.model_copy(update={"circle_colour": colour})
    return shown


def _character(body: CharacterBody, path: str, known: Known) -> Character | None:
    if body.type == "talking_photo":
        return _photo(body, path, known)
    if body.type != "avatar":
        raise invalid(f"{path}.type", f"{quoted(body.type)} is not one of 'avatar', 'talking_photo'")
    if not body.avatar_id:
        raise invalid(f"{path}.avatar_id", "field required")
    style = _style(body.avatar_style, path)
    try:
        avatar(body.avatar_id)
    except AvatarNotFound:
        # Lists of looks give photos an avatar_id too.
        if not known.photo(body.avatar_id):
            raise
        shape = "circle" if style == "circle" else "square"
        told = body.model_copy(update={"talking_photo_id": body.avatar_id, "talking_photo_style": shape})
        return _photo(told, path, known) if style else None
    standing = Avatar(
        avatar_id=body.avatar_id,
        style=style or "normal",
        scale=body.scale,
        offset=(body.offset.x, body.offset.y),
    )
    shown = dressed(standing, body, path, known)
    if style == "circle" and body.circle_background_color:
        colour = colour_of(body.circle_background_color, f"{path}.circle_background_color")
        shown = shown.model_copy(update={"circle_colour": colour})
    return shown if style else None


def _style(style: str, path: str) -> Literal["normal", "closeUp", "circle"] | None:
    """The framing; None where the presenter is not to be seen."""
    match style:
        case "normal" | "":
            return "normal"
        case "closeUp" | "close_up":
            return "closeUp"
        case "circle":
            return "circle"
        case "voice_only" | "voiceOnly":
            return None
    raise invalid(f"{path}.avatar_style", f"{quoted(style)} is not one of 'normal', 'closeUp', 'circle', 'voice_only'")


def _voice(body: VoiceBody, scene: str, known: Known, *, alone: bool) -> Voice:
    path = f"{scene}.voice"
    match body.type:
        case "silence":
            if body.duration is None:
                raise invalid(f"{path}.duration", "field required")
            return SilentVoice(duration_s=body.duration)
        case "audio":
            source = parse_source("audio", body.audio_url, body.audio_asset_id, path, known)
            return AudioVoice(source=source)
        case "text":
            return text_voice(body, path, "" if alone else f" ({scene})", known)
    raise invalid(f"{path}.type", f"{quoted(body.type)} is not one of 'text', 'audio', 'silence'")
