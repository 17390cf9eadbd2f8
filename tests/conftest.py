"""Films that several tests look at are rendered once for the whole run, with the real voice and the real presenter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from limelight.spec import VideoSpec
from limelight.store import Store
from places import SUPPORT
from postgres import Postgres
from scenes import SENTENCE, Rendered, render, silent_scene, text_scene
from serving import Server, scripted
from studio import Studio
from web import Web


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Callable[[VideoSpec], Rendered]:
    """Render a spec, once for each distinct one in the run."""
    done: dict[str, Rendered] = {}

    def get(spec: VideoSpec) -> Rendered:
        key = spec.model_dump_json()
        if key not in done:
            done[key] = render(spec, tmp_path_factory.mktemp("film"))
        return done[key]

    return get


@pytest.fixture(scope="session")
def speaking(rendered: Callable[[VideoSpec], Rendered]) -> Rendered:
    """One spoken sentence, 640 × 720."""
    return rendered(VideoSpec(scenes=(text_scene(SENTENCE),), width=640, height=720))


@pytest.fixture(scope="session")
def three_scenes(rendered: Callable[[VideoSpec], Rendered]) -> Rendered:
    """Spoken, silent and without a presenter, in three colours, 320 × 240."""
    scenes = (
        text_scene("One, two.", "#204060"),
        silent_scene(0.5, "#a03030"),
        silent_scene(0.3, "#30a030", presenter=False),
    )
    return rendered(VideoSpec(scenes=scenes, width=320, height=240))


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A Postgres of the module's own."""
    postgres = Postgres()
    yield postgres
    postgres.close()


@pytest.fixture(scope="module")
def database_url(postgres: Postgres) -> str:
    """Its URL."""
    return postgres.url


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the module's own."""
    return tmp_path_factory.mktemp(request.module.__name__.removeprefix("test_"))


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """What a module's server is told besides; a module may have a fixture of this name itself."""
    return {}


@pytest.fixture(scope="module")
def server(folder: Path, settings: dict[str, str]) -> Iterator[Server]:
    """A server of the module's own, whose data are in `folder / "data"`; its renders do what their scripts say."""
    with Server(folder / "data", scripted(folder, **settings)) as server:
        yield server


@pytest.fixture(scope="module")
def store(server: Server) -> Iterator[Store]:
    """The rows of the module's server, opened beside it."""
    store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")
    yield store
    store.close()


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """Film jobs whose renderer does what its scripts say."""
    monkeypatch.setenv("LIMELIGHT_SCRIPTED_FOLDER", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(SUPPORT), os.environ.get("PYTHONPATH")])))
    studio = Studio(tmp_path)
    yield studio
    studio.stop()


@pytest.fixture(scope="module")
def pages() -> Iterator[Web]:
    """A web server on loopback for all tests of a module."""
    pages = Web()
    yield pages
    pages.close()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A web server on loopback, which may be fetched from."""
    monkeypatch.setenv("LIMELIGHT_FETCH_ALLOW", "127.0.0.1")
    web = Web()
    yield web
    web.close()
