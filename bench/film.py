"""What a film costs: `make bench`, or `python bench/film.py [--seconds 30] [--size 1920x1080]`.

    python bench/film.py --seconds 60 --voices Ava Sara     core seconds with each voice, in turns

Prints, from one run: seconds for each stage, wall time over video time, the picture path (acting to encoding) over
encoding alone of the same frames, and the peak memory. Figures of a noisy machine: compare the ratios, not the seconds.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from limelight.acting.act import act
from limelight.catalog.avatars import default_avatar
from limelight.catalog.voices import voice_named
from limelight.compose.background import open_background
from limelight.compose.figures import Files, presenter_figure
from limelight.compose.scene import ScenePicture
from limelight.media.film import SegmentWriter
from limelight.puppet.pack import load_pack
from limelight.render import join_scenes, render_scene, speech_of
from limelight.results import Progress
from limelight.spec import FPS, Avatar, ColourBackground, Scene, TextVoice, VideoSpec, scene_seed

#: About seven seconds when spoken.
PARAGRAPH = (
    "Maps help people make better choices, because they show what numbers hide. "
    "Five of my favourite examples explain why this works so well. "
)
#: Frames of the comparison with encoding alone; they are kept in memory.
_COMPARED = 200


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--voices", nargs="+", metavar="NAME")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    if options.voices:
        in_turns(options.voices, options.seconds, width, height)
        return
    spec = specification(PARAGRAPH * max(1, round(options.seconds / 7)), width, height)
    warm_up(spec)
    with tempfile.TemporaryDirectory() as folder:
        stages, film_s, frames = timed(spec, Path(folder))
        wall = sum(stages.values())
        print(f"{frames} frames, {film_s:.1f} s of {width}x{height} at {FPS} fps")
        for stage, seconds in stages.items():
            print(f"  {stage:8} {seconds:7.1f} s   {seconds / wall:6.1%}")
        print(f"wall time over video time: {wall / film_s:.2f}")
        print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
        path, alone = compare(spec, Path(folder))
        print(
            f"picture path over encoding alone, {_COMPARED} frames: {path / alone:.2f}  ({path:.1f} s / {alone:.1f} s)"
        )


def in_turns(names: Sequence[str], seconds: float, width: int, height: int, rounds: int = 2) -> None:
    """Core seconds of the same script's film with each voice, `rounds` times after one another."""
    specs = {
        name: specification(PARAGRAPH * max(1, round(seconds / 7)), width, height, voice_named(name).voice_id)
        for name in names
    }
    warm_up(next(iter(specs.values())))
    for _ in range(rounds):
        for name, spec in specs.items():
            with tempfile.TemporaryDirectory() as folder:
                before = time.process_time()
                speech_of(spec.scenes[0].voice, {})
                speech = time.process_time() - before
                before = time.process_time()
                film_s = timed(spec, Path(folder))[1]
                whole = time.process_time() - before
            print(
                f"{name:10} {film_s:6.1f} s of film: {speech:6.1f} core s for the voice, {whole:6.1f} in all",
                flush=True,
            )


def specification(script: str, width: int, height: int, voice_id: str | None = None) -> VideoSpec:
    """One scene with the first presenter and its voice, or another."""
    entry = default_avatar()
    scene = Scene(
        character=Avatar(avatar_id=entry.avatar_id),
        voice=TextVoice(voice_id=voice_id or entry.default_voice_id, script=script),
        background=ColourBackground(colour="#e8ecf2"),
    )
    return VideoSpec(scenes=(scene,), width=width, height=height)


def warm_up(spec: VideoSpec) -> None:
    """Compile and load what every process needs once, so that it does not count as a stage."""
    small = spec.model_copy(update={"width": 128, "height": 128})
    short = spec.scenes[0].voice.model_copy(update={"script": "Hello."})
    small = small.model_copy(update={"scenes": (spec.scenes[0].model_copy(update={"voice": short}),)})
    with tempfile.TemporaryDirectory() as folder:
        join_scenes(small, [render_scene(small, 0, Path(folder), {}, lambda _: None)], Path(folder), lambda _: None)


def timed(spec: VideoSpec, folder: Path, files: Files | None = None) -> tuple[dict[str, float], float, int]:
    """Seconds for each stage, the film's length in seconds and its frames."""
    stages: dict[str, float] = {}
    current, since = "", time.perf_counter()

    def report(progress: Progress) -> None:
        nonlocal current
        if progress.stage != current:
            close()
            current = progress.stage

    def close() -> None:
        nonlocal since
        now = time.perf_counter()
        if current:
            stages[current] = now - since
        since = now

    film = join_scenes(spec, [render_scene(spec, 0, folder, files or {}, report)], folder, report)
    close()
    return stages, film.duration_s, film.frames


def compare(spec: VideoSpec, folder: Path) -> tuple[float, float]:
    """Seconds of acting to encoding, and of encoding alone, for the same frames."""
    scene = spec.scenes[0]
    speech = speech_of(scene.voice, {})
    assert isinstance(scene.character, Avatar)
    pack = load_pack(default_avatar().pack)
    kept = []
    start = time.perf_counter()
    performance = act(speech, scene_seed(spec, 0), len(speech.samples) * FPS // 48_000, FPS)
    size = spec.width, spec.height
    with open_background(scene.background, {}, *size, FPS, len(performance)) as background:
        picture = ScenePicture(spec, scene, presenter_figure(pack, scene.character, size), background)
        with SegmentWriter(folder / "path.mp4", spec.width, spec.height, FPS) as writer:
            for i in range(_COMPARED):
                writer.write(*picture.frame(performance, i % len(performance)).all())
        path = time.perf_counter() - start
        for i in range(_COMPARED):
            kept.append([np.copy(plane) for plane in picture.frame(performance, i % len(performance)).all()])
    start = time.perf_counter()
    with SegmentWriter(folder / "alone.mp4", spec.width, spec.height, FPS) as writer:
        for frame in kept:
            writer.write(*frame)
    return path, time.perf_counter() - start


if __name__ == "__main__":
    main()
