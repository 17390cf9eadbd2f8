"""Clothes: an outfit by name and colours, made to measure and draped on the figure."""

from __future__ import annotations

import numpy as np

from ..anatomy import BODY_COUNT
from ..figure import Figure
from . import tailoring, tops
from .outfit import KINDS, Outfit, OutfitError, from_dict, linear
from .pattern import Pattern

__all__ = ["KINDS", "Outfit", "OutfitError", "dress", "from_dict", "hidden_below"]
MARGIN_M = 0.035
"""So much skin is kept beneath the edge of the cloth."""
BARE_HALF_M = 0.155
"""Skin farther to the side than this, for a body of its natural size, lies below the shoulders of any garment."""
WOMAN_BELOW = 0.5
"""Phenotype's gender under which jackets are cut for a woman."""


def _inner_cut(outfit: Outfit) -> tops.Cut:
    """The cut of what lies on the skin."""
    kind = outfit.kind
    if kind == "suit":
        kind = "shirt"
    if kind == "blazer":
        kind = {"roll": "sweater"}.get(outfit.text("top") or "", outfit.text("top") or "")
    if kind == "workwear":
        kind = "tshirt"
    collar = outfit.kind == "blouse" and outfit.text("neck") == "collar"
    tieless = kind == "shirt" and ("tie" not in KINDS[outfit.kind] or outfit.text("tie") is None)
    return tops.CUTS["open shirt" if collar or tieless else kind]


def hidden_below(figure: Figure, outfit: Outfit) -> np.ndarray:
    """(VERTEX_COUNT,) bool, which vertices of the body to keep: bare skin and a little below the edges of the cloth."""
    pattern = Pattern(figure)
    posed, rest = pattern.bodies[-1], pattern.bodies[0]
    cut = _inner_cut(outfit)
    keep = tops.neckline(pattern, cut)(posed) > -MARGIN_M
    keep &= np.abs(posed[:, 0]) < BARE_HALF_M * figure.recipe.pose.body_scale
    keep |= (pattern.armhole(rest) > 0.03) & (pattern.along_arm(rest) > pattern.wrist_m - 0.015)
    bare_arms = outfit.kind in ("tshirt", "polo", "scrubs")
    if bare_arms:
        keep |= (pattern.armhole(rest) > 0.03) & (pattern.along_arm(rest) > cut.sleeve_end - 0.05)
    keep[BODY_COUNT:] = False
    return keep


def dress(figure: Figure, outfit: Outfit) -> None:
    """Add the clothes to the scene: 20 to 60 seconds of cloth simulation."""
    pattern = Pattern(figure)
    kind = outfit.kind
    colour = outfit.colour()

    def maybe(field: str) -> tuple[float, float, float] | None:
        value = outfit.text(field)
        return None if value is None else linear(value)

    if kind == "tshirt":
        tops.tshirt(pattern, colour, maybe("stripe"))
    elif kind == "sweater":
        tops.sweater(pattern, colour, outfit.text("neck") or "crew")
    elif kind == "polo":
        tops.polo(pattern, colour)
    elif kind == "shirt":
        tops.shirt(pattern, colour, maybe("tie"), maybe("tie_stripe"))
    elif kind == "blouse":
        tops.blouse(pattern, colour, outfit.text("neck") or "v")
    elif kind == "hoodie":
        tops.hoodie(pattern, colour)
    elif kind == "scrubs":
        tops.scrubs(pattern, colour)
    elif kind == "workwear":
        tops.workwear(pattern, colour, outfit.colour("top_colour"))
    else:
        jacket = tailoring.jacket(pattern, figure.recipe.phenotype.gender < WOMAN_BELOW)
        under = jacket.under(pattern)
        if kind == "suit":
            tops.shirt(pattern, outfit.colour("shirt"), maybe("tie"), maybe("tie_stripe"), under)
        else:
            _beneath_blazer(pattern, outfit.text("top") or "blouse", outfit.colour("top_colour"), under)
        tailoring.sew(pattern, jacket, colour, maybe("check"))


def _beneath_blazer(pattern: Pattern, top: str, colour: tuple[float, float, float], under: tops.Under) -> None:
    if top == "shirt":
        tops.shirt(pattern, colour, under=under)
    elif top == "tshirt":
        tops.tshirt(pattern, colour, under=under)
    elif top == "roll":
        tops.sweater(pattern, colour, "roll", under)
    else:
        tops.blouse(pattern, colour, under=under)
