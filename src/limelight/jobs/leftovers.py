"""Deletes what nobody needs: old kept scenes, spoken texts and pictures without background, files of deleted videos,
leftovers of crashes."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter

from limelight.errors import StoreError
from limelight.jobs import keys
from limelight.jobs.segments import Segments
from limelight.store import Objects, Store

_DAY_S = 24 * 3600.0
#: A file of this age without an owner is a crash's leftover: nobody is still writing it.
_LEFTOVER_S = _DAY_S
#: Who reads a film's parts after its end has so much time for it.
_READ_S = 3600.0
#: Spoken texts are kept this long: the server gives one out for seven days, by URLs that are good for seven more.
_SPEECH_DAYS = 15.0
#: Pictures without their background are kept as long.
_REMOVAL_DAYS = _SPEECH_DAYS

_log = logging.getLogger(__name__)


class Leftovers:
    """Deletes objects; nothing here raises unless it says so."""

    def __init__(self, store: Store, objects: Objects, segments: Segments) -> None:
        self._store = store
        self._objects = objects
        self._segments = segments
        #: How many read the parts of a film's scenes, by video; guarded by the lock, like what follows.
        self._readers: Counter[str] = Counter()
        #: Videos that have ended, and whose parts are still read.
        self._ended: set[str] = set()
        self._lock = threading.Lock()

    def hold(self, video_id: str) -> None:
        """Keep the parts of a video's scenes when it has ended, until `release`; for an hour at most."""
        with self._lock:
            self._readers[video_id] += 1

    def release(self, video_id: str) -> None:
        """Take back a `hold`."""
        with self._lock:
            self._readers -= Counter([video_id])
            if video_id not in self._ended or video_id in self._readers:
                return
            self._ended.remove(video_id)
        try:
            self._objects.delete_all(keys.work_folder(video_id))
        except StoreError as error:  # `tidy` does it
            _log.warning("video %s: its parts could not be deleted: %s", video_id, error.message)

    def forget_parts(self, video_id: str) -> None:
        """Delete the parts of a video that has ended, as soon as nobody reads them. Raises StoreError."""
        with self._lock:
            if video_id in self._readers:
                self._ended.add(video_id)
                return
        self._objects.delete_all(keys.work_folder(video_id))

    def forget(self, video_id: str) -> None:
        """Delete the files of a video if it was deleted, also those that a render published afterwards."""
        try:
            if self._store.videos.get(video_id) is None:
                for folder in keys.OF_VIDEOS:
                    self._objects.delete_all(f"{folder}/{video_id}")
        except StoreError as error:
            _log.warning("video %s: its files could not be deleted: %s", video_id, error.message)

    def tidy(self) -> None:
        """Delete old kept scenes, spoken texts and pictures without background, files of deleted videos, and leftovers
        of crashes."""
        self._segments.tidy()
        try:
            self._objects.tidy(_LEFTOVER_S)
            self._tidy_uploads()
        except StoreError as error:
            _log.warning("leftovers of crashes could not be looked for: %s", error.message)
        try:
            for key, published_s in list(self._objects.list(keys.SPEECH)):
                if published_s < time.time() - _SPEECH_DAYS * _DAY_S:
                    self._objects.delete(key)
        except StoreError as error:
            _log.warning("old speech could not be looked for: %s", error.message)
        try:
            self._tidy_removals()
        except StoreError as error:
            _log.warning("old pictures without background could not be looked for: %s", error.message)
        try:
            self._tidy_parts()
        except StoreError as error:
            _log.warning("parts of videos that have ended could not be looked for: %s", error.message)
        try:
            owners = {key.split("/")[1] for folder in keys.OF_VIDEOS for key, _ in self._objects.list(folder)}
            for video_id in self._store.videos.without_rows(owners):
                self.forget(video_id)
        except StoreError as error:
            _log.warning("files of deleted videos could not be looked for: %s", error.message)

    def _tidy_parts(self) -> None:
        """Delete the parts of videos that ended long ago, which somebody read then."""
        until_ms = (time.time() - _READ_S) * 1000
        for video_id in {key.split("/")[1] for key, _ in self._objects.list(keys.WORK)}:
            video = self._store.videos.get(video_id)
            if video is not None and video.completed_ms is not None and video.completed_ms < until_ms:
                self._objects.delete_all(keys.work_folder(video_id))

    def _tidy_removals(self) -> None:
        """Delete old jobs, each as a whole, and what crashes left of one."""
        until_s = time.time() - _REMOVAL_DAYS * _DAY_S
        latest: dict[str, float] = {}
        for key, published_s in self._objects.list(keys.REMOVALS):
            job = key.rpartition("/")[0]
            latest[job] = max(published_s, latest.get(job, 0.0))
        for job in (job for job, published_s in latest.items() if published_s < until_s):
            self._objects.delete_all(job)

    def _tidy_uploads(self) -> None:
        """Delete upload files without a row."""
        until_s = time.time() - _LEFTOVER_S
        owners = {key.split("/")[1] for key, published_s in self._objects.list(keys.ASSETS) if published_s < until_s}
        for asset_id in self._store.assets.without_rows(owners):
            self._objects.delete_all(keys.asset_folder(asset_id))
