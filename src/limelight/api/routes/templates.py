"""Templates: requests with holes in them, kept under an id and filled in by later requests."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import Caller, CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.errors import Problem
from limelight.api.files import base_url, preview_url, service_of
from limelight.api.parameters import is_id
from limelight.api.status import queued
from limelight.catalog.avatars import avatar
from limelight.errors import AvatarNotFound
from limelight.requests.placeholders import (
    Variable,
    Variables,
    aspect_ratio,
    check,
    fill,
    first_presenter,
    kept_variables,
    names_in,
    scenes_of,
)
from limelight.requests.templates import TemplateBody, TemplateGenerateBody, merged, parse_template, parse_use
from limelight.responses.envelopes import V2
from limelight.responses.templates import (
    SceneVariable,
    Template,
    TemplateDetails,
    Templates,
    TemplateScene,
    TemplateVariable,
    V3Template,
)
from limelight.responses.videos import VideoId
from limelight.service.server import Service
from limelight.store import Video
from limelight.store.templates import Template as StoredTemplate

_PICTURE_WIDTH_PX, _PICTURE_HEIGHT_PX = 640, 360
#: Grey-blue, lighter at the top, sRGB.
_PICTURE_TOP, _PICTURE_BOTTOM = (238, 241, 245), (190, 200, 212)
_PICTURE_KEPT_S = 24 * 3600

router = APIRouter(tags=["templates"])


@router.get("/v2/templates", operation_id="list_templates")
def list_templates(request: Request, caller: CallerDep) -> V2[Templates]:
    """The account's templates, newest first."""
    templates = service_of(request).store.templates.all(caller.id)
    return V2(data=Templates(templates=[_listed(request, template) for template in templates]))


@router.post("/v2/templates", operation_id="create_template", openapi_extra=describes(TemplateBody))
async def create_template(request: Request, caller: CallerDep) -> V2[TemplateDetails]:
    """Keep a template. It is checked with its defaults and examples in its holes; nothing is rendered."""
    body = await json_body(request)
    template = await run_in_threadpool(_create, service_of(request), body, caller)
    return V2(data=_details(request, template))


@router.get("/v2/template/{template_id}", operation_id="get_template")
@router.get("/v2/templates/{template_id}", operation_id="get_template_as_plural")
def get_template(request: Request, caller: CallerDep, template_id: str) -> V2[TemplateDetails]:
    """A template and its variables."""
    return V2(data=_details(request, _known(service_of(request), template_id, caller)))


@router.get("/v3/template/{template_id}", operation_id="get_template_v3")
def get_template_v3(request: Request, caller: CallerDep, template_id: str) -> V2[V3Template]:
    """A template, its variables in a list, and its scenes with the variables that each needs."""
    template = _known(service_of(request), template_id, caller)
    variables = kept_variables(template.variables)
    scenes = [_scene(id, scene, variables) for id, scene in scenes_of(template.body).items()]
    return V2(
        data=V3Template(
            id=template.id,
            name=template.name,
            thumbnail_url=_thumbnail(request, template, variables),
            aspect_ratio=aspect_ratio(template.body, variables),
            variables=[_variable(variable) for variable in variables.values()],
            scenes=scenes,
            scene_ids=[scene.id for scene in scenes],
            created_at=template.created_ms // 1000,
            updated_at=template.updated_ms // 1000,
        )
    )


@router.put("/v2/template/{template_id}", operation_id="replace_template", openapi_extra=describes(TemplateBody))
async def replace_template(request: Request, caller: CallerDep, template_id: str) -> V2[TemplateDetails]:
    """Put another template in the place of one."""
    body = await json_body(request)
    template = await run_in_threadpool(_change, service_of(request), template_id, body, caller, whole=True)
    return V2(data=_details(request, template))


@router.patch("/v2/template/{template_id}", operation_id="change_template", openapi_extra=describes(TemplateBody))
async def change_template(request: Request, caller: CallerDep, template_id: str) -> V2[TemplateDetails]:
    """Change a template's name, body or variables; what is not given stays."""
    body = await json_body(request)
    template = await run_in_threadpool(_change, service_of(request), template_id, body, caller, whole=False)
    return V2(data=_details(request, template))


@router.delete("/v2/template/{template_id}", operation_id="delete_template")
def delete_template(request: Request, caller: CallerDep, template_id: str) -> V2[None]:
    """Forget a template. Videos that were made from it stay."""
    if not is_id(template_id) or not service_of(request).store.templates.delete(template_id, caller.id):
        raise _not_found(template_id)
    return V2(data=None)


@router.post(
    "/v2/template/{template_id}/generate",
    operation_id="template_generate",
    openapi_extra=describes(TemplateGenerateBody),
)
@router.post(
    "/v2/templates/{template_id}/generate",
    operation_id="template_generate_as_plural",
    openapi_extra=describes(TemplateGenerateBody),
)
async def generate(request: Request, caller: CallerDep, template_id: str) -> V2[VideoId]:
    """Queue a video: the template with its holes filled. The answer is its id."""
    body = await json_body(request)
    return V2(data=queued(await run_in_threadpool(_generate, request, template_id, body, caller)))


@router.api_route("/previews/template.jpg", methods=["GET", "HEAD"], operation_id="get_template_picture")
def get_template_picture() -> Response:
    """The thumbnail of templates without a presenter."""
    kept = {"Cache-Control": f"public, max-age={_PICTURE_KEPT_S}"}
    return Response(_picture(), media_type="image/jpeg", headers=kept)


def _create(service: Service, body: object, caller: Caller) -> StoredTemplate:
    spec = parse_template(body, whole=True)
    assert spec.name is not None and spec.body is not None and spec.variables is not None
    check(spec.body, spec.variables, lambda filled: service.parse(filled, caller))
    return service.store.templates.create(caller.id, spec.name, spec.body, spec.rows() or {})


def _change(service: Service, template_id: str, body: object, caller: Caller, *, whole: bool) -> StoredTemplate:
    template = _known(service, template_id, caller)
    spec = parse_template(body, whole=whole)
    variables = kept_variables(template.variables) if spec.variables is None else spec.variables
    check(template.body if spec.body is None else spec.body, variables, lambda filled: service.parse(filled, caller))
    changed = service.store.templates.change(
        template_id, caller.id, name=spec.name, body=spec.body, variables=spec.rows()
    )
    if changed is None:
        raise _not_found(template_id)
    return changed


def _generate(request: Request, template_id: str, body: object, caller: Caller) -> Video:
    service = service_of(request)
    template = _known(service, template_id, caller)
    variables = kept_variables(template.variables)
    use = parse_use(body, variables)
    filled = fill(merged(template.body, use.fields, template.name), variables, use.values, use.scene_ids)
    video = service.submit(service.parse(filled, caller), filled, caller, base_url(request))
    if use.share:
        service.store.videos.share(video.id)
    return video


def _known(service: Service, template_id: str, caller: Caller) -> StoredTemplate:
    template = service.store.templates.get(template_id, caller.id) if is_id(template_id) else None
    if template is None:
        raise _not_found(template_id)
    return template


def _not_found(template_id: str) -> Problem:
    return Problem(404, "not_found", f"template {template_id[:64]} not found.")


def _listed(request: Request, template: StoredTemplate) -> Template:
    variables = kept_variables(template.variables)
    thumbnail = _thumbnail(request, template, variables)
    return Template(
        template_id=template.id,
        name=template.name,
        thumbnail_image_url=thumbnail,
        thumbnail_url=thumbnail,
        aspect_ratio=aspect_ratio(template.body, variables),
        variables=[_variable(variable) for variable in variables.values()],
    )


def _details(request: Request, template: StoredTemplate) -> TemplateDetails:
    listed = _listed(request, template)
    return TemplateDetails(
        **listed.model_dump(exclude={"variables"}),
        variables={variable.name: variable for variable in listed.variables},
        scene_ids=list(scenes_of(template.body)),
        body=dict(template.body),
        created_at=template.created_ms // 1000,
        updated_at=template.updated_ms // 1000,
    )


def _variable(variable: Variable) -> TemplateVariable:
    return TemplateVariable(name=variable.name, type=variable.kind, properties=_properties(variable))


def _properties(variable: Variable) -> dict[str, Any]:
    """Every property that a client's parser may insist on, empty where there is no default."""
    kept = variable.properties
    match variable.kind:
        case "text":
            return {"content": "", **kept}
        case "character":
            id = kept.get("character_id", "")
            return {"type": "avatar", **kept, "character_id": id, "content": id}
        case "voice":
            id = kept.get("voice_id", "")
            return {**kept, "voice_id": id, "content": id}
    return {"url": "", "asset_id": None, **kept}


def _scene(id: str, scene: Any, variables: Variables) -> TemplateScene:
    voice = scene.get("voice")
    script = voice.get("input_text") if isinstance(voice, dict) else None
    used = names_in(scene)
    needed = [_variable(variable) for name, variable in variables.items() if name in used]
    return TemplateScene(
        id=id,
        scene_id=id,
        script=script if isinstance(script, str) else None,
        variables=[SceneVariable(**one.model_dump(), variable_type=one.type) for one in needed],
    )


def _thumbnail(request: Request, template: StoredTemplate, variables: Variables) -> str:
    """A picture that is always there: the presenter's, else a neutral one."""
    avatar_id = first_presenter(template.body, variables)
    try:
        if avatar_id:
            return preview_url(request, f"avatars/{avatar(avatar_id).avatar_id}.jpg")
    except AvatarNotFound:
        pass
    return preview_url(request, "template.jpg")


@lru_cache
def _picture() -> bytes:
    down = np.linspace(0, 1, _PICTURE_HEIGHT_PX)[:, None, None]
    top, bottom = np.array([_PICTURE_TOP[::-1], _PICTURE_BOTTOM[::-1]], np.float64)
    column = top + (bottom - top) * down
    picture = np.broadcast_to(column, (_PICTURE_HEIGHT_PX, _PICTURE_WIDTH_PX, 3)).round().astype(np.uint8)
    return cv2.imencode(".jpg", picture)[1].tobytes()
