"""v3 as programs that others wrote send and read it.

Their sources were read for what they send, which fields of an answer they need, and what they trip over, stated here
anew: cli (HeyGen's command line), pipedream, heygen-go, heygen-bulk, corsair (zod schemas), n8n (which acceptance tests
run as well), and programs of no name. tests/data/v3.json has the shapes of answers.
"""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from limelight.spec import AudioVoice, Avatar, TalkingPhoto, TextVoice, VideoSpec
from limelight.store import Store
from serving import API_KEY, Server, eventually
from shapes import ANSWERS, problems

JOSH, SARA = "josh_lite3_20230714", "1bd001e7e50f421d891986aad5158bc8"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
MP3 = b"ID3" + bytes(64)
UNKNOWN = "0" * 32
ASSET = {"type": "asset_id", "asset_id": "{asset_id}"}
#: That of a template, as its answer gives it and its request takes it.
NAME = {"name": "name", "type": "text", "properties": {"content": "Ann"}}
TEMPLATE: dict[str, Any] = {
    "name": "Welcome",
    "variables": {"name": {"type": "text", "properties": {"content": "you"}}},
    "body": {
        "video_inputs": [
            {
                "scene_id": "hello",
                "character": {"type": "avatar", "avatar_id": JOSH},
                "voice": {"type": "text", "input_text": "Hello {{name}}.", "voice_id": SARA},
            }
        ]
    },
}


@dataclass(frozen=True)
class Case:
    """A request as a program sends it; {names} are filled in with ids that are there."""

    request: str
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    #: What is uploaded, in place of a body.
    file: bytes | None = None
    status: int = 200

    def __str__(self) -> str:
        return " ".join([self.request, *(f"{name}={value}" for name, value in self.query.items())])


class Program:
    """Sends as HeyGen's command line does: no Content-Type where there is no body, uploads without a media type."""

    def __init__(self, url: str) -> None:
        headers = {"x-api-key": API_KEY, "User-Agent": "heygen-cli/0.1", "X-HeyGen-Source": "cli"}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=60)

    def send(self, request: str, **said: Any) -> httpx.Response:
        method, path = request.split()
        return self.http.request(method, path, **said)

    def data(self, request: str, **said: Any) -> Any:
        """The data of a success."""
        answer = self.send(request, **said)
        assert answer.status_code in (200, 202), answer.text
        return answer.json()["data"]

    def ended(self, video_id: str) -> dict[str, Any]:
        """As `--wait`: the identifier and the status are strings at these places, two statuses are the end."""

        def poll() -> dict[str, Any] | None:
            video: dict[str, Any] = self.data(f"GET /v3/videos/{video_id}")
            return video if video["status"] in ("completed", "failed") else None

        return eventually(poll, "the end of the video")

    def forget(self, made: dict[str, Any]) -> None:
        """Delete a video that was made for its answer only, so that it is not rendered."""
        if video_id := made.get("video_id") or made.get("id"):
            self.send(f"DELETE /v3/videos/{video_id}")

    def pages(self, path: str, limit: int, **query: Any) -> Iterator[list[dict[str, Any]]]:
        """As every program that reads on: with the token, while there is more. None may come twice."""
        tokens: set[str] = set()
        while True:
            page = self.send(f"GET {path}", params={"limit": limit, **query}).json()
            yield page["data"]
            if not page["has_more"]:
                assert page["next_token"] is None
                return
            assert page["next_token"] not in tokens, "repeated pagination token"
            tokens.add(page["next_token"])
            query["token"] = page["next_token"]


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LIMELIGHT_FETCH_ALLOW": "127.0.0.1"}


@pytest.fixture(scope="module")
def program(server: Server) -> Iterator[Program]:
    program = Program(server.url)
    with closing(program.http):
        yield program


def video(**fields: object) -> dict[str, Any]:
    """The body of most programs."""
    return {"type": "avatar", "avatar_id": JOSH, "script": "Hello world", "voice_id": SARA, **fields}


def upload(program: Program, content: bytes = PNG, name: str = "me.png") -> str:
    part = {"file": (name, content, "application/octet-stream")}
    asset_id: str = program.data("POST /v3/assets", files=part)["asset_id"]
    return asset_id


def photo(program: Program) -> dict[str, Any]:
    file = {"type": "asset_id", "asset_id": upload(program)}
    made: dict[str, Any] = program.data("POST /v3/avatars", json={"type": "photo", "name": "Me", "file": file})
    return made


@pytest.fixture(scope="module")
def ids(program: Program, server: Server) -> dict[str, str]:
    """What there is, by the name that paths have for it; what begins with `old_` is there to be deleted."""
    looks = program.data("GET /v3/avatars/looks")
    template = server.http.post("/v2/templates", json=TEMPLATE).json()["data"]["template_id"]
    made, old, gone = photo(program), photo(program), photo(program)
    session = program.data("POST /v3/video-agents", json={"prompt": "Say: hello."})
    batch = program.data("POST /v3/videos/batches", json={"videos": [video(), video(avatar_id="nobody")]})
    place = {"filename": "logo.png", "content_type": "image/png", "size_bytes": len(PNG)}
    uploads = program.data("POST /v3/assets/direct-uploads/batches", json={"files": [place, place]})
    for item in uploads["items"]:
        httpx.put(item["upload_url"], content=PNG, headers=item["upload_headers"]).raise_for_status()
    single = program.data("POST /v3/assets/direct-uploads", json=place)
    httpx.put(single["upload_url"], content=PNG, headers=single["upload_headers"]).raise_for_status()
    url = "http://127.0.0.1:9/hook"
    endpoints = [program.data("POST /v3/webhooks/endpoints", json={"url": url})["endpoint_id"] for _ in range(2)]
    videos = [program.data("POST /v3/videos", json=video(title=f"Demo {i}"))["video_id"] for i in range(2)]
    program.ended(videos[0])
    picture = {"video": {"type": "asset_id", "asset_id": upload(program)}}
    removals = [program.data("POST /v3/background-removals", json=picture)["id"] for _ in range(2)]
    return {
        "video_id": videos[0], "old_video_id": videos[1],
        "batch_id": batch["batch_id"], "upload_batch_id": uploads["batch_id"], "place_id": single["asset_id"],
        "group_id": looks[0]["group_id"], "look_id": looks[0]["id"],
        "my_group_id": made["avatar_group"]["id"], "my_look_id": made["avatar_item"]["id"],
        "old_group_id": old["avatar_group"]["id"], "old_look_id": gone["avatar_item"]["id"],
        "voice_id": SARA, "asset_id": upload(program), "old_asset_id": upload(program),
        "owner": program.data("GET /v3/users/me")["username"],
        "endpoint_id": endpoints[0], "old_endpoint_id": endpoints[1],
        "job_id": removals[0], "old_job_id": removals[1],
        "template_id": template, "session_id": session["session_id"],
    }  # fmt: skip


#: Requests of several programs, first of all the command line's, with every query that they know.
CASES = [
    Case("GET /v3/users/me"),
    Case("POST /v3/videos", body=video()),
    Case("POST /v3/videos", body={"type": "image", "image": ASSET, "script": "Hi", "voice_id": SARA}),
    Case("GET /v3/videos", {"limit": 10}),
    Case("GET /v3/videos", {"limit": 100, "folder_id": "none", "title": "demo"}),
    Case("GET /v3/videos/{video_id}"),
    Case("DELETE /v3/videos/{old_video_id}"),
    Case("GET /v3/videos/statuses", {"video_ids": "{video_id}," + UNKNOWN}),
    Case("GET /v3/videos/statuses", {"batch_ids": "{batch_id}"}),
    Case("POST /v3/videos/batches", body={"title": "Launch", "videos": [video(avatar_id="nobody")]}, status=202),
    Case("GET /v3/videos/batches/{batch_id}"),
    Case("GET /v3/videos/batches/{batch_id}", {"limit": 1}),
    Case("GET /v3/avatars", {"limit": 10}),
    Case("GET /v3/avatars", {"ownership": "private", "limit": 1}),
    Case("GET /v3/avatars/{group_id}"),
    Case("GET /v3/avatars/{my_group_id}"),
    Case("DELETE /v3/avatars/{old_group_id}"),
    Case("POST /v3/avatars", body={"type": "photo", "name": "Me", "file": ASSET, "avatar_group_id": "{my_group_id}"}),
    Case("POST /v3/avatars/{my_group_id}/consent", body={"consent_text": "This is me, and I agree."}),
    Case("GET /v3/avatars/looks", {"limit": 50}),
    Case("GET /v3/avatars/looks", {"limit": 100}),
    Case("GET /v3/avatars/looks", {"ownership": "public", "limit": 50, "group_id": "{group_id}"}),
    Case("GET /v3/avatars/looks", {"ownership": "private", "avatar_type": "photo_avatar"}),
    Case("GET /v3/avatars/looks/{look_id}"),
    Case("GET /v3/avatars/looks/{my_look_id}"),
    Case("PATCH /v3/avatars/looks/{my_look_id}", body={"name": "New name"}),
    Case("DELETE /v3/avatars/looks/{old_look_id}"),
    Case("GET /v3/voices", {"type": "public", "limit": 100}),
    Case("GET /v3/voices", {"engine": "starfish", "language": "English", "gender": "female", "limit": 5}),
    Case("GET /v3/voices", {"type": "private", "limit": 100}),
    Case("GET /v3/voices/{voice_id}"),
    Case("POST /v3/voices/speech", body={
        "text": "Hi.", "voice_id": SARA, "input_type": "text", "speed": 1.0, "language": "en", "locale": "en-US",
    }),
    Case("POST /v3/background-removals", body={"video": ASSET}),
    Case("POST /v3/background-removals", body={"video": ASSET, "layers": ["foreground", "mask", "background"]}),
    Case("GET /v3/background-removals", {"limit": 1}),
    Case("GET /v3/background-removals/{job_id}"),
    Case("DELETE /v3/background-removals/{old_job_id}"),
    Case("POST /v3/assets", file=PNG),
    Case("POST /v3/assets", file=MP3),
    Case("GET /v3/assets", {"username": "{owner}", "limit": 20}),
    Case("GET /v3/assets", {"limit": 1, "folder_id": ""}),
    Case("GET /v3/assets/{asset_id}"),
    Case("DELETE /v3/assets/{old_asset_id}"),
    Case("GET /v3/assets/statuses", {"asset_ids": "{asset_id}," + UNKNOWN}),
    Case("GET /v3/assets/statuses", {"batch_ids": "{upload_batch_id}"}),
    Case("POST /v3/assets/direct-uploads", body={
        "filename": "clip.mp4", "content_type": "video/mp4", "size_bytes": 10485760,
    }),
    Case("POST /v3/assets/{place_id}/complete"),
    Case("POST /v3/assets/direct-uploads/batches", body={
        "title": "Launch", "files": [{"filename": "logo.png", "content_type": "image/png", "size_bytes": 204800}],
    }),
    Case("POST /v3/assets/complete/batches", body={"batch_id": "{upload_batch_id}"}, status=202),
    Case("GET /v3/assets/batches/{upload_batch_id}", {"limit": 100}),
    Case("POST /v3/webhooks/endpoints", body={"url": "https://example.com/hook"}),
    Case("POST /v3/webhooks/endpoints", body={
        "url": "https://example.com/hook", "events": ["avatar_video.success", "avatar_video.fail"],
    }),
    Case("GET /v3/webhooks/endpoints", {"limit": 10}),
    Case("PATCH /v3/webhooks/endpoints/{endpoint_id}", body={"url": "https://new.example.com/hook"}),
    Case("PATCH /v3/webhooks/endpoints/{endpoint_id}", body={"events": ["avatar_video.success"]}),
    Case("POST /v3/webhooks/endpoints/{endpoint_id}/rotate-secret"),
    Case("DELETE /v3/webhooks/endpoints/{old_endpoint_id}"),
    Case("GET /v3/webhooks/event-types"),
    Case("GET /v3/webhooks/events", {"event_type": "avatar_video.success", "limit": 10}),
    Case("GET /v3/templates", {"limit": 10}),
    Case("GET /v3/templates/{template_id}"),
    Case("POST /v3/templates/{template_id}", body={"variables": {"name": NAME}, "scene_ids": ["hello"], "fps": 30}),
    Case("POST /v3/video-agents", body={"prompt": "Make a product demo"}),
    Case("POST /v3/video-agents", body={
        "prompt": "Product launch", "avatar_id": JOSH, "voice_id": SARA, "orientation": "portrait",
        "incognito_mode": True, "files": [ASSET],
    }),
    Case("GET /v3/video-agents", {"limit": 10}),
    Case("GET /v3/video-agents/{session_id}"),
    Case("GET /v3/video-agents/{session_id}/videos"),
    Case("GET /v3/video-agents/styles", {"tag": "cinematic", "limit": 20}),
    Case("GET /v3/assets/search", {"query": "rocket", "type": ["image", "icon"], "scope": "public"}),
    Case("GET /v3/brand-kits", {"limit": 10}),
    Case("GET /v3/brand-glossaries", {"limit": 10}),
    Case("GET /v3/video-translations/languages"),
]  # fmt: skip


def filled(value: Any, ids: dict[str, str]) -> Any:
    text = json.dumps(value)
    for name, id in ids.items():
        text = text.replace(f"{{{name}}}", id)
    return json.loads(text)


def named(request: str) -> str:
    """A request without what a test says of its ids: `my_`, `old_`."""
    for before, after in (("my_", ""), ("old_", ""), ("upload_batch", "batch"), ("place_id", "asset_id")):
        request = request.replace(before, after)
    return request


#: Of the command line's, what this server refuses; and a body where a program has one.
NOT_OFFERED: dict[str, object] = {
    "POST /v3/voices": {"prompt": "warm, confident female narrator"},
    "POST /v3/voices/clone": {"voice_name": "My Clone", "audio": {"type": "url", "url": "https://example.com/a.mp3"}},
    "POST /v3/video-agents/{session_id}": {"message": "Add intro"},
    "POST /v3/video-agents/{session_id}/stop": None,
    "GET /v3/video-agents/{session_id}/resources/{resource_id}": None,
    "GET /v3/audio/sounds": None,
    **{
        f"{method} /v3/{what}{path}": {} if method in ("POST", "PATCH") else None
        for what in ("video-translations", "lipsyncs", "ai-clipping")
        for method, path in (("GET", ""), ("POST", ""), ("GET", f"/{UNKNOWN}"), ("DELETE", f"/{UNKNOWN}"))
    },
    "POST /v3/background-removals": {"video": {"type": "url", "url": "https://example.com/clip.mp4"}},
    f"PATCH /v3/lipsyncs/{UNKNOWN}": {"title": "New"},
    f"PUT /v3/video-translations/proofreads/{UNKNOWN}/srt": {
        "srt": {"type": "url", "url": "https://example.com/a.srt"}
    },
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_answers_have_their_shape(program: Program, ids: dict[str, str], case: Case) -> None:
    said: dict[str, Any] = {"params": filled(case.query, ids)} if case.query else {}
    if case.body is not None:
        said["json"] = filled(case.body, ids)
    if case.file is not None:
        said["files"] = {"file": ("a-file", case.file, "application/octet-stream")}
    answer = program.send(filled(case.request, ids), **said)
    assert answer.status_code == case.status, answer.text
    assert answer.headers["x-request-id"]
    content = answer.json()
    assert not problems(named(case.request), content), content
    assert "code" not in content, "to some, a number here is v1's"
    if case.request.startswith("POST"):
        program.forget(content["data"])


def test_every_shape_is_asked_for() -> None:
    """All that is known of v3's answers, but for what is not offered; nobody has voices of their own to delete."""
    asked = {named(case.request) for case in CASES} | NOT_OFFERED.keys()
    assert ANSWERS.keys() - asked == {"DELETE /v3/voices/{voice_id}"}


def test_shapes_are_told_from_others() -> None:
    good = {"data": {"id": "a", "deleted": True}}
    assert not problems("DELETE /v3/videos/{video_id}", good)
    wrong: list[object] = [{"id": 1}, {"id": None}, {}, [], None, {"id": "a", "deleted": 1}, {"id": "a", "url": "/a"}]
    for bad in wrong:
        assert problems("DELETE /v3/videos/{video_id}", {"data": bad}), bad
    page: dict[str, Any] = {"data": [], "has_more": False, "next_token": None}
    assert not problems("GET /v3/videos", page)
    changes: list[dict[str, Any]] = [{"data": {}}, {"data": [{"id": "a", "status": "waiting"}]}, {"next_token": 3}]
    changes += [{"next_token": ""}, {"next_token": "more"}, {"has_more": True}]
    for change in changes:
        assert problems("GET /v3/videos", page | change), change
    del page["has_more"]
    assert problems("GET /v3/videos", page)


# Videos


#: What programs send to POST /v3/videos besides, and what it makes.
BODIES: dict[str, tuple[dict[str, Any], tuple[int, int], type, type]] = {
    "laravel": (
        video(aspect_ratio="9:16", resolution="720p", output_format="mp4", engine={"type": "avatar_iii"}),
        (720, 1280), Avatar, TextVoice,
    ),
    "dimension": (
        video(dimension={"width": 640, "height": 480}, engine={"type": "avatar_v"}), (640, 480), Avatar, TextVoice
    ),
    "n8n": (
        video(test=False, aspect_ratio="16:9", resolution="720p", voice_settings={"speed": 1}, enable_caption=True),
        (1280, 720), Avatar, TextVoice,
    ),
    "n8n, a picture": (
        {"test": False, "aspect_ratio": "16:9", "resolution": "720p", "image_asset_id": "{asset_id}", "type": "avatar",
         "script": "Hello", "voice_id": SARA, "voice_settings": {"speed": 1.0}},
        (1280, 720), TalkingPhoto, TextVoice,
    ),
    "recording": (
        {"type": "avatar", "avatar_id": JOSH, "audio_asset_id": "{sound_id}", "aspect_ratio": "9:16",
         "resolution": "720p", "background": {"type": "color", "value": "#00FF00"}, "engine": {"type": "avatar_iii"}},
        (720, 1280), Avatar, AudioVoice,
    ),
    "own photo": (
        video(avatar_id="{my_look_id}", resolution="720p", motion_prompt="Natural eye contact.", expressiveness="high"),
        (1280, 720), TalkingPhoto, TextVoice,
    ),
    "group": (video(avatar_id="{my_group_id}", resolution="720p", fit="cover"), (1280, 720), TalkingPhoto, TextVoice),
    "captions": (
        video(caption={"file_format": "srt", "style": "default"}, voice_settings={"speed": 1.1, "locale": "en-US"}),
        (1920, 1080), Avatar, TextVoice,
    ),
    "own voice of the presenter": (
        {"type": "avatar", "avatar_id": JOSH, "script": "Hi.", "voice_id": None, "title": None, "resolution": "1080p"},
        (1920, 1080), Avatar, TextVoice,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_bodies_of_programs(program: Program, server: Server, ids: dict[str, str], name: str) -> None:
    body, size, who, voice = BODIES[name]
    answer = program.send("POST /v3/videos", json=filled(body, {**ids, "sound_id": upload(program, MP3, "said.mp3")}))
    assert answer.status_code == 200, answer.text
    spec = spec_of(server, answer.json()["data"]["video_id"])
    assert (spec.width, spec.height) == size
    assert isinstance(spec.scenes[0].character, who) and isinstance(spec.scenes[0].voice, voice)
    program.forget(answer.json()["data"])


def spec_of(server: Server, video_id: str) -> VideoSpec:
    with closing(Store(f"sqlite:///{server.data_dir / 'limelight.db'}")) as store:
        row = store.videos.get(video_id)
    assert row is not None
    return row.spec


def test_waiting_and_downloading(program: Program, tmp_path: Path) -> None:
    """cli: `video create --wait`, `video download`, `video download --asset captioned`."""
    body = video(caption={"file_format": "srt", "style": "default"}, title="Demo")
    made = program.data("POST /v3/videos", json=body)
    assert isinstance(made["video_id"], str) and made["status"] in ("waiting", "pending")
    done = program.ended(made["video_id"])
    assert (done["id"], done["status"], done["title"]) == (made["video_id"], "completed", "Demo")
    assert done["completed_at"] >= done["created_at"] and done["duration"] > 0
    assert done.get("output_language") is None, "its presence says that it is a translation"
    for asset in ("video_url", "captioned_video_url", "subtitle_url", "thumbnail_url", "gif_url"):
        assert httpx.get(done[asset]).status_code == 200, "without a key"
    plain = program.ended(program.data("POST /v3/videos", json=video())["video_id"])
    assert plain["captioned_video_url"] is None, "asset_not_available, to the command line"


def test_what_failed_says_why(program: Program) -> None:
    done = program.ended(program.data("POST /v3/videos", json=video(script="It fails."))["video_id"])
    assert done["status"] == "failed" and done["failure_code"]
    assert done["failure_message"] == "scene 1 of 1, speech: the voice is hoarse."
    assert done["video_url"] is None, "video_failed, to the command line"


def test_one_key_makes_one_video(program: Program) -> None:
    head = {"Idempotency-Key": "run:1.2_3-4"}
    first, again = (program.data("POST /v3/videos", json=video(), headers=head) for _ in range(2))
    assert first == again
    program.forget(first)


def test_a_batch_and_its_items(program: Program, ids: dict[str, str]) -> None:
    def ended() -> dict[str, Any] | None:
        batch: dict[str, Any] = program.data(f"GET /v3/videos/batches/{ids['batch_id']}")
        return batch if batch["status"] != "processing" else None

    batch = eventually(ended, "the end of the batch")
    assert batch["total_items"] == len(batch["items"]) == sum(batch["counts_by_status"].values()) == 2
    assert [(item["item_index"], item["status"]) for item in batch["items"]] == [(0, "completed"), (1, "failed")]
    assert program.data(f"GET /v3/videos/{batch['items'][0]['video_id']}")["status"] == "completed"
    assert "nobody" in batch["items"][1]["error"]["message"]
    page = program.data(f"GET /v3/videos/batches/{ids['batch_id']}", params={"limit": 1})
    assert page["has_more"] and len(page["items"]) == 1
    rest = program.data(f"GET /v3/videos/batches/{ids['batch_id']}", params={"limit": 1, "token": page["next_token"]})
    assert [item["item_index"] for item in rest["items"]] == [1] and not rest["has_more"]


def test_statuses_of_many(program: Program, ids: dict[str, str]) -> None:
    asked = program.data("GET /v3/videos/statuses", params={"video_ids": f"{ids['video_id']},{UNKNOWN}"})
    assert {one["video_id"]: one["status"] for one in asked} == {ids["video_id"]: "completed", UNKNOWN: "not_found"}
    asked = program.data("GET /v3/assets/statuses", params={"asset_ids": f"{ids['asset_id']},{UNKNOWN}"})
    assert {one["video_id"]: one["status"] for one in asked} == {ids["asset_id"]: "completed", UNKNOWN: "not_found"}


# Lists


@pytest.mark.parametrize(
    ("path", "id", "limit"),
    [("/v3/avatars", "id", 4), ("/v3/avatars/looks", "id", 11), ("/v3/voices", "voice_id", 9), ("/v3/videos", "id", 3)],
)
@pytest.mark.usefixtures("ids")
def test_lists_are_read_to_their_end(program: Program, path: str, id: str, limit: int) -> None:
    pages = list(program.pages(path, limit))
    found = [one[id] for page in pages for one in page]
    assert len(pages) > 1 and all(1 <= len(page) <= limit for page in pages)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("path", ["/v3/videos", "/v3/avatars", "/v3/avatars/looks", "/v3/voices", "/v3/templates"])
def test_a_token_of_nothing_is_told(program: Program, path: str) -> None:
    answer = program.send(f"GET {path}", params={"token": "no-such-token"})
    assert answer.status_code == 400 and answer.json()["error"]["param"] == "token"


def test_looks_can_be_chosen_by_programs(program: Program, ids: dict[str, str]) -> None:
    """Some ask for a look before they submit it, and want it ready, of a group, and of the engine that they name."""
    for look_id, kind in ((ids["look_id"], "studio_avatar"), (ids["my_look_id"], "photo_avatar")):
        look = program.data(f"GET /v3/avatars/looks/{look_id}")
        assert (look["id"], look["avatar_type"], look["status"]) == (look_id, kind, "completed")
        assert look["group_id"] and {"avatar_iii", "avatar_iv"} <= set(look["supported_api_engines"])
        group = program.data(f"GET /v3/avatars/{look['group_id']}")
        assert group["id"] == look["group_id"] and group["looks_count"] >= 1
        assert group["consent_status"] in (None, "accepted", "approved", "complete", "completed")
        # heygen-go has a path of its own for the looks of a group
        listed = program.data(f"GET /v3/avatars/{group['id']}/looks", params={"limit": 50})
        assert look_id in [one["id"] for one in listed]
        assert {one["group_id"] for one in listed} == {group["id"]}


def test_voices_are_narrowed(program: Program) -> None:
    women = program.data("GET /v3/voices", params={"language": "English", "gender": "female", "limit": 100})
    assert women and {(voice["gender"], voice["type"]) for voice in women} == {("female", "public")}
    assert SARA in [voice["voice_id"] for voice in women]
    assert program.data("GET /v3/voices", params={"type": "private"}) == []
    assert program.data("GET /v3/voices", params={"language": "Klingon"}) == []
    assert program.data("GET /v3/voices", params={"engine": "starfish", "limit": 100}), "those that can speak"


def test_the_account_is_billed_in_one_way(program: Program) -> None:
    account = program.data("GET /v3/users/me")
    ways = [way for way in ("wallet", "subscription", "usage_based") if account.get(way) is not None]
    assert ways == [account["billing_type"]]


# Speech, files


def test_speech_has_a_file_and_words(program: Program) -> None:
    said = program.data("POST /v3/voices/speech", json={"text": "Hello there.", "voice_id": SARA})
    file = httpx.get(said["audio_url"])
    assert (file.status_code, file.headers["content-type"]) == (200, "audio/mpeg")
    assert [word["word"] for word in said["word_timestamps"]] == ["Hello", "there."]
    assert all(0 <= word["start"] <= word["end"] <= said["duration"] for word in said["word_timestamps"])


def test_an_upload_goes_straight_to_its_place(program: Program) -> None:
    """cli: `asset direct-uploads create`, a PUT with the headers as they are said, `asset complete create`."""
    told = {"filename": "logo.png", "content_type": "image/png", "size_bytes": len(PNG)}
    place = program.data(
        "POST /v3/assets/direct-uploads", json=told | {"checksum_sha256": hashlib.sha256(PNG).hexdigest()}
    )
    assert place["status"] == "pending_upload" and place["max_bytes"] >= len(PNG) and place["expires_in_seconds"] > 0
    put = httpx.put(place["upload_url"], content=PNG, headers=place["upload_headers"])
    assert put.status_code == 200
    done, again = (program.data(f"POST /v3/assets/{place['asset_id']}/complete") for _ in range(2))
    assert (done["asset_id"], done["mime_type"], done["size_bytes"]) == (place["asset_id"], "image/png", len(PNG))
    assert {**done, "url": ""} == {**again, "url": ""}, "completing it twice is as once"
    assert httpx.get(done["url"]).content == PNG
    assert program.data(f"GET /v3/assets/{place['asset_id']}")["name"] == "logo.png"


# The agent


def test_a_session_is_followed(program: Program) -> None:
    """cli waits for the video of the creation's answer; heygen-bulk asks the session for it."""
    made = program.data(
        "POST /v3/video-agents", json={"prompt": "Say: welcome.", "mode": "generate", "style_id": "any"}
    )
    assert isinstance(made["video_id"], str) and made["video_id"]
    assert program.ended(made["video_id"])["status"] == "completed"
    session = program.data(f"GET /v3/video-agents/{made['session_id']}")
    assert (session["video_id"], session["status"], session["progress"]) == (made["video_id"], "completed", 100)
    videos = program.data(f"GET /v3/video-agents/{made['session_id']}/videos")
    assert [one["id"] for one in videos] == [made["video_id"]]


# Webhooks


class Hook:
    """A receiver that checks as HeyGen's documents tell to."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        told = self.told

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                told.append(({name.lower(): value for name, value in self.headers.items()}, raw))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_deliveries_are_verified_as_documented(program: Program) -> None:
    events = ["avatar_video.success", "avatar_video.fail"]
    with closing(Hook()) as hook:
        endpoint = program.data("POST /v3/webhooks/endpoints", json={"url": hook.url, "events": events})
        ids = [
            program.data("POST /v3/videos", json=video(script=script, callback_id="op"))["video_id"]
            for script in ("Hello.", "It fails.")
        ]
        eventually(lambda: len(hook.told) >= 2, "both deliveries")
        program.send(f"DELETE /v3/webhooks/endpoints/{endpoint['endpoint_id']}")
    bodies = {}
    for headers, raw in hook.told:
        expected = hmac.new(endpoint["secret"].encode(), raw, hashlib.sha256).hexdigest()
        assert headers["heygen-signature"] == headers["signature"] == headers["x-heygen-signature"] == expected
        assert abs(time.time() - int(headers["heygen-timestamp"])) < 300
        body = json.loads(raw)
        assert body.get("event_id", headers["heygen-event-id"]) == headers["heygen-event-id"]
        bodies[body["event_type"]] = body["event_data"]
    assert len({headers["heygen-event-id"] for headers, _ in hook.told}) == 2
    assert [bodies[event]["video_id"] for event in events] == ids
    assert {data["callback_id"] for data in bodies.values()} == {"op"}
    assert bodies[events[0]]["url"].startswith("http")
    kept = program.data("GET /v3/webhooks/events", params={"event_type": "avatar_video.fail", "limit": 100})
    assert ids[1] in [event["event_data"]["video_id"] for event in kept]


def test_a_secret_is_told_once(program: Program) -> None:
    endpoint = program.data("POST /v3/webhooks/endpoints", json={"url": "https://example.com/secret"})
    listed = [one for page in program.pages("/v3/webhooks/endpoints", 100) for one in page]
    (shown,) = [one for one in listed if one["endpoint_id"] == endpoint["endpoint_id"]]
    assert endpoint["secret"] and shown.get("secret") is None
    turned = program.data(f"POST /v3/webhooks/endpoints/{endpoint['endpoint_id']}/rotate-secret")
    assert turned["secret"] and turned["secret"] != endpoint["secret"]


# What goes wrong


#: A request, its status, its code (which the command line has hints for), and the field that it names.
WRONG: dict[str, tuple[str, Any, int, str, str | None]] = {
    "video": (f"GET /v3/videos/{UNKNOWN}", None, 404, "video_not_found", None),
    "look": (f"GET /v3/avatars/looks/{UNKNOWN}", None, 404, "avatar_not_found", None),
    "voice": (f"GET /v3/voices/{UNKNOWN}", None, 404, "voice_not_found", None),
    "voice to delete": (f"DELETE /v3/voices/{UNKNOWN}", None, 404, "voice_not_found", None),
    "voice of all": (f"DELETE /v3/voices/{SARA}", None, 403, "forbidden", None),
    "of an avatar": ("POST /v3/videos", video(avatar_id="nobody"), 404, "avatar_not_found", "avatar_id"),
    "of a voice": ("POST /v3/videos", video(voice_id=UNKNOWN), 404, "voice_not_found", "voice_id"),
    "field": ("POST /v3/videos", video(resolution="8k"), 400, "invalid_parameter", "resolution"),
    "nothing to say": ("POST /v3/videos", video(script=None), 400, "invalid_parameter", None),
    "no type": ("POST /v3/videos", {"type": "hologram", "script": "Hi."}, 400, "invalid_parameter", "type"),
    "speech": ("POST /v3/voices/speech", {"voice_id": SARA}, 400, "invalid_parameter", None),
    "no route": ("GET /v3/nothing", None, 404, "not_found", None),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_errors_are_read(program: Program, name: str) -> None:
    """cli and heygen-go read a struct of strings; one number or a string instead of it, and they have no message."""
    request, body, status, code, param = WRONG[name]
    answer = program.send(request, json=body) if body is not None else program.send(request)
    assert answer.status_code == status, answer.text
    assert answer.headers["x-request-id"]
    error = answer.json()["error"]
    assert error["code"] == code and isinstance(error["message"], str) and error["message"]
    assert isinstance(error.get("param"), str | None) and isinstance(error.get("doc_url"), str | None)
    if param:
        assert error["param"] == param


@pytest.mark.parametrize("wanted", NOT_OFFERED)
def test_what_is_not_offered_says_so(program: Program, ids: dict[str, str], wanted: str) -> None:
    body = NOT_OFFERED[wanted]
    answer = program.send(filled(wanted, ids), **({"json": body} if body is not None else {}))
    assert answer.status_code in (400, 501)
    error = answer.json()["error"]
    assert error["code"] == "not_supported" and "not available" in error["message"]


def test_a_wrong_key_is_told(server: Server) -> None:
    for headers in ({}, {"x-api-key": "wrong"}, {"Authorization": "Bearer wrong"}):
        answer = httpx.get(f"{server.url}/v3/users/me", headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert httpx.get(f"{server.url}/v3/users/me", headers={"Authorization": f"Bearer {API_KEY}"}).status_code == 200
