"""Teeth and gums along an arch fitted to MakeHuman's teeth helpers. Decimetres, MakeHuman's axes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

SCALE = 0.92
MM = 0.01
UPPER_WIDTH_MM, UPPER_HEIGHT_MM = (8.6, 6.7, 7.7, 7.0, 6.8, 9.5), (10.2, 9.0, 9.8, 8.4, 7.6, 7.2)
LOWER_WIDTH_MM, LOWER_HEIGHT_MM = (5.5, 6.0, 6.8, 7.0, 7.1, 10.0), (8.8, 9.0, 9.6, 8.4, 7.8, 7.2)
UPPER_DROP_DM, LOWER_DROP_DM = 0.045, 0.055
"""How far the cutting edges lie below the helper's."""
INCISORS, CANINE = 2, 2
TINTS = (1.0, 0.985, 0.93, 0.95, 0.93, 0.90)
"""Canines and molars are a little darker."""


@dataclass(frozen=True)
class Teeth:
    """How one person's teeth differ from the next. Sizes are relative, angles and offsets small."""

    width: float = 1.0
    length: float = 1.0
    gap: float = 0.005
    """Space between the teeth, as a part of a tooth's width."""
    crooked: float = 1.0
    """Amount of random tilt, height and depth."""
    wear: float = 0.2
    """0: young edges, 1: ground flat and darker."""
    yellow: float = 0.2
    seed: int = 5

    @property
    def colour(self) -> tuple[float, float, float]:
        """Linear enamel colour."""
        tint = self.yellow + 0.35 * self.wear
        return (0.74 - 0.05 * tint, 0.69 - 0.10 * tint, 0.61 - 0.20 * tint)


@dataclass
class Shape:
    """A mesh in the making; attributes are per vertex."""

    name: str
    vertices: np.ndarray
    faces: list[list[int]]
    attributes: dict[str, np.ndarray] = field(default_factory=dict)


def _signed_power(x: np.ndarray, e: float) -> np.ndarray:
    return np.sign(x) * np.abs(x) ** e


def build(helper: np.ndarray, upper: bool, teeth: Teeth) -> tuple[Shape, Shape]:
    """Teeth and gum of one jaw. helper: vertices (N, 3) of MakeHuman's upper or lower teeth."""
    rng = np.random.default_rng((teeth.seed, upper))
    suffix = "upper" if upper else "lower"
    half_width, front, back = helper[:, 0].max(), helper[:, 2].max(), helper[:, 2].min()
    edge = np.percentile(helper[:, 1], 4) - UPPER_DROP_DM if upper else np.percentile(helper[:, 1], 96) - LOWER_DROP_DM
    t = np.linspace(0, np.pi / 2, 200)
    arch_x = half_width * 0.95 * np.sin(t) ** 0.9
    arch_z = back + (front - back) * np.cos(t) ** 0.75 - 0.012
    length = np.r_[0, np.cumsum(np.hypot(np.diff(arch_x), np.diff(arch_z)))]
    widths, heights = (UPPER_WIDTH_MM, UPPER_HEIGHT_MM) if upper else (LOWER_WIDTH_MM, LOWER_HEIGHT_MM)

    parts: list[np.ndarray] = []
    faces: list[list[int]] = []
    tint: list[np.ndarray] = []
    cutting: list[np.ndarray] = []
    for side in (1, -1):
        along = 0.0
        for i, (width, height) in enumerate(zip(widths, heights, strict=True)):
            width, height = width * MM * SCALE * teeth.width, height * MM * SCALE * teeth.length
            at = along + width / 2
            along += width * (1 + teeth.gap)
            if at > length[-1]:
                break
            here, ahead, behind = (
                np.array([np.interp(at + d, length, arch_x), np.interp(at + d, length, arch_z)])
                for d in (0, 0.01, -0.01)
            )
            points, grid, crown = _tooth(i, width, height, here, ahead - behind, edge, upper, teeth, rng)
            points[:, 0] *= side
            faces += [[v + sum(map(len, parts)) for v in f] for f in grid]
            parts.append(points)
            tint.append(np.full(len(points), TINTS[i] * rng.uniform(0.975, 1.01)))
            cutting.append(crown)
    crowns = Shape(
        f"teeth_{suffix}", np.concatenate(parts), faces, {"tint": np.concatenate(tint), "edge": np.concatenate(cutting)}
    )
    return crowns, _gum(f"gum_{suffix}", arch_x, arch_z, length, edge, upper)


def _tooth(
    i: int,
    width: float,
    height: float,
    at: np.ndarray,
    tangent: np.ndarray,
    edge: float,
    upper: bool,
    teeth: Teeth,
    rng: np.random.Generator,
) -> tuple[np.ndarray, list[list[int]], np.ndarray]:
    """One superellipsoid. Returns vertices, faces and 1 at the cutting edge to 0 at the gum."""
    tx, tz = tangent / np.linalg.norm(tangent)
    normal = np.array([-tz, tx])
    outward = normal[1] if i <= CANINE else normal[0]
    normal = normal if outward >= 0 else -normal
    depth = (0.055 if i <= CANINE else 0.085) * SCALE
    rings, around = 15, 24
    u, v = np.meshgrid(
        np.linspace(-np.pi / 2, np.pi / 2, rings), np.linspace(-np.pi, np.pi, around, endpoint=False), indexing="ij"
    )
    x = _signed_power(np.cos(u), 0.34) * _signed_power(np.cos(v), 0.42)
    z = _signed_power(np.cos(u), 0.34) * _signed_power(np.sin(v), 0.42)
    y = _signed_power(np.sin(u), 0.5)
    root = (y + 1) / 2
    if i < INCISORS:
        thickness = 0.45 + 0.75 * root
    elif i == CANINE:
        thickness = 0.55 + 0.6 * root
        y = np.where(root < 0.5, y - 0.10 * (1 - np.abs(x)) * (1 - 2 * root), y)
    else:
        thickness = 1 - 0.1 * root
    across = x * width / 2 * (1.03 - 0.16 * root**2) * 0.99
    out = z * depth / 2 * thickness - 0.004 * (1 - root) ** 2 + teeth.crooked * rng.normal(0, 0.0012)
    up = (y + 1) / 2 * height + teeth.crooked * (rng.normal(0, 0.0010) + rng.normal(0, 0.0012) * x)
    lateral = 0.009 * (1 - 0.7 * teeth.wear) if upper and i == 1 else 0.0
    vertical = edge + (up if upper else -up) + lateral
    points = np.stack([at[0] + tx * across + normal[0] * out, vertical, at[1] + tz * across + normal[1] * out], -1)
    faces = [
        [a * around + b, a * around + (b + 1) % around, (a + 1) * around + (b + 1) % around, (a + 1) * around + b]
        for a in range(rings - 1)
        for b in range(around)
    ]
    return points.reshape(-1, 3), faces, (1 - root).ravel()


def _gum(name: str, arch_x: np.ndarray, arch_z: np.ndarray, length: np.ndarray, edge: float, upper: bool) -> Shape:
    """An ellipse swept along the arch."""
    count, around = 60, 14
    s = np.linspace(-1, 1, count) * length[-1] * (0.98 if upper else 0.70)
    x = np.sign(s) * np.interp(np.abs(s), length, arch_x)
    z = np.interp(np.abs(s), length, arch_z) - 0.01
    y = np.full(count, edge + (0.155 if upper else -0.155))
    slope = np.gradient(np.c_[x, z], axis=0)
    normal = np.c_[-slope[:, 1], slope[:, 0]]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    a = np.linspace(0, 2 * np.pi, around, endpoint=False)
    vertices = np.stack(
        [
            x[:, None] + normal[:, :1] * 0.045 * np.cos(a),
            y[:, None] + 0.083 * np.sin(a),
            z[:, None] + normal[:, 1:] * 0.045 * np.cos(a),
        ],
        -1,
    ).reshape(-1, 3)
    faces = [
        [i * around + j, i * around + (j + 1) % around, (i + 1) * around + (j + 1) % around, (i + 1) * around + j]
        for i in range(count - 1)
        for j in range(around)
    ]
    return Shape(name, vertices, faces)
