"""What a video is: frozen values with every default filled in.

A `VideoSpec` is the only thing the pipeline gets. It knows nothing of HTTP, databases or pixels; requests become specs
in `api/schemas`, and the same spec gives the same bytes wherever it is rendered.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

#: Frames per second of every film.
FPS = 25
#: Samples per second of every film's sound.
SAMPLE_RATE_HZ = 48_000
#: Samples that one frame lasts.
SAMPLES_PER_FRAME = SAMPLE_RATE_HZ // FPS

MAX_SCENES = 50
MAX_SCRIPT_CHARACTERS = 5_000
MIN_SIDE_PX, MAX_SIDE_PX = 128, 4096
MIN_SPEED, MAX_SPEED = 0.5, 2.0
#: Requests may ask for more than the engine can do; beyond ±20 the effect is clamped.
MIN_PITCH, MAX_PITCH = -50.0, 50.0
MIN_SILENCE_S, MAX_SILENCE_S = 0.1, 100.0


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Avatar(_Value):
    """A presenter of the catalog and where it stands in the frame."""

    kind: Literal["avatar"] = "avatar"
    avatar_id: str
    style: Literal["normal", "closeUp"] = "normal"
    #: Size relative to the style's framing.
    scale: Annotated[float, Field(ge=0, le=5)] = 1.0
    #: Shift as fractions of the frame's width and height; right and down are positive.
    offset: tuple[float, float] = (0.0, 0.0)


class TextVoice(_Value):
    """A script, spoken."""

    kind: Literal["text"] = "text"
    voice_id: str
    script: str
    speed: Annotated[float, Field(ge=MIN_SPEED, le=MAX_SPEED)] = 1.0
    #: −20..20 as on the wire, not semitones.
    pitch: Annotated[float, Field(ge=MIN_PITCH, le=MAX_PITCH)] = 0.0


class SilentVoice(_Value):
    """Nothing is said; the presenter listens."""

    kind: Literal["silence"] = "silence"
    duration_s: Annotated[float, Field(ge=MIN_SILENCE_S, le=MAX_SILENCE_S)]


Voice = Annotated[TextVoice | SilentVoice, Field(discriminator="kind")]


class ColourBackground(_Value):
    """One colour, `#rrggbb`, lower case."""

    kind: Literal["color"] = "color"
    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")] = "#ffffff"

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, 0 to 255, sRGB."""
        value = int(self.colour[1:], 16)
        return value >> 16, value >> 8 & 255, value & 255


class Scene(_Value):
    """One continuous shot."""

    character: Avatar | None
    voice: Voice
    background: ColourBackground = ColourBackground()


class VideoSpec(_Value):
    """A whole video."""

    scenes: Annotated[tuple[Scene, ...], Field(min_length=1, max_length=MAX_SCENES)]
    width: Annotated[int, Field(ge=MIN_SIDE_PX, le=MAX_SIDE_PX, multiple_of=2)] = 1920
    height: Annotated[int, Field(ge=MIN_SIDE_PX, le=MAX_SIDE_PX, multiple_of=2)] = 1080


def scene_seed(spec: VideoSpec, index: int) -> int:
    """The seed of every random choice in scene `index`, 64 bit, from its content and place alone."""
    text = f"{index}\n{spec.scenes[index].model_dump_json()}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
