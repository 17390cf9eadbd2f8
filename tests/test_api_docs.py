"""docs/compatibility.md and docs/operations.md list what there is."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi.routing import APIRoute

import limelight
from limelight.api import files, v1, v2
from limelight.api.schemas.generate import BackgroundBody, CharacterBody, GenerateBody, SceneBody, VoiceBody

ROOT = Path(__file__).resolve().parent.parent
COMPATIBILITY = (ROOT / "docs" / "compatibility.md").read_text("utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_every_route_is_listed() -> None:
    routes = [route for router in (v1.router, v2.router, files.router) for route in router.routes]
    for route in routes:
        assert isinstance(route, APIRoute)
        path = r"[^/`\s]+".join(re.escape(part) for part in re.split(r"\{\w+\}", route.path))
        assert re.search(path, COMPATIBILITY), route.path


def test_every_field_that_is_read_is_listed() -> None:
    for kind in (GenerateBody, SceneBody, CharacterBody, VoiceBody, BackgroundBody):
        for name in kind.model_fields:
            assert re.search(rf"`(video_inputs\[\]\.)?{name}`", COMPATIBILITY), f"{kind.__name__}.{name}"


def test_every_setting_is_listed() -> None:
    package = Path(limelight.__file__).parent
    source = "".join(file.read_text("utf-8") for file in package.rglob("*.py"))
    for name in set(re.findall(r'"(LIMELIGHT_[A-Z_]+)"', source)):
        assert f"`{name}`" in OPERATIONS, name
