"""The presenters. A second one is a second entry."""

from __future__ import annotations

from dataclasses import dataclass

from . import beard, hair
from .anatomy import Phenotype, Pose
from .figure import Brows, Face, Lashes
from .garments import Jacket, Outfit
from .materials import Iris, Skin
from .nodes import srgb


@dataclass(frozen=True)
class Recipe:
    """One presenter."""

    name: str
    gender: str
    face: Face
    hair: hair.Style
    outfit: Outfit
    exposure: float = 0.18
    beard: beard.Style | None = None


CLARA = Recipe(
    name="Clara",
    gender="female",
    face=Face(
        phenotype=Phenotype(
            gender=0.02, age=0.56, muscle=0.5, weight=0.46, proportions=0.85, cup=0.42,
            ancestry={"caucasian": 0.72, "asian": 0.18, "african": 0.10},
        ),
        targets={
            "mouth-upperlip-volume-incr": 0.25, "mouth-lowerlip-volume-incr": 0.2, "mouth-angles-up": 0.25,
            "*eye-scale-incr": 0.5, "head-oval": 0.45, "head-scale-horiz-decr": 0.22, "nose-scale-horiz-decr": 0.15,
            "chin-width-decr": 0.1, "*cheek-bones-incr": 0.15, "asym-mouth-1-l": 0.1, "asym-brown-1-l": 0.2,
            "*upperarm-fat-decr": 0.9, "*upperarm-muscle-decr": 0.9, "*upperarm-shoulder-muscle-decr": 1.0,
            "measure-shoulder-dist-decr": 0.6, "neck-scale-vert-decr": 0.15,
        },
        resting={
            "*mouthSmile": 0.46, "*cheekSquint": 0.15, "*eyeWide": 0.13, "browInnerUp": 0.08, "*mouthDimple": 0.03,
            "*mouthPress": 0.12,
        },
        pose=Pose(clavicle=2, arm=41, elbow=-3, body_scale=0.97),
        skin=Skin(),
        iris=Iris(),
        brows=Brows(),
        lashes=Lashes(),
        hairline=hair.WOMENS_HAIRLINE,
    ),
    hair=hair.TiedBack(),
    outfit=Outfit(
        top_colour=srgb(233, 229, 222),
        top_kind="jersey",
        jacket=Jacket(colour=srgb(40, 52, 78)),
    ),
)  # fmt: skip

ALL = {"clara": CLARA}
