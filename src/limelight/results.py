"""What a renderer gives: its progress, segments and films on disk, and what users' portraits show.

These are values that its processes, the jobs and the service pass on; nothing here renders.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

#: The stages of a render, in order. Errors name one of these too, or `media` for users' files, among others.
Stage = Literal["speech", "acting", "picture", "captions", "film"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a render is."""

    stage: Stage
    #: counted from 0
    scene: int
    scenes: int
    #: frames done and frames in all, of this scene; 0 of 0 where the stage has no frames
    frame: int = 0
    frames: int = 0


#: What a picture of a person is parted into.
Layer = Literal["foreground", "mask"]

Report = Callable[[Progress], None]


def growing_name(index: int) -> str:
    """The name of a scene's MP4 in the folder in which it is rendered; `index` is counted from 0."""
    return f"scene-{index:03d}.mp4"


@dataclass(frozen=True, slots=True)
class Segment:
    """One rendered scene on disk."""

    #: MP4 or WebM: closed GOPs, encoded with the same settings in every scene of a film; an MP4 is fragmented, to be
    #: played while it grows, and has the sound beside its picture for that alone
    video: Path
    #: .npy, float32 (samples,), mono, 48 kHz, exactly as long as `frames` frames
    sound: Path
    #: JSON: `words`, [text, start, end] of each that is said, seconds from the scene's start; `speaker`, `texts` and
    #: `face`, the rectangles x0, y0, x1, y1 that captions should not cover, pixels
    words: Path
    frames: int
    #: `video` with captions drawn on it; None where none are wanted, nothing is said, or it is WebM
    captioned: Path | None = None


@dataclass(frozen=True, slots=True)
class Film:
    """A finished film on disk."""

    video: Path
    thumbnail: Path
    gif: Path
    frames: int
    duration_s: float
    #: The same film with its captions drawn on it.
    captioned: Path | None = None
    #: Files by format: srt, vtt, ass. Empty where no captions are wanted, or nothing is said.
    subtitles: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture shows in which a face can speak."""

    #: how many faces; the largest speaks
    faces: int
    #: whether the mouth is open so far that it never quite closes
    wide_open: bool = False
    #: whether the very end of the file is missing
    cut_off: bool = False

    @property
    def note(self) -> str | None:
        """What to know of the picture, in words for the user."""
        several = f"{self.faces} faces were seen, the largest speaks." if self.faces > 1 else ""
        gapes = "The mouth is wide open and never quite closes; a picture with closed lips or a smile speaks better."
        short = "The picture is cut off at its end; what is there of it is shown."
        told = (several, gapes if self.wide_open else "", short if self.cut_off else "")
        return " ".join(filter(None, told)) or None


@dataclass(frozen=True, slots=True)
class Further:
    """One further picture of a person, besides the one that speaks."""

    #: which of teeth, creases and body it gives to the rig; empty where the rig uses nothing of it
    gave: tuple[str, ...]
    #: why the rig uses nothing of it, in words for the user without a full stop; None where it uses something
    left_out: str | None
    #: what it shows where it can speak alone; None where it cannot
    seen: Seen | None

    def __str__(self) -> str:
        return f"gives {', '.join(self.gave)}" if self.gave else f"is left out: {self.left_out}"
