"""A cache of finished scenes: an equal scene of another film is copied instead of rendered.

The digest covers everything that a scene's pixels and samples come from: its spec, its seed, the film's size, frame
rate and container, the presenter's pack, the voice's style and measure, the owner's fonts where words are drawn, the
content of the user's files, the renderer, and Limelight's own sources: in a checkout, a change of the code is a change
of the picture. A scene in which an uploaded photo speaks is kept under the ids of the upload and of the person's
further pictures, so that deleting any of them deletes the scene.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path

import limelight
from limelight import __version__
from limelight.catalog.avatars import avatar
from limelight.catalog.voices import voice
from limelight.errors import StoreError
from limelight.jobs import keys
from limelight.lettering.families import own_folders, own_fonts
from limelight.results import Segment
from limelight.spec import TextVoice, VideoSpec, scene_seed
from limelight.store import Objects

#: How long finished scenes are kept.
SEGMENT_DAYS = 7.0
_DAY_S = 24 * 3600.0

_log = logging.getLogger(__name__)


def publish(objects: Objects, prefix: str, segment: Segment, folder: Path) -> None:
    """Publish a rendered scene as objects `prefix/PART`, the last of which says that all are there. Raises StoreError.

    `folder` takes a small file.
    """
    frames = folder / keys.PARTS[-1]
    frames.write_text(str(segment.frames))
    made = {"video": segment.video, "sound": segment.sound, "words": segment.words, "frames": frames}
    for part in keys.PARTS:
        objects.publish(f"{prefix}/{part}", made[part])


def fetch(objects: Objects, prefix: str, folder: Path) -> Segment:
    """The scene of the objects `prefix/PART` as local files in `folder`, which exists. Raises StoreError."""

    def local(part: str, name: str) -> Path:
        return objects.fetch(f"{prefix}/{part}", folder / name)

    return Segment(
        local("video", "video"),
        local("sound", "sound.npy"),
        local("words", "words.json"),
        int(objects.read(f"{prefix}/frames")),
    )


class Segments:
    """The kept scenes of one object store. Losing one costs time only, so nothing here raises."""

    def __init__(
        self, objects: Objects, renderer: str, *, days: float = SEGMENT_DAYS, most_bytes: int | None = None
    ) -> None:
        self._objects = objects
        self._renderer = renderer
        self._keep_s = days * _DAY_S
        self._most_bytes = most_bytes

    def digest(self, spec: VideoSpec, index: int, files: Mapping[str, Path]) -> str:
        """The name under which scene `index` is kept: SHA-256 as 64 hex digits, after the ids of the photo's uploads if
        there are any, with `/` between."""
        scene = spec.scenes[index]
        who = scene.character
        identity = {
            "renderer": [__version__, _sources(), self._renderer],
            "scene": scene.model_dump(mode="json"),
            "seed": scene_seed(spec, index),
            "film": [spec.width, spec.height, spec.fps, spec.container, spec.watermark],
            "presenter": avatar(who.catalog_id).version if who and who.catalog_id else None,
            "voice": repr(voice(scene.voice.voice_id).speaker) if isinstance(scene.voice, TextVoice) else None,
            "fonts": own_fonts(own_folders(os.environ)).version if scene.texts else None,
            "files": {key: _sha256(file) for key, file in sorted(files.items())},
        }
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
        return "/".join((*scene.picture_uploads, digest))

    def find(self, digest: str, prefix: str) -> bool:
        """Copy a kept scene to `prefix/…`; says whether there is one."""
        if self._keep_s <= 0:
            return False
        try:
            if self._objects.info(f"{keys.segment(digest)}/{keys.PARTS[-1]}") is None:
                return False
            for part in keys.PARTS:
                self._objects.copy(f"{keys.segment(digest)}/{part}", f"{prefix}/{part}")
        except StoreError as error:  # `tidy` or `forget_photo` may be deleting it
            _log.info("a kept scene could not be used: %s", error.message)
            return False
        return True

    def keep(self, digest: str, prefix: str) -> None:
        """Keep a copy of the scene at `prefix/…`."""
        if self._keep_s <= 0:
            return
        try:
            for part in keys.PARTS:
                self._objects.copy(f"{prefix}/{part}", f"{keys.segment(digest)}/{part}")
        except StoreError as error:
            _log.warning("a scene could not be kept for reuse: %s", error.message)

    def tidy(self) -> None:
        """Delete the scenes that are too old, and the oldest ones as long as all together are too large."""
        last = f"/{keys.PARTS[-1]}"
        try:
            found = sorted((published_s, key) for key, published_s in self._objects.list(keys.SEGMENTS))
            kept = [(published_s, key.removesuffix(last)) for published_s, key in found if key.endswith(last)]
            size = sum(self._size(prefix) for _, prefix in kept) if self._most_bytes is not None else 0
            for published_s, prefix in kept:
                is_over = self._most_bytes is not None and size > self._most_bytes
                if is_over or published_s < time.time() - self._keep_s:
                    size -= self._size(prefix) if is_over else 0
                    self._objects.delete_all(prefix)
        except StoreError as error:
            _log.warning("kept scenes could not be looked after: %s", error.message)

    def _size(self, prefix: str) -> int:
        """Bytes of a kept scene."""
        parts = (self._objects.info(f"{prefix}/{part}") for part in keys.PARTS)
        return sum(part.size for part in parts if part is not None)


def forget_photo(objects: Objects, asset_id: str) -> None:
    """Delete the kept scenes that show this upload, or whose rig was made with it."""
    try:
        for key, _ in list(objects.list(keys.SEGMENTS)):
            if asset_id in key.split("/"):
                objects.delete(key)
    except StoreError as error:
        _log.warning("kept scenes of photo %s could not be deleted: %s", asset_id, error.message)


@functools.cache
def _sources() -> str:
    """SHA-256 of this package's modules."""
    package = Path(limelight.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(f"{file.relative_to(package).as_posix()}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
