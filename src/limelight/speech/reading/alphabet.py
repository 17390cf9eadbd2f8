"""Letters: which are Latin, and what they are without their marks."""

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
    """Whether a letter belongs to the Latin script, with or without marks."""
    return letter.isascii() or unicodedata.name(unicodedata.normalize("NFKC", letter)[:1], "").startswith("LATIN")


def plain_letters(word: str) -> str:
    """Without accents: what a dictionary without them is asked for."""
    kept = "".join(_LATIN.get(c, c) for c in word)
    return "".join(c for c in unicodedata.normalize("NFKD", kept) if not unicodedata.combining(c))
