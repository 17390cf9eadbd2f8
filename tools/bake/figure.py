"""The presenter as Blender objects: body, eyes, mouth, brows and lashes, and how they take on an expression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from scipy.spatial import cKDTree

from . import anatomy, dental, materials, objects
from .anatomy import to_blender
from .complexion import Skin
from .expressions import both_sides


@dataclass(frozen=True)
class Brows:
    """Eyebrows: hair curves bound to the skin. Radii in metres, raise in dm."""

    melanin: float = 0.9
    redness: float = 0.25
    grey: float = 0.0
    """Share of white strands."""
    strands: int = 620
    thickness: float = 1.0
    length: float = 1.0
    raise_dm: float = 0.0
    arch_dm: float = 0.0
    """Height of the arch relative to the ends; negative for straight brows."""
    radius_m: float = 0.000052


@dataclass(frozen=True)
class Lashes:
    """Eyelashes; lengths relative to the strip of the base mesh."""

    upper: int = 150
    lower: int = 26
    upper_length: float = 0.95
    lower_length: float = 0.36
    curl_dm: float = 0.016
    radius_m: float = 0.00007


@dataclass(frozen=True)
class Face:
    """Everything of a person that is not hair or clothes."""

    phenotype: anatomy.Phenotype
    targets: dict[str, float]
    resting: dict[str, float]
    """The expression that is always on."""
    pose: anatomy.Pose = field(default_factory=anatomy.Pose)
    skin: Skin = field(default_factory=Skin)
    iris: materials.Iris = field(default_factory=materials.Iris)
    brows: Brows = Brows()
    lashes: Lashes = Lashes()
    teeth: dental.Teeth = field(default_factory=dental.Teeth)
    hairline: tuple[tuple[float, float], ...] = field(default=())
    """(azimuth in degrees from the front, height above the eyes in dm)."""


def smoothstep(a: float, b: float, x: Any) -> Any:
    """0 at a, 1 at b, smooth in between; a may exceed b."""
    t = np.clip((np.asarray(x, float) - a) / (b - a), 0, 1)
    return t * t * (3 - 2 * t)


GUM_DEPTH_DM = 0.08
WHITE_MELANIN = 0.035
EYEBALL_SCALE = 0.965
CORNEA_RADIUS_M = 0.0088
IRIS_DISH_M = 0.0009
CARUNCLE_DM, CARUNCLE_RADII_DM = (0.010, 0.000, -0.014), np.array([0.019, 0.014, 0.016])
"""Where the red corner of the eye lies from the corner of the lids, and its size."""
TEAR_RADIUS_DM, TEAR_RAISE_DM = 0.0028, 0.004
EXTRA_BLINK_UNWIDE = 0.1
SEAL_PASSES = 3
VALLEY_DM = 0.035
BEARD_LINES = (
    (0, 0.24, -0.53), (9, 0.23, -0.53), (15, 0.19, -0.53), (21, 0.11, -0.52), (28, 0.03, -0.50), (40, 0.05, -0.47),
    (50, 0.12, -0.42), (60, 0.24, -0.34), (68, 0.40, -0.22), (76, 0.62, -0.08), (82, 0.62, 0.10), (90, 0.62, 0.25),
)  # fmt: skip
"""(azimuth in degrees from the front, cheek line, neck line): heights from the mouth in dm, of a chin 0.41 dm below."""
CORNER_FROM, CORNER_TO = 0.74, 0.94
"""Parts of the mouth's half width between which the cavity turns into lip: corners close without a dark wedge."""


class Figure:
    """The scene's person. Call `set_expression` before each render; `face` is the point between the eyes, metres."""

    def __init__(self, face: Face) -> None:
        self.recipe = face
        self.rest = anatomy.build(face.phenotype, face.targets, face.pose)
        self.resting = both_sides(face.resting)
        self.current = self.rest + anatomy.expression(self.resting)
        mesh = anatomy.base_mesh()
        self._body_faces = mesh.faces_of("body")
        quads = np.array([mesh.faces[i] for i in self._body_faces])
        self.body_triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
        self._find_landmarks()
        for _ in range(SEAL_PASSES):
            self._seal_lips()
        self._paint()
        self._rng = np.random.default_rng(7)
        self.bound_strands: list[tuple[Any, Callable[[], np.ndarray]]] = []
        """Hair curves that follow the skin, and what gives their points (N, K, 3), Blender metres."""
        self._add_eyes()
        self._add_mouth()

    # ---- measuring ------------------------------------------------------------------------------------------

    def _find_landmarks(self) -> None:
        r = self.rest
        body = np.arange(anatomy.BODY_COUNT)
        self.eye_left, self.eye_radius_dm = anatomy.fit_sphere(r[anatomy.EYE_LEFT])
        self.eye_right, _ = anatomy.fit_sphere(r[anatomy.EYE_RIGHT])
        lips = np.flatnonzero(anatomy.mask("lips") > 0.5)
        self.mouth, self.mouth_half_width = r[lips].mean(0), np.abs(r[lips, 0]).max()
        self.ear_z = r[anatomy.mask("ears") > 0.5, 2].mean()
        head = r[body[r[body, 1] > self.mouth[1]]]
        self.top = head[:, 1].max()
        middle = body[np.abs(r[body, 0]) < 0.06]
        between = middle[(r[middle, 1] > self.mouth[1] + 0.1) & (r[middle, 1] < self.eye_left[1])]
        self.nose = r[between[np.argmax(r[between, 2])]]
        low = middle[(r[middle, 1] < self.mouth[1] - 0.1) & (r[middle, 1] > self.mouth[1] - 0.7) & (r[middle, 2] > 1.0)]
        self.chin = r[low[np.argmin(r[low, 1])]]
        self.neck = r[anatomy.group_vertices("joint-neck")].mean(0)
        self.face = to_blender((self.eye_left + self.eye_right) / 2)
        self.eye_centres = to_blender(np.array([self.eye_left, self.eye_right]))
        self.eye_radius_m = self.eye_radius_dm * 0.1 * EYEBALL_SCALE

    def joint(self, name: str) -> np.ndarray:
        """A MakeHuman joint of the posed body, Blender metres."""
        return to_blender(self.rest[anatomy.group_vertices(f"joint-{name}")].mean(0))

    def tree(self) -> BVHTree:
        """The resting body for ray casts, decimetres."""
        return BVHTree.FromPolygons(self.rest.tolist(), self.body_triangles.tolist())

    def scalp_distance(self, points: np.ndarray) -> np.ndarray:
        """Height above the hairline, dm."""
        azimuth = np.degrees(np.arctan2(np.abs(points[:, 0]), points[:, 2] - self.ear_z))
        angles, heights = zip(*self.recipe.hairline, strict=True)
        return points[:, 1] - self.eye_left[1] - np.interp(azimuth, angles, heights)

    def scalp_weight(self) -> np.ndarray:
        """1 on the scalp, 0 on skin, soft at the hairline; all vertices."""
        weight = smoothstep(-0.02, 0.12, self.scalp_distance(self.rest))
        weight[anatomy.mask("ears") > 0.2] = 0
        weight[self.rest[:, 1] < self.neck[1] + 0.26] = 0
        weight[anatomy.BODY_COUNT :] = 0
        return weight

    def beard_weight(self, points: np.ndarray) -> np.ndarray:
        """1 where a full beard grows (lips not left out), 0 elsewhere, soft at its borders; points: dm."""
        azimuth = np.degrees(np.arctan2(np.abs(points[:, 0]), points[:, 2] - self.ear_z))
        angles, tops, bottoms = zip(*BEARD_LINES, strict=True)
        height = points[:, 1] - self.mouth[1]
        scale = (self.mouth[1] - self.chin[1]) / 0.41
        below = np.interp(azimuth, angles, tops) - height
        above = height - np.interp(azimuth, angles, bottoms) * scale
        weight = smoothstep(-0.02, 0.09, below) * smoothstep(-0.04, 0.10, above) * (azimuth < 89)
        beside_chin = ((np.abs(points[:, 0]) - 0.13) / 0.07) ** 2 + ((height + 0.13) / 0.05) ** 2
        philtrum = (points[:, 0] / 0.022) ** 2 + ((height - 0.15) / 0.06) ** 2
        return weight * (1 - 0.55 * np.exp(-beside_chin)) * (1 - 0.15 * np.exp(-philtrum))

    def _seal_lips(self) -> None:
        """Close the gap that the resting expression tears between the lips, mostly in the corners. Changes `rest`."""
        tree = BVHTree.FromPolygons(self.current.tolist(), self.body_triangles.tolist())
        columns = np.linspace(-1.06, 1.06, 54) * self.mouth_half_width + self.mouth[0]
        heights = np.arange(-0.16, 0.16, 0.002) + self.mouth[1]
        depth = np.array([[_ray_z(tree, x, y) for y in heights] for x in columns])
        reach = 30  # steps: a valley is a place with higher ground within 0.06 dm on either side
        above = np.array([depth[:, i : i + reach].max(1) for i in range(depth.shape[1])]).T
        below = np.array([depth[:, max(0, i - reach) : i + 1].max(1) for i in range(depth.shape[1])]).T
        open_at = np.minimum(above, below) - depth > VALLEY_DM
        gap = open_at.sum(1) * 0.002
        middle = np.where(gap > 0, (open_at * heights).sum(1) / np.maximum(open_at.sum(1), 1), np.nan)
        known = np.isfinite(middle)
        if not known.any():
            return
        middle = np.interp(columns, columns[known], middle[known])
        jaw = anatomy.expression({"jawOpen": 1.0})[:, 1]
        lips = anatomy.mask("lips")
        lowest = np.percentile(jaw[lips > 0.5], 4)
        lower = smoothstep(0.35, 0.65, jaw / lowest)
        x, y = self.current[:, 0], self.current[:, 1]
        g, m = np.interp(x, columns, gap, 0, 0), np.interp(x, columns, middle)
        near = np.exp(-np.maximum(np.abs(y - m) - 0.02, 0) / 0.05) * (np.abs(self.current[:, 2] - self.mouth[2]) < 0.35)
        near[anatomy.BODY_COUNT :] = 0
        lift = g * (lower - 0.5) * 1.25 * near
        self.rest[:, 1] += lift
        self.current[:, 1] += lift

    # ---- skin -----------------------------------------------------------------------------------------------

    def _paint(self) -> None:
        """Vertex attributes read by the skin material."""
        r, skin = self.rest, self.recipe.skin
        lips = anatomy.mask("lips")
        beard = self.beard_weight(r) * (1 - smoothstep(0.2, 0.6, lips))
        lashes = r[anatomy.LASHES]
        to_eye = np.minimum(*(np.linalg.norm(lashes - c, axis=1) for c in (self.eye_left, self.eye_right)))
        to_root, _ = cKDTree(lashes[to_eye < 0.172]).query(r)
        corners = smoothstep(CORNER_FROM, CORNER_TO, np.abs(r[:, 0]) / self.mouth_half_width)
        self.attributes = {
            "oily": (1 - skin.scalp_amount) * self.scalp_weight(),
            "stubble": skin.stubble * beard,
            "lips": lips,
            "ear": anatomy.mask("ears"),
            "cavity": anatomy.mask("inside-mouth") * (1 - corners),
            "scalp": skin.scalp_amount * self.scalp_weight(),
            "liner": skin.liner * np.exp(-((to_root / 0.022) ** 2)),
            "margin": self._lid_margin(),
        }

    def _lid_margin(self) -> np.ndarray:
        """1 on the wet edge of the lids, where they lie on the eyeball; all vertices."""
        r = self.rest
        to_eye = np.minimum(*(np.linalg.norm(r - c, axis=1) for c in (self.eye_left, self.eye_right)))
        return 1 - smoothstep(self.eye_radius_dm + 0.004, self.eye_radius_dm + 0.016, to_eye)

    def add_body(self, keep: np.ndarray) -> None:
        """keep: (VERTEX_COUNT,) bool, the vertices that clothes do not hide; faces need all of theirs."""
        mesh = anatomy.base_mesh()
        chosen = [i for i in self._body_faces if keep[mesh.faces[i]].all()]
        self.used = np.unique(np.concatenate([mesh.faces[i] for i in chosen]))
        index = np.full(anatomy.VERTEX_COUNT, -1)
        index[self.used] = np.arange(len(self.used))
        self.skin_material = materials.skin(self.recipe.skin)
        faces = [index[mesh.faces[i]] for i in chosen]
        self.body = objects.add_mesh(
            "body", to_blender(self.current[self.used]), faces, self.skin_material, subdivide=2
        )
        layer = self.body.data.uv_layers.new(name="UV")
        uv = np.concatenate([mesh.texture_vertices[mesh.texture_faces[i]] for i in chosen])
        layer.data.foreach_set("uv", uv.astype(np.float32).ravel())
        objects.set_attribute(self.body, "rest", to_blender(self.rest[self.used]))
        objects.set_attribute(self.body, "chart", anatomy.chart()[self.used])
        for name, values in self.attributes.items():
            values = values.copy()
            values[anatomy.BODY_COUNT :] = 0
            objects.set_attribute(self.body, name, values[self.used])
        self._add_brows()
        self._add_lashes()
        self._add_tears()

    # ---- eyes -----------------------------------------------------------------------------------------------

    def _add_eyes(self) -> None:
        iris, radius = self.recipe.iris, self.eye_radius_m
        rim = iris.radius_m * 1.12
        ball_material, cornea_material = materials.eyeball(iris, radius), materials.cornea(rim)
        cornea_z = np.sqrt(radius**2 - rim**2) - np.sqrt(CORNEA_RADIUS_M**2 - rim**2)
        self.eyes = []
        self._straight = []
        for name, centre in zip(("left", "right"), self.eye_centres, strict=True):
            points, faces = _dome(np.pi, 49, radius)
            from_axis = np.hypot(points[:, 0], points[:, 2])
            dish = (from_axis < iris.radius_m) & (points[:, 1] < 0)
            points[dish, 1] += IRIS_DISH_M * (1 - (from_axis[dish] / iris.radius_m) ** 2)
            ball = objects.add_mesh(f"eye_{name}", points, faces, ball_material)
            points, faces = _dome(float(np.arcsin(rim / CORNEA_RADIUS_M)), 17, CORNEA_RADIUS_M)
            cornea = objects.add_mesh(f"cornea_{name}", points - [0, cornea_z, 0], faces, cornea_material)
            yaw = -float(np.arctan2(centre[0], 1.75))  # both look into the camera
            for o in (ball, cornea):
                o.location = centre
            self.eyes.append((ball, cornea))
            self._straight.append(yaw)
        self.look(0, 0)

    def look(self, yaw_deg: float, pitch_deg: float) -> None:
        """Yaw to the right of the picture, pitch downwards; 0, 0 looks into the camera."""
        for pair, straight in zip(self.eyes, self._straight, strict=True):
            for o in pair:
                o.rotation_euler = (np.radians(pitch_deg), 0.0, straight + np.radians(yaw_deg))

    def blinking(self, weights: dict[str, float]) -> dict[str, float]:
        """The expression with what a blink needs: a wide resting look is taken back, or lids would not meet."""
        weights = dict(weights)
        for side in ("Left", "Right"):
            close = weights.get(f"eyeBlink{side}", 0.0)
            wide = close * (self.resting.get(f"eyeWide{side}", 0.0) + EXTRA_BLINK_UNWIDE)
            if wide:
                weights[f"eyeWide{side}"] = weights.get(f"eyeWide{side}", 0.0) - wide
        return weights

    def _add_tears(self) -> None:
        """The red corner (caruncle) and the wet line (meniscus) of each eye; both follow the lids."""
        flesh = materials.wet("caruncle", (0.42, 0.17, 0.145), 0.42, 0.8, 0.1, (900.0, 0.3))
        wet = materials.tear()
        self._tears = []
        points, faces = _dome(np.pi, 12, 1.0, 16)
        lower = [columns for upper, columns in self._lashes if not upper]
        for side, centre, columns in zip((1, -1), (self.eye_left, self.eye_right), lower, strict=True):
            name, corner = "left" if side > 0 else "right", anatomy.eye_corner(side)
            lump = objects.add_mesh(f"caruncle_{name}", points, faces, flesh)
            line = objects.add_mesh(f"tear_{name}", *_tube(np.zeros((40, 3)), TEAR_RADIUS_DM), wet)
            self._tears.append((centre, corner, [c[0] for c in columns], points, lump, line))
        self.tears = [o for eye in self._tears for o in eye[-2:]]
        self._move_tears()

    def _move_tears(self) -> None:
        for centre, corner, roots, sphere, lump, line in self._tears:
            at = self.current[corner]
            inwards = np.sign(centre[0] - at[0])
            middle = at + np.array([inwards * CARUNCLE_DM[0], CARUNCLE_DM[1], CARUNCLE_DM[2]])
            objects.set_positions(lump, to_blender(sphere * CARUNCLE_RADII_DM + middle))
            rim = self.current[roots]
            t = np.linspace(0.02, 0.98, 40) * (len(rim) - 1)
            path = np.stack([np.interp(t, np.arange(len(rim)), rim[:, k]) for k in range(3)], -1)
            path[:, 1] += TEAR_RAISE_DM
            away = path - centre
            path = centre + away * (EYEBALL_SCALE * self.eye_radius_dm + 0.001) / np.linalg.norm(away, axis=1)[:, None]
            objects.set_positions(line, to_blender(_tube(path, TEAR_RADIUS_DM)[0]))

    # ---- mouth ----------------------------------------------------------------------------------------------

    def _add_mouth(self) -> None:
        teeth = self.recipe.teeth
        enamel = materials.enamel(teeth.colour)
        gum = materials.wet("gum", (0.44, 0.15, 0.14), 0.34, 0.5, 0.25, (400.0, 0.2))
        tongue = materials.wet("tongue", (0.42, 0.14, 0.13), 0.45, 0.6, 0.0, (900.0, 0.5))
        self.upper_mouth: list[Any] = []
        self.lower_mouth: list[Any] = []
        self._lower = []
        for upper in (True, False):
            vertices = self.rest[anatomy.group_vertices(f"helper-{'upper' if upper else 'lower'}-teeth")]
            for shape, material in zip(dental.build(vertices, upper, teeth), (enamel, gum), strict=True):
                if shape.name.startswith("gum"):
                    self._keep_inside(shape.vertices)
                o = objects.add_mesh(shape.name, to_blender(shape.vertices), shape.faces, material)
                for name, values in shape.attributes.items():
                    objects.set_attribute(o, name, values)
                (self.upper_mouth if upper else self.lower_mouth).append(o)
                if not upper:
                    self._lower.append((o, shape.vertices))
        mesh = anatomy.base_mesh()
        start = anatomy.TONGUE.start
        faces = [np.array(mesh.faces[i]) - start for i in mesh.faces_of("helper-tongue")]
        self.tongue = objects.add_mesh("tongue", to_blender(self.current[anatomy.TONGUE]), faces, tongue, subdivide=2)
        self.lower_mouth.append(self.tongue)

    def _keep_inside(self, vertices: np.ndarray) -> None:
        """Push vertices (N, 3) back that would come through a small chin. Changes them."""
        tree = self.tree()
        skin = np.array([_ray_z(tree, x, y) for x, y in vertices[:, :2]])
        below_lips = vertices[:, 1] < self.mouth[1] - 0.08
        vertices[:, 2] = np.where(below_lips, np.minimum(vertices[:, 2], skin - GUM_DEPTH_DM), vertices[:, 2])

    # ---- brows and lashes -----------------------------------------------------------------------------------

    def _add_brows(self) -> None:
        c, rng, tree = self.recipe.brows, self._rng, self.tree()
        ex, ey, _ = self.eye_left
        self._brow_roots: list[tuple[np.ndarray, np.ndarray, int, float, float]] = []
        for side in (1, -1):
            u = rng.beta(1.15, 1.1, c.strands)
            x = ex + np.interp(u, [0, 0.35, 0.66, 1], [-0.175, -0.02, 0.12, 0.255])
            y = ey + np.interp(u, [0, 0.3, 0.66, 1], [0.160, 0.206, 0.230, 0.178]) + c.raise_dm
            y += c.arch_dm * np.interp(u, [0, 0.3, 0.66, 1], [-0.6, 0.2, 1.0, -0.4])
            off = np.clip(rng.normal(0, 0.62, c.strands), -1.5, 1.5)
            y += off * np.interp(u, [0, 0.15, 0.5, 0.8, 1], [0.026, 0.038, 0.036, 0.026, 0.012]) * c.thickness
            length = (
                np.interp(u, [0, 0.2, 0.6, 1], [0.042, 0.058, 0.058, 0.042])
                * rng.uniform(0.75, 1.15, c.strands)
                * c.length
            )
            angle = np.interp(u, [0, 0.12, 0.35, 0.7, 1], [75, 52, 26, 4, -18]) + rng.normal(0, 7, c.strands)
            angle -= off * np.interp(u, [0, 0.3, 1], [5, 22, 14])
            for i in range(c.strands):
                hit = tree.ray_cast(Vector((x[i] * side, y[i], 3.0)), Vector((0, 0, -1)))
                if hit[0] is None:
                    continue
                corners = self.body_triangles[hit[2]]
                weights = np.linalg.solve(self.rest[corners].T, np.array(hit[0]))
                self._brow_roots.append((corners, weights / weights.sum(), side, length[i], np.radians(angle[i])))
        points = self.brow_points()
        radius = objects.taper(len(points), points.shape[1], c.radius_m, rng)
        self.brows = objects.add_strands("brows", points, radius, materials.hair("brow", None, c.redness, 0.45, 0.5))
        white = rng.random((len(points), 1)) < c.grey
        melanin = np.where(white, WHITE_MELANIN, c.melanin * rng.normal(1, 0.05, (len(points), 1)))
        objects.set_attribute(self.brows, "melanin", np.broadcast_to(melanin, points.shape[:2]).ravel())

    def brow_points(self) -> np.ndarray:
        """(N, 6, 3) Blender metres, bound to the skin's current triangles."""
        v = self.current
        t = np.linspace(0, 1, 6)
        out = np.zeros((len(self._brow_roots), 6, 3))
        for i, (corners, weights, side, length, angle) in enumerate(self._brow_roots):
            q = v[corners]
            normal = np.cross(q[1] - q[0], q[2] - q[0])
            normal /= np.linalg.norm(normal) * (1 if normal[2] > 0 else -1)
            along = np.array([side * np.cos(angle), np.sin(angle), 0.0])
            along -= normal * (along @ normal)
            along /= np.linalg.norm(along)
            bend = np.array([side * 0.35, -0.15 * np.sin(angle), 0.0])
            bend -= normal * (bend @ normal)
            lift = 0.012 * np.sin(np.pi * t * 0.8) + 0.006
            out[i] = (
                weights @ q
                + np.outer(t * length, along)
                + np.outer(t**2 * length * 0.35, bend)
                + np.outer(lift, normal)
            )
        return to_blender(out)

    def _lash_columns(self, group: str, centre: np.ndarray) -> list[list[int]]:
        """Vertex paths from root to tip across MakeHuman's lash strip, inner corner first: list of index lists."""
        mesh = anatomy.base_mesh()
        near: dict[int, set[int]] = {}
        for i in mesh.faces_of(group):
            face = mesh.faces[i]
            for a, b in zip(face, face[1:] + face[:1], strict=True):
                near.setdefault(a, set()).add(b)
                near.setdefault(b, set()).add(a)
        distance = {i: float(np.linalg.norm(self.rest[i] - centre)) for i in near}
        columns = []
        for root in (i for i in near if distance[i] < 0.156):
            path = [root]
            while ahead := [j for j in near[path[-1]] if distance[j] > distance[path[-1]] + 0.004]:
                path.append(max(ahead, key=distance.__getitem__))
            if distance[path[0]] < 0.158:
                path = [j for j in path if distance[j] > 0.158]
            if len(path) >= 2 and 0.02 < np.linalg.norm(self.rest[path[-1]] - self.rest[path[0]]) < 0.085:
                columns.append(path)
        return sorted(columns, key=lambda p: abs(self.rest[p[0], 0]))

    def _add_lashes(self) -> None:
        self._lashes = [
            (upper, self._lash_columns(f"helper-{side}-eyelashes-{2 if upper else 1}", centre))
            for side, centre in (("l", self.eye_left), ("r", self.eye_right))
            for upper in (False, True)
        ]
        points = self.lash_points()
        self.lash_is_upper = np.concatenate(
            [
                np.full(self.recipe.lashes.upper if upper else self.recipe.lashes.lower, upper)
                for upper, _ in self._lashes
            ]
        )
        self.lash_radius_m = objects.taper(
            len(points), points.shape[1], self.recipe.lashes.radius_m, self._rng, 1.0, 0.1
        )
        self.lashes = objects.add_strands("lashes", points, self.lash_radius_m, materials.lash())

    def lash_points(self) -> np.ndarray:
        """(N, 6, 3) Blender metres. Shorter towards both corners: there the strip turns sideways."""
        c = self.recipe.lashes
        rng = np.random.default_rng(3)
        t = np.linspace(0, 1, 6)
        out = []
        for upper, columns in self._lashes:
            curves = np.array(
                [
                    [[np.interp(s, np.linspace(0, 1, len(p)), self.current[p][:, a]) for a in range(3)] for s in t]
                    for p in columns
                ]
            )
            for _ in range(c.upper if upper else c.lower):
                u = rng.uniform(0.04, 0.80)
                at = u * (len(curves) - 1)
                a = int(at)
                b, w = min(a + 1, len(curves) - 1), at - a
                strand = curves[a] * (1 - w) + curves[b] * w
                profile = np.interp(u, [0, 0.25, 0.6, 0.72, 0.8], [0.5, 0.8, 1.0, 0.8, 0.45])
                length = (c.upper_length if upper else c.lower_length) * rng.uniform(0.75, 1.1) * profile
                jitter = rng.normal(0, 0.009, 3) * [1.2, 0.5, 0.3]
                points = strand[0] + (strand - strand[0]) * length + np.outer(t**1.5, jitter)
                if upper:
                    points[:, 1] += c.curl_dm * t**2 - 0.004
                out.append(points)
        return to_blender(np.array(out))

    # ---- expression -----------------------------------------------------------------------------------------

    def vertices(self, weights: dict[str, float]) -> np.ndarray:
        """All vertices with `weights` on top of the resting expression, Blender metres."""
        return to_blender(self._displaced(weights))

    def _displaced(self, weights: dict[str, float]) -> np.ndarray:
        total = dict(self.resting)
        for name, value in weights.items():
            total[name] = total.get(name, 0.0) + value
        return self.rest + anatomy.expression(total)

    def set_expression(self, weights: dict[str, float], tongue_lift: float = 0.0) -> None:
        """Pose body, mouth, brows and lashes. tongue_lift: how far the tip rises, dm (ARKit has no shape for it)."""
        self.current = self._displaced(weights)
        objects.set_positions(self.body, to_blender(self.current[self.used]))
        tongue = self.current[anatomy.TONGUE].copy()
        if tongue_lift:
            z = tongue[:, 2]
            forward = np.clip((z - np.percentile(z, 35)) / (z.max() - np.percentile(z, 35)), 0, 1)
            tongue[:, 1] += tongue_lift * forward**1.5
            tongue[:, 2] += 0.04 * forward
        objects.set_positions(self.tongue, to_blender(tongue))
        teeth = anatomy.group_vertices("helper-lower-teeth")
        rotation, offset = anatomy.rigid_fit(self.rest[teeth], self.current[teeth])
        for o, vertices in self._lower:
            objects.set_positions(o, to_blender(vertices @ rotation.T + offset))
        objects.move_strands(self.brows, self.brow_points())
        objects.move_strands(self.lashes, self.lash_points())
        self._move_tears()
        for strands, points in self.bound_strands:
            objects.move_strands(strands, points())


def _ray_z(tree: BVHTree, x: float, y: float) -> float:
    """Depth of the surface seen from the front, dm; far behind where there is none."""
    hit = tree.ray_cast(Vector((x, y, 4.0)), Vector((0, 0, -1)))[0]
    return hit.z if hit is not None else -9.0


def _tube(path: np.ndarray, radius: float, around: int = 8) -> tuple[np.ndarray, list[list[int]]]:
    """A tube round a path (N, 3)."""
    a = np.linspace(0, 2 * np.pi, around, endpoint=False)
    ring = radius * np.stack([np.zeros(around), np.sin(a), np.cos(a)], -1)
    faces = [
        [i * around + j, i * around + (j + 1) % around, (i + 1) * around + (j + 1) % around, (i + 1) * around + j]
        for i in range(len(path) - 1)
        for j in range(around)
    ]
    return (path[:, None] + ring).reshape(-1, 3), faces


def _dome(angle: float, rings: int, radius: float, around: int = 64) -> tuple[np.ndarray, list[list[int]]]:
    """A part of a sphere round -Y, from the pole to `angle`."""
    u, v = np.meshgrid(np.linspace(0, angle, rings), np.linspace(0, 2 * np.pi, around + 1)[:-1], indexing="ij")
    points = np.stack([np.sin(u) * np.cos(v), -np.cos(u), np.sin(u) * np.sin(v)], -1).reshape(-1, 3) * radius
    faces = [
        [i * around + j, i * around + (j + 1) % around, (i + 1) * around + (j + 1) % around, (i + 1) * around + j]
        for i in range(rings - 1)
        for j in range(around)
    ]
    return points, faces
