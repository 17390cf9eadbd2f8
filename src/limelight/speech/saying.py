"""What would be said: a script's words with their phonemes, and in time where it is spoken. For whoever wants to hear
before a film is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from limelight.spec import WordEntry
from limelight.speech.markup import Note
from limelight.speech.reader import ReadWord, notes_of, read_sentence
from limelight.speech.reading.asked import to_ipa
from limelight.speech.reading.verbalise import Left
from limelight.speech.script import Script
from limelight.speech.types import Speech


@dataclass(frozen=True, slots=True)
class Saying:
    """A script as it is said."""

    words: tuple[ReadWord, ...]
    notes: tuple[Note, ...]

    @property
    def phonemes(self) -> str:
        """In misaki's alphabet, one space between words."""
        return " ".join(word.phonemes for word in self.words if word.phonemes)

    @property
    def ipa(self) -> str:
        """The same in IPA."""
        return to_ipa(self.phonemes)


def saying(script: Script, words: Sequence[WordEntry] = (), *, british: bool = False) -> Saying:
    """How a script is read. Raises SpeechError and ScriptInvalid."""
    left = Left()
    read = [
        word for sentence in script.sentences for word in read_sentence(sentence, words, british=british, left=left)
    ]
    return Saying(tuple(read), tuple(notes_of(script, left)))


def answer(said: Saying, speech: Speech | None) -> dict[str, Any]:
    """What is said, for programs; times in seconds where it is spoken."""
    return {
        "phonemes": said.phonemes,
        "ipa": said.ipa,
        "words": [
            {
                "text": w.text,
                "said": w.said,
                "phonemes": w.phonemes,
                "ipa": to_ipa(w.phonemes),
                "source": w.source,
                **when,
            }
            for w, when in zip(said.words, times(said, speech), strict=True)
        ],
        "duration": round(speech.duration_s, 3) if speech else None,
        "warnings": [{"code": note.code, "message": note.message} for note in said.notes],
    }


def times(said: Saying, speech: Speech | None) -> list[dict[str, float]]:
    """Start and end of each read word. A caption's word may hold a sign that nobody says beside it."""
    if speech is None or not speech.words:
        return [{} for _ in said.words]
    found: list[dict[str, float]] = []
    left = [(word, len(word.text.split())) for word in speech.words]
    at, used = 0, 0
    for word in said.words:
        spoken = left[at][0]
        found.append({"start": round(spoken.start_s, 3), "end": round(spoken.end_s, 3)})
        used += len(word.text.split())
        while at < len(left) and used >= left[at][1]:
            used -= left[at][1]
            at += 1
        at = min(at, len(left) - 1)
    return found
