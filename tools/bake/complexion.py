"""Paints the skin of face and neck: colour, roughness and relief as images in one chart. NumPy only, no Blender.

The chart is the front view of MakeHuman's base mesh before any target. Every vertex keeps its place in it whatever
the person looks like, so a wrinkle or a freckle is placed once for all faces, and moves with the expression. The camera
sees faces from the front, so the density of the chart is the density of the picture.

Colour follows two pigments: melanin and haemoglobin darken the base colour by their optical density.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.interpolate import PchipInterpolator

Colour = tuple[float, float, float]
Points = Sequence[tuple[float, float]]

X_RANGE, Y_RANGE = (-0.95, 0.95), (3.6, 8.6)
"""Extent of the chart, dm in the base mesh."""
TEXELS_PER_DM = 500
MM = TEXELS_PER_DM / 100
HAEMOGLOBIN = np.array([0.06, 0.42, 0.36])
MELANIN = np.array([0.32, 0.60, 0.82])
"""Optical density of a unit of each pigment in red, green and blue."""

EYE, INNER_CORNER, OUTER_CORNER = (0.308, 7.284), (0.176, 7.275), (0.442, 7.292)
NOSE_TIP_Y, MOUTH_Y, CHIN_Y = 6.90, 6.615, 6.28
LIP_X = (0.0, 0.045, 0.085, 0.14, 0.20, 0.262)
LIP_TOP = (6.698, 6.712, 6.722, 6.697, 6.660, 6.616)
LIP_BOTTOM = (6.487, 6.491, 6.501, 6.523, 6.560, 6.612)


@dataclass(frozen=True)
class Skin:
    """Linear colours; amounts are 0 for none and 1 for much. `age` sets lines, spots and the sheen where not given."""

    base: Colour = (0.62, 0.36, 0.25)
    lip: Colour = (0.46, 0.15, 0.14)
    scalp: Colour = (0.05, 0.028, 0.018)
    age: float = 30.0
    blush: float = 0.5
    ruddy: float = 0.4
    """Redness of nose, ears, chin and lids, and how blotchy it is."""
    uneven: float = 0.4
    """Unevenness of melanin: darker round the mouth, the eyes and the temples."""
    freckles: float = 0.0
    moles: int = 3
    under_eye: float = 0.3
    lines: float | None = None
    """Wrinkles; by default from the age."""
    pores: float = 0.5
    oil: float = 0.5
    lip_amount: float = 0.75
    lip_roughness: float = 0.34
    liner: float = 0.65
    shadow: float = 0.0
    """Eye shadow on the upper lid."""
    stubble: float = 0.0
    scalp_amount: float = 0.9
    scatter_m: float = 0.0036
    seed: int = 1

    @property
    def wrinkles(self) -> float:
        """Amount of lines, 0 to 1."""
        return self.lines if self.lines is not None else float(np.clip((self.age - 24) / 38, 0, 1))


@dataclass(frozen=True)
class Complexion:
    """colour: (H, W, 3) linear; roughness: (H, W); relief: (H, W) metres. Row 0 is the top."""

    colour: np.ndarray
    roughness: np.ndarray
    relief: np.ndarray


class _Chart:
    """Brushes. All return (H, W) arrays; shapes are mirrored to both sides of the face."""

    def __init__(self, seed: int) -> None:
        self.width = round((X_RANGE[1] - X_RANGE[0]) * TEXELS_PER_DM)
        self.height = round((Y_RANGE[1] - Y_RANGE[0]) * TEXELS_PER_DM)
        x = X_RANGE[0] + (np.arange(self.width, dtype=np.float32) + 0.5) / TEXELS_PER_DM
        y = Y_RANGE[1] - (np.arange(self.height, dtype=np.float32) + 0.5) / TEXELS_PER_DM
        self.x, self.y = np.meshgrid(x, y)
        self.side = np.abs(self.x)
        self.rng = np.random.default_rng(seed)

    def blob(self, x: float, y: float, width: float, height: float) -> np.ndarray:
        """A Gaussian, sigmas in dm."""
        return np.exp(-(((self.side - x) / width) ** 2) - ((self.y - y) / height) ** 2)

    def noise(self, size_mm: float, across: float = 1.0) -> np.ndarray:
        """Smooth noise of zero mean and unit deviation; `across` stretches it vertically."""
        shrink = max(1, int(size_mm * MM / 4))
        shape = (self.height // shrink + 1, self.width // shrink + 1)
        sigma = size_mm * MM / shrink
        field = self.rng.standard_normal(shape).astype(np.float32)
        soft = cv2.GaussianBlur(field, (0, 0), sigma, sigmaY=sigma * across)
        soft = cv2.resize(soft, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
        return (soft - soft.mean()) / (soft.std() + 1e-9)

    def strokes(self, lines: Sequence[Points], width_mm: float, wobble_dm: float = 0.004) -> np.ndarray:
        """Lines that taper at both ends, on both sides of the face, a little different on each; 1 at their middle."""
        canvas = np.zeros((self.height, self.width), np.float32)
        for line in lines:
            for sign in (1, -1):
                self._stroke(canvas, line, sign, wobble_dm)
        sigma = width_mm * MM / 2
        return cv2.GaussianBlur(canvas, (0, 0), sigma) * sigma * np.sqrt(2 * np.pi) / 1.6

    def _stroke(self, canvas: np.ndarray, line: Points, sign: int, wobble_dm: float) -> None:
        points = np.array(line, float) + self.rng.normal(0, wobble_dm, (len(line), 2))
        along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
        t = np.linspace(0, along[-1], 60)
        x, y = (PchipInterpolator(along, points[:, k])(t) for k in (0, 1))
        strength = np.sin(np.pi * np.linspace(0.02, 0.98, 60)) ** 0.6
        strength *= 1 + 0.3 * np.interp(t, np.linspace(0, along[-1], 8), self.rng.uniform(-1, 0.4, 8))
        pixels = np.c_[(sign * x - X_RANGE[0]) * TEXELS_PER_DM, (Y_RANGE[1] - y) * TEXELS_PER_DM]
        fixed = np.round(pixels * 16).astype(int)
        for a, b, s in zip(fixed, fixed[1:], strength, strict=False):
            cv2.line(canvas, tuple(map(int, a)), tuple(map(int, b)), float(s), 1, cv2.LINE_8, 4)

    def dots(self, where: np.ndarray, count: int, radius_mm: tuple[float, float]) -> np.ndarray:
        """Soft round spots, placed with probability `where`; 0 to 1."""
        canvas = np.zeros((self.height, self.width), np.float32)
        chance = np.clip(where, 0, None).ravel().astype(float)
        if count == 0 or chance.sum() == 0:
            return canvas
        cumulative = np.cumsum(chance)
        chosen = np.searchsorted(cumulative, self.rng.random(count) * cumulative[-1])
        rows, columns = np.unravel_index(chosen, canvas.shape)
        radii = self.rng.uniform(*radius_mm, count) * MM
        for row, column, radius in zip(rows, columns, radii, strict=True):
            reach = int(radius * 2) + 2
            r0, r1 = max(0, row - reach), min(self.height, row + reach + 1)
            c0, c1 = max(0, column - reach), min(self.width, column + reach + 1)
            v, u = np.mgrid[r0:r1, c0:c1]
            spot = np.exp(-((((v - row) ** 2 + (u - column) ** 2) / radius**2) ** 1.5))
            canvas[r0:r1, c0:c1] = np.maximum(canvas[r0:r1, c0:c1], spot * self.rng.uniform(0.5, 1))
        return canvas

    def step(self, value: np.ndarray, low: float, high: float) -> np.ndarray:
        """Smoothstep."""
        t = np.clip((value - low) / (high - low), 0, 1)
        return t * t * (3 - 2 * t)


def lip_masks(chart: _Chart) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Red of the lips with a soft border (0 to 1), the light roll outside of it, and how far from the mouth's line."""
    top = PchipInterpolator(LIP_X, LIP_TOP, extrapolate=True)(np.clip(chart.side, 0, 0.262))
    bottom = PchipInterpolator(LIP_X, LIP_BOTTOM, extrapolate=True)(np.clip(chart.side, 0, 0.262))
    beyond = np.clip(chart.side - 0.262, 0, None)
    inside = np.minimum(top - chart.y, chart.y - bottom) - beyond * 1.5
    wander = 0.0025 * chart.noise(1.2) + 0.002 * chart.noise(0.4)
    red = chart.step(inside + wander, -0.012, 0.014)
    roll = np.exp(-(((inside + 0.016) / 0.010) ** 2)) * chart.step(0.25 - chart.side, 0, 0.08)
    half = np.where(chart.y > MOUTH_Y, top - MOUTH_Y, MOUTH_Y - bottom)
    return red, roll, np.clip(np.abs(chart.y - MOUTH_Y) / np.maximum(half, 0.01), 0, 1)


FOREHEAD_LINES: tuple[Points, ...] = (
    ((0.0, 7.66), (0.12, 7.645), (0.26, 7.665), (0.40, 7.66)),
    ((0.02, 7.755), (0.14, 7.745), (0.30, 7.77), (0.42, 7.755)),
    ((0.0, 7.845), (0.16, 7.84), (0.30, 7.86)),
)
FROWN_LINES: tuple[Points, ...] = (((0.055, 7.40), (0.062, 7.45), (0.075, 7.51)), ((0.028, 7.42), (0.03, 7.47)))
CROWS_FEET: tuple[Points, ...] = (
    ((0.475, 7.315), (0.52, 7.345), (0.57, 7.385)), ((0.48, 7.29), (0.54, 7.298), (0.60, 7.315)),
    ((0.475, 7.262), (0.53, 7.245), (0.585, 7.235)), ((0.455, 7.235), (0.51, 7.205), (0.56, 7.185)),
)  # fmt: skip
UNDER_EYE_LINES: tuple[Points, ...] = (
    ((0.19, 7.245), (0.23, 7.20), (0.31, 7.178), (0.40, 7.195)), ((0.24, 7.215), (0.31, 7.205), (0.40, 7.222)),
    ((0.20, 7.215), (0.25, 7.165), (0.33, 7.142)),
)  # fmt: skip
NASOLABIAL: tuple[Points, ...] = (((0.185, 6.93), (0.225, 6.87), (0.275, 6.78), (0.315, 6.69), (0.33, 6.62)),)
MARIONETTE: tuple[Points, ...] = (((0.285, 6.585), (0.305, 6.53), (0.31, 6.45)),)
LIP_LINES: tuple[Points, ...] = tuple(
    ((x, 6.725 - 0.22 * max(0, x - 0.09)), (x * 1.06 + 0.004, 6.775 - 0.2 * max(0, x - 0.09)))
    for x in (0.04, 0.075, 0.11, 0.145, 0.18)
)
NECK_LINES: tuple[Points, ...] = (
    ((0.0, 6.02), (0.15, 6.035), (0.32, 6.075)), ((0.0, 5.90), (0.18, 5.905), (0.36, 5.95)),
    ((0.0, 5.78), (0.16, 5.79), (0.30, 5.82)),
)  # fmt: skip
LID_CREASE: tuple[Points, ...] = (((0.19, 7.30), (0.24, 7.352), (0.31, 7.372), (0.39, 7.362), (0.45, 7.315)),)


def _wrinkles(c: _Chart, amount: float) -> np.ndarray:
    """Relief of lines in metres, negative in their ground, with a slight rise beside them."""
    late = np.clip(amount * 1.6 - 0.6, 0, 1)
    relief = np.zeros_like(c.x)
    for lines, width_mm, depth_mm in (
        (FOREHEAD_LINES, 1.8, 0.05 + 0.75 * amount**1.4),
        (FROWN_LINES, 1.5, 0.55 * amount**1.5),
        (CROWS_FEET, 1.1, 0.03 + 0.60 * amount**1.2),
        (UNDER_EYE_LINES, 1.2, 0.05 + 0.40 * amount),
        (NASOLABIAL, 2.6, 0.12 + 0.70 * amount),
        (MARIONETTE, 2.0, 0.40 * late),
        (LIP_LINES, 0.9, 0.16 * late),
        (NECK_LINES, 2.0, 0.15 + 0.6 * amount),
        (LID_CREASE, 1.0, 0.12),
    ):
        if depth_mm < 0.01:
            continue
        groove = c.strokes(lines, width_mm)
        rise = cv2.GaussianBlur(groove, (0, 0), width_mm * MM)
        relief -= (groove - 0.7 * rise) * depth_mm * 1e-3
    return relief


def _redness(c: _Chart, s: Skin) -> np.ndarray:
    """Haemoglobin on top of the base, 0 for none."""
    blotch = 0.55 * c.noise(7) + 0.45 * c.noise(2.2)
    zones = (
        0.75 * s.blush * (c.blob(0.41, 6.99, 0.19, 0.13) + 0.45 * c.blob(0.30, 6.93, 0.12, 0.10))
        + s.ruddy * 0.85 * c.blob(0, 6.91, 0.10, 0.08)
        + s.ruddy * 0.75 * c.blob(0.155, 6.885, 0.05, 0.06)
        + s.ruddy * 0.30 * c.blob(0.0, 7.12, 0.09, 0.16)
        + s.ruddy * 0.35 * c.blob(0.0, 6.30, 0.17, 0.09)
        + s.ruddy * 0.32 * c.blob(0.0, 7.45, 0.10, 0.08)
        + 0.35 * c.blob(0.31, 7.345, 0.12, 0.035)
        + 0.34 * c.blob(0.185, 7.262, 0.035, 0.03)
        + 0.30 * c.blob(0.31, 7.225, 0.12, 0.022)
        + s.ruddy * 0.25 * c.blob(0.0, 5.75, 0.5, 0.14)
        + s.ruddy * 0.9 * c.step(c.side, 0.73, 0.80) * c.step(c.y, 6.7, 6.85) * (1 - c.step(c.y, 7.3, 7.45))
    )
    pale = 0.16 * c.blob(0, 7.78, 0.45, 0.22) + 0.10 * c.blob(0.0, 6.78, 0.2, 0.04)
    patches = (0.05 + 0.13 * s.ruddy) * blotch * (0.4 + zones)
    veins = 0.25 * s.ruddy * s.wrinkles * np.clip(c.noise(0.5) - 1.2, 0, 2) * c.blob(0.2, 6.93, 0.12, 0.10)
    return 0.9 * zones * (1 + 0.18 * blotch) + patches + 0.05 * c.noise(0.8) + veins - pale


def _melanin(c: _Chart, s: Skin) -> np.ndarray:
    """Melanin on top of the base."""
    dark = s.uneven * (
        0.20 * c.blob(0.0, 6.55, 0.30, 0.18)
        + 0.16 * c.step(c.side, 0.5, 0.72) * c.step(c.y, 6.4, 6.9)
        + 0.20 * c.blob(0.31, 7.35, 0.14, 0.05)
        - 0.14 * c.blob(0.36, 7.05, 0.2, 0.1)
        - 0.10 * c.blob(0, 7.05, 0.06, 0.2)
        + 0.10 * c.step(6.2 - c.y, 0, 0.3)
    )
    under = s.under_eye * (0.34 * c.blob(0.25, 7.205, 0.085, 0.035) + 0.18 * c.blob(0.34, 7.19, 0.10, 0.03))
    mottle = (0.025 + 0.05 * s.uneven) * (c.noise(9) * 0.6 + c.noise(3) * 0.5 + c.noise(0.9) * 0.4)
    face = c.blob(0, 7.0, 0.55, 0.55)
    where = c.blob(0.28, 7.04, 0.26, 0.13) + 0.8 * c.blob(0, 7.05, 0.12, 0.15) + 0.15 * face
    freckles = c.dots(where, int(900 * s.freckles), (0.25, 0.8)) * (0.35 + 0.3 * s.freckles)
    spots = c.dots(c.step(c.side, 0.3, 0.6) * face, int(22 * max(0, s.wrinkles - 0.35)), (0.9, 2.4)) * 0.22
    away = c.step(c.side, 0.24, 0.42)
    moles = c.dots(away * c.step(c.y, 5.8, 6.4) * (1 - c.step(c.y, 7.5, 7.8)), s.moles, (0.35, 0.7)) * 1.0
    return dark + under + mottle + freckles + spots + moles


def _fine_relief(c: _Chart, s: Skin) -> np.ndarray:
    """Pores and the fine mesh of the skin, metres."""
    t_zone = c.blob(0, 6.98, 0.16, 0.18) + 0.8 * c.blob(0.27, 7.0, 0.16, 0.13) + 0.4 * c.blob(0, 7.7, 0.35, 0.2)
    pores = c.dots(0.15 + t_zone, 26000, (0.16, 0.30)) * (0.35 + 0.65 * np.clip(t_zone, 0, 1))
    mesh = 0.6 * c.noise(0.22) + 0.6 * c.noise(0.5, 0.5) + 0.5 * c.noise(0.45, 2.2)
    lumps = c.noise(1.6)
    size = 0.6 + 0.8 * s.pores
    return (-0.055 * pores * size + 0.011 * mesh * size + 0.020 * lumps * (0.7 + 0.6 * s.wrinkles)) * 1e-3


def paint(s: Skin) -> Complexion:
    """Paint one person's skin; the same `seed` gives the same skin."""
    c = _Chart(s.seed)
    red, roll, from_line = lip_masks(c)
    wrinkles = _wrinkles(c, s.wrinkles)
    creases = np.clip(-wrinkles * 1e3, 0, 0.5)
    haemoglobin = _redness(c, s) + 0.5 * creases - 0.12 * roll
    melanin = _melanin(c, s) + 0.35 * creases
    skin = np.array(s.base) * np.exp(-haemoglobin[..., None] * HAEMOGLOBIN - melanin[..., None] * MELANIN)
    shade = s.shadow * (c.blob(0.32, 7.365, 0.13, 0.03) + 0.5 * c.blob(0.40, 7.36, 0.08, 0.05))
    skin *= np.exp(-shade[..., None] * np.array([0.55, 0.75, 0.75]))

    grooves = c.noise(0.16, 7.0) * 0.7 + c.noise(0.5, 4.0) * 0.5
    depth = 0.22 * (1 - from_line) + 0.12 * (c.y > MOUTH_Y) + 0.07 * grooves + 0.05 * c.noise(1.5)
    lip = np.array(s.lip) * np.exp(-depth[..., None] * np.array([0.7, 1.1, 1.0]))
    # the border of the lips takes some of the skin: a lip is not cut out of paper
    weight = (s.lip_amount * red * (0.72 + 0.28 * c.step(1 - from_line, 0.0, 0.4)))[..., None]
    colour = skin * (1 - weight) + lip * weight

    t_zone = c.blob(0, 7.0, 0.10, 0.28) + c.blob(0, 7.72, 0.32, 0.2) + 0.45 * c.blob(0.36, 7.08, 0.18, 0.12)
    t_zone += 0.5 * c.blob(0, 6.34, 0.12, 0.08)
    rough = 0.455 + 0.035 * c.noise(0.5) + 0.03 * c.noise(3) - 0.15 * s.oil * np.clip(t_zone, 0, 1)
    rough += 0.05 * s.wrinkles
    rough = rough * (1 - red) + (s.lip_roughness + 0.05 * grooves) * red
    relief = wrinkles + _fine_relief(c, s) * (1 - red) + (0.022 * grooves * red + 0.10 * roll) * 1e-3
    return Complexion(colour.astype(np.float32), np.clip(rough, 0.2, 0.7).astype(np.float32), relief.astype(np.float32))
