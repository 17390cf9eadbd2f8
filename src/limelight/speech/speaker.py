"""A voice as values: a speech model, a style of it, and how it differs from the measure that all voices share."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: Below this pitch a voice can no longer be understood (measured with Whisper).
LOWEST_HEIGHT_HZ = 78.0


@dataclass(frozen=True, slots=True)
class Measure:
    """How a voice differs from the common measure, by the length of a sentence (`measure.measured`).

    `pace` and `level_db` are at the lengths `tokens`, interpolated linearly between them and constant beyond.
    """

    #: numbers of tokens of a sentence, spaces and signs included, rising
    tokens: tuple[int, ...] = (1,)
    #: factor on the common pace
    pace: tuple[float, ...] = (1.0,)
    #: decibels above the voice's own mean
    level_db: tuple[float, ...] = (0.0,)
    #: median of the fundamental frequency
    height_hz: float = 200.0

    def pace_at(self, tokens: int) -> float:
        """The pace of a sentence of this many tokens."""
        return math.exp(_between(self.tokens, [math.log(pace) for pace in self.pace], tokens))

    @property
    def lowest_semitones(self) -> float:
        """How far the voice can be lowered and still be understood, 0 or less."""
        return min(12 * math.log2(LOWEST_HEIGHT_HZ / self.height_hz), 0.0)

    def level_db_at(self, tokens: int) -> float:
        """The level of a sentence of this many tokens."""
        return _between(self.tokens, self.level_db, tokens)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice as `speak` needs it."""

    #: weights of the large model's styles, or a file with one; None for the small model, which has a single style
    style: Mapping[str, float] | Path | None
    #: whether it reads scripts as in GB rather than as in the US
    is_british: bool = False
    measure: Measure = Measure()


def _between(places: tuple[int, ...], values: list[float] | tuple[float, ...], at: int) -> float:
    i = bisect_right(places, at)
    if i in (0, len(places)):
        return values[max(i - 1, 0)]
    share = (at - places[i - 1]) / (places[i] - places[i - 1])
    return values[i - 1] + share * (values[i] - values[i - 1])
