"""A smooth step, in a module of its own: importing it does not load the compiler."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def smoothstep(low: float, high: float, x: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """0 below `low`, 1 above `high`, smooth in between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
