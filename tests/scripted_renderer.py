"""A renderer whose scripts say what happens to it: LIMELIGHT_RENDERER=scripted_renderer. Its films are plain text.

Words of a script: `fails` raises SpeechError, `crashes` raises ValueError, `waits` goes on when a file `go` appears,
`dies` kills the process, `dies-once` only at the first attempt. What it does is logged in LIMELIGHT_SCRIPTED_FOLDER.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from limelight.errors import SpeechError
from limelight.spec import SAMPLES_PER_FRAME, TextVoice, VideoSpec

FRAMES = 10


# As in limelight.render, which would load every stage.
@dataclass
class Progress:
    stage: str
    scene: int
    scenes: int
    frame: int = 0
    frames: int = 0


@dataclass
class Segment:
    video: Path
    sound: Path
    frames: int


@dataclass
class Film:
    video: Path
    thumbnail: Path
    frames: int
    duration_s: float


Report = Callable[[Progress], None]


def render_scene(spec: VideoSpec, index: int, folder: Path, report: Report) -> Segment:
    voice = spec.scenes[index].voice
    words = voice.script.lower().rstrip(".").split() if isinstance(voice, TextVoice) else []
    report(Progress("speech", index, len(spec.scenes)))
    attempt = _log(f"scene {index + 1} pid {os.getpid()} folder {folder.name}", f"scene {index + 1} ")
    print("something that a library prints")
    if "fails" in words:
        raise SpeechError("the voice is hoarse.")
    if "crashes" in words:
        raise ValueError("a secret path")
    if "dies" in words or ("dies-once" in words and attempt == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    report(Progress("picture", index, len(spec.scenes), FRAMES // 2, FRAMES))
    while "waits" in words and not (_folder() / "go").exists():
        time.sleep(0.02)
    segment = Segment(folder / "video", folder / "sound.npy", FRAMES)
    segment.video.write_text(f"scene {index + 1} pid {os.getpid()}\n")
    np.save(segment.sound, np.zeros(FRAMES * SAMPLES_PER_FRAME, np.float32))
    return segment


def join_scenes(spec: VideoSpec, segments: list[Segment], folder: Path, report: Report) -> Film:
    report(Progress("film", len(spec.scenes) - 1, len(spec.scenes)))
    _log("join", "join")
    film = Film(folder / "film.mp4", folder / "thumbnail.jpg", FRAMES * len(segments), FRAMES * len(segments) / 25)
    film.video.write_text("".join(segment.video.read_text() for segment in segments))
    film.thumbnail.write_text("a picture")
    return film


def _log(line: str, prefix: str) -> int:
    """Add a line; gives how many begin like this by now."""
    file = _folder() / "log"
    with file.open("a") as out:
        out.write(line + "\n")
    return sum(line.startswith(prefix) for line in file.read_text().splitlines())


def _folder() -> Path:
    return Path(os.environ["LIMELIGHT_SCRIPTED_FOLDER"])
