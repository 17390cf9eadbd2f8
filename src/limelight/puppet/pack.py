"""The presenter pack: one file with all that is needed to draw a presenter. `docs/pack-format.md` is its format.

Camera space is metres: x to the right, y down, z away from the camera. Portrait pixels have their origin at the top
left corner of the portrait, and pixel centres at .5. Left and right are the presenter's own. A blendshape's
displacement is at weight 1, from the resting expression; blendshapes are in ARKit order.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from limelight.acting.performance import BLENDSHAPES
from limelight.errors import PackError

FORMAT, VERSION = "limelight.presenter", 3
#: Versions that this module reads: packs of version 2 lack entries that have become optional since.
_READ = (2, VERSION)

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
#: uint8 (height, width, 4), straight alpha, sRGB, red first.
Rgba = NDArray[np.uint8]
#: uint8 (height, width).
Grey = NDArray[np.uint8]
#: x0, y0, x1, y1, whole pixels; x1 and y1 are exclusive
Rect = tuple[int, int, int, int]
#: x, y
Point = tuple[float, float]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Portrait(_Entry):
    file: str
    width: int = Field(ge=1500, le=16384)
    height: int = Field(ge=1900, le=16384)


class _Camera(_Entry):
    focal: float = Field(gt=0)
    centre: Point


class Landmarks(_Entry):
    """Points of the portrait, in portrait pixels."""

    #: the top of the hair
    head_top: Point
    chin: Point
    mouth: Point
    eye_left: Point
    eye_right: Point
    neck_base: Point
    shoulder_left: Point
    shoulder_right: Point


class _Depth(_Entry):
    file: str
    step: int = Field(gt=0)


class _Warp(_Entry):
    file: str
    origin: Point
    step: int = Field(gt=0)


class _Key(_Entry):
    name: str
    weights: dict[str, float]
    file: str


class _Region(_Entry):
    name: str
    rect: Rect
    mask: str
    mix: Literal["nearest", "linear"]
    keys: tuple[_Key, ...] = Field(min_length=1)


class _Face(_Entry):
    vertices: str
    deltas: str
    uv: str
    triangles: str
    lips: str
    inner_lip: str
    texture: tuple[int, int]
    feather: str
    neutral: str
    regions: tuple[_Region, ...] = Field(min_length=1)
    seal: str | None = None


class _JawLayer(_Entry):
    jaw: float
    file: str


class _Mouth(_Entry):
    rect: Rect
    upper: str
    lower: tuple[_JawLayer, ...] = Field(min_length=1)
    tongue: tuple[_JawLayer, ...] = Field(min_length=1)
    tongue_between: _JawLayer
    jaw_origin: tuple[float, float, float]
    jaw_deltas: str
    lit: float = Field(default=0.0, ge=0, le=1)


class _Lashes(_Entry):
    points: str
    radius: str
    shapes: tuple[str, ...]
    deltas: str
    colour: tuple[int, int, int]
    at_rest: float = Field(default=1.0, ge=0, le=1)


class _Eyes(_Entry):
    rect: Rect
    balls: str
    centres: tuple[Point, Point]
    radius: float = Field(gt=0)
    iris: float = Field(gt=0)
    openings: tuple[str, str]
    lashes: _Lashes
    shaded: bool = False


class _Cloth(_Entry):
    file: str
    light: float = Field(gt=0, le=1)
    face_height: float = Field(gt=0)


class Look(_Entry):
    """An outfit of a presenter: a colour for their cloth."""

    id: str
    name: str
    colour: str = Field(pattern=r"^#[0-9a-f]{6}$")


class Manifest(_Entry):
    """The validated content of `manifest.json`."""

    format: Literal["limelight.presenter"]
    version: Literal[2, 3]
    name: str
    gender: Literal["female", "male"]
    licence: str
    #: name or id of the voice that fits, as in `limelight voices`
    voice: str | None = None
    tags: tuple[str, ...] = ()
    #: outfits, the default one first; empty where the cloth cannot be dyed
    looks: tuple[Look, ...] = ()
    portrait: _Portrait
    camera: _Camera
    landmarks: Landmarks
    neck_pivot: tuple[float, float, float]
    blendshapes: tuple[str, ...]
    depth: _Depth
    warp: _Warp
    texels_per_px: float = Field(default=1.0, gt=0)
    face: _Face
    mouth: _Mouth
    eyes: _Eyes
    cloth: _Cloth | None = None
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Key:
    """One photograph of a region of the face, unwrapped into texture space."""

    name: str
    #: float32 (52,), ARKit order, its expression
    weights: Floats
    #: uint8 (height, width, 4) of the region's rect; alpha is the confidence, not opacity
    texture: Rgba


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the face whose keys mix independently of the other parts'."""

    #: mouth, brows, cheeks, lids_left or lids_right
    name: str
    #: its place in the texture, texels
    rect: Rect
    #: uint8 (height, width) of the rect: how much each texel belongs to the region, 255 for all of it
    mask: Grey
    #: nearest: by each key's distance from the expression; linear: by the expression's component along each key
    mix: Literal["nearest", "linear"]
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Face:
    """The moving skin of the face: a mesh of V vertices and T triangles, and its texture of h × w texels."""

    #: float32 (V, 3), camera space, metres, resting expression
    vertices: Floats
    #: float32 (52, V, 3), camera space, metres: each blendshape's displacement of the vertices
    deltas: Floats
    #: float32 (V, 2), x and y in the texture, texels, with texel centres at .5
    uv: Floats
    #: int32 (T, 3), indices of vertices, back to front
    triangles: Ints
    #: float32 (V,), 1 on the red of the lips, 0 on skin
    lips: Floats
    #: int32 (N,), indices of vertices: the inner contour of the lips as a closed loop round the mouth's opening
    inner_lip: Ints
    #: uint8 (h, w), how opaque the skin is over the portrait, 255 for fully
    feather: Grey
    #: uint8 (h, w, 4), the key at rest: sRGB with the confidence as alpha
    neutral: Rgba
    regions: tuple[Region, ...]
    #: float32 (2, V, 2), portrait pixels: shifts that close the last gap between the lips in the neutral and in the
    #: pressed (PP) shape; None where the mesh needs none
    seal: Floats | None


@dataclass(frozen=True, slots=True)
class Mouth:
    """The inside of the mouth in layers, each uint8 (height, width, 4) of `rect`, straight alpha, without shadows."""

    #: where the layers are at rest, portrait pixels
    rect: Rect
    #: upper teeth and gum, fixed to the head
    upper: Rgba
    #: lower teeth, fixed to the jaw: (`jawOpen` at which they look like this, layer), rising
    lower: tuple[tuple[float, Rgba], ...]
    #: the tongue with its tip raised, in the same form
    tongue: tuple[tuple[float, Rgba], ...]
    #: the tip of the tongue between the teeth, in the same form; `tongueOut` shows it
    tongue_between: tuple[float, Rgba]
    #: float32 (3,), camera space, metres: where the lower teeth are at rest
    jaw_origin: Floats
    #: float32 (52, 3), camera space, metres: each blendshape's displacement of the lower teeth
    jaw_deltas: Floats
    #: 1 for a portrait in colour, 0 for black and white
    colourful: float = 1.0
    #: how much of the dimming towards the corners `upper` already has, 0 to 1
    lit: float = 0.0


@dataclass(frozen=True, slots=True)
class Lashes:
    """Eyelashes as N curves of K points, root first."""

    #: float32 (N, K, 3), camera space, metres, resting expression
    points: Floats
    #: float32 (N, K), metres
    radius: Floats
    #: float32 (52, N, K, 3), camera space, metres: each blendshape's displacement of the points
    deltas: Floats
    #: sRGB, 0 to 255
    colour: tuple[int, int, int]
    #: the share of their width while the eye is open: a photograph already has lashes of its own
    at_rest: float = 1.0


@dataclass(frozen=True, slots=True)
class Eyes:
    """Eyeballs and lashes; lids are part of the face. Of pairs, the presenter's left eye comes first."""

    #: a box around both eyeballs, portrait pixels
    rect: Rect
    #: uint8 (height, width, 4) of `rect`, straight alpha: both eyeballs without lids, looking into the camera
    balls: Rgba
    #: of the eyeballs, portrait pixels
    centres: tuple[Point, Point]
    #: of an eyeball, portrait pixels
    radius: float
    #: radius of an iris, portrait pixels
    iris: float
    #: int32 (N,) each, indices of vertices of the face: the edge of the lids as a closed loop
    openings: tuple[Ints, Ints]
    lashes: Lashes
    #: whether `balls` already has the shadow of the lids
    shaded: bool = False


@dataclass(frozen=True, slots=True)
class Cloth:
    """Light cloth in a portrait, which can be dyed."""

    #: uint8 (height, width) of the portrait: how much of each pixel is cloth, 255 for all of it
    mask: Grey
    #: mean linear luminance of the cloth where it is well lit, 0 to 1
    light: float
    #: from the chin to the top of the forehead, portrait pixels
    face_height: float


@dataclass(frozen=True, slots=True)
class Pack:
    """A presenter that can be drawn."""

    #: uint8 (height, width, 4), sRGB, straight alpha: the resting expression, from the waist up
    portrait: Rgba
    #: the camera's focal length, portrait pixels
    focal: float
    #: the camera's principal point, portrait pixels
    centre: Point
    landmarks: Landmarks
    #: float32 (3,), camera space, metres: the joint of skull and neck, about which the head turns
    neck_pivot: Floats
    #: float32 (rows, columns), metres: z at the centre of each cell of `depth_step` × `depth_step` portrait pixels
    depth: Floats
    depth_step: int
    #: float32 (52, rows, columns, 2), portrait pixels: each blendshape's displacement of the portrait at the grid
    #: points `warp_origin + warp_step * (column, row)`
    warp: Floats
    #: portrait pixels
    warp_origin: Point
    warp_step: int
    face: Face
    mouth: Mouth
    eyes: Eyes
    #: texels of the face's texture per portrait pixel
    texels_per_px: float = 1.0
    #: None where the presenter wears none that can be dyed
    cloth: Cloth | None = None

    def project(self, points: Floats) -> Floats:
        """Points (…, 3) in camera space, metres, to float32 (…, 2), portrait pixels."""
        scale = self.focal / points[..., 2:]
        return np.asarray(points[..., :2] * scale + np.asarray(self.centre, np.float32), np.float32)


class _Archive:
    """Reads members of the ZIP and checks them against their hashes."""

    def __init__(self, archive: zipfile.ZipFile, hashes: dict[str, str]) -> None:
        self._archive, self._hashes = archive, hashes

    def bytes(self, name: str) -> bytes:
        if name not in self._hashes:
            raise PackError(f"presenter file is damaged: the manifest has no hash for {name}")
        try:
            data = self._archive.read(name)
        except KeyError:
            raise PackError(f"presenter file is damaged: {name} is missing") from None
        if hashlib.sha256(data).hexdigest() != self._hashes[name]:
            raise PackError(f"presenter file is damaged: {name} does not match its SHA-256")
        return data

    def array(self, name: str, shape: tuple[int | None, ...], kind: str = "f") -> NDArray[Any]:
        """A float32 array for kind f, an int32 array for i, of this `shape`, in which None stands for any length."""
        data: NDArray[Any] = np.lib.format.read_array(io.BytesIO(self.bytes(name)), allow_pickle=False)
        fits = data.ndim == len(shape) and all(w is None or w == h for w, h in zip(shape, data.shape, strict=False))
        if not fits or data.dtype.kind != kind:
            raise PackError(f"presenter file is damaged: {name} is {data.dtype} {data.shape}, expected {shape}")
        if kind == "f" and not np.isfinite(data).all():
            raise PackError(f"presenter file is damaged: {name} holds values that are not finite")
        return data.astype(np.float32 if kind == "f" else np.int32)

    def _image(self, name: str, size: tuple[int, int], flags: int) -> NDArray[np.uint8]:
        image = cv2.imdecode(np.frombuffer(self.bytes(name), np.uint8), flags)
        if image is None or image.dtype != np.uint8 or (image.shape[1], image.shape[0]) != size:
            raise PackError(f"presenter file is damaged: {name} is not an image of {size[0]}x{size[1]}")
        return np.asarray(image, np.uint8)

    def rgba(self, name: str, size: tuple[int, int]) -> Rgba:
        image = self._image(name, size, cv2.IMREAD_UNCHANGED)
        if image.ndim == 3 and image.shape[2] == 4:
            return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA), np.uint8)
        if image.ndim == 3 and image.shape[2] == 3:  # an opaque WebP decodes without alpha
            return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGBA), np.uint8)
        raise PackError(f"presenter file is damaged: {name} is not a colour image")

    def grey(self, name: str, size: tuple[int, int]) -> Grey:
        return self._image(name, size, cv2.IMREAD_GRAYSCALE)


def _size(rect: Rect) -> tuple[int, int]:
    return rect[2] - rect[0], rect[3] - rect[1]


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Manifest, _Archive]]:
    """A pack's manifest and members. Raises PackError where the file is no readable presenter."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive, path)
            yield manifest, _Archive(archive, manifest.files)
    except (OSError, zipfile.BadZipFile) as error:
        raise PackError(f"presenter file {path.name} cannot be read: {error}") from error


def read_manifest(path: Path) -> Manifest:
    """Only the manifest of a pack. Raises PackError where the file is no readable presenter of a known version."""
    with _opened(path) as (manifest, _):
        return manifest


def _manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    try:
        raw = json.loads(archive.read("manifest.json"))
    except (KeyError, ValueError) as error:
        raise PackError(f"presenter file {path.name} has no readable manifest.json") from error
    if raw.get("format") == FORMAT and raw.get("version") not in _READ:
        read = " and ".join(map(str, _READ))
        raise PackError(f"presenter file {path.name} has version {raw.get('version')}, this program reads {read}")
    try:
        manifest = Manifest.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise PackError(f"presenter file {path.name}: {field} is invalid: {first['msg']}") from error
    if manifest.blendshapes != BLENDSHAPES:
        raise PackError(f"presenter file {path.name}: blendshapes are not the 52 of ARKit in their order")
    if manifest.looks and manifest.cloth is None:
        raise PackError(f"presenter file {path.name}: looks need cloth that can be dyed")
    return manifest


def load_portrait(path: Path) -> tuple[Manifest, Rgba, Cloth | None]:
    """A presenter's manifest, portrait (height, width, 4) and cloth, without the rest. Raises PackError."""
    with _opened(path) as (m, a):
        return m, a.rgba(m.portrait.file, (m.portrait.width, m.portrait.height)), _load_cloth(m, a)


def load_pack(path: Path) -> Pack:
    """Read and validate a whole presenter.

    Raises PackError where the file is missing, damaged or of an unknown version.
    """
    with _opened(path) as (manifest, archive):
        return _load(manifest, archive)


def _load(m: Manifest, a: _Archive) -> Pack:
    width, height = m.portrait.width, m.portrait.height
    cells = (-(-height // m.depth.step), -(-width // m.depth.step))
    return Pack(
        portrait=a.rgba(m.portrait.file, (width, height)),
        focal=m.camera.focal,
        centre=m.camera.centre,
        landmarks=m.landmarks,
        neck_pivot=np.asarray(m.neck_pivot, np.float32),
        depth=a.array(m.depth.file, cells),
        depth_step=m.depth.step,
        warp=a.array(m.warp.file, (len(BLENDSHAPES), None, None, 2)),
        warp_origin=m.warp.origin,
        warp_step=m.warp.step,
        face=_load_face(m.face, a),
        mouth=_load_mouth(m.mouth, a),
        eyes=_load_eyes(m.eyes, m.face, a),
        texels_per_px=m.texels_per_px,
        cloth=_load_cloth(m, a),
    )


def _load_cloth(m: Manifest, a: _Archive) -> Cloth | None:
    if m.cloth is None:
        return None
    mask = a.grey(m.cloth.file, (m.portrait.width, m.portrait.height))
    return Cloth(mask, m.cloth.light, m.cloth.face_height)


def _load_face(f: _Face, a: _Archive) -> Face:
    vertices = a.array(f.vertices, (None, 3))
    count = len(vertices)
    triangles, inner = a.array(f.triangles, (None, 3), "i"), a.array(f.inner_lip, (None,), "i")
    if min(triangles.min(), inner.min()) < 0 or max(triangles.max(), inner.max()) >= count:
        raise PackError("presenter file is damaged: a triangle or the lip contour names a vertex that is not there")
    return Face(
        vertices=vertices,
        deltas=a.array(f.deltas, (len(BLENDSHAPES), count, 3)),
        uv=a.array(f.uv, (count, 2)),
        triangles=triangles,
        lips=a.array(f.lips, (count,)),
        inner_lip=inner,
        feather=a.grey(f.feather, f.texture),
        neutral=a.rgba(f.neutral, f.texture),
        regions=tuple(_load_region(r, f.texture, a) for r in f.regions),
        seal=a.array(f.seal, (2, count, 2)) if f.seal else None,
    )


def _load_region(r: _Region, texture: tuple[int, int], a: _Archive) -> Region:
    x0, y0, x1, y1 = r.rect
    if not (0 <= x0 < x1 <= texture[0] and 0 <= y0 < y1 <= texture[1]):
        raise PackError(f"presenter file is damaged: the region {r.name} lies outside the texture")
    keys = tuple(Key(k.name, _weights(k.weights), a.rgba(k.file, _size(r.rect))) for k in r.keys)
    if not all(key.weights.any() for key in keys):
        raise PackError(f"presenter file is damaged: a key of the region {r.name} is the resting expression")
    return Region(r.name, r.rect, a.grey(r.mask, _size(r.rect)), r.mix, keys)


def _weights(values: dict[str, float]) -> Floats:
    weights = np.zeros(len(BLENDSHAPES), np.float32)
    for name, value in values.items():
        if name not in BLENDSHAPES:
            raise PackError(f"presenter file is damaged: a key names {name}, which is no blendshape")
        weights[BLENDSHAPES.index(name)] = value
    return weights


def _load_mouth(m: _Mouth, a: _Archive) -> Mouth:
    size = _size(m.rect)
    return Mouth(
        rect=m.rect,
        upper=a.rgba(m.upper, size),
        lower=tuple((x.jaw, a.rgba(x.file, size)) for x in sorted(m.lower, key=lambda x: x.jaw)),
        tongue=tuple((x.jaw, a.rgba(x.file, size)) for x in sorted(m.tongue, key=lambda x: x.jaw)),
        tongue_between=(m.tongue_between.jaw, a.rgba(m.tongue_between.file, size)),
        jaw_origin=np.asarray(m.jaw_origin, np.float32),
        jaw_deltas=a.array(m.jaw_deltas, (len(BLENDSHAPES), 3)),
        lit=m.lit,
    )


def _load_eyes(e: _Eyes, f: _Face, a: _Archive) -> Eyes:
    count = len(a.array(f.vertices, (None, 3)))
    left, right = (a.array(name, (None,), "i") for name in e.openings)
    if any(len(loop) < 8 or loop.min() < 0 or loop.max() >= count for loop in (left, right)):
        raise PackError("presenter file is damaged: the opening of an eye names a vertex that is not there")
    points = a.array(e.lashes.points, (None, None, 3))
    strands, length = points.shape[:2]
    some = a.array(e.lashes.deltas, (len(e.lashes.shapes), strands, length, 3))
    deltas = np.zeros((len(BLENDSHAPES), *points.shape), np.float32)
    for name, delta in zip(e.lashes.shapes, some, strict=True):
        if name not in BLENDSHAPES:
            raise PackError(f"presenter file is damaged: the lashes name {name}, which is no blendshape")
        deltas[BLENDSHAPES.index(name)] = delta
    return Eyes(
        rect=e.rect,
        balls=a.rgba(e.balls, _size(e.rect)),
        centres=e.centres,
        radius=e.radius,
        iris=e.iris,
        openings=(left, right),
        lashes=Lashes(points, a.array(e.lashes.radius, (strands, length)), deltas, e.lashes.colour, e.lashes.at_rest),
        shaded=e.shaded,
    )
