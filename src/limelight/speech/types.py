"""The values of the speech stage: sound with timed phonemes and words. Knows nothing of video."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limelight.spec import SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class Phoneme:
    """One phoneme in misaki's compressed alphabet (A I O Q W Y are diphthongs, ʤ ʧ affricates, T a flap)."""

    symbol: str
    start_s: float
    end_s: float
    #: 0 none, 1 primary (ˈ), 2 secondary (ˌ); only vowels carry stress.
    stress: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """One word as written, with its time in the sound."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Speech:
    """Mono sound at 48 kHz, with its phonemes and words."""

    #: float32 (n,), 1.0 is full scale
    samples: NDArray[np.float32]
    #: in order of time, seconds from the sound's start
    phonemes: tuple[Phoneme, ...] = ()
    words: tuple[Word, ...] = ()

    @property
    def duration_s(self) -> float:
        """Length of the sound."""
        return len(self.samples) / SAMPLE_RATE_HZ

    @classmethod
    def silence(cls, duration_s: float) -> Speech:
        """Silence of this length."""
        return cls(np.zeros(round(duration_s * SAMPLE_RATE_HZ), np.float32))

    @classmethod
    def join(cls, parts: Iterable[Speech]) -> Speech:
        """The parts one after the other; times are shifted by the exact number of samples before them."""
        track = Track()
        for part in parts:
            track.add(part)
        return track.speech()


class Track:
    """Speech that grows part by part. A long one is held once, and not a second time in its parts."""

    def __init__(self) -> None:
        self._samples = array("f")
        self._phonemes: list[Phoneme] = []
        self._words: list[Word] = []

    @property
    def duration_s(self) -> float:
        """Length so far."""
        return len(self._samples) / SAMPLE_RATE_HZ

    def add(self, part: Speech) -> None:
        """Add at the end; times are shifted by the exact number of samples before it."""
        t = self.duration_s
        self._phonemes += [Phoneme(p.symbol, p.start_s + t, p.end_s + t, p.stress) for p in part.phonemes]
        self._words += [Word(w.text, w.start_s + t, w.end_s + t) for w in part.words]
        self._samples.frombytes(np.ascontiguousarray(part.samples, np.float32).view(np.uint8).data)

    def speech(self) -> Speech:
        """The whole; nothing can be added to the track any more."""
        return Speech(np.asarray(self._samples, np.float32), tuple(self._phonemes), tuple(self._words))
