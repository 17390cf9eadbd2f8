"""Jackets with lapels, buttoned at the waist."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import anatomy, materials
from ..figure import smoothstep
from ..surface import Surface
from . import collars, sewing, tops
from .pattern import Pattern
from .simulation import Fabric

NECK_RADIUS_M = 0.074
"""The jacket's neckline is not farther to the side than this: shoulders are too flat to be cut by height."""
OVERLAP_M = 0.020
WOOL = Fabric(mass=0.5, bending=8.0, tension=40, compression=30, shear=12, ease=0.012)


def jacket(pattern: Pattern, colour: Any, womans: bool, check: Any = None) -> tuple[Surface, Any]:
    """Returns the jacket's whole shell, for what is worn beneath it, and a function that sews it."""
    j = pattern.joints
    low = float(j.pelvis[2])
    height = float(j.shoulder[2]) - low
    break_z = low + (0.46 if womans else 0.40) * height
    whole = sewing.shell(
        pattern,
        (0.017, 0.016 if womans else 0.022, 0.024),
        (0.018, 0.019),
        tops.LONG,
        WOOL,
        0.009,
        bridge=36,
        keep=0.62,
    )
    whole = _pad_shoulders(pattern, whole, 0.6 if womans else 1.0)

    def sew() -> None:
        _sew(pattern, whole, colour, check, break_z, womans)

    return whole, sew


def _pad_shoulders(pattern: Pattern, s: Surface, amount: float) -> Surface:
    """A tailored shoulder: a little padding at its point, less width below it."""
    j = pattern.bodies[-1][_left_shoulder()].mean(0)
    v = s.vertices.copy()
    x, z = np.abs(v[:, 0]) - j[0], v[:, 2] - j[2]
    point = np.exp(-(((x - 0.010) / 0.034) ** 2) - ((z - 0.042) / 0.032) ** 2)
    v[:, 0] += np.sign(v[:, 0]) * 0.003 * point * amount
    v[:, 2] += 0.011 * point * amount
    return Surface(v, s.faces, s.rest)


def _left_shoulder() -> np.ndarray:
    return anatomy.group_vertices("joint-l-shoulder")


def _opening(pattern: Pattern, p: np.ndarray, break_z: float) -> np.ndarray:
    """Positive inside the V and above the neckline."""
    over = pattern.over_neckline(p, -0.041, 0.024)
    over = np.minimum(over, NECK_RADIUS_M - np.abs(p[:, 0]))
    top = pattern.neck_z - 0.012
    t = (p[:, 2] - break_z) / (top - break_z)
    half = np.where(t > 0, 0.003 + 0.068 * np.clip(t, 0, 1) ** 1.05, 0.003 + t * (top - break_z) * 0.3)
    front = pattern.in_front(p)
    return np.maximum(over, (half - np.abs(p[:, 0])) * front - 0.004 * (1 - front))


def _sew(pattern: Pattern, whole: Surface, colour: Any, check: Any, break_z: float, womans: bool) -> None:
    more = {"second": check, "stripe": "check"} if check else {}
    material = materials.cloth("jacket", colour, "wool", seams=("armhole", "dart"), **more)
    trim = materials.cloth("jacket_trim", colour, "wool", stitched=("edge",), **more)
    opened, mark = whole.cut(_opening(pattern, whole.vertices, break_z))
    path, _ = collars.neck_path(pattern, opened, mark, 520, 60)
    hole = pattern.armhole(opened.rest, 0.002)
    arms, _ = opened.cut(-hole)
    arms, _ = arms.cut(pattern.along_arm(arms.rest) - tops.LONG)
    _add(pattern, "jacket_sleeves", arms, pattern.sleeve_weave(arms.rest), material)
    trunk, _ = opened.cut(hole)
    last_button = break_z - (0.014 if womans else 0.115)
    over_side = 1  # the left front lies over the right one; a picture shows it either way
    for side in (1, -1):
        half = trunk
        p = half.vertices
        edge = _edge(p[:, 2], break_z, last_button, over=side == over_side)
        front = pattern.in_front(p)
        half, _ = half.cut((edge * front - side * p[:, 0]) if side > 0 else (side * -1 * p[:, 0] + edge * front))
        if side == over_side:
            q = half.vertices
            near = np.exp(-((np.maximum(side * q[:, 0] + OVERLAP_M, 0) / 0.06) ** 2)) * pattern.in_front(q)
            near = near * smoothstep(break_z + 0.04, break_z - 0.01, q[:, 2])
            half = half.offset(0.0045 * near)
        _add(pattern, f"jacket_{side}", half, pattern.trunk_weave(half.rest), material)
    ground = sewing.tree(whole)
    collars.lapels(pattern, ground, path, trim, break_z, 0.070 if womans else 0.078)
    horn = materials.plastic("jacket_button", tuple(min(0.25, 0.35 * c + 0.006) for c in colour))
    heights = [break_z - 0.014] if womans else [break_z - 0.014, break_z - 0.115]
    at = sewing.from_front(np.c_[np.zeros(len(heights)), heights], ground, 0.0080)
    for i, b in enumerate(at):
        sewing.add_button(f"jacket_button{i}", b, collars.nearest(ground, b)[1], 0.0095, horn)
    _pockets(pattern, ground, trim)


def _edge(z: np.ndarray, break_z: float, last_z: float, over: bool) -> np.ndarray:
    """How far a front reaches past the middle (as -x of its own side), curving away below the last button."""
    past = OVERLAP_M * smoothstep(break_z + 0.012, break_z - 0.030, z)
    below = np.maximum(last_z - 0.03 - z, 0)
    return -(past - 3.2 * below**2)


def _add(pattern: Pattern, name: str, s: Surface, weave: np.ndarray, material: Any) -> None:
    j = pattern.joints
    dart = np.where(
        (s.rest[:, 1] < j.shoulder[1]) & (s.rest[:, 2] < j.shoulder[2] - 0.13 * pattern.scale),
        np.abs(s.rest[:, 0]) - 0.088,
        0.05,
    )
    seams = {
        "armhole": pattern.armhole(s.rest, 0.002),
        "dart": dart,
    }
    sewing.add(name, s, weave, material, 0.0026, seams)


def _pockets(pattern: Pattern, ground: Any, material: Any) -> None:
    j = pattern.joints
    z = float(j.shoulder[2]) - 0.115 * pattern.scale
    x = float(j.shoulder[0]) - 0.092
    welt = np.array([[x, z], [x + 0.080, z + 0.009], [x + 0.080, z - 0.013], [x, z - 0.022]])
    sewing.add_strip("breast_pocket", sewing.patch(welt, 26, ground, 0.0042), material, 0.0020, subdivide=1)
    z = float(j.pelvis[2]) + 0.075
    for side in (1, -1):
        flap = np.array([[0.075, z], [0.15, z], [0.152, z - 0.05], [0.077, z - 0.05]]) * [side, 1]
        sewing.add_strip(f"flap{side}", sewing.patch(flap, 24, ground, 0.0042), material, 0.0024)
