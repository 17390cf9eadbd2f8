"""Where hair begins: tables of (azimuth in degrees from the front, height above the eyes in dm)."""

from __future__ import annotations

import numpy as np

Hairline = tuple[tuple[float, float], ...]

WOMENS_HAIRLINE: Hairline = (
    (0, 0.67), (15, 0.67), (30, 0.66), (42, 0.58), (52, 0.44), (60, 0.26), (66, 0.10), (72, -0.06), (78, -0.14),
    (86, 0.14), (96, 0.20), (106, 0.10), (114, -0.10), (125, -0.42), (140, -0.62), (180, -0.70),
)  # fmt: skip
MENS_HAIRLINE: Hairline = (
    (0, 0.70), (14, 0.71), (26, 0.74), (36, 0.72), (44, 0.58), (51, 0.38), (57, 0.20), (63, 0.06), (70, -0.12),
    (79, -0.26), (84, 0.05), (90, 0.19), (98, 0.21), (108, 0.12), (116, -0.10), (127, -0.44), (140, -0.60),
    (180, -0.64),
)  # fmt: skip


def receding(hairline: Hairline, amount: float) -> Hairline:
    """Draw the hairline back, first over the temples. amount: 0 as it is, 0.5 deep temples, 1 a high forehead too."""
    angles, heights = (np.array(column, float) for column in zip(*hairline, strict=True))
    grid = np.unique(np.r_[angles, np.arange(0, 80, 4.0)])
    temples = np.exp(-(((grid - 32) / 15) ** 2)) * 0.34 * min(amount * 2, 1)
    forehead = np.interp(grid, [0, 46, 62], [0.26, 0.2, 0]) * max(amount - 0.5, 0) * 2
    height = np.interp(grid, angles, heights) + temples + forehead
    return tuple((float(a), round(float(h), 4)) for a, h in zip(grid, height, strict=True))
