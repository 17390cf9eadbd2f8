"""Letters: which ones are Latin, and their forms without diacritics."""

from __future__ import annotations

import unicodedata

_LATIN = {
    "ß": "ss",
    "æ": "ae",
    "Æ": "Ae",
    "œ": "oe",
    "Œ": "Oe",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "þ": "th",
    "Þ": "Th",
    "ı": "i",
    "ħ": "h",
}


def is_latin(letter: str) -> bool:
    """Whether a letter belongs to the Latin script, with or without diacritics."""
    return letter.isascii() or unicodedata.name(unicodedata.normalize("NFKC", letter)[:1], "").startswith("LATIN")


def plain_letters(word: str) -> str:
    """A word without diacritics, as dictionaries without them have it."""
    replaced = "".join(_LATIN.get(c, c) for c in word)
    return "".join(c for c in unicodedata.normalize("NFKD", replaced) if not unicodedata.combining(c))
