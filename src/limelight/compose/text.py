"""Text as pictures: shaping, line breaking and drawing of every script, by Typst with the fonts of `families`.

Typst shapes as HarfBuzz does, orders right-to-left text, breaks lines by Unicode's rules (Thai, Lao, Khmer and Burmese
between words, which a model finds) and draws without a system library. A user's text is passed to it as data and never
as markup. Knows nothing of scenes.
"""

from __future__ import annotations

import json
import math
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import cv2
import numpy as np
import typst
from numpy.typing import NDArray

from limelight.lettering import families
from limelight.lettering.contrast import Ink, ink_on
from limelight.lettering.families import DEFAULT_FAMILY, EMOJI_FAMILY, FONTS, Family, clusters, drawable, family_of
from limelight.puppet.puppet import Patch
from limelight.puppet.raster import over, premultiply
from limelight.spec import TextOverlay, rgb

Rgba = NDArray[np.uint8]
#: uint8 (height, width, 3).
Pixels = NDArray[np.uint8]

_HERE = Path(__file__).parent
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
#: Thai, Lao, Burmese, Khmer: scripts without spaces whose words only Typst's models know.
_MODELLED_RANGES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"
_MODELLED = re.compile(f"[{_MODELLED_RANGES}]")
#: Scripts without spaces, in which Typst breaks lines by the rules of their languages.
_UNSPACED_RANGES = f"{_MODELLED_RANGES}\u3000-\u312f\u4e00-\u9fff\uff00-\uffef"
_UNSPACED = re.compile(f"[{_UNSPACED_RANGES}]")
#: Places inside a word at which Typst may break the line; Tibetan syllables end with a dot.
_BREAKS = re.compile(
    "(?<=[-\u2010\u2013\u2014/])(?=[^\\W\\d_])|(?<=[\u0f0b\u0f0d])(?=[^\u0f0b\u0f0d])"
    f"|(?<=[{_UNSPACED_RANGES}])(?=[^{_UNSPACED_RANGES}])|(?<=[^{_UNSPACED_RANGES}])(?=[{_UNSPACED_RANGES}])"
)
#: Between the letters of a Korean word, where Unicode's rules would break it and no Korean reader would.
_HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
_IN_KOREAN_WORD = re.compile(f"(?<=[{_HANGUL}])(?=\\w)|(?<=\\w)(?=[{_HANGUL}])")
_IN_KOREAN_HANJA = re.compile("(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])")
#: A zero-width space: the line may break here without a hyphen; and a word joiner: it may not.
_BREAK, _NO_BREAK = "\u200b", "\u2060"
#: How far ink may reach beyond its glyphs' advance widths, in font sizes.
_STRAY = 0.2
#: No letter is wider, in font sizes: a word that fits by this measure need not be measured.
_WIDEST = 1.5
#: How far the edge of words reaches that would be hard to read without, in font sizes.
_EDGE = 0.06
#: How a run of characters is set: as it is, with a thin stroke in place of a bold cut, or as emoji.
_PLAIN, _THICK, _EMOJI = 1, 2, 3


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
    language allows it, or anywhere in a word that is wider. A box stands for what no font has.
    """
    return block(text, style, max_width_px).picture


def line_width(text: str, style: TextStyle) -> float:
    """The width in pixels of a text on one line."""
    return _width(" ".join(drawable(text).text.split()), style)


def overlay(
    text: TextOverlay, frame_width: int, frame_height: int, behind: Sequence[Pixels] = (), *, moves: bool = False
) -> Patch:
    """A text of a scene at its position, cropped to the frame; sizes in pixels.

    `behind` are frames that it lies on, none where they are not known, and `moves` says whether they change: a text
    that names no colour has one that can be read on them.
    """
    style = TextStyle(
        font_family=text.font_family,
        size_px=text.font_size,
        bold=text.weight == "bold",
        colour=text.colour or "#ffffff",
        align=text.align,
        line_height=text.line_height,
    )
    left, top = text.position[0] * frame_width, text.position[1] * frame_height
    # Without a width, the box ends as far from the right edge as it begins from the left.
    width = text.width * frame_width if text.width else max(frame_width - 2 * max(left, 0.0), 0.25 * frame_width)
    drawn = block(text.text, style, width, float(frame_height))
    x, y = even(left) + drawn.x, even(top) + drawn.y
    if text.colour:
        return inside(drawn.picture, x, y, frame_width, frame_height)
    reach_px = max(_EDGE * text.font_size, 1.0)
    room = even_up(3 * reach_px)
    words = np.pad(drawn.picture, ((room, room), (room, room), (0, 0)))
    words = inked(words, _ink(inside(words, x - room, y - room, frame_width, frame_height), behind, moves), reach_px)
    return inside(words, x - room, y - room, frame_width, frame_height)


def _ink(words: Patch, behind: Sequence[Pixels], moves: bool) -> Ink:
    """What words are drawn with, that lie on frames."""
    height, width = words.rgba.shape[:2]
    if not behind or not words.rgba.any():
        return ink_on(None, moves=moves)
    # What is between and close around the letters counts as well as what they cover.
    near = cv2.dilate(words.rgba[..., 3], np.ones((5, 5), np.uint8)) > 0
    place = np.s_[words.y : words.y + height, words.x : words.x + width]
    return ink_on(np.concatenate([frame[place][near] for frame in behind]), moves=moves)


def inked(words: Rgba, ink: Ink, reach_px: float) -> Rgba:
    """White words, premultiplied RGBA uint8 (h, w, 4), in an ink; its edge, if it has one, reaches so far."""
    alpha = words[..., 3:].astype(np.uint16)
    coloured = np.concatenate([(alpha * np.array(rgb(ink.colour)) + 127) // 255, alpha], -1).astype(np.uint8)
    if ink.edge is None:
        return coloured
    drawn = edge(coloured, reach_px, ink.edge)
    over(drawn, coloured)
    return drawn


def edge(words: Rgba, reach_px: float, colour: str) -> Rgba:
    """A soft outline to draw under the words: premultiplied RGBA uint8 of the shape of `words`."""
    reach = max(1, round(reach_px))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    cover = cv2.GaussianBlur(cv2.dilate(words[..., 3], disc), (0, 0), 0.7 * reach)
    return np.asarray(np.rint(cover[..., None] / 255 * np.array([*rgb(colour), 255.0])), np.uint8)


def block(text: str, style: TextStyle, width_px: float | None = None, max_height_px: float | None = None) -> Block:
    """The text set in a box of this width, cropped to its ink in width; see `draw`.

    Lines below `max_height_px`, if given, are cut off.
    """
    lines = drawable(text).text.split("\n")
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
        and _MODELLED.search(text)
        and columns[-1] - columns[0] > width_px + _STRAY * style.size_px
    ):
        # Some word is wider than the box, and only Typst knows where words end: allow breaks in all of them.
        lines = [_breakable(line, style, width_px, modelled=True) for line in lines]
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
    text = "\n".join(lines)
    language = _language(text)
    order = families.search_order(style.font_family, language)
    emoji = sorted(order, key=lambda family: family.name != EMOJI_FAMILY)
    extra = (style.line_height - _ASCENT - _DESCENT) / 2
    data = {
        "measure": measure,
        "lines": [_runs(line, style, order) for line in lines],
        "page_width": page_width,
        "margin": margin,
        "max_height": max_height,
        "fonts": _needed(text, order, language),
        "emoji_fonts": _needed(text, emoji, language),
        "size": style.size_px,
        "weight": "bold" if style.bold else "regular",
        "colour": style.colour,
        "align": style.align,
        "language": language,
        "above": _ASCENT + extra,
        "below": _DESCENT + extra,
    }
    page = _compiler(families.own_folders(os.environ)).compile(
        input=_template(), format=kind, ppi=_POINTS_PER_INCH, sys_inputs={"data": json.dumps(data)}
    )
    assert isinstance(page, bytes)
    return page


@lru_cache(maxsize=4)
def _compiler(own: tuple[Path, ...]) -> typst.Compiler:
    # Of two fonts with one name Typst takes the first.
    fonts = typst.Fonts(False, False, [str(folder) for folder in (*own, FONTS)])
    return typst.Compiler(ignore_system_fonts=True, font_paths=fonts)


@lru_cache(maxsize=1)
def _template() -> bytes:
    return (_HERE / "text.typ").read_bytes()


def _needed(text: str, order: list[Family], language: str) -> list[str]:
    """The families that a text needs, in this order: Typst tries one after the other."""
    needed = {family for cluster in set(clusters(text)) if (family := family_of(cluster, order))}
    return [family.name for family in order if family in needed or family.name == DEFAULT_FAMILY]


def _runs(line: str, style: TextStyle, order: list[Family]) -> list[tuple[int, str]]:
    """A line in runs that are set alike."""
    runs: list[tuple[int, str]] = []
    for cluster in clusters(line):
        before = runs[-1][0] if runs else _PLAIN
        # What is not seen goes with what is before it; the emoji's space is wider than that of words.
        kind = _kind(cluster, style, order) or (_PLAIN if before == _EMOJI else before)
        if runs and kind == before:
            runs[-1] = kind, runs[-1][1] + cluster
        else:
            runs.append((kind, cluster))
    return runs


def _kind(cluster: str, style: TextStyle, order: list[Family]) -> int | None:
    """How a cluster is set; None where nothing of it is seen, so that it goes with what is before it."""
    if cluster.isascii():
        return None if cluster == " " else _PLAIN
    if families.is_emoji(cluster):
        return _EMOJI
    family = family_of(cluster, order)
    if family is None:
        return None
    return _THICK if style.bold and family.bold is None else _PLAIN


def _language(text: str) -> str:
    """The language that the text's script suggests; it decides on glyph shapes, line breaks and direction."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL"):
            return "he" if direction == "R" else "ar"
        if direction == "L":
            break
    return next((language for script, language in _SCRIPTS if script.search(text)), "en")


def _breakable(line: str, style: TextStyle, width_px: float, modelled: bool = False) -> str:
    """The line, with break opportunities in words that are wider than the box, and without others in Korean words.

    Only with `modelled` are there some in words of scripts whose words only Typst knows.
    """
    line = _IN_KOREAN_WORD.sub(_NO_BREAK, line)
    if _language(line) == "ko":
        line = _IN_KOREAN_HANJA.sub(_NO_BREAK, line)
    words = line.split(" ")
    for i, word in enumerate(words):
        if len(word) * style.size_px * _WIDEST > width_px and _width(word, style) > width_px:
            parts = _BREAKS.split(word)
            words[i] = "".join(
                part
                if _UNSPACED.match(part) and not (modelled and _MODELLED.match(part))
                else _cut(part, style, width_px)
                for part in parts
            )
    return " ".join(words)


def _cut(word: str, style: TextStyle, width_px: float) -> str:
    """The word with break opportunities only where the box is full, so that the letters between them still join."""
    if _width(word, style) <= width_px:
        return word
    cut, room_px = "", width_px
    for cluster in clusters(word):
        cluster_px = _width(cluster, style)
        if cut and cluster_px > room_px:
            cut, room_px = cut + _BREAK, width_px
        cut, room_px = cut + cluster, room_px - cluster_px
    return cut


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
