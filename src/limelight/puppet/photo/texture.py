"""The skin of a picture: unwraps it into the template's texture space, and adds the shading of expressions.

Creases and shadows of an expression come from the template, as ratios of its photographs: expression ratio images after
Liu, Shan and Zhang (2001). A mask (V,) has a value for each vertex, in [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.puppet import raster
from limelight.puppet.pack import Key, Region
from limelight.puppet.photo.fill import push_pull
from limelight.puppet.photo.fit import Fit
from limelight.puppet.photo.portrait import Portrait
from limelight.puppet.photo.template import RATIO_STEP, Template
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]

#: Texels per metre of the template's texture, and texels of the skin's texture per pixel of the picture.
_TEXELS_PER_M, _TEXELS_PER_PX = 3300.0, 2.0
#: Skin nearer to the opening of the eye than this does not count as the lid's.
_LID_FREE_M = 0.0075
#: Above the eye, the fold of an open lid counts as this many times nearer. Shut lids have at least this share of the
#: cheeks' light, this much of their tint, and the grain of the cheek this far below, texels of the template.
_FOLD_REACH, _LID_LEAST, _LID_TINT, _CHEEK_BELOW = 1.7, 0.82, 0.8, 118.0
#: Distances of the cheeks from the openings of the eyes: they fade in over the first two, out over the last two.
_CHEEK_M = (0.013, 0.018, 0.028, 0.034)
#: Larger than the height of an eye's opening, texels of the masks.
_OPENING = 15
#: How much lighter shut lids are over the eyeball, as a share of the cheeks' light.
_LID_BULGE = 0.07
#: How far eyeballs reach below the skin beside the openings, and how far that skin hides them.
_BALLS_M, _BEFORE_BALLS_M = (0.0006, 0.0018), (0.005, 0.008)
#: How far from the mouth's opening the skin hides the inside of the mouth.
_BEFORE_MOUTH_M = (0.006, 0.01)
#: Where the corners of the mouth begin, as a share of its half width; and how far from the opening their folds reach.
_CORNER, _CORNER_FOLD_M = (0.72, 0.9), (0.0008, 0.002)
#: An open mouth turns wet skin outwards, from this share of its half width towards the corners and this near to the
#: opening; and the factors on its red, green and blue.
_EDGE_CORNER, _CORNER_EDGE_M = (0.35, 0.8), (0.0004, 0.0016)
_WET_CORNER = np.array([0.42, 0.30, 0.30], np.float32)
#: How far from the opening the shadow between closed lips reaches.
_LIP_LINE_M = (0.002, 0.0045)
#: The share of the template's shading that a region takes over, and the least and greatest factor on a texel.
_SHADING = {"mouth": 0.8, "cheeks": 0.6, "brows": 0.6, "lids_left": 0.25, "lids_right": 0.25}
_LEAST_GAIN, _MOST_GAIN = 0.5, 1.1


@dataclass(frozen=True, slots=True)
class Skin:
    """Texture, feather and regions of the face, as in `pack.Face`."""

    #: float32 (V, 2), texels
    uv: Floats
    #: uint8 (h, w, 4), sRGB, alpha 255: the key at rest
    neutral: Bytes
    #: uint8 (h, w)
    feather: Bytes
    regions: tuple[Region, ...]
    #: uint8 (h, w, 4), sRGB: the picture itself in texture space; alpha is 0 where the mesh has no texel
    seen: Bytes


def skin(t: Template, fit: Fit, portrait: Portrait, alpha: Bytes) -> Skin:
    """The skin of a portrait; `alpha` uint8 (height, width) is the person's."""
    scale = float(np.clip(fit.px_per_m * _TEXELS_PER_PX / _TEXELS_PER_M, 0.2, 1.4))
    height, width = (round(2 * n * scale) for n in t.confidence.shape)
    uv = (t.uv * np.array([width / (2 * t.confidence.shape[1]), height / (2 * t.confidence.shape[0])])).astype(
        np.float32
    )
    size = width, height

    def drawn(values: Floats) -> Floats:
        return spread(values, uv, fit.triangles, size)

    opaque = unwrapped(fit, portrait.picture, uv, size)
    person = np.asarray(unwrapped(fit, np.dstack([alpha] * 3), uv, size)[..., 0] / 255, np.float32)
    colour = opaque[..., :3].astype(np.float32)
    towards = drawn(np.clip(facing(t, fit), 0, 1))
    seen = cv2.resize(t.confidence, size, interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    sure = smoothstep(0.25, 0.6, seen) * smoothstep(0.08, 0.3, towards) * smoothstep(0.7, 0.98, person)
    sure *= opaque[..., 3] > 0
    # The skin is folded at the very corners of the mouth; the shadow in the fold is not the skin's colour.
    unfolded = 1 - drawn(_towards_corners(t, _CORNER, _CORNER_FOLD_M))
    # Open lids come from the picture to their very edges; shut lids must have no lashes and nothing of the eye on them.
    about_eyes = drawn(over_balls(t)) * (opaque[..., 3] > 0)
    filled = push_pull(colour, np.maximum(sure * (unfolded if fit.open_mouth else 1), about_eyes))
    masks = _masks(t, size)
    bare = _lid_skin(colour, sure, drawn(_cheeks(t)), drawn(_near_eyes(t)), drawn(_bulge(t)), scale)
    pressed = push_pull(colour, sure * unfolded * (1 - drawn(_near_lip_line(t))))
    before = drawn(np.maximum(_before_balls(t), _before_mouth(t)))
    feather = _feather(drawn(t.lips), towards, person, opaque[..., 3], before, scale)
    inner = drawn(_towards_corners(t, _EDGE_CORNER, _CORNER_EDGE_M))[..., None]
    wet = _WET_CORNER.mean() + (_WET_CORNER - _WET_CORNER.mean()) * np.float32(portrait.colourful)
    opened = filled * (1 - inner) + filled * wet * inner
    regions = _regions(t, size, masks, filled, bare, pressed, opened, portrait.colourful)
    neutral = np.dstack([np.clip(filled + 0.5, 0, 255), np.full(filled.shape[:2], 255)]).astype(np.uint8)
    return Skin(uv, neutral, (feather * 255 + 0.5).astype(np.uint8), regions, opaque)


def spread(values: Floats, points: Floats, triangles: Ints, size: tuple[int, int]) -> Floats:
    """float32 (height, width): values (V,) in [0, 1], interpolated over the triangles (T, 3) of points (V, 2), pixels.

    `size` is width and height.
    """
    ramp = np.zeros((2, 256, 4), np.uint8)
    ramp[..., 0], ramp[..., 3] = np.arange(256), 255
    at = np.stack([np.clip(values, 0, 1) * 255 + 0.5, np.ones_like(values)], -1).astype(np.float32)
    canvas = np.zeros((size[1], size[0], 4), np.uint8)
    raster.draw_triangles(canvas, ramp, points, at, triangles, 1.0, 1.0)
    return np.asarray(canvas[..., 0].astype(np.float32) / 255, np.float32)


def unwrapped(fit: Fit, picture: Bytes, uv: Floats, size: tuple[int, int]) -> Bytes:
    """uint8 (height, width, 4): the picture (h, w, 3) in texture space, sampled at twice its size to keep fine detail.

    `uv` (V, 2) are texels, `size` is width and height of the texture; alpha is 0 where the mesh has no texel.
    """
    height, width = picture.shape[:2]
    x0, y0 = np.clip(np.floor(fit.source.min(0)).astype(int) - 4, 0, [width - 1, height - 1])
    x1, y1 = np.clip(np.ceil(fit.source.max(0)).astype(int) + 4, [x0 + 1, y0 + 1], [width, height])
    part = cv2.resize(picture[y0:y1, x0:x1], None, fx=2, fy=2, interpolation=cv2.INTER_LANCZOS4)
    canvas = np.zeros((size[1], size[0], 4), np.uint8)
    at = ((fit.source - np.array([x0, y0])) * 2).astype(np.float32)
    opaque = np.dstack([part, np.full(part.shape[:2], 255, np.uint8)])
    raster.draw_triangles(canvas, opaque, uv, at, fit.triangles, 1.0, 1.0)
    return canvas


def facing(t: Template, fit: Fit) -> Floats:
    """float32 (V,): the cosine of the angle between the skin's normal and the direction to the camera."""
    p, tri = fit.vertices, fit.triangles
    normal = np.cross(p[tri[:, 1]] - p[tri[:, 0]], p[tri[:, 2]] - p[tri[:, 0]])
    normals = np.zeros_like(p)
    for k in range(3):
        np.add.at(normals, tri[:, k], normal)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
    cosine = -np.einsum("vc,vc->v", normals, p / np.linalg.norm(p, axis=1, keepdims=True))
    return np.asarray(cosine if np.median(cosine[t.lips < 0.1]) > 0 else -cosine, np.float32)


def _above(t: Template) -> Floats:
    """(V,) 1 above the middle of the nearer eye."""
    middles = np.array([t.vertices[loop].mean(0) for loop in (t.opening_left, t.opening_right)])
    near = np.argmin(np.abs(t.vertices[:, :1] - middles[:, 0]), 1)
    return smoothstep(0.0, 0.006, middles[near, 1] - t.vertices[:, 1])


def _bulge(t: Template) -> Floats:
    """(V,) 1 where the upper lid lies over the eyeball."""
    return np.asarray(_above(t) * np.exp(-(((_from_eyes(t) - 0.0035) / 0.003) ** 2)), np.float32)


def _cheeks(t: Template) -> Floats:
    """(V,) 1 on the cheeks below the eyes."""
    away, (low, near, far, high) = _from_eyes(t), _CHEEK_M
    return np.asarray((1 - _above(t)) * smoothstep(low, near, away) * (1 - smoothstep(far, high, away)), np.float32)


def _near_eyes(t: Template) -> Floats:
    """(V,) 1 at the openings of the eyes, and on the fold above, which shut lids smooth out."""
    return np.asarray(1 - smoothstep(0.6 * _LID_FREE_M, _LID_FREE_M, _from_lids(t)), np.float32)


def _from_lids(t: Template) -> Floats:
    """(V,) metres from the openings of the eyes, the fold of an open upper lid as near as shutting it brings it."""
    return np.asarray(_from_eyes(t) / (1 + (_FOLD_REACH - 1) * _above(t)), np.float32)


def _lid_skin(colour: Floats, sure: Floats, cheeks: Floats, near: Floats, bulge: Floats, scale: float) -> Floats:
    """float32 (h, w, 3): the skin of shut lids, without lashes: filled around the eyes from the skin there.

    Skin filled from deep sockets is dark and has no tint of its own: it takes the cheeks' tint, is no darker than real
    lids, and has the grain of the cheek below. `colour` (h, w, 3); the others are masks (h, w).
    """
    filled = push_pull(colour, sure * (1 - near))
    usual = _well_lit(colour, sure * np.maximum(cheeks, 1e-3) * (1 - near))
    light = filled.mean(-1, keepdims=True)
    dark = _LID_LEAST * usual.mean()
    light = np.where(light < dark, dark + (light - dark) * 0.25, light)
    light = light + _LID_BULGE * usual.mean() * bulge[..., None]
    tint = filled / np.maximum(filled.mean(-1, keepdims=True), 1) * (1 - _LID_TINT) + usual / usual.mean() * _LID_TINT
    fine = colour - cv2.GaussianBlur(colour, (0, 0), 3.0 * scale)
    down = round(_CHEEK_BELOW * scale)
    grain = np.zeros_like(fine)
    grain[:-down] = (fine * sure[..., None])[down:]
    made = light * tint + 0.5 * np.clip(grain, -12, 12)
    return np.asarray(filled + (made - filled) * near[..., None], np.float32)


def _well_lit(colour: Floats, weight: Floats) -> Floats:
    """float32 (3,): the mean colour of the lighter half of the pixels with weight (h, w), without shadows and hair."""
    shown = weight > 0.5 * weight.max()
    light = np.where(shown, colour.mean(-1), 0)
    lit = weight * (light >= np.median(light[shown]))
    return np.asarray((colour * lit[..., None]).sum((0, 1)) / max(float(lit.sum()), 1e-6), np.float32)


def _from_eyes(t: Template) -> Floats:
    """(V,) metres from the openings of the eyes, seen from the front."""
    edge = t.vertices[np.concatenate([t.opening_left, t.opening_right])]
    return np.asarray(np.min(np.linalg.norm(t.vertices[:, None, :2] - edge[None, :, :2], axis=2), 1), np.float32)


def _near_lip_line(t: Template) -> Floats:
    """(V,) 1 where the lips touch at rest: pressed, that part is rolled inwards."""
    return np.asarray(0.9 * (1 - smoothstep(*_LIP_LINE_M, from_mouth(t))) * np.clip(t.lips * 2, 0, 1), np.float32)


def _towards_corners(t: Template, aside: tuple[float, float], reach_m: tuple[float, float]) -> Floats:
    """(V,) 1 near the opening of the mouth towards its corners: `aside` is in its half width, `reach_m` from it."""
    loop = t.vertices[t.inner_lip]
    middle, half = float(np.median(loop[:, 0])), float(np.ptp(loop[:, 0])) / 2
    share = smoothstep(*aside, np.abs(t.vertices[:, 0] - middle) / half)
    return np.asarray(share * (1 - smoothstep(*reach_m, from_mouth(t))), np.float32)


def _before_mouth(t: Template) -> Floats:
    """(V,) 1 on the skin that hides the inside of the mouth."""
    return 1 - smoothstep(*_BEFORE_MOUTH_M, from_mouth(t))


def from_mouth(t: Template) -> Floats:
    """(V,) metres from the opening of the mouth."""
    away = np.linalg.norm(t.vertices[:, None] - t.vertices[t.inner_lip][None], axis=2)
    return np.asarray(np.min(away, 1), np.float32)


def over_balls(t: Template) -> Floats:
    """(V,) 1 on the skin with eyeballs below it."""
    return 1 - smoothstep(*_BALLS_M, _from_eyes(t))


def _before_balls(t: Template) -> Floats:
    """(V,) 1 on the skin that hides eyeballs, with open or shut lids."""
    return 1 - smoothstep(*_BEFORE_BALLS_M, _from_lids(t))


def _masks(t: Template, size: tuple[int, int]) -> dict[str, Bytes]:
    """Each region's mask over the whole texture, uint8 (height, width); `size` is width and height."""
    found, start = {}, 0
    for name, (x0, y0, x1, y1) in zip(t.region_names, t.region_rects, strict=True):
        columns, rows = (x1 - x0) // 2, (y1 - y0) // 2
        part = t.masks[start : start + rows * columns].reshape(rows, columns)
        start += rows * columns
        whole = np.zeros(t.confidence.shape, np.uint8)
        if str(name).startswith("lids"):  # the lids' edges, which turn inwards at rest, belong to them
            part = np.asarray(
                cv2.morphologyEx(part, cv2.MORPH_CLOSE, np.ones((_OPENING, _OPENING), np.uint8)), np.uint8
            )
        whole[y0 // 2 : y0 // 2 + rows, x0 // 2 : x0 // 2 + columns] = part
        found[str(name)] = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    return found


def _feather(lips: Floats, towards: Floats, person: Floats, covered: Bytes, before: Floats, scale: float) -> Floats:
    """(h, w), in [0, 1]: how opaque the skin is: 0 at the border of the mesh, beside the person, and on grazing
    contours unless they are `before` a hole (h, w)."""
    patch = (covered > 0).astype(np.uint8)
    contours, _ = cv2.findContours(patch, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros_like(patch), contours, -1, 1, cv2.FILLED)
    distance = cv2.distanceTransform(np.pad(filled, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    inner = smoothstep(6 * scale, 70 * scale, np.asarray(distance, np.float32))
    about_lips = cv2.GaussianBlur(cv2.dilate(lips, np.ones((15, 15))), (0, 0), 4)
    always = np.clip(np.maximum(about_lips, before) * 1.3, 0, 1)
    shown = np.maximum(smoothstep(0.2, 0.6, np.asarray(cv2.GaussianBlur(towards, (0, 0), 3), np.float32)), always)
    return np.asarray(inner * shown * smoothstep(0.6, 0.98, person), np.float32)


def _regions(
    t: Template,
    size: tuple[int, int],
    masks: dict[str, Bytes],
    filled: Floats,
    bare: Floats,
    pressed: Floats,
    opened: Floats,
    colourful: float,
) -> tuple[Region, ...]:
    """The template's regions in a texture of this width and height.

    Their keys are made of `filled`, the skin; `bare`, without lashes; `pressed`, without the shadow between the lips;
    and `opened`, with the dark corners of an open mouth; each (h, w, 3).
    """
    sx, sy = size[0] / (2 * t.confidence.shape[1]), size[1] / (2 * t.confidence.shape[0])
    regions, start = [], 0
    for r, (name, rect) in enumerate(zip(t.region_names, t.region_rects, strict=True)):
        columns, rows = (rect[2] - rect[0]) // 2, (rect[3] - rect[1]) // 2
        x0, y0 = int(rect[0] * sx), int(rect[1] * sy)
        x1, y1 = min(int(np.ceil(rect[2] * sx)), size[0]), min(int(np.ceil(rect[3] * sy)), size[1])
        # The rect's texels in the ratio image.
        u = ((np.arange(x0, x1) + 0.5) / sx - rect[0]) / 2 - 0.5
        v = ((np.arange(y0, y1) + 0.5) / sy - rect[1]) / 2 - 0.5
        maps = np.meshgrid(u.astype(np.float32), v.astype(np.float32))
        keys = []
        for k in np.flatnonzero(t.key_regions == r):
            source = filled
            if str(name).startswith("lids"):
                source = bare
            elif str(name) == "mouth":
                source = pressed if str(t.key_names[k]) == "PP" else opened
            base = source[y0:y1, x0:x1]
            ratio = t.ratios[start : start + rows * columns * 3].reshape(rows, columns, 3)
            start += rows * columns * 3
            steps = cv2.remap(
                ratio.astype(np.float32), maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            grey = steps.mean(-1, keepdims=True)
            steps = grey + (steps - grey) * colourful
            gain = np.exp2((steps - 128) * (RATIO_STEP * _SHADING.get(str(name), 0.7)))
            texture = np.clip(base * np.clip(gain, _LEAST_GAIN, _MOST_GAIN) + 0.5, 0, 255)
            full = np.full(texture.shape[:2], 255)
            keys.append(Key(str(t.key_names[k]), t.key_weights[k], np.dstack([texture, full]).astype(np.uint8)))
        mask = np.ascontiguousarray(masks[str(name)][y0:y1, x0:x1])
        mix = "linear" if t.region_linear[r] else "nearest"
        regions.append(Region(str(name), (x0, y0, x1, y1), mask, mix, tuple(keys)))  # type: ignore[arg-type]
    return tuple(regions)
