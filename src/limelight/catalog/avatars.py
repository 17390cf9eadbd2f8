"""The presenters on offer: one for each pack in `packs/`, and the ids that HeyGen's documents use literally.

A pack's id is its file name, completed to `name_style_yyyymmdd`. Packs are opened when they are first asked for, and
only their manifest is read here.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import zipfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.catalog.voices import default_voice
from limelight.errors import AvatarNotFound, PackError
from limelight.puppet.pack import Landmarks, Manifest, read_manifest

PACKS = Path(__file__).parent / "packs"

#: Ids of HeyGen's documents, which must resolve; each goes to a pack of this gender if there is one, else to any.
_LITERAL_IDS: dict[str, Literal["female", "male"]] = {
    "josh_lite3_20230714": "male",
    "wayne_20240422": "male",
    "angela_expressive_20231010": "female",
    "lily_20230614": "female",
    "Angela-inblackskirt-20220820": "female",
    "Angela-inTshirt-20220820": "female",
    "Kristin_public_3_20240108": "female",
    "Vanessa-invest-20220722": "female",
    "Daisy-inskirt-20220818": "female",
}
_COMPLETE_ID = re.compile(r".+_\d{8}")
_SINCE = "20261122"

_PREVIEW_WIDTH_PX, _PREVIEW_HEIGHT_PX = 720, 900
#: The picture's height in heads, and how many of them are above the hair.
_PREVIEW_HEADS, _PREVIEW_HEADROOM_HEADS = 3.4, 0.4
#: Grey-blue, lighter at the top, sRGB.
_PREVIEW_TOP, _PREVIEW_BOTTOM = (238, 241, 245), (190, 200, 212)
_JPEG_QUALITY = 88


@dataclass(frozen=True, slots=True)
class AvatarEntry:
    """One presenter as the API lists it."""

    avatar_id: str
    #: the `.presenter` file
    pack: Path
    name: str
    gender: Literal["female", "male"]
    default_voice_id: str
    tags: tuple[str, ...]
    #: changes when the pack does
    version: str

    @property
    def group_id(self) -> str:
        """Of the group whose only look it is: 32 hex digits, the same for every id that goes to this pack."""
        return hashlib.sha256(f"group {self.pack.stem}".encode()).hexdigest()[:32]

    @property
    def created_s(self) -> int:
        """Unix seconds of the date in the pack's own id."""
        day = datetime.datetime.strptime(_complete_id(self.pack)[-8:], "%Y%m%d")
        return int(day.replace(tzinfo=datetime.UTC).timestamp())

    def preview_jpeg(self) -> bytes:
        """The portrait on a soft background, 720 × 900 JPEG. Raises PackError."""
        return _preview_jpeg(self.pack)


def avatar(avatar_id: str) -> AvatarEntry:
    """The presenter of this id, its own or a literal one. Raises AvatarNotFound, or PackError for a damaged pack."""
    entries = avatars()
    for entry in entries:
        if entry.avatar_id == avatar_id:
            return entry
    if not entries or avatar_id not in _LITERAL_IDS:
        raise AvatarNotFound.of(avatar_id)
    gender = _LITERAL_IDS[avatar_id]
    same_gender = [id for id, its in _LITERAL_IDS.items() if its == gender]
    cast = [entry for entry in entries if entry.gender == gender] or entries
    return replace(cast[same_gender.index(avatar_id) % len(cast)], avatar_id=avatar_id)


def avatars() -> list[AvatarEntry]:
    """All presenters under their own ids, by name. Raises PackError for a damaged pack."""
    return sorted((_entry(path) for path in PACKS.glob("*.presenter")), key=lambda entry: (entry.name, entry.avatar_id))


@lru_cache
def _entry(path: Path) -> AvatarEntry:
    manifest = read_manifest(path)
    return AvatarEntry(
        avatar_id=_complete_id(path),
        pack=path,
        name=manifest.name,
        gender=manifest.gender,
        default_voice_id=default_voice(manifest.gender).voice_id,
        tags=("studio",),
        version=_version(manifest),
    )


def _complete_id(pack: Path) -> str:
    return pack.stem if _COMPLETE_ID.fullmatch(pack.stem) else f"{pack.stem.lower()}_studio_{_SINCE}"


def _version(manifest: Manifest) -> str:
    return hashlib.sha256(manifest.model_dump_json().encode()).hexdigest()[:12]


@lru_cache(maxsize=16)
def _preview_jpeg(path: Path) -> bytes:
    manifest = read_manifest(path)
    try:
        with zipfile.ZipFile(path) as archive:
            data = archive.read(manifest.portrait.file)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise PackError(f"presenter file {path.name} has no readable portrait") from error
    portrait = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if portrait is None or portrait.ndim != 3 or portrait.shape[2] != 4:
        raise PackError(f"presenter file {path.name} has no readable portrait")
    done, jpeg = cv2.imencode(".jpg", _framed(portrait, manifest.landmarks), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    assert done
    return jpeg.tobytes()


def _framed(portrait: NDArray[np.generic], landmarks: Landmarks) -> NDArray[np.uint8]:
    """BGR of a BGRA portrait: head and chest on a soft background, the face in the middle."""
    head = landmarks.chin[1] - landmarks.head_top[1]
    scale = _PREVIEW_HEIGHT_PX / (_PREVIEW_HEADS * head)
    top = landmarks.head_top[1] - _PREVIEW_HEADROOM_HEADS * head
    to_preview = np.array(
        [[scale, 0, _PREVIEW_WIDTH_PX / 2 - scale * landmarks.mouth[0]], [0, scale, -scale * top]], np.float32
    )
    premultiplied = portrait.astype(np.float32)
    premultiplied[..., :3] *= premultiplied[..., 3:] / 255
    if scale < 1:
        # The warp looks at four pixels only.
        premultiplied = cv2.GaussianBlur(premultiplied, (0, 0), 0.4 / scale).astype(np.float32)
    figure = cv2.warpAffine(premultiplied, to_preview, (_PREVIEW_WIDTH_PX, _PREVIEW_HEIGHT_PX))
    down = np.linspace(0, 1, _PREVIEW_HEIGHT_PX, dtype=np.float32)[:, None, None]
    upper, lower = np.array([_PREVIEW_TOP[::-1], _PREVIEW_BOTTOM[::-1]], np.float32)
    background = upper + (lower - upper) * down
    picture: NDArray[np.float32] = figure[..., :3] + background * (1 - figure[..., 3:] / 255)
    rounded: NDArray[np.uint8] = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    return rounded
