"""Fits the template's face to the face of a picture.

A similarity of landmarks gives the pose; a biharmonic spline distributes the residuals of the landmarks over the
vertices. The picture's expression must not become the shape of the face: an open mouth is measured in blendshapes
first, and shut in the resting mesh.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import INDEX
from limelight.puppet.photo.path import cheapest
from limelight.puppet.photo.portrait import Portrait, mouth_opening
from limelight.puppet.photo.spline import Spline
from limelight.puppet.photo.template import Template
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

#: Assumed distance of the face from the camera.
_DISTANCE_M = 1.6
#: Smoothing of the spline: landmarks are uncertain by about a pixel.
_SMOOTHING = 0.002
#: The spline fades out between these distances from the nose.
_FALL_FROM_M, _FALL_TO_M = 0.12, 0.20
#: The spline is fitted in this expression, which keeps upper and lower lip apart.
_APART = {"jawOpen": 0.35, "mouthUpperUpLeft": 0.3, "mouthUpperUpRight": 0.3,
          "mouthLowerDownLeft": 0.3, "mouthLowerDownRight": 0.3}  # fmt: skip
#: Landmarks between the lips from the right corner to the left: upper, lower.
_INNER_PAIRS = (191, 80, 81, 82, 13, 312, 311, 310, 415), (95, 88, 178, 87, 14, 317, 402, 318, 324)
#: The line of closed lips: how far from the landmarks, and beyond the corners, the search goes, shares of the mouth's
#: width; it is darker than the points at this distance on both sides, by at least so many levels; the costs of distance
#: from the landmarks and of bends.
_LINE_WITHIN, _LINE_BEYOND, _LINE_HALF, _LEAST_LINE, _LINE_NEAR, _LINE_BENDS = 0.11, 0.15, 0.05, 3.0, 0.6, 0.25
#: A line of at least this many levels ends where its depth is between these shares of the usual one; the corner is this
#: much further inwards, and moves its surroundings within this reach; shares of the mouth's width.
_CLEAR_LINE, _LINE_ENDS, _LINE_FADES, _LINE_REACH = 14.0, (0.35, 0.12), 0.025, 0.3
#: Least and greatest factor on the shapes that roll the lips.
_LIP_GROWTH = (0.85, 1.6)
#: A gap below this share of the mouth's width counts as closed lips.
_CLOSED_GAP = 0.06
#: How much of a smile that shows teeth is taken back when the mouth is shut.
_CALMER = 0.35
#: Overlap of the lips in a shut mouth, and of the lids in a shut eye.
_LIP_OVERLAP_M, _LID_OVERLAP_M = 0.0004, 0.0006


@dataclass(frozen=True, slots=True)
class Fit:
    """The template fitted to the face of a picture.

    Camera space is that of the picture, in metres: x to the right, y down, z away from the camera.
    """

    #: focal length, picture pixels
    focal: float
    #: principal point, x and y, picture pixels
    centre: tuple[float, float]
    #: float32 (3, 3), from the template's camera space to the picture's
    rotation: Floats
    #: picture pixels per metre at the face
    px_per_m: float
    #: float32 (V, 3), camera space: the resting mesh, lips shut
    vertices: Floats
    #: float32 (V, 2), picture pixels: where the picture shows each vertex, with the mouth as open as it is there
    source: Floats
    #: float32 (52, V, 3), camera space: each blendshape's displacement of the vertices
    deltas: Floats
    #: int32 (T, 3), indices of vertices, back to front
    triangles: Ints
    #: float32 (468, 3), camera space: the landmarks of the resting mesh
    landmarks: Floats
    #: float32 (N, K, 3), camera space: the lashes, root first
    lash_points: Floats
    #: float32 (52, N, K, 3), camera space: each blendshape's displacement of the lashes
    lash_deltas: Floats
    #: float32 (2, V, 2), picture pixels, as `pack.Face.seal`; zeros until `sealed` is applied
    seal: Floats
    #: how far the mouth is open in the picture, as an amount of `_opening`; 0 for shut
    open_mouth: float
    #: float32 (3,), the template's camera space: the point that the rotation leaves in place
    origin: Floats
    #: float32 (3,), camera space: where `origin` is in the picture
    shift: Floats

    def posed(self, points: Floats) -> Floats:
        """Points (n, 3) of the template's camera space to the picture's, float32 (n, 3), by the head's pose."""
        return np.asarray((points - self.origin) @ self.rotation.T + self.shift, np.float32)

    def project(self, points: Floats) -> Floats:
        """Points (…, 3) in camera space to float32 (…, 2), picture pixels."""
        return project(points, self.focal, self.centre)


def project(points: Floats, focal: float, centre: tuple[float, float]) -> Floats:
    """Points (…, 3) in camera space to float32 (…, 2), pixels, by a focal length and principal point in pixels."""
    return np.asarray(points[..., :2] * (focal / points[..., 2:]) + np.array(centre, np.float32), np.float32)


def weigh(t: Template, named: dict[str, float]) -> Floats:
    """float32 (V, 3), metres: the displacement of the template's vertices by blendshape weights."""
    total = np.zeros_like(t.vertices)
    for name, value in named.items():
        total += np.float32(value) * t.deltas[INDEX[name]]
    return total


def on_mesh(t: Template, vertices: Floats) -> Floats:
    """float32 (468, 3): the landmarks of a mesh (V, 3), in its space."""
    return np.asarray(np.einsum("lk,lkc->lc", t.corner_weights, vertices[t.corners]), np.float32)


def _opening(amount: float) -> dict[str, float]:
    """The blendshape weights of a mouth open by this amount, 0 for shut: lips first, then the jaw."""
    lips, jaw = min(amount, 0.7), max(amount - 0.7, 0.0) * 0.5
    sides = {f"mouth{s}{side}": lips for s in ("UpperUp", "LowerDown") for side in ("Left", "Right")}
    return sides | {"jawOpen": jaw}


def _open_mouth(t: Template, points: Floats) -> float:
    """How far the picture's mouth is open, as an amount of `_opening`."""
    wanted = mouth_opening(points[:, :2])
    rest = mouth_opening(on_mesh(t, t.vertices)[:, :2])
    if wanted - rest < _CLOSED_GAP:
        return 0.0
    low, high = 0.0, 2.7
    for _ in range(12):
        middle = (low + high) / 2
        is_less = mouth_opening(on_mesh(t, t.vertices + weigh(t, _opening(middle)))[:, :2]) < wanted
        low, high = (middle, high) if is_less else (low, middle)
    return (low + high) / 2


def _on_lip_line(picture: NDArray[np.uint8], points: Floats, corners: Floats) -> Floats:
    """The landmarks (468, 3), pixels, with those between closed lips moved to the dark line in the picture, and the
    corners of the mouth to its ends.

    `corners` (2, 2) are where the mesh has the corners of the mouth, pixels. The landmarks of turned faces miss them.
    """
    origin, width = points[61, :2], mouth_width(points[:, :2])
    along = (points[291, :2] - origin) / width
    axes = np.stack([along, [-along[1], along[0]]]).T.astype(np.float32) * width
    upper, lower = (list(row) for row in _INNER_PAIRS)

    def within(at: NDArray[np.floating[Any]]) -> Floats:
        """Pixels (…, 2) to coordinates along and across the mouth, in its width."""
        return np.asarray((at - origin) @ axes / width**2, np.float32)

    ends = within(corners)
    knots = np.concatenate([ends[:1], within((points[upper, :2] + points[lower, :2]) / 2), ends[1:]])
    x = np.linspace(-_LINE_BEYOND, 1 + _LINE_BEYOND, 131, dtype=np.float32)
    y = np.interp(x, knots[:, 0], knots[:, 1])
    for beyond, near, far in ((x < ends[0, 0], 0, 2), (x > ends[1, 0], -1, -3)):
        slope = (knots[near, 1] - knots[far, 1]) / (knots[near, 0] - knots[far, 0])
        y = np.where(beyond, knots[near, 1] + slope * (x - knots[near, 0]), y)
    off = np.linspace(-_LINE_WITHIN, _LINE_WITHIN, 45, dtype=np.float32)
    grid = np.stack(np.broadcast_arrays(x[:, None], y[:, None] + off), -1).astype(np.float32)
    at = (origin + grid @ axes.T - 0.5).astype(np.float32)
    light = cv2.GaussianBlur(picture.mean(-1).astype(np.float32), (0, 0), max(0.008 * width, 0.6))
    strip = cv2.remap(light, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # How much darker than both sides.
    side = round(_LINE_HALF / float(off[1] - off[0]))
    padded = np.pad(strip, ((0, 0), (side, side)), mode="edge")
    depth = np.maximum(np.minimum(padded[:, : -2 * side], padded[:, 2 * side :]) - strip, 0)
    usual = float(np.median(depth[(x > 0.2) & (x < 0.8)].max(1)))
    if usual < _LEAST_LINE:
        return points
    depth = np.minimum(depth / usual, 1.2)
    path = cheapest(_LINE_NEAR * (off / _LINE_WITHIN) ** 2 - depth, _LINE_BENDS)
    shown = cv2.blur(depth[np.arange(len(x)), path][:, None].astype(np.float32), (1, 5))[:, 0]
    line = y + np.convolve(np.pad(off[path], 4, mode="edge"), np.hanning(11)[1:-1] / 5, mode="valid")
    out = points.copy()
    for k, (corner, inward) in enumerate(zip(ends, (1, -1), strict=True)):
        outwards = np.flatnonzero((x - 0.5) * inward < 0)[::-inward]
        least, most = (x[outwards[np.argmax(shown[outwards] < part)]] + inward * _LINE_FADES for part in _LINE_ENDS)
        end = np.clip(corner[0], min(least, most), max(least, most)) if usual > _CLEAR_LINE else corner[0]
        moved = np.array([end, np.interp(end, x, line)]) - corner
        away = np.linalg.norm(points[:, :2] - corners[k], axis=1) / width
        out[:, :2] += (1 - smoothstep(0, _LINE_REACH, away))[:, None] * (axes @ moved)
    middle = within((out[upper, :2] + out[lower, :2]) / 2)
    middle[:, 1] = np.interp(middle[:, 0], x, line)
    out[upper, :2] = out[lower, :2] = origin + middle @ axes.T
    return out


def fit(t: Template, portrait: Portrait) -> Fit:
    """The template fitted to the portrait's face."""
    height, width = portrait.picture.shape[:2]
    centre = width / 2, height / 2
    focal, turn = portrait.px_per_m * _DISTANCE_M, portrait.rotation
    seen = portrait.landmarks
    amount = _open_mouth(t, seen)
    expression = t.vertices + weigh(t, _opening(amount))
    apart = t.vertices + weigh(t, _APART)
    model = on_mesh(t, expression)
    origin = model.mean(0)
    middle = seen[:, :2].mean(0)
    shift = np.array([*((middle - centre) * _DISTANCE_M / focal), _DISTANCE_M], np.float32)

    def place(points: Floats) -> Floats:
        return np.asarray((points - origin) @ turn.T + shift, np.float32)

    posed = place(model)

    def bent_to(seen: Floats) -> _Spline:
        target = np.concatenate([(seen[:, :2] - centre) * posed[:, 2:] / focal, posed[:, 2:]], 1)
        return _Spline(on_mesh(t, apart), (target - posed).astype(np.float32), t.landmarks[1])

    spline = bent_to(seen)
    if amount == 0:
        ends = _mouth_corners(t)
        seen = _on_lip_line(
            portrait.picture, seen, project(place(t.vertices[ends]) + spline(apart[ends]), focal, centre)
        )
        spline = bent_to(seen)
    remains = spline(apart)

    # Lips that a smile drew apart come together in a calmer smile.
    calmer = {f"mouthSmile{side}": -_CALMER * min(amount, 1.0) for side in ("Left", "Right")}
    vertices, shown = place(t.vertices + weigh(t, calmer)) + remains, place(expression) + remains
    lashes = t.lash_points.reshape(-1, 3)
    lash_points = (place(lashes) + spline(lashes)).reshape(t.lash_points.shape)
    deltas = (t.deltas @ turn.T).astype(np.float32)
    lash_deltas = (t.lash_deltas @ turn.T).astype(np.float32)
    _roll_lips(t, seen, deltas, portrait.px_per_m)
    _shut_lids(t, vertices, deltas, lash_points, lash_deltas, turn)
    return Fit(
        focal=focal,
        centre=centre,
        rotation=turn,
        px_per_m=portrait.px_per_m,
        vertices=vertices,
        source=project(shown, focal, centre),
        deltas=deltas,
        triangles=_back_to_front(t, vertices),
        landmarks=(on_mesh(t, vertices)).astype(np.float32),
        lash_points=lash_points,
        lash_deltas=lash_deltas,
        seal=np.zeros((2, len(vertices), 2), np.float32),
        open_mouth=amount,
        origin=origin,
        shift=shift,
    )


def _roll_lips(t: Template, seen: Floats, deltas: Floats, px_per_m: float) -> None:
    """Scale the shapes that roll and press the lips, in place: full lips have farther to go than the template's."""
    growth = []
    for edge, inner in ((0, 13), (17, 14)):
        own = np.linalg.norm(t.landmarks[edge] - t.landmarks[inner])
        growth.append(float(np.clip(np.linalg.norm(seen[edge, :2] - seen[inner, :2]) / px_per_m / own, *_LIP_GROWTH)))
    for name, k in zip(("mouthRollUpper", "mouthRollLower"), growth, strict=True):
        deltas[INDEX[name]] *= k
    for side in ("Left", "Right"):
        deltas[INDEX[f"mouthPress{side}"]] *= sum(growth) / 2


class _Spline:
    """Displacements `moves` (n, 3) at points (n, 3), interpolated in space; they fade out far from the nose (3,)."""

    def __init__(self, points: Floats, moves: Floats, nose: Floats) -> None:
        self._nose = nose
        self._spline = Spline(points, moves, smoothing=_SMOOTHING, linear=True)

    def __call__(self, points: Floats) -> Floats:
        away = np.linalg.norm(points - self._nose, axis=1)
        fall = 1 - smoothstep(_FALL_FROM_M, _FALL_TO_M, away)
        return np.asarray(self._spline(points) * fall[:, None], np.float32)


def _halves(loop: Ints, points: Floats, rises: Floats) -> tuple[Ints, Ints]:
    """The upper and the lower part of a closed loop of vertices, each sorted by x; `rises` (V,) is 1 on the upper."""
    upper = rises[loop] > 0.5
    parts = loop[upper], loop[~upper]
    first, second = (part[np.argsort(points[part, 0], kind="stable")] for part in parts)
    return first, second


def _mouth_corners(t: Template) -> Ints:
    """int32 (2,): the vertices at the corners of the mouth's opening, the right one first."""
    x = (t.vertices + weigh(t, _APART))[t.inner_lip, 0]
    return t.inner_lip[[x.argmin(), x.argmax()]]


def _lips(t: Template, points: Floats) -> tuple[Ints, Ints]:
    """Vertices of the edges of the upper and of the lower lip, from corner to corner, sorted by x of `points`."""
    loop = t.inner_lip
    x = (t.vertices + weigh(t, _APART))[loop, 0]
    around = np.roll(loop, -int(np.argmin(x)))
    far = int(np.argmax(np.roll(x, -int(np.argmin(x)))))
    parts = [around[: far + 1], np.concatenate([around[far:], around[:1]])]
    drop = t.deltas[INDEX["jawOpen"], :, 1]
    parts.sort(key=lambda part: float(drop[part].mean()))
    first, second = (part[np.argsort(points[part, 0], kind="stable")] for part in parts)
    return first, second


def _shut_lids(
    t: Template, vertices: Floats, deltas: Floats, lash_points: Floats, lash_deltas: Floats, turn: Floats
) -> None:
    """Scale the blinks, in place, so that at 1 the upper lid just covers the edge of the lower one."""
    upright = vertices @ turn  # the axes of the head: x along the eyes, y down
    for name, loop in (("eyeBlinkLeft", t.opening_left), ("eyeBlinkRight", t.opening_right)):
        i = INDEX[name]
        moves = deltas[i] @ turn
        fallen = t.deltas[i, loop, 1]
        is_upper = np.zeros(len(vertices), np.float32)
        is_upper[loop] = fallen > 0.35 * fallen.max()
        upper, lower = _halves(loop, upright, is_upper)
        x = np.linspace(upright[loop, 0].min(), upright[loop, 0].max(), 41)
        high, low, down, up = (
            np.interp(x, upright[part, 0], y[part, 1])
            for part, y in ((upper, upright), (lower, upright), (upper, moves), (lower, moves))
        )
        open_gap, travel = low - high, down - up
        inner = smoothstep(0.0, 0.25, np.minimum(x - x[0], x[-1] - x) / (x[-1] - x[0]))
        needed = np.maximum(open_gap, 0) + _LID_OVERLAP_M * inner
        factor = np.clip(needed / np.maximum(travel, 1e-4), 0.3, 2.5)
        kernel = np.hanning(9) / np.hanning(9).sum()
        factor = np.convolve(np.pad(factor, 4, mode="edge"), kernel, mode="valid")
        moves *= np.interp(upright[:, 0], x, factor)[:, None]
        deltas[i] = moves @ turn.T
        lash_x = (lash_points @ turn)[:, :1, 0]
        lash_deltas[i] *= np.interp(lash_x, x, factor)[..., None]


def _back_to_front(t: Template, vertices: Floats) -> Ints:
    """The triangles of the turned face, back to front.

    Where the template's order differs from its order of depth, as at the lips, which cover each other, it stays.
    """
    mean = t.vertices[t.triangles, 2].mean(1).astype(float)
    bias = _falling(mean) - mean
    depth = vertices[t.triangles, 2].mean(1) + bias
    return np.ascontiguousarray(t.triangles[np.argsort(-depth, kind="stable")])


def _falling(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nearest values, by least squares, of which none is above the one before it: neighbours that rise are pooled.

    After Ayer et al. (1955).
    """
    pools: list[tuple[float, int]] = []
    for value in values:
        mean, count = float(value), 1
        while pools and pools[-1][0] < mean:
            before, many = pools.pop()
            mean, count = (mean * count + before * many) / (count + many), count + many
        pools.append((mean, count))
    return np.repeat([mean for mean, _ in pools], [count for _, count in pools])


def sealed(t: Template, found: Fit, weights: Floats) -> Floats:
    """float32 (V, 2), picture pixels: shifts that close the gap between the lips in an expression (52,) that should be
    shut."""
    points = found.vertices + np.einsum("s,svc->vc", weights, found.deltas)
    at = found.project(points)
    angle = float(np.arctan2(found.rotation[1, 0], found.rotation[0, 0]))
    c, s = np.cos(angle), np.sin(angle)
    to_head = np.array([[c, -s], [s, c]], np.float32)
    upright = at @ to_head
    drop = t.deltas[INDEX["jawOpen"], :, 1]
    is_upper = (drop < 0.5 * np.percentile(drop[t.lips > 0.5], 95)).astype(np.float32)
    upper, lower = _lips(t, upright)
    low, high = upright[t.inner_lip, 0].min(), upright[t.inner_lip, 0].max()
    x = np.linspace(low, high, 61)
    # Heights of the upper and of the lower lip's edge along the mouth, pixels.
    above, below = (np.interp(x, upright[part, 0], upright[part, 1]) for part in (upper, lower))
    mm = found.px_per_m / 1000
    inner = smoothstep(0.0, 0.12, np.minimum(x - low, high - x) / (high - low))
    gap = np.maximum(below - above + _LIP_OVERLAP_M * found.px_per_m * inner, 0)
    kernel = np.hanning(7) / np.hanning(7).sum()
    gap = np.convolve(np.pad(gap, 3, mode="edge"), kernel, mode="valid")
    g, u, v = (np.interp(upright[:, 0], x, a) for a in (gap, above, below))
    near = smoothstep(0, 6 * mm, np.minimum(upright[:, 0] - low + 6 * mm, high - upright[:, 0] + 6 * mm))
    lips = np.clip(t.lips * 1.5 + 0.3, 0, 1) * near
    reach = 4.5 * mm
    down = np.exp(-np.maximum(u - upright[:, 1], 0) / reach) * g * 0.5 * lips
    up = np.exp(-np.maximum(upright[:, 1] - v, 0) / reach) * g * 0.55 * lips
    move = np.where(is_upper > 0.5, down, -up)
    far = np.abs(upright[:, 1] - (u + v) / 2) > 16 * mm
    move = np.where(far, 0, move)
    # The edges themselves meet in one line, even in the folds of the corners.
    line = (u + v) / 2
    overlap = _LIP_OVERLAP_M * found.px_per_m * np.interp(upright[:, 0], x, inner) / 2
    for part, sign in ((upper, 1), (lower, -1)):
        short = sign * (line - upright[:, 1])[part] + overlap[part]
        move[part] = sign * np.maximum(short, np.where(sign * move[part] > 0, sign * move[part], 0))
    move *= np.interp(upright[:, 0], x, inner)
    return np.asarray(np.stack([np.zeros_like(move), move], -1) @ to_head.T, np.float32)


def mouth_width(points: Floats) -> float:
    """The distance between the corners of the lips, from landmarks (468, 2 or 3), in their unit."""
    return float(np.linalg.norm(points[61] - points[291]))
