"""Collars, lapels and ties. All follow the neck of the figure; a side is `+1` for the presenter's left."""

from __future__ import annotations

from typing import Any

import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from ..figure import smoothstep
from ..surface import Surface, resample, smooth_curve, sweep
from . import sewing
from .pattern import Pattern

POINTED_FROM = 0.55
"""Where the straight lower edge of a collar's point begins: 0 behind, 1 at the front."""


def neck_path(pattern: Pattern, cut: Surface, mark: np.ndarray, count: int, passes: int) -> tuple[np.ndarray, bool]:
    """The neckline of a cut garment as an even curve, from the left front round the back; and whether it closes."""
    line = cut.loop(mark)
    path = cut.vertices[line]
    closed = bool(np.linalg.norm(path[0] - path[-1]) < 0.03)
    if closed:
        path = np.roll(path, -int(np.argmin(path[:, 2] + 0.2 * path[:, 1])), 0)
    if path[len(path) // 4, 0] < path[-len(path) // 4, 0]:
        path = path[::-1]
    return resample(path, count, passes, closed), closed


def rib_band(
    name: str, pattern: Pattern, path: np.ndarray, closed: bool, height: float, thickness: float, material: Any
) -> None:
    """A knitted band round the neck: it grows out of the cloth and leans on the skin."""
    n = len(path)
    path = np.roll(path, n // 2, 0) if closed else path  # where the band is joined is behind
    rows = pattern.climb(path, np.full(n, height), np.full(n, 0.0022 + 0.5 * thickness), closed)
    ground = rows.transpose(1, 0, 2)
    # the first row lies on the cloth, a little below the line, so that no gap shows
    below = ground[:, :1] - 0.35 * (ground[:, 2:3] - ground[:, :1]) * 2
    rows = np.concatenate([below, ground], 1)
    rows = rows + _outward(pattern, rows) * (0.0012 * np.linspace(1, 0, rows.shape[1]))[None, :, None]
    sewing.add_strip(name, rows, material, thickness, closed)


def _outward(pattern: Pattern, rows: np.ndarray) -> np.ndarray:
    """Unit vectors away from the neck's axis."""
    axis = np.array([0.0, (pattern.neck_front_y + pattern.neck_back_y) / 2, 0.0])
    out = rows - axis
    out[..., 2] = 0
    return out / (np.linalg.norm(out, axis=-1, keepdims=True) + 1e-9)


def shirt_collar(
    pattern: Pattern,
    ground: BVHTree,
    path: np.ndarray,
    material: Any,
    stand: float = 0.030,
    leaf: float = 0.042,
    point: float = 0.066,
    spread: float = 0.55,
    gap: float = 0.004,
    thickness: float = 0.0014,
    roll: float = 0.003,
    flare: float = 0.30,
    under: Surface | None = None,
) -> np.ndarray:
    """A collar with a stand and a turned-down leaf; returns the fold, (N, 3), from the left front to the right.

    path: (N, 3) the neckline's open curve; ground: what the leaf lies on; point: length of the leaf in front; spread:
    0 is a point straight down, 1 is sideways; gap: between stand and skin; roll: thickness of the fold; flare: how far
    the leaf stands off behind, relative to its length; under: a jacket whose edges lie over the leaf.
    """
    n = len(path)
    s = np.abs(np.linspace(-1, 1, n))
    front = smoothstep(0.55, 1.0, s)
    height = stand * (1 - 0.18 * front)
    rows = pattern.climb(path, height, np.full(n, gap), False).transpose(1, 0, 2)
    sewing.add_strip("stand", rows, material, thickness)
    fold = smooth_curve(rows[:, -1], 8, False)
    out = _outward(pattern, fold)
    down = np.array([0, 0, -1.0]) + flare * out * (1 - front)[:, None]
    edge = fold + out * 0.004 + down / np.linalg.norm(down, axis=1, keepdims=True) * leaf
    # in front the lower edge runs straight to the point
    bend = int(0.5 * (1 - POINTED_FROM) * (n - 1))
    for end, start, side in ((0, bend, 1), (n - 1, n - 1 - bend, -1)):
        aim = np.array([1.2 * spread * side, 0, -1.0])
        tip = fold[end] + out[end] * 0.004 + aim / np.linalg.norm(aim) * point
        k = np.arange(0, bend) if end == 0 else np.arange(n - bend, n)
        w = (np.abs(k - start) / bend)[:, None]
        edge[k] = edge[start] * (1 - w) + tip * w
    edge = smooth_curve(edge, 5, False)
    top = fold + out * roll
    rows = sewing.ruled(top, edge, 16)
    u = np.linspace(0, 1, 16)[None, :]
    rows = rows + out[:, None] * (roll * 1.1 * np.sin(np.pi * np.clip(u * 1.05, 0, 1)))[..., None]
    rows = sewing.lie_on(rows, ground, 0.0030 + 0.002 * (1 - u) + 0 * s[:, None], only_out=True)
    rows[:, 1:-1] = 0.5 * rows[:, 1:-1] + 0.25 * (rows[:, :-2] + rows[:, 2:])
    if under is not None:
        pressed = sewing.beneath(Surface(rows.reshape(-1, 3), []), under, 0.0022).vertices.reshape(rows.shape)
        rows = rows + smooth_curve(pressed - rows, 12, False) * (1 - smoothstep(0.45, 0.75, s))[:, None, None]
    # over the fold and down inside, so that the roll is round
    inside = np.stack([fold - out * 0.0005 - np.array([0, 0, 0.004]), fold + np.array([0, 0, 0.0016])], 1)
    rows = np.concatenate([inside, rows], 1)
    sewing.add_strip("collar", rows, material, thickness)
    return fold


def tie(
    ground: BVHTree,
    fold: np.ndarray,
    material: Any,
    length: float,
    under: Surface | None = None,
    width: float = 0.076,
    knot: float = 0.040,
) -> None:
    """A four-in-hand: knot between the collar's points and a blade that lies on the shirt."""
    top = (fold[0] + fold[-1]) / 2
    z = float(top[2]) + 0.001
    # the knot: rings from its top to its narrow bottom
    t = np.linspace(0, 1, 15)
    half = np.interp(t, [0, 0.12, 0.5, 0.85, 1], [0.0155, 0.0185, 0.0165, 0.0125, 0.0115])
    depth = np.interp(t, [0, 0.15, 0.6, 1], [0.006, 0.0105, 0.0095, 0.0070])
    heights = z - t * knot
    spine = sewing.from_front(np.stack([np.zeros_like(t), heights], -1), ground, 0.0055)
    spine[:, 1] = np.minimum(spine[:, 1], np.linspace(float(top[1]) - 0.004, spine[-1, 1], len(t)))
    spine = smooth_curve(spine, 6, False)
    spine[:, 0] = 0.0
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    power = lambda x: np.sign(x) * np.abs(x) ** 0.75  # noqa: E731
    rows = np.zeros((len(t), len(angle), 3))
    rows[..., 0] = half[:, None] * power(np.cos(angle))
    rows[..., 1] = spine[:, 1:2] + depth[:, None] * power(np.sin(angle))
    # a knot leans: the upper layer is wound from one side to the other
    rows[..., 2] = heights[:, None] + 0.10 * rows[..., 0] + 0.0015 * np.sin(angle * 2)
    rows[..., 1] += 0.0012 * np.sin(rows[..., 0] / 0.016 * 2.2 + t[:, None] * 5.0) * (np.sin(angle) < 0)
    cap = np.repeat(rows[:1].mean(1, keepdims=True), len(angle), 1)
    foot = np.repeat(rows[-1:].mean(1, keepdims=True), len(angle), 1)
    s = sweep(np.concatenate([cap, rows, foot]), False, True)
    weave = np.c_[s.vertices[:, 0] * 0.8 - s.vertices[:, 2] * 0.6, s.vertices[:, 2], s.vertices[:, 1] * 0]
    sewing.add("knot", s, weave, material, 0.0008, None, 1, 0.0)
    # the blade
    t = np.linspace(0, 1, 60)
    z0 = z - knot + 0.004
    heights = z0 - t * length
    w = 0.5 * np.interp(t * length, [0, 0.03, 0.12, 0.42], [0.022, 0.034, 0.052, width])
    across = np.linspace(-1, 1, 25)
    flat = np.stack([w[:, None] * across, np.broadcast_to(heights[:, None], (60, 25))], -1)
    rows = sewing.from_front(flat, ground, 0.0055)
    rows = np.stack([np.zeros(60), rows[..., 1].min(1), heights], -1)  # across a hollow between two muscles
    rows[:3, 1] = np.minimum(rows[:3, 1], spine[-1, 1] + 0.001)
    line = smooth_curve(rows, 40, False)
    laid = np.zeros((60, 25, 3))
    laid[..., 0], laid[..., 2] = flat[..., 0], flat[..., 1]
    hollow = np.exp(-((t * length / 0.035) ** 2))[:, None]
    bulge = 0.0045 * (1 - across**2)[None] * (1 - 0.4 * t[:, None]) - hollow * 0.0065 * np.exp(-((across / 0.30) ** 2))
    laid[..., 1] = line[:, 1:2] - bulge
    along = np.stack([flat[..., 0], flat[..., 1], np.zeros((60, 25))], -1)
    s = sweep(laid, False, False)
    if under is not None:
        s = sewing.beneath(s, under, 0.0035)
    edge = (w[:, None] * (1 - np.abs(across))).reshape(-1)
    sewing.add("tie", s, along.reshape(-1, 3), material, 0.0025, {"edge": edge}, 1, 0.0)


def lapel(ground: BVHTree, roll: np.ndarray, side: int, material: Any, width: float, above: np.ndarray) -> None:
    """One lapel with its half of the notch.

    ground: the jacket as if it were closed; roll: (N, 2), the left roll line from the break to the gorge, (x, z);
    above: (N,) extra height, for the lapel that lies over the other at the break.
    """
    n, columns = len(roll), 18
    tip = roll[-1] + [0.88 * width, -0.020]
    t = np.linspace(0, 1, n)[:, None]
    belly = 0.13 * width * np.sin(np.pi * t**0.9)
    chord = tip - roll[0]
    normal = np.array([chord[1], -chord[0]]) / np.linalg.norm(chord)
    outer = roll[0] + chord * t + belly * normal
    u = np.linspace(0, 1, columns)
    flat = (roll[:, None] * (1 - u)[None, :, None] + outer[:, None] * u[None, :, None]) * [side, 1]
    room = np.minimum(1, np.linalg.norm(outer - roll, axis=1, keepdims=True) / (0.6 * width))
    lift = 0.0018 + 0.0010 * room + 0.0055 * np.sin(np.pi * u**0.6)[None] * room * (1 - 0.35 * u)
    lift = lift + above[:, None]
    lift[:, 0] = 0.0004 + above
    rows = sewing.from_front(flat, ground, lift)
    rows[:, 1:-1] = 0.5 * rows[:, 1:-1] + 0.25 * (rows[:, :-2] + rows[:, 2:])
    sewing.add_strip(f"lapel{side}", rows, material, 0.0026, weave_turn=True)


def jacket_collar(
    pattern: Pattern, ground: BVHTree, path: np.ndarray, material: Any, gorge_z: float, width: float
) -> None:
    """From gorge to gorge behind the neck: the stand leans on the shirt's collar, the leaf lies on the shoulders."""
    chest = (path[:, 2] < gorge_z - 0.002) & (pattern.in_front(path) > 0.5)
    around = resample(path[~chest], 200, 10, False)
    n = len(around)
    s = np.abs(np.linspace(-1, 1, n))
    behind = 1 - smoothstep(0.15, 0.58, s)
    stand = 0.024 * behind
    out = _outward(pattern, around)
    climbed = pattern.climb(around, np.full(n, 0.024), np.full(n, 0.0075), False)
    pick = np.clip(np.round(stand / 0.024 * (len(climbed) - 1)).astype(float), 0, len(climbed) - 1)
    low = np.floor(pick).astype(int)
    high = np.minimum(low + 1, len(climbed) - 1)
    w = (pick - low)[:, None]
    fold = climbed[low, np.arange(n)] * (1 - w) + climbed[high, np.arange(n)] * w
    fold = smooth_curve(fold, 12, False)
    # the leaf's edge: behind the neck below the seam, over the shoulder, to the collar's point, then in to the gorge
    point2 = np.array(
        [[abs(around[0, 0]) + 0.70 * width, gorge_z + 0.020], [abs(around[0, 0]) + 0.36 * width, gorge_z - 0.008]]
    )
    direction = out * 1.0 + np.array([0, 0, -0.9])
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    length = np.interp(s, [0, 0.4, 0.8], [0.042, 0.044, 0.046])
    edge = fold + direction * length[:, None]
    columns = 16
    u = np.linspace(0, 1, columns)
    for side, order in ((1, np.arange(n)), (-1, np.arange(n)[::-1])):
        corner = sewing.from_front(point2 * [side, 1], ground, 0.004)
        k = np.arange(n)
        to_point = smoothstep(0.42 * n, 0.03 * n, k)[:, None]
        last = np.clip(1 - k / (0.03 * n), 0, 1)[:, None]
        target = corner[0] * (1 - last) + corner[1] * last
        blend = edge[order] * (1 - to_point) + target * to_point
        half = k < n // 2
        edge[order[half]] = blend[half]
    rows = sewing.ruled(fold, edge, columns)
    lift = 0.0040 + 0.004 * np.sin(np.pi * np.clip(u, 0, 1) ** 0.7)
    laid = sewing.lie_on(rows[:, 1:], ground, np.broadcast_to(lift[1:], (n, columns - 1)), only_out=False)
    hang = smoothstep(0.0, 0.35, u[1:])[None, :, None] * (1 - 0.55 * behind[:, None, None])
    rows[:, 1:] = rows[:, 1:] * (1 - hang) + laid * hang
    free = rows[:, 1:] + out[:, None] * (0.006 * np.sin(np.pi * u[1:]))[None, :, None] * behind[:, None, None]
    rows[:, 1:] = sewing.lie_on(free, ground, 0.0035, only_out=True)
    for _ in range(3):
        rows[:, 1:-1] = 0.5 * rows[:, 1:-1] + 0.25 * (rows[:, :-2] + rows[:, 2:])
    # without a stand, in front, the strip simply ends at the roll line
    inside = fold - behind[:, None] * (out * 0.003 + np.array([0, 0, 0.004])) - [0, 0, 0.8] * stand[:, None]
    inside = inside + (1 - behind[:, None]) * (rows[:, 1] - fold) * 0.3
    rows = np.concatenate([inside[:, None], rows], 1)
    sewing.add_strip("jacket_collar", rows, material, 0.0028)


def nearest(ground: BVHTree, p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Point and normal."""
    point, normal, _, _ = ground.find_nearest(Vector(p))
    return np.array(point), np.array(normal)
