"""Bodies of requests from what a tool was given. The server checks values; here is what only the tools' words need."""

from __future__ import annotations

import mimetypes
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from limelight.assistant.catalog import Catalog, Framing
from limelight.errors import SpecError

Aspect = Literal["16:9", "9:16", "1:1", "4:3", "3:4", "5:4", "4:5", "3:2", "2:3", "21:9"]
#: Pixels of the shorter side where a size is asked for as an aspect ratio.
_SHORT_SIDE = 1080


class SceneInput(BaseModel):
    """One scene: who says what before what, or a silence."""

    model_config = ConfigDict(extra="forbid")

    script: str = Field(
        default="",
        description='What is said, in English. <break time="1.5s"/> is a pause. Leave it out for a silent scene.',
    )
    silence_s: float | None = Field(default=None, description="Instead of a script: seconds of silence, 0.1 to 100.")
    presenter: str = Field(
        default="", description='Id or name; "none" shows the background alone. Absent: as the other scenes.'
    )
    voice: str = Field(default="", description="Id or name. Absent: as the other scenes.")
    background: str = Field(
        default="", description="A colour such as #1a1a2e, or a picture's or film's URL. Absent: as the other scenes."
    )
    framing: Framing | None = Field(default=None, description="Absent: as the other scenes.")
    text: str = Field(default="", description="Words over the picture.")
    text_size: float | None = Field(default=None, description="Pixels of the film, 4 to 1000; absent: 48.")
    text_colour: str = Field(
        default="", description="Such as #ffffff. Absent: black or white, whichever is read on what is behind."
    )
    text_x: float | None = Field(
        default=None, description="Left edge of the words, a fraction of the width; absent: 0.05."
    )
    text_y: float | None = Field(
        default=None, description="Upper edge of the words, a fraction of the height; absent: 0.05."
    )


def size_of(width: int | None, height: int | None, aspect_ratio: Aspect | None) -> tuple[int, int] | None:
    """Width and height in pixels, None where nothing was asked for. Raises SpecError for half a size or two."""
    if (width is None) != (height is None):
        raise SpecError("width and height are invalid: one is given, both are needed.")
    if width is not None and height is not None:
        if aspect_ratio:
            raise SpecError("aspect_ratio is invalid: width and height are given too, one of the two is enough.")
        return width, height
    if not aspect_ratio:
        return None
    across, down = (int(part) for part in aspect_ratio.split(":"))
    shorter = min(across, down)
    return across * _SHORT_SIDE // shorter, down * _SHORT_SIDE // shorter


def scene_body(catalog: Catalog, scene: SceneInput) -> dict[str, Any]:
    """One of `video_inputs`. Raises SpecError."""
    speaker = catalog.speaker(scene.presenter)
    character = speaker.character(scene.framing or "normal")
    background = background_body(scene.background or "#ffffff")
    if bool(scene.script.strip()) == (scene.silence_s is not None):
        given = "both are" if scene.script.strip() else "neither is"
        raise SpecError(f"script and silence_s are invalid: {given} given, exactly one is needed.")
    if scene.silence_s is not None:
        voice: dict[str, Any] = {"type": "silence", "duration": scene.silence_s}
    else:
        voice = {"type": "text", "input_text": scene.script, "voice_id": catalog.voice_id(scene.voice, speaker)}
    return {
        **({"character": character} if character else {}),
        "voice": voice,
        "background": background,
        **({"text": _text_body(scene)} if scene.text.strip() else {}),
    }


def background_body(value: str) -> dict[str, str]:
    """A scene's `background`: a colour, or a URL whose name says picture or film."""
    if "://" not in value:
        return {"type": "color", "value": value}
    film = (mimetypes.guess_type(value.partition("?")[0])[0] or "").startswith("video/")
    return {"type": "video" if film else "image", "url": value}


def _text_body(scene: SceneInput) -> dict[str, Any]:
    position = {"x": scene.text_x, "y": scene.text_y}
    return {
        "type": "text",
        "text": scene.text,
        **({"color": scene.text_colour} if scene.text_colour else {}),
        **({"font_size": scene.text_size} if scene.text_size is not None else {}),
        "position": {axis: 0.05 if at is None else at for axis, at in position.items()},
    }
