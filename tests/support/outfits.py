"""A presenter's file whose cloth can be dyed, made of a shipped one: for tests of what presenters wear."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.catalog.avatars import default_avatar
from limelight.puppet.pack import load_portrait

#: Linear luminance of the cloth that is drawn, where it is lit.
LIGHT = 0.75
LOOKS = (
    ("zoe", "Zoe in Navy", "#1c284e"),
    ("zoe_teal", "Zoe in Teal", "#146e70"),
    ("zoe_red", "Zoe in Red", "#d7262b"),
)


def dyeable(path: Path, name: str = "Zoe", looks: Sequence[tuple[str, str, str]] = LOOKS) -> Path:
    """A pack, written to `path`, of somebody in a white T-shirt with soft folds; a look is an id, a name, a colour."""
    with zipfile.ZipFile(default_avatar().pack) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        members = {member: archive.read(member) for member in archive.namelist() if member != "manifest.json"}
    portrait, mask = in_white()
    members["portrait.png"] = _png(np.asarray(cv2.cvtColor(portrait, cv2.COLOR_RGBA2BGRA), np.uint8))
    members["cloth.png"] = _png(mask)
    manifest |= {
        "version": 3,
        "name": name,
        "cloth": {"file": "cloth.png", "light": LIGHT, "face_height": face_height()},
        "looks": [dict(zip(("id", "name", "colour"), look, strict=True)) for look in looks],
    }
    manifest["portrait"]["file"] = "portrait.png"
    manifest["files"] = {member: hashlib.sha256(data).hexdigest() for member, data in members.items()}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for member, data in members.items():
            archive.writestr(member, data)
    return path


def face_height() -> float:
    """About the height of the face, portrait pixels."""
    landmarks = load_portrait(default_avatar().pack)[0].landmarks
    return 0.8 * (landmarks.chin[1] - landmarks.head_top[1])


def in_white() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The default presenter's portrait in a white T-shirt, and where that is."""
    manifest, portrait, _ = load_portrait(default_avatar().pack)
    height, width = portrait.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    mask = (portrait[..., 3] == 255) & (rows > manifest.landmarks.neck_base[1] + 40)
    light = LIGHT * (1 + 0.12 * np.sin(columns / 60 + rows / 90))
    level = 255 * (1.055 * light ** (1 / 2.4) - 0.055)
    out = portrait.copy()
    out[mask, :3] = (level[mask, None] + 0.5).astype(np.uint8)
    return out, np.where(mask, 255, 0).astype(np.uint8)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    done, data = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    assert done
    return data.tobytes()
