"""Batches: up to a hundred videos asked for in one request, each by itself; and how many things stand at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from limelight.errors import SpecError
from limelight.names import is_id
from limelight.requests.v3.videos import parse_batch
from limelight.requests.webhooks import check_webhook_url
from limelight.requests.wire import invalid
from limelight.service.caller import Caller
from limelight.service.missing import NotFound
from limelight.service.videos import Videos
from limelight.store import NewVideo, Store
from limelight.store.batches import Batch as Batch
from limelight.store.videos import Status

#: How many ids one request may ask for.
MAX_IDS = 100

State = Literal["queued", "processing", "completed", "failed", "not_found"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one video or upload stands."""

    #: None where nothing was made
    id: str | None
    state: State
    error: dict[str, Any] | None = None
    #: where it was asked for by its batch: that, and its place in it
    batch_id: str | None = None
    index: int | None = None


class Batches:
    """The batches of a server. Every function raises StoreError."""

    def __init__(self, store: Store, videos: Videos, on_end: Callable[[], None]) -> None:
        """Calls `on_end` when a batch has ended as soon as it was kept."""
        self._on_end = on_end
        self._store = store
        self._videos = videos

    def create(self, body: object, caller: Caller, base_url: str) -> Batch:
        """Keep and queue the videos of a body of POST /v3/videos/batches. One that is wrong does not stop the others.

        Raises SpecError where the batch itself is wrong.
        """
        asked = parse_batch(body)
        check_webhook_url(asked.callback_url, "callback_url", self._videos.webhooks_allowed(caller))
        entries = [self._entry(video, caller, base_url) for video in asked.videos]
        batch, videos = self._store.batches.submit(
            caller.id, asked.title, asked.callback_url or None, base_url, entries
        )
        self._videos.queue(videos, caller)
        if not videos:
            self._on_end()
        return batch

    def get(self, batch_id: str, caller: Caller) -> Batch:
        """A batch of videos. Raises NotFound."""
        found = self._store.batches.get(batch_id, caller.id, "videos") if is_id(batch_id) else None
        if found is None:
            raise NotFound.of("batch", batch_id)
        return found

    def standings(self, batch: Batch, caller: Caller) -> list[Standing]:
        """How the videos of a batch stand, in its order."""
        ids = [item.id for item in batch.items if item.id]
        found = iter(self._of_videos(ids, caller))
        standings = [
            next(found) if item.id else Standing(None, "failed", dict(item.error or {})) for item in batch.items
        ]
        return [replace(one, batch_id=batch.id, index=i) for i, one in enumerate(standings)]

    def statuses(self, video_ids: Sequence[str], batch_ids: Sequence[str], caller: Caller) -> list[Standing]:
        """How videos stand: those of these ids, and those of these batches. Raises SpecError for too many ids."""
        check_ids(len(video_ids) + len(batch_ids), "video_ids")
        standings = self._of_videos(video_ids, caller)
        for batch_id in batch_ids:
            batch = self._store.batches.get(batch_id, caller.id, "videos") if is_id(batch_id) else None
            standings += self.standings(batch, caller) if batch else [Standing(None, "not_found", batch_id=batch_id)]
        return standings

    def _of_videos(self, video_ids: Sequence[str], caller: Caller) -> list[Standing]:
        found = self._store.videos.statuses([id for id in video_ids if is_id(id)], caller.id)
        standings = []
        for id in video_ids:
            status, failure = found.get(id, (None, None))
            error = {"code": failure.code, "message": failure.message} if failure else None
            standings.append(Standing(id, _state(status), error))
        return standings

    def _entry(self, body: object, caller: Caller, base_url: str) -> NewVideo | SpecError:
        try:
            return self._videos.new_v3(body, caller, base_url)
        except SpecError as error:
            return error


def _state(status: Status | None) -> State:
    if status is None:
        return "not_found"
    return "queued" if status == "pending" else status


def check_ids(count: int, field: str) -> None:
    """Raise SpecError where a request asks for too many ids."""
    if count > MAX_IDS:
        raise invalid(field, f"it has {count} ids, the limit is {MAX_IDS}")
