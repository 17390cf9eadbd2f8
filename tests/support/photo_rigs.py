"""A photo that can speak, without a model: a shipped presenter before a drawn background."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import BLENDSHAPES, INDEX, Performance
from limelight.acting.visemes import TARGETS
from limelight.catalog.avatars import avatar
from limelight.puppet.motion import Placement
from limelight.puppet.pack import load_pack
from limelight.puppet.photo import PhotoRig
from limelight.puppet.puppet import Patch, Puppet

Pixels = NDArray[np.uint8]


@lru_cache
def stand_in() -> PhotoRig:
    """The first presenter before a pattern in which every place has its own colour."""
    pack = load_pack(avatar("clara_studio_20261122").pack)
    rows, columns = pack.portrait.shape[:2]
    down, right = np.mgrid[0:rows, 0:columns]
    plate = np.stack(
        [60 + 120 * down // rows, 60 + 120 * right // columns, 100 + 40 * ((down // 64 + right // 64) % 2)], -1
    )
    return PhotoRig(pack, plate.astype(np.uint8), faces=1)


@lru_cache
def photo() -> Pixels:
    """The photo that the stand-in would be made of, (h, w, 3)."""
    rig = stand_in()
    alpha = rig.pack.portrait[..., 3:].astype(np.float32) / 255
    return np.rint(rig.pack.portrait[..., :3] * alpha + rig.plate * (1 - alpha)).astype(np.uint8)


@lru_cache
def portrait(viseme: str = "sil") -> Pixels:
    """A presenter before a grey wall, who says this, (600, 640, 3)."""
    row = np.zeros((1, len(BLENDSHAPES)), np.float32)
    for name, value in TARGETS[viseme].items():
        for full in (name, f"{name}Left", f"{name}Right"):
            if full in INDEX:
                row[0, INDEX[full]] = value
    two, three, one = (np.zeros(shape, np.float32) for shape in ((1, 2), (1, 3), (1,)))
    puppet = Puppet(load_pack(avatar("daniel_studio_20261124").pack), Placement(0.42, -110, 40), (640, 600))
    wall = np.full((600, 640, 3), (150, 160, 170), np.uint8)
    patch = puppet.patch(Performance(25, row, one, three, two, two, one, three), 0)
    shown, place = laid(wall, puppet.still()), place_of(patch)
    shown[place] = wall[place]
    return laid(shown, patch)


def place_of(patch: Patch) -> tuple[slice, slice]:
    """Where a patch lies in the picture."""
    height, width = patch.rgba.shape[:2]
    return slice(patch.y, patch.y + height), slice(patch.x, patch.x + width)


def laid(picture: Pixels, patch: Patch) -> Pixels:
    """The picture with a patch over it."""
    out, place = picture.copy(), place_of(patch)
    clear = 255 - patch.rgba[..., 3:].astype(np.uint16)
    out[place] = np.clip(patch.rgba[..., :3] + (out[place] * clear + 127) // 255, 0, 255)
    return out


def head_and_shoulders() -> PhotoRig:
    """The same photo, cut below the shoulders."""
    rig = stand_in()
    marks = rig.pack.landmarks
    rows = int(marks.chin[1] + 1.2 * (marks.chin[1] - marks.head_top[1]))
    return replace(rig, pack=replace(rig.pack, portrait=rig.pack.portrait[:rows]), plate=rig.plate[:rows])
