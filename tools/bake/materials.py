"""Materials: skin, hair, eyes, mouth, cloth. All procedural; patterns are driven by rest positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import complexion
from .complexion import Colour, Skin
from .nodes import Shader, times

SUBSURFACE = "RANDOM_WALK"


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
    relief = m.image("skin_relief", painted.relief, at)
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
            "Specular IOR Level": 0.45,
        },
        subsurface_method=SUBSURFACE,
    )
    return m.finish(surface)


def hair(
    name: str,
    melanin: float | None,
    redness: float,
    roughness: float = 0.3,
    radial: float = 0.42,
    variation: float = 0.12,
) -> Any:
    """Principled hair coloured by melanin; None reads it from the strands' attribute `melanin`."""
    m = Shader(name)
    amount = m.attribute("melanin") if melanin is None else melanin
    inputs = {"Melanin": amount, "Melanin Redness": redness, "Random Color": variation}
    strand = m.node("BsdfHairPrincipled", model="CHIANG", parametrization="MELANIN")
    inputs |= {"Roughness": roughness, "Radial Roughness": radial, "Random Roughness": 0.2, "Coat": 0.0}
    for key, value in inputs.items():
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
class Armhole:
    """The seam |x| = x + slope h + bend h^2 with h the height above `z`, down to `low`; rest coordinates, metres."""

    x: float
    z: float
    slope: float
    bend: float
    low: float


SEAM_WIDTH_M = 0.0016


def _seam(m: Shader, seam: Armhole) -> Any:
    """1 on the seam, 0 off it."""
    x, _, z = m.node("SeparateXYZ", {0: m.rest()}).outputs
    h = m.math("SUBTRACT", z, seam.z)
    at = m.math("MULTIPLY", h, m.math("ADD", m.math("MULTIPLY", h, seam.bend), seam.slope))
    off = m.math("SUBTRACT", m.math("SUBTRACT", m.math("ABSOLUTE", x), seam.x), at)
    line = m.ramp(m.math("ABSOLUTE", off), SEAM_WIDTH_M * 0.3, SEAM_WIDTH_M, 1.0, 0.0)
    return m.math("MULTIPLY", line, m.ramp(z, seam.low, seam.low + 0.02))


def cloth(name: str, colour: Colour, kind: str, seam: Armhole | None = None) -> Any:
    """kind: `knit` (fine ribs), `wool` (suiting) or `jersey`."""
    m = Shader(name)
    rest = m.rest()
    thread = m.noise(rest, 900 if kind == "knit" else 1700, 3)
    height: Any = thread
    if kind == "knit":
        wale = m.node(
            "TexWave", {"Vector": rest, "Scale": 105.0, "Distortion": 0.8, "Detail": 1.0}, bands_direction="X"
        )
        course = m.node("TexWave", {"Vector": rest, "Scale": 150.0, "Distortion": 0.6}, bands_direction="Z")
        loops = m.math("MULTIPLY", wale.outputs[1], course.outputs[1])
        height = m.math("ADD", m.math("MULTIPLY", loops, 1.2), m.math("MULTIPLY", thread, 0.6))
    lines: Any = _seam(m, seam) if seam else 0.0
    contrast = 0.09 if kind == "jersey" else 0.17
    woven = m.mix(m.ramp(thread, 0.3, 0.7), times(colour, 1 - contrast), times(colour, 1 + contrast))
    surface = m.node(
        "BsdfPrincipled",
        {
            "Base Color": m.mix(m.math("MULTIPLY", lines, 0.6), woven, times(colour, 0.35)),
            "Roughness": 0.82,
            "Specular IOR Level": 0.25,
            "Sheen Weight": 0.12 if kind == "jersey" else 0.28,
            "Sheen Roughness": 0.45,
            "Sheen Tint": (*(min(1.0, c * 1.8 + 0.15) for c in colour), 1.0),
            "Normal": m.bump(height, {"jersey": 0.10, "knit": 0.28, "wool": 0.16}[kind], 0.0011),
        },
    )
    return m.finish(surface)


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
