"""A server with the real renderer, started once for all acceptance tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from serving import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("acceptance") / "data") as server:
        yield server
