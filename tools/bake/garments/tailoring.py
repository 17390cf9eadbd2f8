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
"""The front's edge is so far past the middle, below the break."""
CROSSING_M = 0.012
ROLL_TOP_M = 0.071
"""Where the roll lines start at the break, past the middle, and where they end beside the neck."""
OVER_SIDE = 1
"""The left front lies over the right one."""
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
        slack_m=0.012,
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


def _front_edge(pattern: Pattern, z: np.ndarray, break_z: float, last_z: float) -> np.ndarray:
    """x of the left front's edge: roll line above the break, straight below it, cut away below the last button.

    The right front is its mirror image; at the break they overlap.
    """
    top = pattern.neck_z - 0.012
    t = np.clip((z - break_z) / (top - break_z), 0, 1.2)
    past = OVERLAP_M - (OVERLAP_M - CROSSING_M) * smoothstep(break_z - 0.030, break_z, z)
    return -past + (ROLL_TOP_M + CROSSING_M) * t**1.05 + 3.2 * np.maximum(last_z - 0.03 - z, 0) ** 2


def _over_neck(pattern: Pattern, p: np.ndarray) -> np.ndarray:
    return np.minimum(pattern.over_neckline(p, -0.041, 0.024), NECK_RADIUS_M - np.abs(p[:, 0]))


def _sew(pattern: Pattern, whole: Surface, colour: Any, check: Any, break_z: float, womans: bool) -> None:
    more = {"second": check, "stripe": "check"} if check else {}
    material = materials.cloth("jacket", colour, "wool", seams=("armhole", "dart"), **more)
    trim = materials.cloth("jacket_trim", colour, "wool", stitched=("edge",), **more)
    last_z = break_z - (0.014 if womans else 0.115)
    necked, _ = whole.cut(_over_neck(pattern, whole.vertices))
    hole = pattern.armhole(necked.rest, 0.002)
    arms, _ = necked.cut(-hole)
    arms, _ = arms.cut(pattern.along_arm(arms.rest) - tops.LONG)
    _add(pattern, "jacket_sleeves", arms, pattern.sleeve_weave(arms.rest), material)
    trunk, _ = necked.cut(hole)
    for side in (1, -1):
        p = trunk.vertices
        front = pattern.in_front(p)
        half, _ = trunk.cut(_front_edge(pattern, p[:, 2], break_z, last_z) * front - side * p[:, 0])
        if side == OVER_SIDE:
            q = half.vertices
            near = np.exp(-((np.maximum(side * q[:, 0] + OVERLAP_M, 0) / 0.05) ** 2)) * pattern.in_front(q)
            half = half.offset(0.0035 * near * smoothstep(break_z + 0.06, break_z, q[:, 2]))
        _add(pattern, f"jacket_{side}", half, pattern.trunk_weave(half.rest), material)
    ground = sewing.tree(whole.cut(pattern.armhole(whole.rest, 0.03))[0])
    gorge_z = pattern.neck_z - 0.052
    z = np.linspace(break_z, gorge_z, 90)
    roll = np.c_[_front_edge(pattern, z, break_z, last_z), z]
    for side in (1, -1):
        above = 0.0045 * smoothstep(0.35, 0.10, np.linspace(0, 1, 90)) if side == OVER_SIDE else np.zeros(90)
        collars.lapel(ground, roll, side, trim, 0.070 if womans else 0.078, above)
    front = pattern.in_front(whole.vertices)
    inside = _front_edge(pattern, whole.vertices[:, 2], break_z, last_z) - np.abs(whole.vertices[:, 0])
    opened, mark = whole.cut(np.maximum(_over_neck(pattern, whole.vertices), inside * front - 0.004 * (1 - front)))
    path, _ = collars.neck_path(pattern, opened, mark, 520, 60)
    collars.jacket_collar(pattern, ground, path, trim, gorge_z, 0.070 if womans else 0.078)
    horn = materials.plastic("jacket_button", tuple(min(0.25, 0.35 * c + 0.006) for c in colour))
    heights = [break_z - 0.014] if womans else [break_z - 0.014, break_z - 0.115]
    at = sewing.from_front(np.c_[np.zeros(len(heights)), heights], ground, 0.0068)
    for i, b in enumerate(at):
        sewing.add_button(f"jacket_button{i}", b, collars.nearest(ground, b)[1], 0.0095, horn)
    _pockets(pattern, ground, trim, womans)


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


def _pockets(pattern: Pattern, ground: Any, material: Any, womans: bool) -> None:
    j = pattern.joints
    z = float(j.shoulder[2]) - 0.115 * pattern.scale
    x = float(j.shoulder[0]) - 0.092
    welt = np.array([[x, z], [x + 0.080, z + 0.009], [x + 0.080, z - 0.013], [x, z - 0.022]])
    if not womans:
        sewing.add_strip("breast_pocket", sewing.patch(welt, 26, ground, 0.0042), material, 0.0020, subdivide=1)
    z = float(j.pelvis[2]) + 0.075
    for side in (1, -1):
        flap = np.array([[0.075, z], [0.15, z], [0.152, z - 0.05], [0.077, z - 0.05]]) * [side, 1]
        sewing.add_strip(f"flap{side}", sewing.patch(flap, 24, ground, 0.0042), material, 0.0024)
