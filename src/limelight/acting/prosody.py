"""Measures the prosody of speech: phrases and pauses, accents, and boundary tones. Head, eyes and brows follow it.

It reads all of this from the sound and its phonemes, so that a recording is acted like a script.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limelight.acting.visemes import VOWELS, parts
from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech import pitch
from limelight.speech.types import Phoneme, Speech, Word

#: Time from one value of the loudness to the next.
HOP_S = 0.010
_HOP = round(SAMPLE_RATE_HZ * HOP_S)
#: A silence of at least this length inside speech closes the mouth.
PAUSE_S = 0.24
#: Below this part of the loud level the voice counts as silent (−29 dB).
_FLOOR = 0.035
#: Least length of a phoneme before a pause, once its silent end is cut off.
_SHORTEST_LAST_S = 0.06

#: A vowel's prominence is against the vowels this far to either side.
_AROUND_S = 0.7
#: One unit of prominence: this much higher, louder (dB) or longer (octaves of length) than around; after Tamburini and
#: Caini (2005), who rate a syllable by pitch movement, energy and length together.
_SEMITONES, _DECIBELS, _OCTAVES = 3.5, 6.0, 1.1
#: Strength of an accent without prominence, and how much each unit adds.
_PLAIN, _PER_UNIT = 0.40, 0.32
#: A vowel without stress is an accent only with at least this much prominence, units.
_UNMARKED = 1.2
#: Vowels nearer to each other than this make one accent.
_BETWEEN_ACCENTS_S = 0.12
#: The boundary tone compares this much of a phrase's end with the time before it.
_END_S, _BEFORE_END_S = 0.18, 0.9
#: A rise or fall by this much is a boundary tone of 1 or −1.
_FULL_TONE_SEMITONES = 4.0
#: Least boundary tone before a question mark, even where the voice falls.
_QUESTION_TONE = 0.6


@dataclass(frozen=True, slots=True)
class Accent:
    """A vowel that is stressed or prominent."""

    #: middle of the vowel
    at_s: float
    #: 0 to 1, about 0.4 for an ordinary one, by how much higher, louder and longer it is than the voice around it
    strength: float


@dataclass(frozen=True, slots=True)
class Prosody:
    """The prosody of a speech."""

    #: the audible phonemes, in order, without the silence that some voices add to the last one before a pause
    phonemes: tuple[Phoneme, ...]
    #: for each phoneme, a factor on how far a vowel opens (stress and loudness), about 1
    openness: tuple[float, ...]
    #: speech between two pauses, (start, end) in seconds
    phrases: tuple[tuple[float, float], ...]
    #: the end of each phrase's intonation: −1 falls (a statement), 0 stays, 1 rises (a question, or more is to come)
    boundary_tones: tuple[float, ...]
    accents: tuple[Accent, ...]


def prosody_of(speech: Speech) -> Prosody:
    """Measure the prosody of a speech."""
    loudness = _loudness(speech.samples)
    semitones = pitch.semitones(speech.samples)
    sounds = _sounding(speech.phonemes, loudness)
    levels = [_level(loudness, p) for p in sounds]
    vowel_levels = [x for p, x in zip(sounds, levels, strict=True) if p.symbol[:1] in VOWELS]
    loud = float(np.median(vowel_levels)) if vowel_levels else 0.0
    relative = [min(x / loud, 2.0) if loud > 1e-5 else 1.0 for x in levels]
    openness = tuple(
        float(np.clip(0.90 + {0: 0.0, 1: 0.13, 2: 0.06}.get(p.stress, 0.0) + 0.22 * (r - 1.0), 0.74, 1.18))
        for p, r in zip(sounds, relative, strict=True)
    )
    phrases = _phrases(sounds)
    boundary_tones = tuple(_boundary_tone(semitones, phrase, speech.words) for phrase in phrases)
    return Prosody(sounds, openness, phrases, boundary_tones, _accents(sounds, relative, semitones))


def _accents(sounds: tuple[Phoneme, ...], relative: list[float], semitones: NDArray[np.float64]) -> tuple[Accent, ...]:
    """Stressed vowels and other prominent ones, with their strengths by pitch, energy and length.

    `relative` is the level of each phoneme against the voice's usual one; `semitones` is `pitch.semitones`.
    """
    vowels = [(p, r) for p, r in zip(sounds, relative, strict=True) if p.symbol[:1] in VOWELS]
    if not vowels:
        return ()
    middle = np.array([(p.start_s + p.end_s) / 2 for p, _ in vowels])
    decibels = np.array([20 * np.log10(max(r, 0.05)) for _, r in vowels])
    octaves = np.log2([p.end_s - p.start_s for p, _ in vowels])
    tops = np.array([_pitch_peak(semitones, p) for p, _ in vowels])
    last = np.append(np.diff(middle) > 2 * _AROUND_S, True)
    octaves[last] -= 0.5  # every phrase slows down at its end
    found: list[Accent] = []
    for i, (p, _) in enumerate(vowels):
        around = np.abs(middle - middle[i]) < _AROUND_S
        units = (decibels[i] - np.median(decibels[around])) / _DECIBELS
        units += (octaves[i] - np.median(octaves[around])) / _OCTAVES
        if np.isfinite(tops[i]):
            units += (tops[i] - np.nanmedian(tops[around])) / _SEMITONES
        if p.stress != 1 and units < _UNMARKED:
            continue
        accent = Accent(float(middle[i]), float(np.clip(_PLAIN + _PER_UNIT * units, 0.05, 1.0)))
        if found and accent.at_s - found[-1].at_s < _BETWEEN_ACCENTS_S:
            found[-1] = max(found[-1], accent, key=lambda a: a.strength)
        else:
            found.append(accent)
    return tuple(found)


def _pitch_peak(semitones: NDArray[np.float64], p: Phoneme) -> float:
    """The highest pitch in a vowel, semitones; NaN where it has none."""
    part = semitones[int((p.start_s - 0.02) / pitch.HOP_S) if p.start_s > 0.02 else 0 : int(p.end_s / pitch.HOP_S) + 2]
    part = part[np.isfinite(part)]
    return float(np.percentile(part, 85)) if part.size >= 2 else np.nan


def _boundary_tone(semitones: NDArray[np.float64], phrase: tuple[float, float], words: tuple[Word, ...]) -> float:
    """A phrase's boundary tone, −1 to 1, and at least `_QUESTION_TONE` before a question mark.

    It compares the end of the last voiced part with what came before it.
    """
    a, b = (int(s / pitch.HOP_S) for s in phrase)
    part = semitones[max(a, b - round(_BEFORE_END_S / pitch.HOP_S)) : b + 3]
    part = part[np.isfinite(part)]
    end = round(_END_S / pitch.HOP_S)
    tone = 0.0
    if part.size > end:
        # The very end counts most: a fall that turns up is a rise.
        final, before = float(np.median(part[-end // 2 :])), float(np.median(part[:-end]))
        turn = final - float(part[-end:].min())
        tone = float(np.clip((final - before + turn) / _FULL_TONE_SEMITONES, -1.0, 1.0))
    last = [w.text for w in words if phrase[0] - 0.1 < (w.start_s + w.end_s) / 2 < phrase[1] + 0.1]
    return max(tone, _QUESTION_TONE) if last and "?" in last[-1] else tone


def _loudness(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Root mean square of each 10 ms over the sound's loud level (its 95th percentile), float32 (hops,)."""
    n = len(samples) // _HOP
    if not n:
        return np.zeros(0, np.float32)
    blocks = samples[: n * _HOP].reshape(n, _HOP)
    rms = np.sqrt(np.einsum("ij,ij->i", blocks, blocks) / _HOP)
    loud = float(np.percentile(rms, 95))
    return np.asarray(rms / loud if loud > 1e-5 else np.zeros_like(rms), np.float32)


def _level(loudness: NDArray[np.float32], p: Phoneme) -> float:
    """Mean loudness of a phoneme."""
    part = loudness[int(p.start_s / HOP_S) : max(int(p.end_s / HOP_S), int(p.start_s / HOP_S) + 1)]
    return float(part.mean()) if part.size else 0.0


def _sounding(phonemes: tuple[Phoneme, ...], loudness: NDArray[np.float32]) -> tuple[Phoneme, ...]:
    """The phonemes without punctuation; the last one before a pause ends where its sound has died away."""
    sounding: list[Phoneme] = []
    for i, p in enumerate(phonemes):
        if not parts(p.symbol) or p.end_s <= p.start_s:
            continue
        after = phonemes[i + 1] if i + 1 < len(phonemes) else None
        last = after is None or not parts(after.symbol) or after.start_s - p.end_s > 0.06
        if last and p.end_s - p.start_s > 0.12:
            audible = np.flatnonzero(loudness[int(p.start_s / HOP_S) : int(p.end_s / HOP_S)] > _FLOOR)
            if audible.size:
                length = max(_SHORTEST_LAST_S, float(audible[-1] + 1) * HOP_S)
                p = replace(p, end_s=min(p.end_s, p.start_s + length))
        sounding.append(p)
    return tuple(sounding)


def _phrases(sounds: tuple[Phoneme, ...]) -> tuple[tuple[float, float], ...]:
    runs: list[tuple[float, float]] = []
    for p in sounds:
        if runs and p.start_s - runs[-1][1] < PAUSE_S:
            runs[-1] = (runs[-1][0], max(runs[-1][1], p.end_s))
        else:
            runs.append((p.start_s, p.end_s))
    return tuple(runs)
