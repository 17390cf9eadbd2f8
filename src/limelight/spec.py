"""What a video is: frozen values with every default filled in.

A `VideoSpec` is the only thing the pipeline gets. It knows nothing of HTTP, databases or pixels; requests become specs
in `requests`, and the same spec gives the same bytes wherever it is rendered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from limelight.names import shown_url

#: Frames per second of a film that asks for nothing else, and what it may ask for.
FPS: Literal[25] = 25
FRAME_RATES = (25, 30, 60)
#: Samples per second of every film's sound; a whole number of them lasts one frame at each frame rate.
SAMPLE_RATE_HZ = 48_000

MAX_SCENES = 50
MAX_SCRIPT_CHARACTERS = 5_000
MIN_SIDE_PX, MAX_SIDE_PX = 128, 4096
MIN_SPEED, MAX_SPEED = 0.5, 2.0
#: Requests may ask for more than the engine can do; beyond ±20 the effect is clamped.
MIN_PITCH, MAX_PITCH = -50.0, 50.0
MIN_SILENCE_S, MAX_SILENCE_S = 0.1, 300.0
#: The longest sound or film of a user's that a scene takes.
MAX_MEDIA_S = 600.0
MAX_SCALE, MAX_PHOTO_SCALE = 5.0, 2.0
#: How many further pictures of a person a photo's rig takes.
MAX_MORE = 8
#: Frames: beyond it nothing is left to see.
MAX_OFFSET = 10.0
MAX_TEXTS = 20
MAX_TEXT_CHARACTERS = 1_000
MIN_FONT_PX, MAX_FONT_PX = 4.0, 1_000.0
MIN_LINE_HEIGHT, MAX_LINE_HEIGHT = 0.5, 4.0
#: The font of captions, as a fraction of the frame's shorter side: a larger one leaves no room for words.
MAX_CAPTION_FONT = 0.16

#: `#rrggbb`, lower case, sRGB.
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
#: `#rrggbbaa`, lower case, sRGB, not premultiplied.
ColourAlpha = Annotated[str, Field(pattern=r"^#[0-9a-f]{8}$")]
Fit = Literal["cover", "contain", "crop", "none"]
PlayStyle = Literal["loop", "freeze", "once", "fit_to_scene", "full_video"]
TalkingStyle = Literal["stable", "expressive"]
Expression = Literal["default", "happy"]
Emotion = Literal["excited", "friendly", "serious", "soothing", "broadcaster"]
#: What a user's upload is.
FileType = Literal["image", "video", "audio"]
#: What a user's file is used as.
MediaKind = Literal["image", "logo", "video", "audio", "portrait", "further"]
#: What a file of a kind is in a scene, for messages.
ROLES: dict[MediaKind, str] = {
    "image": "background image",
    "logo": "logo",
    "video": "background video",
    "audio": "audio",
    "portrait": "talking photo",
    "further": "further picture",
}
#: Where a caption stands.
CaptionPlace = Literal["bottom", "middle", "top"]
FontSize = Annotated[float, Field(ge=MIN_FONT_PX, le=MAX_FONT_PX)]


def samples_per_frame(fps: int) -> int:
    """Samples that one frame lasts."""
    return SAMPLE_RATE_HZ // fps


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of a colour, 0 to 255, sRGB."""
    value = int(colour[1:7], 16)
    return value >> 16, value >> 8 & 255, value & 255


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Value):
    """Where a user's picture, film or sound comes from: a URL or an uploaded asset, never both."""

    url: str | None = None
    asset_id: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.url is None) == (self.asset_id is None):
            raise ValueError("either url or asset_id")
        return self

    @property
    def key(self) -> str:
        """Equal for equal sources."""
        return f"asset:{self.asset_id}" if self.asset_id else f"url:{self.url}"

    @property
    def shown(self) -> str:
        """For messages: the URL without its query, which may hold a secret, or the asset's id."""
        return f"asset {self.asset_id}" if self.url is None else shown_url(self.url)


class _Shown(_Value):
    """Who is seen in a scene; each kind says what of this is otherwise."""

    @property
    def catalog_id(self) -> str | None:
        """Its entry in the catalog; None where it is of the user's own pictures."""
        return None

    @property
    def pictures(self) -> tuple[Source, ...]:
        """The user's pictures of the person; the first is the one that speaks."""
        return ()

    @property
    def rig_key(self) -> str | None:
        """Of the place where the rig of the pictures is kept for the film's other scenes; None where there is none."""
        return None

    def sources(self) -> Iterator[tuple[MediaKind, Source]]:
        """The user's files that it needs, and as what."""
        return iter(())


class Avatar(_Shown):
    """A presenter of the catalog and where it stands in the frame."""

    kind: Literal["avatar"] = "avatar"
    avatar_id: str
    style: Literal["normal", "closeUp", "circle"] = "normal"
    #: Size relative to the style's framing.
    scale: Annotated[float, Field(ge=0, le=MAX_SCALE)] = 1.0
    #: Shift as fractions of the frame's width and height; right and down are positive.
    offset: tuple[float, float] = (0.0, 0.0)
    #: What fills the circle behind the presenter; only for the style `circle`.
    circle_colour: Colour = "#f6f6fc"
    #: What the cloth is dyed in; None is the look's own. JSON has this field and the next only where they are given.
    outfit_colour: Annotated[Colour | None, Field(exclude_if=lambda colour: colour is None)] = None
    #: A picture on the chest.
    logo: Annotated[Source | None, Field(exclude_if=lambda logo: logo is None)] = None

    @property
    def key(self) -> str:
        """Equal where it is the same presenter, however it stands and is dressed."""
        return self.avatar_id

    @property
    def catalog_id(self) -> str:
        """As of every kind."""
        return self.avatar_id

    def sources(self) -> Iterator[tuple[MediaKind, Source]]:
        """As of every kind."""
        if self.logo:
            yield "logo", self.logo


class TalkingPhoto(_Shown):
    """A user's portrait that speaks, and where it is in the frame."""

    kind: Literal["talking_photo"] = "talking_photo"
    source: Source
    #: Further pictures of the same person, for their rig. JSON has the field only where there are any.
    more: Annotated[tuple[Source, ...], Field(max_length=MAX_MORE, exclude_if=lambda more: not more)] = ()
    style: Literal["square", "circle"] = "square"
    #: Without its own background: the person stands before the scene's.
    matting: bool = False
    #: cover: the photo fills the frame; contain: all of it is seen. Only for the style `square` without matting.
    fit: Literal["cover", "contain"] = "cover"
    #: As of `Avatar`.
    scale: Annotated[float, Field(ge=0, le=MAX_PHOTO_SCALE)] = 1.0
    offset: tuple[float, float] = (0.0, 0.0)
    circle_colour: Colour = "#f6f6fc"

    @property
    def key(self) -> str:
        """Equal where it is the same picture, however it is shown."""
        return self.source.key

    @property
    def pictures(self) -> tuple[Source, ...]:
        """As of every kind."""
        return self.source, *self.more

    @property
    def rig_key(self) -> str:
        """As of every kind; equal where the pictures are."""
        return "rig:" + "\n".join(picture.key for picture in self.pictures)

    def sources(self) -> Iterator[tuple[MediaKind, Source]]:
        """As of every kind; it can do without a further portrait."""
        yield "portrait", self.source
        for further in self.more:
            yield "further", further


Character = Annotated[Avatar | TalkingPhoto, Field(discriminator="kind")]


class WordEntry(_Value):
    """What a word or phrase is called: as another text is, or by phonemes in IPA. One of the two is given."""

    word: str
    say: str | None = None
    ipa: str | None = None
    #: whether it is this word only as it is written here
    case_sensitive: bool = False


#: A factor of the sound's amplitude. JSON has it only where it is another than 1.
Volume = Annotated[float, Field(ge=0, le=1, exclude_if=lambda volume: volume == 1)]


class TextVoice(_Value):
    """A script, spoken."""

    kind: Literal["text"] = "text"
    voice_id: str
    script: str
    #: words of the script that somebody wants to be called otherwise, the strongest first
    words: tuple[WordEntry, ...] = ()
    speed: Annotated[float, Field(ge=MIN_SPEED, le=MAX_SPEED)] = 1.0
    #: −20..20 as on the wire, not semitones.
    pitch: Annotated[float, Field(ge=MIN_PITCH, le=MAX_PITCH)] = 0.0
    volume: Volume = 1.0


class AudioVoice(_Value):
    """A recording, lip-synced."""

    kind: Literal["audio"] = "audio"
    source: Source
    volume: Volume = 1.0


class FilmVoice(_Value):
    """The sound of the film that is behind the scene; silence where it has none."""

    kind: Literal["film"] = "film"
    source: Source
    volume: Volume = 1.0


class SilentVoice(_Value):
    """Nothing is said; the presenter listens."""

    kind: Literal["silence"] = "silence"
    duration_s: Annotated[float, Field(ge=MIN_SILENCE_S, le=MAX_SILENCE_S)]


Voice = Annotated[TextVoice | AudioVoice | FilmVoice | SilentVoice, Field(discriminator="kind")]


class Acting(_Value):
    """How the presenter acts, besides what is said."""

    #: None is between the two
    talking_style: TalkingStyle | None = None
    expression: Expression = "default"
    emotion: Emotion | None = None


class ColourBackground(_Value):
    """One colour."""

    kind: Literal["color"] = "color"
    colour: Colour = "#ffffff"


class ImageBackground(_Value):
    """A still picture."""

    kind: Literal["image"] = "image"
    source: Source
    fit: Fit = "cover"


class VideoBackground(_Value):
    """A film without its sound."""

    kind: Literal["video"] = "video"
    source: Source
    fit: Fit = "cover"
    #: loop: again and again; freeze: once, then its last frame; once: once, then black; fit_to_scene: as fast or slow
    #: as it takes to last the scene; full_video: once, and the scene lasts until it is over.
    play_style: PlayStyle = "freeze"


Background = Annotated[ColourBackground | ImageBackground | VideoBackground, Field(discriminator="kind")]


class TextOverlay(_Value):
    """Words over the picture."""

    text: Annotated[str, Field(max_length=MAX_TEXT_CHARACTERS)]
    #: A family that is not there is replaced by Noto Sans.
    font_family: str = "Noto Sans"
    #: Pixels of the film, from one line's baseline to the next at a line height of 1.
    font_size: FontSize = 48.0
    weight: Literal["normal", "bold"] = "normal"
    #: None is what can be read on what is behind.
    colour: Colour | None = None
    #: The box's upper left corner as fractions of the frame's width and height.
    position: tuple[float, float] = (0.05, 0.05)
    align: Literal["left", "center", "right"] = "left"
    #: Distance of lines as a multiple of the font's size.
    line_height: Annotated[float, Field(ge=MIN_LINE_HEIGHT, le=MAX_LINE_HEIGHT)] = 1.2
    #: The box's width as a fraction of the frame's; None reaches to the margin on the right.
    width: Annotated[float, Field(gt=0, le=1)] | None = None


class Captions(_Value):
    """What is said, to be read."""

    #: Beside the subtitle files also a second film with the captions drawn on it.
    burn_in: bool = True
    font_family: str = "Noto Sans"
    #: Pixels of the film; None suits the frame.
    font_size: FontSize | None = None
    colour: Colour = "#ffffff"
    background: ColourAlpha = "#000000b3"
    #: auto is where they cover neither who speaks nor texts: at the bottom if they can be
    position: Literal["auto", "bottom", "middle", "top"] = "auto"


class Scene(_Value):
    """One continuous shot."""

    character: Character | None
    voice: Voice
    acting: Acting = Acting()
    background: Background = ColourBackground()
    texts: Annotated[tuple[TextOverlay, ...], Field(max_length=MAX_TEXTS)] = ()

    @property
    def pictures(self) -> tuple[Source, ...]:
        """The user's pictures of who speaks; the first is the one that is seen."""
        return self.character.pictures if self.character else ()

    @property
    def picture_uploads(self) -> tuple[str, ...]:
        """The ids of the uploads among them."""
        return tuple(picture.asset_id for picture in self.pictures if picture.asset_id)

    def sources(self) -> Iterator[tuple[MediaKind, Source]]:
        """Every picture, film and sound of a user's that the scene needs; it can do without a further portrait."""
        if isinstance(self.background, ImageBackground | VideoBackground):
            yield self.background.kind, self.background.source
        if isinstance(self.voice, AudioVoice):
            yield "audio", self.voice.source
        if self.character:
            yield from self.character.sources()


class VideoSpec(_Value):
    """A whole video."""

    scenes: Annotated[tuple[Scene, ...], Field(min_length=1, max_length=MAX_SCENES)]
    width: Annotated[int, Field(ge=MIN_SIDE_PX, le=MAX_SIDE_PX, multiple_of=2)] = 1920
    height: Annotated[int, Field(ge=MIN_SIDE_PX, le=MAX_SIDE_PX, multiple_of=2)] = 1080
    fps: Literal[25, 30, 60] = FPS
    #: MP4 (H.264, AAC), or WebM (VP9 with alpha, Opus) whose backgrounds are not drawn.
    container: Literal["mp4", "webm"] = "mp4"
    title: str | None = None
    watermark: bool = False
    captions: Captions | None = None


def scene_seed(spec: VideoSpec, index: int) -> int:
    """The seed of every random choice in scene `index`, 64 bit.

    It comes from who says what: nothing else changes the acting, and in another style it is the same in another manner.
    Equal scenes of a film differ by their count.
    """
    scene = spec.scenes[index]
    before = sum(_cast(earlier) == _cast(scene) for earlier in spec.scenes[:index])
    return int.from_bytes(hashlib.sha256(f"{before}\n{_cast(scene)}".encode()).digest()[:8], "big")


def _cast(scene: Scene) -> str:
    return f"{scene.character and scene.character.key}\n{scene.voice.model_dump_json(exclude={'volume'})}"
