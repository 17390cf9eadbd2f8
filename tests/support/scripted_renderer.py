"""A renderer whose scripts say what happens to it: LIMELIGHT_RENDERER=scripted_renderer. Its films are plain text.

Words of a script: `fails` raises SpeechError, `crashes` raises ValueError, `waits` goes on when a file `go` appears,
`dies` kills the process, `dies-once` only at the first attempt, `fills` writes until the disk is full. A script that
`plays` has a real film of PLAYS_S for its scene, each in a grey of its own, and waits or dies when a second is left of
it. What it does is logged in LIMELIGHT_SCRIPTED_FOLDER.
The hashes of a user's files are part of the scene's text, and where a photo's rig came from. A picture whose bytes say
`no face` cannot speak, one that says `two faces` has two. A further picture gives the parts that it names, else teeth;
one that says `another person` is left out. Without its background a picture is its text and the name of the layer.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from limelight.errors import PhotoError, SpeechError
from limelight.results import Film, Further, Layer, Progress, Report, Seen, Segment, growing_name
from limelight.spec import TextVoice, VideoSpec, samples_per_frame

FRAMES = 10
PLAYS_S = 3


def render_scene(spec: VideoSpec, index: int, folder: Path, files: Mapping[str, Path], report: Report) -> Segment:
    voice = spec.scenes[index].voice
    words = voice.script.lower().rstrip(".").split() if isinstance(voice, TextVoice) else []
    report(Progress("speech", index, len(spec.scenes)))
    attempt = _log(f"scene {index + 1} pid {os.getpid()} folder {folder.name}", f"scene {index + 1} ")
    print("something that a library prints")
    if "fails" in words:
        raise SpeechError("the voice is hoarse.")
    if "crashes" in words:
        raise ValueError("a secret path")
    if "fills" in words:
        _fill(folder / "ballast")
    if "plays" in words:
        return _film(spec, index, folder, report, words, attempt)
    if "dies" in words or ("dies-once" in words and attempt == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    report(Progress("picture", index, len(spec.scenes), FRAMES // 2, FRAMES))
    while "waits" in words and not (_folder() / "go").exists():
        time.sleep(0.02)
    segment = Segment(folder / "video", folder / "sound.npy", folder / "words.json", FRAMES)
    rigs = {key: path for key, path in files.items() if key.startswith("rig:")}
    contents = "".join(
        f" file {hashlib.sha256(path.read_bytes()).hexdigest()}" for key, path in files.items() if key not in rigs
    )
    for path in rigs.values():
        contents += f" rig of {path.read_text()}" if path.exists() else " rig made"
        path.write_text(f"scene {index + 1}")
    segment.video.write_text(f"scene {index + 1} pid {os.getpid()}{contents}\n")
    np.save(segment.sound, np.zeros(FRAMES * samples_per_frame(spec.fps), np.float32))
    segment.words.write_text(json.dumps([[word, 0.0, 0.1] for word in words]))
    return segment


def caption_scene(spec: VideoSpec, index: int, segment: Segment, folder: Path, report: Report) -> Segment:
    report(Progress("captions", index, len(spec.scenes)))
    _log(f"caption {index + 1}", f"caption {index + 1}")
    captioned = folder / "captioned"
    captioned.write_text(f"{segment.video.read_text().rstrip()} captioned\n")
    return replace(segment, captioned=captioned)


def join_scenes(
    spec: VideoSpec, segments: Sequence[Segment], folder: Path, report: Report, credentials: object = None
) -> Film:
    report(Progress("film", len(spec.scenes) - 1, len(spec.scenes)))
    _log("join", "join")
    frames = FRAMES * len(segments)
    video, thumbnail, gif = folder / f"film.{spec.container}", folder / "thumbnail.jpg", folder / "preview.gif"
    video.write_bytes(b"".join(segment.video.read_bytes() for segment in segments))
    thumbnail.write_text("a picture")
    gif.write_text("moving pictures")
    film = Film(video, thumbnail, gif, frames, frames / spec.fps)
    if any(segment.captioned for segment in segments):
        captioned = folder / "captioned.mp4"
        captioned.write_text("".join((segment.captioned or segment.video).read_text() for segment in segments))
        film = replace(film, captioned=captioned)
    subtitles = {kind: folder / f"film.{kind}" for kind in ("srt", "vtt", "ass")} if spec.captions else {}
    for kind, file in subtitles.items():
        file.write_text(kind)
    return replace(film, subtitles=subtitles)


def say_script(voice: TextVoice, sound: Path | None) -> dict[str, Any]:
    _log(f"say {voice.script} pid {os.getpid()}", "say ")
    if "fails" in voice.script:
        raise SpeechError("the voice is hoarse.")
    texts = voice.script.split()
    times = {"start": 0.0, "end": 0.1} if sound else {}
    words = [{"text": t, "said": t, "phonemes": "t", "ipa": "t", "source": "dictionary", **times} for t in texts]
    if sound:
        np.save(sound, np.zeros(24_000, np.float32))
    return {"phonemes": "t", "ipa": "t", "words": words, "duration": 0.5 if sound else None, "warnings": []}


def check_portrait(path: Path) -> Seen:
    content = path.read_bytes()
    if b"no face" in content:
        raise PhotoError("no face is seen in the picture.")
    return Seen(2 if b"two faces" in content else 1, b"wide open" in content, b"cut off" in content)


def check_further(path: Path, more: Sequence[Path]) -> list[Further]:
    check_portrait(path)
    return [_further(file.read_bytes()) for file in more]


def remove_background(path: Path, layers: Sequence[Layer], folder: Path) -> dict[Layer, Path]:
    _log(f"remove background pid {os.getpid()}", "remove background ")
    check_portrait(path)
    files: dict[Layer, Path] = {layer: folder / f"{layer}.png" for layer in layers}
    for layer, file in files.items():
        file.write_bytes(path.read_bytes() + layer.encode())
    return files


def forget_files() -> None:
    pass


def _film(spec: VideoSpec, index: int, folder: Path, report: Report, words: Sequence[str], attempt: int) -> Segment:
    from limelight.media.film import SegmentWriter

    frames = PLAYS_S * spec.fps
    video = folder / growing_name(index)
    segment = Segment(video, folder / "sound.npy", folder / "words.json", frames)
    tone = 0.3 * np.sin(np.arange(frames * samples_per_frame(spec.fps)) * (0.05 + 0.01 * index))
    np.save(segment.sound, tone.astype(np.float32))
    segment.words.write_text("[]")
    grey = np.full((spec.height, spec.width), playing_grey(index), np.uint8)
    with SegmentWriter(video, spec.width, spec.height, spec.fps, spec.container, segment.sound) as writer:
        for i in range(frames):
            if i == frames - spec.fps:
                report(Progress("picture", index, len(spec.scenes), i, frames))
                if "dies-once" in words and attempt == 1:
                    os.kill(os.getpid(), signal.SIGKILL)
                while "waits" in words and not (_folder() / "go").exists():
                    time.sleep(0.02)
            writer.write(grey, *(2 * [np.full((spec.height // 2, spec.width // 2), 128, np.uint8)]))
    return segment


def playing_grey(index: int) -> int:
    """The luma of a scene that plays."""
    return 60 + 60 * index


def _further(content: bytes) -> Further:
    seen = None if b"no face" in content else Seen(1)
    if b"another person" in content:
        return Further((), "it shows another person", seen)
    named = tuple(part for part in ("teeth", "mouth", "lids", "creases", "body") if part.encode() in content)
    return Further(named or ("teeth",), None, seen)


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as out:
        while True:
            out.write(bytes(1 << 16))


def _log(line: str, prefix: str) -> int:
    """Add a line; gives how many begin like this by now."""
    file = _folder() / "log"
    with file.open("a") as out:
        out.write(line + "\n")
    return sum(line.startswith(prefix) for line in file.read_text().splitlines())


def _folder() -> Path:
    return Path(os.environ["LIMELIGHT_SCRIPTED_FOLDER"])
