"""The same server on Postgres: rows and jobs in one database, and a kill -9 that loses nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from serving import Server, body, eventually, free_port


def binary(name: str) -> str | None:
    """A program of Postgres, which Debian keeps off the path."""
    return shutil.which(name) or next((str(path) for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
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


def test_a_film_on_postgres_survives_kill_9(database_url: str, tmp_path: Path) -> None:
    environment = {
        "LIMELIGHT_RENDERER": "scripted_renderer", "LIMELIGHT_SCRIPTED_FOLDER": str(tmp_path),
        "LIMELIGHT_DATABASE_URL": database_url,
    }  # fmt: skip
    log = tmp_path / "log"
    with Server(tmp_path / "data", environment) as server:
        video_id = server.generate(body("One.", "It waits.", "Three.", title="Ünïcode “title”"))
        eventually(lambda: log.exists() and "scene 2" in log.read_text(), "scene 2")
        server.kill()
    (tmp_path / "go").touch()
    with Server(tmp_path / "data", environment) as server:
        assert server.ended(video_id)["status"] == "completed"
        assert server.http.get(f"/v2/videos/{video_id}").json()["data"]["title"] == "Ünïcode “title”"
    scenes = [line.split()[1] for line in log.read_text().splitlines() if line.startswith("scene")]
    assert scenes == ["1", "2", "2", "3"]
