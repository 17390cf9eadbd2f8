"""How tags shape a sentence that is spoken: some words slower, higher, louder than the rest.

A sentence is spoken whole, so that its melody is one, and then its runs of words are stretched, each by its own manner.
Loudness comes last, when the scene has its level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech import audio
from limelight.speech.markup import PLAIN, Manner
from limelight.speech.reader import ReadWord
from limelight.speech.timing import MODEL_RATE_HZ, Utterance
from limelight.speech.types import Word

#: Neighbouring runs are faded into each other over twice this.
_OVERLAP_S = 0.006
#: How fast loudness changes where a run begins.
_RAMP_S = 0.02
#: What the limiter may take from a run that is to be louder, before everything else is turned down instead.
_MAX_LOSS_DB = 0.4


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring words, `first` to `last`, that are said in one manner."""

    first: int
    last: int
    manner: Manner


@dataclass(frozen=True, slots=True)
class Loud:
    """A stretch of time that is louder or softer than the rest."""

    start_s: float
    end_s: float
    gain_db: float

    def moved(self, shift_s: float) -> Loud:
        """The same later."""
        return replace(self, start_s=self.start_s + shift_s, end_s=self.end_s + shift_s)

    def within(self, duration_s: float) -> Loud:
        """The part of it that lies between 0 and this."""
        return replace(self, start_s=max(self.start_s, 0.0), end_s=min(self.end_s, duration_s))


@dataclass(frozen=True, slots=True)
class Shaped:
    """An utterance in its manners, and what is still to be done to its loudness."""

    utterance: Utterance
    louds: tuple[Loud, ...]


def runs_of(words: Sequence[ReadWord], manners: Sequence[Manner]) -> list[Run]:
    """Runs of read words by the manners of the written ones; none where all are plain."""
    if not manners:
        return []
    runs: list[Run] = []
    for i, word in enumerate(words):
        manner = manners[word.first]
        if runs and runs[-1].manner == manner:
            runs[-1] = replace(runs[-1], last=i)
        else:
            runs.append(Run(i, i, manner))
    return runs


def shaped(utterance: Utterance, runs: Sequence[Run], *, speed: float, semitones: float) -> Shaped:
    """The utterance `speed` times as fast and `semitones` higher, and each run as its manner says on top of that."""
    runs = runs or [Run(0, len(utterance.words) - 1, PLAIN)]
    edges = _edges(utterance, runs)
    rates = [speed * run.manner.rate for run in runs]
    pieces = [
        _stretched(utterance.samples, a, b, rate, semitones + run.manner.semitones)
        for run, rate, a, b in zip(runs, rates, edges, edges[1:], strict=False)
    ]
    samples, starts_s = _overlapped(pieces) if len(pieces) > 1 else (pieces[0], [0.0])
    times = _Times([edge / MODEL_RATE_HZ for edge in edges], starts_s, _scales(pieces, edges, rates))
    said = Utterance(
        samples,
        tuple(replace(p, start_s=times(p.start_s), end_s=times(p.end_s)) for p in utterance.phonemes),
        tuple(Word(w.text, times(w.start_s), times(w.end_s)) for w in utterance.words),
    )
    ends_s = [*starts_s[1:], len(samples) / MODEL_RATE_HZ]
    louds = tuple(
        Loud(a, b, run.manner.gain_db) for run, a, b in zip(runs, starts_s, ends_s, strict=True) if run.manner.gain_db
    )
    return Shaped(said, louds)


def _edges(utterance: Utterance, runs: Sequence[Run]) -> list[int]:
    """Samples where runs meet: in the middle of what lies between their words."""
    inner = []
    for run in runs[1:]:
        before, after = utterance.words[run.first - 1], utterance.words[run.first]
        inner.append(round((before.end_s + after.start_s) / 2 * MODEL_RATE_HZ))
    edges = [0, *inner, len(utterance.samples)]
    return list(np.maximum.accumulate(np.clip(edges, 0, len(utterance.samples))))


def _stretched(samples: audio.Samples, start: int, end: int, rate: float, semitones: float) -> audio.Samples:
    """samples[start:end] and what is faded over on either side, at this rate and pitch."""
    around = round(_OVERLAP_S * rate * MODEL_RATE_HZ)
    low, high = max(0, start - around), min(len(samples), end + around)
    return audio.stretch(samples[low:high], MODEL_RATE_HZ, speed=rate, semitones=semitones)


def _overlapped(pieces: Sequence[audio.Samples]) -> tuple[audio.Samples, list[float]]:
    """The pieces faded into each other, and where each begins, seconds."""
    half = round(_OVERLAP_S * MODEL_RATE_HZ)
    starts, at = [0], 0
    for i, piece in enumerate(pieces[:-1]):
        at += max(len(piece) - half - (half if i else 0), 0)
        starts.append(at)
    out = np.zeros(max(start + len(piece) for start, piece in zip(starts, pieces, strict=True)), np.float32)
    for i, (start, piece) in enumerate(zip(starts, pieces, strict=True)):
        place = max(start - (half if i else 0), 0)
        ramp = _ramps(len(piece), half, begins=i > 0, ends=i + 1 < len(pieces))
        out[place : place + len(piece)] += piece[: len(out) - place] * ramp[: len(out) - place]
    length = starts[-1] + len(pieces[-1]) - half
    return out[:length], [start / MODEL_RATE_HZ for start in starts]


def _ramps(length: int, half: int, *, begins: bool, ends: bool) -> NDArray[np.float32]:
    ramp = np.ones(length, np.float32)
    n = min(2 * half, length // 2)
    slope = (np.arange(n, dtype=np.float32) + 0.5) / max(n, 1)
    if begins:
        ramp[:n] = slope
    if ends:
        ramp[length - n :] = slope[::-1]
    return ramp


def _scales(pieces: Sequence[audio.Samples], edges: Sequence[int], rates: Sequence[float]) -> list[float]:
    if len(pieces) == 1:
        return [len(pieces[0]) / max(edges[1] - edges[0], 1)]
    return [1 / rate for rate in rates]


class _Times:
    """Seconds of the spoken utterance to those of the shaped one."""

    def __init__(self, edges_s: Sequence[float], starts_s: Sequence[float], scales: Sequence[float]) -> None:
        self._edges_s, self._starts_s, self._scales = edges_s, starts_s, scales

    def __call__(self, time_s: float) -> float:
        i = max(0, min(len(self._starts_s), int(np.searchsorted(self._edges_s, time_s, side="right"))) - 1)
        return float(self._starts_s[i] + (time_s - self._edges_s[i]) * self._scales[i])


def with_gains(samples: audio.Samples, louds: Sequence[Loud]) -> audio.Samples:
    """A scene at its level, 48 kHz, with some of it louder or softer; true peaks stay under −1 dBTP.

    What is to be louder than the limiter allows is reached by turning everything down.
    """
    if not louds:
        return samples
    gain = np.zeros(len(samples), np.float32)
    for loud in louds:
        gain[_place(loud)] = loud.gain_db
    ramp = round(_RAMP_S * SAMPLE_RATE_HZ)
    smooth = np.convolve(
        np.pad(gain, ramp, mode="edge"), np.ones(2 * ramp + 1, np.float32) / (2 * ramp + 1), mode="valid"
    )
    wanted = (samples * 10 ** (smooth / 20)).astype(np.float32)
    if not any(loud.gain_db > 0 for loud in louds):
        return wanted
    down_db = 0.0
    for _ in range(4):
        out = audio.limited((wanted * 10 ** (-down_db / 20)).astype(np.float32))
        loss_db = max(_loss_db(wanted, out, loud) - down_db for loud in louds if loud.gain_db > 0)
        if loss_db <= _MAX_LOSS_DB:
            break
        down_db += loss_db
    return out


def _place(loud: Loud) -> slice:
    return slice(max(0, round(loud.start_s * SAMPLE_RATE_HZ)), max(0, round(loud.end_s * SAMPLE_RATE_HZ)))


def _loss_db(wanted: audio.Samples, out: audio.Samples, loud: Loud) -> float:
    before, after = (float(np.square(s[_place(loud)], dtype=np.float64).sum()) for s in (wanted, out))
    return 10 * float(np.log10(before / after)) if before > 0 and after > 0 else 0.0
