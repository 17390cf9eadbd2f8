"""Splits a script into sentences to speak and pauses. Knows nothing of sound, and loads no model.

`check_script` checks a request; `read_script` gives the parts that `speak` works through. The wording of the errors is
part of the API: they contain `script` and none of the words by which clients recognise other problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from limelight.errors import ScriptInvalid
from limelight.spec import MAX_SCRIPT_CHARACTERS
from limelight.speech.markup import LINE, PARAGRAPH, PLAIN, Ask, Note, Prosody, Span, audible, read_markup
from limelight.speech.reading.abbreviations import ends_no_sentence
from limelight.speech.reading.alphabet import is_latin

#: The break tags of a script may add up to no more than this.
MAX_BREAKS_S = 300.0
#: A longer sentence is split at a clause: well below its limit the model is better, and the first sound comes sooner.
MAX_SENTENCE_CHARACTERS = 200
#: A shorter sentence is joined to the next one: the model hurries a sentence that is very short.
MIN_SENTENCE_CHARACTERS = 12

#: Silence after a sentence at speed 1, by what ends it.
FULL_STOP_GAP_S = 0.36
QUESTION_GAP_S = 0.40
ELLIPSIS_GAP_S = 0.45
PARAGRAPH_GAP_S = 0.55
#: Silence after an item of a list, a row of a table, or a line that a tag ends.
LINE_GAP_S = 0.5
SEMICOLON_GAP_S = 0.28
COMMA_GAP_S = 0.16
PHRASE_GAP_S = 0.08


@dataclass(frozen=True, slots=True)
class Asked:
    """What a tag or word list asks for a sentence's words `first` to `last`, counted from 0, the last one included."""

    first: int
    last: int
    ask: Ask
    #: the characters inside the tag, and those of the same words before and after it, without what is only seen
    text: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words that the model speaks at once, as a caption shows them, with single spaces between them."""

    text: str
    #: silence at speed 1 before more speech, seconds; 0 where a break tag stands in mid-sentence
    gap_s: float = 0.0
    #: what tags ask for its words, in order
    asked: tuple[Asked, ...] = ()
    #: of each word; empty where all words are plain
    prosody: tuple[Prosody, ...] = ()


@dataclass(frozen=True, slots=True)
class Pause:
    """A silence of exactly this length, added to the gap after the sentence before."""

    duration_s: float


@dataclass(frozen=True, slots=True)
class Script:
    """A script's sentences and pauses in order, and warnings about its markup."""

    parts: tuple[Sentence | Pause, ...]
    notes: tuple[Note, ...] = ()

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The parts without the pauses."""
        return tuple(part for part in self.parts if isinstance(part, Sentence))


def check_script(text: str, limit: int = MAX_SCRIPT_CHARACTERS) -> None:
    """Raise ScriptInvalid where `text` cannot be spoken; fast enough for every request.

    `limit` counts the characters of the script as sent, tags included.
    """
    read_script(text, limit)


def parse_script(text: str, limit: int = MAX_SCRIPT_CHARACTERS) -> list[Sentence | Pause]:
    """The parts of `read_script`."""
    return list(read_script(text, limit).parts)


def read_script(text: str, limit: int = MAX_SCRIPT_CHARACTERS) -> Script:
    """The script's sentences and pauses in order; neighbouring break tags are one pause.

    The sentences' texts, joined by spaces, are the script without its markup and with single spaces. Raises
    ScriptInvalid where the script is empty or too long, has a malformed tag, or nothing that English can say.
    """
    if not text.strip():
        raise ScriptInvalid("script is empty.")
    if len(text) > limit:
        raise ScriptInvalid(f"script is too long: {len(text)} characters, the limit is {limit}.")
    spans, notes = read_markup(text)
    parts: list[Sentence | Pause] = []
    run: list[Span] = []
    for span in [*spans, None]:
        if isinstance(span, Span):
            run.append(span)
            continue
        parts += _sentences(run)
        run = []
        if span:
            _add_pause(parts, span.duration_s)
    spoken = "".join(_said(span) for span in spans if isinstance(span, Span))
    _check_language(spoken, has_pause=any(isinstance(part, Pause) for part in parts))
    if sum(part.duration_s for part in parts if isinstance(part, Pause)) > MAX_BREAKS_S:
        raise ScriptInvalid(f"script has too many break tags: their times may add up to {MAX_BREAKS_S:g} s.")
    return Script(tuple(parts), tuple(notes))


def _sentences(spans: Sequence[Span]) -> list[Sentence]:
    """The sentences of the spans between two pauses, each with what tags ask for its words."""
    text = "".join(span.text for span in spans)
    words = [match.span() for match in re.finditer(r"\S+", text)]
    owners = [span for span in spans for _ in span.text]
    if all(span.ask is None and span.prosody == PLAIN for span in spans):
        return split_sentences(text)
    sentences, at = [], 0
    for sentence in split_sentences(text):
        count = len(sentence.text.split())
        places = words[at : at + count]
        prosody = tuple(owners[start].prosody for start, _ in places)
        plain = all(one == PLAIN for one in prosody)
        asked = tuple(_asked(text, owners, places))
        sentences.append(Sentence(sentence.text, sentence.gap_s, asked, () if plain else prosody))
        at += count
    return sentences


def _asked(text: str, owners: Sequence[Span], places: Sequence[tuple[int, int]]) -> Iterator[Asked]:
    """What tags ask for the words at these `places` in `text`, whose characters belong to `owners`.

    A tag over several words asks once; of two tags in one word the first one counts.
    """
    i = 0
    while i < len(places):
        start, end = places[i]
        holder = next((owners[at] for at in range(start, end) if owners[at].ask), None)
        if holder is None or holder.ask is None:
            i += 1
            continue
        last = i
        while last + 1 < len(places) and owners[places[last + 1][0]].serial == holder.serial:
            last += 1
        whole = range(start, places[last][1])
        inside = [at for at in whole if owners[at].serial == holder.serial]
        yield Asked(
            i,
            last,
            holder.ask,
            audible(text[inside[0] : inside[-1] + 1]),
            audible(text[start : inside[0]]),
            audible(text[inside[-1] + 1 : whole.stop]),
        )
        i = last + 1


def _add_pause(parts: list[Sentence | Pause], duration_s: float) -> None:
    if duration_s == 0:
        return
    if parts and isinstance(parts[-1], Pause):
        parts[-1] = Pause(round(parts[-1].duration_s + duration_s, 9))
    else:
        parts.append(Pause(duration_s))


def _said(span: Span) -> str:
    """What is spoken of a span, which may be written in any language."""
    return span.ask.value if span.ask and span.ask.kind in ("sub", "phoneme") else span.text


def _check_language(text: str, *, has_pause: bool) -> None:
    """Raise ScriptInvalid where most of the letters are not Latin, or there are none: the voices speak only English."""
    if not text.strip() and has_pause:
        return
    # Greek letters that stand alone are signs of mathematics.
    letters = [c for c in re.sub(r"(?<![^\W\d_])[Ͱ-Ͽ](?![^\W\d_])", "", text) if c.isalpha()]
    latin = sum(is_latin(c) for c in letters)
    if letters and latin * 2 < len(letters):
        raise ScriptInvalid("script is in a language that cannot be spoken here; only English can.")
    if not any(c.isalnum() for c in text):
        raise ScriptInvalid("script has no words to speak.")


# Sentences

#: Abbreviations after which a capital letter most often begins a sentence.
_MAYBE_LAST = frozenset((
    "a.m.", "p.m.", "etc.", "inc.", "ltd.", "co.", "corp.", "bros.", "jr.", "sr.", "esq.", "ph.d.", "u.s.", "u.k.",
    "e.u.", "al.",
    "st.", "ave.", "blvd.", "rd.", "dr.", "ln.", "ct.", "hwy.", "pkwy.", "dept.", "approx.", "max.", "min.", "avg.",
    "mins.", "secs.",
    "hrs.", "hr.", "yrs.", "yr.", "mo.", "mos.", "wk.", "lbs.", "lb.", "oz.", "ft.", "gal.", "tbsp.", "tsp.", "info.",
    "intro.", "tech.", "temp.",
    "misc.", "est.", "ext.", "reg.", "orig.", "app.", "vid.", "std.", "no.", "art.", "ref.", "refs.", "ed.", "eds.",
    "sat.", "sun.", "mar.",
))  # fmt: skip
#: Short names of days and months, which a date follows.
_DATE_WORDS = frozenset((
    "jan.", "feb.", "mar.", "apr.", "jun.", "jul.", "aug.", "sep.", "sept.", "oct.", "nov.", "dec.", "mon.", "tue.",
    "tues.", "wed.",
    "thu.", "thur.", "thurs.", "fri.",
))  # fmt: skip
_STARTERS = frozenset((
    "a", "an", "and", "are", "as", "at", "but", "by", "did", "do", "does", "for", "from", "he", "her", "here",
    "his", "how", "i", "i'm", "i've", "i'll", "if", "in", "is", "it", "it's", "its", "let", "let's", "my", "no",
    "not", "now", "on", "once", "one", "or", "our", "please", "she", "so", "that", "that's", "the", "their", "then",
    "there", "there's", "these", "they", "they're", "this", "those", "to", "today", "together", "tomorrow", "we",
    "we're", "we've", "what", "what's", "when", "where", "which", "who", "why", "with", "yes", "yesterday", "you",
    "you're", "your",
))  # fmt: skip
_CLOSERS = "\"'”’»)]}*_"
_OPENERS = "\"'“‘«([{*_¿¡-–—"
_INITIAL = re.compile(r"[A-Z]\.")
_DOTTED = re.compile(r"(?:[A-Za-z]\.){2,}")
_LIST_NUMBER = re.compile(r"\(?\d{1,3}[.)]")
_BULLETS = frozenset(("-", "*", "•", "–", "—", "·", "‣"))
_CONJUNCTIONS = frozenset((
    "and", "but", "or", "so", "because", "which", "while", "when", "where", "although", "though", "unless", "until",
    "after", "before", "if",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Written:
    """A run of characters without spaces."""

    text: str
    #: how many line ends stand before it
    lines_before: int
    #: whether markup says that a line ends before it
    is_line: bool = False


def _lines(space: str) -> tuple[int, bool]:
    if PARAGRAPH in space:
        return 2, True
    return space.count("\n") + (LINE in space), LINE in space


def split_sentences(text: str) -> list[Sentence]:
    """The sentences of a text without tags; too long ones are split at clauses, very short ones joined to the next.

    Joined by spaces they are the text with single spaces. A gap of 0 marks an end in mid-sentence.
    """
    heard = audible(text)
    sentences = _without_bare_signs(_split(heard))
    if heard == text:
        return sentences
    words = iter(text.split())
    return [replace(one, text=" ".join(islice(words, len(one.text.split())))) for one in sentences]


def _split(text: str) -> list[Sentence]:
    written = [_Written(m[2], *_lines(m[1])) for m in re.finditer(r"(\s*)(\S+)", text)]
    sentences: list[Sentence] = []
    words: list[str] = []
    for i, word in enumerate(written):
        words.append(word.text)
        after = written[i + 1] if i + 1 < len(written) else None
        gap_s = _gap_s(words, after)
        if gap_s is None or (after and not _has_words(words)):
            continue
        too_short = len(" ".join(words)) < MIN_SENTENCE_CHARACTERS
        if too_short and after and not after.lines_before:
            continue
        sentences += _split_long(words, gap_s)
        words = []
    return sentences


def _has_words(words: list[str]) -> bool:
    return any(c.isalnum() for word in words for c in word)


def _without_bare_signs(sentences: list[Sentence]) -> list[Sentence]:
    """The sentences, with those that are only signs joined to the sentence before them."""
    joined: list[Sentence] = []
    for sentence in sentences:
        if joined and not _has_words([sentence.text]):
            joined[-1] = Sentence(f"{joined[-1].text} {sentence.text}", max(joined[-1].gap_s, sentence.gap_s))
        else:
            joined.append(sentence)
    return joined


def _gap_s(words: list[str], after: _Written | None) -> float | None:
    """Silence after the last of these words, seconds, if a sentence ends there, else None."""
    bare = words[-1].rstrip(_CLOSERS) or words[-1]
    end = _end_gap_s(bare)
    if after is None:
        return end or 0.0
    if after.lines_before >= 2:
        return PARAGRAPH_GAP_S
    if after.lines_before == 1 and after.is_line:
        return LINE_GAP_S
    if after.lines_before == 1 and bare[-1:] not in ",;" and _starts_line(after.text):
        return max(end or 0.0, FULL_STOP_GAP_S)
    if end is None or (len(words) == 1 and _LIST_NUMBER.fullmatch(words[0])):
        return None
    start = after.text.lstrip(_OPENERS)
    if start[:1].islower():
        return None
    if bare.endswith(".") and not bare.endswith("..") and _may_go_on(bare, start):
        return None
    return end


def _end_gap_s(bare: str) -> float | None:
    if bare.endswith(("…", "...")):
        return ELLIPSIS_GAP_S
    if bare.endswith(("?", "!", "？", "！", "‽")):
        return QUESTION_GAP_S
    if bare.endswith((".", "。")):
        return FULL_STOP_GAP_S
    return None


def _may_go_on(bare: str, start: str) -> bool:
    """Whether the full stop may belong to an abbreviation. A missed end is harmless, a wrong one is audible."""
    word = bare.lstrip(_OPENERS).lower()
    starts = start.rstrip(",.;:!?").replace("’", "'").lower() in _STARTERS
    if word in ("no.", "art.", "app.", "ext.", "ref.") and not start[:1].isdigit():
        return False
    if word in _MAYBE_LAST or _DOTTED.fullmatch(word) or _INITIAL.fullmatch(bare.lstrip(_OPENERS)):
        return not starts
    return word in _DATE_WORDS or ends_no_sentence(word)


def _starts_line(text: str) -> bool:
    """Whether the author meant this line break, or an editor wrapped the text."""
    return text in _BULLETS or not text.lstrip(_OPENERS)[:1].islower()


def _split_long(words: list[str], gap_s: float) -> list[Sentence]:
    """One sentence, or several where it is too long, split where a reader would breathe."""
    text = " ".join(words)
    if len(text) <= MAX_SENTENCE_CHARACTERS or len(words) == 1:
        return [Sentence(text, gap_s)]
    at, own_gap_s = min(
        ((i, gap) for i in range(1, len(words)) for gap in [_clause_gap_s(words[i - 1], words[i])]),
        key=lambda cut: (_cut_cost(words, cut[0], cut[1]), cut[0]),
    )
    return _split_long(words[:at], own_gap_s) + _split_long(words[at:], gap_s)


def _clause_gap_s(before: str, after: str) -> float:
    bare = before.rstrip(_CLOSERS) or before
    if bare.endswith((".", "!", "?", "…")):
        return FULL_STOP_GAP_S
    if bare.endswith((";", ":", "—", "–")) or after in ("—", "–", "-"):
        return SEMICOLON_GAP_S
    if bare.endswith(","):
        return COMMA_GAP_S
    return PHRASE_GAP_S


def _cut_cost(words: list[str], at: int, gap_s: float) -> float:
    """The cost of splitting before word `at`: low near the middle, lowest at punctuation, then at a conjunction."""
    left = len(" ".join(words[:at]))
    whole = len(" ".join(words))
    off_middle = abs(left - whole / 2) / whole
    if gap_s > PHRASE_GAP_S:
        return off_middle + (0.2 if gap_s == COMMA_GAP_S else 0.0)
    return off_middle + (0.6 if words[at].lower() in _CONJUNCTIONS else 1.0)
