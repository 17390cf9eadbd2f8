"""A person's own creases, from further pictures of them.

Each picture is divided by the first one, both blurred to the coarser of the two: expression ratio images after Liu,
Shan and Zhang (2001). Fine detail comes from the first picture alone, so that no blurred skin lies beside sharp skin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import BLENDSHAPES
from limelight.puppet.face import share_of
from limelight.puppet.pack import Key, Region
from limelight.puppet.photo.fill import mean_about
from limelight.puppet.photo.fit import Fit
from limelight.puppet.photo.registration import RegisteredPicture
from limelight.puppet.photo.template import Template
from limelight.puppet.photo.texture import Skin, from_mouth, spread
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]

#: A picture gives the texture of a key where it shows at least this share of the key's expression.
_LEAST_SHARE = 0.35
#: A picture gives the mouth a new key where its expression is at least this squared distance from those of all other
#: keys, px² of `metric_of`; and the most new keys.
_LEAST_NEW, _MOST_SHAPES = 6.0, 4
#: The share of the ratio that a key takes over, its least and greatest value in stops, and its blur, picture pixels.
_TAKEN, _DARKEST, _LIGHTEST, _BLUR = 0.9, -0.9, 0.35, 0.6
#: No ratio from within the first distance of the mouth's opening, since lips are no skin; the whole beyond the second.
_LIP_FREE_M = (0.001, 0.004)


def with_creases(
    t: Template, found: Fit, surface: Skin, further: Sequence[RegisteredPicture]
) -> tuple[Skin, list[set[str]]]:
    """The skin with the person's own creases in place of the template's; and for each picture `{"creases"}` if it gave
    any, else an empty set."""
    gave: list[set[str]] = [set() for _ in further]
    if not further:
        return surface, gave
    size = surface.seen.shape[1], surface.seen.shape[0]
    free = spread(smoothstep(*_LIP_FREE_M, from_mouth(t)), surface.uv, found.triangles, size)
    ratios = [_ratio(surface, free, one) for one in further]
    regions = []
    for region in surface.regions:
        if region.mix == "linear" and not region.name.startswith("lids"):
            regions.append(_with_own_keys(found, surface, region, further, ratios, gave))
        elif region.name == "mouth":
            regions.append(_with_own_shapes(found, surface, region, further, ratios, gave))
        else:
            regions.append(region)
    return replace(surface, regions=tuple(regions)), gave


def _ratio(surface: Skin, free: Floats, one: RegisteredPicture) -> tuple[Floats, Floats]:
    """Stops (h, w, 3) from the first picture to this one, in texture space, and their confidence (h, w) in [0, 1].

    `free` (h, w) is 1 on skin, 0 on lips.
    """
    first = surface.seen[..., :3].astype(np.float32)
    soft = max(_BLUR * one.detail, 0.8)
    mine, theirs = (cv2.GaussianBlur(i, (0, 0), soft) for i in (first, one.texture))
    stops = np.log2((theirs + 8) / (mine + 8)).astype(np.float32)
    # Slow changes over the whole face are light, not creases.
    sure = one.sure * (surface.seen[..., 3] > 0)
    slow, _ = mean_about(stops, sure, 0.25 * surface.seen.shape[1])
    stops = stops - slow
    return np.clip(stops, _DARKEST, _LIGHTEST), np.asarray(sure * free, np.float32)


def metric_of(found: Fit, surface: Skin, region: Region) -> Floats:
    """float32 (52, 52), the metric G of expressions in a region: w·G·w is the squared motion by weights w, px²."""
    share = share_of(region, surface.uv)
    moves = found.deltas[..., :2] * np.sqrt(share)[:, None] * 1850
    flat = moves.reshape(len(moves), -1)
    return np.asarray(flat @ flat.T / max(float(share.sum()), 1.0), np.float32)


def _texture(surface: Skin, region: Region, stops: Floats, sure: Floats) -> NDArray[np.uint8]:
    """uint8 (h, w, 4) of the region's rect: the neutral texture with a ratio image applied."""
    x0, y0, x1, y1 = region.rect
    base = surface.neutral[y0:y1, x0:x1, :3].astype(np.float32)
    gain = np.exp2(_TAKEN * stops[y0:y1, x0:x1] * sure[y0:y1, x0:x1, None])
    shown = np.clip(base * gain + 0.5, 0, 255)
    return np.dstack([shown, np.full(shown.shape[:2], 255)]).astype(np.uint8)


def _with_own_keys(
    found: Fit, surface: Skin, region: Region,
    further: Sequence[RegisteredPicture], ratios: Sequence[tuple[Floats, Floats]], gave: list[set[str]],
) -> Region:  # fmt: skip
    """A region of linear mix with the texture of each key from the picture that shows most of its expression."""
    metric = metric_of(found, surface, region)
    keys = []
    for key in region.keys:
        size = float(key.weights @ metric @ key.weights)
        shares = []
        for one in further:
            along = float(one.expression.weights @ metric @ key.weights)
            length = float(one.expression.weights @ metric @ one.expression.weights)
            alike = along / np.sqrt(max(size * length, 1e-9))
            shares.append(along / size if alike > 0.6 else 0.0)
        best = int(np.argmax(shares))
        if shares[best] < _LEAST_SHARE:
            keys.append(key)
            continue
        gave[best].add("creases")
        stops, sure = ratios[best]
        # The picture's crease belongs to the picture's expression, so the key gets that much of its weights.
        weights = key.weights * np.float32(max(shares[best], 0.5))
        keys.append(Key(key.name, weights, _texture(surface, region, stops, sure)))
    return replace(region, keys=tuple(keys))


def _with_own_shapes(
    found: Fit, surface: Skin, region: Region,
    further: Sequence[RegisteredPicture], ratios: Sequence[tuple[Floats, Floats]], gave: list[set[str]],
) -> Region:  # fmt: skip
    """The mouth's region with a further key for each new expression in the pictures."""
    metric = metric_of(found, surface, region)
    keys = list(region.keys)
    known = [np.zeros(len(BLENDSHAPES), np.float32)]
    order = np.argsort([-float(one.expression.weights @ metric @ one.expression.weights) for one in further])
    for i in order:
        weights = further[i].expression.weights
        distance = min(float((weights - other) @ metric @ (weights - other)) for other in known)
        if distance < _LEAST_NEW or len(known) > _MOST_SHAPES:
            continue
        known.append(weights)
        gave[i].add("creases")
        stops, sure = ratios[i]
        keys.append(Key(f"own{len(known) - 1}", weights, _texture(surface, region, stops, sure)))
    return replace(region, keys=tuple(keys))
