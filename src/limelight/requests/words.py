"""What words are to be called, as it comes: in a request, and for an account's list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from limelight.requests.wire import Wire, check_text, invalid, read
from limelight.spec import WordEntry
from limelight.speech.lexicon import (
    MAX_IPA_CHARACTERS,
    MAX_REQUEST_WORDS,
    MAX_SAY_CHARACTERS,
    MAX_WORD_CHARACTERS,
    MAX_WORDS,
    latest,
    word_entry,
)


class WordBody(Wire):
    """A word or phrase, and what it is called: in other words, or by its sounds."""

    word: Annotated[str, Field(max_length=MAX_WORD_CHARACTERS)] = ""
    say: Annotated[str, Field(max_length=MAX_SAY_CHARACTERS)] | None = None
    ipa: Annotated[str, Field(max_length=MAX_IPA_CHARACTERS)] | None = None
    case_sensitive: bool = False


#: In a request that says a script.
RequestWords = Annotated[list[WordBody], Field(max_length=MAX_REQUEST_WORDS)]


class WordsBody(WordBody):
    """POST /v1/limelight/words: one word, or a list of them."""

    words: Annotated[list[WordBody], Field(max_length=MAX_WORDS)] | None = None


def entries_of(words: Sequence[WordBody]) -> tuple[WordEntry, ...]:
    """The entries of a request's `words`, of equal ones the last. Raises SpecError."""
    return latest([_entry(body, f"words[{i}].") for i, body in enumerate(words)])


def parse_words(body: object) -> tuple[WordEntry, ...]:
    """What is to be added to an account's list. Raises SpecError."""
    check_text(body)
    wire = read(WordsBody, body)
    if wire.words is None:
        return (_entry(wire, ""),)
    if wire.word:
        raise invalid("words", "word is given too, only one of them may be")
    return entries_of(wire.words)


def _entry(body: WordBody, path: str) -> WordEntry:
    if not body.word:
        raise invalid(f"{path}word", "field required")
    return word_entry(body.word, body.say, body.ipa, case_sensitive=body.case_sensitive, path=path)
