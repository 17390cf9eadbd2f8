"""Transparent films: their alpha, decoded, and how they look over the pages that they are made for, in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from browser import Page, a_page  # noqa: F401 (a fixture)
from colours import fill
from films import clear_frames, frames, sound
from limelight.catalog.avatars import default_avatar
from limelight.compose.layout import place
from limelight.compose.watermark import watermark
from limelight.compose.yuv import Planes
from limelight.media.film import SegmentWriter
from limelight.puppet.pack import load_pack
from limelight.spec import FPS, SAMPLE_RATE_HZ, Avatar, Scene, SilentVoice, VideoSpec
from pictures import opened
from scenes import Rendered, silent_scene, text_scene

WIDTH, HEIGHT = 640, 360
SCRIPT = "Hello there, my friend."
STYLES = ["normal", "closeUp"]
PAGES = {"red": (255, 0, 0), "white": (255, 255, 255), "black": (0, 0, 0)}
#: What stills of transparent films lie on.
GROUND = (238, 241, 245)
#: Not in order, so that a browser seeks backwards too; within and after the first group of pictures.
SEEKS = (30, 2, 44, 17)

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Render = Callable[[VideoSpec], Rendered]


@dataclass(frozen=True)
class Clear:
    """A transparent film and its frames as straight RGBA."""

    rendered: Rendered
    frames: list[Pixels]

    @property
    def path(self) -> Path:
        return self.rendered.film.video


def spec(style: str = "normal", colour: str = "#ffffff", container: str = "webm") -> VideoSpec:
    return VideoSpec(
        scenes=(text_scene(SCRIPT, colour, style),),
        width=WIDTH,
        height=HEIGHT,
        container=container,  # type: ignore[arg-type]
        title="A ‘title’",
    )


@pytest.fixture(scope="module")
def clear(rendered: Render) -> Callable[[str], Clear]:
    """The spoken film in each style."""

    @lru_cache
    def get(style: str) -> Clear:
        made = rendered(spec(style))
        return Clear(made, clear_frames(made.film.video))

    return get


@lru_cache
def face(style: str, size: tuple[int, int] = (WIDTH, HEIGHT)) -> tuple[slice, slice]:
    """From the eyes to the mouth, where every pixel is skin, eye or lip however the head moves."""
    pack = load_pack(default_avatar().pack)
    marks, at = pack.landmarks, place(pack, Avatar(avatar_id=default_avatar().avatar_id, style=style), *size)  # type: ignore[arg-type]
    x = sorted(point[0] * at.scale + at.x for point in (marks.eye_left, marks.eye_right))
    y = [point[1] * at.scale + at.y for point in (marks.eye_left, marks.mouth)]
    return slice(round(y[0]), round(y[1])), slice(round(x[0]), round(x[1]))


def small_silence(scene: Scene, width: int = 320, height: int = 180, **fields: object) -> VideoSpec:
    return VideoSpec(scenes=(scene,), width=width, height=height, container="webm", **fields)  # type: ignore[arg-type]


def over(picture: Pixels, colour: tuple[int, int, int]) -> NDArray[np.float64]:
    """Straight RGBA over a colour, as the definition says."""
    alpha = picture[..., 3:] / 255
    return np.asarray(picture[..., :3] * alpha + np.array(colour) * (1 - alpha))


def soft(picture: Pixels) -> Mask:
    return np.asarray((picture[..., 3] > 20) & (picture[..., 3] < 235))


# the file


def test_the_file_is_what_browsers_expect(clear: Callable[[str], Clear]) -> None:
    made = clear("normal")
    with av.open(str(made.path)) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        assert (video.codec_context.codec.canonical_name, video.width, video.height) == ("vp9", WIDTH, HEIGHT)
        assert video.average_rate == FPS
        assert {name.lower(): value for name, value in video.metadata.items()}["alpha_mode"] == "1"
        colours = video.codec_context
        assert (colours.colorspace, colours.color_primaries, colours.color_trc, colours.color_range) == (1, 1, 1, 1)
        assert (audio.codec_context.name, audio.rate) == ("opus", SAMPLE_RATE_HZ)
        tags = {name.lower(): value for name, value in film.metadata.items()}
    assert tags["title"] == "A ‘title’"
    assert "AI-generated" in tags["comment"]
    assert "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia" in tags["description"]


def test_picture_and_sound_agree_to_one_frame(clear: Callable[[str], Clear]) -> None:
    made = clear("normal")
    length_s = made.rendered.film.frames / FPS
    assert len(made.frames) == made.rendered.film.frames == made.rendered.segments[0].frames
    with av.open(str(made.path)) as film:
        assert film.duration is not None and film.duration / 1e6 == pytest.approx(length_s, abs=0.02)
        assert [f.time for f in film.decode(video=0)] == pytest.approx([i / FPS for i in range(len(made.frames))])
    assert len(sound(made.path)) / SAMPLE_RATE_HZ == pytest.approx(length_s, abs=0.02)


def test_it_sounds_as_the_mp4_does_at_the_same_time(clear: Callable[[str], Clear], rendered: Render) -> None:
    webm, mp4 = sound(clear("normal").path), sound(rendered(spec(container="mp4")).film.video)
    length = min(len(webm), len(mp4))
    assert length > SAMPLE_RATE_HZ
    webm, mp4 = webm[:length], mp4[:length]
    spectrum = np.fft.rfft(webm, 2 * length) * np.conj(np.fft.rfft(mp4, 2 * length))
    likeness = np.fft.irfft(spectrum) / (np.linalg.norm(webm) * np.linalg.norm(mp4))
    assert likeness.argmax() == 0, "not a sample earlier or later"
    assert likeness[0] > 0.99
    assert np.linalg.norm(webm) / np.linalg.norm(mp4) == pytest.approx(1, abs=0.03)


# the alpha


@pytest.mark.parametrize("style", STYLES)
def test_it_is_clear_beside_the_presenter_and_solid_in_the_face(style: str, clear: Callable[[str], Clear]) -> None:
    assert len(clear(style).frames) > max(SEEKS)
    for picture in clear(style).frames:
        alpha = picture[..., 3]
        corners = [
            alpha[rows, columns] for rows in (slice(16), slice(-16, None)) for columns in (slice(16), slice(-16, None))
        ]
        assert max(c.max() for c in corners) == 0
        assert alpha[face(style)].min() == 255


def test_a_tall_close_up_reaches_the_lower_corners(rendered: Render) -> None:
    scene = Scene(
        character=Avatar(avatar_id=default_avatar().avatar_id, style="closeUp"), voice=SilentVoice(duration_s=0.1)
    )
    alpha = clear_frames(rendered(small_silence(scene, 192, 320)).film.video)[-1][..., 3]
    assert alpha[:12, :12].max() == alpha[:12, -12:].max() == 0
    assert min(alpha[-12:, :12].min(), alpha[-12:, -12:].min()) >= 250


@pytest.mark.parametrize("style", STYLES)
def test_the_outline_is_soft_but_thin(style: str, clear: Callable[[str], Clear]) -> None:
    for picture in clear(style).frames[::8]:
        outlines, _ = cv2.findContours(
            (picture[..., 3] > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        assert len([o for o in outlines if cv2.contourArea(o) > 20]) == 1, "one figure, and nothing flies about"
        length_px = sum(len(outline) for outline in outlines)
        assert 0.5 < soft(picture).sum() / length_px < 3.5  # single curls count
        hair = soft(picture)[: face(style)[0].start]
        assert hair.sum() > 40
        assert len(np.unique(picture[: hair.shape[0], :, 3][hair])) > 25, "many steps between clear and solid"


@pytest.mark.parametrize("colour", ["white", "black"])
@pytest.mark.parametrize("style", STYLES)
def test_over_a_colour_it_looks_as_the_mp4_on_that_colour(
    style: str, colour: str, clear: Callable[[str], Clear], rendered: Render
) -> None:
    """The MP4's edges were mixed before they were encoded; a fringe of the WebM would differ from them."""
    made = clear(style)
    opaque = frames(rendered(spec(style, "#{:02x}{:02x}{:02x}".format(*PAGES[colour]), "mp4")).film.video)
    for i in SEEKS:
        error = over(made.frames[i], PAGES[colour]) - opaque[i]
        outline = cv2.dilate(soft(made.frames[i]).astype(np.uint8), np.ones((5, 5))) > 0
        assert np.abs(error[outline]).mean() < 4
        assert np.abs(error[outline].mean(0)).max() < 2, "no darker and no lighter"
        assert np.abs(error[face(style)].mean((0, 1))).max() < 2, "the same skin"


def test_scenes_join_with_their_alpha_and_without_their_backgrounds(rendered: Render) -> None:
    scenes = (
        silent_scene(0.2, "#204060"),
        silent_scene(0.12, "#a03030", presenter=False),
        silent_scene(0.2, "#30a030"),
    )
    made = rendered(VideoSpec(scenes=scenes, width=320, height=180, container="webm"))
    shown = clear_frames(made.film.video)
    apart = [picture for segment in made.segments for picture in clear_frames(segment.video)]
    assert len(shown) == len(apart) == 13
    assert all(np.array_equal(*pair) for pair in zip(shown, apart, strict=True))
    box = face("normal", (320, 180))
    assert [int(picture[box][..., 3].min()) for picture in shown] == [255] * 5 + [0] * 3 + [255] * 5
    assert max(int(picture[:12, :12, 3].max()) for picture in shown) == 0


def test_a_test_s_mark_is_seen_where_the_film_is_clear(rendered: Render) -> None:
    picture = clear_frames(rendered(small_silence(silent_scene(0.1), watermark=True)).film.video)[-1]
    mark = watermark(320, 180)
    beside = np.zeros((180, 320), bool)
    beside[:, :80] = beside[:, -80:] = True
    assert np.abs(picture[..., 3].astype(int) - mark[..., 3])[beside].mean() < 3
    words = beside & (mark[:, :, :3].min(-1) > 70)
    assert words.sum() > 200
    assert picture[..., 3][words].mean() > 60
    assert picture[..., :3][words].mean() > 180, "light words"
    for corner in (picture[:90, :80], picture[:90, -80:], picture[90:, :80], picture[90:, -80:]):
        assert (corner[..., 3] > 40).sum() > 100


@pytest.mark.parametrize("width", [130, 180, 326])
def test_the_thumbnail_of_any_width_is_clear_up_to_its_edge(width: int, rendered: Render) -> None:
    made = rendered(small_silence(silent_scene(0.1), width, 180))
    picture = opened(made.film.thumbnail)
    assert picture.shape == (180, width, 3)
    assert np.abs(picture[:10, -8:].astype(int) - GROUND).max() <= 4


# in a browser


def show_film(page: Page, film: Path, colour: str, style: str = "", size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    video = f'<video id="film" muted src="{film.as_uri()}" style="display: block; {style}">'
    page.show(f'<body style="background: {colour}">{video}', size)


@pytest.mark.parametrize("colour", PAGES)
@pytest.mark.parametrize("style", STYLES)
def test_the_page_shows_through_beside_the_presenter_and_nowhere_else(
    style: str, colour: str, clear: Callable[[str], Clear], page: Page
) -> None:
    made = clear(style)
    show_film(page, made.path, colour)
    for i in SEEKS:
        assert page.seek("#film", i, FPS) == i
        shown, picture = page.screenshot(), made.frames[i]
        assert (shown[picture[..., 3] == 0] == PAGES[colour]).all()
        # Chromium and swscale round chroma differently.
        assert np.abs(shown - over(picture, PAGES[colour])).max() <= 8
        assert_between(shown, picture, PAGES[colour])


def assert_between(shown: Pixels, picture: Pixels, colour: tuple[int, int, int], tolerance: int = 16) -> None:
    """Pixels of the outline lie between the page's colour and the presenter's beside them: there is no fringe."""
    solid = (picture[..., 3] >= 250)[..., None]
    near = np.ones((9, 9), np.uint8)
    lowest = cv2.erode(np.where(solid, shown, 255).astype(np.uint8), near).astype(int)
    highest = cv2.dilate(np.where(solid, shown, 0).astype(np.uint8), near).astype(int)
    beside = soft(picture) & (highest >= lowest).all(-1)
    assert beside.sum() > 300
    below = np.minimum(lowest, colour) - shown.astype(int)
    above = shown.astype(int) - np.maximum(highest, colour)
    stray = np.maximum(below, above).max(-1)[beside]
    assert (stray > tolerance).mean() < 0.01, np.percentile(stray, [90, 99, 100])


def in_circle(shape: tuple[int, ...], x: float, y: float, radius: float) -> Mask:
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    return np.asarray(np.hypot(columns - x, rows - y) < radius)


def covered(picture: NDArray[Any], side: int) -> NDArray[Any]:
    """A picture that is wider than high as `object-fit: cover` puts it in a square."""
    height, width = picture.shape[:2]
    middle = picture[:, (width - height) // 2 : (width + height) // 2]
    return cv2.resize(middle, (side, side), interpolation=cv2.INTER_AREA)


def covering(picture: Pixels, side: int, colour: tuple[int, int, int]) -> NDArray[np.float64]:
    """RGBA so over a colour."""
    return np.asarray(covered(over(picture, colour), side), np.float64)


def recording(path: Path, count: int) -> Path:
    """A film of red, with a white bar that crosses its upper half."""
    planes = Planes(WIDTH, HEIGHT)
    with SegmentWriter(path, WIDTH, HEIGHT, FPS, "webm") as writer:
        for i in range(count):
            picture = np.full((HEIGHT, WIDTH, 3), PAGES["red"], np.uint8)
            picture[20:120, 10 * i : 10 * i + 40] = 255
            fill(planes, picture)
            writer.write(*planes.all(), np.full((HEIGHT, WIDTH), 255, np.uint8))
    return path


def test_it_lies_in_a_round_corner_over_a_playing_recording(
    clear: Callable[[str], Clear], page: Page, tmp_path: Path
) -> None:
    """The page that the reference shows for pictures in pictures."""
    made = clear("closeUp")
    red = PAGES["red"]
    page.show(
        f"""
        <div style="position: absolute; inset: 0; background: black">
          <video id="recording" muted loop autoplay style="width: 100%; height: 100%"
            src="{recording(tmp_path / "recording.webm", 50).as_uri()}"></video>
          <video id="film" muted src="{made.path.as_uri()}" style="position: absolute; bottom: 20px; left: 20px;
            width: 150px; height: 150px; border-radius: 50%; overflow: hidden; object-fit: cover"></video>
        </div>""",
        (WIDTH, HEIGHT),
    )
    circle, square = (95, HEIGHT - 95), (slice(HEIGHT - 170, HEIGHT - 20), slice(20, 170))
    bars = set()
    for i in SEEKS:
        assert page.seek("#film", i, FPS) == i
        page.ask("new Promise(next => recording.requestVideoFrameCallback(next))")
        shown = page.screenshot()
        bars.add(int(np.flatnonzero(shown[70, :, 1] > 128).min()))
        away = np.abs(shown.astype(int) - red)
        outside = ~in_circle(shown.shape, *circle, 76.5)
        outside[: HEIGHT // 2] = False
        assert away[outside].max() <= 4
        inside = in_circle(shown.shape, *circle, 73.5)[square]
        # Browsers make pictures smaller each in its own way, so only the mean is near.
        assert np.abs(shown[square] - covering(made.frames[i], 150, red))[inside].mean() < 5
        near = cv2.dilate(made.frames[i][..., 3], np.ones((9, 9), np.uint8))
        solid = cv2.erode(made.frames[i][..., 3], np.ones((9, 9), np.uint8))
        assert away[square][inside & (covered(near, 150) == 0)].max() <= 8
        assert (away[square].sum(-1)[inside & (covered(solid, 150) == 255)] > 60).all()
    assert len(bars) > 1, "the recording plays on below"


def test_a_circle_cuts_it_off_on_a_red_page(clear: Callable[[str], Clear], page: Page) -> None:
    made, side = clear("closeUp"), 300
    show_film(
        page,
        made.path,
        "red",
        f"width: {side}px; height: {side}px; border-radius: 50%; object-fit: cover",
        (side, side),
    )
    middle = side / 2, side / 2
    for i in SEEKS:
        assert page.seek("#film", i, FPS) == i
        shown = page.screenshot()
        whole = covering(made.frames[i], side, PAGES["red"])
        outside = ~in_circle(shown.shape, *middle, side / 2 + 1.5)
        assert (np.abs(whole - PAGES["red"]).sum(-1)[outside] > 60).any(), "there is something to cut off"
        assert (shown[outside] == PAGES["red"]).all()
        inside = in_circle(shown.shape, *middle, side / 2 - 1.5)
        error = np.abs(shown - whole)[inside]
        assert error.mean() < 3


def test_the_presenter_comes_and_goes_at_the_cuts(rendered: Render, page: Page) -> None:
    scenes = (silent_scene(0.2), silent_scene(0.12, presenter=False), silent_scene(0.2))
    made = rendered(VideoSpec(scenes=scenes, width=320, height=180, container="webm"))
    show_film(page, made.film.video, "red", size=(320, 180))
    box, seen = face("normal", (320, 180)), {}
    for i in (8, 4, 7, 12, 5, 0):
        assert page.seek("#film", i, FPS) == i
        seen[i] = bool((page.screenshot()[box] == PAGES["red"]).all())
    assert seen == {0: False, 4: False, 5: True, 7: True, 8: False, 12: False}


@pytest.mark.parametrize("container", ["webm", "mp4"])
def test_it_plays_to_its_end(container: str, rendered: Render, page: Page) -> None:
    made = rendered(spec(container=container))
    show_film(page, made.film.video, "white")
    kind = {"webm": 'video/webm; codecs="vp9, opus"', "mp4": 'video/mp4; codecs="avc1.640028, mp4a.40.2"'}[container]
    if not page.ask("kind => document.createElement('video').canPlayType(kind)", kind):
        pytest.skip("this Chromium has no H.264")
    assert page.seek("#film", 20, FPS) == 20
    shown = page.screenshot()
    assert np.abs(shown[face("normal")].astype(int) - 255).sum(-1).min() > 20, "a face is seen"
    told = page.ask("[film.videoWidth, film.videoHeight, film.duration, film.readyState]")
    assert isinstance(told, list)
    width, height, length_s, ready = told
    assert (width, height) == (WIDTH, HEIGHT)
    assert length_s == pytest.approx(made.film.duration_s, abs=1 / FPS)
    assert ready >= 2
    assert page.play("#film") == pytest.approx(made.film.duration_s, abs=1 / FPS)
