"""Gives videos to an engine: at most as many of an account at once as it may have, and every one in the end."""

from __future__ import annotations

import logging
import threading

from limelight.errors import JobError, LimelightError
from limelight.jobs.engine import Engine
from limelight.jobs.films import Films
from limelight.store import Failure, Store

_log = logging.getLogger(__name__)


class Admission:
    """Queues the store's videos with an engine that runs `films`."""

    def __init__(self, store: Store, engine: Engine, films: Films) -> None:
        self._store = store
        self._engine = engine
        self._films = films
        self._admitting = threading.Lock()

    def admit(self) -> None:
        """Admit the videos for which their accounts have a place, and queue them.

        `take_up` queues those that the engine refuses now.
        """
        with self._admitting:
            admitted = self._store.videos.admit()
        for video_id in admitted:
            try:
                self._engine.submit(video_id)
            except LimelightError as error:
                _log.error("video %s is kept, and will be queued later: %s", video_id, error.message)

    def take_up(self, limit: int | None = None) -> None:
        """Reconcile the store with the engine, after `admit`.

        Queues the admitted videos that the engine does not know, and fails those whose job ended without a film.
        Looks at the `limit` oldest unfinished videos, at all where it is None. Raises JobError and StoreError.
        """
        self.admit()
        for video in self._store.videos.all(status=("pending", "processing"), admitted=True, limit=limit):
            state = self._engine.state(video.id)
            if state is None:
                self._engine.submit(video.id)
            elif state != "unfinished" and self._is_unfinished(video.id):
                error = JobError("the job ended without a film.")
                self._films.give_up(video.id, Failure(error.stage, error.code, f"{error.stage}: {error.message}"))

    def cancel(self, video_id: str, account_id: str) -> bool:
        """Delete an account's video in whatever state it is; says whether there was one.

        Kills its render where one runs, which frees the account's place at once.
        """
        if not self._store.videos.delete(video_id, account_id):
            return False
        try:
            if self._engine.state(video_id) == "unfinished":
                self._engine.cancel(video_id)
        except JobError as error:  # the job's next step fails anyway: its video is gone
            _log.warning("video %s is deleted, its job goes on until its next step: %s", video_id, error.message)
        self._films.stop(video_id)
        self.admit()
        return True

    def _is_unfinished(self, video_id: str) -> bool:
        video = self._store.videos.get(video_id)
        return video is not None and video.status in ("pending", "processing")
