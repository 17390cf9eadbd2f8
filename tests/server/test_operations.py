"""What who runs the server sees of it: health, readiness, metrics, logs, a stop, and `limelight doctor`."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from documents import page
from limelight.cli import app, checks
from limelight.cli.checks import Finding, examine
from limelight.errors import JobError, StoreError
from limelight.service.settings import Settings
from limelight.store import Store
from limelight.store.private import make_private_database, make_private_folder
from migrated import bring_back
from processes import alive
from serving import Server, body, eventually, scripted

SAMPLE = tuple[str, frozenset[tuple[str, str]]]


def environment(folder: Path, **more: str) -> dict[str, str]:
    return scripted(folder, LIMELIGHT_SEGMENT_DAYS="0", **more)


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LIMELIGHT_SEGMENT_DAYS": "0", "LIMELIGHT_LOG": "json"}


def get(server: Server, path: str) -> httpx.Response:
    """Without a key."""
    return httpx.get(f"{server.url}{path}", timeout=60)


# Health


def test_a_server_that_lives_and_can_work_says_so_without_a_key(server: Server) -> None:
    assert (get(server, "/healthz").status_code, get(server, "/healthz").json()) == (200, {"status": "ok"})
    ready = get(server, "/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ok", "database": "ok", "objects": "ok", "engine": "ok"}
    for path in ("/healthz", "/readyz", "/metrics"):
        head = httpx.head(f"{server.url}{path}", timeout=60)
        assert (head.status_code, head.content) == (200, b""), path


def test_a_server_that_cannot_write_lives_and_is_not_ready(folder: Path) -> None:
    with Server(folder / "broken", environment(folder)) as server:
        eventually(lambda: get(server, "/readyz").status_code == 200, "readiness")
        objects = server.data_dir / "objects"
        objects.rename(objects.with_name("away"))
        objects.write_text("in the way")
        ready = get(server, "/readyz")
        assert ready.status_code == 503
        assert ready.json()["status"] == "unavailable"
        assert "written" in ready.json()["objects"]
        assert ready.json()["database"] == "ok"
        assert str(server.data_dir) not in ready.text
        assert get(server, "/healthz").status_code == 200
        objects.unlink()
        objects.with_name("away").rename(objects)
        assert get(server, "/readyz").status_code == 200


# Metrics


def samples(server: Server) -> dict[SAMPLE, float]:
    answer = get(server, "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def sample(found: dict[SAMPLE, float], name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


def test_metrics_count_what_happened(server: Server, folder: Path) -> None:
    before = samples(server)
    assert server.ended(server.generate(body("One.", "Two.")))["status"] == "completed"
    assert server.ended(server.generate(body("This fails.")))["status"] == "failed"
    waiting, queued = server.generate(body("It waits.")), server.generate(body("Queued."))
    eventually(lambda: server.status(waiting)["status"] == "processing", "the render")
    assert server.http.get("/v2/avatar/nobody/details").status_code == 404
    assert server.http.get("/v2/videos/nothing").status_code == 404
    assert server.http.get("/no/such/route").status_code == 404
    after = samples(server)

    def grown(name: str, **labels: str) -> float:
        return sample(after, name, **labels) - sample(before, name, **labels)

    for status in ("completed", "failed", "processing", "pending"):
        assert grown("limelight_videos", status=status) == 1, status
    assert sample(after, "limelight_videos", status="waiting") == 0
    assert grown("limelight_video_failures_total", stage="speech") == 1
    assert grown("limelight_render_seconds_per_video_second_count") == 2
    assert grown("limelight_render_seconds_per_video_second_sum") > 0
    assert grown("limelight_requests_total", method="POST", route="/v2/video/generate", status="200") == 4
    assert grown("limelight_requests_total", method="GET", route="/v2/avatar/{avatar_id}/details", status="404") == 1
    assert grown("limelight_requests_total", method="GET", route="/v2/videos/{video_id}", status="404") == 1
    assert grown("limelight_requests_total", method="GET", route="none", status="404") == 1
    assert not any("nobody" in value for _, labels in after for _, value in labels)
    assert {dict(labels)["state"] for name, labels in after if name == "limelight_webhook_deliveries"} == {
        "waiting", "delivered", "failed"
    }  # fmt: skip
    (folder / "go").touch()
    for video_id in (waiting, queued):
        server.ended(video_id)
    (folder / "go").unlink()


# Logs and ids


def lines(server: Server) -> list[dict[str, Any]]:
    """What was logged as JSON; the notice of the first start is no log."""
    whole = [line for line in server.log.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [json.loads(line) for line in whole if line.startswith("{")]


def test_a_clients_request_id_is_taken_over_and_what_is_none_is_not(server: Server) -> None:
    taken = server.http.get("/v2/voices", headers={"X-Request-Id": "my-id_1.2:3"})
    assert taken.headers.get_list("x-request-id") == ["my-id_1.2:3"]
    assert get(server, "/nothing").headers["x-request-id"]
    for bad in ("a b", "x" * 129, '"quoted"', ""):
        answer = server.http.get("/v2/voices", headers={"X-Request-Id": bad})
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_every_request_is_a_line_with_its_id_and_its_video(server: Server) -> None:
    made = server.http.post("/v2/video/generate", json=body("Logged."), headers={"X-Request-Id": "made"})
    video_id = made.json()["data"]["video_id"]
    url = server.ended(video_id)["video_url"]
    server.http.get("/v1/video_status.get", params={"video_id": video_id}, headers={"X-Request-Id": "asked"})
    server.http.get(f"/v2/videos/{video_id}", headers={"X-Request-Id": "asked-v2"})
    httpx.get(url, headers={"X-Request-Id": "film"}, timeout=60)
    ids = {"made", "asked", "asked-v2", "film"}

    def by_id() -> dict[str, dict[str, Any]]:
        return {line["request_id"]: line for line in lines(server) if line.get("request_id") in ids}

    # A line is written when its answer has been sent.
    eventually(lambda: by_id().keys() == ids, "every request's line")
    logged = by_id()
    assert {line["video_id"] for line in logged.values()} == {video_id}
    line = logged["made"]
    assert (line["method"], line["path"], line["status"]) == ("POST", "/v2/video/generate", 200)
    assert (line["level"], line["logger"], line["client"]) == ("info", "limelight.access", "127.0.0.1")
    assert line["took_ms"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    text = server.log.read_text()
    assert "signature" not in text, "a signed URL in the log is a film for who reads it"
    assert httpx.URL(url).params["signature"] not in text


def test_a_failure_is_logged_with_its_video_and_a_crash_in_the_render_with_its_trace(server: Server) -> None:
    failed = server.ended(server.generate(body("This fails.")))["id"]
    crashed = server.ended(server.generate(body("This crashes.")))["id"]
    about = {line["video_id"]: line for line in lines(server) if line["level"] == "warning" and "video_id" in line}
    assert (about[failed]["stage"], about[failed]["code"]) == ("speech", "speech_failed")
    assert "hoarse" in about[failed]["message"]
    (trace,) = [line for line in lines(server) if line.get("video_id") == crashed and "exception" in line]
    assert "ValueError" in trace["exception"]
    assert "ValueError" in about[crashed]["message"]


def test_a_video_that_is_deleted_while_it_renders_is_no_trouble_for_the_log(server: Server, folder: Path) -> None:
    before = len(server.log.read_text().splitlines())
    waiting = server.generate(body("It waits.", "And a second scene."))
    log = folder / "log"
    eventually(lambda: waiting in log.read_text() if log.exists() else False, "the render")
    assert server.http.delete("/v1/video.delete", params={"video_id": waiting}).status_code == 200
    # Its places are free when DBOS has told what it has to tell.
    server.ended(server.generate(body("The next one.")))
    eventually(lambda: server.http.get("/readyz").status_code == 200, "readiness")
    logged = server.log.read_text().splitlines()[before:]
    assert [line for line in logged if not line.startswith("{") and "library prints" not in line] == []
    assert [line for line in logged if '"level": "warning"' in line or '"level": "error"' in line] == []


def test_text_is_the_default(folder: Path) -> None:
    with Server(folder / "text", environment(folder, LIMELIGHT_LOG="")) as server:
        server.http.get("/v2/voices", headers={"X-Request-Id": "readable"})
        line = eventually(
            lambda: next((line for line in server.log.read_text().splitlines() if "readable" in line), None), "the line"
        )
    assert re.search(r"INFO limelight.access: GET /v2/voices 200 .*request_id=readable", line)


def test_another_style_is_refused_at_the_start(tmp_path: Path) -> None:
    started = subprocess.run(
        [sys.executable, "-m", "limelight.cli", "serve", "--port", "0", "--data-dir", str(tmp_path / "data")],
        env={**os.environ, "LIMELIGHT_LOG": "xml"}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert started.returncode == 1
    assert "LIMELIGHT_LOG must be text or json, not 'xml'" in " ".join(started.stderr.split())


def test_a_data_folder_that_is_none_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in ("file", "file/within"):
        started = subprocess.run(
            [sys.executable, "-m", "limelight.cli", "serve", "--port", "0", "--data-dir", str(tmp_path / place)],
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert started.returncode == StoreError.exit_code
        assert started.stderr.splitlines() == [f"store: {tmp_path / place} is no folder."]


# Stopping


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_kills_the_render_and_loses_nothing(tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "log"
    with Server(tmp_path / "data", environment(tmp_path)) as server:
        video_id = server.generate(body("One.", "It waits."))
        line = eventually(
            lambda: (
                next((line for line in log.read_text().splitlines() if line.startswith("scene 2")), None)
                if log.exists()
                else None
            ),
            "scene 2",
        )
        pid = int(line.split()[3])
        server.process.send_signal(number)
        server.process.wait(60)
        assert not alive(pid)
        assert "Traceback" not in server.log.read_text()
        assert "Finished server process" in server.log.read_text()
    (tmp_path / "go").touch()
    with Server(tmp_path / "data", environment(tmp_path)) as server:
        assert server.ended(video_id)["status"] == "completed"
    assert sum(line.startswith("scene 1") for line in log.read_text().splitlines()) == 1


# Doctor


def doctor(data_dir: Path, **more: str) -> tuple[int, dict[str, list[str]]]:
    """Exit code, and the lines by their mark."""
    done = subprocess.run(
        [sys.executable, "-m", "limelight.cli", "doctor", "--data-dir", str(data_dir)],
        env={**os.environ, **more}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    found: dict[str, list[str]] = {"ok": [], "warn": [], "fail": []}
    for line in done.stdout.splitlines():
        if (mark := line[:4].strip()) in found:
            found[mark].append(line)
    return done.returncode, found


def test_a_machine_that_can_make_films_passes(tmp_path: Path) -> None:
    Store(f"sqlite:///{tmp_path / 'limelight.db'}").close()
    code, found = doctor(tmp_path)
    assert (code, found["fail"]) == (0, [])
    assert "up to date" in "\n".join(found["ok"])


#: What `limelight doctor` looks at, in this order, and how docs/operations.md says so.
SUBJECTS = {
    "Python": "Python",
    "data folder": "the data folder",
    "disk": "its disk",
    "database": "the database",
    "memory": "memory",
    "voice": "the voices' weights",
    "hearing": "the network that hears recordings",
    "presenters": "presenters",
    "fonts": "fonts",
    "codec libx264": "each codec",
    "codec libvpx-vp9": "each codec",
    "codec aac": "each codec",
    "codec libopus": "each codec",
    "codec flac": "each codec",
    "codec libmp3lame": "each codec",
    "content credentials": "the optional packages",
}


def test_doctor_examines_every_subject_and_no_other(tmp_path: Path) -> None:
    """A check that is dropped would be missed by nobody: the others would say that all is well."""
    found = doctor(tmp_path)[1]
    told = [line[6:26].strip() for lines in found.values() for line in lines]
    assert sorted(told) == sorted(SUBJECTS)


def test_what_doctor_examines_is_documented() -> None:
    (said,) = [part for part in page("operations").split("\n\n") if part.startswith("`limelight doctor")]
    assert [text for text in SUBJECTS.values() if text not in " ".join(said.split())] == []


def test_a_check_that_goes_wrong_is_a_finding_and_the_others_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a library raises: a doctor that falls over helps nobody."""

    def broken(*_: object) -> Finding:
        raise RuntimeError("broken")

    for check in ("data_folder", "database", "memory", "voice", "hearing", "presenters", "fonts", "codecs"):
        monkeypatch.setattr(checks, f"_{check}", broken)
    found = list(examine(tmp_path, {}))
    assert [(one.subject, one.text) for one in found if one.state == "fail"] == [
        (subject, "RuntimeError: broken")
        for subject in ("data folder", "database", "memory", "voice", "hearing", "presenters", "fonts", "codecs")
    ]
    assert all(one.advice for one in found if one.state == "fail")
    assert [one.subject for one in found if one.state != "fail"] == ["Python", "content credentials"]


def test_a_folder_without_a_server_yet_is_fine_and_stays_as_it_is(tmp_path: Path) -> None:
    assert doctor(tmp_path / "none")[0] == 0
    assert not (tmp_path / "none").exists()


def looked_at(data_dir: Path, subject: str, **environment: str) -> list[Finding]:
    """What is found of settings, folder or database, without looking at all the rest."""
    return [found for found in islice(examine(data_dir, environment), 5) if found.subject == subject]


def limelight(*arguments: str, **more: str) -> tuple[int, str]:
    """Exit code, and what is said of an error, on one line."""
    done = subprocess.run(
        [sys.executable, "-m", "limelight.cli", *arguments],
        env={**os.environ, **more}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, " ".join(done.stderr.split())


def at_migration(data_dir: Path, revision: str | None = None) -> str | None:
    """At which migration the rows are; with `revision` they claim to be at that one from now on."""
    with sqlite3.connect(data_dir / "limelight.db") as database:
        if revision:
            database.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        (now,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    database.close()
    return str(now)


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    Store(f"sqlite:///{tmp_path / 'limelight.db'}").close()
    at_migration(tmp_path, "9999")
    for command in (["serve", "--port", "0"], ["keys", "list"], ["keys", "create", "--name", "x"]):
        code, said = limelight(*command, "--data-dir", str(tmp_path))
        assert code == 1
        assert "the database is of a newer version (migration 9999, " in said
        assert "update Limelight" in said
    (found,) = looked_at(tmp_path, "database")
    assert found.state == "fail"
    assert "newer version: at migration 9999" in found.text
    assert at_migration(tmp_path) == "9999"


@pytest.mark.parametrize(
    "command",
    [
        ["keys", "list"], ["keys", "create", "--name", "x"], ["keys", "revoke", "ll_"], ["webhooks", "log"],
        ["webhooks", "list"], ["templates", "list"], ["templates", "show", "x"], ["photo", "list"],
    ],
)  # fmt: skip
def test_commands_beside_a_server_of_an_older_version_change_nothing(tmp_path: Path, command: list[str]) -> None:
    url = f"sqlite:///{tmp_path / 'limelight.db'}"
    Store(url).close()
    bring_back(url, "0003")
    done = CliRunner().invoke(app, [*command, "--data-dir", str(tmp_path)])
    assert isinstance(done.exception, StoreError)
    assert "older version (migration 0003, " in done.exception.message
    assert "start the server" in done.exception.message
    assert at_migration(tmp_path) == "0003"
    Store(url).close()
    assert CliRunner().invoke(app, ["keys", "list", "--data-dir", str(tmp_path)]).exit_code == 0


@pytest.mark.parametrize(
    "url",
    ["films.example", "films.example:8443/x", "//films.example", "ftp://films.example", "https://", "https://a b",
     "https://films.example/?a=b", "https://films.example/#a", "https://me:secret@films.example"],
)  # fmt: skip
def test_a_public_url_that_would_break_every_link_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(JobError, match="LIMELIGHT_PUBLIC_URL must be like") as raised:
        Settings.from_environment(tmp_path, {"LIMELIGHT_PUBLIC_URL": url})
    assert "secret" not in raised.value.message
    if url == "films.example":
        code, said = limelight("serve", "--port", "0", "--data-dir", str(tmp_path), LIMELIGHT_PUBLIC_URL=url)
        assert (code, "it must begin with http:// or https://" in said) == (1, True)
        (found,) = looked_at(tmp_path, "settings", LIMELIGHT_PUBLIC_URL=url)
        assert (found.state, "LIMELIGHT_PUBLIC_URL" in found.text) == ("fail", True)


@pytest.mark.parametrize("url", ["https://films.example", "http://localhost:8080/", "HTTPS://[::1]:1/films/"])
def test_a_public_url_may_have_a_port_and_a_path(tmp_path: Path, url: str) -> None:
    assert Settings.from_environment(tmp_path, {"LIMELIGHT_PUBLIC_URL": url}).public_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://me:secret@host/x", "postgres://me:secret@host/x", "postgresql://a:b:c"]
)
def test_a_database_that_is_none_of_ours_is_refused_without_telling_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(JobError, match="LIMELIGHT_DATABASE_URL must be like postgresql://") as raised:
        Settings.from_environment(tmp_path, {"LIMELIGHT_DATABASE_URL": url})
    assert "secret" not in raised.value.message


def open_to_others(folder: Path) -> list[str]:
    return [str(path) for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_what_a_server_keeps_is_its_owner_s_alone(tmp_path: Path) -> None:
    """Also in a folder of an older version that was killed, with what SQLite left beside its rows."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    Store(f"sqlite:///{data_dir / 'limelight.db'}").close()
    for name in ("limelight.db", "jobs.db"):
        (data_dir / name).touch()
        (data_dir / name).chmod(0o644)
    (data_dir / "jobs.db-wal").touch(0o644)
    data_dir.chmod(0o755)
    assert [found.state for found in looked_at(data_dir, "data folder")] == ["ok", "warn"]
    with Server(data_dir, environment(tmp_path)) as server:
        assert server.ended(server.generate(body("One.")))["status"] == "completed"
        kept = {path.name for path in data_dir.iterdir()}
        assert kept >= {
            "limelight.db",
            "limelight.db-wal",
            "limelight.db-shm",
            "jobs.db",
            "objects",
            "attempts",
            "lock",
        }
        assert open_to_others(data_dir) == []
    assert [found.state for found in looked_at(data_dir, "data folder")] == ["ok"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_what_a_command_makes_is_its_owner_s_alone(tmp_path: Path) -> None:
    assert limelight("keys", "create", "--name", "x", "--data-dir", str(tmp_path / "data"))[0] == 0
    assert open_to_others(tmp_path / "data") == []
    everybodys = tmp_path / "everybody's"
    everybodys.mkdir()
    everybodys.chmod(0o1777)
    make_private_folder(everybodys)
    assert everybodys.stat().st_mode & 0o7777 == 0o1777
    make_private_database(f"sqlite:///{everybodys / 'limelight.db'}")
    assert open_to_others(everybodys) == [str(everybodys)]


def test_what_is_broken_fails_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "limelight.db").write_text("this is no database, and long enough to be noticed " * 10)
    code, found = doctor(tmp_path)
    assert code == 1
    assert [line for line in found["fail"] if "limelight.db is no database" in line]
    code, found = doctor(tmp_path / "other", LIMELIGHT_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert code == 1
    assert [line for line in found["fail"] if "could not be reached" in line]
    code, found = doctor(tmp_path / "other", LIMELIGHT_WORKERS="many")
    assert code == 1
    assert [line for line in found["fail"] if "LIMELIGHT_WORKERS" in line]
    (tmp_path / "mine.presenter").write_bytes(b"no archive")
    code, found = doctor(tmp_path / "other", LIMELIGHT_PRESENTERS=str(tmp_path))
    assert code == 0
    assert [line for line in found["warn"] if "mine.presenter" in line]
