"""Blender's cloth simulation, headless: the garment is let fall on the body while its arms come down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

import bpy
import numpy as np

from .. import anatomy, objects
from ..surface import Surface
from .pattern import POSE_STEPS, Pattern

MOVE_FRAMES = 24
SETTLE_FRAMES = 12

HANDS = ("hand", *(f"{f}_0{i}" for f in ("thumb", "index", "middle", "ring", "pinky") for i in (1, 2, 3)))
"""Bones whose skin would catch in a cuff."""


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


def _animate(o: Any) -> None:
    """Run through the shape keys of the pose, one after the other."""
    width = MOVE_FRAMES / POSE_STEPS
    for step in range(1, POSE_STEPS + 1):
        key = o.data.shape_keys.key_blocks[step]
        at = 1 + width * step
        for frame, value in ((at - width, 0.0), (at, 1.0), (at + width, 0.0)):
            if frame <= 1 + MOVE_FRAMES:
                key.value = value
                key.keyframe_insert("value", frame=frame)
    for curve in o.data.shape_keys.animation_data.action.fcurves:
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"


def _collider(pattern: Pattern, gap_m: float) -> Any:
    """The body below the chin, with a shape key for each step of the pose."""
    mesh = anatomy.base_mesh()
    rest = pattern.bodies[0]
    top, low = pattern.joints.neck[2] + 0.10, pattern.joints.pelvis[2] - 0.25
    body = [mesh.faces[i] for i in mesh.faces_of("body")]
    weights = anatomy.skin_weights()
    hands = reduce(np.add, (weights[bone] for bone in weights if bone[-2:] in ("_l", "_r") and bone[:-2] in HANDS))
    chosen = [f for f in body if low < rest[f, 2].mean() < top and hands[f].max() < 0.5]
    used = np.unique(np.concatenate([np.array(f) for f in chosen]))
    index = np.full(anatomy.VERTEX_COUNT, -1)
    index[used] = np.arange(len(used))
    o = objects.add_mesh("collider", rest[used], [index[f] for f in chosen], None)
    o.shape_key_add(name="a")
    for step in range(1, POSE_STEPS + 1):
        key = o.shape_key_add(name=f"pose{step}")
        key.data.foreach_set("co", pattern.bodies[step][used].astype(np.float32).ravel())
    _animate(o)
    o.modifiers.new("collision", "COLLISION")
    o.collision.thickness_outer = gap_m
    o.collision.thickness_inner = 0.02
    o.collision.cloth_friction = 8.0
    o.collision.damping = 0.5
    return o


def _pull_cuffs(pattern: Pattern, o: Any, start: Surface, cuffs: np.ndarray, slack_m: float) -> None:
    """Let the ends of the sleeves move with the forearms and up them, so that the sleeve above has too much length."""
    forearm = anatomy.skin_weights()["lowerarm_l"] > 0.6, anatomy.skin_weights()["lowerarm_r"] > 0.6
    a = pattern.bodies[0]
    o.shape_key_add(name="a")
    for step in range(1, POSE_STEPS + 1):
        moved = start.vertices.copy()
        for side, chosen in zip((1, -1), forearm, strict=True):
            rotation, offset = anatomy.rigid_fit(a[chosen], pattern.bodies[step][chosen])
            up = (pattern.joints.elbow - pattern.joints.hand) * [side, 1, 1]
            up = rotation @ (up / np.linalg.norm(up)) * slack_m * step / POSE_STEPS
            mine = cuffs & (start.vertices[:, 0] * side > 0)
            moved[mine] = start.vertices[mine] @ rotation.T + offset + up
        key = o.shape_key_add(name=f"pose{step}")
        key.data.foreach_set("co", moved.astype(np.float32).ravel())
    _animate(o)


def drape(
    pattern: Pattern,
    start: Surface,
    pin: np.ndarray,
    fabric: Fabric,
    gap_m: float = 0.004,
    cuffs: np.ndarray | None = None,
    slack_m: float = 0.0,
) -> Surface:
    """Let the garment hang.

    start: the garment in the A-pose; pin: (V,) 0 to 1, how strongly a vertex stays where it is; gap_m: distance kept
    from the skin; cuffs: (V,) bool, vertices that follow the forearms, `slack_m` up them, so that the sleeves crease.
    Returns the same mesh in the picture's pose.
    """
    scene = bpy.context.scene
    body = _collider(pattern, gap_m)
    o = objects.add_mesh("cloth", start.vertices, start.faces, None)
    if cuffs is not None and cuffs.any():
        _pull_cuffs(pattern, o, start, cuffs, slack_m)
        pin = np.maximum(pin, cuffs)
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
