"""Uploads and talking photos, their rows and objects together: how they are kept, and how nothing is left of them.

The server and the command line do both in the same way.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from limelight.errors import SpecError, StoreError
from limelight.jobs.segments import forget_photo
from limelight.media.formats import HEAD_BYTES, recognise
from limelight.names import one_line
from limelight.portraits import Seen
from limelight.store import Account, Asset, Objects, Store
from limelight.store.photos import Photo

_log = logging.getLogger(__name__)


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
    """Keep a file. Raises SpecError where it is no picture, film or recording, or not what its sender says.

    Where its row cannot be kept, nothing is.
    """
    with file.open("rb") as content:
        kind = recognise(content.read(HEAD_BYTES), content_type)
    asset_id = asset_id or uuid.uuid4().hex
    asset = Asset(
        id=asset_id,
        name=one_line(name) or asset_id,
        file_type=kind.file_type,
        content_type=kind.content_type,
        key=f"assets/{asset_id}/original.{kind.extension}",
        size=file.stat().st_size,
        created_ms=time.time_ns() // 1_000_000,
        account_id=account_id,
        folder_id=folder_id or None,
    )
    is_new = objects.publish(asset.key, file)
    try:
        store.assets.add(asset)
    except StoreError:
        if is_new:  # what was there before is another's
            with suppress(StoreError):  # the next tidying finds it
                objects.delete(asset.key)
        raise
    return asset


def check_picture(file: Path, content_type: str = "") -> None:
    """Raise SpecError where a file does not begin like a picture."""
    with file.open("rb") as content:
        kind = recognise(content.read(HEAD_BYTES), content_type)
    if kind.file_type != "image":
        raise SpecError(f"file is invalid: it is {kind.content_type}, a talking photo is JPEG, PNG, WebP or GIF.")


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
        with suppress(StoreError):  # told already
            forget_upload(store, objects, asset.id, account.id)
        raise


def forget_upload(store: Store, objects: Objects, asset_id: str, account_id: str) -> bool:
    """Delete an account's upload, its file and what was made of it; says whether there was one.

    Finished videos stay; those that were submitted have their own copies of the photos that speak in them.
    """
    gone = store.assets.delete(asset_id, account_id)
    if gone is None:
        return False
    if gone.file_type == "image":
        forget_photo(objects, asset_id)
    try:
        objects.delete_all(f"assets/{asset_id}")
    except StoreError as error:
        _log.warning("asset %s: its file could not be deleted: %s", asset_id, error.message)
    return True


def forget_photos(
    store: Store, objects: Objects, account_id: str, *, photo_id: str | None = None, group_id: str | None = None
) -> bool:
    """Delete a look or a group, what was made of it, and uploads that were made for it alone; says whether there was
    one."""
    gone = store.photos.delete(account_id, photo_id=photo_id, group_id=group_id)
    for photo in gone:
        forget_photo(objects, photo.asset.id)
        if photo.id == photo.asset.id and not store.photos.uses(photo.asset.id):
            forget_upload(store, objects, photo.asset.id, account_id)
    return bool(gone)
