"""docs/api.md, docs/compatibility.md and docs/operations.md list what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

import limelight
from limelight.api import files
from limelight.api.routes import ROUTERS
from limelight.requests.captions import CaptionBody, CaptionStyleBody
from limelight.requests.generate import (
    SIZES,
    BackgroundBody,
    CharacterBody,
    DimensionBody,
    GenerateBody,
    OffsetBody,
    SceneBody,
    VoiceBody,
)
from limelight.requests.texts import PositionBody, TextBody
from limelight.requests.webm import WebmBody
from limelight.requests.wire import Wire

ROOT = Path(__file__).resolve().parent.parent
API = (ROOT / "docs" / "api.md").read_text("utf-8")
COMPATIBILITY = (ROOT / "docs" / "compatibility.md").read_text("utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")

#: Each body, the heading of its table, and how its fields begin there.
BODIES: tuple[tuple[type[Wire], str, str], ...] = (
    (GenerateBody, "POST /v2/video/generate", ""),
    (DimensionBody, "POST /v2/video/generate", "dimension."),
    (CaptionBody, "`caption` as an object", "caption."),
    (CaptionStyleBody, "`caption` as an object", "caption.style."),
    (CharacterBody, "`video_inputs[].character`", ""),
    (OffsetBody, "`video_inputs[].character`", "offset."),
    (VoiceBody, "`video_inputs[].voice`", ""),
    (BackgroundBody, "`video_inputs[].background`", ""),
    (TextBody, "`video_inputs[].text`", ""),
    (PositionBody, "`video_inputs[].text`", "position."),
    (WebmBody, "POST /v1/video.webm", ""),
)
FIELDS = [(body, heading, prefix, name) for body, heading, prefix in BODIES for name in body.model_fields]


def section(heading: str) -> str:
    """The text below a heading, up to the next one."""
    return re.split(r"^#+ ", API.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def row_of(name: str, text: str) -> str | None:
    return next((row for row in text.splitlines() if row.startswith("|") and f"`{name}`" in row.split("|")[1]), None)


def limits(schema: dict[str, object]) -> Iterator[str]:
    """Every limit and choice of a field, as the documents write it."""
    for part in (schema, *schema.get("anyOf", ())):  # type: ignore[misc]
        yield from (f"{part[key]:g}" for key in ("minimum", "maximum", "exclusiveMinimum") if key in part)
        if part.get("type") == "string" and "maxLength" in part:
            yield str(part["maxLength"])
        yield from (str(choice) for choice in part.get("enum", ()))


def test_every_route_is_listed() -> None:
    routes = [route for router in (*ROUTERS, files.router) for route in router.routes]
    for route in routes:
        assert isinstance(route, APIRoute)
        path = r"[^/`\s]+".join(re.escape(part) for part in re.split(r"\{\w+\}", route.path))
        assert re.search(path, COMPATIBILITY), route.path


@pytest.mark.parametrize(
    ("body", "heading", "prefix", "name"), FIELDS, ids=[f"{body.__name__}-{name}" for body, _, _, name in FIELDS]
)
def test_every_field_is_listed_with_its_limits(body: type[Wire], heading: str, prefix: str, name: str) -> None:
    row = row_of(prefix + name, section(heading))
    assert row, f"{prefix}{name} has no row under {heading}"
    plain = row.replace(",", "")
    if "as above" in row or "as `voice` above" in row or row.split("|")[2].strip() == "a URL":
        return
    schema = body.model_json_schema()["properties"][name]
    for limit in limits(schema):
        if limit != "4096" or "a URL" not in row:
            assert re.search(rf"(?<![\d.]){re.escape(limit)}(?![\d.]*\d)", plain), f"{prefix}{name}: {limit} in {row}"


def test_every_scene_field_has_its_table() -> None:
    for name in SceneBody.model_fields:
        assert section(f"`video_inputs[].{name}`"), name


def test_every_aspect_ratio_is_listed() -> None:
    row = row_of("aspect_ratio", section("POST /v2/video/generate"))
    assert row and all(f"`{ratio}`" in row for ratio in SIZES)


def test_every_setting_is_listed() -> None:
    package = Path(limelight.__file__).parent
    source = "".join(file.read_text("utf-8") for file in package.rglob("*.py"))
    for name in set(re.findall(r'"(LIMELIGHT_[A-Z0-9_]+)"', source)):
        assert f"`{name}`" in OPERATIONS, name
