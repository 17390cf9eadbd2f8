"""Open hair that falls from a parting: `Long` to the shoulders or the chest, `Bob` to the chin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from .. import anatomy, objects
from ..figure import Figure, smoothstep
from . import growing as g

STEPS = 28
POINTS = 26


@dataclass(frozen=True)
class Long:
    """Straight to wavy hair to the shoulders or beyond."""

    colour: str = "brown"
    length_dm: float = 2.1
    """How far below the eyes the longest strands end; 1.6 is the shoulders, 2.4 the chest."""
    parting_dm: float = 0.16
    wave: float = 0.5
    """0 straight, 1 strong waves."""
    volume_dm: float = 0.20
    front: float = 0.45
    """Part of the side hair that falls in front of the shoulders."""
    strands: int = 34000
    radius_m: float = 0.000072
    roughness: float = 0.30
    seed: int = 4


@dataclass(frozen=True)
class Bob:
    """Layered hair to the chin."""

    colour: str = "dark brown"
    length_dm: float = 1.05
    parting_dm: float = 0.22
    wave: float = 0.5
    volume_dm: float = 0.20
    turn_in: float = 0.5
    """How much the tips turn towards the neck."""
    strands: int = 32000
    radius_m: float = 0.000072
    roughness: float = 0.30
    seed: int = 9


FACE_HALF_WIDTH = (
    (-1.6, 0.42), (-1.2, 0.47), (-0.9, 0.54), (-0.5, 0.655), (-0.1, 0.70), (0.2, 0.66), (0.45, 0.52), (0.62, 0.30),
    (0.72, 0.0),
)  # fmt: skip
"""(height above the eyes, half width) of the curtain that hair before the ears must not close, dm."""


TEMPLE_COVER = (-0.9, -0.5, 0.0, 0.25, 0.5, 0.7), (-0.3, 0.04, 0.05, 0.01, -0.10, -1.0)
"""Heights above the eyes, and how far beyond the ear hair hangs there at the side of the head: without a step, dm."""
THROAT_HALF_WIDTH_DM = 0.40


def grow(figure: Figure, style: Long | Bob, rng: np.random.Generator) -> list[g.Lock]:
    """Guides fall from the parting over head and shoulders, are cut at an uneven hem, and carry the strands."""
    long = isinstance(style, Long)
    eye_y, ear_z, top = figure.eye_left[1], figure.ear_z, figure.top
    obstacle = g.dressed_obstacle(figure, eye_y - 3.4) if long else g.head_obstacle(figure, eye_y - 2.0)
    ear_x = float(np.abs(figure.rest[anatomy.mask("ears") > 0.5, 0]).max())
    roots, normals = g.roots(figure, 1300, rng)
    side = np.where(roots[:, 0] > style.parting_dm, 1.0, -1.0)
    height = np.clip((roots[:, 1] - eye_y) / (top - eye_y), 0, 1)
    layer = rng.uniform(0.08, 1, len(roots))
    forward = rng.random(len(roots)) < (style.front if isinstance(style, Long) else 1.0)
    before = smoothstep(-0.45, 0.15, roots[:, 2] - ear_z) * forward
    in_front = before > 0.5
    from_parting = np.abs(roots[:, 0] - style.parting_dm)
    near_parting = smoothstep(0, 0.35, from_parting)

    def flow(p: np.ndarray, t: float) -> np.ndarray:
        upness = np.clip((p[:, 1] - eye_y - 0.1) / (top - eye_y - 0.1), 0, 1)
        front = np.clip((p[:, 2] - ear_z) / 0.8, 0, 1)
        reach = 1 - smoothstep(0.25, 0.66, p[:, 0] * side)
        sideways = side * (1.5 * upness * reach)
        down = -(0.30 + 0.9 * (1 - upness * reach))
        back = -(0.75 + 0.2 * (1 - upness)) * front * (0.35 + 0.65 * upness)
        low = smoothstep(eye_y - 0.55, eye_y - 1.05, p[:, 1])
        if isinstance(style, Long):
            onto_chest = np.clip(1.05 - (p[:, 2] - ear_z), 0, 1)
            back = back + low * np.where(in_front, 0.9 * onto_chest, -0.5)
            aside = np.where(in_front, 0.47 + 0.30 * layer, 0.20 + 0.28 * layer)
            sideways = sideways - low * np.where(in_front, 1.6, 1.0) * (p[:, 0] - side * aside)
        else:
            inward = smoothstep(eye_y - 0.35, eye_y - 0.95, p[:, 1]) * style.turn_in * (1.15 - 0.5 * layer)
            sideways = sideways - inward * np.clip(p[:, 0] / 0.7, -1, 1)
            back = back - inward * np.clip((p[:, 2] - ear_z) / 0.7, -1, 1) * 0.6
        return np.stack([sideways, down, back], -1)

    def offset(t: float) -> np.ndarray:
        rise = smoothstep(0, 0.24, t) * (0.84 + 0.16 * near_parting)
        return 0.012 + style.volume_dm * layer * rise * (0.5 + 0.5 * height) * (1 - 0.35 * smoothstep(0.2, 0.6, t))

    def part_curtain(p: np.ndarray) -> np.ndarray:
        heights, widths = zip(*FACE_HALF_WIDTH, strict=True)
        width = np.interp(p[:, 1] - eye_y, heights, widths) + 0.07 * layer
        inside = (p[:, 2] > ear_z + 0.18) & (np.abs(p[:, 0]) < width) & (p[:, 1] < eye_y + 0.72)
        shift = np.where(inside, side * width - p[:, 0], 0.0)
        beside = smoothstep(0.65, 0.35, np.abs(p[:, 2] - ear_z)) * (p[:, 0] * side > 0.3)
        wide = ear_x + np.interp(p[:, 1] - eye_y, *TEMPLE_COVER) - 0.45 * (1 - layer)
        shift += np.where(inside, 0, side * beside * np.maximum(wide - p[:, 0] * side, 0))
        return p + np.stack([shift * 0.6, 0 * shift, 0 * shift], -1)

    def cling(p: np.ndarray) -> np.ndarray:
        return 0.6 * smoothstep(eye_y + 0.2, eye_y + 0.6, p[:, 1])

    longest = style.length_dm + 0.75 + 0.7 * height
    lift = normals * (0.7 * smoothstep(0.35, 1, height) + 0.10)[:, None]
    start = lift + g.unit(flow(roots, 0.0))
    guides = g.grow(roots, start, longest, STEPS, flow, obstacle, offset, 0.55, part_curtain, cling)

    starts, _ = g.roots(figure, style.strands, rng, 0.04)
    start_side = np.where(starts[:, 0] > style.parting_dm + rng.normal(0, 0.016, len(starts)), 1.0, -1.0)
    # what falls before and what falls behind a shoulder is not mixed: the mean of both runs across the throat
    _, near = cKDTree(roots).query(starts)
    group = start_side * np.where(in_front[near], 2, 1) if long else start_side
    strands = g.interpolate(starts, group, roots, side * np.where(in_front, 2, 1) if long else side, guides)
    strands = g.resample(strands, g.part_above(strands, _hem(figure, style, starts, rng)), POINTS)
    lock = _style_locks(strands, starts, style, rng)
    clear = ~_across_throat(figure, lock.points)
    return [g.Lock(lock.points[clear], lock.radius[clear])]


def _across_throat(figure: Figure, strands: np.ndarray) -> np.ndarray:
    """Strands that lie across the neck below the jaw; (N,) bool."""
    x, y, z = np.moveaxis(strands, -1, 0)
    below = (y < figure.mouth[1]) & (z > figure.ear_z - 0.1)
    return (below & (np.abs(x) < THROAT_HALF_WIDTH_DM)).any(1)


def _hem(figure: Figure, style: Long | Bob, starts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Height at which each strand ends: locks of different length, layers shorter from above and around the face."""
    eye_y, top = figure.eye_left[1], figure.top
    lock, leaders = g.locks(starts, 260, rng)
    of_lock = rng.normal(0, 1, len(leaders))[lock]
    height = np.clip((starts[:, 1] - eye_y) / (top - eye_y), 0, 1)
    front = smoothstep(0.1, 0.6, starts[:, 2] - figure.ear_z)
    scale = style.length_dm
    long = isinstance(style, Long)
    layered = rng.random(len(starts)) < (0.55 if long else 0.35)
    thinned = rng.exponential(0.09 if long else 0.05, len(starts))
    cut = scale - 0.065 * scale * of_lock - scale * np.minimum(thinned, 0.35) - 0.10 * scale * front
    cut -= np.where(layered, scale * rng.uniform(0.05, 0.40, len(starts)) * height, 0)
    return eye_y - cut


def _style_locks(strands: np.ndarray, starts: np.ndarray, style: Long | Bob, rng: np.random.Generator) -> g.Lock:
    """Locks, waves and strays."""
    at = strands[:, POINTS // 3]
    lock, leaders = g.locks(at, 330, rng)
    strands = g.clump(strands, at, 240, 0.55, 1.3, rng)
    strands = g.clump(strands, at, 2600, 0.40, 0.9, rng)
    count = len(strands)
    phase = rng.uniform(0, 2 * np.pi, len(leaders))[lock] + rng.normal(0, 0.35, count)
    pitch = rng.uniform(0.55, 0.95, len(leaders))[lock] * rng.uniform(0.96, 1.04, count)
    handed = rng.choice([-1.0, 1.0], len(leaders))[lock]
    strands = g.coil(
        strands, 0.085 * style.wave * rng.uniform(0.6, 1.2, count), pitch, phase, 0.9, flat=0.6, handed=handed
    )
    strands = g.fray(strands, 0.026, 1.3, rng)
    stray = rng.random(count) < 0.018
    strands[stray] = g.fray(strands[stray], 0.10, 1.6, rng)
    return g.Lock(strands, objects.taper(count, POINTS, style.radius_m, rng, 0.75, 0.12))
