"""Pictures without their background."""

from __future__ import annotations

from pathlib import Path

from limelight.errors import MediaError, PhotoError, SpecError
from limelight.jobs.media import UserMedia
from limelight.jobs.removals import Removal
from limelight.jobs.removals import Removals as Made
from limelight.media.formats import detect_format, head_of
from limelight.requests.known import Known
from limelight.requests.v3.removals import film_refused, parse_removal, parse_request_id
from limelight.requests.wire import invalid, quoted
from limelight.service.caller import Caller
from limelight.service.missing import NotFound
from limelight.service.uploads import Uploads
from limelight.spec import Source
from limelight.store import Objects, Store


class Removals:
    """The pictures without background of a server. Every function raises StoreError."""

    def __init__(self, store: Store, objects: Objects, media: UserMedia, uploads: Uploads, made: Made) -> None:
        self._store = store
        self._objects = objects
        self._media = media
        self._uploads = uploads
        self._made = made

    def create(self, body: object, caller: Caller) -> Removal:
        """Remove the background of the picture that a body of POST /v3/background-removals names; the job that was made
        of it before, where its request_id says so. One at a time for an account: the caller sees to that.

        Raises SpecError and JobError.
        """
        request_id = parse_request_id(body)
        if request_id and (earlier := self._made.of_request(request_id, caller.id)):
            return earlier
        with self._uploads.inline(body, caller), self._uploads.file() as file:
            asked = parse_removal(body, Known(asset=lambda asset_id: self._store.assets.get(asset_id, caller.id)))
            self._bring(asked.source, file, caller)
            try:
                return self._made.make(
                    file, asked.layers, caller.id, title=asked.title, request_id=request_id, warnings=asked.warnings
                )
            except (MediaError, PhotoError) as error:
                raise invalid("video", error.message.removesuffix(".")) from error

    def page(self, caller: Caller, limit: int, before: tuple[int, str] | None) -> list[Removal]:
        """The caller's jobs, newest first."""
        return self._made.page(caller.id, limit, before)

    def get(self, job_id: str, caller: Caller) -> Removal:
        """One of the caller's jobs. Raises NotFound."""
        if job := self._made.get(job_id, caller.id):
            return job
        raise NotFound.of("background removal", job_id)

    def delete(self, job_id: str, caller: Caller) -> None:
        """Delete one of the caller's jobs and its files. Raises NotFound."""
        if not self._made.delete(job_id, caller.id):
            raise NotFound.of("background removal", job_id)

    def _bring(self, source: Source, file: Path, caller: Caller) -> None:
        """Copy a picture into `file`. Raises SpecError, also where it is a film."""
        if source.asset_id:
            asset = self._store.assets.get(source.asset_id, caller.id)
            if asset is None:
                raise invalid("video", f"asset {quoted(source.asset_id)} not found")
            self._objects.fetch(asset.key, file)
            return
        assert source.url
        try:
            self._media.download("image", source.url, file, caller.id)
        except MediaError as error:
            if _is_film(file):
                raise film_refused() from error
            raise invalid("video.url", error.message.removesuffix(".")) from error


def _is_film(file: Path) -> bool:
    try:
        return detect_format(head_of(file), "").file_type == "video"
    except (OSError, SpecError):
        return False
