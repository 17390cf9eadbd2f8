"""One server's parts, put together: rows, objects, engine and renders. The HTTP edge calls this and nothing deeper."""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from limelight.api.schemas import GenerateRequest, parse_generate, parse_webm
from limelight.api.settings import Settings
from limelight.api.uploads import HEAD_BYTES, recognise
from limelight.catalog.avatars import avatar
from limelight.catalog.voices import voice
from limelight.errors import LimelightError
from limelight.jobs.children import Children
from limelight.jobs.durable import DurableEngine
from limelight.jobs.engine import Engine
from limelight.jobs.films import Films
from limelight.spec import Avatar, ColourBackground, Scene, TextVoice, VideoSpec
from limelight.store import Asset, NewVideo, Objects, Store, Video
from limelight.store.lock import FolderLock

_TAKE_UP_EVERY_S = 30.0
_TAKE_UP_AT_MOST = 200
_TIDY_EVERY_S = 3600.0
_VIDEO_ID = re.compile(r"[0-9a-f]{32}")
_CLIP_WIDTH_PX, _CLIP_HEIGHT_PX = 480, 600
_CLIP_COLOUR = "#d6dde6"
_SAMPLE_SIDE_PX = 128

_log = logging.getLogger(__name__)


class Service:
    """Videos in, films out. It holds the data folder from construction to `stop`.

    Raises StoreError when the folder is in use or the database cannot be opened.
    """

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        self._lock = FolderLock(settings.data_dir)
        shutil.rmtree(settings.data_dir / "uploads", ignore_errors=True)
        self.store = Store(settings.store_url)
        self.objects = Objects(settings.data_dir / "objects")
        self._children = Children()
        self.films = Films(
            self.store,
            self.objects,
            self._children,
            settings.data_dir / "attempts",
            renderer=settings.renderer,
            workers=settings.workers,
            segment_days=settings.segment_days,
        )
        self._engine = engine or DurableEngine(settings.jobs_url, workers=settings.workers)
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Take up what was left unfinished. Raises JobError."""
        self._engine.launch(self.films)
        self.films.take_up(self._engine)
        self._keeper.start()

    def stop(self) -> None:
        """Kill what renders; it is taken up at the next start. A second call does nothing."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._children.close()
        self._engine.close()
        if self._keeper.is_alive():
            self._keeper.join()
        self.store.close()
        self._lock.close()

    def generate(self, body: object) -> str:
        """Keep and queue the video that a body asks for; gives its id. Raises SpecError and StoreError."""
        return self._submit(parse_generate(body, self.store.asset), body)

    def generate_webm(self, body: object) -> str:
        """The same for a transparent video."""
        return self._submit(parse_webm(body, self.store.asset), body)

    def _submit(self, request: GenerateRequest, body: object) -> str:
        video = self.store.create(
            NewVideo(
                spec=request.spec,
                body=body,
                title=request.title,
                test=request.test,
                caption=request.caption,
                callback_id=request.callback_id,
                callback_url=request.callback_url,
                folder_id=request.folder_id,
            )
        )
        try:
            self._engine.submit(video.id)
        except LimelightError as error:
            _log.error("video %s is kept, and will be queued later: %s", video.id, error.message)
        return video.id

    def video(self, video_id: str) -> Video | None:
        """The video, or None where there is none of this id."""
        return self.store.get(video_id) if _VIDEO_ID.fullmatch(video_id) else None

    @contextmanager
    def upload_file(self) -> Iterator[Path]:
        """A file for one upload, gone afterwards."""
        folder = self.settings.data_dir / "uploads"
        folder.mkdir(exist_ok=True)
        file = folder / uuid.uuid4().hex
        try:
            yield file
        finally:
            file.unlink(missing_ok=True)

    def keep_asset(self, file: Path, content_type: str) -> Asset:
        """Keep an upload. Raises SpecError where it is no picture, film or recording, or not what its sender says."""
        with file.open("rb") as content:
            kind = recognise(content.read(HEAD_BYTES), content_type)
        asset_id = uuid.uuid4().hex
        asset = Asset(
            id=asset_id,
            name=asset_id,
            file_type=kind.file_type,
            content_type=kind.content_type,
            key=f"assets/{asset_id}/original.{kind.extension}",
            size=file.stat().st_size,
            created_ms=time.time_ns() // 1_000_000,
        )
        self.objects.publish(asset.key, file)
        self.store.add_asset(asset)
        return asset

    def avatar_clip(self, avatar_id: str) -> str:
        """The key of a short film of this presenter, rendered if there is none yet. Raises LimelightError."""
        entry = avatar(avatar_id)
        key = f"previews/avatars/{entry.pack.stem}-{entry.version}.mp4"
        if self.objects.info(key) is None:
            scene = Scene(
                character=Avatar(avatar_id=avatar_id),
                voice=TextVoice(voice_id=entry.default_voice_id, script=f"Hello, I'm {entry.name}."),
                background=ColourBackground(colour=_CLIP_COLOUR),
            )
            self.films.clip(VideoSpec(scenes=(scene,), width=_CLIP_WIDTH_PX, height=_CLIP_HEIGHT_PX), key)
        return key

    def voice_sample(self, voice_id: str) -> str:
        """The key of an MP3 of this voice, made if there is none yet. Raises LimelightError."""
        entry = voice(voice_id)
        version = hashlib.sha256(repr(entry).encode()).hexdigest()[:12]
        key = f"previews/voices/{voice_id}-{version}.mp3"
        if self.objects.info(key) is None:
            script = f"Hello, I'm {entry.name}. This is how I sound."
            scene = Scene(character=None, voice=TextVoice(voice_id=voice_id, script=script))
            self.films.sample(VideoSpec(scenes=(scene,), width=_SAMPLE_SIDE_PX, height=_SAMPLE_SIDE_PX), key)
        return key

    def _keep(self) -> None:
        tidied_s = 0.0
        while not self._stopping.wait(_TAKE_UP_EVERY_S):
            if time.monotonic() - tidied_s > _TIDY_EVERY_S:
                self.films.tidy()
                tidied_s = time.monotonic()
            try:
                self.films.take_up(self._engine, _TAKE_UP_AT_MOST)
            except LimelightError as error:
                _log.warning("unfinished videos could not be looked after: %s", error.message)
