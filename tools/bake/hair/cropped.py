"""Hair cut to the scalp, and none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import objects
from ..figure import Figure, smoothstep
from . import growing as g


@dataclass(frozen=True)
class Shaved:
    """Stubble all over the scalp."""

    colour: str = "black"
    length_dm: float = 0.022
    strands: int = 45000
    radius_m: float = 0.00006
    roughness: float = 0.42
    seed: int = 8


@dataclass(frozen=True)
class Bald:
    """No hair: bare skin that shines on the crown."""

    colour: str = "dark brown"
    seed: int = 0


def grow(figure: Figure, style: Shaved, rng: np.random.Generator) -> list[g.Lock]:
    """Short straight hairs that lean down and forward from the crown, shorter and finer at the hairline."""
    starts, normals = g.roots(figure, style.strands, rng, 0.06)
    edge = smoothstep(-0.05, 0.35, figure.scalp_distance(starts))
    length = style.length_dm * (0.45 + 0.55 * edge) * rng.uniform(0.7, 1.15, len(starts))
    lean = g.unit(starts - np.array([0, figure.top, figure.ear_z - 0.25]))
    direction = g.unit(normals + 0.55 * lean + rng.normal(0, 0.22, starts.shape))
    t = np.linspace(0, 1, 4)[None, :, None]
    bend = -0.25 * normals[:, None] * (t**2) + 0.25 * lean[:, None] * (t**2)
    strands = starts[:, None] - 0.002 * normals[:, None] + (direction[:, None] * t + bend) * length[:, None, None]
    radius = objects.taper(len(strands), 4, style.radius_m, rng, 1.0, 0.6) * (0.6 + 0.4 * edge[:, None])
    return [g.Lock(strands, radius)]
