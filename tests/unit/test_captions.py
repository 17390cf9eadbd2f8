"""Captions drawn on a film: the right words' pixels, in the right place, on the right frames, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from colours import fill
from limelight.captions.burn import burn
from limelight.captions.cues import Cue
from limelight.captions.draw import Taken, caption_picture, caption_style, lay_out
from limelight.captions.subtitles import caption_geometry
from limelight.compose.text import line_width
from limelight.compose.yuv import Planes
from limelight.errors import MediaError
from limelight.media.film import SegmentWriter, join
from limelight.puppet.pack import Rect
from limelight.spec import SAMPLE_RATE_HZ, Captions
from limelight.speech.script import read_script
from limelight.speech.types import Word

WIDTH, HEIGHT, FPS, FRAMES = 320, 180, 25, 40
GREY = 118
SHAPES = [(1920, 1080), (1080, 1920), (1080, 1080), (320, 180)]
#: First frames 5 and 22, ends 20 and 30.
CUES = [
    Cue(0.2, 0.8, ((Word("Hello", 0.2, 0.5),), (Word("there,", 0.5, 0.8),))),
    Cue(0.88, 1.2, ((Word("friends.", 0.88, 1.2),),)),
]
SHOWN = {*range(5, 20), *range(22, 30)}


def segment(path: Path, frames: int = FRAMES, size: tuple[int, int] = (WIDTH, HEIGHT), fps: int = FPS) -> Path:
    """A grey picture in which something moves, from the upper left corner to the lower right one."""
    planes = Planes(*size)
    with SegmentWriter(path, *size, fps) as writer:
        for i in range(frames):
            picture = np.full((size[1], size[0], 3), GREY, np.uint8)
            x, y = ((s - 40) * i // max(frames - 1, 1) for s in size)
            picture[y : y + 40, x : x + 40] = (200, 120, 60)
            fill(planes, picture)
            writer.write(planes.y, planes.u, planes.v)
    return path


def decoded(path: Path) -> tuple[NDArray[np.uint8], list[float]]:
    """RGB (n, h, w, 3), and the frames' times in seconds."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return np.stack([frame.to_ndarray(format="rgb24") for frame in frames]), [frame.time for frame in frames]


def psnr_db(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    error = float(np.mean((a.astype(np.float64) - b) ** 2))
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def box_of(cue: Cue, captions: Captions, size: tuple[int, int] = (WIDTH, HEIGHT)) -> tuple[slice, slice]:
    picture, x, y = caption_picture(cue, captions, *size)
    return slice(y, y + picture.shape[0]), slice(x, x + picture.shape[1])


def burnt(folder: Path, captions: Captions) -> NDArray[np.uint8]:
    out = folder / "captioned.mp4"
    cues = lay_out([Word("Hxg", 0.0, 0.4)], captions, WIDTH, HEIGHT, 0.4)
    burn(segment(folder / "scene.mp4", 12), cues, captions, out)
    return decoded(out)[0]


def cue_of(*lines: str, start_s: float = 0.0, end_s: float = 0.4) -> Cue:
    return Cue(start_s, end_s, tuple(tuple(Word(w, start_s, end_s) for w in line.split()) for line in lines))


def spoken(text: str) -> list[Word]:
    return [Word(word, 0.3 * i, 0.3 * i + 0.3) for i, word in enumerate(text.split())]


def test_captions_stand_on_their_frames_and_nothing_else_changes(tmp_path: Path) -> None:
    captions, out = Captions(font_size=18), tmp_path / "captioned.mp4"
    burn(segment(tmp_path / "scene.mp4"), CUES, captions, out)
    (before, times), (after, times_after) = decoded(tmp_path / "scene.mp4"), decoded(out)
    assert times_after == times == pytest.approx([i / FPS for i in range(FRAMES)])
    for i in range(FRAMES):
        elsewhere = np.ones((HEIGHT, WIDTH), bool)
        if i in SHOWN:
            box = box_of(CUES[0 if i < 20 else 1], captions)
            assert after[i][box].max() > 225, f"no words on frame {i}"
            assert np.median(after[i][box]) < 60, f"no box on frame {i}"
            elsewhere[box] = False
        assert psnr_db(after[i][elsewhere], before[i][elsewhere]) > 38, f"frame {i}"


@pytest.mark.parametrize(("frames", "fps"), [(1, 25), (2, 30), (31, 60)])
def test_short_and_fast_scenes_keep_their_frames(frames: int, fps: int, tmp_path: Path) -> None:
    burn(segment(tmp_path / "scene.mp4", frames, fps=fps), [cue_of("Hi")], Captions(font_size=24), tmp_path / "out.mp4")
    pictures, times = decoded(tmp_path / "out.mp4")
    assert times == pytest.approx([i / fps for i in range(frames)])
    shown = [i for i, picture in enumerate(pictures) if picture.max() > 225]
    assert shown == list(range(min(frames, round(0.4 * fps))))


def test_segments_with_and_without_captions_join(tmp_path: Path) -> None:
    plain, captioned = segment(tmp_path / "a.mp4", 12), tmp_path / "b.mp4"
    burn(plain, [cue_of("Hi")], Captions(font_size=24), captioned)
    np.save(tmp_path / "s.npy", np.zeros(12 * SAMPLE_RATE_HZ // FPS, np.float32))
    assert join([plain, captioned, plain], [tmp_path / "s.npy"] * 3, FPS, tmp_path / "film.mp4") == 36
    pictures, _ = decoded(tmp_path / "film.mp4")
    assert [i for i, picture in enumerate(pictures) if picture.max() > 225] == list(range(12, 22))


def test_the_same_captions_give_the_same_bytes(tmp_path: Path) -> None:
    segment(tmp_path / "scene.mp4")
    for name in ("a.mp4", "b.mp4"):
        burn(tmp_path / "scene.mp4", CUES, Captions(), tmp_path / name)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_scene_that_is_no_film_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "scene.mp4").write_bytes(b"not a film")
    with pytest.raises(MediaError, match="captions") as error:
        burn(tmp_path / "scene.mp4", CUES, Captions(), tmp_path / "out.mp4")
    assert str(tmp_path) not in error.value.message


@pytest.mark.parametrize(("position", "middle"), [("bottom", 0.86), ("middle", 0.5), ("top", 0.14)])
def test_position(position: Literal["bottom", "middle", "top"], middle: float, tmp_path: Path) -> None:
    picture = burnt(tmp_path, Captions(position=position))[5]
    rows, columns = np.nonzero(picture.min(-1) > 200)
    assert np.mean(rows) / HEIGHT == pytest.approx(middle, abs=0.05)
    assert np.mean(columns) / WIDTH == pytest.approx(0.5, abs=0.02)


#: Rectangles of a frame of 320 × 180 pixels.
BELOW, ABOVE, MIDDLE = (100, 130, 180, 176), (100, 6, 180, 60), (100, 60, 220, 120)
SPOKEN = [Word("Here", 0.0, 0.5), Word("I", 0.5, 0.7), Word("am.", 0.7, 1.0)]


@pytest.mark.parametrize(
    ("taken", "place"),
    [
        (Taken(), "bottom"),
        (Taken(MIDDLE), "bottom"),
        (Taken(BELOW), "top"),
        (Taken((0, 130, 20, 176)), "bottom"),
        (Taken(BELOW, (ABOVE,)), "middle"),
        (Taken(None, (BELOW,)), "top"),
        (Taken(ABOVE, (BELOW,)), "middle"),
        (Taken(BELOW, (ABOVE, (0, 60, 320, 120))), "middle"),
        (Taken((0, 0, 320, 150)), "bottom"),
    ],
    ids=[
        *("nothing there", "a face in the middle", "a face below", "a face in the corner, beside the words"),
        *(
            "a face below and a title above",
            "a title below",
            "a face above, a text below",
            "texts rather than a face",
        ),
        "a face nearly everywhere",
    ],
)
def test_captions_stand_where_they_cover_neither_who_speaks_nor_texts(taken: Taken, place: str) -> None:
    (cue,) = lay_out(SPOKEN, Captions(), WIDTH, HEIGHT, 2.0, taken)
    assert cue.place == place
    picture, x, y = caption_picture(cue, Captions(), WIDTH, HEIGHT)
    box = (x, y, x + picture.shape[1], y + picture.shape[0])
    if taken.speaker and taken.speaker[3] - taken.speaker[1] < 100:
        assert (
            box[0] >= taken.speaker[2]
            or box[2] <= taken.speaker[0]
            or box[1] >= taken.speaker[3]
            or box[3] <= taken.speaker[1]
        )


#: Of a frame of 1920 × 1080 pixels: the box of a face with room for every pose, a name at the lower left whose last
#: third a caption at the bottom would cover, and a title at the top.
NAME, TITLE = (96, 929, 708, 987), (576, 93, 842, 139)
JOSH, ANGELA, DAISY = (794, 144, 1130, 516), (792, 140, 1134, 518), (770, 106, 1158, 526)


def moved(rect: Rect, across: int) -> Rect:
    return rect[0] + across, rect[1], rect[2] + across, rect[3]


@pytest.mark.parametrize(
    ("face", "texts", "place"),
    [
        (JOSH, (), "bottom"),
        ((500, 200, 1420, 950), (), "bottom"),  # whose neck the caption touches
        ((500, 200, 1420, 1020), (), "top"),
        (JOSH, (NAME,), "top"),
        (moved(JOSH, 480), (NAME,), "top"),
        (moved(JOSH, -480), (NAME,), "top"),
        (JOSH, (NAME, TITLE), "middle"),
        (ANGELA, (NAME,), "top"),
        (ANGELA, (NAME, TITLE), "middle"),
        (DAISY, (NAME,), "middle"),  # whose forehead is at the top
        (moved(DAISY, 480), (NAME, TITLE), "middle"),
        # Some of a text rather than a mouth, and most of one text rather than some of two.
        ((700, 150, 1220, 620), (NAME, TITLE), "bottom"),
        (None, (NAME, moved(NAME, 1116), (200, 93, 1000, 139), (700, 500, 1200, 580)), "top"),
    ],
)
def test_a_touch_of_a_face_is_nothing_beside_what_is_covered_of_a_text(
    face: Rect | None, texts: tuple[Rect, ...], place: str
) -> None:
    words = spoken("Welcome to our office tour, my friends.")
    cues = lay_out(words, Captions(), 1920, 1080, 4.0, Taken(face, texts))
    assert {cue.place for cue in cues} == {place}


def test_a_short_caption_does_not_stand_on_a_nose() -> None:
    close_up = (500, 100, 1420, 900)
    (cue,) = lay_out(
        [Word("Hi.", 0.0, 0.5)], Captions(), 1920, 1080, 2.0, Taken(close_up, (moved(NAME, 300), moved(TITLE, 250)))
    )
    assert cue.place == "bottom"


def test_a_small_presenter_is_covered_on_the_chest_rather_than_in_the_face() -> None:
    """In a wide and low frame a caption covers less of the whole figure above, where there is air over its head."""
    body, face = (430, 8, 594, 128), (480, 12, 545, 70)
    words = spoken("Welcome to our office tour, my friends, and to everybody who has come.")
    for known, place in ((None, "top"), (face, "bottom")):
        (first, *_) = lay_out(words, Captions(), 1024, 128, 6.0, Taken(body, (), known))
        assert first.place == place


def test_captions_stand_where_the_request_says_whatever_is_there() -> None:
    for position in ("bottom", "middle", "top"):
        (cue,) = lay_out(SPOKEN, Captions(position=position), WIDTH, HEIGHT, 2.0, Taken(BELOW, (ABOVE, MIDDLE)))
        assert cue.place == position


def test_all_captions_of_a_scene_stand_at_one_place() -> None:
    words = spoken("It is long, so that it does not fit into one of them, and goes on and on. And then there is more.")
    face = (60, 130, 90, 176)  # beside short captions, and below long ones
    places = [cue.place for cue in lay_out(words, Captions(), WIDTH, HEIGHT, 30.0, Taken(face))]
    assert len(places) > 1 and set(places) == {"top"}


def test_a_family_is_drawn_as_one_sign() -> None:
    def width(text: str) -> int:
        (sentence,) = read_script(text).sentences
        (cue,) = lay_out([Word(word, 0.0, 0.5) for word in sentence.text.split()], Captions(), WIDTH, HEIGHT, 2.0)
        return int(caption_picture(cue, Captions(), WIDTH, HEIGHT)[0].shape[1])

    assert width("Hi 👨\u200d👩\u200d👧") == pytest.approx(width("Hi 👨"), abs=3)


def test_font_size(tmp_path: Path) -> None:
    heights = []
    for size in (10, 20):
        rows, _ = np.nonzero(burnt(tmp_path, Captions(font_size=size))[5].min(-1) > 180)
        heights.append(np.ptp(rows) + 1)
    assert heights[1] / heights[0] == pytest.approx(2, rel=0.2)


def test_colour_and_background(tmp_path: Path) -> None:
    captions = Captions(font_size=26, colour="#ffe000", background="#0000ffff")
    picture = burnt(tmp_path, captions)[5]
    box = picture[box_of(cue_of("Hxg"), captions)].astype(int)
    words = box[(box[..., 0] > 200) & (box[..., 1] > 180)]
    assert len(words) > 20
    assert words[:, 2].min() < 60
    assert np.median(box[2:5, 8:-8], axis=(0, 1)) == pytest.approx([0, 0, 255], abs=12)


def test_a_half_transparent_box_lets_the_picture_through(tmp_path: Path) -> None:
    captions = Captions(background="#00000080")
    picture = burnt(tmp_path, captions)[0]
    box = picture[box_of(cue_of("Hxg"), captions)]
    assert np.median(box[1:3, 8:-8]) == pytest.approx(GREY * 0.5, abs=6)


def test_words_without_a_box_have_a_dark_edge(tmp_path: Path) -> None:
    captions = Captions(background="#00000000", font_size=24)
    picture = burnt(tmp_path, captions)[5]
    box = picture[box_of(cue_of("Hxg"), captions)]
    assert box.max() > 225
    assert box.min() < 60
    assert abs(box[0, 0].astype(int) - GREY).max() < 12


@pytest.mark.parametrize("size", SHAPES, ids=str)
def test_every_line_fits_the_frame_as_it_is_drawn(size: tuple[int, int]) -> None:
    captions = Captions()
    text = "WWWW MMMM. We will look at how a wonderful company can plan its work, and illustrate everything!"
    words = spoken(" ".join([text] * 3))
    cues = lay_out(words, captions, *size, end_s=100)
    limit_px = caption_geometry(captions, *size).line_px
    assert [w.text for cue in cues for w in cue.words] == [w.text for w in words]
    assert (
        max(line_width(line, caption_style(captions, *size)) for cue in cues for line in cue.lines) <= limit_px * 1.01
    )
    for cue in cues:
        rows, columns = box_of(cue, captions, size)
        assert 0.05 * size[0] <= columns.start < columns.stop <= 0.95 * size[0]
        assert 0.05 * size[1] <= rows.start < rows.stop <= 0.95 * size[1]


def test_a_large_font_has_short_lines_and_stays_in_the_frame() -> None:
    words = spoken("We will look at extraordinarinesses today.")
    longest = {
        size: max(len(line) for cue in lay_out(words, Captions(font_size=size), 320, 180) for line in cue.lines)
        for size in (8, 16, 28)
    }
    assert longest[8] > longest[16] > longest[28]
    picture, x, y = caption_picture(cue_of("Wide lines", "of huge letters"), Captions(font_size=1000), 320, 180)
    assert min(x, y) >= 0
    assert x + picture.shape[1] <= 320
    assert y + picture.shape[0] <= 180


@pytest.mark.parametrize("size", [*SHAPES, (640, 360)], ids=str)
def test_captions_of_one_line_have_one_height(size: tuple[int, int]) -> None:
    texts = ("ace", "Ég", "one.", "(gypsy)", "ที่นี่", "हिन्दी", "会社。", "Größe 🎉")
    for language in (texts, ("مرحبا", "شركتنا،", "في", "أب")):
        assert len({caption_picture(cue_of(text), Captions(), *size)[0].shape[0] for text in language}) == 1


@pytest.mark.parametrize("size", SHAPES, ids=str)
def test_words_stand_in_the_middle_of_their_box(size: tuple[int, int]) -> None:
    font_px = caption_geometry(Captions(), *size).font_px
    for lines in (["HxH"], ["HxHxHxH", "HxH."]):
        picture, _, _ = caption_picture(cue_of(*lines), Captions(), *size)
        ink = picture.min(-1) > 120
        rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
        above, below = rows[0], picture.shape[0] - 1 - rows[-1]
        assert 0 <= below - above < 0.12 * font_px + 1.5, "a little lower than higher, for what descends"
        left, right = columns[0], picture.shape[1] - 1 - columns[-1]
        assert abs(left - right) <= 2
        assert left >= 0.4 * font_px


@pytest.mark.parametrize("text", ["ปู่ กุ้ง", "Ẫ ạ Ự", "إِلَّا ﷺ", "Å\u0301g\u0323"])
@pytest.mark.parametrize("size", SHAPES, ids=str)
def test_no_mark_touches_the_edge_of_its_box(text: str, size: tuple[int, int]) -> None:
    picture, _, _ = caption_picture(cue_of(text), Captions(), *size)
    ink = np.flatnonzero((picture[..., :3].max(-1) > 40).any(1))
    assert ink[0] >= 1
    assert ink[-1] <= picture.shape[0] - 2


def test_lines_without_a_box_stand_where_they_do_in_one() -> None:
    for captions in (Captions(), Captions(font_size=30, position="top")):
        clear = captions.model_copy(update={"background": "#00000000"})
        cue = replace(cue_of("Hxg", "(and)"), place="top" if captions.position == "top" else "bottom")
        boxed, bare = (caption_picture(cue, c, 640, 360) for c in (captions, clear))
        assert boxed[1:] == bare[1:]
        assert np.array_equal(boxed[0].min(-1) > 250, bare[0].min(-1) > 250)
