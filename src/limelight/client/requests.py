"""The body of POST /v2/video/generate as types, for editors and type checkers. Plain dictionaries do as well."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class OffsetConfig(TypedDict):
    """Fractions of the frame."""

    x: float
    y: float


class CharacterConfig(TypedDict):
    """Who is seen: an avatar with `avatar_id`, or a photo with `talking_photo_id`."""

    type: Literal["avatar", "talking_photo"]
    avatar_id: NotRequired[str]
    talking_photo_id: NotRequired[str]
    avatar_style: NotRequired[Literal["normal", "closeUp", "circle", "voice_only"]]
    #: these three of a photo
    talking_photo_style: NotRequired[Literal["square", "circle"]]
    matting: NotRequired[bool]
    fit: NotRequired[Literal["cover", "contain"]]
    circle_background_color: NotRequired[str]
    #: these three of an avatar whose clothes can be dyed; not HeyGen's
    outfit_colour: NotRequired[str]
    logo_url: NotRequired[str]
    logo_asset_id: NotRequired[str]
    scale: NotRequired[float]
    offset: NotRequired[OffsetConfig]
    talking_style: NotRequired[Literal["stable", "expressive"]]
    expression: NotRequired[Literal["default", "happy"]]


class VoiceConfig(TypedDict):
    """What is heard: `text` with `input_text` and `voice_id`, `audio` with `audio_url`, `silence` with `duration`."""

    type: Literal["text", "audio", "silence"]
    input_text: NotRequired[str]
    voice_id: NotRequired[str]
    audio_url: NotRequired[str]
    audio_asset_id: NotRequired[str]
    duration: NotRequired[float]
    speed: NotRequired[float]
    pitch: NotRequired[float]
    #: shows in the presenter's face
    emotion: NotRequired[Literal["Excited", "Friendly", "Serious", "Soothing", "Broadcaster"]]


class BackgroundConfig(TypedDict, total=False):
    """What is behind: a `color` with `value`, an `image` or a `video` with `url` or an asset's id."""

    type: Literal["color", "image", "video"]
    value: str
    url: str
    image_asset_id: str
    video_asset_id: str
    fit: Literal["cover", "contain", "crop", "none"]
    #: of a video
    play_style: Literal["loop", "freeze", "once", "fit_to_scene", "full_video"]


class TextConfig(TypedDict):
    """Words over the picture."""

    type: NotRequired[Literal["text"]]
    text: str
    font_family: NotRequired[str]
    #: pixels of the film
    font_size: NotRequired[float]
    font_weight: NotRequired[str]
    color: NotRequired[str]
    #: of the upper left corner
    position: NotRequired[OffsetConfig]
    text_align: NotRequired[Literal["left", "center", "right"]]
    line_height: NotRequired[float]
    #: up to 1 a fraction of the frame's width, above it pixels
    width: NotRequired[float]


class SceneConfig(TypedDict):
    """One scene."""

    character: NotRequired[CharacterConfig]
    voice: VoiceConfig
    background: NotRequired[BackgroundConfig]
    text: NotRequired[TextConfig | list[TextConfig]]


class DimensionConfig(TypedDict):
    """Pixels."""

    width: int
    height: int


class CaptionStyleConfig(TypedDict, total=False):
    """How captions look."""

    font_family: str
    font_size: float
    font_color: str
    background_color: str
    position: Literal["auto", "bottom", "middle", "center", "top"]


class CaptionConfig(TypedDict, total=False):
    """Captions in a style."""

    enabled: bool
    style: CaptionStyleConfig | str


class WordConfig(TypedDict):
    """What a word or phrase is called: `say`, in other words, or `ipa`, by its sounds."""

    word: str
    say: NotRequired[str]
    ipa: NotRequired[str]
    case_sensitive: NotRequired[bool]


class VideoConfig(TypedDict):
    """A video."""

    video_inputs: list[SceneConfig]
    dimension: NotRequired[DimensionConfig]
    #: such as `16:9`, where no dimension is given
    aspect_ratio: NotRequired[str]
    #: 25, 30 or 60
    fps: NotRequired[float]
    title: NotRequired[str]
    test: NotRequired[bool]
    enable_watermark: NotRequired[bool]
    caption: NotRequired[bool | CaptionConfig]
    caption_mode: NotRequired[Literal["file_only", "burn_in"]]
    callback_id: NotRequired[str]
    callback_url: NotRequired[str]
    folder_id: NotRequired[str]
    #: that the likeness of who speaks in a photo may be used; not HeyGen's
    consent: NotRequired[bool]
    #: what words of the scripts are called; not HeyGen's
    words: NotRequired[list[WordConfig]]


def avatar_video(
    script: str, avatar_id: str, voice_id: str, *, background: str, width: int, height: int, test: bool = False
) -> dict[str, Any]:
    """The body for one avatar that says a script, before a colour."""
    scene: SceneConfig = {
        "character": {"type": "avatar", "avatar_id": avatar_id, "avatar_style": "normal"},
        "voice": {"type": "text", "input_text": script, "voice_id": voice_id},
        "background": {"type": "color", "value": background},
    }
    return {
        "video_inputs": [scene],
        "dimension": {"width": width, "height": height},
        **({"test": True} if test else {}),
    }


def transparent_video(
    script: str, avatar_pose_id: str, voice_id: str, *, avatar_style: str, width: int, height: int, title: str | None
) -> dict[str, Any]:
    """The body of POST /v1/video.webm."""
    return {
        "avatar_pose_id": avatar_pose_id,
        "avatar_style": avatar_style,
        "input_text": script,
        "voice_id": voice_id,
        "dimension": {"width": width, "height": height},
        **({"title": title} if title else {}),
    }
