"""A preview of a script's reading: its words with their phonemes, and with times where the script has been spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from limelight.spec import WordEntry
from limelight.speech.markup import Note
from limelight.speech.reader import ReadWord, notes_of, read_sentence
from limelight.speech.reading.asked import to_ipa
from limelight.speech.reading.normalise import Unreadable
from limelight.speech.script import Script
from limelight.speech.types import Speech


@dataclass(frozen=True, slots=True)
class Saying:
    """A script's words as they are read, and warnings about it."""

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
    """A script's reading. Raises SpeechError and ScriptInvalid."""
    unreadable = Unreadable()
    read = [
        word
        for sentence in script.sentences
        for word in read_sentence(sentence, words, british=british, unreadable=unreadable)
    ]
    return Saying(tuple(read), tuple(notes_of(script, unreadable)))


def answer(said: Saying, speech: Speech | None) -> dict[str, Any]:
    """The reading as JSON for programs; with times in seconds where there is `speech`."""
    return {
        "phonemes": said.phonemes,
        "ipa": said.ipa,
        "words": [
            {
                "text": w.text,
                "said": w.normalised,
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
    """Start and end of each read word, seconds; empty without speech.

    A word of the speech may be several read words: a silent sign counts to its neighbour.
    """
    if speech is None or not speech.words:
        return [{} for _ in said.words]
    found: list[dict[str, float]] = []
    remaining = [(word, len(word.text.split())) for word in speech.words]
    at, used = 0, 0
    for word in said.words:
        spoken = remaining[at][0]
        found.append({"start": round(spoken.start_s, 3), "end": round(spoken.end_s, 3)})
        used += len(word.text.split())
        while at < len(remaining) and used >= remaining[at][1]:
            used -= remaining[at][1]
            at += 1
        at = min(at, len(remaining) - 1)
    return found
