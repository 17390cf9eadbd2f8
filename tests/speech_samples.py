"""Speech that several tests look at, made once."""

from __future__ import annotations

import functools

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


def read(text: str) -> tuple[ReadWord, ...]:
    """A sentence of plain words, read."""
    return read_sentence(Sentence(text))
