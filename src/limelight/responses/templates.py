"""Answers about templates."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

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
