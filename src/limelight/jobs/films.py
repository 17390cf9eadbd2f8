"""The job that makes a film: begin → scenes, each in a child process → join → finish.

The steps know the store and the objects, and no engine. A scene is published under a fixed key, whole or not at all, so
work that a crash cut off is done again and work that was finished is not.
"""

from __future__ import annotations

import logging
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from limelight.errors import JobError, LimelightError, StoreError
from limelight.jobs.children import ChildDied, Children
from limelight.jobs.engine import Engine, Interrupted, PartFailed, Run
from limelight.jobs.failures import Json
from limelight.spec import VideoSpec
from limelight.store import Failure, Objects, Store, Video

#: A render whose process dies this often is given up.
MAX_ATTEMPTS = 3
#: A scene is not begun more often than this: it may be what takes the server down.
MAX_BEGINNINGS = 10
DEFAULT_RENDERER = "limelight.render"

_log = logging.getLogger(__name__)


class Films:
    """Makes films; an engine's `Work`. At most `workers` renders run at once, whatever the engine allows."""

    def __init__(
        self,
        store: Store,
        objects: Objects,
        children: Children,
        folder: Path,
        *,
        renderer: str = DEFAULT_RENDERER,
        workers: int = 1,
    ) -> None:
        self._store = store
        self._objects = objects
        self._children = children
        self._folder = folder
        self._renderer = renderer
        # A crash's leftovers come back beside the engine's queues, so its limits do not cover them.
        self._places = threading.BoundedSemaphore(workers)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def whole(self, run: Run) -> None:
        """See Work: the film of this video id, or its failure, in the store."""
        video_id = run.job_id
        video = self._get(video_id)
        try:
            run.step("begin", lambda: self._begin(video_id))
            run.parts(len(video.spec.scenes))
            film = run.step("join", _told(lambda: self._join(video)))
        except PartFailed as failed:
            failure = scene_failure(failed, len(video.spec.scenes))
        except LimelightError as error:
            failure = Failure(error.stage, error.code, f"{error.stage}: {error.message}")
        else:
            run.step("finish", lambda: self._finish(video_id, film))
            return
        run.step("fail", lambda: self._fail(video_id, failure))

    def part(self, job_id: str, index: int) -> Json:
        """See Work: render a scene and publish it, unless that was done before or another's failure made it vain."""
        video = self._get(job_id)
        if any(scene.state == "failed" for scene in video.scenes if scene.index != index):
            return {}
        if self._objects.info(_scene_key(job_id, index, "done")) is None:
            try:
                self._render(video, index)
            except LimelightError:
                self._store.fail_scene(job_id, index)
                raise
        self._store.finish_scene(job_id, index)
        return {}

    def take_up(self, engine: Engine, limit: int | None = None) -> None:
        """Bring store and engine together: what is not queued is queued, what the engine gave up has failed.

        `limit` is how many unfinished videos are looked at, the oldest first; None for all.
        """
        for video in self._store.videos(status=("pending", "processing"), limit=limit):
            state = engine.state(video.id)
            if state is None:
                engine.submit(video.id)
            elif state != "unfinished" and self._get(video.id).status in ("pending", "processing"):
                error = JobError("the job ended without a film.")
                self._store.fail(video.id, Failure(error.stage, error.code, f"{error.stage}: {error.message}"))

    def clip(self, spec: VideoSpec, key: str) -> None:
        """Render a short film at once and publish it; for previews. Raises LimelightError."""
        with self._attempt(key) as folder:
            segments = []
            for index in range(len(spec.scenes)):
                scene = folder / f"{index}"
                scene.mkdir()
                segments.append(self._ask("scene", spec, scene, index=index))
            film = self._ask("join", spec, folder, segments=segments)
            self._objects.publish(key, Path(str(film["video"])))

    def sample(self, spec: VideoSpec, key: str) -> None:
        """Publish the sound of the first scene as MP3; for previews. Raises LimelightError."""
        with self._attempt(key) as folder:
            self._objects.publish(key, Path(str(self._ask("sample", spec, folder, index=0)["file"])))

    def _begin(self, video_id: str) -> Json:
        self._store.begin(video_id)
        return {}

    def _render(self, video: Video, index: int) -> None:
        """Attempt after attempt until the scene is published. Raises LimelightError."""
        with self._places:
            _tried(f"video {video.id}, scene {index + 1}", lambda: self._begin_scene(video, index))

    def _begin_scene(self, video: Video, index: int) -> Json:
        if self._store.begin_scene(video.id, index) > MAX_BEGINNINGS:
            raise JobError(f"the server went down {MAX_BEGINNINGS} times while this scene was rendered.")
        try:
            return self._attempt_scene(video, index)
        except Interrupted:
            self._store.withdraw_scene(video.id, index)
            raise

    def _attempt_scene(self, video: Video, index: int) -> Json:
        with self._attempt(f"{video.id}-{index:03d}") as folder:
            segment = self._ask("scene", video.spec, folder, video_id=video.id, index=index)
            frames = folder / "frames"
            frames.write_text(str(segment["frames"]))
            self._objects.publish(_scene_key(video.id, index, "video"), Path(str(segment["video"])))
            self._objects.publish(_scene_key(video.id, index, "sound"), Path(str(segment["sound"])))
            self._objects.publish(_scene_key(video.id, index, "done"), frames)
        return {}

    def _join(self, video: Video) -> Json:
        with self._places:
            return _tried(f"video {video.id}, joining", lambda: self._attempt_join(video))

    def _attempt_join(self, video: Video) -> Json:
        with self._attempt(video.id) as folder:
            segments = [self._fetch(video.id, index, folder) for index in range(len(video.spec.scenes))]
            film = self._ask("join", video.spec, folder, segments=segments)
            keys = {"video_key": f"videos/{video.id}/film.mp4", "thumbnail_key": f"videos/{video.id}/thumbnail.jpg"}
            self._objects.publish(keys["thumbnail_key"], Path(str(film["thumbnail"])))
            self._objects.publish(keys["video_key"], Path(str(film["video"])))
            return {**keys, "duration_s": film["duration_s"]}

    def _fetch(self, video_id: str, index: int, folder: Path) -> Json:
        here = folder / f"scene-{index:03d}"
        here.mkdir()
        return {
            "video": str(self._objects.fetch(_scene_key(video_id, index, "video"), here / "video.mp4")),
            "sound": str(self._objects.fetch(_scene_key(video_id, index, "sound"), here / "sound.npy")),
            "frames": int(self._objects.read(_scene_key(video_id, index, "done"))),
        }

    def _finish(self, video_id: str, film: Json) -> Json:
        self._store.finish(
            video_id,
            video_key=str(film["video_key"]),
            thumbnail_key=str(film["thumbnail_key"]),
            duration_s=cast(float, film["duration_s"]),
        )
        self._objects.delete_all(f"work/{video_id}")
        return {}

    def _fail(self, video_id: str, failure: Failure) -> Json:
        self._store.fail(video_id, failure)
        self._objects.delete_all(f"work/{video_id}")
        return {}

    def _ask(
        self,
        do: str,
        spec: VideoSpec,
        folder: Path,
        *,
        video_id: str = "",
        index: int = 0,
        segments: Sequence[Json] = (),
    ) -> Json:
        request: Json = {
            "do": do,
            "renderer": self._renderer,
            "spec": spec.model_dump(mode="json"),
            "index": index,
            "segments": list(segments),
            "folder": str(folder),
        }

        def on_progress(progress: Json) -> None:
            if not video_id:
                return
            try:
                frame, frames = cast(int, progress["frame"]), cast(int, progress["frames"])
                self._store.report(video_id, index, str(progress["stage"]), frame, frames)
            except StoreError as error:
                _log.warning("video %s: progress was not kept: %s", video_id, error.message)

        return self._children.ask(request, on_progress)

    @contextmanager
    def _attempt(self, name: str) -> Iterator[Path]:
        """A folder for one attempt alone, gone afterwards."""
        folder = self._folder / f"{name.replace('/', '-')}-{uuid.uuid4().hex[:8]}"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _get(self, video_id: str) -> Video:
        video = self._store.get(video_id)
        if video is None:
            raise JobError(f"video {video_id} is not in the store.")
        return video


def _tried(what: str, attempt: Callable[[], Json]) -> Json:
    """What an attempt gives; one whose process died is made again, up to MAX_ATTEMPTS. Raises LimelightError."""
    for left in reversed(range(MAX_ATTEMPTS)):
        try:
            return attempt()
        except ChildDied as died:
            _log.warning("%s: %s", what, died.message)
            if left == 0:
                raise
    raise AssertionError


def _told(do: Callable[[], Json]) -> Callable[[], Json]:
    """`do`, with what nobody expected as a JobError; for steps only, an engine's own exceptions must pass."""

    def told() -> Json:
        try:
            return do()
        except LimelightError:
            raise
        except Exception as error:
            _log.exception("a step failed unexpectedly")
            raise JobError("an unexpected error; the server's log has the details.", code="internal_error") from error

    return told


def scene_failure(failed: PartFailed, scenes: int) -> Failure:
    """Which scene failed in which stage, and why, in one line."""
    error = failed.error
    message = f"scene {failed.index + 1} of {scenes}, {error.stage}: {error.message}"
    return Failure(error.stage, error.code, message, failed.index)


def _scene_key(video_id: str, index: int, what: str) -> str:
    return f"work/{video_id}/scene-{index:03d}/{what}"
