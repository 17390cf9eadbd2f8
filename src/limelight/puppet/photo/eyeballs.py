"""Eyeballs from their visible part in a picture: completes the iris, and continues the white below the lids."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.puppet.pack import Eyes, Lashes
from limelight.puppet.photo import landmarks as lm
from limelight.puppet.photo.fill import push_pull
from limelight.puppet.photo.fit import Fit
from limelight.puppet.photo.portrait import Portrait
from limelight.puppet.photo.template import Template
from limelight.puppet.photo.texture import over_balls, spread
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]

#: Factor on the width of the template's lashes, which are drawn only on closed lids.
_LASH_WIDTH = 0.5


def eyes(t: Template, found: Fit, portrait: Portrait) -> Eyes:
    """The eyes of a pack, made from a portrait: eyeballs from their visible part, lashes of the template."""
    image = portrait.picture.astype(np.float32)
    radius_px, iris_px = (float(r * found.px_per_m) for r in t.eye_radii)
    seen = [lm.iris(portrait.picture, portrait.landmarks, side) for side in (1, 0)]
    iris = float(np.clip(np.mean([r for _, r in seen]), 0.8 * iris_px, 1.15 * iris_px))
    radius = radius_px
    loops = (t.opening_left, t.opening_right)
    outlines = [found.source[loop] for loop in loops]
    centres = [c for c, _ in seen]
    reach = radius * 1.2 + 4
    low = np.floor(np.min(centres, 0) - reach).astype(int)
    high = np.ceil(np.max(centres, 0) + reach).astype(int)
    balls = np.zeros((high[1] - low[1], high[0] - low[0], 4), np.float32)
    for centre, outline in zip(centres, outlines, strict=True):
        _draw_ball(balls, image, centre, outline, low, radius, iris, found.px_per_m / 1000)
    balls[..., 3] *= _open_to(t, found, low, high)
    lash_colour = _lash_colour(image, outlines)
    return Eyes(
        rect=(int(low[0]), int(low[1]), int(high[0]), int(high[1])),
        balls=np.clip(balls + 0.5, 0, 255).astype(np.uint8),
        centres=tuple((float(c[0]), float(c[1])) for c in centres),  # type: ignore[arg-type]
        radius=radius,
        iris=iris,
        openings=loops,
        lashes=Lashes(found.lash_points, t.lash_radius * np.float32(_LASH_WIDTH), found.lash_deltas, lash_colour, 0.0),
        shaded=True,
    )


def _open_to(t: Template, found: Fit, low: NDArray[np.int_], high: NDArray[np.int_]) -> Floats:
    """(h, w) from `low` to `high`, picture pixels: 1 where eyeballs may show, inside the openings and below the skin
    beside them; a turned face is narrower than they are."""
    points = (found.source - low).astype(np.float32)
    size = int(high[0] - low[0]), int(high[1] - low[1])
    inside = np.zeros(size[::-1], np.uint8)
    for loop in (t.opening_left, t.opening_right):
        cv2.fillPoly(inside, [np.round((points[loop] - 0.5) * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    return np.maximum(spread(over_balls(t), points, found.triangles, size), cv2.dilate(inside, np.ones((3, 3))))


def _draw_ball(
    balls: Floats, image: Floats, centre: Floats, outline: Floats, low: NDArray[np.int_], radius: float, iris: float,
    mm: float,
) -> None:  # fmt: skip
    """Draw one eyeball into `balls` (h, w, 4), straight alpha, whose corner is at `low` in the picture.

    `outline` (N, 2) is the edge of the lids; it, `centre` (2,), `radius` and `iris` are in picture pixels, `mm` is
    pixels a millimetre.
    """
    height, width = balls.shape[:2]
    x, y = np.meshgrid(np.arange(width) + low[0] + 0.5, np.arange(height) + low[1] + 0.5)
    dx, dy = x - centre[0], y - centre[1]
    away = np.hypot(dx, dy)
    free = np.zeros((height, width), np.uint8)
    cv2.fillPoly(free, [np.round((outline - low - 0.5) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    at = (x - 0.5).astype(np.float32), (y - 0.5).astype(np.float32)
    seen = np.asarray(cv2.remap(image, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
    depth = cv2.distanceTransform(np.pad((free > 127).astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    sure = smoothstep(0.2 * mm, 1.0 * mm, np.asarray(depth, np.float32))
    white_at = sure * smoothstep(1.12 * iris, 1.3 * iris, away) * (away < radius)
    white = push_pull(seen, white_at * 0.98) if white_at.sum() > 3 else np.full_like(seen, 200.0)
    mean = (
        (seen * white_at[..., None]).sum((0, 1)) / max(float(white_at.sum()), 1e-3)
        if white_at.sum() > 3
        else white[0, 0]
    )
    white = white * 0.5 + mean * 0.5
    white = white * (1 - 0.25 * smoothstep(0.7 * radius, 1.1 * radius, away))[..., None]
    rings = _completed_iris(seen, sure, away, dx, dy, iris)
    edge = (1 - smoothstep(0.94 * iris, 1.1 * iris, away))[..., None]
    made = white + (rings - white) * edge
    # At rest the eye must look like the picture's, including the soft edges of the lids.
    beyond = cv2.distanceTransform((free <= 127).astype(np.uint8), cv2.DIST_L2, 5)
    shown = 1 - smoothstep(0.3 * mm, 0.9 * mm, np.asarray(beyond, np.float32))
    colour = made + (seen - made) * shown[..., None]
    alpha = 255 * (1 - smoothstep(1.08 * radius, 1.16 * radius, away))
    mine = alpha > balls[..., 3]
    balls[mine] = np.dstack([colour, alpha])[mine]


def _completed_iris(seen: Floats, sure: Floats, away: Floats, dx: Floats, dy: Floats, iris: float) -> Floats:
    """(h, w, 3): the iris, where lids hide it filled from its mirror image, else with its mean at that radius."""
    angles, steps = 48, 16
    theta, rho = np.meshgrid(np.linspace(0, 2 * np.pi, angles, endpoint=False), (np.arange(steps) + 0.5) / steps)
    middle = np.unravel_index(np.argmin(away), away.shape)
    cx, cy = middle[1] - dx[middle], middle[0] - dy[middle]
    u, v = (cx + rho * iris * np.cos(theta)).astype(np.float32), (cy + rho * iris * np.sin(theta)).astype(np.float32)
    ring = cv2.remap(seen, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    weight = cv2.remap(sure, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)[..., None]
    mirrored = (-np.arange(angles)) % angles
    both = weight + 0.3 * weight[:, mirrored] + 0.02
    mean = (ring * weight).sum(1, keepdims=True) / np.maximum(weight.sum(1, keepdims=True), 1e-3)
    polar = (ring * weight + 0.3 * ring[:, mirrored] * weight[:, mirrored] + 0.02 * mean) / both
    polar = np.concatenate([polar, polar[:, :1]], 1).astype(np.float32)
    turn = np.mod(np.arctan2(dy, dx), 2 * np.pi) / (2 * np.pi) * angles
    r = np.clip(away / iris * steps - 0.5, 0, steps - 1)
    found = cv2.remap(
        polar, turn.astype(np.float32), r.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(found, np.float32)


def _lash_colour(image: Floats, outlines: list[Floats]) -> tuple[int, int, int]:
    """The colour of the picture's own lashes, sRGB."""
    height, width = image.shape[:2]
    at = np.clip(np.round(np.concatenate(outlines) - 0.5).astype(int), 0, [width - 1, height - 1])
    colours = image[at[:, 1], at[:, 0]]
    dark = colours[np.argsort(colours.sum(1))[: max(len(colours) // 8, 1)]].mean(0) * 0.75
    return int(dark[0]), int(dark[1]), int(dark[2])
