"""Speech that several tests look at, made once."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from limelight.catalog.voices import DEFAULT_FEMALE, VoiceEntry
from limelight.speech.reader import ReadWord, read_sentence
from limelight.speech.script import Sentence
from limelight.speech.speak import speak
from limelight.speech.types import Speech

#: About 4 s, plain words that Whisper writes as they are written here.
SENTENCES = "Good morning, everyone. The new office opens on Monday."


@functools.cache
def spoken(
    script: str = SENTENCES, voice_id: str = DEFAULT_FEMALE.voice_id, speed: float = 1, pitch: float = 0
) -> Speech:
    from limelight.catalog.voices import voice

    return spoken_by(voice(voice_id), script, speed, pitch)


def spoken_by(entry: VoiceEntry, script: str, speed: float = 1, pitch: float = 0) -> Speech:
    return speak(script, entry.speaker, speed, pitch)


def true_peak_dbtp(samples: NDArray[np.float32]) -> float:
    """The highest true peak, four times oversampled; −inf for silence."""
    peak = np.abs(resample_poly(samples.astype(np.float64), 4, 1)).max(initial=0.0)
    return 20 * float(np.log10(peak)) if peak > 0 else float("-inf")


def read(text: str) -> tuple[ReadWord, ...]:
    """A sentence of plain words, read."""
    return read_sentence(Sentence(text))
