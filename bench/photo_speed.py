"""What a talking photo costs: `python bench/photo_speed.py [--seconds 10] [--size 1280x720] [--rounds 2]`.

Uploads a portrait at three sizes, each to a new server, and prints the seconds from the request until the list shows
it, and until a new process has drawn its first frame; below, for how long that kept a core busy. Then renders the same
film of a photo and of a cast presenter, in turns, and prints the ratios; the best round of each counts. Figures of a
noisy machine: compare the ratios.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from bench.costs.cases import PARAGRAPH
from bench.costs.measured import processor_s, server
from limelight.acting.act import act
from limelight.catalog.avatars import default_avatar
from limelight.compose.background import open_background
from limelight.compose.figures import Files, photo_figure
from limelight.compose.scene import ScenePicture
from limelight.media.decode import read_image
from limelight.puppet.photo import rig, save_rig
from limelight.render import join_scenes, render_scene
from limelight.results import Progress
from limelight.spec import Avatar, ColourBackground, Scene, Source, TalkingPhoto, TextVoice, VideoSpec
from limelight.speech.types import Speech

PORTRAIT = Path(__file__).parents[1] / "tests" / "data" / "astronaut.jpg"
SIZES = ((512, 512), (1920, 1080), (4000, 3000))
_SOURCE = Source(asset_id="portrait")


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--frame", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.frame:
        draw_first_frame(options.frame)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        uploads(folder)
        width, height = map(int, options.size.split("x"))
        films(folder, specification(PARAGRAPH * max(1, round(options.seconds / 7)), width, height), options.rounds)


def uploads(folder: Path) -> None:
    """From the request to the list, and to a frame."""
    print("upload          listed   first frame      in all")
    for width, height in SIZES:
        file = portrait(folder / f"{width}x{height}.jpg", width, height)
        with server(folder / f"data-{width}") as (http, pid):
            start, used = time.perf_counter(), processor_s(pid)
            answer = http.post("/v1/talking_photo", content=file.read_bytes()).raise_for_status()
            id = answer.json()["data"]["talking_photo_id"]
            while id not in [one["id"] for one in http.get("/v1/talking_photo.list").json()["data"]]:
                time.sleep(0.05)
            listed, looked = time.perf_counter() - start, processor_s(pid) - used
            used = processor_s(os.getpid())
            subprocess.run([sys.executable, __file__, "--frame", file], check=True)
            drawn = processor_s(os.getpid()) - used
            all_s = time.perf_counter() - start
            print(f"{width:5}x{height:<5} {listed:8.1f} s {all_s - listed:10.1f} s {all_s:10.1f} s")
            print(f"{'of a core':11} {looked:8.1f} s {drawn:10.1f} s {looked + drawn:10.1f} s", flush=True)


def portrait(file: Path, width: int, height: int) -> Path:
    """A picture of this size, the portrait as high as it is."""
    wall = Image.new("RGB", (width, height), (120, 130, 140))
    wall.paste(Image.open(PORTRAIT).convert("RGB").resize((height, height)), ((width - height) // 2, 0))
    wall.save(file, quality=92)
    return file


def draw_first_frame(file: Path) -> None:
    """What a render's process does until there is a frame of the photo."""
    spec = talking(specification("Hello.", 1280, 720))
    scene, size = spec.scenes[0], (spec.width, spec.height)
    assert isinstance(scene.character, TalkingPhoto)
    with open_background(scene.background, {}, *size, spec.fps, 1) as behind:
        figure = photo_figure(rig(read_image(file)), scene.character, size)
        ScenePicture(spec, scene, figure, behind).frame(act(Speech.silence(0.04), 1, 1, spec.fps), 0)


def films(folder: Path, spec: VideoSpec, rounds: int) -> None:
    """The same film of both, in turns."""
    warm_up(spec)
    file = portrait(folder / "film.jpg", 1920, 1080)
    picture, rig_s = read_image(file), []
    best: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        start = time.perf_counter()
        made = rig(picture)
        rig_s.append(time.perf_counter() - start)
        # As the later scenes of a film find it.
        save_rig(made, folder / "rig")
        files = {_SOURCE.key: file, TalkingPhoto(source=_SOURCE).rig_key: folder / "rig"}
        for who, one in (("cast", spec), ("photo", talking(spec))):
            stages, film_s, frames = timed(one, folder, files)
            stages["in all"] = sum(stages.values())
            known = best.setdefault(who, stages)
            best[who] = {stage: min(seconds, known[stage]) for stage, seconds in stages.items()}
    print(f"{frames} frames, {film_s:.1f} s of {spec.width}x{spec.height}   cast       photo   ratio")
    for stage, cast_s in best["cast"].items():
        photo_s = best["photo"][stage]
        print(f"  {stage:22} {cast_s:7.1f} s {photo_s:9.1f} s {photo_s / cast_s:7.2f}")
    print(f"  and the rig, once for a film: {min(rig_s):.1f} s")


def specification(script: str, width: int, height: int) -> VideoSpec:
    """One scene with the first presenter and its voice."""
    entry = default_avatar()
    scene = Scene(
        character=Avatar(avatar_id=entry.avatar_id),
        voice=TextVoice(voice_id=entry.default_voice_id, script=script),
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


def talking(spec: VideoSpec) -> VideoSpec:
    """The same film of the photo."""
    scene = spec.scenes[0].model_copy(update={"character": TalkingPhoto(source=_SOURCE)})
    return spec.model_copy(update={"scenes": (scene,)})


if __name__ == "__main__":
    main()
