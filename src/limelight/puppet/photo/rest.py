"""Changes a photo's resting expression, so that a stern portrait looks friendly while it is silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import BLENDSHAPES, INDEX, Performance
from limelight.puppet.motion import Placement
from limelight.puppet.pack import Pack
from limelight.puppet.photo.creases import metric_of
from limelight.puppet.photo.fit import Fit, on_mesh
from limelight.puppet.photo.template import Template
from limelight.puppet.photo.texture import Skin
from limelight.puppet.puppet import Puppet
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


def weights_of(named: Mapping[str, float]) -> Floats:
    """float32 (52,), ARKit order, from weights by name; a name without a side stands for both."""
    row = np.zeros(len(BLENDSHAPES), np.float32)
    for name, value in named.items():
        for each in (name,) if name in INDEX else (f"{name}Left", f"{name}Right"):
            row[INDEX[each]] = value
    return row


def moved_fit(t: Template, found: Fit, rest: Floats) -> Fit:
    """The fit with an expression (52,) as its resting one."""
    vertices = np.asarray(found.vertices + np.einsum("s,svc->vc", rest, found.deltas), np.float32)
    lashes = np.asarray(found.lash_points + np.einsum("s,snkc->nkc", rest, found.lash_deltas), np.float32)
    return replace(found, vertices=vertices, lash_points=lashes, landmarks=on_mesh(t, vertices))


def moved_skin(found: Fit, surface: Skin, rest: Floats) -> Skin:
    """The skin with the creases of an expression (52,) in its neutral texture."""
    neutral = surface.neutral.copy()
    for region in surface.regions:
        if region.mix != "linear":
            continue
        metric = metric_of(found, surface, region)
        x0, y0, x1, y1 = region.rect
        part = neutral[y0:y1, x0:x1, :3].astype(np.float32)
        base = part.copy()
        for key in region.keys:
            share = float(np.clip(rest @ metric @ key.weights / (key.weights @ metric @ key.weights), 0, 1))
            part += share * (key.texture[..., :3] - base) * (region.mask[..., None] / np.float32(255))
        neutral[y0:y1, x0:x1, :3] = np.clip(part + 0.5, 0, 255)
    return replace(surface, neutral=neutral)


def moved_portrait(pack: Pack, rest: Floats) -> Bytes:
    """uint8 (height, width, 4), straight alpha: the pack's portrait with an expression (52,)."""
    height, width = pack.portrait.shape[:2]
    even = width + width % 2, height + height % 2
    puppet = Puppet(pack, Placement(1.0, 0.0, 0.0), even)
    none = np.zeros((1, 3), np.float32)
    still = Performance(25, rest[None], none[:, 0], none, none[:, :2], none[:, :2], none[:, 0], none)
    patch = puppet.patch(still, 0)
    rgba = patch.rgba[: height - patch.y, : width - patch.x].astype(np.float32)
    straight = np.dstack([rgba[..., :3] / np.maximum(rgba[..., 3:] / 255, 1 / 255), rgba[..., 3]])
    face = pack.project(pack.face.vertices)
    low, high = face.min(0), face.max(0)
    # Replace only the face: the rest of the portrait stays as sharp as it is.
    middle, half = (low + high) / 2, (high - low) / 2
    rows, columns = rgba.shape[:2]
    x, y = np.meshgrid(np.arange(columns) + 0.5 + patch.x, np.arange(rows) + 0.5 + patch.y)
    away = np.hypot((x - middle[0]) / half[0], (y - middle[1]) / half[1])
    share = (1 - smoothstep(1.05, 1.3, away))[..., None]
    out = pack.portrait.copy()
    part = out[patch.y : patch.y + rows, patch.x : patch.x + columns]
    part[:] = np.clip(part * (1 - share) + np.clip(straight, 0, 255) * share + 0.5, 0, 255)
    return out
