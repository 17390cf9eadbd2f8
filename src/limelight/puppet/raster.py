"""Drawing on premultiplied RGBA arrays: textured triangles, blended textures, one picture over another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from limelight.jit import jit

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Shorts = NDArray[np.int16]
#: uint8 (height, width, 4), premultiplied unless said otherwise
Rgba = NDArray[np.uint8]


class View(NamedTuple):
    """A canvas, and the part of the film that it shows: canvas = (film - origin) * magnification, both in pixels."""

    #: uint8 (height, width, 4), premultiplied
    pixels: Rgba
    #: x and y, film pixels
    origin: tuple[float, float]
    magnification: float

    def points(self, film: Floats) -> Floats:
        """float32 (n, 2), film pixels to canvas pixels."""
        x, y = self.origin
        return scaled(film, self.magnification, self.magnification, -x * self.magnification, -y * self.magnification)


def scaled(points: Floats, across: float, down: float, right: float, below: float) -> Floats:
    """float32 (…, 2): points x, y (…, 2) scaled across and down, and then moved to the right and down."""
    out = np.empty(points.shape, np.float32)
    factors = np.array([across, down, right, below], np.float32)
    _scale(np.ascontiguousarray(points, np.float32).reshape(-1, 2), factors, out.reshape(-1, 2))
    return out


@jit
def _scale(points: Floats, factors: Floats, out: Floats) -> None:
    across, down, right, below = factors[0], factors[1], factors[2], factors[3]
    for i in range(points.shape[0]):
        out[i, 0], out[i, 1] = points[i, 0] * across + right, points[i, 1] * down + below


def packed(rgba: Rgba) -> NDArray[np.uint32]:
    """The same memory (h, w, 4) as one number a pixel (h, w or more): red in the lowest byte, alpha in the highest.

    Rows of a part of a picture go on beyond it, so that compiled loops see contiguous memory, which makes them several
    times faster; what is beyond must not be touched.
    """
    numbers: NDArray[np.uint32] = rgba.view("<u4")[..., 0]
    if numbers.flags.c_contiguous:
        return numbers
    return as_strided(numbers, (numbers.shape[0], numbers.strides[0] // 4), (numbers.strides[0], 4))


def spans(mask: NDArray[Any]) -> Ints:
    """int32 (h, 2): the first column of each row of a mask (h, w) that is not 0, and the end; 0, 0 without any."""
    set_ = mask != 0
    first, after = set_.argmax(1), mask.shape[1] - set_[:, ::-1].argmax(1)
    return np.asarray(np.where(set_.any(1), [first, after], 0).T, np.int32)


def premultiply(rgba: Rgba) -> Rgba:
    """uint8 (h, w, 4) with straight alpha to premultiplied alpha."""
    out = rgba.copy()
    _premultiply(out)
    return out


@jit
def _premultiply(rgba: Rgba) -> None:
    for y in range(rgba.shape[0]):
        for x in range(rgba.shape[1]):
            alpha = np.int32(rgba[y, x, 3])
            if alpha < 255:
                for c in range(3):
                    rgba[y, x, c] = _of(rgba[y, x, c], alpha)


def resized(image: NDArray[Any], scale: float) -> NDArray[Any]:
    """A picture (h, w) or (h, w, c) at another size, premultiplied or without alpha; shrinking averages areas."""
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    out = np.ascontiguousarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))
    if scale > 1 and image.ndim == 3 and image.shape[2] == 4:
        # Beside an edge, a cubic colour can be more than its alpha: over white it would be more than 255.
        np.minimum(out[..., :3], out[..., 3:], out=out[..., :3])
    return out


def grid_triangles(columns: int, rows: int) -> Ints:
    """int32 (2 * columns * rows, 3): the triangles of a grid of (columns + 1) × (rows + 1) points, row by row."""
    corner = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)).reshape(-1)
    below = corner + columns + 1
    halves = [np.stack([corner, corner + 1, below], -1), np.stack([corner + 1, below + 1, below], -1)]
    return np.concatenate(halves).astype(np.int32)


def shadow(opening: NDArray[np.uint8], soft: float, drop: float) -> NDArray[np.uint8]:
    """uint8 (h, w): the soft shadow of an opening's edges, 255 where it is deepest.

    `opening` uint8 (h, w) is 255 where it is open; `soft`, the blur, and `drop`, how far the shadow falls down, are
    pixels.
    """
    # A blurred picture keeps all that it shows in fewer pixels, of which few are blurred together.
    height, width = opening.shape
    step = max(int(soft / _BLUR_PX), 1)
    small = -(-width // step), -(-height // step)
    edges = 255 - (opening if step == 1 else cv2.resize(opening, small, interpolation=cv2.INTER_AREA))
    lower = np.array([[1, 0, 0], [0, 1, drop / step]], np.float32)
    edges = cv2.warpAffine(edges, lower, small, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    # Averaging over a step and interpolation between steps blur as well.
    rest = max((soft / step) ** 2 - (1 / 4 if step > 1 else 0), 0.1) ** 0.5
    blurred = cv2.GaussianBlur(edges, (0, 0), rest, borderType=cv2.BORDER_REPLICATE)
    if step > 1:
        blurred = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(blurred, np.uint8)


#: A blur is made at a resolution at which it is at least so wide.
_BLUR_PX = 2.0


def darken(canvas: Rgba, shade: NDArray[np.uint8], taken: Sequence[float] | Floats) -> None:
    """Take light from a canvas (h, w, 4), in place: where `shade` (h, w) is 255, these shares of its colours."""
    _darken(packed(canvas), shade, np.asarray(taken, np.float32) / np.float32(255))


@jit
def _darken(canvas: NDArray[np.uint32], shade: NDArray[np.uint8], taken: Floats) -> None:
    for y in range(shade.shape[0]):
        _darken_row(canvas[y, : shade.shape[1]], shade[y], taken[0], taken[1], taken[2])


@jit
def _darken_row(
    canvas: NDArray[np.uint32], shade: NDArray[np.uint8], red: np.float32, green: np.float32, blue: np.float32
) -> None:
    low, one, half = np.uint32(255), np.float32(1), np.float32(0.5)
    for x in range(canvas.shape[0]):
        lit, dark = canvas[x], np.float32(shade[x])
        r = np.int32(np.float32(np.int32(lit & low)) * (one - dark * red) + half)
        g = np.int32(np.float32(np.int32((lit >> np.uint32(8)) & low)) * (one - dark * green) + half)
        b = np.int32(np.float32(np.int32((lit >> np.uint32(16)) & low)) * (one - dark * blue) + half)
        canvas[x] = (
            np.uint32(lit & np.uint32(0xFF000000))
            | np.uint32(r)
            | np.uint32(np.uint32(g) << np.uint32(8))
            | np.uint32(np.uint32(b) << np.uint32(16))
        )


def fade(canvas: Rgba, columns: Floats, mask: NDArray[np.uint8], colour: Floats, alpha: NDArray[np.uint8]) -> None:
    """Mix an opaque canvas (h, w, 4) with a colour (3,), and give it an alpha (h, w), premultiplied; in place.

    The canvas keeps a share of `columns` (w,), 0 to 1, times `mask` (h, w), 255 for all.
    """
    _fade(packed(canvas), columns, mask, colour, alpha)


@jit
def _fade(
    canvas: NDArray[np.uint32], columns: Floats, mask: NDArray[np.uint8], colour: Floats, alpha: NDArray[np.uint8]
) -> None:
    for y in range(mask.shape[0]):
        _fade_row(canvas[y, : mask.shape[1]], columns, mask[y], colour[0], colour[1], colour[2], alpha[y])


@jit
def _fade_row(
    canvas: NDArray[np.uint32],
    columns: Floats,
    mask: NDArray[np.uint8],
    red: np.float32,
    green: np.float32,
    blue: np.float32,
    alpha: NDArray[np.uint8],
) -> None:
    low, half, one = np.uint32(255), np.float32(0.5), np.float32(1 / 255)
    for x in range(canvas.shape[0]):
        keep, opaque = columns[x] * (np.float32(mask[x]) * one), np.float32(alpha[x]) * one
        r, g, b = (
            np.float32(np.int32(canvas[x] & low)),
            np.float32(np.int32((canvas[x] >> np.uint32(8)) & low)),
            np.float32(np.int32((canvas[x] >> np.uint32(16)) & low)),
        )
        canvas[x] = (
            np.uint32(np.int32((red + (r - red) * keep) * opaque + half))
            | np.uint32(np.uint32(np.int32((green + (g - green) * keep) * opaque + half)) << np.uint32(8))
            | np.uint32(np.uint32(np.int32((blue + (b - blue) * keep) * opaque + half)) << np.uint32(16))
            | np.uint32(np.uint32(alpha[x]) << np.uint32(24))
        )


def over(destination: Rgba, source: Rgba, spans: Ints | None = None) -> None:
    """Draw `source` over `destination`, both premultiplied uint8 (h, w, 4) of the same size, in place.

    `spans`, int32 (h / 2, 2), are the first column of each pair of rows, and the end; by default all of it.
    """
    if spans is None:
        _over_whole(packed(destination), packed(source), source.shape[1])
    else:
        _over(packed(destination), packed(source), spans)


def everywhere(picture: Rgba) -> Ints:
    """The spans, int32 (h / 2, 2), of all of a picture (h, w, 4)."""
    return np.full(((picture.shape[0] + 1) // 2, 2), (0, picture.shape[1]), np.int32)


def put(destination: Rgba, source: Rgba, spans: Ints) -> None:
    """Copy `source` to `destination`, both (h, w, 4), within spans (h / 2, 2)."""
    _put(packed(destination), packed(source), spans)


@jit
def _put(destination: NDArray[np.uint32], source: NDArray[np.uint32], spans: Ints) -> None:
    for y in range(source.shape[0]):
        for x in range(spans[y >> 1, 0], spans[y >> 1, 1]):
            destination[y, x] = source[y, x]


def cut_out(destination: Rgba, source: Rgba, colour: Ints, mask: NDArray[np.uint8], spans: Ints) -> None:
    """Write `source` over an opaque colour (3,), cut out by a mask (h, w), to `destination`, within spans (h / 2, 2).

    Both pictures are premultiplied uint8 (h, w, 4).
    """
    _cut_out(packed(destination), packed(source), colour, mask, spans)


@jit
def _cut_out(
    destination: NDArray[np.uint32], source: NDArray[np.uint32], colour: Ints, mask: NDArray[np.uint8], spans: Ints
) -> None:
    for y in range(source.shape[0]):
        for x in range(spans[y >> 1, 0], spans[y >> 1, 1]):
            part, texel = np.int32(mask[y, x]), source[y, x]
            clear = np.int32(255) - np.int32(texel >> np.uint32(24))
            if part == 255 and clear == 0:
                destination[y, x] = texel
                continue
            cut = np.uint32(part) << np.uint32(24)
            for c in range(3):
                level = np.int32((texel >> np.uint32(8 * c)) & np.uint32(255)) + (clear * colour[c] + 127) // 255
                cut |= np.uint32((level * part + 127) // 255) << np.uint32(8 * c)
            destination[y, x] = np.uint32(cut)


@jit
def _over_whole(destination: NDArray[np.uint32], source: NDArray[np.uint32], width: int) -> None:
    for y in range(source.shape[0]):
        _over_row(destination[y, :width], source[y, :width])


@jit
def _over(destination: NDArray[np.uint32], source: NDArray[np.uint32], spans: Ints) -> None:
    for y in range(source.shape[0]):
        x0, x1 = spans[y >> 1, 0], spans[y >> 1, 1]
        _over_row(destination[y, x0:x1], source[y, x0:x1])


@jit
def _over_row(destination: NDArray[np.uint32], source: NDArray[np.uint32]) -> None:
    low, high, half = np.uint32(0x00FF00FF), np.uint32(0xFF00FF00), np.uint32(0x00800080)
    for x in range(destination.shape[0]):
        # Two channels in each number; a product of at most 255² is divided by 255 with shifts, rounded to the nearest.
        # A premultiplied colour and what it leaves of another make at most 255.
        behind, keep = destination[x], np.uint32(255) - np.uint32(source[x] >> np.uint32(24))
        even = np.uint32(np.uint32((behind & low) * keep) + half)
        odd = np.uint32(np.uint32(((behind >> np.uint32(8)) & low) * keep) + half)
        even = np.uint32(np.uint32(even + ((even >> np.uint32(8)) & low)) >> np.uint32(8)) & low
        odd = np.uint32(odd + ((odd >> np.uint32(8)) & low)) & high
        destination[x] = np.uint32(source[x] + np.uint32(even | odd))


def read_ahead(picture: Rgba) -> None:
    """Bring a picture (h, w, 4) near the processor, in the order of its memory.

    Sampling it in a bent order would wait for many of its rows, and take twice the time.
    """
    _read_part(packed(picture), 0, 0, picture.shape[1], picture.shape[0])


def read_places(picture: Rgba, at: Floats) -> None:
    """As `read_ahead`, of the part of a picture within the corners of places x, y (h, w, 2), pixels."""
    _read_places(packed(picture), at)


@jit
def _read_places(picture: NDArray[np.uint32], at: Floats) -> np.uint32:
    bottom, right = at.shape[0] - 1, at.shape[1] - 1
    x0, x1 = min(at[0, 0, 0], at[bottom, 0, 0]), max(at[0, right, 0], at[bottom, right, 0])
    y0, y1 = min(at[0, 0, 1], at[0, right, 1]), max(at[bottom, 0, 1], at[bottom, right, 1])
    return _read_part(picture, int(x0) - 2, int(y0) - 2, int(x1) + 3, int(y1) + 3)


@jit
def _read_part(picture: NDArray[np.uint32], x0: int, y0: int, x1: int, y1: int) -> np.uint32:
    total = np.uint32(0)
    for y in range(max(y0, 0), min(y1, picture.shape[0])):
        total += _sum(picture[y, max(x0, 0) : max(min(x1, picture.shape[1]), 0)])
    return total


@jit
def _sum(row: NDArray[np.uint32]) -> np.uint32:
    total = np.uint32(0)
    for x in range(row.shape[0]):
        total += row[x]
    return total


@jit
def bounds(points: Floats) -> tuple[float, float, float, float]:
    """The smallest x and y, and the largest, of points (n, 2)."""
    x0, y0, x1, y1 = points[0, 0], points[0, 1], points[0, 0], points[0, 1]
    for i in range(1, points.shape[0]):
        x0, x1 = min(x0, points[i, 0]), max(x1, points[i, 0])
        y0, y1 = min(y0, points[i, 1]), max(y1, points[i, 1])
    return x0, y0, x1, y1


def draw_triangles(
    canvas: Rgba, texture: Rgba, points: Floats, uv: Floats, triangles: Ints, opacity: float = 1.0, gain: float = 1.0
) -> None:
    """Draw textured triangles over the canvas; canvas and texture are premultiplied uint8 (h, w, 4).

    `points` (V, 2) are canvas pixels, `uv` (V, 2) texture pixels, both with pixel centres at .5; `triangles` (T, 3)
    index them, and later ones hide earlier ones. `gain` scales the colour, 0 to 1, `opacity` colour and alpha. There is
    no anti-aliasing: draw large and shrink.
    """
    x0, y0, x1, y1 = box_of(points, canvas)
    if x1 <= x0 or y1 <= y0:
        return
    drawn = meshed(View(canvas[y0:y1, x0:x1], (x0, y0), 1), texture, points, uv, triangles)
    if opacity < 1 or gain < 1:
        _dim(packed(drawn), np.uint32(round(opacity * gain * 256)), np.uint32(round(opacity * 256)))
    over(canvas[y0:y1, x0:x1], drawn)


@jit
def _dim(picture: NDArray[np.uint32], colour: np.uint32, alpha: np.uint32) -> None:
    """Multiply a picture (h, w) by shares of its colours and its alpha, 256 for all."""
    for y in range(picture.shape[0]):
        _dim_row(picture[y], colour, alpha)


@jit
def _dim_row(picture: NDArray[np.uint32], colour: np.uint32, alpha: np.uint32) -> None:
    low, half = np.uint32(0x00FF00FF), np.uint32(0x00800080)
    for x in range(picture.shape[0]):
        even = np.uint32(np.uint32(np.uint32((picture[x] & low) * colour) + half) >> np.uint32(8)) & low
        green = np.uint32(np.uint32((picture[x] >> np.uint32(8)) & np.uint32(255)) * colour) + np.uint32(128)
        opaque = np.uint32(np.uint32((picture[x] >> np.uint32(24)) * alpha) + np.uint32(128)) >> np.uint32(8)
        picture[x] = even | np.uint32(green & np.uint32(0xFF00)) | np.uint32(opaque << np.uint32(24))


def box_of(points: Floats, canvas: Rgba, room: int = 0) -> tuple[int, int, int, int]:
    """The part of a canvas (h, w, 4) that holds all these points (V, 2), pixels, with some room: x0, y0, x1, y1."""
    height, width = canvas.shape[:2]
    left, top, right, bottom = bounds(points)
    return (
        max(math.floor(left) - room, 0),
        max(math.floor(top) - room, 0),
        min(math.ceil(right) + room, width),
        min(math.ceil(bottom) + room, height),
    )


def polygon(outline: Floats, canvas: Rgba) -> NDArray[np.uint8]:
    """uint8 (h, w), as large as a canvas (h, w, 4): 255 inside of an outline (n, 2), canvas pixels; its edges are
    smooth."""
    mask = np.zeros(canvas.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint((outline - 0.5) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask


#: Where a pixel without a triangle samples a texture: far outside.
_NOWHERE = -64.0
NO_HOLES = np.zeros((0, 4), np.int32)


def meshed(view: View, texture: Rgba, points: Floats, uv: Floats, triangles: Ints, holes: Ints = NO_HOLES) -> Rgba:
    """uint8 (height, width, 4): what a view shows of a mesh alone; transparent beside it.

    `points` (V, 2) are film pixels, the others as of `draw_triangles`. A pixel belongs to a triangle when its centre
    does; a centre on a shared edge belongs to one of the two. Inside of `holes` (n, 4), x0, y0, x1, y1 in pixels of the
    canvas, anything may be drawn.
    """
    # OpenCV is several times slower outside of a picture: what is beside the mesh shows a clear texel, if there is one.
    beside = _NOWHERE if packed(texture)[0, 0] else 0.0
    at = np.full((*view.pixels.shape[:2], 2), beside, np.float32)
    last_u, last_v = np.float32(texture.shape[1] - 1), np.float32(texture.shape[0] - 1)
    _trace(at, view.points(points), uv, triangles, holes, last_u, last_v)
    read_ahead(texture)
    return remapped(texture, at)


#: Both coordinates of a map are in one array. (An empty array instead of None makes OpenCV 5.0 draw anything.)
_NO_SECOND_MAP: Any = None


def remapped(picture: Rgba, at: Floats, out: Rgba | None = None, border: int = cv2.BORDER_CONSTANT) -> Rgba:
    """uint8 (h, w, 4): a picture at places x, y (h, w, 2), pixels with centres at whole numbers, written to `out`, if
    given.

    It is interpolated; outside of the picture the result is transparent, or as `border` says.
    """
    drawn = np.empty((*at.shape[:2], 4), np.uint8) if out is None else out
    cv2.remap(picture, at, _NO_SECOND_MAP, cv2.INTER_LINEAR, drawn, borderMode=border, borderValue=(0, 0, 0, 0))
    return drawn


@jit
def _trace(
    at: Floats, points: Floats, uv: Floats, triangles: Ints, holes: Ints, last_u: np.float32, last_v: np.float32
) -> None:
    """Write the texel x, y, with centres at whole numbers, that each pixel shows of a mesh to `at` (h, w, 2).

    `points` (V, 2) are pixels; the others are as of `meshed`.
    """
    height, width = np.float32(at.shape[0]), np.float32(at.shape[1])
    zero, half, one, far = np.float32(0), np.float32(0.5), np.float32(1), np.float32(1e9)
    seen = np.empty(triangles.shape[0] + 1, np.uint32)
    for t in seen[: _seen(points, triangles, holes, height, width, seen)]:
        a, b, c = np.uint32(triangles[t, 0]), np.uint32(triangles[t, 1]), np.uint32(triangles[t, 2])
        ax, ay, bx, by, cx, cy = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < np.float32(1e-6):
            continue
        # u and v are affine in x and y.
        per_area = one / area
        ua, va = uv[a, 0], uv[a, 1]
        ub, uc, vb, vc = uv[b, 0] - ua, uv[c, 0] - ua, uv[b, 1] - va, uv[c, 1] - va
        du_dx, du_dy = (ub * (cy - ay) - uc * (by - ay)) * per_area, (uc * (bx - ax) - ub * (cx - ax)) * per_area
        dv_dx, dv_dy = (vb * (cy - ay) - vc * (by - ay)) * per_area, (vc * (bx - ax) - vb * (cx - ax)) * per_area
        # Edges that lead down are on one side, those that lead up on the other. Both triangles of an edge take it from
        # its upper end, so they round alike. What is chosen without a branch cannot be guessed wrongly.
        turn = one if area > zero else -one
        down0, down1, down2 = (by - ay) * turn, (cy - by) * turn, (ay - cy) * turn
        x0, x1, x2 = ax if ay < by else bx, bx if by < cy else cx, cx if cy < ay else ax
        slope0, slope1, slope2 = (bx - ax) / (by - ay), (cx - bx) / (cy - by), (ax - cx) / (ay - cy)
        first = np.int32(max(np.ceil(min(ay, by, cy) - half), zero))
        end = np.int32(min(np.ceil(max(ay, by, cy) - half), height))
        for y in range(first, end):
            line = np.float32(y) + half
            edge0 = x0 + (line - min(ay, by)) * slope0
            edge1 = x1 + (line - min(by, cy)) * slope1
            edge2 = x2 + (line - min(cy, ay)) * slope2
            left = max(
                edge0 if down0 < zero else -far, edge1 if down1 < zero else -far, edge2 if down2 < zero else -far
            )
            right = min(edge0 if down0 > zero else far, edge1 if down1 > zero else far, edge2 if down2 > zero else far)
            x = max(np.ceil(left - half), zero)
            u = ua + (x + half - ax) * du_dx + (line - ay) * du_dy - half
            v = va + (x + half - ax) * dv_dx + (line - ay) * dv_dy - half
            for column in range(np.int32(x), np.int32(min(np.ceil(right - half), width))):
                at[np.uint32(y), np.uint32(column), 0] = min(max(u, zero), last_u)
                at[np.uint32(y), np.uint32(column), 1] = min(max(v, zero), last_v)
                u += du_dx
                v += dv_dx


@jit
def _seen(
    points: Floats, triangles: Ints, holes: Ints, height: np.float32, width: np.float32, seen: NDArray[np.uint32]
) -> int:
    """Write to `seen` (T + 1,) which triangles have a row and a column with a pixel's centre, and do not lie in a hole;
    gives their number. The rest is as of `_trace`."""
    half, found = np.float32(0.5), 0
    for t in range(triangles.shape[0]):
        a, b, c = np.uint32(triangles[t, 0]), np.uint32(triangles[t, 1]), np.uint32(triangles[t, 2])
        left, right = min(points[a, 0], points[b, 0], points[c, 0]), max(points[a, 0], points[b, 0], points[c, 0])
        top, bottom = min(points[a, 1], points[b, 1], points[c, 1]), max(points[a, 1], points[b, 1], points[c, 1])
        shows = np.ceil(max(left, half) - half) < np.ceil(min(right, width) - half)
        shows &= np.ceil(max(top, half) - half) < np.ceil(min(bottom, height) - half)
        for k in range(holes.shape[0]):
            across = (left >= holes[k, 0]) & (right <= holes[k, 2])
            shows &= not (across & (top >= holes[k, 1]) & (bottom <= holes[k, 3]))
        seen[np.uint32(found)] = t
        found += shows
    return found


#: Weights of keys are whole numbers of this share, so that sums of products fit into 16 bits.
MIX_STEP = 1 / 64


@jit
def blend_region(
    changes: NDArray[np.int8],
    sure: NDArray[np.uint8],
    step: float,
    active: Ints,
    mix: Shorts,
    mask: NDArray[np.uint8],
    feather: NDArray[np.uint8],
    spans: Ints,
    share: Shorts,
    colour: Shorts,
    out: NDArray[np.uint32],
    top: int,
    left: int,
) -> None:
    """Mix the keys of one region of a texture by weight and confidence, and draw the result into `out`.

    `changes` (K, h, 3, w) are the keys' colours less the neutral key's, times their confidence, in steps of `step`
    levels; `sure` (K, h, w) are their confidences, 0 to 255. The neutral key is the first. `active` (n,) are the
    indices of the keys with a weight, `mix` (n,) their weights in steps of MIX_STEP, which sum to 1. `mask` (h, w) is
    the region's share of each texel, 255 for all of it; it is 0 outside of `spans` (h, 2), the first column and the end
    of each row. `share` (3, h, w) is the change that this region has made until now. `colour` (3, H, W) is the neutral
    texture plus the changes of all regions, and `out` (H, W) is packed RGBA, premultiplied, with `feather` (H, W) as
    its alpha; the region's corner is at (`left`, `top`) in these.
    """
    sums, strengths = np.empty((4, mask.shape[1]), np.int16), np.empty(mask.shape[1], np.float32)
    # From steps of change times steps of weight, over 255 steps of confidence times steps of weight.
    scale = np.float32(step)
    for y in range(mask.shape[0]):
        x0, x1 = spans[y, 0], spans[y, 1]
        if x0 == x1:
            continue
        sums[:] = 0
        total = sums[3, x0:x1]
        for k in range(active.shape[0]):
            key = active[k]
            for c in range(3 if key else 0):
                _add_times(changes[key, y, c, x0:x1], mix[k], sums[c, x0:x1])
            _add_times(sure[key, y, x0:x1], mix[k], total)
        begin, end = left + x0, left + x1
        strength = strengths[x0:x1]
        _divide(mask[y, x0:x1], total, scale, strength)
        for c in range(3):
            _change(sums[c, x0:x1], strength, share[c, y, x0:x1], colour[c, top + y, begin:end])
        _pack(
            colour[0, top + y, begin:end],
            colour[1, top + y, begin:end],
            colour[2, top + y, begin:end],
            feather[top + y, begin:end],
            out[top + y, begin:end],
        )


# One row each, of contiguous arrays and without a branch: such loops are compiled to vector instructions.

#: A change that no key is sure of is made in this part.
_UNSURE = np.float32(0.004 * 255 * 64)


@jit
def _add_times(values: NDArray[np.int8] | NDArray[np.uint8], factor: np.int16, sums: Shorts) -> None:
    """Add values (n,) times a factor to sums (n,), which do not overflow."""
    for x in range(sums.shape[0]):
        sums[x] = np.int16(sums[x] + np.int16(np.int16(values[x]) * factor))


@jit
def _divide(mask: NDArray[np.uint8], total: Shorts, scale: np.float32, strength: Floats) -> None:
    """The factor (n,) from mixed changes with this total confidence to levels, by the region's mask."""
    for x in range(strength.shape[0]):
        strength[x] = np.float32(mask[x]) * scale / (np.float32(total[x]) + _UNSURE)


@jit
def _change(mixed: Shorts, strength: Floats, share: Shorts, colour: Shorts) -> None:
    """Put the mixed change (n,) of one channel, times a factor (n,), into the colour (n,)."""
    for x in range(colour.shape[0]):
        # Rounds half up by truncating a positive number, which is many times faster than rounding.
        added = np.int32(np.float32(mixed[x]) * strength[x] + np.float32(512.5)) - np.int32(512)
        colour[x] = np.int16(np.int32(colour[x]) + added - np.int32(share[x]))
        share[x] = np.int16(added)


@jit
def _of(level: np.int16, alpha: np.int32) -> np.int32:
    """A level, limited to 0 to 255, times alpha, 0 to 255 for all, rounded to the nearest; divides with shifts."""
    product = np.int32(min(max(np.int32(level), np.int32(0)), np.int32(255)) * alpha) + np.int32(128)
    return np.int32(np.int32(product + (product >> np.int32(8))) >> np.int32(8))


@jit
def _pack(
    red: NDArray[np.int16],
    green: NDArray[np.int16],
    blue: NDArray[np.int16],
    alpha: NDArray[np.uint8],
    out: NDArray[np.uint32],
) -> None:
    """Straight colours (n,), which may be out of range, to packed RGBA, premultiplied by alpha (n,)."""
    for x in range(out.shape[0]):
        a = np.int32(alpha[x])
        r, g, b = _of(red[x], a), _of(green[x], a), _of(blue[x], a)
        out[x] = (
            np.uint32(r)
            | (np.uint32(g) << np.uint32(8))
            | (np.uint32(b) << np.uint32(16))
            | (np.uint32(a) << np.uint32(24))
        )


def draw_strokes(canvas: Rgba, points: Floats, width: Floats, colour: NDArray[np.uint8]) -> None:
    """Draw opaque lines with soft edges over the canvas, premultiplied uint8 (h, w, 4).

    `points` (N, K, 2) are canvas pixels with centres at .5, `width` (N, K) is in pixels: a line thinner than a pixel is
    one pixel wide and fainter in proportion. `colour` uint8 (3,), sRGB.
    """
    clear = np.ones(canvas.shape[:2], np.float32)
    _stroke(clear, points, width)
    red, green, blue = (np.float32(level) for level in colour)
    _cover(packed(canvas), clear, red, green, blue)


@jit
def _stroke(clear: Floats, points: Floats, width: Floats) -> None:
    """Multiply what is `clear` (h, w), 1 for all, by what each line leaves of it; the rest is as of `draw_strokes`."""
    zero, one, half_px = np.float32(0), np.float32(1), np.float32(0.5)
    for n in range(points.shape[0]):
        for k in range(points.shape[1] - 1):
            ax, ay, bx, by = points[n, k, 0], points[n, k, 1], points[n, k + 1, 0], points[n, k + 1, 1]
            wide = (width[n, k] + width[n, k + 1]) * half_px
            strength, half = min(wide, one), max(wide, one) * half_px
            dx, dy = bx - ax, by - ay
            per_length2 = one / (dx * dx + dy * dy + np.float32(1e-6))
            reach = half + one
            x0, x1 = max(int(min(ax, bx) - reach), 0), min(int(max(ax, bx) + reach) + 1, clear.shape[1])
            y0, y1 = max(int(min(ay, by) - reach), 0), min(int(max(ay, by) + reach) + 1, clear.shape[0])
            first = zero if k > 0 else np.float32(-1e9)  # each pixel belongs to one piece of a line
            for y in range(y0, y1):
                py = np.float32(y) + half_px - ay
                for x in range(x0, x1):
                    px = np.float32(x) + half_px - ax
                    along = (px * dx + py * dy) * per_length2
                    near = min(max(along, zero), one)
                    away_x, away_y = px - near * dx, py - near * dy
                    alpha = half + half_px - np.sqrt(away_x * away_x + away_y * away_y)
                    alpha = strength * min(max(alpha, zero), one)
                    mine = (along >= first) & (along < one)
                    clear[np.uint32(y), np.uint32(x)] *= one - (alpha if mine else zero)


@jit
def _cover(canvas: NDArray[np.uint32], clear: Floats, red: np.float32, green: np.float32, blue: np.float32) -> None:
    """Let an opaque colour show in a canvas (h, w) as far as it is not `clear` (h, w)."""
    for y in range(clear.shape[0]):
        _cover_row(canvas[y, : clear.shape[1]], clear[y], red, green, blue)


@jit
def _cover_row(canvas: NDArray[np.uint32], clear: Floats, red: np.float32, green: np.float32, blue: np.float32) -> None:
    low, half, full = np.uint32(255), np.float32(0.5), np.float32(255)
    for x in range(canvas.shape[0]):
        r, g, b, a = (
            np.float32(np.int32(canvas[x] & low)),
            np.float32(np.int32((canvas[x] >> np.uint32(8)) & low)),
            np.float32(np.int32((canvas[x] >> np.uint32(16)) & low)),
            np.float32(np.int32(canvas[x] >> np.uint32(24))),
        )
        canvas[x] = (
            np.uint32(np.int32(red + (r - red) * clear[x] + half))
            | np.uint32(np.uint32(np.int32(green + (g - green) * clear[x] + half)) << np.uint32(8))
            | np.uint32(np.uint32(np.int32(blue + (b - blue) * clear[x] + half)) << np.uint32(16))
            | np.uint32(np.uint32(np.int32(full + (a - full) * clear[x] + half)) << np.uint32(24))
        )
