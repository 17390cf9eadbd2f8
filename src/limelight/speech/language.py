"""Whether a script is in another language than English. Rather silent than wrong: names, lists and single words are in
no language.

The detector's table is only loaded for a script in which English's small words are missing.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

#: What is told apart, by the detector's codes. Few that are alike: their probabilities would be divided.
LANGUAGES = {
    "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "en": "English", "es": "Spanish", "et": "Estonian",
    "fi": "Finnish", "fr": "French", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "sk": "Slovak", "sl": "Slovene", "sv": "Swedish", "tr": "Turkish", "vi": "Vietnamese",
}  # fmt: skip
#: Small words of English that are none in the languages above.
_ENGLISH = frozenset((
    "the", "and", "with", "your", "you", "our", "this", "that", "these", "those", "have", "has", "been", "from",
    "they", "their", "would", "what", "who", "which", "how", "when", "there", "here", "its", "my", "by", "if", "but",
    "not", "does", "should", "could", "more", "about", "into", "than",
))  # fmt: skip
#: One of so many words is enough to be English.
_ENGLISH_IN = 8
_MIN_WORDS, _MIN_KEPT_WORDS = 5, 4
#: Fewer words between two commas or full stops are a list.
_MIN_CLAUSE_WORDS = 3
_MIN_PROBABILITY, _MAX_ENGLISH_PROBABILITY = 0.6, 0.02
_MAX_CHARACTERS = 2_000

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def foreign_language(text: str) -> str | None:
    """The name of the language that a text is in, such as `German`; None where it is English, or cannot be told."""
    text = text[:_MAX_CHARACTERS]
    words: list[str] = _WORD.findall(text)
    if len(words) < _MIN_WORDS or _ENGLISH_IN * sum(w.lower() in _ENGLISH for w in words) >= len(words):
        return None
    clauses = [part for part in re.split(r"[,;:.!?()\n]+", text) if _WORD.search(part)]
    # Names are in no language; where everything is in capitals they cannot be told.
    kept = [w.lower() for w in words if w[0].islower() or text.isupper()]
    if len(words) < _MIN_CLAUSE_WORDS * len(clauses) or len(set(kept)) < _MIN_KEPT_WORDS:
        return None
    found = dict(_identifier().rank(" ".join(kept)))
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
