"""Templates of v3. They are made and changed under v2."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.paging import v3_page
from limelight.api.parameters import Token, V3Limit
from limelight.api.urls import base_url, service_of, urls_of
from limelight.requests.templates import TemplateGenerateBody
from limelight.responses.envelopes import V3, V3Page
from limelight.responses.v3.templates import V3ListedTemplate, V3TemplateDetails, v3_template, v3_template_listed
from limelight.responses.v3.videos import V3Video, v3_video

router = APIRouter(tags=["v3 videos"])


@router.get("/v3/templates", operation_id="v3_list_templates")
def list_templates(
    request: Request, caller: CallerDep, limit: V3Limit = 10, token: Token = ""
) -> V3Page[V3ListedTemplate]:
    """The account's templates, newest first."""
    templates = service_of(request).templates
    page, more = v3_page(lambda n, place: templates.page(caller, n, place), limit, token)
    shown = [v3_template_listed(urls_of(request), template) for template in page]
    return V3Page(data=shown, has_more=bool(more), next_token=more)


@router.get("/v3/templates/{template_id}", operation_id="v3_get_template")
def get_template(request: Request, caller: CallerDep, template_id: str) -> V3[V3TemplateDetails]:
    """A template, its variables by name, and its scenes with the variables that each needs."""
    return V3(data=v3_template(urls_of(request), service_of(request).templates.get(template_id, caller)))


@router.post(
    "/v3/templates/{template_id}", operation_id="v3_generate_template", openapi_extra=describes(TemplateGenerateBody)
)
async def generate(request: Request, caller: CallerDep, template_id: str) -> V3[V3Video]:
    """Queue a video: the template with its holes filled. The answer is the video."""
    body = await json_body(request)
    templates = service_of(request).templates
    video = await run_in_threadpool(templates.generate, template_id, body, caller, base_url(request))
    return V3(data=v3_video(urls_of(request), video))
