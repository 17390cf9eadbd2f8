"""Reads a presenter's recipe from TOML. Ten lines are enough: every table has defaults for the gender and the age.

    name = "Maya"
    gender = "female"
    age = 34
    origin = { african = 0.7, caucasian = 0.3 }
    skin = "deep"
    eyes = "brown"
    hair = { style = "coily", colour = "black" }
    outfit = { kind = "blazer", colour = "#7a1f2b", top = "#f0ece4" }
    voice = "Jenny"
    seed = 7

All keys are described in docs/baking.md.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy  # noqa: F401  makes `mathutils` known
import numpy as np

from . import anatomy, dental, expressions, garments
from . import beard as beard_styles
from . import hair as hair_styles
from .anatomy import Phenotype, Pose
from .complexion import Skin
from .figure import Brows, Face, Lashes
from .materials import Iris

CAST = Path(__file__).parent / "cast"

Table = Mapping[str, Any]


class RecipeError(ValueError):
    """A recipe has an unknown key or a wrong value. The message names the key, the value and what is possible."""


@dataclass(frozen=True)
class Recipe:
    """One presenter."""

    id: str
    name: str
    gender: str
    age: float
    face: Face
    hair: hair_styles.Style
    outfit: garments.Outfit
    beard: beard_styles.Style | None = None
    voice: str | None = None
    tags: tuple[str, ...] = ()
    exposure: float = 0.0


TONES = {
    "porcelain": (0.72, 0.475, 0.385),
    "fair": (0.67, 0.43, 0.34),
    "light": (0.62, 0.385, 0.295),
    "olive": (0.55, 0.335, 0.228),
    "tan": (0.46, 0.265, 0.170),
    "brown": (0.34, 0.180, 0.108),
    "deep": (0.205, 0.100, 0.058),
    "ebony": (0.125, 0.060, 0.037),
}
IRISES = {
    "dark brown": ((0.010, 0.005, 0.003), (0.045, 0.019, 0.008), (0.075, 0.034, 0.015)),
    "brown": ((0.016, 0.008, 0.004), (0.085, 0.038, 0.014), (0.14, 0.068, 0.027)),
    "hazel": ((0.022, 0.020, 0.012), (0.11, 0.085, 0.035), (0.19, 0.10, 0.035)),
    "green": ((0.020, 0.030, 0.022), (0.11, 0.14, 0.075), (0.20, 0.16, 0.07)),
    "blue": ((0.016, 0.028, 0.045), (0.095, 0.150, 0.205), (0.19, 0.22, 0.22)),
    "grey": ((0.028, 0.036, 0.044), (0.15, 0.18, 0.21), (0.24, 0.25, 0.24)),
}
BASE_TARGETS = {
    "female": {
        "*eye-scale-incr": 0.60, "mouth-angles-up": 0.25, "head-oval": 0.35, "head-scale-horiz-decr": 0.15,
        "*cheek-bones-incr": 0.25, "chin-width-decr": 0.35, "nose-scale-horiz-decr": 0.15,
        "neck-scale-horiz-decr": 0.45,
        "mouth-lowerlip-volume-incr": 0.2, "mouth-upperlip-volume-incr": 0.2,
        "*upperarm-fat-decr": 0.9, "*upperarm-muscle-decr": 0.9, "*upperarm-shoulder-muscle-decr": 1.0,
        "measure-shoulder-dist-decr": 0.6,
    },
    "male": {
        "*eye-scale-incr": 0.60, "mouth-angles-up": 0.4, "head-scale-horiz-decr": 0.28, "chin-prominent-incr": 0.15,
        "*cheek-bones-incr": 0.15, "nose-scale-horiz-decr": 0.10, "mouth-lowerlip-volume-incr": 0.1,
        "*upperarm-fat-decr": 0.6, "*upperarm-muscle-decr": 0.5, "*upperarm-shoulder-muscle-decr": 0.6,
        "measure-shoulder-dist-decr": 0.35,
    },
}  # fmt: skip
BASE_RESTING = {
    "female": {
        "*mouthSmile": 0.50, "*cheekSquint": 0.15, "*eyeWide": 0.13, "browInnerUp": 0.08, "*mouthDimple": 0.03,
        "*mouthPress": 0.12,
    },
    "male": {"*mouthSmile": 0.48, "*cheekSquint": 0.14, "*eyeWide": 0.26, "browInnerUp": 0.08, "*mouthPress": 0.10},
}  # fmt: skip
ASYMMETRIES = {
    "asym-mouth-2": 0.05, "asym-brown-1": 0.16, "asym-nose-1": 0.08, "asym-cheek-1": 0.10, "asym-jaw-1": 0.07,
    "asym-eye-3": 0.10, "asym-temple-1": 0.1,
}  # fmt: skip
"""How far each may go and still become a face."""
KEYS = (
    "name", "gender", "age", "origin", "skin", "eyes", "hair", "beard", "outfit", "voice", "seed", "tags", "exposure",
    "targets", "resting", "body", "brows", "lashes", "teeth",
)  # fmt: skip
ORIGINS = ("african", "asian", "caucasian")


def load(which: str | Path) -> Recipe:
    """Read a TOML file, or a presenter of the cast by its id.

    Raises RecipeError when the file is not a recipe, FileNotFoundError when there is none.
    """
    path = Path(which)
    if not path.suffix:
        path = CAST / f"{which}.toml"
        if not path.exists():
            raise RecipeError(f"no presenter {str(which)!r} in the cast; there are: {_listed(cast())}")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return from_dict(path.stem, table)
    except (tomllib.TOMLDecodeError, RecipeError) as error:
        raise RecipeError(f"{path}: {error}") from error


def cast() -> list[str]:
    """Ids of all presenters of the cast."""
    return sorted(p.stem for p in CAST.glob("*.toml"))


def from_dict(identifier: str, table: Table) -> Recipe:
    """Check a table and fill in the defaults. Raises RecipeError."""
    _known("recipe", table, KEYS)
    for key in ("name", "gender", "age", "hair", "outfit"):
        if key not in table:
            raise RecipeError(f"{key!r} is missing")
    gender = _choice("gender", table["gender"], ("female", "male"))
    age = _number("age", table["age"], 18, 90)
    hair = _table("hair", table["hair"])
    rng = np.random.default_rng(int(_number("seed", table.get("seed", 1), 0, 2**31)))
    return Recipe(
        id=identifier,
        name=_text("name", table["name"]),
        gender=gender,
        age=age,
        face=_face(table, gender, age, rng),
        hair=_made("hair", hair_styles.from_dict, {k: v for k, v in hair.items() if k != "receding"}),
        outfit=_made("outfit", garments.from_dict, _table("outfit", table["outfit"])),
        beard=_made("beard", beard_styles.from_dict, _table("beard", table["beard"])) if "beard" in table else None,
        voice=_text("voice", table["voice"]) if "voice" in table else None,
        tags=tuple(_text("tags", t) for t in table.get("tags", ())),
        exposure=_number("exposure", table.get("exposure", 0.0), -3, 3),
    )


def _face(table: Table, gender: str, age: float, rng: np.random.Generator) -> Face:
    targets = dict(BASE_TARGETS[gender])
    for name in rng.choice(list(ASYMMETRIES), 4, replace=False):
        targets[f"{name}-{rng.choice(['l', 'r'])}"] = round(float(rng.uniform(0.5, 1.0)) * ASYMMETRIES[name], 3)
    targets |= _weights("targets", table.get("targets", {}), anatomy.target_names())
    shapes = (*expressions.BLENDSHAPES, *{f"*{n.removesuffix('Left')}" for n in expressions.BLENDSHAPES if "Left" in n})
    resting = BASE_RESTING[gender] | _weights("resting", table.get("resting", {}), shapes)
    body = _table("body", table.get("body", {}))
    pose_keys = [f.name for f in dataclasses.fields(Pose)]
    dials = [f.name for f in dataclasses.fields(Phenotype) if f.name not in ("ancestry", "age")]
    _known("body", body, (*pose_keys, *dials))
    pose_defaults = {"clavicle": 2.0, "arm": 41.0, "elbow": -3.0, "body_scale": 0.97 if gender == "female" else 0.84}
    default = {
        "gender": 0.02 if gender == "female" else 0.93, "proportions": 0.85 if gender == "female" else 0.75,
        "weight": 0.46, "cup": 0.42,
    }  # fmt: skip
    hair = _table("hair", table["hair"])
    colour = hair_styles.COLOURS.get(hair.get("colour", "brown"), hair_styles.COLOURS["brown"])
    brow_defaults = {
        # brows stay darker than blond or grey hair
        "melanin": max(colour.melanin, 0.62), "redness": colour.redness, "grey": 0.55 * colour.grey,
    } | ({"thickness": 1.2, "strands": 760, "raise_dm": -0.018} if gender == "male" else {})  # fmt: skip
    hairline = hair_styles.MENS_HAIRLINE if gender == "male" else hair_styles.WOMENS_HAIRLINE
    hairline = hair_styles.receding(hairline, _number("hair.receding", hair.get("receding", 0.0), 0, 1))
    lash_defaults = {} if gender == "female" else {"upper": 90, "upper_length": 0.62, "lower_length": 0.3}
    return Face(
        phenotype=Phenotype(
            **(default | {k: _number(f"body.{k}", v, 0, 1) for k, v in body.items() if k in dials}),
            age=0.5 + (age - 25) / 118,
            ancestry=_origin(table.get("origin", {"caucasian": 1.0})),
        ),
        targets=targets,
        resting=resting,
        pose=Pose(**(pose_defaults | {k: _number(f"body.{k}", v, -90, 90) for k, v in body.items() if k in pose_keys})),
        skin=_skin(table.get("skin", "light"), gender, age, int(rng.integers(1 << 30))),
        iris=_eyes(table.get("eyes", "brown")),
        brows=_fill("brows", Brows, brow_defaults, table.get("brows", {})),
        lashes=_fill("lashes", Lashes, lash_defaults, table.get("lashes", {})),
        teeth=_fill("teeth", dental.Teeth, {"wear": float(np.clip((age - 25) / 50, 0, 1))}, table.get("teeth", {})),
        hairline=hairline,
    )


def _skin(value: Any, gender: str, age: float, seed: int) -> Skin:
    table = {"tone": value} if isinstance(value, str) else dict(_table("skin", value))
    tone = table.pop("tone", "light")
    base = TONES[_choice("skin.tone", tone, TONES)] if isinstance(tone, str) else _colour("skin.tone", tone)
    dark = float(np.clip((0.60 - base[0]) / 0.42, 0, 1))
    lip_share = np.array([0.74, 0.38, 0.44]) * (1 - dark) + np.array([0.98, 0.72, 0.86]) * dark
    defaults = {
        "base": base, "lip": tuple(float(v) for v in np.array(base) * lip_share), "age": age, "seed": seed,
        "scalp": tuple(0.10 * v for v in base), "uneven": 0.35 + 0.45 * dark, "oil": 0.45 + 0.1 * dark,
    }  # fmt: skip
    if gender == "male":
        defaults |= {
            "blush": 0.32,
            "ruddy": 0.55,
            "lip_amount": 0.55,
            "lip_roughness": 0.42,
            "liner": 0.18,
            "pores": 0.75,
        }
    return _fill("skin", Skin, defaults, table)


def _eyes(value: Any) -> Iris:
    table = {"colour": value} if isinstance(value, str) else dict(_table("eyes", value))
    colour = _choice("eyes.colour", table.pop("colour", "brown"), IRISES)
    return _fill("eyes", Iris, dict(zip(("outer", "middle", "inner"), IRISES[colour], strict=True)), table)


def _origin(value: Any) -> dict[str, float]:
    table = _weights("origin", value, ORIGINS)
    total = sum(table.values())
    if total <= 0:
        raise RecipeError(f"origin = {value!r}: needs at least one share above 0 of {_listed(ORIGINS)}")
    return {k: v / total for k, v in table.items()}


def _fill(key: str, kind: Any, defaults: Table, given: Any) -> Any:
    """An instance of a dataclass from defaults and a table of the recipe."""
    given = _table(key, given)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    _known(key, given, fields)
    values = dict(defaults)
    for name, value in given.items():
        colour = isinstance(value, (list, tuple))
        values[name] = _colour(f"{key}.{name}", value) if colour else _number(f"{key}.{name}", value, -1e6, 1e6)
        if fields[name].type == "int":
            values[name] = int(values[name])
    return kind(**values)


def _made(key: str, make: Any, table: Table) -> Any:
    """What another module makes of its table, with the key in its error."""
    try:
        return make(dict(table))
    except (ValueError, TypeError) as error:
        raise RecipeError(f"{key} = {dict(table)!r}: {error}") from error


def _known(key: str, table: Table, possible: Iterable[str]) -> None:
    for name in table:
        if name not in possible:
            raise RecipeError(f"unknown key {name!r} in {key}; possible: {_listed(possible)}")


def _weights(key: str, value: Any, possible: Iterable[str]) -> dict[str, float]:
    table = _table(key, value)
    _known(key, table, possible)
    return {k: _number(f"{key}.{k}", v, -2, 2) for k, v in table.items()}


def _table(key: str, value: Any) -> Table:
    if not isinstance(value, Mapping):
        raise RecipeError(f"{key} = {value!r}: must be a table {{ ... }}")
    return value


def _choice(key: str, value: Any, possible: Iterable[str]) -> str:
    if value not in possible:
        raise RecipeError(f"{key} = {value!r}: must be one of {_listed(possible)}")
    return value


def _number(key: str, value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise RecipeError(f"{key} = {value!r}: must be a number from {low:g} to {high:g}")
    return float(value)


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RecipeError(f"{key} = {value!r}: must be a text")
    return value


def _colour(key: str, value: Any) -> tuple[float, float, float]:
    if not isinstance(value, (list, tuple)) or len(value) != 3:
        raise RecipeError(f"{key} = {value!r}: must be [red, green, blue], linear, 0 to 1")
    red, green, blue = (_number(key, v, 0, 1) for v in value)
    return red, green, blue


def _listed(names: Iterable[str]) -> str:
    names = sorted(names)
    shown = ", ".join(names[:60])
    return shown + (f" and {len(names) - 60} more" if len(names) > 60 else "")
