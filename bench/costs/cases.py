"""The films whose cost is measured. Their specs have fields that every build knows."""

from __future__ import annotations

import wave
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.costs.measured import OWN_VOICE
from limelight.catalog.avatars import avatar, default_avatar
from limelight.catalog.voices import voice, voice_named
from limelight.speech.kokoro import Kokoro
from limelight.speech.speak import speak

Case = dict[str, Any]
#: About seven seconds when spoken.
PARAGRAPH = (
    "Maps help people make better choices, because they show what numbers hide. "
    "Five of my favourite examples explain why this works so well. "
)
#: The same pack in every build, modelled and not filmed.
SAME_PACK = "clara_studio_20261122"
_PORTRAIT = Path(__file__).parents[2] / "tests" / "data" / "astronaut.jpg"
_SOURCE = {"asset_id": "given"}
_GIVEN = "asset:given"
_SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "4K": (3840, 2160)}
#: The film as people make it: who stands where, scene by scene, four people in three framings.
_PEOPLE = ("Daisy-inskirt-20220818", "wayne_20240422", "lily_20230614", "josh_lite3_20230714")
_FRAMINGS = ("normal", "closeUp", "circle")


@dataclass(frozen=True)
class Measured:
    """What is measured under one name."""

    name: str
    what: str
    #: the stages that count; all if empty
    stages: tuple[str, ...]
    #: the case of this build, made in a folder
    make: Callable[[Path], Case]
    #: that of older builds, where it is another one
    before: Callable[[Path], Case] | None = None


_PICTURE = ("acting", "picture")


def measured() -> list[Measured]:
    """All cases, by what they cost."""

    def film(seconds: int, **how: Any) -> Callable[[Path], Case]:
        return lambda folder: _recorded(folder, seconds, **how)

    def whole(**how: Any) -> Callable[[Path], Case]:
        return lambda folder: _spoken(**how)

    fast = voice_named("Ava").voice_id
    return [
        Measured("normal", "presenter, 60 s", _PICTURE, film(60)),
        Measured("closeUp", "close up, 60 s", _PICTURE, film(60, style="closeUp")),
        Measured("circle", "in a circle, 20 s", _PICTURE, film(20, style="circle")),
        Measured("photo", "a talking photo, 20 s", _PICTURE, film(20, photo=True)),
        Measured("behind", "a film behind, 20 s", _PICTURE, film(20, behind=True)),
        Measured("webm", "transparent WebM, 20 s", _PICTURE, film(20, container="webm")),
        Measured("720p", "presenter at 720p, 20 s", _PICTURE, film(20, size="720p")),
        Measured("4K", "presenter at 4K, 20 s", _PICTURE, film(20, size="4K")),
        Measured("captions", "with captions, 20 s", (*_PICTURE, "captions"), whole(seconds=20, captions={})),
        Measured("voice", "the large voice alone", ("voice",), _voice),
        Measured("default", "default presenter and voice, 60 s", (), whole()),
        Measured("default, 1 core", "the same on one core", (), whole(cores=1)),
        Measured("fast", "the fast voice; before: the default one", (), whole(voice_id=fast), whole()),
        Measured("people", "twelve scenes, four people, three framings, captions", (), lambda _: _people()),
        Measured("server", "50 scenes of 2 s through a server", ("jobs",), _server),
        Measured("length 10", "one scene of 10 s, fast voice", (), whole(seconds=10, voice_id=fast), whole(seconds=10)),
        Measured(
            "length 600", "one scene of 600 s, fast voice", (), whole(seconds=600, voice_id=fast), whole(seconds=600)
        ),
    ]


def _spec(scenes: list[dict[str, Any]], size: str = "1080p", **more: Any) -> dict[str, Any]:
    width, height = _SIZES[size]
    return {"scenes": scenes, "width": width, "height": height, **more}


def _scene(avatar_id: str, said: dict[str, Any], style: str = "normal") -> dict[str, Any]:
    who = {"kind": "avatar", "avatar_id": avatar_id, "style": style}
    return {"character": who, "voice": said, "background": {"kind": "color", "colour": "#e8ecf2"}}


def _recorded(
    folder: Path,
    seconds: int,
    *,
    style: str = "normal",
    size: str = "1080p",
    container: str = "mp4",
    photo: bool = False,
    behind: bool = False,
) -> Case:
    """The same sound in every build."""
    said = {"asset_id": "said"}
    scene = _scene(SAME_PACK, {"kind": "audio", "source": said}, style)
    files = {"asset:said": str(recording(folder, seconds))}
    if photo:
        scene["character"] = {"kind": "talking_photo", "source": _SOURCE}
        files[_GIVEN] = str(_PORTRAIT)
    if behind:
        scene["background"] = {"kind": "video", "source": _SOURCE, "play_style": "loop"}
        files[_GIVEN] = str(moving(folder))
    return {"do": "render", "spec": _spec([scene], size, container=container), "files": files}


def _spoken(*, seconds: int = 60, voice_id: str = OWN_VOICE, cores: int | None = None, **more: Any) -> Case:
    """Today's default presenter, by the build's own idea of it."""
    said = {"kind": "text", "voice_id": voice_id, "script": PARAGRAPH * max(1, round(seconds / 7))}
    case: Case = {"do": "render", "spec": _spec([_scene(default_avatar().avatar_id, said)], **more)}
    return {**case, "cores": cores} if cores else case


def _people() -> Case:
    scenes = []
    for i in range(12):
        script = f"Part {i + 1}. {PARAGRAPH}"
        said = {"kind": "text", "voice_id": OWN_VOICE, "script": script}
        scenes.append(_scene(_PEOPLE[i % 4], said, _FRAMINGS[i % 3]))
    return {"do": "render", "spec": _spec(scenes, captions={})}


def _server(_: Path) -> Case:
    who = default_avatar()
    inputs = [
        {
            "character": {"type": "avatar", "avatar_id": who.avatar_id, "avatar_style": "normal"},
            "voice": {"type": "text", "voice_id": who.default_voice_id, "input_text": f"Here is part {i + 1} of it."},
        }
        for i in range(50)
    ]
    return {"do": "server", "body": {"video_inputs": inputs, "dimension": {"width": 1920, "height": 1080}}}


# What films are made of


@cache
def _minute() -> NDArray[np.float32]:
    """A minute of speech, mono, 48 kHz."""
    sound = speak(PARAGRAPH * 10, voice_named("Ava").speaker).samples
    return sound[: 60 * 48_000]


def recording(folder: Path, seconds: int) -> Path:
    """A recording of speech that lasts so long."""
    file = folder / f"said-{seconds}.wav"
    if not file.exists():
        sound = np.tile(_minute(), -(-seconds // 60))[: seconds * 48_000]
        with wave.open(str(file), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(48_000)
            out.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return file


def moving(folder: Path) -> Path:
    """A film of five seconds in which everything moves: a pan over a photograph, with grain."""
    file = folder / "behind.mp4"
    if file.exists():
        return file
    picture = np.asarray(Image.open(_PORTRAIT).convert("RGB").resize((2304, 2304)))
    grain = np.random.default_rng(0).normal(0, 4, (1200, 2100, 1)).astype(np.float32)
    with av.open(str(file), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "18", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for i in range(125):
            x, y = round(180 + 170 * np.sin(i / 20)), round(500 + 300 * np.sin(i / 31))
            shift = (i * 37) % 120
            noisy = picture[y : y + 1080, x : x + 1920] + grain[shift : shift + 1080, shift : shift + 1920]
            frame = av.VideoFrame.from_ndarray(np.clip(noisy, 0, 255).astype(np.uint8), "rgb24")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file


def tokens(folder: Path) -> Path:
    """The tokens and style rows of a minute of speech, as the large voice is given them."""
    file = folder / "tokens.npz"
    if not file.exists():
        sara, asked = voice(avatar(SAME_PACK).default_voice_id).speaker, []
        run = Kokoro.run

        def recorded(self: Kokoro, tokens: Any, style: Any, speed: float) -> Any:
            asked.append((np.array(tokens, np.int64), style))
            return run(self, tokens, style, speed)

        with patch.object(Kokoro, "run", recorded):
            speak(PARAGRAPH * 4 + "Yes. Thank you very much. " * 4, sara)
        named: dict[str, Any] = {f"tokens{i}": given for i, (given, _) in enumerate(asked)}
        np.savez(file, style=asked[0][1], count=len(asked), **named)
    return file


def _voice(folder: Path) -> Case:
    return {"do": "voice", "tokens": str(tokens(folder))}
