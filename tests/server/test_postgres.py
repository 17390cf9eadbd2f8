"""The same server on Postgres: rows and jobs in one database, one server to it, and neither a kill nor an absence loses
anything."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from postgres import LOCK, Postgres
from serving import API_KEY, Server, body, eventually, scripted


def environment(postgres: Postgres, folder: Path) -> dict[str, str]:
    return scripted(folder, LIMELIGHT_DATABASE_URL=postgres.url)


def test_a_film_on_postgres_survives_kill_9(postgres: Postgres, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Server(tmp_path / "data", environment(postgres, tmp_path)) as server:
        video_id = server.generate(body("One.", "It waits.", "Three.", title="Ünïcode “title”"))
        eventually(lambda: log.exists() and "scene 2" in log.read_text(), "scene 2")
        server.kill()
    (tmp_path / "go").touch()
    with Server(tmp_path / "data", environment(postgres, tmp_path)) as server:
        assert server.ended(video_id)["status"] == "completed"
        assert server.http.get(f"/v2/videos/{video_id}").json()["data"]["title"] == "Ünïcode “title”"
    scenes = [line.split()[1] for line in log.read_text().splitlines() if line.startswith("scene")]
    assert scenes == ["1", "2", "2", "3"]


def test_one_database_is_for_one_server(postgres: Postgres, tmp_path: Path) -> None:
    """Of two, each would take up the other's videos, whose files it does not have."""
    settings = environment(postgres, tmp_path)

    def started(folder: str, *command: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "limelight.cli", *command, "--data-dir", str(tmp_path / folder)]
        return subprocess.run(
            program, env={**server.environment, **settings}, capture_output=True, text=True, timeout=60
        )

    with Server(tmp_path / "one", settings) as server:
        # The lock is lost and had again, unless another server is faster.
        ((first, _),) = postgres.ask(LOCK)
        postgres.ask(f"SELECT pg_terminate_backend({first})")
        eventually(lambda: [pid for pid, _ in postgres.ask(LOCK) if pid != first], "the lock's second holder")

        refused = started("two", "serve", "--port", "0")
        assert refused.returncode == 1
        assert "another server is using this database" in " ".join(refused.stderr.split())
        assert started("two", "keys", "list").returncode == 0, "who only reads is let in"
        assert server.ended(server.generate(body("One.")))["status"] == "completed"

        with postgres.taken_over():
            assert server.process.wait(60) == 1
        assert "another server has taken the database over" in " ".join(server.log.read_text().split())


# A database that is away


V1, V2 = "/v1/video.list", "/v2/video/generate"


def answer(server: Server, path: str) -> httpx.Response:
    headers = {"X-Api-Key": API_KEY}
    if path == V2:
        return httpx.post(f"{server.url}{path}", json=body("Hi."), headers=headers, timeout=60)
    return httpx.get(f"{server.url}{path}", headers=headers, timeout=60)


def says_away(server: Server) -> None:
    """The wire's error, v1's and v2's."""
    for path in (V1, V2):
        told = answer(server, path)
        assert (told.status_code, int(told.headers["Retry-After"]) > 0) == (503, True), told.text
        message = told.json()["message"]
        assert "database does not answer" in message
        error = {"error": message, "code": "unavailable"} if path == V2 else {"code": 50300}
        assert told.json() == {"data": None, "message": message, **error}


def test_a_request_that_the_databases_absence_cut_off_can_be_sent_again_under_its_key(
    postgres: Postgres, tmp_path: Path
) -> None:
    headers = {"Idempotency-Key": "again", "Content-Type": "application/json"}
    content = json.dumps(body("Hi.")).encode()

    def cut_off() -> Iterator[bytes]:
        yield content[:10]
        eventually(lambda: postgres.ask("SELECT key FROM idempotency_keys"), "the request's beginning")
        postgres.stop()
        yield content[10:]

    with Server(tmp_path / "data", environment(postgres, tmp_path)) as server:
        try:
            failed = server.http.post(V2, content=cut_off(), headers=headers)
        finally:
            postgres.start()
        assert failed.status_code == 503
        again = eventually(lambda: unless_away(server.http.post(V2, content=content, headers=headers)), "an answer")
        assert again.status_code == 200, again.text


def unless_away(answer: httpx.Response) -> httpx.Response | None:
    return None if answer.status_code == 503 else answer


@pytest.mark.parametrize("how", ["stopped", "frozen"])
def test_while_the_database_is_away_every_call_is_answered_and_then_nothing_is_lost(
    postgres: Postgres, tmp_path: Path, how: str
) -> None:
    """`frozen` leaves every question without an answer, and whoever asks hanging."""
    away, back = (postgres.stop, postgres.start) if how == "stopped" else (postgres.freeze, postgres.thaw)
    with Server(tmp_path / "data", environment(postgres, tmp_path)) as server:
        video_id = server.generate(body("One.", "It waits.", "Three."))
        eventually(lambda: server.status(video_id)["status"] == "processing", "the render")
        away()
        try:
            (tmp_path / "go").touch()
            with ThreadPoolExecutor(60) as askers:  # more than a server has threads
                readiness = list(askers.map(lambda _: answer(server, "/readyz"), range(60)))
            for ready in readiness:
                assert ready.status_code == 503
                assert ready.json()["database"] != "ok"
                assert ready.json()["objects"] == "ok"
            assert answer(server, "/healthz").status_code == 200
            says_away(server)
        finally:
            back()
        eventually(lambda: answer(server, "/readyz").status_code == 200, "readiness")
        assert server.ended(video_id)["status"] == "completed"
        assert server.ended(server.generate(body("Four.")))["status"] == "completed"
