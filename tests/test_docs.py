"""What the documents say is true of the program."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from limelight.catalog.voices import shipped_voices

ROOT = Path(__file__).resolve().parent.parent


def test_links_of_the_documents_lead_somewhere() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "tools" / "bake" / "README.md"]:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text("utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name} links {target}"


@pytest.mark.parametrize("command", ["render", "avatars", "voices", "say", "serve", "submit", "wait", "keys"])
def test_options_that_the_readme_uses_exist(command: str) -> None:
    text = subprocess.run(
        [sys.executable, "-m", "limelight.cli", command, "--help"],
        capture_output=True, text=True, env=os.environ | {"COLUMNS": "200"},
    ).stdout  # fmt: skip
    for line in re.findall(rf"limelight {command}([^\n]*)", (ROOT / "README.md").read_text("utf-8")):
        for option in re.findall(r"(?<=\s)--?[a-z][a-z-]*", line):
            assert option in text


def test_every_dependency_has_its_reason() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    listed = project[project.index("dependencies = [") : project.index("[project.optional")]
    reasons = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    for name in re.findall(r'^    "([a-z0-9-]+)', listed, re.MULTILINE):
        assert re.sub(r"-model-\d$", "-model-1…4", name) in reasons, name


def test_every_voice_is_in_the_documents() -> None:
    text = (ROOT / "docs" / "voices.md").read_text("utf-8")
    for entry in shipped_voices():
        row = next(line for line in text.splitlines() if entry.voice_id in line)
        assert f"| {entry.name} |" in row and entry.character in row and entry.locale in row


def test_every_pack_is_licensed() -> None:
    assert "src/limelight/catalog/packs" in (ROOT / "docs" / "licences.md").read_text("utf-8")


def test_swagger_ui_is_what_its_licence_is_told_of() -> None:
    """Unmodified files, so that the hashes say of which version they are."""
    licences = (ROOT / "docs" / "licences.md").read_text("utf-8")
    folder = ROOT / "src" / "limelight" / "api" / "swagger"
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"`{name}`: `{hashlib.sha256((folder / name).read_bytes()).hexdigest()}`" in licences, name
    version = re.search(r'PACKAGE_VERSION:"([^"]+)"', (folder / "swagger-ui-bundle.js").read_text("utf-8"))
    assert version and f"Swagger UI {version[1]}, `src/limelight/api/swagger`" in licences
    assert {path.name for path in folder.iterdir()} >= {"LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt"}


def test_make_offers_what_the_readme_says() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"`?make ([a-z]+)", (ROOT / "README.md").read_text("utf-8")):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
