"""Materials: skin, hair, eyes, mouth, cloth. All procedural; patterns are driven by rest positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import complexion
from .complexion import Colour, Skin
from .nodes import Shader, times

SUBSURFACE = "BURLEY"
"""Measured on a face: 0.6 of the time of RANDOM_WALK, less noise, a little paler and crisper."""


def skin(s: Skin) -> Any:
    """Principled with subsurface scattering. Colour, roughness and relief come from the painted chart; what depends on
    the person's own shape (hairline, beard, lash line, the inside of the mouth) from attributes written by `figure`."""
    painted = complexion.paint(s)
    m = Shader("skin")
    rest = m.rest()
    at = m.node("Attribute", attribute_name="chart").outputs["Vector"]
    colour = m.image("skin_colour", painted.colour, at)
    beard = m.node("TexVoronoi", {"Vector": rest, "Scale": 900.0}).outputs["Distance"]
    colour = m.mix(
        m.math("MULTIPLY", m.attribute("stubble"), m.ramp(beard, 0.1, 0.6, 1.0, 0.55)),
        colour,
        times(s.base, 0.36, 0.36, 0.40),
    )
    colour = m.mix(m.attribute("scalp"), colour, s.scalp)
    colour = m.mix(m.attribute("liner"), colour, times(s.base, 0.30, 0.20, 0.18))
    margin = m.attribute("margin")
    colour = m.mix(m.math("MULTIPLY", margin, 0.75), colour, times(s.base, 1.02, 0.72, 0.72))
    colour = m.mix(m.ramp(m.attribute("cavity"), 0.2, 0.8), colour, times(s.lip, 0.45, 0.28, 0.26))
    rough = m.image("skin_roughness", painted.roughness, at)
    rough = m.math("SUBTRACT", rough, m.math("MULTIPLY", margin, 0.25))
    rough = m.math("SUBTRACT", rough, m.math("MULTIPLY", m.attribute("oily"), 0.10))
    relief = m.image("skin_relief", painted.relief, at)
    # the rims graze temples and forehead: at full strength they turn skin to wax there
    grazing = m.node("LayerWeight", {"Blend": 0.5}).outputs["Facing"]
    surface = m.node(
        "BsdfPrincipled",
        {
            "Base Color": colour,
            "Roughness": rough,
            "Normal": m.bump(relief, 1.0, 1.0),
            "Subsurface Weight": 1.0,
            "Subsurface Radius": (1.0, 0.36, 0.18),
            "Subsurface Scale": s.scatter_m,
            "IOR": 1.42,
            "Specular IOR Level": m.ramp(grazing, 0.30, 0.62, 0.45, 0.03),
        },
        subsurface_method=SUBSURFACE,
    )
    return m.finish(surface)


EUMELANIN, PHEOMELANIN = (0.506, 0.841, 1.653), (0.343, 0.733, 1.924)
"""Absorption of the two pigments of hair by channel, as Principled Hair has them."""
ASHEN_EUMELANIN, ASHEN_PHEOMELANIN = (0.89, 1.02, 1.09), (0.55, 1.20, 1.25)
"""What they become at full ash: grey and beige. Green is absorbed more than evenly, or pale hair turns olive."""


def hair(
    name: str,
    melanin: float | None,
    redness: float,
    roughness: float = 0.3,
    radial: float = 0.42,
    variation: float = 0.12,
    ash: float = 0.0,
) -> Any:
    """Hair coloured by melanin as Principled Hair reads it; None takes it from the strands' attribute `melanin`.

    ash, 0 to 1, takes out the warmth: pigment alone lights up ginger or brassy against a lamp.
    """
    m = Shader(name)
    pigment, ashen = (
        np.array(dark) * (1 - redness) + np.array(red) * redness
        for dark, red in ((EUMELANIN, PHEOMELANIN), (ASHEN_EUMELANIN, ASHEN_PHEOMELANIN))
    )
    pigment += ash * (ashen - pigment)
    clear = m.math("SUBTRACT", 1.0, m.attribute("melanin") if melanin is None else melanin)
    clear = m.math("MAXIMUM", clear, 1e-4)
    amount = m.math("MULTIPLY", m.math("LOGARITHM", clear, float(np.e)), -1.0)
    vary = m.ramp(m.node("HairInfo").outputs["Random"], 0.0, 1.0, 1 - variation, 1 + variation)
    amount = m.math("MULTIPLY", amount, vary)
    absorption = m.node("VectorMath", {0: tuple(pigment), "Scale": amount}, operation="SCALE").outputs[0]
    strand = m.node("BsdfHairPrincipled", model="CHIANG", parametrization="ABSORPTION")
    inputs = {"Absorption Coefficient": absorption, "Roughness": roughness, "Radial Roughness": radial}
    for key, value in (inputs | {"Random Roughness": 0.2, "Coat": 0.0}).items():
        m.connect(strand.inputs[key], value)
    return m.finish(strand)


def lash() -> Any:
    """Nearly black hair."""
    m = Shader("lash")
    strand = m.node("BsdfHairPrincipled", model="CHIANG", parametrization="COLOR")
    m.connect(strand.inputs["Color"], (0.006, 0.004, 0.003))
    m.connect(strand.inputs["Roughness"], 0.35)
    return m.finish(strand)


def wet(name: str, colour: Colour, roughness: float, scatter: float, coat: float, bump: tuple[float, float]) -> Any:
    """Gums and tongue. bump: noise scale and strength."""
    m = Shader(name)
    at = m.node("TexCoord").outputs["Object"]
    surface = m.node(
        "BsdfPrincipled",
        {
            "Base Color": colour,
            "Roughness": roughness,
            "Subsurface Weight": scatter,
            "Subsurface Scale": 0.002,
            "Subsurface Radius": (1.0, 0.6, 0.4),
            "Coat Weight": coat,
            "Coat Roughness": 0.06,
            "Normal": m.bump(m.noise(at, bump[0], 4), bump[1], 0.001),
        },
    )
    return m.finish(surface)


def enamel(colour: Colour = (0.72, 0.66, 0.565)) -> Any:
    """Teeth: `tint` differs per tooth, `edge` runs from 0 at the gum to 1 at the cutting edge."""
    m = Shader("enamel")
    edge = m.attribute("edge")
    warm = m.mix(m.ramp(edge, 0.0, 0.55), times(colour, 0.97, 0.86, 0.70), colour)
    cool = m.mix(m.math("MULTIPLY", m.ramp(edge, 0.8, 1.0), 0.35), warm, times(colour, 0.80, 0.86, 0.95))
    shade = m.node("CombineXYZ", {0: m.attribute("tint"), 1: m.attribute("tint"), 2: m.attribute("tint")})
    surface = m.node(
        "BsdfPrincipled",
        {
            "Base Color": m.mix(1.0, cool, shade, "MULTIPLY"),
            "Roughness": 0.26,
            "Subsurface Weight": 0.45,
            "Subsurface Scale": 0.0016,
            "Subsurface Radius": (1.0, 0.75, 0.55),
            "Coat Weight": 0.25,
            "Coat Roughness": 0.08,
        },
    )
    return m.finish(surface)


@dataclass(frozen=True)
class Cloth:
    """How a fabric looks close by. Sizes in metres of cloth, amounts in [0, 1]."""

    roughness: float = 0.82
    sheen: float = 0.15
    specular: float = 0.14
    """Principled's level: 0.5 is an index of refraction of 1.5."""
    melange: float = 0.08
    """Difference in lightness between threads."""
    bump: float = 0.12
    thread_m: float = 0.0006


FABRICS = {
    "jersey": Cloth(sheen=0.10, melange=0.05, bump=0.10),
    "knit": Cloth(roughness=0.9, sheen=0.12, melange=0.07, bump=0.5, thread_m=0.0009),
    "rib": Cloth(roughness=0.88, sheen=0.12, melange=0.06, bump=0.7, thread_m=0.0008),
    "wool": Cloth(roughness=0.85, sheen=0.14, melange=0.14, bump=0.14, thread_m=0.0007),
    "poplin": Cloth(roughness=0.80, sheen=0.04, melange=0.02, bump=0.05, thread_m=0.0004),
    "silk": Cloth(roughness=0.74, sheen=0.08, specular=0.20, melange=0.04, bump=0.06, thread_m=0.0005),
    "satin": Cloth(roughness=0.50, sheen=0.0, specular=0.35, melange=0.02, bump=0.03, thread_m=0.0005),
    "canvas": Cloth(roughness=0.88, sheen=0.08, melange=0.16, bump=0.30, thread_m=0.0009),
    "fleece": Cloth(roughness=0.95, sheen=0.14, melange=0.07, bump=0.22, thread_m=0.0011),
}
ALBEDO = 0.84
"""White cloth reflects so much; paper white would lose its folds."""
CLOTH_LIGHT = (1.12, 1.09, 1.04)
CLOTH_SHINE = 0.015
"""What the studio's light makes of cloth in the middle of the chest: a gain on its colour, and what is mirrored."""
TOE = 0.04
"""The view transform (Khronos PBR Neutral) takes this from every channel, less from the darkest colours."""
SEAM_M = 0.0010
STITCH_M = 0.0055
"""A row of stitches runs at this distance from an edge."""


def _line(m: Shader, distance: Any, width: float = SEAM_M) -> Any:
    """1 where a signed distance is 0."""
    return m.ramp(m.math("ABSOLUTE", distance), width * 0.25, width, 1.0, 0.0)


def _knitted(m: Shader, u: Any, v: Any) -> Any:
    """Stocking stitch: columns of V-shaped loops."""
    column = m.math("ABSOLUTE", m.math("SUBTRACT", m.math("FRACT", m.math("DIVIDE", u, 0.0044)), 0.5))
    row = m.math("FRACT", m.math("ADD", m.math("DIVIDE", v, 0.0036), m.math("MULTIPLY", column, 1.7)))
    yarn = m.math("SINE", m.math("MULTIPLY", row, 3.14159))
    leg = m.math("SINE", m.math("MULTIPLY", column, 6.28318))
    return m.math("MULTIPLY", m.math("ADD", m.math("MULTIPLY", yarn, 0.5), 0.5), m.math("POWER", leg, 0.6))


def lit(colour: Colour) -> Colour:
    """The base colour, linear, of cloth that comes out as `colour` in the picture.

    Undoes the view transform below its shoulder and the studio's light; no channel exceeds `ALBEDO`.
    """
    least = min(colour)
    taken = TOE if least >= TOE else (least / 6.25) ** 0.5 - least
    red, green, blue = (max(0.002, (c + taken - CLOTH_SHINE) / g) for c, g in zip(colour, CLOTH_LIGHT, strict=True))
    return times((red, green, blue), min(1.0, ALBEDO / max(red, green, blue)))


def cloth(
    name: str,
    colour: Colour,
    kind: str,
    seams: tuple[str, ...] = (),
    stitched: tuple[str, ...] = (),
    second: Colour | None = None,
    stripe: str | None = None,
) -> Any:
    """A fabric of `FABRICS`, woven along the attribute `rest` (metres of cloth round and along).

    seams: attributes with signed metres from a seam; stitched: from an edge that has a row of stitches beside it;
    second, stripe: a second colour as `check`, `diagonal` (a tie's stripes) or `breton` (a sailor's).
    """
    look = FABRICS[kind]
    colour, second = lit(colour), None if second is None else lit(second)
    m = Shader(name)
    rest = m.rest()
    u, v, _ = m.node("SeparateXYZ", {0: rest}).outputs
    thread = m.noise(m.stretch(rest, (1.0, 0.45, 1.0)), 0.6 / look.thread_m, 3)
    height: Any = thread
    shade: Any = thread
    if kind == "knit":
        height = m.math("ADD", _knitted(m, u, v), m.math("MULTIPLY", thread, 0.3))
        shade = m.math("ADD", m.math("MULTIPLY", _knitted(m, u, v), 0.5), m.math("MULTIPLY", thread, 0.5))
    elif kind == "rib":
        wave = m.math("SINE", m.math("MULTIPLY", u, 6.28318 / 0.0034))
        height = m.math("ADD", m.math("MULTIPLY", m.math("ADD", wave, 1.0), 0.5), m.math("MULTIPLY", thread, 0.3))
        shade = m.math("ADD", m.math("MULTIPLY", height, 0.5), 0.2)
    elif kind in ("wool", "canvas"):
        twill = m.math("SINE", m.math("MULTIPLY", m.math("ADD", u, v), 6.28318 / (2.2 * look.thread_m)))
        height = m.math("ADD", thread, m.math("MULTIPLY", twill, 0.25))
    base: Any = colour
    if second is not None and stripe is not None:
        base = m.mix(_pattern(m, u, v, stripe), colour, second)
    tone = m.node("CombineXYZ", {i: m.ramp(shade, 0.25, 0.75, 1 - look.melange, 1 + look.melange) for i in range(3)})
    woven = m.mix(1.0, base, tone, "MULTIPLY")
    groove: Any = 0.0
    for key in seams:
        groove = m.math("MAXIMUM", groove, _line(m, m.attribute(key)))
    dashes = m.math("GREATER_THAN", m.math("FRACT", m.math("DIVIDE", m.math("ADD", u, v), 0.0032)), 0.35)
    for key in stitched:
        row = _line(m, m.math("SUBTRACT", m.math("ABSOLUTE", m.attribute(key)), STITCH_M), 0.0008)
        groove = m.math("MAXIMUM", groove, m.math("MULTIPLY", m.math("MULTIPLY", row, dashes), 0.55))
    height = m.math("SUBTRACT", height, m.math("MULTIPLY", groove, 2.2 / max(look.bump, 0.1) * 0.3))
    surface = m.node(
        "BsdfPrincipled",
        {
            "Base Color": m.mix(m.math("MULTIPLY", groove, 0.45), woven, times(colour, 0.5)),
            "Roughness": look.roughness,
            "Specular IOR Level": look.specular,
            "Sheen Weight": look.sheen,
            "Sheen Roughness": 0.5,
            "Sheen Tint": (*(min(1.0, c * 1.5 + 0.08) for c in colour), 1.0),
            "Normal": m.bump(height, look.bump, look.thread_m * 1.6),
        },
    )
    return m.finish(surface)


def _pattern(m: Shader, u: Any, v: Any, stripe: str) -> Any:
    """Where the second colour is, 0 to 1."""
    if stripe == "check":
        lines = [_line(m, m.math("SUBTRACT", m.math("FRACT", m.math("DIVIDE", x, 0.042)), 0.5), 0.03) for x in (u, v)]
        return m.math("MULTIPLY", m.math("MAXIMUM", *lines), 0.35)
    if stripe == "diagonal":
        across = m.math("FRACT", m.math("DIVIDE", m.math("ADD", u, v), 0.026))
        return m.ramp(m.math("ABSOLUTE", m.math("SUBTRACT", across, 0.5)), 0.14, 0.16, 1.0, 0.0)
    across = m.math("FRACT", m.math("DIVIDE", v, 0.022))
    return m.ramp(m.math("ABSOLUTE", m.math("SUBTRACT", across, 0.5)), 0.19, 0.21, 1.0, 0.0)


def metal(name: str, colour: Colour = (0.55, 0.54, 0.52)) -> Any:
    """Zips and eyelets."""
    m = Shader(name)
    return m.finish(m.node("BsdfPrincipled", {"Base Color": colour, "Roughness": 0.32, "Metallic": 1.0}))


def plastic(name: str, colour: Colour) -> Any:
    """Buttons."""
    m = Shader(name)
    return m.finish(m.node("BsdfPrincipled", {"Base Color": colour, "Roughness": 0.35}))


@dataclass(frozen=True)
class Iris:
    """Colours from the rim inwards, and sizes."""

    outer: Colour = (0.035, 0.022, 0.012)
    middle: Colour = (0.16, 0.085, 0.035)
    inner: Colour = (0.26, 0.15, 0.06)
    radius_m: float = 0.0057
    pupil_m: float = 0.0021


EYE_WHITE, EYE_CORNER = (0.70, 0.665, 0.635), (0.66, 0.40, 0.34)


def eyeball(iris: Iris, radius_m: float) -> Any:
    """Iris, pupil and white painted in object space; the gaze points along -Y. The shade of lids and lashes is painted
    by direction in the world, since the lids of the layer with the eyeballs are not in the picture."""
    m = Shader("eye")
    at = m.node("TexCoord").outputs["Object"]
    x, y, z = m.node("SeparateXYZ", {0: at}).outputs
    r = m.math("SQRT", m.math("ADD", m.math("MULTIPLY", x, x), m.math("MULTIPLY", z, z)))
    behind = m.math("GREATER_THAN", y, 0.0)
    off_iris = m.math("MAXIMUM", m.ramp(m.math("DIVIDE", r, iris.radius_m), 0.94, 1.10), behind)
    colour = m.mix(off_iris, _iris(m, iris, at, (x, z), r), _sclera(m, at, x, radius_m))
    shade = _lid_shade(m, radius_m)
    colour = m.mix(1.0, colour, m.node("CombineXYZ", {0: shade, 1: shade, 2: shade}), "MULTIPLY")
    surface = m.node(
        "BsdfPrincipled",
        {
            "Base Color": colour,
            "Roughness": 0.35,
            # the dished iris would mirror a whole softbox; what shines above it is the cornea
            "Coat Weight": m.math("MULTIPLY", off_iris, 0.7),
            "Coat Roughness": 0.06,
            "Specular IOR Level": m.math("MULTIPLY", off_iris, 0.3),
        },
    )
    return m.finish(surface)


def _iris(m: Shader, iris: Iris, at: Any, across: tuple[Any, Any], r: Any) -> Any:
    """Fibres, a lighter collar round the pupil, a dark limbal ring, light gathered below as the cornea does."""
    x, z = across
    inverse = m.math("DIVIDE", 1.0, m.math("MAXIMUM", r, 1e-5))
    spokes = [m.math("MULTIPLY", m.math("MULTIPLY", v, inverse), 6.0) for v in (x, z)]
    fibres = m.noise(m.node("CombineXYZ", {0: spokes[0], 1: spokes[1], 2: m.math("MULTIPLY", r, 260.0)}), 2.6, 5, 0.72)
    along = m.math("DIVIDE", r, iris.radius_m)
    wander = m.math("ADD", along, m.math("MULTIPLY", m.math("SUBTRACT", fibres, 0.5), 0.22))
    colour = m.mix(m.ramp(wander, 0.42, 0.72, 1.0, 0.0), iris.middle, iris.inner)
    dark, bright = m.mix(1.0, colour, (0.30,) * 3, "MULTIPLY"), m.mix(1.0, colour, (1.55,) * 3, "MULTIPLY")
    colour = m.mix(m.ramp(fibres, 0.36, 0.66), dark, bright)
    colour = m.mix(m.math("MULTIPLY", m.ramp(wander, 0.62, 0.98), 0.92), colour, iris.outer)
    glow = m.ramp(z, -0.8 * iris.radius_m, 0.5 * iris.radius_m, 1.25, 0.6)
    colour = m.mix(1.0, colour, m.node("CombineXYZ", {0: glow, 1: glow, 2: glow}), "MULTIPLY")
    return m.mix(m.ramp(r, iris.pupil_m * 0.9, iris.pupil_m * 1.10, 1.0, 0.0), colour, (0.002,) * 3)


def _sclera(m: Shader, at: Any, x: Any, radius_m: float) -> Any:
    """Off-white, reddish with fine vessels towards the corners."""
    side = m.ramp(m.math("ABSOLUTE", x), radius_m * 0.42, radius_m * 0.82)
    veins = m.noise(at, 240, 6, 0.75, 1.6)
    white = m.mix(m.math("MULTIPLY", side, 0.5), EYE_WHITE, EYE_CORNER)
    strength = m.math("ADD", m.math("MULTIPLY", side, 0.35), 0.07)
    return m.mix(m.math("MULTIPLY", m.ramp(veins, 0.56, 0.68), strength), white, (0.55, 0.16, 0.13))


def _lid_shade(m: Shader, radius_m: float) -> Any:
    """Darker below the upper lid and in the corners, 1 where open."""
    centre = m.node("ObjectInfo").outputs["Location"]
    offset = m.node("VectorMath", {0: m.node("NewGeometry").outputs["Position"], 1: centre}, operation="SUBTRACT")
    x, _, z = m.node("SeparateXYZ", {0: offset}).outputs
    upper = m.ramp(z, 0.02 * radius_m, 0.36 * radius_m, 1.0, 0.42)
    lower = m.ramp(m.math("MULTIPLY", z, -1.0), 0.16 * radius_m, 0.36 * radius_m, 1.0, 0.80)
    corner = m.ramp(m.math("ABSOLUTE", x), 0.40 * radius_m, 0.85 * radius_m, 1.0, 0.66)
    return m.math("MULTIPLY", m.math("MULTIPLY", upper, lower), corner)


def tear() -> Any:
    """The wet line between lower lid and eyeball."""
    m = Shader("tear")
    gloss = m.node("BsdfGlossy", {"Roughness": 0.08, "Color": (1.0, 1.0, 1.0, 1.0)})
    return m.finish(m.node("MixShader", {0: 0.16, 1: m.node("BsdfTransparent"), 2: gloss}))


def cornea(rim_m: float) -> Any:
    """Clear, with Fresnel reflections that fade before its rim, which would show as a ring on the white."""
    m = Shader("cornea")
    x, _, z = m.node("SeparateXYZ", {0: m.node("TexCoord").outputs["Object"]}).outputs
    r = m.math("SQRT", m.math("ADD", m.math("MULTIPLY", x, x), m.math("MULTIPLY", z, z)))
    amount = m.math("MULTIPLY", m.node("Fresnel", {"IOR": 1.5}), m.ramp(r, rim_m * 0.72, rim_m * 0.97, 1.0, 0.0))
    gloss = m.node("BsdfGlossy", {"Roughness": 0.015, "Color": (1.0, 1.0, 1.0, 1.0)})
    clear = m.node("BsdfTransparent")
    return m.finish(m.node("MixShader", {0: amount, 1: clear, 2: gloss}))
