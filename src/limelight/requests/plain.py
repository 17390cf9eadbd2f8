"""What POST /v2/videos and v3 share: one spoken scene in plain fields, and a film's size by its resolution."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from limelight.errors import ScriptInvalid
from limelight.requests.known import Known
from limelight.requests.media import parse_source, parse_url
from limelight.requests.parts import SIZES, Dimension, Id, Url, VoiceBody, acting_of, text_voice
from limelight.requests.wire import Wire, at, invalid, quoted
from limelight.spec import (
    MAX_PITCH,
    MAX_SIDE_PX,
    MAX_SPEED,
    MIN_PITCH,
    MIN_SPEED,
    Acting,
    AudioVoice,
    Source,
    TextVoice,
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
    #: a factor, of a recording too
    volume: Annotated[float, Field(ge=0, le=1)] = 1.0


class SpokenBody(Wire):
    """What is said: a script or a recording."""

    script: str | None = None
    #: the presenter's own if absent
    voice_id: Id = ""
    voice_settings: VoiceSettingsBody = VoiceSettingsBody()
    audio_url: Url | None = None
    audio_asset_id: Id | None = None
    #: low, medium or high; not checked
    expressiveness: object = None

    @property
    def acting(self) -> Acting:
        """How it is acted."""
        return acting_of(_STYLES.get(str(self.expressiveness).strip().lower()))

    def voice(self, path: str, where: str, default_voice_id: str, known: Known) -> TextVoice | AudioVoice:
        """What is heard, by default in this voice. `where` names the scene in a script's error.

        Raises SpecError and its kinds.
        """
        field, settings = f"{path}.script".removeprefix("."), self.voice_settings
        # Clients send an empty string for what they leave out.
        recorded = self.audio_url or self.audio_asset_id
        with at(field):
            if self.script and recorded:
                raise ScriptInvalid(f"script is invalid: a recording is given too, exactly one is needed{where}.")
            if self.script is None and not recorded:
                problem = "script, audio_url or audio_asset_id is required"
                raise ScriptInvalid(f"script is missing: {problem}{where}.")
        if recorded:
            source = parse_source("audio", self.audio_url, self.audio_asset_id, path, known)
            return AudioVoice(source=source, volume=settings.volume)
        spoken = VoiceBody(
            type="text",
            input_text=self.script,
            voice_id=self.voice_id or default_voice_id,
            speed=settings.speed,
            pitch=settings.pitch,
        )
        with at(field):
            said = text_voice(spoken, path, where, known)
        return said if settings.volume == 1 else said.model_copy(update={"volume": settings.volume})


class PictureBody(Wire):
    """A picture that speaks, in plain fields."""

    image_url: Url | None = None
    image_asset_id: Id | None = None

    def check_one(self, avatar_id: str) -> None:
        """Raise SpecError where more than one is given of this avatar and the picture's two fields."""
        fields = {"avatar_id": avatar_id, "image_url": self.image_url, "image_asset_id": self.image_asset_id}
        given = [field for field, value in fields.items() if value]
        if len(given) > 1:
            raise invalid(given[1], f"{given[0]} is given too, only one of them may be")

    def picture(self, known: Known) -> Source | None:
        """The picture; None where there is none. Raises SpecError."""
        if self.image_asset_id:
            return parse_source("image", None, self.image_asset_id, "", known)
        return parse_url("image", self.image_url, "image_url", known) if self.image_url else None


class SizeBody(Wire):
    """How large a film is."""

    resolution: str = "1080p"
    aspect_ratio: str = "16:9"
    #: wins over resolution and aspect_ratio
    dimension: Dimension = None

    def size(self) -> tuple[int, int]:
        """Width and height, pixels. Raises SpecError."""
        if self.dimension:
            return self.dimension.width, self.dimension.height
        side = RESOLUTIONS.get(self.resolution.lower() or "1080p")
        if side is None:
            raise invalid("resolution", f"{quoted(self.resolution)} is not one of {', '.join(RESOLUTIONS)}")
        ratio = "16:9" if self.aspect_ratio in ("", "auto") else self.aspect_ratio
        if ratio not in SIZES:
            raise invalid("aspect_ratio", f"{quoted(ratio)} is not one of {', '.join(SIZES)}")
        width, height = (pixels * side // _SIZES_SIDE for pixels in SIZES[ratio])
        if max(width, height) > MAX_SIDE_PX:
            size = f"{self.resolution} at {ratio} is {width} × {height}"
            raise invalid("resolution", f"{size}, the limit is {MAX_SIDE_PX} a side")
        return width, height
