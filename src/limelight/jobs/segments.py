"""Finished scenes, kept by what they show: an equal scene of another film is copied instead of rendered.

A scene is known by everything that its pixels and samples come from: its spec, its seed, the film's size, rate and
container, the presenter's pack, the voice's style and measure, the content of the user's files, and the renderer. Those
that an uploaded photo speaks in are kept under the ids of the upload and of the person's further pictures, so that they
go with each.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path

from limelight import __version__
from limelight.catalog.avatars import avatar
from limelight.catalog.voices import voice
from limelight.errors import StoreError
from limelight.spec import Avatar, TalkingPhoto, TextVoice, VideoSpec, scene_seed
from limelight.store import Objects

#: What a scene consists of; the last one is published last and says that the others are there.
PARTS = ("video", "sound", "words", "frames")

_FOLDER = "segments"
_log = logging.getLogger(__name__)


class Segments:
    """The kept scenes of one object store. Losing one costs time only, so nothing here raises."""

    def __init__(self, objects: Objects, renderer: str, *, keep_s: float) -> None:
        self._objects = objects
        self._renderer = renderer
        self._keep_s = keep_s

    def digest(self, spec: VideoSpec, index: int, files: Mapping[str, Path]) -> str:
        """The name under which scene `index` is kept: 64 hex digits, below the ids of the photo's uploads if there are
        any."""
        scene = spec.scenes[index]
        who = scene.character
        identity = {
            "renderer": [__version__, self._renderer],
            "scene": scene.model_dump(mode="json"),
            "seed": scene_seed(spec, index),
            "film": [spec.width, spec.height, spec.fps, spec.container, spec.watermark],
            "presenter": avatar(who.avatar_id).version if isinstance(who, Avatar) else None,
            "voice": repr(voice(scene.voice.voice_id).speaker) if isinstance(scene.voice, TextVoice) else None,
            "files": {key: _sha256(file) for key, file in sorted(files.items())},
        }
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
        return "/".join((*uploads_of(spec, index), digest))

    def find(self, digest: str, prefix: str) -> bool:
        """Copy a kept scene to `prefix/…`; says whether there is one."""
        if self._keep_s <= 0:
            return False
        try:
            if self._objects.info(f"{_FOLDER}/{digest}/{PARTS[-1]}") is None:
                return False
            for part in PARTS:
                self._objects.copy(f"{_FOLDER}/{digest}/{part}", f"{prefix}/{part}")
        except StoreError as error:  # it may be deleted at this moment
            _log.info("a kept scene could not be used: %s", error.message)
            return False
        return True

    def keep(self, digest: str, prefix: str) -> None:
        """Keep the scene at `prefix/…` for others."""
        if self._keep_s <= 0:
            return
        try:
            for part in PARTS:
                self._objects.copy(f"{prefix}/{part}", f"{_FOLDER}/{digest}/{part}")
        except StoreError as error:
            _log.warning("a scene could not be kept for reuse: %s", error.message)

    def tidy(self) -> None:
        """Delete what has been kept long enough."""
        try:
            for key, published_s in list(self._objects.list(_FOLDER)):
                if key.endswith(f"/{PARTS[-1]}") and published_s < time.time() - self._keep_s:
                    self._objects.delete_all(key.removesuffix(f"/{PARTS[-1]}"))
        except StoreError as error:
            _log.warning("kept scenes could not be looked after: %s", error.message)


def uploads_of(spec: VideoSpec, index: int) -> tuple[str, ...]:
    """The ids of the uploads of who speaks in scene `index`: of the photo, and of further pictures of the person."""
    who = spec.scenes[index].character
    pictures = who.pictures if isinstance(who, TalkingPhoto) else ()
    return tuple(picture.asset_id for picture in pictures if picture.asset_id)


def forget_photo(objects: Objects, asset_id: str) -> None:
    """Delete the kept scenes for which this upload was used."""
    try:
        for key, _ in list(objects.list(_FOLDER)):
            if asset_id in key.split("/"):
                objects.delete(key)
    except StoreError as error:
        _log.warning("kept scenes of photo %s could not be deleted: %s", asset_id, error.message)


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
