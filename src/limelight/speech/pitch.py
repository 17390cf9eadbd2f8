"""Pitch tracking: a voice's fundamental frequency over time, after YIN (de Cheveigné and Kawahara, 2002).

Knows nothing of words: `acting.prosody` reads a vowel's pitch and a phrase's intonation from it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech.audio import resample

#: Time from one estimate of the pitch to the next.
HOP_S = 0.010
#: The range of speaking voices, of men, women and children.
LOWEST_HZ, HIGHEST_HZ = 60.0, 500.0

_RATE_HZ = 8_000
_HOP = round(_RATE_HZ * HOP_S)
_WINDOW = 256  # 32 ms
_LONGEST, _SHORTEST = int(_RATE_HZ / LOWEST_HZ), int(_RATE_HZ / HIGHEST_HZ)
_FFT = 512
#: YIN's step 4: the first dip of the normalised difference below this counts.
_THRESHOLD = 0.15
#: Without such a dip the deepest one counts if it is below this; else the frame has no pitch.
_HOPELESS = 0.30
#: A frame below this share of the loud level (−26 dB) has no pitch.
_QUIET = 0.05
#: Two-pass range of De Looze and Hirst (2008): estimates far from the speaker's own quartiles are octave errors.
_FLOOR, _CEILING = 0.70, 1.70
_BATCH = 2_000


def semitones(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Pitch in semitones above the speaker's median, float64 (hops,), NaN where there is none; of mono 48 kHz sound.

    Hop i stands for the time (i + 0.5) * HOP_S. All are NaN where too few hops are voiced for a median.
    """
    hz = f0_hz(samples)
    voiced = hz[np.isfinite(hz)]
    if voiced.size < 10:
        return np.full_like(hz, np.nan)
    low, high = np.percentile(voiced, (25, 75))
    hz[(hz < _FLOOR * low) | (hz > _CEILING * high)] = np.nan
    return np.asarray(12 * np.log2(hz / np.nanmedian(hz)))


def f0_hz(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Fundamental frequency in Hz, float64 (hops,), NaN where there is none; of mono 48 kHz sound."""
    hops = int(len(samples) / SAMPLE_RATE_HZ / HOP_S)
    out = np.full(hops, np.nan)
    sound = resample(samples, SAMPLE_RATE_HZ, _RATE_HZ)
    # A frame's window and its copy one lag later are centred together on the hop's middle.
    before = (_WINDOW + _LONGEST - _HOP) // 2
    padded = np.pad(sound, (before, _WINDOW + _LONGEST)).astype(np.float64)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW + _LONGEST)[::_HOP][:hops]
    for first in range(0, hops, _BATCH):
        part = frames[first : first + _BATCH]
        out[first : first + len(part)] = _yin(part)
    if hops:
        level = np.sqrt(np.mean(frames[:, before : before + _HOP] ** 2, axis=1))
        out[level < _QUIET * np.percentile(level, 95)] = np.nan
    return out


def _yin(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fundamental frequency in Hz, (n,), of frames (n, _WINDOW + _LONGEST); NaN without a pitch."""
    spectrum = np.fft.rfft(frames, _FFT)
    window = np.fft.rfft(frames[:, :_WINDOW], _FFT)
    cross = np.fft.irfft(spectrum * window.conj(), _FFT)[:, : _LONGEST + 1]
    energy = np.cumsum(np.pad(frames**2, ((0, 0), (1, 0))), axis=1)
    power = energy[:, _WINDOW : _WINDOW + _LONGEST + 1] - energy[:, : _LONGEST + 1]
    difference = np.maximum(power[:, :1] + power - 2 * cross, 0.0)
    mean = np.cumsum(difference[:, 1:], axis=1) / np.arange(1, _LONGEST + 1)
    relative = difference[:, 1:] / np.maximum(mean, 1e-12)  # column k is the lag k + 1
    searched = relative[:, _SHORTEST - 1 :]
    dip = np.empty(searched.shape, np.bool_)
    dip[:, 1:-1] = (searched[:, 1:-1] <= searched[:, :-2]) & (searched[:, 1:-1] < searched[:, 2:])
    dip[:, [0, -1]] = False
    good = dip & (searched < _THRESHOLD)
    deepest = np.argmin(np.where(dip, searched, np.inf), axis=1)
    at = np.where(good.any(1), np.argmax(good, axis=1), deepest)
    rows = np.arange(len(frames))
    found = dip[rows, at] & (searched[rows, at] < _HOPELESS)
    at = np.clip(at, 1, searched.shape[1] - 2)
    left, here, right = (searched[rows, at + k] for k in (-1, 0, 1))
    bend = left - 2 * here + right
    shift = np.where(bend > 1e-12, 0.5 * (left - right) / np.maximum(bend, 1e-12), 0.0)
    return np.asarray(np.where(found, _RATE_HZ / (at + _SHORTEST + np.clip(shift, -0.5, 0.5)), np.nan))
