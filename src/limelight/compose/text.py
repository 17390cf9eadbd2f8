"""Text as pictures: shaping, line breaking and drawing of every script, by Typst with the fonts in `fonts/`.

Typst shapes as HarfBuzz does, orders right-to-left text, breaks lines by Unicode's rules (Thai between words, which a
model finds) and draws without a system library. A user's text is passed to it as data and never as markup. Knows
nothing of scenes.
"""

from __future__ import annotations

import bisect
import json
import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import cv2
import numpy as np
import typst
from numpy.typing import NDArray

from limelight.puppet.puppet import Patch
from limelight.puppet.raster import premultiply
from limelight.spec import TextOverlay

Rgba = NDArray[np.uint8]

_HERE = Path(__file__).parent
FONTS = _HERE / "fonts"
DEFAULT_FAMILY = "Noto Sans"
#: Families that a text can ask for; the default stands in for any other.
_FAMILIES = (DEFAULT_FAMILY, "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Thai")
_CHINESE, _JAPANESE, _KOREAN = "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR"
#: Ascent and descent of Noto Sans, as multiples of the font size; a line box adds half of the rest of the line height
#: above, and half below.
_ASCENT, _DESCENT = 1.069, 0.293
#: Room around the line boxes for what sticks out of them (Thai tone marks, Arabic swashes), in font sizes.
_MARGIN = 0.7
_POINTS_PER_INCH = 72.0

#: Languages by the characters that only their script has; the first pattern that matches decides.
_SCRIPTS = (
    (re.compile("[\u3040-\u30ff\u31f0-\u31ff]"), "ja"),
    (re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]"), "ko"),
    (re.compile("[\u3100-\u312f\u4e00-\u9fff]"), "zh"),
    (re.compile("[\u0e00-\u0e7f]"), "th"),
    (re.compile("[\u0900-\u097f]"), "hi"),
)
#: Characters without a glyph that shaping, line breaking and direction need.
_JOINERS = "\u200b\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069"
#: Scripts without spaces, in which Typst breaks lines by the rules of their languages.
_THAI = re.compile("[\u0e00-\u0e7f]")
_UNSPACED_RANGES = "\u0e00-\u0e7f\u1100-\u11ff\u3000-\u318f\u4e00-\u9fff\uac00-\ud7af\uff00-\uffef"
_UNSPACED = re.compile(f"[{_UNSPACED_RANGES}]")
#: Places inside a word at which Typst may break the line.
_BREAKS = re.compile(
    "(?<=[-\u2010\u2013\u2014/])(?=[^\\W\\d_])"
    f"|(?<=[{_UNSPACED_RANGES}])(?=[^{_UNSPACED_RANGES}])|(?<=[^{_UNSPACED_RANGES}])(?=[{_UNSPACED_RANGES}])"
)
_NO_BOLD_CUT = re.compile("([\u1100-\u11ff\u3000-\u9fff\uac00-\ud7af\uff00-\uffef]+)")
#: A zero-width space: the line may break here without a hyphen.
_BREAK = "\u200b"
#: Stands for a character that no font has; it is removed with its joiners and one of the spaces beside it.
_GONE = "\0"
_LEFT_OUT = re.compile("(?m) \0[\0\u200c\u200d]*(?=\\s|$)|(?:^|(?<=\\s))\0[\0\u200c\u200d]* ?|\0[\0\u200c\u200d]*")
#: Thai and Lao vowels that belong to the letter before them but are not marks in Unicode.
_FOLLOWING = "\u0e33\u0eb3"
#: Unicode's canonical combining class of viramas.
_VIRAMA = 9
#: How far ink may reach beyond its glyphs' advance widths, in font sizes.
_STRAY = 0.2
#: No letter is wider, in font sizes: a word that fits by this measure need not be measured.
_WIDEST = 1.5


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How a block of text looks."""

    font_family: str = DEFAULT_FAMILY
    size_px: float = 48.0
    bold: bool = False
    #: `#rrggbb`
    colour: str = "#ffffff"
    align: Literal["left", "center", "right"] = "center"
    #: from one baseline to the next, a multiple of the font size
    line_height: float = 1.2


class Block(NamedTuple):
    """A drawn block of lines. The picture includes marks that stick out of the line boxes."""

    #: premultiplied RGBA uint8 (h, w, 4); h and w are even
    picture: Rgba
    #: the picture's top left corner in the box that the lines are set in, pixels; y is at most 0
    x: int
    y: int
    #: the height of the line boxes, pixels, even
    height: int


def draw(text: str, style: TextStyle, max_width_px: float | None = None) -> Rgba:
    """The text as premultiplied RGBA uint8 (h, w, 4): as wide as its widest line, as high as its lines; h and w even.

    Line breaks of the text are kept. Lines that are wider than `max_width_px`, if given, are broken where their
    language allows it, or anywhere in a word that is wider. Characters that no font has are left out.
    """
    return block(text, style, max_width_px).picture


def line_width(text: str, style: TextStyle) -> float:
    """The width in pixels of a text on one line."""
    return _width(" ".join(_drawable(text).split()), style)


def overlay(text: TextOverlay, frame_width: int, frame_height: int) -> Patch:
    """A text of a scene at its position, cropped to the frame; sizes in pixels."""
    style = TextStyle(
        font_family=text.font_family,
        size_px=text.font_size,
        bold=text.weight == "bold",
        colour=text.colour,
        align=text.align,
        line_height=text.line_height,
    )
    left, top = text.position[0] * frame_width, text.position[1] * frame_height
    # Without a width, the box ends as far from the right edge as it begins from the left.
    width = text.width * frame_width if text.width else max(frame_width - 2 * max(left, 0.0), 0.25 * frame_width)
    drawn = block(text.text, style, width, float(frame_height))
    return inside(drawn.picture, even(left) + drawn.x, even(top) + drawn.y, frame_width, frame_height)


def block(text: str, style: TextStyle, width_px: float | None = None, max_height_px: float | None = None) -> Block:
    """The text set in a box of this width, cropped to its ink in width; see `draw`.

    Lines below `max_height_px`, if given, are cut off.
    """
    lines = _drawable(text).splitlines()
    if not any(line.strip() for line in lines):
        return Block(np.zeros((2, 2, 4), np.uint8), 0, 0, 2)
    margin = float(even(_MARGIN * style.size_px + 2))
    page_width = width_px and width_px + 2 * margin
    if width_px:
        lines = [_breakable(line, style, width_px) for line in lines]
    page = _set(lines, style, page_width=page_width, margin=margin, max_height=max_height_px)
    rows, columns = _inked(page)
    if (
        width_px
        and len(columns)
        and _THAI.search(text)
        and columns[-1] - columns[0] > width_px + _STRAY * style.size_px
    ):
        # Some Thai word is wider than the box, and only Typst knows where words end: allow breaks in all of them.
        lines = [_breakable(line, style, width_px, thai=True) for line in lines]
        page = _set(lines, style, page_width=page_width, margin=margin, max_height=max_height_px)
        rows, columns = _inked(page)
    if not len(rows):
        return Block(np.zeros((2, 2, 4), np.uint8), 0, 0, 2)
    # The height of the line boxes, and more where ink sticks out of them; the width of the ink.
    top, bottom = min(int(margin), rows[0]), max(page.shape[0] - int(margin), rows[-1] + 1)
    left, right = columns[0], columns[-1] + 1
    top, left = top // 2 * 2, left // 2 * 2
    bottom, right = top + even_up(bottom - top), left + even_up(right - left)
    room = np.zeros((max(bottom, page.shape[0]), max(right, page.shape[1]), 4), np.uint8)
    room[: page.shape[0], : page.shape[1]] = page
    picture = np.ascontiguousarray(room[top:bottom, left:right])
    height = even_up(page.shape[0] - 2 * int(margin))
    return Block(picture, int(left) - int(margin), int(top) - int(margin), height)


def _inked(page: Rgba) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The indices of rows and of columns that have ink."""
    return np.flatnonzero(page[..., 3].any(1)), np.flatnonzero(page[..., 3].any(0))


def _set(
    lines: list[str], style: TextStyle, *, page_width: float | None, margin: float, max_height: float | None
) -> Rgba:
    """The whole page, premultiplied RGBA uint8 (h, w, 4)."""
    png = _compiled("png", lines, style, page_width=page_width, margin=margin, max_height=max_height)
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return premultiply(cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA).astype(np.uint8))


@lru_cache(maxsize=4096)
def _width(line: str, style: TextStyle) -> float:
    """The width of a line, pixels, measured without drawing it: a line can be wider than any picture."""
    if not line.strip():
        return 0.0
    size = re.search(rb' width="([\d.]+)pt"', _compiled("svg", [line], style, measure=True))
    assert size
    return float(size[1])


def _compiled(
    kind: Literal["png", "svg"],
    lines: list[str],
    style: TextStyle,
    *,
    page_width: float | None = None,
    margin: float = 0.0,
    max_height: float | None = None,
    measure: bool = False,
) -> bytes:
    language = _language("\n".join(lines))
    extra = (style.line_height - _ASCENT - _DESCENT) / 2
    data = {
        "measure": measure,
        # For bold text, runs 1, 3, 5, … of a line are those of scripts whose fonts have no bold cut.
        "lines": [_NO_BOLD_CUT.split(line) if style.bold else [line] for line in lines],
        "page_width": page_width,
        "margin": margin,
        "max_height": max_height,
        "fonts": _fonts(style.font_family, language),
        "size": style.size_px,
        "weight": "bold" if style.bold else "regular",
        "colour": style.colour,
        "align": style.align,
        "language": language,
        "above": _ASCENT + extra,
        "below": _DESCENT + extra,
    }
    page = _compiler().compile(
        input=_template(), format=kind, ppi=_POINTS_PER_INCH, sys_inputs={"data": json.dumps(data)}
    )
    assert isinstance(page, bytes)
    return page


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    return typst.Compiler(ignore_system_fonts=True, font_paths=[str(FONTS)])


@lru_cache(maxsize=1)
def _template() -> bytes:
    return (_HERE / "text.typ").read_bytes()


def _fonts(family: str, language: str) -> list[str]:
    """Families in the order in which Typst looks for a character; Han characters as the text's language writes them."""
    asked = [family] if family in _FAMILIES else []
    east_asian = [_CHINESE, _JAPANESE, _KOREAN]
    own = {"ja": _JAPANESE, "ko": _KOREAN}.get(language, _CHINESE)
    return [*asked, *_FAMILIES, own, *(name for name in east_asian if name != own)]


def _language(text: str) -> str:
    """The language that the text's script suggests; it decides on glyph shapes, line breaks and direction."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL"):
            return "he" if direction == "R" else "ar"
        if direction == "L":
            break
    return next((language for script, language in _SCRIPTS if script.search(text)), "en")


def _drawable(text: str) -> str:
    """The text without characters that no font has, for which no box is drawn; tabs and the like become spaces."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = (c if c == "\n" or c in _JOINERS or _covered(ord(c)) else " " if c.isspace() else _GONE for c in text)
    return _LEFT_OUT.sub("", "".join(kept))


@lru_cache(maxsize=1)
def _coverage() -> tuple[list[int], list[int]]:
    ranges = json.loads((FONTS / "coverage.json").read_text())
    return [first for first, _ in ranges], [last for _, last in ranges]


def _covered(character: int) -> bool:
    firsts, lasts = _coverage()
    at = bisect.bisect_right(firsts, character) - 1
    return at >= 0 and character <= lasts[at]


def _breakable(line: str, style: TextStyle, width_px: float, thai: bool = False) -> str:
    """The line, with break opportunities in words that are wider than the box; in Thai words only with `thai`."""
    words = line.split(" ")
    for i, word in enumerate(words):
        if len(word) * style.size_px * _WIDEST > width_px and _width(word, style) > width_px:
            parts = _BREAKS.split(word)
            words[i] = "".join(
                part if _UNSPACED.match(part) and not (thai and _THAI.match(part)) else _cut(part, style, width_px)
                for part in parts
            )
    return " ".join(words)


def _cut(word: str, style: TextStyle, width_px: float) -> str:
    """The word with break opportunities only where the box is full, so that the letters between them still join."""
    if _width(word, style) <= width_px:
        return word
    cut, room_px = "", width_px
    for cluster in _clusters(word):
        cluster_px = _width(cluster, style)
        if cut and cluster_px > room_px:
            cut, room_px = cut + _BREAK, width_px
        cut, room_px = cut + cluster, room_px - cluster_px
    return cut


def _clusters(word: str) -> list[str]:
    """Letters, each with what a break must not separate from it: marks, and the next letter of a conjunct."""
    clusters: list[str] = []
    for c in word:
        if clusters and (
            c in _JOINERS
            or c in _FOLLOWING
            or unicodedata.category(c).startswith("M")
            or clusters[-1][-1] == "\u200d"
            or unicodedata.combining(clusters[-1][-1]) == _VIRAMA
        ):
            clusters[-1] += c
        else:
            clusters.append(c)
    return clusters


def inside(picture: Rgba, x: int, y: int, width: int, height: int) -> Patch:
    """The part of a picture (h, w, 4), whose top left corner is x, y, that lies in a frame of width × height pixels."""
    left, top = max(x, 0), max(y, 0)
    right, bottom = max(min(x + picture.shape[1], width), left), max(min(y + picture.shape[0], height), top)
    return Patch(left, top, np.ascontiguousarray(picture[top - y : bottom - y, left - x : right - x]))


def even(value: float) -> int:
    """The nearest even number of pixels."""
    return round(value / 2) * 2


def even_up(value: float) -> int:
    """The next even number of pixels, not below the value."""
    return math.ceil(value / 2) * 2
