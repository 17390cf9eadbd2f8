"""Short cuts: tapered sides, longer on top; parted to the side, brushed up or combed forward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import objects
from ..figure import Figure, smoothstep
from . import growing as g

STEPS = 16


@dataclass(frozen=True)
class Short:
    """A man's cut; with longer sides and `comb="fringe"` a woman's pixie."""

    colour: str = "dark brown"
    comb: str = "side"
    """side: from a parting; up: brushed up and back; fringe: forward and to the side."""
    length_dm: float = 0.55
    """On top."""
    sides_dm: float = 0.10
    """At the temples; shorter towards the hairline."""
    volume_dm: float = 0.16
    parting_dm: float = 0.34
    """Where the hair parts, to the presenter's left; negative: to the right."""
    texture: float = 0.5
    """0 combed smooth, 1 tousled."""
    strands: int = 38000
    radius_m: float = 0.000068
    roughness: float = 0.34
    seed: int = 3


def _topness(figure: Figure, p: np.ndarray) -> np.ndarray:
    """1 on the cap, 0 on the sides and the back of the head."""
    up = smoothstep(figure.eye_left[1] + 0.42, figure.eye_left[1] + 0.80, p[:, 1])
    return up * (1 - smoothstep(0.50, 0.70, np.abs(p[:, 0])))


def grow(figure: Figure, style: Short, rng: np.random.Generator) -> list[g.Lock]:
    """Guides stand up from the scalp and bend over in the direction of the comb."""
    if style.comb not in ("side", "up", "fringe"):
        raise ValueError(f"comb is 'side', 'up' or 'fringe', not {style.comb!r}")
    eye_y, ear_z = figure.eye_left[1], figure.ear_z
    obstacle = g.head_obstacle(figure, eye_y - 1.0, ears=False)
    roots, normals = g.roots(figure, 1500, rng)
    cap = _topness(figure, roots)
    front = np.clip((roots[:, 2] - ear_z) / 0.75, -0.5, 1)
    layer = rng.uniform(0.25, 1, len(roots))
    side = np.where(roots[:, 0] < style.parting_dm, -1.0, 1.0)
    edge = figure.scalp_distance(roots)
    wander = rng.normal(0, 0.28 * style.texture, (len(roots), 3))
    narrow = (side == np.sign(style.parting_dm)) & (style.comb == "side")
    volume = style.volume_dm * np.where(narrow, 0.35, 1.0)

    def flow(p: np.ndarray, t: float) -> np.ndarray:
        lateral, up, back = _comb(style, side, front, p, t)
        c = cap[:, None]
        on_top = np.stack([lateral, up, back], -1) + wander
        outward = np.sign(p[:, 0]) * 0.05
        beside = np.stack([outward, np.full(len(p), -1.0), np.full(len(p), -0.45)], -1)
        return on_top * c + beside * (1 - c)

    def offset(t: float) -> np.ndarray:
        arch = np.sin(np.pi * min(1.0, 0.10 + 0.72 * t))
        return 0.004 + cap * volume * layer * arch * 0.8 + 0.03 * layer * (1 - cap) * t

    def cling(p: np.ndarray) -> np.ndarray:
        return 0.6 * smoothstep(0.36, 0.58, np.abs(p[:, 0]))

    taper = smoothstep(-0.02, 0.55, edge)
    sides = 0.035 + (style.sides_dm * 1.5) * taper
    length = sides * (1 - cap) + cap * style.length_dm * (0.72 + 0.34 * np.clip(front, 0, 1))
    lift = {"side": 0.75, "up": 0.95, "fringe": 0.45}[style.comb]
    rise = (
        cap
        * lift
        * (0.5 + 0.9 * np.clip(front, 0, 1))
        * volume
        / 0.16
        * (1 - 0.75 * smoothstep(0.22, 0.55, np.abs(roots[:, 0])))
        + 0.10
    )
    direction = normals * rise[:, None] + g.unit(flow(roots, 0.0))
    guides = g.grow(roots, direction, length, STEPS, flow, obstacle, offset, 0.68, cling=cling)

    starts, _ = g.roots(figure, style.strands, rng, 0.05)
    start_side = np.where(starts[:, 0] < style.parting_dm + rng.normal(0, 0.012, len(starts)), -1.0, 1.0)
    strands = g.interpolate(starts, start_side, roots, side, guides)
    on_top = _topness(figure, starts)[:, None, None]
    clumped = g.clump(strands, starts, 340, 0.55 + 0.30 * style.texture, 1.0, rng)
    clumped = g.clump(clumped, starts, 2600, 0.45, 1.0, rng)
    clumped = g.fray(clumped, 0.02 + 0.05 * style.texture, 1.0, rng)
    strands = strands * (1 - on_top) + clumped * on_top
    strands = g.fray(strands, 0.012, 1.0, rng)
    strands = g.resample(strands, rng.uniform(0.68, 1.0, len(strands)), 12)
    strands = strands[~g.across_ear(figure, strands)]
    return [g.Lock(strands, objects.taper(len(strands), strands.shape[1], style.radius_m, rng, 0.8, 0.3))]


def _comb(
    style: Short, side: np.ndarray, front: np.ndarray, p: np.ndarray, t: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Direction of the comb on the cap: lateral, up, back."""
    ahead = np.clip(front, 0, 1)
    reach = 1 - smoothstep(0.28, 0.58, p[:, 0] * side)
    if style.comb == "up":
        return 0.35 * p[:, 0], (0.55 * ahead + 0.05) * (1 - 2.2 * t) - 0.15 * t, -0.75 - 0.25 * (1 - ahead)
    if style.comb == "fringe":
        return side * (0.75 * reach), -0.25 - 0.5 * (1 - reach), 0.55 * (0.3 + ahead) - 0.2 * (1 - ahead)
    lateral = side * 0.80 * reach
    up = (0.40 * ahead * (1 - 1.8 * t) - 0.20 * t) * reach - 0.7 * (1 - reach)
    return lateral, up, -0.60 - 0.15 * (1 - ahead)
