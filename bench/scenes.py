"""What the parts of a scene cost: `python bench/scenes.py [--seconds 4] [--size 1280x720]`.

One silent scene is rendered with each background, as MP4 and as WebM, and captions are drawn on it. Each line is the
time of a case over that of the plain one (a colour, MP4), both the best of several rounds of one run: compare the
ratios.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np

from limelight.captions.burn import burn
from limelight.captions.cues import cues
from limelight.catalog.avatars import default_avatar
from limelight.render import render_scene
from limelight.spec import (
    FPS,
    Avatar,
    Background,
    Captions,
    ColourBackground,
    ImageBackground,
    Scene,
    SilentVoice,
    Source,
    VideoBackground,
    VideoSpec,
)
from limelight.speech.types import Word

_IMAGE, _VIDEO = Source(asset_id="image"), Source(asset_id="video")


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = media(folder, width, height)

        def render(background: Background, container: str = "mp4") -> Callable[[], object]:
            spec = specification(background, options.seconds, width, height, container)
            return lambda: render_scene(spec, 0, folder, files, lambda _: None)

        cases = {
            "a colour": render(ColourBackground()),
            "a picture": render(ImageBackground(source=_IMAGE)),
            "a film": render(VideoBackground(source=_VIDEO, play_style="loop")),
            "transparent (WebM)": render(ColourBackground(), "webm"),
        }
        cases["a colour"]()  # compiles and loads what every process needs once
        segment = render_scene(
            specification(ColourBackground(), options.seconds, width, height), 0, folder, files, lambda _: None
        )
        said = [Word(f"word{i}", i / 3, (i + 1) / 3) for i in range(int(3 * options.seconds))]
        cases["captions drawn on it"] = lambda: burn(
            segment.video, cues(said, end_s=options.seconds), Captions(), folder / "captioned.mp4"
        )
        best = {name: min(timed(case) for _ in range(options.rounds)) for name, case in cases.items()}
    print(f"{options.seconds:g} s of {width}x{height} at {FPS} fps")
    for name, seconds in best.items():
        print(f"  {name:22} {seconds:6.2f} s   {seconds / best['a colour']:5.2f}")


def specification(background: Background, seconds: float, width: int, height: int, container: str = "mp4") -> VideoSpec:
    """One scene in which the first presenter listens."""
    scene = Scene(
        character=Avatar(avatar_id=default_avatar().avatar_id),
        voice=SilentVoice(duration_s=seconds),
        background=background,
    )
    return VideoSpec.model_validate(
        {"scenes": [scene.model_dump()], "width": width, "height": height, "container": container}
    )


def media(folder: Path, width: int, height: int) -> dict[str, Path]:
    """A picture and a film of two seconds, both noisy and of the frame's size."""
    rng = np.random.default_rng(1)
    noise = cv2.GaussianBlur(rng.integers(0, 255, (height + 50, width, 3), np.uint8), (0, 0), 5)
    picture = np.asarray(cv2.normalize(noise, np.empty_like(noise), 0, 255, cv2.NORM_MINMAX), np.uint8)
    cv2.imwrite(str(folder / "image.png"), picture[:height])
    with av.open(str(folder / "video.mp4"), "w") as film:
        stream = film.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for i in range(50):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture[i : i + height], "bgr24")))
        film.mux(stream.encode(None))
    return {_IMAGE.key: folder / "image.png", _VIDEO.key: folder / "video.mp4"}


def timed(do: Callable[[], object]) -> float:
    """Seconds that it takes."""
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
