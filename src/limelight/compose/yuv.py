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
        [_KR * 219 / 255, _KG * 219 / 255, _KB * 219 / 255, 16],
        [-_KR / (1 - _KB) * 112 / 255, -_KG / (1 - _KB) * 112 / 255, 112 / 255, 128],
        [112 / 255, -_KG / (1 - _KR) * 112 / 255, -_KB / (1 - _KR) * 112 / 255, 128],
    ]
)
# The same in 16.16 fixed point.
_FIXED = np.round(RGB_TO_YUV * 65536).astype(np.int32)


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
        _write(self.y, self.u, self.v, background, patch, x, y, _FIXED)

    def write_all(self, rgb: Pixels) -> None:
        """Fill the whole frame from RGB (H, W, 3)."""
        _write(self.y, self.u, self.v, rgb, np.zeros((*rgb.shape[:2], 4), np.uint8), 0, 0, _FIXED)

    def rgb(self) -> Pixels:
        """The frame back as RGB (h, w, 3)."""
        size = self.y.shape[1], self.y.shape[0]
        chroma = [cv2.resize(c, size, interpolation=cv2.INTER_LINEAR) for c in (self.u, self.v)]
        inverse = np.linalg.inv(RGB_TO_YUV[:, :3])
        matrix = np.column_stack([inverse, -inverse @ RGB_TO_YUV[:, 3]]).astype(np.float32)
        return np.asarray(cv2.transform(cv2.merge([self.y, *chroma]), matrix), np.uint8)


@jit
def _write(
    luma: Pixels, u: Pixels, v: Pixels, background: Pixels, patch: Pixels, x0: int, y0: int, fixed: NDArray[np.int32]
) -> None:
    yr, yg, yb, y_offset = fixed[0, 0], fixed[0, 1], fixed[0, 2], fixed[0, 3] + 32768
    ur, ug, ub, u_offset = fixed[1, 0], fixed[1, 1], fixed[1, 2], 4 * fixed[1, 3] + 131072
    vr, vg, vb, v_offset = fixed[2, 0], fixed[2, 1], fixed[2, 2], 4 * fixed[2, 3] + 131072
    width = patch.shape[1]
    mixed = np.empty((2, width, 3), np.int32)
    for row in range(0, patch.shape[0], 2):
        for k in range(2):
            for x in range(width):
                keep = np.int32(255) - patch[row + k, x, 3]
                for c in range(3):
                    # Exact division by 255 of what is at most 255², in shifts.
                    kept = np.int32(background[y0 + row + k, x0 + x, c]) * keep + 128
                    mixed[k, x, c] = patch[row + k, x, c] + ((kept + (kept >> 8)) >> 8)
            for x in range(width):
                value = yr * mixed[k, x, 0] + yg * mixed[k, x, 1] + yb * mixed[k, x, 2] + y_offset
                luma[y0 + row + k, x0 + x] = value >> 16
        for x in range(0, width, 2):
            r = mixed[0, x, 0] + mixed[0, x + 1, 0] + mixed[1, x, 0] + mixed[1, x + 1, 0]
            g = mixed[0, x, 1] + mixed[0, x + 1, 1] + mixed[1, x, 1] + mixed[1, x + 1, 1]
            b = mixed[0, x, 2] + mixed[0, x + 1, 2] + mixed[1, x, 2] + mixed[1, x + 1, 2]
            u[(y0 + row) >> 1, (x0 + x) >> 1] = (ur * r + ug * g + ub * b + u_offset) >> 18
            v[(y0 + row) >> 1, (x0 + x) >> 1] = (vr * r + vg * g + vb * b + v_offset) >> 18
