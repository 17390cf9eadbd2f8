"""Everything without lapels: T-shirt, sweater, polo, shirt, blouse, scrubs, hoodie, work jacket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from mathutils.bvhtree import BVHTree

from .. import materials
from ..figure import smoothstep
from ..surface import Surface, resample, smooth_curve, sweep
from . import collars, sewing
from .pattern import Pattern
from .simulation import Fabric

LONG = 0.47
"""Sleeves end here along the arm: below the picture."""
SHORT = 0.165


@dataclass(frozen=True)
class Cut:
    """The pattern of a top. Metres; heights of the neckline are relative to the neck joint."""

    front: float = -0.052
    back: float = 0.014
    trunk: tuple[float, float, float] = (0.010, 0.016, 0.020)
    sleeve: tuple[float, float] = (0.016, 0.016)
    sleeve_end: float = LONG
    drop: float = 0.0
    v_depth: float = 0.0
    """How far an open V reaches below the neckline's front; 0: none."""
    v_width: float = 0.03
    """Half the width of the V at its top."""
    bridge: int = 14
    keep: float = 0.75
    gap: float = 0.004
    slack: float = 0.0
    """How far the cuffs are pushed up the arm: the sleeve creases by it."""
    thickness: float = 0.0016


CUTS = {
    "tshirt": Cut(front=-0.042, back=0.018, sleeve_end=SHORT, sleeve=(0.009, 0.010)),
    "sweater": Cut(
        front=-0.050, trunk=(0.012, 0.022, 0.022), sleeve=(0.007, 0.012), drop=0.006, gap=0.004, thickness=0.003,
        slack=0.035,
    ),
    "polo": Cut(front=-0.040, back=0.016, sleeve_end=SHORT, sleeve=(0.009, 0.010), v_depth=0.070, v_width=0.015),
    "shirt": Cut(
        front=-0.036, back=0.016, trunk=(0.012, 0.020, 0.024), sleeve=(0.014, 0.020), slack=0.03, thickness=0.0010
    ),
    "open shirt": Cut(
        front=-0.036, back=0.016, trunk=(0.012, 0.020, 0.024), sleeve=(0.014, 0.020), v_depth=0.068, v_width=0.021,
        slack=0.03,
        thickness=0.0010,
    ),
    "blouse": Cut(
        front=-0.050, back=0.014, trunk=(0.010, 0.018, 0.022), sleeve=(0.014, 0.024), v_depth=0.110, v_width=0.050,
        slack=0.03,
        thickness=0.0009,
    ),
    "scrubs": Cut(
        sleeve_end=0.19, trunk=(0.014, 0.026, 0.030), sleeve=(0.013, 0.018), v_depth=0.075, v_width=0.046,
        thickness=0.0014,
    ),
    "hoodie": Cut(
        front=-0.050, v_depth=0.034, v_width=0.038, trunk=(0.014, 0.026, 0.028),
        sleeve=(0.010, 0.015), drop=0.010, gap=0.005, slack=0.03,
        thickness=0.0032,
    ),
    "work": Cut(
        front=-0.046, trunk=(0.018, 0.026, 0.028), sleeve=(0.018, 0.022), gap=0.010, slack=0.03,
        v_depth=0.60, v_width=0.055,
        thickness=0.0024, bridge=24,
    ),
}  # fmt: skip
FABRIC = {
    "jersey": Fabric(),
    "knit": Fabric(mass=0.4, bending=1.0, tension=12, compression=12, ease=0.025),
    "poplin": Fabric(mass=0.22, bending=0.4, tension=25, compression=20, ease=0.03),
    "silk": Fabric(mass=0.25, bending=0.1, tension=15, ease=0.04),
    "fleece": Fabric(mass=0.45, bending=2.0, tension=15, compression=15),
    "canvas": Fabric(mass=0.4, bending=4.0, tension=30, compression=25),
}


@dataclass(frozen=True)
class Under:
    """What a top is worn beneath. trunk: the closed shell above it; opened: the same with its opening; edge: half the
    width of the opening, metres, by height in the picture's pose."""

    trunk: Surface
    opened: Surface
    edge: Callable[[np.ndarray], np.ndarray]


UNDER_MARGIN_M = 0.032
"""A front of which only the middle is seen reaches so far beneath the edges of what covers it."""
UNDER_GAP_M, UNDER_TIE_GAP_M = 0.005, 0.008
"""How far a top stays beneath a jacket, and where a tie lies between the two."""
Neckline = Callable[[np.ndarray], np.ndarray]


def neckline(pattern: Pattern, cut: Cut) -> Neckline:
    """Signed metres above the neckline, or inside the V, in the picture's pose."""

    def over(p: np.ndarray) -> np.ndarray:
        plane = pattern.over_neckline(p, cut.front, cut.back)
        if not cut.v_depth:
            return plane
        top = pattern.neck_z + cut.front
        t = (p[:, 2] - (top - cut.v_depth)) / cut.v_depth
        half = np.where(t > 0, cut.v_width * np.minimum(t, 1.6), t * cut.v_depth * 0.3)
        front = pattern.in_front(p)
        inside = (half - np.abs(p[:, 0])) * front - 0.004 * (1 - front)
        return np.maximum(plane, np.where(p[:, 2] < pattern.neck_z + 0.03, inside, plane))

    return over


@dataclass
class Top:
    """A sewn top: its whole shell, the open one, the neckline's curve, and something to lay further pieces on."""

    whole: Surface
    open: Surface
    path: np.ndarray
    closed: bool
    ground: BVHTree


def make(
    pattern: Pattern,
    name: str,
    cut: Cut,
    fabric: Fabric,
    material: Any,
    under: Under | None = None,
    gap_m: float = UNDER_GAP_M,
) -> Top:
    """Drape, cut and sew a top; `under`: what it must stay beneath, by `gap_m`."""
    sleeves = under is None
    whole = sewing.shell(
        pattern, cut.trunk, cut.sleeve, cut.sleeve_end, fabric, cut.gap, cut.bridge, cut.keep, sleeves, cut.slack
    )
    if cut.sleeve_end < LONG:
        # a doubled hem is stiffer than the sleeve above it
        near = smoothstep(0.050, 0.015, np.abs(pattern.along_arm(whole.at_rest) - cut.sleeve_end))
        whole = whole.smooth(24, 0.5 * near * smoothstep(0.0, 0.03, pattern.armhole(whole.at_rest)))
    if under is not None:
        whole = sewing.beneath(whole, under.trunk, gap_m)
    opened, mark = whole.cut(neckline(pattern, cut)(whole.vertices))
    path, closed = collars.neck_path(pattern, opened, mark, 240, 30 if not cut.v_depth else 4)
    add_pieces(pattern, name, opened, cut, material, under)
    return Top(whole, opened, path, closed, sewing.tree(whole))


def add_pieces(pattern: Pattern, name: str, s: Surface, cut: Cut, material: Any, under: Under | None) -> None:
    """Trunk and sleeves as objects of their own: they meet in the armhole's seam. Of what is worn `under` something
    there is only the trunk, and of its front only what can be seen."""
    hole = pattern.armhole(s.at_rest, cut.drop)
    trunk, _ = s.cut(hole)
    if under is not None:
        p = trunk.vertices
        side = np.abs(p[:, 0]) - np.maximum(under.edge(p[:, 2]), 0) - UNDER_MARGIN_M
        trunk, _ = trunk.cut(np.where(p[:, 2] < pattern.armpit_z + 0.02, side, -0.01))
    sew(pattern, f"{name}_trunk", trunk, pattern.trunk_weave(trunk.at_rest), cut, material, False)
    if under is not None:
        return
    arms, _ = s.cut(-hole)
    arms, _ = arms.cut(pattern.along_arm(arms.at_rest) - cut.sleeve_end)
    sew(pattern, f"{name}_sleeves", arms, pattern.sleeve_weave(arms.at_rest), cut, material)


def sew(pattern: Pattern, name: str, s: Surface, weave: np.ndarray, cut: Cut, material: Any, hem: bool = True) -> None:
    """Add one piece with the seams that the shader draws; hem: whether a sleeve's hem is among them."""
    seams = {
        "armhole": pattern.armhole(s.at_rest, cut.drop),
        "hem": cut.sleeve_end - 0.020 - pattern.along_arm(s.at_rest) if hem else np.full(len(s.vertices), 0.05),
    }
    sewing.add(name, s, weave, material, cut.thickness, seams)


def fabric_of(name: str, colour: Any, kind: str, **more: Any) -> Any:
    """A cloth with the seams that every top has."""
    return materials.cloth(name, colour, kind, seams=("armhole", "hem"), stitched=("armhole",), **more)


def trim_of(name: str, colour: Any, kind: str) -> Any:
    """The same cloth for pieces with stitched edges: plackets, facings, pockets."""
    return materials.cloth(f"{name}_trim", colour, kind, stitched=("edge",))


def placket(top: Top, from_z: float, to_z: float, width: float, material: Any, half: np.ndarray | None = None) -> None:
    """The doubled front edge of a shirt, laid on it.

    half: (N, 2), height and half the width of the open V above the first button, from below: the band of the
    presenter's left front then runs up beside it and covers the tip.
    """
    n = max(20, int((from_z - to_z) / 0.004))
    z = np.linspace(from_z, to_z, n)
    inner = np.full(n, -width / 2)
    if half is not None:
        beside = np.interp(z, half[:, 0], half[:, 1])
        inner += (beside + width / 2) * smoothstep(half[0, 0] - 0.006, half[0, 0] + 0.034, z)
        inner = smooth_curve(inner, 6, False)
    u = np.linspace(0, 1, 7)
    flat = np.stack([inner[:, None] + u * width, np.broadcast_to(z[:, None], (n, 7))], -1)
    rows = sewing.from_front(flat, top.ground, 0.0026)
    s = sweep(rows, False, False)
    edge = np.broadcast_to(width * np.minimum(u, 1 - u), (n, 7)).reshape(-1)
    weave = np.c_[flat.reshape(-1, 2), np.zeros(n * 7)]
    sewing.add("placket", s, weave, material, 0.0012, {"edge": edge}, 1, 0.0)


def front_bands(pattern: Pattern, top: Top, cut: Cut, to_z: float, width: float, material: Any) -> None:
    """Both bands of a shirt that is open above its first button: the right one ends beneath the left one."""
    low = top.path[pattern.in_front(top.path) > 0.5]
    low = low[pattern.over_neckline(low, cut.front, cut.back) < -0.001]
    tip = pattern.neck_z + cut.front - cut.v_depth
    for side in (1, -1):
        edge = low[low[:, 0] * side > 0.0008]
        edge = resample(edge[np.argsort(-edge[:, 2])], 40, 6, False)
        if side == 1:
            half = np.concatenate([[[tip, 0.0]], edge[edge[:, 2] > tip + 0.004][::-1][:, [2, 0]]])
            placket(top, float(edge[0, 2]), to_z, width, material, half)
            continue
        edge = np.concatenate([edge, edge[-1:] - [[0, 0, 0.012]]])
        flat = edge[:, None, [0, 2]] + np.array([side, 0.0]) * np.linspace(0, width / 2, 6)[None, :, None]
        sewing.add_strip("front_band", sewing.from_front(flat, top.ground, 0.0012), material, 0.0012)


def buttons(top: Top, heights: np.ndarray, x: float, radius: float, lift: float, material: Any) -> None:
    """A column of buttons."""
    at = sewing.from_front(np.c_[np.full(len(heights), x), heights], top.ground, lift)
    for i, p in enumerate(at):
        _, normal = collars.nearest(top.ground, p)
        sewing.add_button(f"button{i}", p, normal, radius, material)


def collar_path(pattern: Pattern, top: Top, cut: Cut) -> np.ndarray:
    """The part of the neckline that a collar sits on: without the V, open in front."""
    over = np.abs(pattern.over_neckline(top.path, cut.front, cut.back))
    keep = over < 0.0025
    if not cut.v_depth:
        keep &= (np.abs(top.path[:, 0]) > 0.004) | (pattern.in_front(top.path) < 0.5)
    k = np.flatnonzero(keep)
    return resample(top.path[k.min() : k.max() + 1][keep[k.min() : k.max() + 1]], 160, 12, False)


# ---- kinds --------------------------------------------------------------------------------------------------


def tshirt(pattern: Pattern, colour: Any, stripe: Any = None, under: Under | None = None) -> Top:
    """Ribbed crew neck, short sleeves."""
    more = {"second": stripe, "stripe": "breton"} if stripe else {}
    top = make(pattern, "tshirt", CUTS["tshirt"], FABRIC["jersey"], fabric_of("tshirt", colour, "jersey", **more),
               under)  # fmt: skip
    rib = materials.cloth("rib", colour, "rib")
    collars.rib_band("collar", pattern, top.path, True, 0.016, 0.0022, rib)
    return top


def sweater(pattern: Pattern, colour: Any, neck: str = "crew", under: Under | None = None) -> Top:
    """Knitted, with a ribbed crew neck or a roll neck."""
    top = make(pattern, "sweater", CUTS["sweater"], FABRIC["knit"], fabric_of("sweater", colour, "knit"), under)
    rib = materials.cloth("rib", colour, "rib")
    height, thickness = (0.024, 0.0042) if neck == "crew" else (0.062, 0.0050)
    collars.rib_band("collar", pattern, top.path, True, height, thickness, rib)
    return top


def shirt(
    pattern: Pattern,
    colour: Any,
    tie: Any = None,
    tie_stripe: Any = None,
    under: Under | None = None,
    kind: str = "poplin",
) -> Top:
    """Collar with a stand, placket, buttons; open at the neck unless a tie is worn."""
    cut = CUTS["shirt" if tie else "open shirt"]
    cloth = materials.cloth("shirt", colour, kind, seams=("armhole",), stitched=("armhole",))
    trim = materials.cloth("shirt_trim", colour, kind, stitched=("edge",))
    top = make(pattern, "shirt", cut, FABRIC[kind], cloth, under, UNDER_TIE_GAP_M if tie else UNDER_GAP_M)
    path = collar_path(pattern, top, cut)
    fold = collars.shirt_collar(
        pattern, top.ground, path, trim, spread=0.50 if tie else 0.30, gap=0.003 if tie else 0.005,
        under=under.opened if under else None,
    )  # fmt: skip
    start, hem = pattern.neck_z + cut.front - cut.v_depth, pattern.joints.pelvis[2] - 0.06
    if cut.v_depth:
        front_bands(pattern, top, cut, hem, 0.034, trim)
    elif under is None:
        placket(top, start, hem, 0.034, trim)
    if under is None or not tie:
        pearl = materials.plastic("shirt_button", (0.72, 0.71, 0.68))
        buttons(top, start - 0.012 - 0.085 * np.arange(5), 0.0, 0.0050, 0.0034, pearl)
    if tie:
        more = {"second": tie_stripe, "stripe": "diagonal"} if tie_stripe else {}
        satin = materials.cloth("tie", tie, "satin", **more)
        collars.tie(top.ground, fold, satin, 0.44 * pattern.scale, under.opened if under else None)
    return top


def blouse(pattern: Pattern, colour: Any, neck: str = "v", under: Under | None = None) -> Top:
    """Soft, with a faced V-neck, or with a shirt's collar."""
    if neck == "collar":
        return shirt(pattern, colour, under=under, kind="silk")
    cloth = materials.cloth("blouse", colour, "silk", seams=("armhole",))
    top = make(pattern, "blouse", CUTS["blouse"], FABRIC["silk"], cloth, under)
    facing(top, trim_of("blouse", colour, "silk"), 0.012, 0.0014)
    return top


def facing(top: Top, material: Any, width: float, thickness: float) -> None:
    """A narrow band along an edge, on the cloth."""
    path = top.path
    tangent = sewing.side_frame(path, True)
    normal = np.array([collars.nearest(top.ground, p)[1] for p in path])
    away = np.cross(tangent, normal)
    away *= -np.sign((away * (path - path.mean(0))).sum(1).mean()) * -1
    edge = smooth_curve(path + away * width, 2)
    rows = sewing.lie_on(sewing.ruled(path, edge, 6), top.ground, 0.0016)
    sewing.add_strip("facing", rows, material, thickness, True)


def polo(pattern: Pattern, colour: Any) -> Top:
    """Piqué with a knitted collar, a short placket with two buttons."""
    cut = CUTS["polo"]
    cloth = fabric_of("polo", colour, "jersey")
    top = make(pattern, "polo", cut, FABRIC["jersey"], cloth)
    rib = materials.cloth("rib", colour, "rib", stitched=("edge",))
    path = collar_path(pattern, top, cut)
    collars.shirt_collar(pattern, top.ground, path, rib, stand=0.022, leaf=0.042, point=0.058, spread=0.8, gap=0.006,
                         thickness=0.0022, roll=0.004)  # fmt: skip
    trim = trim_of("polo", colour, "jersey")
    start = pattern.neck_z + cut.front - cut.v_depth
    front_bands(pattern, top, cut, start - 0.075, 0.032, trim)
    button = materials.plastic("polo_button", tuple(min(0.8, c * 1.3 + 0.02) for c in colour))
    buttons(top, np.array([start - 0.016, start - 0.052]), 0.0, 0.0050, 0.0034, button)
    return top


def scrubs(pattern: Pattern, colour: Any) -> Top:
    """A medical tunic: V-neck with a band, wide short sleeves, a patch pocket."""
    cloth = fabric_of("scrubs", colour, "poplin")
    top = make(pattern, "scrubs", CUTS["scrubs"], FABRIC["poplin"], cloth)
    trim = trim_of("scrubs", colour, "poplin")
    facing(top, trim, 0.024, 0.0018)
    z = pattern.joints.shoulder[2] - 0.115 * pattern.scale
    pocket(top, trim, 0.045, z, 0.10, 0.12)
    return top


def pocket(top: Top, material: Any, x: float, z: float, width: float, height: float) -> None:
    """A patch pocket on the presenter's left chest; (x, z): its upper inner corner."""
    outline = np.array([[x, z], [x + width, z], [x + width * 0.97, z - height], [x + width * 0.03, z - height]])
    rows = sewing.patch(outline, 24, top.ground, 0.0026)
    sewing.add_strip("pocket", rows, material, 0.0016)


def hoodie(pattern: Pattern, colour: Any) -> Top:
    """A hood that lies behind the neck, two cords, a pouch."""
    cloth = fabric_of("hoodie", colour, "fleece")
    top = make(pattern, "hoodie", CUTS["hoodie"], FABRIC["fleece"], cloth)
    trim = trim_of("hoodie", colour, "fleece")
    _hood(pattern, top, trim)
    low, high = pattern.joints.pelvis[2], pattern.joints.pelvis[2] + 0.155 * pattern.scale
    pouch = np.array([[-0.085, high], [0.085, high], [0.150, low], [-0.150, low]])
    sewing.add_strip("pouch", sewing.patch(pouch, 40, top.ground, 0.0045), trim, 0.0028)
    return top


def _hood(pattern: Pattern, top: Top, material: Any) -> None:
    """The hood's two edges meet in front in a V, flat as a band; behind, the hood lies on the shoulders as a bag."""
    path = resample(top.path, 200, 12)
    n, columns = len(path), 22
    behind = 1 - np.abs(np.linspace(-1, 1, n))
    out = collars._outward(pattern, path)
    height = 0.003 + 0.022 * smoothstep(0.12, 0.50, behind) + 0.016 * smoothstep(0.55, 1.0, behind)
    width = 0.016 + 0.040 * smoothstep(0.10, 0.50, behind) + 0.020 * smoothstep(0.5, 1.0, behind)
    u = np.linspace(0, 1, columns)
    lying = sewing.lie_on(path[:, None] + out[:, None] * (width[:, None] * u)[..., None], top.ground, 0.004)
    lying[:, 0] = path + np.array([0, 0, 0.002])
    lying = smooth_curve(lying, 6)
    fold = 0.16 * np.sin(3 * np.pi * u)[None] * np.cos(11 * behind[:, None] + 0.8)
    round_ = np.sin(np.pi * u**0.8)[None] ** 0.65 + fold * smoothstep(0.2, 0.6, behind)[:, None]
    rows = lying + (height[:, None] * round_)[..., None] * np.array([0, 0, 1.0])
    # the bag hangs back over its own edge, away from the neck
    rows = rows + out[:, None] * (0.35 * height[:, None] * np.sin(np.pi * u)[None])[..., None]
    sewing.add_strip("hood", rows[:, ::-1], material, 0.004, True)
    cord = materials.cloth("cord", (0.75, 0.74, 0.71), "rib")
    front = path[int(np.argmin(path[:, 2]))]
    for side in (1, -1):
        z = np.linspace(front[2] + 0.016, front[2] - 0.14 - 0.02 * side, 50)
        x = side * (0.026 + 0.006 * np.sin(np.linspace(0, 3, 50)))
        line = sewing.from_front(np.c_[x, z], top.ground, 0.005)
        line[:6, 1] -= np.linspace(0.016, 0, 6)
        a = np.linspace(0, 2 * np.pi, 10, endpoint=False)
        tube = line[:, None] + 0.0026 * np.stack([np.cos(a), np.sin(a), 0 * a], -1)[None]
        s = sweep(tube, False, True)
        sewing.add(f"cord{side}", s, s.vertices, cord, 0.0005)


def workwear(pattern: Pattern, colour: Any, top_colour: Any) -> Top:
    """A canvas jacket with a collar and an open zip over a T-shirt."""
    cut = CUTS["work"]
    cloth = fabric_of("work", colour, "canvas")
    trim = trim_of("work", colour, "canvas")
    jacket = make(pattern, "work", cut, FABRIC["canvas"], cloth)
    half = 1.6 * cut.v_width
    tshirt(pattern, top_colour, under=Under(jacket.whole, jacket.open, lambda z: np.full(len(z), half)))
    path = collar_path(pattern, jacket, cut)
    collars.shirt_collar(pattern, jacket.ground, path, trim, stand=0.030, leaf=0.055, point=0.080, spread=0.7,
                         gap=0.012, thickness=0.0030, roll=0.005)  # fmt: skip
    front = jacket.path[(jacket.path[:, 2] < pattern.neck_z - 0.06) & (pattern.in_front(jacket.path) > 0.5)]
    zip_metal = materials.metal("zip", (0.16, 0.16, 0.165))
    for side in (1, -1):
        edge = front[front[:, 0] * side > 0]
        edge = resample(edge[np.argsort(-edge[:, 2])], 120, 10, False)
        rows = np.stack([edge, edge - np.array([side * 0.0045, 0.0005, 0])], 1)
        sewing.add_strip(f"zip{side}", rows, zip_metal, 0.0022)
    z = pattern.joints.shoulder[2] - 0.10 * pattern.scale
    pocket(jacket, trim, 0.070, z, 0.09, 0.10)
    return jacket
