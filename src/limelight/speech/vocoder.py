"""Changes the length of a sound and nothing else, by a phase vocoder after Průša & Holighaus (2017).

The sound is cut into short overlapping frames, which are laid down again closer together or farther apart. Each keeps
its magnitudes; its phases are built anew so that what goes on from frame to frame goes on, and what happens at one
moment, the onset of a consonant, stays at one moment. "Phase Vocoder Done Right" takes either rule where it is the
surer one: phases spread from the strongest bins, along time or along frequency. No frame is moved to fit its
neighbours, so no time is off by more than its rounding to samples. Knows nothing of pitch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limelight.jit import jit

#: Time between frames as they are laid down, and frames that overlap. Four periods of the deepest voice, of 78 Hz, are
#: 51 ms, and fewer would not tell its partials apart; longer frames smear more.
_HOP_S = 160 / 24_000
_OVERLAP = 8
#: Bins weaker than this share of the strongest take the phase that they had: nobody hears them.
_FAINT = 1e-6
#: Frames that are in memory at a time: those of 1.7 s.
_AT_ONCE = 256

Reals = NDArray[np.float64]
Ints = NDArray[np.int64]


def stretched(samples: NDArray[np.float32], rate_hz: int, length: int) -> NDArray[np.float32]:
    """Mono samples (n,) made exactly `length` long, at the same pitch and level; the same samples every time."""
    hop = round(_HOP_S * rate_hz)
    size = _OVERLAP * hop
    count = -(-length // hop) + _OVERLAP // 2
    middles = np.round(np.arange(count) * hop * len(samples) / length).astype(np.int64)
    middles = np.minimum(middles, len(samples) + size)
    padded = np.pad(samples.astype(np.float64), (size // 2 + hop, 2 * size))
    out, weight = np.zeros((2, count + _OVERLAP, hop))
    window = _window(size)
    last: Reals | None = None
    for first in range(0, count, _AT_ONCE):
        # The frame before the first has its phases already.
        begins = max(first - 1, 0)
        now, before = _spectra(padded, middles[begins : first + _AT_ONCE], hop, window)
        # How far each bin's phase turns in one hop, and from one bin to the next.
        along_time = np.angle(now * before.conj())
        along_frequency = np.angle(now[:, 1:] * now[:, :-1].conj()) * (length / len(samples))
        magnitudes, phases = np.abs(now), np.angle(now)
        if last is not None:
            phases[0] = last
        falling = np.argsort(-magnitudes, axis=1, kind="stable")
        phases = _phases(phases, along_time, along_frequency, magnitudes, falling)
        last = phases[-1]
        spectra = (magnitudes * np.exp(1j * phases))[first - begins :]
        frames = np.fft.fftshift(np.fft.irfft(spectra, size, axis=1), axes=1) * window
        for part in range(_OVERLAP):
            out[first + part : first + part + len(frames)] += frames[:, part * hop : (part + 1) * hop]
            weight[first + part : first + part + len(frames)] += window[part * hop : (part + 1) * hop] ** 2
    # Before the first frame and after the last one there is less weight, and no sound.
    sound = (out / np.maximum(weight, 0.01)).ravel()
    return np.asarray(sound[size // 2 : size // 2 + length], np.float32)


def _window(size: int) -> Reals:
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)


def _spectra(
    padded: Reals, middles: NDArray[np.int64], hop: int, window: Reals
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Two (frames, bins): frames around these samples, and those one hop earlier; phases are of the middle."""
    places = middles[:, None] + np.arange(len(window))
    now, before = (np.fft.rfft(np.fft.ifftshift(padded[places + shift] * window, axes=1), axis=1) for shift in (hop, 0))
    return now, before


@jit
def _phases(phases: Reals, along_time: Reals, along_frequency: Reals, magnitudes: Reals, falling: Ints) -> Reals:
    """(count, bins): phases for frames laid down one hop apart, from those of the sound; the first stay as they are.

    `falling` (count, bins) are each frame's bins from the strongest to the weakest.
    """
    out = phases.copy()
    count, bins = phases.shape
    # Of this frame, those that have their phase and a neighbour that has none: a heap, the strongest first.
    leads = np.empty(bins, np.int64)
    for i in range(1, count):
        own, before = magnitudes[i], magnitudes[i - 1]
        open_ = own > _FAINT * max(own.max(), before.max())
        left = open_.sum()
        at = size = 0
        while left > 0:
            # Those of the frame before lead to the same bin.
            while at < bins and not open_[falling[i - 1, at]]:
                at += 1
            if size == 0 or (at < bins and before[falling[i - 1, at]] >= own[leads[0]]):
                k = falling[i - 1, at]
                out[i, k] = out[i - 1, k] + along_time[i, k]
                open_[k] = False
                left -= 1
                size = _push(leads, size, own, open_, k)
                continue
            k = leads[0]
            size = _pop(leads, size, own)
            for step in (-1, 1):
                other = k + step
                if 0 <= other < bins and open_[other]:
                    out[i, other] = out[i, k] + step * along_frequency[i, min(k, other)]
                    open_[other] = False
                    left -= 1
                    size = _push(leads, size, own, open_, other)
    return out


@jit
def _push(leads: Ints, size: int, own: Reals, open_: NDArray[np.bool_], k: int) -> int:
    """Add bin k to a heap of bins, if it has a neighbour without a phase; gives the heap's size."""
    if not ((k > 0 and open_[k - 1]) or (k + 1 < len(own) and open_[k + 1])):
        return size
    at = size
    while at > 0 and _is_stronger(own, k, leads[(at - 1) // 2]):
        leads[at] = leads[(at - 1) // 2]
        at = (at - 1) // 2
    leads[at] = k
    return size + 1


@jit
def _pop(leads: Ints, size: int, own: Reals) -> int:
    """Take the first bin from a heap of bins; gives the heap's size."""
    size -= 1
    last, at = leads[size], 0
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and _is_stronger(own, leads[child + 1], leads[child]):
            child += 1
        if not _is_stronger(own, leads[child], last):
            break
        leads[at] = leads[child]
        at = child
    leads[at] = last
    return size


@jit
def _is_stronger(own: Reals, one: int, other: int) -> bool:
    """Whether the first of two bins leads; of equal ones the lower."""
    return own[one] > own[other] or (own[one] == own[other] and one < other)
