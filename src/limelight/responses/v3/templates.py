"""Answers about templates."""

from __future__ import annotations

from pydantic import BaseModel, Field

from limelight.responses.templates import TemplateScene, TemplateVariable, template_details, template_v3
from limelight.service.links import Urls
from limelight.store.templates import Template

_ID = "5ca0d0bcf6df4c9c96fa29ceea0ac0e6"


class V3ListedTemplate(BaseModel):
    """A template in a list."""

    id: str = Field(examples=[_ID])
    name: str
    thumbnail_url: str
    aspect_ratio: str = Field(examples=["16:9"])
    created_at: int = Field(description="Unix seconds.")
    updated_at: int = Field(description="Unix seconds.")


class V3TemplateDetails(V3ListedTemplate):
    """`data` of GET /v3/templates/{template_id}."""

    variables: dict[str, TemplateVariable] = Field(
        description="By name, with their defaults; as generating takes them."
    )
    scenes: list[TemplateScene]
    scene_ids: list[str] = Field(examples=[["scene_1", "scene_2"]])


def v3_template_listed(urls: Urls, template: Template) -> V3ListedTemplate:
    """A template in a list."""
    return V3ListedTemplate(**template_v3(urls, template).model_dump(include=set(V3ListedTemplate.model_fields)))


def v3_template(urls: Urls, template: Template) -> V3TemplateDetails:
    """A template, its variables by name, and its scenes."""
    shown = template_v3(urls, template)
    return V3TemplateDetails(
        **shown.model_dump(include=set(V3ListedTemplate.model_fields)),
        variables=template_details(urls, template).variables,
        scenes=shown.scenes,
        scene_ids=shown.scene_ids,
    )
