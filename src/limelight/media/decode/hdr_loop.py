"""The loop of `hdr`, compiled."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from limelight.jit import jit


@jit
def convert(
    deep: NDArray[np.uint16],
    light: NDArray[np.float32],
    gain: NDArray[np.float32],
    scale: NDArray[np.float32],
    largest: float,
    value: NDArray[np.uint8],
    matrix: NDArray[np.float32],
    luma: NDArray[np.float32],
    out: NDArray[np.uint8],
) -> None:
    """Write to `out`, (h, w, 3), what a BT.709 film shows of `deep`, (h, w, 3); see `hdr._Tables`."""
    last = len(light) - 1
    for row in range(deep.shape[0]):
        for column in range(deep.shape[1]):
            red = light[min((int(deep[row, column, 0]) + 8) >> 4, last)]
            green = light[min((int(deep[row, column, 1]) + 8) >> 4, last)]
            blue = light[min((int(deep[row, column, 2]) + 8) >> 4, last)]
            bright = luma[0] * red + luma[1] * green + luma[2] * blue
            more = gain[min(int(math.sqrt(bright) * last + 0.5), last)]
            red, green, blue = red * more, green * more, blue * more
            parts = (
                max(matrix[0, 0] * red + matrix[0, 1] * green + matrix[0, 2] * blue, 0.0),
                max(matrix[1, 0] * red + matrix[1, 1] * green + matrix[1, 2] * blue, 0.0),
                max(matrix[2, 0] * red + matrix[2, 1] * green + matrix[2, 2] * blue, 0.0),
            )
            most = max(parts[0], parts[1], parts[2])
            less = scale[min(int(math.sqrt(most / largest) * last + 0.5), last)]
            for i in range(3):
                out[row, column, i] = value[min(int(math.sqrt(parts[i] * less) * last + 0.5), last)]
