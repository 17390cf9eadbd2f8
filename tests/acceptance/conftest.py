"""Two servers for all acceptance tests: with the real renderer, and with one whose films are made at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from serving import Server, scripted


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("acceptance") / "data") as server:
        yield server


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Its renders do what their scripts say, and it may fetch from this machine."""
    folder = tmp_path_factory.mktemp("quick")
    with Server(folder / "data", scripted(folder, LIMELIGHT_FETCH_ALLOW="127.0.0.1")) as server:
        yield server
