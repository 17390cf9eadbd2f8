"""Are two presenters two people? Compares the shapes of faces by landmarks of the mesh, without rendering.

The yardstick is expression: two presenters must differ more than two expressions of one of them do. Shapes are
aligned by position, size and rotation first (Procrustes), so only their form counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from . import anatomy, expressions
from .recipe import Recipe

LANDMARKS = (
    (0.176, 7.275), (0.308, 7.335), (0.308, 7.245), (0.442, 7.292),  # eye
    (0.14, 7.44), (0.34, 7.51), (0.50, 7.44),  # brow
    (0.0, 7.28), (0.0, 7.05), (0.0, 6.90), (0.07, 7.10), (0.16, 6.88),  # nose
    (0.255, 6.617), (0.0, 6.697), (0.085, 6.722), (0.0, 6.49), (0.13, 6.515),  # mouth
    (0.0, 6.38), (0.0, 6.25), (0.20, 6.26), (0.38, 6.42), (0.54, 6.62), (0.66, 6.86),  # chin and jaw
    (0.45, 7.02), (0.60, 7.05), (0.66, 7.40), (0.0, 7.60), (0.35, 7.65), (0.0, 7.9),  # cheek, temple, forehead
)  # fmt: skip
"""Places in the chart of `complexion`, mirrored to the other side."""
COMPARED_EXPRESSIONS = ("neutral", "SMILE", "SS", "PP")
"""Expressions whose difference a presenter must exceed; an open mouth moves the jaw and says nothing of the person."""


def landmark_vertices() -> np.ndarray:
    """(L,) vertices of the body nearest to the landmarks, seen from the front."""
    v = anatomy.base_mesh().vertices[: anatomy.BODY_COUNT]
    front = v[:, 2] > 0.3
    places = [(s * x, y) for x, y in LANDMARKS for s in ((1, -1) if x else (1,))]
    depth = 0.15 * (v[:, 2].max() - v[:, 2])  # prefer the skin before what lies behind it
    return np.array([int(np.argmin(np.hypot(v[:, 0] - x, v[:, 1] - y) + depth + 9.0 * ~front)) for x, y in places])


def shape(recipe: Recipe, weights: dict[str, float] | None = None) -> np.ndarray:
    """(L, 2) landmarks from the front, centred, of unit size; `weights` on top of the resting expression."""
    face = recipe.face
    total = expressions.both_sides(face.resting)
    for name, value in expressions.both_sides(weights or {}).items():
        total[name] = total.get(name, 0.0) + value
    v = anatomy.build(face.phenotype, face.targets, face.pose) + anatomy.expression(total)
    points = v[landmark_vertices(), :2]
    points = points - points.mean(0)
    return points / np.linalg.norm(points)


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Procrustes distance of two shapes (L, 2) in percent of the face's size."""
    u, s, vt = np.linalg.svd(a.T @ b)
    s[-1] *= np.sign(np.linalg.det(u @ vt))
    return float(100 * np.sqrt(max(0.0, 2 - 2 * s.sum())))


def report(recipes: Sequence[Recipe]) -> int:
    """Print the nearest pair for each presenter, and the yardstick. Returns 1 when two are too much alike."""
    shapes = {r.id: shape(r) for r in recipes}
    own = {}
    for r in recipes:
        faces = [shape(r, expressions.KEYS[k]) for k in COMPARED_EXPRESSIONS if k in expressions.KEYS]
        own[r.id] = max(distance(a, b) for a, b in itertools.combinations(faces, 2))
    yardstick = max(own.values())
    print(f"two expressions of one presenter differ by {yardstick:.1f} % at most")
    alike = False
    for r in recipes:
        others = [(distance(shapes[r.id], shapes[o.id]), o.id) for o in recipes if o.id != r.id]
        if not others:
            print(f"{r.id}: readable")
            continue
        near, other = min(others)
        alike |= near <= yardstick
        print(f"{r.id:32} nearest {near:5.1f} %  {other}{'   TOO MUCH ALIKE' if near <= yardstick else ''}")
    return 1 if alike else 0
