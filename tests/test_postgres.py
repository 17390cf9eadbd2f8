"""The same server on Postgres: rows and jobs in one database, and a kill -9 that loses nothing."""

from __future__ import annotations

from pathlib import Path

from postgres import a_database_url  # noqa: F401 (a fixture)
from serving import Server, body, eventually


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
