"""Accounts over real HTTP and in the store: what a plan includes, and that nobody gets more than that.

Films come from the scripted renderer: ten frames a scene, 0.4 s.
"""

from __future__ import annotations

import math
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from limelight.errors import InsufficientCredit
from limelight.requests import parse_generate
from limelight.service.accounts import PLANS, estimated_seconds, key_hash, new_account, new_key
from limelight.spec import Scene, SilentVoice, VideoSpec
from limelight.store import Failure, NewVideo, Store
from limelight.store.accounts import Plan
from serving import API_KEY, Server, body, eventually, scene

AT_ONCE = 50
NewClient = Callable[..., "Client"]


@dataclass(frozen=True)
class Client:
    """An account's client."""

    account_id: str
    key: str
    http: httpx.Client

    def left(self) -> tuple[int, int]:
        """Seconds that are left, and seconds that were charged."""
        data = self.http.get("/v2/user/remaining_quota").json()["data"]
        return data["remaining_quota"], data["used_quota"]

    def generate(self, sent: object) -> str:
        answer = self.http.post("/v2/video/generate", json=sent)
        assert answer.status_code == 200, answer.text
        video_id: str = answer.json()["data"]["video_id"]
        return video_id

    def status(self, video_id: str) -> dict[str, Any]:
        data: dict[str, Any] = self.http.get(f"/v2/videos/{video_id}").json()["data"]
        return data

    def ended(self, video_id: str) -> dict[str, Any]:
        return eventually(
            lambda: status if (status := self.status(video_id))["status"] in ("completed", "failed") else None,
            "the end",
        )


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LIMELIGHT_WORKERS": "4", "LIMELIGHT_SEGMENT_DAYS": "0"}  # so that an equal scene waits again


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[NewClient]:
    """A client with an account of its own, made beside the running server."""
    opened: list[httpx.Client] = []
    store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")

    def make(plan: Plan, credits: int | None = None, concurrency: int | None = None) -> Client:
        account_id = new_account(store, "someone", plan, credits=credits, concurrency=concurrency).id
        return Client(account_id, *connected(server, opened, new_key(store, account_id, "a key")))

    yield make
    for http in opened:
        http.close()
    store.close()


def connected(server: Server, opened: list[httpx.Client], key: str) -> tuple[str, httpx.Client]:
    opened.append(httpx.Client(base_url=server.url, headers={"X-Api-Key": key}, timeout=60))
    return key, opened[-1]


def keys(data_dir: Path, *arguments: str, code: int = 0) -> str:
    """What `limelight keys` says, on standard output or of an error."""
    command = [sys.executable, "-m", "limelight.cli", "keys", *arguments, "--data-dir", str(data_dir)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


# Keys


def created(server: Server, opened: list[httpx.Client], *options: str) -> Client:
    """A client with a key that `limelight keys create` made beside the running server."""
    said = keys(server.data_dir, "create", "--name", "someone", *options)
    return Client(said.split()[1], *connected(server, opened, said.partition("key ")[2].split()[0]))


def test_keys_are_made_listed_granted_to_and_revoked_beside_a_running_server(server: Server) -> None:
    opened: list[httpx.Client] = []
    first = created(server, opened, "--plan", "free", "--credits", "3", "--concurrency", "2")
    second = created(server, opened, "--account", first.account_id, "--error-style", "object")
    assert (second.account_id, second.key == first.key) == (first.account_id, False)
    assert first.left() == second.left() == (180, 0)
    assert "5 credits left" not in (listed := keys(server.data_dir, "list"))
    assert first.account_id in listed and first.key[:9] in listed and second.key[:9] in listed
    assert first.key not in listed
    assert "has 5 credits left" in keys(server.data_dir, "grant", first.account_id, "2")
    assert second.left() == (300, 0)
    assert first.key[:9] in keys(server.data_dir, "revoke", first.key)
    refused = first.http.get("/v2/voices")
    assert (refused.status_code, refused.json()["error"]) == (401, "Invalid API key")
    assert first.http.get("/v1/video_status.get").json()["code"] == 400112
    assert second.left() == (300, 0)
    assert error_of(second.http)["code"] == "invalid_parameter"  # type: ignore[index]
    for http in opened:
        http.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("grant", "nobody", "1"), "account nobody not found"),
        (("revoke", "ll_nothing"), "no key in force"),
        (("revoke", "ll_"), "keys begin with ll_"),
        (("create", "--name", "x", "--account", "nobody"), "account nobody not found"),
        (("create", "--name", "x", "--account", "0" * 32, "--plan", "free"), "for a new account"),
        (("grant", "0" * 32, "1"), "has no limit"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said(server: Server, client: NewClient, arguments: tuple[str, ...], said: str) -> None:
    for _ in range(2):
        client("free")
    assert said in " ".join(keys(server.data_dir, *arguments, code=2).split())


def test_a_folder_without_a_server_is_not_taken_for_one(tmp_path: Path) -> None:
    assert "no server's data folder" in " ".join(keys(tmp_path / "typo", "list", code=2).split())
    assert not (tmp_path / "typo").exists()


def test_a_name_does_nothing_to_the_database_and_to_the_terminal(tmp_path: Path) -> None:
    """A word of a command may be any bytes."""
    create = [sys.executable, "-m", "limelight.cli", "keys", "create", "--data-dir", str(tmp_path), "--name"]
    assert subprocess.run([*create, b"Gr\xf6\xdfe\x1b[2J"], timeout=120, capture_output=True).returncode == 0
    listed = keys(tmp_path, "list")
    assert "Gr e [2J" in listed
    assert "\x1b" not in listed


def test_keys_are_nowhere_in_the_data_folder(server: Server, client: NewClient) -> None:
    made = client("free")
    files = [file for file in server.data_dir.rglob("*") if file.is_file() and file.name != "api-key"]
    contents = {file: file.read_bytes() for file in files}
    assert any(key_hash(made.key).encode() in content for content in contents.values())
    for file, content in contents.items():
        assert made.key.encode() not in content, file
        assert API_KEY.encode() not in content, file


# Plans


@pytest.mark.parametrize(("plan", "limit"), [("free", 500), ("creator", 1500), ("team", 3000), ("enterprise", 5000)])
def test_a_script_may_have_as_many_characters_as_the_plan_says(client: NewClient, plan: str, limit: int) -> None:
    mine = client(plan)
    answer = mine.http.post("/v2/video/generate", json=body("a" * (limit + 1), test=True))
    assert answer.status_code == 400
    assert answer.json()["error"] == f"script is too long: {limit + 1} characters, the limit is {limit}."
    webm = {"avatar_pose_id": "josh_lite3_20230714", "avatar_style": "normal", "input_text": "a" * (limit + 1)}
    voice = scene()["voice"]["voice_id"]
    refused = mine.http.post("/v1/video.webm", json={**webm, "voice_id": voice})
    assert refused.status_code == 400 and f"the limit is {limit}." in refused.json()["message"]
    assert mine.http.post("/v2/video/generate", json=body("a" * limit, test=True)).status_code == 200


@pytest.mark.parametrize(("plan", "credits"), [("free", 10), ("creator", 60), ("team", 300)])
def test_a_plan_comes_with_its_credits(client: NewClient, plan: str, credits: int) -> None:
    assert client(plan).left() == (60 * credits, 0)


@pytest.mark.parametrize(("plan", "places"), [("free", 1), ("creator", 3)])
def test_the_rest_waits_and_is_begun_when_one_ends(
    server: Server, folder: Path, client: NewClient, plan: Plan, places: int
) -> None:
    mine = client(plan)
    videos = [mine.generate(body("It waits.", title=f"{number}")) for number in range(places + 1)]
    running = lambda: [v for v in videos if mine.status(v)["status"] == "processing"]  # noqa: E731
    eventually(lambda: len(running()) == places, f"{places} at once")
    assert mine.status(videos[-1])["status"] == "pending"
    other = client("free")
    assert other.ended(other.generate(body("Another account is not in the way.")))["status"] == "completed"
    assert running() == videos[:-1]
    assert mine.http.delete("/v1/video.delete", params={"video_id": videos[0]}).status_code == 200
    eventually(lambda: mine.status(videos[-1])["status"] == "processing", "the one that waited")
    (folder / "go").touch()
    assert {mine.ended(video)["status"] for video in videos[1:]} == {"completed"}
    queued = [mine.generate(body("Quick.")) for _ in range(places + 2)]
    assert {mine.ended(video)["status"] for video in queued} == {"completed"}
    (folder / "go").unlink()


# Credits


def test_a_film_is_charged_by_the_second_and_the_rest_given_back(client: NewClient) -> None:
    mine = client("free")
    sent = body("This sentence takes some seconds.", "And another one.", "And a third.")
    assert estimated_seconds(parse_generate(sent).spec) > 2
    assert mine.ended(mine.generate(sent))["duration"] == 1.2
    assert mine.left() == (600 - 2, 2)


def test_what_a_running_video_may_cost_is_held_back_and_comes_back_when_it_fails_or_is_deleted(
    folder: Path, client: NewClient
) -> None:
    mine = client("free", credits=10, concurrency=2)
    held = estimated_seconds(parse_generate(body("It waits.")).spec)
    waiting = mine.generate(body("It waits."))
    assert mine.left() == (600 - held, 0)
    failed = mine.generate(body("This fails."))
    assert mine.ended(failed)["status"] == "failed"
    assert mine.left() == (600 - held, 0)
    assert mine.http.delete("/v1/video.delete", params={"video_id": waiting}).status_code == 200
    assert mine.left() == (600, 0)
    assert mine.http.delete("/v1/video.delete", params={"video_id": failed}).status_code == 200
    assert mine.left() == (600, 0)


def test_tests_are_free_also_where_nothing_is_left(client: NewClient) -> None:
    mine = client("free", credits=0)
    assert mine.ended(mine.generate(body("A test.", test=True)))["status"] == "completed"
    assert mine.left() == (0, 0)


@pytest.mark.parametrize("path", ["/v2/video/generate", "/v1/video.webm"])
def test_too_little_credit_is_said_in_the_words_that_clients_test_for(client: NewClient, path: str) -> None:
    mine = client("free", credits=0)
    sent = body() if path.startswith("/v2") else {
        "avatar_pose_id": "josh_lite3_20230714", "avatar_style": "normal", "input_text": "Hello.",
        "voice_id": scene()["voice"]["voice_id"],
    }  # fmt: skip
    answer = mine.http.post(path, json=sent)
    assert answer.status_code == 400
    assert "credit" in answer.json()["message"] and "quota" in answer.json()["message"]
    if path.startswith("/v2"):
        assert answer.json()["code"] == "insufficient_credit"
        assert answer.json()["error"] == answer.json()["message"]


def silent_scenes(count: int) -> dict[str, Any]:
    """Scenes of a tenth of a second, of which the scripted renderer makes more."""
    silence = {"character": None, "voice": {"type": "silence", "duration": 0.1}}
    return {"video_inputs": [silence] * count, "dimension": {"width": 320, "height": 240}}


def test_a_film_longer_than_was_held_back_for_it_is_charged_whole(client: NewClient) -> None:
    mine = client("free", credits=1)
    sent = silent_scenes(10)
    assert estimated_seconds(parse_generate(sent).spec) == 1
    assert mine.ended(mine.generate(sent))["duration"] == 4.0
    assert mine.left() == (56, 4)


def test_a_film_longer_than_what_is_left_fails_and_costs_nothing(client: NewClient) -> None:
    mine = client("free", credits=1, concurrency=2)
    long = {"character": None, "voice": {"type": "silence", "duration": 56}}
    waiting = mine.generate({"video_inputs": [scene("It waits."), long], "dimension": {"width": 320, "height": 240}})
    assert mine.left() == (2, 0)
    failed = mine.ended(mine.generate(silent_scenes(10)))
    assert (failed["status"], failed["failure_code"], failed["video_url"]) == ("failed", "insufficient_credit", None)
    assert "credit" in failed["failure_message"] and "quota" in failed["failure_message"]
    assert mine.left() == (2, 0)
    assert mine.http.delete("/v1/video.delete", params={"video_id": waiting}).status_code == 200
    assert mine.left() == (60, 0)


def test_submissions_side_by_side_cannot_overdraw(client: NewClient) -> None:
    mine = client("free", credits=1, concurrency=1)
    sent = body("a" * 100)
    held = estimated_seconds(parse_generate(sent).spec)
    start = threading.Barrier(AT_ONCE)

    def submit(_: int) -> int:
        start.wait()
        return mine.http.post("/v2/video/generate", json=sent).status_code

    mine.http.get("/")  # before all connections are made at once
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = Counter(pool.map(submit, range(AT_ONCE)))
    kept = 60 // held
    assert 1 < kept < AT_ONCE
    # Films that end meanwhile are charged and make room for more, but never for more than there is.
    left, used = mine.left()
    assert answers[200] >= kept and answers[200] + answers[400] == AT_ONCE
    assert left >= 0
    eventually(lambda: mine.left()[0] + mine.left()[1] == 60, "the end of all films")
    assert mine.left() == (60 - answers[200], answers[200])
    assert used <= answers[200]


# On the store alone, in both databases


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'rows.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").url
    store = Store(url)
    yield store
    store.close()


def test_rows_cannot_be_overdrawn_whatever_happens_side_by_side(store: Store) -> None:
    """Half of what is kept ends at once, finished, failed or deleted, so that credit comes back meanwhile."""
    spec = VideoSpec(scenes=(Scene(character=None, voice=SilentVoice(duration_s=1)),), width=320, height=240)
    account = store.accounts.create("a", "free", left_s=100, concurrency=1)
    start, lowest = threading.Barrier(AT_ONCE), list[int]()

    def submit(number: int) -> int:
        """Seconds that stay held back or are charged."""
        start.wait()
        try:
            video = store.videos.create(NewVideo(spec, {}, account_id=account.id, reserved_s=7))
        except InsufficientCredit:
            return 0
        now = store.accounts.get(account.id)
        lowest.append(now.left_s if now and now.left_s is not None else -1)
        if number % 4 == 0:
            store.videos.finish(video.id, video_key="v", thumbnail_key="t", duration_s=2.5)
            return 3
        if number % 4 == 1:
            store.videos.fail(video.id, Failure("speech", "x", "x"))
            return 0
        if number % 4 == 2:
            store.videos.delete(video.id, account.id)
            return 0
        return 7

    with ThreadPoolExecutor(AT_ONCE) as pool:
        held = sum(pool.map(submit, range(AT_ONCE)))
    after = store.accounts.get(account.id)
    assert after and after.left_s == 100 - held
    assert min(lowest) >= 0
    assert held <= 100


def test_what_is_held_back_grows_only_as_far_as_there_is_credit(store: Store) -> None:
    spec = VideoSpec(scenes=(Scene(character=None, voice=SilentVoice(duration_s=1)),), width=320, height=240)
    account = store.accounts.create("a", "free", left_s=10, concurrency=1)
    video = store.videos.create(NewVideo(spec, {}, account_id=account.id, reserved_s=2))
    store.videos.reserve(video.id, 6)
    store.videos.reserve(video.id, 3)
    with pytest.raises(InsufficientCredit):
        store.videos.reserve(video.id, 11)
    now = store.accounts.get(account.id)
    assert now and now.left_s == 4
    store.videos.finish(video.id, video_key="v", thumbnail_key="t", duration_s=5.2)
    store.videos.finish(video.id, video_key="v", thumbnail_key="t", duration_s=5.2)
    now = store.accounts.get(account.id)
    assert now and (now.left_s, now.used_s) == (10 - math.ceil(5.2), 6)


# Styles of errors


def error_of(http: httpx.Client) -> object:
    answer = http.post("/v2/video/generate", json={})
    assert answer.status_code == 400
    found: object = answer.json()["error"]
    return found


def test_the_style_of_v2_errors_is_the_keys_or_else_the_servers(server: Server, folder: Path) -> None:
    environment = {
        "LIMELIGHT_V2_ERROR_STYLE": "object", "LIMELIGHT_RENDERER": "scripted_renderer",
        "LIMELIGHT_SCRIPTED_FOLDER": str(folder),
    }  # fmt: skip
    said = error_of(server.http)
    assert isinstance(said, str)
    with Server(folder / "object-style", environment) as other:
        assert error_of(other.http) == {"code": "invalid_parameter", "message": said}
        missing = other.http.get("/v1/video_status.get").json()
        assert missing == {"code": 40001, "message": "video_id is invalid: field required.", "data": None}
        store = Store(f"sqlite:///{other.data_dir / 'limelight.db'}")
        key = new_key(store, new_account(store, "x", "free").id, "x", "string")
        store.close()
        with httpx.Client(base_url=other.url, headers={"X-Api-Key": key}, timeout=60) as http:
            assert error_of(http) == said
        unknown = httpx.get(f"{other.url}/v2/voices", timeout=60).json()
        assert unknown["error"] == {"code": "unauthorized", "message": "Invalid API key"}


def test_the_owner_has_no_limits(server: Server) -> None:
    assert PLANS["enterprise"].credits is None
    data = server.http.get("/v2/user/remaining_quota").json()["data"]
    assert data["remaining_quota"] > 10**9
    assert server.ended(server.generate(body("a" * 5000)))["status"] == "completed"
