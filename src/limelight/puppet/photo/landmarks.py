"""Finds faces, their landmarks, irises and the person in a picture, by MediaPipe's networks.

The five files in `models` are made by `tools/photo` of those of the wheel mediapipe 0.10.21 (Apache-2.0): BlazeFace,
short and full range (Bazarevsky et al. 2019), Face Mesh (Kartynnik et al. 2019), Iris (Ablavatski et al. 2020) and
Selfie Segmentation. Left and right are the person's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight import networks

Floats = NDArray[np.float32]
#: uint8 (height, width, 3)
Rgb = NDArray[np.uint8]

_MODELS = Path(__file__).parent / "models"
_THREADS = 2

#: Of the 468 landmarks: outer and inner corner of each eye, right one first.
EYE_CORNERS = ((33, 133), (263, 362))
#: Contours as rings: lips from the right corner over the upper lip.
LIPS_INNER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
LIPS_OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip


def inside_face(landmarks: Floats, size: tuple[int, int]) -> NDArray[np.uint8]:
    """uint8 (height, width): 255 inside the oval of a face's landmarks (468, 2 or 3), pixels; `size` likewise."""
    inside = np.zeros(size, np.uint8)
    cv2.fillPoly(inside, [np.round(landmarks[list(FACE_OVAL), :2]).astype(np.int32)], 255)
    return inside


@dataclass(frozen=True, slots=True)
class Box:
    """A detected face, pixels."""

    x: float
    y: float
    width: float
    height: float
    #: 0 to 1
    score: float
    #: float32 (6, 2): right eye, left eye, nose, mouth, right ear, left ear
    points: Floats


@lru_cache
def _network(name: str) -> networks.Session:
    return networks.session((_MODELS / f"{name}.onnx").read_bytes(), _THREADS)


def _run(name: str, image: Floats) -> list[Floats]:
    """The outputs of a network for one picture (h, w, 3)."""
    found = _network(name).run(None, {"picture": np.ascontiguousarray(image[None], np.float32)})
    return [np.asarray(output, np.float32) for output in found]


def _crop(image: Rgb, centre: Floats, side: float, angle: float, size: int, border: int = cv2.BORDER_CONSTANT) -> Rgb:
    """A square of the picture with side `side`, turned by `angle`, radians, as (size, size, 3); averages areas."""
    shrink = side / size
    if shrink > 2:
        factor = 2 / shrink
        image = np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
        centre, side = centre * factor, side * factor
    to_image = _square(centre, side, angle, size)
    cut = cv2.warpAffine(
        image, to_image, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=border
    )
    return np.asarray(cut, np.uint8)


def _square(centre: Floats, side: float, angle: float, size: int) -> Floats:
    """float32 (2, 3): the affine map of a crop's pixel indices to the picture's."""
    c, s = np.cos(angle) * side / size, np.sin(angle) * side / size
    turn = np.array([[c, -s], [s, c]], np.float32)
    return np.hstack([turn, (centre - turn @ np.full(2, size / 2))[:, None]]).astype(np.float32)


def _anchors(size: int, layers: tuple[tuple[int, int], ...]) -> Floats:
    """float32 (n, 2), in [0, 1]: centres of the detector's anchors; `layers` are (stride, anchors at each place)."""
    found = []
    for stride, count in layers:
        cells = size // stride
        grid = np.stack(np.meshgrid(np.arange(cells), np.arange(cells)), -1).reshape(-1, 2)
        found.append(np.repeat((grid + 0.5) / cells, count, axis=0))
    return np.concatenate(found).astype(np.float32)


_DETECTORS = {
    "face_detection_short_range": (128, _anchors(128, ((8, 2), (16, 6)))),
    "face_detection_full_range_sparse": (192, _anchors(192, ((4, 1),))),
}
_LEAST_SCORE = 0.6


def _detected(image: Rgb, name: str, x0: float, y0: float, side: float) -> list[Box]:
    size, anchors = _DETECTORS[name]
    cut = _crop(image, np.array([x0 + side / 2, y0 + side / 2], np.float32), side, 0.0, size)
    raw, logits = _run(name, cut.astype(np.float32) / 127.5 - 1)
    scores = 1 / (1 + np.exp(-np.clip(logits[0, :, 0], -80, 80)))
    found = []
    for i in np.flatnonzero(scores > _LEAST_SCORE):
        values = raw[0, i].reshape(8, 2) / size
        width, height = values[1] * side
        points = (np.concatenate([values[:1], values[2:]]) + anchors[i]) * side + (x0, y0)
        cx, cy = points[0]
        box = Box(cx - width / 2, cy - height / 2, width, height, float(scores[i]), points[1:].astype(np.float32))
        found.append(box)
    return found


def _overlap(a: Box, b: Box) -> float:
    """Intersection over the smaller."""
    w = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    h = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    return max(w, 0) * max(h, 0) / max(min(a.width * a.height, b.width * b.height), 1e-6)


def find_faces(image: Rgb) -> list[Box]:
    """All faces of a picture (h, w, 3), the largest first.

    Two detectors search the whole picture for near and for small faces, and its quarters where they find none.
    """
    height, width = image.shape[:2]
    side = max(height, width)
    whole = ((width - side) / 2, (height - side) / 2, side)
    found = [box for name in _DETECTORS for box in _detected(image, name, *whole)]
    if not found:
        half = side / 2
        for x in np.arange(0, max(width - half, 0) + 1, half / 2):
            for y in np.arange(0, max(height - half, 0) + 1, half / 2):
                found += _detected(image, "face_detection_full_range_sparse", float(x), float(y), half)
    if not found:  # a head that fills the picture, with brow and chin cut off
        padded = 1.6 * side
        found = _detected(image, "face_detection_short_range", (width - padded) / 2, (height - padded) / 2, padded)
    distinct: list[Box] = []
    for box in sorted(found, key=lambda b: -b.score):
        if all(_overlap(box, other) < 0.3 for other in distinct):
            distinct.append(box)
    return sorted(distinct, key=lambda b: -b.width * b.height)


#: Size of the crop in faces; and shifts (of the crop's side) and scales of the passes whose mean is the result.
_MESH_CROP = 1.5
_PASSES = ((0.0, 0.0, 1.0), (0.02, 0.0, 0.94), (-0.02, 0.0, 1.06), (0.0, 0.02, 1.03), (0.0, -0.02, 0.97))


def face_mesh(image: Rgb, box: Box) -> tuple[Floats, float]:
    """Landmarks of a face, float32 (468, 3), pixels, z in the same unit, away from the camera; and the network's
    confidence that it is a face, 0 to 1."""
    right, left = box.points[0], box.points[1]
    angle = float(np.arctan2(*(left - right)[::-1]))
    centre = np.array([box.x + box.width / 2, box.y + box.height / 2], np.float32)
    side = _MESH_CROP * max(box.width, box.height)
    for _ in range(2):  # from the detector's box to that of the landmarks
        points, sure = _mesh(image, centre, side, angle)
        centre, side, angle = _around(points)
    passes = [
        _mesh(image, centre + np.array([dx, dy], np.float32) * side, side * grow, angle) for dx, dy, grow in _PASSES
    ]
    return np.mean([p for p, _ in passes], 0).astype(np.float32), sure


def _around(points: Floats) -> tuple[Floats, float, float]:
    """Centre (2,), side and angle of the square around a face's landmarks that the network should see."""
    right, left = points[33, :2], points[263, :2]
    angle = float(np.arctan2(*(left - right)[::-1]))
    c, s = np.cos(angle), np.sin(angle)
    upright = points[:, :2] @ np.array([[c, -s], [s, c]], np.float32)
    low, high = upright.min(0), upright.max(0)
    centre = np.array([[c, -s], [s, c]], np.float32) @ ((low + high) / 2)
    return centre.astype(np.float32), _MESH_CROP * float((high - low).max()), angle


def _mesh(image: Rgb, centre: Floats, side: float, angle: float) -> tuple[Floats, float]:
    size = 192
    cut = _crop(image, centre, side, angle, size)
    raw, flag = _run("face_landmark", np.asarray(cut / 255, np.float32))
    points = raw.reshape(468, 3)
    flat = points[:, :2] @ _square(centre, side, angle, size)[:, :2].T + _square(centre, side, angle, size)[:, 2]
    z = points[:, 2:] * side / size
    return np.hstack([flat, z]).astype(np.float32), float(1 / (1 + np.exp(-flag.ravel()[0])))


def iris(image: Rgb, mesh: Floats, side: int) -> tuple[Floats, float]:
    """Centre, float32 (2,), and radius of an iris, pixels; `side` 0 is the right eye, 1 the left."""
    outer, inner = (mesh[i, :2] for i in EYE_CORNERS[side])
    centre = np.asarray((outer + inner) / 2, np.float32)
    width = 2.3 * float(np.linalg.norm(outer - inner))
    right, left = mesh[33, :2], mesh[263, :2]
    angle = float(np.arctan2(*(left - right)[::-1]))
    cut = _crop(image, centre, width, angle, 64, cv2.BORDER_REPLICATE)
    # The network expects the eye whose outer corner is at the picture's right.
    flipped = side == 0
    shown = np.asarray((cut[:, ::-1] if flipped else cut) / 255, np.float32)
    points = _run("iris_landmark", shown)[1].reshape(5, 3)[:, :2]
    if flipped:
        points[:, 0] = 64 - points[:, 0]
    to_image = _square(centre, width, angle, 64)
    points = np.asarray(points @ to_image[:, :2].T + to_image[:, 2], np.float32)
    radius = float(np.linalg.norm(points[1:] - points[0], axis=1).mean())
    return points[0], radius


def person(image: Rgb, centre: Floats, side: float) -> Floats:
    """float32 (256, 256), in [0, 1]: how much of each pixel in a square of the picture is a person."""
    cut = np.asarray(_crop(image, centre, side, 0.0, 256, cv2.BORDER_REPLICATE) / 255, np.float32)
    there, back = (_run("selfie_segmentation", c)[0][0, ..., 0] for c in (cut, cut[:, ::-1]))
    return np.asarray((there + back[:, ::-1]) / 2, np.float32)
