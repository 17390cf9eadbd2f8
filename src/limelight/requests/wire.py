"""What all bodies have in common: how leniently they are read, and how an error is said.

Unknown fields are ignored, null is absent, numbers may come as strings. The first thing wrong is named with its path,
the problem and the limit: `video_inputs[2].character.scale is invalid: 7 is above the limit of 5.`
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from limelight.errors import CREDIT_WORDS, ScriptInvalid, SpecError
from limelight.spec import MAX_SIDE_PX, MIN_SIDE_PX

_LONGEST_QUOTE = 40

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Wire(BaseModel):
    """Base of every body and every object in one."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, allow_inf_nan=False, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: object) -> object:
        if isinstance(value, dict):
            return {key: field for key, field in value.items() if field is not None}
        return value


Body = TypeVar("Body", bound=Wire)


def read(kind: type[Body], body: object) -> Body:
    """The body as this kind. Raises SpecError that names the field, the problem and the limit."""
    try:
        return kind.model_validate(body)
    except ValidationError as errors:
        raise _said(errors.errors(include_url=False)[0], body) from errors


def read_at(kind: type[Body], value: object, path: str) -> Body:
    """A part of a body as this kind, at its path. Raises SpecError."""
    try:
        return kind.model_validate(value)
    except ValidationError as errors:
        error = errors.errors(include_url=False)[0]
        raise invalid(".".join([path, _path(error, value)]).removesuffix("."), _problem(error)) from errors


def check_text(body: object) -> None:
    """Raise SpecError where a decoded JSON body has text that cannot be stored."""
    text = json.dumps(body, ensure_ascii=False)
    if _NUL.search(text) or _SURROGATE.search(text):
        raise SpecError("request body is invalid: it has NUL characters or half a surrogate pair.")


def invalid(field: str, problem: str) -> SpecError:
    """The error for one field, in the words of the contract."""
    return SpecError(f"{field} is invalid: {problem}.", field=field)


@contextmanager
def at(field: str) -> Iterator[None]:
    """Errors inside are of this field, unless they name one themselves."""
    try:
        yield
    except SpecError as error:
        error.field = error.field or field
        raise


def quoted(value: object) -> str:
    """A value of the client's, short and harmless enough for a message."""
    text = " ".join(str(value).split())
    if CREDIT_WORDS.search(text):
        return "'…'"
    return f"'{_clipped(text)}'"


def _clipped(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "…"


def _said(error: Mapping[str, Any], body: object) -> SpecError:
    location = error["loc"]
    if location and location[-1] == "input_text":
        return ScriptInvalid("script is invalid: it must be text.")
    path, problem = _path(error, body), _problem(error)
    return invalid(path, problem) if path else SpecError(f"request body is invalid: {problem}.")


def _path(error: Mapping[str, Any], body: object) -> str:
    """Where in the body it is, without the names of kinds that Pydantic puts between the fields of a union."""
    path, here, location = "", body, error["loc"]
    for i, part in enumerate(location):
        if isinstance(here, dict) and part not in here and i < len(location) - 1:
            continue
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
        if isinstance(here, dict):
            here = here.get(part)
        else:
            here = here[part] if isinstance(here, list) and isinstance(part, int) and part < len(here) else None
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        path += ".type"
    return path.removeprefix(".")


def _problem(error: Mapping[str, Any]) -> str:
    kind, value, limits = error["type"], error["input"], error.get("ctx", {})
    match kind:
        case "missing" | "union_tag_not_found":
            return "field required"
        case "greater_than_equal":
            return f"{_clipped(value)} is below the limit of {limits['ge']:g}"
        case "greater_than":
            return f"{_clipped(value)} is not above {limits['gt']:g}"
        case "less_than_equal":
            return f"{_clipped(value)} is above the limit of {limits['le']:g}"
        case "multiple_of":
            return f"{_clipped(value)} is odd, it must be even, from {MIN_SIDE_PX} to {MAX_SIDE_PX}"
        case "too_short":
            return f"it is empty, the least is {limits['min_length']}"
        case "too_long":
            return f"it has {len(value)} entries, the limit is {limits['max_length']}"
        case "string_too_long":
            return f"it has {len(value)} characters, the limit is {limits['max_length']}"
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return f"{quoted(value)} is not a whole number"
        case "float_parsing" | "float_type" | "finite_number":
            return f"{quoted(value)} is not a number"
        case "bool_parsing" | "bool_type":
            return f"{quoted(value)} is neither true nor false"
        case "literal_error":
            return f"{quoted(value)} is not one of {limits['expected']}"
        case "union_tag_invalid":
            return f"{quoted(limits['tag'])} is not one of {limits['expected_tags']}"
        case "list_type":
            return "it must be a list"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "it must be a JSON object"
        case _:
            return "it must be text" if kind.startswith("string") else "it cannot be read"
