"""Thumbnails and animated previews, decoded; films of a few frames, opaque and transparent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from colours import fill
from limelight.compose.yuv import AlphaPlanes, Planes
from limelight.errors import MediaError
from limelight.media.film import SegmentWriter
from limelight.media.stills import gif, thumbnail
from limelight.spec import VideoSpec
from pictures import opened
from scenes import Rendered, silent_scene

#: What is transparent lies on it.
GROUND = (238, 241, 245)


def opaque_film(path: Path, frames: int, fps: int = 25, size: tuple[int, int] = (640, 360)) -> Path:
    """From black to red."""
    planes = Planes(*size)
    with SegmentWriter(path, *size, fps) as writer:
        for i in range(frames):
            fill(planes, np.full((size[1], size[0], 3), (min(255, 3 * i), 0, 0), np.uint8))
            writer.write(*planes.all())
    return path


def clear_film(path: Path, frames: int) -> Path:
    """A blue square in the middle of nothing, 128 × 128."""
    planes = AlphaPlanes(128, 128)
    planes.write(np.full((64, 64, 4), (0, 0, 255, 255), np.uint8), 32, 32)
    with SegmentWriter(path, 128, 128, 25, "webm") as writer:
        for _ in range(frames):
            writer.write(*planes.all())
    return path


def test_the_thumbnail_is_the_frame_asked_for(tmp_path: Path) -> None:
    thumbnail(opaque_film(tmp_path / "film.mp4", 60), 50, tmp_path / "t.jpg")
    assert np.abs(opened(tmp_path / "t.jpg").astype(int) - (150, 0, 0)).max() <= 6


def test_a_transparent_thumbnail_lies_on_a_light_ground(tmp_path: Path) -> None:
    thumbnail(clear_film(tmp_path / "film.webm", 3), 2, tmp_path / "t.jpg")
    shown = opened(tmp_path / "t.jpg").astype(int)
    assert np.abs(shown[:20] - GROUND).max() <= 4
    assert np.abs(shown[50:80, 50:80] - (0, 0, 255)).max() <= 12


def test_a_thumbnail_beyond_the_end_is_said(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no frame 10"):
        thumbnail(opaque_film(tmp_path / "film.mp4", 3), 10, tmp_path / "t.jpg")


@pytest.mark.parametrize(("frames", "fps", "shown"), [(1, 25, 1), (10, 25, 4), (100, 25, 30), (90, 60, 15)])
def test_a_preview_shows_the_first_three_seconds(frames: int, fps: int, shown: int, tmp_path: Path) -> None:
    gif(opaque_film(tmp_path / "film.mp4", frames, fps), fps, tmp_path / "p.gif")
    with av.open(str(tmp_path / "p.gif")) as preview:
        pictures = [f.to_ndarray(format="rgb24") for f in preview.decode(video=0)]
    assert len(pictures) == shown
    assert pictures[0].shape == (180, 320, 3)
    for i, seen in enumerate(pictures):
        red = min(255, 3 * round(i * fps / 10))
        assert abs(float(seen[..., 0].mean()) - red) < 8, i
    assert b"NETSCAPE2.0\x03\x01\x00\x00" in (tmp_path / "p.gif").read_bytes()  # again and again


def test_a_transparent_preview_lies_on_a_light_ground(tmp_path: Path) -> None:
    gif(clear_film(tmp_path / "film.webm", 5), 25, tmp_path / "p.gif")
    with av.open(str(tmp_path / "p.gif")) as preview:
        pictures = [f.to_ndarray(format="rgb24").astype(int) for f in preview.decode(video=0)]
    assert pictures[0].shape == (128, 128, 3)
    for seen in pictures:
        assert np.abs(seen[:20] - GROUND).max() <= 4
        assert np.abs(seen[50:80, 50:80] - (0, 0, 255)).max() <= 12


def test_a_presenter_s_preview_is_small_and_the_same_each_time(
    rendered: Callable[[VideoSpec], Rendered], tmp_path: Path
) -> None:
    made = rendered(VideoSpec(scenes=(silent_scene(1),), width=320, height=180))
    data = made.film.gif.read_bytes()
    assert len(data) < 500_000
    gif(made.film.video, 25, tmp_path / "again.gif")
    assert (tmp_path / "again.gif").read_bytes() == data


def test_a_film_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"no film")
    with pytest.raises(MediaError, match="preview cannot be made"):
        gif(tmp_path / "film.mp4", 25, tmp_path / "p.gif")
    with pytest.raises(MediaError, match="thumbnail cannot be made"):
        thumbnail(tmp_path / "film.mp4", 0, tmp_path / "t.jpg")
