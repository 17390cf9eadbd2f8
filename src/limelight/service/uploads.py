"""Uploads and talking photos: keeps and deletes rows and objects together, for the server and the command line."""

from __future__ import annotations

import hashlib
import logging
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from limelight.errors import SpecError, StoreError
from limelight.jobs import keys
from limelight.jobs.segments import forget_photo
from limelight.media.formats import detect_format, head_of
from limelight.names import is_id, new_id, one_line
from limelight.requests.v3.files import replace_inline_files
from limelight.requests.v3.uploads import hex_digest, parse_complete
from limelight.requests.wire import invalid
from limelight.results import Seen
from limelight.service.caller import Caller
from limelight.service.missing import NotFound
from limelight.store import Account, Asset, Objects, Store
from limelight.store.batches import Batch
from limelight.store.photos import Photo

_log = logging.getLogger(__name__)


class Uploads:
    """The uploads of a server. Every function raises StoreError."""

    def __init__(self, store: Store, objects: Objects, folder: Path) -> None:
        """Empties `folder`, in which a crash may have left unfinished uploads."""
        self._store = store
        self._objects = objects
        self._folder = folder
        #: the ids of promised uploads that are being kept now
        self._arriving: set[str] = set()
        self._lock = threading.Lock()
        shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def file(self) -> Iterator[Path]:
        """A path for one upload's file, which is deleted at the end of the with block."""
        self._folder.mkdir(exist_ok=True)
        file = self._folder / new_id()
        try:
            yield file
        finally:
            file.unlink(missing_ok=True)

    def keep(self, file: Path, content_type: str, caller: Caller, *, name: str = "", folder_id: str = "") -> Asset:
        """Keep an upload. Raises SpecError where it is no picture, film or recording, or not of this content type."""
        return keep_upload(self._store, self._objects, file, content_type, caller.id, name=name, folder_id=folder_id)

    def keep_promised(
        self,
        file: Path,
        content_type: str,
        account_id: str,
        asset_id: str,
        *,
        name: str = "",
        size: int | None = None,
        digest: str = "",
    ) -> Asset | None:
        """Keep an upload under an id that was given out before; None where the id has an upload already,
        or one is being kept.

        Raises SpecError, also where `size`, in bytes, or `digest`, a SHA-256 in hex or base64, is another file's.
        """
        with self._lock:
            if asset_id in self._arriving:
                return None
            self._arriving.add(asset_id)
        try:
            if self._store.assets.get(asset_id):
                return None
            if size is not None and file.stat().st_size != size:
                raise invalid("size_bytes", f"{size} were announced, {file.stat().st_size} arrived")
            if digest:
                with file.open("rb") as content:
                    found = hashlib.file_digest(content, "sha256").hexdigest()
                check_digest(found, hex_digest(digest, "checksum_sha256"))
            return keep_upload(self._store, self._objects, file, content_type, account_id, asset_id=asset_id, name=name)
        finally:
            with self._lock:
                self._arriving.discard(asset_id)

    @contextmanager
    def inline(self, body: object, caller: Caller) -> Iterator[frozenset[str]]:
        """Keep the files that come inline in a body of v3, which names them as uploads from then on; gives their ids.

        They are deleted where the with block raises. Raises SpecError.
        """
        kept: list[str] = []

        def put(field: str, data: bytes, content_type: str) -> str:
            with self.file() as file:
                file.write_bytes(data)
                try:
                    kept.append(self.keep(file, content_type, caller).id)
                except SpecError as error:
                    raise invalid(field, error.message.removeprefix("file is invalid: ").removesuffix(".")) from error
            return kept[-1]

        try:
            replace_inline_files(body, put)
            yield frozenset(kept)
        except BaseException:
            for asset_id in kept:
                with suppress(StoreError):  # the error above is the one to report
                    self.delete(asset_id, caller)
            raise

    def page(
        self,
        caller: Caller,
        limit: int,
        before: tuple[int, str] | None,
        *,
        folder_id: str = "",
        file_type: str = "",
        name: str = "",
        at_root: bool = False,
    ) -> tuple[list[Asset], int]:
        """The caller's uploads, newest first, and their total number; filtered by folder (`at_root`: in none), kind of
        file and part of the name."""
        return self._store.assets.page(
            caller.id, limit, before=before, folder_id=folder_id, file_type=file_type, name=name, at_root=at_root
        )

    def get(self, asset_id: str, caller: Caller) -> Asset:
        """One upload of the caller. Raises NotFound."""
        asset = self._store.assets.get(asset_id, caller.id) if is_id(asset_id) else None
        if asset is None:
            raise NotFound.of("asset", asset_id)
        return asset

    def complete(self, asset_id: str, body: object, caller: Caller) -> Asset:
        """An upload that was put at a URL, after a look at its checksum, where the body of POST
        /v3/assets/{asset_id}/complete has one. Raises SpecError, and NotFound where nothing was put there."""
        digest = parse_complete(body)
        asset = self.get(asset_id, caller)
        if digest:
            found = hashlib.sha256()
            for piece in self._objects.stream(asset.key, 0, asset.size):
                found.update(piece)
            check_digest(found.hexdigest(), digest)
        return asset

    def begin_batch(self, title: str | None, asset_ids: Sequence[str], caller: Caller) -> str:
        """Keep that uploads are to come together; gives the batch's id."""
        return self._store.batches.create(caller.id, "assets", title, asset_ids).id

    def batch(self, batch_id: str, caller: Caller) -> Batch:
        """A batch of uploads. Raises NotFound."""
        found = self._store.batches.get(batch_id, caller.id, "assets") if is_id(batch_id) else None
        if found is None:
            raise NotFound.of("batch", batch_id)
        return found

    def arrived(self, asset_ids: Sequence[str], caller: Caller) -> frozenset[str]:
        """Those of the caller's uploads that are there."""
        return frozenset(id for id in asset_ids if is_id(id) and self._store.assets.get(id, caller.id))

    def delete(self, asset_id: str, caller: Caller) -> bool:
        """Delete the caller's upload and its file; says whether there was one. Unfinished videos of it may fail."""
        return is_id(asset_id) and forget_upload(self._store, self._objects, asset_id, caller.id)


def check_digest(found: str, given: str) -> None:
    """Raise SpecError where two SHA-256, hex, differ."""
    if found != given:
        raise invalid("checksum_sha256", f"the file that arrived has {found}")


def keep_upload(
    store: Store,
    objects: Objects,
    file: Path,
    content_type: str,
    account_id: str,
    *,
    asset_id: str | None = None,
    name: str = "",
    folder_id: str = "",
) -> Asset:
    """Keep an upload. Raises SpecError where it is no picture, film or recording, or not of this content type.

    Where the row cannot be kept, the file is not kept either.
    """
    kind = detect_format(head_of(file), content_type)
    asset_id = asset_id or new_id()
    asset = Asset(
        id=asset_id,
        name=one_line(name) or asset_id,
        file_type=kind.file_type,
        content_type=kind.content_type,
        key=keys.asset(asset_id, kind.extension),
        size=file.stat().st_size,
        created_ms=time.time_ns() // 1_000_000,
        account_id=account_id,
        folder_id=folder_id or None,
    )
    is_new = objects.publish(asset.key, file)
    try:
        store.assets.add(asset)
    except StoreError:
        if is_new and not _is_anothers(store, asset):
            with suppress(StoreError):  # `Leftovers.tidy` deletes it later
                objects.delete(asset.key)
        raise
    return asset


def _is_anothers(store: Store, asset: Asset) -> bool:
    """Whether another upload of the same id, which came first, has the same object."""
    try:
        first = store.assets.get(asset.id)
    except StoreError:
        return False
    return first is not None and first.key == asset.key


def check_picture(file: Path, content_type: str = "") -> None:
    """Raise SpecError where a file's first bytes are not those of a picture."""
    kind = detect_format(head_of(file), content_type)
    if kind.file_type != "image":
        raise SpecError(
            f"file is invalid: it is {kind.content_type}, a talking photo is JPEG, PNG, WebP, GIF, BMP, AVIF or HEIC."
        )


def keep_photo(
    store: Store,
    objects: Objects,
    file: Path,
    content_type: str,
    account: Account,
    *,
    name: str = "",
    consent: bool = False,
    seen: Seen | None = None,
    group_id: str | None = None,
    gave: Sequence[str] | None = None,
) -> Photo:
    """Keep a photo and its upload under one id, so that they are deleted together. Raises SpecError."""
    asset = keep_upload(store, objects, file, content_type, account.id, name=name)
    consent_by = account.name if consent else None
    try:
        return store.photos.create(
            asset.name, asset, group_id, id=asset.id, consent_by=consent_by, seen=seen, gave=gave
        )
    except StoreError:
        with suppress(StoreError):  # the error above is the one to report
            forget_upload(store, objects, asset.id, account.id)
        raise


def forget_upload(store: Store, objects: Objects, asset_id: str, account_id: str) -> bool:
    """Delete an account's upload, its file and the kept scenes that show it; says whether there was one.

    Finished videos stay; unfinished ones have their own copies of the photos that speak in them.
    """
    gone = store.assets.delete(asset_id, account_id)
    if gone is None:
        return False
    if gone.file_type == "image":
        forget_photo(objects, asset_id)
    try:
        objects.delete_all(keys.asset_folder(asset_id))
    except StoreError as error:
        _log.warning("asset %s: its file could not be deleted: %s", asset_id, error.message)
    return True


def forget_photos(
    store: Store, objects: Objects, account_id: str, *, photo_id: str | None = None, group_id: str | None = None
) -> bool:
    """Delete a look or a group, its kept scenes, and uploads made for it alone; says whether there was one."""
    gone = store.photos.delete(account_id, photo_id=photo_id, group_id=group_id)
    for photo in gone:
        forget_photo(objects, photo.asset.id)
        if photo.id == photo.asset.id and not store.photos.uses(photo.asset.id):
            forget_upload(store, objects, photo.asset.id, account_id)
    return bool(gone)
