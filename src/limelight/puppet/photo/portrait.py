"""The first, quick check of a picture: finds its largest face, and tells whether that can speak."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.errors import PhotoError
from limelight.puppet.photo import landmarks as lm
from limelight.puppet.photo.template import template

Floats = NDArray[np.float32]

#: Larger pictures are reduced to this, which is enough for 1080p.
LONGEST_SIDE_PX = 1920
_LEAST_FACE_PX = 80
#: Least confidence of the mesh network that it sees a face.
_LEAST_SURE = 0.35
#: At least this share of the face must have at least this alpha.
_LEAST_OPAQUE, _OPAQUE = 0.75, 230
_FARTHEST_YAW_DEG, _FARTHEST_PITCH_DEG = 36.0, 38.0
#: Inner landmarks of the upper and the lower lip; and the height of the mouth's opening over its width from which the
#: mouth never closes: smiles with teeth reach 0.23, mouths open in surprise begin at 0.28.
_LIP_PAIRS, _WIDE_OPEN = ((82, 87), (13, 14), (312, 317)), 0.26
#: Landmarks that no expression moves: forehead, bridge of the nose, temples, corners of the eyes.
STEADY = (10, 67, 297, 109, 338, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 33, 133, 362, 263, 127, 356, 234, 454, 93, 323,
           21, 251, 54, 284, 103, 332, 98, 327, 2, 129, 358, 116, 345, 123, 352, 50, 280, 205, 425)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture and its largest face. Pixels are those of `picture`, which may be reduced."""

    #: uint8 (height, width, 3), sRGB
    picture: NDArray[np.uint8]
    #: uint8 (height, width); None where the picture is opaque
    alpha: NDArray[np.uint8] | None
    #: x0, y0, x1, y1 of the landmarks, pixels
    box: tuple[float, float, float, float]
    #: float32 (468, 3), pixels, z in the same unit, away from the camera
    landmarks: Floats
    #: float32 (3, 3), from the template's camera space to the picture's
    rotation: Floats
    #: pixels per metre at the face
    px_per_m: float
    #: how many faces the picture has
    faces: int

    @property
    def wide_open(self) -> bool:
        """Whether the mouth is open too far, as in a laugh or with the tongue out, ever to close well."""
        return mouth_opening(self.landmarks[:, :2]) > _WIDE_OPEN

    @property
    def colourful(self) -> float:
        """0 for a face in black and white, 1 for one in colour."""
        x0, y0, x1, y1 = (max(int(v), 0) for v in self.box)
        skin = self.picture[y0 : y1 + 1, x0 : x1 + 1].astype(np.float32)
        return float(np.clip(np.median(np.ptp(skin, -1) / np.maximum(skin.max(-1), 1)) / 0.15, 0, 1))


def find_portrait(picture: NDArray[np.uint8]) -> Portrait:
    """The portrait of an upright picture, uint8 (height, width, 3 or 4), sRGB, straight alpha.

    Raises PhotoError, with a message for the user, where its largest face cannot speak.
    """
    found = find_person(picture)
    _check_speaks(found, is_reduced=found.picture.shape[:2] != picture.shape[:2])
    return found


def find_person(picture: NDArray[np.uint8]) -> Portrait:
    """As `find_portrait`, also where the largest face cannot speak. Raises PhotoError where there is no face."""
    rgb, alpha = _prepared(picture)
    seen = lm.find_faces(rgb)
    if not seen:
        raise PhotoError(
            "no face was found in the picture: take one that shows a face from the front, well lit.", code="no_face"
        )
    points, sure = lm.face_mesh(rgb, seen[0])
    if sure < _LEAST_SURE:
        raise PhotoError("no face was found in the picture that is clear enough to follow.", code="no_face")
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    scale, _, rotation = similarity(template().landmarks[list(STEADY)], points[list(STEADY)])
    box = float(low[0]), float(low[1]), float(high[0]), float(high[1])
    return Portrait(rgb, alpha, box, points, rotation, scale, len(seen))


def _check_speaks(found: Portrait, *, is_reduced: bool) -> None:
    """Raise PhotoError where a portrait's face cannot speak; `is_reduced` says whether the picture was larger."""
    rgb, alpha, points, turn = found.picture, found.alpha, found.landmarks, found.rotation
    yaw, pitch = np.degrees(np.arcsin(turn[0, 2])), np.degrees(np.arcsin(turn[1, 2]))
    if abs(yaw) > _FARTHEST_YAW_DEG:
        raise PhotoError(
            f"the face is seen from the side, turned by about {abs(yaw):.0f}°; take a picture from the front, or "
            f"turned by no more than 30°.",
            code="face_from_the_side",
        )
    if abs(pitch) > _FARTHEST_PITCH_DEG:
        raise PhotoError(
            "the face is seen from too far above or below; take a picture at the height of the eyes.",
            code="face_from_the_side",
        )
    width = float(np.linalg.norm(points[454, :2] - points[234, :2]))
    size = max(width, float(np.ptp(points[:, 1])) * 0.8)
    if size < _LEAST_FACE_PX:
        where = f" at the working size of {LONGEST_SIDE_PX}" if is_reduced else ""
        raise PhotoError(
            f"the face is {size:.0f} pixels wide{where}, at least {_LEAST_FACE_PX} are needed.", code="face_too_small"
        )
    vital = points[[33, 133, 362, 263, 1, 61, 291, 17], :2]
    if (vital < 0).any() or (vital > [rgb.shape[1], rgb.shape[0]]).any():
        raise PhotoError(
            "the face is cut off by the edge of the picture; both eyes, the nose and the mouth must be seen.",
            code="face_cut_off",
        )
    if alpha is not None and (alpha[lm.inside_face(points, rgb.shape[:2]) > 0] >= _OPAQUE).mean() < _LEAST_OPAQUE:
        raise PhotoError(
            "the face is transparent: take a picture in which only what is around the person is.",
            code="face_transparent",
        )


def _prepared(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """The picture (h, w, 3) at working size, and its alpha (h, w), None where it is opaque."""
    if picture.ndim != 3 or picture.shape[2] not in (3, 4) or picture.dtype != np.uint8 or min(picture.shape[:2]) < 16:
        raise PhotoError("the picture is too small or no colour picture.", code="no_face")
    picture = reduced(picture)
    rgb = np.ascontiguousarray(picture[..., :3])
    alpha = picture[..., 3] if picture.shape[2] == 4 and (picture[..., 3] < 250).mean() > 0.002 else None
    return rgb, alpha


def reduced(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture (height, width, channels) no larger than LONGEST_SIDE_PX."""
    scale = LONGEST_SIDE_PX / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def find_face(picture: NDArray[np.uint8]) -> Floats | None:
    """Landmarks, float32 (468, 3), pixels, of the largest face in a picture (height, width, 3), of any size; None
    without one."""
    seen = lm.find_faces(picture)
    if not seen:
        return None
    points, sure = lm.face_mesh(picture, seen[0])
    return points if sure > _LEAST_SURE else None


def mouth_opening(points: Floats) -> float:
    """Height of the mouth's opening over its width, from landmarks (468, 2 or 3)."""
    width = np.linalg.norm(points[61] - points[291])
    return float(np.mean([np.linalg.norm(points[a] - points[b]) for a, b in _LIP_PAIRS]) / width)


def similarity(points: Floats, seen: Floats) -> tuple[float, Floats, Floats]:
    """Scale, shift (d,) and rotation (d, d) of the similarity that maps `points` (n, d) closest to `seen` (n, d).

    After Umeyama (1991).
    """
    a, b = points.mean(0), seen.mean(0)
    u, stretch, v = np.linalg.svd((seen - b).T @ (points - a))
    flip = np.diag([*np.ones(len(u) - 1), np.sign(np.linalg.det(u @ v))])
    rotation = u @ flip @ v
    scale = float((stretch * np.diag(flip)).sum() / ((points - a) ** 2).sum())
    shift = b - scale * rotation @ a
    return scale, shift.astype(np.float32), rotation.astype(np.float32)


def similarity_2d(points: Floats, seen: Floats) -> Floats:
    """float32 (2, 3): the similarity that maps `points` (n, 2) closest to `seen` (n, 2), as an affine map."""
    scale, shift, rotation = similarity(points, seen)
    return np.hstack([scale * rotation, shift[:, None]]).astype(np.float32)
