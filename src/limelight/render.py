"""The pipeline in one place: spec → speech → acting → picture → film, scene by scene.

`render_scene` is one resumable step: it needs nothing but the spec and writes one segment. `join_scenes` makes the film of
the segments. The command line runs them in order in one process, `jobs` runs each as a durable step in a child process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from limelight.spec import VideoSpec


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
    raise NotImplementedError


def join_scenes(spec: VideoSpec, segments: list[Segment], folder: Path, report: Report) -> Film:
    """Join rendered scenes into `folder/film.mp4` and `folder/thumbnail.jpg`."""
    raise NotImplementedError
