"""Rules of text normalisation, and what a rule sees: a match in its sentence, and the words around it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property


def word_set(words: str) -> frozenset[str]:
    """Words between spaces as a set."""
    return frozenset(words.split())


_WORD_BEFORE = re.compile(r"(\S+)\s*$")
_EDGE_SIGNS = "\"'“”‘’«»()[]{}.,;:!?…*_"
#: Words that follow a count and are not the noun that it describes: "a 2 TB drive", but "a total of 2 TB in all".
_NO_NOUN = word_set(
    "a about above across after again against ago ahead all along already also am an and any apart are around as "
    "at away back be because been before behind below beside between beyond but by can could did do does down "
    "during each east either else even ever every except extra for from had has have he her here his how i if in "
    "inside instead into is it its just last later left less like may maybe might more most must my near next no "
    "nor north not now of off on once only onto or our out outside over past per please plus rather right saved "
    "she should since so some south still than that the their them then there these they this those though "
    "through till to today together tomorrow tonight too toward under unless until up upon very via was we were "
    "west what when where which while who why will with within without would yesterday yet you your apiece "
    "altogether total wide long high tall deep thick old worth faster slower longer shorter higher lower larger "
    "smaller"
)  # fmt: skip
#: Nouns that a size describes even without an article in front: 12 oz. cans.
_SIZED = word_set(
    "can cans bottle bottles bag bags box boxes pan pans steak steaks run runs ladder ladders jug jugs tv tvs "
    "laptop laptops monitor monitors display displays walk walks drive drives ssd pipe pipes board boards hole "
    "holes cable cables tank tanks jar jars dash hike hikes ride rides commute flight flights delay delays "
    "layover layovers warranty mortgage loan loans lens lenses nail nails plywood drill bit bits bill bills note "
    "notes coupon coupons prize prizes fine fines voucher vouchers"
)
_DETERMINERS = word_set(
    "a an another each every one this that the my your our his her its their two three four five six seven eight "
    "nine ten both several these those"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a match is in its sentence: `text[start:end]`."""

    text: str
    start: int
    end: int
    british: bool = False

    def before(self, count: int = 1) -> tuple[str, ...]:
        """The words before it, in lower case and without signs, the nearest first."""
        words = self.text[: self.start].rsplit(None, count)[-count:] if count else []
        if self.start and not self.text[self.start - 1].isspace():
            glued = _WORD_BEFORE.search(self.text[: self.start])
            if glued and not glued[1].strip(_EDGE_SIGNS):
                words = self.text[: glued.start()].rsplit(None, count)[-count:]
        return tuple(word.strip(_EDGE_SIGNS).lower() for word in reversed(words))

    def written_before(self) -> str:
        """The word before it as written; empty at the start of the sentence."""
        words = self.text[: self.start].rsplit(None, 1)
        return words[-1] if words else ""

    def after(self, count: int = 1) -> tuple[str, ...]:
        """The words behind it, in lower case and without signs, the nearest first."""
        return tuple(word.strip(_EDGE_SIGNS).lower() for word in self.text[self.end :].split(None, count)[:count])

    def written_after(self) -> str:
        """The word behind it as written; empty at the end of the sentence."""
        words = self.text[self.end :].split(None, 1)
        return words[0] if words else ""

    def near(self, words: frozenset[str], *, back: int = 3, ahead: int = 2) -> bool:
        """Whether one of these words is among the `back` words before or the `ahead` words behind."""
        return not words.isdisjoint((*self.before(back), *self.after(ahead)))

    def is_first(self) -> bool:
        """Whether the sentence begins here."""
        return not self.text[: self.start].strip(_EDGE_SIGNS + " ")

    def describes(self) -> bool:
        """Whether the unit counted here describes the noun that follows, and is singular: a 2 TB drive."""
        before = self.before()
        noun = re.match(r"[\s-]([A-Za-z]+)\b", self.text[self.end :])
        if noun is None or noun[1].lower() in _NO_NOUN:
            return False
        if noun[1].lower() in _SIZED:
            return True
        return bool(before) and before[0] in _DETERMINERS and (noun[1].islower() or noun[1].isupper())


#: The normalised form of a match, plain words and signs; None where the rule does not hold at this place.
Normaliser = Callable[["re.Match[str]", Place], str | None]


class Rule:
    """A pattern, tried where a word begins, and a function that normalises its match. Compiled at the first try."""

    def __init__(self, pattern: str, normalise: Normaliser, flags: int = 0) -> None:
        self._source, self._flags = pattern, flags
        self.normalise = normalise

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The compiled pattern."""
        return re.compile(self._source, self._flags)


def rule(pattern: str, normalise: Normaliser, *, ignore_case: bool = False) -> Rule:
    """A rule whose pattern ends where a word does."""
    return Rule(rf"(?:{pattern})(?!\w)", normalise, re.IGNORECASE if ignore_case else 0)


def alternatives(words: object) -> str:
    """A pattern for any of these words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))  # type: ignore[call-overload]


def letters(text: str) -> str:
    """Letters to be spelled: FBI is F.B.I."""
    return "".join(f"{c.upper()}." for c in text)
