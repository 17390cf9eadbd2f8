"""Answers about templates."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from limelight.catalog.avatars import avatar
from limelight.errors import AvatarNotFound
from limelight.requests.placeholders import (
    Variable,
    Variables,
    aspect_ratio,
    first_presenter,
    names_in,
    scenes_of,
    variables_from_rows,
)
from limelight.service.links import Urls
from limelight.store.templates import Template as Kept

VariableType = Literal["text", "image", "video", "audio", "character", "voice"]
_ID = "5ca0d0bcf6df4c9c96fa29ceea0ac0e6"


class TemplateVariable(BaseModel):
    """A variable and its default."""

    name: str = Field(examples=["first_name"])
    type: VariableType
    properties: dict[str, Any] = Field(
        description="A text's content; a file's url or asset_id, fit, play_style; a character's character_id and type; "
        "a voice's voice_id. Empty without a default. Ids are also in content, for clients that know only that.",
        examples=[{"content": "Ann"}],
    )


class Template(BaseModel):
    """A template in a list."""

    template_id: str = Field(examples=[_ID])
    name: str
    thumbnail_image_url: str = Field(description="The presenter of its first scene.")
    thumbnail_url: str = Field(description="The same.")
    aspect_ratio: str = Field(examples=["16:9"])
    variables: list[TemplateVariable]


class Templates(BaseModel):
    """`data` of GET /v2/templates."""

    templates: list[Template]


class TemplateDetails(BaseModel):
    """`data` of GET /v2/template/{id}, and of what makes and changes templates."""

    template_id: str = Field(examples=[_ID])
    name: str
    thumbnail_image_url: str
    thumbnail_url: str
    aspect_ratio: str
    variables: dict[str, TemplateVariable]
    scene_ids: list[str] = Field(examples=[["scene_1", "scene_2"]])
    body: dict[str, Any] = Field(description="A body of POST /v2/video/generate with {{names}} in its strings.")
    created_at: int = Field(description="Unix seconds.")
    updated_at: int = Field(description="Unix seconds.")


class SceneVariable(BaseModel):
    """A variable that a scene needs."""

    name: str
    type: VariableType
    variable_type: VariableType = Field(description="The same.")
    properties: dict[str, Any]


class TemplateScene(BaseModel):
    """A scene of a template."""

    id: str
    scene_id: str = Field(description="The same.")
    script: str | None
    variables: list[SceneVariable]


class V3Template(BaseModel):
    """`data` of GET /v3/template/{id}."""

    id: str = Field(examples=[_ID])
    name: str
    thumbnail_url: str
    aspect_ratio: str
    variables: list[TemplateVariable]
    scenes: list[TemplateScene]
    scene_ids: list[str]
    created_at: int = Field(description="Unix seconds.")
    updated_at: int = Field(description="Unix seconds.")


# What they are made of


def template_listed(urls: Urls, template: Kept) -> Template:
    """A template in a list."""
    variables = variables_from_rows(template.variables)
    thumbnail = _thumbnail(urls, template, variables)
    return Template(
        template_id=template.id,
        name=template.name,
        thumbnail_image_url=thumbnail,
        thumbnail_url=thumbnail,
        aspect_ratio=aspect_ratio(template.body, variables),
        variables=[_variable(variable) for variable in variables.values()],
    )


def template_details(urls: Urls, template: Kept) -> TemplateDetails:
    """A template and its variables."""
    listed = template_listed(urls, template)
    return TemplateDetails(
        **listed.model_dump(exclude={"variables"}),
        variables={variable.name: variable for variable in listed.variables},
        scene_ids=list(scenes_of(template.body)),
        body=dict(template.body),
        created_at=template.created_ms // 1000,
        updated_at=template.updated_ms // 1000,
    )


def template_v3(urls: Urls, template: Kept) -> V3Template:
    """A template, its variables in a list, and its scenes with the variables that each needs."""
    variables = variables_from_rows(template.variables)
    scenes = [_scene(id, scene, variables) for id, scene in scenes_of(template.body).items()]
    return V3Template(
        id=template.id,
        name=template.name,
        thumbnail_url=_thumbnail(urls, template, variables),
        aspect_ratio=aspect_ratio(template.body, variables),
        variables=[_variable(variable) for variable in variables.values()],
        scenes=scenes,
        scene_ids=[scene.id for scene in scenes],
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


def _thumbnail(urls: Urls, template: Kept, variables: Variables) -> str:
    """A picture that is always there: the presenter's, else a neutral one."""
    avatar_id = first_presenter(template.body, variables)
    try:
        if avatar_id:
            return urls.preview(f"avatars/{avatar(avatar_id).avatar_id}.jpg")
    except AvatarNotFound:
        pass
    return urls.preview("template.jpg")
