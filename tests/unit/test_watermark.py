"""The mark on test videos: over the whole frame, legible on anything, and the picture seen through it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from limelight.compose.watermark import watermark

SIZES = [(128, 128), (1920, 1080), (1080, 1920), (4096, 128)]
each_size = pytest.mark.parametrize("size", SIZES, ids=str)


def over(grey: int, mark: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The mark on a grey ground, levels of grey."""
    shown = grey * (1 - mark[..., 3:] / 255) + mark[..., :3]
    assert np.ptp(shown, axis=-1).max() < 1, "no colour of its own"
    return np.asarray(shown[..., 0])


def luminance(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    level = grey / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)


def contrast(shown: NDArray[np.float64], grey: int) -> NDArray[np.float64]:
    """Against the ground, as WCAG measures it: from 1, unseen, to 21."""
    seen, ground = luminance(shown) + 0.05, luminance(np.array(float(grey))) + 0.05
    return np.asarray(np.maximum(seen, ground) / np.minimum(seen, ground))


@each_size
def test_the_mark_is_of_the_frame_s_size_and_the_same_in_every_film(size: tuple[int, int]) -> None:
    mark = watermark(*size)
    assert mark.shape == (size[1], size[0], 4)
    assert np.array_equal(mark, watermark(*size))


@each_size
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_its_strokes_stand_out_from_dark_and_light_in_every_sixteenth_of_the_frame(
    size: tuple[int, int], grey: int
) -> None:
    seen = contrast(over(grey, watermark(*size)), grey)
    for rows in np.array_split(seen, 4):
        for cell in np.array_split(rows, 4, axis=1):
            assert np.mean(cell > 1.25) > 0.02, "words in every cell"
            assert np.quantile(cell, 0.995) > (1.4 if grey == 128 else 2.0), "that can be read"


@each_size
def test_the_picture_is_seen_through_it(size: tuple[int, int]) -> None:
    mark = watermark(*size)
    assert mark[..., 3].max() < 128, "nowhere opaque"
    assert (mark[..., :3] <= mark[..., 3:]).all(), "premultiplied"
    assert np.mean(mark[..., 3] > 12) < 0.4, "most of the picture is as it was"


@each_size
def test_no_crop_of_a_quarter_of_the_sides_is_without_it(size: tuple[int, int]) -> None:
    marked = (watermark(*size)[..., 3] > 40).astype(np.uint8)
    sums = cv2.integral(marked)
    h, w = size[1] // 4, size[0] // 4
    found = sums[h:, w:] - sums[:-h, w:] - sums[h:, :-w] + sums[:-h, :-w]
    assert found.min() > 0.02 * h * w
