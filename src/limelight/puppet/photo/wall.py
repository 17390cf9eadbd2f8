"""Keying: mattes a person before a plain wall by the difference from the wall's colour.

The wall is a cubic polynomial in x and y, fitted robustly outside of the person. The difference shows single hairs and
the gaps between arms and body, which the segmentation network does not see. `face` is the face's height in pixels.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.puppet.photo.fill import mean_about
from limelight.puppet.photo.path import cheapest
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

#: A wall is plain where this share of its visible pixels is within this many levels of the fit.
_PLAIN_PART, _PLAIN_LEVELS = 0.96, 8.0
#: Step of the grid on which the polynomial is evaluated, pixels.
_COARSE = 8
#: At least this share of the picture must be wall.
_LEAST_SEEN = 0.08
#: Differences from the wall from which a pixel is no wall: of chroma, levels; of light, as shares of the wall's. The
#: person's shadow makes a wall darker, but hardly anything makes it lighter.
_CHROMA, _LIGHTER, _DARKER = 12.0, 0.05, 0.38
#: Skin is warmer than the wall by this share of its light.
_SKIN = 0.28
#: Gaps between arm and body: farthest reach from the arm, as a share of the face's height; weights of crossed body,
#: contrast and bends in the path along the body's edge; least width, pixels.
_GAP_REACH, _CROSSED, _CONTRAST, _BENDS, _LEAST_GAP = 0.3, 0.3, 90.0, 1.6, 2.0
#: Gaps that are less high than this share of the face's height are folds in shade.
_NOTCH = 0.15
#: Width of the band around the outline with hair, and with skin and cloth, as shares of the face's height.
_HAIR_BAND, _EDGE_BAND = 0.10, 0.008
#: Holes with a smaller area than this share of the face's height squared are filled.
_PINHOLE = 0.004
#: Along edges of skin and cloth the colour stays between these factors of the colour inside.
_LEAST_EDGE, _MOST_EDGE = 0.7, 1.2
#: Distance from all mixtures of wall and person from which a colour is another one of the person's, levels.
_THIRD = 14.0, 30.0
#: Alpha from which dark hair keeps its own colour.
_THICK = 0.97
#: Distance of person and wall, levels, between which keying becomes reliable; and the alpha that is only grain.
_APART, _GRAIN = (45.0, 85.0), 0.06


def plain_wall(picture: Bytes, outside: NDArray[np.bool_]) -> Floats | None:
    """float32 (h, w, 3), levels: the wall, also behind the person; None where it is not plain.

    `outside` (h, w) marks the pixels that are surely no person.
    """
    if outside.mean() < _LEAST_SEEN:
        return None
    height, width = outside.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width * 2 - 1, y / height * 2 - 1
    powers = [(i, j) for i in range(4) for j in range(4 - i)]
    pick = np.flatnonzero(outside)[:: max(int(outside.sum()) // 20_000, 1)]
    basis = np.stack([x.ravel()[pick] ** i * y.ravel()[pick] ** j for i, j in powers], -1)
    seen = picture.reshape(-1, 3)[pick].astype(np.float32)
    near = np.ones(len(pick), bool)
    for _ in range(3):
        found, *_rest = np.linalg.lstsq(basis[near], seen[near], rcond=None)
        left = np.abs(basis @ found - seen).max(1)
        near = left < max(3 * float(np.median(left)), 4.0)
    if (left < _PLAIN_LEVELS).mean() < _PLAIN_PART:
        return None
    small = -(-width // _COARSE), -(-height // _COARSE)
    across, down = (np.asarray(cv2.resize(i, small, interpolation=cv2.INTER_AREA), np.float64) for i in (x, y))
    coarse = sum((across**i * down**j)[..., None] * colour for (i, j), colour in zip(powers, found, strict=True))
    wall = cv2.resize(np.asarray(coarse, np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(wall, 1, 255), np.float32)


def off_wall(picture: Floats, wall: Floats) -> Floats:
    """float32 (h, w): the difference of each pixel from the wall, below 1 where it may be wall, even in shadow."""
    soft = cv2.GaussianBlur(picture, (0, 0), 1.2)
    grey, wall_grey = soft.mean(-1), wall.mean(-1)
    chroma = np.abs((soft - grey[..., None]) - (wall - wall_grey[..., None])).max(-1)
    light = grey / wall_grey - 1
    return np.asarray(np.hypot(chroma / _CHROMA, np.where(light > 0, light / _LIGHTER, -light / _DARKER)), np.float32)


def with_gaps(
    rough: Floats, picture: Floats, wall: Floats, off: Floats, chin: float, middle: float, face: float
) -> Floats:
    """The rough alpha (h, w) without the wall between the arms and the body.

    Below each sleeve, skin ends at the inner edge of the arm; from there, the body's edge is the path from row to row
    with the strongest contrast to the wall. `off` (h, w) is `off_wall`; `chin` is a row, `middle` a column, pixels.
    """
    # -1 unknown, 0 gap, 1 body
    trimap = np.full(picture.shape[:2], -1, np.int8)
    soft = cv2.GaussianBlur(picture, (0, 0), 1.5)
    grey = soft.mean(-1)
    warm = (soft[..., 0] - soft[..., 2]) / np.maximum(grey, 1) - (wall[..., 0] - wall[..., 2]) / wall.mean(-1)
    skin = cv2.morphologyEx((warm > _SKIN).astype(np.uint8), cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    count, labels, stats, middles = cv2.connectedComponentsWithStats(skin)
    light = grey / wall.mean(-1)
    for side in (-1, 1):
        arms = [
            i for i in range(1, count)
            if (middles[i][0] - middle) * side > 0.5 * face and middles[i][1] > chin + face
            and stats[i, 4] > 0.1 * face * face
        ]  # fmt: skip
        if not arms:
            continue
        arm = labels == max(arms, key=lambda i: stats[i, 4])
        flipped = [part if side < 0 else part[:, ::-1] for part in (arm.astype(np.float32), off, light)]
        zone = trimap if side < 0 else trimap[:, ::-1]
        reach = round(_GAP_REACH * face)
        for row, first, end in _gap(flipped[0], flipped[1], flipped[2], reach):
            zone[row, first : first + reach] = 1
            if end - first > _LEAST_GAP:
                zone[row, first:end] = 0
    seen = (trimap == 0).astype(np.uint8)
    gaps = cv2.morphologyEx(seen, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(gaps)
    notches = [i for i in range(1, count) if stats[i, cv2.CC_STAT_HEIGHT] < _NOTCH * face]
    gaps[np.isin(labels, notches)] = 0
    filled = np.where(trimap >= 0, np.float32(1), rough)
    return np.asarray(filled * (1 - cv2.GaussianBlur(gaps.astype(np.float32), (0, 0), 0.8)), np.float32)


def _gap(arm: Floats, off: Floats, light: Floats, reach: int) -> list[tuple[int, int, int]]:
    """Row, first and end column of the gap to the right of an arm, for each row of the arm; masks are (h, w)."""
    rows = np.flatnonzero(arm.any(1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    known = arm[top:bottom].any(1)
    edge = arm.shape[1] - 1 - np.argmax(arm[top:bottom, ::-1], axis=1)
    inner = np.interp(np.arange(len(edge)), np.flatnonzero(known), edge[known]).astype(np.float32)
    inner = cv2.GaussianBlur(cv2.medianBlur(inner[:, None], 5), (0, 0), 2)[:, 0]
    at = (inner[:, None] + np.arange(reach)).astype(np.float32)
    down = np.broadcast_to(np.arange(top, bottom, dtype=np.float32)[:, None], at.shape).copy()
    beyond, lit = (cv2.remap(i, at, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for i in (off, light))
    lighter = float(np.median(lit[:, -reach // 4 :])) > 1
    # Light cloth in shade may have the wall's colour, but is seldom as dark.
    body = (lit - 1.03) / 0.06 if lighter else (beyond - 0.8) / 0.8
    crossed = np.cumsum(np.pad(np.clip(body, -1, 3), ((0, 0), (1, 0)))[:, :-1], 1)
    contrast = np.clip((1 if lighter else -1) * np.gradient(lit, axis=1), 0, 0.12)
    steps = cheapest(np.asarray(_CROSSED * crossed - _CONTRAST * contrast, np.float32), _BENDS, 3)
    return [(top + k, round(float(inner[k])), round(float(inner[k] + step))) for k, step in enumerate(steps)]


def keyed(picture: Floats, rough: Floats, wall: Floats, off: Floats, face: float) -> tuple[Floats, Floats]:
    """Alpha (h, w), keyed along the outline, and the person's colour there, float32 (h, w, 3), levels.

    A pixel on the outline has a mixture of the colours of wall and person. Dark hair is keyed in a broad band around
    the outline, cloth and skin in a narrow one. `off` (h, w) is `off_wall`.
    """
    unsure = 1 - smoothstep(0.85, 0.98, rough)
    rough = np.asarray(rough * (1 - unsure * (1 - smoothstep(0.6, 1.2, off))), np.float32)
    sure = (cv2.erode(rough, np.ones((9, 9), np.uint8)) > 0.95).astype(np.float32)
    inside, seen = mean_about(picture, sure, 0.05 * face)
    way = inside - wall
    far = (way**2).sum(-1)
    key = ((picture - wall) * way).sum(-1) / np.maximum(far, 1)
    # Ears beside dark hair are no mixture of hair and wall.
    beside = np.linalg.norm(picture - wall - key[..., None] * way, axis=-1)
    key = np.clip((key - _GRAIN) / (0.85 - _GRAIN), 0, 1)
    separable = smoothstep(*_APART, np.sqrt(far)) * (seen > 1e-3)
    dark = smoothstep(40.0, 70.0, wall.mean(-1) - inside.mean(-1))
    wide, narrow = (_band(rough, max(part * face, 2)) for part in (_HAIR_BAND, _EDGE_BAND))
    weight = separable * (wide * dark * (1 - smoothstep(*_THIRD, beside)) + narrow * (1 - dark))
    alpha = np.asarray(rough * (1 - weight) + key * weight, np.float32)
    smooth = cv2.medianBlur((np.clip(alpha, 0, 1) * 255 + 0.5).astype(np.uint8), 5).astype(np.float32) / 255
    alpha = _without_pinholes(_main_component(np.asarray(alpha * dark + smooth * (1 - dark), np.float32)), dark, face)
    a = alpha[..., None]
    solved = np.clip((picture - (1 - a) * wall) / np.maximum(a, 0.12), 0, 255)
    # Shadows on the wall, and the dark lines of a sharpened picture, do not belong to skin or cloth.
    plain = np.clip(solved, _LEAST_EDGE * inside, _MOST_EDGE * inside + 16)
    # A thin hair covers too little of a pixel for its own colour, so it is no lighter than the hair beside it: a
    # lighter one would contain wall, which shines before a dark background.
    thin = (smoothstep(0.0, 1.0, (_THICK - alpha) / 0.5) * dark)[..., None]
    hair = solved * (1 - thin) + np.minimum(solved, inside) * thin
    colour = hair * dark[..., None] + plain * (1 - dark[..., None])
    return alpha, np.asarray(np.where(a > 0.985, picture, colour), np.float32)


def _without_pinholes(alpha: Floats, dark: Floats, face: float) -> Floats:
    """Alpha (h, w) without small holes, which are shaded cloth of the wall's colour; holes in hair, `dark`, stay."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((alpha < 0.4).astype(np.uint8), connectivity=4)
    is_small = stats[:, cv2.CC_STAT_AREA] < _PINHOLE * face * face
    in_hair = np.bincount(labels.ravel(), dark.ravel(), count) > 0.3 * stats[:, cv2.CC_STAT_AREA]
    is_small[0] = False
    filled = cv2.dilate((is_small & ~in_hair)[labels].astype(np.uint8), np.ones((7, 7), np.uint8))
    return np.where(filled > 0, np.float32(1), alpha)


def _band(rough: Floats, reach: float) -> Floats:
    """(h, w): 1 within `reach` pixels of the outline of a rough alpha."""
    small = min(1.0, 8 / reach)
    shrunk = cv2.resize(rough, None, fx=small, fy=small, interpolation=cv2.INTER_AREA) if small < 1 else rough
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(round(reach * small), 1) + 1,) * 2)
    ring = cv2.dilate(shrunk, disc) * (1 - cv2.erode(shrunk, disc))
    return np.asarray(cv2.GaussianBlur(cv2.resize(ring, rough.shape[::-1]), (0, 0), 1.5), np.float32)


def _main_component(alpha: Floats) -> Floats:
    """Alpha (h, w) of the largest connected component only."""
    count, labels = cv2.connectedComponents((alpha > 0.08).astype(np.uint8))
    if count <= 2 or not (alpha > 0.9).any():
        return alpha
    own = labels == np.bincount(labels[alpha > 0.9]).argmax()
    return np.asarray(alpha * cv2.GaussianBlur(own.astype(np.float32), (0, 0), 1), np.float32)
