"""Users' media in jobs: downloaded once for a video, checked, kept for its scenes, and copied to where they render."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from limelight.errors import DatabaseUnavailable, MediaError, StoreError, about
from limelight.jobs import keys
from limelight.jobs.children import Principal
from limelight.jobs.renders import Renders, principal_of, with_retries
from limelight.notices import VideoWarning
from limelight.results import Further, Layer, Seen
from limelight.spec import ROLES, MediaKind, Source, VideoSpec
from limelight.store import Objects, Store, Video

#: How many uploaded pictures of people are looked at, or parted into layers, at the same time.
MAX_LOOKING = 2
#: The field of a scene that names a file of a kind.
_FIELDS: Mapping[MediaKind, str] = {
    "image": "background",
    "video": "background",
    "audio": "voice",
    "portrait": "character",
    "further": "character",
    "logo": "character",
}

_log = logging.getLogger(__name__)


def damaged(kind: MediaKind, shown: str, note: str, index: int) -> VideoWarning:
    """The warning about a file of scene `index` that is used all the same; `note` has no full stop."""
    return VideoWarning("media_damaged", f"{ROLES[kind]} {shown}: {note}.", index + 1, _FIELDS[kind])


class UserMedia:
    """The media that users' URLs and uploads name, as objects and as local files."""

    def __init__(self, store: Store, objects: Objects, renders: Renders) -> None:
        self._store = store
        self._objects = objects
        self._renders = renders
        self._looking = threading.BoundedSemaphore(MAX_LOOKING)

    def keep_photos(self, video_id: str, spec: VideoSpec, account_id: str) -> None:
        """Give a submitted video its own copy of the photos that speak in it, so that deleting them does not fail it.

        Raises StoreError.
        """
        for source in dict.fromkeys(source for scene in spec.scenes for source in scene.pictures):
            asset = self._store.assets.get(source.asset_id, account_id) if source.asset_id else None
            if asset is not None:
                self._objects.copy(asset.key, keys.media(video_id, source))

    def check_portrait(self, file: Path, account_id: str) -> Seen:
        """What a picture shows. Raises MediaError, JobError, and PhotoError where no face in it can speak."""
        with self._looking:
            seen = with_retries("a portrait", lambda: self._renders.check("portrait", file, Principal(account_id))).seen
        assert seen
        return seen

    def download(self, kind: MediaKind, url: str, file: Path, account_id: str) -> None:
        """Download a URL into `file` and check that it can be used as this kind. Raises MediaError and JobError."""
        with self._looking:
            with_retries("a download", lambda: self._renders.fetch(kind, url, file, Principal(account_id)))

    def check_further(self, file: Path, more: Sequence[Path], account_id: str) -> Sequence[Further]:
        """What each further picture of a person gives to the rig of the first. Raises MediaError, PhotoError and
        JobError."""
        with self._looking:
            check = partial(self._renders.check_further, file, more, Principal(account_id))
            return with_retries("pictures of a person", check)

    def remove_background(
        self, file: Path, layers: Sequence[Layer], folder: Path, account_id: str
    ) -> Mapping[Layer, Path]:
        """PNGs of a picture's layers, in `folder`. Raises MediaError, JobError, and PhotoError where nobody is seen."""
        with self._looking:
            remove = partial(self._renders.remove_background, file, layers, folder, Principal(account_id))
            return with_retries("a background", remove)

    def to_check(self, video: Video) -> Sequence[tuple[int, MediaKind, Source]]:
        """The files to check before a video is rendered, each once: the index of the first scene that needs it, its
        kind, and its source.

        Left out are photos that were checked when they became looks of the account, and further pictures of a person,
        which may be missing.
        """
        wanted: dict[tuple[MediaKind, Source], int] = {}
        for index, scene in enumerate(video.spec.scenes):
            for kind, source in scene.sources():
                if kind != "further":
                    wanted.setdefault((kind, source), index)
        return [(index, *one) for one, index in wanted.items() if not self._was_seen(*one, video.account_id)]

    def _was_seen(self, kind: MediaKind, source: Source, account_id: str) -> bool:
        is_upload = kind == "portrait" and source.asset_id is not None
        return is_upload and self._store.photos.seen(source.asset_id or "", account_id)

    def gather(self, video: Video, index: int, kind: MediaKind, source: Source) -> list[VideoWarning]:
        """Check a file of scene `index` as this kind, and warn of what is to be known of it; download and publish it as
        this video's own first where a URL names it.

        Raises MediaError, PhotoError, JobError and StoreError.
        """
        key = self._key(video, source)
        with self._renders.attempt(f"{video.id}-media") as folder, about(ROLES[kind], source.shown):
            file = folder / "file"
            if source.url is not None and self._objects.info(key) is None:
                checked = self._renders.fetch(kind, source.url, file, principal_of(video))
                self._objects.publish(key, file)
            else:
                self._objects.fetch(key, file)
                checked = self._renders.check(kind, file, principal_of(video))
        return [damaged(kind, source.shown, note, index) for note in checked.notes]

    def files(self, video: Video, index: int, folder: Path) -> dict[str, Path]:
        """A copy in `folder` of each file that a scene needs, by `Source.key`; missing further pictures are left out.

        Raises MediaError and StoreError.
        """
        files: dict[str, Path] = {}
        for kind, source in video.spec.scenes[index].sources():
            try:
                key = self._key(video, source)
                files[source.key] = self._objects.fetch(key, folder / f"media-{len(files)}")
            except DatabaseUnavailable:
                raise
            except (MediaError, StoreError) as error:
                if kind != "further":
                    raise
                _log.warning("a further picture, %s, is left out: %s", source.key, error.message)
        return files

    def _key(self, video: Video, source: Source) -> str:
        """The key of a source's object: the video's own copy, else the upload. Raises MediaError where it is gone."""
        own = keys.media(video.id, source)
        if source.asset_id is None or self._objects.info(own) is not None:
            return own
        asset = self._store.assets.get(source.asset_id, video.account_id)
        if asset is None:
            raise MediaError(f"asset {source.asset_id} not found; it was deleted.", code="asset_not_found")
        return asset.key
