"""What somebody wears, by name and colours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..nodes import srgb

Colour = tuple[float, float, float]
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
TOPS = ("shirt", "blouse", "tshirt", "roll")

KINDS: dict[str, dict[str, Any]] = {
    "tshirt": {"colour": "#e9e5de", "stripe": None},
    "sweater": {"colour": "#6f7f8f", "neck": "crew"},
    "polo": {"colour": "#2f4a6d"},
    "shirt": {"colour": "#dfe8f3", "tie": None, "tie_stripe": None},
    "blouse": {"colour": "#e8dcd2", "neck": "v"},
    "suit": {"colour": "#28344e", "shirt": "#f4f5f7", "tie": "#7a1f2b", "tie_stripe": None, "check": None},
    "blazer": {"colour": "#2b3040", "top": "blouse", "top_colour": "#efe9e1", "check": None},
    "hoodie": {"colour": "#7d8790"},
    "scrubs": {"colour": "#1f6f78"},
    "workwear": {"colour": "#39424c", "top_colour": "#d8d6cf"},
}
"""Each kind with its fields and their defaults. None: not there unless given."""
CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "neck": {"sweater": ("crew", "roll"), "blouse": ("v", "collar")},
    "top": {"blazer": TOPS},
}


class OutfitError(ValueError):
    """An outfit that does not exist; the message names what does."""


@dataclass(frozen=True)
class Outfit:
    """A kind of `KINDS` and its fields; colours as `#rrggbb`."""

    kind: str
    values: tuple[tuple[str, str | None], ...] = ()

    def text(self, field: str) -> str | None:
        """A field as it was given, or its default."""
        return dict(self.values).get(field, KINDS[self.kind][field])

    def colour(self, field: str = "colour") -> Colour:
        """A colour, linear. Raises OutfitError where the field is empty."""
        value = self.text(field)
        if value is None:
            raise OutfitError(f"{self.kind}: {field} has no colour")
        return linear(value)


def linear(text: str) -> Colour:
    """`#rrggbb` to linear."""
    return srgb(*(int(text[i : i + 2], 16) for i in (1, 3, 5)))


def from_dict(data: dict[str, Any]) -> Outfit:
    """`{"kind": "suit", "colour": "#28344e", "tie": None}` to an Outfit.

    Raises OutfitError for an unknown kind or field, a colour that is not `#rrggbb`, or an unknown choice.
    """
    kind = data.get("kind")
    if kind not in KINDS:
        raise OutfitError(f"kind {kind!r} is unknown; there are {', '.join(KINDS)}")
    values = {k: v for k, v in data.items() if k != "kind"}
    for field, value in values.items():
        if field not in KINDS[kind]:
            raise OutfitError(f"{kind} has no field {field!r}; it has {', '.join(KINDS[kind])}")
        choices = CHOICES.get(field, {}).get(kind)
        if choices and value not in choices:
            raise OutfitError(f"{kind}: {field} {value!r} is unknown; there are {', '.join(choices)}")
        empty = (value is None and KINDS[kind][field] is None) or (value is None and field == "tie")
        if not choices and not empty and not (isinstance(value, str) and COLOUR.fullmatch(value)):
            raise OutfitError(f"{kind}: {field} {value!r} is no colour; write #rrggbb")
    return Outfit(kind, tuple(sorted(values.items())))
