"""Strand hair. A style is a small frozen dataclass; `from_dict` makes one from a recipe's dict, `add` grows it.

Styles: `tied_back`, `long`, `bob`, `short`, `curly`, `short_curly`, `coily`, `shaved`, `bald`.
Colours: `colour.COLOURS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np

from .. import materials, objects
from ..anatomy import to_blender
from ..figure import Face, Figure
from . import cropped, curls, loose, short, tied_back
from .colour import COLOURS, Colour, melanin, scalp
from .cropped import Bald, Shaved
from .curls import Coily, Curly, ShortCurly
from .growing import Lock
from .hairline import MENS_HAIRLINE, WOMENS_HAIRLINE, receding
from .loose import Bob, Long
from .short import Short
from .tied_back import TiedBack

__all__ = [
    "COLOURS", "MENS_HAIRLINE", "STYLES", "WOMENS_HAIRLINE", "Bald", "Bob", "Coily", "Colour", "Curly", "Long",
    "Shaved", "Short", "ShortCurly", "Style", "TiedBack", "add", "choose", "from_dict", "painted", "receding",
]  # fmt: skip

Style = TiedBack | Long | Bob | Short | Curly | ShortCurly | Coily | Shaved | Bald
STYLES: dict[str, type[Any]] = {
    "tied_back": TiedBack, "long": Long, "bob": Bob, "short": Short, "curly": Curly,
    "short_curly": ShortCurly, "coily": Coily, "shaved": Shaved, "bald": Bald,
}  # fmt: skip
GROW: dict[type[Any], Callable[..., list[Lock]]] = {
    TiedBack: tied_back.grow, Long: loose.grow, Bob: loose.grow, Short: short.grow, Curly: curls.grow_curly,
    ShortCurly: curls.grow_short_curly, Coily: curls.grow_coily, Shaved: cropped.grow,
}  # fmt: skip
SCALP_AMOUNT = {Short: 0.86, Shaved: 0.78, Bald: 0.0, Coily: 0.95}
"""How much of the scalp's paint is seen; 0.92 where hair covers it."""


def choose(kind: str, styles: dict[str, type[Any]], given: dict[str, Any]) -> Any:
    """The dataclass named by `given["style"]`, with the other entries as its fields.

    Raises ValueError for an unknown style, parameter or colour, and names the possible ones.
    """
    rest = dict(given)
    name = rest.pop("style", None)
    if name not in styles:
        raise ValueError(f"{kind} has no style {name!r}; there are {', '.join(sorted(styles))}")
    known = [f.name for f in fields(styles[name])]
    for key in rest:
        if key not in known:
            raise ValueError(f"{kind} style {name!r} has no parameter {key!r}; there are {', '.join(known)}")
    if rest.get("colour", "black") not in COLOURS:
        raise ValueError(f"{kind} has no colour {rest['colour']!r}; there are {', '.join(COLOURS)}")
    return styles[name](**rest)


def from_dict(given: dict[str, Any]) -> Style:
    """A style from a recipe, as {"style": "short", "colour": "grey", "volume_dm": 0.2}; errors as of `choose`."""
    return choose("hair", STYLES, given)


def painted(face: Face, style: Style) -> Face:
    """The face with the scalp painted as it shows through this hair. To be called before `Figure`."""
    skin = replace(face.skin, scalp=scalp(COLOURS[style.colour]), scalp_amount=SCALP_AMOUNT.get(type(style), 0.92))
    return replace(face, skin=skin)


def add(figure: Figure, style: Style) -> float:
    """Adds the hair; returns the height of its top, Blender metres."""
    if isinstance(style, Bald):
        return float(to_blender(np.array([0, figure.top, 0]))[2])
    rng = np.random.default_rng(style.seed)
    parts = GROW[type(style)](figure, style, rng)
    colour = COLOURS[style.colour]
    material = materials.hair("hair", None, colour.redness, style.roughness, 0.42, 0.10, colour.ash)
    for i, part in enumerate(parts):
        o = objects.add_strands("hair" if i == 0 else f"hair_{i}", to_blender(part.points), part.radius, material)
        low = np.clip(1 - figure.scalp_distance(part.points[:, 0]) / 0.5, 0, 1)
        count, length = part.points.shape[:2]
        objects.set_attribute(o, "melanin", melanin(colour, count, length, rng, low).ravel())
    return float(np.percentile(to_blender(parts[0].points)[..., 2], 99.97))
