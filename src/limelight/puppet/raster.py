"""Drawing on premultiplied RGBA arrays: textured triangles, blended textures, one picture over another."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.jit import jit

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
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
        return np.asarray((film - np.array(self.origin, np.float32)) * np.float32(self.magnification), np.float32)


def premultiply(rgba: Rgba) -> Rgba:
    """uint8 (h, w, 4) with straight alpha to premultiplied alpha."""
    out = rgba.copy()
    out[..., :3] = cv2.multiply(rgba[..., :3], np.repeat(rgba[..., 3:], 3, -1), scale=1 / 255)
    return out


def resized(image: NDArray[Any], scale: float) -> NDArray[Any]:
    """A picture (h, w) or (h, w, c) at another size, premultiplied or without alpha; shrinking averages areas."""
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return np.ascontiguousarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))


def grid_triangles(columns: int, rows: int) -> Ints:
    """int32 (2 * columns * rows, 3): the triangles of a grid of (columns + 1) × (rows + 1) points, row by row."""
    corner = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)).reshape(-1)
    below = corner + columns + 1
    halves = [np.stack([corner, corner + 1, below], -1), np.stack([corner + 1, below + 1, below], -1)]
    return np.concatenate(halves).astype(np.int32)


def shadow(opening: NDArray[np.uint8], taken: tuple[float, float, float], soft: float, drop: float) -> Rgba:
    """uint8 (h, w, 3): the light, 255 for all of it, that the soft shadow of an opening's edges leaves.

    `opening` uint8 (h, w) is 255 where it is open; `taken` are the shares of red, green and blue light in the deepest
    shadow, 0 to 1; `soft`, the blur, and `drop`, how far the shadow falls downwards, are pixels.
    """
    lower = np.array([[1, 0, 0], [0, 1, drop]], np.float32)
    edges = cv2.warpAffine(255 - opening, lower, opening.shape[::-1], borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    blurred = cv2.GaussianBlur(edges, (0, 0), max(soft, 0.3), borderType=cv2.BORDER_REPLICATE)
    return np.dstack([cv2.convertScaleAbs(blurred, alpha=-part, beta=255) for part in taken])


@jit
def over(destination: Rgba, source: Rgba) -> None:
    """Draw `source` over `destination`, both premultiplied uint8 (h, w, 4) of the same size, in place."""
    for y in range(source.shape[0]):
        for x in range(source.shape[1]):
            alpha = source[y, x, 3]
            if alpha == 0:
                continue
            if alpha == 255:
                for c in range(4):
                    destination[y, x, c] = source[y, x, c]
                continue
            transparency = 255 - np.int32(alpha)
            for c in range(4):
                behind = np.int32(destination[y, x, c]) * transparency + 127
                destination[y, x, c] = np.uint8(min(np.int32(source[y, x, c]) + behind // 255, np.int32(255)))


@jit
def draw_triangles(
    canvas: Rgba, texture: Rgba, points: Floats, uv: Floats, triangles: Ints, opacity: float, gain: float
) -> None:
    """Draw textured triangles over the canvas, in order; canvas and texture are premultiplied uint8 (h, w, 4).

    `points` (V, 2) are canvas pixels, `uv` (V, 2) texture pixels, both with pixel centres at .5; `triangles` (T, 3)
    index them. `gain` scales the colour, 0 to 1, `opacity` colour and alpha. A pixel belongs to a triangle when its
    centre does; a centre on a shared edge belongs to one of the two. There is no anti-aliasing: draw large and shrink.
    """
    height, width = canvas.shape[0], canvas.shape[1]
    zero, half, one, full = np.float32(0), np.float32(0.5), np.float32(1), np.float32(255)
    per_level, strength = np.float32(1 / 255), np.float32(opacity)
    lit = strength * np.float32(gain)
    most_u, most_v = np.int32(texture.shape[1] - 2), np.int32(texture.shape[0] - 2)
    last_u, last_v = np.float32(texture.shape[1] - 1), np.float32(texture.shape[0] - 1)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, bx, by, cx, cy = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-6:
            continue
        # u and v are affine in x and y.
        ub, uc, vb, vc = uv[b, 0] - uv[a, 0], uv[c, 0] - uv[a, 0], uv[b, 1] - uv[a, 1], uv[c, 1] - uv[a, 1]
        du_dx, du_dy = (ub * (cy - ay) - uc * (by - ay)) / area, (uc * (bx - ax) - ub * (cx - ax)) / area
        dv_dx, dv_dy = (vb * (cy - ay) - vc * (by - ay)) / area, (vc * (bx - ax) - vb * (cx - ax)) / area
        top, bottom = min(ay, by, cy), max(ay, by, cy)
        y0, y1 = max(int(np.ceil(top - 0.5)), 0), min(int(np.ceil(bottom - 0.5)), height)
        for y in range(y0, y1):
            line = y + 0.5
            # The scan line meets two edges; they are half-open in y, so that shared corners count once.
            left, right = np.inf, -np.inf
            for edge in range(3):
                if edge == 0:
                    px, py, qx, qy = ax, ay, bx, by
                elif edge == 1:
                    px, py, qx, qy = bx, by, cx, cy
                else:
                    px, py, qx, qy = cx, cy, ax, ay
                if py > qy:  # both triangles of an edge take it in the same direction, so they round alike
                    px, py, qx, qy = qx, qy, px, py
                if py <= line < qy:
                    x_at = px + (line - py) * (qx - px) / (qy - py)
                    left, right = min(left, x_at), max(right, x_at)
            if left > right:
                continue
            x0, x1 = max(int(np.ceil(left - 0.5)), 0), min(int(np.ceil(right - 0.5)), width)
            u_line = np.float32(uv[a, 0] - du_dx * (ax - 0.5) + du_dy * (line - ay) - 0.5)
            v_line = np.float32(uv[a, 1] - dv_dx * (ax - 0.5) + dv_dy * (line - ay) - 0.5)
            u_step, v_step = np.float32(du_dx), np.float32(dv_dx)
            for x in range(x0, x1):
                u = min(max(u_line + u_step * x, zero), last_u)
                v = min(max(v_line + v_step * x, zero), last_v)
                iu, iv = min(np.int32(u), most_u), min(np.int32(v), most_v)
                fu, fv = u - np.float32(iu), v - np.float32(iv)
                w11 = fu * fv
                w01, w10 = fu - w11, fv - w11
                w00 = one - fu - fv + w11
                alpha = strength * (
                    w00 * np.float32(texture[iv, iu, 3])
                    + w01 * np.float32(texture[iv, iu + 1, 3])
                    + w10 * np.float32(texture[iv + 1, iu, 3])
                    + w11 * np.float32(texture[iv + 1, iu + 1, 3])
                )
                if alpha < half:
                    continue
                keep = one - alpha * per_level
                for k in range(3):
                    value = lit * (
                        w00 * np.float32(texture[iv, iu, k])
                        + w01 * np.float32(texture[iv, iu + 1, k])
                        + w10 * np.float32(texture[iv + 1, iu, k])
                        + w11 * np.float32(texture[iv + 1, iu + 1, k])
                    )
                    canvas[y, x, k] = np.uint8(min(value + keep * np.float32(canvas[y, x, k]) + half, full))
                canvas[y, x, 3] = np.uint8(min(alpha + keep * np.float32(canvas[y, x, 3]) + half, full))


@jit
def blend_region(
    layers: Rgba,
    mix: Floats,
    mask: NDArray[np.uint8],
    feather: NDArray[np.uint8],
    share: NDArray[np.int16],
    colour: NDArray[np.int16],
    out: Rgba,
) -> None:
    """Mix the keys of one region of a texture by weight and confidence, and draw the result into `out`.

    `layers` (K, h, w, 4) are the keys, straight colour with the confidence as alpha, the neutral one first; `mix` (K,)
    are their weights, which sum to 1; `mask` (h, w) is the region's share of each texel, 255 for all of it. `colour`
    (h, w, 3) is the neutral texture plus the changes of all regions, `share` (h, w, 3) the change that this region has
    made until now; both are updated. `out` (h, w, 4) is premultiplied, with `feather` (h, w) as its alpha.
    """
    sure_enough = np.float32(0.004 * 255)
    mixed = np.zeros(3, np.float32)
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            part = mask[y, x]
            alpha = feather[y, x]
            if part == 0 or alpha == 0:
                continue
            red = sure_enough * layers[0, y, x, 0]
            green = sure_enough * layers[0, y, x, 1]
            blue = sure_enough * layers[0, y, x, 2]
            total = sure_enough
            for k in range(layers.shape[0]):
                weight = mix[k] * layers[k, y, x, 3]
                if weight > 0:
                    red += weight * layers[k, y, x, 0]
                    green += weight * layers[k, y, x, 1]
                    blue += weight * layers[k, y, x, 2]
                    total += weight
            strength = np.float32(part) * np.float32(1 / 255)
            per_total = strength / total
            mixed[0], mixed[1], mixed[2] = red * per_total, green * per_total, blue * per_total
            for c in range(3):
                # Rounds half up by truncating a positive number, which is many times faster than rounding.
                change = mixed[c] - strength * np.float32(layers[0, y, x, c]) + np.float32(512.5)
                added = np.int16(np.int32(change) - 512)
                level = colour[y, x, c] + added - share[y, x, c]
                colour[y, x, c], share[y, x, c] = level, added
                out[y, x, c] = np.uint8((min(max(level, 0), 255) * np.int32(alpha) + 127) // 255)


@jit
def draw_strokes(canvas: Rgba, points: Floats, width: Floats, colour: NDArray[np.uint8]) -> None:
    """Draw opaque lines with soft edges over the canvas, premultiplied uint8 (h, w, 4).

    `points` (N, K, 2) are canvas pixels with centres at .5, `width` (N, K) is in pixels: a line thinner than a pixel is
    one pixel wide and fainter in proportion. `colour` uint8 (3,), sRGB.
    """
    height, width_px = canvas.shape[0], canvas.shape[1]
    for n in range(points.shape[0]):
        for k in range(points.shape[1] - 1):
            ax, ay, bx, by = points[n, k, 0], points[n, k, 1], points[n, k + 1, 0], points[n, k + 1, 1]
            wide = (width[n, k] + width[n, k + 1]) / 2
            strength, half = min(wide, np.float32(1)), max(wide, np.float32(1)) / 2
            dx, dy = bx - ax, by - ay
            length2 = dx * dx + dy * dy + np.float32(1e-6)
            reach = half + np.float32(1)
            x0, x1 = max(int(min(ax, bx) - reach), 0), min(int(max(ax, bx) + reach) + 1, width_px)
            y0, y1 = max(int(min(ay, by) - reach), 0), min(int(max(ay, by) + reach) + 1, height)
            for y in range(y0, y1):
                for x in range(x0, x1):
                    px, py = np.float32(x + 0.5) - ax, np.float32(y + 0.5) - ay
                    along = (px * dx + py * dy) / length2
                    if (along < 0 and k > 0) or along >= 1:  # each pixel belongs to one piece of a line
                        continue
                    along = min(max(along, np.float32(0)), np.float32(1))
                    away = np.sqrt((px - along * dx) ** 2 + (py - along * dy) ** 2)
                    alpha = strength * min(max(half + np.float32(0.5) - away, np.float32(0)), np.float32(1))
                    if alpha < np.float32(0.004):
                        continue
                    for c in range(3):
                        old = np.float32(canvas[y, x, c])
                        canvas[y, x, c] = np.uint8(old + (np.float32(colour[c]) - old) * alpha + np.float32(0.5))
                    old = np.float32(canvas[y, x, 3])
                    canvas[y, x, 3] = np.uint8(old + (np.float32(255) - old) * alpha + np.float32(0.5))
