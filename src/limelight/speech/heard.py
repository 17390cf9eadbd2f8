"""A recording in, a scene's sound out: 48 kHz, one loudness, and the phonemes that are heard in it.

Any language: `listener` names the sounds that lips tell apart. Words are not recognised; music and noise are told from
speech so that nobody mimes to them. Knows nothing of files: decoding is `media.decode`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import scipy
from numpy.typing import NDArray

from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech import audio, listener
from limelight.speech.types import Phoneme, Speech

#: The silence that a recording gets where it lacks it: before its first phoneme and after its last one. The mouth
#: starts and ends closed, and comes to its first sound in time.
LEAD_IN_S = 0.20
TAIL_S = 0.20
#: A faint recording is made louder by no more than this, or an empty room would roar.
MAX_GAIN_DB = 30.0
_FADE_IN_S = 0.005
_FADE_OUT_S = 0.010

_RATE_HZ, _HOP_S, _HOP = listener.RATE_HZ, listener.HOP_S, listener.HOP
_STOPS = frozenset("ptk")

#: Below the loud level by this much, or above the noise by no more than this, nothing is said.
_SILENT_DB = 38.0
_ABOVE_NOISE_DB = 6.0
_EDGE_S = 0.020
#: A stop after silence closes the mouth this long before it is let go.
_CLOSURE_S = 0.080
#: Phonemes with less than this between them are one run.
_RUN_GAP_S = 0.15

#: Tones that keep their pitch: the fine structure of the spectrum is compared with itself this much later.
_STEADY_GAP = 6
_STEADY_FFT = 1024
_STEADY_BAND_HZ = (300, 4000)
_STEADY_SMOOTHING_BINS = 15
#: Averaged over this time. Three quarters of real music was measured at 0.50 to 0.84, speech up to 0.46; speech over
#: music as loud as itself is still heard.
_STEADY_S = 2.0
_MUSIC = 0.50

#: A vowel is stressed if no other within this time stands out more.
_STRESS_REACH_S = 0.28
_DB_PER_SECOND = 40.0


def hear(samples: NDArray[np.float32]) -> Speech:
    """The recording (mono, 48 kHz) as a scene's speech, in any language.

    The sound is brought to the film's loudness and gets silence where speech begins within `LEAD_IN_S` of its start or
    ends within `TAIL_S` of its end; nothing else moves it. `words` is empty; silence, noise and music have no phonemes.
    The same samples give the same speech. Raises SpeechError where the listener is missing or fails.
    """
    sound = _levelled(samples)
    phonemes = phonemes_in(sound)
    sound = audio.faded(sound, SAMPLE_RATE_HZ, _FADE_IN_S, _FADE_OUT_S)
    if not phonemes:
        return Speech(sound)
    before_s = max(0.0, LEAD_IN_S - phonemes[0].start_s)
    after_s = max(0.0, TAIL_S - (len(sound) / SAMPLE_RATE_HZ - phonemes[-1].end_s))
    return Speech.join((Speech.silence(before_s), Speech(sound, phonemes), Speech.silence(after_s)))


def phonemes_in(samples: NDArray[np.float32]) -> tuple[Phoneme, ...]:
    """What is heard when in mono 48 kHz sound at about the film's loudness, in order of time, in misaki's alphabet.

    Vowels that stand out are stressed. Raises SpeechError where the listener is missing or fails.
    """
    sound = audio.resample(samples, SAMPLE_RATE_HZ, _RATE_HZ)
    levels = _levels(sound)
    if not levels.size or not np.any(sound):
        return ()
    heard = _recognised(sound, _music(sound))
    duration_s = len(samples) / SAMPLE_RATE_HZ
    kept = [p for run in _runs(heard) for p in _tidy(run, levels) if p.start_s < duration_s]
    return _stressed(kept, levels)


def _levelled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """At the film's loudness, as far as that does not raise what is next to silence."""
    loudness = audio.loudness_lufs(samples)
    return audio.normalised(samples, min(audio.LOUDNESS_LUFS, loudness + MAX_GAIN_DB))


def _levels(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Level of each hop in dB of full scale, (hops,)."""
    hops = len(sound) // _HOP
    framed = sound[: hops * _HOP].reshape(hops, _HOP).astype(np.float64)
    return np.asarray(10 * np.log10(np.mean(framed**2, axis=1) + 1e-12))


def _recognised(sound: NDArray[np.float32], music: NDArray[np.bool_]) -> list[Phoneme]:
    """All that is heard outside music."""
    found = [Phoneme(symbol, a * _HOP_S, b * _HOP_S) for symbol, a, b in listener.heard(sound)]
    return [p for p in found if not music[min(_hop(p), len(music) - 1)]] if music.size else found


def _music(sound: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether each hop is within steady tones, (hops,); empty for a sound shorter than the comparison.

    Notes keep their pitch or leap; a voice glides, and its upper partials with it. After the continuous frequency
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
            alike[here], weight[here] = _likeness(sound[first * _HOP : (end - 1) * _HOP + _STEADY_FFT])
    around = round(_STEADY_S / _HOP_S)
    steady = scipy.ndimage.uniform_filter1d(scipy.ndimage.uniform_filter1d(alike * weight, around // 2), around // 2)
    total = scipy.ndimage.uniform_filter1d(scipy.ndimage.uniform_filter1d(weight, around // 2), around // 2)
    return np.asarray(steady > _MUSIC * np.maximum(total, 1e-9))


def _likeness(sound: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Correlation of the spectrum's fine structure with that of `_STEADY_GAP` hops later, and its magnitude."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, _STEADY_FFT)[::_HOP] * np.hanning(_STEADY_FFT)
    low, high = (round(hz * _STEADY_FFT / _RATE_HZ) for hz in _STEADY_BAND_HZ)
    magnitude = np.abs(np.fft.rfft(frames, axis=1))[:, low:high]
    fine = np.log(magnitude + 1e-3 * magnitude.max() + 1e-9)
    fine -= scipy.ndimage.uniform_filter1d(fine, _STEADY_SMOOTHING_BINS, axis=1)
    a, b = fine[:-_STEADY_GAP], fine[_STEADY_GAP:]
    norm = np.sqrt(np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b)) + 1e-9
    power = np.einsum("ij,ij->i", magnitude, magnitude)
    return np.einsum("ij,ij->i", a, b) / norm, np.sqrt(np.minimum(power[:-_STEADY_GAP], power[_STEADY_GAP:]))


def _hop(p: Phoneme) -> int:
    """The hop in its middle."""
    return round((p.start_s + p.end_s) / 2 / _HOP_S)


def _runs(phonemes: list[Phoneme]) -> list[list[Phoneme]]:
    """Split where nothing is said for a while."""
    runs = [phonemes[:1]] if phonemes else []
    for p, q in pairwise(phonemes):
        if q.start_s - p.end_s > _RUN_GAP_S:
            runs.append([])
        runs[-1].append(q)
    return runs


def _tidy(run: list[Phoneme], levels: NDArray[np.float64]) -> list[Phoneme]:
    """A run cut to where sound is heard; nothing where no vowel is left: breath, clicks, noise."""
    loud, noise = np.percentile(levels, 95), np.percentile(levels, 5)
    audible = np.flatnonzero(levels > max(loud - _SILENT_DB, min(noise + _ABOVE_NOISE_DB, loud - _ABOVE_NOISE_DB)))
    first, last = np.searchsorted(audible * _HOP_S, (run[0].start_s, run[-1].end_s))
    if first == last:
        return []
    starts_s, ends_s = audible[first] * _HOP_S - _EDGE_S, (audible[last - 1] + 1) * _HOP_S + _EDGE_S
    kept = [
        replace(p, start_s=max(p.start_s, starts_s), end_s=min(p.end_s, ends_s))
        for p in run
        if p.end_s > starts_s and p.start_s < ends_s
    ]
    if kept and kept[0].symbol in _STOPS:
        # The closure is silent: it belongs to the sound although nothing is heard of it.
        opened_s = kept[0].end_s
        kept[0] = replace(kept[0], start_s=max(run[0].start_s, opened_s - _CLOSURE_S))
    return kept if any(p.symbol in listener.VOWELS for p in kept) else []


def _stressed(phonemes: list[Phoneme], levels: NDArray[np.float64]) -> tuple[Phoneme, ...]:
    """Mark the vowels that are louder and longer than those beside them and than most."""
    vowels = [i for i, p in enumerate(phonemes) if p.symbol in listener.VOWELS]
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
    first = min(int(p.start_s / _HOP_S), len(levels) - 1)
    peak = float(levels[first : max(int(p.end_s / _HOP_S), first + 1)].max())
    return peak + _DB_PER_SECOND * min(p.end_s - p.start_s, 0.25)
