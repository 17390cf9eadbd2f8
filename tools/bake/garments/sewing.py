"""What garments are put together from: draped shells, strips between two curves, buttons, patches."""

from __future__ import annotations

from typing import Any

import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from scipy.spatial import cKDTree

from .. import objects
from ..figure import smoothstep
from ..surface import Surface, smooth_curve, sweep
from .pattern import Pattern, refine
from .simulation import Fabric, drape

LAYER_GAP_M = 0.008
"""What keeps farther from the skin than this is worn over something else."""


def shell(
    pattern: Pattern,
    trunk: tuple[float, float, float],
    sleeve: tuple[float, float],
    sleeve_end: float,
    fabric: Fabric,
    gap_m: float,
    bridge: int = 14,
    keep: float = 0.75,
    sleeves: bool = True,
    slack_m: float = 0.0,
) -> Surface:
    """A draped top without any opening yet: a `Surface` whose `rest` is the A-pose.

    trunk: ease at chest, waist and hem; sleeve: ease at its top and its end, all as distance from the suit, metres;
    sleeve_end: along the arm; bridge, keep: see `Surface.drape`; sleeves: False leaves stubs, for what a jacket hides;
    slack_m: how far long sleeves are pushed up.
    """
    suit = pattern.suit
    p, j = suit.vertices, pattern.joints
    arm = smoothstep(-0.02, 0.06, pattern.armhole(p))
    along = pattern.along_arm(p)
    sleeve_end = min(sleeve_end, float(along.max()) - 0.02)  # short arms: the suit ends at the wrist
    chest_z, waist_z = j.shoulder[2] - 0.10 * pattern.scale, j.shoulder[2] - 0.25 * pattern.scale
    trunk_ease = np.interp(p[:, 2], [j.pelvis[2], waist_z, chest_z, j.shoulder[2] + 0.02], [*trunk[::-1], 0.006])
    sleeve_ease = np.interp(along, [0.0, 0.05, max(0.2, sleeve_end)], [0.007, *sleeve])
    s = suit.drape(bridge, keep).offset(trunk_ease * (1 - arm) + sleeve_ease * arm)
    if gap_m < LAYER_GAP_M:
        # close to the skin round the neck: draping fills the hollow there, and the neckline would stand off
        near = smoothstep(-0.055, -0.010, pattern.over_neckline(p, -0.02, 0.02))[:, None]
        s = Surface(s.vertices * (1 - near) + suit.offset(0.0045).vertices * near, s.faces)
    end = sleeve_end + 0.03 if sleeves else 0.05
    s.rest = p
    s = s.only(~((arm > 0.5) & (along > end)) & (p[:, 2] < pattern.neck_z + 0.045)).largest_part()
    if sleeves and slack_m:
        s.vertices = s.vertices + _lengthen(pattern, s.at_rest, sleeve_end, slack_m)
    pin = smoothstep(-0.045, -0.015, pattern.over_neckline(s.at_rest, -0.02, 0.02))
    cuffs = (pattern.armhole(s.at_rest) > 0.03) & (pattern.along_arm(s.at_rest) > sleeve_end - 0.02)
    if not sleeves or not slack_m:
        cuffs[:] = False
    out = drape(pattern, s, pin, fabric, gap_m, cuffs, slack_m)
    out.rest = s.rest
    return refine(out)


def _lengthen(pattern: Pattern, p: np.ndarray, sleeve_end: float, slack_m: float) -> np.ndarray:
    """(V, 3): what makes a sleeve longer by `slack_m` than the arm in it."""
    j = pattern.joints
    along = pattern.along_arm(p)
    elbow = float(np.linalg.norm(j.elbow - j.shoulder))
    upper = np.clip(along - 0.06, 0, elbow - 0.06)[:, None] * (j.elbow - j.shoulder) / elbow
    fore = np.clip(along - elbow, 0, None)[:, None] * (j.hand - j.elbow) / np.linalg.norm(j.hand - j.elbow)
    inside = smoothstep(0.0, 0.04, pattern.armhole(p))[:, None]
    side = np.c_[np.where(p[:, 0] < 0, -1, 1), np.ones((len(p), 2))]
    return (upper + fore) * side * inside * (slack_m / (sleeve_end - 0.06))


def tree(s: Surface) -> BVHTree:
    """For nearest points and ray casts."""
    return BVHTree.FromPolygons(s.vertices.tolist(), s.faces)


def add(
    name: str,
    s: Surface,
    weave: np.ndarray,
    material: Any,
    thickness: float,
    seams: dict[str, np.ndarray] | None = None,
    subdivide: int = 1,
    offset: float = 1.0,
) -> Any:
    """Make it an object. weave: (V, 3) metres of cloth; seams: signed metres from lines that the shader draws."""
    o = objects.add_mesh(name, s.vertices, s.faces, material)
    objects.set_attribute(o, "rest", weave)
    for key, values in (seams or {}).items():
        objects.set_attribute(o, key, values)
    solid = o.modifiers.new("thickness", "SOLIDIFY")
    solid.thickness, solid.offset = thickness, offset
    solid.use_even_offset = False
    if subdivide:
        smooth = o.modifiers.new("subdivision", "SUBSURF")
        smooth.levels = smooth.render_levels = subdivide
    return o


def add_strip(
    name: str,
    rows: np.ndarray,
    material: Any,
    thickness: float,
    closed: bool = False,
    subdivide: int = 1,
    weave_turn: bool = False,
) -> Any:
    """A strip of cloth. rows: (N, M, 3), N along, M across; seams are drawn at its outer edge (`edge`)."""
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(rows, axis=0), axis=2).mean(1))]
    across = np.concatenate([np.zeros((len(rows), 1)), np.cumsum(np.linalg.norm(np.diff(rows, axis=1), axis=2), 1)], 1)
    weave = np.stack([np.broadcast_to(along[:, None], across.shape), across, np.zeros_like(across)], -1)
    if weave_turn:
        weave = weave[..., [1, 0, 2]]
    edge = across[:, -1:] - across
    if not closed:
        edge = np.minimum(edge, np.minimum(along, along[-1] - along)[:, None])
    s = sweep(rows, closed, False)
    weave = weave + np.array([0.37, 0.11, 0.0])
    return add(name, s, weave.reshape(-1, 3), material, thickness, {"edge": edge.reshape(-1)}, subdivide, 0.0)


def ruled(a: np.ndarray, b: np.ndarray, columns: int) -> np.ndarray:
    """(N, columns, 3) straight between two curves of N points."""
    u = np.linspace(0, 1, columns)[None, :, None]
    return a[:, None] * (1 - u) + b[:, None] * u


def lie_on(rows: np.ndarray, ground: BVHTree, lift: np.ndarray | float, only_out: bool = False) -> np.ndarray:
    """Move points to `lift` above a surface (nearest point). only_out: points that are higher already stay."""
    flat = rows.reshape(-1, 3)
    height = np.broadcast_to(lift, rows.shape[:-1]).reshape(-1)
    out = np.empty_like(flat)
    for i, p in enumerate(flat):
        near, normal, _, _ = ground.find_nearest(Vector(p))
        n = np.array(normal)
        over = float((p - np.array(near)) @ n)
        out[i] = p if only_out and over > height[i] else np.array(near) + n * height[i]
    return out.reshape(rows.shape)


def from_front(points: np.ndarray, ground: BVHTree, lift: np.ndarray | float) -> np.ndarray:
    """(x, z) of the front view, laid on a surface at `lift` above it. points: (..., 2)."""
    flat = points.reshape(-1, 2)
    height = np.broadcast_to(lift, points.shape[:-1]).reshape(-1)
    out = np.empty((len(flat), 3))
    for i, (x, z) in enumerate(flat.tolist()):
        hit, normal, _, _ = ground.ray_cast(Vector((x, -1.0, z)), Vector((0, 1, 0)))
        if hit is None:
            hit, normal, _, _ = ground.find_nearest(Vector((x, -0.1, z)))
        out[i] = np.array(hit) + np.array(normal) * height[i]
    return out.reshape(*points.shape[:-1], 3)


def patch(outline: np.ndarray, columns: int, ground: BVHTree, lift: float) -> np.ndarray:
    """Rows of a four-cornered piece in the front view, laid on a surface. outline: (4, 2) from the upper left."""
    a, b, c, d = (np.asarray(o, float) for o in outline)
    u = np.linspace(0, 1, columns)[:, None]
    top, bottom = a + (b - a) * u, d + (c - d) * u
    v = np.linspace(0, 1, max(4, columns // 2))[None, :, None]
    flat = top[:, None] * (1 - v) + bottom[:, None] * v
    return from_front(flat, ground, lift)


def add_button(name: str, at: np.ndarray, normal: np.ndarray, radius: float, material: Any) -> Any:
    """A turned button with a rim, a dished face and four holes' worth of thread."""
    n = normal / np.linalg.norm(normal)
    x = np.cross([0, 0, 1.0], n)
    x /= np.linalg.norm(x)
    y = np.cross(n, x)
    profile = np.array([[0, 0.14], [0.45, 0.14], [0.62, 0.20], [0.78, 0.30], [0.92, 0.30], [1.0, 0.18], [1.0, 0.0]])
    angle = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    r, h = profile[:, 0] * radius, profile[:, 1] * radius
    ring = np.cos(angle)[None, :, None] * x + np.sin(angle)[None, :, None] * y
    rows = at + r[:, None, None] * ring + h[:, None, None] * n
    s = sweep(rows, False, True)
    o = objects.add_mesh(name, s.vertices, [f[::-1] for f in s.faces], material, subdivide=1)
    objects.set_attribute(o, "rest", s.vertices)
    return o


def beneath(s: Surface, outer: Surface, gap_m: float) -> Surface:
    """Press a surface in until it lies at least `gap_m` under another one, where it comes near it."""
    normals = outer.normals()
    distance, index = cKDTree(outer.vertices).query(s.vertices)
    over = np.einsum("ij,ij->i", s.vertices - outer.vertices[index], normals[index])
    push = np.where(distance < 0.03, np.maximum(over + gap_m, 0), 0)
    v = s.vertices - normals[index] * push[:, None]
    return Surface(v, s.faces, s.rest)


def side_frame(path: np.ndarray, closed: bool) -> np.ndarray:
    """Unit tangents of a curve."""
    t = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    t = smooth_curve(t, 4, closed)
    return t / np.linalg.norm(t, axis=1, keepdims=True)
