"""Tailors a round-necked top and an open jacket over the body. Blender's axes and metres.

Both start from MakeHuman's `tights` helper, a skin-tight suit that follows the body. It is draped, then cut along the
zero line of a smooth function of position, so an edge is as smooth as the function, whatever the mesh.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Vector, noise
from mathutils.bvhtree import BVHTree

from . import anatomy, materials, objects
from .anatomy import to_blender
from .figure import Figure, smoothstep
from .surface import Surface, resample, smooth_curve, sweep

Colour = tuple[float, float, float]
NECKLINE_RADIUS_M = 0.076
"""The jacket's neckline is not farther to the side than this: shoulders are too flat to be cut by height."""
SLEEVE_SMOOTHING = 60
LOWEST_DM = -1.5
"""Cloth below this is never in the picture."""


@dataclass(frozen=True)
class Jacket:
    """An open jacket with lapels."""

    colour: Colour
    opening_m: float = 0.050
    """Half the opening at the break of the lapels."""
    break_m: float = 0.27
    """How far below the neck joint the lapels begin."""
    lapel_m: float = 0.066


@dataclass(frozen=True)
class Outfit:
    """A top with a round neck, and a jacket over it."""

    top_colour: Colour
    top_kind: str = "knit"
    neck_front_m: float = -0.054
    """Height of the neckline's front relative to the neck joint."""
    neck_back_m: float = 0.016
    collar_m: float = 0.020
    jacket: Jacket | None = None


@dataclass(frozen=True)
class _Neck:
    """The neckline: heights at the front and the back of the neck, linear in between."""

    front_y: float
    back_y: float
    joint_z: float

    def height(self, p: np.ndarray, front: float, back: float, sag: float = 0.0) -> np.ndarray:
        """Height of the neckline surface at p; `sag` lowers it at the sides."""
        t = (p[:, 1] - self.front_y) / (self.back_y - self.front_y)
        t = np.clip(t, -0.6, 1.6)
        return self.joint_z + front + (back - front) * t - sag * np.sin(np.pi * np.clip(t, 0, 1))

    @property
    def middle_y(self) -> float:
        return (self.front_y + self.back_y) / 2


def hidden_below(figure: Figure, outfit: Outfit) -> np.ndarray:
    """Which vertices of the body to keep: those above the neckline and a little below it."""
    neck = _measure_neck(figure)
    p = to_blender(figure.rest)
    above = p[:, 2] > neck.height(p, outfit.neck_front_m, outfit.neck_back_m) - 0.035
    return above & (np.abs(p[:, 0]) < 0.15)


def _measure_neck(figure: Figure) -> _Neck:
    joint = to_blender(figure.neck)
    p = to_blender(figure.rest[: anatomy.BODY_COUNT])
    ring = p[(np.abs(p[:, 2] - joint[2] - 0.02) < 0.02) & (np.abs(p[:, 0]) < 0.03)]
    return _Neck(float(ring[:, 1].min()), float(ring[:, 1].max()), float(joint[2]))


def dress(figure: Figure, outfit: Outfit) -> None:
    """Add the clothes to the scene."""
    neck = _measure_neck(figure)
    suit = _suit(figure)
    top = _add_top(suit, neck, outfit)
    if outfit.jacket:
        _add_jacket(suit, top, neck, outfit, outfit.jacket)


def _suit(figure: Figure) -> Surface:
    """The tights helper, posed, at subdivision level 2."""
    mesh = anatomy.base_mesh()
    chosen = [i for i in mesh.faces_of("helper-tights") if figure.rest[mesh.faces[i], 1].mean() > LOWEST_DM]
    used = np.unique(np.concatenate([mesh.faces[i] for i in chosen]))
    index = np.full(anatomy.VERTEX_COUNT, -1)
    index[used] = np.arange(len(used))
    o = objects.add_mesh(
        "suit", to_blender(figure.rest[used]), [index[mesh.faces[i]] for i in chosen], None, subdivide=2
    )
    dense = o.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    surface = Surface(objects.get_positions(dense).astype(float), [list(p.vertices) for p in dense.polygons])
    bpy.data.objects.remove(o)
    surface = surface.largest_part()
    # skinning leaves the deltoids round when the arms come down; sleeves are smoother than that
    arms = smoothstep(0.105, 0.16, np.abs(surface.vertices[:, 0]))
    surface = surface.smooth(SLEEVE_SMOOTHING, 0.6 * arms)
    return _square_shoulders(surface, float(figure.joint("l-shoulder")[2]))


def _square_shoulders(s: Surface, joint_z: float) -> Surface:
    """A tailored shoulder: a little padding at its point, less width below it."""
    v = s.vertices.copy()
    x, z = np.abs(v[:, 0]), v[:, 2] - joint_z
    point = np.exp(-(((x - 0.165) / 0.030) ** 2) - ((z - 0.040) / 0.026) ** 2)
    below = np.exp(-(((z + 0.045) / 0.065) ** 2)) * smoothstep(0.13, 0.18, x)
    v[:, 0] += np.sign(v[:, 0]) * (0.011 * point - 0.014 * below)
    v[:, 2] += 0.007 * point
    return Surface(v, s.faces)


def _wrinkle(s: Surface, amount: float, scale: float, stretch: Colour, seed: float) -> Surface:
    """Gentle folds: two octaves of noise along the normals. A small number in stretch makes folds long that way."""
    height = np.empty(len(s.vertices))
    for i, (x, y, z) in enumerate((s.vertices * scale * np.array(stretch)).tolist()):
        at = Vector((x + seed, y, z))
        height[i] = noise.noise(at) + 0.5 * noise.noise(at * 2.1)
    return s.offset(amount * height)


def _sew(name: str, s: Surface, material: object, thickness: float, subdivide: int = 1) -> Surface:
    """Make it an object with a thickness to the outside."""
    o = objects.add_mesh(name, s.vertices, s.faces, material)
    objects.set_attribute(o, "rest", s.vertices)
    solid = o.modifiers.new("thickness", "SOLIDIFY")
    solid.thickness, solid.offset = thickness, 1.0
    if subdivide:
        smooth = o.modifiers.new("subdivision", "SUBSURF")
        smooth.levels = smooth.render_levels = subdivide
    return s


def _add_top(suit: Surface, neck: _Neck, outfit: Outfit) -> Surface:
    """Returns the whole draped top, before the neck is cut."""
    whole = suit.drape(14, 0.55).smooth(3).offset(0.005)
    whole = _wrinkle(whole, 0.0022, 11, (1, 1, 0.5), 3.1)
    over = whole.vertices[:, 2] - neck.height(whole.vertices, outfit.neck_front_m, outfit.neck_back_m)
    over = np.where(np.abs(whole.vertices[:, 0]) < 0.14, over, -0.1)
    cut, on_line = whole.cut(over)
    material = materials.cloth("top", outfit.top_colour, outfit.top_kind)
    _sew("top", cut, material, 0.002)
    line = cut.loop(on_line)
    _add_band(cut, line, neck, outfit.collar_m, material)
    return whole


def _add_band(s: Surface, line: np.ndarray, neck: _Neck, height: float, material: object) -> None:
    """A ribbed band swept along the neckline, leaning on the neck."""
    count = 220
    path = resample(s.vertices[line], count, 40)
    normal = resample(s.normals()[line], count, 60)
    tangent = np.roll(path, -1, 0) - np.roll(path, 1, 0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    up = np.cross(normal, tangent)
    up *= np.sign(up[:, 2:3].mean())
    # between the slope of the shoulders and the vertical, so that it hugs the neck instead of standing off
    up = up / np.linalg.norm(up, axis=1, keepdims=True) + np.array([0, 0, 0.55])
    inward = np.array([0, neck.middle_y, 0]) - path
    inward[:, 2] = 0
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    up = smooth_curve(up + 0.10 * inward, 60)
    up -= tangent * np.einsum("ij,ij->i", up, tangent)[:, None]
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    out = np.cross(tangent, up)
    out *= np.sign(np.einsum("ij,ij->i", out, -inward).mean())
    angle = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    rounded = lambda x: np.sign(x) * np.abs(x) ** 0.55  # noqa: E731
    thick, high = 0.0024 * rounded(np.cos(angle)), height * (0.5 * rounded(np.sin(angle)) + 0.32)
    rows = path[:, None] + out[:, None] * (thick + 0.0012)[None, :, None] + up[:, None] * high[None, :, None]
    band = sweep(rows, True, True)
    o = objects.add_mesh("collar", band.vertices, band.faces, material)
    objects.set_attribute(o, "rest", band.vertices)


def _add_jacket(suit: Surface, top: Surface, neck: _Neck, outfit: Outfit, jacket: Jacket) -> None:
    whole = suit.drape(40, 0.35).smooth(6)
    normal = top.normals()
    arms = smoothstep(0.15, 0.19, np.abs(top.vertices[:, 0]))
    apart = np.einsum("ij,ij->i", whole.vertices - top.vertices, normal) + 0.010 - 0.006 * arms
    whole = Surface(top.vertices + normal * np.maximum(apart, 0.0075 - 0.004 * arms)[:, None], suit.faces).smooth(
        8, 0.4
    )
    whole = _wrinkle(whole, 0.0026, 9, (1, 1, 0.45), 21.3)
    p = whole.vertices
    opening = _opening(neck, outfit, jacket)
    over_neck = p[:, 2] - neck.height(p, outfit.neck_front_m, outfit.neck_back_m) + 0.013
    over_neck = np.minimum(over_neck, NECKLINE_RADIUS_M - np.abs(p[:, 0]))
    front = 1 - smoothstep(neck.middle_y - 0.03, neck.middle_y + 0.015, p[:, 1])
    cut, on_line = whole.cut(np.maximum(over_neck, opening(p[:, 2]) * front - 0.004 * (1 - front) - np.abs(p[:, 0])))
    cut_line = cut.loop(on_line)
    material = materials.cloth("jacket", jacket.colour, "wool", _seams(neck))
    _sew("jacket", cut, material, 0.003)
    _add_lapels(cut, cut_line, neck, jacket, material)


def _seams(neck: _Neck) -> materials.Armhole:
    """The sleeves' seams, drawn by the shader: from the point of the shoulder to the armpit."""
    return materials.Armhole(x=0.137, z=neck.joint_z - 0.06, slope=0.186, bend=3.05, low=neck.joint_z - 0.132)


def _opening(neck: _Neck, outfit: Outfit, jacket: Jacket) -> Callable[[np.ndarray], np.ndarray]:
    """Half width of the front opening by height."""
    top_z = neck.joint_z - 0.012
    break_z = neck.joint_z - jacket.break_m

    def width(z: np.ndarray) -> np.ndarray:
        t = np.clip((z - break_z) / (top_z - break_z), 0, 1)
        below = np.clip(break_z - z, 0, 1)
        return jacket.opening_m + (0.074 - jacket.opening_m) * t**1.15 + 0.10 * below**1.3

    return width


def _add_lapels(s: Surface, line: np.ndarray, neck: _Neck, jacket: Jacket, material: object) -> None:
    """Lapels and collar as one strip: it starts at the break, lies on the chest, turns into a collar with a stand."""
    path = s.vertices[line]
    if path[0, 0] > path[-1, 0]:
        path = path[::-1]
    break_z = neck.joint_z - jacket.break_m
    turn = int(np.argmax(path[:, 2] + 0.5 * path[:, 1]))
    start = int(np.argmin(np.abs(path[:turn, 2] - break_z)))
    end = turn + int(np.argmin(np.abs(path[turn:, 2] - break_z)))
    path = resample(path[start : end + 1], 520, 260, closed=False)
    tree = BVHTree.FromPolygons(s.vertices.tolist(), s.faces)

    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    normal = np.array([tree.find_nearest(Vector(p))[1] for p in path.tolist()])
    normal = smooth_curve(normal, 80, closed=False)
    outward = np.cross(tangent, normal)
    away = path - np.array([0, neck.middle_y, 0])
    away[:, 2] = -0.05
    outward *= np.sign(np.einsum("ij,ij->i", outward, away).mean())
    outward = smooth_curve(outward, 40, closed=False)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)

    # along: 0 at a break, 1 at the side of the neck, symmetric; collar: 0 on the chest, 1 behind the neck
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
    side = path[:, 1] > neck.middle_y - 0.02
    up_to_neck = length[int(np.argmax(side))]
    along = np.minimum(length, length[-1] - length) / up_to_neck
    w = jacket.lapel_m
    width = np.interp(
        along,
        [0, 0.06, 0.35, 0.62, 0.715, 0.725, 0.745, 0.80, 1.0, 1.3],
        [0.002, 0.018, 0.75 * w, 0.98 * w, 1.03 * w, 0.50 * w, 0.72 * w, 0.66 * w, 0.036, 0.034],
    )
    stand = 0.019 * smoothstep(0.78, 1.15, along)
    columns = 26
    rows = np.zeros((len(path), columns, 3))
    for j in range(columns):
        u = j / (columns - 1)
        rise = np.minimum(u / 0.25, 1.0)
        down = np.clip((u - 0.25) / 0.75, 0, 1)
        across = np.where(stand > 1e-4, -stand * np.sin(rise * np.pi / 2) + (stand + width) * down, width * u)
        across = across * smoothstep(0.78, 0.95, along) + width * u * (1 - smoothstep(0.78, 0.95, along))
        lift = 0.0045 * np.sin(np.pi * np.clip(u * 0.9 + 0.05, 0, 1)) + 0.0035 + 0.004 * rise * (stand / 0.019)
        at = path + outward * across[:, None]
        for i in range(len(path)):
            near, direction, _, _ = tree.find_nearest(Vector(at[i]))
            ground = np.array(near) if across[i] > 0.003 else at[i]
            blend = float(smoothstep(0.0, 0.012, across[i]))
            base = at[i] * (1 - blend) + ground * blend
            rows[i, j] = base + (normal[i] * (1 - blend) + np.array(direction) * blend) * lift[i]
    for _ in range(4):
        rows[:, 1:-1] = 0.5 * rows[:, 1:-1] + 0.25 * (rows[:, :-2] + rows[:, 2:])
    notch = np.exp(-(((along - 0.73) / 0.035) ** 2))[:, None, None]  # smooth along the edge, but not this cut
    rows = smooth_curve(rows, 8, closed=False) * (1 - notch) + rows * notch
    strip = sweep(rows, False, False)
    o = objects.add_mesh("lapels", strip.vertices, strip.faces, material)
    objects.set_attribute(o, "rest", strip.vertices + 5)
    solid = o.modifiers.new("thickness", "SOLIDIFY")
    solid.thickness, solid.offset = 0.0028, 0.0
