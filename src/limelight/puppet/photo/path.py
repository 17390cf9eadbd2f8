"""The cheapest path down a table of costs, which follows a line through a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def cheapest(cost: Floats, bends: float, farthest: int = 2) -> NDArray[np.int32]:
    """int32 (n,): the column in each row of the cheapest path down `cost` (n, m), by dynamic programming.

    From row to row the path moves sideways by at most `farthest` columns, and each of them costs `bends`.
    """
    aside = np.arange(-farthest, farthest + 1)
    total, came = cost.copy(), np.zeros(cost.shape, np.int32)
    for i in range(1, len(cost)):
        padded = np.pad(total[i - 1], farthest, constant_values=np.inf)
        ways = np.stack([padded[farthest + k : farthest + k + cost.shape[1]] + bends * abs(k) for k in aside])
        came[i] = np.arange(cost.shape[1]) + aside[ways.argmin(0)]
        total[i] += ways.min(0)
    path = np.full(len(cost), total[-1].argmin(), np.int32)
    for i in range(len(cost) - 1, 0, -1):
        path[i - 1] = came[i][path[i]]
    return path
