"""What a user's picture shows, and what a further one of a person gives to their rig.

Told by whoever looks at pictures, kept with the look, shown.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture that shows a face that can speak."""

    #: how many, the largest of which speaks
    faces: int
    #: whether its mouth is open so far that it never quite closes
    wide_open: bool = False

    @property
    def note(self) -> str | None:
        """What to know of the picture, in words for the user."""
        several = f"{self.faces} faces were seen, the largest speaks." if self.faces > 1 else ""
        gapes = "The mouth is wide open and never quite closes; a picture with closed lips or a smile speaks better."
        return " ".join(filter(None, (several, gapes if self.wide_open else ""))) or None


@dataclass(frozen=True, slots=True)
class Further:
    """One further picture, beside the one that speaks."""

    #: of teeth, creases and body; empty where nothing of it is used
    gave: tuple[str, ...]
    #: why nothing is, in words for the user without a full stop; None where something is
    left_out: str | None
    #: what it shows where it could speak alone; None where it could not
    seen: Seen | None

    def __str__(self) -> str:
        return f"gives {', '.join(self.gave)}" if self.gave else f"is left out: {self.left_out}"
