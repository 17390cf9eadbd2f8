"""Whether an answer of v3 has the shape that programs read, in the notation of tests/data/v3.json."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from places import DATA

_FACTS: dict[str, Any] = json.loads((DATA / "v3.json").read_text())
#: Method and path, and the shape of `data`; a list has one page of it.
ANSWERS: dict[str, Any] = _FACTS["answers"]
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str, "boolean": bool, "integer": int, "number": (int, float)
}  # fmt: skip
_SIMPLE = re.compile(r"(\w+)(?:\(([^)]+)\))?(\?)?")


def problems(request: str, answer: object) -> list[str]:
    """What is wrong with the answer to a request such as `GET /v3/videos`."""
    shape = ANSWERS[request]
    envelope: dict[str, Any] = {"data*": shape}
    if isinstance(shape, list):  # Some programs need both, whatever the list.
        envelope |= {"has_more*": "boolean", "next_token*": "string?"}
    return [*_problems(answer, envelope, "answer"), *_tokens(answer), *_addresses(answer, "answer")]


def _problems(value: object, shape: Any, at: str) -> Iterator[str]:
    if isinstance(shape, str) and shape.startswith("@"):
        shape = _FACTS["parts"][shape[1:]]
    if isinstance(shape, str):
        yield from _simple(value, shape, at)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{at} is no list: {value!r}"
            return
        for i, item in enumerate(value):
            yield from _problems(item, shape[0], f"{at}[{i}]")
    elif not isinstance(value, dict):
        yield f"{at} is no object: {value!r}"
    else:
        for marked, inner in shape.items():
            name = marked.rstrip("*?")
            if name not in value:
                if "*" in marked:
                    yield f"{at}.{name} is missing"
            elif not (value[name] is None and marked.endswith("?")):
                yield from _problems(value[name], inner, f"{at}.{name}")


def _simple(value: object, shape: str, at: str) -> Iterator[str]:
    matched = _SIMPLE.fullmatch(shape)
    assert matched, shape
    kind, words, nullable = matched.groups()
    if value is None:
        if not nullable:
            yield f"{at} is null"
    elif not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{at} is no {kind}: {value!r}"
    elif words and value not in words.split("|"):
        yield f"{at} is none of {words}: {value!r}"


def _tokens(answer: object) -> Iterator[str]:
    """A page has a token where there is more, else null; with an empty one programs would ask for the first again."""
    inner = answer.get("data") if isinstance(answer, dict) else None
    for page in (answer, inner):
        if isinstance(page, dict) and "has_more" in page and bool(page.get("next_token")) is not page["has_more"]:
            yield f"next_token and has_more disagree: {page.get('next_token')!r}"
        elif isinstance(page, dict) and page.get("next_token") == "":
            yield "next_token is empty"


def _addresses(value: object, at: str) -> Iterator[str]:
    """Programs parse what is called a URL: null, or absolute."""
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from _addresses(item, f"{at}[{i}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            if (name == "url" or name.endswith("_url")) and item is not None:
                if not (isinstance(item, str) and re.match(r"https?://[^/]+/", item)):
                    yield f"{at}.{name} is no absolute URL: {item!r}"
            else:
                yield from _addresses(item, f"{at}.{name}")
