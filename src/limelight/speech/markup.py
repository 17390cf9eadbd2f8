"""What a script shows and how it wants to be said: Markdown, HTML and SSML taken apart. Knows nothing of words.

A script is read as the documents that people paste: Markdown for its shape (CommonMark by markdown-it-py), HTML's and
SSML's tags for what they mean to a voice. What is left is the text that a caption shows, and for each character of it
how it is to be said. `a < b` is no tag, `<https://…>` an address.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

from limelight.errors import ScriptInvalid

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

#: Unicode's own signs for what a reader sees as a new line or paragraph.
LINE, PARAGRAPH = "\u2028", "\u2029"

#: The longest pause that one break tag may ask for.
MAX_BREAK_S = 10.0
#: Pauses of a break tag that names a strength; without one it is medium.
BREAK_STRENGTHS_S = {"none": 0.0, "x-weak": 0.1, "weak": 0.25, "medium": 0.5, "strong": 0.8, "x-strong": 1.5}
RATES = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.6}
PITCHES_SEMITONES = {"x-low": -4.0, "low": -2.0, "medium": 0.0, "default": 0.0, "high": 2.0, "x-high": 4.0}
VOLUMES_DB = {"silent": -60.0, "x-soft": -10.0, "soft": -5.0, "medium": 0.0, "default": 0.0, "loud": 4.0, "x-loud": 8.0}
MIN_RATE, MAX_RATE = 0.5, 2.0
MAX_SEMITONES = 8.0
MIN_GAIN_DB, MAX_GAIN_DB = -60.0, 10.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How some words are said beside the rest of the script; nested tags add up."""

    #: how fast, against the scene's own speed
    rate: float = 1.0
    semitones: float = 0.0
    gain_db: float = 0.0


PLAIN = Manner()
EMPHASIS = {
    "strong": Manner(rate=0.85, gain_db=4.0),
    "moderate": Manner(rate=0.92, gain_db=2.5),
    "none": PLAIN,
    "reduced": Manner(rate=1.08, gain_db=-3.0),
}


@dataclass(frozen=True, slots=True)
class Ask:
    """What a text is to be called: another text, phonemes in IPA, or a kind of thing that it is."""

    kind: Literal["sub", "phoneme", "say-as"]
    value: str
    #: the order of a date's parts, where say-as says it
    format: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters that a caption shows, and how they are said."""

    text: str
    manner: Manner = PLAIN
    ask: Ask | None = None
    #: tells two neighbours that ask the same apart
    serial: int = 0


@dataclass(frozen=True, slots=True)
class Break:
    """A pause of its own."""

    duration_s: float


@dataclass(frozen=True, slots=True)
class Note:
    """Something of a script that is not said as it is written; `message` says what, in words for its author."""

    code: str
    message: str


#: Tags that end a line or a paragraph where they stand.
_PARAGRAPHS = frozenset((
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table", "section", "article", "header",
    "footer", "pre", "hr", "dl", "figure",
))  # fmt: skip
_LINES = frozenset(
    (
        "br",
        "li",
        "tr",
        "s",
        "dt",
        "dd",
        "figcaption",
        "thead",
        "tbody",
        "option",
        "button",
        "label",
        "caption",
        "summary",
    )
)
#: Tags of which nothing is heard.
_SILENT = frozenset((
    "speak", "b", "i", "u", "em", "strong", "span", "a", "code", "mark", "sup", "small", "big", "font", "center",
    "td", "th", "kbd", "abbr", "cite", "q", "time", "del",
    "ins", "strike", "tt", "var", "samp", "wbr", "img", "body", "html", "main", "desc",
    "metadata", "meta", "w", "token",
))  # fmt: skip
_SSML = frozenset(("speak", "p", "s", "break", "emphasis", "prosody", "sub", "say-as", "phoneme", "lang", "mark"))
#: Need no end.
_VOID = frozenset(("br", "hr", "img", "wbr", "break", "mark", "meta"))
#: May be left open in HTML.
_OPEN_ENDED = frozenset(("p", "li", "td", "th", "tr", "dt", "dd", "option", "thead", "tbody", "body", "html"))
_DROPPED = re.compile(
    r"<(script|style|head|title|metadata)\b[^>]*>.*?</\1\s*>|<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>]*>",
    re.IGNORECASE | re.DOTALL,
)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_QUOTES = "\"[^\"]*\"|'[^']*'|[“”][^“”]*[“”]"
_TAG = re.compile(
    rf"<\s*(?P<end>/?)\s*(?P<name>[A-Za-z][\w:-]*)(?P<attributes>(?:\s+[\w:-]+\s*=\s*(?:{_QUOTES}|[^\s<>\"'=`]+))*)\s*(?P<void>/?)\s*>"
)
_ATTRIBUTE = re.compile(rf"([\w:-]+)\s*=\s*({_QUOTES}|[^\s<>\"'=`]+)")
_SCRIPTS = {
    "sub": str.maketrans("0123456789+-−", "₀₁₂₃₄₅₆₇₈₉₊₋₋"),
    "sup": str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻"),
}
#: Anything that starts like a break tag, up to its end or the next tag.
_ANY_BREAK = re.compile(r"(?:<break\b|<\s*/?\s*break(?=\s*/?\s*>|\s+[a-z]+\s*=))[^<>]*>?", re.IGNORECASE)
#: A tag of SSML's that has no end, or attributes that are none.
_HALF_TAG = re.compile(
    r"<\s*/?\s*(?:speak|emphasis|prosody|sub|say-as|phoneme|lang)(?=[\s/>]|$)[^<>]*>?", re.IGNORECASE
)
_TIME = re.compile(r"\s*\+?(\d{1,6}(?:\.\d{0,9})?|\.\d{1,9})\s*(ms|s)\s*", re.IGNORECASE)
_HELP = f'write <break time="1.5s"/> with seconds or ms, at most {MAX_BREAK_S:g} s'
#: Clients sort errors by these words, so a quoted tag must not bring them in.
_SORTING_WORDS = ("voice", "avatar", "quota", "credit", "balance")
_LONGEST_QUOTE = 60
#: Where a word may be broken, and which way it runs: nothing that is read.
_UNSEEN = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
#: Marks the places of tags while Markdown is read: private use, which no script needs.
_FIRST_MARK, _LAST_MARK = 0xF0000, 0xFFFFD


def read_markup(script: str) -> tuple[list[Span | Break], list[Note]]:
    """The script as spans and breaks in order, and notes on what of it is not heard.

    Raises ScriptInvalid: a malformed or unclosed tag, or a value that a tag cannot have.
    """
    text = "".join(c for c in script if c not in _UNSEEN and not _FIRST_MARK <= ord(c) <= _LAST_MARK)
    text = _CDATA.sub(lambda m: m[1], _DROPPED.sub("", text))
    marked, tags = _marked(text)
    reader = _Reader(tags)
    reader.read(_without_markdown(marked))
    return reader.parts, reader.notes


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    written: str
    attributes: dict[str, str]
    is_end: bool = False
    is_void: bool = False


def _marked(text: str) -> tuple[str, list[_Tag]]:
    """The text with a mark for each tag, and the tags."""
    tags: list[_Tag] = []
    kept: list[str] = []
    at = 0
    while (start := text.find("<", at)) >= 0:
        kept.append(text[at:start])
        match = _TAG.match(text, start)
        broken = (_ANY_BREAK if not match or match["name"].lower() == "break" else _HALF_TAG).match(text, start)
        if match and not (broken and len(broken[0]) > len(match[0])):
            tags.append(_tag(match))
            kept.append(_mark(len(tags) - 1))
            at = match.end()
            continue
        if broken or (broken := _HALF_TAG.match(text, start)):
            what = "break tag" if _ANY_BREAK.match(text, start) else "tag"
            help_ = f"; {_HELP}" if what == "break tag" else ""
            raise ScriptInvalid(f"script has a malformed {what}: {quoted(broken[0])}{help_}.")
        kept.append("<")
        at = start + 1
    kept.append(text[at:])
    return "".join(kept), tags


def _mark(index: int) -> str:
    if _FIRST_MARK + index > _LAST_MARK:
        raise ScriptInvalid("script has too many tags.")
    return chr(_FIRST_MARK + index)


def _tag(match: re.Match[str]) -> _Tag:
    attributes = {
        m[1].lower(): html.unescape(m[2][1:-1] if m[2][:1] in "\"'“”" else m[2])
        for m in _ATTRIBUTE.finditer(match["attributes"])
    }
    name = match["name"].lower().removeprefix("ssml:")
    return _Tag(name, match[0], attributes, bool(match["end"]), bool(match["void"]))


def quoted(tag: str) -> str:
    """A tag for an error: short, and without words that clients sort by."""
    tag = " ".join(tag.split())
    if any(word in tag.lower() for word in _SORTING_WORDS):
        name = re.match(r"<\s*/?\s*([\w:-]+)", tag)
        bare = name[1] if name and not any(word in name[1].lower() for word in _SORTING_WORDS) else "…"
        return f"'<{bare} …>'" if bare != "…" else "'<…>'"
    return f"'{tag if len(tag) <= _LONGEST_QUOTE else tag[:_LONGEST_QUOTE] + '…'}'"


# Markdown


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Lines that begin with four spaces are lines: nobody writes code for a presenter.
    rules = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return rules.disable(["code", "html_block", "html_inline"])


def _without_markdown(text: str) -> str:
    """The text as a reader of the document sees it; ends of lines and paragraphs as LINE and PARAGRAPH."""
    # A figure that is more than another is no quotation, and the box of a task no word.
    text = re.sub(r"(?m)^(\s*)>(?=[\d$€£.])", r"\1\\>", text)
    text = re.sub(r"(?m)^(\s*[-*+]\s)\[[ xX]\]\s", r"\1", text)
    text = re.sub(r"(?m)^\[\^[^\]\s]+\]:\s?|\[\^[^\]\s]+\]", "", text)  # footnotes are said without their marks
    if not re.search(r"[*_`~#>|\[\]!\\&<\n-]|^\s*\d+[.)]", text):
        return text
    said: list[str] = []
    for token in _markdown().parse(text):
        if token.type in ("inline", "fence", "code_block"):
            said.append(
                token.content.replace("\n", LINE) if token.type != "inline" else "".join(_inline(token.children or []))
            )
        elif token.type == "list_item_open" and token.info:
            said.append(f"{token.info}{token.markup} ")
        elif token.type in ("td_open", "th_open") and said and not said[-1].endswith((LINE, PARAGRAPH)):
            said.append(", ")
        elif token.type == "tr_close":
            said.append(LINE)
        elif token.nesting <= 0 and token.type in (
            "paragraph_close",
            "heading_close",
            "fence",
            "hr",
            "table_close",
            "blockquote_close",
            "list_item_close",
        ):
            said.append(LINE if token.hidden or token.type == "list_item_close" else PARAGRAPH)
    return "".join(said)


def _inline(tokens: list) -> Iterator[str]:  # type: ignore[type-arg]
    for token in tokens:
        if token.type == "softbreak":
            yield "\n"
        elif token.type == "hardbreak":
            yield LINE
        elif token.type == "image":
            yield from _inline(token.children or [])
        elif token.type in ("text", "code_inline", "text_special"):
            yield token.content


# Tags


class _Reader:
    """Goes through the marked text and keeps what is open."""

    def __init__(self, tags: list[_Tag]) -> None:
        self._tags = tags
        self._open: list[tuple[_Tag, Manner, Ask | None]] = []
        self.parts: list[Span | Break] = []
        self.notes: list[Note] = []

    def read(self, text: str) -> None:
        at = 0
        for i, c in enumerate(text):
            if not _FIRST_MARK <= ord(c) <= _LAST_MARK:
                continue
            self._text(text[at:i])
            at = i + 1
            index = ord(c) - _FIRST_MARK
            if index < len(self._tags):
                self._take(self._tags[index], index)
        self._text(text[at:])
        for tag, _, _ in self._open:
            if tag.name not in _OPEN_ENDED and self._is_known(tag.name):
                raise _unclosed(tag)

    @property
    def _manner(self) -> Manner:
        return self._open[-1][1] if self._open else PLAIN

    def _text(self, text: str) -> None:
        if not text:
            return
        scripts = [_SCRIPTS[tag.name] for tag, _, _ in self._open if tag.name in _SCRIPTS and not tag.attributes]
        if scripts and text.strip().lstrip("+-−").isdecimal():
            text = text.translate(scripts[-1])  # H<sub>2</sub>O, mc<sup>2</sup>
        asking = next(
            (
                i
                for i in range(len(self._open) - 1, -1, -1)
                if self._open[i][0].name in ("sub", "phoneme", "say-as") and self._open[i][2]
            ),
            None,
        )
        if asking is None:
            self.parts.append(Span(text, self._manner))
        else:
            self.parts.append(Span(text, self._manner, self._open[asking][2], id(self._open[asking][0])))

    def _is_known(self, name: str) -> bool:
        return ":" in name or name in _SSML or name in _PARAGRAPHS or name in _LINES or name in _SILENT

    def _take(self, tag: _Tag, index: int) -> None:
        if not self._is_known(tag.name):
            if not tag.is_end:
                self._note(
                    "tag_ignored", f"{quoted(tag.written)} is no tag that is known here; its text is said as it is."
                )
            return
        if tag.name in ("td", "th"):
            self._cell(tag)
        if tag.name in _PARAGRAPHS or tag.name in _LINES:
            self.parts.append(Span(PARAGRAPH if tag.name in _PARAGRAPHS else LINE))
        if tag.name == "break":
            self._break(tag)
        elif tag.name in _VOID:
            return
        elif tag.is_end:
            self._close(tag)
        elif tag.is_void:
            return
        else:
            self._open.append((tag, *self._meaning(tag)))

    def _cell(self, tag: _Tag) -> None:
        """A stop between two cells of a row."""
        before = self.parts[-1] if self.parts else None
        if not tag.is_end and isinstance(before, Span) and before.text.strip():
            self.parts.append(Span(", "))

    def _break(self, tag: _Tag) -> None:
        if tag.is_end:
            return
        if "time" in tag.attributes:
            self.parts.append(Break(break_s(tag.attributes["time"], tag.written)))
            return
        strength = tag.attributes.get("strength", "medium").strip().lower()
        if strength not in BREAK_STRENGTHS_S or (tag.attributes and "strength" not in tag.attributes):
            strengths = f"or a strength: {', '.join(BREAK_STRENGTHS_S)}"
            raise ScriptInvalid(f"script has a malformed break tag: {quoted(tag.written)}; {_HELP}, {strengths}.")
        self.parts.append(Break(BREAK_STRENGTHS_S[strength]))

    def _close(self, tag: _Tag) -> None:
        for i in range(len(self._open) - 1, -1, -1):
            if self._open[i][0].name == tag.name:
                left = [t for t, _, _ in self._open[i + 1 :] if t.name not in _OPEN_ENDED]
                if any(t.name in _SSML for t in left):
                    raise _unclosed(left[-1])
                del self._open[i:]
                return
        if tag.name in _SSML - {"p", "s"}:
            raise ScriptInvalid(f"script closes a tag that is not open: {quoted(tag.written)}.")

    def _meaning(self, tag: _Tag) -> tuple[Manner, Ask | None]:
        match tag.name:
            case "prosody":
                return self._prosody(tag), None
            case "emphasis":
                level = tag.attributes.get("level", "moderate").strip().lower()
                return _added(self._manner, self._value(tag, "level", level, EMPHASIS)), None
            case "sub" if tag.attributes:
                return self._manner, self._ask(tag, "sub", "alias")
            case "phoneme":
                return self._manner, self._phoneme(tag)
            case "say-as":
                ask = self._ask(tag, "say-as", "interpret-as")
                return self._manner, replace(
                    ask, format=tag.attributes.get("format", ""), value=ask.value.lower()
                ) if ask else None
            case "lang":
                self._lang(tag)
        return self._manner, None

    def _prosody(self, tag: _Tag) -> Manner:
        manner = self._manner
        for name, value in tag.attributes.items():
            value = value.strip().lower()
            if name == "rate":
                manner = _added(manner, Manner(rate=_rate(value, tag)))
            elif name == "pitch":
                manner = _added(manner, Manner(semitones=_semitones(value, tag)))
            elif name == "volume":
                manner = _added(manner, Manner(gain_db=_gain_db(value, tag)))
            else:
                self._note(
                    "attribute_ignored", f"{name} of {quoted(tag.written)} is not heard; rate, pitch and volume are."
                )
        return manner

    def _ask(self, tag: _Tag, kind: Literal["sub", "phoneme", "say-as"], attribute: str) -> Ask | None:
        value = tag.attributes.get(attribute, "").strip()
        if not value:
            raise ScriptInvalid(f"script has a tag without its {attribute}: {quoted(tag.written)}.")
        return Ask(kind, value)

    def _phoneme(self, tag: _Tag) -> Ask | None:
        alphabet = tag.attributes.get("alphabet", "ipa").strip().lower()
        if alphabet != "ipa":
            raise ScriptInvalid(f"script has a phoneme tag of another alphabet than ipa: {quoted(tag.written)}.")
        return self._ask(tag, "phoneme", "ph")

    def _lang(self, tag: _Tag) -> None:
        language = (tag.attributes.get("xml:lang") or tag.attributes.get("lang") or "").lower()
        if language and not language.startswith("en"):
            self._note("language", f"{quoted(tag.written)}: only English is spoken here; its text is read as English.")

    def _value(self, tag: _Tag, attribute: str, value: str, table: dict[str, Manner]) -> Manner:
        if value not in table:
            raise ScriptInvalid(
                f"script has an unknown {attribute} in {quoted(tag.written)}; it may be {', '.join(table)}."
            )
        return table[value]

    def _note(self, code: str, message: str) -> None:
        note = Note(code, message)
        if note not in self.notes:
            self.notes.append(note)


def _unclosed(tag: _Tag) -> ScriptInvalid:
    return ScriptInvalid(f"script has a tag that is not closed: {quoted(tag.written)}; write </{tag.name}> behind it.")


def _added(outer: Manner, inner: Manner) -> Manner:
    return Manner(
        min(max(outer.rate * inner.rate, MIN_RATE), MAX_RATE),
        min(max(outer.semitones + inner.semitones, -MAX_SEMITONES), MAX_SEMITONES),
        min(max(outer.gain_db + inner.gain_db, MIN_GAIN_DB), MAX_GAIN_DB),
    )


_PERCENT = re.compile(r"([+-]?)(\d{1,4}(?:\.\d+)?)%")


def _bad(tag: _Tag, attribute: str, help_: str) -> ScriptInvalid:
    return ScriptInvalid(f"script has a {attribute} that cannot be used in {quoted(tag.written)}; write {help_}.")


def _rate(value: str, tag: _Tag) -> float:
    """slow, 80%, +10%, 1.2."""
    if value in RATES:
        return RATES[value]
    percent = _PERCENT.fullmatch(value)
    if percent:
        n = float(percent[2]) / 100
        rate = 1 + n if percent[1] == "+" else 1 - n if percent[1] == "-" else n
    elif re.fullmatch(r"\d{1,3}(?:\.\d{1,6})?", value):
        rate = float(value)
    else:
        raise _bad(tag, "rate", f"{', '.join(RATES)}, or a percentage")
    if not MIN_RATE <= rate <= MAX_RATE:
        raise _bad(tag, "rate", f"50% to {MAX_RATE:.0%}")
    return rate


def _semitones(value: str, tag: _Tag) -> float:
    """low, +2st, -10%."""
    if value in PITCHES_SEMITONES:
        return PITCHES_SEMITONES[value]
    semitones = None
    if match := re.fullmatch(r"([+-]?\d{1,2}(?:\.\d+)?)\s*st", value):
        semitones = float(match[1])
    elif (percent := _PERCENT.fullmatch(value)) and percent[1]:
        ratio = 1 + float(percent[1] + percent[2]) / 100
        semitones = 12 * math.log2(ratio) if ratio > 0 else -math.inf
    if semitones is None:
        raise _bad(tag, "pitch", f"{', '.join(PITCHES_SEMITONES)}, or a change like +2st or -10%")
    if abs(semitones) > MAX_SEMITONES:
        raise _bad(tag, "pitch", f"a change of at most {MAX_SEMITONES:g} semitones (st)")
    return semitones


def _gain_db(value: str, tag: _Tag) -> float:
    """soft, +6dB."""
    if value in VOLUMES_DB:
        return VOLUMES_DB[value]
    match = re.fullmatch(r"([+-]?\d{1,3}(?:\.\d+)?)\s*db", value)
    if not match:
        raise _bad(tag, "volume", f"{', '.join(VOLUMES_DB)}, or a change like +6dB")
    if not MIN_GAIN_DB <= float(match[1]) <= MAX_GAIN_DB:
        raise _bad(tag, "volume", f"{MIN_GAIN_DB:g}dB to +{MAX_GAIN_DB:g}dB")
    return float(match[1])


def break_s(time: str, tag: str) -> float:
    """Seconds of a break tag's time. Raises ScriptInvalid, quoting the tag."""
    match = _TIME.fullmatch(time)
    if not match:
        raise ScriptInvalid(f"script has a malformed break tag: {quoted(tag)}; {_HELP}.")
    seconds = float(match[1]) / (1000 if match[2].lower() == "ms" else 1)
    if seconds > MAX_BREAK_S:
        raise ScriptInvalid(f"script has a break that is too long: {quoted(tag)}; {_HELP}.")
    return seconds
