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
    ash: float = 0.0
    """Coolness, 0 to 1: how much of the red and yellow that the pigment lets through is taken out."""


COLOURS = {
    "black": Colour(0.985, 0.20, ash=0.30),
    "dark brown": Colour(0.87, 0.30, tips=0.06, ash=0.40),
    "brown": Colour(0.72, 0.50, tips=0.12, ash=0.25),
    "auburn": Colour(0.66, 0.95, tips=0.08),
    "dark blond": Colour(0.45, 0.80, tips=0.22, ash=0.45),
    "blond": Colour(0.22, 0.90, tips=0.25, ash=0.55),
    "salt and pepper": Colour(0.94, 0.10, grey=0.38, ash=0.65),
    "grey": Colour(0.86, 0.0, grey=0.66, ash=0.90),
    "white": Colour(0.45, 0.10, grey=0.92, ash=0.70),
}
WHITE_MELANIN = 0.035
"""Of a strand that has lost its pigment: it keeps a trace."""


def melanin(
    colour: Colour, count: int, length: int, rng: np.random.Generator, roots: np.ndarray | None = None
) -> np.ndarray:
    """Melanin along strands, (count, length). roots: (count,) in [0, 1], raises the share of grey there (temples)."""
    t = np.linspace(0, 1, length) ** 1.5
    strand = colour.melanin * (1 + 0.05 * rng.normal(size=count))
    share = np.full(count, colour.grey)
    if roots is not None and colour.grey:
        share = np.clip(share * (0.70 + 0.75 * roots), 0, 1)
    white = rng.random(count) < share
    strand[white] = WHITE_MELANIN * rng.uniform(0.6, 2.2, white.sum())
    return np.clip(strand[:, None] * (1 - colour.tips * t[None]), 0.01, 0.99)


def scalp(colour: Colour) -> tuple[float, float, float]:
    """Linear colour of the paint under the hair."""
    mean = colour.melanin * (1 - 0.75 * colour.grey)
    at = sorted(SCALP_AT_MELANIN)
    warm = [float(np.interp(mean, at, [SCALP_AT_MELANIN[m][i] for m in at])) for i in range(3)]
    red, green, blue = (c + 0.7 * colour.ash * (sum(warm) / 3 - c) for c in warm)
    return red, green, blue
