"""RGB to the film's YUV 4:2:0: BT.709, limited range."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.jit import jit

Pixels = NDArray[np.uint8]

# ITU-R BT.709, 8 bit limited range: rows Y, Cb, Cr; columns R, G, B and the offset.
_KR, _KB = 0.2126, 0.0722
_KG = 1 - _KR - _KB
RGB_TO_YUV = np.array(
    [
        [_KR * 219, _KG * 219, _KB * 219, 16 * 255],
        [-_KR / (1 - _KB) * 112, -_KG / (1 - _KB) * 112, 112, 128 * 255],
        [112, -_KG / (1 - _KR) * 112, -_KB / (1 - _KR) * 112, 128 * 255],
    ],
    np.float32,
) / np.float32(255)


class Planes:
    """One frame's Y, U and V, uint8; U and V have half the size, each value the mean of four pixels."""

    def __init__(self, width: int, height: int) -> None:
        self.y = np.empty((height, width), np.uint8)
        self.u = np.empty((height // 2, width // 2), np.uint8)
        self.v = np.empty((height // 2, width // 2), np.uint8)

    def write(self, background: Pixels, patch: Pixels, x: int, y: int) -> None:
        """Put a premultiplied RGBA patch (h, w, 4) over the frame's RGB background (H, W, 3).

        Place and size of the patch are even.
        """
        _write(self.y, self.u, self.v, background, patch, x, y, RGB_TO_YUV)

    def write_all(self, rgb: Pixels) -> None:
        """Fill the whole frame from RGB (H, W, 3)."""
        _write(self.y, self.u, self.v, rgb, np.zeros((*rgb.shape[:2], 4), np.uint8), 0, 0, RGB_TO_YUV)

    def rgb(self) -> Pixels:
        """The frame back as RGB (h, w, 3)."""
        size = self.y.shape[1], self.y.shape[0]
        chroma = [cv2.resize(c, size, interpolation=cv2.INTER_LINEAR) for c in (self.u, self.v)]
        inverse = np.linalg.inv(RGB_TO_YUV[:, :3])
        matrix = np.column_stack([inverse, -inverse @ RGB_TO_YUV[:, 3]])
        return np.asarray(cv2.transform(cv2.merge([self.y, *chroma]), matrix), np.uint8)


@jit
def _write(
    luma: Pixels, u: Pixels, v: Pixels, background: Pixels, patch: Pixels, x0: int, y0: int, matrix: NDArray[np.float32]
) -> None:
    for row in range(0, patch.shape[0], 2):
        for column in range(0, patch.shape[1], 2):
            cb = cr = np.float32(0)
            for k in range(4):
                y, x = row + k // 2, column + k % 2
                keep = np.float32(255 - patch[y, x, 3]) / np.float32(255)
                r = patch[y, x, 0] + keep * background[y0 + y, x0 + x, 0]
                g = patch[y, x, 1] + keep * background[y0 + y, x0 + x, 1]
                b = patch[y, x, 2] + keep * background[y0 + y, x0 + x, 2]
                value = matrix[0, 0] * r + matrix[0, 1] * g + matrix[0, 2] * b + matrix[0, 3]
                luma[y0 + y, x0 + x] = min(max(int(value + np.float32(0.5)), 16), 235)
                cb += matrix[1, 0] * r + matrix[1, 1] * g + matrix[1, 2] * b
                cr += matrix[2, 0] * r + matrix[2, 1] * g + matrix[2, 2] * b
            at_y, at_x = (y0 + row) // 2, (x0 + column) // 2
            quarter = np.float32(0.25)
            u[at_y, at_x] = min(max(int(cb * quarter + matrix[1, 3] + np.float32(0.5)), 16), 240)
            v[at_y, at_x] = min(max(int(cr * quarter + matrix[2, 3] + np.float32(0.5)), 16), 240)
