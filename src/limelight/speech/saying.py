"""What would be said: a script's words with their phonemes, and in time where it is spoken. For whoever wants to hear
before a film is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from limelight.spec import WordEntry
from limelight.speech.markup import Note
from limelight.speech.reader import ReadWord, notes_of, read_sentence
from limelight.speech.reading.asked import to_ipa
from limelight.speech.reading.verbalise import Left
from limelight.speech.script import Script


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
