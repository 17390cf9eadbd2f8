"""Further pictures of a person: is it the same one in the same light, with what expression, and how do they look.

Each is laid into the texture space of the first picture. What does not fit is left out, with a reason for the user.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.errors import PhotoError
from limelight.puppet.photo.expression import Expression, read_expression
from limelight.puppet.photo.fit import Fit
from limelight.puppet.photo.portrait import STEADY, Portrait, similarity_2d
from limelight.puppet.photo.template import Template
from limelight.puppet.photo.texture import facing, spread, unwrapped
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_LEAST_FACE_PX = 80
#: Of the unwrapped faces, which are compared at this width, texels; and how far they are blurred and freed of slow
#: light for that.
_COMPARED, _SOFT, _SLOW = 506, 2.5, 18.0
#: The light may differ by so many stops, and its colour by so many.
_MOST_LIGHT, _MOST_TINT = 0.45, 0.16
#: How alike the faces are, at least: correlation of what is fine in them, and what that is worth by what else differs:
#: expression (error of the landmarks, of the face's width; stops between the faces) makes for less of it, tint and
#: light speak against it.
_LEAST_ALIKE, _FOR_ERROR, _FOR_REST, _FOR_TINT, _FOR_LIGHT = 0.92, 7.1, 0.28, -1.1, -0.27
_FARTHEST_TURN_DEG = 24.0
#: Lips are redder than the skin about them, as a ratio of red and green; less than this part of it is left where
#: something is before them.
_LEAST_RED, _MOST_COVERED = 0.06, 0.35


@dataclass(frozen=True, slots=True)
class Further:
    """A further picture, understood."""

    picture: Bytes
    #: (468, 3), pixels
    landmarks: Floats
    expression: Expression
    #: (2, 3) its pixels to those of the first picture, by what no expression moves
    over: Floats
    #: (h, w, 3) in the texture space of the first, in its light; (h, w) where it is seen; texels for one of its pixels
    texture: Floats
    sure: Floats
    detail: float
    #: (3,) its colours times this are those of the first
    gain: Floats


def understand(
    t: Template, found: Fit, portrait: Portrait, uv: Floats, first: Bytes, picture: Bytes, marks: Floats | None
) -> Further:
    """Read a picture (h, w, 3) beside the first one, which is fitted by `found` and unwrapped at `uv` to `first`
    (h, w, 4); `marks` (468, 3) are its landmarks, None where it shows no face.

    Raises PhotoError with why it is left out.
    """
    marks = _large_enough(marks)
    expression = read_expression(t, found, marks)
    turned = np.degrees(np.arccos(np.clip((np.trace(expression.turn) - 1) / 2, -1, 1)))
    if turned > _FARTHEST_TURN_DEG:
        raise PhotoError(
            f"the head is turned by {turned:.0f}° from the first picture, at most {_FARTHEST_TURN_DEG:.0f}° are used.",
            code="face_from_the_side",
        )
    gain = same_person(t, found, portrait, picture, expression)
    laid = replace(found, source=expression.source)
    size = first.shape[1], first.shape[0]
    seen = unwrapped(laid, picture, uv, size)
    sure = spread(np.clip(facing(t, found), 0, 1), uv, found.triangles, size)
    sure = smoothstep(0.15, 0.45, sure) * (seen[..., 3] > 0)
    texels = float(np.linalg.norm(np.ptp(uv, 0)) / np.linalg.norm(np.ptp(expression.source, 0)))
    return Further(
        picture=picture,
        landmarks=marks,
        expression=expression,
        over=similarity_2d(marks[list(STEADY), :2], portrait.landmarks[list(STEADY), :2]),
        texture=seen[..., :3].astype(np.float32) * gain,
        sure=np.asarray(sure, np.float32),
        detail=texels,
        gain=gain,
    )


def _large_enough(marks: Floats | None) -> Floats:
    if marks is None:
        raise PhotoError("no face is seen clearly in it.", code="no_face")
    width = float(np.linalg.norm(marks[454, :2] - marks[234, :2]))
    if width < _LEAST_FACE_PX:
        raise PhotoError(
            f"its face is {width:.0f} pixels wide, at least {_LEAST_FACE_PX} are needed.", code="face_too_small"
        )
    return marks


def same_person(t: Template, found: Fit, portrait: Portrait, picture: Bytes, expression: Expression) -> Floats:
    """(3,) what brings another picture (h, w, 3) of the same face to the first one's light.

    Raises PhotoError where it is somebody else, in other light, or has something before the mouth.
    """
    height, width = t.confidence.shape
    uv = (t.uv * (_COMPARED / (2 * width))).astype(np.float32)
    size = _COMPARED, round(height * _COMPARED / width)
    mine = unwrapped(found, portrait.picture, uv, size)
    other = unwrapped(replace(found, source=expression.source), picture, uv, size)
    return _gain(t, found, uv, mine, other, expression.error)


def _gain(t: Template, found: Fit, uv: Floats, mine: Bytes, other: Bytes, error: float) -> Floats:
    size = other.shape[1], other.shape[0]
    seen = cv2.resize(t.confidence, size, interpolation=cv2.INTER_LINEAR) > 150
    both = seen & (mine[..., 3] > 250) & (other[..., 3] > 250)
    if both.sum() < 1000:
        raise PhotoError("too little of the face is seen.", code="no_face")
    ratio = np.log2((mine[..., :3].astype(np.float32) + 6) / (other[..., :3].astype(np.float32) + 6))
    stops = np.median(ratio[both], 0)
    if abs(stops.mean()) > _MOST_LIGHT or np.abs(stops - stops.mean()).max() > _MOST_TINT:
        raise PhotoError("its light or colours are others than in the first picture.", code="another_light")
    plain = [cv2.GaussianBlur(np.log(i[..., :3].mean(-1, dtype=np.float32) + 8), (0, 0), _SOFT) for i in (mine, other)]
    fine = [(i - cv2.GaussianBlur(i, (0, 0), _SLOW))[both] for i in plain]
    alike = float(np.corrcoef(*fine)[0, 1])
    rest = float(np.abs(ratio - stops)[both].mean())
    tint, light = float(np.abs(stops - stops.mean()).max()), abs(float(stops.mean()))
    alike += _FOR_ERROR * error + _FOR_REST * rest + _FOR_TINT * tint + _FOR_LIGHT * light
    if alike < _LEAST_ALIKE:
        raise PhotoError("it does not show the person of the first picture, or something is before the face.",
                         code="another_person")  # fmt: skip
    lips = spread(np.clip(t.lips, 0, 1), uv, found.triangles, size) > 0.8
    around = (spread(np.clip(t.lips * 3, 0, 1), uv, found.triangles, size) < 0.05) & both
    around &= cv2.dilate(lips.astype(np.uint8), np.ones((41, 41), np.uint8)) > 0
    own, now = (_redder(i, lips & both, around) for i in (mine, other))
    if own > _LEAST_RED and now < _MOST_COVERED * own:
        raise PhotoError("something is before the mouth.", code="face_covered")
    return np.asarray(2.0**stops, np.float32)


def _redder(picture: Bytes, lips: NDArray[np.bool_], around: NDArray[np.bool_]) -> float:
    """How much redder than the skin around them the lips are."""
    if not (lips.any() and around.any()):
        return 0.0
    red, green = (picture[..., i].astype(np.float32) for i in (0, 1))
    ratio = red / np.maximum(green, 1)
    return float(np.median(ratio[lips]) - np.median(ratio[around]))
