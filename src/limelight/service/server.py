"""Builds one server of its parts: store, objects, engine and renders, and what accounts can do with them."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable

from limelight.catalog.own_voices import look_in
from limelight.catalog.stand_ins import StandIns
from limelight.errors import LimelightError
from limelight.jobs.admission import Admission
from limelight.jobs.children import Children
from limelight.jobs.durable import DurableEngine
from limelight.jobs.engine import Engine
from limelight.jobs.films import Films
from limelight.jobs.leftovers import Leftovers
from limelight.jobs.live import Live
from limelight.jobs.media import UserMedia
from limelight.jobs.previews import Previews as MadePreviews
from limelight.jobs.removals import Removals as MadeRemovals
from limelight.jobs.renders import Renders
from limelight.jobs.scenes import Scenes
from limelight.jobs.segments import Segments
from limelight.metrics import Metrics
from limelight.service.batches import Batches
from limelight.service.caller import Callers
from limelight.service.deliveries import Deliverer
from limelight.service.endpoints import Endpoints
from limelight.service.files import Files
from limelight.service.folders import Folders
from limelight.service.limits import RATE_PER_MINUTE, Limits
from limelight.service.links import Links
from limelight.service.photos import Photos
from limelight.service.previews import Previews
from limelight.service.readiness import Probe, Pulse, look
from limelight.service.removals import Removals
from limelight.service.repeats import Repeats
from limelight.service.secrets import read_or_make_secret
from limelight.service.settings import Settings
from limelight.service.templates import Templates
from limelight.service.uploads import Uploads
from limelight.service.videos import Videos
from limelight.service.words import Words
from limelight.store import Objects, Store
from limelight.store.lock import DatabaseLock, FolderLock
from limelight.store.private import make_private_database, make_private_folder

_LOOK_EVERY_S = 2.0
_TAKE_UP_EVERY_S = 30.0
_TAKE_UP_AT_MOST = 200
_TIDY_EVERY_S = 3600.0
#: An id that no video ever has.
_NO_VIDEO = "0" * 32

_log = logging.getLogger(__name__)


class Service:
    """A server without HTTP. It locks the data folder, and a Postgres database, from construction to `stop`.

    Calls `on_taken`, in a thread, where another server took the database's lock while the connection was lost: the
    caller must stop this server then. The constructor raises StoreError when folder or database are in use, or the
    database cannot be opened.
    """

    def __init__(
        self, settings: Settings, engine: Engine | None = None, *, on_taken: Callable[[], None] = lambda: None
    ) -> None:
        make_private_folder(settings.data_dir)
        self.settings = settings
        self._locks: list[FolderLock | DatabaseLock] = [FolderLock(settings.data_dir)]
        if settings.database_url is not None and settings.database_url.startswith("postgres"):
            self._locks.append(DatabaseLock(settings.database_url, on_taken))
        look_in(settings.data_dir)
        self._store = store = Store(settings.store_url)
        objects = Objects(settings.data_dir / "objects")
        secret = read_or_make_secret(settings.data_dir / "signing-secret")[0]
        self.links = Links(secret)
        self.metrics = Metrics()
        self.metrics.watch(store.videos.counts, store.webhooks.counts)

        # Rendering
        self._children = Children(settings.workers)
        renders = Renders(
            self._children, settings.data_dir / "attempts", renderer=settings.renderer, workers=settings.workers
        )
        media = UserMedia(store, objects, renders)
        segments = Segments(objects, settings.renderer, days=settings.segment_days)
        scenes = Scenes(store, objects, renders, media, segments, self.metrics)
        self._leftovers = Leftovers(store, objects, segments)
        self._films = Films(
            store, objects, renders, media, scenes, self._leftovers, metrics=self.metrics, on_end=self._ended
        )
        make_private_database(settings.jobs_url)
        self._engine = engine or DurableEngine(settings.jobs_url, workers=settings.workers)
        self._admission = Admission(store, self._engine, self._films)

        # What accounts can do
        owner_key, self.key_notice = _owner_key(settings)
        limits = Limits(RATE_PER_MINUTE if settings.rate_per_minute is None else settings.rate_per_minute)
        self.callers = Callers(store, owner_key, limits, owner_is_limited=settings.rate_per_minute is not None)
        self.repeats = Repeats(store)
        self.uploads = Uploads(store, objects, settings.data_dir / "uploads")
        stand_ins = StandIns(settings.data_dir, any_id=settings.substitute)
        self.videos = Videos(settings, store, media, self._admission, self.uploads, stand_ins)
        self.batches = Batches(store, self.videos, lambda: self._deliverer.wake())
        self.templates = Templates(store, self.videos)
        self.photos = Photos(settings, store, objects, media, self.uploads)
        self.files = Files(store, objects, Live(store, objects, renders, self._leftovers))
        self.previews = Previews(store, objects, MadePreviews(objects, renders), settings.renderer, stand_ins)
        self.removals = Removals(store, objects, media, self.uploads, MadeRemovals(objects, renders, media))
        self.folders = Folders(store)
        self.words = Words(store)
        self.endpoints = Endpoints(
            store, secret, settings.fetch_allow, sign=self.links.signed, public_url=settings.public_url
        )
        self._deliverer = Deliverer(
            store.webhooks,
            sign=self.links.signed,
            secret_of=self.endpoints.secret,
            public_url=settings.public_url,
            allowed=settings.fetch_allow,
            schedule_s=settings.webhook_schedule_s,
        )

        self._parts = {
            "database": Probe(store.ping),
            "objects": Probe(objects.probe),
            "engine": Probe(lambda: self._engine.state(_NO_VIDEO)),
        }
        self.pulse = Pulse(self._parts["database"])
        self._stopping = threading.Event()
        #: Set when a video has ended, so that its account's next one is admitted at once.
        self._wake = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Resume unfinished videos and deliveries, and start the threads. Raises JobError and StoreError."""
        self.repeats.release_unfinished()
        self._engine.launch(self._films)
        self._admission.take_up()
        self._keeper.start()
        self._deliverer.start()
        if self.settings.database_url is not None:
            self.pulse.start()

    def stop(self) -> None:
        """Stop all threads and kill the renders, which the next start resumes. A second call does nothing."""
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
        self._store.close()
        for lock in reversed(self._locks):
            lock.close()

    def readiness(self) -> dict[str, str]:
        """For database, objects and engine: `ok`, or what is wrong; returns within seconds even where one hangs."""
        return look(self._parts)

    def _ended(self) -> None:
        """See `Films`: a video has ended, so another one may be admitted, and webhooks are due."""
        self._wake.set()
        self._deliverer.wake()

    def _keep(self) -> None:
        tidied_s = taken_up_s = -math.inf
        while True:
            if time.monotonic() - tidied_s > _TIDY_EVERY_S:
                self._leftovers.tidy()
                tidied_s = time.monotonic()
            woken = self._wake.wait(_LOOK_EVERY_S)
            self._wake.clear()
            if self._stopping.is_set():
                return
            try:
                self._engine.take_up()
                if woken or time.monotonic() - taken_up_s > _TAKE_UP_EVERY_S:
                    self._admission.take_up(_TAKE_UP_AT_MOST)
                    taken_up_s = time.monotonic()
            except LimelightError as error:
                _log.warning("unfinished videos could not be looked after: %s", error.message)


def _owner_key(settings: Settings) -> tuple[str, str]:
    """The owner's key, and a line about it to print at the start."""
    if settings.api_key:
        return settings.api_key, ""
    file = settings.data_dir / "api-key"
    key, made = read_or_make_secret(file)
    return key, f"Your API key is {key}\n" if made else f"The API key is in {file}\n"
