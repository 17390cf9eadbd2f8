"""Registers further pictures of a person with the first one: checks that person and light are the same, reads the
expression, and unwraps the picture into the first one's texture space.

A picture that does not fit is left out, with a reason for the user.
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
#: Width of the unwrapped faces that are compared, texels; and the sigmas of the band-pass filter on them.
_COMPARED, _SOFT, _SLOW = 506, 2.5, 18.0
#: Most difference of the light, and of its colour, in stops.
_MOST_LIGHT, _MOST_TINT = 0.45, 0.16
#: Least similarity of the faces: the correlation of their fine detail, plus these terms: differences of expression
#: (error of the landmarks over the face's width; stops between the faces) excuse a lower correlation, differences of
#: tint and light count against it.
_LEAST_ALIKE, _FOR_ERROR, _FOR_REST, _FOR_TINT, _FOR_LIGHT = 0.92, 7.1, 0.28, -1.1, -0.27
_FARTHEST_TURN_DEG = 24.0
#: Least redness of the lips against the skin around them, as a ratio of red to green, for a test of covered lips; and
#: the share of it below which they are covered.
_LEAST_RED, _MOST_COVERED = 0.06, 0.35


@dataclass(frozen=True, slots=True)
class RegisteredPicture:
    """A further picture of the person, registered with the first one."""

    #: uint8 (height, width, 3), sRGB
    picture: Bytes
    #: float32 (468, 3), pixels
    landmarks: Floats
    expression: Expression
    #: float32 (2, 3), the affine map of its pixels to the first picture's, by landmarks that no expression moves
    over: Floats
    #: float32 (h, w, 3), levels 0 to 255: the picture in the first one's texture space and light
    texture: Floats
    #: float32 (h, w), in [0, 1]: the confidence of `texture`, 0 where it shows nothing
    sure: Floats
    #: texels per pixel of the picture
    detail: float
    #: float32 (3,), factors on its colours that make them the first picture's
    gain: Floats


def register(
    t: Template, found: Fit, portrait: Portrait, uv: Floats, first: Bytes, picture: Bytes, marks: Floats | None
) -> RegisteredPicture:
    """Register a picture (h, w, 3) with the first one, which `found` fits, and which unwrapped at `uv` is `first`
    (h, w, 4).

    `marks` (468, 3) are the picture's landmarks, pixels, None where it shows no face. Raises PhotoError with the reason
    where the picture does not fit.
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
    return RegisteredPicture(
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
    """float32 (3,): factors that bring another picture (h, w, 3) of the same face to the first one's light.

    Raises PhotoError where it shows somebody else, other light, or something before the mouth.
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
    """How much redder the lips are than the skin around them: the difference of the ratios of red to green."""
    if not (lips.any() and around.any()):
        return 0.0
    red, green = (picture[..., i].astype(np.float32) for i in (0, 1))
    ratio = red / np.maximum(green, 1)
    return float(np.median(ratio[lips]) - np.median(ratio[around]))
