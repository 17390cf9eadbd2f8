"""Talking photos and photo avatars: checked, kept and grouped."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from limelight.errors import MediaError, PhotoError, SpecError, StoreError
from limelight.jobs.media import UserMedia
from limelight.requests.known import Known
from limelight.requests.photos import NewLooks, parse_group, parse_looks
from limelight.requests.v3.avatars import NewPhoto, parse_consent, parse_look, parse_photo_avatar
from limelight.requests.wire import at, invalid, quoted
from limelight.results import Further, Seen
from limelight.service.caller import Caller
from limelight.service.missing import NotFound
from limelight.service.settings import Settings
from limelight.service.uploads import Uploads, check_picture, forget_photos, keep_photo
from limelight.service.videos import consent_missing
from limelight.spec import MAX_MORE
from limelight.store import Asset, Objects, Store
from limelight.store.photos import Photo, front, person

_log = logging.getLogger(__name__)


class Photos:
    """The photos of a server. Every function raises StoreError."""

    def __init__(self, settings: Settings, store: Store, objects: Objects, media: UserMedia, uploads: Uploads) -> None:
        self._settings = settings
        self._store = store
        self._objects = objects
        self._media = media
        self._uploads = uploads

    def check_consent(self, stated: bool, how: str) -> None:
        """Raise SpecError where the server requires the statement that a likeness may be used, and it is missing.

        `how` says what a client would send to state it.
        """
        if not stated and self._settings.require_consent:
            raise consent_missing(how)

    def keep(self, file: Path, content_type: str, caller: Caller, *, consent: bool, name: str) -> Photo:
        """Check a picture and keep it as a talking photo. Raises SpecError, also without a face that can speak, and
        JobError."""
        check_picture(file, content_type)
        seen = self._check_portrait(file, "file", caller.id)
        photo = keep_photo(
            self._store, self._objects, file, content_type, caller.account, name=name, consent=consent, seen=seen
        )
        _log_note(photo)
        return photo

    def all(self, caller: Caller) -> list[Photo]:
        """The caller's looks, oldest first."""
        return self._store.photos.all(caller.id)

    def get(self, id: str, caller: Caller) -> Photo | None:
        """A look by its own id, or the look that speaks for the group of this id; None where the caller has neither."""
        if "\0" in id:
            return None
        return self._store.photos.get(id, caller.id) or front(self.group(id, caller))

    def group(self, group_id: str, caller: Caller) -> list[Photo]:
        """The looks of a group, oldest first; empty where the caller has no such group."""
        return self._store.photos.all(caller.id, group_id) if "\0" not in group_id else []

    def create_group(self, body: object, caller: Caller) -> Photo:
        """Create a group of one look, which is an uploaded portrait. Raises SpecError and JobError."""
        (photo,) = self._add(parse_group(body, self._known(caller)), caller)
        return photo

    def add_looks(self, body: object, caller: Caller) -> list[Photo]:
        """Add looks to a group. Raises SpecError, NotFound and JobError."""
        return self._add(parse_looks(body, self._known(caller)), caller)

    def add_photo(self, body: object, caller: Caller) -> Photo:
        """Make a picture that a body of POST /v3/avatars names a look, of a new group or of one that is there.

        Raises SpecError, NotFound and JobError.
        """
        with self._uploads.inline(body, caller) as inline:
            asked = parse_photo_avatar(body, self._known(caller))
            self.check_consent(asked.consent, "consent true")
            if asked.source.asset_id:
                return self._add_one(asked, asked.source.asset_id, caller, is_own=asked.source.asset_id in inline)
            asset = self._download(asked, caller)
            try:
                return self._add_one(asked, asset.id, caller, is_own=True)
            except BaseException:
                with suppress(StoreError):  # the error above is the one to report
                    self._uploads.delete(asset.id, caller)
                raise

    def rename(self, photo_id: str, body: object, caller: Caller) -> Photo:
        """Give a look another name. Raises SpecError and NotFound."""
        name, photo = parse_look(body), self.get(photo_id, caller)
        if photo is None:
            raise NotFound.of("avatar", photo_id, "avatar_not_found")
        if name is None:
            return photo
        self._store.photos.rename(photo.id, caller.id, name)
        return replace(photo, name=name)

    def consent(self, group_id: str, body: object, caller: Caller) -> list[Photo]:
        """Keep that the likeness in a group may be used, as a body of POST /v3/avatars/{group_id}/consent states.

        Gives the group's looks. Raises SpecError and NotFound.
        """
        if not self.group(group_id, caller):
            raise NotFound.of("avatar", group_id, "avatar_not_found")
        parse_consent(body)
        self._store.photos.consent(group_id, caller.id, caller.account.name)
        return self.group(group_id, caller)

    def train(self, group_id: str, caller: Caller) -> bool:
        """Record that a client asked to train a group; says whether the caller has it."""
        if not self.group(group_id, caller):
            return False
        self._store.photos.train(group_id, caller.id)
        return True

    def delete(self, caller: Caller, *, photo_id: str | None = None, group_id: str | None = None) -> bool:
        """Delete a look or a group, and pictures that were uploaded for it alone; says whether there was one."""
        if "\0" in (photo_id or group_id or ""):
            return False
        return forget_photos(self._store, self._objects, caller.id, photo_id=photo_id, group_id=group_id)

    def _add_one(self, asked: NewPhoto, asset_id: str, caller: Caller, *, is_own: bool) -> Photo:
        own = frozenset([asset_id] if is_own else [])
        (photo,) = self._add(
            NewLooks(asked.name, (asset_id,), asked.group_id, asked.consent, None, ("file",), own), caller
        )
        return photo

    def _download(self, asked: NewPhoto, caller: Caller) -> Asset:
        """Keep the picture at a URL as an upload."""
        assert asked.source.url
        with self._uploads.file() as file:
            try:
                self._media.download("image", asked.source.url, file, caller.id)
            except MediaError as error:
                raise invalid("file.url", error.message.removesuffix(".")) from error
            with at("file.url"):
                check_picture(file)
                return self._uploads.keep(file, "", caller, name=asked.name)

    def _known(self, caller: Caller) -> Known:
        """What bodies about groups refer to: uploads alone."""
        return Known(asset=lambda asset_id: self._store.assets.get(asset_id, caller.id))

    def _add(self, asked: NewLooks, caller: Caller) -> list[Photo]:
        group = self.group(asked.group_id, caller) if asked.group_id is not None else []
        if asked.group_id is not None and not group:
            raise NotFound.of("group", asked.group_id)
        self.check_consent(asked.consent, "consent true")
        assets = [self._asset(asset_id, caller) for asset_id in asked.asset_ids]
        same_person = bool(person(group)) if asked.same_person is None else asked.same_person
        if group and same_person:
            new = self._check_further(asked, group, assets)
        else:
            gave = () if same_person else None
            new = [_New(one, gave) for one in self._check_portraits(assets, asked.fields)]
        photos = [
            self._store.photos.create(
                asked.name,
                asset,
                asked.group_id,
                id=asset.id if asset.id in asked.own else None,
                consent_by=caller.account.name if asked.consent else None,
                seen=one.seen,
                gave=one.gave,
            )
            for asset, one in zip(assets, new, strict=True)
        ]
        for photo in photos:
            _log_note(photo)
        return photos

    def _asset(self, asset_id: str, caller: Caller) -> Asset:
        asset = self._store.assets.get(asset_id, caller.id)
        if asset is None:
            raise SpecError(f"image_key is invalid: asset {quoted(asset_id)} not found.")
        return asset

    def _check_portrait(self, file: Path, field: str, account_id: str) -> Seen:
        """What a picture shows. Raises JobError, and SpecError for `field` where the picture cannot be used."""
        try:
            return self._media.check_portrait(file, account_id)
        except (MediaError, PhotoError) as error:
            raise invalid(field, error.message.removesuffix(".")) from error

    def _check_portraits(self, assets: Sequence[Asset], fields: Sequence[str]) -> list[Seen]:
        """What each upload shows; see `_check_portrait`."""
        seen = []
        for asset, field in zip(assets, fields, strict=True):
            with self._uploads.file() as file:
                self._objects.fetch(asset.key, file)
                seen.append(self._check_portrait(file, field, asset.account_id))
        return seen

    def _check_further(self, asked: NewLooks, group: Sequence[Photo], assets: Sequence[Asset]) -> list[_New]:
        """The looks that further pictures of a group's person become; updates what the group's own looks give to the
        rig.

        Raises SpecError where one gives nothing, where there are too many, or where one is in the group already.
        """
        first, *known = person(group) or group[:1]
        _check_new(asked, [look.asset.id for look in (first, *known)])
        found = self._gave(first.asset, [*(look.asset for look in known), *assets])
        new = found[len(known) :]
        for field, one in zip(asked.fields, new, strict=True):
            if one.left_out is not None:
                raise invalid(field, one.left_out)
        gave = {look.id: one.gave for look, one in zip(known, found, strict=False)}
        self._store.photos.give(first.account_id, {first.id: (), **gave})
        return [_New(one.seen, one.gave) for one in new]

    def _gave(self, first: Asset, more: Sequence[Asset]) -> Sequence[Further]:
        """What further uploads of a person give to the rig of `first`, their group's front.

        Raises SpecError where the front cannot speak, StoreError and JobError.
        """
        with ExitStack() as open_:
            files = []
            for asset in (first, *more):
                files.append(open_.enter_context(self._uploads.file()))
                self._objects.fetch(asset.key, files[-1])
            try:
                return self._media.check_further(files[0], files[1:], first.account_id)
            except (MediaError, PhotoError) as error:
                raise invalid("group_id", f"its first look cannot speak: {error.message.removesuffix('.')}") from error


class _New(NamedTuple):
    """The checked facts of a picture that becomes a look; see `Photo`."""

    seen: Seen | None
    gave: tuple[str, ...] | None


def _check_new(asked: NewLooks, there: Sequence[str]) -> None:
    """Raise SpecError where new pictures, with the uploads `there`, would be too many, or one would be there twice."""
    pictures = list(there)
    for field, asset_id in zip(asked.fields, asked.asset_ids, strict=True):
        if asset_id in pictures:
            raise invalid(field, f"asset {quoted(asset_id)} is a picture of the group already")
        pictures.append(asset_id)
    if len(pictures) > 1 + MAX_MORE:
        raise invalid("image_keys", f"the person would have {len(pictures)} pictures, the limit is {1 + MAX_MORE}")


def _log_note(photo: Photo) -> None:
    if photo.note:
        _log.info("photo %s: %s", photo.id, photo.note)
