"""Tied-back strand hair: guides flow over the head to a knot, thousands of strands follow them.

Decimetres, MakeHuman's axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from scipy.spatial import cKDTree

from . import anatomy, materials, objects
from .anatomy import to_blender
from .figure import Figure, smoothstep


@dataclass(frozen=True)
class TiedBack:
    """A side parting and a knot behind the head."""

    melanin: float = 0.84
    redness: float = 0.45
    strands: int = 34000
    guides: int = 750
    parting_dm: float = 0.2
    """Where the hair parts, to the presenter's left."""
    volume_dm: float = 0.085
    wisps: float = 0.012
    """Part of the strands that stray."""
    baby_hairs: int = 420
    radius_m: float = 0.000075
    roughness: float = 0.32
    seed: int = 11


STEPS = 26
EAR_CLEARANCE_DM = 0.06


def add(figure: Figure, style: TiedBack) -> float:
    """Adds the hair; returns the height of its top, Blender metres."""
    rng = np.random.default_rng(style.seed)
    strands = _tied_back(figure, style, rng)
    short = _baby_hairs(figure, style, rng)
    material = materials.hair("hair", style.melanin, style.redness, style.roughness, 0.42, 0.18)
    points = to_blender(strands)
    top = float(np.percentile(points[..., 2], 99.97))
    points = points[~_across_ear(figure, strands)]
    radius = objects.taper(*points.shape[:2], style.radius_m, rng, 0.9, 0.3)
    objects.add_strands("hair", points, radius, material)
    thin = to_blender(short)
    objects.add_strands(
        "baby_hair", thin, objects.taper(*thin.shape[:2], style.radius_m * 0.6, rng, 0.9, 0.15), material
    )
    return top


def _across_ear(figure: Figure, strands: np.ndarray) -> np.ndarray:
    """Strands from before the ear that would be combed over it; (N,) bool."""
    ears = figure.rest[anatomy.mask("ears") > 0.5]
    distance, _ = cKDTree(ears).query(strands.reshape(-1, 3))
    near = distance.reshape(strands.shape[:2]) < EAR_CLEARANCE_DM
    low = (strands[..., 1] < ears[:, 1].max() - 0.05) & (strands[..., 2] > figure.ear_z - 0.12)
    return (near & low).any(1)


def _roots(figure: Figure, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points on the scalp and their normals, fewer towards a jittered hairline."""
    r, triangles = figure.rest, figure.body_triangles
    weight = figure.scalp_weight()[triangles].mean(1)
    triangles, weight = triangles[weight > 0.02], weight[weight > 0.02]
    q = r[triangles]
    normals = np.cross(q[:, 1] - q[:, 0], q[:, 2] - q[:, 0])
    chance = np.linalg.norm(normals, axis=1) * np.clip(weight, 0, 1)
    chosen = rng.choice(len(triangles), count, p=chance / chance.sum())
    u = rng.random((count, 2))
    u = np.where(u.sum(1, keepdims=True) > 1, 1 - u, u)
    barycentric = np.c_[1 - u.sum(1), u]
    points = np.einsum("nk,nkc->nc", barycentric, q[chosen])
    keep = figure.scalp_distance(points) + rng.normal(0, 0.02, count) > 0
    return points[keep], _unit(normals[chosen])[keep]


def _unit(v: np.ndarray) -> np.ndarray:
    return v / (np.linalg.norm(v, axis=-1, keepdims=True) + 1e-9)


def _push_out(tree: BVHTree, points: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Move points that are closer to the head than `offset` onto that distance."""
    out = points.copy()
    for i, p in enumerate(points.tolist()):
        near, normal, _, _ = tree.find_nearest(Vector(p))
        near, normal = np.array(near), np.array(normal)
        if (points[i] - near) @ normal < offset[i]:
            out[i] = near + normal * offset[i]
    return out


def _tied_back(figure: Figure, style: TiedBack, rng: np.random.Generator) -> np.ndarray:
    eye_y, ear_z, top = figure.eye_left[1], figure.ear_z, figure.top
    tree = figure.tree()
    knot = np.array([0, eye_y + 0.0, ear_z - 1.0])
    roots, normals = _roots(figure, style.guides, rng)
    layer = rng.uniform(0.3, 1, len(roots))
    side = np.where(roots[:, 0] > style.parting_dm, 1.0, -1.0)
    height = np.clip((roots[:, 1] - eye_y) / (top - eye_y), 0, 1)

    def flow(p: np.ndarray, t: float) -> np.ndarray:
        upness = np.clip((p[:, 1] - eye_y - 0.3) / (top - eye_y - 0.3), 0, 1)
        front = np.clip((p[:, 2] - ear_z) / 0.8, 0, 1)
        sideways = np.stack([side * 0.85 * front * upness, -0.15 * front, 0 * front], -1)
        return _unit(_unit(knot - p) + sideways * (1 - t))

    near_parting = smoothstep(0, 0.30, np.abs(roots[:, 0] - style.parting_dm)) * 0.65 + 0.35
    step = np.linalg.norm(roots - knot, axis=1) * 1.22 / (STEPS - 1)
    direction = _unit(normals * (0.25 * height + 0.05)[:, None] + flow(roots, 0.0))
    points, path = roots.copy(), [roots.copy()]
    for k in range(1, STEPS):
        t = k / (STEPS - 1)
        direction = _unit(direction * 0.6 + flow(points, t) * 0.4)
        offset = 0.012 + style.volume_dm * layer * smoothstep(0, 0.3, t) * (0.4 + 0.6 * height) * near_parting
        direction = _unit(_push_out(tree, points + direction * step[:, None], offset) - points)
        points = points + direction * step[:, None]
        path.append(points.copy())
    guides = np.stack(path, 1)

    starts, _ = _roots(figure, style.strands, rng)
    start_side = np.where(starts[:, 0] > style.parting_dm + rng.normal(0, 0.006, len(starts)), 1.0, -1.0)
    strands = _interpolate(starts, start_side, roots, side, guides)
    strands = _clump(strands, starts, 900, 0.45, 0.8, rng)
    strands = _clump(strands, starts, 5200, 0.30, 0.9, rng)
    strands = _wave(strands, 0.014, 1.5, rng)
    stray = rng.random(len(strands)) < style.wisps
    strands[stray] = _wave(strands[stray], 0.025, 1.5, rng)
    return strands


def _interpolate(
    starts: np.ndarray,
    start_side: np.ndarray,
    roots: np.ndarray,
    side: np.ndarray,
    guides: np.ndarray,
    nearest: int = 3,
) -> np.ndarray:
    """Each strand is the weighted mean of the nearest guides on its side of the parting."""
    relative = guides - guides[:, :1]
    out = np.zeros((len(starts), *guides.shape[1:]))
    for s in (-1.0, 1.0):
        mine, theirs = np.flatnonzero(start_side == s), np.flatnonzero(side == s)
        for part in np.array_split(mine, max(1, len(mine) // 2000)):
            distance = ((starts[part][:, None] - roots[theirs][None]) ** 2).sum(-1)
            near = np.argpartition(distance, nearest, axis=1)[:, :nearest]
            weight = 1 / (np.take_along_axis(distance, near, 1) + 1e-4)
            weight /= weight.sum(1, keepdims=True)
            out[part] = np.einsum("nk,nktc->ntc", weight, relative[theirs][near])
    return starts[:, None] + out


def _clump(
    strands: np.ndarray, starts: np.ndarray, count: int, amount: float, shape: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw strands towards the nearest of `count` leaders, more at the tips."""
    leaders = rng.choice(len(strands), count, replace=False)
    t = np.linspace(0, 1, strands.shape[1]) ** shape
    out = strands.copy()
    for part in np.array_split(np.arange(len(strands)), max(1, len(strands) // 3000)):
        distance = ((starts[part][:, None] - starts[leaders][None]) ** 2).sum(-1)
        leader = leaders[distance.argmin(1)]
        weight = amount * t[None, :, None] * rng.uniform(0.55, 1, (len(part), 1, 1))
        out[part] = out[part] * (1 - weight) + strands[leader] * weight
    return out


def _wave(
    strands: np.ndarray, amplitude: float, frequency: float, rng: np.random.Generator, waves: int = 3
) -> np.ndarray:
    count, length = strands.shape[:2]
    t = np.linspace(0, 1, length)
    offset = np.zeros_like(strands)
    for _ in range(waves):
        f = rng.uniform(0.5, 1.5, (count, 1)) * frequency
        phase, direction = rng.uniform(0, 2 * np.pi, (count, 3)), rng.normal(0, 1, (count, 3))
        offset += (
            direction[:, None]
            * np.sin(2 * np.pi * f[:, :, None] * t[None, :, None] + phase[:, None])
            * (t**0.8)[:, None]
        )
    return strands + offset * amplitude / waves


def _baby_hairs(figure: Figure, style: TiedBack, rng: np.random.Generator) -> np.ndarray:
    """Fine short hairs at the hairline and the crown that escape the knot: they break the helmet's edge."""
    points, normals = _roots(figure, 60000, rng)
    distance = figure.scalp_distance(points)
    edge = np.flatnonzero((distance < 0.12) & (points[:, 2] > figure.ear_z + 0.25))
    crown = np.flatnonzero(points[:, 1] > figure.top - 0.35)
    chosen = np.r_[rng.choice(edge, style.baby_hairs * 2 // 3), rng.choice(crown, style.baby_hairs // 3)]
    points, normals = points[chosen], normals[chosen]
    count = len(points)
    knot = np.array([0, figure.eye_left[1], figure.ear_z - 1.0])
    back = _unit(_unit(knot - points) + rng.normal(0, 0.35, (count, 3)))
    length = rng.uniform(0.12, 0.42, (count, 1, 1))
    t = np.linspace(0, 1, 10)[None, :, None]
    lift = rng.uniform(0.05, 0.22, (count, 1, 1))
    curve = back[:, None] * t + normals[:, None] * (lift * np.sin(np.pi * t * 0.75)) + np.array([0, -0.25, 0.0]) * t**2
    return points[:, None] + normals[:, None] * 0.012 + _wave(curve * length, 0.012, 1.2, rng)
