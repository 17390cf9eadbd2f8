"""Backgrounds: pictures of any shape in frames of any shape, and films in films of another rate."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from limelight.compose.background import MovingPicture, fitted, fitted_size, frames_needed, open_background
from limelight.compose.yuv import AlphaPlanes
from limelight.errors import MediaError
from limelight.media.film import SegmentWriter
from limelight.spec import ColourBackground, Fit, ImageBackground, PlayStyle, Source, VideoBackground

Pixels = NDArray[np.uint8]

WIDTH, HEIGHT = 64, 36
SOURCE = Source(url="https://example.com/behind")


def ramp(width: int, height: int) -> Pixels:
    """Red grows from left to right, green from top to bottom; nothing is black."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[..., 0] = np.linspace(20, 250, width)[None]
    picture[..., 1] = np.linspace(20, 250, height)[:, None]
    picture[..., 2] = 200
    return picture


def covered(frame: Pixels) -> tuple[int, int]:
    """Width and height of what is not black; it is in the middle, and nothing in it is black."""
    mask = frame[..., 2] > 60
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    assert mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
    for found, size in ((rows, mask.shape[0]), (columns, mask.shape[1])):
        assert abs(int(found[0]) - (size - 1 - int(found[-1]))) <= 1
    return len(columns), len(rows)


# shapes


@pytest.mark.parametrize(
    ("size", "fit", "expected"),
    [
        ((1600, 1200), "cover", (320, 240)),
        ((1600, 1200), "contain", (240, 180)),
        ((1600, 1200), "crop", (1600, 1200)),
        ((1600, 1200), "none", (1600, 1200)),
        ((100, 100), "cover", (320, 320)),
        ((100, 100), "contain", (180, 180)),
        ((100, 100), "crop", (320, 320)),
        ((100, 100), "none", (100, 100)),
        ((400, 90), "cover", (800, 180)),
        ((400, 90), "contain", (320, 72)),
        ((400, 90), "crop", (800, 180)),
        ((400, 90), "none", (400, 90)),
        ((320, 180), "cover", (320, 180)),
        ((1, 4000), "contain", (1, 180)),
        ((4000, 1), "contain", (320, 1)),
        ((1, 4000), "cover", (320, 1_280_000)),
    ],
)
def test_sizes_that_pictures_get(size: tuple[int, int], fit: Fit, expected: tuple[int, int]) -> None:
    assert fitted_size(*size, 320, 180, fit) == expected


@pytest.mark.parametrize("fit", ["cover", "contain", "crop", "none"])
@pytest.mark.parametrize("size", [(160, 120), (200, 30), (9, 40), (64, 36), (31, 17), (63, 500), (1, 1)])
def test_a_picture_in_the_frame_is_in_the_middle_and_black_is_around_it(size: tuple[int, int], fit: Fit) -> None:
    frame = fitted(ramp(*size), WIDTH, HEIGHT, fit)
    assert frame.shape == (HEIGHT, WIDTH, 3) and frame.dtype == np.uint8
    scaled = fitted_size(*size, WIDTH, HEIGHT, fit)
    assert covered(frame) == (min(scaled[0], WIDTH), min(scaled[1], HEIGHT))
    if min(size) > 1:  # the middle of the picture is in the middle of the frame
        step = 230 / (min(scaled) - 1)
        assert np.abs(frame[HEIGHT // 2, WIDTH // 2, :2].astype(int) - 135).max() <= 3 + 1.5 * step


def test_a_picture_that_keeps_its_size_keeps_its_pixels() -> None:
    picture = np.random.default_rng(3).integers(0, 256, (100, 200, 3), np.uint8)
    for fit in ("none", "crop"):
        assert np.array_equal(fitted(picture, WIDTH, HEIGHT, fit), picture[32:68, 68:132])


def test_a_picture_is_not_pulled_out_of_shape() -> None:
    """A disc stays round."""
    y, x = np.mgrid[:300, :500]
    disc = np.where(np.hypot(x - 250, y - 150)[..., None] < 60, 255, 0).astype(np.uint8).repeat(3, -1)
    for fit in ("cover", "contain"):
        mask = fitted(disc, 320, 240, fit)[..., 0] > 127
        assert abs(int(mask.any(0).sum()) - int(mask.any(1).sum())) <= 1
        assert mask.any(1).sum() == pytest.approx(120 * (0.8 if fit == "cover" else 0.64), abs=2)


@pytest.mark.parametrize("fit", ["cover", "contain", "crop", "none"])
@pytest.mark.parametrize("size", [(1, 4000), (4000, 1), (3, 16_000), (16_000, 4)])
def test_a_long_and_narrow_picture_is_shown_at_its_middle(size: tuple[int, int], fit: Fit) -> None:
    """Scaled whole to cover a frame of full size it would take 44 gigabytes. Its second half is brighter."""
    upright = size[1] > size[0]
    length = max(size)
    line = np.where(np.arange(length) < length // 2, 100, 200).astype(np.uint8)
    picture = np.empty((size[1], size[0], 3), np.uint8)
    picture[...] = line[:, None, None] if upright else line[None, :, None]
    frame = fitted(picture, 1920, 1080, fit)
    assert frame.shape == (1080, 1920, 3)
    bright = np.flatnonzero((frame[..., 0] >= 150).any(1 if upright else 0))
    dark = np.flatnonzero(((frame[..., 0] > 0) & (frame[..., 0] < 150)).any(1 if upright else 0))
    middle = (1080 if upright else 1920) // 2
    # Interpolation spreads the edge over a pixel of the picture's, which may be larger than the frame.
    assert abs(int(bright[0]) - middle) <= 12 and abs(int(dark[-1]) - middle) <= 12
    filled = frame.any(-1).mean()
    assert filled == 1 if fit in ("cover", "crop") else filled < 0.01


@pytest.mark.parametrize("size", [(100, 4000), (4000, 100), (1, 4000), (4000, 1)])
def test_fine_stripes_shrink_to_grey_not_to_noise(size: tuple[int, int]) -> None:
    """Also where a picture shrinks in one direction only."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    stripes = np.where((x + y)[..., None] % 2, 250, 4).astype(np.uint8).repeat(3, -1)
    frame = fitted(stripes, 100, 100, "contain")
    assert np.abs(frame[frame.any(-1)].astype(int) - 127).max() <= 4


def test_a_colour_is_asked_for_once() -> None:
    with open_background(ColourBackground(colour="#20c040"), {}, WIDTH, HEIGHT, 25, 3) as background:
        frames = [background.frame(i) for i in range(3)]
    assert frames[0] is not None and (frames[0] == (32, 192, 64)).all()
    assert frames[1:] == [None, None]


def test_a_picture_is_asked_for_once(tmp_path: Path) -> None:
    Image.fromarray(ramp(200, 50)).save(tmp_path / "p.png")
    files = {SOURCE.key: tmp_path / "p.png"}
    with open_background(ImageBackground(source=SOURCE, fit="contain"), files, WIDTH, HEIGHT, 25, 3) as background:
        frames = [background.frame(i) for i in range(3)]
    assert frames[0] is not None and covered(frames[0]) == (64, 16)
    assert frames[1:] == [None, None]


# films


def counting(path: Path, count: int, rate: int, size: tuple[int, int] = (32, 32)) -> Path:
    """A film whose frame n is grey of the level 10 + 12 n."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=rate, options={"crf": "1", "bf": "2"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv444p"
        for n in range(count):
            grey = np.full((size[1], size[0], 3), 10 + 12 * n, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "rgb24")))
        out.mux(stream.encode(None))
    return path


def behind(style: PlayStyle = "freeze", fit: Fit = "cover") -> VideoBackground:
    return VideoBackground(source=SOURCE, play_style=style, fit=fit)


def drawn(background: MovingPicture, frames: int) -> Iterator[Pixels]:
    """What a viewer sees: None is the frame before."""
    shown: Pixels | None = None
    for i in range(frames):
        new = background.frame(i)
        shown = shown if new is None else new
        assert shown is not None, "the first frame is drawn"
        yield shown


def numbers(path: Path, style: PlayStyle, fps: int, frames: int) -> list[int | None]:
    """The numbers of the counting film's frames that are shown; None is black."""
    found: list[int | None] = []
    with open_background(behind(style), {SOURCE.key: path}, WIDTH, HEIGHT, fps, frames) as background:
        for picture in drawn(background, frames):
            n = (float(picture.mean()) - 10) / 12
            assert np.ptp(picture) <= 2
            assert abs(n - round(n)) < 0.2 or not picture.any()
            found.append(None if not picture.any() else round(n))
    return found


@pytest.mark.parametrize("style", ["loop", "freeze", "once", "fit_to_scene"])
@pytest.mark.parametrize("fps", [25, 30, 60])
@pytest.mark.parametrize("rate", [24, 30, 60])
def test_each_frame_shows_the_film_s_frame_of_its_time(rate: int, fps: int, style: PlayStyle, tmp_path: Path) -> None:
    count, frames = 12, 40
    length = Fraction(count, rate)

    def expected(i: int) -> int | None:
        time = Fraction(i, fps)
        if style == "once" and time >= length:
            return None
        if style == "loop":
            time %= length
        if style == "fit_to_scene":
            time = length * i / frames
        return min(int(time * rate), count - 1)

    path = counting(tmp_path / "f.mp4", count, rate)
    assert numbers(path, style, fps, frames) == [expected(i) for i in range(frames)]


@pytest.mark.parametrize("rate", [24, 25, 60])
def test_a_film_fitted_to_a_scene_ends_with_it(rate: int, tmp_path: Path) -> None:
    """Shorter and longer scenes: the first frame at the start, the last one at the end."""
    path = counting(tmp_path / "f.mp4", 12, rate)
    for frames in (1, 2, 7, 12, 13, 36):
        shown = numbers(path, "fit_to_scene", 25, frames)
        assert shown[0] == 0
        assert shown == [12 * i // frames for i in range(frames)]


@pytest.mark.parametrize(("fps", "needed"), [(25, 13), (30, 15), (60, 30)])
def test_a_scene_as_long_as_its_film_shows_it_whole(fps: int, needed: int, tmp_path: Path) -> None:
    path = counting(tmp_path / "f.mp4", 12, 24)
    assert frames_needed(behind("full_video"), {SOURCE.key: path}, fps) == needed
    shown = numbers(path, "full_video", fps, needed)
    assert shown[0] == 0 and shown[-1] == 11
    assert shown == sorted(shown, key=lambda n: n or 0)
    for style in ("loop", "freeze", "once", "fit_to_scene"):
        assert frames_needed(behind(style), {SOURCE.key: path}, fps) == 0


def test_a_film_shorter_than_a_frame_is_shown(tmp_path: Path) -> None:
    path = counting(tmp_path / "f.mp4", 1, 60)
    for style in ("loop", "freeze", "fit_to_scene", "full_video"):
        assert numbers(path, style, 25, 5) == [0] * 5
    assert numbers(path, "once", 25, 5) == [0, None, None, None, None]
    assert frames_needed(behind("full_video"), {SOURCE.key: path}, 25) == 1


def test_a_frame_that_stays_is_not_drawn_again(tmp_path: Path) -> None:
    path = counting(tmp_path / "f.mp4", 3, 25)
    for style, drawn_at in (("freeze", [0, 2, 4]), ("once", [0, 2, 4, 6])):
        with open_background(behind(style), {SOURCE.key: path}, WIDTH, HEIGHT, 50, 9) as background:  # type: ignore[arg-type]
            assert [i for i in range(9) if background.frame(i) is not None] == drawn_at


@pytest.mark.parametrize("style", ["loop", "freeze", "once", "fit_to_scene"])
def test_glimpses_of_a_film_see_its_seconds_and_change_nothing_of_what_is_shown(
    style: PlayStyle, tmp_path: Path
) -> None:
    path, frames = counting(tmp_path / "f.mp4", 20, 2), 25 * 10
    plain = numbers(path, style, 25, frames)
    with open_background(behind(style), {SOURCE.key: path}, WIDTH, HEIGHT, 25, frames) as background:
        seen = [round((float(picture.mean()) - 10) / 12) for picture in background.glimpses()]
        assert seen == [0, 6, 12, 18]
        after = [round((float(picture.mean()) - 10) / 12) for picture in drawn(background, frames)]
    assert after == plain


@pytest.mark.parametrize(
    ("size", "fit", "expected"),
    [
        ((33, 17), "cover", (64, 36)),
        ((33, 17), "contain", (64, 33)),
        ((33, 17), "crop", (64, 36)),
        ((33, 17), "none", (33, 17)),
        ((99, 201), "none", (64, 36)),
        ((17, 99), "contain", (6, 36)),
        ((101, 16), "cover", (64, 36)),
    ],
)
def test_films_of_odd_sizes_fit_as_asked(
    size: tuple[int, int], fit: Fit, expected: tuple[int, int], tmp_path: Path
) -> None:
    path = counting(tmp_path / "f.mp4", 1, 25, size)
    with av.open(str(path)) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == size
    with open_background(behind(fit=fit), {SOURCE.key: path}, WIDTH, HEIGHT, 25, 1) as background:
        (frame,) = drawn(background, 1)
    mask = frame[..., 0] > 4
    assert (int(mask.any(0).sum()), int(mask.any(1).sum())) == expected
    assert np.abs(frame[mask].astype(int) - 10).max() <= 3


def test_a_long_and_narrow_film_covers_the_frame(tmp_path: Path) -> None:
    """Scaled whole it would have 1.3 thousand million pixels."""
    path = counting(tmp_path / "f.mp4", 2, 25, (16, 6000))
    with open_background(behind(), {SOURCE.key: path}, 1920, 1080, 25, 2) as background:
        levels = [float(frame.mean()) for frame in drawn(background, 2)]
    assert levels == pytest.approx([10, 22], abs=1.5)


def _transparent(path: Path) -> Path:
    planes = AlphaPlanes(320, 240)
    planes.write(np.full((64, 64, 4), 120, np.uint8), 32, 32)
    with SegmentWriter(path, 320, 240, 25, "webm") as writer:
        for _ in range(5):
            writer.write(*planes.all())
    return path


@pytest.mark.parametrize("clear", [False, True])
def test_memory_does_not_grow_with_the_length_of_the_scene(clear: bool, tmp_path: Path) -> None:
    """A frame kept would be 230 kB; each of the many rounds begins anew."""
    film = _transparent(tmp_path / "f.webm") if clear else counting(tmp_path / "f.mp4", 5, 25, (320, 240))

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    with open_background(behind("loop"), {SOURCE.key: film}, 320, 240, 25, 500) as background:
        for i in range(100):
            background.frame(i)
        before = resident()
        for i in range(100, 400):
            assert background.frame(i) is not None
        assert resident() - before < 20e6


def test_a_film_that_cannot_be_used_is_said_before_a_frame_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "f.mp4").write_bytes(b"no film")
    for style in ("freeze", "full_video"):
        opened = open_background(behind(style), {SOURCE.key: tmp_path / "f.mp4"}, WIDTH, HEIGHT, 25, 3)
        with pytest.raises(MediaError, match="cannot be read"), opened:
            pass
