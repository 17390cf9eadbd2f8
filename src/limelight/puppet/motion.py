"""How the whole picture moves: head and shoulders by depth, brows, cheeks and chin by the expression.

Two displacement fields live on one coarse grid over the moving part of the picture. Both are *forward*: they say where
a point of the resting portrait goes. `expression` comes first (it is fixed to the head), `head` second. Vertices are
moved by evaluating them; the picture is warped by inverting them with a few fixed-point steps, so that mesh and
picture agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import BLENDSHAPES, Performance
from limelight.puppet.pack import Pack

Floats = NDArray[np.float32]

#: How much of the head's turn, tilt and shift the shoulders take along.
_SHOULDER_SHARE = 0.12
#: How far a full breath lifts the shoulders and head, and widens the chest, metres.
_BREATH_LIFT_M, _BREATH_WIDEN_M = 0.0016, 0.0011
#: The lids are layers of their own: what moves only them must not move the portrait below.
_IS_LID_SHAPE = np.array([name.startswith(("eyeBlink", "eyeLook")) for name in BLENDSHAPES])
_INVERSION_STEPS = 3


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a portrait stands in a frame: film = scale * portrait + (x, y), both in pixels."""

    scale: float
    x: float
    y: float

    def to_film(self, points: Floats) -> Floats:
        """(…, 2) portrait pixels to film pixels."""
        return np.asarray(points * np.float32(self.scale) + np.array([self.x, self.y], np.float32), np.float32)

    def to_portrait(self, points: Floats) -> Floats:
        """(…, 2) film pixels to portrait pixels."""
        return np.asarray((points - np.array([self.x, self.y], np.float32)) / np.float32(self.scale), np.float32)


def weighted_sum(weights: Floats, basis: Floats) -> Floats:
    """(n,) times (n, m). Small products wake BLAS's threads, which then spin beside the encoder; this does not."""
    return np.asarray(np.einsum("s,sn->n", weights, basis, optimize=False), np.float32)


def smoothstep(low: float, high: float, x: NDArray[np.floating[Any]]) -> Floats:
    """0 below `low`, 1 above `high`, smooth in between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


class Motion:
    """The displacement fields of one presenter at one place in the frame.

    `rect` is the part of the frame that can move: x0, y0, x1, y1, film pixels, even, inside the frame.
    """

    def __init__(self, pack: Pack, placement: Placement, rect: tuple[int, int, int, int]) -> None:
        self.rect, self.placement = rect, placement
        self.cell = int(np.clip(round(20 * placement.scale), 1, 8))
        columns, rows = (-(-(rect[2] - rect[0]) // self.cell), -(-(rect[3] - rect[1]) // self.cell))
        grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).astype(np.float32)
        self._nodes = (grid + 0.5) * self.cell + np.array(rect[:2], np.float32)
        portrait = placement.to_portrait(self._nodes)
        self._head_basis = (_head_basis(pack, portrait) * np.float32(placement.scale)).reshape(6, grid.size)
        basis = _expression_basis(pack, portrait) * np.float32(placement.scale)
        moves = np.abs(basis).max((1, 2, 3)) > 1e-3
        self._shapes = np.flatnonzero(moves & ~_IS_LID_SHAPE)
        self._expression_basis = basis[self._shapes].reshape(len(self._shapes), grid.size)
        self.set_frame(np.zeros(6, np.float32), np.zeros(len(BLENDSHAPES), np.float32))

    @staticmethod
    def coefficients(performance: Performance, i: int) -> Floats:
        """The six coefficients of the head field in frame i: yaw, pitch, roll, shift x, shift y, breath."""
        return np.concatenate([performance.head[i], performance.shift[i], performance.breath[i : i + 1]])

    def set_frame(self, coefficients: Floats, weights: Floats) -> None:
        """Choose the frame that the other methods speak of."""
        shape = self._nodes.shape
        self._head = weighted_sum(coefficients, self._head_basis).reshape(shape)
        self._expression = weighted_sum(weights[self._shapes], self._expression_basis).reshape(shape)

    def _sample(self, field: Floats, points: Floats) -> Floats:
        """A field at any film points (…, 2)."""
        at = (points - np.array(self.rect[:2], np.float32)) / np.float32(self.cell) - np.float32(0.5)
        flat = at.reshape(-1, 1, 2) if at.ndim != 3 else at
        got = cv2.remap(field, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(got, np.float32).reshape(points.shape)

    def with_head(self, points: Floats) -> Floats:
        """Film points (…, 2) of the expressive face, moved with the head."""
        return points + self._sample(self._head, points)

    def with_expression(self, points: Floats) -> Floats:
        """Film points (…, 2) of the resting portrait, moved by the expression only."""
        return points + self._sample(self._expression, points)

    def sources(self) -> Floats:
        """Where each grid node's picture comes from: (rows, columns, 2), film pixels of the resting portrait."""
        turned = self._nodes
        for _ in range(_INVERSION_STEPS):
            turned = self._nodes - self._sample(self._head, turned)
        rest = turned
        for _ in range(_INVERSION_STEPS):
            rest = turned - self._sample(self._expression, rest)
        return rest

    def upsample(self, nodes: Floats) -> Floats:
        """Values (rows, columns) at the nodes to values at every pixel of `rect`."""
        rows, columns = nodes.shape[:2]
        full = cv2.resize(nodes, (columns * self.cell, rows * self.cell), interpolation=cv2.INTER_LINEAR)
        return np.asarray(full[: self.rect[3] - self.rect[1], : self.rect[2] - self.rect[0]], np.float32)


def still_below(pack: Pack) -> float:
    """The portrait row below which nothing moves."""
    neck = pack.landmarks.neck_base[1]
    return float(neck + 0.42 * (pack.portrait.shape[0] - neck))


def _head_basis(pack: Pack, points: Floats) -> Floats:
    """(6, rows, columns, 2): portrait pixels that each coefficient at 1 moves the portrait's points.

    The first order of a rotation of each point, placed in space by its depth, about the neck's joint; blended from the
    head over the neck to the shoulders, and to rest at the bottom.
    """
    at = points / pack.depth_step - np.float32(0.5)
    z = cv2.remap(pack.depth, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    x, y = ((points[..., i] - pack.centre[i]) * z / pack.focal for i in (0, 1))
    rx, ry, rz = x - pack.neck_pivot[0], y - pack.neck_pivot[1], z - pack.neck_pivot[2]
    zero, one = np.zeros_like(x), np.ones_like(x)
    velocities = [  # metres for each unit: yaw, pitch, roll (radians), shift right, shift down (metres)
        (-rz, zero, rx),
        (zero, -rz, ry),
        (-ry, rx, zero),
        (one, zero, zero),
        (zero, one, zero),
    ]
    landmarks = pack.landmarks
    chin, neck = landmarks.chin[1], landmarks.neck_base[1]
    bottom = still_below(pack)
    row = points[..., 1]
    rigid = 1 - smoothstep(chin - 0.1 * (neck - chin), neck + 0.35 * (neck - chin), row)
    carried = 1 - smoothstep(neck, bottom, row)
    share = rigid + (1 - rigid) * _SHOULDER_SHARE * carried
    fields = [
        np.stack([pack.focal / z * (vx - x / z * vz), pack.focal / z * (vy - y / z * vz)], -1) * share[..., None]
        for vx, vy, vz in velocities
    ]
    middle = (landmarks.shoulder_left[0] + landmarks.shoulder_right[0]) / 2
    half = abs(landmarks.shoulder_left[0] - landmarks.shoulder_right[0]) / 2
    chest = smoothstep(neck - 0.5 * (neck - chin), neck + 0.6 * (neck - chin), row) * carried
    px_per_m = pack.focal / pack.neck_pivot[2]
    widen = _BREATH_WIDEN_M * px_per_m * np.clip((points[..., 0] - middle) / half, -1.2, 1.2) * chest
    fields.append(np.stack([widen, -_BREATH_LIFT_M * px_per_m * carried], -1))
    return np.asarray(fields, np.float32)


def _expression_basis(pack: Pack, points: Floats) -> Floats:
    """(52, rows, columns, 2): the pack's warp at these portrait points; nothing outside its grid."""
    at = (points - np.array(pack.warp_origin, np.float32)) / np.float32(pack.warp_step)
    sample = [
        cv2.remap(field, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
        for field in pack.warp
    ]
    return np.asarray(sample, np.float32)
