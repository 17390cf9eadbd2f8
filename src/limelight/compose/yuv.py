"""RGB to the film's YUV 4:2:0 (Y'CbCr): BT.709, 8 bit, limited range; with alpha for transparent films."""

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
#: Y of sRGB grey 128.
_GREY_LUMA = 126
#: How far visible colours are extended into transparent areas, in blocks of 2 × 2 pixels: farther than coding smears.
_BLEED_BLOCKS = 8


class Planes:
    """One frame's planes, uint8: y (height, width), u and v (height / 2, width / 2); width and height are even.

    Each value of u and v is the mean of 2 × 2 pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self.y = np.empty((height, width), np.uint8)
        self.u = np.empty((height // 2, width // 2), np.uint8)
        self.v = np.empty((height // 2, width // 2), np.uint8)

    def all(self) -> tuple[Pixels, ...]:
        """The planes in the order in which they are encoded."""
        return self.y, self.u, self.v

    def write(self, background: Pixels, patch: Pixels, x: int, y: int) -> None:
        """Write the patch's rectangle: the patch over the background.

        `patch` is premultiplied RGBA uint8 (h, w, 4), `background` is RGB uint8 (height, width, 3); x, y is the patch's
        top left corner. x, y, w and h are even.
        """
        _write(self.y, self.u, self.v, background, patch, x, y, _FIXED)

    def rgb(self) -> Pixels:
        """The frame converted back to RGB, uint8 (height, width, 3)."""
        size = self.y.shape[1], self.y.shape[0]
        chroma = [cv2.resize(c, size, interpolation=cv2.INTER_LINEAR) for c in (self.u, self.v)]
        inverse = np.linalg.inv(RGB_TO_YUV[:, :3])
        matrix = np.column_stack([inverse, -inverse @ RGB_TO_YUV[:, 3]]).astype(np.float32)
        return np.asarray(cv2.transform(cv2.merge([self.y, *chroma]), matrix), np.uint8)


class AlphaPlanes:
    """One frame's planes, uint8: y and a (height, width), u and v (height / 2, width / 2); width and height are even.

    Colours are straight, not premultiplied, as browsers expect. Transparent pixels have a colour too, because coding
    smears it into the edges: near visible pixels it is the nearest visible colour, elsewhere grey.
    """

    def __init__(self, width: int, height: int) -> None:
        self.y = np.full((height, width), _GREY_LUMA, np.uint8)
        self.u = np.full((height // 2, width // 2), 128, np.uint8)
        self.v = np.full((height // 2, width // 2), 128, np.uint8)
        self.a = np.zeros((height, width), np.uint8)

    def all(self) -> tuple[Pixels, ...]:
        """The planes in the order in which they are encoded."""
        return self.y, self.u, self.v, self.a

    def write(self, patch: Pixels, x: int, y: int) -> None:
        """Replace a rectangle by a patch: premultiplied RGBA uint8 (h, w, 4), top left corner x, y; all four even."""
        _write_alpha(self.y, self.u, self.v, self.a, patch, x, y, _FIXED)


@jit
def _write_alpha(
    luma: Pixels, u: Pixels, v: Pixels, alpha: Pixels, patch: Pixels, x0: int, y0: int, fixed: NDArray[np.int32]
) -> None:
    rows, columns = patch.shape[0] // 2, patch.shape[1] // 2
    # For each block of 2 × 2 pixels: its mean Y, Cb and Cr weighted by alpha, and from how many blocks away they come.
    colour = np.empty((rows, columns, 3), np.uint8)
    reach = np.empty((rows, columns), np.uint8)
    for row in range(rows):
        for column in range(columns):
            total, red, green, blue = 0, 0, 0, 0
            for k in range(4):
                y, x = 2 * row + (k >> 1), 2 * column + (k & 1)
                r, g, b, a = patch[y, x, 0], patch[y, x, 1], patch[y, x, 2], patch[y, x, 3]
                alpha[y0 + y, x0 + x] = a
                if a > 0:
                    luma[y0 + y, x0 + x] = _component(fixed, 0, r, g, b, a)
                    total, red, green, blue = total + a, red + r, green + g, blue + b
            reach[row, column] = 0 if total > 0 else _BLEED_BLOCKS + 1
            for c in range(3):
                grey = 128 if c else _GREY_LUMA
                colour[row, column, c] = _component(fixed, c, red, green, blue, total) if total > 0 else grey
    _bleed_outwards(colour, reach)
    for row in range(rows):
        for column in range(columns):
            u[(y0 >> 1) + row, (x0 >> 1) + column] = colour[row, column, 1]
            v[(y0 >> 1) + row, (x0 >> 1) + column] = colour[row, column, 2]
            for k in range(4):
                y, x = 2 * row + (k >> 1), 2 * column + (k & 1)
                if patch[y, x, 3] == 0:
                    luma[y0 + y, x0 + x] = colour[row, column, 0]


@jit
def _component(fixed: NDArray[np.int32], c: int, red: int, green: int, blue: int, alpha: int) -> int:
    """Y, Cb or Cr (`c`: 0, 1, 2) of a premultiplied colour with alpha above 0; all may be sums over up to 4 pixels."""
    value = fixed[c, 0] * red + fixed[c, 1] * green + fixed[c, 2] * blue
    # Most pixels are opaque, and need no division.
    if alpha == 1020:
        value >>= 2
    elif alpha != 255:
        value = value * 255 // alpha
    return int(min(max((value + fixed[c, 3] + 32768) >> 16, 16), 240))


@jit
def _bleed_outwards(colour: Pixels, reach: Pixels) -> None:
    """Fill blocks near visible ones with their colour: along the rows in both directions, then along the columns."""
    rows, columns = reach.shape
    last = rows * columns - 1
    colours, reaches = colour.reshape(-1, 3), reach.reshape(-1)
    for row in range(rows):
        _bleed(colours, reaches, row * columns, 1, columns)
        _bleed(colours, reaches, row * columns + columns - 1, -1, columns)
    for column in range(columns):
        _bleed(colours, reaches, column, columns, rows)
        _bleed(colours, reaches, last - column, -columns, rows)


@jit
def _bleed(colours: Pixels, reaches: Pixels, start: int, step: int, count: int) -> None:
    """Carry colours along a line of blocks, into those that have none yet from a block as near."""
    carried, y, u, v = _BLEED_BLOCKS + 1, 0, 0, 0
    for k in range(count):
        i = start + k * step
        carried += 1
        if reaches[i] <= carried:
            carried, y, u, v = reaches[i], colours[i, 0], colours[i, 1], colours[i, 2]
        elif carried <= _BLEED_BLOCKS:
            reaches[i], colours[i, 0], colours[i, 1], colours[i, 2] = carried, y, u, v


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
                    # Divides a product of at most 255² by 255 with shifts, rounded to the nearest.
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
