"""Strangers' films as players show them: upright, whole pictures, all of their frames and no others."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from bench.media_files import (
    OPEN_GOP,
    ORIENTATIONS,
    clean_aperture,
    combed,
    count_of,
    counting,
    cut_by_edit_list,
    encoded,
    film,
    four,
    with_box,
    without_ftyp,
)
from limelight.errors import MediaError
from limelight.media.decode import animations, open_film, read_image, sound_of_film

Pixels = NDArray[np.uint8]
X264 = {"x264-params": "qp=4"}


def written(folder: Path, content: bytes) -> Path:
    path = folder / "film"
    path.write_bytes(content)
    return path


def counts(path: Path, fps: int = 25) -> list[int]:
    """Which of `counting` is shown at the time of each frame, twice."""
    with open_film(path) as reader:
        shown = []
        for _ in range(2):
            reader.rewind()
            for i in range(round(reader.duration_s * fps)):
                reader.advance(i / fps)
                shown.append(count_of(reader.picture(reader.width, reader.height)))
    half = len(shown) // 2
    assert shown[:half] == shown[half:]
    return shown[:half]


@pytest.mark.parametrize("number", ORIENTATIONS)
def test_a_film_lies_as_its_display_matrix_says(number: int, tmp_path: Path) -> None:
    """The eight ways are those of EXIF: what Pillow makes of a picture."""
    exif = Image.Exif()
    exif[0x0112] = number
    picture = four().copy()
    picture.info["exif"] = exif.tobytes()
    expected = np.asarray(ImageOps.exif_transpose(picture)).astype(int)
    path = written(tmp_path, film([np.asarray(four())] * 2, "mp4", "libx264", options=X264, turn=ORIENTATIONS[number]))
    with open_film(path) as reader:
        assert (reader.height, reader.width) == expected.shape[:2]
        shown = reader.picture(reader.width, reader.height).astype(int)
        assert np.abs(shown - expected)[4::8, 4::8].max() <= 24
        assert reader.picture(10, 20).shape == (20, 10, 3)


def test_a_matrix_of_nothing_turns_nothing(tmp_path: Path) -> None:
    content = bytearray(film([np.asarray(four())] * 2, "mp4", "libx264", options=X264))
    at = content.index(struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30), content.index(b"tkhd"))
    content[at : at + 32] = bytes(32)
    with open_film(written(tmp_path, bytes(content))) as reader:
        assert (reader.width, reader.height) == (64, 32)
        assert reader.picture(64, 32)[4, 4, 0] > 230


@pytest.mark.parametrize(
    ("container", "codec", "options"),
    [
        ("mp4", "libx264", {"flags": "+ildct+ilme", "x264-params": "tff=1:qp=4"}),
        ("mpeg", "mpeg2video", {"flags": "+ildct+ilme"}),
        ("mpegts", "libx264", {"flags": "+ildct+ilme", "x264-params": "tff=1:qp=4"}),
    ],
)
def test_an_interlaced_film_has_no_combs(container: str, codec: str, options: dict[str, str], tmp_path: Path) -> None:
    path = written(tmp_path, film(combed(), container, codec, options=options))
    with open_film(path) as reader:
        assert reader.duration_s == pytest.approx(0.4, abs=0.001)
        for i in range(10):
            reader.advance(i / 25)
            shown = reader.picture(128, 96)[..., 1].astype(int)
            assert np.abs(np.diff(shown, axis=0)).mean() < 2  # 20 and more with combs
            assert abs(int((shown[48] * np.arange(128)).sum() / shown[48].sum()) - (19 + 8 * i)) <= 4


def test_pictures_that_are_not_interlaced_are_left_as_they_are(tmp_path: Path) -> None:
    """Fine lines, as of a text, are no fields."""
    lines = np.zeros((96, 128, 3), np.uint8)
    lines[::2] = 255
    with open_film(written(tmp_path, film([lines] * 4, "mp4", "libx264", options=X264))) as reader:
        assert np.abs(np.diff(reader.picture(128, 96)[..., 1].astype(int), axis=0)).min() > 200


@pytest.mark.parametrize(
    ("codec", "more"),
    [
        ("libx264", {"options": {"bf": "2", "x264-params": "b-adapt=0"}}),
        ("libx264", {"options": {"bf": "3", "x264-params": "b-adapt=0:b-pyramid=normal"}}),
        ("libx264", {"options": {"bf": "0"}}),
    ],
)
def test_frames_of_an_avi_are_in_order(codec: str, more: dict[str, Any], tmp_path: Path) -> None:
    assert counts(written(tmp_path, film(counting(), "avi", codec, **more))) == list(range(24))


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize("first", [0, 4, 5, 6, 7, 8, 13])
def test_what_leads_up_to_a_key_frame_is_kept(codec: str, first: int, tmp_path: Path) -> None:
    """An edit list may begin among frames that are shown before a key frame and coded after it."""
    (settings,) = OPEN_GOP.values()
    options = OPEN_GOP if codec == "libx264" else {"x265-params": f"log-level=none:{settings}"}
    path = written(tmp_path, cut_by_edit_list(film(counting(), "mp4", codec, options=options), first))
    assert counts(path) == list(range(first, 24))


@pytest.mark.parametrize(
    ("container", "codec"), [("mpegts", "libx264"), ("mpegts", "mpeg2video"), ("mpeg", "mpeg2video")]
)
def test_streams_that_were_joined_are_shown_one_after_the_other(container: str, codec: str, tmp_path: Path) -> None:
    """Recorders cut streams and people put them behind each other: the clock begins anew in each."""
    parts = [film(counting(24), container, codec), film(counting(12)[::-1], container, codec)]
    expected = [*range(24), *range(11, -1, -1), *range(24)]
    shown = counts(written(tmp_path, b"".join((*parts, parts[0]))))
    assert len(shown) == len(expected)
    assert sum(one != other for one, other in zip(shown, expected, strict=True)) <= 2


@pytest.mark.parametrize(("default", "expected"), [(0, 3), (1, 11)])
def test_of_several_films_the_default_one_is_shown(default: int, expected: int, tmp_path: Path) -> None:
    path = tmp_path / "tracks.mkv"
    with av.open(str(path), "w", format="matroska") as out:
        streams = [out.add_stream("mpeg4", rate=25) for _ in range(2)]
        for i, stream in enumerate(streams):
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            stream.disposition = stream.disposition.default if i == default else stream.disposition.__class__(0)
        for picture, stream in zip((counting()[3], counting()[11]), streams, strict=True):
            out.mux([*stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")), *stream.encode(None)])
    assert counts(path) == [expected]


@pytest.mark.parametrize(
    ("cut", "colour"),
    [((32, 0, 0, 16), (0, 255, 0)), ((0, 32, 16, 0), (0, 0, 255)), ((32, 0, 16, 0), (255, 255, 255))],
)
@pytest.mark.parametrize("number", [1, 6])
def test_what_a_container_cuts_off_is_not_shown(
    cut: tuple[int, int, int, int], colour: tuple[int, int, int], number: int, tmp_path: Path
) -> None:
    """The clean aperture of an MP4; before it is turned."""
    whole = film([np.asarray(four())] * 2, "mp4", "libx264", options=X264, turn=ORIENTATIONS[number])
    with open_film(written(tmp_path, with_box(whole, b"avc1", clean_aperture(*cut)))) as reader:
        assert (reader.width, reader.height) == ((32, 16) if number == 1 else (16, 32))
        for size in ((reader.width, reader.height), (100, 90), (8, 8)):
            inside = reader.picture(*size)[2:-2, 2:-2].astype(int)
            assert np.abs(inside.mean((0, 1)) - colour).max() <= 24


def test_a_mov_that_is_older_than_ftyp_is_shown(tmp_path: Path) -> None:
    assert counts(written(tmp_path, without_ftyp(film(counting(6), "mov", "libx264")))) == list(range(6))


# Animated pictures


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "AVIF"])
def test_an_animated_picture_is_a_film(form: str, tmp_path: Path) -> None:
    """Each picture for as long as it says; 0 means a tenth of a second, as in browsers."""
    pictures = [Image.fromarray(picture) for picture in counting(4)]
    durations = [80, 160, 0 if form == "GIF" else 100, 60]
    more: dict[str, Any] = {"lossless": True} if form == "WEBP" else {"quality": 100} if form == "AVIF" else {}
    content = encoded(pictures[0], form, save_all=True, append_images=pictures[1:], duration=durations, loop=0, **more)
    assert not len(sound_of_film(written(tmp_path, content)))
    with open_film(written(tmp_path, content)) as reader:
        assert (reader.width, reader.height) == (64, 48)
        assert reader.duration_s == pytest.approx(0.4)
    shown = [0, 0, 1, 1, 1, 1, 2, 2, 2, 3]
    assert counts(written(tmp_path, content)) == shown


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "AVIF"])
def test_an_animated_picture_can_be_shown_again_from_anywhere(form: str, tmp_path: Path) -> None:
    pictures = [Image.fromarray(picture) for picture in counting(4)]
    content = encoded(pictures[0], form, save_all=True, append_images=pictures[1:], duration=40)
    with open_film(written(tmp_path, content)) as reader:
        for last in (1, 2, 0, 3):
            reader.rewind()
            for i in range(last + 1):
                reader.advance(i / 25)
                assert count_of(reader.picture(64, 48)) == i


@pytest.mark.parametrize("form", ["GIF", "PNG", "JPEG"])
def test_a_picture_that_does_not_move_is_no_film(form: str, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=f"it is a {form} picture, not a film; a background of it has the type image"):
        open_film(written(tmp_path, encoded(four(), form)))


def test_an_animation_of_too_many_pixels_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [Image.fromarray(picture) for picture in counting(4)]
    content = encoded(pictures[0], "GIF", save_all=True, append_images=pictures[1:], duration=100)
    monkeypatch.setattr(animations, "MAX_ANIMATION_PX", 4 * 64 * 48)
    open_film(written(tmp_path, content)).__exit__(None, None, None)
    monkeypatch.setattr(animations, "MAX_ANIMATION_PX", 4 * 64 * 48 - 1)
    with pytest.raises(MediaError, match=r"the animation has 4 pictures of 64x48, the limit is .*; send it as MP4"):
        open_film(written(tmp_path, content))


def test_the_two_pictures_of_a_camera_s_jpeg_are_no_film(tmp_path: Path) -> None:
    content = encoded(four(), "MPO", save_all=True, append_images=[four()])
    with pytest.raises(MediaError, match="it is a JPEG picture, not a film"):
        open_film(written(tmp_path, content))


def test_a_picture_for_programs_without_animations_is_no_part_of_one(tmp_path: Path) -> None:
    pictures = [Image.fromarray(picture) for picture in counting(4)]
    content = encoded(pictures[3], "PNG", save_all=True, append_images=pictures[:3], duration=40, default_image=True)
    path = written(tmp_path, content)
    assert counts(path) == [0, 1, 2]
    assert count_of(read_image(path)) == 0


def test_an_animation_that_is_cut_off_is_said(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (4, 32, 32, 3), np.uint8)
    pictures = [Image.fromarray(picture) for picture in noise]
    content = encoded(pictures[0], "PNG", save_all=True, append_images=pictures[1:], duration=100)
    with pytest.raises(MediaError, match="damaged or cut off"):
        open_film(written(tmp_path, content[: len(content) // 3]))


def test_an_animation_that_is_too_long_is_refused(tmp_path: Path) -> None:
    pictures = [Image.new("L", (4, 4), i) for i in range(12)]
    content = encoded(pictures[0], "GIF", save_all=True, append_images=pictures[1:], duration=60_000)
    with pytest.raises(MediaError, match="lasts longer than the limit of 600 seconds"):
        open_film(written(tmp_path, content))
