"""Words with times become captions (cues): which words are shown together, on which line, from when until when.

The rules are those that the BBC's Subtitle Guidelines and Netflix' Timed Text Style Guide share: at most two lines,
line breaks between phrases, in step with the voice, neither too short to read nor too full. The rules conflict, so
breaking each has a cost, and dynamic programming finds the cheapest division of the whole text, as Knuth and Plass
break paragraphs. Knows where letters end, but nothing of fonts, pictures or files: the caller says how much of a line
a text takes.
"""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from limelight.lettering.families import clusters, is_emoji, is_invisible
from limelight.spec import CaptionPlace
from limelight.speech.types import Word

#: The most characters of a line, as in both guides.
LINE_CHARACTERS = 42
#: The longest time that a caption is shown, and the shortest where there is room.
MAX_CUE_S, MIN_CUE_S = 7.0, 0.85
#: How long a caption stays after its last word; where the next one follows within the second time, it stays until then.
HOLD_S, CLOSED_GAP_S = 0.4, 1.0
#: A longer silence always ends a caption, so that nobody reads words before the pause in front of them.
MAX_PAUSE_S = 1.0
#: Characters per second that every reader can follow.
READING_SPEED = 17.0

#: The least time between two captions' starts: the coarsest file format, ASS, counts hundredths of a second.
_TICK_S = 0.01

# Costs, in units of one slightly awkward break.
_CUE = 6.0  # fewer and fuller captions
_SECOND_LINE = 2.5  # one line where one is enough
_TOP_HEAVY, _BOTTOM_HEAVY = 8.0, 5.0  # times the lines' difference in width as a share of the wider one
_ORPHAN = 40.0
_SENTENCE_ENDS_IN_LINE = 3.0
#: For a caption or line that holds the end of a sentence or clause and the beginning of the next, but not its end.
_SENTENCE_TORN, _CLAUSE_TORN = 8.0, 3.0
_PAUSE = 8.0  # per second of silence inside a caption
_TOO_SHORT = 20.0  # per second below the shortest time
_TOO_FAST = 0.8  # per character per second above the reading speed
#: A break between captions costs this many times what it costs between lines.
_BETWEEN_CUES = 2.0

# The cost of a break between two words.
_AT_SENTENCE, _AT_CLAUSE, _BEFORE_CONJUNCTION, _BEFORE_PREPOSITION, _ANYWHERE = 0.0, 1.0, 2.0, 3.5, 8.0
_AFTER_BOUND, _AFTER_LEANING = 25.0, 6.0
_BEFORE_SIGN = 100.0  # no line begins with a punctuation mark
_IN_NAME = 12.0  # Grand Hotel, March 3, 20 minutes
#: Where the voice pauses for longer than this, a break costs half.
_HEARD_PAUSE_S = 0.2
#: A pause of at least this length after a word without a punctuation mark ends a heading or an item of a list.
_LINE_PAUSE_S = 0.45

#: A line of one word that takes less than this share of the line's width is an orphan.
_ORPHAN_SHARE = 0.34

_CONJUNCTIONS = frozenset((
    "and", "but", "or", "nor", "so", "yet", "because", "which", "while", "when", "where", "whereas", "although",
    "though", "unless", "until", "after", "before", "if", "that", "who", "whom", "whose", "why", "how", "since", "as",
    "than", "whether",
))  # fmt: skip
_PREPOSITIONS = frozenset((
    "of", "in", "on", "at", "to", "for", "with", "from", "by", "about", "into", "onto", "over", "under", "through",
    "between", "among", "across", "against", "without", "within", "during", "towards", "toward", "upon", "behind",
    "beyond", "near", "along", "around", "like", "via", "per",
))  # fmt: skip
#: Words that belong to the next one: no line or caption should end with them.
_BOUND = _CONJUNCTIONS | _PREPOSITIONS | frozenset((
    "a", "an", "the", "this", "these", "those", "my", "your", "his", "her", "its", "our", "their", "no", "every",
    "each", "some", "any", "i", "we", "he", "she", "they", "it's", "i'm", "we're", "you're", "they're", "i'll",
    "we'll", "you'll", "don't", "can't", "won't", "is", "are", "was", "were", "be", "been", "am", "will", "would",
    "can", "could", "should", "may", "might", "must", "shall", "do", "does", "did", "have", "has", "had", "not",
    "very", "more", "most", "too",
))  # fmt: skip
#: Words that often belong to the next one.
_LEANING = frozenset(("it", "you", "there", "all", "both", "such", "just", "only", "also"))
_SHORTENED = frozenset(("mr", "mrs", "ms", "dr", "prof", "st", "e.g", "i.e", "vs", "approx"))
_INITIAL = re.compile(r"\W*[A-Z]\.")
_STOPS, _CLAUSE_SIGNS = ".!?…。！？؟।", ",;:—–،؛、，；："
_CLOSERS = "\"'”’»)]}*_」』）"
#: First letters of the names of characters whose scripts put no spaces between words.
_UNSPACED = ("CJK ", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "IDEOGRAPHIC", "FULLWIDTH")

#: Gives the share of a line's width that a text takes; above 1 it does not fit.
Measure = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption: words that are shown together. Times are seconds from the scene's, or the film's, start."""

    start_s: float
    end_s: float
    #: the words of each line, one line or two
    rows: tuple[tuple[Word, ...], ...]
    #: where in the frame it stands
    place: CaptionPlace = "bottom"

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines as they are read."""
        return tuple(joined(row) for row in self.rows)

    @property
    def words(self) -> tuple[Word, ...]:
        """All words in the order they are said."""
        return tuple(word for row in self.rows for word in row)


def characters(limit: int = LINE_CHARACTERS) -> Measure:
    """The measure that counts `columns`, of which `limit` fit on a line."""
    return lambda text: columns(text) / limit


def columns(text: str) -> int:
    """Columns that a text takes: one per letter with its marks, two per wide one (Chinese, Japanese, Korean) or emoji.

    None per joiner.
    """
    return len(text) if text.isascii() else sum(map(_columns, clusters(text)))


@lru_cache(maxsize=4096)
def _columns(cluster: str) -> int:
    if is_emoji(cluster):
        return 2
    seen = [c for c in unicodedata.normalize("NFC", cluster) if not unicodedata.combining(c) and not is_invisible(c)]
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in seen)


def joined(words: Sequence[Word]) -> str:
    """The words as one text, with spaces except between words of scripts that have none."""
    text = ""
    for word in words:
        text += (" " if text and needs_space(text[-1], word.text[:1]) else "") + word.text
    return text


def needs_space(last: str, first: str) -> bool:
    """Whether a space stands between words that end and begin with these characters."""
    return not (_unspaced(last) and _unspaced(first))


def _unspaced(c: str) -> bool:
    return not c.isascii() and unicodedata.name(c, "").startswith(_UNSPACED)


def cues(words: Sequence[Word], measure: Measure | None = None, end_s: float = math.inf) -> list[Cue]:
    """The captions of a scene.

    `words` are in the order they are said; `measure` says what fits on a line (42 characters where it is not given); no
    caption lasts beyond `end_s`, the end of the scene. A caption starts with its first word and lasts at least until
    its last word ends; it stays into the pause that follows, but not into the next caption. A word that is too wide for
    a line is cut.
    """
    measure = measure or characters()
    pieces = [piece for word in words if word.text for piece in _pieces(word, measure)]
    return _timed(_divided(pieces, measure, end_s), end_s)


def _pieces(word: Word, measure: Measure) -> Iterator[Word]:
    """The word itself; its parts where it is too wide for a line or too long for a caption, each with its share of the
    time."""
    if measure(word.text) <= 1 and word.end_s - word.start_s <= MAX_CUE_S:
        yield word
        return
    parts = list(clusters(word.text))  # marks stay with their letter, and the parts of an emoji together
    if len(parts) < 2:
        yield word
        return
    middle = len(parts) // 2
    cut = min((i for i, part in enumerate(parts) if part == " "), key=lambda i: abs(i - middle), default=middle)
    at_s = word.start_s + (word.end_s - word.start_s) * cut / len(parts)
    yield from _pieces(Word("".join(parts[:cut]), word.start_s, at_s), measure)
    yield from _pieces(Word("".join(parts[cut:]).lstrip(), at_s, word.end_s), measure)


# Division


def _divided(words: Sequence[Word], measure: Measure, end_s: float) -> list[tuple[tuple[Word, ...], ...]]:
    """The cheapest division of the words into captions of one or two lines."""
    text = _Text(words, measure, end_s)
    best = [0.0] + [math.inf] * len(words)
    came_from: list[tuple[int, int]] = [(0, 0)] * (len(words) + 1)
    for start in range(len(words)):
        for middle, end in text.options(start):
            cost = best[start] + text.cost(start, middle, end)
            if cost < best[end]:
                best[end], came_from[end] = cost, (start, middle)
    found: list[tuple[tuple[Word, ...], ...]] = []
    end = len(words)
    while end:
        start, middle = came_from[end]
        rows = (words[start:middle], words[middle:end])
        found.append(tuple(tuple(row) for row in rows if row))
        end = start
    return found[::-1]


class _Text:
    """The words, with what the costs need of them, computed once."""

    def __init__(self, words: Sequence[Word], measure: Measure, end_s: float) -> None:
        self._words = words
        self._shares = [_line_shares(words[i:], measure) for i in range(len(words))]
        self._columns = [0]
        #: sentences that end before each word
        self._ends = [0]
        #: clauses that end before each word, sentences among them
        self._clauses = [0]
        self._gaps = [0.0] + [b.start_s - a.end_s for a, b in itertools.pairwise(words)] + [0.0]
        for word, gap_s in zip(words, self._gaps[1:], strict=False):
            ends = _ends_sentence(word.text) or _ends_line(word.text, gap_s)
            self._columns.append(self._columns[-1] + columns(word.text) + 1)
            self._ends.append(self._ends[-1] + ends)
            self._clauses.append(self._clauses[-1] + (ends or _ends_clause(word.text)))
        #: whether a caption always ends before each word
        self._breaks = [
            gap_s > MAX_PAUSE_S or (0 < i < len(words) and _ends_line(words[i - 1].text, gap_s))
            for i, gap_s in enumerate(self._gaps)
        ]
        self._seams = [0.0, *map(_seam, words, words[1:], self._gaps[1:]), 0.0]
        self._end_s = end_s

    def options(self, start: int) -> Iterator[tuple[int, int]]:
        """Where a caption that starts here may break its line, and where it may end; equal where it has one line."""
        for middle in self._line_ends(start, start):
            yield middle, middle
            if middle < len(self._words) and not self._breaks[middle]:
                for end in self._line_ends(middle, start):
                    yield middle, end

    def _line_ends(self, first: int, start: int) -> Iterator[int]:
        """Where a line that starts at `first` may end, in a caption that starts at `start`."""
        for end in range(first + 1, first + 1 + len(self._shares[first])):
            if end > start + 1 and self._words[end - 1].end_s - self._words[start].start_s > MAX_CUE_S:
                return
            if end > first + 1 and self._breaks[end - 1]:
                return
            yield end

    def cost(self, start: int, middle: int, end: int) -> float:
        """The cost of a caption of words `start` to `end` - 1, whose first line ends before word `middle`."""
        cost = _CUE + _BETWEEN_CUES * self._seams[end] + self._line(start, middle) + self._time(start, end)
        if middle < end:
            top, bottom = (self._shares[a][b - a - 1] for a, b in ((start, middle), (middle, end)))
            uneven = (top - bottom) / max(top, bottom)
            cost += _SECOND_LINE + self._seams[middle] + self._line(middle, end)
            cost += uneven * _TOP_HEAVY if uneven > 0 else -uneven * _BOTTOM_HEAVY
        return cost + self._torn(start, end)

    def _line(self, start: int, end: int) -> float:
        cost = _SENTENCE_ENDS_IN_LINE * (self._ends[end - 1] - self._ends[start]) + self._torn(start, end)
        if end == start + 1 and self._shares[start][0] < _ORPHAN_SHARE and not self._is_sentence(start):
            cost += _ORPHAN
        return cost

    def _torn(self, start: int, end: int) -> float:
        cost = 0.0
        if self._ends[start] < self._ends[end] == self._ends[end - 1]:
            cost += _SENTENCE_TORN
        if self._clauses[start] < self._clauses[end] == self._clauses[end - 1]:
            cost += _CLAUSE_TORN
        return cost

    def _is_sentence(self, i: int) -> bool:
        """Whether word i stands alone: as a sentence of one word, or between long silences."""
        begins = i == 0 or self._ends[i] > self._ends[i - 1] or self._breaks[i]
        ends = i + 1 == len(self._words) or self._ends[i + 1] > self._ends[i] or self._breaks[i + 1]
        return begins and ends

    def _time(self, start: int, end: int) -> float:
        words = self._words
        next_s = words[end].start_s if end < len(words) else self._end_s
        shown_s = max(min(next_s, words[end - 1].end_s + HOLD_S) - words[start].start_s, _TICK_S)
        speed = (self._columns[end] - self._columns[start] - 1) / shown_s
        silence_s = sum(max(gap - _HEARD_PAUSE_S, 0.0) for gap in self._gaps[start + 1 : end])
        return (
            _TOO_SHORT * max(MIN_CUE_S - shown_s, 0.0)
            + _TOO_FAST * max(speed - READING_SPEED, 0.0)
            + _PAUSE * silence_s
        )


def _line_shares(words: Sequence[Word], measure: Measure) -> list[float]:
    """The shares of a line that the first word, the first two, … take, as long as they fit; at least one share."""
    shares: list[float] = []
    text = ""
    for word in words:
        text += (" " if text and needs_space(text[-1], word.text[0]) else "") + word.text
        share = measure(text)
        if shares and share > 1:
            break
        shares.append(share)
    return shares


def _ends_sentence(text: str) -> bool:
    bare = text.rstrip(_CLOSERS)
    return bare.endswith(tuple(_STOPS)) and _plain(bare) not in _SHORTENED and not _INITIAL.fullmatch(bare)


def _ends_line(text: str, gap_s: float) -> bool:
    """Whether a heading or an item of a list ends here: with a long pause instead of a punctuation mark."""
    return gap_s >= _LINE_PAUSE_S and text.rstrip(_CLOSERS)[-1:].isalnum()


def _ends_clause(text: str) -> bool:
    return text.rstrip(_CLOSERS).endswith(tuple(_CLAUSE_SIGNS))


def _seam(before: Word, after: Word, gap_s: float) -> float:
    """The cost of a break between two words."""
    ahead, behind = _plain(before.text), _plain(after.text)
    if not behind:
        return _BEFORE_SIGN
    if _ends_sentence(before.text) or _ends_line(before.text, gap_s):
        return _AT_SENTENCE
    if _ends_clause(before.text):
        return _AT_CLAUSE
    if ahead in _BOUND or ahead in _SHORTENED:
        return _AFTER_BOUND
    if ahead[:1].isdigit() or (before.text[:1].isupper() and (after.text[:1].isupper() or behind[:1].isdigit())):
        return _IN_NAME
    cost = _ANYWHERE
    if behind in _CONJUNCTIONS:
        cost = _BEFORE_CONJUNCTION
    elif behind in _PREPOSITIONS:
        cost = _BEFORE_PREPOSITION
    if ahead in _LEANING:
        cost += _AFTER_LEANING
    return cost / 2 if gap_s > _HEARD_PAUSE_S else cost


def _plain(text: str) -> str:
    return text.strip(_STOPS + _CLAUSE_SIGNS + _CLOSERS + "“‘«([{").lower().replace("’", "'")


# Time


def _timed(divided: Sequence[tuple[tuple[Word, ...], ...]], end_s: float) -> list[Cue]:
    """The captions with their starts and ends; see `cues`."""
    found: list[Cue] = []
    starts: list[float] = []
    for rows in divided:
        starts.append(max(rows[0][0].start_s, starts[-1] + _TICK_S if starts else 0.0))
    for i, rows in enumerate(divided):
        start_s, last_s = starts[i], rows[-1][-1].end_s
        next_s = starts[i + 1] if i + 1 < len(starts) else max(end_s, start_s + _TICK_S)
        if next_s - last_s <= CLOSED_GAP_S:
            end = next_s
        else:
            end = max(last_s + HOLD_S, start_s + MIN_CUE_S)
        found.append(Cue(start_s, max(min(end, next_s, start_s + MAX_CUE_S), start_s + _TICK_S), rows))
    return found
