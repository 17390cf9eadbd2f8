"""The body that clothes are made for: a smooth suit in MakeHuman's A-pose, and coordinates on it to cut along.

A garment is cut and sewn in the A-pose (arms out), as patterns are; the pose of the picture comes by simulation.
Armholes and hems are zero lines of functions of A-pose positions, necklines and openings of positions in the picture's
pose: the trunk is the same in both. Blender's axes, metres.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from .. import anatomy, objects
from ..anatomy import to_blender
from ..figure import Figure, smoothstep
from ..surface import Surface, smooth_curve

POSE_STEPS = 6
"""The arms come down through this many poses between the A-pose and the last one."""
BELOW_PELVIS_M = 0.13
"""Cloth below this is never in the picture."""
TRUNK_RADIUS_M = 0.155
SLEEVE_RADIUS_M = 0.055
"""Round figures that turn angles into metres of cloth."""
CLIMB_STEP_M = 0.002


@dataclass(frozen=True)
class Joints:
    """A-pose joints of the presenter's left arm and the trunk."""

    neck: np.ndarray
    head: np.ndarray
    shoulder: np.ndarray
    elbow: np.ndarray
    hand: np.ndarray
    pelvis: np.ndarray


class Pattern:
    """The A-pose suit of one figure.

    suit: Surface, subdivided once; bodies: (POSE_STEPS + 1, VERTEX_COUNT, 3), the person from the A-pose to the
    picture's pose; skin: the last of them for nearest-point queries.
    """

    def __init__(self, figure: Figure) -> None:
        face = figure.recipe
        self.bodies = np.array(
            [
                to_blender(anatomy.build(face.phenotype, face.targets, _part_of(face.pose, t)))
                for t in np.linspace(0, 1, POSE_STEPS + 1)
            ]
        )
        names = ("neck", "head", "l-shoulder", "l-elbow", "l-hand", "pelvis")
        self.joints = Joints(*(self.bodies[0][anatomy.group_vertices(f"joint-{n}")].mean(0) for n in names))
        self.skin = BVHTree.FromPolygons(self.bodies[-1].tolist(), figure.body_triangles.tolist())
        self.suit = self._make_suit(self.bodies[0])
        self.armpit_z = self._find_armpit()
        self.neck_z = float(self.joints.neck[2])
        body = self.bodies[-1][: anatomy.BODY_COUNT]
        ring = body[(np.abs(body[:, 2] - self.neck_z - 0.02) < 0.02) & (np.abs(body[:, 0]) < 0.03)]
        self.neck_front_y, self.neck_back_y = float(ring[:, 1].min()), float(ring[:, 1].max())
        self.wrist_m = float(self.along_arm(self.joints.hand[None])[0])
        """How far along the arm the wrist is."""
        self.scale = float(self.joints.shoulder[2] - self.joints.pelvis[2]) / 0.412
        """Height of the trunk relative to that of the first figure that the clothes were made for."""

    def _make_suit(self, rest: np.ndarray) -> Surface:
        mesh = anatomy.base_mesh()
        lowest = self.joints.pelvis[2] - BELOW_PELVIS_M
        chosen = [i for i in mesh.faces_of("helper-tights") if rest[mesh.faces[i], 2].mean() > lowest]
        used = np.unique(np.concatenate([mesh.faces[i] for i in chosen]))
        index = np.full(anatomy.VERTEX_COUNT, -1)
        index[used] = np.arange(len(used))
        coarse = Surface(rest[used], [index[mesh.faces[i]].tolist() for i in chosen])
        return refine(coarse).largest_part()

    def _find_armpit(self) -> float:
        """Height of the armpit in the A-pose: the highest place of the suit that looks down."""
        p, normal, j = self.suit.vertices, self.suit.normals(), self.joints
        near = (np.abs(np.abs(p[:, 0]) - j.shoulder[0]) < 0.04) & (np.abs(p[:, 2] - j.shoulder[2] + 0.09) < 0.08)
        return float(p[near & (normal[:, 2] < -0.45), 2].max())

    # ---- coordinates in the A-pose -------------------------------------------------------------------------

    def along_arm(self, p: np.ndarray) -> np.ndarray:
        """Metres from the shoulder joint along the arm, past the elbow along the forearm; (V,)."""
        q = np.c_[np.abs(p[:, 0]), p[:, 1:]]
        j = self.joints
        upper, fore = j.elbow - j.shoulder, j.hand - j.elbow
        length = float(np.linalg.norm(upper))
        first = (q - j.shoulder) @ (upper / length)
        second = length + (q - j.elbow) @ (fore / np.linalg.norm(fore))
        t = smoothstep(length - 0.03, length + 0.03, first)
        return first * (1 - t) + second * t

    def armhole(self, p: np.ndarray, drop: float = 0.0) -> np.ndarray:
        """Signed metres from the armhole: positive in the sleeve. drop: how far the shoulder seam falls off."""
        j = self.joints
        theta = np.radians(12.0)
        h = p[:, 2] - j.shoulder[2]
        pit = self.armpit_z - j.shoulder[2]
        # below the armpit the line runs in the gap between the arm and the trunk
        line = np.maximum(h, pit + 2.6 * (pit - h)) * np.tan(theta)
        x = np.abs(p[:, 0]) - (j.shoulder[0] + 0.004 + drop)
        # the seam curves in towards the chest half way down, as an armhole does
        curve = 0.012 * np.exp(-(((h + 0.015) / 0.035) ** 2))
        return (x + curve - line) * np.cos(theta)

    def trunk_weave(self, p: np.ndarray) -> np.ndarray:
        """(V, 3): metres of cloth round the trunk and up; the third is 0."""
        angle = np.arctan2(p[:, 0], -(p[:, 1] - 0.01))
        return np.c_[angle * TRUNK_RADIUS_M, p[:, 2], np.zeros(len(p))]

    def sleeve_weave(self, p: np.ndarray) -> np.ndarray:
        """(V, 3): metres of cloth round the arm and along it; the third is 0."""
        j = self.joints
        axis = (j.elbow - j.shoulder) / np.linalg.norm(j.elbow - j.shoulder)
        q = np.c_[np.abs(p[:, 0]), p[:, 1:]] - j.shoulder
        side = np.cross(axis, [0, 1, 0])
        angle = np.arctan2(q @ side, -q[:, 1] - 0.35 * np.maximum(self.along_arm(p) - 0.22, 0))
        return np.c_[angle * SLEEVE_RADIUS_M, self.along_arm(p), np.zeros(len(p))]

    # ---- the neck in the picture's pose --------------------------------------------------------------------

    def over_neckline(self, p: np.ndarray, front: float, back: float, sag: float = 0.0) -> np.ndarray:
        """Metres above a neckline that leans as the neck does: its heights are relative to the neck joint."""
        t = (p[:, 1] - self.neck_front_y) / (self.neck_back_y - self.neck_front_y)
        t = np.clip(t, -0.6, 1.6)
        line = self.neck_z + front + (back - front) * t - sag * np.sin(np.pi * np.clip(t, 0, 1))
        return np.where(np.abs(p[:, 0]) < 0.14, p[:, 2] - line, -0.1)

    def in_front(self, p: np.ndarray) -> np.ndarray:
        """1 before the neck's middle, 0 behind it."""
        middle = (self.neck_front_y + self.neck_back_y) / 2
        return 1 - smoothstep(middle - 0.03, middle + 0.015, p[:, 1])

    def climb(self, path: np.ndarray, height: np.ndarray, clearance: np.ndarray, closed: bool) -> np.ndarray:
        """Rows of a band that goes up the neck from a neckline and keeps to the skin.

        path: (N, 3); height: (N,) of the whole band, metres; clearance: (N,) distance from the skin at its top.
        Returns (rows, N, 3), the first row is `path`.
        """
        up = self.joints.head - self.joints.neck
        up = up / np.linalg.norm(up)
        count = max(2, round(float(np.max(height)) / CLIMB_STEP_M))
        at, rows = path.copy(), [path.copy()]
        start = np.array([self.skin.find_nearest(Vector(p))[3] for p in path.tolist()])
        for k in range(1, count + 1):
            near = [self.skin.find_nearest(Vector(p)) for p in at.tolist()]
            point, normal = np.array([n[0] for n in near]), np.array([n[1] for n in near])
            normal = smooth_curve(normal, 6, closed)
            normal /= np.linalg.norm(normal, axis=1, keepdims=True)
            rise = up - normal * (normal @ up)[:, None]
            rise /= np.linalg.norm(rise, axis=1, keepdims=True)
            t = min(1.0, k / (count * 0.6))
            gap = start * (1 - t) + clearance * t
            # past the neck's narrowest place cloth goes straight up, it does not cling under the chin
            at = point + normal * gap[:, None] + rise * (height / count)[:, None]
            at = smooth_curve(at, 5, closed)
            rows.append(at)
        return np.array(rows)


def _part_of(pose: anatomy.Pose, t: float) -> anatomy.Pose:
    return replace(pose, clavicle=pose.clavicle * t, arm=pose.arm * t, elbow=pose.elbow * t)


def refine(s: Surface) -> Surface:
    """Subdivide once (Catmull-Clark), `rest` alike."""

    def subdivide(vertices: np.ndarray) -> tuple[np.ndarray, list[list[int]]]:
        o = objects.add_mesh("coarse", vertices, s.faces, None, subdivide=1)
        dense = o.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
        out = objects.get_positions(dense).astype(float), [list(p.vertices) for p in dense.polygons]
        bpy.data.objects.remove(o)
        return out

    vertices, faces = subdivide(s.vertices)
    return Surface(vertices, faces, None if s.rest is None else subdivide(s.rest)[0])
