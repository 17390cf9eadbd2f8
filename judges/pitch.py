"""How high a voice is: the fundamental frequency, after YIN (de Cheveigné and Kawahara, 2002)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_RATE_HZ = 12_000
_WINDOW = 600  # 50 ms
_HOP = 240  # 20 ms
_THRESHOLD = 0.15


def f0_hz(samples: NDArray[np.float32], rate_hz: int, low_hz: float = 50, high_hz: float = 500) -> NDArray[np.float64]:
    """F0 of every voiced frame (20 ms apart), Hz."""
    from soxr import resample

    sound = np.asarray(resample(samples, rate_hz, _RATE_HZ), np.float64)
    longest, shortest = int(_RATE_HZ / low_hz), int(_RATE_HZ / high_hz)
    found = []
    loudest = np.abs(sound).max()
    for at in range(0, len(sound) - _WINDOW - longest, _HOP):
        frame = sound[at : at + _WINDOW + longest]
        if np.sqrt(np.mean(frame**2)) < 0.05 * loudest:
            continue
        energy = np.concatenate([[0], np.cumsum(frame**2)])
        power = energy[_WINDOW : _WINDOW + longest + 1] - energy[: longest + 1]
        cross = np.correlate(frame, frame[:_WINDOW], "valid")[: longest + 1]
        difference = np.maximum(power[0] + power - 2 * cross, 0)
        mean = np.cumsum(difference[1:]) / np.arange(1, longest + 1)
        relative = np.concatenate([[1], difference[1:] / np.maximum(mean, 1e-12)])
        below = np.flatnonzero(relative[shortest:] < _THRESHOLD)
        if len(below):
            lag = shortest + int(below[0])
            while lag + 1 < longest and relative[lag + 1] < relative[lag]:
                lag += 1
            found.append(_RATE_HZ / lag)
    return np.array(found)
