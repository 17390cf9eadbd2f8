"""POST /v2/video/generate: the body as it comes, and as a spec. `limelight render SPEC.json` reads the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self, TypeVar, get_args

from pydantic import AliasChoices, Field

from limelight.catalog.avatars import avatar, presenters
from limelight.catalog.voices import voice
from limelight.errors import AvatarNotFound, ScriptInvalid
from limelight.notices import VideoWarning
from limelight.requests.captions import parse_captions
from limelight.requests.known import NOBODY, Known
from limelight.requests.media import colour_of, parse_logo, parse_source
from limelight.requests.texts import parse_texts
from limelight.requests.wire import Wire, check_text, invalid, quoted, read
from limelight.requests.words import RequestWords, entries_of
from limelight.spec import (
    FRAME_RATES,
    MAX_OFFSET,
    MAX_PHOTO_SCALE,
    MAX_PITCH,
    MAX_SCALE,
    MAX_SCENES,
    MAX_SIDE_PX,
    MAX_SILENCE_S,
    MAX_SPEED,
    MIN_PITCH,
    MIN_SIDE_PX,
    MIN_SILENCE_S,
    MIN_SPEED,
    Acting,
    AudioVoice,
    Avatar,
    Background,
    Character,
    ColourBackground,
    Emotion,
    Expression,
    ImageBackground,
    Scene,
    SilentVoice,
    Source,
    TalkingPhoto,
    TalkingStyle,
    TextVoice,
    VideoBackground,
    VideoSpec,
    Voice,
)
from limelight.speech.lexicon import strongest_first, with_words
from limelight.speech.script import check_script
from limelight.speech.warn import script_warnings

_DEFAULT_SIZE = (1920, 1080)
#: Each has 1080 pixels on its shorter side.
SIZES = {
    "16:9": _DEFAULT_SIZE,
    "9:16": (1080, 1920),
    "1:1": (1080, 1080),
    "4:3": (1440, 1080),
    "3:4": (1080, 1440),
    "5:4": (1350, 1080),
    "4:5": (1080, 1350),
    "3:2": (1620, 1080),
    "2:3": (1080, 1620),
    "21:9": (2520, 1080),
}

Id = Annotated[str, Field(max_length=128)]
Url = Annotated[str, Field(max_length=4096)]
Title = Annotated[str, Field(max_length=1_000)]
Side = Annotated[int, Field(ge=MIN_SIDE_PX, le=MAX_SIDE_PX, multiple_of=2)]


class OffsetBody(Wire):
    """Fractions of the frame; right and down are positive."""

    x: Annotated[float, Field(ge=-MAX_OFFSET, le=MAX_OFFSET)] = 0.0
    y: Annotated[float, Field(ge=-MAX_OFFSET, le=MAX_OFFSET)] = 0.0


class OutfitBody(Wire):
    """What a presenter wears."""

    outfit_colour: Annotated[str | None, Field(validation_alias=AliasChoices("outfit_colour", "outfit_color"))] = None
    logo_url: Url | None = None
    logo_asset_id: Id | None = None

    def outfit(self) -> dict[str, str]:
        """What of it is given, by its fields' names."""
        given = ((name, getattr(self, name)) for name in OutfitBody.model_fields)
        return {name: value for name, value in given if value}

    def check_photo(self, path: str) -> None:
        """Raise SpecError where a talking photo is to wear something."""
        for name in self.outfit():
            raise invalid(f"{path}.{name}".removeprefix("."), "it is of a presenter, not of a talking photo")


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


class VoiceBody(Wire):
    """What is heard."""

    type: str
    input_text: str | None = None
    voice_id: Id = ""
    speed: Annotated[float, Field(ge=MIN_SPEED, le=MAX_SPEED)] = 1.0
    pitch: Annotated[float, Field(ge=MIN_PITCH, le=MAX_PITCH)] = 0.0
    #: not checked, as `acting_of` says
    emotion: object = None
    audio_url: Url | None = None
    audio_asset_id: Id | None = None
    duration: Annotated[float, Field(ge=MIN_SILENCE_S, le=MAX_SILENCE_S)] | None = None


class BackgroundBody(Wire):
    """What is behind."""

    type: str = "color"
    value: str | None = None
    url: Url | None = None
    image_asset_id: Id | None = None
    video_asset_id: Id | None = None
    fit: Literal["cover", "contain", "crop", "none"] = "cover"
    play_style: Literal["loop", "freeze", "once", "fit_to_scene", "full_video"] = "freeze"


class SceneBody(Wire):
    """One scene."""

    character: CharacterBody | None = None
    voice: VoiceBody
    background: BackgroundBody | None = None
    #: one text, or a list of them
    text: object = None


class DimensionBody(Wire):
    """Pixels, both even."""

    width: Side
    height: Side


#: Under either name that clients use.
Dimension = Annotated[DimensionBody | None, Field(validation_alias=AliasChoices("dimension", "dimensions"))]


class BesideBody(Wire):
    """What every body that makes a video may say beside the video."""

    title: Title | None = None
    test: bool = False
    callback_id: str | None = None
    callback_url: str | None = None
    folder_id: str | None = None
    #: that the likeness of who speaks in a photo may be used
    consent: bool = False
    #: what words of the scripts are to be called; they win over the account's
    words: RequestWords = Field(default_factory=list)


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


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """What was asked for: the video, and what is kept beside it."""

    spec: VideoSpec
    title: str | None
    test: bool
    callback_id: str | None
    callback_url: str | None
    folder_id: str | None
    consent: bool = False
    warnings: tuple[VideoWarning, ...] = ()

    @classmethod
    def of(cls, spec: VideoSpec, beside: BesideBody, script_field: str, known: Known) -> Self:
        """The request of a spec, of what its body says beside it, and of who sent it.

        See `script_warnings` for `script_field`. Raises SpecError and ScriptInvalid.
        """
        spec = with_words(spec, (*strongest_first(entries_of(beside.words)), *known.words))
        return cls(
            spec=spec,
            title=beside.title,
            test=beside.test,
            callback_id=beside.callback_id,
            callback_url=beside.callback_url,
            folder_id=beside.folder_id,
            consent=beside.consent,
            warnings=script_warnings(spec, script_field),
        )


def further_of(picture: Source, known: Known) -> list[Source]:
    """Further pictures of the person whom a picture shows, where it is an upload."""
    found = known.photo(picture.asset_id) if picture.asset_id else ()
    return [Source(asset_id=id) for id in found[1:]] if found[:1] == (picture.asset_id,) else []


def parse_generate(body: object, known: Known = NOBODY) -> GenerateRequest:
    """The request in a decoded JSON body, of whom this is known.

    Raises SpecError, or of its kinds AvatarNotFound, VoiceNotFound and ScriptInvalid, in the words that clients test
    for; PackError where a presenter's file is damaged.
    """
    check_text(body)
    wire = read(GenerateBody, body)
    captions = parse_captions(wire.caption, wire.caption_mode)
    width, height = _size(wire)
    alone = len(wire.video_inputs) == 1
    scenes = tuple(
        _scene(scene, f"video_inputs[{i}]", width, known, alone=alone) for i, scene in enumerate(wire.video_inputs)
    )
    return GenerateRequest.of(
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


def _size(wire: GenerateBody) -> tuple[int, int]:
    if wire.dimension:
        return wire.dimension.width, wire.dimension.height
    if not wire.aspect_ratio or wire.aspect_ratio == "auto":
        return _DEFAULT_SIZE
    if wire.aspect_ratio not in SIZES:
        raise invalid("aspect_ratio", f"{quoted(wire.aspect_ratio)} is not one of {', '.join(SIZES)}")
    return SIZES[wire.aspect_ratio]


def _frame_rate(fps: float) -> Literal[25, 30, 60]:
    match fps:
        case 25 | 30 | 60:
            return int(fps)  # type: ignore[return-value]
    raise invalid("fps", f"{fps:g} is not one of {', '.join(map(str, FRAME_RATES))}")


def _scene(body: SceneBody, path: str, frame_width: int, known: Known, *, alone: bool) -> Scene:
    return Scene(
        character=_character(body.character, f"{path}.character", known) if body.character else None,
        voice=_voice(body.voice, path, known, alone=alone),
        acting=_acting(body),
        background=parse_background(body.background, f"{path}.background", known),
        texts=parse_texts(body.text, f"{path}.text", frame_width),
    )


def _acting(body: SceneBody) -> Acting:
    who = body.character
    return acting_of(who and who.talking_style, who and who.expression, body.voice.emotion)


_Word = TypeVar("_Word", bound=str)


def acting_of(talking_style: object = None, expression: object = None, emotion: object = None) -> Acting:
    """How a presenter is asked to act, in any case of letters.

    Anything that is none of the values is as absent: clients send what other engines know.
    """

    def known(value: object, words: tuple[_Word, ...]) -> _Word | None:
        asked = value.strip().lower() if isinstance(value, str) else ""
        return next((word for word in words if word == asked), None)

    styles: tuple[TalkingStyle, ...] = get_args(TalkingStyle)
    expressions: tuple[Expression, ...] = get_args(Expression)
    emotions: tuple[Emotion, ...] = get_args(Emotion)
    return Acting(
        talking_style=known(talking_style, styles),
        expression=known(expression, expressions) or "default",
        emotion=known(emotion, emotions),
    )


def dressed(who: Avatar, body: OutfitBody, path: str, known: Known) -> Avatar:
    """A presenter in what a body says that they wear. Raises SpecError; where they cannot, it names who can."""
    given = body.outfit()
    if not given:
        return who
    entry = avatar(who.avatar_id)
    if not entry.can_be_dyed:
        able = ", ".join(other.name for other in presenters() if other.can_be_dyed)
        problem = f"presenter {entry.name} wears clothes that cannot be dyed"
        field = f"{path}.{next(iter(given))}".removeprefix(".")
        raise invalid(field, f"{problem}; who can wear any colour: {able}" if able else problem)
    colour_field = f"{path}.outfit_colour".removeprefix(".")
    logo = body.logo_url or body.logo_asset_id
    return who.model_copy(
        update={
            "outfit_colour": colour_of(body.outfit_colour, colour_field) if body.outfit_colour else None,
            "logo": parse_logo(body.logo_url, body.logo_asset_id, path, known) if logo else None,
        }
    )


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
        case "closeUp" | "circle":
            return style
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


def text_voice(body: VoiceBody, path: str, where: str, known: Known) -> TextVoice:
    """A spoken script. `where` names the scene in a script's error; a path with `voice` in it would mislead clients."""
    if not body.voice_id:
        raise invalid(f"{path}.voice_id".removeprefix("."), "field required")
    voice(body.voice_id)
    script = _script(body.input_text, where, known.script_limit)
    return TextVoice(voice_id=body.voice_id, script=script, speed=body.speed, pitch=body.pitch)


def _script(text: str | None, where: str, limit: int) -> str:
    if text is None:
        raise ScriptInvalid(f"script is missing: input_text is required{where}.")
    try:
        check_script(text, limit)
    except ScriptInvalid as error:
        raise ScriptInvalid(f"{error.message.removesuffix('.')}{where}.") from error
    return text


def parse_background(body: BackgroundBody | None, path: str, known: Known) -> Background:
    """What is behind a scene; white where nothing is said. Raises SpecError."""
    if body is None:
        return ColourBackground()
    match body.type:
        case "color":
            if body.value is None:
                raise invalid(f"{path}.value", "field required")
            return ColourBackground(colour=colour_of(body.value, f"{path}.value"))
        case "image":
            return ImageBackground(
                source=parse_source("image", body.url, body.image_asset_id, path, known), fit=body.fit
            )
        case "video":
            source = parse_source("video", body.url, body.video_asset_id, path, known)
            return VideoBackground(source=source, fit=body.fit, play_style=body.play_style)
    raise invalid(f"{path}.type", f"{quoted(body.type)} is not one of 'color', 'image', 'video'")
