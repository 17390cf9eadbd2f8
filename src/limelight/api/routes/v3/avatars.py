"""Avatars of v3: presenters and the account's photos, as groups of looks."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.paging import part
from limelight.api.parameters import Token, V3Limit, Word
from limelight.api.urls import service_of, urls_of
from limelight.catalog.avatars import avatar, avatars, presenters
from limelight.errors import AvatarNotFound
from limelight.requests.v3.avatars import ConsentBody, LookBody, PhotoAvatarBody
from limelight.requests.wire import invalid
from limelight.responses.envelopes import V3, V3Page
from limelight.responses.v3.catalog import (
    V3Avatar,
    V3AvatarMade,
    V3ConsentStated,
    V3Gone,
    V3Look,
    v3_group,
    v3_photo_look,
    v3_presenter,
    v3_presenter_look,
)
from limelight.service.caller import Caller
from limelight.service.missing import NotFound

router = APIRouter(tags=["v3 avatars and voices"])


def _absent(value: object) -> object:
    return None if value in ("", "null", "undefined") else value


Ownership = Annotated[
    Literal["public", "private"] | None,
    BeforeValidator(_absent),
    Query(description="Presenters, or the caller's own; both if absent."),
]
AvatarType = Annotated[Literal["studio_avatar", "digital_twin", "photo_avatar"] | None, BeforeValidator(_absent)]


@router.get("/v3/avatars", operation_id="v3_list_avatars")
def list_groups(
    request: Request, caller: CallerDep, ownership: Ownership = None, limit: V3Limit = 20, token: Token = ""
) -> V3Page[V3Avatar]:
    """The caller's own groups of looks, and the presenters."""
    page, more = part(_groups(request, caller, ownership), limit, token, _id)
    return V3Page(data=page, has_more=bool(more), next_token=more)


@router.post("/v3/avatars", operation_id="v3_create_avatar", openapi_extra=describes(PhotoAvatarBody))
async def create(request: Request, caller: CallerDep) -> V3[V3AvatarMade]:
    """Make a photo an avatar, of a new group or as another look of one that is there. It is completed at once."""
    body = await json_body(request)
    photos = service_of(request).photos
    photo = await run_in_threadpool(photos.add_photo, body, caller)
    group = await run_in_threadpool(photos.group, photo.group_id, caller)
    urls = urls_of(request)
    return V3(data=V3AvatarMade(avatar_group=v3_group(urls, group or [photo]), avatar_item=v3_photo_look(urls, photo)))


@router.get("/v3/avatars/looks", operation_id="v3_list_looks")
def list_looks(
    request: Request,
    caller: CallerDep,
    group_id: Word = "",
    avatar_type: AvatarType = None,
    ownership: Ownership = None,
    limit: V3Limit = 20,
    token: Token = "",
) -> V3Page[V3Look]:
    """Looks of presenters, and the caller's photos; a look's id is the `avatar_id` of videos."""
    looks = [look for look in _looks(request, caller, ownership) if group_id in ("", look.group_id)]
    page, more = part([look for look in looks if avatar_type in (None, look.avatar_type)], limit, token, _id)
    return V3Page(data=page, has_more=bool(more), next_token=more)


@router.get("/v3/avatars/looks/{look_id}", operation_id="v3_get_look")
def get_look(request: Request, caller: CallerDep, look_id: str) -> V3[V3Look]:
    """One look."""
    if photo := service_of(request).photos.get(look_id, caller):
        return V3(data=v3_photo_look(urls_of(request), photo))
    try:
        return V3(data=v3_presenter_look(urls_of(request), avatar(look_id)))
    except AvatarNotFound as error:
        raise _no_avatar(look_id) from error


@router.patch("/v3/avatars/looks/{look_id}", operation_id="v3_rename_look", openapi_extra=describes(LookBody))
async def rename_look(request: Request, caller: CallerDep, look_id: str) -> V3[V3Look]:
    """Give one of the caller's looks another name."""
    body = await json_body(request)
    _check_own(look_id, "look_id")
    photo = await run_in_threadpool(service_of(request).photos.rename, look_id, body, caller)
    return V3(data=v3_photo_look(urls_of(request), photo))


@router.delete("/v3/avatars/looks/{look_id}", operation_id="v3_delete_look")
def delete_look(request: Request, caller: CallerDep, look_id: str) -> V3[V3Gone]:
    """Forget one of the caller's looks; with its last look a group is gone."""
    _check_own(look_id, "look_id")
    if not service_of(request).photos.delete(caller, photo_id=look_id):
        raise _no_avatar(look_id)
    return V3(data=V3Gone(id=look_id))


@router.get("/v3/avatars/{group_id}", operation_id="v3_get_avatar")
def get_group(request: Request, caller: CallerDep, group_id: str) -> V3[V3Avatar]:
    """One group of looks."""
    for group in _groups(request, caller, None):
        if group.id == group_id:
            return V3(data=group)
    raise _no_avatar(group_id)


@router.get("/v3/avatars/{group_id}/looks", operation_id="v3_list_looks_of_group")
def list_looks_of_group(
    request: Request, caller: CallerDep, group_id: str, limit: V3Limit = 20, token: Token = ""
) -> V3Page[V3Look]:
    """The looks of a group."""
    looks = [look for look in _looks(request, caller, None) if look.group_id == group_id]
    if not looks:
        raise _no_avatar(group_id)
    page, more = part(looks, limit, token, _id)
    return V3Page(data=page, has_more=bool(more), next_token=more)


@router.delete("/v3/avatars/{group_id}", operation_id="v3_delete_avatar")
def delete_group(request: Request, caller: CallerDep, group_id: str) -> V3[V3Gone]:
    """Forget all looks of one of the caller's groups."""
    if any(entry.group_id == group_id for entry in avatars()):
        raise invalid("group_id", "it is a presenter's, only one's own can be deleted")
    if not service_of(request).photos.delete(caller, group_id=group_id):
        raise _no_avatar(group_id)
    return V3(data=V3Gone(id=group_id))


@router.post("/v3/avatars/{group_id}/consent", operation_id="v3_state_consent", openapi_extra=describes(ConsentBody))
async def consent(request: Request, caller: CallerDep, group_id: str) -> V3[V3ConsentStated]:
    """State that the likeness in one of the caller's groups may be used; who stated it is kept, and when."""
    body = await json_body(request)
    photos = await run_in_threadpool(service_of(request).photos.consent, group_id, body, caller)
    return V3(data=V3ConsentStated(avatar_group=v3_group(urls_of(request), photos)))


def _id(shown: V3Avatar | V3Look) -> str:
    return shown.id


def _groups(request: Request, caller: Caller, ownership: str | None) -> list[V3Avatar]:
    groups: list[V3Avatar] = []
    urls = urls_of(request)
    if ownership != "public":
        photos = service_of(request).photos.all(caller)
        for id in dict.fromkeys(photo.group_id for photo in photos):
            groups.append(v3_group(urls, [photo for photo in photos if photo.group_id == id]))
    if ownership != "private" or service_of(request).settings.own_cast:
        every = avatars()
        looks = Counter(entry.pack for entry in every)
        groups += [v3_presenter(urls, first, looks[first.pack]) for first in presenters(every)]
    return groups


def _looks(request: Request, caller: Caller, ownership: str | None) -> list[V3Look]:
    looks: list[V3Look] = []
    urls = urls_of(request)
    if ownership != "public":
        looks += [v3_photo_look(urls, photo) for photo in service_of(request).photos.all(caller)]
    if ownership != "private" or service_of(request).settings.own_cast:
        looks += [v3_presenter_look(urls, entry) for entry in avatars()]
    return looks


def _check_own(look_id: str, field: str) -> None:
    """Raise SpecError where a look is a presenter's."""
    try:
        avatar(look_id)
    except AvatarNotFound:
        return
    raise invalid(field, "it is a presenter's, only one's own can be changed")


def _no_avatar(id: str) -> NotFound:
    return NotFound.of("avatar", id, "avatar_not_found")
