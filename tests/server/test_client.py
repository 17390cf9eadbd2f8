"""The Python client, waiting and awaited, against a Limelight server, and others that behave as HeyGen's, or badly."""

from __future__ import annotations

import asyncio
import http.server
import inspect
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from limelight import client as sdk
from limelight.client import AsyncClient, Client, VideoStatus
from limelight.client.retries import sent
from limelight.client.steps import Answer, Request, Send, Sleep
from limelight.service.accounts import new_account, new_key
from limelight.store import Store
from places import ROOT
from serving import API_KEY, Server, body, eventually, free_port

DOCUMENT = ROOT / "docs" / "sdk.md"
AVATAR, VOICE = "josh_lite3_20230714", "1bd001e7e50f421d891986aad5158bc8"

#: Calls a method of a client of one kind.
Call = Callable[..., Any]


def caller(kind: str, url: str, key: str = API_KEY, **options: Any) -> Call:
    """What calls a method of a fresh client of this kind."""

    def waited(method: str, *arguments: Any, **named: Any) -> Any:
        with Client(url, key, **options) as client:
            return getattr(client, method)(*arguments, **named)

    async def awaited(method: str, *arguments: Any, **named: Any) -> Any:
        async with AsyncClient(url, key, **options) as client:
            return await getattr(client, method)(*arguments, **named)

    def run(method: str, *arguments: Any, **named: Any) -> Any:
        return asyncio.run(awaited(method, *arguments, **named))

    return waited if kind == "waiting" else run


@pytest.fixture(params=["waiting", "awaited"])
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def call(kind: str, server: Server) -> Call:
    return caller(kind, server.url)


# Against Limelight


def test_the_production_workflow(call: Call, server: Server, tmp_path: Path) -> None:
    result = call("generate_avatar_video", "Hello.", width=320, height=240, interval=0.2)
    first = server.http.get("/v2/avatars").json()["data"]["avatars"][0]
    assert result == sdk.VideoGenerationResult(
        result.video_id, result.video_url, 0.4, first["avatar_id"], first["default_voice_id"], first["avatar_name"]
    )
    made = server.status(result.video_id)
    assert made["status"] == "completed"
    assert httpx.URL(made["video_url"]).path == httpx.URL(result.video_url).path
    assert call("download", result, tmp_path / "a.mp4") == tmp_path / "a.mp4"
    assert (tmp_path / "a.mp4").read_bytes() == httpx.get(result.video_url).content
    assert [file.name for file in tmp_path.iterdir()] == ["a.mp4"]


def test_a_chosen_avatar_and_voice(call: Call, server: Server) -> None:
    url = call("create_video", "Hello.", AVATAR, VOICE, interval=0.2)
    assert httpx.get(url).headers["content-type"] == "video/mp4"


def test_a_video_and_a_batch_of_v3(call: Call, server: Server) -> None:
    spoken = {"type": "avatar", "avatar_id": "josh_lite3_20230714", "script": "Hello."}
    video = call("begin_v3_video", spoken)
    assert call("wait_for_video", video.video_id).status == "completed"
    batch = call("begin_batch", [spoken, {**spoken, "avatar_id": "nobody"}], "Two")
    assert (batch.title, batch.total_items) == ("Two", 2)
    first, second = call("get_batch", batch.batch_id).items
    assert call("wait_for_video", first.video_id).status == "completed"
    assert (second.status, second.error["code"], second.error["param"]) == ("failed", "avatar_not_found", "avatar_id")
    assert call("get_batch", batch.batch_id).status == "completed"
    with pytest.raises(sdk.InvalidAvatar) as caught:
        call("begin_v3_video", {**spoken, "avatar_id": "nobody"})
    assert (caught.value.param, caught.value.status) == ("avatar_id", 404)
    with pytest.raises(sdk.NotFound):
        call("get_batch", "0" * 32)


def test_a_transparent_video(call: Call, server: Server, tmp_path: Path) -> None:
    video_id = call(
        "generate_transparent_video", "Hello.", AVATAR, VOICE, avatar_style="closeUp", width=320, height=240
    )
    status = call("wait_for_video", video_id, interval=0.2)
    assert httpx.URL(status.video_url).path.endswith(".webm")
    call("download", video_id, str(tmp_path / "a.webm"))
    assert (tmp_path / "a.webm").stat().st_size


def test_a_wait_tells_how_it_goes_and_can_be_taken_up_by_the_id(
    kind: str, call: Call, server: Server, folder: Path
) -> None:
    # Another script for each kind: a scene that is there already does not wait.
    video_id = call("generate_video", body("One.", f"The {kind} client waits."))
    eventually(
        lambda: server.status(video_id)["stage"] == "picture" and server.status(video_id)["scene"] == 2, "scene 2"
    )
    seen: list[VideoStatus] = []
    with pytest.raises(sdk.VideoTimeout) as late:
        call("wait_for_video", video_id, lambda status, seconds: seen.append(status), timeout=0)
    assert late.value.video_id == video_id
    assert [(s.status, s.stage, s.scene, s.scenes) for s in seen] == [("processing", "picture", 2, 2)]
    assert seen[0].progress is not None and 0 < seen[0].progress < 1
    (folder / "go").touch()
    try:
        assert call("wait_for_video", late.value.video_id, interval=0.2).video_url
    finally:
        (folder / "go").unlink()


def test_a_failed_video_says_scene_stage_and_why(call: Call, server: Server, tmp_path: Path) -> None:
    video_id = call("generate_video", body("One.", "This fails."))
    with pytest.raises(sdk.VideoFailed, match=r"^scene 2 of 2, speech: the voice is hoarse\.$") as failed:
        call("wait_for_video", video_id, interval=0.2)
    assert (failed.value.scene, failed.value.stage, failed.value.code) == (2, "speech", "speech_failed")
    with pytest.raises(sdk.VideoFailed):
        call("download", video_id, tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


def test_a_video_that_is_not_finished_is_not_downloaded(call: Call, server: Server, tmp_path: Path) -> None:
    video_id = call("generate_video", body("Forever waits."))
    with pytest.raises(sdk.ClientError, match=f"video {video_id} has no file: it is p"):
        call("download", video_id, tmp_path / "a.mp4")
    call("delete_video", video_id)
    with pytest.raises(sdk.NotFound) as gone:
        call("get_video_status", video_id)
    assert (gone.value.status, gone.value.code) == (404, "40031")
    assert gone.value.request_id


def test_what_is_on_offer(call: Call) -> None:
    avatars = call("list_avatars")
    details = call("get_avatar", avatars[0].avatar_id)
    voices = call("list_voices")
    assert details.default_voice() in [voice.voice_id for voice in voices]
    assert call("get_avatar") == details
    assert call("remaining_quota").credits > 0
    with pytest.raises(sdk.InvalidAvatar):
        call("get_avatar", "nobody")


def test_videos_are_listed_in_pages(call: Call) -> None:
    made = [call("generate_video", body("Hi.", title=f"A page {i}")) for i in range(3)]
    first = call("list_videos", limit=2, title="A page")
    assert first.token and len(first.videos) == 2
    rest = call("list_videos", limit=100, token=first.token, title="A page")
    listed = [video.video_id for video in (*first.videos, *rest.videos)]
    assert listed[:3] == made[::-1]
    for video_id in made:
        call("delete_video", video_id)


def test_an_upload_is_used_in_a_scene(call: Call, server: Server, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(tmp_path / "a.png")
    for file in (tmp_path / "a.png", str(tmp_path / "a.png"), (tmp_path / "a.png").read_bytes()):
        asset = call("upload_asset", file)
        assert asset.file_type == "image" and asset.image_key
        assert httpx.get(asset.url).content == (tmp_path / "a.png").read_bytes()
    wanted = body("Hi.")
    wanted["video_inputs"][0]["background"] = {"type": "image", "image_asset_id": asset.id}
    call("delete_video", call("generate_video", wanted))


def test_a_talking_photo_is_uploaded_with_consent_listed_and_deleted(
    call: Call, server: Server, tmp_path: Path
) -> None:
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(tmp_path / "ann.png")
    photo = call("upload_talking_photo", tmp_path / "ann.png", consent=True)
    assert photo.faces == 1 and photo.note is None
    assert httpx.get(photo.image_url).content == (tmp_path / "ann.png").read_bytes()
    assert photo.model_extra["consent"]["by"] == "owner"
    assert photo.talking_photo_id in [one.talking_photo_id for one in call("list_talking_photos")]
    wanted = body("Hi.")
    wanted["video_inputs"][0]["character"] = {"type": "talking_photo", "talking_photo_id": photo.talking_photo_id}
    call("delete_video", call("generate_video", wanted))
    call("delete_talking_photo", photo.talking_photo_id)
    assert photo.talking_photo_id not in [one.talking_photo_id for one in call("list_talking_photos")]
    with pytest.raises(sdk.NotFound):
        call("delete_talking_photo", photo.talking_photo_id)


def test_a_picture_without_a_face_is_an_invalid_request(call: Call) -> None:
    with pytest.raises(sdk.InvalidRequest, match="no face is seen in the picture"):
        call("upload_talking_photo", b"\xff\xd8\xff no face", "image/jpeg")


@pytest.fixture(scope="module")
def poor(server: Server) -> str:
    """The key of an account that has nothing left."""
    store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")
    try:
        return new_key(store, new_account(store, "poor", "free", credits=0).id, "a key")
    finally:
        store.close()


def test_safe_results_have_the_classes_of_the_documents(kind: str, server: Server, poor: str) -> None:
    def changed(part: str, **fields: object) -> dict[str, Any]:
        bad = body("Hi.")
        bad["video_inputs"][0][part] |= fields
        return bad

    call = caller(kind, server.url)
    reasons = {
        "invalid_avatar": changed("character", avatar_id="nobody_20230101"),
        "invalid_voice": changed("voice", voice_id="0" * 32),
        "invalid_script": changed("voice", input_text=""),
        "other": changed("voice", speed=9),
    }
    for reason, wanted in reasons.items():
        result = call("generate_video_safe", wanted)
        assert (result.success, result.video_id, result.reason) == (False, None, reason), result
        assert result.error
    result = caller(kind, server.url, poor)("generate_video_safe", body("Hi."))
    assert (result.success, result.reason) == (False, "insufficient_credits")
    with pytest.raises(sdk.InsufficientCredits):
        caller(kind, server.url, poor)("generate_video", body("Hi."))
    good = call("generate_video_safe", body("Hi."))
    assert good.success and server.ended(good.video_id)["status"] == "completed"


def test_what_is_left_out_is_in_every_result(call: Call, server: Server) -> None:
    message = "'Привет' is of a script that cannot be spoken, and is left out."
    warning = sdk.VideoWarning(code="word_left_out", message=message, scene=1, field="video_inputs[0].voice.input_text")
    begun = call("begin_video", body("Hi, dear Привет."))
    assert begun.warnings == (warning,)
    assert call("wait_for_video", begun.video_id, interval=0.2).warnings == (warning,)
    assert call("generate_video_safe", body("Hi, dear Привет.")).warnings == (warning,)
    assert call("generate_avatar_video", "Hi, dear Привет.", width=320, height=240, interval=0.2).warnings == (warning,)
    assert call("begin_video", body("Hi.")).warnings == ()


def test_a_repeated_submission_makes_one_video(kind: str, server: Server) -> None:
    """The answer to the first is lost on its way; the second brings the same video."""
    with Lossy(server.port) as lossy:
        video_id = caller(kind, lossy.url)("generate_video", body("Hi.", title="Only once"))
    assert lossy.lost == 1
    listed = server.http.get("/v1/video.list", params={"title": "Only once"}).json()["data"]["videos"]
    assert [video["video_id"] for video in listed] == [video_id]
    server.ended(video_id)
    caller(kind, server.url)("delete_video", video_id)


def test_a_deletion_whose_answer_is_lost_has_happened(kind: str, server: Server) -> None:
    video_id = server.generate(body("Hi."))
    server.ended(video_id)
    with Lossy(server.port) as lossy:
        caller(kind, lossy.url)("delete_video", video_id)
    assert lossy.lost == 1
    assert server.http.get("/v1/video_status.get", params={"video_id": video_id}).status_code == 404


class Lossy:
    """In front of a server: passes everything on, but lets the first answer drop."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.lost = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Lossy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # What waits for a connection does not notice that its socket is closed.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with client, socket.create_connection(("127.0.0.1", self._port)) as server:
                head, _, content = received(client).partition(b"\r\n\r\n")
                # So that the end of the connection is the end of the answer.
                head = re.sub(rb"(?i)\r\nconnection: [^\r]*", b"\r\nConnection: close", head)
                server.sendall(head + b"\r\n\r\n" + content)
                answer = b"".join(iter(lambda: server.recv(65536), b""))
                if self.lost:
                    client.sendall(answer)
                else:
                    self.lost += 1


def received(connection: socket.socket) -> bytes:
    """One request."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    length = re.search(rb"content-length: (\d+)", data.lower())
    whole = data.index(b"\r\n\r\n") + 4 + (int(length[1]) if length else 0)
    while len(data) < whole:
        data += connection.recv(65536)
    return data


# Against servers of HeyGen's shape


@dataclass
class Said:
    """An answer; `cut` closes the connection after so many bytes of it."""

    content: bytes | dict[str, Any] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


@dataclass
class Heard:
    method: str
    path: str
    headers: dict[str, str]
    content: bytes


class StandIn:
    """A server on loopback that answers in turn what it was told to; the last answer stays."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Said]] = {}
        self.heard: list[Heard] = []
        stand_in = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                stand_in.heard.append(Heard(self.command, self.path, headers, content))
                turn = stand_in.answers.get(self.path.partition("?")[0], [Said(status=404)])
                said = turn.pop(0) if len(turn) > 1 else turn[0]
                sent = said.content if isinstance(said.content, bytes) else json.dumps(said.content).encode()
                self.send_response(said.status)
                for name, value in ({"Content-Length": str(len(sent))} | said.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent[: said.cut])
                self.close_connection = said.cut is not None

            do_POST = do_DELETE = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    server = StandIn()
    yield server
    server.close()


@pytest.fixture
def ask(kind: str, stand_in: StandIn) -> Call:
    return caller(kind, stand_in.url)


def ok(data: object) -> Said:
    return Said({"error": None, "data": data})


def v1(data: object) -> Said:
    return Said({"code": 100, "data": data, "message": "Success"})


def test_heygens_fields_are_enough(ask: Call, stand_in: StandIn) -> None:
    """With nothing but what HeyGen's documents show."""
    pending = {"id": "v", "status": "waiting", "video_url": None, "duration": None, "error": None}
    stand_in.answers = {
        "/v2/avatars": [ok({"avatars": [{"avatar_id": "a", "avatar_name": "Ann", "gender": "female"}]})],
        "/v2/avatar/a/details": [ok({"type": "avatar", "id": "a", "name": "Ann", "default_voice_id": "w"})],
        "/v2/video/generate": [ok({"video_id": "v"})],
        "/v1/video_status.get": [
            v1(pending),
            v1(pending | {"status": "completed", "video_url": f"{stand_in.url}/v.mp4", "duration": 5.04}),
        ],
    }
    result = ask("generate_avatar_video", "Hello.", interval=0.05)
    assert result == sdk.VideoGenerationResult("v", f"{stand_in.url}/v.mp4", 5.04, "a", "w", "Ann")
    asked = next(heard for heard in stand_in.heard if heard.method == "POST")
    assert asked.headers["x-api-key"] == API_KEY
    assert json.loads(asked.content) == {
        "video_inputs": [
            {
                "character": {"type": "avatar", "avatar_id": "a", "avatar_style": "normal"},
                "voice": {"type": "text", "input_text": "Hello.", "voice_id": "w"},
                "background": {"type": "color", "value": "#1a1a2e"},
            }
        ],
        "dimension": {"width": 1920, "height": 1080},
    }


def test_nothing_to_choose_from(ask: Call, stand_in: StandIn) -> None:
    stand_in.answers["/v2/avatars"] = [ok({"avatars": []})]
    with pytest.raises(sdk.NoAvatar):
        ask("generate_avatar_video", "Hello.")
    stand_in.answers["/v2/avatar/a/details"] = [ok({"id": "a", "name": "Ann", "default_voice_id": None})]
    with pytest.raises(sdk.NoDefaultVoice, match="avatar Ann has no default voice"):
        ask("generate_avatar_video", "Hello.", "a")
    assert all(heard.method == "GET" for heard in stand_in.heard), "nothing was begun"


@pytest.mark.parametrize(
    ("status", "error", "kind_of_error", "code", "said"),
    [
        (400, {"error": "avatar x not found", "data": None}, sdk.InvalidAvatar, None, "avatar x not found"),
        (400, {"error": {"code": "voice_not_found", "message": "No."}}, sdk.InvalidVoice, "voice_not_found", "No."),
        (402, {"error": {"code": "x", "message": "Out of credits"}}, sdk.InsufficientCredits, "x", "Out of credits"),
        (400, {"error": "script is too long"}, sdk.InvalidScript, None, "script is too long"),
        (400, {"code": 40001, "message": "a.voice.speed is bad"}, sdk.InvalidRequest, "40001", "a.voice.speed is bad"),
        (200, {"error": "Insufficient quota", "data": None}, sdk.InsufficientCredits, None, "Insufficient quota"),
        (200, {"code": 400112, "message": "Unauthorized", "data": None}, sdk.Unauthorized, "400112", "Unauthorized"),
        (401, {"code": 400112, "message": "Unauthorized"}, sdk.Unauthorized, "400112", "Unauthorized"),
        (403, b"<html>", sdk.Forbidden, None, "the server answers with status 403."),
    ],
)
def test_every_shape_of_an_error(
    ask: Call, stand_in: StandIn, status: int, error: Any, kind_of_error: type[sdk.ApiError], code: str, said: str
) -> None:
    stand_in.answers["/v2/video/generate"] = [Said(error, status)]
    with pytest.raises(kind_of_error) as refused:
        ask("generate_video", body())
    assert type(refused.value) is kind_of_error
    assert (refused.value.status, refused.value.code, refused.value.message) == (status, code, said)
    assert len(stand_in.heard) == 1, "what is wrong stays wrong"


@pytest.mark.parametrize("error", [{"code": 40119, "message": "Too long.", "detail": "…"}, "Too long."])
def test_both_shapes_of_a_failure(ask: Call, stand_in: StandIn, error: object) -> None:
    stand_in.answers["/v1/video_status.get"] = [v1({"id": "v", "status": "failed", "error": error})]
    with pytest.raises(sdk.VideoFailed, match=r"^Too long\.$") as failed:
        ask("wait_for_video", "v")
    assert (failed.value.video_id, failed.value.scene, failed.value.stage) == ("v", None, None)


def test_what_fails_for_a_while_is_repeated_with_one_key(ask: Call, stand_in: StandIn) -> None:
    stand_in.answers["/v2/video/generate"] = [
        Said({"error": "busy"}, 503, {"Retry-After": "0"}),
        Said({"error": "x"}, 429, {"Retry-After": "0"}),
        Said({"error": "in flight"}, 409, {"Retry-After": "0"}),
        ok({"video_id": "v"}),
    ]
    assert ask("generate_video", body()) == "v"
    keys = {heard.headers["idempotency-key"] for heard in stand_in.heard}
    assert (len(stand_in.heard), len(keys)) == (4, 1)
    assert ask("generate_video", body()) == "v"
    assert stand_in.heard[-1].headers["idempotency-key"] not in keys, "another video has another key"


def test_an_answer_that_breaks_off_is_asked_for_again(ask: Call, stand_in: StandIn) -> None:
    whole = ok({"voices": [{"voice_id": "w"}]})
    stand_in.answers["/v2/voices"] = [Said(whole.content, cut=10), whole]
    assert [voice.voice_id for voice in ask("list_voices")] == ["w"]


def test_there_is_an_end_to_repetition(kind: str, stand_in: StandIn) -> None:
    stand_in.answers["/v2/voices"] = [Said({"error": "down"}, 500, {"Retry-After": "0"})]
    with pytest.raises(sdk.ServerError, match=r"^down$"):
        caller(kind, stand_in.url, retries=2)("list_voices")
    assert len(stand_in.heard) == 3
    with pytest.raises(sdk.Unreachable, match=r"^http://127\.0\.0\.1:\d+ does not answer: "):
        caller(kind, f"http://127.0.0.1:{free_port()}", retries=0)("list_voices")


def steps(*answers: Answer, retries: int = 4) -> list[float]:
    """How long is waited before each repetition."""
    flow, waits = sent(Request("GET", "http://x"), retries), []
    assert isinstance(next(flow), Send)
    for answer in answers:
        try:
            step = flow.send(answer)
        except StopIteration:
            break
        assert isinstance(step, Sleep)
        waits.append(step.seconds)
        assert isinstance(next(flow), Send)
    return waits


def test_waits_grow_unless_the_server_says_how_long() -> None:
    down = Answer(503, httpx.Headers(), b"")
    for n, wait in enumerate(steps(*[down] * 10, retries=9)):
        longest = min(30, 0.5 * 2**n)
        assert longest / 2 <= wait <= longest
    assert len({steps(down)[0] for _ in range(5)}) > 1, "clients spread"
    assert steps(Answer(429, httpx.Headers({"Retry-After": "7"}), b"")) == [7]
    assert steps(Answer(429, httpx.Headers({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), b"")) == [0]
    assert steps(Answer(429, httpx.Headers({"Retry-After": "3600"}), b"")) == [], "too long: the caller is told"
    assert steps(Answer(409, httpx.Headers(), b"")) == [], "a conflict that is not with ourselves"


def test_a_wait_outlasts_a_server_that_is_away(kind: str, stand_in: StandIn) -> None:
    away = Said({"message": "restarting"}, 503, {"Retry-After": "0"})
    done = v1({"id": "v", "status": "completed", "video_url": "http://x/v.mp4"})
    stand_in.answers["/v1/video_status.get"] = [away, away, done]
    assert caller(kind, stand_in.url, retries=0)("wait_for_video", "v", interval=0.05).status == "completed"


def test_what_is_no_such_server_is_named(ask: Call, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in.answers["/v2/voices"] = [Said(b"<html>Welcome</html>")]
    with pytest.raises(sdk.UnexpectedAnswer, match="no JSON object"):
        ask("list_voices")
    stand_in.answers["/v2/video/generate"] = [ok({})]
    with pytest.raises(sdk.UnexpectedAnswer, match="no video_id"):
        ask("generate_video", body())
    stand_in.answers["/v2/user/remaining_quota"] = [ok({"remaining_quota": "many"})]
    with pytest.raises(sdk.UnexpectedAnswer, match="no Quota: remaining_quota: "):
        ask("remaining_quota")


def test_the_environment_is_read(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIMELIGHT_URL", "LIMELIGHT_API_KEY", "HEYGEN_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(sdk.NotConfigured, match="api_key is missing"):
        Client(stand_in.url)
    for url in ("localhost:8080", "ftp://localhost", "http://", "http://localhost:8o8o"):
        with pytest.raises(sdk.NotConfigured, match=f"base_url is invalid: '{url}'"):
            Client(url, "key")
    monkeypatch.setenv("LIMELIGHT_URL", f"{stand_in.url}/")
    monkeypatch.setenv("HEYGEN_API_KEY", "theirs")
    stand_in.answers["/v2/voices"] = [ok({"voices": []})]
    for key in ("theirs", "ours"):
        with Client() as client:
            client.list_voices()
        assert stand_in.heard[-1].headers["x-api-key"] == key
        monkeypatch.setenv("LIMELIGHT_API_KEY", "ours")


# Downloads

FILM = bytes(range(256)) * 4000
TAGGED = {"ETag": '"one"'}


def rest_of(film: bytes, start: int, cut: int | None = None) -> Said:
    headers = {"Content-Range": f"bytes {start}-{len(film) - 1}/{len(film)}", **TAGGED}
    return Said(film[start:], 206, headers, cut)


def test_a_download_goes_on_where_it_was_cut_off(ask: Call, stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.answers["/v.mp4"] = [
        Said(FILM, headers=TAGGED, cut=300_000),
        Said(b"later", 503, {"Retry-After": "0"}),
        rest_of(FILM, 300_000, cut=200_000),
        rest_of(FILM, 500_000),
    ]
    ask("download", f"{stand_in.url}/v.mp4?signature=secret", tmp_path / "v.mp4")
    assert (tmp_path / "v.mp4").read_bytes() == FILM
    assert [heard.headers.get("range") for heard in stand_in.heard] == [
        None, "bytes=300000-", "bytes=300000-", "bytes=500000-"
    ]  # fmt: skip
    assert all(heard.headers["if-range"] == '"one"' for heard in stand_in.heard[1:])
    for heard in stand_in.heard:
        assert "x-api-key" not in heard.headers and heard.path.endswith("?signature=secret")


def test_a_file_that_changed_meanwhile_is_fetched_from_its_start(ask: Call, stand_in: StandIn, tmp_path: Path) -> None:
    other = FILM[::-1][:600_000]
    stand_in.answers["/v.mp4"] = [Said(FILM, headers=TAGGED, cut=300_000), Said(other, headers={"ETag": '"two"'})]
    ask("download", f"{stand_in.url}/v.mp4", tmp_path / "v.mp4")
    assert (tmp_path / "v.mp4").read_bytes() == other


def test_what_cannot_be_told_apart_is_fetched_from_its_start(ask: Call, stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.answers["/v.mp4"] = [Said(FILM, cut=300_000), Said(FILM)]
    ask("download", f"{stand_in.url}/v.mp4", tmp_path / "v.mp4")
    assert (tmp_path / "v.mp4").read_bytes() == FILM
    assert all("range" not in heard.headers for heard in stand_in.heard)


def test_a_range_that_is_gone_is_given_up(ask: Call, stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.answers["/v.mp4"] = [Said(FILM, headers=TAGGED, cut=300_000), Said(b"", 416), Said(FILM[:10])]
    ask("download", f"{stand_in.url}/v.mp4", tmp_path / "v.mp4")
    assert (tmp_path / "v.mp4").read_bytes() == FILM[:10]


def test_another_range_than_the_one_asked_for_is_not_used(ask: Call, stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.answers["/v.mp4"] = [
        Said(FILM, headers=TAGGED, cut=300_000),
        rest_of(FILM, 299_999),
        Said(FILM, headers=TAGGED),
    ]
    ask("download", f"{stand_in.url}/v.mp4", tmp_path / "v.mp4")
    assert (tmp_path / "v.mp4").read_bytes() == FILM
    assert [heard.headers.get("range") for heard in stand_in.heard] == [None, "bytes=300000-", None]


@pytest.mark.parametrize(
    ("said", "why"),
    [(Said(b"", 403), "status 403"), (Said(b"", 500, {"Retry-After": "0"}), "status 500"), (Said(FILM, cut=0), "")],
)
def test_a_download_that_fails_leaves_what_was_there(
    kind: str, stand_in: StandIn, tmp_path: Path, said: Said, why: str
) -> None:
    (tmp_path / "v.mp4").write_text("an older one")
    stand_in.answers["/v.mp4"] = [said]
    with pytest.raises(sdk.DownloadFailed, match=f"/v.mp4 could not be downloaded: .*{why}") as failed:
        caller(kind, stand_in.url, retries=1)("download", f"{stand_in.url}/v.mp4?signature=secret", tmp_path / "v.mp4")
    assert "secret" not in str(failed.value)
    assert [file.name for file in tmp_path.iterdir()] == ["v.mp4"]
    assert (tmp_path / "v.mp4").read_text() == "an older one"


# Both kinds, and the document


def public(kind: type) -> dict[str, Any]:
    return {name: value for name, value in vars(kind).items() if callable(value) and not name.startswith("_")}


def test_both_clients_have_the_same_methods() -> None:
    waited, awaited = public(Client), public(AsyncClient)
    assert waited.keys() == awaited.keys()
    for name in waited:
        assert inspect.signature(waited[name]) == inspect.signature(awaited[name]), name
        assert inspect.iscoroutinefunction(awaited[name])


def test_the_document_names_every_method_and_error() -> None:
    """As code: a method that is called, or its signature; an error by its whole name."""
    text = DOCUMENT.read_text("utf-8")
    methods = public(Client)
    assert len(methods) > 15
    assert [name for name in methods if not re.search(rf"(?:client\.|`){name}\(", text)] == []
    kinds = {name: getattr(sdk, name) for name in sdk.__all__}
    errors = [name for name, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, sdk.ClientError)]
    assert len(errors) > 10
    assert [name for name in errors if f"`{name}`" not in text] == []


def test_the_documents_examples_run(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them, in their order, as written but for the server's address and the key."""
    monkeypatch.setenv("LIMELIGHT_URL", server.url)
    monkeypatch.setenv("LIMELIGHT_API_KEY", API_KEY)
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save("office.jpg")
    examples = re.findall(r"^```python\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(examples) > 10
    names: dict[str, Any] = {}
    for example in examples:
        code = example.replace("http://127.0.0.1:8080", server.url).replace("your-api-key", API_KEY)
        exec(compile(code, DOCUMENT.name, "exec", dont_inherit=True), names)
    said = capsys.readouterr().out
    assert "begun: " in said
    assert "voice nobody not found. voice_not_found" in said
    assert (tmp_path / "hello.mp4").stat().st_size
    assert (tmp_path / "transparent.webm").read_bytes() == (tmp_path / "same.webm").read_bytes()
