"""Templates as they come: their specs, and the values that a request fills them with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, field_validator

from limelight.requests.parts import Dimension, Id, Title, Url
from limelight.requests.placeholders import IDENTITY, KINDS, Kind, Properties, Variable, Variables
from limelight.requests.wire import Wire, check_text, invalid, quoted, read, read_at
from limelight.requests.words import RequestWords
from limelight.spec import MAX_SCENES, MAX_SCRIPT_CHARACTERS

_MAX_NAME_CHARACTERS = 100
_MAX_VARIABLES = 200
_SHOWN: dict[Kind, tuple[str, ...]] = {
    "text": ("max_length",),
    "image": ("fit", "play_style"),
    "video": ("fit", "play_style"),
    "audio": (),
    "character": ("type",),
    "voice": (),
}


class PropertiesBody(Wire):
    """What a variable holds: `content` for a text, `url` or `asset_id` for a file, an id for the others."""

    content: str | None = None
    #: `content` in a template's spec, as some clients call it
    default_value: str | None = None
    max_length: Annotated[int, Field(ge=1, le=MAX_SCRIPT_CHARACTERS)] | None = None
    url: Url | None = None
    asset_id: Id | None = None
    fit: str | None = None
    play_style: str | None = None
    character_id: Id | None = None
    #: of a character: avatar or talking_photo
    type: str | None = None
    voice_id: Id | None = None
    #: what stands in for a value when a template without a default is checked
    example: str | None = None

    @field_validator("content", "default_value", "example", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value).lower() if isinstance(value, bool) else value


class VariableBody(Wire):
    """A variable of a template, and its default."""

    name: str | None = None
    type: str = "text"
    properties: PropertiesBody = PropertiesBody()


class _WithVariables(Wire):
    @field_validator("variables", mode="before", check_fields=False)
    @classmethod
    def _by_name(cls, value: object) -> object:
        """A list of variables is as good as a map."""
        if not isinstance(value, list):
            return value
        named: dict[str, object] = {}
        for i, item in enumerate(value):
            name = item.get("name") if isinstance(item, dict) else None
            if not isinstance(name, str) or not name:
                raise invalid(f"variables[{i}].name", "field required")
            named[name] = item
        return named


class TemplateBody(_WithVariables):
    """A template: POST /v2/templates and PUT /v2/template/{id}; PATCH takes any part of it."""

    name: Annotated[str, Field(max_length=1_000)] | None = None
    #: a body of POST /v2/video/generate with {{names}} in its strings
    body: dict[str, Any] | None = None
    #: by name, or a list
    variables: dict[str, Any] | None = None


class TemplateGenerateBody(_WithVariables):
    """POST /v2/template/{id}/generate."""

    #: by name: plain values, or objects with name, type and properties
    variables: dict[str, Any] = Field(default_factory=dict)
    title: Title | None = None
    test: bool = False
    #: true, or an object with a style
    caption: object = False
    #: without `caption` it means captions; what else it says is not followed
    subtitles: object = None
    callback_id: str | None = None
    callback_url: str | None = None
    dimension: Dimension = None
    folder_id: str | None = None
    enable_sharing: bool = False
    fps: float = 25
    #: that the likeness of who speaks in a photo may be used
    consent: bool = False
    #: in the place of the template's
    words: RequestWords = Field(default_factory=list)
    #: a choice of the template's scenes, in this order
    scene_ids: Annotated[list[str], Field(max_length=MAX_SCENES)] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TemplateSpec:
    """A template, or the parts of it that are to change; None is absent."""

    name: str | None
    body: dict[str, Any] | None
    variables: dict[str, Variable] | None

    def rows(self) -> dict[str, dict[str, Any]] | None:
        """The variables as rows hold them."""
        return None if self.variables is None else {name: one.row() for name, one in self.variables.items()}


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """What a template is to be filled with."""

    values: dict[str, Properties]
    #: fields of POST /v2/video/generate that take the place of the template's
    fields: dict[str, Any]
    scene_ids: tuple[str, ...]
    share: bool


def parse_template(body: object, *, whole: bool) -> TemplateSpec:
    """A template, or the parts that change one; a `whole` one has a name and a body. Raises SpecError."""
    check_text(body)
    wire = read(TemplateBody, body)
    for field, value in (("name", wire.name), ("body", wire.body)):
        if whole and value is None:
            raise invalid(field, "field required")
    if wire.name is not None and not wire.name.strip():
        raise invalid("name", "it is empty")
    variables = wire.variables if not whole else wire.variables or {}
    if variables is not None and len(variables) > _MAX_VARIABLES:
        raise invalid("variables", f"it has {len(variables)} entries, the limit is {_MAX_VARIABLES}")
    read_ones = None if variables is None else {name: _variable(name, value) for name, value in variables.items()}
    return TemplateSpec(wire.name, wire.body, read_ones)


def parse_use(body: object, variables: Variables) -> TemplateUse:
    """What a template with these variables is filled with. Raises SpecError naming the variable."""
    check_text(body)
    wire = read(TemplateGenerateBody, body)
    values: dict[str, Properties] = {}
    for name, value in wire.variables.items():
        if name not in variables:
            values[name] = {}  # named by who fills the template, all of them at once
        elif value is not None:
            values[name] = _value(variables[name], value)
    fields = wire.model_dump(exclude_unset=True, exclude={"variables", "scene_ids", "enable_sharing"})
    return TemplateUse(values, fields, tuple(wire.scene_ids), wire.enable_sharing)


def _variable(name: str, value: object) -> Variable:
    path = _path(name)
    if not name.strip() or name != name.strip() or len(name) > _MAX_NAME_CHARACTERS or set("{}") & set(name):
        problem = f"a name has 1 to {_MAX_NAME_CHARACTERS} characters, no braces, no spaces around it"
        raise invalid(path, problem)
    if not isinstance(value, dict):
        value = {"type": "text", "properties": {"content": value}}
    wire = read_at(VariableBody, value, path)
    if wire.name is not None and wire.name != name:
        raise invalid(f"{path}.name", f"{quoted(wire.name)} is not the name that it is listed under")
    kind = _kind(wire.type, path)
    given = wire.properties.model_dump(exclude_none=True)
    given.setdefault("content", given.get("default_value", ""))
    kept = {key: given[key] for key in (*IDENTITY[kind], *_SHOWN[kind], "example") if given.get(key)}
    return Variable(name, kind, _checked(kind, kept, path))


def _value(variable: Variable, value: object) -> Properties:
    """What a request fills a variable with: plain, or an object with properties."""
    path, kind = _path(variable.name), variable.kind
    if not isinstance(value, dict):
        return _limited(variable, _plain(kind, value, path))
    properties = value.get("properties")
    if properties is None and any(key in value for key in IDENTITY[kind]):
        properties = value
    elif value.get("type") is not None and _kind(str(value["type"]), path) != kind:
        raise invalid(path, f"the template's is {_a(kind)}, not {_a(str(value['type']).lower())}")
    wire = read_at(PropertiesBody, properties if properties is not None else {}, f"{path}.properties")
    given = {key: field for key, field in wire.model_dump(exclude_none=True).items() if field or key == "content"}
    found = {key: given[key] for key in (*IDENTITY[kind], *_SHOWN[kind]) if key in given}
    if not any(key in found for key in IDENTITY[kind]):
        raise invalid(f"{path}.properties.{IDENTITY[kind][0]}", f"field required, for {_a(kind)}")
    return _limited(variable, _checked(kind, found, path))


def _plain(kind: Kind, value: object, path: str) -> dict[str, Any]:
    """The properties that a plain value stands for."""
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, str | int | float):
        raise invalid(path, "it must be text, or an object with properties")
    text = str(value)
    if kind == "text":
        return {"content": text}
    if not text:
        raise invalid(path, f"it is empty, {_a(kind)} is needed")
    key = IDENTITY[kind][0]
    if key == "url" and "://" not in text:
        key = "asset_id"
    return {key: text}


def _limited(variable: Variable, value: dict[str, Any]) -> dict[str, Any]:
    limit, length = variable.properties.get("max_length"), len(value.get("content", ""))
    if limit and length > limit:
        raise invalid(_path(variable.name), f"it has {length} characters, the limit is {limit}")
    return value


def _checked(kind: Kind, properties: dict[str, Any], path: str) -> dict[str, Any]:
    type = properties.get("type", "avatar")
    if kind == "character" and type not in ("avatar", "talking_photo"):
        raise invalid(f"{path}.properties.type", f"{quoted(type)} is not one of 'avatar', 'talking_photo'")
    return properties


def _kind(type: str, path: str) -> Kind:
    for kind in KINDS:
        if type.lower() == kind:
            return kind
    raise invalid(f"{path}.type", f"{quoted(type)} is not one of {', '.join(KINDS)}")


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "ai" else f"a {kind}"


def _path(name: str) -> str:
    return f"variables.{quoted(name)[1:-1]}"


def merged(body: Mapping[str, Any], fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A body of POST /v2/video/generate in which a request's fields take the place of the template's."""
    whole = {"title": name, **{key: value for key, value in body.items() if value is not None}, **fields}
    if "dimension" in fields:
        whole.pop("aspect_ratio", None)
        whole.pop("dimensions", None)
    return whole
