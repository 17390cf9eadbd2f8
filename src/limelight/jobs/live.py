"""A film in the making as its viewers see it: one fragmented MP4 that grows, scene after scene in the film's order.

Nothing is made for it. Each scene's segment is such an MP4, growing in its attempt's folder or published; `fragments`
joins them. A segment that is made again, after a crash or because its process died, has the same bytes, so that viewers
go on where they were.
"""

from __future__ import annotations

import logging
import threading

from limelight.errors import UNAVAILABLE, JobError, LimelightError
from limelight.jobs import keys
from limelight.jobs.leftovers import Leftovers
from limelight.jobs.renders import Renders
from limelight.media.fragments import Chain
from limelight.spec import samples_per_frame
from limelight.store import Objects, Store, Video

#: Each holds a fragment in memory.
MAX_VIEWERS = 32
_PIECE_BYTES = 256 << 10

_log = logging.getLogger(__name__)


def is_begun(video: Video) -> bool:
    """Whether there is something to be watched of a film in the making, and more to come."""
    first = video.scenes[0]
    is_seen = first.state == "done" or first.stage == "captions" or (first.stage == "picture" and first.frame > 0)
    return video.status == "processing" and video.spec.container == "mp4" and is_seen


class Live:
    """The films in the making of one server."""

    def __init__(self, store: Store, objects: Objects, renders: Renders, leftovers: Leftovers) -> None:
        self._store = store
        self._objects = objects
        self._renders = renders
        self._leftovers = leftovers
        self._places = threading.BoundedSemaphore(MAX_VIEWERS)

    def open(self, video_id: str) -> LivePreview | None:
        """A viewer's preview of this film, to be closed; None where it is a WebM, or is not being made.

        Raises StoreError, and JobError where there are too many viewers.
        """
        video = self._store.videos.get(video_id)
        if video is None or video.status not in ("pending", "processing") or video.spec.container != "mp4":
            return None
        if not self._places.acquire(blocking=False):
            raise JobError(f"films in the making have {MAX_VIEWERS} viewers already; try later.", code=UNAVAILABLE)
        self._leftovers.hold(video_id)
        return LivePreview(self, video)

    def close(self, video_id: str) -> None:
        """A viewer has gone."""
        self._leftovers.release(video_id)
        self._places.release()

    def goes_on(self, video: Video) -> bool:
        """Whether the film is still in the making. Raises StoreError."""
        statuses = self._store.videos.statuses([video.id], video.account_id)
        return video.id in statuses and statuses[video.id][0] in ("pending", "processing")

    def frames(self, video: Video, index: int) -> int | None:
        """How many frames a scene has, None where it is not published. Raises StoreError."""
        key = keys.scene(video.id, index, keys.PARTS[-1])
        return None if self._objects.info(key) is None else int(self._objects.read(key))

    def published(self, video: Video, index: int, at: int) -> bytes:
        """Bytes of a published scene from an offset; empty at its end. Raises StoreError."""
        key = keys.scene(video.id, index, keys.PARTS[0])
        info = self._objects.info(key)
        end = min(at + _PIECE_BYTES, info.size if info else 0)
        return b"".join(self._objects.stream(key, at, end)) if at < end else b""

    def growing(self, video: Video, index: int, at: int) -> bytes:
        """Bytes from an offset of a scene that renders; empty where there are none by now."""
        file = self._renders.growing(video.id, index)
        try:
            if file is None:
                return b""
            with file.open("rb") as film:
                film.seek(at)
                return film.read(_PIECE_BYTES)
        except OSError:  # it has just been published, or given up
            return b""


class LivePreview:
    """One viewer's preview of a film; it is used by one thread at a time."""

    def __init__(self, live: Live, video: Video) -> None:
        self._live = live
        self._video = video
        self._chain = Chain()
        #: Where the viewer is: in which scene, counted from 0, and how many bytes of it were read.
        self._index = self._at = 0
        self._is_ended = False

    def read(self) -> bytes | None:
        """What is new since the last call; empty where nothing is yet, None where nothing will be."""
        try:
            return self._read()
        except LimelightError as error:
            _log.warning("video %s: its preview ends early: %s", self._video.id, error.message)
            return None

    def close(self) -> None:
        """Let go of the film."""
        self._live.close(self._video.id)

    def _read(self) -> bytes | None:
        while self._index < len(self._video.spec.scenes):
            frames = self._live.frames(self._video, self._index)
            source = self._live.growing if frames is None else self._live.published
            if piece := source(self._video, self._index, self._at):
                self._at += len(piece)
                if given := self._chain.feed(piece):
                    return given
            elif frames is not None:
                self._chain.end_file(frames * samples_per_frame(self._video.spec.fps))
                self._index, self._at = self._index + 1, 0
            elif self._is_ended:
                return None
            elif self._live.goes_on(self._video):
                return self._chain.pad()
            else:  # once more, because what was missing may have come just before the end
                self._is_ended = True
        return None
