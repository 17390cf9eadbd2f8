"""Matting: parts a picture into the person, with alpha and colours of their own, and the background without them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.puppet.photo import landmarks as lm
from limelight.puppet.photo.fill import guided, push_pull
from limelight.puppet.photo.portrait import Portrait
from limelight.puppet.photo.wall import keyed, off_wall, plain_wall, with_gaps
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]

#: Squares for the segmentation network: side, and how far its middle is below the face's, both in the face's height.
#: One for the figure; several for the head, whose mean is more certain than each.
_FIGURE, _HEAD = ((7.0, 1.6),), ((3.2, 0.3), (3.7, 0.35), (4.4, 0.5))
#: The network's edge is uncertain by this share of the face's height; there the picture's own edges decide.
_EDGE = 0.035
#: Regularisation of the guided filter.
_EPSILON = 4e-4
#: Half the width of gaps in the person that are closed, as a share of the face's height.
_GAP = 0.06
#: How far from the person single hairs are removed from the background, as a share of the face's height.
_WISPS = 0.022
#: Between these values of alpha the background changes from the picture's own to a filled one.
_TAKEN = (0.05, 0.35)
#: Where the picture's edge cuts the person off, the background keeps them this far inwards, a share of the face's
#: height.
_MARGIN = 0.08


@dataclass(frozen=True, slots=True)
class Matte:
    """The layers of a picture: person over plate is the picture."""

    #: uint8 (height, width, 4), sRGB, straight alpha
    person: NDArray[np.uint8]
    #: uint8 (height, width, 3), sRGB: the background, filled where the person was
    plate: NDArray[np.uint8]


def matte(portrait: Portrait) -> Matte:
    """Part a portrait's picture into person and background."""
    picture, face = portrait.picture, portrait.box[3] - portrait.box[1]
    if portrait.alpha is not None:
        alpha = np.asarray(portrait.alpha / 255, np.float32)
    else:
        oval = _oval(portrait, face)
        coarse = np.maximum(_segmented(portrait, face), oval)
        clear = np.asarray(cv2.dilate(coarse, np.ones((25, 25), np.uint8)) < 0.05)
        if (wall := plain_wall(picture, clear)) is not None:
            return _before_wall(portrait, coarse, oval, wall, face)
        alpha = _refined(picture, coarse, oval, face)
    image = picture.astype(np.float32)
    # Well outside of the person the colours are only the background's.
    near = max(round(0.02 * face), 2) * 2 + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (near, near))
    outside = (cv2.dilate(alpha, disc) < 0.02).astype(np.float32)
    behind = _grained(push_pull(image, outside), image, outside)
    # Person over plate must be the picture. Where alpha is near 0, both have the picture's own colour; else the plate
    # is the filled background, and the person's colour follows from it and the picture.
    taken = np.maximum(smoothstep(*_TAKEN, alpha), _wisps(image, alpha, outside, face)) * (
        1 - _at_cut_edges(alpha, face)
    )
    plate = image + (behind - image) * taken[..., None]
    a = alpha[..., None]
    solved = np.clip((image - (1 - a) * plate) / np.maximum(a, _TAKEN[0]), 0, 255)
    colour = np.where((a > 0.985) | (a < _TAKEN[0]), image, solved)
    rgba = np.dstack([colour + 0.5, alpha * 255 + 0.5]).astype(np.uint8)
    return Matte(rgba, np.clip(plate + 0.5, 0, 255).astype(np.uint8))


def _before_wall(portrait: Portrait, coarse: Floats, oval: Floats, wall: Floats, face: float) -> Matte:
    """Part a portrait's picture into person and plain wall, (height, width, 3); `face` is the face's height, pixels."""
    image = portrait.picture.astype(np.float32)
    rough = _refined(portrait.picture, coarse, oval, face)
    chin, middle = float(portrait.landmarks[152, 1]), float(portrait.landmarks[152, 0])
    off = off_wall(image, wall)
    alpha, colour = keyed(image, with_gaps(rough, image, wall, off, chin, middle, face), wall, off, face)
    outside = (cv2.dilate(alpha, np.ones((5, 5), np.uint8)) < 0.02).astype(np.float32)
    behind = _grained(wall, image, outside)
    wide = np.asarray(cv2.dilate(alpha, np.ones((5, 5), np.uint8)), np.float32)
    taken = smoothstep(0.0, 0.1, wide) * (1 - _at_cut_edges(alpha, face))
    plate = image + (behind - image) * taken[..., None]
    rgba = np.dstack([np.clip(colour, 0, 255) + 0.5, alpha * 255 + 0.5]).astype(np.uint8)
    return Matte(rgba, np.clip(plate + 0.5, 0, 255).astype(np.uint8))


def _segmented(portrait: Portrait, face: float) -> Floats:
    """float32 (height, width), in [0, 1]: the person, as coarse as the network's output, finer around the head."""
    height, width = portrait.picture.shape[:2]
    x0, y0, x1, y1 = portrait.box
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2], np.float32)
    longest = float(max(height, width))
    middle_of_all = np.array([width / 2, height / 2], np.float32)
    looks = [[(longest, middle_of_all)]]
    looks += [[(k * face, middle + np.array([0, low * face], np.float32)) for k, low in n] for n in (_FIGURE, _HEAD)]
    result = np.zeros((height, width), np.float32)
    for n, squares in enumerate(looks):
        if n == 1 and squares[0][0] > 0.8 * longest:
            continue
        total, weights = np.zeros_like(result), np.zeros_like(result)
        for side, centre in squares:
            seen = lm.person(portrait.picture, centre, side)
            to_square = np.array([[256 / side, 0, 127.5 - (centre[0] - 0.5) * 256 / side],
                                  [0, 256 / side, 127.5 - (centre[1] - 0.5) * 256 / side]], np.float32)  # fmt: skip
            into = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
            size = width, height
            total += cv2.warpAffine(seen, to_square, size, flags=into, borderMode=cv2.BORDER_REPLICATE)
            ramp = cv2.warpAffine(_ramp(), to_square, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
            weights += ramp if n else 1
        part = np.clip(weights / len(squares), 0, 1)
        result = np.asarray(result * (1 - part) + total / len(squares) * part, np.float32)
    return np.clip(result, 0, 1)


def _oval(portrait: Portrait, face: float) -> Floats:
    """float32 (height, width): 1 inside the oval of the portrait's face."""
    inside = lm.inside_face(portrait.landmarks, portrait.picture.shape[:2])
    return np.asarray(cv2.GaussianBlur(inside, (0, 0), max(0.01 * face, 0.5)).astype(np.float32) / 255)


def _closed(coarse: Floats, radius: float) -> Floats:
    """A coarse alpha without small gaps, which are errors of the network rather than background."""
    small = min(1.0, 5 / radius)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(round(radius * small), 1) + 1,) * 2)
    shrunk = cv2.resize(coarse, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)
    closed = np.minimum(cv2.morphologyEx(shrunk, cv2.MORPH_CLOSE, disc), 1)
    return np.asarray(cv2.resize(closed, coarse.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _ramp() -> Floats:
    """float32 (256, 256): 1, falling to 0 towards the border."""
    line = smoothstep(0, 40, np.minimum(np.arange(256), np.arange(256)[::-1]))
    return np.asarray(np.minimum(line[:, None], line[None]), np.float32)


def _refined(picture: NDArray[np.uint8], coarse: Floats, oval: Floats, face: float) -> Floats:
    """The coarse alpha (height, width), refined along the edges of the picture; `oval` (height, width) is the face."""
    # Only the component of the face: another person in the picture may be larger.
    certain = (coarse > 0.5).astype(np.uint8)
    count, labels = cv2.connectedComponents(certain)
    if count > 2:
        own = int(np.bincount(labels[oval > 0.5], minlength=count)[1:].argmax()) + 1
        other = (certain > 0) & (labels != own)
        wide = cv2.dilate(other.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        coarse = np.where(wide & (labels != own), 0, coarse).astype(np.float32)
    coarse = np.maximum(coarse, _closed(coarse, _GAP * face))
    guide = np.asarray(picture / 255, np.float32)
    radius = max(round(_EDGE * face), 2)
    fine = guided(guide, smoothstep(0.3, 0.8, coarse), radius, _EPSILON)
    fine = smoothstep(0.03, 0.8, np.clip(fine, 0, 1))
    # The network is weak at the picture's edges: alpha there is that of a little farther inwards.
    rim = max(round(_MARGIN * face / 2), 1)
    if min(fine.shape) <= 4 * rim:
        return fine
    inner = fine[rim:-rim, rim:-rim]
    return np.maximum(fine, cv2.copyMakeBorder(inner, rim, rim, rim, rim, cv2.BORDER_REPLICATE))


def _grained(smooth: Floats, image: Floats, outside: Floats) -> Floats:
    """A filled background with the grain of the visible one, where `outside` (height, width) is 1."""
    if outside.sum() < 400:
        return smooth
    detail = image - cv2.GaussianBlur(image, (0, 0), 1.5)
    spread = np.median(np.abs(detail[outside > 0]), 0) * 1.2
    noise = np.random.default_rng(7).standard_normal(outside.shape).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 0.6) * 1.6
    return np.asarray(smooth + noise[..., None] * spread, np.float32)


def _wisps(image: Floats, alpha: Floats, outside: Floats, face: float) -> Floats:
    """(height, width), in [0, 1]: where single hairs and sharpened contours would stay in the background when the head
    moves.

    Only a smooth background is filled there; in a busy one nobody notices them, but the filling would show.
    """
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(round(_WISPS * face), 1) + 1,) * 2)
    ring = cv2.GaussianBlur(cv2.dilate(smoothstep(*_TAKEN, alpha), disc), (0, 0), max(0.3 * _WISPS * face, 0.6))
    reach = max(0.06 * face, 3)
    grey = image.mean(-1)
    small = min(1.0, 8 / reach)
    parts = (outside, grey * outside, grey * grey * outside)
    w, mean, square = (
        cv2.GaussianBlur(cv2.resize(p, None, fx=small, fy=small, interpolation=cv2.INTER_AREA), (0, 0), reach * small)
        for p in parts
    )
    spread = np.sqrt(np.maximum(square / np.maximum(w, 1e-3) - (mean / np.maximum(w, 1e-3)) ** 2, 0))
    smooth = cv2.resize(1 - smoothstep(5, 14, spread), alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(ring * smooth, np.float32)


def _at_cut_edges(alpha: Floats, face: float) -> Floats:
    """(height, width): 1 along the picture's edges where they cut the person off, who then stays in the background
    behind the moving one."""
    return np.asarray(_from_edge(alpha.shape, _MARGIN * face) * smoothstep(0.6, 0.95, alpha), np.float32)


def _from_edge(shape: tuple[int, ...], margin: float) -> Floats:
    """(height, width): 1 at the edges of a picture of this shape, 0 from `margin` pixels inwards."""
    height, width = shape
    margin = max(margin, 3)
    x, y = np.arange(width) + 0.5, np.arange(height) + 0.5
    distance = np.minimum(np.minimum(x, width - x)[None], np.minimum(y, height - y)[:, None])
    return 1 - smoothstep(0.4 * margin, margin, distance)
