"""A presenter from one picture: the pack that `Puppet` draws, and the background behind the person."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import BLENDSHAPES
from limelight.puppet import raster
from limelight.puppet.motion import smoothstep
from limelight.puppet.pack import Face, Pack
from limelight.puppet.photo import space
from limelight.puppet.photo.eyeballs import eyes
from limelight.puppet.photo.fit import Fit, fit, sealed
from limelight.puppet.photo.matte import matte
from limelight.puppet.photo.mouth import mouth
from limelight.puppet.photo.portrait import find_portrait
from limelight.puppet.photo.template import Template, template
from limelight.puppet.photo.texture import _TEXELS_PER_M, Skin, skin

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PhotoRig:
    """A picture that can speak."""

    pack: Pack
    #: uint8 (height, width, 3), the picture without the person, of the size of the pack's portrait
    plate: NDArray[np.uint8]
    #: how many faces were seen; the largest is the pack's
    faces: int


def rig(picture: NDArray[np.uint8]) -> PhotoRig:
    """Make a presenter of an upright picture, uint8 (height, width, 3 or 4), sRGB.

    Raises PhotoError where there is no face that can speak.
    """
    portrait, t = find_portrait(picture), template()
    layers = matte(portrait)
    found = fit(t, portrait)
    seal = np.stack([sealed(t, found, {}), sealed(t, found, _pressed(t))])
    found = replace(found, seal=seal)
    surface = skin(t, found, portrait, layers.person[..., 3])
    face = _face(t, found, surface)
    depth_map, step = space.depth(t, found, portrait, layers.person[..., 3])
    warp, warp_origin, warp_step = space.warp(t, found, portrait)
    pack = Pack(
        name="photo",
        gender="female",
        portrait=_at_rest(layers.person, found, surface, face),
        focal=found.focal,
        centre=found.centre,
        landmarks=space.marks(t, found, portrait, layers.person[..., 3]),
        neck_pivot=found.posed(t.neck_pivot[None])[0],
        depth=depth_map,
        depth_step=step,
        warp=warp,
        warp_origin=warp_origin,
        warp_step=warp_step,
        face=face,
        mouth=mouth(t, found, portrait),
        eyes=eyes(t, found, portrait),
        texels_per_px=_texels_per_px(t, found, surface),
    )
    return PhotoRig(pack, layers.plate, portrait.faces)


def _pressed(t: Template) -> dict[str, float]:
    row = t.key_weights[[str(n) for n in t.key_names].index("PP")]
    return {name: float(w) for name, w in zip(BLENDSHAPES, row, strict=True) if w}


def _texels_per_px(t: Template, found: Fit, surface: Skin) -> float:
    scale = surface.neutral.shape[1] / (2 * t.confidence.shape[1])
    return float(scale * _TEXELS_PER_M / found.px_per_m)


def _face(t: Template, found: Fit, surface: Skin) -> Face:
    return Face(
        vertices=found.vertices,
        deltas=found.deltas,
        uv=surface.uv,
        triangles=found.triangles,
        lips=t.lips,
        inner_lip=t.inner_lip,
        feather=surface.feather,
        neutral=surface.neutral,
        regions=surface.regions,
        seal=found.seal,
    )


def _at_rest(person: Bytes, found: Fit, surface: Skin, face: Face) -> Bytes:
    """The person with their lips shut, if the picture shows them open."""
    if found.open_mouth == 0:
        return person
    shown = raster.premultiply(np.dstack([surface.neutral[..., :3], surface.feather]))
    magnified = 2
    points = found.project(found.vertices) + found.seal[0]
    height, width = person.shape[:2]
    lips = points[face.inner_lip]
    x0, y0 = np.maximum(np.floor(points.min(0)).astype(int) - 2, 0)
    x1, y1 = np.minimum(np.ceil(points.max(0)).astype(int) + 2, (width, height))
    canvas = np.zeros(((y1 - y0) * magnified, (x1 - x0) * magnified, 4), np.uint8)
    raster.draw_triangles(
        canvas, shown, ((points - (x0, y0)) * magnified).astype(np.float32), surface.uv, face.triangles, 1.0, 1.0
    )
    small = cv2.resize(canvas, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    # Only about the mouth: the eyes are not part of the mesh.
    middle, half = lips.mean(0), np.ptp(lips[:, 0]) / 2
    x, y = np.meshgrid(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5)
    away = np.hypot((x - middle[0]) / 1.9, y - middle[1]) / half
    keep = (1 - smoothstep(0.75, 1.0, away))[..., None]
    out = person.copy()
    part = out[y0:y1, x0:x1, :3].astype(np.float32)
    a = small[..., 3:].astype(np.float32) / 255 * keep
    out[y0:y1, x0:x1, :3] = np.clip(small[..., :3] * keep + part * (1 - a) + 0.5, 0, 255).astype(np.uint8)
    return out
