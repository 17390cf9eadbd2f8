"""A PostgreSQL of the tests' own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from serving import eventually, free_port


def binary(name: str) -> str | None:
    """A program of Postgres, which Debian keeps off the path."""
    return shutil.which(name) or next((str(path) for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)


@pytest.fixture(scope="module", name="database_url")
def a_database_url() -> Iterator[str]:
    """The URL of an empty database. Skips where PostgreSQL is not installed."""
    initdb, postgres = binary("initdb"), binary("postgres")
    if not initdb or not postgres:
        pytest.skip("PostgreSQL is not installed")
    as_user: dict[str, object] = {}
    if os.getuid() == 0:  # Postgres refuses to run as root
        as_user = {"user": "nobody", "env": {**os.environ, "HOME": "/"}}
    folder, port = Path("/tmp") / f"limelight-postgres-{os.getpid()}", free_port()
    try:
        folder.mkdir()
        if as_user:
            shutil.chown(folder, "nobody")
        command = [initdb, "-D", folder / "data", "-A", "trust", "-U", "limelight"]
        subprocess.run(command, check=True, capture_output=True, **as_user)  # type: ignore[call-overload]
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        command = [postgres, "-D", folder / "data", "-p", str(port), "-k", folder, *options]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, **as_user) as process:  # type: ignore[call-overload]
            url = f"postgresql://limelight@127.0.0.1:{port}/postgres"
            eventually(lambda: _answers(url), "the database", 60)
            yield url
            process.terminate()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
