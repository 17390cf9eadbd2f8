"""A person from the waist up: joins the head of a portrait to the body of a wider picture from the same hour.

The landmarks that keep their place in every expression register the two pictures; optical flow (DIS, Kroeger et al.
2016) takes up the differences at neck and hair, and the portrait takes on the wider picture's slow changes of light.
The seam is on the neck.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.errors import PhotoError
from limelight.puppet.photo import landmarks as lm
from limelight.puppet.photo.fill import softened
from limelight.puppet.photo.portrait import LONGEST_SIDE_PX, STEADY, similarity_2d
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

#: Most height of the head, hair to chin, in the joint picture: sharp in a close-up at 1080p.
_HEAD_PX = 620.0
#: How much of the figure the picture shows below the top of the hair, and above it, in heads.
_HEADS, _HEADROOM = 2.95, 0.12
#: Most difference between the pictures: roll of the head; distance of registered landmarks, as a share of the face's
#: height; colour of the face, as a ratio.
_MOST_ROLL_DEG, _MOST_LEFT_OVER, _MOST_GAIN = 4.0, 0.03, 1.6
#: Blur and longest reach of the flow, and blur of the slow light; shares of the face's height.
_FLOW_SOFT, _FLOW_REACH, _LIGHT_SOFT = 0.025, 0.15, 0.18
#: The seam: the pictures blend between these distances below the chin, shares of the face's height.
_SEAM = (0.03, 0.17)


@dataclass(frozen=True, slots=True)
class Joined:
    """A picture made of two."""

    #: uint8 (height, width, 3), sRGB
    picture: Bytes
    #: float32 (468, 2), landmarks of the face, pixels
    landmarks: Floats


def joined(front: Bytes, front_marks: Floats, wide: Bytes, wide_marks: Floats) -> Joined:
    """The head of `front` (h, w, 3) on the body of `wide` (h, w, 3), by their landmarks (468, 2), pixels.

    Raises PhotoError, with a message for the user, where the two do not fit together.
    """
    steady = list(STEADY)
    over = similarity_2d(front_marks[steady], wide_marks[steady])
    face = float(np.ptp(wide_marks[:, 1]))
    roll = float(np.degrees(np.arctan2(over[1, 0], over[0, 0])))
    left = np.linalg.norm(front_marks[steady] @ over[:, :2].T + over[:, 2] - wide_marks[steady], axis=1).mean() / face
    if abs(roll) > _MOST_ROLL_DEG or left > _MOST_LEFT_OVER:
        raise PhotoError("the head is held otherwise than in the first picture.", code="another_pose")
    to_canvas, size = _framed(wide, wide_marks, over)
    head_to_canvas = np.asarray((_square(to_canvas) @ _square(over))[:2], np.float32)
    body, _ = _laid(wide, to_canvas, size)
    head, seen = _laid(front, head_to_canvas, size)
    marks = (wide_marks @ to_canvas[:, :2].T + to_canvas[:, 2]).astype(np.float32)
    face = float(np.ptp(marks[:, 1]))
    gain = _gain(head, body, marks)
    if max(gain.max(), 1 / gain.min()) > _MOST_GAIN:
        raise PhotoError("its light or colours are others than in the first picture.", code="another_light")
    head, seen = _bent(np.asarray(head * gain, np.float32), seen, body, face)
    head = _lit_alike(head, body, seen, face)
    chin = float(marks[152, 1])
    rows = np.arange(size[1], dtype=np.float32)[:, None]
    inner = cv2.erode((seen > 0.99).astype(np.uint8), np.ones((31, 31), np.uint8)).astype(np.float32)
    wanted = (1 - smoothstep(_SEAM[0], _SEAM[1], (rows - chin) / face)) * inner * _alike(head, body, marks)
    shown = cv2.GaussianBlur(wanted, (0, 0), 6) * inner
    picture = head * shown[..., None] + body * (1 - shown[..., None])
    return Joined(
        picture=np.clip(picture + 0.5, 0, 255).astype(np.uint8),
        landmarks=marks,
    )


def _framed(wide: Bytes, wide_marks: Floats, over: Floats) -> tuple[Floats, tuple[int, int]]:
    """The affine map (2, 3) of the wide picture to the canvas, and the canvas's width and height: from above the hair
    to the waist."""
    top, chin = _hair_top(wide, wide_marks), float(wide_marks[152, 1])
    head = chin - top
    detail = float(np.linalg.norm(over[:, 0]))  # wide pixels for a pixel of the portrait
    scale = min(_HEAD_PX / head, 1 / detail, LONGEST_SIDE_PX / (head * (_HEADS + _HEADROOM)))
    first = top - _HEADROOM * head
    rows = min((_HEADS + _HEADROOM) * head, wide.shape[0] - first)
    middle = float(wide_marks[[127, 356], 0].mean())
    columns = min(LONGEST_SIDE_PX / scale, 2 * 1.4 * head, 2 * max(middle, wide.shape[1] - middle))
    size = int(columns * scale) // 2 * 2, int(rows * scale) // 2 * 2
    shift = size[0] / 2 - scale * middle, -scale * first
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32), size


def _hair_top(picture: Bytes, marks: Floats) -> float:
    """The row of the top of the hair, by segmentation of the person."""
    face = float(np.ptp(marks[:, 1]))
    centre = np.array([marks[:, 0].mean(), marks[:, 1].mean()], np.float32)
    side = 3.2 * face
    seen = lm.person(picture, centre, side)
    x = int(128 - 0.15 * face * 256 / side), int(128 + 0.15 * face * 256 / side)
    rows = np.flatnonzero((seen[:, x[0] : x[1]] > 0.5).mean(1) > 0.5)
    top = centre[1] + (rows[0] + 0.5 - 128) * side / 256 if len(rows) else marks[10, 1] - 0.3 * face
    return float(np.clip(top, marks[10, 1] - 0.9 * face, marks[10, 1]))


def _square(m: Floats) -> NDArray[np.float64]:
    """An affine map (2, 3) as a matrix (3, 3)."""
    return np.vstack([m, [0, 0, 1]])


def _laid(picture: Bytes, to: Floats, size: tuple[int, int]) -> tuple[Floats, Floats]:
    """A picture (h, w, 3) warped by `to` (2, 3) onto a canvas of this width and height, filtered where it shrinks; and
    (height, width) 1 where it covers the canvas."""
    scale = float(np.linalg.norm(to[:2, 0]))
    image = picture.astype(np.float32)
    if scale < 0.9:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.42 * np.sqrt(1 / scale**2 - 1)), np.float32)
    centred = to.copy()
    centred[:, 2] += to[:, :2] @ np.array([0.5, 0.5], np.float32) - 0.5
    out = cv2.warpAffine(image, centred, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    lies = cv2.warpAffine(np.ones(picture.shape[:2], np.float32), centred, size, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(out, np.float32), np.asarray(lies, np.float32)


def _gain(head: Floats, body: Floats, marks: Floats) -> Floats:
    """(3,) factors on the face's colour in `head` that make it the colour in `body`."""
    oval = np.zeros(head.shape[:2], np.uint8)
    cv2.fillPoly(oval, [np.round(marks[list(lm.FACE_OVAL)]).astype(np.int32)], 255)
    skin = cv2.erode(oval, np.ones((25, 25), np.uint8)) > 0
    return np.asarray(np.median(body[skin], 0) / np.maximum(np.median(head[skin], 0), 1), np.float32)


def _alike(head: Floats, body: Floats, marks: Floats) -> Floats:
    """(h, w): 1, but 0 below the mouth and beside the face where the pictures differ, as by another collar."""
    face, mouth = float(np.ptp(marks[:, 1])), float(marks[[13, 14], 1].mean())
    other = smoothstep(14.0, 34.0, softened(np.abs(head - body).mean(-1), 0.012 * face))
    oval = np.zeros(head.shape[:2], np.uint8)
    cv2.fillPoly(oval, [np.round(marks[list(lm.FACE_OVAL)]).astype(np.int32)], 1)
    reach = max(round(0.03 * face), 1)
    free = 1 - cv2.dilate(oval, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2))
    wide = cv2.dilate(other * free, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2))
    below = smoothstep(0.0, 0.1, (np.arange(head.shape[0], dtype=np.float32)[:, None] - mouth) / face)
    return np.asarray(1 - wide * free * below, np.float32)


def _bent(head: Floats, seen: Floats, body: Floats, face: float) -> tuple[Floats, Floats]:
    """The head, and where it covers the canvas, warped to the outlines of the body's picture at hair and neck.

    Only textured parts move, so a bare wall stays where it is.
    """
    grey = [cv2.cvtColor(np.clip(i, 0, 255).astype(np.uint8), cv2.COLOR_RGB2GRAY) for i in (body, head)]
    follower = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    follower.setFinestScale(1)
    flow = np.asarray(follower.calc(grey[0], grey[1], np.zeros((*grey[0].shape, 2), np.float32)), np.float32)
    texture = np.asarray(
        cv2.GaussianBlur(np.abs(cv2.Laplacian(grey[0], cv2.CV_32F, ksize=3)), (0, 0), 0.02 * face), np.float32
    )
    sure = smoothstep(2.0, 6.0, texture) * (seen > 0.99) * (np.linalg.norm(flow, axis=-1) < _FLOW_REACH * face)
    soft = _FLOW_SOFT * face
    summed = softened(np.dstack([flow * sure[..., None], sure]), soft)
    flow = summed[..., :2] / (summed[..., 2:] + 0.01)
    x, y = np.meshgrid(np.arange(head.shape[1], dtype=np.float32), np.arange(head.shape[0], dtype=np.float32))
    at = x + flow[..., 0], y + flow[..., 1]
    moved = cv2.remap(head, *at, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32), np.asarray(cv2.remap(seen, *at, cv2.INTER_LINEAR), np.float32)


def _lit_alike(head: Floats, body: Floats, seen: Floats, face: float) -> Floats:
    """The head with the slow changes of light of the body's picture."""
    there, soft = (seen > 0.99).astype(np.float32), _LIGHT_SOFT * face

    def slow(image: Floats) -> Floats:
        return np.asarray(softened(np.dstack([image * there[..., None], there]), soft), np.float32)

    theirs, mine = slow(body), slow(head)
    ratio = theirs[..., :3] / np.maximum(mine[..., :3], 1e-3)
    return np.asarray(head * np.clip(ratio, 0.8, 1.25), np.float32)
