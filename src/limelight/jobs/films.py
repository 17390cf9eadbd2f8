"""The job that makes a film: begin → scenes, each in a child process → join → finish.

This module defines the order of the steps; `scenes`, `media` and `renders` do the work. The steps use the store and
the objects, and no engine. A scene is published under a fixed key, whole or not at all, so a retry after a crash makes
only what was not published. The first step downloads and checks what the user's URLs name, once for all scenes: a file
that cannot be used fails the video before anything is rendered.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, Field

from limelight import logs
from limelight.disk import named
from limelight.errors import DatabaseUnavailable, JobError, LimelightError
from limelight.jobs import keys
from limelight.jobs.engine import Interrupted, PartFailed, Run
from limelight.jobs.failures import Json, failure_from, failure_json
from limelight.jobs.leftovers import Leftovers
from limelight.jobs.media import UserMedia
from limelight.jobs.renders import Renders, principal_of, with_retries
from limelight.jobs.scenes import Scenes
from limelight.metrics import Metrics
from limelight.notices import VideoWarning
from limelight.store import Failure, Objects, Store, Video

T = TypeVar("T")

_log = logging.getLogger(__name__)


class _Joined(BaseModel):
    """The recorded result of the step `join`: the keys of a film's files, and its length."""

    video_key: str
    thumbnail_key: str
    gif_key: str | None = None
    captioned_key: str | None = None
    subtitle_keys: dict[str, str] = Field(default_factory=dict)
    duration_s: float


class _Begun(BaseModel):
    """The recorded result of the step `begin`: nothing, or which scene cannot be rendered and why."""

    scene: int = 0
    failure: Json | None = None


class Films:
    """Makes films; an engine's `Work`. `on_end` is called when a video has ended, completed or failed."""

    def __init__(
        self,
        store: Store,
        objects: Objects,
        renders: Renders,
        media: UserMedia,
        scenes: Scenes,
        leftovers: Leftovers,
        *,
        metrics: Metrics,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._objects = objects
        self._renders = renders
        self._media = media
        self._scenes = scenes
        self._leftovers = leftovers
        self._metrics = metrics
        self._on_end = on_end

    def whole(self, run: Run) -> None:
        """See Work: make the film of this video id, and keep it, or its failure, in the store."""
        try:
            with logs.about(video_id=run.job_id), _or_later():
                self._whole(run)
        finally:
            self._leftovers.forget(run.job_id)
            self._on_end()

    def _whole(self, run: Run) -> None:
        video_id = run.job_id
        video = self._get(video_id)
        try:
            _raise_failed(run.step("begin", _or_later()(lambda: self._begin(video))))
            run.parts(len(video.spec.scenes))
            film = run.step("join", _or_later()(_expected(lambda: self._join(video))))
        except PartFailed as failed:
            failure = scene_failure(failed, len(video.spec.scenes))
        except LimelightError as error:
            failure = Failure(error.stage, error.code, f"{error.stage}: {error.message}")
        else:
            run.step("finish", _or_later()(lambda: self._finish(video_id, _Joined.model_validate(film))))
            return
        run.step("fail", _or_later()(lambda: self._fail(video_id, failure)))

    def part(self, job_id: str, index: int) -> Json:
        """See Work: render a scene and publish it, unless it is published already or another scene has failed."""
        try:
            with logs.about(video_id=job_id, scene=str(index + 1)), _or_later():
                self._part(self._get(job_id), index)
                return {}
        finally:
            self._leftovers.forget(job_id)

    def _part(self, video: Video, index: int) -> None:
        if any(scene.state == "failed" for scene in video.scenes if scene.index != index):
            return
        if not self._scenes.is_made(video.id, index):
            try:
                self._scenes.make(video, index)
            except DatabaseUnavailable:
                raise
            except LimelightError:
                self._store.videos.fail_scene(video.id, index)
                raise
        self._store.videos.finish_scene(video.id, index)

    def give_up(self, video_id: str, failure: Failure) -> None:
        """Fail a video whose job is lost. Raises StoreError."""
        self._note_failure(video_id, failure)
        self._on_end()

    def stop(self, video_id: str) -> None:
        """Stop the renders of a video that was deleted, and delete its files."""
        self._renders.stop(video_id)
        self._leftovers.forget(video_id)

    def _begin(self, video: Video) -> Json:
        self._store.videos.begin(video.id)
        warnings: list[VideoWarning] = []
        for index, kind, source in self._media.to_check(video):
            gather = _expected(partial(self._media.gather, video, index, kind, source))
            try:
                warnings += with_retries(f"video {video.id}, what scene {index + 1} needs", gather)
            except DatabaseUnavailable:
                raise
            except LimelightError as error:
                self._store.videos.fail_scene(video.id, index)
                return _Begun(scene=index, failure=failure_json(error)).model_dump()
        if warnings:
            self._store.videos.warn(video.id, warnings)
        return {}

    def _join(self, video: Video) -> Json:
        with self._renders.places:
            joined = with_retries(f"video {video.id}, joining", lambda: self._attempt_join(video))
        return joined.model_dump()

    def _attempt_join(self, video: Video) -> _Joined:
        with self._renders.attempt(video.id) as folder:
            segments = [self._scenes.fetch(video.id, index, folder) for index in range(len(video.spec.scenes))]
            frames = sum(segment.frames for segment in segments)
            self._store.videos.reserve(video.id, math.ceil(frames / video.spec.fps))
            film = self._renders.join(video.spec, folder, segments, principal_of(video))
            publish = partial(self._publish, video.id)
            # The film comes after its pictures and its captioned copy: a reader who finds it finds these too.
            thumbnail_key, gif_key = publish(film.thumbnail), publish(film.gif)
            captioned_key = publish(film.captioned) if film.captioned else None
            return _Joined(
                thumbnail_key=thumbnail_key,
                gif_key=gif_key,
                captioned_key=captioned_key,
                video_key=publish(film.video),
                subtitle_keys={kind: publish(file) for kind, file in film.subtitles.items()},
                duration_s=film.duration_s,
            )

    def _publish(self, video_id: str, file: Path) -> str:
        """Publish a file of the film under its own name; gives the key."""
        key = keys.film(video_id, file.name)
        self._objects.publish(key, file)
        return key

    def _finish(self, video_id: str, film: _Joined) -> Json:
        self._store.videos.finish(video_id, **film.model_dump())
        self._leftovers.forget_parts(video_id)
        return {}

    def _fail(self, video_id: str, failure: Failure) -> Json:
        self._note_failure(video_id, failure)
        self._objects.delete_all(keys.work_folder(video_id))
        return {}

    def _note_failure(self, video_id: str, failure: Failure) -> None:
        # Before the status changes, so that a client that reads `failed` finds the failure in metrics and log.
        self._metrics.failed(failure.stage)
        _log.warning("the video failed: %s", failure.message, extra={"stage": failure.stage, "code": failure.code})
        self._store.videos.fail(video_id, failure)

    def _get(self, video_id: str) -> Video:
        video = self._store.videos.get(video_id)
        if video is None:
            raise JobError(f"video {video_id} is not in the store.")
        return video


def scene_failure(failed: PartFailed, scenes: int) -> Failure:
    """The video's failure: its message names scene, stage and reason in one line."""
    error = failed.error
    message = f"scene {failed.index + 1} of {scenes}, {error.stage}: {error.message}"
    return Failure(error.stage, error.code, message, failed.index)


def _expected(do: Callable[[], T]) -> Callable[[], T]:
    """`do`, which then raises LimelightError alone: an unexpected exception becomes a JobError.

    For the functions of steps only: an engine's own exceptions must pass unchanged.
    """

    def expected() -> T:
        try:
            return do()
        except Exception as error:
            told = named(error)
            if isinstance(told, LimelightError):
                raise told from error
            _log.exception("a step failed unexpectedly")
            raise JobError("an unexpected error; the server's log has the details.", code="internal_error") from error

    return expected


@contextmanager
def _or_later() -> Iterator[None]:
    """Raise Interrupted where the database is unavailable: the work has not failed, and an engine runs it again."""
    try:
        yield
    except DatabaseUnavailable as error:
        _log.warning("the work stops, and is taken up again later: %s", error.message)
        raise Interrupted from error


def _raise_failed(result: Json) -> None:
    """Raise PartFailed where the step `begin` found a scene that cannot be rendered."""
    begun = _Begun.model_validate(result)
    if begun.failure is not None:
        raise PartFailed(begun.scene, failure_from(begun.failure))
