"""An account's pronunciations of words."""

from __future__ import annotations

import hashlib
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
        """The caller's words: the case-sensitive ones before the others."""
        return self._words.all(caller.id)

    def kept(self, caller: Caller) -> tuple[str, int, int] | None:
        """An id of the caller's list, and when its first and last word was kept (ms since 1970); None where it is
        empty."""
        times = self._words.times(caller.id)
        return times and (hashlib.sha256(f"words {caller.id}".encode()).hexdigest()[:32], *times)

    def add(self, body: object, caller: Caller) -> tuple[Sequence[WordEntry], int]:
        """Add the words of a body, or replace equal ones; gives them, and how many words the caller then has.

        Raises SpecError.
        """
        return self._put(parse_words(body), caller)

    def read(self, data: bytes, caller: Caller) -> tuple[Sequence[WordEntry], int]:
        """Add the words of a file, all or none, as `add` does. Raises SpecError."""
        return self._put(read_words(data), caller)

    def delete(self, word: str, caller: Caller) -> bool:
        """Delete a word; says whether there was one."""
        return self._words.delete(caller.id, canonical_word(word))

    def _put(self, entries: Sequence[WordEntry], caller: Caller) -> tuple[Sequence[WordEntry], int]:
        self._words.put(caller.id, entries, MAX_WORDS)
        return entries, len(self.all(caller))
