"""Renders the layers of one presenter into a work folder. A layer whose file is there already is not rendered again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from . import anatomy
from . import expressions as ex
from .objects import set_positions
from .studio import HEIGHT, WIDTH, Camera, render, render_depth

Rect = tuple[int, int, int, int]
DEPTH_STEP = 8


@dataclass(frozen=True)
class Quality:
    """Samples per pixel for each kind of layer."""

    head: int
    body: int
    keys: int
    mouth: int
    gaze: int


PREVIEW = Quality(head=6, body=3, keys=4, mouth=6, gaze=6)
FINAL = Quality(head=20, body=8, keys=12, mouth=24, gaze=24)


@dataclass(frozen=True)
class Crops:
    """Rectangles in portrait pixels, from the landmarks."""

    head: Rect
    face: Rect
    mouth: Rect
    eyes: Rect
    regions: dict[str, Rect]
    """What is photographed of each region's keys; lies inside `face`."""


def find_crops(camera: Camera, eyes: np.ndarray, mouth: np.ndarray, chin: np.ndarray, hair_top_z: float) -> Crops:
    """eyes: (2, 3), mouth: (3,), chin: (3,); hair_top_z: highest point of the hair; Blender metres at rest."""
    scale = camera.focal / camera.to_camera(mouth)[2]  # pixels per metre at the face
    e, m, c = camera.project(eyes), camera.project(mouth), camera.project(chin)

    def rect(x0: float, y0: float, x1: float, y1: float) -> Rect:
        return (int(x0) // 2 * 2, int(y0) // 2 * 2, int(x1) // 2 * 2, int(y1) // 2 * 2)

    def around(half_m: float, top: float, bottom: float) -> Rect:
        return rect(x - half_m * scale, top, x + half_m * scale, bottom)

    x, eye_y = float(e[:, 0].mean()), float(e[:, 1].mean())
    half_eyes = abs(e[0, 0] - e[1, 0]) / 2
    top = camera.project(np.array([0.0, float(eyes[0, 1]) + 0.08, hair_top_z]))[1]
    return Crops(
        head=around(0.15, max(0.0, top - 0.03 * scale), c[1] + 0.10 * scale),
        face=around(0.078, eye_y - 0.058 * scale, c[1] + 0.045 * scale),
        mouth=rect(m[0] - 0.036 * scale, m[1] - 0.026 * scale, m[0] + 0.036 * scale, m[1] + 0.044 * scale),
        eyes=around(half_eyes / scale + 0.020, eye_y - 0.018 * scale, eye_y + 0.018 * scale),
        regions={
            "brows": around(half_eyes / scale + 0.040, eye_y - 0.055 * scale, eye_y - 0.002 * scale),
            "lids": around(half_eyes / scale + 0.026, eye_y - 0.024 * scale, eye_y + 0.020 * scale),
            "cheeks": around(0.070, eye_y + 0.002 * scale, m[1] + 0.012 * scale),
            "mouth": around(0.062, m[1] - 0.034 * scale, c[1] + 0.040 * scale),
        },
    )


@contextmanager
def _switched(objects: Iterable[Any], attribute: str, value: bool):
    """Objects with a flag set to `value`, and to its opposite afterwards."""
    objects = list(objects)
    for o in objects:
        setattr(o, attribute, value)
    yield
    for o in objects:
        setattr(o, attribute, not value)


def _hidden_from_camera(objects: Iterable[Any]):
    return _switched(objects, "visible_camera", False)


def _not_rendered(objects: Iterable[Any]):
    return _switched(objects, "hide_render", True)


def _shadowless(objects: Iterable[Any]):
    return _switched(objects, "visible_shadow", False)


def _held_out(objects: Iterable[Any]):
    return _switched(objects, "is_holdout", True)


@contextmanager
def _cavity_held_out(material: Any):
    """The skin inside the mouth becomes a hole for camera rays, and still bounces light onto the lips."""
    tree = material.node_tree
    output = next(n for n in tree.nodes if n.type == "OUTPUT_MATERIAL")
    surface = output.inputs[0].links[0].from_socket
    path = tree.nodes.new("ShaderNodeLightPath")
    cavity = tree.nodes.new("ShaderNodeAttribute")
    cavity.attribute_name = "cavity"
    inside = tree.nodes.new("ShaderNodeMath")
    inside.operation = "GREATER_THAN"
    inside.inputs[1].default_value = CAVITY_EDGE
    both = tree.nodes.new("ShaderNodeMath")
    both.operation = "MULTIPLY"
    hole = tree.nodes.new("ShaderNodeHoldout")
    mix = tree.nodes.new("ShaderNodeMixShader")
    tree.links.new(cavity.outputs["Fac"], inside.inputs[0])
    tree.links.new(inside.outputs[0], both.inputs[0])
    tree.links.new(path.outputs["Is Camera Ray"], both.inputs[1])
    tree.links.new(both.outputs[0], mix.inputs[0])
    tree.links.new(surface, mix.inputs[1])
    tree.links.new(hole.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], output.inputs[0])
    yield
    tree.links.new(surface, output.inputs[0])


CAVITY_EDGE = 0.35
"""Where the mouth-interior mask turns from lip to cavity; the face mesh ends at the same value."""


class LayerBaker:
    """Renders layers of `figure` into `folder`."""

    def __init__(self, figure: Any, camera: Camera, crops: Crops, folder: Path, quality: Quality) -> None:
        self.figure, self.camera, self.crops, self.folder, self.quality = figure, camera, crops, folder, quality

    def _layer(self, name: str, rect: Rect, samples: int, prepare: Callable[[], None]) -> None:
        path = self.folder / f"{name}.png"
        if path.exists():
            return
        prepare()
        unfinished = self.folder / f"partial_{name}.png"
        render(unfinished, rect, samples)
        unfinished.rename(path)

    def portrait(self) -> None:
        """The whole picture at rest: the head well, the body with fewer samples."""
        at_rest = lambda: self.figure.set_expression({})  # noqa: E731
        self._layer("body", (0, 0, WIDTH, HEIGHT), self.quality.body, at_rest)
        self._layer("head", self.crops.head, self.quality.head, at_rest)

    def depth(self) -> None:
        """Z on a coarse grid."""
        path = self.folder / "depth.npy"
        if not path.exists():
            self.figure.set_expression({})
            np.save(path, render_depth(self.folder / "zpass", DEPTH_STEP))

    def keys(self) -> None:
        """The face at rest, and each region of it in its expressions, with holes where mouth and eyes are open.

        Lashes are drawn at run time, so only their shadow is photographed.
        """

        def express(weights: dict[str, float]) -> None:
            self.figure.set_expression(self.figure.blinking(ex.both_sides(weights)))

        holes = [*self.figure.upper_mouth, *self.figure.lower_mouth, *self._in_the_eyes()]
        with _held_out(holes), _cavity_held_out(self.figure.skin_material), _hidden_from_camera([self.figure.lashes]):
            for name, weights in ex.KEYS.items():
                rect = self.crops.regions[ex.REGION_OF[name]] if weights else self.crops.face
                self._layer(f"key_{name}", rect, self.quality.keys, partial(express, weights))

    def _in_the_eyes(self) -> set[Any]:
        return {*self.figure.tears, *(o for pair in self.figure.eyes for o in pair)}

    def hair(self) -> None:
        """Coverage of the face by hair, which does not move with the skin: everything else is held out."""
        hair = [o for o in bpy.context.scene.objects if o.type == "CURVES" and o.name.startswith("hair")]
        others = [o for o in bpy.context.scene.objects if o.type in ("MESH", "CURVES") and o not in hair]
        with _held_out(others):
            self._layer("hair", self.crops.face, 4, lambda: self.figure.set_expression({}))

    def gaze(self) -> None:
        """Eyeballs alone in open light: the shadow of the lids is added when they are drawn, since both move."""
        balls = self._in_the_eyes()
        with _not_rendered(o for o in bpy.context.scene.objects if o.type in ("MESH", "CURVES") and o not in balls):
            self._layer("eyeballs", self.crops.eyes, self.quality.gaze, lambda: self.figure.set_expression({}))

    def mouth(self) -> None:
        """Teeth and tongue lit openly: baked lip shadows would slide over them; they are added when drawn. Last of all,
        since it changes the light."""
        figure, rect, samples = self.figure, self.crops.mouth, self.quality.mouth
        inside = [*figure.upper_mouth, *figure.lower_mouth]
        scene = bpy.context.scene.objects
        outside = [o for o in scene if o.type in ("MESH", "CURVES") and o not in inside]
        teeth = [o for o in inside if o is not figure.tongue]
        with _not_rendered(outside + [o for o in scene if o.name.startswith(("rim", "top"))]):
            bpy.data.lights["under"].energy *= 0.5
            bpy.data.lights["key"].size *= 1.4
            with _not_rendered(figure.lower_mouth):
                self._layer("upper", rect, samples, lambda: figure.set_expression({}))
            with _hidden_from_camera(figure.upper_mouth):  # their shadow keeps the back of the mouth dark
                for jaw in ex.LOWER_TEETH_JAW:
                    self._layer(
                        f"lower_{round(jaw * 100):02d}", rect, samples,
                        partial(figure.set_expression, {"jawOpen": jaw}),
                    )  # fmt: skip
            with _not_rendered(figure.upper_mouth), _shadowless(teeth):
                for jaw in ex.TONGUE_JAW:
                    self._layer(
                        f"tongue_{round(jaw * 100):02d}", rect, samples,
                        partial(figure.set_expression, {"jawOpen": jaw}, tongue_lift=ex.TONGUE_LIFT_DM),
                    )  # fmt: skip
            with _not_rendered(o for o in inside if o is not figure.tongue):
                self._layer("tongue_between", rect, samples, self._tongue_between)

    def all(self) -> None:
        """Every layer; the mouth last."""
        for layer in (self.portrait, self.keys, self.hair, self.gaze, self.depth, self.mouth):
            layer()

    def _tongue_between(self) -> None:
        """The tongue laid flat between the edges of the teeth, its round tip in front of them, as for th."""
        figure = self.figure
        jaw = {"jawOpen": ex.TONGUE_BETWEEN_JAW}
        figure.set_expression(jaw)
        at = figure.vertices(jaw)
        tongue, teeth = at[anatomy.TONGUE], at[anatomy.group_vertices("helper-lower-teeth")]
        slope, height = np.polyfit(tongue[:, 1], tongue[:, 2], 1)
        edge = np.percentile(teeth[:, 2], 96) + EDGE_ABOVE_M
        tongue[:, 2] = edge + (tongue[:, 2] - slope * tongue[:, 1] - height) * TIP_THICKNESS
        tongue[:, 1] += teeth[:, 1].min() - TIP_FORWARD_M - tongue[:, 1].min()
        set_positions(figure.tongue, tongue)


TIP_THICKNESS = 0.7
TIP_FORWARD_M, EDGE_ABOVE_M = 0.003, -0.0076
"""How far the tip passes the teeth, and how far above the edge of MakeHuman's lower teeth it lies (ours end lower)."""
