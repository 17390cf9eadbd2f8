"""Renders the layers of one presenter into a work folder. A layer whose file is there already is not rendered again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from . import expressions as ex
from .studio import HEIGHT, WIDTH, Camera, render, render_depth

Rect = tuple[int, int, int, int]
DEPTH_STEP = 8


@dataclass(frozen=True)
class Quality:
    """Samples per pixel for each kind of layer."""

    portrait: int
    keys: int
    mouth: int
    lids: int
    gaze: int


PREVIEW = Quality(portrait=6, keys=8, mouth=8, lids=8, gaze=6)
FINAL = Quality(portrait=28, keys=14, mouth=32, lids=32, gaze=16)


@dataclass(frozen=True)
class Crops:
    """Rectangles in portrait pixels, from the landmarks."""

    face: Rect
    mouth: Rect
    eyes: Rect


def find_crops(camera: Camera, eyes: np.ndarray, mouth: np.ndarray, chin: np.ndarray) -> Crops:
    """eyes: (2, 3), mouth: (3,), chin: (3,); Blender metres at rest."""
    scale = camera.focal / camera.to_camera(mouth)[2]  # pixels per metre at the face
    e, m, c = camera.project(eyes), camera.project(mouth), camera.project(chin)

    def rect(x0: float, y0: float, x1: float, y1: float) -> Rect:
        return (int(x0) // 2 * 2, int(y0) // 2 * 2, int(x1) // 2 * 2, int(y1) // 2 * 2)

    x, eye_y = float(e[:, 0].mean()), float(e[:, 1].mean())
    face = rect(x - 0.078 * scale, eye_y + 0.008 * scale, x + 0.078 * scale, c[1] + 0.045 * scale)
    mouth_rect = rect(m[0] - 0.036 * scale, m[1] - 0.026 * scale, m[0] + 0.036 * scale, m[1] + 0.044 * scale)
    half = abs(e[0, 0] - e[1, 0]) / 2 + 0.035 * scale
    eyes_rect = rect(x - half, eye_y - 0.024 * scale, x + half, eye_y + 0.024 * scale)
    return Crops(face, mouth_rect, eyes_rect)


@contextmanager
def _hidden_from_camera(objects: Iterable[Any]):
    objects = list(objects)
    for o in objects:
        o.visible_camera = False
    yield
    for o in objects:
        o.visible_camera = True


@contextmanager
def _held_out(objects: Iterable[Any]):
    objects = list(objects)
    for o in objects:
        o.is_holdout = True
    yield
    for o in objects:
        o.is_holdout = False


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
        partial = self.folder / f"partial_{name}.png"
        render(partial, rect, samples)
        partial.rename(path)

    def portrait(self) -> None:
        """The whole picture at rest."""
        self._layer("portrait", (0, 0, WIDTH, HEIGHT), self.quality.portrait, lambda: self.figure.set_expression({}))

    def depth(self) -> None:
        """Z on a coarse grid."""
        path = self.folder / "depth.npy"
        if not path.exists():
            self.figure.set_expression({})
            np.save(path, render_depth(self.folder / "zpass", DEPTH_STEP))

    def keys(self) -> None:
        """The lower face in every expression, with a hole where the mouth opens."""
        inside = [*self.figure.upper_mouth, *self.figure.lower_mouth]
        with _held_out(inside), _cavity_held_out(self.figure.skin_material):
            for name, weights in ex.KEYS.items():
                self._layer(
                    f"key_{name}", self.crops.face, self.quality.keys,
                    lambda w=weights: self.figure.set_expression(ex.both_sides(w)),
                )  # fmt: skip

    def lids(self) -> None:
        """Lids from open to shut, with a hole where the eyeball is."""
        with _held_out(o for pair in self.figure.eyes for o in pair):
            for close in ex.LID_STEPS:
                self._layer(
                    f"lids_{round(close * 100):03d}", self.crops.eyes, self.quality.lids,
                    lambda c=close: self.figure.set_expression(self.figure.closed_lids(c)),
                )  # fmt: skip

    def gaze(self) -> None:
        """Eyeballs alone, shaded as under the open lids."""
        self.figure.set_expression({})
        balls = {o for pair in self.figure.eyes for o in pair}
        others = [o for o in bpy.context.scene.objects if o.type in ("MESH", "CURVES") and o not in balls]
        with _hidden_from_camera(others):
            for i, yaw in enumerate(ex.GAZE_YAW_DEG):
                for j, pitch in enumerate(ex.GAZE_PITCH_DEG):
                    self._layer(
                        f"gaze_{i}_{j}", self.crops.eyes, self.quality.gaze,
                        lambda y=yaw, p=pitch: self.figure.look(y, p),
                    )  # fmt: skip
        self.figure.look(0, 0)

    def mouth(self) -> None:
        """Teeth and tongue lit openly: baked lip shadows would slide over them; they are added when drawn. Last of all,
        since it changes the light."""
        figure, rect, samples = self.figure, self.crops.mouth, self.quality.mouth
        inside = [*figure.upper_mouth, *figure.lower_mouth]
        with ExitStack() as stack:
            for o in bpy.context.scene.objects:
                if (o.type in ("MESH", "CURVES") and o not in inside) or o.name.startswith(("rim", "top")):
                    o.hide_render = True
                    stack.callback(setattr, o, "hide_render", False)
            bpy.data.lights["under"].energy *= 0.5
            bpy.data.lights["key"].size *= 1.4
            with _hidden_from_camera(figure.lower_mouth):
                self._layer("upper", rect, samples, lambda: figure.set_expression({}))
            with _hidden_from_camera(figure.upper_mouth):
                for jaw in ex.LOWER_TEETH_JAW:
                    self._layer(
                        f"lower_{round(jaw * 100):02d}", rect, samples,
                        lambda j=jaw: figure.set_expression({"jawOpen": j}),
                    )  # fmt: skip
                for jaw in ex.TONGUE_JAW:
                    self._layer(
                        f"tongue_{round(jaw * 100):02d}", rect, samples,
                        lambda j=jaw: figure.set_expression({"jawOpen": j}, tongue_lift=ex.TONGUE_LIFT_DM),
                    )  # fmt: skip

    def all(self) -> None:
        """Every layer; the mouth last."""
        for layer in (self.portrait, self.keys, self.lids, self.gaze, self.depth, self.mouth):
            layer()
