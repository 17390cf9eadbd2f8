"""What the voice does besides words: where it sounds, pauses and stresses. Head, eyes and brows act on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limelight.acting.visemes import VOWELS, parts
from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech.types import Phoneme, Speech

#: Loudness is looked at in steps of 10 ms.
HOP_S = 0.010
_HOP = round(SAMPLE_RATE_HZ * HOP_S)
#: A silence of at least this length inside speech closes the mouth.
PAUSE_S = 0.24
#: Below this part of the loud level the voice counts as silent (−29 dB).
_FLOOR = 0.035
#: A phoneme before a pause is not cut shorter than this.
_SHORTEST_LAST_S = 0.06


@dataclass(frozen=True, slots=True)
class Accent:
    """A stressed vowel."""

    #: middle of the vowel
    at_s: float
    #: 0 to 1, from its stress and loudness
    strength: float


@dataclass(frozen=True, slots=True)
class Prosody:
    """How it is said."""

    #: the phonemes that are sounds, in order, without the silence that some voices give to the last before a pause
    phonemes: tuple[Phoneme, ...]
    #: for each phoneme, a factor on how far a vowel opens (stress and loudness), about 1
    openness: tuple[float, ...]
    #: stretches of speech between pauses, (start, end) in seconds
    phrases: tuple[tuple[float, float], ...]
    accents: tuple[Accent, ...]


def listen(speech: Speech) -> Prosody:
    """Find phrases and accents."""
    loudness = _loudness(speech.samples)
    sounds = _sounds(speech.phonemes, loudness)
    levels = [_level(loudness, p) for p in sounds]
    vowel_levels = [x for p, x in zip(sounds, levels, strict=True) if p.symbol[:1] in VOWELS]
    loud = float(np.median(vowel_levels)) if vowel_levels else 0.0
    relative = [min(x / loud, 2.0) if loud > 1e-5 else 1.0 for x in levels]
    openness = tuple(
        float(np.clip(0.90 + {0: 0.0, 1: 0.13, 2: 0.06}.get(p.stress, 0.0) + 0.22 * (r - 1.0), 0.74, 1.18))
        for p, r in zip(sounds, relative, strict=True)
    )
    accents = tuple(
        Accent((p.start_s + p.end_s) / 2, float(np.clip(0.25 + 0.45 * r + 1.2 * (p.end_s - p.start_s - 0.1), 0.1, 1.0)))
        for p, r in zip(sounds, relative, strict=True)
        if p.stress == 1
    )
    return Prosody(sounds, openness, _phrases(sounds), accents)


def _loudness(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Root mean square per 10 ms, over the loud level of the whole."""
    n = len(samples) // _HOP
    if not n:
        return np.zeros(0, np.float32)
    blocks = samples[: n * _HOP].reshape(n, _HOP)
    rms = np.sqrt(np.einsum("ij,ij->i", blocks, blocks) / _HOP)
    loud = float(np.percentile(rms, 95))
    return np.asarray(rms / loud if loud > 1e-5 else np.zeros_like(rms), np.float32)


def _level(loudness: NDArray[np.float32], p: Phoneme) -> float:
    part = loudness[int(p.start_s / HOP_S) : max(int(p.end_s / HOP_S), int(p.start_s / HOP_S) + 1)]
    return float(part.mean()) if part.size else 0.0


def _sounds(phonemes: tuple[Phoneme, ...], loudness: NDArray[np.float32]) -> tuple[Phoneme, ...]:
    """Drop punctuation; cut the last phoneme before a pause where the sound has died away."""
    kept: list[Phoneme] = []
    for i, p in enumerate(phonemes):
        if not parts(p.symbol) or p.end_s <= p.start_s:
            continue
        after = phonemes[i + 1] if i + 1 < len(phonemes) else None
        last = after is None or not parts(after.symbol) or after.start_s - p.end_s > 0.06
        if last and p.end_s - p.start_s > 0.12:
            heard = np.flatnonzero(loudness[int(p.start_s / HOP_S) : int(p.end_s / HOP_S)] > _FLOOR)
            if heard.size:
                length = max(_SHORTEST_LAST_S, float(heard[-1] + 1) * HOP_S)
                p = replace(p, end_s=min(p.end_s, p.start_s + length))
        kept.append(p)
    return tuple(kept)


def _phrases(sounds: tuple[Phoneme, ...]) -> tuple[tuple[float, float], ...]:
    runs: list[tuple[float, float]] = []
    for p in sounds:
        if runs and p.start_s - runs[-1][1] < PAUSE_S:
            runs[-1] = (runs[-1][0], max(runs[-1][1], p.end_s))
        else:
            runs.append((p.start_s, p.end_s))
    return tuple(runs)
