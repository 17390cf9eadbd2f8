"""Curls: `Curly`, loose ringlets, `ShortCurly`, cut shorter at the sides, and `Coily`, an afro of tight coils."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import objects
from ..figure import Figure, smoothstep
from . import growing as g
from .loose import FACE_HALF_WIDTH

STEPS = 26
POINTS = 30


@dataclass(frozen=True)
class Curly:
    """Ringlets from the ears to the shoulders."""

    colour: str = "dark brown"
    length_dm: float = 1.1
    """How far below the eyes the longest end."""
    curl_dm: float = 0.065
    """Radius of a ringlet."""
    volume_dm: float = 0.34
    parting_dm: float = 0.12
    locks: int = 420
    strands: int = 20000
    radius_m: float = 0.00008
    roughness: float = 0.33
    seed: int = 6


@dataclass(frozen=True)
class ShortCurly:
    """A man's curls: full on top, short over the ears and at the nape."""

    colour: str = "dark brown"
    length_dm: float = 0.60
    """On top, along the lock before it curls."""
    sides_dm: float = 0.24
    """Over the ears; shorter towards the hairline."""
    curl_dm: float = 0.050
    """Radius of a curl on top; tighter at the sides."""
    volume_dm: float = 0.24
    locks: int = 430
    strands: int = 26000
    radius_m: float = 0.00008
    roughness: float = 0.33
    seed: int = 7


@dataclass(frozen=True)
class Coily:
    """A short rounded afro."""

    colour: str = "black"
    radius_dm: float = 0.42
    """Height of the hair above the crown."""
    coil_dm: float = 0.026
    strands: int = 20000
    radius_m: float = 0.00009
    roughness: float = 0.40
    seed: int = 5


def grow_curly(figure: Figure, style: Curly, rng: np.random.Generator) -> list[g.Lock]:
    """Guides spring away from the head and fall; every lock winds round its guide."""
    eye_y, ear_z, top = figure.eye_left[1], figure.ear_z, figure.top
    obstacle = g.head_obstacle(figure, eye_y - 2.2)
    roots, normals = g.roots(figure, 1300, rng)
    side = np.where(roots[:, 0] > style.parting_dm, 1.0, -1.0)
    height = np.clip((roots[:, 1] - eye_y) / (top - eye_y), 0, 1)
    layer = rng.uniform(0.05, 1, len(roots)) ** 0.8
    wander = rng.normal(0, 0.16, (len(roots), 3))

    def flow(p: np.ndarray, t: float) -> np.ndarray:
        upness = np.clip((p[:, 1] - eye_y - 0.1) / (top - eye_y - 0.1), 0, 1)
        front = np.clip((p[:, 2] - ear_z) / 0.8, 0, 1)
        reach = 1 - smoothstep(0.3, 0.75, p[:, 0] * side)
        sideways = side * (1.2 * upness * reach - 0.10 * (1 - upness))
        down = -(0.25 + 0.9 * (1 - upness * reach))
        back = -0.75 * front * (0.4 + 0.6 * upness) - 0.1
        return np.stack([sideways, down, back], -1) + wander

    def offset(t: float) -> np.ndarray:
        return 0.015 + style.volume_dm * layer * smoothstep(0, 0.30, t) * (0.50 + 0.75 * height**2)

    def part_curtain(p: np.ndarray) -> np.ndarray:
        heights, widths = zip(*FACE_HALF_WIDTH, strict=True)
        width = np.interp(p[:, 1] - eye_y, heights, widths) + 0.10 + 0.10 * layer
        inside = (p[:, 2] > ear_z + 0.12) & (np.abs(p[:, 0]) < width) & (p[:, 1] < eye_y + 0.66)
        shift = np.where(inside, side * width - p[:, 0], 0.0)
        return p + np.stack([shift * 0.6, 0 * shift, 0 * shift], -1)

    def cling(p: np.ndarray) -> np.ndarray:
        return 0.65 * smoothstep(eye_y - 0.5, eye_y + 0.4, p[:, 1])

    longest = style.length_dm + 0.8 + 0.7 * height
    start = normals * (1.2 * smoothstep(0.3, 1, height) + 0.25)[:, None] + g.unit(flow(roots, 0.0))
    guides = g.grow(roots, start, longest, STEPS, flow, obstacle, offset, 0.55, part_curtain, cling)

    starts, _ = g.roots(figure, style.strands, rng, 0.03)
    start_side = np.where(starts[:, 0] > style.parting_dm + rng.normal(0, 0.05, len(starts)), 1.0, -1.0)
    strands = g.interpolate(starts, start_side, roots, side, guides)
    lock, leaders = g.locks(starts, style.locks, rng)
    of_lock = rng.uniform(0, 1, len(leaders))[lock]
    hem = eye_y - style.length_dm * (0.62 + 0.38 * of_lock) * (1 - 0.30 * height_of(starts, eye_y, top) * (1 - of_lock))
    strands = g.resample(strands, g.part_above(strands, hem), POINTS)
    t = np.linspace(0, 1, POINTS)[None, :, None]
    gather = 0.90 * np.clip(t / 0.3, 0, 1)
    strands = strands * (1 - gather) + strands[leaders[lock]] * gather
    count = len(strands)
    size = rng.uniform(0.65, 1.3, len(leaders))[lock]
    phase = rng.uniform(0, 2 * np.pi, len(leaders))[lock] + rng.normal(0, 0.28, count)
    strands = g.coil(
        strands,
        style.curl_dm * size * rng.uniform(0.75, 1.1, count),
        style.curl_dm * 5.6 * size,
        phase,
        0.35,
        handed=rng.choice([-1.0, 1.0], len(leaders))[lock],
    )
    strands = g.fray(strands, 0.022, 2.0, rng)
    stray = rng.random(count) < 0.025
    strands[stray] = g.fray(strands[stray], 0.10, 2.0, rng)
    return [g.Lock(strands, objects.taper(count, POINTS, style.radius_m, rng, 0.9, 0.35))]


def grow_short_curly(figure: Figure, style: ShortCurly, rng: np.random.Generator) -> list[g.Lock]:
    """Guides stand up and tumble, those at the forehead forward and aside; every lock winds round its guide."""
    eye_y, ear_z = figure.eye_left[1], figure.ear_z
    obstacle = g.head_obstacle(figure, eye_y - 1.0, ears=False)
    roots, normals = g.roots(figure, 1500, rng)
    top, front = _topness(figure, roots), np.clip((roots[:, 2] - ear_z) / 0.75, 0, 1)
    tumble = rng.normal(0, 0.45, (len(roots), 3))
    layer = rng.uniform(0.15, 1, len(roots))
    aside = np.where(roots[:, 0] < 0.12, -1.0, 1.0)

    def flow(p: np.ndarray, t: float) -> np.ndarray:
        outward = normals * (0.9 * (1 - t) * (0.35 + 0.65 * top))[:, None]
        fall = np.stack([0.45 * aside * top, -(0.55 - 0.25 * top) - 0.5 * t, 0.30 * front * top - 0.25 * (1 - top)], -1)
        return outward + fall + tumble * (0.4 + 0.6 * top)[:, None]

    def offset(t: float) -> np.ndarray:
        return 0.012 + layer * smoothstep(0, 0.4, t) * (0.05 + style.volume_dm * top)

    edge = smoothstep(-0.02, 0.45, figure.scalp_distance(roots))
    sides = style.sides_dm * (0.45 + 0.55 * edge)
    length = (sides + (style.length_dm - sides) * top) * rng.uniform(0.75, 1.10, len(roots))
    start = normals * (0.4 + 0.8 * top)[:, None] + g.unit(flow(roots, 0.0))
    guides = g.grow(roots, start, length, 18, flow, obstacle, offset, 0.6)

    starts, _ = g.roots(figure, style.strands, rng, 0.05)
    strands = g.interpolate(starts, np.ones(len(starts)), roots, np.ones(len(roots)), guides)
    strands = g.resample(strands, rng.uniform(0.80, 1.0, len(strands)), POINTS)
    lock, leaders = g.locks(starts, style.locks, rng)
    t = np.linspace(0, 1, POINTS)[None, :, None]
    gather = 0.85 * np.clip(t / 0.35, 0, 1)
    strands = strands * (1 - gather) + strands[leaders[lock]] * gather
    count = len(strands)
    size = rng.uniform(0.6, 1.3, len(leaders))[lock] * (0.55 + 0.45 * _topness(figure, starts))
    phase = rng.uniform(0, 2 * np.pi, len(leaders))[lock] + rng.normal(0, 0.30, count)
    strands = g.coil(
        strands,
        style.curl_dm * size * rng.uniform(0.75, 1.1, count),
        style.curl_dm * 5.0 * size,
        phase,
        0.15,
        handed=rng.choice([-1.0, 1.0], len(leaders))[lock],
    )
    strands = g.fray(strands, 0.020, 2.0, rng)
    stray = rng.random(count) < 0.02
    strands[stray] = g.fray(strands[stray], 0.07, 2.0, rng)
    strands = strands[~g.across_ear(figure, strands)]
    return [g.Lock(strands, objects.taper(len(strands), strands.shape[1], style.radius_m, rng, 0.9, 0.30))]


def _topness(figure: Figure, p: np.ndarray) -> np.ndarray:
    """1 on top of the head, 0 over the ears and at the nape."""
    up = smoothstep(figure.eye_left[1] + 0.25, figure.eye_left[1] + 0.85, p[:, 1])
    return up * (1 - 0.65 * smoothstep(0.30, 0.66, np.abs(p[:, 0])))


def height_of(p: np.ndarray, eye_y: float, top: float) -> np.ndarray:
    """0 at the eyes, 1 at the top of the head."""
    return np.clip((p[:, 1] - eye_y) / (top - eye_y), 0, 1)


def grow_coily(figure: Figure, style: Coily, rng: np.random.Generator) -> list[g.Lock]:
    """Coils stand out from the head to a rounded outline, shorter at the temples and the nape."""
    eye_y, top = figure.eye_left[1], figure.top
    starts, normals = g.roots(figure, style.strands, rng, 0.035)
    centre = np.array([0, eye_y + 0.25, figure.ear_z - 0.05])
    edge = smoothstep(-0.05, 0.5, figure.scalp_distance(starts))
    height = height_of(starts, eye_y, top)
    full = style.radius_dm * (0.22 + 0.78 * edge) * (0.62 + 0.38 * height)
    lock, leaders = g.locks(starts, 2200, rng)
    length = full * rng.uniform(0.80, 1.06, len(leaders))[lock] * rng.uniform(0.55, 1.0, len(starts)) ** 0.6
    outward = g.unit(starts - centre) * 0.7 + normals * 0.6 + rng.normal(0, 0.16, (len(leaders), 3))[lock]
    outward = g.unit(outward + np.array([0, 0.10, 0]))
    t = np.linspace(0, 1, 26)[None, :, None]
    strands = starts[:, None] + outward[:, None] * (length[:, None, None] * t)
    gather = 0.7 * np.clip(t / 0.4, 0, 1) * (0.25 + 0.75 * edge)[:, None, None]
    strands = strands * (1 - gather) + strands[leaders[lock]] * gather
    count = len(strands)
    size = rng.uniform(0.7, 1.35, count)
    phase = rng.uniform(0, 2 * np.pi, len(leaders))[lock] + rng.normal(0, 0.8, count)
    strands = g.coil(strands, style.coil_dm * size, np.maximum(length / 5.0, 0.03), phase, 0.04)
    strands = g.fray(strands, 0.035, 1.5, rng)
    return [g.Lock(strands, objects.taper(count, 26, style.radius_m, rng, 1.0, 0.5))]
