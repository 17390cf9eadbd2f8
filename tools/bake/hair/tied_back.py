"""Hair combed back to a knot behind the head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import objects
from ..figure import Figure, smoothstep
from . import growing as g

STEPS = 24


@dataclass(frozen=True)
class TiedBack:
    """A parting and a knot behind the head."""

    colour: str = "dark brown"
    parting_dm: float = 0.2
    """Where the hair parts, to the presenter's left."""
    volume_dm: float = 0.13
    wisps: float = 0.014
    """Part of the strands that stray."""
    baby_hairs: int = 1100
    strands: int = 34000
    radius_m: float = 0.000072
    roughness: float = 0.32
    seed: int = 11


def grow(figure: Figure, style: TiedBack, rng: np.random.Generator) -> list[g.Lock]:
    """The combed hair and the fine short hairs that escape it."""
    strands = _combed(figure, style, rng)
    strands = strands[~g.across_ear(figure, strands)]
    short = _baby_hairs(figure, style, rng)
    thin = objects.taper(len(short), short.shape[1], style.radius_m * 0.55, rng, 0.9, 0.15)
    return [
        g.Lock(strands, objects.taper(len(strands), strands.shape[1], style.radius_m, rng, 0.7, 0.3)),
        g.Lock(short, thin),
    ]


def _knot(figure: Figure) -> np.ndarray:
    return np.array([0, figure.eye_left[1] + 0.02, figure.ear_z - 1.0])


def _combed(figure: Figure, style: TiedBack, rng: np.random.Generator) -> np.ndarray:
    eye_y, ear_z, top = figure.eye_left[1], figure.ear_z, figure.top
    obstacle = g.head_obstacle(figure, eye_y - 1.2)
    knot = _knot(figure)
    roots, normals = g.roots(figure, 800, rng)
    layer = rng.uniform(0.25, 1, len(roots))
    side = np.where(roots[:, 0] > style.parting_dm, 1.0, -1.0)
    height = np.clip((roots[:, 1] - eye_y) / (top - eye_y), 0, 1)
    near_parting = smoothstep(0, 0.30, np.abs(roots[:, 0] - style.parting_dm)) * 0.6 + 0.4

    def flow(p: np.ndarray, t: float) -> np.ndarray:
        upness = np.clip((p[:, 1] - eye_y - 0.3) / (top - eye_y - 0.3), 0, 1)
        front = np.clip((p[:, 2] - ear_z) / 0.8, 0, 1)
        sideways = np.stack([side * 0.85 * front * upness, -0.15 * front, 0 * front], -1)
        return g.unit(knot - p) + sideways * (1 - t)

    def offset(t: float) -> np.ndarray:
        rise = smoothstep(0, 0.35, t) * (0.3 + 0.7 * smoothstep(0.0, 0.6, height)) * near_parting
        return 0.010 + style.volume_dm * layer * rise

    length = np.linalg.norm(roots - knot, axis=1) * 1.22
    lift = normals * (0.45 * height**2 + 0.08)[:, None]
    guides = g.grow(roots, lift + g.unit(flow(roots, 0.0)), length, STEPS, flow, obstacle, offset)

    starts, _ = g.roots(figure, style.strands, rng, 0.045)
    start_side = np.where(starts[:, 0] > style.parting_dm + rng.normal(0, 0.012, len(starts)), 1.0, -1.0)
    strands = g.interpolate(starts, start_side, roots, side, guides)
    strands = g.clump(strands, starts, 700, 0.5, 0.8, rng)
    strands = g.clump(strands, starts, 4200, 0.35, 0.9, rng)
    strands = g.fray(strands, 0.016, 1.5, rng)
    stray = rng.random(len(strands)) < style.wisps
    strands[stray] = g.fray(strands[stray], 0.05, 1.5, rng)
    return strands


def _baby_hairs(figure: Figure, style: TiedBack, rng: np.random.Generator) -> np.ndarray:
    """Fine short hairs at the hairline and the crown that escape the knot: they break the helmet's edge."""
    points, normals = g.roots(figure, 60000, rng, 0.05)
    distance = figure.scalp_distance(points)
    edge = np.flatnonzero((distance < 0.10) & (points[:, 2] > figure.ear_z - 0.1))
    crown = np.flatnonzero(points[:, 1] > figure.top - 0.4)
    chosen = np.r_[rng.choice(edge, style.baby_hairs * 3 // 4), rng.choice(crown, style.baby_hairs // 4)]
    points, normals = points[chosen], normals[chosen]
    count = len(points)
    back = g.unit(g.unit(_knot(figure) - points) + rng.normal(0, 0.4, (count, 3)))
    length = rng.uniform(0.10, 0.40, (count, 1, 1))
    t = np.linspace(0, 1, 8)[None, :, None]
    lift = rng.uniform(0.05, 0.30, (count, 1, 1)) ** 1.2
    curve = back[:, None] * t + normals[:, None] * (lift * np.sin(np.pi * t * 0.75)) + np.array([0, -0.25, 0.0]) * t**2
    return points[:, None] + normals[:, None] * 0.012 + g.fray(curve * length, 0.014, 1.2, rng)
