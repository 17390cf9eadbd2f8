"""Cuts the person of a picture out of it, with the matte that talking photos have, in the picture's own size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.puppet.photo.fill import push_pull
from limelight.puppet.photo.matte import matte
from limelight.puppet.photo.portrait import find_person
from limelight.puppet.ramp import smoothstep

Bytes = NDArray[np.uint8]

#: Alpha, 0 to 255, below which a pixel has hardly a colour of the person's, and from which it surely has one.
_HARDLY, _SURELY = 13, 128
#: Between these values of alpha an enlarged person changes to the colours of the larger picture.
_OWN = (0.9, 1.0)
#: So many rows are done at once: pictures are large.
_ROWS = 256


def cut_out(picture: Bytes) -> Bytes:
    """uint8 (height, width, 4), sRGB, straight alpha: whom the largest face of a picture (height, width, 3 or 4)
    belongs to.

    Nothing of the scene is left in it: transparent pixels have the colours of the person beside them. A picture that
    is transparent about the person stays as it is. Raises PhotoError where there is no face.
    """
    portrait = find_person(picture)
    if portrait.alpha is not None:
        return picture
    person = _alone(matte(portrait).person)
    if person.shape[:2] != picture.shape[:2]:
        return _enlarged(person, picture)
    return person


def _alone(person: Bytes) -> Bytes:
    """The person (h, w, 4), with colours of theirs also where they are transparent."""
    colour, alpha = person[..., :3], person[..., 3]
    beside = push_pull(colour.astype(np.float32), (alpha >= _SURELY).astype(np.float32))
    beside = np.clip(beside + 0.5, 0, 255).astype(np.uint8)
    return np.dstack([np.where(alpha[..., None] < _HARDLY, beside, colour), alpha])


def _enlarged(person: Bytes, picture: Bytes) -> Bytes:
    """The person (h, w, 4) of a picture that was reduced, in the picture's size and with its details."""
    height, width = picture.shape[:2]
    large = np.asarray(cv2.resize(person, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    for top in range(0, height, _ROWS):
        rows = np.s_[top : top + _ROWS]
        own = smoothstep(*_OWN, large[rows, :, 3:].astype(np.float32) / 255)
        colour = picture[rows, :, :3] * own + large[rows, :, :3] * (1 - own)
        large[rows, :, :3] = (colour + 0.5).astype(np.uint8)
    return large
