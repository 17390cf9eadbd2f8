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
    for row in range(0, patch.shape[0], 2):
        first, end = spans[row >> 1, 0], spans[row >> 1, 1]
        if first >= end:
            continue
        y, left, right = y0 + row, x0 + first, x0 + end
        _write_rows(
            background[y, left:right],
            background[y + 1, left:right],
            patch[row, first:end],
            patch[row + 1, first:end],
            fixed,
            luma[y, left:right],
            luma[y + 1, left:right],
            u[y >> 1, left >> 1 : right >> 1],
            v[y >> 1, left >> 1 : right >> 1],
        )


# Of contiguous arrays, in 32 bits and without a branch: such loops are compiled to vector instructions.


@jit
def _write_rows(
    behind: Packed,
    behind_below: Packed,
    patch: Packed,
    patch_below: Packed,
    fixed: NDArray[np.int32],
    luma: Pixels,
    luma_below: Pixels,
    u: Pixels,
    v: Pixels,
) -> None:
    """Write Y of two rows (2 n,), and u and v (n,), of a patch over the background."""
    ur, ug, ub, u_offset = fixed[1, 0], fixed[1, 1], fixed[1, 2], np.int32(4 * fixed[1, 3] + 131072)
    vr, vg, vb, v_offset = fixed[2, 0], fixed[2, 1], fixed[2, 2], np.int32(4 * fixed[2, 3] + 131072)
    for x in range(u.shape[0]):
        r0, g0, b0 = _mixed(patch[2 * x], behind[2 * x])
        r1, g1, b1 = _mixed(patch[2 * x + 1], behind[2 * x + 1])
        r2, g2, b2 = _mixed(patch_below[2 * x], behind_below[2 * x])
        r3, g3, b3 = _mixed(patch_below[2 * x + 1], behind_below[2 * x + 1])
        luma[2 * x], luma[2 * x + 1] = _luma(fixed, r0, g0, b0), _luma(fixed, r1, g1, b1)
        luma_below[2 * x], luma_below[2 * x + 1] = _luma(fixed, r2, g2, b2), _luma(fixed, r3, g3, b3)
        r, g, b = np.int32(r0 + r1 + r2 + r3), np.int32(g0 + g1 + g2 + g3), np.int32(b0 + b1 + b2 + b3)
        u[x] = np.uint8(np.int32(np.int32(ur * r) + np.int32(ug * g) + np.int32(ub * b) + u_offset) >> np.int32(18))
        v[x] = np.uint8(np.int32(np.int32(vr * r) + np.int32(vg * g) + np.int32(vb * b) + v_offset) >> np.int32(18))


@jit
def _mixed(over: np.uint32, behind: np.uint32) -> tuple[np.int32, np.int32, np.int32]:
    """Red, green and blue of a pixel over an opaque one."""
    low, byte, two = np.uint32(255), np.uint32(8), np.uint32(16)
    keep = np.int32(255) - np.int32(over >> np.uint32(24))
    return (
        np.int32(np.int32(over & low) + _share(np.int32(behind & low), keep)),
        np.int32(np.int32((over >> byte) & low) + _share(np.int32((behind >> byte) & low), keep)),
        np.int32(np.int32((over >> two) & low) + _share(np.int32((behind >> two) & low), keep)),
    )


@jit
def _share(level: np.int32, keep: np.int32) -> np.int32:
    """A level of 0 to 255 times a share, 0 to 255 for all, rounded to the nearest; divides with shifts."""
    product = np.int32(np.int32(level * keep) + np.int32(128))
    return np.int32(np.int32(product + (product >> np.int32(8))) >> np.int32(8))


@jit
def _luma(fixed: NDArray[np.int32], r: np.int32, g: np.int32, b: np.int32) -> np.uint8:
    value = np.int32(np.int32(fixed[0, 0] * r) + np.int32(fixed[0, 1] * g) + np.int32(fixed[0, 2] * b))
    return np.uint8(np.int32(value + np.int32(fixed[0, 3] + 32768)) >> np.int32(16))
