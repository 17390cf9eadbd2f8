"""Talking photos: a presenter made of one picture.

Nothing can be rigged yet; what is here is how it will be asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from limelight.errors import PhotoError
from limelight.puppet.pack import Pack

__all__ = ["PhotoError", "PhotoRig", "Portrait", "find_portrait", "rig"]


@dataclass(frozen=True, slots=True)
class PhotoRig:
    """A photo that can speak."""

    #: its portrait is the person, of the plate's size
    pack: Pack
    #: uint8 (h, w, 3), the photo's background with the person taken out
    plate: NDArray[np.uint8]
    #: how many faces the photo shows; the largest is taken
    faces: int


@dataclass(frozen=True, slots=True)
class Portrait:
    """The face that was found in a picture."""

    #: how many there are; this one is the largest
    faces: int


def find_portrait(picture: NDArray[np.uint8]) -> Portrait:
    """The face of a picture (h, w, 3 or 4), uint8 RGB. Raises PhotoError where there is none that can be rigged."""
    _refuse()


def rig(picture: NDArray[np.uint8]) -> PhotoRig:
    """A picture (h, w, 3 or 4), uint8 RGB, as what can be drawn. Raises PhotoError."""
    _refuse()


def _refuse() -> NoReturn:
    raise PhotoError("talking photos cannot be rigged yet.")
