"""The film's colours against an independent converter (swscale)."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from limelight.compose.yuv import Planes


def test_rgb_becomes_bt709_as_swscale_makes_it() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8)
    rgb = np.ascontiguousarray(cv2.GaussianBlur(noise, (0, 0), 4) // 2 + 60)
    planes = Planes(160, 90)
    planes.write_all(rgb)
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )
    for mine, plane in zip((planes.y, planes.u, planes.v), frame.planes, strict=True):
        theirs = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)[:, : plane.width]
        assert np.abs(mine.astype(int) - theirs).max() <= 2


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255), (26, 26, 46)])
def test_colours_come_back(colour: tuple[int, int, int]) -> None:
    planes = Planes(16, 16)
    planes.write_all(np.full((16, 16, 3), colour, np.uint8))
    assert np.abs(planes.rgb().astype(int) - colour).max() <= 2
    assert planes.y.min() >= 16 and planes.y.max() <= 235


def test_a_patch_covers_only_its_place() -> None:
    planes = Planes(32, 32)
    background = np.full((32, 32, 3), (10, 20, 200), np.uint8)
    planes.write_all(background)
    before = planes.y.copy()
    half_red = np.zeros((8, 8, 4), np.uint8)
    half_red[...] = (128, 0, 0, 128)
    planes.write(background, half_red, 4, 6)
    changed = planes.y != before
    assert changed[6:14, 4:12].all()
    assert changed.sum() == 64
    assert np.abs(planes.rgb()[9, 7].astype(int) - (133, 10, 100)).max() <= 3
