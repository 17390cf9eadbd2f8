"""A photo that can speak, without a model: a shipped presenter before a drawn background."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from limelight.catalog.avatars import default_avatar
from limelight.puppet.pack import load_pack
from limelight.puppet.photo import PhotoRig

Pixels = NDArray[np.uint8]


@lru_cache
def stand_in() -> PhotoRig:
    """The first presenter before a pattern in which every place has its own colour."""
    pack = load_pack(default_avatar().pack)
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


def head_and_shoulders() -> PhotoRig:
    """The same photo, cut below the shoulders."""
    rig = stand_in()
    marks = rig.pack.landmarks
    rows = int(marks.chin[1] + 1.2 * (marks.chin[1] - marks.head_top[1]))
    return replace(rig, pack=replace(rig.pack, portrait=rig.pack.portrait[:rows]), plate=rig.plate[:rows])
