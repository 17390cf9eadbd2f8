"""Files to serve: films and what belongs to them, uploads, previews, spoken texts, pictures without background."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from limelight.jobs import keys
from limelight.jobs.live import Live, LivePreview
from limelight.names import is_id
from limelight.store import Objects, Store

_CONTENT_TYPES = {
    "mp4": "video/mp4",
    "webm": "video/webm",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "png": "image/png",
    "mp3": "audio/mpeg",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "ass": "text/x-ssa; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file."""

    key: str
    #: bytes
    size: int
    etag: str
    #: seconds since 1970, UTC
    modified_s: float
    content_type: str


class Files:
    """The files of a server. Every function raises StoreError; those that name a file give None where there is none."""

    def __init__(self, store: Store, objects: Objects, live: Live) -> None:
        self._store = store
        self._objects = objects
        self._live = live

    def film(self, video_id: str, name: str) -> StoredFile | None:
        """A film, or what belongs to it."""
        return self.published(keys.film(video_id, name))

    def preview(self, video_id: str) -> LivePreview | None:
        """A film in the making, which the caller has to close; None where none is made. Raises JobError where too many
        are watched."""
        return self._live.open(video_id) if is_id(video_id) else None

    def speech(self, speech_id: str, name: str) -> StoredFile | None:
        """A spoken text."""
        return self.published(keys.speech(speech_id, name)) if is_id(speech_id) else None

    def removal(self, account_id: str, job_id: str, name: str) -> StoredFile | None:
        """A layer of a picture."""
        return self.published(keys.removals(account_id, job_id, name))

    def upload(self, asset_id: str, name: str) -> StoredFile | None:
        """An upload, under the name that its URL has."""
        asset = self._store.assets.get(asset_id) if is_id(asset_id) else None
        if asset is None or asset.key != f"{keys.asset_folder(asset_id)}/{name}":
            return None
        return self.published(asset.key, asset.content_type)

    def published(self, key: str, content_type: str | None = None) -> StoredFile | None:
        """The object of this key; its content type is the one given, else that of its extension."""
        info = self._objects.info(key)
        if info is None:
            return None
        kind = content_type or _CONTENT_TYPES[key.rpartition(".")[2]]
        return StoredFile(key, info.size, info.etag, info.modified_s, kind)

    def stream(self, file: StoredFile, start: int, end: int) -> Iterator[bytes]:
        """Bytes from `start` up to, not including, `end`, in pieces."""
        return self._objects.stream(file.key, start, end)
