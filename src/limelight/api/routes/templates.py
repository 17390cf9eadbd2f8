"""Templates: requests with placeholders in them, kept under an id and filled in by later requests."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.urls import base_url, service_of, urls_of
from limelight.catalog.previews import backdrop
from limelight.requests.templates import TemplateBody, TemplateGenerateBody
from limelight.responses.envelopes import V2
from limelight.responses.templates import (
    TemplateDetails,
    Templates,
    V3Template,
    template_details,
    template_listed,
    template_v3,
)
from limelight.responses.videos import VideoId, queued

_PICTURE_KEPT_S = 24 * 3600

router = APIRouter(tags=["templates"])


@router.get("/v2/templates", operation_id="list_templates")
def list_templates(request: Request, caller: CallerDep) -> V2[Templates]:
    """The account's templates, newest first."""
    templates = service_of(request).templates.all(caller)
    return V2(data=Templates(templates=[template_listed(urls_of(request), template) for template in templates]))


@router.post("/v2/templates", operation_id="create_template", openapi_extra=describes(TemplateBody))
async def create_template(request: Request, caller: CallerDep) -> V2[TemplateDetails]:
    """Keep a template. It is checked with its defaults and examples in its holes; nothing is rendered."""
    body = await json_body(request)
    template = await run_in_threadpool(service_of(request).templates.create, body, caller)
    return V2(data=template_details(urls_of(request), template))


@router.get("/v2/template/{template_id}", operation_id="get_template")
@router.get("/v2/templates/{template_id}", operation_id="get_template_as_plural")
def get_template(request: Request, caller: CallerDep, template_id: str) -> V2[TemplateDetails]:
    """A template and its variables."""
    return V2(data=template_details(urls_of(request), service_of(request).templates.get(template_id, caller)))


@router.get("/v3/template/{template_id}", operation_id="get_template_v3")
def get_template_v3(request: Request, caller: CallerDep, template_id: str) -> V2[V3Template]:
    """A template, its variables in a list, and its scenes with the variables that each needs."""
    return V2(data=template_v3(urls_of(request), service_of(request).templates.get(template_id, caller)))


@router.put("/v2/template/{template_id}", operation_id="replace_template", openapi_extra=describes(TemplateBody))
async def replace_template(request: Request, caller: CallerDep, template_id: str) -> V2[TemplateDetails]:
    """Put another template in the place of one."""
    body = await json_body(request)
    template = await run_in_threadpool(service_of(request).templates.change, template_id, body, caller, whole=True)
    return V2(data=template_details(urls_of(request), template))


@router.patch("/v2/template/{template_id}", operation_id="change_template", openapi_extra=describes(TemplateBody))
async def change_template(request: Request, caller: CallerDep, template_id: str) -> V2[TemplateDetails]:
    """Change a template's name, body or variables; what is not given stays."""
    body = await json_body(request)
    template = await run_in_threadpool(service_of(request).templates.change, template_id, body, caller, whole=False)
    return V2(data=template_details(urls_of(request), template))


@router.delete("/v2/template/{template_id}", operation_id="delete_template")
def delete_template(request: Request, caller: CallerDep, template_id: str) -> V2[None]:
    """Forget a template. Videos that were made from it stay."""
    service_of(request).templates.delete(template_id, caller)
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
    templates = service_of(request).templates
    return V2(data=queued(await run_in_threadpool(templates.generate, template_id, body, caller, base_url(request))))


@router.api_route("/previews/template.jpg", methods=["GET", "HEAD"], operation_id="get_template_picture")
def get_template_picture() -> Response:
    """The thumbnail of templates without a presenter."""
    kept = {"Cache-Control": f"public, max-age={_PICTURE_KEPT_S}"}
    return Response(backdrop(), media_type="image/jpeg", headers=kept)
