"""POST /v2/videos: a video of one presenter or photo and one scene, asked for in plain fields."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from limelight.catalog.avatars import avatar
from limelight.requests.captions import parse_captions
from limelight.requests.known import NOBODY, Known
from limelight.requests.parts import (
    BackgroundBody,
    BesideBody,
    GenerateRequest,
    Id,
    OutfitBody,
    dressed,
    further_of,
    parse_background,
)
from limelight.requests.plain import PictureBody, SizeBody, SpokenBody
from limelight.requests.wire import check_text, invalid, read
from limelight.spec import Avatar, Background, Scene, Source, TalkingPhoto, VideoSpec


class CreateBackgroundBody(BackgroundBody):
    """What is behind; an upload of either kind is named in one field too."""

    asset_id: Id | None = None


class CreateVideoBody(BesideBody, OutfitBody, SpokenBody, SizeBody, PictureBody):
    """The whole body."""

    avatar_id: Id = ""
    #: of a photo: it stands before `background`
    remove_background: bool = False
    #: of a photo
    fit: Literal["cover", "contain"] = "cover"
    background: CreateBackgroundBody | None = None
    #: true, or an object with a style
    caption: Annotated[object, Field(validation_alias=AliasChoices("caption", "enable_caption"))] = False


def parse_create(body: object, known: Known = NOBODY) -> GenerateRequest:
    """The request in a decoded JSON body, of whom this is known. Raises SpecError and its kinds."""
    check_text(body)
    wire = read(CreateVideoBody, body)
    character, default_voice_id = _character(wire, known)
    scene = Scene(
        character=character,
        voice=wire.voice("", "", default_voice_id, known),
        acting=wire.acting,
        background=_background(wire.background, known),
    )
    captions = parse_captions(wire.caption, None)
    width, height = wire.size()
    return GenerateRequest.of(
        VideoSpec(
            scenes=(scene,),
            width=width,
            height=height,
            title=wire.title or None,
            watermark=wire.test,
            captions=captions,
        ),
        wire,
        "script",
        known,
    )


def _character(wire: CreateVideoBody, known: Known) -> tuple[Avatar | TalkingPhoto, str]:
    """Who speaks, and the id of its own voice; empty where it has none."""
    wire.check_one(wire.avatar_id)
    picture = wire.picture(known)
    if picture is None and not wire.avatar_id:
        raise invalid("avatar_id", "field required")
    if picture is None and (uploads := known.photo(wire.avatar_id)):
        picture, *more = (Source(asset_id=id) for id in uploads)
    else:
        more = further_of(picture, known) if picture else []
    if picture is not None:
        wire.check_photo("")
        return TalkingPhoto(source=picture, more=tuple(more), matting=wire.remove_background, fit=wire.fit), ""
    default_voice_id = avatar(wire.avatar_id).default_voice_id
    return dressed(Avatar(avatar_id=wire.avatar_id), wire, "", known), default_voice_id


def _background(body: CreateBackgroundBody | None, known: Known) -> Background:
    if body and body.asset_id and body.type in ("image", "video"):
        body = body.model_copy(update={f"{body.type}_asset_id": body.asset_id})
    return parse_background(body, "background", known)
