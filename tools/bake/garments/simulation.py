"""Blender's cloth simulation, headless: the garment is let fall on the body while its arms come down."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from .. import anatomy, objects
from ..surface import Surface
from .pattern import POSE_STEPS, Pattern

MOVE_FRAMES = 24
SETTLE_FRAMES = 12


@dataclass(frozen=True)
class Fabric:
    """How cloth hangs. Units are those of Blender's cloth settings."""

    mass: float = 0.25
    tension: float = 15.0
    compression: float = 15.0
    shear: float = 5.0
    bending: float = 0.5
    damping: float = 5.0
    ease: float = 0.02
    """How much longer the cloth is than the surface that it starts from."""
    friction: float = 8.0


def _collider(pattern: Pattern, gap_m: float) -> object:
    """The body below the chin, with a shape key for each step of the pose."""
    mesh = anatomy.base_mesh()
    rest = pattern.bodies[0]
    top, low = pattern.joints.neck[2] + 0.10, pattern.joints.pelvis[2] - 0.25
    body = [mesh.faces[i] for i in mesh.faces_of("body")]
    chosen = [f for f in body if low < rest[f, 2].mean() < top]
    used = np.unique(np.concatenate([np.array(f) for f in chosen]))
    index = np.full(anatomy.VERTEX_COUNT, -1)
    index[used] = np.arange(len(used))
    o = objects.add_mesh("collider", rest[used], [index[f] for f in chosen], None)
    o.shape_key_add(name="a")
    for step in range(1, POSE_STEPS + 1):
        key = o.shape_key_add(name=f"pose{step}")
        key.data.foreach_set("co", pattern.bodies[step][used].astype(np.float32).ravel())
        at = 1 + MOVE_FRAMES * step / POSE_STEPS
        width = MOVE_FRAMES / POSE_STEPS
        key.value = 0.0
        key.keyframe_insert("value", frame=at - width)
        key.value = 1.0
        key.keyframe_insert("value", frame=at)
        if step < POSE_STEPS:
            key.value = 0.0
            key.keyframe_insert("value", frame=at + width)
    for curve in o.data.shape_keys.animation_data.action.fcurves:
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"
    o.modifiers.new("collision", "COLLISION")
    o.collision.thickness_outer = gap_m
    o.collision.thickness_inner = 0.02
    o.collision.cloth_friction = 8.0
    o.collision.damping = 0.5
    return o


def drape(pattern: Pattern, start: Surface, pin: np.ndarray, fabric: Fabric, gap_m: float = 0.004) -> Surface:
    """Let the garment hang.

    start: the garment in the A-pose; pin: (V,) 0 to 1, how strongly a vertex follows the body (it must be near it);
    gap_m: distance kept from the skin. Returns the same mesh in the picture's pose.
    """
    scene = bpy.context.scene
    body = _collider(pattern, gap_m)
    o = objects.add_mesh("cloth", start.vertices, start.faces, None)
    group = o.vertex_groups.new(name="pin")
    for i in np.flatnonzero(pin > 0):
        group.add([int(i)], float(pin[i]), "REPLACE")
    cloth = o.modifiers.new("cloth", "CLOTH")
    s = cloth.settings
    s.quality, s.mass = 5, fabric.mass
    s.tension_stiffness, s.compression_stiffness = fabric.tension, fabric.compression
    s.shear_stiffness, s.bending_stiffness = fabric.shear, fabric.bending
    s.tension_damping = s.compression_damping = s.shear_damping = fabric.damping
    s.bending_damping, s.air_damping = 0.5, 3.0
    s.shrink_min = s.shrink_max = -fabric.ease
    s.vertex_group_mass, s.pin_stiffness = "pin", 1.0
    c = cloth.collision_settings
    c.distance_min, c.collision_quality, c.friction = 0.001, 2, fabric.friction
    c.use_self_collision, c.self_distance_min = True, 0.002
    last = 1 + MOVE_FRAMES + SETTLE_FRAMES
    cloth.point_cache.frame_start, cloth.point_cache.frame_end = 1, last
    scene.frame_start, scene.frame_end = 1, last
    for frame in range(1, last + 1):
        scene.frame_set(frame)
    evaluated = o.evaluated_get(bpy.context.evaluated_depsgraph_get())
    out = objects.get_positions(evaluated.data).astype(float)
    for each in (o, body):
        bpy.data.objects.remove(each)
    scene.frame_set(1)
    return Surface(out, start.faces)
