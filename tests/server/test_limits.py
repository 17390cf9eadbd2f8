"""Too many requests, and requests that are sent twice, over real HTTP."""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from limelight.service.accounts import new_account, new_key
from limelight.service.limits import Limits
from limelight.store import OWNER, Store
from limelight.store.database import now_ms
from serving import API_KEY, Server, body, eventually, scripted

PNG = b"\x89PNG\r\n\x1a\n" + bytes(1000)
AT_ONCE = 12


@pytest.fixture(scope="module")
def other(server: Server) -> Iterator[httpx.Client]:
    """Another account's client."""
    with httpx.Client(base_url=server.url, headers={"X-Api-Key": key_of(server)}, timeout=60) as http:
        yield http


def key_of(server: Server) -> str:
    store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")
    key = new_key(store, new_account(store, "other", "enterprise").id, "x")
    store.close()
    return key


# Rates


def test_a_bucket_is_refilled_evenly_and_holds_a_minute() -> None:
    now = [0.0]
    limits = Limits(60, lambda: now[0])
    assert [limits.take("a") for _ in range(61)] == [0] * 60 + [1]
    assert limits.take("b") == 0
    now[0] = 0.5
    assert limits.take("a") == 1
    now[0] = 2.0
    assert [limits.take("a") for _ in range(3)] == [0, 0, 1]
    now[0] = 3600.0
    assert sum(limits.take("a") == 0 for _ in range(100)) == 60
    assert {Limits(0).take("a") for _ in range(5000)} == {0}


def test_polling_a_video_every_second_is_never_too_often() -> None:
    now = [0.0]
    limits = Limits(1, lambda: now[0])
    for second in range(600):
        now[0] = float(second)
        assert {limits.take("a", f"video {number}") for number in range(50)} == {0}


def test_buckets_that_are_full_again_are_forgotten() -> None:
    now = [0.0]
    limits = Limits(100, lambda: now[0])
    for number in range(10_000):
        limits.take("a", f"{number}")
    now[0] = 61.0
    limits.take("a")
    assert [limits.take("a") for _ in range(99)] == [0] * 99
    assert len(limits._buckets) == 1


def test_too_many_requests_are_429_with_the_seconds_to_wait(folder: Path) -> None:
    with Server(folder / "slow", scripted(folder, LIMELIGHT_RATE_PER_MINUTE="6")) as server:
        video_id = server.generate(body())
        answers = [server.http.get("/v2/voices") for _ in range(8)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert {answer.status_code for answer in answers} == {200, 429}
        assert 1 <= int(refused[0].headers["retry-after"]) <= 10
        assert refused[0].json()["code"] == "rate_limit_exceeded"
        v1 = server.http.delete("/v1/video.delete", params={"video_id": video_id})
        assert (v1.status_code, v1.json()["code"], v1.json()["data"]) == (429, 400123, None)
        assert "retry-after" in v1.headers
        repeated = server.http.post("/v2/video/generate", json=body(), headers={"Idempotency-Key": "a"})
        assert repeated.status_code == 429
        for _ in range(20):
            assert server.http.get("/v1/video_status.get", params={"video_id": video_id}).status_code == 200
            assert server.http.get(f"/v2/videos/{video_id}").status_code == 200
        another = {"X-Api-Key": key_of(server)}
        assert httpx.get(f"{server.url}/v2/voices", headers=another, timeout=60).status_code == 200
        assert httpx.get(f"{server.url}/v2/voices", timeout=60).status_code == 401


# Sent twice


def post(http: httpx.Client, key: str, sent: object, path: str = "/v2/video/generate") -> httpx.Response:
    return http.post(path, json=sent, headers={"Idempotency-Key": key})


def videos(server: Server, title: str) -> int:
    store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")
    count = sum(video.title == title for video in store.videos.all())
    store.close()
    return count


def test_the_second_request_gets_the_firsts_answer_and_nothing_is_done_twice(
    server: Server, other: httpx.Client
) -> None:
    sent = body(title="twice")
    first, second = post(server.http, "twice", sent), post(server.http, "twice", sent)
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.content == first.content
    assert second.headers["content-type"] == first.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert videos(server, "twice") == 1
    theirs = post(other, "twice", sent)
    assert theirs.status_code == 200 and theirs.json() != first.json()
    assert "idempotency-replayed" not in theirs.headers
    assert post(server.http, "another key", sent).json() != first.json()


def test_without_a_key_each_request_is_one(server: Server) -> None:
    for headers in ({}, {"Idempotency-Key": ""}):
        ids = {server.http.post("/v2/video/generate", json=body(), headers=headers).text for _ in range(2)}
        assert len(ids) == 2


@pytest.mark.parametrize("path", ["/v2/video/generate", "/v1/video.webm"])
def test_a_key_with_another_request_is_refused(server: Server, path: str) -> None:
    assert post(server.http, f"other {path}".replace(" ", "-"), body(title="a")).status_code == 200
    answer = post(server.http, f"other {path}".replace(" ", "-"), body(title="b"), path)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["message"]
    if path.startswith("/v2"):
        assert answer.json()["code"] == "idempotency_key_reused"


def test_an_error_of_the_request_is_replayed_too(server: Server) -> None:
    first, second = (post(server.http, "wrong", body(width=1281)) for _ in range(2))
    assert (first.status_code, second.status_code) == (400, 400)
    assert second.content == first.content
    assert second.headers["idempotency-replayed"] == "true"


def test_of_requests_side_by_side_one_is_done_and_the_rest_wait_or_are_replayed(server: Server) -> None:
    start = threading.Barrier(AT_ONCE)

    def send(_: int) -> httpx.Response:
        start.wait()
        return post(server.http, "race", body(title="race"))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, range(AT_ONCE)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.text for answer in answers if answer.status_code == 200}) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert (answer.json()["code"], answer.headers["retry-after"]) == ("idempotency_key_in_use", "1")
    assert videos(server, "race") == 1


def raw(server: Server, head: str) -> socket.socket:
    """A connection on which a request is begun."""
    connection = socket.create_connection(("127.0.0.1", server.port), 60)
    lines = f"{head}\r\nHost: x\r\nX-Api-Key: {API_KEY}\r\nConnection: close\r\n"
    connection.sendall(lines.encode())
    return connection


def taken(server: Server, key: str) -> bool:
    with contextlib.closing(sqlite3.connect(server.data_dir / "limelight.db")) as rows:
        return bool(rows.execute("SELECT 1 FROM idempotency_keys WHERE key = ?", [key]).fetchall())


def test_an_upload_that_is_still_sent_is_in_flight_and_one_that_breaks_off_gives_its_key_back(server: Server) -> None:
    head = f"Idempotency-Key: upload\r\nContent-Type: image/png\r\nContent-Length: {len(PNG)}\r\n\r\n"
    headers = {"Idempotency-Key": "upload", "Content-Type": "image/png"}
    with raw(server, "POST /v1/asset HTTP/1.1") as connection:
        connection.sendall(head.encode() + PNG[:500])
        eventually(lambda: taken(server, "upload"), "the first request")
        answer = server.http.post("/v1/asset", content=PNG, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (409, 40900)
    done = eventually(
        lambda: a if (a := server.http.post("/v1/asset", content=PNG, headers=headers)).status_code == 200 else None,
        "the key's return",
    )
    again = server.http.post("/v1/asset", content=iter([PNG[:10], PNG[10:]]), headers=headers)
    assert again.content == done.content
    assert again.headers["idempotency-replayed"] == "true"
    assert server.http.post("/v1/asset", content=PNG + b"x", headers=headers).status_code == 400
    url = done.json()["data"]["url"]
    assert hashlib.sha256(httpx.get(url, timeout=60).content).digest() == hashlib.sha256(PNG).digest()


@pytest.mark.parametrize("key", [b"x" * 256, b"with space", b"\xe9"], ids=repr)
def test_a_key_that_is_none(server: Server, key: bytes) -> None:
    answer = server.http.post("/v2/video/generate", json=body(), headers={b"Idempotency-Key": key})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("Idempotency-Key is invalid")


def test_a_request_without_permission_takes_no_key(server: Server) -> None:
    answer = httpx.post(f"{server.url}/v2/video/generate", json=body(), headers={"Idempotency-Key": "no"}, timeout=60)
    assert answer.status_code == 401
    assert post(server.http, "no", body()).status_code == 200


def test_our_own_failure_gives_the_key_back_and_answers_last_a_day(folder: Path) -> None:
    """The folder of files is a file for a while, so that an upload cannot be kept."""
    with Server(folder / "failing", scripted(folder)) as server:
        objects = server.data_dir / "objects"
        eventually(objects.is_dir, "the folder")
        objects.rename(objects.with_name("away"))
        objects.write_text("in the way")
        headers = {"Idempotency-Key": "k", "Content-Type": "image/png"}
        failed = server.http.post("/v1/asset", content=PNG, headers=headers)
        assert failed.status_code == 500
        objects.unlink()
        objects.with_name("away").rename(objects)
        kept = server.http.post("/v1/asset", content=PNG, headers=headers)
        assert kept.status_code == 200
        store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")
        day_ms = 24 * 3600 * 1000
        assert store.idempotency.begin(OWNER, "k", now_ms() - day_ms) is not None
        assert store.idempotency.begin(OWNER, "k", now_ms() + 1) is None, "a day later it is free"
        store.close()


def test_keys_of_requests_that_a_crash_cut_off_are_free_again_and_finished_ones_are_not(tmp_path: Path) -> None:
    with Server(tmp_path / "data", scripted(tmp_path)) as server:
        first = post(server.http, "finished", body())
        with raw(server, "POST /v2/video/generate HTTP/1.1") as connection:
            connection.sendall(b"Idempotency-Key: cut-off\r\nContent-Length: 100\r\n\r\n{")
            eventually(lambda: taken(server, "cut-off"), "the first request")
            assert post(server.http, "cut-off", body()).status_code == 409
            server.kill()
    with Server(tmp_path / "data", scripted(tmp_path)) as server:
        assert post(server.http, "finished", body()).content == first.content
        again = post(server.http, "cut-off", body())
        assert again.status_code == 200 and "idempotency-replayed" not in again.headers
        assert json.loads(again.content)["data"]["video_id"]
