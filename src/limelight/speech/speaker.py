"""Who speaks: a speech model, a style of it, and what brings it to the measure that all voices share. Plain values."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: A voice that is lowered further is no longer understood (measured with Whisper).
LOWEST_HEIGHT_HZ = 78.0


@dataclass(frozen=True, slots=True)
class Measure:
    """How a voice, left alone, differs from the common measure, by the length of a sentence (`measure.measured`).

    Each at the lengths `tokens` (spaces and signs included), straight lines between them, level beyond.
    """

    tokens: tuple[int, ...] = (1,)
    #: times as fast as is wanted
    pace: tuple[float, ...] = (1.0,)
    #: decibels above the voice's own mean
    level_db: tuple[float, ...] = (0.0,)
    #: median of the fundamental frequency
    height_hz: float = 200.0

    def pace_at(self, tokens: int) -> float:
        """Of a sentence of this length."""
        return math.exp(_between(self.tokens, [math.log(pace) for pace in self.pace], tokens))

    @property
    def lowest_semitones(self) -> float:
        """How far the voice may be lowered and be understood."""
        return min(12 * math.log2(LOWEST_HEIGHT_HZ / self.height_hz), 0.0)

    def level_db_at(self, tokens: int) -> float:
        """Of a sentence of this length."""
        return _between(self.tokens, self.level_db, tokens)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice, as `speak` needs it."""

    #: weights of the large model's styles, or a file that holds one; None: the small model, which has one of its own
    style: Mapping[str, float] | Path | None
    #: whether scripts are read as in GB, else as in the US
    is_british: bool = False
    measure: Measure = Measure()


def _between(places: tuple[int, ...], values: list[float] | tuple[float, ...], at: int) -> float:
    i = bisect_right(places, at)
    if i in (0, len(places)):
        return values[max(i - 1, 0)]
    share = (at - places[i - 1]) / (places[i] - places[i - 1])
    return values[i - 1] + share * (values[i] - values[i - 1])
