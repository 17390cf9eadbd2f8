"""Webhooks arrive at real receivers on loopback: signed, whole, once more after failures, stops and kill -9."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from limelight.errors import JobError
from limelight.network.connect import PUBLIC, Allowed
from limelight.notices import EVENTS
from limelight.requests import parse_generate
from limelight.service import deliveries as module
from limelight.service.accounts import new_account, new_key
from limelight.service.deliveries import Deliverer
from limelight.service.settings import Settings
from limelight.store import OWNER, Failure, NewVideo, Store
from limelight.store.webhooks import Delivery
from receiver import Receiver
from serving import Server, body, eventually, free_port, scripted

SUCCESS = {
    "video_id", "url", "video_url", "thumbnail_url", "gif_download_url", "captioned_video_url", "video_share_page_url",
    "folder_id", "callback_id", "title", "duration",
}  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with closing(Receiver()) as receiver:
        yield receiver


# Over HTTP, from a server in a process of its own


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LIMELIGHT_WEBHOOK_SCHEDULE": "0.3,0.3"}


def environment(folder: Path, schedule: str) -> dict[str, str]:
    return scripted(folder, LIMELIGHT_WEBHOOK_SCHEDULE=schedule)


@pytest.fixture
def rows(server: Server) -> Iterator[Store]:
    """The server's rows, as another process sees them."""
    with closing(Store(f"sqlite:///{server.data_dir / 'limelight.db'}")) as store:
        yield store


@pytest.fixture(autouse=True)
def no_endpoint_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "server" in request.fixturenames:
        http: httpx.Client = request.getfixturevalue("server").http
        for endpoint in http.get("/v1/webhook/endpoint.list").json()["data"]:
            http.delete("/v1/webhook/endpoint.delete", params={"endpoint_id": endpoint["endpoint_id"]})


def add(http: httpx.Client, url: str, **fields: object) -> dict[str, Any]:
    answer = http.post("/v1/webhook/endpoint.add", json={"url": url, **fields})
    assert answer.status_code == 201, answer.text
    assert {**answer.json(), "data": None} == {"code": 100, "data": None, "msg": None, "message": "Success"}
    endpoint: dict[str, Any] = answer.json()["data"]
    return endpoint


def guest(server: Server, rows: Store) -> httpx.Client:
    """A client of another account's."""
    account = new_account(rows, "a guest", "enterprise")
    return httpx.Client(base_url=server.url, headers={"X-Api-Key": new_key(rows, account.id, "a key")}, timeout=60)


def deliveries(store: Store, video_id: str) -> list[Delivery]:
    return store.webhooks.log(100, video_id=video_id)


def ended(store: Store, video_id: str, count: int = 1) -> list[Delivery]:
    """A video's deliveries when all have ended."""

    def found() -> list[Delivery]:
        all = deliveries(store, video_id)
        return all if len(all) >= count and all_ended(all) else []

    return eventually(found, "the end of the deliveries")


def all_ended(deliveries: list[Delivery]) -> bool:
    return all(delivery.state != "waiting" for delivery in deliveries)


def test_success_is_told_at_the_endpoint_and_at_the_callback_url(server: Server, receiver: Receiver) -> None:
    endpoint = add(server.http, f"{receiver.url}/all", secret="a shared secret")
    video_id = server.generate(
        body("Grüße.", title="Ein Titel", folder_id="f", callback_id="mine", callback_url=f"{receiver.url}/mine?x=1")
    )
    status = server.ended(video_id)
    (here,), (there,) = receiver.at("/all", video_id), receiver.at("/mine?x=1", video_id)
    assert here.json["event_id"] == there.json["event_id"] == here.headers["x-heygen-event-id"]
    for told in (here, there):
        assert told.is_signed_with(endpoint["secret"])
        assert told.headers["content-type"] == "application/json"
        # What receivers that write it again, as JavaScript does, check the signature of.
        assert told.raw == json.dumps(told.json, ensure_ascii=False, separators=(",", ":")).encode()
        assert set(told.json) == {"event", "event_type", "event_id", "event_data"}
        assert told.json["event"] == told.json["event_type"] == "avatar_video.success"
    data = here.json["event_data"]
    assert set(data) == SUCCESS
    assert (data["callback_id"], data["folder_id"], data["title"]) == ("mine", "f", "Ein Titel")
    assert (data["video_id"], data["duration"]) == (video_id, status["duration"])
    assert data["captioned_video_url"] is data["video_share_page_url"] is None
    assert data["url"] == data["video_url"]
    for name in ("url", "thumbnail_url", "gif_download_url"):
        assert data[name].startswith(server.url)
        assert httpx.get(data[name]).status_code == 200


def test_failure_is_told_in_every_word_that_clients_read(server: Server, receiver: Receiver) -> None:
    add(server.http, f"{receiver.url}/all")
    video_id = server.generate(body("This fails.", callback_id="mine"))
    (told,) = receiver.at("/all", video_id)
    said = server.status(video_id)["failure_message"]
    assert told.json["event"] == told.json["event_type"] == "avatar_video.fail"
    assert told.json["event_data"] == {
        "video_id": video_id, "callback_id": "mine", "msg": said, "error": said, "message": said,
        "failure_message": said, "failure_code": "speech_failed",
    }  # fmt: skip


def test_events_that_do_not_exist_are_kept_and_never_happen(server: Server, receiver: Receiver) -> None:
    kept = add(server.http, f"{receiver.url}/odd", events=["avatar_video.done", "avatar_video.success"])
    never = add(server.http, f"{receiver.url}/never", events=["avatar_video.done"])
    video_id = server.generate(body("Hello."))
    receiver.at("/odd", video_id)
    assert (kept["events"], never["events"]) == (["avatar_video.done", "avatar_video.success"], ["avatar_video.done"])
    assert [told for told in receiver.told if told.path == "/never"] == []


def test_every_name_of_the_signature_s_header_is_sent(server: Server, receiver: Receiver) -> None:
    secret = add(server.http, f"{receiver.url}/signed")["secret"]
    (told,) = receiver.at("/signed", server.generate(body("Hello.")))
    assert told.is_signed_with(secret)
    assert told.headers["heygen-event-id"] == told.headers["x-heygen-event-id"] == told.json["event_id"]
    assert abs(int(told.headers["heygen-timestamp"]) - time.time()) < 240


def test_a_callback_without_any_endpoint_is_signed_with_the_accounts_own_secret(
    server: Server, rows: Store, receiver: Receiver
) -> None:
    secret = server.http.get("/v1/webhook/secret").json()["data"]["secret"]
    video_id = server.generate(body("Hello.", callback_url=f"{receiver.url}/mine"))
    (told,) = receiver.at("/mine", video_id)
    assert len(secret) == 64
    assert told.is_signed_with(secret)
    with guest(server, rows) as other:
        assert other.get("/v1/webhook/secret").json()["data"]["secret"] != secret


def test_an_endpoint_hears_only_of_the_events_that_it_asked_for(
    server: Server, rows: Store, receiver: Receiver
) -> None:
    add(server.http, f"{receiver.url}/fails", events=["avatar_video.fail"])
    add(server.http, f"{receiver.url}/both", events=["avatar_video.success", "avatar_video.fail"])
    good, bad = server.generate(body("Hello.")), server.generate(body("This fails."))
    assert [each.url for each in ended(rows, good)] == [f"{receiver.url}/both"]
    assert sorted(each.url for each in ended(rows, bad, 2)) == [f"{receiver.url}/both", f"{receiver.url}/fails"]


def test_who_is_told_at_the_callback_url_is_not_told_there_twice(
    server: Server, rows: Store, receiver: Receiver
) -> None:
    add(server.http, f"{receiver.url}/other")
    same = add(server.http, f"{receiver.url}/mine")
    video_id = server.generate(body("Hello.", callback_url=f"{receiver.url}/mine"))
    assert len(ended(rows, video_id, 2)) == 2
    (told,) = receiver.at("/mine", video_id)
    assert told.is_signed_with(same["secret"])


def test_what_waits_follows_a_changed_endpoint_and_ends_with_a_deleted_one(
    server: Server, rows: Store, receiver: Receiver
) -> None:
    receiver.answers = {"/held-moved": [500], "/held-gone": [500]}
    moved = add(server.http, f"{receiver.url}/held-moved", secret="s")
    gone = add(server.http, f"{receiver.url}/held-gone")
    video_id = server.generate(body("Hello."))
    receiver.at("/held-moved"), receiver.at("/held-gone")
    change = {"endpoint_id": moved["endpoint_id"], "url": f"{receiver.url}/new"}
    answer = server.http.patch("/v1/webhook/endpoint.update", json=change)
    assert answer.json()["data"] == {**moved, "url": f"{receiver.url}/new"}
    removed = server.http.delete("/v1/webhook/endpoint.delete", params={"endpoint_id": gone["endpoint_id"]})
    assert (removed.status_code, removed.json()["data"]) == (200, None)
    receiver.go.set()
    (told,) = receiver.at("/new", video_id)
    assert told.is_signed_with("s")
    states = {each.url.rpartition("/")[2]: each for each in ended(rows, video_id, 2)}
    assert (states["new"].state, [a.status for a in states["new"].attempts]) == ("delivered", [500, 200])
    assert states["held-gone"].state == "failed"
    assert [attempt.status for attempt in states["held-gone"].attempts] in ([], [500])
    assert len(receiver.at("/held-gone")) == 1


def test_it_is_given_up_after_the_schedule_and_the_log_says_so(server: Server, rows: Store, receiver: Receiver) -> None:
    receiver.answers["/bad?a=[b]"] = [500, 302, 410]
    video_id = server.generate(body("Hello.", callback_url=f"{receiver.url}/bad?a=[b]"))
    (delivery,) = ended(rows, video_id)
    assert (delivery.state, delivery.next_ms) == ("failed", None)
    assert [attempt.status for attempt in delivery.attempts] == [500, 302, 410]
    told = receiver.at("/bad?a=[b]", count=3)
    assert len({each.json["event_id"] for each in told}) == 1
    assert not [each for each in receiver.told if each.path == "/elsewhere"], "redirects are not followed"
    log = run("log", "--video", video_id, "--data-dir", str(server.data_dir))
    for word in (video_id, delivery.event_id, "avatar_video.success", delivery.url, "given up", *("500", "302", "410")):
        assert word in log


def test_the_command_line_lists_endpoints_and_what_waits(server: Server, receiver: Receiver) -> None:
    closed = f"http://127.0.0.1:{free_port()}/hook"
    endpoint = add(server.http, closed, events=["avatar_video.fail"])
    listed = run("list", "--data-dir", str(server.data_dir))
    assert endpoint["endpoint_id"] in listed and closed in listed and "avatar_video.fail" in listed
    video_id = server.generate(body("This fails."))
    log = eventually(
        lambda: text if "cannot be reached" in (text := run("log", "--data-dir", str(server.data_dir))) else "",
        "an attempt in the log",
    )
    assert video_id in log


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "limelight.cli", "webhooks", *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_log_of_a_folder_without_a_server_is_an_error(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "limelight.cli", "webhooks", "log", "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "--data-dir" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_endpoints_are_listed_as_they_were_added(server: Server, receiver: Receiver) -> None:
    first = add(server.http, f"{receiver.url}/one", events=None, entity_id="what clients send besides")
    second = add(server.http, f"{receiver.url}/two", events=["avatar_video.fail"], secret="mine")
    assert set(first) == {"endpoint_id", "url", "secret", "status", "events", "username", "created_at"}
    assert (first["status"], first["events"], len(first["secret"])) == ("enabled", list(EVENTS), 64)
    assert first["created_at"].endswith("Z")
    assert (second["secret"], second["events"]) == ("mine", ["avatar_video.fail"])
    assert server.http.get("/v1/webhook/endpoint.list").json()["data"] == [first, second]
    change = {"endpoint_id": second["endpoint_id"], "events": []}
    changed = server.http.patch("/v1/webhook/endpoint.update", json=change).json()["data"]
    assert changed == {**second, "events": list(EVENTS)}
    names = server.http.get("/v1/webhook/webhook.list").json()["data"]
    assert {"avatar_video.success", "avatar_video.fail"} <= set(names)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "url is invalid: field required"),
        ({"url": ""}, "url is invalid: field required"),
        ({"url": "ftp://host/x"}, "url is invalid: it must begin with http:// or https://"),
        ({"url": "https://user:word@host/x"}, "url is invalid: it must not carry a user name or password"),
        ({"url": 7}, "url is invalid"),
        ({"url": "https://host/", "events": "avatar_video.fail"}, "events is invalid: it must be a list"),
        ({"url": "https://host/", "secret": "s" * 256}, "secret is invalid: it has 256 characters"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(server: Server, fields: dict[str, Any], named: str) -> None:
    answer = server.http.post("/v1/webhook/endpoint.add", json=fields)
    assert (answer.status_code, answer.json()["code"]) == (400, 40001)
    assert named in answer.json()["error"] == answer.json()["message"]
    assert "events" not in fields or "video.success" not in fields["events"] or "avatar_video.fail" in answer.text
    assert server.http.get("/v1/webhook/endpoint.list").json()["data"] == []


def test_another_accounts_endpoints_are_not_there(server: Server, rows: Store, receiver: Receiver) -> None:
    mine = add(server.http, f"{receiver.url}/mine")
    with guest(server, rows) as other:
        assert other.get("/v1/webhook/endpoint.list").json()["data"] == []
        for id in (mine["endpoint_id"], "f" * 32, "no id\0 at all"):
            change: dict[str, object] = {"endpoint_id": id, "url": "https://example.com/", "events": []}
            params = {"endpoint_id": id}
            for answer in (
                other.patch("/v1/webhook/endpoint.update", json=change),
                other.delete("/v1/webhook/endpoint.delete", params=params),
            ):
                if "\0" in id and answer.status_code == 400:
                    continue
                assert answer.status_code == 404, answer.text
                assert "not found" in answer.json()["error"]
        video_id = other.post("/v2/video/generate", json=body("Theirs.")).json()["data"]["video_id"]
        eventually(
            lambda: other.get(f"/v2/videos/{video_id}").json()["data"]["status"] == "completed", "the other's video"
        )
    assert server.http.get("/v1/webhook/endpoint.list").json()["data"] == [mine]
    assert deliveries(rows, video_id) == []
    for method, path in (("POST", "add"), ("PATCH", "update"), ("DELETE", "delete"), ("GET", "list")):
        answer = httpx.request(method, f"{server.url}/v1/webhook/endpoint.{path}")
        assert answer.status_code == 401


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/x", "http://localhost:8080/x", "http://10.0.0.7/", "http://[::1]/", "http://2130706433/",
     "http://[::ffff:169.254.169.254]/", "http://0x7f.1/x"],
)  # fmt: skip
def test_other_accounts_cannot_name_addresses_that_are_not_public(server: Server, rows: Store, url: str) -> None:
    webm = {"avatar_pose_id": "josh_lite3_20230714", "avatar_style": "normal", "callback_url": url,
            "input_text": "Hello.", "voice_id": "1bd001e7e50f421d891986aad5158bc8"}  # fmt: skip
    with guest(server, rows) as other:
        answers = {
            "url": other.post("/v1/webhook/endpoint.add", json={"url": url}),
            "callback_url": other.post("/v2/video/generate", json=body("Hello.", callback_url=url)),
            "callback_url ": other.post("/v1/video.webm", json=webm),
        }
    for field, answer in answers.items():
        assert answer.status_code == 400
        assert answer.json()["message"].startswith(f"{field.strip()} is invalid: its address ")


def test_a_callback_url_that_is_none_is_refused_and_an_empty_one_is_absent(server: Server, rows: Store) -> None:
    answer = server.http.post("/v2/video/generate", json=body("Hello.", callback_url="example.com/hook"))
    assert answer.status_code == 400
    assert answer.json()["message"] == "callback_url is invalid: it must begin with http:// or https://."
    video_id = server.generate(body("Hello.", callback_url="", callback_id="alone"))
    assert server.ended(video_id)["callback_id"] == "alone"
    assert deliveries(rows, video_id) == []


def test_an_account_has_a_limited_number_of_endpoints(server: Server, rows: Store) -> None:
    with guest(server, rows) as other:
        account = rows.accounts.all()[-1]
        for i in range(50):
            rows.webhooks.add(account.id, f"https://example.com/{i}", None, "s")
        answer = other.post("/v1/webhook/endpoint.add", json={"url": "https://example.com/"})
    assert (answer.status_code, "50" in answer.json()["message"]) == (400, True)


def test_nothing_is_lost_by_a_receiver_that_is_down_and_a_server_that_is_killed(
    tmp_path: Path, receiver: Receiver
) -> None:
    data, settings = tmp_path / "data", environment(tmp_path, "0,10,10,10")
    port = free_port()
    with Server(data, settings) as server, closing(Store(f"sqlite:///{data / 'limelight.db'}")) as rows:
        endpoint = add(server.http, f"http://127.0.0.1:{port}/down")
        down = server.generate(body("Hello."))
        eventually(lambda: any(len(each.attempts) == 2 for each in deliveries(rows, down)), "two attempts in vain")
        # The other one's answer never comes: whether it has arrived, the server cannot know.
        held = server.generate(body("Hello.", callback_url=f"{receiver.url}/held"))
        (first,) = receiver.at("/held", held)
        server.kill()
    (before,) = [each for each in deliveries(rows, down) if each.url.endswith("/down")]
    assert [(attempt.status, attempt.error) for attempt in before.attempts] == [(None, "it cannot be reached.")] * 2
    receiver.go.set()
    with closing(Receiver(port)) as late, Server(data, settings):
        (told,) = late.at("/down", down)
        _, again = receiver.at("/held", held, count=2)
        with closing(Store(f"sqlite:///{data / 'limelight.db'}")) as rows:
            (after,) = ended(rows, down)
            ended(rows, held, 2)
    assert told.json["event_id"] == before.event_id
    assert told.is_signed_with(endpoint["secret"])
    assert [attempt.status for attempt in after.attempts] == [None, None, 200]
    assert again.json["event_id"] == first.json["event_id"]
    assert len([each for each in late.told if each.json["event_data"]["video_id"] == down]) == 1


# One deliverer over rows, in this process


@dataclass
class Desk:
    """Rows, and deliverers over them."""

    store: Store
    running: list[Deliverer]

    def start(self, schedule_s: tuple[float, ...] = (), allowed: Allowed = PUBLIC) -> Deliverer:
        deliverer = Deliverer(
            self.store.webhooks,
            sign=lambda base, key: f"{base}/{key}",
            secret_of=lambda account_id: f"secret of {account_id}",
            allowed=allowed,
            schedule_s=schedule_s,
        )
        deliverer.start()
        self.running.append(deliverer)
        return deliverer

    def fail(self, callback_url: str, account_id: str = OWNER) -> str:
        """A video that failed."""
        request = parse_generate(body("Hello."))
        new = NewVideo(request.spec, {}, callback_url=callback_url, account_id=account_id, base_url="http://here")
        video_id = self.store.videos.create(new).id
        self.store.videos.fail(video_id, Failure("speech", "speech_failed", "why"))
        return video_id

    def guest(self) -> str:
        return new_account(self.store, "a guest", "enterprise").id


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = Store(f"sqlite:///{tmp_path / 'rows.db'}")
    desk = Desk(store, [])
    yield desk
    for deliverer in desk.running:
        deliverer.stop()
    store.close()


@pytest.fixture
def internal(monkeypatch: pytest.MonkeyPatch) -> str:
    """A name that stands for this machine."""
    real: Callable[..., Any] = socket.getaddrinfo

    def resolve(host: str, *rest: Any, **more: Any) -> Any:
        return real("127.0.0.1" if host == "internal.test" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return "internal.test"


def test_what_a_name_stands_for_is_checked_when_it_is_sent(desk: Desk, receiver: Receiver, internal: str) -> None:
    url = f"http://{internal}:{receiver.port}/x"
    theirs, mine = desk.fail(url, desk.guest()), desk.fail(url)
    deliverer = desk.start()
    (refused,), (sent,) = ended(desk.store, theirs), ended(desk.store, mine)
    assert (refused.state, sent.state) == ("failed", "delivered")
    assert [attempt.error for attempt in refused.attempts] == ["its address 127.0.0.1 is not public."]
    assert [told.json["event_data"]["video_id"] for told in receiver.told] == [mine]
    deliverer.stop()
    named = desk.fail(url, desk.guest())
    desk.start(allowed=Allowed.parse(internal))
    assert ended(desk.store, named)[0].state == "delivered"


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No attempt gives up while a test looks."""
    monkeypatch.setattr(module, "TIMEOUT_S", 600.0)


@pytest.mark.usefixtures("patient")
def test_a_slow_receiver_holds_up_nobody_else_and_is_asked_by_one_thread_for_each(
    desk: Desk, receiver: Receiver
) -> None:
    for i in range(40):
        desk.fail(f"{receiver.url}/held-{i}")
    with closing(Receiver()) as quick:
        deliverer = desk.start()
        receiver.at("/held-0")
        for _ in range(3):
            video_id = desk.fail(f"{quick.url}/quick")
            deliverer.wake()
            quick.at("/quick", video_id)
        paths = [told.path for told in receiver.told]
        assert 1 < len(paths) == len(set(paths)) < 10
        receiver.go.set()
        eventually(lambda: len(receiver.told) == 40, "the rest")
        eventually(lambda: all_ended(desk.store.webhooks.log(100)), "the end")
    assert {len(each.attempts) for each in desk.store.webhooks.log(100)} == {1}


@pytest.mark.usefixtures("patient")
def test_one_accounts_slow_receivers_leave_room_for_other_accounts(desk: Desk, receiver: Receiver) -> None:
    others = [Receiver() for _ in range(5)]
    guest_id = desk.guest()
    for i in range(30):
        desk.fail(f"{others[i % 5].url}/held-{i}", guest_id)
    deliverer = desk.start(allowed=Allowed.parse("127.0.0.1"))
    eventually(lambda: sum(len(other.told) for other in others) >= 8, "all places of one account")
    video_id = desk.fail(f"{receiver.url}/quick")
    deliverer.wake()
    receiver.at("/quick", video_id)
    for other in others:
        other.close()


def test_a_receiver_that_never_ends_its_answer_is_left(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 0.5)
    video_id = desk.fail(f"{receiver.url}/held")
    desk.start()
    (delivery,) = ended(desk.store, video_id)
    assert [attempt.error for attempt in delivery.attempts] == ["there was no answer within 0.5 seconds."]


def test_what_is_being_sent_when_the_server_stops_is_sent_again(desk: Desk, receiver: Receiver) -> None:
    video_id = desk.fail(f"{receiver.url}/held")
    deliverer = desk.start()
    receiver.at("/held")
    deliverer.stop()
    (waiting,) = deliveries(desk.store, video_id)
    assert (waiting.state, waiting.attempts) == ("waiting", ())
    receiver.go.set()
    desk.start()
    assert ended(desk.store, video_id)[0].state == "delivered"
    first, again = receiver.at("/held", count=2)
    assert first.json["event_id"] == again.json["event_id"]


def test_a_row_that_cannot_be_sent_ends_too(desk: Desk) -> None:
    """Rows of versions that did not look at URLs."""
    ids = [desk.fail(url) for url in ("not a URL", "http://no-such-host.invalid/", "http://[::1")]
    desk.start()
    for video_id in ids:
        (delivery,) = ended(desk.store, video_id)
        assert delivery.state == "failed"
        assert delivery.attempts[0].error


def test_what_ended_long_ago_is_forgotten(desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    video_id = desk.fail(f"{receiver.url}/x")
    desk.start()
    ended(desk.store, video_id)
    monkeypatch.setattr(module, "LOG_DAYS", -1)
    desk.start()
    eventually(lambda: deliveries(desk.store, video_id) == [], "an empty log")


@pytest.mark.parametrize("schedule", ["soon", "1,,2", "-1", "nan", "inf", "1;2"])
def test_a_schedule_that_is_none_is_refused_at_the_start(tmp_path: Path, schedule: str) -> None:
    with pytest.raises(JobError, match="LIMELIGHT_WEBHOOK_SCHEDULE must be seconds between commas"):
        Settings.from_environment(tmp_path, {"LIMELIGHT_WEBHOOK_SCHEDULE": schedule})


def test_the_schedule_is_the_documented_one() -> None:
    settings = Settings.from_environment(Path(), {"LIMELIGHT_WEBHOOK_SCHEDULE": " 1, 2.5"})
    assert settings.webhook_schedule_s == (1.0, 2.5)
    assert Settings.from_environment(Path(), {}).webhook_schedule_s == (10, 30, 120, 600, 3600, 21600, 86400)
