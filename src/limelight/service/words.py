"""What an account wants words to be called."""

from __future__ import annotations

from collections.abc import Sequence

from limelight.requests.words import parse_words
from limelight.service.caller import Caller
from limelight.spec import WordEntry
from limelight.speech.lexicon import MAX_WORDS, canonical_word, read_words
from limelight.store import Store


class Words:
    """The word lists of a server. Every function raises StoreError."""

    def __init__(self, store: Store) -> None:
        self._words = store.words

    def all(self, caller: Caller) -> Sequence[WordEntry]:
        """The caller's words; those that go by case first, then by the alphabet."""
        return self._words.all(caller.id)

    def add(self, body: object, caller: Caller) -> tuple[Sequence[WordEntry], int]:
        """Add the words of a body, or put them in the place of equal ones; gives them, and how many the caller has.

        Raises SpecError.
        """
        return self._put(parse_words(body), caller)

    def read(self, data: bytes, caller: Caller) -> tuple[Sequence[WordEntry], int]:
        """The same with those of a file; all of it is taken or nothing. Raises SpecError."""
        return self._put(read_words(data), caller)

    def delete(self, word: str, caller: Caller) -> bool:
        """Forget a word; says whether there was one."""
        return self._words.delete(caller.id, canonical_word(word))

    def _put(self, entries: Sequence[WordEntry], caller: Caller) -> tuple[Sequence[WordEntry], int]:
        self._words.put(caller.id, entries, MAX_WORDS)
        return entries, len(self.all(caller))
