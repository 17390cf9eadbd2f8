"""Jackets with lapels, buttoned at the waist."""

from __future__ import annotations

from dataclasses import dataclass
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
WOMANS_LAPEL_M, MANS_LAPEL_M = 0.070, 0.078
GORGE_BELOW_NECK_M = 0.052
OVER_SIDE = 1
"""The left front lies over the right one."""
WOOL = Fabric(mass=0.5, bending=8.0, tension=40, compression=30, shear=12, ease=0.012)


@dataclass(frozen=True)
class Jacket:
    """A draped jacket before it is sewn. whole: its closed shell; trunk: the same without sleeves."""

    whole: Surface
    trunk: Surface
    break_z: float
    last_z: float
    away_z: float
    """The fronts are cut away below this; a woman's only below the picture."""
    womans: bool

    def opened(self, pattern: Pattern) -> Surface:
        """The trunk with neckline and V, for what must stay beneath its edges."""
        return self.trunk.cut(_opening(pattern, self.trunk.vertices, self))[0]

    def under(self, pattern: Pattern) -> tops.Under:
        """What the jacket tells a top that is worn beneath it."""
        return tops.Under(self.trunk, self.opened(pattern), lambda z: _front_edge(pattern, z, self))


def jacket(pattern: Pattern, womans: bool) -> Jacket:
    """Drape a jacket over the body; a woman's closes with one button, a man's with two."""
    j = pattern.joints
    low = float(j.pelvis[2])
    break_z = low + (0.46 if womans else 0.40) * (float(j.shoulder[2]) - low)
    whole = sewing.shell(
        pattern,
        (0.017, 0.016 if womans else 0.022, 0.024),
        (0.018, 0.019),
        tops.LONG,
        WOOL,
        0.009,
        bridge=36,
        keep=0.62,
        slack_m=0.005,
    )
    # interlining and pressing: the fronts have no creases below the breast
    whole = whole.smooth(16, 0.5 * smoothstep(0.005, -0.035, pattern.armhole(whole.at_rest)))
    whole = _pad_shoulders(pattern, whole, 0.6 if womans else 1.0)
    trunk = whole.cut(pattern.armhole(whole.at_rest, 0.03))[0]
    last_z = break_z - (0.014 if womans else 0.115)
    return Jacket(whole, trunk, break_z, last_z, last_z - (0.12 if womans else 0.03), womans)


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


def _front_edge(pattern: Pattern, z: np.ndarray, jacket: Jacket) -> np.ndarray:
    """x of the left front's edge: roll line above the break, straight below it, cut away below the last button.

    The right front is its mirror image; at the break they overlap.
    """
    top, break_z = pattern.neck_z - 0.012, jacket.break_z
    t = np.clip((z - break_z) / (top - break_z), 0, 1)
    past = OVERLAP_M - (OVERLAP_M - CROSSING_M) * smoothstep(break_z - 0.030, break_z, z)
    return -past + (ROLL_TOP_M + CROSSING_M) * t**1.05 + 3.2 * np.maximum(jacket.away_z - z, 0) ** 2


def _over_neck(pattern: Pattern, p: np.ndarray) -> np.ndarray:
    """Positive inside the neckline behind; in front the roll lines bound it."""
    front = pattern.in_front(p)
    behind = np.minimum(pattern.over_neckline(p, -0.085, 0.022, 0.022), NECK_RADIUS_M - np.abs(p[:, 0]))
    # far enough to the front to meet the roll line: less would leave a spur of cloth beside the neck
    share = smoothstep(1.0, 0.7, front)
    return behind * share - 0.004 * (1 - share)


def _opening(pattern: Pattern, p: np.ndarray, jacket: Jacket) -> np.ndarray:
    """Positive above the neckline and inside the V."""
    front = pattern.in_front(p)
    inside = _front_edge(pattern, p[:, 2], jacket) - np.abs(p[:, 0])
    reach = smoothstep(0.0, 0.6, front)
    return np.maximum(_over_neck(pattern, p), inside * reach - 0.004 * (1 - reach))


def sew(pattern: Pattern, jacket: Jacket, colour: Any, check: Any = None) -> None:
    """Cut the jacket's pieces and add them with lapels, collar, buttons and pockets."""
    more = {"second": check, "stripe": "check"} if check else {}
    material = materials.cloth("jacket", colour, "wool", seams=("armhole", "dart"), **more)
    trim = materials.cloth("jacket_trim", colour, "wool", stitched=("edge",), **more)
    _add_pieces(pattern, jacket, material)
    ground = sewing.tree(jacket.trunk)
    width = WOMANS_LAPEL_M if jacket.womans else MANS_LAPEL_M
    gorge_z = pattern.neck_z - GORGE_BELOW_NECK_M
    z = np.linspace(jacket.break_z, gorge_z, 90)
    roll = np.c_[_front_edge(pattern, z, jacket), z]
    for side in (1, -1):
        above = 0.0045 * smoothstep(0.35, 0.10, np.linspace(0, 1, 90)) * (side == OVER_SIDE)
        collars.lapel(ground, roll, side, trim, width, above)
    opened, mark = jacket.whole.cut(_opening(pattern, jacket.whole.vertices, jacket))
    path, _ = collars.neck_path(pattern, opened, mark, 520, 60)
    collars.jacket_collar(pattern, ground, path, trim, gorge_z, width)
    horn = materials.plastic("jacket_button", tuple(min(0.25, 0.35 * c + 0.006) for c in colour))
    heights = [jacket.break_z - 0.014] if jacket.womans else [jacket.break_z - 0.014, jacket.last_z]
    at = sewing.from_front(np.c_[np.zeros(len(heights)), heights], ground, 0.0068)
    for i, b in enumerate(at):
        sewing.add_button(f"jacket_button{i}", b, collars.nearest(ground, b)[1], 0.0095, horn)
    _pockets(pattern, ground, trim, jacket.womans)


def _add_pieces(pattern: Pattern, jacket: Jacket, material: Any) -> None:
    """Sleeves and the two halves of the trunk; they meet behind in the centre seam."""
    necked, _ = jacket.whole.cut(_over_neck(pattern, jacket.whole.vertices))
    hole = pattern.armhole(necked.at_rest, 0.002)
    arms, _ = necked.cut(-hole)
    arms, _ = arms.cut(pattern.along_arm(arms.at_rest) - tops.LONG)
    _add(pattern, "jacket_sleeves", arms, pattern.sleeve_weave(arms.at_rest), material)
    trunk, _ = necked.cut(hole)
    for side in (1, -1):
        p = trunk.vertices
        reach = smoothstep(0.0, 0.6, pattern.in_front(p))
        half, _ = trunk.cut(_front_edge(pattern, p[:, 2], jacket) * reach - side * p[:, 0])
        if side == OVER_SIDE:
            q = half.vertices
            near = np.exp(-((np.maximum(side * q[:, 0] + OVERLAP_M, 0) / 0.05) ** 2)) * pattern.in_front(q)
            half = half.offset(0.0035 * near * smoothstep(jacket.break_z + 0.06, jacket.break_z, q[:, 2]))
        _add(pattern, f"jacket_{side}", half, pattern.trunk_weave(half.at_rest), material)


def _add(pattern: Pattern, name: str, s: Surface, weave: np.ndarray, material: Any) -> None:
    j = pattern.joints
    dart = np.where(
        (s.at_rest[:, 1] < j.shoulder[1]) & (s.at_rest[:, 2] < j.shoulder[2] - 0.13 * pattern.scale),
        np.abs(s.at_rest[:, 0]) - 0.088,
        0.05,
    )
    seams = {
        "armhole": pattern.armhole(s.at_rest, 0.002),
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
