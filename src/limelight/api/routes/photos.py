"""Talking photos and photo avatars: looked at, kept, listed and grouped; and videos of one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple, NoReturn

from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import Caller, CallerDep
from limelight.api.bodies import FILE_BODY, describes, json_body, receive_file
from limelight.api.errors import Problem
from limelight.api.files import asset_url, base_url, service_of
from limelight.api.parameters import Word
from limelight.api.routes.assets import upload_name
from limelight.api.status import queued
from limelight.errors import SpecError
from limelight.portraits import Seen
from limelight.requests.photos import (
    Av4Body,
    GroupBody,
    LooksBody,
    NewLooks,
    TrainBody,
    parse_group,
    parse_looks,
    parse_train,
)
from limelight.requests.wire import invalid, quoted
from limelight.responses.catalog import (
    AvatarDetails,
    AvatarGroup,
    Consent,
    Look,
    TalkingPhoto,
    UpscaleAvailability,
)
from limelight.responses.envelopes import V1, V2, V2Error
from limelight.responses.photos import (
    ListedTalkingPhoto,
    LooksAdded,
    TalkingPhotoUploaded,
    Training,
    TrainingBegun,
)
from limelight.responses.videos import VideoId
from limelight.service.server import Service, consent_missing
from limelight.service.uploads import check_picture, forget_photos, keep_photo
from limelight.spec import MAX_MORE
from limelight.store import Asset
from limelight.store.photos import Photo, front, person

_NO_UPSCALING = UpscaleAvailability(reason="Pictures are not upscaled on this server.")

_log = logging.getLogger(__name__)

#: That the person's likeness may be used, beside a body that is a file.
ConsentQuery = Annotated[
    bool, Query(alias="consent", description="The sender states that the person's likeness may be used.")
]
ConsentHeader = Annotated[bool, Header(alias="X-Limelight-Consent", description="The same as `consent`.")]

router = APIRouter(tags=["photos"])


# Talking photos


@router.post("/v1/talking_photo", operation_id="upload_talking_photo", openapi_extra=FILE_BODY)
async def upload_talking_photo(
    request: Request,
    caller: CallerDep,
    in_query: ConsentQuery = False,
    in_header: ConsentHeader = False,
    name: Word = "",
) -> V1[TalkingPhotoUploaded]:
    """Keep a portrait, sent as the raw body: JPEG, PNG, WebP or GIF, up to 100 MB, with a face of 80 pixels or more."""
    service = service_of(request)
    consent = _consent_stated(service, in_query or in_header, "?consent=true or X-Limelight-Consent: true")
    with service.upload_file() as file:
        await receive_file(request, file)
        content_type = request.headers.get("content-type", "")
        photo = await run_in_threadpool(
            _keep_photo, service, file, content_type, caller, consent, upload_name(request, name)
        )
    return V1(
        data=TalkingPhotoUploaded(
            talking_photo_id=photo.id,
            talking_photo_url=asset_url(request, photo.asset),
            faces=photo.faces,
            note=photo.note,
            consent=_consent(photo),
        )
    )


@router.get("/v1/talking_photo.list", operation_id="list_talking_photos")
def list_talking_photos(request: Request, caller: CallerDep) -> V1[list[ListedTalkingPhoto]]:
    """The account's talking photos, oldest first."""
    photos = [_listed(request, photo) for photo in service_of(request).store.photos.all(caller.id)]
    return V1(data=photos)


@router.delete("/v2/talking_photo/{talking_photo_id}", operation_id="delete_talking_photo")
def delete_talking_photo(request: Request, caller: CallerDep, talking_photo_id: str) -> V2[None]:
    """Forget a talking photo. A picture that was uploaded for it is deleted too."""
    if not _delete(service_of(request), caller, photo_id=talking_photo_id):
        raise _not_found("talking photo", talking_photo_id)
    return V2(data=None)


# Photo avatars


@router.post(
    "/v2/photo_avatar/avatar_group/create", operation_id="create_photo_group", openapi_extra=describes(GroupBody)
)
async def create_group(request: Request, caller: CallerDep) -> V2[Look]:
    """A group of one look, an uploaded portrait. It is completed at once, and pending in this answer alone."""
    service = service_of(request)
    body = await json_body(request)
    asked = await run_in_threadpool(parse_group, body, lambda id: service.store.assets.get(id, caller.id))
    (photo,) = await run_in_threadpool(_add, service, asked, caller)
    return V2(data=look(request, photo).model_copy(update={"status": "pending"}))


@router.post("/v2/photo_avatar/avatar_group/add", operation_id="add_photo_looks", openapi_extra=describes(LooksBody))
async def add_looks(request: Request, caller: CallerDep) -> V2[LooksAdded]:
    """Up to four more looks of a group; of the same person, they are pictures for one rig, and say what they gave."""
    service = service_of(request)
    body = await json_body(request)
    asked = await run_in_threadpool(parse_looks, body, lambda id: service.store.assets.get(id, caller.id))
    photos = await run_in_threadpool(_add, service, asked, caller)
    looks = [look(request, photo).model_copy(update={"status": "pending"}) for photo in photos]
    return V2(data=LooksAdded(photo_avatar_list=looks))


@router.get("/v2/photo_avatar/{photo_avatar_id}", operation_id="get_photo_avatar")
def get_photo_avatar(request: Request, caller: CallerDep, photo_avatar_id: str) -> V2[Look]:
    """One look."""
    photo = _photo(service_of(request), photo_avatar_id, caller)
    if photo is None:
        raise _not_found("photo avatar", photo_avatar_id)
    return V2(data=look(request, photo))


@router.delete("/v2/photo_avatar/{photo_avatar_id}", operation_id="delete_photo_avatar")
def delete_photo_avatar(request: Request, caller: CallerDep, photo_avatar_id: str) -> V2[None]:
    """Forget one look."""
    if not _delete(service_of(request), caller, photo_id=photo_avatar_id):
        raise _not_found("photo avatar", photo_avatar_id)
    return V2(data=None)


@router.delete("/v2/photo_avatar_group/{group_id}", operation_id="delete_photo_group")
def delete_group(request: Request, caller: CallerDep, group_id: str) -> V2[None]:
    """Forget all looks of a group."""
    if not _delete(service_of(request), caller, group_id=group_id):
        raise _not_found("group", group_id)
    return V2(data=None)


@router.post("/v2/photo_avatar/train", operation_id="train_photo_group", openapi_extra=describes(TrainBody))
async def train(request: Request, caller: CallerDep) -> V2[TrainingBegun]:
    """Nothing needs to be trained; the group is ready at once."""
    service = service_of(request)
    group_id = parse_train(await json_body(request))
    if not await run_in_threadpool(_group, service, group_id, caller):
        raise _not_found("group", group_id)
    await run_in_threadpool(service.store.photos.train, group_id, caller.id)
    return V2(data=TrainingBegun(group_id=group_id))


@router.get("/v2/photo_avatar/train/status/{group_id}", operation_id="photo_group_training")
def training(request: Request, caller: CallerDep, group_id: str) -> V2[Training]:
    """Whether training was asked for."""
    photos = _group(service_of(request), group_id, caller)
    if not photos:
        raise _not_found("group", group_id)
    trained_ms = max((photo.trained_ms for photo in photos if photo.trained_ms), default=None)
    return V2(
        data=Training(
            status="ready" if trained_ms else "pending",
            created_at=photos[0].created_ms // 1000,
            updated_at=trained_ms // 1000 if trained_ms else None,
        )
    )


# Videos


@router.post("/v2/video/av4/generate", operation_id="av4_generate", openapi_extra=describes(Av4Body))
async def generate_av4(request: Request, caller: CallerDep) -> V2[VideoId]:
    """Queue a video of one photo; the answer is its id."""
    body = await json_body(request)
    video = await run_in_threadpool(service_of(request).generate_av4, body, caller, base_url(request))
    return V2(data=queued(video))


# What is not there


def _refused(what: str) -> NoReturn:
    raise Problem(400, "not_supported", f"{what} is not available on this server.")


_REFUSED = {"status_code": 400, "response_model": V2Error}


@router.post("/v2/photo_avatar/photo/generate", operation_id="generate_photo", **_REFUSED)  # type: ignore[arg-type]
def generate_photo(caller: CallerDep) -> None:
    """Always 400: pictures are not generated here."""
    _refused("generating photos")


@router.post("/v2/photo_avatar/look/generate", operation_id="generate_look", **_REFUSED)  # type: ignore[arg-type]
def generate_look(caller: CallerDep) -> None:
    """Always 400: pictures are not generated here."""
    _refused("generating looks")


@router.post("/v2/photo_avatar/add_motion", operation_id="add_motion", **_REFUSED)  # type: ignore[arg-type]
def add_motion(caller: CallerDep) -> None:
    """Always 400."""
    _refused("adding motion to a photo")


@router.post("/v2/photo_avatar/add_sound_effect", operation_id="add_sound_effect", **_REFUSED)  # type: ignore[arg-type]
def add_sound_effect(caller: CallerDep) -> None:
    """Always 400."""
    _refused("adding a sound effect to a photo")


@router.post("/v2/photo_avatar/upscale", operation_id="upscale_photo", **_REFUSED)  # type: ignore[arg-type]
def upscale(caller: CallerDep) -> None:
    """Always 400."""
    _refused("upscaling a photo")


@router.get(
    "/v2/photo_avatar/generation/{generation_id}",
    operation_id="get_generation",
    status_code=404,
    response_model=V2Error,
)
def get_generation(caller: CallerDep, generation_id: str) -> None:
    """Always 404: nothing is generated, so that there is no such id."""
    raise _not_found("generation", generation_id)


# For the catalogue


def talking_photos(request: Request, caller: Caller) -> list[TalkingPhoto]:
    """The account's talking photos as GET /v2/avatars lists them."""
    return [
        TalkingPhoto(
            talking_photo_id=photo.id, talking_photo_name=photo.name, preview_image_url=asset_url(request, photo.asset)
        )
        for photo in service_of(request).store.photos.all(caller.id)
    ]


def photo_details(request: Request, caller: Caller, photo_id: str) -> AvatarDetails | None:
    """A talking photo as GET /v2/avatar/{id}/details shows it; None where the account has none of this id."""
    photo = _photo(service_of(request), photo_id, caller)
    if photo is None:
        return None
    return AvatarDetails(
        type="talking_photo",
        id=photo.id,
        avatar_id=photo.id,
        name=photo.name,
        avatar_name=photo.name,
        gender=None,
        preview_image_url=asset_url(request, photo.asset),
        preview_video_url=None,
        is_public=False,
        default_voice_id=None,
        tags=[],
        consent=_consent(photo),
        faces=photo.faces,
        note=photo.note,
    )


def photo_groups(request: Request, caller: Caller) -> list[AvatarGroup]:
    """The account's groups of talking photos, as GET /v2/avatar_group.list lists them."""
    looks: dict[str, list[Photo]] = {}
    for photo in service_of(request).store.photos.all(caller.id):
        looks.setdefault(photo.group_id, []).append(photo)
    return [_as_group(request, id, photos) for id, photos in looks.items()]


def photo_looks(request: Request, caller: Caller, group_id: str) -> list[Look]:
    """The looks of a group of the account's; none where it has no such group."""
    return [look(request, photo) for photo in _group(service_of(request), group_id, caller)]


def look(request: Request, photo: Photo) -> Look:
    """A look as photo avatars and groups show it."""
    picture = asset_url(request, photo.asset)
    return Look(
        id=photo.id,
        avatar_id=photo.id,
        name=photo.name,
        avatar_name=photo.name,
        group_id=photo.group_id,
        gender=None,
        image_url=picture,
        preview_image_url=picture,
        preview_video_url=None,
        default_voice_id=None,
        created_at=photo.created_ms / 1000,
        business_type="uploaded",
        upscale_availability=_NO_UPSCALING,
        consent=_consent(photo),
        faces=photo.faces,
        note=photo.note,
        same_person=photo.gave is not None,
        gave=None if photo.gave is None else list(photo.gave),
    )


def _as_group(request: Request, group_id: str, photos: list[Photo]) -> AvatarGroup:
    first = front(photos) or photos[0]
    picture = asset_url(request, first.asset)
    return AvatarGroup(
        id=group_id,
        name=first.name,
        created_at=photos[0].created_ms // 1000,
        num_looks=len(photos),
        preview_image=picture,
        preview_image_url=picture,
        group_type="PHOTO",
        train_status="ready" if any(photo.trained_ms for photo in photos) else "empty",
        default_voice_id=None,
    )


def _listed(request: Request, photo: Photo) -> ListedTalkingPhoto:
    picture = asset_url(request, photo.asset)
    return ListedTalkingPhoto(
        id=photo.id,
        talking_photo_id=photo.id,
        talking_photo_name=photo.name,
        image_url=picture,
        circle_image=picture,
        preview_image_url=picture,
        faces=photo.faces,
        note=photo.note,
    )


# Rows


def _consent_stated(service: Service, stated: bool, how: str) -> bool:
    """Whether it is stated that a likeness may be used. Raises SpecError where it is not and has to be."""
    if not stated and service.settings.require_consent:
        raise consent_missing(how)
    return stated


def _consent(photo: Photo) -> Consent | None:
    return Consent(by=photo.consent.by, at=photo.consent.at_ms // 1000) if photo.consent else None


def _keep_photo(service: Service, file: Path, content_type: str, caller: Caller, consent: bool, name: str) -> Photo:
    """A photo of a picture in which a face was seen. Raises SpecError."""
    check_picture(file, content_type)
    seen = service.check_portrait(file, "file")
    photo = keep_photo(
        service.store, service.objects, file, content_type, caller.account, name=name, consent=consent, seen=seen
    )
    _log_note(photo)
    return photo


def _log_note(photo: Photo) -> None:
    if photo.note:
        _log.info("photo %s: %s", photo.id, photo.note)


def _add(service: Service, asked: NewLooks, caller: Caller) -> list[Photo]:
    group = _group(service, asked.group_id, caller) if asked.group_id is not None else []
    if asked.group_id is not None and not group:
        raise _not_found("group", asked.group_id)
    consent_by = caller.account.name if _consent_stated(service, asked.consent, "consent true") else None
    assets = [_asset(service, asset_id, caller) for asset_id in asked.asset_ids]
    same_person = bool(person(group)) if asked.same_person is None else asked.same_person
    if group and same_person:
        new = _check_further(service, asked, group, assets)
    else:
        gave = () if same_person else None
        new = [_New(one, gave) for one in service.check_portraits(assets, _fields(asked))]
    photos = [
        service.store.photos.create(
            asked.name, asset, asked.group_id, consent_by=consent_by, seen=one.seen, gave=one.gave
        )
        for asset, one in zip(assets, new, strict=True)
    ]
    for photo in photos:
        _log_note(photo)
    return photos


def _check_new(asked: NewLooks, there: Sequence[str]) -> None:
    """Raise SpecError where a person's pictures, beside uploads that are there, would be too many, or one twice."""
    pictures = list(there)
    for field, asset_id in zip(_fields(asked), asked.asset_ids, strict=True):
        if asset_id in pictures:
            raise invalid(field, f"asset {quoted(asset_id)} is a picture of the group already")
        pictures.append(asset_id)
    if len(pictures) > 1 + MAX_MORE:
        raise invalid("image_keys", f"the person would have {len(pictures)} pictures, the limit is {1 + MAX_MORE}")


class _New(NamedTuple):
    """A picture that becomes a look; see `Photo`."""

    seen: Seen | None
    gave: tuple[str, ...] | None


def _check_further(service: Service, asked: NewLooks, group: Sequence[Photo], assets: Sequence[Asset]) -> list[_New]:
    """What further pictures of a group's person give to the rig; what those give that it has already is kept anew.

    Raises SpecError where one gives nothing.
    """
    first, *known = person(group) or group[:1]
    _check_new(asked, [look.asset.id for look in (first, *known)])
    found = service.check_further(first.asset, [*(look.asset for look in known), *assets])
    new = found[len(known) :]
    for field, one in zip(_fields(asked), new, strict=True):
        if one.left_out is not None:
            raise invalid(field, one.left_out)
    gave = {look.id: one.gave for look, one in zip(known, found, strict=False)}
    service.store.photos.give(first.account_id, {first.id: (), **gave})
    return [_New(one.seen, one.gave) for one in new]


def _fields(asked: NewLooks) -> Sequence[str]:
    """What the request calls its pictures."""
    if asked.group_id is None:
        return ["image_key"]
    return [f"image_keys[{i}]" for i in range(len(asked.asset_ids))]


def _asset(service: Service, asset_id: str, caller: Caller) -> Asset:
    asset = service.store.assets.get(asset_id, caller.id)
    if asset is None:
        raise SpecError(f"image_key is invalid: asset {quoted(asset_id)} not found.")
    return asset


def _photo(service: Service, id: str, caller: Caller) -> Photo | None:
    """A look by its own id, or the look that speaks for a group."""
    if "\0" in id:
        return None
    return service.store.photos.get(id, caller.id) or front(_group(service, id, caller))


def _group(service: Service, group_id: str, caller: Caller) -> list[Photo]:
    return service.store.photos.all(caller.id, group_id) if "\0" not in group_id else []


def _delete(service: Service, caller: Caller, *, photo_id: str | None = None, group_id: str | None = None) -> bool:
    """Forget looks; says whether there were any."""
    if "\0" in (photo_id or group_id or ""):
        return False
    return forget_photos(service.store, service.objects, caller.id, photo_id=photo_id, group_id=group_id)


def _not_found(what: str, id: str) -> Problem:
    return Problem(404, "not_found", f"{what} {quoted(id)} not found.")
