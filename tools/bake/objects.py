"""Blender objects from arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np


def reset() -> None:
    """Empty Blender scene."""
    bpy.ops.wm.read_factory_settings(use_empty=True)


def _link(o: Any) -> Any:
    bpy.context.scene.collection.objects.link(o)
    return o


def add_mesh(name: str, vertices: np.ndarray, faces: Sequence[Any], material: Any, subdivide: int = 0) -> Any:
    """A smooth-shaded mesh. vertices: Blender metres (V, 3)."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(np.asarray(vertices).tolist(), [], [[int(i) for i in f] for f in faces])
    mesh.update()
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    if material is not None:
        mesh.materials.append(material)
    o = _link(bpy.data.objects.new(name, mesh))
    if subdivide:
        modifier = o.modifiers.new("subdivision", "SUBSURF")
        modifier.levels = modifier.render_levels = subdivide
    return o


def set_attribute(o: Any, name: str, values: np.ndarray) -> None:
    """A point attribute: float for (V,), vector for (V, 3)."""
    values = np.asarray(values, np.float32)
    vector = values.ndim == 2
    attribute = o.data.attributes.new(name, "FLOAT_VECTOR" if vector else "FLOAT", "POINT")
    attribute.data.foreach_set("vector" if vector else "value", values.ravel())


def set_positions(o: Any, vertices: np.ndarray) -> None:
    """Move all vertices of a mesh object."""
    o.data.vertices.foreach_set("co", np.asarray(vertices, np.float32).ravel())
    o.data.update()


def get_positions(mesh: Any) -> np.ndarray:
    """Vertices of a mesh, (V, 3)."""
    positions = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", positions)
    return positions.reshape(-1, 3)


def add_strands(name: str, points: np.ndarray, radius: np.ndarray, material: Any) -> Any:
    """Hair curves. points: Blender metres (N, K, 3); radius: metres (N, K)."""
    count, length = points.shape[:2]
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves([length] * count)
    curves.attributes["position"].data.foreach_set("vector", points.astype(np.float32).ravel())
    attribute = curves.attributes.get("radius") or curves.attributes.new("radius", "FLOAT", "POINT")
    attribute.data.foreach_set("value", np.broadcast_to(radius, points.shape[:2]).astype(np.float32).ravel())
    curves.materials.append(material)
    return _link(bpy.data.objects.new(name, curves))


def move_strands(o: Any, points: np.ndarray) -> None:
    """Move all points of hair curves."""
    o.data.attributes["position"].data.foreach_set("vector", points.astype(np.float32).ravel())
    o.data.update_tag()


def taper(
    count: int, length: int, radius: float, rng: np.random.Generator, root: float = 0.85, tip: float = 0.25
) -> np.ndarray:
    """Radius along strands: a little thin at the root, thin at the tip, 25 % variation between strands."""
    t = np.linspace(0, 1, length)
    profile = np.where(t < 0.6, root + (1 - root) * t / 0.6, 1 - (1 - tip) * np.clip((t - 0.6) / 0.4, 0, 1) ** 1.5)
    return radius * profile[None] * (1 + 0.25 * rng.uniform(-1, 1, (count, 1)))
