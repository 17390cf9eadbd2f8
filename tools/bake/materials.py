"""Materials: skin, hair, eyes, mouth, cloth. All procedural; patterns are driven by rest positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .nodes import Shader, times

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Skin:
    """Linear colours. The amounts scale vertex attributes painted by `figure`."""

    base: Colour = (0.65, 0.39, 0.285)
    lip: Colour = (0.50, 0.155, 0.150)
    scalp: Colour = (0.05, 0.028, 0.018)
    redness: Colour = (0.98, 0.62, 0.56)
    lip_amount: float = 0.7
    lip_roughness: float = 0.36
    roughness: tuple[float, float] = (0.46, 0.58)
    blush: float = 0.45
    under_eye: float = 0.2
    lid_amount: float = 0.35
    liner: float = 0.45
    stubble: float = 0.0
    scalp_amount: float = 0.9
    bump: float = 0.2
    scatter_m: float = 0.0035


def skin(s: Skin) -> Any:
    """Principled with random-walk subsurface; tints from the attributes that `figure.paint` writes."""
    m = Shader("skin")
    rest = m.rest()
    broad = m.noise(rest, 55, 4, 0.6)
    fine = m.noise(rest, 260, 3, 0.6)
    tone = m.node(
        "CombineColor",
        {
            0: m.ramp(broad, 0.3, 0.7, 0.93, 1.06),
            1: m.ramp(broad, 0.3, 0.7, 0.96, 1.03),
            2: m.ramp(broad, 0.3, 0.7, 0.96, 1.02),
        },
    )
    colour = m.mix(1.0, s.base, tone.outputs[0], "MULTIPLY")
    colour = m.mix(m.math("MULTIPLY", m.ramp(fine, 0.45, 0.75), 0.18), colour, times(s.base, 0.92, 0.72, 0.68))
    red = m.math("MULTIPLY", m.attribute("red"), m.ramp(broad, 0.25, 0.75, 0.75, 1.15))
    colour = m.mix(red, colour, times(s.base, *s.redness))
    colour = m.mix(m.attribute("under"), colour, times(s.base, 0.74, 0.62, 0.62))
    beard = m.node("TexVoronoi", {"Vector": rest, "Scale": 900.0}).outputs["Distance"]
    colour = m.mix(
        m.math("MULTIPLY", m.attribute("stubble"), m.ramp(beard, 0.1, 0.6, 1.0, 0.55)),
        colour,
        times(s.base, 0.36, 0.36, 0.40),
    )
    colour = m.mix(m.attribute("scalp"), colour, s.scalp)
    lips = m.ramp(m.attribute("lips"), 0.25, 0.8)
    creases = m.noise(m.stretch(rest, (900, 120, 120)), 1.0)
    lip_colour = m.mix(m.ramp(creases, 0.3, 0.75), s.lip, times(s.lip, 0.82, 0.7, 0.7))
    colour = m.mix(m.math("MULTIPLY", lips, s.lip_amount), colour, lip_colour)
    colour = m.mix(m.math("MULTIPLY", m.attribute("lid"), s.lid_amount), colour, times(s.base, 0.6, 0.45, 0.42))
    colour = m.mix(m.attribute("liner"), colour, times(s.base, 0.30, 0.20, 0.18))
    colour = m.mix(m.ramp(m.attribute("cavity"), 0.2, 0.8), colour, times(s.lip, 0.45, 0.28, 0.26))
    colour = m.mix(m.math("MULTIPLY", m.attribute("ear"), 0.35), colour, times(s.base, 1.0, 0.62, 0.55))

    rough = m.ramp(fine, 0.3, 0.7, *s.roughness)
    rough = m.math("SUBTRACT", rough, m.math("MULTIPLY", m.attribute("oily"), 0.06))
    rough = m.math(
        "ADD",
        m.math("MULTIPLY", rough, m.math("SUBTRACT", 1.0, lips)),
        m.math("MULTIPLY", lips, s.lip_roughness),
    )
    pores = m.node("TexVoronoi", {"Vector": rest, "Scale": 1100.0}).outputs["Distance"]
    height = m.math("ADD", m.math("MULTIPLY", pores, 0.5), m.noise(rest, 700, 4))
    height = m.math("ADD", height, m.math("MULTIPLY", m.math("MULTIPLY", creases, lips), 1.6))
    surface = m.node(
        "BsdfPrincipled",
        {
            "Base Color": colour,
            "Roughness": rough,
            "Normal": m.bump(height, s.bump, 0.0006),
            "Subsurface Weight": 1.0,
            "Subsurface Radius": (1.0, 0.36, 0.18),
            "Subsurface Scale": s.scatter_m,
            "IOR": 1.42,
            "Specular IOR Level": 0.45,
        },
        subsurface_method="RANDOM_WALK",
    )
    return m.finish(surface)


def hair(
    name: str,
    melanin: float | None,
    redness: float,
    roughness: float = 0.3,
    radial: float = 0.42,
    variation: float = 0.12,
    tint: Colour = (1.0, 1.0, 1.0),
) -> Any:
    """Principled hair coloured by melanin; None reads it from the strands' attribute `melanin`."""
    m = Shader(name)
    amount = m.attribute("melanin") if melanin is None else melanin
    inputs = {"Melanin": amount, "Melanin Redness": redness, "Random Color": variation, "Tint": tint}
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


def eyeball(iris: Iris, radius_m: float) -> Any:
    """Iris, pupil and sclera painted in object space; the gaze points along -Y."""
    m = Shader("eye")
    at = m.node("TexCoord").outputs["Object"]
    x, y, z = m.node("SeparateXYZ", {0: at}).outputs
    r = m.math("SQRT", m.math("ADD", m.math("MULTIPLY", x, x), m.math("MULTIPLY", z, z)))
    behind = m.math("GREATER_THAN", y, 0.0)
    inverse = m.math("DIVIDE", 1.0, m.math("MAXIMUM", r, 1e-5))
    spokes = m.node(
        "CombineXYZ",
        {
            0: m.math("MULTIPLY", m.math("MULTIPLY", x, inverse), 6.0),
            1: m.math("MULTIPLY", m.math("MULTIPLY", z, inverse), 6.0),
            2: m.math("MULTIPLY", r, 300.0),
        },
    )
    fibres = m.noise(spokes, 2.2, 5, 0.7)
    along = m.math("DIVIDE", r, iris.radius_m)
    colour = m.mix(m.ramp(along, 0.35, 0.8, 1.0, 0.0), iris.middle, iris.inner)
    dark, bright = m.mix(1.0, colour, (0.35,) * 3, "MULTIPLY"), m.mix(1.0, colour, (1.45,) * 3, "MULTIPLY")
    colour = m.mix(m.ramp(fibres, 0.38, 0.68), dark, bright)
    colour = m.mix(m.ramp(along, 0.72, 1.0), colour, iris.outer)
    colour = m.mix(m.ramp(r, iris.pupil_m * 0.9, iris.pupil_m * 1.12, 1.0, 0.0), colour, (0.002,) * 3)
    side = m.ramp(m.math("ABSOLUTE", x), radius_m * 0.45, radius_m * 0.8)
    veins = m.noise(at, 260, 6, 0.75, 1.5)
    white = m.mix(m.math("MULTIPLY", side, 0.45), (0.78, 0.745, 0.72), (0.72, 0.46, 0.40))
    strength = m.math("ADD", m.math("MULTIPLY", side, 0.25), 0.06)
    white = m.mix(m.math("MULTIPLY", m.ramp(veins, 0.56, 0.7), strength), white, (0.6, 0.22, 0.18))
    off_iris = m.math("MAXIMUM", m.ramp(along, 0.93, 1.09), behind)
    colour = m.mix(off_iris, colour, white)
    surface = m.node(
        "BsdfPrincipled",
        {
            "Base Color": colour,
            "Roughness": 0.35,
            # the dished iris would mirror a whole softbox; what shines above it is the cornea
            "Coat Weight": m.math("MULTIPLY", off_iris, 0.8),
            "Coat Roughness": 0.04,
            "Specular IOR Level": m.math("MULTIPLY", off_iris, 0.3),
        },
    )
    return m.finish(surface)


def cornea(rim_m: float) -> Any:
    """Clear, with Fresnel reflections that fade before its rim, which would show as a ring on the white."""
    m = Shader("cornea")
    x, _, z = m.node("SeparateXYZ", {0: m.node("TexCoord").outputs["Object"]}).outputs
    r = m.math("SQRT", m.math("ADD", m.math("MULTIPLY", x, x), m.math("MULTIPLY", z, z)))
    amount = m.math("MULTIPLY", m.node("Fresnel", {"IOR": 1.5}), m.ramp(r, rim_m * 0.72, rim_m * 0.97, 1.0, 0.0))
    gloss = m.node("BsdfGlossy", {"Roughness": 0.015, "Color": (1.0, 1.0, 1.0, 1.0)})
    clear = m.node("BsdfTransparent")
    return m.finish(m.node("MixShader", {0: amount, 1: clear, 2: gloss}))
