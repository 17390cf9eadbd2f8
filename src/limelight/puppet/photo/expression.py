"""Reads the expression in a picture: blendshapes and pose of a face whose resting shape is known, from landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import BLENDSHAPES
from limelight.puppet.photo import landmarks as lm
from limelight.puppet.photo.fit import Fit, on_mesh
from limelight.puppet.photo.portrait import STEADY, similarity
from limelight.puppet.photo.spline import Spline
from limelight.puppet.photo.template import Template
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]

#: Blendshapes that landmarks do not show.
_UNSEEN = ("eyeLook", "cheekPuff", "tongueOut", "noseSneer", "jawForward")
#: The L1 penalty of a weight: landmarks are uncertain by about a hundredth of the face's width.
_PRICE = 0.012
_SWEEPS = 200
#: Weight of the lips' landmarks.
_LIPS_COUNT = 3.0
_ROUNDS = 4
#: Blendshapes to learn, and the ridge penalty on their change.
_LEARNT = ("jawOpen", "mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch", "mouthFunnel", "mouthPucker",
           "mouthUpperUp", "mouthLowerDown", "brow", "cheekSquint", "eyeSquint", "eyeWide")  # fmt: skip
_CAUTION = 0.5
#: Landmarks of each eye's lids, and their weight: they are few.
_LID_RINGS = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
    (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249),
)
_LIDS_COUNT = 3.0


@dataclass(frozen=True, slots=True)
class Expression:
    """The expression of a known face in a picture."""

    #: float32 (52,) in [0, 1], ARKit order
    weights: Floats
    #: float32 (V, 2), where the picture shows each vertex of the mesh, its pixels
    source: Floats
    #: float32 (3, 3), the head's rotation from the first picture to this one
    turn: Floats
    #: float32 (468, 3), residuals of the landmarks, metres, in the camera space of the first picture
    left: Floats
    #: mean length of the residuals over the face's width
    error: float


def read_expression(t: Template, found: Fit, seen: Floats) -> Expression:
    """The expression of the face fitted by `found`, from the landmarks (468, 3) of another picture, pixels.

    Each round solves a linear system for pose and weights together; an L1 penalty keeps most weights at 0.
    """
    free = [i for i, name in enumerate(BLENDSHAPES) if not name.startswith(_UNSEEN)]
    rest, steady = found.landmarks, list(STEADY)
    moves = np.stack([on_mesh(t, found.deltas[i]) for i in free])
    counts = np.ones(len(rest), np.float32)
    counts[[*lm.LIPS_INNER, *lm.LIPS_OUTER]] = _LIPS_COUNT
    counts[[*_LID_RINGS[0], *_LID_RINGS[1]]] = _LIDS_COUNT
    width = float(np.linalg.norm(seen[234, :2] - seen[454, :2]))
    scale, _, turn = similarity(rest[steady], seen[steady])
    weights = np.zeros(len(free))
    for _ in range(_ROUNDS):
        shape = rest + np.einsum("s,slc->lc", weights, moves)
        posed = shape @ turn.T
        middle = posed[steady].mean(0)
        x, y, z = (posed - middle).T
        none = np.zeros_like(x)
        # The landmarks' motion by each unknown of the pose: turns about three axes, size, shift in x and y.
        pose = scale * np.stack([[none, -z], [z, none], [-y, x], [x, y], [none + 1, none], [none, none + 1]])
        basis = np.concatenate([pose.transpose(0, 2, 1), scale * (moves @ turn.T)[..., :2]])
        now = scale * (posed - middle)[:, :2]
        target = seen[:, :2] - now + scale * np.einsum("s,slc->lc", weights, moves @ turn.T)[:, :2]
        share = np.repeat(np.sqrt(counts / counts.sum()) / width, 2)
        solved = _solved(basis.reshape(len(basis), -1).T * share[:, None], target.reshape(-1) * share, len(pose))
        spin, weights = solved[:3], solved[6:]
        turn = np.asarray(cv2.Rodrigues(spin)[0] @ turn, np.float32)
        scale *= 1 + float(solved[3])
    row = np.zeros(len(BLENDSHAPES), np.float32)
    row[free] = weights

    def placed(points: Floats) -> Floats:
        return np.asarray(scale * (points @ turn.T)[:, :2], np.float32)

    shape = rest + np.einsum("s,slc->lc", weights, moves).astype(np.float32)
    move = np.average(seen[:, :2] - placed(shape), axis=0, weights=counts)
    left = seen[:, :2] - placed(shape) - move
    vertices = np.asarray(found.vertices + np.einsum("s,svc->vc", row, found.deltas), np.float32)
    source = placed(vertices) + move + _spread(on_mesh(t, vertices), left, vertices)
    return Expression(
        weights=row,
        source=np.asarray(source, np.float32),
        turn=turn,
        left=np.asarray(np.pad(left, ((0, 0), (0, 1))) / scale @ turn, np.float32),
        error=float(np.linalg.norm(left, axis=1).mean() / width),
    )


def _solved(a: NDArray[np.floating[Any]], b: NDArray[np.floating[Any]], free: int) -> NDArray[np.float64]:
    """Least squares a x = b: the first `free` unknowns have any value, the others are in [0, 1] with an L1 penalty.

    Coordinate descent on the part of b that the free ones cannot explain.
    """
    pose, shapes = a[:, :free].astype(np.float64), a[:, free:].astype(np.float64)
    span, _ = np.linalg.qr(pose)
    left = shapes - span @ (span.T @ shapes)
    square, mixed = left.T @ left, left.T @ b
    size = np.maximum(np.diag(square), 1e-12)
    price = _PRICE * np.sqrt(size.max()) * np.sqrt(size)
    x = np.zeros(len(size))
    for _ in range(_SWEEPS):
        before = x.copy()
        for i in range(len(x)):
            x[i] = min(max(x[i] + (mixed[i] - square[i] @ x - price[i]) / size[i], 0.0), 1.0)
        if np.abs(x - before).max() < 1e-4:
            break
    held = np.linalg.lstsq(pose, b - shapes @ x, rcond=None)[0]
    return np.concatenate([held, x])


def adapted(t: Template, found: Fit, seen: Sequence[Expression]) -> Fit:
    """The fit with blendshapes learnt from the person's pictures by ridge regression.

    After Li, Weise and Pauly, Example-based facial rigging (2010): the residuals of the pictures are distributed among
    the blendshapes that they show. Shapes that close lips and lids stay as they are.
    """
    shapes = [i for i, name in enumerate(BLENDSHAPES) if name.startswith(_LEARNT)]
    weights = np.stack([one.weights[shapes] for one in seen]).astype(np.float64)
    if not weights.any():
        return found
    left = np.stack([one.left for one in seen]).reshape(len(seen), -1)
    square = weights.T @ weights + _CAUTION * np.eye(len(shapes))
    learnt = np.linalg.solve(square, weights.T @ left).reshape(len(shapes), -1, 3)
    learnt = _even(t, shapes, np.asarray(learnt, np.float64), found)
    points = on_mesh(t, found.vertices)
    spread = _spread(points, learnt.transpose(1, 0, 2).reshape(len(points), -1).astype(np.float32), found.vertices)
    away = np.linalg.norm(t.vertices - t.landmarks[1], axis=1)
    moves = spread.reshape(len(found.vertices), len(shapes), 3) * (1 - smoothstep(0.07, 0.11, away))[:, None, None]
    deltas = found.deltas.copy()
    deltas[shapes] += moves.transpose(1, 0, 2)
    return replace(found, deltas=deltas)


def _even(t: Template, shapes: list[int], learnt: NDArray[np.float64], found: Fit) -> NDArray[np.float64]:
    """Learnt changes (S, 468, 3) made symmetric: in few pictures a smile is equal on both sides."""
    upright = learnt @ found.rotation
    mirrored = upright[:, t.twins] * np.array([-1.0, 1.0, 1.0])
    names = [BLENDSHAPES[i] for i in shapes]
    other = [names.index(_other_side(name)) for name in names]
    return np.asarray((upright + mirrored[other]) / 2 @ found.rotation.T)


def _other_side(name: str) -> str:
    for side, twin in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(side):
            return name[: -len(side)] + twin
    return name


def _spread(points: Floats, moves: Floats, to: Floats) -> Floats:
    """(n, c): `moves` (468, c) at the landmarks `points` (468, 3), interpolated at other points `to` (n, 3)."""
    return np.asarray(Spline(points, moves, smoothing=0.002, linear=True)(to), np.float32)
