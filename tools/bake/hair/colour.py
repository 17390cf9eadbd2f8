"""Hair colours by melanin, with a share of strands that have lost theirs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SCALP_AT_MELANIN = {
    0.0: (0.50, 0.40, 0.33),
    0.35: (0.30, 0.19, 0.11),
    0.6: (0.14, 0.075, 0.042),
    1.0: (0.022, 0.014, 0.01),
}
"""Linear colours of a scalp seen through hair of that melanin."""


@dataclass(frozen=True)
class Colour:
    """melanin and redness as in Blender's Principled Hair; grey: share of white strands, 0 to 1."""

    melanin: float
    redness: float
    grey: float = 0.0
    tips: float = 0.0
    """How much of the melanin the sun has taken from the tips, 0 to 1."""
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Takes the green out of hair with little melanin."""


COLOURS = {
    "black": Colour(0.985, 0.20),
    "dark brown": Colour(0.88, 0.42, tips=0.06),
    "brown": Colour(0.72, 0.50, tips=0.12),
    "auburn": Colour(0.66, 0.95, tips=0.08),
    "dark blond": Colour(0.52, 0.50, tips=0.22, tint=(1.0, 0.91, 0.94)),
    "blond": Colour(0.33, 0.50, tips=0.25, tint=(1.0, 0.88, 0.92)),
    "salt and pepper": Colour(0.94, 0.25, grey=0.22, tint=(0.98, 0.95, 0.99)),
    "grey": Colour(0.90, 0.15, grey=0.42, tint=(0.97, 0.93, 0.99)),
    "white": Colour(0.45, 0.15, grey=0.90, tint=(0.98, 0.94, 1.0)),
}
WHITE_MELANIN = 0.075


def melanin(
    colour: Colour, count: int, length: int, rng: np.random.Generator, roots: np.ndarray | None = None
) -> np.ndarray:
    """Melanin along strands, (count, length). roots: (count,) in [0, 1], raises the share of grey there (temples)."""
    t = np.linspace(0, 1, length) ** 1.5
    strand = colour.melanin * (1 + 0.05 * rng.normal(size=count))
    share = np.full(count, colour.grey)
    if roots is not None and colour.grey:
        share = np.clip(share * (0.75 + 0.6 * roots), 0, 1)
    white = rng.random(count) < share
    strand[white] = WHITE_MELANIN * rng.uniform(0.6, 2.2, white.sum())
    return np.clip(strand[:, None] * (1 - colour.tips * t[None]), 0.01, 0.99)


def scalp(colour: Colour) -> tuple[float, float, float]:
    """Linear colour of the paint under the hair."""
    mean = colour.melanin * (1 - 0.75 * colour.grey)
    at = sorted(SCALP_AT_MELANIN)
    red, green, blue = (float(np.interp(mean, at, [SCALP_AT_MELANIN[m][i] for m in at])) for i in range(3))
    return red, green, blue
