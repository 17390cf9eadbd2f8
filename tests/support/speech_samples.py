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


MINUTE = """
Good morning, and welcome to the first lesson of our new course. Today we will look at how a small company can plan its
work, share the plan with everybody, and still leave room for good ideas that come late. Most people begin with a long
list. They write down every task, every date and every name, and after a week nobody reads it any more. There is a
better way. Start with the one thing that must be true at the end of the month, and ask what has to happen before that.
Then ask the same question again, until you reach something that you can do this afternoon. Keep the plan on a single
page, because a plan that fits on a page is a plan that people remember. When something changes, and it will, change
the page and tell the others. In the next lesson we will talk about meetings: which ones you need, how many minutes they
should last, and when it is better to send a short letter instead. Thank you for watching, and see you soon.
"""


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
