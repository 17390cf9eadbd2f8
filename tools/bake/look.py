"""One picture of a recipe, to judge it by.

A look is small and noisy on purpose: a face or a haircut is judged in many looks before it is baked once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
from PIL import Image

from . import anatomy, expressions, layers, studio
from .presenter import build
from .recipe import Recipe

PARTS = {"figure": (0.25, 10), "head": (0.55, 10), "face": (1.0, 8), "eyes": (1.0, 12), "mouth": (1.0, 12)}
"""Size relative to the portrait, and samples per pixel."""
BACKGROUND = (205, 212, 220)


def simplify() -> None:
    """Skin and cloth without scattering and bump: a third of the time, the shapes are the same."""
    for material in bpy.data.materials:
        for node in material.node_tree.nodes if material.node_tree else ():
            if node.type == "BSDF_PRINCIPLED":
                node.inputs["Subsurface Weight"].default_value = 0.0
                for link in list(node.inputs["Normal"].links):
                    material.node_tree.links.remove(link)
    cycles = bpy.context.scene.cycles
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 2, 1, 1


def region(part: str, camera: studio.Camera, eyes: np.ndarray, chin: np.ndarray, hair_top_z: float) -> layers.Rect:
    """Portrait pixels to show."""
    if part == "figure":
        return (0, 0, studio.WIDTH, studio.HEIGHT)
    e, c = camera.project(eyes).mean(0), camera.project(chin)
    top = camera.project(np.array([0.0, eyes[0, 1], hair_top_z]))[1]
    height = c[1] - top
    if part == "head":
        box = (e[0] - 0.85 * height, top - 0.12 * height, e[0] + 0.85 * height, c[1] + 0.75 * height)
    elif part == "eyes":
        box = (e[0] - 0.40 * height, e[1] - 0.20 * height, e[0] + 0.40 * height, e[1] + 0.16 * height)
    elif part == "mouth":
        box = (e[0] - 0.28 * height, c[1] - 0.32 * height, e[0] + 0.28 * height, c[1] + 0.06 * height)
    else:
        box = (e[0] - 0.36 * height, e[1] - 0.30 * height, e[0] + 0.36 * height, c[1] + 0.12 * height)
    low = np.clip(np.floor(box), 0, [studio.WIDTH, studio.HEIGHT] * 2).astype(int)
    return (int(low[0]), int(low[1]), int(low[2]), int(low[3]))


def look(
    recipe: Recipe,
    out: Path,
    part: str = "figure",
    expression: str = "neutral",
    background: Sequence[int] = BACKGROUND,
    quick: bool = False,
    samples: int | None = None,
    threads: int = 1,
    yaw_deg: float = 0.0,
    light: str = "studio",
    scale: float | None = None,
) -> None:
    """Render `part` of a presenter to a PNG.

    expression: a key of expressions.KEYS, or `name=weight,name=weight`; light: one of studio.LIGHTS; yaw_deg: how far
    the face is seen turned; scale: of the picture, relative to a portrait's.
    """
    started = time.monotonic()
    figure, hair_top_z = build(recipe)
    camera = studio.set_camera(figure.face, hair_top_z)
    studio.set_lights(figure.face)
    studio.relight(light)
    studio.orbit(figure.face, yaw_deg)
    studio.set_renderer(recipe.exposure, threads)
    if quick:
        simplify()
    weights = expressions.KEYS.get(expression)
    if weights is None:
        weights = {k: float(v) for k, v in (pair.split("=") for pair in expression.split(","))}
    figure.set_expression(figure.blinking(expressions.both_sides(weights)))
    usual_scale, usual_samples = PARTS[part]
    rect = region(part, camera, figure.eye_centres, anatomy.to_blender(figure.chin), hair_top_z)
    studio.render(out, rect, samples or usual_samples, scale or usual_scale)
    person = Image.open(out).convert("RGBA")
    picture = Image.new("RGBA", person.size, (*background, 255))
    picture.alpha_composite(person)
    picture.convert("RGB").save(out)
    print(f"{out}: {picture.size[0]} x {picture.size[1]}, {time.monotonic() - started:.0f} s")
