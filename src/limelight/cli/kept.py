"""Scenes that `limelight render` keeps in the user's cache folder, so that equal ones of later films are not rendered.

They are kept as a server keeps them (`jobs/segments.py`), for as long, and no more than MOST_BYTES of them. Losing them
costs time only, so nothing here raises, and a folder that cannot be used is done without.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from limelight.errors import StoreError
from limelight.jobs import keys, segments
from limelight.jobs.segments import Segments
from limelight.names import new_id
from limelight.results import Segment
from limelight.spec import VideoSpec
from limelight.store import Objects
from limelight.store.private import make_private_folder

#: About two hours of film.
MOST_BYTES = 2 * 10**9
_LEFTOVER_S = 24 * 3600.0
_RENDERER = "limelight.render"

_log = logging.getLogger(__name__)


class KeptScenes:
    """The kept scenes, for the length of one render."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._segments = Segments(objects, _RENDERER, most_bytes=MOST_BYTES)
        self._render_id = new_id()
        #: how many scenes were not rendered
        self.reused = 0

    def made(
        self, spec: VideoSpec, index: int, files: Mapping[str, Path], folder: Path, render: Callable[[], Segment]
    ) -> Segment:
        """A scene: a kept one, copied into `folder`, or what `render` makes, which is kept. Raises what `render` does.

        `files` are those that the scene names. A scene in which a photo of a server's speaks is not kept: the server
        promises that a deleted photo leaves nothing.
        """
        if not all(upload.startswith("local-") for upload in spec.scenes[index].picture_uploads):
            return render()
        digest, prefix = self._segments.digest(spec, index, files), keys.scene(self._render_id, index)
        here = folder / f"kept-{index:03d}"
        here.mkdir()
        try:
            if self._segments.find(digest, prefix):
                found = segments.fetch(self._objects, prefix, here)
                self.reused += 1
                return found
        except (StoreError, ValueError) as error:
            _log.info("a kept scene could not be used: %s", error)
        segment = render()
        try:
            segments.publish(self._objects, prefix, segment, here)
            self._segments.keep(digest, prefix)
        except (StoreError, OSError) as error:
            _log.info("a scene could not be kept for reuse: %s", error)
        return segment

    def close(self) -> None:
        """Delete what only this render needed, what is too old, and what is too much."""
        try:
            self._objects.delete_all(keys.work_folder(self._render_id))
            self._segments.tidy()
            self._objects.tidy(_LEFTOVER_S)
        except StoreError as error:
            _log.info("kept scenes could not be looked after: %s", error)


def kept_folder() -> Path:
    """Where scenes are kept on this computer, for this user."""
    return platformdirs.user_cache_path("limelight", appauthor=False) / "scenes"


@contextmanager
def kept_scenes(*, wanted: bool = True) -> Iterator[KeptScenes | None]:
    """The kept scenes; None where they are not wanted, or their folder cannot be used."""
    kept = None
    if wanted:
        try:
            make_private_folder(kept_folder())
            kept = KeptScenes(Objects(kept_folder()))
        except (StoreError, OSError) as error:
            _log.info("no scenes are kept: %s", error)
    try:
        yield kept
    finally:
        if kept is not None:
            kept.close()
