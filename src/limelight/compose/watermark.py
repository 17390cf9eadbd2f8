"""The watermark of test videos: the same words all over the picture, so that no crop removes them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.compose.text import TextStyle, draw

_WORDS = "LIMELIGHT · TEST"
#: The words' font size and the distance of their rows, as fractions of the frame's shorter side.
_SIZE, _ROW = 1 / 15, 1 / 4
_TILT_DEG = 24.0
#: Opacities of the light words and of their dark edge; both together are visible on any picture.
_LIGHT, _DARK = 0.34, 0.4
_MIN_SIZE_PX = 9.0


def watermark(width: int, height: int) -> NDArray[np.uint8]:
    """The watermark of a frame of this size: premultiplied RGBA uint8 (height, width, 4), the same for every film."""
    size = max(_SIZE * min(width, height), _MIN_SIZE_PX)
    tile = _tile(size)
    row = max(round(_ROW * min(width, height)), tile.shape[0])
    # Rows of words on a canvas that covers the frame at any angle; every other row is shifted by half a step.
    side = int(np.ceil(np.hypot(width, height))) + row
    step = tile.shape[1] + round(1.5 * size)
    canvas = np.zeros((side, side + step, 4), np.uint8)
    for i, y in enumerate(range(0, side - tile.shape[0], row)):
        for x in range((i % 2) * step // 2, side + step - tile.shape[1], step):
            canvas[y : y + tile.shape[0], x : x + tile.shape[1]] = tile
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), _TILT_DEG, 1.0)
    turn[:, 2] += (width - side) / 2, (height - side) / 2
    return np.asarray(cv2.warpAffine(canvas, turn, (width, height), flags=cv2.INTER_LINEAR), np.uint8)


def _tile(size_px: float) -> NDArray[np.uint8]:
    """The words once: light with a thin dark edge, both faint; premultiplied RGBA uint8 (h, w, 4)."""
    edge = max(1, round(size_px / 28))
    words = draw(_WORDS, TextStyle(size_px=size_px, bold=True))[..., 3]
    words = np.pad(words, 2 * edge)
    dark = cv2.GaussianBlur(cv2.dilate(words, np.ones((3, 3), np.uint8), iterations=edge), (0, 0), 0.5 * edge)
    inside = words[..., None] / 255
    light = np.full(4, 255 * _LIGHT) * inside
    shade = np.array([0, 0, 0, _DARK]) * dark[..., None] * (1 - inside)
    return np.asarray(light + shade + 0.5, np.uint8)
