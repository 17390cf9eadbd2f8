"""How many lines a text takes, to warn of those that do not fit: measured by HarfBuzz, without drawing.

What is drawn is broken by Typst (`compose.text`), as this is where words end with spaces. In scripts without them every
letter may end a line here, which gives as many lines as are sure.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from limelight.lettering.families import Family, clusters, family_of, search_order

#: Scripts in which a line may end after every letter, as far as is known here.
_UNSPACED = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3000, 0x312F), (0x3400, 0x9FFF), (0xA000, 0xA4CF)),
    *((0xA980, 0xA9FF), (0xAA60, 0xAA7F), (0xFF00, 0xFFEF), (0x1F000, 0x1FAFF)),
)
#: A line ends after these too.
_ENDS = " -\u2010\u2013\u2014/\u0f0b\u200b"


class Lines(NamedTuple):
    """The lines of a text in a box."""

    number: int
    #: the width of the widest, font sizes
    widest: float


def lines(text: str, family: str, *, bold: bool, box: float) -> Lines:
    """The lines of a text as `families.drawable` gives it, in a box of this width, in font sizes."""
    found = [width for line in text.split("\n") for width in _broken(line, family, bold, box)]
    return Lines(len(found), max(found))


def _broken(line: str, family: str, bold: bool, box: float) -> Iterator[float]:
    """The widths of the lines that a line is broken into, without spaces at their ends."""
    filled = 0.0  # with spaces after it
    seen = 0.0
    for width, ink in _words(line, family, bold):
        if filled and filled + ink > box:
            yield seen
            filled = 0.0
        while ink > box:  # a word that is wider than the box is broken anywhere
            yield box
            width, ink = width - box, ink - box
        seen, filled = filled + ink, filled + width
    yield seen


def _words(line: str, family: str, bold: bool) -> Iterator[tuple[float, float]]:
    """The words of a line: their widths with and without the space that follows."""
    width = ink = 0.0
    for cluster, advance in _advances(line, family, bold):
        width += advance
        ink = ink if cluster.isspace() else width
        if cluster[0] in _ENDS or any(low <= ord(cluster[0]) <= high for low, high in _UNSPACED):
            yield width, ink
            width = ink = 0.0
    yield width, ink


def _advances(line: str, family: str, bold: bool) -> Iterator[tuple[str, float]]:
    """Each cluster of a line with its width, font sizes."""
    order = search_order(family, "")
    runs = itertools.groupby(clusters(line), lambda cluster: family_of(cluster, order) or order[0])
    for drawn_in, run in runs:
        parts = list(run)
        widths = _shaped("".join(parts), *_cut(drawn_in, bold))
        at = 0
        for part in parts:
            yield part, sum(widths[at : at + len(part)])
            at += len(part)


def _cut(family: Family, bold: bool) -> tuple[Path, int]:
    return family.bold if bold and family.bold else family.regular


def _shaped(text: str, file: Path, index: int) -> list[float]:
    """The widths of the glyphs by the first of their characters, font sizes."""
    import uharfbuzz

    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    font = _font(file, index)
    uharfbuzz.shape(font, buffer)
    widths = [0.0] * len(text)
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        widths[info.cluster] += place.x_advance / font.face.upem
    return widths


@lru_cache(maxsize=32)
def _font(file: Path, index: int) -> Any:
    import uharfbuzz

    return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(file)), index))
