"""The job that makes a film: begin → scenes, each in a child process → join → finish.

The steps know the store and the objects, and no engine. A scene is published under a fixed key, whole or not at all, so
work that a crash cut off is done again and work that was finished is not. What a user's URLs name is fetched when the
job begins, once for all its scenes, and looked at: what cannot be used fails the video before anything is rendered.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from limelight import logs
from limelight.disk import named
from limelight.errors import DatabaseUnavailable, JobError, LimelightError, MediaError, StoreError
from limelight.jobs.children import ChildDied, Children
from limelight.jobs.engine import Engine, Interrupted, PartFailed, Run
from limelight.jobs.failures import Json, failure_from, failure_json
from limelight.jobs.segments import PARTS, Segments, uploads_of
from limelight.metrics import Metrics
from limelight.portraits import Further, Seen
from limelight.spec import Scene, Source, TalkingPhoto, TextVoice, VideoSpec
from limelight.store import Failure, Objects, Store, Video

#: A render whose process dies this often is given up.
MAX_ATTEMPTS = 3
#: A scene is not begun more often than this: it may be what takes the server down.
MAX_BEGINNINGS = 10
#: How many portraits are looked at at once as they are uploaded.
MAX_LOOKING = 2
DEFAULT_RENDERER = "limelight.render"
#: Finished scenes are kept this long, for films that have an equal one.
SEGMENT_DAYS = 7.0
_DAY_S = 24 * 3600.0
#: What a crash may have left is not being written any more.
_LEFTOVER_S = _DAY_S
#: What was said of a text on its own is kept this long: it is given out for seven days, by URLs good for seven more.
_SPEECH_DAYS = 15.0
#: Published last, so that it says that the sound is there.
_SPEECH_ANSWER = "answer.json"
#: Where a video's objects are, each under its id.
_FOLDERS = ("work", "videos")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Rig:
    """What a photo has become, for the scenes of one film."""

    photo: TalkingPhoto
    #: its object, and the local file
    key: str
    file: Path
    #: whether it is still to be made
    is_new: bool = True


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
        segment_days: float = SEGMENT_DAYS,
        on_end: Callable[[], None] = lambda: None,
        metrics: Metrics | None = None,
    ) -> None:
        self._store = store
        self._on_end = on_end
        self._metrics = metrics or Metrics()
        self._objects = objects
        self._children = children
        self._folder = folder
        self._renderer = renderer
        self._segments = Segments(objects, renderer, keep_s=segment_days * _DAY_S)
        self._admitting = threading.Lock()
        # A crash's leftovers come back beside the engine's queues, so its limits do not cover them.
        self._places = threading.BoundedSemaphore(workers)
        self._looking = threading.BoundedSemaphore(MAX_LOOKING)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def whole(self, run: Run) -> None:
        """See Work: the film of this video id, or its failure, in the store."""
        try:
            with logs.about(video_id=run.job_id), _or_later():
                self._whole(run)
        finally:
            self._forget(run.job_id)
            self._on_end()

    def _whole(self, run: Run) -> None:
        video_id = run.job_id
        video = self._get(video_id)
        try:
            _raise_failed(run.step("begin", _or_later()(lambda: self._begin(video))))
            run.parts(len(video.spec.scenes))
            film = run.step("join", _or_later()(_told(lambda: self._join(video))))
        except PartFailed as failed:
            failure = scene_failure(failed, len(video.spec.scenes))
        except LimelightError as error:
            failure = Failure(error.stage, error.code, f"{error.stage}: {error.message}")
        else:
            run.step("finish", _or_later()(lambda: self._finish(video_id, film)))
            return
        run.step("fail", _or_later()(lambda: self._fail(video_id, failure)))

    def part(self, job_id: str, index: int) -> Json:
        """See Work: render a scene and publish it, unless that was done before or another's failure made it vain."""
        try:
            with logs.about(video_id=job_id, scene=str(index + 1)), _or_later():
                return self._part(job_id, index)
        finally:
            self._forget(job_id)

    def _part(self, job_id: str, index: int) -> Json:
        video = self._get(job_id)
        if any(scene.state == "failed" for scene in video.scenes if scene.index != index):
            return {}
        if self._objects.info(_scene_key(job_id, index, "done")) is None:
            try:
                self._render(video, index)
            except DatabaseUnavailable:
                raise
            except LimelightError:
                self._store.videos.fail_scene(job_id, index)
                raise
        self._store.videos.finish_scene(job_id, index)
        return {}

    def take_up(self, engine: Engine, limit: int | None = None) -> None:
        """Bring store and engine together: what is not queued is queued, what the engine gave up has failed.

        `limit` is how many unfinished videos are looked at, the oldest first; None for all.
        Raises JobError and StoreError.
        """
        self.admit(engine)
        for video in self._store.videos.all(status=("pending", "processing"), admitted=True, limit=limit):
            state = engine.state(video.id)
            if state is None:
                engine.submit(video.id)
            elif state != "unfinished" and self._unfinished(video.id):
                error = JobError("the job ended without a film.")
                self._failed(video.id, Failure(error.stage, error.code, f"{error.stage}: {error.message}"))
                self._on_end()

    def admit(self, engine: Engine) -> None:
        """Queue the videos for which their accounts have a place. What cannot be queued now is taken up later."""
        with self._admitting:
            admitted = self._store.videos.admit()
        for video_id in admitted:
            try:
                engine.submit(video_id)
            except LimelightError as error:
                _log.error("video %s is kept, and will be queued later: %s", video_id, error.message)

    def keep_photos(self, video_id: str, spec: VideoSpec, account_id: str) -> None:
        """Give a video that was submitted its own copy of the photos that speak in it: it is made even if they go.

        Raises StoreError.
        """
        photos = filter(None, map(_photo_of, spec.scenes))
        for source in dict.fromkeys(source for photo in photos for source in photo.pictures):
            asset = self._store.assets.get(source.asset_id, account_id) if source.asset_id else None
            if asset is not None:
                self._objects.copy(asset.key, _own_key(video_id, source))

    def check_portrait(self, file: Path) -> Seen:
        """What a picture shows, where a face of it can speak. Raises MediaError, PhotoError and JobError."""
        request: Json = {"do": "check", "renderer": self._renderer, "kind": "portrait", "file": str(file)}
        with self._looking:
            told = _tried("a portrait", lambda: self._children.ask(request, lambda _: None))
        return Seen(**cast(Any, told["seen"]))

    def check_further(self, file: Path, more: Sequence[Path]) -> list[Further]:
        """What each further picture of a person gives to the rig of the first. Raises MediaError, PhotoError and
        JobError."""
        request: Json = {
            "do": "further",
            "renderer": self._renderer,
            "file": str(file),
            "more": [str(picture) for picture in more],
        }
        with self._looking:
            told = _tried("pictures of a person", lambda: self._children.ask(request, lambda _: None))
        return [
            Further(tuple(one["gave"]), one["left_out"], Seen(**one["seen"]) if one["seen"] else None)
            for one in cast(list[dict[str, Any]], told["further"])
        ]

    def cancel(self, engine: Engine, video_id: str, account_id: str) -> bool:
        """Delete an account's video, whatever becomes of it at the moment; says whether there was one.

        A render that runs is killed, and its place is free at once.
        """
        if not self._store.videos.delete(video_id, account_id):
            return False
        try:
            if engine.state(video_id) == "unfinished":
                engine.cancel(video_id)
        except JobError as error:  # its steps fail by themselves, the video is gone
            _log.warning("video %s is deleted, its job goes on until its next step: %s", video_id, error.message)
        self._children.stop(video_id)
        self._forget(video_id)
        self.admit(engine)
        return True

    def _unfinished(self, video_id: str) -> bool:
        video = self._store.videos.get(video_id)
        return video is not None and video.status in ("pending", "processing")

    def _forget(self, video_id: str) -> None:
        """Delete what a deleted video left, also what was published after it was deleted."""
        try:
            if self._store.videos.get(video_id) is None:
                for folder in _FOLDERS:
                    self._objects.delete_all(f"{folder}/{video_id}")
        except StoreError as error:
            _log.warning("video %s: its files could not be deleted: %s", video_id, error.message)

    def tidy(self) -> None:
        """Delete finished scenes that have been kept long enough, and what crashes left."""
        self._segments.tidy()
        try:
            self._objects.tidy(_LEFTOVER_S)
            self._tidy_uploads()
        except StoreError as error:
            _log.warning("leftovers of crashes could not be looked for: %s", error.message)
        try:
            for key, published_s in list(self._objects.list("speech")):
                if published_s < time.time() - _SPEECH_DAYS * _DAY_S:
                    self._objects.delete(key)
        except StoreError as error:
            _log.warning("old speech could not be looked for: %s", error.message)
        try:
            owners = {key.split("/")[1] for folder in _FOLDERS for key, _ in self._objects.list(folder)}
            for video_id in self._store.videos.without_rows(owners):
                self._forget(video_id)
        except StoreError as error:
            _log.warning("files of deleted videos could not be looked for: %s", error.message)

    def _tidy_uploads(self) -> None:
        """Delete files of uploads that have no rows."""
        until_s = time.time() - _LEFTOVER_S
        owners = {key.split("/")[1] for key, published_s in self._objects.list("assets") if published_s < until_s}
        for asset_id in self._store.assets.without_rows(owners):
            self._objects.delete_all(f"assets/{asset_id}")

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

    def speech(self, voice: TextVoice, key: str, *, aloud: bool) -> Json:
        """What is said of a script, as `saying.answer` has it; aloud, `key/speech.mp3` is published. Done once for a
        key. Raises LimelightError."""
        answer = f"{key}/{_SPEECH_ANSWER}"
        if self._objects.info(answer) is None:
            with self._attempt(key) as folder:
                request: Json = {
                    "do": "say",
                    "renderer": self._renderer,
                    "voice": voice.model_dump(mode="json"),
                    "folder": str(folder),
                    "aloud": aloud,
                }
                said = _tried("a text", lambda: self._children.ask(request, lambda _: None))
                if aloud:
                    self._objects.publish(f"{key}/speech.mp3", Path(str(said["file"])))
                (folder / _SPEECH_ANSWER).write_text(json.dumps(said["answer"]))
                self._objects.publish(answer, folder / _SPEECH_ANSWER)
        return cast(Json, json.loads(self._objects.read(answer)))

    def _begin(self, video: Video) -> Json:
        """Fetch what the scenes' URLs name, and see that it can be used, and what was uploaded too; photos among the
        account's looks were looked at before, and further pictures of a person need not be there.

        What cannot is the result `{"scene", "failure"}`.
        """
        self._store.videos.begin(video.id)
        seen: set[tuple[str, Source]] = set()
        photos = self._store.photos
        for index, scene in enumerate(video.spec.scenes):
            for kind, source in scene.sources():
                if kind == "further" or (kind, source) in seen:
                    continue
                seen.add((kind, source))
                if kind == "portrait" and source.asset_id and photos.seen(source.asset_id, video.account_id):
                    continue
                gather = _told(partial(self._gather, video, kind, source))
                try:
                    _tried(f"video {video.id}, what scene {index + 1} needs", gather)
                except DatabaseUnavailable:
                    raise
                except LimelightError as error:
                    self._store.videos.fail_scene(video.id, index)
                    return {"scene": index, "failure": failure_json(error)}
        return {}

    def _gather(self, video: Video, kind: str, source: Source) -> Json:
        """Check a file as what it is to be; what a URL names is fetched and published as this video's, once.

        Raises MediaError and StoreError.
        """
        key = self._source_key(video, source)
        with self._attempt(f"{video.id}-media") as folder:
            file = folder / "file"
            new = source.url is not None and self._objects.info(key) is None
            if not new:
                self._objects.fetch(key, file)
            request: Json = {
                "do": "fetch" if new else "check",
                "renderer": self._renderer,
                "kind": kind,
                "url": source.url,
                "file": str(file),
            }
            self._children.ask(request, lambda _: None, video.id)
            if new:
                self._objects.publish(key, file)
        return {}

    def _source_key(self, video: Video, source: Source) -> str:
        """Where an upload's object is, or that of what a URL names. Raises MediaError where an upload was deleted."""
        own = _own_key(video.id, source)
        if source.asset_id is None or self._objects.info(own) is not None:
            return own
        asset = self._store.assets.get(source.asset_id, video.account_id)
        if asset is None:
            raise MediaError(f"asset {source.asset_id} not found; it was deleted.", code="asset_not_found")
        return asset.key

    def _files(self, video: Video, index: int, folder: Path) -> dict[str, Path]:
        """A local copy of each file that a scene needs, by `Source.key`, without further pictures that are gone.

        Raises MediaError and StoreError.
        """
        files: dict[str, Path] = {}
        for kind, source in video.spec.scenes[index].sources():
            try:
                key = self._source_key(video, source)
                files[source.key] = self._objects.fetch(key, folder / f"media-{len(files)}")
            except DatabaseUnavailable:
                raise
            except (MediaError, StoreError) as error:
                if kind != "further":
                    raise
                _log.warning("a further picture, %s, is left out: %s", source.key, error.message)
        return files

    def _render(self, video: Video, index: int) -> None:
        """Attempt after attempt until the scene is published. Raises LimelightError."""
        with self._places:
            _tried(f"video {video.id}, scene {index + 1}", lambda: self._begin_scene(video, index))

    def _begin_scene(self, video: Video, index: int) -> Json:
        if self._store.videos.begin_scene(video.id, index) > MAX_BEGINNINGS:
            raise JobError(f"the server went down {MAX_BEGINNINGS} times while this scene was rendered.")
        try:
            return self._attempt_scene(video, index)
        except (Interrupted, DatabaseUnavailable):
            self._store.videos.withdraw_scene(video.id, index)
            raise

    def _attempt_scene(self, video: Video, index: int) -> Json:
        with self._attempt(f"{video.id}-{index:03d}") as folder:
            if self._objects.info(_scene_key(video.id, index, PARTS[-1])) is None:
                self._make_segment(video, index, folder)
            if video.spec.captions is not None and video.spec.captions.burn_in:
                self._caption(video, index, folder)
            done = folder / "done"
            done.touch()
            self._objects.publish(_scene_key(video.id, index, "done"), done)
        return {}

    def _make_segment(self, video: Video, index: int, folder: Path) -> None:
        """Publish the scene's parts: those of an equal one, or newly rendered."""
        files = self._files(video, index, folder)
        digest, prefix = self._segments.digest(video.spec, index, files), _scene_key(video.id, index)
        if self._segments.find(digest, prefix):
            return
        named = {key: str(file) for key, file in files.items()}
        rig = self._shared_rig(video, index, folder)
        if rig is not None:
            named[rig.photo.rig_key] = str(rig.file)
        begun_s = time.monotonic()
        segment = self._ask("scene", video.spec, folder, video_id=video.id, index=index, files=named)
        self._metrics.rendered(time.monotonic() - begun_s, cast(int, segment["frames"]) / video.spec.fps)
        (folder / "frames").write_text(str(segment["frames"]))
        made = {**segment, "frames": folder / "frames"}
        for part in PARTS:
            self._objects.publish(_scene_key(video.id, index, part), Path(str(made[part])))
        if rig is not None and rig.is_new and rig.file.exists():
            self._share_rig(rig)
        if all(self._store.assets.get(upload, video.account_id) for upload in uploads_of(video.spec, index)):
            self._segments.keep(digest, prefix)

    def _shared_rig(self, video: Video, index: int, folder: Path) -> _Rig | None:
        """Where a scene finds the rig of its photo, or leaves it for the film's other scenes; None where it has no
        photo, or no other scene has the same."""
        photo = _photo_of(video.spec.scenes[index])
        others = (other.rig_key for scene in video.spec.scenes if (other := _photo_of(scene)))
        if photo is None or sum(key == photo.rig_key for key in others) == 1:
            return None
        rig = _Rig(photo, f"{_own_key(video.id, *photo.pictures)}-rig", folder / "rig")
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

    def _caption(self, video: Video, index: int, folder: Path) -> None:
        """Publish the scene with its captions drawn on it, where it has any."""
        segment = self._fetch(video.id, index, folder)
        done = self._ask("caption", video.spec, folder, video_id=video.id, index=index, segments=[segment])
        if done["captioned"]:
            self._objects.publish(_scene_key(video.id, index, "captioned"), Path(str(done["captioned"])))

    def _join(self, video: Video) -> Json:
        with self._places:
            return _tried(f"video {video.id}, joining", lambda: self._attempt_join(video))

    def _attempt_join(self, video: Video) -> Json:
        with self._attempt(video.id) as folder:
            segments = [self._fetch(video.id, index, folder) for index in range(len(video.spec.scenes))]
            frames = sum(cast(int, segment["frames"]) for segment in segments)
            self._store.videos.reserve(video.id, math.ceil(frames / video.spec.fps))
            film = self._ask("join", video.spec, folder, video_id=video.id, segments=segments)
            keys: dict[str, str | None] = {}
            for name in ("thumbnail", "gif", "captioned", "video"):
                keys[f"{name}_key"] = self._publish(video.id, film[name])
            files = cast(dict[str, str], film["subtitles"])
            subtitles = {kind: self._publish(video.id, file) for kind, file in files.items()}
            return {**keys, "subtitle_keys": subtitles, "duration_s": film["duration_s"]}

    def _publish(self, video_id: str, file: object) -> str | None:
        """Publish a file of the film under its own name; gives the key, None where there is no file."""
        if not file:
            return None
        path = Path(str(file))
        key = f"videos/{video_id}/{path.name}"
        self._objects.publish(key, path)
        return key

    def _fetch(self, video_id: str, index: int, folder: Path) -> Json:
        """A scene's segment as local files."""
        here = folder / f"scene-{index:03d}"
        here.mkdir()

        def local(part: str, name: str) -> str:
            return str(self._objects.fetch(_scene_key(video_id, index, part), here / name))

        captioned = self._objects.info(_scene_key(video_id, index, "captioned")) is not None
        return {
            "video": local("video", "video"),
            "sound": local("sound", "sound.npy"),
            "words": local("words", "words.json"),
            "frames": int(self._objects.read(_scene_key(video_id, index, "frames"))),
            "captioned": local("captioned", "captioned") if captioned else None,
        }

    def _finish(self, video_id: str, film: Json) -> Json:
        self._store.videos.finish(
            video_id,
            video_key=str(film["video_key"]),
            thumbnail_key=str(film["thumbnail_key"]),
            duration_s=cast(float, film["duration_s"]),
            gif_key=cast("str | None", film.get("gif_key")),
            captioned_key=cast("str | None", film.get("captioned_key")),
            subtitle_keys=cast(dict[str, str], film.get("subtitle_keys", {})),
        )
        self._objects.delete_all(f"work/{video_id}")
        return {}

    def _fail(self, video_id: str, failure: Failure) -> Json:
        self._failed(video_id, failure)
        self._objects.delete_all(f"work/{video_id}")
        return {}

    def _failed(self, video_id: str, failure: Failure) -> None:
        # First, so that who reads the status finds them.
        self._metrics.failed(failure.stage)
        _log.warning("the video failed: %s", failure.message, extra={"stage": failure.stage, "code": failure.code})
        self._store.videos.fail(video_id, failure)

    def _ask(
        self,
        do: str,
        spec: VideoSpec,
        folder: Path,
        *,
        video_id: str = "",
        index: int = 0,
        segments: Sequence[Json] = (),
        files: Mapping[str, str] | None = None,
    ) -> Json:
        request: Json = {
            "do": do,
            "renderer": self._renderer,
            "spec": spec.model_dump(mode="json"),
            "index": index,
            "segments": list(segments),
            "files": dict(files or {}),
            "folder": str(folder),
        }

        def on_progress(progress: Json) -> None:
            if not video_id or do == "join":  # whose progress is no scene's
                return
            try:
                frame, frames = cast(int, progress["frame"]), cast(int, progress["frames"])
                self._store.videos.report(video_id, index, str(progress["stage"]), frame, frames)
            except StoreError as error:
                _log.warning("video %s: progress was not kept: %s", video_id, error.message)

        return self._children.ask(request, on_progress, video_id)

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
        video = self._store.videos.get(video_id)
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
        except Exception as error:
            told = named(error)
            if isinstance(told, LimelightError):
                raise told from error
            _log.exception("a step failed unexpectedly")
            raise JobError("an unexpected error; the server's log has the details.", code="internal_error") from error

    return told


@contextmanager
def _or_later() -> Iterator[None]:
    """What could not be kept for want of the database has not failed: it is made again. Raises Interrupted for it."""
    try:
        yield
    except DatabaseUnavailable as error:
        _log.warning("the work stops, and is taken up again later: %s", error.message)
        raise Interrupted from error


def scene_failure(failed: PartFailed, scenes: int) -> Failure:
    """Which scene failed in which stage, and why, in one line."""
    error = failed.error
    message = f"scene {failed.index + 1} of {scenes}, {error.stage}: {error.message}"
    return Failure(error.stage, error.code, message, failed.index)


def _raise_failed(begun: Json) -> None:
    """Raise PartFailed where a scene failed before any was rendered."""
    if "failure" in begun:
        raise PartFailed(cast(int, begun["scene"]), failure_from(begun["failure"]))


def _photo_of(scene: Scene) -> TalkingPhoto | None:
    """The photo that speaks in a scene."""
    return scene.character if isinstance(scene.character, TalkingPhoto) else None


def _own_key(video_id: str, *sources: Source) -> str:
    """Where a video's own copy of a user's file is, and what is made of several begins."""
    keys = "\n".join(source.key for source in sources)
    return f"work/{video_id}/media/{hashlib.sha256(keys.encode()).hexdigest()}"


def _scene_key(video_id: str, index: int, part: str = "") -> str:
    return f"work/{video_id}/scene-{index:03d}/{part}".rstrip("/")
