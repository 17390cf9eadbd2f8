"""Operations on strands that all styles share: rooting, growing with collision, interpolating, clumping, curling.

Decimetres, MakeHuman's axes. Strands are arrays (N, K, 3) whose first point is the root.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import bpy
import numpy as np
from scipy.spatial import cKDTree

from .. import anatomy, objects
from ..figure import Figure

SAMPLES_PER_DM2 = 5200
EAR_CLEARANCE_DM = 0.06


@dataclass
class Lock:
    """Strands with their radii, ready to become curves. radius: metres (N, K)."""

    points: np.ndarray
    radius: np.ndarray


def unit(v: np.ndarray) -> np.ndarray:
    """Vectors of length 1."""
    return v / (np.linalg.norm(v, axis=-1, keepdims=True) + 1e-9)


class Obstacle:
    """What hair must not enter: a cloud of surface points with outward normals."""

    def __init__(self, points: np.ndarray, normals: np.ndarray) -> None:
        self._points, self._normals = points, normals
        self._tree = cKDTree(points)

    def distance(self, p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distance to the nearest surface and its normal."""
        _, near = self._tree.query(p)
        normal = self._normals[near]
        return ((p - self._points[near]) * normal).sum(-1), normal

    def settle(self, p: np.ndarray, offset: np.ndarray | float, cling: np.ndarray | float = 0.0) -> np.ndarray:
        """Move points that are closer than `offset` onto that distance, and by `cling` those that are farther."""
        distance, normal = self.distance(p)
        gap = offset - distance
        return p + normal * np.where(gap > 0, gap, gap * cling)[:, None]


def _sample(vertices: np.ndarray, triangles: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points spread evenly over triangles, with normals interpolated from the corners."""
    q = vertices[triangles]
    cross = np.cross(q[:, 1] - q[:, 0], q[:, 2] - q[:, 0])
    area = np.linalg.norm(cross, axis=1) / 2
    at_vertex = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(at_vertex, triangles[:, corner], cross)
    count = int(area.sum() * SAMPLES_PER_DM2)
    chosen = rng.choice(len(triangles), count, p=area / area.sum())
    weights = barycentric(count, rng)
    points = np.einsum("nk,nkc->nc", weights, q[chosen])
    return points, unit(np.einsum("nk,nkc->nc", weights, at_vertex[triangles[chosen]]))


def barycentric(count: int, rng: np.random.Generator) -> np.ndarray:
    """Uniform barycentric weights, (count, 3)."""
    u = rng.random((count, 2))
    u = np.where(u.sum(1, keepdims=True) > 1, 1 - u, u)
    return np.c_[1 - u.sum(1), u]


def head_obstacle(figure: Figure, lowest: float, ears: bool = True) -> Obstacle:
    """The resting body above `lowest`, dm."""
    r, triangles = figure.rest, figure.body_triangles
    keep = (r[triangles, 1].min(1) > lowest) & (np.abs(r[triangles, 0]).max(1) < 2.2)
    if not ears:
        keep &= anatomy.mask("ears")[triangles].max(1) < 0.5
    return Obstacle(*_sample(r, triangles[keep], np.random.default_rng(1)))


def dressed_obstacle(figure: Figure, lowest: float) -> Obstacle:
    """The body and whatever meshes lie over it in the scene, above `lowest`, dm."""
    rng = np.random.default_rng(1)
    body = head_obstacle(figure, lowest)
    own = {
        figure.body,
        figure.tongue,
        *figure.upper_mouth,
        *figure.lower_mouth,
        *(o for pair in figure.eyes for o in pair),
    }
    points, normals = [body._points], [body._normals]
    graph = bpy.context.evaluated_depsgraph_get()
    for o in bpy.context.scene.objects:
        if o.type != "MESH" or o in own:
            continue
        mesh = o.evaluated_get(graph).to_mesh()
        mesh.calc_loop_triangles()
        corners = np.empty(len(mesh.loop_triangles) * 3, np.int32)
        mesh.loop_triangles.foreach_get("vertices", corners)
        p = objects.get_positions(mesh) @ np.array(o.matrix_world.to_3x3()).T + np.array(o.matrix_world.translation)
        vertices = np.stack([p[:, 0], p[:, 2], -p[:, 1]], -1) * 10
        triangles = corners.reshape(-1, 3)
        triangles = triangles[vertices[triangles, 1].min(1) > lowest] if len(triangles) else triangles
        if len(triangles):
            p, n = _sample(vertices, triangles, rng)
            _, outward = body.distance(p)
            points.append(p)
            normals.append(np.where((n * outward).sum(1, keepdims=True) < 0, -n, n))
        o.evaluated_get(graph).to_mesh_clear()
    return Obstacle(np.concatenate(points), np.concatenate(normals))


def roots(figure: Figure, count: int, rng: np.random.Generator, soft_dm: float = 0.03) -> tuple[np.ndarray, np.ndarray]:
    """About `count` points on the scalp and their normals; the hairline is uneven by `soft_dm`."""
    r, triangles = figure.rest, figure.body_triangles
    weight = figure.scalp_weight()[triangles].mean(1)
    triangles, weight = triangles[weight > 0.02], weight[weight > 0.02]
    q = r[triangles]
    normals = np.cross(q[:, 1] - q[:, 0], q[:, 2] - q[:, 0])
    chance = np.linalg.norm(normals, axis=1) * np.clip(weight, 0, 1)
    chosen = rng.choice(len(triangles), count, p=chance / chance.sum())
    points = np.einsum("nk,nkc->nc", barycentric(count, rng), q[chosen])
    angle = np.arctan2(points[:, 0], points[:, 2] - figure.ear_z)
    uneven = 0.4 * np.sin(17 * angle + 1) + 0.35 * np.sin(41 * angle) + 0.25 * np.sin(83 * angle + 2)
    keep = figure.scalp_distance(points) + soft_dm * (rng.normal(0, 0.8, count) + uneven - 0.3) > 0
    return points[keep], unit(normals[chosen])[keep]


def grow(
    start: np.ndarray,
    direction: np.ndarray,
    length: np.ndarray,
    steps: int,
    steer: Callable[[np.ndarray, float], np.ndarray],
    obstacle: Obstacle,
    offset: Callable[[float], np.ndarray],
    inertia: float = 0.6,
    confine: Callable[[np.ndarray], np.ndarray] | None = None,
    cling: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """Trace strands of `length` (N,) dm; (N, steps, 3).

    steer: where points want to go at parameter t; offset: least distance from the obstacle at t, (N,);
    confine: moves points out of a forbidden region; cling: how strongly points (N,) that float above `offset` are drawn
    back to it, 0 to 1.
    """
    step = (length / (steps - 1))[:, None]
    points, direction, path = start.copy(), unit(direction), [start.copy()]
    for k in range(1, steps):
        t = k / (steps - 1)
        direction = unit(direction * inertia + unit(steer(points, t)) * (1 - inertia))
        ahead = obstacle.settle(points + direction * step, offset(t), cling(points) if cling else 0.0)
        if confine is not None:
            ahead = confine(ahead)
        direction = unit(ahead - points)
        points = points + direction * step
        path.append(points)
    return np.stack(path, 1)


def interpolate(
    starts: np.ndarray, group: np.ndarray, guide_roots: np.ndarray, guide_group: np.ndarray, guides: np.ndarray
) -> np.ndarray:
    """Each strand is the weighted mean of the three nearest guides of its group (side of the parting)."""
    relative = guides - guides[:, :1]
    out = np.zeros((len(starts), *guides.shape[1:]))
    for g in np.unique(guide_group):
        mine, theirs = np.flatnonzero(group == g), np.flatnonzero(guide_group == g)
        distance, near = cKDTree(guide_roots[theirs]).query(starts[mine], k=min(3, len(theirs)))
        weight = 1 / (np.asarray(distance) ** 2 + 1e-4)
        weight /= weight.sum(1, keepdims=True)
        out[mine] = np.einsum("nk,nktc->ntc", weight, relative[theirs][near])
    return starts[:, None] + out


def resample(strands: np.ndarray, part: np.ndarray, points: int | None = None) -> np.ndarray:
    """Shorten each strand to the given part (N,) of its parameter, on `points` points."""
    count, length = strands.shape[:2]
    t = np.linspace(0, 1, points or length)[None] * np.clip(part, 0, 1)[:, None] * (length - 1)
    i = np.minimum(t.astype(int), length - 2)
    w, row = (t - i)[..., None], np.arange(count)[:, None]
    return strands[row, i] * (1 - w) + strands[row, i + 1] * w


def part_above(strands: np.ndarray, hem: np.ndarray) -> np.ndarray:
    """Part of each strand, from the root, that stays above the height `hem` (N,)."""
    length = strands.shape[1]
    below = strands[..., 1] < hem[:, None]
    first = np.where(below.any(1), below.argmax(1), length - 1)
    before = np.maximum(first - 1, 0)
    row = np.arange(len(strands))
    a, b = strands[row, before, 1], strands[row, first, 1]
    fraction = np.where(below.any(1), np.clip((a - hem) / np.maximum(a - b, 1e-6), 0, 1), 1)
    return (before + fraction * (first - before)) / (length - 1)


def locks(at: np.ndarray, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Group strands by nearness of `at` (N, 3): index of each one's lock, and the leader of each lock."""
    leaders = rng.choice(len(at), min(count, len(at)), replace=False)
    _, lock = cKDTree(at[leaders]).query(at)
    return np.asarray(lock), leaders


def clump(
    strands: np.ndarray, at: np.ndarray, count: int, amount: float, shape: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw strands towards the leaders of `count` locks, more at the tips."""
    lock, leaders = locks(at, count, rng)
    t = np.linspace(0, 1, strands.shape[1]) ** shape
    weight = amount * t[None, :, None] * rng.uniform(0.45, 1, (len(strands), 1, 1))
    return strands * (1 - weight) + strands[leaders[lock]] * weight


def fray(
    strands: np.ndarray, amplitude: float, frequency: float, rng: np.random.Generator, waves: int = 3
) -> np.ndarray:
    """Every strand wanders on its own, dm."""
    count, length = strands.shape[:2]
    t = np.linspace(0, 1, length)
    offset = np.zeros_like(strands)
    for _ in range(waves):
        f = rng.uniform(0.5, 1.5, (count, 1)) * frequency
        phase, direction = rng.uniform(0, 2 * np.pi, (count, 3)), rng.normal(0, 1, (count, 3))
        angle = 2 * np.pi * f[:, :, None] * t[None, :, None] + phase[:, None]
        offset += direction[:, None] * np.sin(angle) * (t**0.8)[None, :, None]
    return strands + offset * amplitude / waves


def frames(strands: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two normals along each strand that do not twist (parallel transport), each (N, K, 3)."""
    tangent = unit(np.gradient(strands, axis=1))
    reference = np.where(np.abs(tangent[:, 0, 1:2]) < 0.8, np.array([[0.0, 1.0, 0.0]]), np.array([[1.0, 0.0, 0.0]]))
    normal = unit(np.cross(tangent[:, 0], reference))
    normals = [normal]
    for k in range(1, strands.shape[1]):
        normal = unit(normal - tangent[:, k] * (normal * tangent[:, k]).sum(-1, keepdims=True))
        normals.append(normal)
    first = np.stack(normals, 1)
    return first, np.cross(tangent, first)


def coil(
    strands: np.ndarray,
    radius: np.ndarray,
    pitch: np.ndarray,
    phase: np.ndarray,
    onset_dm: float,
    flat: float = 1.0,
    handed: np.ndarray | None = None,
) -> np.ndarray:
    """Wind strands into helices. radius, pitch (dm), phase, handed (1 or -1): (N,); flat below 1 makes waves."""
    first, second = frames(strands)
    segment = np.linalg.norm(np.diff(strands, axis=1), axis=-1)
    along = np.concatenate([np.zeros((len(strands), 1)), np.cumsum(segment, 1)], 1)
    angle = 2 * np.pi * along / pitch[:, None] * (1 if handed is None else handed[:, None]) + phase[:, None]
    swell = radius[:, None] * np.clip(along / onset_dm, 0, 1) ** 0.8
    wind = first * np.cos(angle)[..., None] + second * np.sin(angle)[..., None] * flat
    return strands + wind * swell[..., None]


def across_ear(figure: Figure, strands: np.ndarray) -> np.ndarray:
    """Strands that are combed over the ear; (N,) bool."""
    ears = figure.rest[anatomy.mask("ears") > 0.5]
    distance, _ = cKDTree(ears).query(strands.reshape(-1, 3))
    near = np.asarray(distance).reshape(strands.shape[:2]) < EAR_CLEARANCE_DM
    low = (strands[..., 1] < ears[:, 1].max() - 0.05) & (strands[..., 2] > figure.ear_z - 0.12)
    return (near & low).any(1)
