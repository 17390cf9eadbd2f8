"""Talking photos and photo avatars: looked at, kept, listed and grouped; and videos of one."""

from __future__ import annotations

from typing import Annotated, NoReturn

from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import FILE_BODY, describes, json_body, receive_file
from limelight.api.errors import Problem
from limelight.api.parameters import Word
from limelight.api.routes.assets import upload_name
from limelight.api.urls import base_url, service_of, urls_of
from limelight.requests.photos import Av4Body, GroupBody, LooksBody, TrainBody, parse_train
from limelight.responses.catalog import Look
from limelight.responses.envelopes import V1, V2, V2Error
from limelight.responses.photos import (
    ListedTalkingPhoto,
    LooksAdded,
    TalkingPhotoUploaded,
    Training,
    TrainingBegun,
    photo_added,
    photo_look,
    talking_photo_listed,
    talking_photo_uploaded,
    training_of,
)
from limelight.responses.videos import VideoId, queued
from limelight.service.missing import NotFound

#: That the person's likeness may be used, beside a body that is a file.
ConsentQuery = Annotated[
    bool, Query(alias="consent", description="The sender states that the person's likeness may be used.")
]
ConsentHeader = Annotated[bool, Header(alias="X-Limelight-Consent", description="The same as `consent`.")]

_STATED = "?consent=true or X-Limelight-Consent: true"

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
    """Keep a portrait, raw or in a form: JPEG, PNG, WebP or GIF, up to 100 MB, with a face of 80 pixels or more."""
    service, consent = service_of(request), in_query or in_header
    # What a form says is known only when it is here; its file has to be read by then.
    if not request.headers.get("content-type", "").startswith("multipart/"):
        service.photos.check_consent(consent, _STATED)
    with service.uploads.file() as file:
        received = await receive_file(request, file)
        consent = consent or received.fields.get("consent", "").strip().lower() in ("true", "1", "yes", "on")
        service.photos.check_consent(consent, _STATED)
        called = upload_name(request, name or received.fields.get("name", "") or received.filename)
        photo = await run_in_threadpool(
            service.photos.keep, file, received.content_type, caller, consent=consent, name=called
        )
    return V1(data=talking_photo_uploaded(urls_of(request), photo))


@router.get("/v1/talking_photo.list", operation_id="list_talking_photos")
def list_talking_photos(request: Request, caller: CallerDep) -> V1[list[ListedTalkingPhoto]]:
    """The account's talking photos, oldest first."""
    photos = [talking_photo_listed(urls_of(request), photo) for photo in service_of(request).photos.all(caller)]
    return V1(data=photos)


@router.delete("/v2/talking_photo/{talking_photo_id}", operation_id="delete_talking_photo")
def delete_talking_photo(request: Request, caller: CallerDep, talking_photo_id: str) -> V2[None]:
    """Forget a talking photo. A picture that was uploaded for it is deleted too."""
    if not service_of(request).photos.delete(caller, photo_id=talking_photo_id):
        raise NotFound.of("talking photo", talking_photo_id)
    return V2(data=None)


# Photo avatars


@router.post(
    "/v2/photo_avatar/avatar_group/create", operation_id="create_photo_group", openapi_extra=describes(GroupBody)
)
async def create_group(request: Request, caller: CallerDep) -> V2[Look]:
    """A group of one look, an uploaded portrait. It is completed at once, and pending in this answer alone."""
    body = await json_body(request)
    photo = await run_in_threadpool(service_of(request).photos.create_group, body, caller)
    return V2(data=photo_added(urls_of(request), photo))


@router.post("/v2/photo_avatar/avatar_group/add", operation_id="add_photo_looks", openapi_extra=describes(LooksBody))
async def add_looks(request: Request, caller: CallerDep) -> V2[LooksAdded]:
    """Up to four more looks of a group; of the same person, they are pictures for one rig, and say what they gave."""
    body = await json_body(request)
    photos = await run_in_threadpool(service_of(request).photos.add_looks, body, caller)
    return V2(data=LooksAdded(photo_avatar_list=[photo_added(urls_of(request), photo) for photo in photos]))


@router.get("/v2/photo_avatar/{photo_avatar_id}", operation_id="get_photo_avatar")
def get_photo_avatar(request: Request, caller: CallerDep, photo_avatar_id: str) -> V2[Look]:
    """One look."""
    photo = service_of(request).photos.get(photo_avatar_id, caller)
    if photo is None:
        raise NotFound.of("photo avatar", photo_avatar_id)
    return V2(data=photo_look(urls_of(request), photo))


@router.delete("/v2/photo_avatar/{photo_avatar_id}", operation_id="delete_photo_avatar")
def delete_photo_avatar(request: Request, caller: CallerDep, photo_avatar_id: str) -> V2[None]:
    """Forget one look."""
    if not service_of(request).photos.delete(caller, photo_id=photo_avatar_id):
        raise NotFound.of("photo avatar", photo_avatar_id)
    return V2(data=None)


@router.delete("/v2/photo_avatar_group/{group_id}", operation_id="delete_photo_group")
def delete_group(request: Request, caller: CallerDep, group_id: str) -> V2[None]:
    """Forget all looks of a group."""
    if not service_of(request).photos.delete(caller, group_id=group_id):
        raise NotFound.of("group", group_id)
    return V2(data=None)


@router.post("/v2/photo_avatar/train", operation_id="train_photo_group", openapi_extra=describes(TrainBody))
async def train(request: Request, caller: CallerDep) -> V2[TrainingBegun]:
    """Nothing needs to be trained; the group is ready at once."""
    group_id = parse_train(await json_body(request))
    if not await run_in_threadpool(service_of(request).photos.train, group_id, caller):
        raise NotFound.of("group", group_id)
    return V2(data=TrainingBegun(group_id=group_id))


@router.get("/v2/photo_avatar/train/status/{group_id}", operation_id="photo_group_training")
def training(request: Request, caller: CallerDep, group_id: str) -> V2[Training]:
    """Whether training was asked for."""
    photos = service_of(request).photos.group(group_id, caller)
    if not photos:
        raise NotFound.of("group", group_id)
    return V2(data=training_of(photos))


# Videos


@router.post("/v2/video/av4/generate", operation_id="av4_generate", openapi_extra=describes(Av4Body))
async def generate_av4(request: Request, caller: CallerDep) -> V2[VideoId]:
    """Queue a video of one photo; the answer is its id."""
    body = await json_body(request)
    video = await run_in_threadpool(service_of(request).videos.generate_av4, body, caller, base_url(request))
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
    raise NotFound.of("generation", generation_id)
