"""`python -m tools.bake.look RECIPE OUT.png [--part head|face|figure] [--quick]`: one picture, to judge a recipe by.

A look is small and noisy on purpose: a face or a haircut is judged in many looks before it is baked once.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import bpy
import numpy as np
from PIL import Image

from . import anatomy, expressions, layers, recipes, studio
from .__main__ import build

PARTS = {"figure": (0.25, 10), "head": (0.55, 10), "face": (1.0, 8)}
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
    else:
        box = (e[0] - 0.36 * height, e[1] - 0.30 * height, e[0] + 0.36 * height, c[1] + 0.12 * height)
    low = np.clip(np.floor(box), 0, [studio.WIDTH, studio.HEIGHT] * 2).astype(int)
    return (int(low[0]), int(low[1]), int(low[2]), int(low[3]))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tools.bake.look", description=__doc__)
    parser.add_argument("recipe")
    parser.add_argument("out", type=Path)
    parser.add_argument("--part", choices=sorted(PARTS), default="figure")
    parser.add_argument("--quick", action="store_true", help="no scattering, no bump: shapes only")
    parser.add_argument("--expression", default="neutral", help="a key of expressions.KEYS, or name=weight,name=weight")
    parser.add_argument("--background", default="{},{},{}".format(*BACKGROUND), help="red,green,blue")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--samples", type=int)
    arguments = parser.parse_args()

    started = time.monotonic()
    recipe = recipes.ALL[arguments.recipe]
    figure, hair_top_z = build(recipe)
    camera = studio.set_camera(figure.face, hair_top_z)
    studio.set_lights(figure.face)
    studio.set_renderer(recipe.exposure, arguments.threads)
    if arguments.quick:
        simplify()
    weights = expressions.KEYS.get(arguments.expression)
    if weights is None:
        weights = {k: float(v) for k, v in (pair.split("=") for pair in arguments.expression.split(","))}
    figure.set_expression(expressions.both_sides(weights))
    scale, samples = PARTS[arguments.part]
    rect = region(arguments.part, camera, figure.eye_centres, anatomy.to_blender(figure.chin), hair_top_z)
    studio.render(arguments.out, rect, arguments.samples or samples, scale)
    figure_picture = Image.open(arguments.out).convert("RGBA")
    red, green, blue = (int(v) for v in arguments.background.split(","))
    picture = Image.new("RGBA", figure_picture.size, (red, green, blue, 255))
    picture.alpha_composite(figure_picture)
    picture.convert("RGB").save(arguments.out)
    print(f"{arguments.out}: {picture.size[0]} x {picture.size[1]}, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
