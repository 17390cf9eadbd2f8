"""Whether a script is in another language than English. Where that is unsure it counts as English: names, lists and
single words tell nothing.

The detector's table is loaded only for a script that lacks English function words.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

#: The languages to choose from, by the detector's codes. Similar ones are left out: they would share the probability.
LANGUAGES = {
    "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "en": "English", "es": "Spanish", "et": "Estonian",
    "fi": "Finnish", "fr": "French", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "sk": "Slovak", "sl": "Slovene", "sv": "Swedish", "tr": "Turkish", "vi": "Vietnamese",
}  # fmt: skip
#: Function words of English that are words of no other language above.
_ENGLISH = frozenset((
    "the", "and", "with", "your", "you", "our", "this", "that", "these", "those", "have", "has", "been", "from",
    "they", "their", "would", "what", "who", "which", "how", "when", "there", "here", "its", "my", "by", "if", "but",
    "not", "does", "should", "could", "more", "about", "into", "than",
))  # fmt: skip
#: A text is English where at least one in so many words is one of these.
_ENGLISH_IN = 8
#: Shorter texts, or ones with fewer words that are no names, are not judged.
_MIN_WORDS, _MIN_TELLING_WORDS = 5, 4
#: A text with fewer words than this between punctuation marks, on average, is a list.
_MIN_CLAUSE_WORDS = 3
_MIN_PROBABILITY, _MAX_ENGLISH_PROBABILITY = 0.6, 0.02
_MAX_CHARACTERS = 2_000

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def foreign_language(text: str) -> str | None:
    """The name of a text's language, such as `German`; None where it is English or unsure."""
    text = text[:_MAX_CHARACTERS]
    words: list[str] = _WORD.findall(text)
    if len(words) < _MIN_WORDS or _ENGLISH_IN * sum(w.lower() in _ENGLISH for w in words) >= len(words):
        return None
    clauses = [part for part in re.split(r"[,;:.!?()\n]+", text) if _WORD.search(part)]
    # Names belong to no language; in a text of capitals they cannot be told from other words.
    telling = [w.lower() for w in words if w[0].islower() or text.isupper()]
    if len(words) < _MIN_CLAUSE_WORDS * len(clauses) or len(set(telling)) < _MIN_TELLING_WORDS:
        return None
    found = dict(_identifier().rank(" ".join(telling)))
    code = max(found, key=lambda code: found[code])
    if found[code] < _MIN_PROBABILITY or found["en"] > _MAX_ENGLISH_PROBABILITY:
        return None
    return LANGUAGES[code]


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier
