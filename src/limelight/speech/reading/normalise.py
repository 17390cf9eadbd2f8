"""Text normalisation: a sentence as written becomes plain words, with figures, signs and abbreviations written out.

Normalised text has words of letters, letters to spell (`F.B.I.`), and the signs that shape the melody, each between
spaces. A written word with a letter or a digit is never silent: without a rule for it, it is spelled. Loads no model.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from limelight.speech.reading import abbreviations, dates, figures, measures, money, numbers, web
from limelight.speech.reading.alphabet import is_latin, plain_letters
from limelight.speech.reading.place import Place, Rule, letters

#: Signs that shape the voice's melody; all others without a name are silent.
SIGNS = ";:,.!?—…“”()"

_RULES: tuple[Rule, ...] = (
    *web.RULES,
    abbreviations.SHORT,
    abbreviations.ADDRESS,
    *money.RULES,
    *dates.RULES,
    *figures.SHAPES,
    *measures.RULES,
    *figures.RULES,
    *abbreviations.RULES,
)
_NAMES = {
    "&": "and", "%": "percent", "@": "at", "+": "plus", "=": "equals", "<": "less than", ">": "greater than",
    "≤": "at most", "≥": "at least",
    "×": "times", "÷": "divided by", "±": "plus or minus", "≈": "about", "≠": "is not", "→": "to", "⇒": "to",
    "←": "from", "©": "copyright", "№": "number",
    "§": "section", "¶": "paragraph", "°": "degrees", "√": "square root of", "∞": "infinity", "∑": "sum",
    "∆": "delta", "∂": "partial", "∫": "integral",
    "$": "dollars", "€": "euros", "£": "pounds", "¥": "yen", "₹": "rupees", "¢": "cents", "‰": "per mille",
    "\\": "backslash", "#": "hash", "^": "caret", "♥": "love", "❤": "love",
    "℅": "care of", "℗": "phonogram", "†": "dagger", "‡": "double dagger", "⅓": "one third", "·": "", "−": "minus",
    "∈": "in", "∀": "for all", "∃": "there is",
}  # fmt: skip
_PAUSES = {
    "|": ",", "•": ",", "‣": ",", "·": ",", "…": "…", "。": ".", "，": ",", "、": ",", "！": "!", "？": "?", "：": ":",
    "；": ";",
    "‽": "?", "¡": "", "¿": "", "«": "“", "»": "”", "„": "“", "‟": "“", "‹": "“", "›": "”",
    '"': "", "[": "(", "]": ")", "{": "(", "}": ")",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*(?:[-‐‑][^\W\d_]+(?:['’ʼ][^\W\d_]+)*)*")
_PLAIN = re.compile(r"[a-z]+(?:['’][a-z]+)?[,;:!?]?(?=\s|$)")
#: Lower-case words for which there may be a rule although they look like ordinary ones.
_SHORT_FORMS = frozenset(w for w in (*abbreviations.BARE, *measures.UNITS) if w.isalpha()) | {"c", "ca", "circa"}
#: Rules see no more characters than this at once: no figure or address is longer, and no text keeps a pattern busy.
_LONGEST_MATCH = 250
#: A longer word is read in pieces, which bounds the time that the network takes.
_LONGEST_WORD = 30


@dataclass(frozen=True, slots=True)
class Reading:
    """The normalised form of a sentence's written words `first` to `last`, counted from 0, the last one included."""

    first: int
    last: int
    #: plain words and signs between spaces, `/phonemes/` where a tag or word list gives them; empty where it is silent
    normalised: str
    #: "user" where a tag or word list asks for it, "rule" where a rule made it, "" where the words are read as they
    #: stand
    source: str = ""


@dataclass(frozen=True, slots=True)
class Fixed:
    """The reading that a tag or word list asks for, in the form of `Reading`."""

    first: int
    last: int
    normalised: str


@dataclass(slots=True)
class Unreadable:
    """Collects written words that cannot be read as words, in the order of the text."""

    #: words of other scripts, which the reading leaves out
    foreign: list[str] = field(default_factory=list)
    #: unknown words, which the reading spells
    spelled: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    normalised: str
    is_rule: bool = False


def normalise(
    written: Sequence[str], *, british: bool = False, fixed: Sequence[Fixed] = (), unreadable: Unreadable | None = None
) -> list[Reading]:
    """The reading of each written word, alone or together with its neighbours, in order and without a gap.

    `written` are runs without spaces; `fixed` must not overlap. Words that cannot be read are added to `unreadable`.
    """
    unreadable = unreadable if unreadable is not None else Unreadable()
    readings: list[Reading] = []
    at = 0
    for part in [*sorted(fixed, key=lambda f: f.first), None]:
        until = part.first if part else len(written)
        if until > at:
            readings += _free(written, at, until, british=british, unreadable=unreadable)
        if part:
            readings.append(_never_silent(Reading(part.first, part.last, part.normalised, "user"), written, unreadable))
            at = part.last + 1
    return readings


def normalise_text(text: str, *, british: bool = False, unreadable: Unreadable | None = None) -> str:
    """A text normalised on its own, such as the alias of a sub tag."""
    return " ".join(
        r.normalised for r in normalise(text.split(), british=british, unreadable=unreadable) if r.normalised
    )


def _free(written: Sequence[str], first: int, until: int, *, british: bool, unreadable: Unreadable) -> list[Reading]:
    """Readings of written[first:until] by rules, which see the whole sentence."""
    text = " ".join(written)
    starts, at = [], 0
    for word in written:
        starts.append(at)
        at += len(word) + 1
    end = starts[until - 1] + len(written[until - 1])
    pieces = _pieces(_rule_view(text), starts[first], end, british=british, unreadable=unreadable)
    return _grouped(pieces, written, starts, first, unreadable)


def _rule_view(text: str) -> str:
    """The text as rules see it, of the same length: one kind of space, of apostrophe and of digits.

    In a line of capitals, months, titles and units get the case that they have elsewhere.
    """
    text = "".join(_as_rules_see(c) for c in text) if not text.isascii() else text
    if text.isupper() and len(text.split()) > 2:
        text = re.sub(r"(?<=\d)S\b", "s", text)
        return re.sub(r"(?:(?<=\d )|(?<=\d))?\b[A-Z]{2,}\b", _calmed, text)
    return text


def _calmed(match: re.Match[str]) -> str:
    """A word in capitals in its usual case, where rules know it by that: TBSP behind a figure, MARCH, CHAPTER, DR."""
    word = match[0]
    behind_figure = re.search(r"\d\s?$", match.string[: match.start()])
    if behind_figure and word.lower() in measures.UNITS and word not in measures.UNITS:
        return word.lower()
    numbered = re.match(r"\s(?:[IVXL]+\b|\d)", match.string[match.end() :])
    known = _TITLED | _NUMBERED if numbered else _TITLED
    return word.title() if word.title() in known else word


_NUMBERED = abbreviations.NUMBERED
_TITLED = frozenset(dates.MONTHS) | frozenset(dates.SHORT_NAMES) | frozenset(abbreviations.CAPITALISED)


def _as_rules_see(c: str) -> str:
    if c.isspace():
        return " "
    if c in "’ʼ":
        return "'"
    return str(unicodedata.decimal(c)) if c.isdecimal() else c


def _pieces(text: str, start: int, end: int, *, british: bool, unreadable: Unreadable) -> list[_Piece]:
    pieces: list[_Piece] = []
    at = start
    while at < end:
        if text[at] == " ":
            at += 1
            continue
        piece = _by_rule(text, at, end, british=british) or _as_it_stands(text, at, end, unreadable)
        pieces.append(piece)
        at = piece.end
    return pieces


def _by_rule(text: str, at: int, end: int, *, british: bool) -> _Piece | None:
    """What the first rule that holds makes of the text from `at`, the beginning of a word; None without one."""
    if at and not _begins(text, at):
        return None
    plain = _PLAIN.match(text, at, end)
    known = plain is None or len(plain[0]) == 1 or plain[0].rstrip(",;:!?'") in _SHORT_FORMS
    if not known and plain and not _before_numeral(text, plain.end()):
        return None
    for rule in _RULES if text[at] not in _BETWEEN else (figures.OPERATORS, *_RULES):
        match = rule.pattern.match(text, at, min(end, at + _LONGEST_MATCH))
        if match and match.end() > at:
            normalised = rule.normalise(match, Place(text, at, match.end(), british))
            if normalised is not None:
                return _Piece(at, match.end(), _closed(normalised, match[0], text[match.end() :]), is_rule=True)
    return None


_BETWEEN = frozenset("-+−–×*·⋅/÷=<>!≠≈≤≥±→≡∈∝")


def _closed(normalised: str, written: str, rest: str) -> str:
    """Normalised text with a full stop where an abbreviation's point also ends the sentence: we close at 5 p.m."""
    ends = written.endswith(".") and not rest.strip(" \"'”’)")
    return f"{normalised} ." if ends and normalised and normalised.split()[-1] not in SIGNS else normalised


def _begins(text: str, at: int) -> bool:
    """Whether a word may begin here: behind a space, an opening sign, a dash or a slash; not inside a word."""
    before = text[at - 1]
    if before.isalnum() or before in "'_":
        return text[at] in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞" or (text[at] in '"″' and before.isnumeric())
    return True


def _before_numeral(text: str, at: int) -> bool:
    """Whether a Roman numeral or a figure follows: chapter IV, no. 5."""
    return re.match(r"\s[IVXLC]+\b", text[at:]) is not None


def _as_it_stands(text: str, at: int, end: int, unreadable: Unreadable) -> _Piece:
    """What the text at `at` is without a rule: a word, a sign by its name, or nothing."""
    c = text[at]
    if match := _WORD.match(text, at, end):
        return _Piece(at, match.end(), _word(match[0], unreadable))
    if c == "." and text.startswith("...", at):
        after = re.compile(r"\.+").match(text, at, end)
        return _Piece(at, after.end() if after else at + 3, "…")
    if c in SIGNS:
        return _Piece(at, at + 1, c)
    if c in "-‐‑–—―‒":
        return _Piece(at, at + 1, _dash(text, at))
    if c == "/":
        return _Piece(at, at + 1, _slash(text, at))
    if c in _PAUSES:
        return _Piece(at, at + 1, _PAUSES[c])
    if c in figures.GREEK:
        return _Piece(at, at + 1, figures.GREEK[c])
    if c in "*_`~'‘^\"":
        return _Piece(at, at + 1, "")
    if c == "©" and text[:at].rstrip().lower().endswith("copyright"):
        return _Piece(at, at + 1, "")
    if c in _NAMES:
        return _Piece(at, at + 1, _NAMES[c])
    if c.isnumeric():
        return _Piece(at, at + 1, _numeral(c))
    return _Piece(at, at + 1, "")


def _dash(text: str, at: int) -> str:
    """A dash as a pause; a hyphen inside or before a word is silent."""
    if text[at] in "–—―‒":
        return "—"
    alone = (at == 0 or text[at - 1] in " -") and (at + 1 == len(text) or text[at + 1] in " -")
    return "—" if alone else ""


def _slash(text: str, at: int) -> str:
    """A slash: "or" between words; silent between capitals and behind "and"."""
    before, after = re.search(r"([^\W\d_]+)$", text[:at]), re.match(r"[^\W\d_]+", text[at + 1 :])
    if not before or not after:
        return "slash" if before or after else ""
    if before[0].lower() == "and" or (before[0].isupper() and after[0].isupper()):
        return ""
    return "or"


def _numeral(c: str) -> str:
    """A numeral other than 0 to 9 in words: ² ① ٣."""
    value = unicodedata.numeric(c)
    if unicodedata.normalize("NFKC", c) in "0123456789" or value == int(value):
        return {"²": "squared", "³": "cubed"}.get(c) or numbers.cardinal(int(value))
    return numbers.number(f"{value:g}")


def _word(word: str, unreadable: Unreadable) -> str:
    """A word of Latin letters as it is, Greek letters by their names; of other scripts only the Latin letters."""
    if len(word) > 2 * _LONGEST_WORD:
        word = word.replace("-", " ")
    if len(word) > _LONGEST_WORD and "-" not in word and " " not in word:
        return " ".join(word[i : i + _LONGEST_WORD // 2] for i in range(0, len(word), _LONGEST_WORD // 2))
    if word.isascii() or all(c in "'’ʼ-‐‑ " or is_latin(c) for c in word):
        return word.replace("’", "'").replace("ʼ", "'").replace("‐", "-").replace("‑", "-")
    if any(c in figures.GREEK for c in word) and not _is_greek(word):
        return _with_greek(word)
    latin = re.sub(r"[^\W\d_]", lambda m: m[0] if is_latin(m[0]) else "", word)
    unreadable.foreign.append(word)
    return latin.strip("'-")


def _is_greek(word: str) -> bool:
    """Whether a word is Greek language rather than a symbol of mathematics or science."""
    return sum(c in figures.GREEK for c in word) > 2


def _with_greek(word: str) -> str:
    """Δt, α-helix, TNF-α: Greek letters by their names, a single letter beside them by its own."""
    normalised = []
    for part in re.findall(r"[Ͱ-Ͽ]|[^Ͱ-Ͽ\-‐‑]+", word):
        if part in figures.GREEK:
            normalised.append(figures.GREEK[part])
        elif is_latin(part[0]):
            normalised.append(letters(part) if len(part) == 1 else part)
    return " ".join(normalised)


def _grouped(
    pieces: Sequence[_Piece], written: Sequence[str], starts: Sequence[int], first: int, unreadable: Unreadable
) -> list[Reading]:
    """One reading for all pieces of a written word, and for all written words that a piece spans.

    `starts` is where each written word begins in the sentence, characters.
    """
    readings: list[Reading] = []
    last_word = first - 1
    for piece in pieces:
        a, b = _word_at(starts, piece.start), _word_at(starts, piece.end - 1)
        source = "rule" if piece.is_rule else ""
        if readings and a <= last_word:
            before = readings[-1]
            normalised = f"{before.normalised} {piece.normalised}".strip()
            readings[-1] = Reading(before.first, max(b, before.last), normalised, before.source or source)
        else:
            readings.append(Reading(a, b, piece.normalised, source))
        last_word = readings[-1].last
    return [_never_silent(reading, written, unreadable) for reading in readings]


def _word_at(starts: Sequence[int], at: int) -> int:
    return bisect_right(starts, at) - 1


def _never_silent(reading: Reading, written: Sequence[str], unreadable: Unreadable) -> Reading:
    """The reading, or the words spelled where they have a letter or digit and the reading is silent."""
    if any(c.isalpha() and is_latin(c) for c in reading.normalised) or "/" in reading.normalised:
        return reading
    text = " ".join(written[reading.first : reading.last + 1])
    known = [
        c for c in plain_letters(unicodedata.normalize("NFKC", text)) if (c.isascii() and c.isalnum()) or c.isdecimal()
    ]
    if not known:
        return reading
    unreadable.spelled.append(text)
    normalised = " ".join(letters(c) if c.isalpha() else numbers.digits(str(unicodedata.digit(c, 0))) for c in known)
    return Reading(reading.first, reading.last, normalised, "rule")
