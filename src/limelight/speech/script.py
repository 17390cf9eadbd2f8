"""What a script says: sentences to speak and pauses to keep. Knows nothing of sound, and loads no model.

`check_script` is what a request is checked with; `parse_script` gives the values that `speak` works through. The words
of the errors are part of the wire contract: they contain `script` and none of the words that name other problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from limelight.errors import ScriptInvalid
from limelight.spec import MAX_SCRIPT_CHARACTERS
from limelight.speech.markup import LINE, PARAGRAPH, PLAIN, Ask, Manner, Note, Span, read_markup
from limelight.speech.reading.abbreviations import ends_no_sentence
from limelight.speech.reading.alphabet import is_latin

#: The longest silence that all break tags of a script may add up to.
MAX_BREAKS_S = 300.0
#: A longer sentence is split at a clause: well below its limit the model is better, and sooner done with the first.
MAX_SENTENCE_CHARACTERS = 200
#: A shorter sentence is spoken together with the next one: alone, the model hurries it.
MIN_SENTENCE_CHARACTERS = 12

#: Silence after a sentence at speed 1, by what ends it.
FULL_STOP_GAP_S = 0.36
QUESTION_GAP_S = 0.40
ELLIPSIS_GAP_S = 0.45
PARAGRAPH_GAP_S = 0.55
#: After an item of a list, a row of a table, a line that a tag ends.
LINE_GAP_S = 0.5
SEMICOLON_GAP_S = 0.28
COMMA_GAP_S = 0.16
PHRASE_GAP_S = 0.08


@dataclass(frozen=True, slots=True)
class Asked:
    """What the words `first` to `last` of a sentence are to be called, with what is glued to them on either side."""

    first: int
    last: int
    ask: Ask
    #: the characters that the tag holds, and those of the same words outside of it
    text: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Some words that are spoken in one breath, as a caption shows them, with single spaces between them."""

    text: str
    #: Silence that follows at speed 1 where more speech follows, seconds; 0 where a break tag stands in mid-sentence.
    gap_s: float = 0.0
    #: what tags ask for, in order
    asked: tuple[Asked, ...] = ()
    #: how each word is said; empty where all are said plainly
    manners: tuple[Manner, ...] = ()


@dataclass(frozen=True, slots=True)
class Pause:
    """A silence of exactly this length, on top of the gap after the sentence before."""

    duration_s: float


@dataclass(frozen=True, slots=True)
class Script:
    """A script taken apart: what is said in order, and notes on what is not said as it is written."""

    parts: tuple[Sentence | Pause, ...]
    notes: tuple[Note, ...] = ()

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """What is said, without the pauses."""
        return tuple(part for part in self.parts if isinstance(part, Sentence))


def check_script(text: str, limit: int = MAX_SCRIPT_CHARACTERS) -> None:
    """Raise ScriptInvalid where `text` cannot be spoken; quick, for use on every request.

    `limit` counts the characters of the script as sent, tags included.
    """
    read_script(text, limit)


def parse_script(text: str, limit: int = MAX_SCRIPT_CHARACTERS) -> list[Sentence | Pause]:
    """The parts of `read_script`."""
    return list(read_script(text, limit).parts)


def read_script(text: str, limit: int = MAX_SCRIPT_CHARACTERS) -> Script:
    """Sentences and pauses in the order of the script; neighbouring break tags are one pause.

    The sentences' texts, joined by spaces, are the script without its tags and marks and with single spaces. Raises
    ScriptInvalid: empty, too long, a malformed tag, or nothing in it that can be said in English.
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
        parts += _said(run)
        run = []
        if span:
            _add_pause(parts, span.duration_s)
    spoken = "".join(span.text for span in spans if isinstance(span, Span))
    _check_language(spoken, has_pause=any(isinstance(part, Pause) for part in parts))
    if sum(part.duration_s for part in parts if isinstance(part, Pause)) > MAX_BREAKS_S:
        raise ScriptInvalid(f"script has too many break tags: their times may add up to {MAX_BREAKS_S:g} s.")
    return Script(tuple(parts), tuple(notes))


def _said(spans: Sequence[Span]) -> list[Sentence]:
    """Sentences of spans between two pauses, each with what was asked for its words."""
    text = "".join(span.text for span in spans)
    words = [match.span() for match in re.finditer(r"\S+", text)]
    owners = [span for span in spans for _ in span.text]
    if all(span.ask is None and span.manner == PLAIN for span in spans):
        return split_sentences(text)
    sentences, at = [], 0
    for sentence in split_sentences(text):
        count = len(sentence.text.split())
        places = words[at : at + count]
        manners = tuple(owners[start].manner for start, _ in places)
        plain = all(manner == PLAIN for manner in manners)
        asked = tuple(_asked(text, owners, places))
        sentences.append(Sentence(sentence.text, sentence.gap_s, asked, () if plain else manners))
        at += count
    return sentences


def _asked(text: str, owners: Sequence[Span], places: Sequence[tuple[int, int]]) -> Iterator[Asked]:
    """What tags ask for these words; a tag over several words is one, two in one word are the first."""
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
            text[inside[0] : inside[-1] + 1],
            text[start : inside[0]],
            text[inside[-1] + 1 : whole.stop],
        )
        i = last + 1


def _add_pause(parts: list[Sentence | Pause], duration_s: float) -> None:
    if duration_s == 0:
        return
    if parts and isinstance(parts[-1], Pause):
        parts[-1] = Pause(round(parts[-1].duration_s + duration_s, 9))
    else:
        parts.append(Pause(duration_s))


def _check_language(text: str, *, has_pause: bool) -> None:
    """English is what can be spoken; a script that is mostly something else would be noise."""
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
    """A run without spaces, how many line ends stand before it, and whether one of them is meant as the line's end."""

    text: str
    lines_before: int
    is_line: bool = False


def _lines(space: str) -> tuple[int, bool]:
    if PARAGRAPH in space:
        return 2, True
    return space.count("\n") + (LINE in space), LINE in space


def split_sentences(text: str) -> list[Sentence]:
    """Sentences of a text without tags; over-long ones are split at clauses, tiny ones joined to the next.

    Joined by spaces they give the text again, with single spaces. A gap of 0 marks an end in mid-sentence.
    """
    written = [_Written(m[2], *_lines(m[1])) for m in re.finditer(r"(\s*)(\S+)", text)]
    sentences: list[Sentence] = []
    words: list[str] = []
    for i, word in enumerate(written):
        words.append(word.text)
        after = written[i + 1] if i + 1 < len(written) else None
        gap_s = _gap_s(words, after)
        if gap_s is None or (after and not _worth_speaking(words)):
            continue
        too_short = len(" ".join(words)) < MIN_SENTENCE_CHARACTERS
        if too_short and after and not after.lines_before:
            continue
        sentences += _split_long(words, gap_s)
        words = []
    return _keep_speakable(sentences)


def _worth_speaking(words: list[str]) -> bool:
    return any(c.isalnum() for word in words for c in word)


def _keep_speakable(sentences: list[Sentence]) -> list[Sentence]:
    """Signs without a word go with the sentence before them."""
    kept: list[Sentence] = []
    for sentence in sentences:
        if kept and not _worth_speaking([sentence.text]):
            kept[-1] = Sentence(f"{kept[-1].text} {sentence.text}", max(kept[-1].gap_s, sentence.gap_s))
        else:
            kept.append(sentence)
    return kept


def _gap_s(words: list[str], after: _Written | None) -> float | None:
    """Silence after the last of these words if a sentence ends there, else None."""
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
    """Whether the full stop may belong to an abbreviation. A missed end is harmless, a wrong one is heard."""
    word = bare.lstrip(_OPENERS).lower()
    starts = start.rstrip(",.;:!?").replace("’", "'").lower() in _STARTERS
    if word in ("no.", "art.", "app.", "ext.", "ref.") and not start[:1].isdigit():
        return False
    if word in _MAYBE_LAST or _DOTTED.fullmatch(word) or _INITIAL.fullmatch(bare.lstrip(_OPENERS)):
        return not starts
    return word in _DATE_WORDS or ends_no_sentence(word)


def _starts_line(text: str) -> bool:
    """Whether a new line is meant as one, and not wrapped by an editor."""
    return text in _BULLETS or not text.lstrip(_OPENERS)[:1].islower()


def _split_long(words: list[str], gap_s: float) -> list[Sentence]:
    """One sentence, or several where it is over-long, cut where a reader would breathe."""
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
    """Small near the middle and at strong punctuation; a conjunction is better than nothing."""
    left = len(" ".join(words[:at]))
    whole = len(" ".join(words))
    off_middle = abs(left - whole / 2) / whole
    if gap_s > PHRASE_GAP_S:
        return off_middle + (0.2 if gap_s == COMMA_GAP_S else 0.0)
    return off_middle + (0.6 if words[at].lower() in _CONJUNCTIONS else 1.0)
