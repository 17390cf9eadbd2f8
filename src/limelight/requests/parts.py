"""Parts that several requests share: outfits, voices, backgrounds, sizes, and what is beside the video.

What is changed here changes in each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self, TypeVar, get_args

from pydantic import AliasChoices, Field, StringConstraints

from limelight.catalog.avatars import avatar, presenters
from limelight.catalog.voices import voice
from limelight.errors import ScriptInvalid
from limelight.notices import VideoWarning
from limelight.requests.drawn import caption_warnings
from limelight.requests.known import Known
from limelight.requests.media import colour_of, parse_logo, parse_source
from limelight.requests.wire import Wire, at, invalid, quoted
from limelight.requests.words import RequestWords, entries_of
from limelight.spec import (
    MAX_OFFSET,
    MAX_PITCH,
    MAX_SIDE_PX,
    MAX_SPEED,
    MIN_PITCH,
    MIN_SIDE_PX,
    MIN_SILENCE_S,
    MIN_SPEED,
    Acting,
    Avatar,
    Background,
    ColourBackground,
    Emotion,
    Expression,
    ImageBackground,
    Source,
    TalkingStyle,
    TextVoice,
    VideoBackground,
    VideoSpec,
)
from limelight.speech.lexicon import strongest_first, with_words
from limelight.speech.script import check_script
from limelight.speech.warn import script_warnings

DEFAULT_SIZE = (1920, 1080)
#: v2's; v3 takes more.
_MAX_SILENCE_S = 100.0

#: Each has 1080 pixels on its shorter side.
SIZES = {
    "16:9": DEFAULT_SIZE,
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

Id = Annotated[str, StringConstraints(strip_whitespace=True, max_length=128)]

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
    duration: Annotated[float, Field(ge=MIN_SILENCE_S, le=_MAX_SILENCE_S)] | None = None


class BackgroundBody(Wire):
    """What is behind."""

    type: str = "color"
    value: str | None = None
    url: Url | None = None
    image_asset_id: Id | None = None
    video_asset_id: Id | None = None
    fit: Literal["cover", "contain", "crop", "none"] = "cover"
    play_style: Literal["loop", "freeze", "once", "fit_to_scene", "full_video"] = "freeze"


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
            warnings=(*script_warnings(spec, script_field), *caption_warnings(spec, "caption", script_field)),
        )


def further_of(picture: Source, known: Known) -> list[Source]:
    """Further pictures of the person whom a picture shows, where it is an upload."""
    found = known.photo(picture.asset_id) if picture.asset_id else ()
    return [Source(asset_id=id) for id in found[1:]] if found[:1] == (picture.asset_id,) else []


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


def text_voice(body: VoiceBody, path: str, where: str, known: Known) -> TextVoice:
    """A spoken script. `where` names the scene in a script's error; a path with `voice` in it would mislead clients."""
    field = f"{path}.voice_id".removeprefix(".")
    if not body.voice_id:
        raise invalid(field, "field required")
    with at(field):
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
            return ColourBackground(colour=colour_of(body.value, f"{path}.value", on_white=True))
        case "image":
            return ImageBackground(
                source=parse_source("image", body.url, body.image_asset_id, path, known), fit=body.fit
            )
        case "video":
            source = parse_source("video", body.url, body.video_asset_id, path, known)
            return VideoBackground(source=source, fit=body.fit, play_style=body.play_style)
    raise invalid(f"{path}.type", f"{quoted(body.type)} is not one of 'color', 'image', 'video'")
