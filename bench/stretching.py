"""Judges how voices sound faster, slower, higher and lower: a table for docs/voices.md.

    python bench/stretching.py                 three voices; two minutes of two cores

For each speed and pitch: the word errors of Whisper base; how far the spectrum at each moment is from that of the sound
before, dB (log spectral distance, after the shift that was asked for); how far a click is from its place, ms; and how
much of its energy is more than 15 ms from it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.tables import table
from bench.voices import ENDS, PLAIN, TEXTS
from judges.whisper import transcribe, word_error_rate
from limelight.catalog.voices import shipped_voices
from limelight.speech.audio import stretch
from limelight.speech.reader import read_sentence
from limelight.speech.script import Sentence, read_script
from limelight.speech.timing import MODEL_RATE_HZ as RATE_HZ
from limelight.speech.utter import utter

Samples = NDArray[np.float32]

VOICES = ("Sara", "Marcus", "Ava")
TEXT = f"{ENDS} {TEXTS[PLAIN][0]}"
#: speed and semitones
ASKED = ((0.5, 0.0), (0.67, 0.0), (1.3, 0.0), (1.6, 0.0), (2.0, 0.0), (1.0, 8.0), (1.0, -7.0))
_FRAME, _HOP = 512, 240
#: Magnitudes below this share of the loudest count as this, and frames below ten times it do not count.
_FLOOR = 1e-3


def spoken(name: str) -> Samples:
    """What the model says in this voice, before its sound is changed."""
    speaker = next(v.speaker for v in shipped_voices() if v.name == name)
    sentences = [part for part in read_script(TEXT).parts if isinstance(part, Sentence)]
    return np.concatenate(
        [utter(read_sentence(one, british=speaker.is_british), speaker)[0].samples for one in sentences]
    )


def _magnitudes(samples: Samples, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, bins): around each of the places, samples."""
    padded = np.pad(samples, _FRAME)
    first = np.clip(np.round(places).astype(int) + _FRAME - _FRAME // 2, 0, len(padded) - _FRAME)
    return np.abs(np.fft.rfft(padded[first[:, None] + np.arange(_FRAME)] * np.hanning(_FRAME), axis=1))


def distance_db(before: Samples, after: Samples, semitones: float) -> float:
    """Root mean square difference of the two spectra at each moment, over the frequencies that both have; its mean."""
    places = np.arange(0.0, len(before), _HOP)
    a, b = _magnitudes(before, places), _magnitudes(after, places * len(after) / len(before))
    higher = 2 ** (semitones / 12)
    bins = np.arange(a.shape[1])
    a = np.array([np.interp(bins / higher, bins, row, right=0.0) for row in a])
    floor = _FLOOR * a.max()
    heard, shared = a.max(axis=1) > 10 * floor, int(min(1.0, higher) * 0.9 * len(bins))
    difference = 20 * np.log10((b[heard, :shared] + floor) / (a[heard, :shared] + floor))
    return float(np.sqrt(((difference - np.median(difference)) ** 2).mean(axis=1)).mean())


def click(speed: float, semitones: float) -> tuple[float, float]:
    """How far a click of 10 ms is from its place, ms; and the share of its energy more than 15 ms away from there."""
    sound = np.zeros(3 * RATE_HZ, np.float32)
    n = RATE_HZ // 100
    sound[RATE_HZ : RATE_HZ + n] = np.hanning(n) * np.sin(np.arange(n) * 0.3)
    out = stretch(sound, RATE_HZ, speed=speed, semitones=semitones)
    place, near = round((RATE_HZ + n / 2) * len(out) / len(sound)), round(0.015 * RATE_HZ)
    found = int(np.argmax(np.convolve(out**2, np.ones(n), "same")))
    return (found - place) / RATE_HZ * 1000, 1 - float(np.sum(out[place - near : place + near] ** 2) / np.sum(out**2))


def main() -> None:
    """Print the table."""
    sounds = [spoken(name) for name in VOICES]
    rows = []
    for speed, semitones in ASKED:
        changed = [stretch(sound, RATE_HZ, speed=speed, semitones=semitones) for sound in sounds]
        errors = [word_error_rate(TEXT, transcribe(one, RATE_HZ)) for one in changed]
        apart = [distance_db(a, b, semitones) for a, b in zip(sounds, changed, strict=True)]
        moved_ms, smeared = click(speed, semitones)
        moved, smeared_percent = f"{moved_ms:+.1f} ms", f"{100 * smeared:.1f} %"
        heard, spectrum = f"{100 * np.mean(errors):.1f} %", f"{np.mean(apart):.1f} dB"
        rows.append([f"{speed:g}", f"{semitones:+g}", heard, spectrum, moved, smeared_percent])
    print(table(("speed", "semitones", "word errors", "spectrum", "a click moves", "and smears"), rows))


if __name__ == "__main__":
    main()
