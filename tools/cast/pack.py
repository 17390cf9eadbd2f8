"""Writes a pack that `limelight.puppet.pack` reads, from a rig of pictures."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from limelight.acting.performance import BLENDSHAPES
from limelight.puppet.pack import FORMAT, VERSION, Pack

#: WebP: the portrait is what everybody sees, textures are blended.
PORTRAIT_QUALITY, TEXTURE_QUALITY = 93, 88


class Archive:
    """Members of a pack, with their hashes."""

    def __init__(self) -> None:
        self.members: dict[str, bytes] = {}

    def image(self, name: str, pixels: np.ndarray, quality: int) -> str:
        """A WebP of (h, w, 3 or 4) RGB, straight alpha."""
        order = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
        done, data = cv2.imencode(".webp", cv2.cvtColor(pixels, order), [cv2.IMWRITE_WEBP_QUALITY, quality])
        assert done
        return self._add(f"{name}.webp", data.tobytes())

    def grey(self, name: str, pixels: np.ndarray) -> str:
        """A PNG of (h, w)."""
        done, data = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        assert done
        return self._add(f"{name}.png", data.tobytes())

    def array(self, name: str, values: np.ndarray, dtype: Any) -> str:
        """A NumPy array."""
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, np.ascontiguousarray(values, dtype), allow_pickle=False)
        return self._add(f"{name}.npy", buffer.getvalue())

    def _add(self, name: str, data: bytes) -> str:
        self.members[name] = data
        return name

    def write(self, path: Path, manifest: dict[str, Any]) -> None:
        """The file, the same bytes for the same contents."""
        files = {name: hashlib.sha256(data).hexdigest() for name, data in self.members.items()}
        text = json.dumps(manifest | {"files": files}, indent=1)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, data in {"manifest.json": text.encode(), **self.members}.items():
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


def write_pack(pack: Pack, path: Path, about: dict[str, Any]) -> None:
    """Write a rig's pack; `about` holds the manifest's name, gender, licence, voice, tags, looks."""
    out = Archive()
    height, width = pack.portrait.shape[:2]
    face, mouth, eyes = pack.face, pack.mouth, pack.eyes
    between = mouth.tongue_between
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        **about,
        "portrait": {"file": out.image("portrait", pack.portrait, PORTRAIT_QUALITY), "width": width, "height": height},
        "camera": {"focal": pack.focal, "centre": list(pack.centre)},
        "landmarks": pack.landmarks.model_dump(),
        "neck_pivot": [float(v) for v in pack.neck_pivot],
        "blendshapes": list(BLENDSHAPES),
        "depth": {"file": out.array("depth", pack.depth, np.float16), "step": pack.depth_step},
        "warp": {
            "file": out.array("warp", pack.warp, np.float16),
            "origin": list(pack.warp_origin),
            "step": pack.warp_step,
        },
        "texels_per_px": pack.texels_per_px,
        "face": {
            "vertices": out.array("face/vertices", face.vertices, np.float32),
            "deltas": out.array("face/deltas", face.deltas, np.float16),
            "uv": out.array("face/uv", face.uv, np.float32),
            "triangles": out.array("face/triangles", face.triangles, np.int32),
            "lips": out.array("face/lips", face.lips, np.float16),
            "inner_lip": out.array("face/inner_lip", face.inner_lip, np.int32),
            "texture": [face.neutral.shape[1], face.neutral.shape[0]],
            "feather": out.grey("face/feather", face.feather),
            "neutral": out.image("face/neutral", face.neutral, TEXTURE_QUALITY),
            "regions": [
                {
                    "name": region.name,
                    "rect": list(region.rect),
                    "mask": out.grey(f"face/{region.name}", region.mask),
                    "mix": region.mix,
                    "keys": [
                        {
                            "name": key.name,
                            "weights": _named(key.weights),
                            "file": out.image(f"face/{region.name}-{key.name}", key.texture, TEXTURE_QUALITY),
                        }
                        for key in region.keys
                    ],
                }
                for region in face.regions
            ],
            "seal": out.array("face/seal", face.seal, np.float16) if face.seal is not None else None,
        },
        "mouth": {
            "rect": list(mouth.rect),
            "upper": out.image("mouth/upper", mouth.upper, 95),
            "lower": [{"jaw": j, "file": out.image(f"mouth/lower-{j}", i, 95)} for j, i in mouth.lower],
            "tongue": [{"jaw": j, "file": out.image(f"mouth/tongue-{j}", i, 90)} for j, i in mouth.tongue],
            "tongue_between": {"jaw": between[0], "file": out.image("mouth/between", between[1], 90)},
            "jaw_origin": [float(v) for v in mouth.jaw_origin],
            "jaw_deltas": out.array("mouth/jaw_deltas", mouth.jaw_deltas, np.float32),
            "lit": mouth.lit,
        },
        "eyes": {
            "rect": list(eyes.rect),
            "balls": out.image("eyes/balls", eyes.balls, 95),
            "centres": [list(c) for c in eyes.centres],
            "radius": eyes.radius,
            "iris": eyes.iris,
            "openings": [out.array(f"eyes/opening-{i}", o, np.int32) for i, o in enumerate(eyes.openings)],
            "shaded": eyes.shaded,
            "lashes": _lashes(out, pack),
        },
    }  # fmt: skip
    if pack.cloth is not None:
        manifest["cloth"] = {
            "file": out.grey("cloth", pack.cloth.mask),
            "light": pack.cloth.light,
            "face_height": pack.cloth.face_height,
        }
    out.write(path, manifest)


def _named(weights: np.ndarray) -> dict[str, float]:
    return {name: round(float(w), 4) for name, w in zip(BLENDSHAPES, weights, strict=True) if w}


def _lashes(out: Archive, pack: Pack) -> dict[str, Any]:
    lashes = pack.eyes.lashes
    moving = [i for i in range(len(BLENDSHAPES)) if np.abs(lashes.deltas[i]).max() > 1e-6]
    return {
        "points": out.array("eyes/lash_points", lashes.points, np.float32),
        "radius": out.array("eyes/lash_radius", lashes.radius, np.float16),
        "shapes": [BLENDSHAPES[i] for i in moving],
        "deltas": out.array("eyes/lash_deltas", lashes.deltas[moving], np.float16),
        "colour": list(lashes.colour),
        "at_rest": lashes.at_rest,
    }
