"""A recording in, a scene's speech out: 48 kHz, one loudness, and a phonetic transcription.

The recording may be in any language: `recogniser` names phonemes, not words. It tells music and noise from speech, so
that nobody mimes to them. Knows nothing of files: `media.decode` reads them.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech import audio, recogniser
from limelight.speech.types import Phoneme, Speech

#: Silence before the first phoneme and after the last one; a recording with less gets the rest. The mouth needs it to
#: start and end closed, and to be in time for the first phoneme.
LEAD_IN_S = 0.20
TAIL_S = 0.20
#: A faint recording gets no more gain than this, or an empty room would roar.
MAX_GAIN_DB = 30.0
_FADE_IN_S = 0.005
_FADE_OUT_S = 0.010

_RATE_HZ, _HOP_S, _HOP = recogniser.RATE_HZ, recogniser.HOP_S, recogniser.HOP
_STOPS = frozenset("ptk")

#: A hop is silent this far below the loud level, or where it is no more than this above the noise.
_SILENT_DB = 38.0
_ABOVE_NOISE_DB = 6.0
_EDGE_S = 0.020
#: A stop after silence closes the mouth this long before its release.
_CLOSURE_S = 0.080
#: Phonemes with a shorter gap between them belong to one run.
_RUN_GAP_S = 0.15

#: A tone keeps its pitch, so the fine structure of its spectrum resembles itself this many hops later.
_STEADY_GAP = 6
_STEADY_FFT = 1024
_STEADY_BAND_HZ = (300, 4000)
_STEADY_SMOOTHING_BINS = 15
#: The correlation is averaged over this time. Three quarters of real music measured 0.50 to 0.84, speech up to 0.46;
#: speech over music of the same loudness still counts as speech.
_STEADY_S = 2.0
_MUSIC = 0.50

#: A vowel is stressed if no other one within this time is more prominent.
_STRESS_REACH_S = 0.28
_DB_PER_SECOND = 40.0


def transcribe(samples: NDArray[np.float32]) -> Speech:
    """A recording's phonetic transcription with its sound, in any language; `samples` float32 (n,), mono, 48 kHz.

    The sound comes out at the film's loudness, with silence added where speech begins within `LEAD_IN_S` of its start
    or ends within `TAIL_S` of its end. `words` is empty; silence, noise and music have no phonemes. The same samples
    give the same speech. Raises SpeechError where the recogniser is missing or fails.
    """
    sound = _at_film_loudness(samples)
    del samples  # a long sound is large
    phonemes = phonemes_in(sound)
    audio.fade(sound, SAMPLE_RATE_HZ, _FADE_IN_S, _FADE_OUT_S)
    if not phonemes:
        return Speech(sound)
    before_s = max(0.0, LEAD_IN_S - phonemes[0].start_s)
    after_s = max(0.0, TAIL_S - (len(sound) / SAMPLE_RATE_HZ - phonemes[-1].end_s))
    return Speech.join((Speech.silence(before_s), Speech(sound, phonemes), Speech.silence(after_s)))


def phonemes_in(samples: NDArray[np.float32]) -> tuple[Phoneme, ...]:
    """The phonemes in mono 48 kHz sound at about the film's loudness, in order of time, in misaki's alphabet.

    Prominent vowels carry stress. Raises SpeechError where the recogniser is missing or fails.
    """
    sound = audio.resample(samples, SAMPLE_RATE_HZ, _RATE_HZ)
    levels = _levels(sound)
    if not levels.size or not np.any(sound):
        return ()
    speech = _outside_music(sound, _in_music(sound))
    duration_s = len(samples) / SAMPLE_RATE_HZ
    audible = [p for run in _runs(speech) for p in _trimmed(run, levels) if p.start_s < duration_s]
    return _stressed(audible, levels)


def _at_film_loudness(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sound at the film's loudness, or nearer to it by `MAX_GAIN_DB` where it is faint."""
    loudness = audio.loudness_lufs(samples)
    return audio.loudness_normalised(samples, min(audio.LOUDNESS_LUFS, loudness + MAX_GAIN_DB))


def _levels(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Level of each hop, dB of full scale, float64 (hops,)."""
    hops = len(sound) // _HOP
    framed = sound[: hops * _HOP].reshape(hops, _HOP).astype(np.float64)
    return np.asarray(10 * np.log10(np.mean(framed**2, axis=1) + 1e-12))


def _outside_music(sound: NDArray[np.float32], music: NDArray[np.bool_]) -> list[Phoneme]:
    """The phonemes of the sound, without those whose middle lies in `music`, (hops,)."""
    phonemes = [Phoneme(symbol, a * _HOP_S, b * _HOP_S) for symbol, a, b in recogniser.recognise(sound)]
    return [p for p in phonemes if not music[min(_hop(p), len(music) - 1)]] if music.size else phonemes


def _in_music(sound: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether each hop lies within steady tones, bool (hops,); empty where the sound is too short to tell.

    Notes keep their pitch or leap; a voice glides, and so do its upper partials. After the continuous frequency
    activation of Seyerlehner et al. (2007).
    """
    hops = (len(sound) - _STEADY_FFT) // _HOP + 1
    if hops <= _STEADY_GAP:
        return np.zeros(0, np.bool_)
    alike, weight = np.zeros(hops), np.zeros(hops)
    block = 1000
    for first in range(0, hops, block):
        end = min(first + block + _STEADY_GAP, hops)
        if end - first > _STEADY_GAP:
            here = slice(first, end - _STEADY_GAP)
            alike[here], weight[here] = _spectral_correlation(sound[first * _HOP : (end - 1) * _HOP + _STEADY_FFT])
    around = round(_STEADY_S / _HOP_S)
    steady = _mean_around(_mean_around(alike * weight, around // 2), around // 2)
    total = _mean_around(_mean_around(weight, around // 2), around // 2)
    return np.asarray(steady > _MUSIC * np.maximum(total, 1e-9))


def _mean_around(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """(..., n) the means of `size` values around each, along the last axis; they go on mirrored beyond their ends."""
    before = size // 2
    wide = np.pad(values, [*[(0, 0)] * (values.ndim - 1), (before + 1, size - 1 - before)], mode="symmetric")
    sums = np.cumsum(wide, axis=-1)
    return (sums[..., size:] - sums[..., :-size]) / size


def _spectral_correlation(sound: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each hop, (hops,): correlation of the spectrum's fine structure with that `_STEADY_GAP` hops later, and the
    magnitude of the quieter of the two spectra."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, _STEADY_FFT)[::_HOP] * np.hanning(_STEADY_FFT)
    low, high = (round(hz * _STEADY_FFT / _RATE_HZ) for hz in _STEADY_BAND_HZ)
    magnitude = np.abs(np.fft.rfft(frames, axis=1))[:, low:high]
    fine = np.log(magnitude + 1e-3 * magnitude.max() + 1e-9)
    fine -= _mean_around(fine, _STEADY_SMOOTHING_BINS)
    a, b = fine[:-_STEADY_GAP], fine[_STEADY_GAP:]
    norm = np.sqrt(np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b)) + 1e-9
    power = np.einsum("ij,ij->i", magnitude, magnitude)
    return np.einsum("ij,ij->i", a, b) / norm, np.sqrt(np.minimum(power[:-_STEADY_GAP], power[_STEADY_GAP:]))


def _hop(p: Phoneme) -> int:
    """The hop in the phoneme's middle."""
    return round((p.start_s + p.end_s) / 2 / _HOP_S)


def _runs(phonemes: list[Phoneme]) -> list[list[Phoneme]]:
    """The phonemes as runs, split at pauses."""
    runs = [phonemes[:1]] if phonemes else []
    for p, q in pairwise(phonemes):
        if q.start_s - p.end_s > _RUN_GAP_S:
            runs.append([])
        runs[-1].append(q)
    return runs


def _trimmed(run: list[Phoneme], levels: NDArray[np.float64]) -> list[Phoneme]:
    """A run cut to its audible part; empty where no vowel is left, as in breath, clicks and noise."""
    loud, noise = np.percentile(levels, 95), np.percentile(levels, 5)
    audible = np.flatnonzero(levels > max(loud - _SILENT_DB, min(noise + _ABOVE_NOISE_DB, loud - _ABOVE_NOISE_DB)))
    first, last = np.searchsorted(audible * _HOP_S, (run[0].start_s, run[-1].end_s))
    if first == last:
        return []
    starts_s, ends_s = audible[first] * _HOP_S - _EDGE_S, (audible[last - 1] + 1) * _HOP_S + _EDGE_S
    cut = [
        replace(p, start_s=max(p.start_s, starts_s), end_s=min(p.end_s, ends_s))
        for p in run
        if p.end_s > starts_s and p.start_s < ends_s
    ]
    if cut and cut[0].symbol in _STOPS:
        # A stop begins with its closure, which is silent.
        released_s = cut[0].end_s
        cut[0] = replace(cut[0], start_s=max(run[0].start_s, released_s - _CLOSURE_S))
    return cut if any(p.symbol in recogniser.VOWELS for p in cut) else []


def _stressed(phonemes: list[Phoneme], levels: NDArray[np.float64]) -> tuple[Phoneme, ...]:
    """The phonemes with stress on vowels that are louder and longer than their neighbours and than most of a phrase."""
    vowels = [i for i, p in enumerate(phonemes) if p.symbol in recogniser.VOWELS]
    if not vowels:
        return ()
    prominence = np.array([_prominence(phonemes[i], levels) for i in vowels])
    at_s = np.array([phonemes[i].start_s for i in vowels])
    for k, i in enumerate(vowels):
        beside = np.abs(at_s - at_s[k]) < _STRESS_REACH_S
        phrase = np.abs(at_s - at_s[k]) < 10 * _STRESS_REACH_S
        if prominence[k] == prominence[beside].max() and prominence[k] >= np.median(prominence[phrase]):
            phonemes[i] = replace(phonemes[i], stress=1)
    return tuple(phonemes)


def _prominence(p: Phoneme, levels: NDArray[np.float64]) -> float:
    """Loudness and length of a vowel together, dB."""
    first = min(int(p.start_s / _HOP_S), len(levels) - 1)
    peak = float(levels[first : max(int(p.end_s / _HOP_S), first + 1)].max())
    return peak + _DB_PER_SECOND * min(p.end_s - p.start_s, 0.25)
