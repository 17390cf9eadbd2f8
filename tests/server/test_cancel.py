"""A deleted video is made no further, frees its place at once, and leaves nothing, whatever it was at."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from limelight.service.accounts import new_account, new_key
from limelight.store import Store
from processes import alive
from serving import Server, body, eventually, scripted
from web import Answer, Web

SETTINGS = {"LIMELIGHT_SEGMENT_DAYS": "0", "LIMELIGHT_FETCH_ALLOW": "127.0.0.1"}


@pytest.fixture(scope="module")
def data(folder: Path) -> Path:
    return folder / "data"


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return SETTINGS


@pytest.fixture(autouse=True)
def empty_log(data: Path) -> None:
    (data.parent / "log").write_text("")
    (data.parent / "go").unlink(missing_ok=True)


def scenes(folder: Path) -> list[str]:
    log = folder / "log"
    return [line for line in log.read_text().splitlines() if line.startswith("scene")] if log.exists() else []


def delete(server: Server, video_id: str) -> httpx.Response:
    return server.http.delete("/v1/video.delete", params={"video_id": video_id})


def left_of(server: Server, video_id: str) -> list[Path]:
    """Files anywhere in the data folder that have the video's id in their path."""
    return [path for path in server.data_dir.rglob("*") if video_id in str(path) and path.is_file()]


def assert_gone(server: Server, video_id: str) -> None:
    assert server.http.get("/v1/video_status.get", params={"video_id": video_id}).json()["code"] == 40031
    assert server.http.get(f"/v2/videos/{video_id}").status_code == 404
    assert delete(server, video_id).status_code == 404
    eventually(lambda: not left_of(server, video_id), "the end of the last file")


def running(server: Server, *scripts: str) -> tuple[str, int]:
    """A video whose scene waits, and the process that renders it."""
    video_id = server.generate(body(*(scripts or ("It waits.",))))
    line = eventually(
        lambda: next((line for line in scenes(server.data_dir.parent) if video_id in line), None), "the render"
    )
    found = re.search(r"pid (\d+)", line)
    assert found
    return video_id, int(found.group(1))


def test_a_running_video_is_killed_and_its_place_is_free(server: Server) -> None:
    video_id, pid = running(server, "It waits.", "A second scene.")
    next_one = server.generate(body("The next one."))
    assert alive(pid)
    assert server.status(next_one)["status"] == "pending"
    answer = delete(server, video_id)
    assert (answer.status_code, answer.json()) == (
        200, {"code": 100, "data": None, "msg": None, "message": "Success"}
    )  # fmt: skip
    eventually(lambda: not alive(pid), "the end of the render")
    assert server.ended(next_one)["status"] == "completed"
    assert_gone(server, video_id)
    assert not any(line.startswith("scene 2") for line in scenes(server.data_dir.parent))


def test_a_waiting_video_is_never_begun(server: Server) -> None:
    first, _ = running(server)
    waiting = server.generate(body("Never said."))
    assert delete(server, waiting).status_code == 200
    assert_gone(server, waiting)
    (server.data_dir.parent / "go").touch()
    assert server.ended(first)["status"] == "completed"
    assert server.ended(server.generate(body("After it.")))["status"] == "completed"
    assert not any(waiting in line for line in scenes(server.data_dir.parent))


def test_a_finished_videos_files_are_gone(server: Server) -> None:
    status = server.ended(server.generate(body("Done.", caption=True)))
    urls = [status[name] for name in ("video_url", "thumbnail_url", "gif_url")] + list(status["subtitle_urls"].values())
    assert {httpx.get(url, timeout=60).status_code for url in urls} == {200}
    assert delete(server, status["id"]).status_code == 200
    assert {httpx.get(url, timeout=60).status_code for url in urls} == {404}
    assert_gone(server, status["id"])


def test_a_failed_video_can_be_deleted(server: Server) -> None:
    status = server.ended(server.generate(body("This fails.")))
    assert status["status"] == "failed"
    assert delete(server, status["id"]).status_code == 200
    assert_gone(server, status["id"])


def test_a_video_that_fetches_is_cut_off(server: Server) -> None:
    """The picture would take hours to arrive."""
    web = Web()
    web.answers["/slow.png"] = Answer(b"x" * 10_000, drip_s=1.0)
    sent = body("Behind a picture.")
    sent["video_inputs"][0]["background"] = {"type": "image", "url": f"{web.url}/slow.png"}
    video_id = server.generate(sent)
    eventually(lambda: web.asked, "the fetch")
    next_one = server.generate(body("The next one."))
    assert delete(server, video_id).status_code == 200
    assert server.ended(next_one)["status"] == "completed"
    assert_gone(server, video_id)
    web.close()


def test_a_video_of_another_account_stays(server: Server) -> None:
    store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")
    key = new_key(store, new_account(store, "other", "free").id, "x")
    store.close()
    video_id, pid = running(server)
    with httpx.Client(base_url=server.url, headers={"X-Api-Key": key}, timeout=60) as other:
        answer = other.delete("/v1/video.delete", params={"video_id": video_id})
        assert (answer.status_code, answer.json()["code"]) == (404, 40031)
    assert alive(pid)
    assert server.status(video_id)["status"] == "processing"
    assert delete(server, video_id).status_code == 200


def test_what_was_deleted_is_not_taken_up_after_a_crash(tmp_path: Path) -> None:
    """One while it runs and one that waits, and a third whose deletion the crash cuts off after its row."""
    data = tmp_path / "data"
    with Server(data, scripted(tmp_path, **SETTINGS)) as server:
        deleted, _ = running(server, "One.", "It waits.")
        waiting = server.generate(body("Never said."))
        assert {delete(server, video_id).status_code for video_id in (deleted, waiting)} == {200}
        cut_off, _ = running(server, "One.", "It waits.")
        eventually(lambda: any("scene 2" in line and cut_off in line for line in scenes(tmp_path)), "its second scene")
        server.kill()
    store = Store(f"sqlite:///{data / 'limelight.db'}")
    assert store.videos.delete(cut_off, "0" * 32)
    store.close()
    assert left_of(server, cut_off)
    before = scenes(tmp_path)
    with Server(data, scripted(tmp_path, **SETTINGS)) as server:
        kept = server.generate(body("A new one."))
        assert server.ended(kept)["status"] == "completed"
        for video_id in (deleted, waiting, cut_off):
            assert_gone(server, video_id)
    assert [line for line in scenes(tmp_path)[len(before) :] if kept not in line] == []
