"""Parses the markup of a script, Markdown, HTML and SSML: the text to show, and how to speak it. Knows nothing of
words.

People paste documents: Markdown gives their structure (CommonMark by markdown-it-py), HTML's and SSML's tags count as
far as they mean something to a voice. The result is the text that a caption shows, in spans of equal prosody. `a < b`
is no tag, `<https://…>` is an address.
"""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

from limelight.errors import ScriptInvalid

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

#: Unicode's separators, for the ends of lines and paragraphs that a reader of the document sees.
LINE, PARAGRAPH = "\u2028", "\u2029"

#: The longest pause that one break tag may ask for.
MAX_BREAK_S = 10.0
#: Pauses of break tags by their strength; medium where a tag names none.
BREAK_STRENGTHS_S = {"none": 0.0, "x-weak": 0.1, "weak": 0.25, "medium": 0.5, "strong": 0.8, "x-strong": 1.5}
RATES = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.6}
PITCHES_SEMITONES = {"x-low": -4.0, "low": -2.0, "medium": 0.0, "default": 0.0, "high": 2.0, "x-high": 4.0}
VOLUMES_DB = {"silent": -60.0, "x-soft": -10.0, "soft": -5.0, "medium": 0.0, "default": 0.0, "loud": 4.0, "x-loud": 8.0}
MIN_RATE, MAX_RATE = 0.5, 2.0
MAX_SEMITONES = 8.0
MIN_GAIN_DB, MAX_GAIN_DB = -60.0, 10.0


@dataclass(frozen=True, slots=True)
class Prosody:
    """How some words differ from the rest of the script, as SSML's prosody and emphasis ask; nested tags add up."""

    #: factor on the scene's own speed
    rate: float = 1.0
    semitones: float = 0.0
    gain_db: float = 0.0


PLAIN = Prosody()
EMPHASIS = {
    "strong": Prosody(rate=0.85, gain_db=4.0),
    "moderate": Prosody(rate=0.92, gain_db=2.5),
    "none": PLAIN,
    "reduced": Prosody(rate=1.08, gain_db=-3.0),
}


@dataclass(frozen=True, slots=True)
class Ask:
    """What an SSML tag asks for a text: another text (sub), phonemes in IPA, or how to interpret it (say-as)."""

    kind: Literal["sub", "phoneme", "say-as"]
    value: str
    #: say-as's format, which is the order of a date's parts
    format: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters that a caption shows, and how to speak them."""

    text: str
    prosody: Prosody = PLAIN
    ask: Ask | None = None
    #: tells neighbouring tags apart that ask for the same
    serial: int = 0


@dataclass(frozen=True, slots=True)
class Break:
    """A pause that a break tag asks for."""

    duration_s: float


@dataclass(frozen=True, slots=True)
class Note:
    """A warning that something in a script is not spoken as it is written; `message` is for the script's author."""

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
#: Tags that do not change how their text is spoken.
_SILENT = frozenset((
    "speak", "b", "i", "u", "em", "strong", "span", "a", "code", "mark", "sup", "small", "big", "font", "center",
    "td", "th", "kbd", "abbr", "cite", "q", "time", "del",
    "ins", "strike", "tt", "var", "samp", "wbr", "img", "body", "html", "main", "desc",
    "metadata", "meta", "w", "token",
))  # fmt: skip
_SSML = frozenset(("speak", "p", "s", "break", "emphasis", "prosody", "sub", "say-as", "phoneme", "lang", "mark"))
#: Tags without an end tag.
_VOID = frozenset(("br", "hr", "img", "wbr", "break", "mark", "meta"))
#: Tags whose end tag HTML makes optional.
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
#: Whatever starts like a break tag, up to its end or the next tag.
_ANY_BREAK = re.compile(r"(?:<break\b|<\s*/?\s*break(?=\s*/?\s*>|\s+[a-z]+\s*=))[^<>]*>?", re.IGNORECASE)
#: An SSML tag without its closing bracket, or with malformed attributes.
_HALF_TAG = re.compile(
    r"<\s*/?\s*(?:speak|emphasis|prosody|sub|say-as|phoneme|lang)(?=[\s/>]|$)[^<>]*>?", re.IGNORECASE
)
_TIME = re.compile(r"\s*\+?(\d{1,6}(?:\.\d{0,9})?|\.\d{1,9})\s*(ms|s)\s*", re.IGNORECASE)
_HELP = f'write <break time="1.5s"/> with seconds or ms, at most {MAX_BREAK_S:g} s'
#: Clients sort errors by these words, so a quoted tag must not bring them in.
_SORTING_WORDS = ("voice", "avatar", "quota", "credit", "balance")
_LONGEST_QUOTE = 60
#: Invisible characters that say where a line may break: without them all looks alike.
_BREAKS = "\u00ad\u200b\u2060\ufeff"
#: Those that change how letters and emoji beside them look, and in which direction signs run. A voice knows neither.
_JOINERS, _DIRECTIONS = "\u200c\u200d", "\u200e\u200f"
_SHAPING = re.compile(f"[{_JOINERS}{_DIRECTIONS}]+")
_INAUDIBLE = re.compile(f"[{_JOINERS}{_DIRECTIONS}\u061c\u202a-\u202e\u2066-\u2069]")
#: Where they would keep a tag, or a line's sign of Markdown, from being read.
_IN_MARKUP = re.compile(
    rf"<[\s/{_JOINERS}{_DIRECTIONS}]*[A-Za-z][^<>]*>?|^[{_JOINERS}{_DIRECTIONS}]+(?=\s*(?:[-+*#>|`~]|\d+[.)]))",
    re.MULTILINE,
)
#: Private-use characters that stand for the tags while Markdown is parsed; a script's own are dropped.
_FIRST_MARK, _LAST_MARK = 0xF0000, 0xFFFFD


def read_markup(script: str) -> tuple[list[Span | Break], list[Note]]:
    """The script as spans and breaks in order, and warnings about markup that has no effect.

    Raises ScriptInvalid for a malformed or unclosed tag, or a value that a tag cannot have.
    """
    text = _without_breaks("".join(c for c in script if not _FIRST_MARK <= ord(c) <= _LAST_MARK))
    text = _IN_MARKUP.sub(lambda m: _SHAPING.sub("", m[0]), text)
    text = _CDATA.sub(lambda m: m[1], _DROPPED.sub("", text))
    marked, tags = _marked(text)
    reader = _Reader(tags)
    # Entities may stand for invisible characters.
    reader.read(_with_needed(_without_breaks(_without_markdown(marked))))
    return reader.parts, reader.notes


def audible(text: str) -> str:
    """A text without the characters that are only for the eye; its words stay as many."""
    if text.isascii():
        return text
    return re.sub(r"\S+", lambda m: _INAUDIBLE.sub("", m[0]) or m[0], text)


def _without_breaks(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, _BREAKS)))


def _with_needed(text: str) -> str:
    """The text with those joiners and marks of direction that change something: beside letters of other scripts and
    emoji, and where something runs from right to left. None of them is a word."""
    if text.isascii() or not _SHAPING.search(text):
        return text
    turns = any(unicodedata.bidirectional(c) in ("R", "AL") for c in text if c not in _DIRECTIONS)

    def needed(run: re.Match[str]) -> str:
        beside = text[max(run.start() - 1, 0) : run.start()] + text[run.end() : run.end() + 1]
        seen = [c for c in beside if not c.isspace() and not _FIRST_MARK <= ord(c) <= _LAST_MARK]
        kept = (_DIRECTIONS if seen and turns else "") + (_JOINERS if any(not c.isascii() for c in seen) else "")
        return "".join(c for c in run[0] if c in kept)

    return _SHAPING.sub(needed, text)


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    written: str
    attributes: dict[str, str]
    is_end: bool = False
    is_void: bool = False


def _marked(text: str) -> tuple[str, list[_Tag]]:
    """The text with a private-use character in place of each tag, and the tags."""
    tags: list[_Tag] = []
    parts: list[str] = []
    at = 0
    while (start := text.find("<", at)) >= 0:
        parts.append(text[at:start])
        match = _TAG.match(text, start)
        broken = (_ANY_BREAK if not match or match["name"].lower() == "break" else _HALF_TAG).match(text, start)
        if match and not (broken and len(broken[0]) > len(match[0])):
            tags.append(_tag(match))
            parts.append(_mark(len(tags) - 1))
            at = match.end()
            continue
        if broken or (broken := _HALF_TAG.match(text, start)):
            what = "break tag" if _ANY_BREAK.match(text, start) else "tag"
            help_ = f"; {_HELP}" if what == "break tag" else ""
            raise ScriptInvalid(f"script has a malformed {what}: {quoted(broken[0])}{help_}.")
        parts.append("<")
        at = start + 1
    parts.append(text[at:])
    return "".join(parts), tags


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
    """A tag as an error quotes it: short, and without the words by which clients classify errors."""
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

    # Four leading spaces do not make a code block: nobody writes code for a presenter.
    rules = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return rules.disable(["code", "html_block", "html_inline"])


def _without_markdown(text: str) -> str:
    """The text as a reader of the document sees it, with LINE and PARAGRAPH at the ends of lines and paragraphs."""
    # `>5` at the start of a line is a comparison, not a quotation; a task's check box is not spoken.
    text = re.sub(r"(?m)^(\s*)>(?=[\d$€£.])", r"\1\\>", text)
    text = re.sub(r"(?m)^(\s*[-*+]\s)\[[ xX]\]\s", r"\1", text)
    text = re.sub(r"(?m)^\[\^[^\]\s]+\]:\s?|\[\^[^\]\s]+\]", "", text)  # footnotes lose their marks
    if not re.search(r"[*_`~#>|\[\]!\\&<\n-]|^\s*\d+[.)]", text):
        return text
    parts: list[str] = []
    for token in _markdown().parse(text):
        if token.type in ("inline", "fence", "code_block"):
            parts.append(
                token.content.replace("\n", LINE) if token.type != "inline" else "".join(_inline(token.children or []))
            )
        elif token.type == "list_item_open" and token.info:
            parts.append(f"{token.info}{token.markup} ")
        elif token.type in ("td_open", "th_open") and parts and not parts[-1].endswith((LINE, PARAGRAPH)):
            parts.append(", ")
        elif token.type == "tr_close":
            parts.append(LINE)
        elif token.nesting <= 0 and token.type in (
            "paragraph_close",
            "heading_close",
            "fence",
            "hr",
            "table_close",
            "blockquote_close",
            "list_item_close",
        ):
            parts.append(LINE if token.hidden or token.type == "list_item_close" else PARAGRAPH)
    return "".join(parts)


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
    """Turns the marked text into spans and breaks, with a stack of open tags."""

    def __init__(self, tags: list[_Tag]) -> None:
        self._tags = tags
        self._open: list[tuple[_Tag, Prosody, Ask | None]] = []
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
                self._take(self._tags[index])
        self._text(text[at:])
        for tag, _, _ in self._open:
            if tag.name not in _OPEN_ENDED and self._is_known(tag.name):
                raise _unclosed(tag)

    @property
    def _outer(self) -> Prosody:
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
            self.parts.append(Span(text, self._outer))
        else:
            self.parts.append(Span(text, self._outer, self._open[asking][2], id(self._open[asking][0])))

    def _is_known(self, name: str) -> bool:
        return ":" in name or name in _SSML or name in _PARAGRAPHS or name in _LINES or name in _SILENT

    def _take(self, tag: _Tag) -> None:
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
        """Put a comma between two cells of a row."""
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

    def _meaning(self, tag: _Tag) -> tuple[Prosody, Ask | None]:
        match tag.name:
            case "prosody":
                return self._prosody(tag), None
            case "emphasis":
                level = tag.attributes.get("level", "moderate").strip().lower()
                return _added(self._outer, self._value(tag, "level", level, EMPHASIS)), None
            case "sub" if tag.attributes:
                return self._outer, self._ask(tag, "sub", "alias")
            case "phoneme":
                return self._outer, self._phoneme(tag)
            case "say-as":
                ask = self._ask(tag, "say-as", "interpret-as")
                return self._outer, replace(
                    ask, format=tag.attributes.get("format", ""), value=ask.value.lower()
                ) if ask else None
            case "lang":
                self._lang(tag)
        return self._outer, None

    def _prosody(self, tag: _Tag) -> Prosody:
        prosody = self._outer
        for name, value in tag.attributes.items():
            value = value.strip().lower()
            if name == "rate":
                prosody = _added(prosody, Prosody(rate=_rate(value, tag)))
            elif name == "pitch":
                prosody = _added(prosody, Prosody(semitones=_semitones(value, tag)))
            elif name == "volume":
                prosody = _added(prosody, Prosody(gain_db=_gain_db(value, tag)))
            else:
                self._note(
                    "attribute_ignored", f"{name} of {quoted(tag.written)} is not heard; rate, pitch and volume are."
                )
        return prosody

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

    def _value(self, tag: _Tag, attribute: str, value: str, table: dict[str, Prosody]) -> Prosody:
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


def _added(outer: Prosody, inner: Prosody) -> Prosody:
    return Prosody(
        min(max(outer.rate * inner.rate, MIN_RATE), MAX_RATE),
        min(max(outer.semitones + inner.semitones, -MAX_SEMITONES), MAX_SEMITONES),
        min(max(outer.gain_db + inner.gain_db, MIN_GAIN_DB), MAX_GAIN_DB),
    )


_PERCENT = re.compile(r"([+-]?)(\d{1,4}(?:\.\d+)?)%")


def _bad(tag: _Tag, attribute: str, help_: str) -> ScriptInvalid:
    return ScriptInvalid(f"script has a {attribute} that cannot be used in {quoted(tag.written)}; write {help_}.")


def _rate(value: str, tag: _Tag) -> float:
    """A prosody tag's rate as a factor: slow, 80%, +10%, 1.2."""
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
    """A prosody tag's pitch in semitones: low, +2st, -10%."""
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
    """A prosody tag's volume in decibels: soft, +6dB."""
    if value in VOLUMES_DB:
        return VOLUMES_DB[value]
    match = re.fullmatch(r"([+-]?\d{1,3}(?:\.\d+)?)\s*db", value)
    if not match:
        raise _bad(tag, "volume", f"{', '.join(VOLUMES_DB)}, or a change like +6dB")
    if not MIN_GAIN_DB <= float(match[1]) <= MAX_GAIN_DB:
        raise _bad(tag, "volume", f"{MIN_GAIN_DB:g}dB to +{MAX_GAIN_DB:g}dB")
    return float(match[1])


def break_s(time: str, tag: str) -> float:
    """A break tag's time in seconds. Raises ScriptInvalid, quoting the tag."""
    match = _TIME.fullmatch(time)
    if not match:
        raise ScriptInvalid(f"script has a malformed break tag: {quoted(tag)}; {_HELP}.")
    seconds = float(match[1]) / (1000 if match[2].lower() == "ms" else 1)
    if seconds > MAX_BREAK_S:
        raise ScriptInvalid(f"script has a break that is too long: {quoted(tag)}; {_HELP}.")
    return seconds
