"""The film's colours against an independent converter (swscale), and the straight colours of transparent films."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from colours import fill
from limelight.compose.yuv import AlphaPlanes, Planes


def test_rgb_becomes_bt709_as_swscale_makes_it() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8)
    rgb = np.ascontiguousarray(cv2.GaussianBlur(noise, (0, 0), 4) // 2 + 60, np.uint8)
    planes = Planes(160, 90)
    fill(planes, rgb)
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )
    for mine, plane in zip((planes.y, planes.u, planes.v), frame.planes, strict=True):
        theirs = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)[:, : plane.width]
        assert np.abs(mine.astype(int) - theirs).max() <= 2


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255), (26, 26, 46)])
def test_colours_come_back(colour: tuple[int, int, int]) -> None:
    planes = Planes(16, 16)
    fill(planes, np.full((16, 16, 3), colour, np.uint8))
    assert np.abs(planes.rgb().astype(int) - colour).max() <= 2
    assert planes.y.min() >= 16 and planes.y.max() <= 235


def test_a_patch_covers_only_its_place() -> None:
    planes = Planes(32, 32)
    background = np.full((32, 32, 4), (10, 20, 200, 255), np.uint8)
    fill(planes, background[..., :3])
    before = planes.y.copy()
    half_red = np.zeros((8, 8, 4), np.uint8)
    half_red[...] = (128, 0, 0, 128)
    planes.write(background, half_red, 4, 6)
    changed = planes.y != before
    assert changed[6:14, 4:12].all()
    assert changed.sum() == 64
    assert np.abs(planes.rgb()[9, 7].astype(int) - (133, 10, 100)).max() <= 3


def test_only_spans_of_a_patch_are_written() -> None:
    planes, whole = Planes(32, 32), Planes(32, 32)
    background = np.random.default_rng(3).integers(0, 256, (32, 32, 4), np.uint8)
    patch = np.full((8, 12, 4), 255, np.uint8)
    for frame in (planes, whole):
        frame.write(background, np.zeros((32, 32, 4), np.uint8), 0, 0)
    before = [plane.copy() for plane in planes.all()]
    planes.write(background, patch, 4, 6, np.array([[0, 12], [2, 6], [0, 0], [10, 12]], np.int32))
    whole.write(background, patch, 4, 6)
    written = np.zeros((32, 32), bool)
    written[6:8, 4:16], written[8:10, 6:10], written[12:14, 14:16] = True, True, True
    for found, all_of_it, old, step in zip(planes.all(), whole.all(), before, (1, 2, 2), strict=True):
        here = written[::step, ::step]
        assert np.array_equal(found[here], all_of_it[here])
        assert np.array_equal(found[~here], old[~here])


def half_clear_red() -> AlphaPlanes:
    """A red disc with a soft edge, premultiplied, in the middle of a clear frame."""
    x, y = np.meshgrid(np.arange(64), np.arange(64))
    alpha = np.clip((20 - np.hypot(x - 32, y - 32)) / 4, 0, 1)
    patch = np.rint(alpha[..., None] * np.array([200, 40, 30, 255])).astype(np.uint8)
    planes = AlphaPlanes(128, 96)
    planes.write(patch, 20, 10)
    return planes


def straight_rgb(planes: AlphaPlanes) -> np.ndarray:
    opaque = Planes(planes.y.shape[1], planes.y.shape[0])
    opaque.y, opaque.u, opaque.v = planes.y, planes.u, planes.v
    return opaque.rgb().astype(int)


def test_soft_edges_keep_their_colour_and_bleed_into_the_clear() -> None:
    """Premultiplied dark must not show at the edge, nor within the reach of coding and of chroma's averaging."""
    planes = half_clear_red()
    colours = straight_rgb(planes)
    solid = planes.a > 60
    assert np.abs(colours[solid] - (200, 40, 30)).max() <= 8
    beside = cv2.dilate(planes.a, np.ones((9, 9))) > 60
    assert np.abs(colours[beside & (planes.a == 0)] - (200, 40, 30)).mean() < 12
    assert (planes.a[:10] == 0).all() and planes.a[42, 52] == 255
    assert set(planes.u[:, 60:].ravel()) == {128}


def test_alpha_is_what_the_patch_says_and_only_there() -> None:
    planes = half_clear_red()
    before = planes.a.copy()
    planes.write(np.full((4, 6, 4), 255, np.uint8), 100, 80)
    assert (planes.a[80:84, 100:106] == 255).all()
    planes.write(np.zeros((4, 6, 4), np.uint8), 100, 80)
    assert np.array_equal(planes.a, before)


def test_straight_colours_over_a_page_are_premultiplied_ones_over_it() -> None:
    """What a browser does with the planes gives the picture that was meant, for many colours and alphas."""
    rng = np.random.default_rng(3)
    alpha = cv2.GaussianBlur(rng.integers(0, 256, (64, 64)).astype(np.float32), (0, 0), 3)
    alpha = np.clip((alpha - 120) * 12, 0, 255)[..., None]
    colour = cv2.GaussianBlur(rng.integers(0, 256, (64, 64, 3)).astype(np.float32), (0, 0), 5)
    premultiplied = np.dstack([colour * alpha / 255, alpha])
    planes = AlphaPlanes(64, 64)
    planes.write(np.rint(premultiplied).astype(np.uint8), 0, 0)
    shown = straight_rgb(planes) * (planes.a[..., None] / 255) + 255 - planes.a[..., None]
    meant = premultiplied[..., :3] + 255 - alpha
    assert np.abs(shown - meant).mean() < 1.5
    assert np.abs(shown - meant).max() < 16
