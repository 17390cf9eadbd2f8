"""Resonances of the vocal tract: formants by linear prediction (Markel and Gray, 1976); how far sounds are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from limelight.speech.audio import resample
from limelight.speech.types import Phoneme

_WINDOW_S, _HOP_S = 0.025, 0.005
_VOWEL_ORDER, _LIQUID_ORDER = 10, 12
_WIDEST_HZ = 700.0
_LOWEST_HZ = 150.0
#: What lies between the second and the third formant, as a share of the ceiling: of r (1.35 to 1.5 kHz), and of l,
#: whose second reaches 2 kHz where it is clear.
_ABOVE_F2 = {"ɹ": 0.27, "l": 0.42}


@dataclass(frozen=True)
class Formants:
    """The middle of one sound."""

    #: the first two, where they are vowels'
    f1_hz: float
    f2_hz: float
    #: the third, where the sound is r or l: the lowest resonance above the second
    f3_hz: float


def formants(
    samples: NDArray[np.float32], rate_hz: int, phonemes: Sequence[Phoneme], symbols: str, ceiling_hz: float
) -> list[Formants]:
    """Those of each of these phonemes that can be told; resonances are looked for below `ceiling_hz`, 5500 of a woman's
    voice and 5000 of a man's."""
    rate = round(2 * ceiling_hz)
    sound = resample(samples, rate_hz, rate).astype(np.float64)
    sound = np.append(sound[0], sound[1:] - 0.97 * sound[:-1])
    found = []
    for phoneme in (p for p in phonemes if p.symbol in symbols):
        third_s = (phoneme.end_s - phoneme.start_s) / 3
        times_s = np.arange(phoneme.start_s + third_s, phoneme.end_s - third_s + 1e-9, _HOP_S)
        above_hz = _ABOVE_F2.get(phoneme.symbol, 0.0) * ceiling_hz
        frames = [f for f in (_frame(sound, rate, float(t), above_hz) for t in times_s) if f is not None]
        if frames:
            found.append(Formants(*(float(hz) for hz in np.median(frames, axis=0))))
    return found


def _frame(
    sound: NDArray[np.float64], rate_hz: int, time_s: float, above_f2_hz: float
) -> tuple[float, float, float] | None:
    half, at = round(_WINDOW_S * rate_hz), round(time_s * rate_hz)
    if at < half or at + half > len(sound):
        return None
    frame = sound[at - half : at + half] * np.hamming(2 * half)
    vowel = _resonances_hz(frame, rate_hz, _VOWEL_ORDER)
    above = [hz for hz in _resonances_hz(frame, rate_hz, _LIQUID_ORDER) if hz > above_f2_hz]
    return (vowel[0], vowel[1], above[0]) if len(vowel) > 1 and above else None


def _resonances_hz(frame: NDArray[np.float64], rate_hz: int, order: int) -> list[float]:
    correlation = np.correlate(frame, frame, "full")[len(frame) - 1 :][: order + 1]
    if correlation[0] <= 0:
        return []
    correlation[0] *= 1 + 1e-9
    coefficients = scipy.linalg.solve_toeplitz(correlation[:-1], correlation[1:])
    roots = np.roots(np.append(1.0, -coefficients))
    roots = roots[roots.imag > 0]
    hz, width_hz = np.angle(roots) * rate_hz / (2 * np.pi), -np.log(np.abs(roots)) * rate_hz / np.pi
    return sorted(float(f) for f in hz[(width_hz < _WIDEST_HZ) & (hz > _LOWEST_HZ)])


def f3_hz(sounds: Sequence[Formants]) -> float:
    """The median third formant; NaN of none."""
    return float(np.median([s.f3_hz for s in sounds])) if sounds else float("nan")


def apart_bark(a: Sequence[Formants], b: Sequence[Formants]) -> float:
    """How far the medians of two vowels lie apart in the plane of F1 and F2; NaN of none."""
    if not a or not b:
        return float("nan")
    places = [_bark(np.median([[s.f1_hz, s.f2_hz] for s in one], axis=0)) for one in (a, b)]
    return float(np.linalg.norm(places[0] - places[1]))


def _bark(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """The ear's scale, after Traunmüller (1990)."""
    return 26.81 * hz / (1960 + hz) - 0.53
