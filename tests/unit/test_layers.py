"""Which room may import which: `docs/architecture.md` says it, and the source does it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from limelight.catalog.avatars import default_avatar
from limelight.catalog.voices import voices
from limelight.jobs import keys
from limelight.spec import Source

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "limelight"
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def module_of(file: Path) -> str:
    parts = ("limelight", *file.relative_to(SOURCE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(file): file for file in SOURCE.rglob("*.py")}


def imported(source: str) -> Iterator[str]:
    """What a source imports at all, also inside functions: modules, and names in them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules_in(source: str) -> set[str]:
    """The modules of ours that a source imports."""
    names = {name for name in imported(source) if name.partition(".")[0] == "limelight"}
    return {name if name in MODULES else name.rpartition(".")[0] for name in names}


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else "limelight"


ARROWS = {module: modules_in(file.read_text("utf-8")) - {module} for module, file in MODULES.items()}
#: Files beside the rooms, which everybody may import.
KNOWN_TO_ALL = {"limelight", *(room(m) for m, file in MODULES.items() if file.parent == SOURCE)} - {"render"}


def table(heading: str) -> dict[str, list[str]]:
    """A table of the page below a heading: its rows' cells by their first."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")][2:]
    return {cells[0].strip().strip("`"): [cell.strip() for cell in cells[1:]] for cells in rows}


ALLOWED = {name: set(re.findall(r"`(\w+)`", cells[1])) for name, cells in table("Rooms").items()}


def rooms_imported(name: str) -> set[str]:
    found = {room(other) for module, others in ARROWS.items() if room(module) == name for other in others}
    return found - KNOWN_TO_ALL - {name}


def test_the_page_names_every_room() -> None:
    assert set(ALLOWED) == {room(module) for module in MODULES} - KNOWN_TO_ALL
    assert len(ALLOWED) > 10


def test_the_page_names_every_file_beside_the_rooms() -> None:
    sentence = PAGE.split("files that everybody may know:")[1].split("A room\n")[0]
    assert set(re.findall(r"`(\w+)`", sentence)) == KNOWN_TO_ALL - {"limelight"} | {"render"}


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_a_room_imports_what_the_page_allows_and_the_page_allows_no_more(name: str) -> None:
    assert rooms_imported(name) == ALLOWED[name]


@pytest.mark.parametrize("name", sorted(KNOWN_TO_ALL - {"limelight"}))
def test_what_everybody_may_know_knows_no_room(name: str) -> None:
    assert rooms_imported(name) == set()


def test_no_room_comes_back_to_itself() -> None:
    order = list(TopologicalSorter({name: rooms_imported(name) for name in ALLOWED}).static_order())
    assert set(order) == set(ALLOWED)


def test_no_module_comes_back_to_itself() -> None:
    try:
        TopologicalSorter({m: others - {"limelight"} for m, others in ARROWS.items()}).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_some_libraries_have_one_room() -> None:
    """As the page says below the table: so that a change of one touches one folder."""
    homes = {
        "fastapi": "api",
        "python_multipart": "api",
        "starlette": "api",
        "uvicorn": "api",
        "typer": "cli",
        "rich": "cli",
        "alembic": "store",
        "obstore": "store",
        "dbos": "jobs",
        "numba": "jit",
        "onnxruntime": "networks",
        "typst": "compose lettering",
        "uharfbuzz": "lettering",
        "PIL": "media",
        "mcp": "assistant",
    }
    found: dict[str, set[str]] = {name: set() for name in homes}
    for module, file in MODULES.items():
        for name in imported(file.read_text("utf-8")):
            if (library := name.partition(".")[0]) in homes:
                found[library].add(room(module))
    assert found == {name: set(rooms.split()) for name, rooms in homes.items()}


def test_routes_reach_rows_and_objects_through_the_service() -> None:
    """A worker and the command line do what routes do, and have no FastAPI."""
    for module, file in MODULES.items():
        if room(module) == "api":
            reached = [
                node.attr for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Attribute)
            ]
            assert not {"store", "_store", "objects", "_objects"} & set(reached), module


FOLDERS = {key.split("/")[0].strip("`") for key in table("Objects")}


def test_keys_of_objects_are_made_in_one_place() -> None:
    """And each of them is on the page."""
    source = Source(asset_id="a")
    made = [
        keys.asset("a", "jpg"),
        keys.media("v", source),
        keys.rig("v", (source,)),
        keys.scene("v", 0, "video"),
        keys.film("v", "film.mp4"),
        keys.segment("d"),
        keys.avatar_clip(default_avatar()),
        keys.voice_sample(voices()[0]),
        keys.speech("s", "speech.mp3"),
        keys.removals("a", "j", "mask.png"),
    ]
    assert {key.split("/")[0] for key in made} | {"incoming"} == FOLDERS
    starts = tuple(f"{folder}/" for folder in FOLDERS)
    for module, file in MODULES.items():
        if room(module) not in ("jobs", "service", "responses", "api", "store", "cli"):
            continue
        tree = ast.parse(file.read_text("utf-8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                assert not node.value.startswith(starts) or module == "limelight.jobs.keys", (module, node.value)


def test_ten_words_are_defined() -> None:
    assert len(table("Ten words")) == 10


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("limelight.api.app", ("limelight.render", "numba", "onnxruntime", "typst", "hibari", "mcp")),
        ("limelight.service.server", ("fastapi", "starlette", "uvicorn")),
        ("limelight.responses.videos", ("fastapi", "starlette", "uvicorn")),
        ("limelight.requests", ("fastapi", "starlette", "sqlalchemy", "obstore")),
        ("limelight.cli", ("fastapi", "sqlalchemy", "dbos", "numba", "onnxruntime", "av", "cv2", "mcp")),
        ("limelight.assistant.server", ("fastapi", "sqlalchemy", "dbos", "numpy", "typer", "limelight.api")),
        ("limelight.client", ("limelight.spec", "fastapi", "numpy")),
    ],
)
def test_what_is_imported_brings_only_what_it_needs(module: str, absent: tuple[str, ...]) -> None:
    """A server stays small beside its renders, a worker needs no FastAPI, and a command begins at once."""
    code = f"import sys, {module}; print(*(name for name in {absent!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
