"""Makes a presenter from pictures of a person: the pack that `Puppet` draws, and the background behind the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.errors import PhotoError
from limelight.puppet import raster
from limelight.puppet.pack import Face, Mouth, Pack
from limelight.puppet.photo import space
from limelight.puppet.photo.creases import with_creases
from limelight.puppet.photo.expression import adapted, read_expression
from limelight.puppet.photo.eyeballs import eyes
from limelight.puppet.photo.figure import joined
from limelight.puppet.photo.fit import Fit, fit, sealed
from limelight.puppet.photo.matte import matte
from limelight.puppet.photo.mouth import mouth
from limelight.puppet.photo.portrait import Portrait, find_face, find_portrait
from limelight.puppet.photo.registration import RegisteredPicture, register, same_person
from limelight.puppet.photo.rest import moved_fit, moved_portrait, moved_skin, weights_of
from limelight.puppet.photo.teeth import with_own_teeth
from limelight.puppet.photo.template import Template, template
from limelight.puppet.photo.texture import _TEXELS_PER_M, Skin, skin
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


#: A further picture gives the body where it reaches this many face heights farther below the chin than the first.
_MORE_BODY = 0.6


@dataclass(frozen=True, slots=True)
class Gave:
    """What one further picture of the person gave to a rig."""

    #: some of body, creases and teeth; empty where the rig uses nothing of the picture
    parts: tuple[str, ...] = ()
    #: why the rig uses nothing of it, for the user
    left_out: str | None = None


@dataclass(frozen=True, slots=True)
class PhotoRig:
    """A photo that can speak."""

    pack: Pack
    #: uint8 (height, width, 3), sRGB, of the size of the pack's portrait: the picture without the person
    plate: NDArray[np.uint8]
    #: how many faces the picture has; the largest is the pack's
    faces: int
    #: of each further picture, in their order
    gave: tuple[Gave, ...] = ()
    #: whether the picture is transparent about the person, who is shown without it then
    is_cut_out: bool = False


def rig(
    picture: NDArray[np.uint8],
    more: Sequence[NDArray[np.uint8]] = (),
    rest: Mapping[str, float] | None = None,
) -> PhotoRig:
    """Make a presenter of an upright picture, uint8 (height, width, 3 or 4), sRGB, and further ones of the same person.

    A wider picture may give the body; others give teeth, creases and how the person smiles. A picture that does not fit
    is left out, and `gave` says why. `rest` has blendshape weights to add to the resting expression. Raises PhotoError
    where the first picture has no face that can speak.
    """
    first = find_portrait(picture)
    t = template()
    others = [_Other.of(one) for one in more]
    joint, notes, wide = _with_body(t, picture, first, others)
    portrait = find_portrait(joint) if wide is not None else first
    layers = matte(portrait)
    found = fit(t, portrait)
    surface = skin(t, found, portrait, layers.person[..., 3])
    seen: list[RegisteredPicture] = []
    at: list[int] = []
    for i, other in enumerate(others):
        if i == wide or other is None:
            continue
        try:
            seen.append(register(t, found, portrait, surface.uv, surface.seen, other.picture, other.marks))
            at.append(i)
        except PhotoError as error:
            notes.setdefault(i, error.message)
    if seen:
        found = adapted(t, found, [one.expression for one in seen])
    found = _with_seal(t, found)
    parts: list[set[str]] = [{"body"} if i == wide else set() for i in range(len(more))]
    surface, creased = with_creases(t, found, surface, seen)
    inside, toothed = with_own_teeth(found, mouth(t, found, portrait, seen), seen)
    for i, *given in zip(at, creased, toothed, strict=True):
        parts[i] |= set().union(*given)
    pack = _pack(t, found, portrait, layers.person, surface, inside)
    if rest:
        named = weights_of(rest)
        moved = _with_seal(t, moved_fit(t, found, named))
        shown = moved_portrait(pack, named)
        pack = replace(_pack(t, moved, portrait, shown, moved_skin(found, surface, named), inside), portrait=shown)
    gave = tuple(_gave(p, notes.get(i)) for i, p in enumerate(parts))
    return PhotoRig(pack, layers.plate, first.faces, gave, is_cut_out=picture.shape[2] == 4)


def _with_seal(t: Template, found: Fit) -> Fit:
    """The fit with shifts that close the lips at rest and pressed."""
    pressed = t.key_weights[[str(n) for n in t.key_names].index("PP")]
    return replace(found, seal=np.stack([sealed(t, found, np.zeros_like(pressed)), sealed(t, found, pressed)]))


def _pack(t: Template, found: Fit, portrait: Portrait, person: Bytes, surface: Skin, inside: Mouth) -> Pack:
    face, alpha = _face(t, found, surface), person[..., 3]
    depth_map, step = space.depth(t, found, portrait, alpha)
    warp, warp_origin, warp_step = space.warp(t, found, portrait)
    return Pack(
        portrait=_at_rest(person, found, surface, face),
        focal=found.focal,
        centre=found.centre,
        landmarks=space.marks(t, found, portrait, alpha),
        neck_pivot=found.posed(t.neck_pivot[None])[0],
        depth=depth_map,
        depth_step=step,
        warp=warp,
        warp_origin=warp_origin,
        warp_step=warp_step,
        face=face,
        mouth=inside,
        eyes=eyes(t, found, portrait),
        texels_per_px=_texels_per_px(t, found, surface),
    )


_NOTHING_NEW = "it shows nothing that the other pictures do not show better."


def _gave(parts: set[str], note: str | None) -> Gave:
    if parts:
        return Gave(tuple(sorted(parts)))
    return Gave(left_out=note or _NOTHING_NEW)


@dataclass(frozen=True, slots=True)
class _Other:
    """A further picture before its registration."""

    #: uint8 (h, w, 3), sRGB
    picture: Bytes
    #: float32 (468, 3), landmarks of its largest face, pixels; None without one
    marks: Floats | None

    @classmethod
    def of(cls, picture: NDArray[np.uint8]) -> _Other | None:
        if picture.ndim != 3:
            return None
        rgb = np.ascontiguousarray(picture[..., :3])
        return cls(rgb, find_face(rgb))


def _with_body(
    t: Template, picture: NDArray[np.uint8], first: Portrait, others: Sequence[_Other | None]
) -> tuple[NDArray[np.uint8], dict[int, str], int | None]:
    """The first picture with the body of the further one that shows most of it, or as it is; why others do not fit, by
    their index; and the index of the one that gave the body, or None."""
    notes: dict[int, str] = {}
    if first.alpha is not None:
        return picture, notes, None
    marks = first.landmarks[:, :2] * (picture.shape[0] / first.picture.shape[0])
    reached = _below(marks, picture)
    wider: list[tuple[float, int, Bytes, Floats]] = []
    for i, other in enumerate(others):
        if other is None or other.marks is None:
            continue
        if (reach := _below(other.marks, other.picture)) > reached + _MORE_BODY:
            wider.append((reach, i, other.picture, other.marks))
    if not wider:
        return picture, notes, None
    found, front = fit(t, first), np.ascontiguousarray(picture[..., :3])
    for _, i, wide, seen in sorted(wider, key=lambda each: -each[0]):
        try:
            same_person(t, found, first, wide, read_expression(t, found, seen))
            return joined(front, marks, wide, seen[:, :2]).picture, notes, i
        except PhotoError as error:
            notes[i] = error.message
    return picture, notes, None


def _below(marks: Floats, picture: NDArray[np.uint8]) -> float:
    """How far a picture reaches below the chin, in heights of the face."""
    return float((picture.shape[0] - marks[152, 1]) / np.ptp(marks[:, 1]))


def _texels_per_px(t: Template, found: Fit, surface: Skin) -> float:
    scale = surface.neutral.shape[1] / (2 * t.confidence.shape[1])
    return float(scale * _TEXELS_PER_M / found.px_per_m)


def _face(t: Template, found: Fit, surface: Skin) -> Face:
    return Face(
        vertices=found.vertices,
        deltas=found.deltas,
        uv=surface.uv,
        triangles=found.triangles,
        lips=t.lips,
        inner_lip=t.inner_lip,
        feather=surface.feather,
        neutral=surface.neutral,
        regions=surface.regions,
        seal=found.seal,
    )


def _at_rest(person: Bytes, found: Fit, surface: Skin, face: Face) -> Bytes:
    """The person (h, w, 4) with their lips shut, where the picture shows them open."""
    if found.open_mouth == 0:
        return person
    shown = raster.premultiply(np.dstack([surface.neutral[..., :3], surface.feather]))
    magnified = 2
    points = found.project(found.vertices) + found.seal[0]
    height, width = person.shape[:2]
    lips = points[face.inner_lip]
    x0, y0 = np.maximum(np.floor(points.min(0)).astype(int) - 2, 0)
    x1, y1 = np.minimum(np.ceil(points.max(0)).astype(int) + 2, (width, height))
    canvas = np.zeros(((y1 - y0) * magnified, (x1 - x0) * magnified, 4), np.uint8)
    raster.draw_triangles(
        canvas, shown, ((points - (x0, y0)) * magnified).astype(np.float32), surface.uv, face.triangles, 1.0, 1.0
    )
    small = cv2.resize(canvas, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    # Redraw only around the mouth: the eyeballs are not part of the mesh.
    middle, half = lips.mean(0), np.ptp(lips[:, 0]) / 2
    x, y = np.meshgrid(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5)
    away = np.hypot((x - middle[0]) / 1.9, y - middle[1]) / half
    keep = (1 - smoothstep(0.75, 1.0, away))[..., None]
    out = person.copy()
    part = out[y0:y1, x0:x1, :3].astype(np.float32)
    a = small[..., 3:].astype(np.float32) / 255 * keep
    out[y0:y1, x0:x1, :3] = np.clip(small[..., :3] * keep + part * (1 - a) + 0.5, 0, 255).astype(np.uint8)
    return out
