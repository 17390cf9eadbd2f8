"""The pipeline in one place: spec → speech → acting → picture → film, scene by scene.

`render_scene` is one resumable step: it needs nothing but the spec and writes one segment. `join_scenes` makes the
film of the segments. The command line runs them in order in one process, `jobs` runs each as a durable step in a child
process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from limelight.acting.act import act
from limelight.acting.performance import Performance
from limelight.catalog.avatars import avatar
from limelight.catalog.voices import voice
from limelight.compose.scene import ScenePicture
from limelight.media import film
from limelight.puppet.pack import Pack, load_pack
from limelight.spec import FPS, MAX_SPEED, MIN_SPEED, SAMPLES_PER_FRAME, SilentVoice, VideoSpec, Voice, scene_seed
from limelight.speech.speak import speak
from limelight.speech.types import Speech

#: The frame of the thumbnail: before the first word, so the face is at rest with open eyes.
_THUMBNAIL_FRAME = 2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a render is."""

    #: speech, acting, picture, film
    stage: str
    #: counted from 0
    scene: int
    scenes: int
    #: frames done and frames in all, of this scene; 0 of 0 where the stage has no frames
    frame: int = 0
    frames: int = 0


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Segment:
    """One rendered scene on disk."""

    #: H.264 packets without sound, closed GOPs, same settings in every scene of a film
    video: Path
    #: float32 .npy, mono 48 kHz, exactly `frames` frames long
    sound: Path
    frames: int


@dataclass(frozen=True, slots=True)
class Film:
    """A finished film on disk."""

    video: Path
    thumbnail: Path
    frames: int
    duration_s: float


def render_scene(spec: VideoSpec, index: int, folder: Path, report: Report) -> Segment:
    """Render scene `index` into `folder` (which exists).

    Raises LimelightError with the stage that failed.
    """
    scene, scenes = spec.scenes[index], len(spec.scenes)
    report(Progress("speech", index, scenes))
    speech = speech_of(scene.voice)
    report(Progress("acting", index, scenes))
    frames = max(1, -(-len(speech.samples) // SAMPLES_PER_FRAME))
    performance = act(speech, scene_seed(spec, index), frames, FPS)
    segment = Segment(folder / f"scene-{index:03d}.mp4", folder / f"scene-{index:03d}.npy", frames)
    _write_sound(speech, frames, segment.sound)
    pack = _pack(avatar(scene.character.avatar_id).pack) if scene.character else None
    picture = ScenePicture(scene, pack, spec.width, spec.height)
    _write_picture(
        picture, performance, segment.video, spec, lambda i: report(Progress("picture", index, scenes, i, frames))
    )
    return segment


def join_scenes(spec: VideoSpec, segments: list[Segment], folder: Path, report: Report) -> Film:
    """Join rendered scenes into `folder/film.mp4` and `folder/thumbnail.jpg`."""
    scenes = len(spec.scenes)
    report(Progress("film", scenes - 1, scenes))
    video, thumbnail = folder / "film.mp4", folder / "thumbnail.jpg"
    frames = film.join([s.video for s in segments], [s.sound for s in segments], FPS, video)
    film.thumbnail(video, min(_THUMBNAIL_FRAME, frames - 1), thumbnail)
    return Film(video, thumbnail, frames, frames / FPS)


def speech_of(what: Voice) -> Speech:
    """The sound of a scene's voice."""
    if isinstance(what, SilentVoice):
        return Speech.silence(what.duration_s)
    entry = voice(what.voice_id)
    speed = min(max(what.speed * entry.tempo, MIN_SPEED), MAX_SPEED)
    return speak(what.script, entry.style, speed, what.pitch, own_semitones=entry.semitones)


def _write_sound(speech: Speech, frames: int, path: Path) -> None:
    padded = np.zeros(frames * SAMPLES_PER_FRAME, np.float32)
    padded[: len(speech.samples)] = speech.samples
    np.save(path, padded)


def _write_picture(
    picture: ScenePicture, performance: Performance, path: Path, spec: VideoSpec, done: Callable[[int], None]
) -> None:
    with film.SegmentWriter(path, spec.width, spec.height, FPS) as writer:
        for i in range(len(performance)):
            planes = picture.frame(performance, i)
            writer.write(planes.y, planes.u, planes.v)
            done(i + 1)


@lru_cache(maxsize=4)
def _pack(path: Path) -> Pack:
    return load_pack(path)
