"""Primaries of pictures and films, and the way from one to another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Chromaticities of red, green and blue, x and y each (ITU-T H.273); white is D65 in all of them.
PRIMARIES = {
    1: (0.64, 0.33, 0.30, 0.60, 0.15, 0.06),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    12: (0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
}
#: The white of all of them, x and y.
D65 = (0.3127, 0.3290)
_BT709 = 1


def primaries_matrix(primaries: tuple[float, ...], white: tuple[float, float] = D65) -> Floats:
    """From light of these primaries to that of BT.709's, (3, 3), both relative to their white (SMPTE RP 177)."""
    return np.asarray(np.linalg.inv(_to_xyz(PRIMARIES[_BT709], D65)) @ _to_xyz(primaries, white))


def _to_xyz(primaries: tuple[float, ...], white: tuple[float, float]) -> Floats:
    def xyz(x: float, y: float) -> Floats:
        return np.array([x / y, 1.0, (1 - x - y) / y])

    columns = np.stack([xyz(*primaries[i : i + 2]) for i in (0, 2, 4)], axis=1)
    return np.asarray(columns * np.linalg.solve(columns, xyz(*white)))
