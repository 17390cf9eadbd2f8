"""What a further picture of a person gives to their rig: told by whoever makes the rig, kept with the look, shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Further:
    """One further picture, beside the one that speaks."""

    #: of teeth, creases and body; empty where nothing of it is used
    gave: tuple[str, ...]
    #: why nothing is, in words for the user without a full stop; None where something is
    left_out: str | None
    #: how many it shows where one of them could speak alone; None where none could
    faces: int | None

    def __str__(self) -> str:
        return f"gives {', '.join(self.gave)}" if self.gave else f"is left out: {self.left_out}"
