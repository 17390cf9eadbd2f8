"""RGB to the film's YUV 4:2:0 (Y'CbCr): BT.709, 8 bit, limited range; with alpha for transparent films."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.jit import jit
from limelight.puppet.raster import everywhere, packed

Pixels = NDArray[np.uint8]
Ints = NDArray[np.int32]
#: RGBA as one number a pixel, red in its lowest byte
Packed = NDArray[np.uint32]

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

    def write(self, background: Pixels, patch: Pixels, x: int, y: int, spans: Ints | None = None) -> None:
        """Write the patch's rectangle, or only `spans` of it: the patch over the background.

        `patch` is premultiplied RGBA uint8 (h, w, 4), `background` RGBA uint8 (height, width, 4), whose alpha does not
        count; x, y is the patch's top left corner. x, y, w and h are even, and so are `spans`, int32 (h / 2, 2): the
        first column of each pair of rows, and the end.
        """
        spans = everywhere(patch) if spans is None else spans
        behind, over = (packed(np.ascontiguousarray(picture)) for picture in (background, patch))
        _write(self.y, self.u, self.v, behind, over, x, y, spans, _FIXED)

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
    luma: Pixels,
    u: Pixels,
    v: Pixels,
    background: Packed,
    patch: Packed,
    x0: int,
    y0: int,
    spans: Ints,
    fixed: NDArray[np.int32],
) -> None:
    sums = np.empty((3, patch.shape[1]), np.int32)
    for row in range(0, patch.shape[0], 2):
        first, end = spans[row >> 1, 0], spans[row >> 1, 1]
        if first >= end:
            continue
        left, right = x0 + first, x0 + end
        red, green, blue = sums[0, first:end], sums[1, first:end], sums[2, first:end]
        for k in range(2):
            y = y0 + row + k
            behind, above = background[y, left:right], patch[row + k, first:end]
            _write_luma(behind, above, fixed, np.int32(k), red, green, blue, luma[y, left:right])
        _write_chroma(red, green, blue, fixed[1], u[(y0 + row) >> 1, left >> 1 : right >> 1])
        _write_chroma(red, green, blue, fixed[2], v[(y0 + row) >> 1, left >> 1 : right >> 1])


# One row each, of contiguous arrays, in 32 bits and without a branch: such loops are compiled to vector instructions.


@jit
def _share(level: np.int32, keep: np.int32) -> np.int32:
    """A level of 0 to 255 times a share, 0 to 255 for all, rounded to the nearest; divides with shifts."""
    product = np.int32(np.int32(level * keep) + np.int32(128))
    return np.int32(np.int32(product + (product >> np.int32(8))) >> np.int32(8))


@jit
def _write_luma(
    background: Packed,
    patch: Packed,
    fixed: NDArray[np.int32],
    before: np.int32,
    red: Ints,
    green: Ints,
    blue: Ints,
    luma: Pixels,
) -> None:
    """Write Y of a row of the patch over the background, (n,) each, and put its colours into sums (n,), added to what
    is there where `before` is 1."""
    yr, yg, yb, offset = fixed[0, 0], fixed[0, 1], fixed[0, 2], np.int32(fixed[0, 3] + 32768)
    low, byte, two = np.uint32(255), np.uint32(8), np.uint32(16)
    for x in range(patch.shape[0]):
        over, behind = patch[x], background[x]
        keep = np.int32(255) - np.int32(over >> np.uint32(24))
        r = np.int32(np.int32(over & low) + _share(np.int32(behind & low), keep))
        g = np.int32(np.int32((over >> byte) & low) + _share(np.int32((behind >> byte) & low), keep))
        b = np.int32(np.int32((over >> two) & low) + _share(np.int32((behind >> two) & low), keep))
        luma[x] = np.uint8(np.int32(np.int32(yr * r) + np.int32(yg * g) + np.int32(yb * b) + offset) >> np.int32(16))
        red[x] = np.int32(np.int32(red[x] * before) + r)
        green[x] = np.int32(np.int32(green[x] * before) + g)
        blue[x] = np.int32(np.int32(blue[x] * before) + b)


@jit
def _write_chroma(red: Ints, green: Ints, blue: Ints, fixed: NDArray[np.int32], chroma: Pixels) -> None:
    """Write Cb or Cr (n,), with a row of the matrix (4,), of sums (2 n,) over two rows of colours."""
    cr, cg, cb, offset = fixed[0], fixed[1], fixed[2], np.int32(4 * fixed[3] + 131072)
    for x in range(chroma.shape[0]):
        r = np.int32(red[2 * x] + red[2 * x + 1])
        g = np.int32(green[2 * x] + green[2 * x + 1])
        b = np.int32(blue[2 * x] + blue[2 * x + 1])
        value = np.int32(np.int32(cr * r) + np.int32(cg * g) + np.int32(cb * b) + offset)
        chroma[x] = np.uint8(value >> np.int32(18))
