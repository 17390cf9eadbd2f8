"""Applies the prosody that tags ask for to a spoken sentence: some words slower, higher, louder than the rest.

The model speaks a sentence as a whole, so that it has one melody; then runs of words are stretched and shifted in
pitch, each by its own prosody. Gains come last, when the scene has its loudness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech import audio
from limelight.speech.markup import PLAIN, Prosody
from limelight.speech.reader import ReadWord
from limelight.speech.timing import MODEL_RATE_HZ, Utterance
from limelight.speech.types import Word

#: Neighbouring runs cross-fade over twice this.
_OVERLAP_S = 0.006
#: The gain changes over twice this where a run begins.
_RAMP_S = 0.02
#: Where the limiter takes more than this from a louder run, the rest of the scene is turned down instead.
_MAX_LOSS_DB = 0.4
_ATTEMPTS = 4
_BLOCK = 10 * SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring read words of one prosody, `first` to `last`, counted from 0, the last one included."""

    first: int
    last: int
    prosody: Prosody


@dataclass(frozen=True, slots=True)
class GainSpan:
    """A span of time that is louder or softer than the rest."""

    start_s: float
    end_s: float
    gain_db: float

    def shifted(self, shift_s: float) -> GainSpan:
        """The same span, later by `shift_s`."""
        return replace(self, start_s=self.start_s + shift_s, end_s=self.end_s + shift_s)

    def within(self, duration_s: float) -> GainSpan:
        """The part of it between 0 and `duration_s`."""
        return replace(self, start_s=max(self.start_s, 0.0), end_s=min(self.end_s, duration_s))


@dataclass(frozen=True, slots=True)
class Shaped:
    """An utterance with its prosody, except for the gains, which `with_gains` applies to the whole scene."""

    utterance: Utterance
    gains: tuple[GainSpan, ...]


def runs_of(words: Sequence[ReadWord], prosody: Sequence[Prosody]) -> list[Run]:
    """Runs of read words of equal prosody; `prosody` is of each written word. No runs where `prosody` is empty."""
    if not prosody:
        return []
    runs: list[Run] = []
    for i, word in enumerate(words):
        own = prosody[word.first]
        if runs and runs[-1].prosody == own:
            runs[-1] = replace(runs[-1], last=i)
        else:
            runs.append(Run(i, i, own))
    return runs


def shaped(utterance: Utterance, runs: Sequence[Run], *, speed: float, semitones: float) -> Shaped:
    """The utterance `speed` times as fast and `semitones` higher, and each run changed further by its own prosody."""
    runs = runs or [Run(0, len(utterance.words) - 1, PLAIN)]
    edges = _edges(utterance, runs)
    rates = [speed * run.prosody.rate for run in runs]
    pieces = [
        _stretched(utterance.samples, a, b, rate, semitones + run.prosody.semitones)
        for run, rate, a, b in zip(runs, rates, edges, edges[1:], strict=False)
    ]
    samples, starts_s = _overlapped(pieces) if len(pieces) > 1 else (pieces[0], [0.0])
    times = _Times([edge / MODEL_RATE_HZ for edge in edges], starts_s, _scales(pieces, edges, rates))
    changed = Utterance(
        samples,
        tuple(replace(p, start_s=times(p.start_s), end_s=times(p.end_s)) for p in utterance.phonemes),
        tuple(Word(w.text, times(w.start_s), times(w.end_s)) for w in utterance.words),
    )
    ends_s = [*starts_s[1:], len(samples) / MODEL_RATE_HZ]
    gains = tuple(
        GainSpan(a, b, run.prosody.gain_db)
        for run, a, b in zip(runs, starts_s, ends_s, strict=True)
        if run.prosody.gain_db
    )
    return Shaped(changed, gains)


def _edges(utterance: Utterance, runs: Sequence[Run]) -> list[int]:
    """Samples at which the runs begin and the last one ends: midway between the words of two neighbours."""
    inner = []
    for run in runs[1:]:
        before, after = utterance.words[run.first - 1], utterance.words[run.first]
        inner.append(round((before.end_s + after.start_s) / 2 * MODEL_RATE_HZ))
    edges = [0, *inner, len(utterance.samples)]
    return list(np.maximum.accumulate(np.clip(edges, 0, len(utterance.samples))))


def _stretched(samples: audio.Samples, start: int, end: int, rate: float, semitones: float) -> audio.Samples:
    """samples[start:end] and the margins of the cross-fades on either side, at this rate and pitch."""
    around = round(_OVERLAP_S * rate * MODEL_RATE_HZ)
    low, high = max(0, start - around), min(len(samples), end + around)
    return audio.stretch(samples[low:high], MODEL_RATE_HZ, speed=rate, semitones=semitones)


def _overlapped(pieces: Sequence[audio.Samples]) -> tuple[audio.Samples, list[float]]:
    """The pieces cross-faded into one sound, and when each begins, seconds."""
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
    """(length,) the gain of a piece that fades in where `begins` and out where `ends`, over 2 * half samples."""
    ramp = np.ones(length, np.float32)
    n = min(2 * half, length // 2)
    slope = (np.arange(n, dtype=np.float32) + 0.5) / max(n, 1)
    if begins:
        ramp[:n] = slope
    if ends:
        ramp[length - n :] = slope[::-1]
    return ramp


def _scales(pieces: Sequence[audio.Samples], edges: Sequence[int], rates: Sequence[float]) -> list[float]:
    """How many times longer each piece is than the part of the utterance it was made of."""
    if len(pieces) == 1:
        return [len(pieces[0]) / max(edges[1] - edges[0], 1)]
    return [1 / rate for rate in rates]


class _Times:
    """Maps seconds of the utterance as spoken to seconds of the stretched one."""

    def __init__(self, edges_s: Sequence[float], starts_s: Sequence[float], scales: Sequence[float]) -> None:
        self._edges_s, self._starts_s, self._scales = edges_s, starts_s, scales

    def __call__(self, time_s: float) -> float:
        i = max(0, min(len(self._starts_s), int(np.searchsorted(self._edges_s, time_s, side="right"))) - 1)
        return float(self._starts_s[i] + (time_s - self._edges_s[i]) * self._scales[i])


def with_gains(samples: audio.Samples, gains: Sequence[GainSpan]) -> audio.Samples:
    """A scene's sound, 48 kHz, with these gains; true peaks stay under −1 dBTP.

    Where the limiter would take a gain away again, everything else is turned down instead.
    """
    if not gains:
        return samples
    wanted = np.empty(len(samples), np.float32)
    for start in range(0, len(samples), _BLOCK):  # in blocks, so that memory stays small
        end = min(start + _BLOCK, len(samples))
        wanted[start:end] = samples[start:end] * 10 ** (_gains_db(gains, start, end) / 20)
    if not any(span.gain_db > 0 for span in gains):
        return wanted
    down_db = 0.0
    for left in reversed(range(_ATTEMPTS)):
        out = audio.limited(wanted, -down_db)
        loss_db = max(_loss_db(wanted, out, span) - down_db for span in gains if span.gain_db > 0)
        if loss_db <= _MAX_LOSS_DB or not left:
            return out
        down_db += loss_db
        del out  # a long sound is large
    raise AssertionError


def _gains_db(gains: Sequence[GainSpan], start: int, end: int) -> NDArray[np.float32]:
    """(end - start,) the gain of each of these samples, 48 kHz; it changes smoothly."""
    ramp = round(_RAMP_S * SAMPLE_RATE_HZ)
    first = start - ramp
    gain = np.zeros(end - start + 2 * ramp, np.float32)
    for span in gains:
        here = _place(span)
        gain[max(0, here.start - first) : max(0, here.stop - first)] = span.gain_db
    weights = np.full(2 * ramp + 1, 1 / (2 * ramp + 1), np.float32)
    return np.asarray(np.convolve(gain, weights, mode="valid"), np.float32)


def _place(span: GainSpan) -> slice:
    """The samples of a span, 48 kHz."""
    return slice(max(0, round(span.start_s * SAMPLE_RATE_HZ)), max(0, round(span.end_s * SAMPLE_RATE_HZ)))


def _loss_db(wanted: audio.Samples, out: audio.Samples, span: GainSpan) -> float:
    """How much energy the limiter has taken from a span, dB."""
    before, after = (float(np.square(s[_place(span)], dtype=np.float64).sum()) for s in (wanted, out))
    return 10 * float(np.log10(before / after)) if before > 0 and after > 0 else 0.0
