"""One scene of a video: its media, its render and its captions. Published whole or not at all, under fixed keys."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path

from limelight.errors import DatabaseUnavailable, JobError, StoreError
from limelight.jobs import keys, segments
from limelight.jobs.engine import Interrupted
from limelight.jobs.media import UserMedia
from limelight.jobs.renders import Renders, principal_of, with_retries
from limelight.jobs.segments import Segments
from limelight.metrics import Metrics
from limelight.results import Progress, Report, Segment
from limelight.spec import VideoSpec
from limelight.store import Objects, Store, Video

#: How often a scene is begun at most: one that is begun again and again may be what crashes the server.
MAX_BEGINNINGS = 10
#: The object that marks a scene as made, captions included.
_DONE = "done"
_CAPTIONED = "captioned"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Rig:
    """A photo's rig, shared by the scenes of one film."""

    #: the photo's `rig_key`
    rig_key: str
    #: the key of its object, and its local file
    key: str
    file: Path
    #: whether it has yet to be made
    is_new: bool = True


class Scenes:
    """Makes scenes, each once."""

    def __init__(
        self,
        store: Store,
        objects: Objects,
        renders: Renders,
        media: UserMedia,
        segments: Segments,
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._objects = objects
        self._renders = renders
        self._media = media
        self._segments = segments
        self._metrics = metrics

    def is_made(self, video_id: str, index: int) -> bool:
        """Whether a scene is published. Raises StoreError."""
        return self._objects.info(keys.scene(video_id, index, _DONE)) is not None

    def make(self, video: Video, index: int) -> None:
        """Make a scene and publish it, with retries. Raises LimelightError."""
        with self._renders.places:
            with_retries(f"video {video.id}, scene {index + 1}", lambda: self._begin(video, index))

    def fetch(self, video_id: str, index: int, folder: Path) -> Segment:
        """A scene that is made, as local files. Raises StoreError."""
        here = folder / f"scene-{index:03d}"
        here.mkdir()

        segment = segments.fetch(self._objects, keys.scene(video_id, index), here)
        captioned = keys.scene(video_id, index, _CAPTIONED)
        if self._objects.info(captioned) is None:
            return segment
        return replace(segment, captioned=self._objects.fetch(captioned, here / "captioned"))

    def _begin(self, video: Video, index: int) -> None:
        if self._store.videos.begin_scene(video.id, index) > MAX_BEGINNINGS:
            raise JobError(f"the server went down {MAX_BEGINNINGS} times while this scene was rendered.")
        try:
            self._attempt(video, index)
        except (Interrupted, DatabaseUnavailable):
            self._store.videos.withdraw_scene(video.id, index)
            raise

    def _attempt(self, video: Video, index: int) -> None:
        with self._renders.scene_attempt(video.id, index) as folder:
            if self._objects.info(keys.scene(video.id, index, keys.PARTS[-1])) is None:
                self._render(video, index, folder)
            if video.spec.captions is not None and video.spec.captions.burn_in:
                self._caption(video, index, folder)
            done = folder / _DONE
            done.touch()
            self._objects.publish(keys.scene(video.id, index, _DONE), done)

    def _render(self, video: Video, index: int, folder: Path) -> None:
        """Publish the scene's parts: copies of an equal kept scene's, or newly rendered ones."""
        files = self._media.files(video, index, folder)
        digest, prefix = self._segments.digest(video.spec, index, files), keys.scene(video.id, index)
        if self._segments.find(digest, prefix):
            return
        rig = self._shared_rig(video, index, folder)
        if rig is not None:
            files[rig.rig_key] = rig.file
        begun_s = time.monotonic()
        report = self._report(video.id, index)
        segment = self._renders.scene(video.spec, index, folder, files, report, principal_of(video))
        self._metrics.rendered(time.monotonic() - begun_s, segment.frames / video.spec.fps)
        segments.publish(self._objects, prefix, segment, folder)
        self._publish_captioned(video.id, index, segment)
        if rig is not None and rig.is_new and rig.file.exists():
            self._share_rig(rig)
        uploads = video.spec.scenes[index].picture_uploads
        if all(self._store.assets.get(upload, video.account_id) for upload in uploads):
            self._segments.keep(digest, prefix)

    def _caption(self, video: Video, index: int, folder: Path) -> None:
        """Publish the scene with its captions drawn on it, where it has any and its render has not drawn them."""
        if self._objects.info(keys.scene(video.id, index, _CAPTIONED)) is not None:
            return
        segment = self.fetch(video.id, index, folder)
        report = self._report(video.id, index)
        drawn = self._renders.caption(video.spec, index, folder, segment, report, principal_of(video))
        self._publish_captioned(video.id, index, drawn)

    def _publish_captioned(self, video_id: str, index: int, segment: Segment) -> None:
        if segment.captioned:
            self._objects.publish(keys.scene(video_id, index, _CAPTIONED), segment.captioned)

    def _report(self, video_id: str, index: int) -> Report:
        """A report function that keeps a scene's progress in the store; a StoreError does not stop the scene."""

        def report(progress: Progress) -> None:
            try:
                self._store.videos.report(video_id, index, progress.stage, progress.frame, progress.frames)
            except StoreError as error:
                _log.warning("video %s: progress was not kept: %s", video_id, error.message)

        return report

    def _shared_rig(self, video: Video, index: int, folder: Path) -> _Rig | None:
        """The rig that a scene's photo shares with other scenes of the film, read from its object where one of them has
        made it. None where the scene has no photo, or no other scene has the same."""
        rig_keys = _rig_keys(video.spec)
        rig_key = rig_keys[index]
        if rig_key is None or rig_keys.count(rig_key) == 1:
            return None
        rig = _Rig(rig_key, keys.rig(video.id, video.spec.scenes[index].pictures), folder / "rig")
        try:
            if self._objects.info(rig.key) is not None:
                self._objects.fetch(rig.key, rig.file)
                return replace(rig, is_new=False)
        except StoreError as error:
            _log.warning("video %s: a photo's rig is made again: %s", video.id, error.message)
        return rig

    def _share_rig(self, rig: _Rig) -> None:
        try:
            self._objects.publish(rig.key, rig.file)
        except StoreError as error:
            _log.warning("a photo's rig is made again for the next scene: %s", error.message)


def _rig_keys(spec: VideoSpec) -> list[str | None]:
    return [scene.character.rig_key if scene.character else None for scene in spec.scenes]
