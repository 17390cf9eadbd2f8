"""A person's own upper teeth, from a picture in which they smile.

Upper teeth are fixed to the skull, so landmarks that no expression moves give their place. The lower lip hides their
edges in most smiles; the edges are continued along the row, rounded between the teeth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import INDEX
from limelight.puppet.pack import Mouth
from limelight.puppet.photo import landmarks as lm
from limelight.puppet.photo.fill import mean_about, push_pull
from limelight.puppet.photo.fit import Fit
from limelight.puppet.photo.registration import RegisteredPicture
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

#: Enamel against lips and gums: excess of red over green as a share of red, from surely enamel to surely not; and light
#: as a share of the brightest enamel's, from surely not to surely enamel.
_LEAST_RED, _MOST_RED, _DARK, _BRIGHT = 0.14, 0.24, 0.28, 0.46
_SMILE = INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]
#: Least width and height of a usable row of teeth, and its farthest distance from the mouth's middle; shares of the
#: mouth's width.
_LEAST_WIDE, _LEAST_HIGH, _MOST_ASIDE = 0.52, 0.06, 0.07
#: Pictures are enlarged this many times before any measurement.
_ENLARGED = 4
#: How far the teeth go on below the visible edge, and the depth of the notches between them; shares of their height.
_HIDDEN, _ROUNDED = 0.08, 0.16
#: Height of the upper lip's shadow on the teeth, whose colour is not theirs, as a share of their height.
_SHADED = 0.16
#: How far the teeth go on behind the upper lip, as a share of their height; and the share of their own tint.
_UNDER_LIP, _TINTED = 0.35, 0.7
#: Contrast of the gaps between teeth, which the enlarging blurred; and light of the row at its ends.
_GAPS_DARKER, _DARK_ENDS = 1.2, 0.35
#: Differences of light up to this are blotches of a small picture, levels.
_BLOTCHES = 8.0
#: The foremost teeth end at least this far below the line of the resting lips: the least of nine people.
_LEAST_BELOW_LIP_M = 0.0026
#: How much fine detail is added to teeth that were enlarged by a factor of 2 or more.
_SHARPER = 0.6
#: How much of the light inside a mouth the photographed teeth already have (`pack.Mouth.lit`).
_LIT = 0.5


@dataclass(frozen=True, slots=True)
class Enamel:
    """The teeth in a picture."""

    #: float32 (h, w) of the picture, in [0, 1]
    mask: Floats
    #: float32 (3,), sRGB levels: their typical colour
    colour: Floats


def enamel_between(picture: Bytes, inner_lips: Floats) -> Enamel | None:
    """The enamel in a picture (h, w, 3) inside the contour of the lips (n, 2), pixels; None where hardly any shows."""
    inside = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round((inner_lips - 0.5) * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    inside = np.asarray(cv2.dilate(inside, np.ones((3, 3), np.uint8)), np.uint8)
    image = picture.astype(np.float32)
    light = image.mean(-1)
    if inside.sum() < 40:
        return None
    red = (image[..., 0] - image[..., 1]) / np.maximum(image[..., 0], 1)
    brightest = float(np.percentile(light[inside > 0], 90))
    if brightest < 60:
        return None
    mask = (1 - smoothstep(_LEAST_RED, _MOST_RED, red)) * smoothstep(_DARK, _BRIGHT, light / brightest) * inside
    hard = (mask > 0.5).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(hard)
    if count < 2:
        return None
    own = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    if stats[own, cv2.CC_STAT_AREA] < 0.12 * inside.sum():
        return None
    mask = mask * cv2.dilate((labels == own).astype(np.uint8), np.ones((3, 3), np.uint8))
    colour = np.percentile(image[labels == own], 60, axis=0)
    return Enamel(np.asarray(mask, np.float32), np.asarray(colour, np.float32))


def with_own_teeth(found: Fit, mouth: Mouth, further: Sequence[RegisteredPicture]) -> tuple[Mouth, list[set[str]]]:
    """The mouth with upper teeth from the picture that shows most of them, preferring smiles; and for each picture
    `{"teeth"}` if it gave them, else an empty set."""
    gave: list[set[str]] = [set() for _ in further]
    best: tuple[float, int, _Row] | None = None
    for i, one in enumerate(further):
        row = _row(one, mouth)
        smile = float(one.expression.weights[list(_SMILE)].mean())
        if row is not None and (best is None or row.wide * (0.5 + smile) > best[0]):
            best = row.wide * (0.5 + smile), i, row
    if best is None:
        return mouth, gave
    gave[best[1]].add("teeth")
    lip = float(found.project(found.landmarks)[[13, 14], 1].mean()) - mouth.rect[1]
    least = lip + _LEAST_BELOW_LIP_M * found.px_per_m
    return replace(mouth, upper=_drawn(best[2], mouth, least), lit=_LIT), gave


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of teeth, in the pixels of the mouth's layers."""

    #: float32 (h, w, 3), levels
    colour: Floats
    #: float32 (h, w), in [0, 1]
    mask: Floats
    #: width of the row over that of the mouth in its picture
    wide: float
    #: layer pixels per pixel of its picture
    grown: float


def _row(one: RegisteredPicture, mouth: Mouth) -> _Row | None:
    """The upper teeth in a picture; None where it shows too little of them."""
    lips = one.landmarks[list(lm.LIPS_INNER), :2]
    width = float(np.ptp(lips[:, 0]))
    low = np.floor(lips.min(0) - 0.25 * width).astype(int).clip(0)
    high = np.ceil(lips.max(0) + 0.25 * width).astype(int)
    part = one.picture[low[1] : high[1], low[0] : high[0]]
    large = cv2.resize(part, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
    seen = enamel_between(np.asarray(large, np.uint8), ((lips - low) * _ENLARGED).astype(np.float32))
    if seen is None:
        return None
    rows, columns = (np.flatnonzero((seen.mask > 0.5).any(axis)) for axis in (1, 0))
    if len(columns) < _LEAST_WIDE * width * _ENLARGED or len(rows) < _LEAST_HIGH * width * _ENLARGED:
        return None
    middle = float(columns[[0, -1]].mean()) / _ENLARGED + low[0]
    if abs(middle - float(lips[:, 0].mean())) > _MOST_ASIDE * width:
        return None
    x0, y0, x1, y1 = mouth.rect
    back = np.array([[1 / _ENLARGED, 0, low[0]], [0, 1 / _ENLARGED, low[1]], [0, 0, 1]])
    shift = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]])
    to = (shift @ np.vstack([one.over, [0, 0, 1]]) @ back)[:2]
    to[:, 2] += to[:, :2] @ (0.5, 0.5) - 0.5  # from pixel corners to pixel centres
    size = x1 - x0, y1 - y0
    soft = max(0.5 * (1 / float(np.linalg.norm(to[:, 0])) - 1), 0.0)

    def laid(image: Floats) -> Floats:
        if soft > 0.3:
            image = np.asarray(cv2.GaussianBlur(image, (0, 0), soft), np.float32)
        return np.asarray(cv2.warpAffine(image, to, size, flags=cv2.INTER_CUBIC), np.float32)

    colour = laid(large.astype(np.float32)) * one.gain
    mask = np.clip(laid(seen.mask), 0, 1)
    return _Row(colour, mask, len(columns) / (width * _ENLARGED), float(np.linalg.norm(one.over[:, 0])))


def _drawn(row: _Row, mouth: Mouth, least: float) -> Bytes:
    """The upper layer, uint8 (h, w, 4), straight alpha: the teeth of a row, completed to their edges.

    The foremost teeth end at the pixel row `least` or below.
    """
    hard = row.mask > 0.5
    columns = np.flatnonzero(hard.sum(0) > 2)
    x = np.arange(columns[0], columns[-1] + 1)
    tops = np.array([np.flatnonzero(hard[:, c])[0] if hard[:, c].any() else np.nan for c in x])
    bottoms = np.array([np.flatnonzero(hard[:, c])[-1] + 1 if hard[:, c].any() else np.nan for c in x])
    known = np.isfinite(tops)
    tops, bottoms = (np.interp(x, x[known], v[known]) for v in (tops, bottoms))
    high = float(np.median(bottoms - tops))
    top, seen_to = _curve(x, tops, 4, high), _curve(x, bottoms, 4, high)
    bottom = _blurred(np.maximum(seen_to, bottoms), 0.03 * len(x)) + _HIDDEN * high
    middle = np.abs(x - x.mean()) < 0.2 * len(x)
    bottom = bottom + max(least - float(np.median(bottom[middle])), 0.0)
    bottom = bottom - _ROUNDED * high * _between(row, x, top, bottom)
    height, width = hard.shape
    y = np.arange(height)[:, None] + 0.5

    def rows(first: NDArray[np.float64], end: NDArray[np.float64], soft: float) -> Floats:
        """(height, width): 1 between the curves `first` and `end`, with edges `soft` pixels wide."""
        out = np.zeros((height, width), np.float32)
        out[:, x] = np.clip((y - first[None]) / soft + 0.5, 0, 1) * np.clip((end[None] - y) / soft + 0.5, 0, 1)
        return out

    from_ends = np.minimum(np.arange(width) - x[0], x[-1] - np.arange(width))
    ends = smoothstep(-1.0, max(0.03 * len(x), 2.0), from_ends.astype(np.float32))[None]
    trusted = rows(top + _SHADED * high, np.minimum(seen_to, bottoms) - 0.05 * high, 1.0) * (ends > 0.5)
    colour = _of_one_colour(push_pull(row.colour, trusted), trusted, high)
    light = colour.mean(-1)
    fine = light - cv2.GaussianBlur(light, (0, 0), 0.8 * row.grown)
    colour = colour + (_SHARPER * min(max(row.grown - 1, 0), 1) * fine)[..., None]
    # Teeth are thin towards their edges, and reflect less light there.
    edge = np.ones((height, width), np.float32)
    edge[:, x] = smoothstep(-0.02, 0.2, ((bottom[None] - y) / high).astype(np.float32))
    colour = colour * (0.84 + 0.16 * edge[..., None])
    inwards = smoothstep(0.0, 0.24 * len(x), from_ends.astype(np.float32))
    colour = colour * (_DARK_ENDS + (1 - _DARK_ENDS) * inwards)[None, :, None]
    alpha = rows(top - _UNDER_LIP * high, bottom, 1.2) * ends
    under = mouth.upper.astype(np.float32)
    gums = rows(top - height, top, 1.0) * ends * under[..., 3] / 255  # of the template only the gums above remain
    shown = colour * alpha[..., None] + under[..., :3] * (1 - alpha[..., None])
    return np.dstack([np.clip(shown, 0, 255), np.maximum(alpha, gums) * 255]).astype(np.uint8)


def _of_one_colour(colour: Floats, trusted: Floats, high: float) -> Floats:
    """The row with its own light, but with the slow tint of its surroundings: small pictures are blotchy.

    `trusted` (h, w) are pixels with a reliable colour, `high` is the teeth's height in pixels.
    """
    light = cv2.bilateralFilter(colour.mean(-1), -1, _BLOTCHES, max(0.1 * high, 1.0))
    slow, _ = mean_about(colour, trusted, max(1.2 * high, 4.0))
    usual = slow.mean(-1)
    tint = slow / np.maximum(usual[..., None], 1)
    light = np.where(light < usual, usual + (light - usual) * _GAPS_DARKER, light)
    return np.asarray(light[..., None] * (1 + (tint - 1) * _TINTED), np.float32)


def _curve(x: NDArray[np.int_], y: NDArray[np.float64], degree: int, high: float) -> NDArray[np.float64]:
    """A polynomial through most of the points, robust against outliers; `high` is the scale of their errors, pixels."""
    at = (x - x.mean()) / max(float(np.ptp(x)), 1) * 2
    near = np.ones(len(x), bool)
    for _ in range(3):
        found = np.polynomial.polynomial.polyfit(at[near], y[near], degree)
        left = np.abs(np.polynomial.polynomial.polyval(at, found) - y)
        near = left < max(0.12 * high, 2 * float(np.median(left)))
    return np.asarray(np.polynomial.polynomial.polyval(at, found))


def _blurred(values: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """(n,) values blurred along x; they go on mirrored beyond their ends."""
    size = 2 * round(4 * sigma) + 1
    return np.asarray(cv2.GaussianBlur(values[None], (size, 1), sigma, borderType=cv2.BORDER_REFLECT)[0])


def _between(
    row: _Row, x: NDArray[np.int_], top: NDArray[np.float64], bottom: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(len(x),): 1 between two teeth, 0 on them; gaps are where the lower half of the row is darkest."""
    light = row.colour.mean(-1)
    profile = np.array([
        light[int((t + b) / 2) : max(int(b - 0.15 * (b - t)), int((t + b) / 2) + 1), c].mean()
        for c, t, b in zip(x, top, bottom, strict=True)
    ])  # fmt: skip
    wide = 0.035 * len(x)
    valley = np.clip(_blurred(profile, 2.5 * wide) - _blurred(profile, 0.5), 0, None)
    around = np.ones((1, 2 * max(int(1.4 * wide), 2) + 1), np.uint8)
    highest = cv2.dilate(valley[None], around)[0]
    peaks = np.flatnonzero((valley == highest) & (valley > 0.15 * float(valley.max())))
    out = np.zeros(len(x))
    for peak in peaks:
        out = np.maximum(out, np.exp(-np.abs(np.arange(len(x)) - peak) / (0.35 * wide)))
    return out
