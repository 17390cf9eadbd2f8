"""Every field of a request, seen and heard: small films are rendered from bodies as clients send them, and decoded."""

from __future__ import annotations

import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from films import frames, sound
from limelight.catalog.avatars import default_avatar
from limelight.cli.localfiles import LocalFiles
from limelight.requests import parse_generate
from limelight.requests.known import Known
from limelight.spec import SAMPLE_RATE_HZ
from scenes import Rendered, render

WIDTH, HEIGHT = 320, 180
GREEN = "#20c040"
GREEN_RGB = (32, 192, 64)

Pixels = NDArray[np.uint8]


@dataclass
class Shown:
    """A film as a viewer gets it."""

    rendered: Rendered
    frames: list[Pixels]
    sound: NDArray[np.float32]

    @property
    def last(self) -> Pixels:
        return self.frames[-1]


@pytest.fixture
def show(tmp_path: Path) -> Callable[..., Shown]:
    """Render a request's body and decode the film."""

    def show(*scenes: dict[str, Any], local: LocalFiles | None = None, **fields: Any) -> Shown:
        local = local or LocalFiles()
        folder = tmp_path / f"film-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        body = {"video_inputs": list(scenes), "dimension": {"width": WIDTH, "height": HEIGHT}, **fields}
        spec = parse_generate(body, Known(asset=local.asset)).spec
        rendered = render(spec, folder, local.gather(spec, folder))
        return Shown(rendered, frames(rendered.film.video), sound(rendered.film.video))

    return show


def scene(duration: Any = 0.12, **fields: Any) -> dict[str, Any]:
    """A silent scene on green."""
    whole = {
        "character": character(),
        "voice": {"type": "silence", "duration": duration},
        "background": {"type": "color", "value": GREEN},
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not None}


def character(**fields: Any) -> dict[str, Any]:
    return {"type": "avatar", "avatar_id": default_avatar().avatar_id, **fields}


def spoken(text: str, **fields: Any) -> dict[str, Any]:
    return {"type": "text", "input_text": text, "voice_id": default_avatar().default_voice_id, **fields}


def differs(picture: Pixels, colour: tuple[int, int, int], by: int = 40) -> NDArray[np.bool_]:
    """Where a picture is clearly not of this colour."""
    return np.asarray(np.abs(picture.astype(int) - colour).sum(-1) > by)


def figure(picture: Pixels) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is not the green background."""
    mask = cv2.morphologyEx(differs(picture, GREEN_RGB).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


# character


def test_normal_is_the_default_and_shows_the_presenter_from_the_waist_up(show: Callable[..., Shown]) -> None:
    named, default = (show(scene(character=character(**style))) for style in ({"avatar_style": "normal"}, {}))
    left, top, right, bottom = figure(named.last)
    assert abs((left + right) / 2 - WIDTH / 2) < 8
    assert 0.04 * HEIGHT < top < 0.2 * HEIGHT
    assert bottom == HEIGHT
    assert np.array_equal(named.last, default.last)


def test_close_up_shows_a_larger_face(show: Callable[..., Shown]) -> None:
    normal, near = (show(scene(character=character(avatar_style=style))).last for style in ("normal", "closeUp"))
    widths = [differs(picture, GREEN_RGB)[HEIGHT // 3].sum() for picture in (normal, near)]
    assert widths[1] > 1.4 * widths[0]


def test_a_circle_cuts_the_presenter_out_on_its_own_colour(show: Callable[..., Shown]) -> None:
    picture = show(scene(character=character(avatar_style="circle", circle_background_color="#3050ff"))).last
    left, top, right, bottom = figure(picture)
    assert abs((right - left) - (bottom - top)) <= 2, "round"
    assert abs((left + right) / 2 - WIDTH / 2) <= 1 and abs((top + bottom) / 2 - HEIGHT / 2) <= 1
    radius = (bottom - top) / 2
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    distance = np.hypot(x - WIDTH / 2, y - HEIGHT / 2)
    assert not differs(picture, GREEN_RGB)[distance > radius + 3].any(), "nothing of the figure outside"
    assert differs(picture, GREEN_RGB)[distance < radius - 3].all(), "no background inside"
    just_inside = picture[int(top + 6), WIDTH // 2]
    assert np.abs(just_inside.astype(int) - (48, 80, 255)).sum() < 40, just_inside
    plain = show(scene(character=character(avatar_style="circle"))).last
    assert np.abs(plain[int(top + 6), WIDTH // 2].astype(int) - (246, 246, 252)).sum() < 30


def test_a_circle_moves_and_grows_with_offset_and_scale(show: Callable[..., Shown]) -> None:
    shown = character(avatar_style="circle", scale=0.5, offset={"x": 0.3, "y": -0.2})
    left, top, right, bottom = figure(show(scene(character=shown)).last)
    assert abs((left + right) / 2 - 0.8 * WIDTH) <= 2
    assert abs((top + bottom) / 2 - 0.3 * HEIGHT) <= 2
    assert (bottom - top) == pytest.approx(0.4 * HEIGHT, abs=3)


@pytest.mark.parametrize("style", ["voice_only", "voiceOnly"])
def test_voice_only_is_heard_and_not_seen(show: Callable[..., Shown], style: str) -> None:
    shown = show(scene(character=character(avatar_style=style), voice=spoken("One.")))
    assert not any(differs(picture, GREEN_RGB).any() for picture in shown.frames)
    assert np.abs(shown.sound).max() > 0.1


def test_a_scene_without_a_character_is_its_background_and_voice(show: Callable[..., Shown]) -> None:
    shown = show(scene(character=None, voice=spoken("One.")))
    assert not any(differs(picture, GREEN_RGB).any() for picture in shown.frames)
    assert np.abs(shown.sound).max() > 0.1


@pytest.mark.parametrize("scale", [0.5, "0.5"])
def test_scale_makes_the_presenter_smaller(show: Callable[..., Shown], scale: Any) -> None:
    whole, half = (figure(show(scene(character=character(scale=s))).last) for s in (1, scale))
    assert half[2] - half[0] == pytest.approx((whole[2] - whole[0]) / 2, abs=4)


def test_the_ends_of_scale(show: Callable[..., Shown]) -> None:
    assert not differs(show(scene(character=character(scale=0))).last, GREEN_RGB).any()
    assert differs(show(scene(character=character(scale=5))).last, GREEN_RGB).mean() > 0.8


def test_offset_shifts_by_fractions_of_the_frame(show: Callable[..., Shown]) -> None:
    here, there = (
        figure(show(scene(character=character(scale=0.6, offset=offset))).last)
        for offset in ({"x": 0, "y": 0}, {"x": -0.25, "y": 0.1})
    )
    assert there[0] - here[0] == pytest.approx(-0.25 * WIDTH, abs=2)
    assert there[1] - here[1] == pytest.approx(0.1 * HEIGHT, abs=2)


# voice


def test_silence_lasts_to_the_frame_and_the_presenter_listens_alive(show: Callable[..., Shown]) -> None:
    shown = show(scene(duration="2"))
    assert len(shown.frames) == 50
    assert shown.rendered.film.duration_s == 2.0
    assert not shown.sound.any()
    steps = [np.abs(a.astype(int) - b).max() for a, b in zip(shown.frames, shown.frames[1:], strict=False)]
    assert np.mean(np.array(steps) > 3) > 0.8, "not a still picture"


def test_speed_and_pitch_are_heard(show: Callable[..., Shown]) -> None:
    text = "One, two, three, four, five."
    normal, fast, high = (
        show(scene(character=None, voice=spoken(text, **fields))) for fields in ({}, {"speed": "1.6"}, {"pitch": 12})
    )
    assert len(fast.frames) < 0.85 * len(normal.frames)
    assert abs(len(high.frames) - len(normal.frames)) <= 2
    assert _centre_hz(high.sound) > 1.1 * _centre_hz(normal.sound)


def test_breaks_at_the_start_at_the_end_and_in_a_row(show: Callable[..., Shown]) -> None:
    def heard(script: str) -> tuple[float, float, float]:
        samples = show(scene(character=None, voice=spoken(script))).sound
        loud = np.flatnonzero(np.abs(samples) > 0.02)
        return loud[0] / SAMPLE_RATE_HZ, (len(samples) - loud[-1]) / SAMPLE_RATE_HZ, len(samples) / SAMPLE_RATE_HZ

    plain = heard("One.")
    begun = heard('<break time="1s"/> One.')
    ended = heard('One. <break time="1s"/>')
    both = heard('One. <break time="0.5s"/> <break time="0.7s"/> <break time="0.3s"/>')
    assert begun[0] - plain[0] == pytest.approx(1, abs=0.05)
    assert ended[1] - plain[1] == pytest.approx(1, abs=0.05)
    assert both[1] - plain[1] == pytest.approx(1.5, abs=0.05)


def test_a_recording_is_heard_as_it_is(show: Callable[..., Shown], tmp_path: Path) -> None:
    """A tone that begins after half a second, in a file of another rate with two channels."""
    rate, seconds = 22_050, 1.2
    t = np.arange(round(rate * seconds)) / rate
    tone = np.where(t >= 0.5, 0.25 * np.sin(2 * np.pi * 440 * t), 0)
    file = tmp_path / "tone.wav"
    with wave.open(str(file), "wb") as out:
        out.setparams((2, 2, rate, 0, "NONE", ""))
        out.writeframes((np.repeat(tone, 2) * 32767).astype("<i2").tobytes())
    local = LocalFiles()
    voice = {"type": "audio", **local.source(str(file), "audio")}
    shown = show(scene(voice=voice), local=local)
    loud = np.flatnonzero(np.abs(shown.sound) > 0.05)
    assert (loud[-1] - loud[0]) / SAMPLE_RATE_HZ == pytest.approx(0.7, abs=0.03)
    assert _centre_hz(shown.sound) == pytest.approx(440, abs=10)
    assert len(shown.frames) / 25 == pytest.approx(seconds, abs=0.8)


# background


@pytest.mark.parametrize(("value", "colour"), [("#f80", (255, 136, 0)), ("#1A1A2E", (26, 26, 46))])
def test_a_colour_is_short_or_long_in_either_case(
    show: Callable[..., Shown], value: str, colour: tuple[int, int, int]
) -> None:
    picture = show(scene(character=None, background={"type": "color", "value": value})).last
    assert not differs(picture, colour, 8).any()


def test_without_a_background_it_is_white(show: Callable[..., Shown]) -> None:
    assert not differs(show(scene(character=None, background=None)).last, (255, 255, 255), 8).any()


@pytest.mark.parametrize(
    ("fit", "bars"), [(None, False), ("cover", False), ("contain", True), ("none", True), ("crop", False)]
)
def test_a_picture_fits_as_asked(show: Callable[..., Shown], tmp_path: Path, fit: str | None, bars: bool) -> None:
    """A square picture, red above blue, smaller than the frame, in a wide frame."""
    square = np.zeros((120, 120, 3), np.uint8)
    square[:60], square[60:] = (0, 0, 255), (255, 0, 0)
    cv2.imwrite(str(tmp_path / "square.png"), square)
    local = LocalFiles()
    background = {"type": "image", **local.source(str(tmp_path / "square.png"), "image"), "fit": fit}
    picture = show(scene(character=None, background=background), local=local).last
    assert not differs(picture[HEIGHT // 2 - 20 : HEIGHT // 2 - 8, 150:170], (255, 0, 0)).any()
    assert not differs(picture[HEIGHT // 2 + 8 : HEIGHT // 2 + 20, 150:170], (0, 0, 255)).any()
    assert (not differs(picture[:, :20], (0, 0, 0)).any()) == bars
    assert (not differs(picture[:10], (0, 0, 0)).any()) == (fit == "none")


def _counting_film(path: Path, count: int, rate: int) -> Path:
    """A film whose frame n is grey of the level 20 + 20 n."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=rate, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for n in range(count):
            grey = np.full((64, 64, 3), 20 + 20 * n, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "rgb24")))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("loop", [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]),
        ("freeze", [0, 1, 2, 3, 4, 4, 4, 4, 4, 4, 4, 4]),
        ("once", [0, 1, 2, 3, 4, *[None] * 7]),
        ("fit_to_scene", [0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4]),
    ],
)
def test_a_film_behind_plays_as_asked(
    show: Callable[..., Shown], tmp_path: Path, style: str, expected: list[int | None]
) -> None:
    local = LocalFiles()
    film = local.source(str(_counting_film(tmp_path / "count.mp4", 5, 25)), "video")
    background = {"type": "video", **film, "play_style": style}
    shown = show(scene(duration=0.48, character=None, background=background), local=local)
    levels = [float(picture.mean()) for picture in shown.frames]
    assert levels == pytest.approx([0 if n is None else 20 + 20 * n for n in expected], abs=9)


def test_a_presenter_stands_before_a_film_that_moves(show: Callable[..., Shown], tmp_path: Path) -> None:
    local = LocalFiles()
    film = local.source(str(_counting_film(tmp_path / "count.mp4", 10, 25)), "video")
    behind = {"type": "video", **film}
    shown = show(scene(duration=0.4, background=behind), local=local)
    corner = [float(picture[:10, :10].mean()) for picture in shown.frames]
    assert corner == pytest.approx([20 + 20 * n for n in range(10)], abs=9)
    # The blouse, which does not move, is the same throughout.
    middle = np.array([picture[160:175, 155:165].mean() for picture in shown.frames])
    assert np.ptp(middle) < 6


def test_a_film_s_own_sound_is_not_heard_and_full_video_shows_it_whole(
    show: Callable[..., Shown], tmp_path: Path
) -> None:
    local = LocalFiles()
    film = local.source(str(_counting_film(tmp_path / "count.mp4", 10, 25)), "video")
    shown = show(
        scene(duration=0.12, character=None, background={"type": "video", **film, "play_style": "full_video"}),
        local=local,
    )
    assert len(shown.frames) == 10
    assert not shown.sound.any()


# text


def test_words_stand_over_presenter_and_background(show: Callable[..., Shown]) -> None:
    text = {
        "type": "text",
        "text": "IIIIIIII",
        "font_size": 60,
        "font_weight": "bold",
        "color": "#ff00ff",
        "position": {"x": 0.1, "y": 0.5},
        "text_align": "center",
        "width": 0.8,
    }
    picture = show(scene(text=text)).last
    found = ~differs(picture, (255, 0, 255), 90)
    rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
    assert rows[0] >= 0.5 * HEIGHT
    assert abs((columns[0] + columns[-1]) / 2 - WIDTH / 2) < 6
    assert found[:, 150:170].any(), "over the presenter too"


# the whole film


@pytest.mark.parametrize("rate", [25, "30", 60.0])
def test_frame_rates(show: Callable[..., Shown], rate: Any) -> None:
    shown = show(scene(duration=0.5), fps=rate)
    assert len(shown.frames) == pytest.approx(0.5 * float(rate), abs=1)
    with av.open(str(shown.rendered.film.video)) as film:
        assert film.streams.video[0].average_rate == float(rate)
    assert shown.rendered.film.duration_s == pytest.approx(len(shown.frames) / float(rate), abs=5e-4)


@pytest.mark.parametrize(("width", "height"), [(128, 128), (128, 4096), (4096, 128), (270, 480), (242, 242)])
def test_any_even_size_shows_the_whole_head(show: Callable[..., Shown], width: int, height: int) -> None:
    shown = show(scene(duration=0.1), dimension={"width": width, "height": height})
    assert shown.last.shape == (height, width, 3)
    assert not differs(shown.last[: max(2, int(0.03 * height))], GREEN_RGB).any(), "room above the head"
    assert figure(shown.last)[3] == height


def test_a_portrait_frame_shows_a_larger_presenter(show: Callable[..., Shown]) -> None:
    wide = figure(show(scene(duration=0.1), dimension={"width": 480, "height": 270}).last)
    tall = figure(show(scene(duration=0.1), dimension={"width": 270, "height": 480}).last)
    assert (tall[2] - tall[0]) / 270 > 2 * (wide[2] - wide[0]) / 480
    assert tall[3] - tall[1] > wide[3] - wide[1]


@pytest.mark.parametrize("field", ["test", "enable_watermark"])
def test_a_test_carries_the_same_mark_everywhere_in_every_frame(show: Callable[..., Shown], field: str) -> None:
    plain = show(scene(character=None))
    marked = show(scene(character=None), **{field: True})
    change = np.abs(marked.last.astype(int) - plain.last).sum(-1) > 12
    for rows in np.array_split(change, 3):
        for cell in np.array_split(rows, 3, axis=1):
            assert cell.mean() > 0.005, "every ninth of the picture is marked"
    assert all(np.abs(picture.astype(int) - marked.last).max() < 16 for picture in marked.frames)
    over = show(scene(duration=0.4), **{field: True})
    bare = show(scene(duration=0.4))
    marks = [np.abs(a.astype(int) - b).sum(-1) > 40 for a, b in zip(over.frames, bare.frames, strict=True)]
    assert np.mean([np.logical_xor(marks[0], mark).mean() for mark in marks]) < 0.01, "over the presenter too"


def test_the_title_and_the_marking_are_in_the_file(show: Callable[..., Shown]) -> None:
    with av.open(str(show(scene(), title="Ünser Film").rendered.film.video)) as film:
        assert film.metadata["title"] == "Ünser Film"
        assert "AI-generated" in " ".join(film.metadata.values())


def test_cuts_are_on_the_frame_and_the_same_presenter_does_not_jump(show: Callable[..., Shown]) -> None:
    scenes = [scene(duration=0.48 + 0.04 * i, background={"type": "color", "value": v}) for i, v in enumerate(
        ("#ff0000", "#00ff00", "#0000ff")
    )]  # fmt: skip
    shown = show(*scenes)
    colours = [tuple(round(c / 255) for c in picture[:8, :8].reshape(-1, 3).mean(0)) for picture in shown.frames]
    assert colours == [(1, 0, 0)] * 12 + [(0, 1, 0)] * 13 + [(0, 0, 1)] * 14

    def face(picture: Pixels) -> NDArray[np.int_]:
        return picture[40:75, 150:170].astype(int)

    steps = [np.abs(face(a) - face(b)).mean() for a, b in zip(shown.frames, shown.frames[1:], strict=False)]
    assert max(steps[11], steps[24]) < 2.5 * np.median(steps) + 2


def test_fifty_scenes(show: Callable[..., Shown]) -> None:
    scenes = [
        scene(duration=0.1, character=None, background={"type": "color", "value": f"#{5 * i:02x}0000"})
        for i in range(50)
    ]
    shown = show(*scenes, dimension={"width": 128, "height": 128})
    reds = [float(picture[..., 0].mean()) for picture in shown.frames]
    assert len(reds) == 150
    assert reds[1::3] == pytest.approx([5 * i for i in range(50)], abs=6)


def test_captions_come_as_files_and_as_a_second_film(show: Callable[..., Shown]) -> None:
    shown = show(scene(duration=0.4), scene(voice=spoken("Welcome to our film.")), caption=True)
    film = shown.rendered.film
    assert film.captioned
    assert set(film.subtitles) == {"srt", "vtt", "ass"}
    assert "Welcome to our film." in film.subtitles["srt"].read_text("utf-8")
    captioned = frames(film.captioned)
    assert len(captioned) == len(shown.frames)
    changed = [np.abs(a.astype(int) - b).max() > 60 for a, b in zip(shown.frames, captioned, strict=True)]
    assert not any(changed[:10]) and any(changed[10:])
    middle = np.abs(captioned[20].astype(int) - shown.frames[20]).sum(-1) > 120
    assert middle[HEIGHT // 2 :].any() and not middle[: HEIGHT // 2].any()


def test_side_products(show: Callable[..., Shown]) -> None:
    shown = show(scene(duration=1))
    picture = cv2.imread(str(shown.rendered.film.thumbnail))
    assert picture is not None and picture.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(picture[..., ::-1].astype(int) - shown.frames[2]).mean() < 6
    with av.open(str(shown.rendered.film.gif)) as gif:
        assert len(list(gif.decode(video=0))) >= 8


def _centre_hz(samples: NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
    kept = (frequencies > 60) & (frequencies < 4000)
    return float((spectrum[kept] * frequencies[kept]).sum() / spectrum[kept].sum())


def test_a_text_that_names_no_colour_is_read_on_what_is_behind_it(show: Callable[..., Shown]) -> None:
    text = {"text": "HHHH", "font_size": 40}
    for colour, ink in (("#ffffff", 0), ("#12203a", 255)):
        picture = show(scene(0.1, character=None, background={"type": "color", "value": colour}, text=text)).last
        assert (np.abs(picture[:60, :140].astype(int) - ink).max(-1) < 30).sum() > 300
    over_shirt = {"text": "HHHHHHHHHHHH", "font_size": 40, "position": {"x": 0.05, "y": 0.7}}
    wearing = character(outfit_colour="#000000")
    picture = show(scene(0.1, character=wearing, background={"type": "color", "value": "#fff"}, text=over_shirt)).last
    shirt = picture[130:160, 140:180]
    assert shirt.min() < 30 and shirt.max() > 225, "black on the white, with a white edge on the black shirt"


@pytest.mark.parametrize(
    ("offset", "said", "rows"),
    [(0.0, "auto", (0, 60)), (0.0, "bottom", (120, HEIGHT)), (0.38, "auto", (120, HEIGHT))],
    ids=["in the middle below", "asked for all the same", "in the corner"],
)
def test_captions_leave_a_small_speaker_free(
    show: Callable[..., Shown], offset: float, said: str, rows: tuple[int, int]
) -> None:
    shown = character(avatar_style="circle", scale=0.3, offset={"x": offset, "y": 0.32})
    made = show(
        scene(character=shown, voice=spoken("Here I am.")),
        caption={"style": {"position": said, "background_color": "#00f"}},
    ).rendered.film
    assert made.captioned
    picture = frames(made.captioned)[10]
    blue = np.flatnonzero((np.abs(picture.astype(int) - (0, 0, 255)).sum(-1) < 90).sum(1) > 20)
    assert rows[0] <= blue[0] and blue[-1] < rows[1]
    assert ("line:0" in made.subtitles["vtt"].read_text()) == (rows[0] == 0)
