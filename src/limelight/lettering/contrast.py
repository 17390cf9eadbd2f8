"""Which colour can be read on what: by WCAG's contrast, of words that name none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limelight.spec import rgb

WHITE, BLACK = "#ffffff", "#000000"
#: What WCAG 2 asks of text, and of large text (success criterion 1.4.3, level AA).
READABLE, READABLE_LARGE = 4.5, 3.0
#: The share of the pixels behind words on which they may be harder to read.
_WORST = 0.02


@dataclass(frozen=True, slots=True)
class Ink:
    """What words are drawn with."""

    #: `#rrggbb`
    colour: str
    #: the colour of an edge around them; None where they need none
    edge: str | None = None


def luminance(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """WCAG's relative luminance, in [0, 1], of sRGB uint8 (…, 3)."""
    return np.asarray(_LINEAR[pixels] @ (0.2126, 0.7152, 0.0722))


def contrast(colour: str, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """WCAG's contrast, from 1 to 21, of a colour with each of sRGB uint8 (…, 3)."""
    one, other = luminance(np.array(rgb(colour), np.uint8)) + 0.05, luminance(pixels) + 0.05
    return np.asarray(np.maximum(one, other) / np.minimum(one, other))


def ink_on(pixels: NDArray[np.uint8] | None, *, moves: bool = False) -> Ink:
    """What can be read on these pixels, sRGB uint8 (n, 3); None where they are not known.

    White where that is enough, else black. Where neither is enough on all of them they have an edge, and are white
    unless most is bright, as subtitles are; where the pixels change they have one too.
    """
    if pixels is None or not len(pixels):
        return Ink(WHITE, BLACK)
    levels = {colour: contrast(colour, pixels) for colour in (WHITE, BLACK)}
    for colour, level in levels.items():
        if np.quantile(level, _WORST) >= READABLE:
            return Ink(colour, _other(colour) if moves else None)
    best = WHITE if np.median(levels[WHITE]) >= READABLE_LARGE else BLACK
    return Ink(best, _other(best))


def _other(colour: str) -> str:
    return BLACK if colour == WHITE else WHITE


def _linear(level: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)


_LINEAR = _linear(np.arange(256) / 255)
