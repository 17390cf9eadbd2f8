"""Templates: bodies of POST /v2/video/generate with placeholders in them, and the typed variables that fill these.

`{{name}}` stands in strings. A text stands anywhere, alone or inside a longer text. The others stand alone, where such
a thing belongs, and bring with them the fields beside it that they decide:

    image, video   background, or its url, image_asset_id, video_asset_id
    audio          voice, or its audio_url, audio_asset_id
    character      character, or its avatar_id, talking_photo_id
    voice          voice_id

Knows nothing of HTTP or rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any, Literal, cast, get_args

from limelight.catalog.avatars import default_avatar
from limelight.catalog.voices import voices
from limelight.requests.wire import invalid, quoted

Kind = Literal["text", "image", "video", "audio", "character", "voice"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_PLACEHOLDER = re.compile(r"\{\{([^{}]{1,200})\}\}")
#: The first is the key of the whole object, except for a voice.
_STANDS_AT: dict[Kind, tuple[str, ...]] = {
    "image": ("background", "url", "image_asset_id", "video_asset_id"),
    "video": ("background", "url", "image_asset_id", "video_asset_id"),
    "audio": ("voice", "audio_url", "audio_asset_id"),
    "character": ("character", "avatar_id", "talking_photo_id"),
    "voice": ("voice_id",),
}
#: Which properties say what a value is; the others say how it is shown.
IDENTITY: dict[Kind, tuple[str, ...]] = {
    "text": ("content",),
    "image": ("url", "asset_id"),
    "video": ("url", "asset_id"),
    "audio": ("url", "asset_id"),
    "character": ("character_id",),
    "voice": ("voice_id",),
}
_EXAMPLE_FILES = {"image": "example.jpg", "video": "example.mp4", "audio": "example.mp3"}
_DEEPEST = 100

#: What a variable holds: its properties, by the names of HeyGen's documents.
Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Variable:
    """A placeholder's type, and what fills it where a request does not."""

    name: str
    kind: Kind
    properties: Properties

    @classmethod
    def from_row(cls, name: str, row: Mapping[str, Any]) -> Variable:
        """A variable as rows hold it."""
        return cls(name, cast(Kind, row["type"]), row["properties"])

    def row(self) -> dict[str, Any]:
        """As rows hold it."""
        return {"name": self.name, "type": self.kind, "properties": dict(self.properties)}

    @property
    def default(self) -> Properties | None:
        """What fills the placeholder where a request does not; None where a request must."""
        return self.properties if any(self.properties.get(key) for key in IDENTITY[self.kind]) else None

    def given(self, value: Properties) -> Properties:
        """A request's value; how it is shown comes from the default where the value does not say."""
        shown = {key: kept for key, kept in self.properties.items() if key not in IDENTITY[self.kind]}
        return {**shown, **value}

    def example(self) -> Properties:
        """What stands there when a template is checked: the default, the example, or anything of this kind."""
        if self.default:
            return self.default
        example = self.properties.get("example") or self._anything()
        identity = IDENTITY[self.kind][0]
        if self.kind in _EXAMPLE_FILES and "://" not in str(example):
            identity = "asset_id"
        return self.given({identity: str(example)})

    def _anything(self) -> str:
        match self.kind:
            case "text":
                return "Example"
            case "character":
                return default_avatar().avatar_id
            case "voice":
                return voices()[0].voice_id
        return f"https://example.com/{_EXAMPLE_FILES[self.kind]}"


Variables = Mapping[str, Variable]


def variables_from_rows(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Variable]:
    """Variables as rows hold them."""
    return {name: Variable.from_row(name, row) for name, row in rows.items()}


def names_in(value: object) -> set[str]:
    """The names of all placeholders in a part of a body."""
    return {name for text, _ in _strings(value) for name in _names(text)}


def scenes_of(body: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """A body's scenes by their ids: their own `scene_id`, or scene_1, scene_2 and so on."""
    scenes = body.get("video_inputs")
    found: dict[str, Mapping[str, Any]] = {}
    for i, scene in enumerate(scenes if isinstance(scenes, list) else []):
        own = scene.get("scene_id") if isinstance(scene, dict) else None
        if isinstance(scene, dict):
            found[own if isinstance(own, str) and own else f"scene_{i + 1}"] = scene
    return found


def check(body: Mapping[str, Any], variables: Variables, parse: Callable[[object], object]) -> None:
    """Raise SpecError where a template could not work: its placeholders, and its body with examples in them.

    `parse` reads a body of POST /v2/video/generate.
    """
    if not isinstance(body.get("video_inputs"), list) or len(scenes_of(body)) != len(body["video_inputs"]):
        raise invalid("body.video_inputs", "it must be a list of scenes whose scene_id, if given, are all different")
    used = set()
    for text, path in _strings(body):
        for name in _names(text):
            used.add(name)
            if name not in variables:
                raise invalid(f"body.{path}", f"{quoted('{{' + name + '}}')} is none of the variables")
            _check_place(variables[name], text, path)
    for name in variables:
        if name not in used:
            raise invalid(f"variables.{name}", f"the body has no {quoted('{{' + name + '}}')}")
    parse(example(body, variables))


def example(body: Mapping[str, Any], variables: Variables) -> dict[str, Any]:
    """A body whose placeholders are filled with examples."""
    examples = {name: variable.example() for name, variable in variables.items()}
    filled: dict[str, Any] = _filled(body, variables, examples)
    return filled


def fill(
    body: Mapping[str, Any],
    variables: Variables,
    values: Mapping[str, Properties],
    scene_ids: Sequence[str] = (),
) -> dict[str, Any]:
    """A body whose placeholders are filled with values or defaults; of its scenes only those named, in that order.

    Raises SpecError where a value is missing or has no placeholder, and for a scene that is not there.
    """
    if unknown := [name for name in values if name not in variables]:
        known = f"it has {_listed(variables)}" if variables else "it has none"
        raise invalid("variables", f"the template has no {_listed(unknown)}; {known}")
    if scene_ids:
        body = {**body, "video_inputs": _chosen(body, scene_ids)}
    used = names_in(body)
    needed = [name for name in variables if name in used]
    resolved: dict[str, Properties] = {}
    missing = []
    for name in needed:
        value = variables[name].given(values[name]) if name in values else variables[name].default
        if value is None:
            missing.append(name)
        else:
            resolved[name] = value
    if missing:
        raise invalid("variables", f"{_listed(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    filled: dict[str, Any] = _filled(body, variables, resolved)
    return filled


def _chosen(body: Mapping[str, Any], scene_ids: Sequence[str]) -> list[Mapping[str, Any]]:
    scenes = scenes_of(body)
    for i, scene_id in enumerate(scene_ids):
        if scene_id not in scenes:
            raise invalid(f"scene_ids[{i}]", f"{quoted(scene_id)} is not one of {', '.join(scenes)}")
    return [scenes[scene_id] for scene_id in scene_ids]


def _listed(names: Iterator[str] | Sequence[str] | Mapping[str, object]) -> str:
    return ", ".join(quoted(name) for name in names)


# Placeholders


def _strings(value: object, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every string in a part of a body, with its path. Raises SpecError for what is nested too deeply."""
    if depth > _DEEPEST:
        raise invalid("body", f"it is nested too deeply, the limit is {_DEEPEST}")
    if isinstance(value, str):
        yield value, path
    elif isinstance(value, Mapping):
        for key, field in value.items():
            yield from _strings(field, f"{path}.{key}".removeprefix("."), depth + 1)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _strings(item, f"{path}[{i}]", depth + 1)


def _names(text: str) -> list[str]:
    return [match[1].strip() for match in _PLACEHOLDER.finditer(text)]


def _alone(text: object) -> str | None:
    """The name of the one placeholder that a string is made of; None where it is not."""
    match = _PLACEHOLDER.fullmatch(text.strip()) if isinstance(text, str) else None
    return match[1].strip() if match else None


def _check_place(variable: Variable, text: str, path: str) -> None:
    if variable.kind == "text":
        return
    key = path.rpartition(".")[2]
    if _alone(text) is None or key not in _STANDS_AT[variable.kind]:
        places = ", ".join(_STANDS_AT[variable.kind])
        raise invalid(f"body.{path}", f"the {variable.kind} {quoted(variable.name)} can only be the whole of {places}")


def _filled(value: Any, variables: Variables, values: Mapping[str, Properties]) -> Any:
    """A part of a body with its placeholders filled; what values say is not looked through for placeholders again."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: str(values[match[1].strip()]["content"]), value)
    if isinstance(value, list):
        return [_filled(item, variables, values) for item in value]
    if not isinstance(value, Mapping):
        return value
    filled: dict[str, Any] = {}
    decided: dict[str, Any] = {}
    for key, field in value.items():
        name = _alone(field)
        if name is None or variables[name].kind == "text":
            filled[key] = _filled(field, variables, values)
            continue
        kind = variables[name].kind
        fields = _fields(kind, values[name])
        decided |= {key: fields} if kind != "voice" and key == _STANDS_AT[kind][0] else fields
    return filled | decided


def _fields(kind: Kind, value: Properties) -> dict[str, Any]:
    """What a value decides in the object that it stands in; null is as absent."""
    match kind:
        case "voice":
            return {"voice_id": value["voice_id"]}
        case "character":
            photo = value.get("type") == "talking_photo"
            id = value["character_id"]
            return {
                "type": "talking_photo" if photo else "avatar",
                "avatar_id": None if photo else id,
                "talking_photo_id": id if photo else None,
            }
        case "audio":
            asset_id = value.get("asset_id")
            return {
                "type": "audio", "audio_url": None if asset_id else value["url"], "audio_asset_id": asset_id or None
            }  # fmt: skip
    asset_id = value.get("asset_id")
    ids = {"image_asset_id": None, "video_asset_id": None, f"{kind}_asset_id": asset_id or None}
    shown = {key: value[key] for key in ("fit", "play_style") if value.get(key)}
    return {"type": kind, "url": None if asset_id else value["url"], **ids, **shown}


# What lists show


def first_presenter(body: Mapping[str, Any], variables: Variables) -> str | None:
    """The presenter of the first scene that has one, with examples in the placeholders; None where none has."""
    shown = (scene.get("character") for scene in scenes_of(example(body, variables)).values())
    ids = (character.get("avatar_id") for character in shown if isinstance(character, dict))
    return next((id for id in ids if isinstance(id, str) and id), None)


def aspect_ratio(body: Mapping[str, Any], variables: Variables) -> str:
    """Width and height in lowest terms, such as 16:9, with examples in the placeholders."""
    filled = example(body, variables)
    size: Any = filled.get("dimension") or filled.get("dimensions")
    try:
        width, height = int(size["width"]), int(size["height"])
    except (TypeError, KeyError, ValueError):
        ratio = filled.get("aspect_ratio")
        return ratio if isinstance(ratio, str) and ":" in ratio else "16:9"
    common = gcd(width, height)
    return f"{width // common}:{height // common}"
