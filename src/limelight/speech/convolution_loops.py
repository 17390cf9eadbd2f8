"""The compiled loops of `convolution`: what lies between two products of matrices, in few passes over a block.

Rows are moments, columns are channels. Sums are in double precision and in one order, so that they are the same always.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from limelight.jit import jit

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_ZERO, _HALF = np.float32(0), np.float32(0.5)
_PER_PI = np.float32(1 / np.pi)
#: Adding it and taking it away rounds a float32 to a whole number.
_ROUNDS = np.float32(1.5 * 2**23)
#: π in two parts; whole multiples of the first, up to 2^15, are exact.
_PI_HIGH, _PI_LOW = np.float32(3.140625), np.float32(np.pi - 3.140625)
#: sin r = r + r³ (…) between −π/2 and π/2, within 4e-6.
_S3, _S5, _S7, _S9 = (np.float32(1 / n) for n in (-6, 120, -5040, 362880))


@jit
def snake(
    x: Floats, first: int, gain: Floats, bias: Floats, alpha: Floats, out: Floats
) -> tuple[np.float32, np.float32]:
    """y + sin²(αy) / α for y = x · gain + bias, for the rows of `out` from `first` on; the least and the greatest.

    Neither is beyond 0. Rows of `out` before and after those of `x` are 0. After Ziyin et al. (2020).
    """
    rows, channels = x.shape
    per_alpha = np.float32(1) / alpha
    least, greatest = np.zeros(channels, np.float32), np.zeros(channels, np.float32)
    for t in range(len(out)):
        to = out[t]
        if first + t < 0 or first + t >= rows:
            to[:] = _ZERO
            continue
        row = x[first + t]
        for c in range(channels):
            y = row[c] * gain[c] + bias[c]
            turn = y * alpha[c]
            half_turns = (turn * _PER_PI + _ROUNDS) - _ROUNDS
            r = (turn - half_turns * _PI_HIGH) - half_turns * _PI_LOW
            r2 = r * r
            sine = r + r * r2 * (_S3 + r2 * (_S5 + r2 * (_S7 + r2 * _S9)))
            to[c] = y + sine * sine * per_alpha[c]
        for c in range(channels):
            least[c] = min(least[c], to[c])
            greatest[c] = max(greatest[c], to[c])
    return least.min(), greatest.max()


@jit
def leaky(x: Floats, first: int, below: np.float32, out: Floats) -> None:
    """x where it is above 0, else x · below, for the rows of `out` from `first` on; 0 before and after those of `x`."""
    rows, channels = x.shape
    for t in range(len(out)):
        to = out[t]
        if first + t < 0 or first + t >= rows:
            to[:] = _ZERO
            continue
        row = x[first + t]
        for c in range(channels):
            to[c] = max(row[c], row[c] * below)


@jit
def quantised(x: Floats, per_step: np.float32, zero: int, out: NDArray[np.uint8]) -> None:
    """x in steps above a zero point, rounded."""
    values, to = x.reshape(-1), out.reshape(-1)
    offset = np.float32(zero) + _HALF
    for i in range(values.size):
        to[i] = np.uint8(np.int32(values[i] * per_step + offset))


@jit
def unfolded(x: NDArray[Any], dilation: int, out: NDArray[Any]) -> None:
    """Lays the rows that a convolution sums side by side: out[t, k] = x[t + k · dilation]. `out` is (rows, taps, …)."""
    rows, taps, words = out.shape
    for t in range(rows):
        for k in range(taps):
            row, to = x[t + k * dilation], out[t, k]
            for w in range(words):
                to[w] = row[w]


@jit
def summed(
    products: NDArray[Any], scale: np.float32, bias: Floats, base: Floats | None, more: Floats | None, out: Floats
) -> Doubles:
    """Writes products · scale + bias + base + more; sums and sums of squares (2, channels) of what was written.

    `out` may be one of those that are added.
    """
    rows, channels = products.shape
    sums, squares, value = np.zeros(channels), np.zeros(channels), np.empty(channels, np.float32)
    for t in range(rows):
        row, to = products[t], out[t]
        for c in range(channels):
            value[c] = np.float32(row[c]) * scale + bias[c]
        if base is not None:
            for c in range(channels):
                value[c] += base[t, c]
        if more is not None:
            for c in range(channels):
                value[c] += more[t, c]
        for c in range(channels):
            to[c] = value[c]
        for c in range(channels):
            exact = np.float64(value[c])
            sums[c] += exact
            squares[c] += exact * exact
    return np.stack((sums, squares))
