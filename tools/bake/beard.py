"""Facial hair: strands bound to the skin's triangles, so that they follow every expression.

Styles: `stubble`, `full`, `goatee`, `moustache`. Decimetres, MakeHuman's axes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from . import anatomy, materials, objects
from .anatomy import to_blender
from .figure import Face, Figure, smoothstep
from .hair import choose
from .hair.colour import COLOURS, melanin
from .hair.growing import barycentric, unit

POINTS = 6
LIP_RED = 0.25
"""Hair does not root where the mask of the lips is above this."""
SUNK_DM = 0.006
"""How deep roots sit below the triangles: the subdivided skin lies a little under them."""


@dataclass(frozen=True)
class Stubble:
    """Three days without a razor."""

    colour: str = "dark brown"
    length_dm: float = 0.020
    strands: int = 9000
    radius_m: float = 0.000045
    paint: float = 0.42
    """Least amount of the stubble's paint below the strands."""
    seed: int = 21


@dataclass(frozen=True)
class Full:
    """A short, well kept full beard."""

    colour: str = "dark brown"
    length_dm: float = 0.075
    """On the cheeks; half as long again on the chin."""
    strands: int = 17000
    radius_m: float = 0.000055
    paint: float = 0.80
    seed: int = 22


@dataclass(frozen=True)
class Goatee:
    """Moustache and chin, joined at the corners of the mouth."""

    colour: str = "dark brown"
    length_dm: float = 0.060
    strands: int = 7500
    radius_m: float = 0.000055
    paint: float = 0.0
    seed: int = 23


@dataclass(frozen=True)
class Moustache:
    """The upper lip alone."""

    colour: str = "dark brown"
    length_dm: float = 0.065
    strands: int = 2900
    radius_m: float = 0.000055
    paint: float = 0.0
    seed: int = 24


Style = Stubble | Full | Goatee | Moustache
STYLES: dict[str, type[Any]] = {"stubble": Stubble, "full": Full, "goatee": Goatee, "moustache": Moustache}


@dataclass(frozen=True)
class _Bound:
    """Strands in terms of the skin: corners and weights (N, 3) of the root, direction (N, 3), length and lift (N,)."""

    corners: np.ndarray
    weights: np.ndarray
    along: np.ndarray
    length: np.ndarray
    lift: np.ndarray


def from_dict(given: dict[str, Any]) -> Style:
    """A style from a recipe, as {"style": "full", "colour": "grey"}; errors as of `hair.choose`."""
    return choose("beard", STYLES, given)


def painted(face: Face, style: Style | None) -> Face:
    """The face with at least the beard's paint on the skin. To be called before `Figure`."""
    if style is None or style.paint <= face.skin.stubble:
        return face
    return replace(face, skin=replace(face.skin, stubble=style.paint))


def add(figure: Figure, style: Style) -> None:
    """Adds the beard; `Figure.set_expression` moves it from then on."""
    rng = np.random.default_rng(style.seed)
    bound = _bind(figure, style, rng)
    colour = COLOURS[style.colour]
    points = _strands(figure, bound)
    count = len(points)
    material = materials.hair("beard", None, colour.redness, 0.42, 0.5, 0.12, colour.ash)
    radius = objects.taper(count, POINTS, style.radius_m, rng, 1.0, 0.35)
    o = objects.add_strands("beard", points, radius, material)
    # a beard greys before the hair does: all of it counts as temples
    objects.set_attribute(o, "melanin", melanin(colour, count, POINTS, rng, np.ones(count)).ravel())
    figure.bound_strands.append((o, lambda: _strands(figure, bound)))


def _coverage(figure: Figure, style: Style, p: np.ndarray) -> np.ndarray:
    """Density of the style at points, 0 to 1."""
    everywhere = figure.beard_weight(p)
    if isinstance(style, Stubble | Full):
        return everywhere
    x, above_mouth = np.abs(p[:, 0]), p[:, 1] - figure.mouth[1]
    half = figure.mouth_half_width
    lip = smoothstep(-0.03, 0.03, above_mouth) * (1 - smoothstep(half * 1.12, half * 1.34, x))
    if isinstance(style, Moustache):
        return everywhere * lip * (above_mouth > 0.02)
    corner = (1 - smoothstep(half * 1.20, half * 1.36, x)) * (above_mouth < 0.06)
    return everywhere * np.maximum(lip, corner * (p[:, 2] > figure.chin[2] - 0.42))


def _bind(figure: Figure, style: Style, rng: np.random.Generator) -> _Bound:
    """Roots on the resting skin, combed down, the moustache to the sides."""
    r, triangles = figure.current, figure.body_triangles
    lips = anatomy.mask("lips")
    banned = (lips > 0.8) | (anatomy.mask("inside-mouth") > 0.05) | (anatomy.mask("ears") > 0.3)
    triangles = triangles[~banned[triangles].any(1)]
    triangles = triangles[_coverage(figure, style, r[triangles].mean(1)) > 0.01]
    q = r[triangles]
    area = np.linalg.norm(np.cross(q[:, 1] - q[:, 0], q[:, 2] - q[:, 0]), axis=1)
    tries = style.strands * 7
    chosen = rng.choice(len(triangles), tries, p=area / area.sum())
    weights = barycentric(tries, rng)
    p = np.einsum("nk,nkc->nc", weights, q[chosen])
    red = np.einsum("nk,nk->n", weights, lips[triangles[chosen]])
    density = _coverage(figure, style, p) * (red < LIP_RED)
    mouth, half = figure.mouth, figure.mouth_half_width
    on_lip = smoothstep(-0.02, 0.05, p[:, 1] - mouth[1]) * (1 - smoothstep(half * 1.15, half * 1.5, np.abs(p[:, 0])))
    kept = np.flatnonzero(rng.random(tries) < density**1.3 * (0.45 + 0.55 * on_lip))[: style.strands]
    p, density, on_lip = p[kept], density[kept], on_lip[kept]

    side = np.sign(p[:, 0])
    chin = np.exp(-((p[:, 0] / 0.22) ** 2)) * smoothstep(mouth[1] - 0.12, mouth[1] - 0.3, p[:, 1])
    down = np.stack([0.10 * side, np.full(len(p), -1.0), -0.22 * (1 - chin)], -1)
    sideways = np.stack([side * np.clip(1.3 * np.abs(p[:, 0]) / half, 0, 1), np.full(len(p), -0.62), 0 * side], -1)
    along = down * (1 - on_lip[:, None]) + sideways * on_lip[:, None]
    stubble = isinstance(style, Stubble)
    along = unit(along + rng.normal(0, 0.35 if stubble else 0.20, p.shape))

    length = (
        style.length_dm * rng.uniform(0.55, 1.1, len(p)) * (0.35 + 0.65 * density) * (1 + (not stubble) * 0.6 * chin)
    )
    to_lip, _ = cKDTree(r[lips > 0.5]).query(p)
    length = np.where(p[:, 1] > mouth[1] - 0.02, np.minimum(length, np.maximum(to_lip * 1.05, 0.022)), length)
    lift = rng.uniform(0.25, 0.55, len(p)) * (1.3 if stubble else 1.0)
    return _Bound(triangles[chosen[kept]], weights[kept], along, length, lift)


def _strands(figure: Figure, bound: _Bound) -> np.ndarray:
    """(N, POINTS, 3) Blender metres on the skin's current shape."""
    v, triangles = figure.current, figure.body_triangles
    q = v[triangles]
    cross = np.cross(q[:, 1] - q[:, 0], q[:, 2] - q[:, 0])
    normals = np.zeros_like(v)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], cross)
    normal = unit(np.einsum("nk,nkc->nc", bound.weights, unit(normals)[bound.corners]))
    root = np.einsum("nk,nkc->nc", bound.weights, v[bound.corners]) - SUNK_DM * normal
    along = unit(bound.along - normal * (bound.along * normal).sum(-1, keepdims=True))
    t = np.linspace(0, 1, POINTS)[None, :, None]
    rise = bound.lift[:, None, None] * np.sin(np.pi * 0.72 * t)
    out = along[:, None] * t + normal[:, None] * rise
    return to_blender(root[:, None] + out * bound.length[:, None, None])
