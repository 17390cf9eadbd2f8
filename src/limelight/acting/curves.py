"""Building blocks of motion: random streams, smooth noise and smooth steps. Knows nothing of faces.

Each is a function of absolute time and of random values drawn in order of time, so that a longer scene begins like a
shorter one and nothing repeats.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: float64, mostly (frames,): a value for each frame
Curve = NDArray[np.float64]


def stream(seed: int, name: str) -> np.random.Generator:
    """The random numbers of one purpose, independent of all other purposes'."""
    return np.random.Generator(np.random.PCG64([seed & 0xFFFF_FFFF_FFFF_FFFF, zlib.crc32(name.encode())]))


def noise(rng: np.random.Generator, t_s: Curve, rate_hz: float) -> Curve:
    """Smooth noise of about unit variance at the times `t_s` ≥ 0, of the same shape; twice differentiable.

    A cubic B-spline over one random value per 1/`rate_hz` seconds: it has no frequency much above `rate_hz` / 2 and
    never repeats.
    """
    if not t_s.size:
        return np.zeros_like(t_s)
    at = t_s * rate_hz
    cell = np.floor(at).astype(np.intp)
    f = at - cell
    values = rng.standard_normal(int(cell.max()) + 4)
    g = 1 - f
    w0, w3 = g**3 / 6, f**3 / 6
    w1 = (3 * f**3 - 6 * f**2 + 4) / 6
    w2 = 1 - w0 - w1 - w3
    mixed = w0 * values[cell] + w1 * values[cell + 1] + w2 * values[cell + 2] + w3 * values[cell + 3]
    return np.asarray(mixed / _SPLINE_DEVIATION)


#: Standard deviation of a cubic B-spline over values of unit variance: the root of 151/315.
_SPLINE_DEVIATION = (151 / 315) ** 0.5


def ease(x: ArrayLike) -> Curve:
    """From 0 to 1 while x goes from 0 to 1, with no speed or acceleration at the ends (minimum jerk)."""
    x = np.clip(np.asarray(x, np.float64), 0.0, 1.0)
    return np.asarray(x * x * x * (x * (x * 6 - 15) + 10))


def swing(t_s: Curve, start_s: float, rise_s: float, hold_s: float, fall_s: float) -> tuple[slice, Curve]:
    """A minimum-jerk move there and back, 0 to 1 to 0: the slice of `t_s` (rising) that it covers, and its values."""
    rise_s, fall_s = max(rise_s, 1e-3), max(fall_s, 1e-3)
    end = start_s + rise_s + hold_s + fall_s
    part = slice(int(np.searchsorted(t_s, start_s)), int(np.searchsorted(t_s, end)))
    t = t_s[part]
    return part, ease((t - start_s) / rise_s) * ease((end - t) / fall_s)


def soft_limit(x: Curve, limit: float) -> Curve:
    """`x` limited to ±`limit` smoothly."""
    return np.asarray(limit * np.tanh(x / limit))


def steps(t_s: Curve, moves: list[tuple[float, float, float]]) -> Curve:
    """A value that rests and eases to the next: `moves` are (start in seconds, duration in seconds, new value), in
    order.

    It begins at 0. A move that begins before the last one has ended adds to it, so the value never jumps.
    """
    out = np.zeros_like(t_s)
    value = 0.0
    for start, length, new in moves:
        a = int(np.searchsorted(t_s, start))
        b = int(np.searchsorted(t_s, start + length))
        out[a:b] += (new - value) * ease((t_s[a:b] - start) / length)
        out[b:] += new - value
        value = new
    return out


def smooth(x: Curve, sigma: float) -> Curve:
    """`x` (samples,) filtered by a Gaussian of `sigma` samples, without delay; end values are repeated."""
    reach = int(3.2 * sigma) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return np.convolve(np.pad(x, reach, mode="edge"), kernel / kernel.sum(), "valid")


def knots(t_s: Curve, at_s: Curve, value: Curve, shape: Callable[[ArrayLike], Curve] = ease) -> Curve:
    """A curve through the points (`at_s`, `value`), eased from each to the next; constant outside."""
    i = np.clip(np.searchsorted(at_s, t_s, side="right") - 1, 0, len(at_s) - 2)
    f = shape((t_s - at_s[i]) / np.maximum(at_s[i + 1] - at_s[i], 1e-6))
    return np.asarray(value[i] + (value[i + 1] - value[i]) * f)
