"""One server's parts, put together: rows, objects, engine and renders. The HTTP edge calls this and nothing deeper."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from limelight.accounts import estimated_seconds, key_hash, script_limit
from limelight.api.auth import Caller, kept_secret
from limelight.api.links import Links
from limelight.api.schemas import GenerateRequest, parse_generate, parse_webm
from limelight.api.schemas.media import AssetLookup
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
from limelight.store import OWNER, Asset, NewVideo, Objects, Store, Video
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
            on_end=lambda: self._wake.set(),
        )
        self.links = Links(kept_secret(settings.data_dir / "signing-secret")[0])
        self._owner_key, self.key_notice = _owner_key(settings)
        self._engine = engine or DurableEngine(settings.jobs_url, workers=settings.workers)
        self._stopping = threading.Event()
        #: Set when a video has ended, so that the next of its account need not wait.
        self._wake = threading.Event()
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
        self._wake.set()
        self._children.close()
        self._engine.close()
        if self._keeper.is_alive():
            self._keeper.join()
        self.store.close()
        self._lock.close()

    def authenticate(self, key: str) -> Caller | None:
        """Whose key this is; None where it is nobody's, or revoked."""
        hash = key_hash(key)
        if hmac.compare_digest(hash, key_hash(self._owner_key)):
            owner = self.store.accounts.get(OWNER)
            return Caller(owner, hash) if owner else None
        found = self.store.accounts.by_key(hash)
        return Caller(found[0], hash, found[1].error_style) if found else None

    def generate(self, body: object, caller: Caller, base_url: str) -> str:
        """Keep and queue the video that a body asks for; gives its id. Raises SpecError and StoreError."""
        limit = script_limit(caller.account)
        return self.submit(parse_generate(body, self._assets_of(caller), limit), body, caller, base_url)

    def generate_webm(self, body: object, caller: Caller, base_url: str) -> str:
        """The same for a transparent video."""
        limit = script_limit(caller.account)
        return self.submit(parse_webm(body, self._assets_of(caller), limit), body, caller, base_url)

    def _assets_of(self, caller: Caller) -> AssetLookup:
        return lambda asset_id: self.store.assets.get(asset_id, caller.id)

    def submit(self, request: GenerateRequest, body: object, caller: Caller, base_url: str) -> str:
        """Keep and queue a video; gives its id. Raises InsufficientCredit and StoreError."""
        video = self.store.videos.create(
            NewVideo(
                spec=request.spec,
                body=body,
                title=request.title,
                test=request.test,
                caption=request.caption,
                callback_id=request.callback_id,
                callback_url=request.callback_url,
                folder_id=request.folder_id,
                account_id=caller.id,
                reserved_s=0 if request.test else estimated_seconds(request.spec),
                base_url=base_url,
            )
        )
        self.films.admit(self._engine)
        return video.id

    def video(self, video_id: str, caller: Caller) -> Video | None:
        """The caller's video, or None where it has none of this id."""
        return self.store.videos.get(video_id, caller.id) if _VIDEO_ID.fullmatch(video_id) else None

    def delete_video(self, video_id: str, caller: Caller) -> bool:
        """Delete the caller's video; one that is being made is made no further. Says whether there was one."""
        return bool(_VIDEO_ID.fullmatch(video_id)) and self.films.cancel(self._engine, video_id, caller.id)

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

    def keep_asset(self, file: Path, content_type: str, caller: Caller) -> Asset:
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
            account_id=caller.id,
        )
        self.objects.publish(asset.key, file)
        self.store.assets.add(asset)
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
        while True:
            self._wake.wait(_TAKE_UP_EVERY_S)
            self._wake.clear()
            if self._stopping.is_set():
                return
            if time.monotonic() - tidied_s > _TIDY_EVERY_S:
                self.films.tidy()
                tidied_s = time.monotonic()
            try:
                self.films.take_up(self._engine, _TAKE_UP_AT_MOST)
            except LimelightError as error:
                _log.warning("unfinished videos could not be looked after: %s", error.message)


def _owner_key(settings: Settings) -> tuple[str, str]:
    """The owner's key, and what is said of it at the start."""
    if settings.api_key:
        return settings.api_key, ""
    file = settings.data_dir / "api-key"
    key, made = kept_secret(file)
    return key, f"Your API key is {key}\n" if made else f"The API key is in {file}\n"
