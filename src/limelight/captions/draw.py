"""Captions as pictures: where lines break, where they stand, and what they look like. `burn` draws them on films."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limelight.captions.cues import Cue, Measure, characters, cues
from limelight.captions.subtitles import CaptionGeometry, caption_geometry, outline_colour
from limelight.compose.text import Block, TextStyle, block, edge, even, even_up, inside, line_width
from limelight.puppet import raster
from limelight.puppet.pack import Rect
from limelight.spec import CaptionPlace, Captions, rgb
from limelight.speech.types import Word

Rgba = NDArray[np.uint8]

# Lengths, as multiples of the font size.

#: The radius of the box's corners.
_CORNER = 0.22
#: How far the lines stand above the middle of their box: a line box has more space above most letters than below them.
_LIFT = 0.05
#: The least distance from the box's edge to marks that stick out of the line boxes.
_CLEAR = 0.08
#: Arabic letters descend lower than others: this is kept free below the last line, whether or not a letter needs it.
_ARABIC, _ARABIC_DEPTH = re.compile("[\u0600-\u06ff]"), 0.23


def caption_style(captions: Captions, width: int, height: int) -> TextStyle:
    """The text style of captions in a frame of this size, pixels."""
    geometry = caption_geometry(captions, width, height)
    return TextStyle(
        font_family=captions.font_family,
        size_px=geometry.font_px,
        colour=captions.colour,
        align="center",
        line_height=geometry.line_height,
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """What captions should not cover, as rectangles x0, y0, x1, y1 of the frame, pixels."""

    #: who speaks: the face in every pose, or the whole figure where it is small; None where nobody is seen
    speaker: Rect | None = None
    #: words that lie on the picture
    texts: tuple[Rect, ...] = ()
    #: the face of one who is small, which counts besides
    face: Rect | None = None


def lay_out(
    words: Sequence[Word],
    captions: Captions,
    width: int,
    height: int,
    end_s: float = math.inf,
    taken: Taken | None = None,
) -> list[Cue]:
    """The captions of a scene that ends at `end_s`; their lines fit a frame of this size (pixels) as they are drawn.

    All stand at one place, which is chosen by what is taken where the captions say no other.
    """
    found = cues(words, _measure(captions, width, height), end_s)
    place = (
        _place(found, captions, width, height, taken or Taken()) if captions.position == "auto" else captions.position
    )
    return [replace(cue, place=place) for cue in found]


#: In the order in which they are tried.
_PLACES: tuple[CaptionPlace, ...] = ("bottom", "top", "middle")
#: The rim of who speaks, as a share of the sides: room for every pose, which holds hair, air or the neck at most times.
_RIM = 0.06
#: What is covered of who speaks counts so many times what is covered of a text: a fifth of a face may be its mouth.
_SPEAKER = 3.0


def _place(found: Sequence[Cue], captions: Captions, width: int, height: int, taken: Taken) -> CaptionPlace:
    """Where the captions cover least, of the speaker and of texts together."""
    faces = [_within_rim(one) for one in (taken.speaker, taken.face) if one]

    def cost(place: CaptionPlace) -> tuple[float, int]:
        boxes = [_box_of(cue, captions, width, height, place) for cue in found]
        texts = sum(max((_covered(text, box) for box in boxes), default=0.0) for text in taken.texts)
        # A caption in the middle of a face hides what matters of it, however small a part that is.
        speaker = sum(
            max((1.0 if _is_within(box, face) else _covered(face, box) for box in boxes), default=0.0) for face in faces
        )
        return round(texts + _SPEAKER * speaker, 2), _PLACES.index(place)

    return min(_PLACES, key=cost)


def _within_rim(what: Rect) -> Rect:
    across, down = (round(_RIM * (what[i + 2] - what[i])) for i in (0, 1))
    return what[0] + across, what[1] + down, what[2] - across, what[3] - down


def _box_of(cue: Cue, captions: Captions, width: int, height: int, place: CaptionPlace) -> Rect:
    """The rectangle of a caption's box, to a few pixels, without drawing it."""
    geometry, style = caption_geometry(captions, width, height), caption_style(captions, width, height)
    across = max(line_width(line, style) for line in cue.lines) + 2 * geometry.padding_x_px
    down = len(cue.lines) * geometry.font_px * geometry.line_height + 2 * geometry.padding_y_px
    left, top = (width - across) / 2, _top(place, down, geometry, height)
    return int(left), int(top), int(left + across), int(top + down)


def _top(place: CaptionPlace, rows: float, geometry: CaptionGeometry, height: int) -> float:
    """The upper edge of a caption's box of so many rows, pixels."""
    match place:
        case "top":
            return geometry.margin_px
        case "middle":
            return (height - rows) / 2
    return height - geometry.margin_px - rows


def _covered(what: Rect, box: Rect) -> float:
    """The share of a rectangle that a box covers."""
    across, down = (min(what[i + 2], box[i + 2]) - max(what[i], box[i]) for i in (0, 1))
    return max(across, 0) * max(down, 0) / max((what[2] - what[0]) * (what[3] - what[1]), 1)


def _is_within(box: Rect, what: Rect) -> bool:
    return all(what[i] <= box[i] and box[i + 2] <= what[i + 2] for i in (0, 1))


def _measure(captions: Captions, width: int, height: int) -> Measure:
    """The measure that gives a text's share of a line's pixels or of its characters, whichever is larger."""
    style = caption_style(captions, width, height)
    line_px = caption_geometry(captions, width, height).line_px
    in_characters = characters()
    space_px = line_width("n n", style) - line_width("nn", style)

    def share(text: str) -> float:
        # `cues` tries thousands of lines of the same words, whose widths `line_width` caches.
        parts = text.split(" ")
        pixels = sum(line_width(part, style) for part in parts) + space_px * (len(parts) - 1)
        return max(pixels / line_px, in_characters(text))

    return share


def caption_picture(cue: Cue, captions: Captions, width: int, height: int) -> tuple[Rgba, int, int]:
    """A caption in a frame of this size (pixels): premultiplied RGBA uint8 (h, w, 4), and its top left corner x, y.

    All four numbers are even.
    """
    geometry = caption_geometry(captions, width, height)
    drawn = block("\n".join(cue.lines), caption_style(captions, width, height), width)
    text = drawn.picture
    pad_x, (top_pad, bottom_pad) = even(geometry.padding_x_px), _padding_y(drawn, cue, geometry)
    rows, columns = even_up(drawn.height + top_pad + bottom_pad), text.shape[1] + 2 * pad_x
    # Where no font has any of its characters, the text is empty and gets no box.
    background = captions.background if text.any() else "#00000000"
    picture = _box(columns, rows, geometry.font_px * _CORNER, background)
    words = np.zeros_like(picture)
    words[top_pad + drawn.y :, pad_x:][: text.shape[0], : text.shape[1]] = text
    if outline := outline_colour(captions):
        raster.over(picture, edge(words, geometry.outline_px, outline))
    raster.over(picture, words)
    top = _top(cue.place, rows, geometry, height)
    shown = inside(picture, even((width - columns) / 2), even(top), width, height)
    return shown.rgba, shown.x, shown.y


def _padding_y(drawn: Block, cue: Cue, geometry: CaptionGeometry) -> tuple[int, int]:
    """Pixels from the line boxes to the upper and to the lower edge of the caption's box.

    All boxes with the same number of lines have the same height, so that they do not jump from caption to caption; only
    stacked marks that would touch the edge make the box higher.
    """
    above, below = -drawn.y, float(drawn.picture.shape[0] + drawn.y - drawn.height)
    if any(_ARABIC.search(line) for line in cue.lines):
        below = max(below, geometry.font_px * _ARABIC_DEPTH)
    clear = geometry.font_px * _CLEAR
    top = round(geometry.padding_y_px - geometry.font_px * _LIFT)
    bottom = 2 * even(geometry.padding_y_px) - top
    return max(top, math.ceil(above + clear) if above else 0), max(bottom, math.ceil(below + clear) if below else 0)


def _box(width: int, height: int, radius: float, colour: str) -> Rgba:
    """A box with round corners, filled with `#rrggbbaa`: premultiplied RGBA uint8 (height, width, 4)."""
    x = np.abs(np.arange(width) + 0.5 - width / 2) - (width / 2 - radius)
    y = np.abs(np.arange(height) + 0.5 - height / 2) - (height / 2 - radius)
    outside = np.hypot(np.maximum(x, 0)[None, :], np.maximum(y, 0)[:, None]) - radius
    cover = np.clip(0.5 - outside, 0, 1) * (int(colour[7:9], 16) / 255)
    return np.asarray(np.rint(cover[..., None] * np.array([*rgb(colour), 255.0])), np.uint8)
