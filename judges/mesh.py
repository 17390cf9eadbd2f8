"""How far lips and jaw part, in millimetres: on a presenter's mesh, which the acting that is judged does not know."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import INDEX
from limelight.catalog.avatars import avatar
from limelight.puppet.pack import load_pack

#: One of the rendered cast: its mesh is a body's, in metres.
_PRESENTER = "clara_studio_20261122"
#: The middle of the lips, where they part: as much of their width to each side.
_MIDDLE = 0.15


@functools.cache
def _opening_mm() -> NDArray[np.float64]:
    """(52,): how far each blendshape at 1 parts the lips in their middle."""
    face = load_pack(avatar(_PRESENTER).pack).face
    across = face.vertices[face.inner_lip][:, 0]
    middle = np.abs(across - (across.min() + across.max()) / 2) < _MIDDLE * np.ptp(across)
    # The contour is a loop from one corner to the other and back: the middle of one lip, then of the other.
    parts = np.split(np.flatnonzero(middle), np.flatnonzero(np.diff(np.flatnonzero(middle)) > 1) + 1)
    assert len(parts) == 2
    down = face.deltas[:, face.inner_lip][..., 1].astype(np.float64)
    first, second = (down[:, part].mean(1) for part in parts)
    parted = 1000 * (first - second)
    return np.asarray(parted * np.sign(parted[INDEX["jawOpen"]]))


def parted_mm(weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """How far the lips are apart, (frames,), of (frames, 52) weights: 0 at rest, where they touch, less if pressed."""
    return np.asarray(weights.astype(np.float64) @ _opening_mm())


def jaw_mm(weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """How far the jaw is lowered, (frames,), wherever the lips are."""
    return np.asarray(weights[:, INDEX["jawOpen"]].astype(np.float64) * _opening_mm()[INDEX["jawOpen"]])
