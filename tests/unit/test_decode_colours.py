"""Colours of strangers' pictures and films: profiles, gammas, high dynamic range, against what others show."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from bench.media_files import (
    ADOBE_RGB,
    CARD_COLOURS,
    CARD_LEVELS,
    CARD_PATCH_PX,
    DISPLAY_P3,
    dolby_vision,
    encoded,
    film,
    gamma,
    hdr,
    heic,
    png,
    profile,
    soft,
    with_box,
)
from colours import ciede2000, lab, linear
from limelight.errors import MediaError
from limelight.media.decode import open_film, read_image

Pixels = NDArray[np.uint8]
PQ, HLG = 16, 18

#: 0, 34, 68, … 238, and what Chromium 156 shows of them in grey.
STEPS = np.arange(0, 256, 34, dtype=np.uint8)
SHOWN = {
    1.0: (0, 102, 141, 170, 193, 213, 231, 247),
    1 / 1.8: (0, 45, 86, 121, 154, 184, 214, 241),
    1 / 2.2: (0, 34, 68, 102, 136, 170, 204, 238),
}


def read(content: bytes, folder: Path) -> Pixels:
    path = folder / "p"
    path.write_bytes(content)
    return read_image(path)


@pytest.mark.parametrize("value", SHOWN)
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("coloured", [False, True])
def test_a_png_s_gamma_is_obeyed(value: float, deep: bool, coloured: bool, tmp_path: Path) -> None:
    pixels = STEPS[None].repeat(2, 0)
    pixels = pixels[..., None].repeat(3, -1) if coloured else pixels
    picture = read(png(pixels.astype(np.uint16) * 257 if deep else pixels, [gamma(value)]), tmp_path)
    assert np.abs(picture[0, :, 1].astype(int) - SHOWN[value]).max() <= 1


def test_a_gamma_is_nothing_beside_srgb(tmp_path: Path) -> None:
    picture = read(png(STEPS[None].repeat(2, 0), [gamma(1.0), (b"sRGB", b"\0")]), tmp_path)
    assert (picture[0, :, 0] == STEPS).all()


def test_a_png_that_names_its_colours_by_code(tmp_path: Path) -> None:
    """Display P3's red, which is beyond sRGB's, and a colour within; as Chromium shows them."""
    colours = np.array([[[255, 0, 0], [136, 68, 119]]], np.uint8)
    picture = read(png(colours, [(b"cICP", bytes([12, 13, 0, 1])), gamma(1.0)]), tmp_path)
    assert np.abs(picture[0].astype(int) - [[255, 0, 0], [146, 63, 122]]).max() <= 1


@pytest.mark.parametrize("value", [1.0, 1.8, 2.2])
@pytest.mark.parametrize(("mode", "form"), [("L", "PNG"), ("LA", "PNG"), ("L", "JPEG")])
def test_grey_profiles_are_obeyed(value: float, mode: str, form: str, tmp_path: Path) -> None:
    options = {"quality": 100} if form == "JPEG" else {}
    grey = Image.fromarray(STEPS.repeat(8)[None].repeat(8, 0)).convert(mode)
    picture = read(encoded(grey, form, icc_profile=profile(value), **options), tmp_path)
    light = (STEPS / 255) ** value
    expected = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) * 255
    assert np.abs(picture[4, 4::8].astype(int) - expected[:, None]).max() <= 2


@pytest.mark.parametrize(
    ("colorants", "given", "shown"),
    [
        (DISPLAY_P3, (200, 100, 50), (216, 93, 24)),
        (ADOBE_RGB, (200, 100, 50), (227, 100, 42)),
        (ADOBE_RGB, (90, 160, 60), (0, 161, 46)),
    ],
)
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_colours_of_cameras_and_phones_are_as_chromium_shows_them(
    colorants: tuple[tuple[float, ...], ...],
    given: tuple[int, int, int],
    shown: tuple[int, int, int],
    form: str,
    tmp_path: Path,
) -> None:
    exact: dict[str, dict[str, object]] = {
        "JPEG": {"quality": 100},
        "WEBP": {"lossless": True},
        "AVIF": {"quality": 100},
    }
    flat = Image.new("RGB", (32, 32), given)
    picture = read(encoded(flat, form, icc_profile=profile(2.2, colorants), **exact.get(form, {})), tmp_path)
    assert np.abs(picture[16, 16].astype(int) - shown).max() <= 2


@pytest.mark.parametrize(
    ("code", "given", "shown"),
    [
        ((1, 13), (200, 100, 50), (200, 100, 50)),
        ((12, 13), (200, 100, 50), (215, 93, 31)),
        ((1, 16), (128, 128, 128), None),
    ],
)
def test_an_avif_that_names_its_colours_by_code(
    code: tuple[int, int], given: tuple[int, int, int], shown: tuple[int, int, int] | None, tmp_path: Path
) -> None:
    """Display P3, as Chromium shows it; PQ becomes about as bright as its 92 cd/m² are beside a white of 203."""
    content = encoded(Image.new("RGB", (32, 32), given), "AVIF", quality=100, subsampling="4:4:4")
    at = content.index(b"colrnclx") + 8
    picture = read(content[:at] + struct.pack(">HH", *code) + content[at + 4 :], tmp_path)[16, 16].astype(int)
    assert np.abs(picture - shown).max() <= 2 if shown else abs(int(picture[1]) - 184) < 4


def test_a_heic_of_a_phone(tmp_path: Path) -> None:
    picture = read(heic(soft(96, 64)), tmp_path)
    assert picture.shape == (64, 96, 3)
    assert np.abs(picture.astype(int) - np.asarray(soft(96, 64))).mean() < 6


# High dynamic range

#: The middle of each patch of the card, by levels and colours, as Debian's ffmpeg 5.1 shows it:
#: zscale=t=linear:npl=203, format=gbrpf32le, zscale=p=bt709, tonemap=mobius:desat=0, zscale=t=bt709:m=bt709.
REFERENCE = json.loads((Path(__file__).parents[1] / "data" / "hdr.json").read_text())


def patches(picture: Pixels) -> NDArray[np.float64]:
    """The middle of each patch, (levels, colours, 3)."""
    return picture[CARD_PATCH_PX // 2 :: CARD_PATCH_PX, CARD_PATCH_PX // 2 :: CARD_PATCH_PX].astype(np.float64)


def shown_of(content: bytes, folder: Path) -> Pixels:
    path = folder / "f.mp4"
    path.write_bytes(content)
    with open_film(path) as reader:
        return reader.picture(reader.width, reader.height)


def saturation(picture: NDArray[np.float64]) -> float:
    return float((picture.max(-1) - picture.min(-1)).mean())


def difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Mean CIEDE2000 of two pictures in sRGB."""
    labs = [lab(linear(np.asarray(picture, np.uint8))).reshape(-1, 3) for picture in (one, other)]
    return float(np.mean([ciede2000(a, b) for a, b in zip(*labs, strict=True)]))


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("depth", [10, 12])
@pytest.mark.parametrize(("name", "transfer"), [("pq", PQ), ("hlg", HLG)])
def test_a_film_of_high_dynamic_range_looks_as_a_good_tone_map_makes_it(
    name: str, transfer: int, depth: int, full: bool, tmp_path: Path
) -> None:
    shown, reference = patches(shown_of(hdr(transfer, depth, full), tmp_path)), np.array(REFERENCE[name], np.float64)
    assert difference(shown, reference) < 5
    assert saturation(shown) == pytest.approx(saturation(reference), rel=0.1)
    # Nothing that is brighter becomes darker, and no white is lost in another.
    white = shown[:, CARD_COLOURS.index((1, 1, 1)), 1]
    assert (np.diff(white) > 0).all() and white[CARD_LEVELS.index(1.0)] < 245 <= white[-1]


def test_a_display_that_is_brighter_than_usual_is_taken_into_account(tmp_path: Path) -> None:
    """The brightest pixel, as the film says it (CTA-861.3): 4000 cd/m² need a stronger bend than 1000."""
    usual, bright = (
        patches(shown_of(hdr(PQ, x265=f"max-cll={nits},400"), tmp_path))[:, CARD_COLOURS.index((1, 1, 1)), 1]
        for nits in (1000, 4000)
    )
    assert np.abs(usual - patches(shown_of(hdr(PQ), tmp_path))[:, CARD_COLOURS.index((1, 1, 1)), 1]).max() <= 1
    assert bright[CARD_LEVELS.index(4.0)] < usual[CARD_LEVELS.index(4.0)] - 4


@pytest.mark.parametrize(("number", "compatible", "transfer"), [(8, 4, HLG), (8, 1, PQ)])
def test_dolby_vision_is_shown_as_what_it_is_compatible_with(
    number: int, compatible: int, transfer: int, tmp_path: Path
) -> None:
    plain = hdr(transfer)
    dolby = with_box(plain, b"hev1", dolby_vision(number, compatible))
    assert (shown_of(dolby, tmp_path) == shown_of(plain, tmp_path)).all()


def test_dolby_vision_that_only_its_players_can_show_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"Dolby Vision of profile 5.* export it as HDR10, HLG or SDR") as error:
        shown_of(with_box(hdr(PQ), b"hev1", dolby_vision(5, 0)), tmp_path)
    assert error.value.code == "media_unusable"


@pytest.mark.parametrize(("primaries", "matrix", "red"), [(12, 1, (200, 60, 20)), (9, 9, (200, 60, 20)), (1, 1, None)])
def test_wide_colours_of_an_ordinary_film(
    primaries: int, matrix: int, red: tuple[int, int, int] | None, tmp_path: Path
) -> None:
    """The same values mean a stronger colour where the primaries are wider; BT.709's are shown as they are."""
    flat = np.full((64, 64, 3), (160, 90, 70), np.uint8)
    options = {"x264-params": "qp=1"}
    plain = shown_of(film([flat] * 2, "mp4", "libx264", options=options), tmp_path)[32, 32].astype(int)
    given = film([flat] * 2, "mp4", "libx264", options=options, colours=(primaries, 1, matrix, 1))
    shown = shown_of(given, tmp_path)[32, 32].astype(int)
    if red is None:
        assert np.abs(shown - plain).max() <= 12  # another matrix, the same primaries
    else:
        assert shown[0] > 160 and shown[2] < 70
