"""A thin layer over Blender's shader nodes, so that a material reads like an expression."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

Value = Any
"""A number, a tuple, a node or a socket."""


class Shader:
    """One material under construction."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self._tree = self.material.node_tree
        self._tree.nodes.clear()
        self._output = self.node("OutputMaterial")

    def node(self, kind: str, inputs: dict[Any, Value] | None = None, **properties: Any) -> Any:
        """Add a node, connect or set its inputs."""
        node = self._tree.nodes.new("ShaderNode" + kind)
        for key, value in properties.items():
            setattr(node, key, value)
        for key, value in (inputs or {}).items():
            self.connect(node.inputs[key], value)
        return node

    def connect(self, socket: Any, value: Value) -> None:
        """Link a socket, or set its default."""
        if isinstance(value, bpy.types.NodeSocket):
            self._tree.links.new(value, socket)
        elif isinstance(value, bpy.types.Node):
            self._tree.links.new(value.outputs[0], socket)
        else:
            socket.default_value = (*value, 1) if socket.type == "RGBA" and len(value) == 3 else value

    def finish(self, surface: Value) -> Any:
        """Use `surface` and return the material."""
        self.connect(self._output.inputs[0], surface)
        return self.material

    def math(self, operation: str, a: Value, b: Value = 0.0, clamp: bool = False) -> Any:
        """A Math node."""
        return self.node("Math", {0: a, 1: b}, operation=operation, use_clamp=clamp).outputs[0]

    def mix(self, factor: Value, a: Value, b: Value, blend: str = "MIX") -> Any:
        """A colour mix; a at 0, b at 1."""
        return self.node("Mix", {0: factor, 6: a, 7: b}, data_type="RGBA", blend_type=blend).outputs[2]

    def ramp(self, x: Value, low: Value, high: Value, at_low: float = 0.0, at_high: float = 1.0) -> Any:
        """Smoothstep from at_low to at_high while x goes from low to high."""
        inputs = {0: x, 1: low, 2: high, 3: at_low, 4: at_high}
        return self.node("MapRange", inputs, interpolation_type="SMOOTHSTEP").outputs[0]

    def attribute(self, name: str) -> Any:
        """A float attribute of the mesh."""
        return self.node("Attribute", attribute_name=name).outputs["Fac"]

    def rest(self) -> Any:
        """Position at rest in metres: patterns driven by it stick to the skin."""
        return self.node("Attribute", attribute_name="rest").outputs["Vector"]

    def noise(
        self, at: Value, scale: float, detail: float = 3.0, roughness: float = 0.5, distortion: float = 0.0
    ) -> Any:
        """Fractal noise in [0, 1]."""
        inputs = {"Vector": at, "Scale": scale, "Detail": detail, "Roughness": roughness, "Distortion": distortion}
        return self.node("TexNoise", inputs).outputs[0]

    def stretch(self, at: Value, scale: tuple[float, float, float]) -> Any:
        """Scale a vector by axis."""
        return self.node("VectorMath", {0: at, 1: scale}, operation="MULTIPLY").outputs[0]

    def image(self, name: str, values: np.ndarray, at: Value) -> Any:
        """A painted image (H, W) or (H, W, 3), linear, row 0 on top, looked up at `at` in [0, 1]; mirrored beyond."""
        pixels = np.ones((*values.shape[:2], 4), np.float32)
        pixels[..., :3] = values if values.ndim == 3 else values[..., None]
        image = bpy.data.images.new(name, values.shape[1], values.shape[0], float_buffer=True, is_data=True)
        image.pixels.foreach_set(pixels[::-1].ravel())
        image.pack()
        texture = self.node("TexImage", {"Vector": at}, image=image, interpolation="Cubic", extension="MIRROR")
        return texture.outputs["Color"]

    def bump(self, height: Value, strength: float, distance: float) -> Any:
        """A normal bent by `height`."""
        return self.node("Bump", {"Height": height, "Strength": strength, "Distance": distance})


def srgb(red: float, green: float, blue: float) -> tuple[float, float, float]:
    """8-bit sRGB to linear."""

    def linear(c: float) -> float:
        c /= 255
        return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4

    return linear(red), linear(green), linear(blue)


def times(colour: tuple[float, float, float], *factors: float) -> tuple[float, float, float]:
    """Colour times one factor or one per channel, at most 1."""
    f = factors * 3 if len(factors) == 1 else factors
    return tuple(min(1.0, c * x) for c, x in zip(colour, f, strict=True))  # type: ignore[return-value]
