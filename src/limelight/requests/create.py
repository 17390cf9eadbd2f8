"""POST /v2/videos: a video of one presenter or photo and one scene, asked for in plain fields."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from limelight.catalog.avatars import avatar
from limelight.errors import ScriptInvalid
from limelight.requests.captions import parse_captions
from limelight.requests.known import NOBODY, Known
from limelight.requests.media import parse_source, parse_url
from limelight.requests.parts import (
    SIZES,
    BackgroundBody,
    BesideBody,
    Dimension,
    GenerateRequest,
    Id,
    OutfitBody,
    Url,
    VoiceBody,
    acting_of,
    dressed,
    further_of,
    parse_background,
    text_voice,
)
from limelight.requests.wire import Wire, check_text, invalid, quoted, read
from limelight.spec import (
    MAX_PITCH,
    MAX_SIDE_PX,
    MAX_SPEED,
    MIN_PITCH,
    MIN_SPEED,
    AudioVoice,
    Avatar,
    Background,
    Scene,
    Source,
    TalkingPhoto,
    VideoSpec,
    Voice,
)

#: The shorter side, pixels.
RESOLUTIONS = {"720p": 720, "1080p": 1080, "4k": 2160}
#: `expressiveness` as a talking style; anything else is neither.
_STYLES = {"low": "stable", "high": "expressive"}
#: `SIZES` have this many pixels on their shorter side.
_SIZES_SIDE = 1080


class VoiceSettingsBody(Wire):
    """How a script is spoken."""

    speed: Annotated[float, Field(ge=MIN_SPEED, le=MAX_SPEED)] = 1.0
    pitch: Annotated[float, Field(ge=MIN_PITCH, le=MAX_PITCH)] = 0.0


class CreateBackgroundBody(BackgroundBody):
    """What is behind; an upload of either kind is named in one field too."""

    asset_id: Id | None = None


class CreateVideoBody(BesideBody, OutfitBody):
    """The whole body."""

    avatar_id: Id = ""
    image_url: Url | None = None
    image_asset_id: Id | None = None
    #: of a photo: it stands before `background`
    remove_background: bool = False
    #: of a photo
    fit: Literal["cover", "contain"] = "cover"
    script: str | None = None
    #: the presenter's own if absent
    voice_id: Id = ""
    voice_settings: VoiceSettingsBody = VoiceSettingsBody()
    audio_url: Url | None = None
    audio_asset_id: Id | None = None
    #: low, medium or high; not checked
    expressiveness: object = None
    resolution: str = "1080p"
    aspect_ratio: str = "16:9"
    #: wins over resolution and aspect_ratio
    dimension: Dimension = None
    background: CreateBackgroundBody | None = None
    #: true, or an object with a style
    caption: Annotated[object, Field(validation_alias=AliasChoices("caption", "enable_caption"))] = False


def parse_create(body: object, known: Known = NOBODY) -> GenerateRequest:
    """The request in a decoded JSON body, of whom this is known. Raises SpecError and its kinds."""
    check_text(body)
    wire = read(CreateVideoBody, body)
    character, default_voice_id = _character(wire, known)
    scene = Scene(
        character=character,
        voice=_voice(wire, default_voice_id, known),
        acting=acting_of(_STYLES.get(str(wire.expressiveness).strip().lower())),
        background=_background(wire.background, known),
    )
    captions = parse_captions(wire.caption, None)
    width, height = _size(wire)
    return GenerateRequest.of(
        VideoSpec(
            scenes=(scene,),
            width=width,
            height=height,
            title=wire.title or None,
            watermark=wire.test,
            captions=captions,
        ),
        wire,
        "script",
        known,
    )


def _character(wire: CreateVideoBody, known: Known) -> tuple[Avatar | TalkingPhoto, str]:
    """Who speaks, and the id of its own voice; empty where it has none."""
    picture = _picture(wire, known)
    if picture is None and not wire.avatar_id:
        raise invalid("avatar_id", "field required")
    if picture is None and (uploads := known.photo(wire.avatar_id)):
        picture, *more = (Source(asset_id=id) for id in uploads)
    else:
        more = further_of(picture, known) if picture else []
    if picture is not None:
        wire.check_photo("")
        return TalkingPhoto(source=picture, more=tuple(more), matting=wire.remove_background, fit=wire.fit), ""
    default_voice_id = avatar(wire.avatar_id).default_voice_id
    return dressed(Avatar(avatar_id=wire.avatar_id), wire, "", known), default_voice_id


def _picture(wire: CreateVideoBody, known: Known) -> Source | None:
    given = [field for field in ("avatar_id", "image_url", "image_asset_id") if getattr(wire, field)]
    if len(given) > 1:
        raise invalid(given[1], f"{given[0]} is given too, only one of them may be")
    if wire.image_asset_id:
        return parse_source("image", None, wire.image_asset_id, "", known)
    return parse_url("image", wire.image_url, "image_url", known) if wire.image_url else None


def _voice(wire: CreateVideoBody, default_voice_id: str, known: Known) -> Voice:
    # Clients send an empty string for what they leave out.
    recorded = wire.audio_url or wire.audio_asset_id
    if wire.script and recorded:
        raise ScriptInvalid("script is invalid: a recording is given too, exactly one of them is needed.")
    if recorded:
        return AudioVoice(source=parse_source("audio", wire.audio_url, wire.audio_asset_id, "", known))
    if wire.script is None:
        raise ScriptInvalid("script is missing: script, audio_url or audio_asset_id is required.")
    settings = wire.voice_settings
    spoken = VoiceBody(
        type="text",
        input_text=wire.script,
        voice_id=wire.voice_id or default_voice_id,
        speed=settings.speed,
        pitch=settings.pitch,
    )
    return text_voice(spoken, "", "", known)


def _background(body: CreateBackgroundBody | None, known: Known) -> Background:
    if body and body.asset_id and body.type in ("image", "video"):
        body = body.model_copy(update={f"{body.type}_asset_id": body.asset_id})
    return parse_background(body, "background", known)


def _size(wire: CreateVideoBody) -> tuple[int, int]:
    if wire.dimension:
        return wire.dimension.width, wire.dimension.height
    side = RESOLUTIONS.get(wire.resolution.lower() or "1080p")
    if side is None:
        raise invalid("resolution", f"{quoted(wire.resolution)} is not one of {', '.join(RESOLUTIONS)}")
    ratio = "16:9" if wire.aspect_ratio in ("", "auto") else wire.aspect_ratio
    if ratio not in SIZES:
        raise invalid("aspect_ratio", f"{quoted(ratio)} is not one of {', '.join(SIZES)}")
    width, height = (pixels * side // _SIZES_SIDE for pixels in SIZES[ratio])
    if max(width, height) > MAX_SIDE_PX:
        raise invalid(
            "resolution", f"{wire.resolution} at {ratio} is {width} × {height}, the limit is {MAX_SIDE_PX} a side"
        )
    return width, height
