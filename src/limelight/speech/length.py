"""Estimates how long a script takes to say, from its characters."""

from __future__ import annotations

from limelight.speech.script import Pause, parse_script

#: Usual pace of the voices, without gaps.
CHARACTERS_PER_S = 17.0
#: A pace, gaps included, that hardly any script stays below: for reservations until the length is known.
SLOWEST_CHARACTERS_PER_S = 11.0


def length_s(script: str, speed: float = 1.0, characters_per_s: float = CHARACTERS_PER_S) -> float:
    """Estimated seconds of a script that `check_script` accepts, with its break tags."""
    pauses_s = 0.0
    if "<break" in script.lower():
        pauses_s = sum(part.duration_s for part in parse_script(script, len(script)) if isinstance(part, Pause))
    return len(script) / characters_per_s / speed + pauses_s
