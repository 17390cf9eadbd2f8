"""Motion of the whole portrait: head and body in three dimensions; brows, cheeks and chin by the expression.

Two displacement fields share one coarse grid over the moving part of the picture. Both are *forward*: they map a point
of the resting portrait to its new place. `expression` comes first (it is fixed to the head), `head` second: each point
of the grid has a depth, is turned in space with head and torso, and projected again. To move vertices, the fields are
evaluated; to warp the picture, they are inverted by a few fixed-point iterations, so that mesh and picture agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import BLENDSHAPES, Performance
from limelight.jit import jit
from limelight.puppet.pack import Pack
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

#: The share of the head's turn, tilt and shift that the shoulders follow.
_SHOULDER_SHARE = 0.12
#: How far a full breath lifts shoulders and head, and widens the chest.
_BREATH_LIFT_M, _BREATH_WIDEN_M = 0.0016, 0.0011
#: Shapes of the lids, which the face mesh draws: they must not move the portrait below it.
_IS_LID_SHAPE = np.array([name.startswith(("eyeBlink", "eyeLook")) for name in BLENDSHAPES])
_INVERSION_STEPS = 3
#: Size of the pose of head and body in one frame: yaw, pitch, roll (radians), shift right, down (metres), breath (−1 to
#: 1), shoulders up (metres), lean towards the camera (metres), turn of the torso (radians, to the picture's right).
POSE_SIZE = 9
#: Metres by which a lean lowers the head for each metre forwards.
_LEAN_DROP = 0.22


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a portrait is in a frame: film = scale * portrait + (x, y), both in pixels."""

    scale: float
    x: float
    y: float

    def to_film(self, points: Floats) -> Floats:
        """float32 (…, 2), portrait pixels to film pixels."""
        return np.asarray(points * np.float32(self.scale) + np.array([self.x, self.y], np.float32), np.float32)

    def to_portrait(self, points: Floats) -> Floats:
        """float32 (…, 2), film pixels to portrait pixels."""
        return np.asarray((points - np.array([self.x, self.y], np.float32)) / np.float32(self.scale), np.float32)


def weighted_sum(weights: Floats, shapes: Ints, basis: Floats) -> Floats:
    """float32 (m,): the `weights` (52,) of some shapes (n,) times `basis` (n, m).

    Without BLAS, whose threads would spin beside the encoder.
    """
    out = np.zeros(basis.shape[1], np.float32)
    _add_weighted(weights, shapes, basis, out)
    return out


#: Values that are summed at a time.
_PART = 16384


@jit
def _add_weighted(weights: Floats, shapes: Ints, basis: Floats, out: Floats) -> None:
    # In parts that stay in the processor's nearest memory.
    for start in range(0, out.shape[0], _PART):
        end = min(start + _PART, out.shape[0])
        for i in range(shapes.shape[0]):
            if weights[shapes[i]] != 0:
                add_scaled(out[start:end], basis[i, start:end], weights[shapes[i]])


@jit
def add_scaled(out: Floats, values: Floats, factor: np.float32) -> None:
    """Add `values` (n,) times `factor` to `out` (n,)."""
    for k in range(out.shape[0]):
        out[k] += values[k] * factor


@jit
def _project(points: Floats, moved: Floats, focal: np.float32, scale: np.float32, offset: Floats, out: Floats) -> None:
    """Points (n, 3), camera space, moved by `moved` (n, 3), to film pixels (n, 2).

    `scale` is film pixels a portrait pixel, `offset` (2,) the film pixel on the camera's axis.
    """
    for i in range(points.shape[0]):
        per_m = focal / (points[i, 2] + moved[i, 2]) * scale
        out[i, 0] = (points[i, 0] + moved[i, 0]) * per_m + offset[0]
        out[i, 1] = (points[i, 1] + moved[i, 1]) * per_m + offset[1]


class Motion:
    """The displacement fields of one presenter at one place in the frame.

    `rect` is the part of the frame that can move: x0, y0, x1, y1 in film pixels, even, inside the frame.
    """

    def __init__(self, pack: Pack, placement: Placement, rect: tuple[int, int, int, int]) -> None:
        self.rect, self.placement = rect, placement
        self.cell = int(np.clip(round(20 * placement.scale), 1, 12))
        # One more node on each side: the picture is interpolated between nodes, and would be smeared beyond the last.
        self._origin = np.array(rect[:2], np.float32) - np.float32(self.cell)
        columns, rows = (-(-(high - low) // self.cell) + 2 for low, high in zip(rect[:2], rect[2:], strict=True))
        grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).astype(np.float32)
        #: float32 (rows, columns, 2): where the grid's nodes are, film pixels
        self.nodes = (grid + 0.5) * self.cell + self._origin
        portrait = placement.to_portrait(self.nodes)
        self._body = _Body(pack, portrait)
        self._head = np.empty_like(self.nodes)
        self._first_node, self._per_cell = self.nodes[0, 0].copy(), np.float32(1 / self.cell)
        self._focal, self._scale = np.float32(pack.focal), np.float32(placement.scale)
        self._centre = placement.to_film(np.array(pack.centre, np.float32))
        basis = _expression_basis(pack, portrait) * np.float32(placement.scale)
        moves = np.abs(basis).max((1, 2, 3)) > 1e-3
        self._shapes = np.flatnonzero(moves & ~_IS_LID_SHAPE).astype(np.int32)
        self._expression_basis = basis[self._shapes].reshape(len(self._shapes), grid.size)
        self.set_frame(np.zeros(POSE_SIZE, np.float32), np.zeros(len(BLENDSHAPES), np.float32))

    @staticmethod
    def pose(performance: Performance, i: int) -> Floats:
        """float32 (POSE_SIZE,), the pose of head and body in frame i."""
        breath = performance.breath[i : i + 1]
        return np.concatenate([performance.head[i], performance.shift[i], breath, performance.body[i]])

    def set_frame(self, pose: Floats, weights: Floats) -> None:
        """Set the frame that the other methods work with: its `pose` (POSE_SIZE,) and `weights` (52,)."""
        body, shape = self._body, self.nodes.shape
        focal = self._focal * self._scale
        turn_points(body.points, body.shares, body.pivot, pose, focal, self._centre, self.nodes, self._head)
        self._expression = weighted_sum(weights, self._shapes, self._expression_basis).reshape(shape)

    def projected(self, points: Floats, moved: Floats) -> Floats:
        """float32 (n, 2), film pixels: points (n, 3), camera space in metres, moved by `moved` (n, 3)."""
        out = np.empty((len(points), 2), np.float32)
        _project(points, moved, self._focal, self._scale, self._centre, out)
        return out

    def with_head(self, points: Floats) -> Floats:
        """Film pixels (…, 2) of the face with its expression, moved with the head."""
        moved = np.ascontiguousarray(points, np.float32).reshape(-1, 2).copy()
        displace(moved, self._head, self._first_node, self._per_cell)
        return moved.reshape(points.shape)

    def sources(self, spans: Ints) -> Floats:
        """float32 (rows, columns, 2): the film pixel of the resting portrait that appears at each node of the grid.

        `spans`, int32 (rows, 2), are the first node of each row to look for, and the end; the others stay where they
        are.
        """
        turned, rest = self.nodes.copy(), self.nodes.copy()
        undo(self.nodes, self._head, self._first_node, self._per_cell, spans, turned)
        undo(turned, self._expression, self._first_node, self._per_cell, spans, rest)
        return rest

    def upsampled(self, nodes: Floats, rows: slice, columns: slice) -> Floats:
        """Values (r, c, 2) at the nodes, interpolated to each pixel of a part of `rect`: float32 (height, width, 2).

        The part begins at a whole number of cells from the corner of `rect`.
        """
        cell = self.cell
        # Pixels between a node and the next belong to both; there is one node more on each side.
        part = nodes[
            rows.start // cell : -(-rows.stop // cell) + 2, columns.start // cell : -(-columns.stop // cell) + 2
        ]
        full = cv2.resize(part, (part.shape[1] * cell, part.shape[0] * cell), interpolation=cv2.INTER_LINEAR)
        height, width = rows.stop - rows.start, columns.stop - columns.start
        return np.asarray(full[cell : cell + height, cell : cell + width], np.float32)


def still_below(pack: Pack) -> float:
    """The portrait row below which nothing moves."""
    neck = pack.landmarks.neck_base[1]
    return float(neck + 0.42 * (pack.portrait.shape[0] - neck))


class _Body:
    """Where the grid's points are in space, and how much each moves with head, chest and shoulders."""

    def __init__(self, pack: Pack, portrait: Floats) -> None:
        at = portrait / pack.depth_step - np.float32(0.5)
        z = cv2.remap(pack.depth, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        x, y = ((portrait[..., i] - pack.centre[i]) * z / pack.focal for i in (0, 1))
        self.pivot = pack.neck_pivot
        #: (rows, columns, 3), camera space, metres
        self.points = np.ascontiguousarray(np.stack([x, y, z], -1), np.float32)
        #: (rows, columns, 5): share in the head's rotation and in the torso's motion, 0 to 1; metres to the right and
        #: up by a full breath; share in the lift of the shoulders, 0 to 1
        self.shares = np.ascontiguousarray(self._shares(pack, portrait), np.float32)

    def _shares(self, pack: Pack, portrait: Floats) -> Floats:
        marks = pack.landmarks
        chin, neck = marks.chin[1], marks.neck_base[1]
        row = portrait[..., 1]
        torso = 1 - smoothstep(neck, still_below(pack), row)
        head = self._rigid(pack)
        head = head + (1 - head) * _SHOULDER_SHARE * torso
        middle = (marks.shoulder_left[0] + marks.shoulder_right[0]) / 2
        half = abs(marks.shoulder_left[0] - marks.shoulder_right[0]) / 2
        aside = np.clip((portrait[..., 0] - middle) / half, -1.2, 1.2)
        chest = smoothstep(neck - 0.5 * (neck - chin), neck + 0.6 * (neck - chin), row) * torso
        shoulders = smoothstep(0.25, 0.95, np.abs(aside)) * torso * smoothstep(chin, neck, row)
        widen, lift = _BREATH_WIDEN_M * aside * chest, _BREATH_LIFT_M * torso * (1 + 0.6 * shoulders)
        return np.stack([head, torso, widen, lift, shoulders], -1)

    def _rigid(self, pack: Pack) -> Floats:
        """(rows, columns): 1 on the head, falling to 0 along the neck.

        A slope from the joint of skull and neck forwards to the chin bounds the head: the neck beside and below the jaw
        twists, while jaw, ears and hair above turn as one.
        """
        focal, chin, base = pack.focal, pack.landmarks.chin, pack.landmarks.neck_base
        cell = (round(chin[1] / pack.depth_step) - 2, round(chin[0] / pack.depth_step))
        chin_z = float(pack.depth[cell])
        chin_y = (chin[1] - pack.centre[1]) * chin_z / focal + _CHIN_ROOM_M
        base_y = (base[1] - pack.centre[1]) * float(self.pivot[2]) / focal
        forward = np.clip((self.pivot[2] - self.points[..., 2]) / max(float(self.pivot[2]) - chin_z, 0.02), 0, 1)
        edge = self.pivot[1] + (chin_y - self.pivot[1]) * forward
        below = self.points[..., 1] - edge
        return 1 - smoothstep(0, 1, below / (base_y - self.pivot[1]) / _NECK_PART)


#: The head reaches this far below the chin.
_CHIN_ROOM_M = 0.004
#: The twist of the neck ends at this share of its length.
_NECK_PART = 0.95


@jit
def _sine(angle: np.float32) -> np.float32:
    """To 1e-5 up to 60 degrees: a series, which is compiled to vector instructions."""
    square = angle * angle
    return angle * (
        np.float32(1) + square * (np.float32(-1 / 6) + square * (np.float32(1 / 120) + square * np.float32(-1 / 5040)))
    )


@jit
def _cosine(angle: np.float32) -> np.float32:
    square = angle * angle
    return np.float32(1) + square * (
        np.float32(-1 / 2)
        + square * (np.float32(1 / 24) + square * (np.float32(-1 / 720) + square * np.float32(1 / 40320)))
    )


@jit
def _at(field: Floats, x: np.float32, y: np.float32, first: Floats, per_cell: np.float32) -> tuple[float, float]:
    """A field (rows, columns, 2) at a film pixel; beyond the last nodes it is as there.

    `first` (2,) is the film pixel of the first node, `per_cell` the inverse of the distance between nodes.
    """
    zero, one = np.float32(0), np.float32(1)
    u = min(max((x - first[0]) * per_cell, zero), np.float32(field.shape[1] - 1))
    v = min(max((y - first[1]) * per_cell, zero), np.float32(field.shape[0] - 1))
    # Unsigned, so that no index is compared with 0.
    column, row = np.uint32(min(np.int32(u), field.shape[1] - 2)), np.uint32(min(np.int32(v), field.shape[0] - 2))
    u, v = u - np.float32(column), v - np.float32(row)
    right, below = np.uint32(column + np.uint32(1)), np.uint32(row + np.uint32(1))
    a, b, c, d = (one - u) * (one - v), u * (one - v), (one - u) * v, u * v
    return (
        a * field[row, column, 0] + b * field[row, right, 0] + c * field[below, column, 0] + d * field[below, right, 0],
        a * field[row, column, 1] + b * field[row, right, 1] + c * field[below, column, 1] + d * field[below, right, 1],
    )


@jit
def displace(points: Floats, field: Floats, first: Floats, per_cell: np.float32) -> None:
    """Move film pixels (n, 2) by a forward field (rows, columns, 2), in place; the rest is as of `_at`."""
    for i in range(points.shape[0]):
        x, y = _at(field, points[i, 0], points[i, 1], first, per_cell)
        points[i, 0] += x
        points[i, 1] += y


@jit
def undo(moved: Floats, field: Floats, first: Floats, per_cell: np.float32, spans: Ints, out: Floats) -> None:
    """Find the film pixels `out` (rows, columns, 2) which a forward field moves to `moved`, within spans (rows, 2).

    The rest is as of `_at`.
    """
    for i in range(moved.shape[0]):
        start, end = spans[i, 0], spans[i, 1]
        out[i, start:end] = moved[i, start:end]
        # A row at a time: its pixels do not wait for each other.
        for _ in range(_INVERSION_STEPS):
            for j in range(start, end):
                x, y = _at(field, out[i, j, 0], out[i, j, 1], first, per_cell)
                out[i, j, 0], out[i, j, 1] = moved[i, j, 0] - x, moved[i, j, 1] - y


@jit
def extremes(moved: Floats, points: Floats, spans: Ints, out: Floats) -> None:
    """How far points (rows, columns, 2) have moved at most to the left and right and up and down, within spans (rows,
    2), to `out` (rows, 4): least and most across, least and most down; 0 in rows without any."""
    for i in range(points.shape[0]):
        out[i] = 0
        for j in range(spans[i, 0], spans[i, 1]):
            x, y = moved[i, j, 0] - points[i, j, 0], moved[i, j, 1] - points[i, j, 1]
            out[i, 0], out[i, 1] = min(out[i, 0], x), max(out[i, 1], x)
            out[i, 2], out[i, 3] = min(out[i, 2], y), max(out[i, 3], y)


@jit
def reached(edges: Ints, moves: Floats, cell: int, room: int, width: int, out: Ints) -> None:
    """The columns, even, first and end, of each pair of rows that a figure reaches, to `out` (h / 2, 2).

    `edges` (h, 2) are its own at rest, `width` and 0 in rows without it; `moves` are those of the grid's rows of nodes,
    as of `extremes`. All are pixels of the grid's part of the frame, and `room` is added.
    """
    height = edges.shape[0]
    for row in range(out.shape[0]):
        first, end = width, 0
        for y in range(2 * row, min(2 * row + 2, height)):
            # A pixel lies between two of three nodes.
            near, far = moves[y // cell].copy(), y // cell + 2
            for k in range(y // cell + 1, far + 1):
                near[0], near[1] = min(near[0], moves[k, 0]), max(near[1], moves[k, 1])
                near[2], near[3] = min(near[2], moves[k, 2]), max(near[3], moves[k, 3])
            left, right = width, 0
            top, bottom = y - int(np.ceil(near[3])) - room, y - int(np.floor(near[2])) + room
            for source in range(min(max(top, 0), height - 1), max(min(bottom, height - 1), 0) + 1):
                left, right = min(left, edges[source, 0]), max(right, edges[source, 1])
            if left < right:
                first = min(first, left + int(np.floor(near[0])) - room)
                end = max(end, right + int(np.ceil(near[1])) + room)
        out[row, 0], out[row, 1] = max(first, 0) // 2 * 2, (min(end, width) + 1) // 2 * 2


@jit
def around(one: Ints, other: Ints, third: Ints, out: Ints) -> None:
    """The spans that hold three others, each (n, 2), to `out` (n, 2); 0, 0 where none has any columns."""
    for i in range(out.shape[0]):
        first = min(one[i, 0], other[i, 0], third[i, 0])
        end = max(one[i, 1], other[i, 1], third[i, 1])
        out[i, 0], out[i, 1] = (first, end) if first < end else (0, 0)


@jit
def widest(spans: Ints, start: int, stop: int) -> tuple[int, int]:
    """The first column and the end of some rows of spans (n, 2), of which those without any do not count."""
    first, end = 2**31 - 1, 0
    for i in range(start, stop):
        if spans[i, 0] < spans[i, 1]:
            first, end = min(first, spans[i, 0]), max(end, spans[i, 1])
    return first, end


@jit
def turn_points(
    points: Floats,
    shares: Floats,
    pivot: Floats,
    pose: Floats,
    focal: np.float32,
    centre: Floats,
    before: Floats,
    out: Floats,
) -> None:
    """Turn points in space and project them: `points` (rows, columns, 3), camera space in metres, with a focal length
    in film pixels and the film pixel on the camera's axis, `centre` (2,); `out` (rows, columns, 2) is how far they move
    from `before` (rows, columns, 2), film pixels.

    `shares` are those of `_Body`, `pose` is (POSE_SIZE,). The head turns about `pivot` (3,), camera space, each point
    by its share of each angle; the torso turns about the vertical line through the pivot.
    """
    for i in range(points.shape[0]):
        for j in range(points.shape[1]):
            head, torso = shares[i, j, 0], shares[i, j, 1]
            x, y, z = points[i, j, 0] - pivot[0], points[i, j, 1] - pivot[1], points[i, j, 2] - pivot[2]
            yaw = pose[0] * head + pose[8] * torso * (1 - head)
            pitch, roll = pose[1] * head, pose[2] * head
            s, c = _sine(yaw), _cosine(yaw)
            x, z = c * x - s * z, c * z + s * x
            s, c = _sine(pitch), _cosine(pitch)
            y, z = c * y - s * z, c * z + s * y
            s, c = _sine(roll), _cosine(roll)
            x, y = c * x - s * y, c * y + s * x
            x += pivot[0] + pose[3] * head + pose[5] * shares[i, j, 2]
            y += pivot[1] + pose[4] * head - pose[5] * shares[i, j, 3] - pose[6] * shares[i, j, 4]
            y += pose[7] * torso * np.float32(_LEAN_DROP)
            z += pivot[2] - pose[7] * torso
            out[i, j, 0] = centre[0] + focal * x / z - before[i, j, 0]
            out[i, j, 1] = centre[1] + focal * y / z - before[i, j, 1]


def _expression_basis(pack: Pack, points: Floats) -> Floats:
    """(52, rows, columns, 2), portrait pixels: the pack's warp at these portrait points, 0 outside its grid."""
    at = (points - np.array(pack.warp_origin, np.float32)) / np.float32(pack.warp_step)
    sample = [
        cv2.remap(field, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
        for field in pack.warp
    ]
    return np.asarray(sample, np.float32)
