"""One server's parts, put together: rows, objects, engine and renders. The HTTP edge calls this and nothing deeper."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import math
import re
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from limelight import __version__, logs
from limelight.api.auth import Caller, kept_secret
from limelight.catalog import previews
from limelight.catalog.avatars import avatar
from limelight.catalog.own_voices import look_in
from limelight.catalog.voices import voice
from limelight.errors import LimelightError, MediaError, PhotoError, SpecError, StoreError
from limelight.jobs.children import Children
from limelight.jobs.durable import DurableEngine
from limelight.jobs.engine import Engine
from limelight.jobs.failures import Json
from limelight.jobs.films import Films
from limelight.metrics import Metrics
from limelight.network.connect import Allowed
from limelight.portraits import Further, Seen
from limelight.requests import GenerateRequest, parse_av4, parse_create, parse_generate, parse_webm
from limelight.requests.generate import PhotoLookup
from limelight.requests.media import AssetLookup
from limelight.requests.speech import SpeechRequest, parse_speech
from limelight.requests.webhooks import check_webhook_url
from limelight.requests.wire import invalid
from limelight.service.accounts import estimated_seconds, key_hash, script_limit
from limelight.service.deliveries import Deliverer, account_secret, allowed_for
from limelight.service.limits import RATE_PER_MINUTE, Limits
from limelight.service.links import URL_LIFETIME_S, Links
from limelight.service.readiness import Probe, Pulse, look
from limelight.service.settings import Settings
from limelight.service.uploads import forget_upload, keep_upload
from limelight.spec import TalkingPhoto, WordEntry
from limelight.store import OWNER, Asset, NewVideo, Objects, Store, Video
from limelight.store.lock import DatabaseLock, FolderLock
from limelight.store.private import make_private_database, make_private_folder

_LOOK_EVERY_S = 2.0
_TAKE_UP_EVERY_S = 30.0
_TAKE_UP_AT_MOST = 200
_TIDY_EVERY_S = 3600.0
_VIDEO_ID = re.compile(r"[0-9a-f]{32}")
#: An id that is never given.
_NO_VIDEO = "0" * 32

_log = logging.getLogger(__name__)


class Service:
    """Videos in, films out. It holds the data folder, and a database of its own, from construction to `stop`.

    Should another server take the database over while it was away, `on_taken` is called, from a thread: stop then.
    Raises StoreError when folder or database are in use, or the database cannot be opened.
    """

    def __init__(
        self, settings: Settings, engine: Engine | None = None, *, on_taken: Callable[[], None] = lambda: None
    ) -> None:
        make_private_folder(settings.data_dir)
        self.settings = settings
        self._locks: list[FolderLock | DatabaseLock] = [FolderLock(settings.data_dir)]
        if settings.database_url is not None and settings.database_url.startswith("postgres"):
            self._locks.append(DatabaseLock(settings.database_url, on_taken))
        shutil.rmtree(settings.data_dir / "uploads", ignore_errors=True)
        look_in(settings.data_dir)
        self.store = Store(settings.store_url)
        self.objects = Objects(settings.data_dir / "objects")
        self._children = Children()
        self._limits = Limits(RATE_PER_MINUTE if settings.rate_per_minute is None else settings.rate_per_minute)
        self.metrics = Metrics()
        self.metrics.watch(self.store)
        self.films = Films(
            self.store,
            self.objects,
            self._children,
            settings.data_dir / "attempts",
            renderer=settings.renderer,
            workers=settings.workers,
            segment_days=settings.segment_days,
            on_end=self._ended,
            metrics=self.metrics,
        )
        self._secret = kept_secret(settings.data_dir / "signing-secret")[0]
        self.links = Links(self._secret)
        self._deliverer = Deliverer(
            self.store.webhooks,
            sign=self.links.signed,
            secret_of=self.webhook_secret,
            public_url=settings.public_url,
            allowed=settings.fetch_allow,
            schedule_s=settings.webhook_schedule_s,
        )
        self._owner_key, self.key_notice = _owner_key(settings)
        make_private_database(settings.jobs_url)
        self._engine = engine or DurableEngine(settings.jobs_url, workers=settings.workers)
        self._parts = {
            "database": Probe(self.store.ping),
            "objects": Probe(self.objects.probe),
            "engine": Probe(lambda: self._engine.state(_NO_VIDEO)),
        }
        self.pulse = Pulse(self._parts["database"])
        self._stopping = threading.Event()
        #: Set when a video has ended, so that the next of its account need not wait.
        self._wake = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Take up what was left unfinished. Raises JobError and StoreError."""
        self.store.idempotency.release_unfinished()
        self._engine.launch(self.films)
        self.films.take_up(self._engine)
        self._keeper.start()
        self._deliverer.start()
        if self.settings.database_url is not None:
            self.pulse.start()

    def stop(self) -> None:
        """Kill what renders; it is taken up at the next start. A second call does nothing."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._wake.set()
        self.pulse.stop()
        self._children.close()
        self._engine.close()
        self._deliverer.stop()
        if self._keeper.is_alive():
            self._keeper.join()
        self.store.close()
        for lock in reversed(self._locks):
            lock.close()

    def readiness(self) -> dict[str, str]:
        """For database, objects and engine: `ok`, or what is wrong with it; within seconds, whatever hangs."""
        return look(self._parts)

    def authenticate(self, key: str) -> Caller | None:
        """Whose key this is; None where it is nobody's, or revoked."""
        hash = key_hash(key)
        if hmac.compare_digest(hash, key_hash(self._owner_key)):
            owner = self.store.accounts.get(OWNER)
            return Caller(owner, hash) if owner else None
        found = self.store.accounts.by_key(hash)
        return Caller(found[0], hash, found[1].error_style) if found else None

    def wait_s(self, caller: Caller, video_id: str | None) -> int:
        """Count a request, or a poll of this video; 0, or the seconds that the caller has to wait before another."""
        if caller.is_owner and self.settings.rate_per_minute is None:
            return 0
        return self._limits.take(caller.key, video_id)

    def generate(self, body: object, caller: Caller, base_url: str) -> Video:
        """Keep and queue the video that a body asks for. Raises SpecError and StoreError."""
        return self.submit(self.parse(body, caller), body, caller, base_url)

    def parse(self, body: object, caller: Caller) -> GenerateRequest:
        """What a body of POST /v2/video/generate asks for, of an account with these uploads. Raises SpecError."""
        limit = script_limit(caller.account)
        return parse_generate(body, self.assets_of(caller), limit, self.photos_of(caller), self.words_of(caller))

    def generate_webm(self, body: object, caller: Caller, base_url: str) -> Video:
        """The same for a transparent video."""
        limit = script_limit(caller.account)
        return self.submit(
            parse_webm(body, self.assets_of(caller), limit, self.words_of(caller)), body, caller, base_url
        )

    def generate_plain(self, body: object, caller: Caller, base_url: str) -> Video:
        """The same for a video of one presenter that is asked for in plain fields."""
        limit = script_limit(caller.account)
        request = parse_create(body, self.assets_of(caller), limit, self.photos_of(caller), self.words_of(caller))
        return self.submit(request, body, caller, base_url)

    def generate_av4(self, body: object, caller: Caller, base_url: str) -> Video:
        """The same for a video of one photo."""
        limit = script_limit(caller.account)
        request = parse_av4(body, self.assets_of(caller), limit, self.photos_of(caller), self.words_of(caller))
        return self.submit(request, body, caller, base_url)

    def assets_of(self, caller: Caller) -> AssetLookup:
        """The caller's uploads by their ids."""
        return lambda asset_id: self.store.assets.get(asset_id, caller.id)

    def photos_of(self, caller: Caller) -> PhotoLookup:
        """The caller's talking photos by any of their ids."""
        return lambda photo_id: self.store.photos.pictures(photo_id, caller.id)

    def words_of(self, caller: Caller) -> tuple[WordEntry, ...]:
        """What the caller wants words to be called."""
        return self.store.words.all(caller.id)

    def submit(self, request: GenerateRequest, body: object, caller: Caller, base_url: str) -> Video:
        """Keep and queue a video. Raises SpecError, also InsufficientCredit, and StoreError."""
        check_webhook_url(request.callback_url, "callback_url", self.webhooks_allowed(caller))
        self._check_consent(request, caller)
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
                warnings=request.warnings,
            )
        )
        logs.note(video_id=video.id)
        try:
            self.films.keep_photos(video.id, request.spec, caller.id)
        except StoreError as error:  # the uploads themselves do as well, as long as they are there
            _log.warning("video %s has no copy of its photos: %s", video.id, error.message)
        self.films.admit(self._engine)
        return video

    def _check_consent(self, request: GenerateRequest, caller: Caller) -> None:
        """Raise SpecError where a likeness is used without the statement that the server requires."""
        if not self.settings.require_consent or request.consent:
            return
        for scene in request.spec.scenes:
            photo = scene.character
            if not isinstance(photo, TalkingPhoto):
                continue
            for picture in photo.pictures:
                if not (picture.asset_id and self.store.photos.consented(picture.asset_id, caller.id)):
                    raise consent_missing("consent true")

    def check_portrait(self, file: Path, field: str) -> Seen:
        """What a picture shows, where a face of it can speak; `field` names it. Raises SpecError and JobError."""
        try:
            return self.films.check_portrait(file)
        except (MediaError, PhotoError) as error:
            raise invalid(field, error.message.removesuffix(".")) from error

    def check_portraits(self, assets: Sequence[Asset], fields: Sequence[str]) -> list[Seen]:
        """The same of uploads."""
        seen = []
        for asset, field in zip(assets, fields, strict=True):
            with self.upload_file() as file:
                self.objects.fetch(asset.key, file)
                seen.append(self.check_portrait(file, field))
        return seen

    def check_further(self, front: Asset, more: Sequence[Asset]) -> list[Further]:
        """What further uploads of a person give to the rig of their group's front.

        Raises SpecError where the front cannot speak, StoreError and JobError.
        """
        with ExitStack() as open_:
            files = []
            for asset in (front, *more):
                files.append(open_.enter_context(self.upload_file()))
                self.objects.fetch(asset.key, files[-1])
            try:
                return self.films.check_further(files[0], files[1:])
            except (MediaError, PhotoError) as error:
                raise invalid("group_id", f"its first look cannot speak: {error.message.removesuffix('.')}") from error

    def webhooks_allowed(self, caller: Caller) -> Allowed:
        """Where the caller's webhooks may go."""
        return allowed_for(caller.id, self.settings.fetch_allow)

    def webhook_secret(self, account_id: str) -> str:
        """What an account's callbacks are signed with as long as it has no endpoint."""
        return account_secret(self._secret, account_id)

    def video(self, video_id: str, caller: Caller) -> Video | None:
        """The caller's video, or None where it has none of this id."""
        return self.store.videos.get(video_id, caller.id) if _VIDEO_ID.fullmatch(video_id) else None

    def delete_video(self, video_id: str, caller: Caller) -> bool:
        """Delete the caller's video; one that is being made is made no further. Says whether there was one."""
        return bool(_VIDEO_ID.fullmatch(video_id)) and self.films.cancel(self._engine, video_id, caller.id)

    def share_video(self, video_id: str, caller: Caller) -> str | None:
        """The token of the public page of the caller's video; None where it has none of this id."""
        return self.store.videos.share(video_id) if self.video(video_id, caller) else None

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

    def keep_asset(
        self, file: Path, content_type: str, caller: Caller, *, name: str = "", folder_id: str = ""
    ) -> Asset:
        """Keep an upload. Raises SpecError where it is no picture, film or recording, or not what its sender says."""
        return self._keep_asset(file, content_type, caller.id, uuid.uuid4().hex, name, folder_id)

    def keep_promised_asset(
        self, file: Path, content_type: str, account_id: str, asset_id: str, *, name: str = ""
    ) -> Asset | None:
        """The same under an id that was given out before; None where it has been uploaded already."""
        if self.store.assets.get(asset_id):
            return None
        return self._keep_asset(file, content_type, account_id, asset_id, name, "")

    def _keep_asset(
        self, file: Path, content_type: str, account_id: str, asset_id: str, name: str, folder_id: str
    ) -> Asset:
        return keep_upload(
            self.store, self.objects, file, content_type, account_id, asset_id=asset_id, name=name, folder_id=folder_id
        )

    def delete_asset(self, asset_id: str, caller: Caller) -> bool:
        """Delete the caller's upload and its file; says whether there was one. Videos that are made of it fail."""
        known = _VIDEO_ID.fullmatch(asset_id) is not None
        return known and forget_upload(self.store, self.objects, asset_id, caller.id)

    def avatar_clip(self, avatar_id: str) -> str:
        """The key of a short film of this presenter, rendered if there is none yet. Raises LimelightError."""
        entry = avatar(avatar_id)
        outfit = f"-{entry.outfit[1:]}" if entry.outfit else ""
        key = f"previews/avatars/{entry.pack.stem}-{entry.version}{outfit}.mp4"
        if self.objects.info(key) is None:
            self.films.clip(previews.clip(entry), key)
        return key

    def voice_sample(self, voice_id: str) -> str:
        """The key of an MP3 of this voice, made if there is none yet. Raises LimelightError."""
        entry = voice(voice_id)
        version = hashlib.sha256(repr(entry).encode()).hexdigest()[:12]
        key = f"previews/voices/{voice_id}-{version}.mp3"
        if self.objects.info(key) is None:
            self.films.sample(previews.sample(entry), key)
        return key

    def parse_speech(self, body: object, caller: Caller) -> SpeechRequest:
        """What a body of POST /v1/limelight/speech asks for. Raises SpecError."""
        return parse_speech(body, script_limit(caller.account), self.words_of(caller))

    def speech(self, asked: SpeechRequest, caller: Caller) -> tuple[str | None, Json]:
        """What is said of a text, and the key of an MP3 of it where it is to be heard, made if there is none yet.

        Raises LimelightError.
        """
        # An object is never younger than its name says, so that URLs of it do not outlive it.
        period = int(time.time() // URL_LIFETIME_S)
        identity = [__version__, repr(voice(asked.voice.voice_id)), asked.voice.model_dump_json(), asked.aloud]
        name = json.dumps([*identity, self.settings.renderer, caller.id, period])
        key = f"speech/{hashlib.sha256(name.encode()).hexdigest()[:32]}"
        said = self.films.speech(asked.voice, key, aloud=asked.aloud)
        return (f"{key}/speech.mp3" if asked.aloud else None), said

    def _ended(self) -> None:
        """A video has ended: another one's turn may have come, and it is to be told."""
        self._wake.set()
        self._deliverer.wake()

    def _keep(self) -> None:
        tidied_s = taken_up_s = -math.inf
        while True:
            if time.monotonic() - tidied_s > _TIDY_EVERY_S:
                self.films.tidy()
                tidied_s = time.monotonic()
            woken = self._wake.wait(_LOOK_EVERY_S)
            self._wake.clear()
            if self._stopping.is_set():
                return
            try:
                self._engine.take_up()
                if woken or time.monotonic() - taken_up_s > _TAKE_UP_EVERY_S:
                    self.films.take_up(self._engine, _TAKE_UP_AT_MOST)
                    taken_up_s = time.monotonic()
            except LimelightError as error:
                _log.warning("unfinished videos could not be looked after: %s", error.message)


def consent_missing(how: str) -> SpecError:
    """The error where a likeness is used without a word; `how` it would be said."""
    return invalid(
        "consent", f"field required: state with {how} that you may use the likeness of the person in the photo"
    )


def _owner_key(settings: Settings) -> tuple[str, str]:
    """The owner's key, and what is said of it at the start."""
    if settings.api_key:
        return settings.api_key, ""
    file = settings.data_dir / "api-key"
    key, made = kept_secret(file)
    return key, f"Your API key is {key}\n" if made else f"The API key is in {file}\n"
