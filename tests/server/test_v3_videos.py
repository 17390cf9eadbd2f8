"""v3 makes the same films as v1 and v2: of presenters, photos, pictures, scenes, prompts, templates, in batches."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from limelight.requests.known import Known
from limelight.requests.v3.videos import parse_video
from limelight.spec import (
    AudioVoice,
    Avatar,
    Captions,
    ColourBackground,
    FilmVoice,
    ImageBackground,
    SilentVoice,
    TalkingPhoto,
    TextVoice,
    VideoBackground,
    VideoSpec,
)
from limelight.store import Store
from receiver import Receiver
from serving import Server, body, eventually
from web import Web

JOSH, SARA, PAUL = "josh_lite3_20230714", "1bd001e7e50f421d891986aad5158bc8", "de8b5d78f2e0485f88d1e9f5c8e7f9a6"
JPEG = b"\xff\xd8\xff\xe0" + b"a face" * 20
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
)
AVATAR: dict[str, Any] = {"type": "avatar", "avatar_id": JOSH, "script": "Hello there."}


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LIMELIGHT_FETCH_ALLOW": "127.0.0.1", "LIMELIGHT_WEBHOOK_SCHEDULE": "0"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with closing(Receiver()) as receiver:
        yield receiver


def post(server: Server, path: str, body: object, status: int = 200) -> dict[str, Any]:
    answer = server.http.post(path, json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def get(server: Server, path: str, status: int = 200, **query: Any) -> dict[str, Any]:
    answer = server.http.get(path, params=query)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ended(server: Server, video_id: str) -> dict[str, Any]:
    def probe() -> dict[str, Any] | None:
        found: dict[str, Any] = get(server, f"/v3/videos/{video_id}")["data"]
        return found if found["status"] in ("completed", "failed") else None

    return eventually(probe, "the end of the video")


def upload(server: Server, content: bytes = JPEG, name: str = "me.jpg") -> str:
    answer = server.http.post("/v3/assets", files={"file": (name, content, "application/octet-stream")})
    assert answer.status_code == 200, answer.text
    asset_id: str = answer.json()["data"]["asset_id"]
    return asset_id


def spec(body: object, known: Known | None = None) -> VideoSpec:
    return parse_video(body, known or Known(photo=lambda id: ("f" * 32,) if id == "a photo" else ())).spec


# Specs


def test_a_presenter_speaks_with_its_own_voice_at_the_size_that_is_asked_for() -> None:
    made = spec({**AVATAR, "resolution": "720p", "aspect_ratio": "9:16"})
    assert (made.width, made.height, made.container, made.captions) == (720, 1280, "mp4", None)
    (scene,) = made.scenes
    assert scene.character == Avatar(avatar_id=JOSH)
    assert scene.voice == TextVoice(voice_id=PAUL, script="Hello there.")
    assert scene.background == ColourBackground()


def test_every_field_of_an_avatar_video_is_heeded() -> None:
    made = spec(
        {
            **AVATAR,
            "voice_id": SARA,
            "voice_settings": {"speed": "1.2", "pitch": 3, "volume": 0.5, "locale": "en-US"},
            "background": {"type": "color", "value": "#FF0000"},
            "expressiveness": "high",
            "caption": {"file_format": "srt", "style": "default"},
            "title": "Hello",
            "engine": {"type": "avatar_v"},
            "test": True,
        }
    )
    (scene,) = made.scenes
    assert scene.voice == TextVoice(voice_id=SARA, script="Hello there.", speed=1.2, pitch=3, volume=0.5)
    assert scene.background == ColourBackground(colour="#ff0000")
    assert scene.acting.talking_style == "expressive"
    assert (made.captions, made.title, made.watermark) == (Captions(burn_in=True), "Hello", True)


@pytest.mark.parametrize(
    ("caption", "burn_in"),
    [({"file_format": "srt"}, False), ({}, False), ({"style": "default"}, True), (True, True)],
)
def test_captions_are_drawn_only_with_a_style(caption: object, burn_in: bool) -> None:
    assert spec({**AVATAR, "caption": caption}).captions == Captions(burn_in=burn_in)


def test_webm_is_transparent_and_has_no_background() -> None:
    assert spec({**AVATAR, "output_format": "webm"}).container == "webm"
    photo = spec({**AVATAR, "avatar_id": "a photo", "voice_id": SARA, "output_format": "webm"})
    assert isinstance(photo.scenes[0].character, TalkingPhoto) and photo.scenes[0].character.matting
    with pytest.raises(Exception, match="background is invalid"):
        spec({**AVATAR, "output_format": "webm", "background": {"type": "color", "value": "#fff"}})


def test_a_photo_is_an_avatar_too() -> None:
    (scene,) = spec({**AVATAR, "avatar_id": "a photo", "voice_id": SARA, "fit": "contain"}).scenes
    assert isinstance(scene.character, TalkingPhoto)
    assert (scene.character.source.asset_id, scene.character.fit, scene.character.matting) == (
        "f" * 32,
        "contain",
        False,
    )


def test_a_picture_speaks_from_a_url() -> None:
    image = {"type": "url", "url": "https://example.com/me.jpg"}
    (scene,) = spec({"type": "image", "image": image, "script": "Hello.", "voice_id": SARA}).scenes
    assert isinstance(scene.character, TalkingPhoto) and scene.character.source.url == "https://example.com/me.jpg"


@pytest.mark.parametrize("kind", ["avatar", "image"])
def test_a_picture_may_come_in_plain_fields(kind: str) -> None:
    asked = {"type": kind, "image_url": "https://example.com/me.jpg", "script": "Hello.", "voice_id": SARA}
    (scene,) = spec(asked).scenes
    assert isinstance(scene.character, TalkingPhoto) and scene.character.source.url == "https://example.com/me.jpg"


def test_a_film_that_is_called_an_image_is_a_film_behind() -> None:
    background = {"type": "image", "url": "https://example.com/b-roll.MP4?x=1"}
    (scene,) = spec({**AVATAR, "background": background}).scenes
    assert isinstance(scene.background, VideoBackground) and scene.background.play_style == "loop"


def test_a_recording_is_heard_at_its_volume() -> None:
    (scene,) = spec(
        {"avatar_id": JOSH, "audio_url": "https://example.com/a.mp3", "voice_settings": {"volume": 0.25}}
    ).scenes
    assert isinstance(scene.voice, AudioVoice) and scene.voice.volume == 0.25


def test_scenes_are_speakers_stills_and_clips() -> None:
    still, clip = (
        {"type": "url", "url": "https://example.com/s.png"},
        {"type": "url", "url": "https://example.com/c.mp4"},
    )
    made = spec(
        {
            "type": "studio",
            "scenes": [
                {
                    "type": "avatar_video",
                    "input": {
                        "type": "avatar",
                        "avatar_id": JOSH,
                        "script": "One.",
                        "background": {"type": "color", "color": "#00ff00"},
                    },
                },
                {
                    "type": "avatar_video",
                    "input": {"type": "image", "image": still, "script": "Two.", "voice_id": SARA},
                },
                {"type": "image", "source": still, "duration": 150},
                {"type": "image", "source": still, "script": "Three.", "voice_id": SARA},
                {"type": "video", "source": clip, "playback": {"volume": 0.5}},
                {"type": "video", "source": clip, "playback": {"mute": True}},
            ],
        }
    )
    speaker, picture, silent, narrated, loud, mute = made.scenes
    assert speaker.background == ColourBackground(colour="#00ff00")
    assert isinstance(picture.character, TalkingPhoto)
    assert silent.voice == SilentVoice(duration_s=150) and silent.character is None
    assert isinstance(silent.background, ImageBackground) and isinstance(narrated.voice, TextVoice)
    assert isinstance(loud.background, VideoBackground) and loud.background.play_style == "full_video"
    assert isinstance(loud.voice, FilmVoice) and loud.voice.volume == 0.5
    assert isinstance(mute.voice, FilmVoice) and mute.voice.volume == 0


def test_a_type_that_is_left_out_is_known_by_the_other_fields() -> None:
    still = {"url": "https://example.com/s.png"}
    assert isinstance(spec({"image": still, "script": "Hi.", "voice_id": SARA}).scenes[0].character, TalkingPhoto)
    assert spec({"scenes": [{"input": {"avatar_id": JOSH, "script": "Hi."}}]}).scenes[0].character == Avatar(
        avatar_id=JOSH
    )
    assert spec({"avatar_id": JOSH, "script": "Hi."}).scenes[0].character == Avatar(avatar_id=JOSH)


def test_what_is_behind_may_stand_beside_the_speaker() -> None:
    beside = {"input": {"avatar_id": JOSH, "script": "Hi."}, "background": {"type": "color", "value": "#ff0000"}}
    assert spec({"scenes": [beside]}).scenes[0].background == ColourBackground(colour="#ff0000")
    webm = parse_video({"scenes": [beside], "output_format": "webm"})
    assert webm.spec.container == "mp4" and [w.field for w in webm.warnings] == ["output_format"]


def test_what_is_not_done_is_told() -> None:
    request = parse_video(
        {
            "type": "studio",
            "watermark": {"image": {"type": "url", "url": "https://example.com/logo.png"}},
            "scenes": [
                {
                    "type": "avatar_video",
                    "input": {
                        "avatar_id": JOSH,
                        "script": "Good morning, and welcome to our film, Ольга.",
                        "motion_prompt": "wave",
                    },
                },
            ],
        }
    )
    told = {(w.code, w.field) for w in request.warnings}
    assert ("not_supported", "scenes[0].input.motion_prompt") in told
    assert ("not_supported", "watermark") in told
    assert ("word_left_out", "scenes[0].input.script") in told


# Errors

WRONG: list[tuple[dict[str, Any], int, str, str | None]] = [
    ({**AVATAR, "avatar_id": "nobody"}, 404, "avatar_not_found", "avatar_id"),
    ({**AVATAR, "voice_id": "mute"}, 404, "voice_not_found", "voice_id"),
    ({**AVATAR, "avatar_id": ""}, 400, "invalid_parameter", "avatar_id"),
    ({**AVATAR, "script": " "}, 400, "invalid_parameter", "script"),
    ({**AVATAR, "script": "x" * 5001}, 400, "invalid_parameter", "script"),
    ({**AVATAR, "audio_url": "https://example.com/a.mp3"}, 400, "invalid_parameter", "script"),
    ({"type": "avatar", "avatar_id": JOSH}, 400, "invalid_parameter", "script"),
    ({**AVATAR, "resolution": "8k"}, 400, "invalid_parameter", "resolution"),
    ({**AVATAR, "aspect_ratio": "7:1"}, 400, "invalid_parameter", "aspect_ratio"),
    ({**AVATAR, "voice_settings": {"speed": 9}}, 400, "invalid_parameter", "voice_settings.speed"),
    ({**AVATAR, "voice_settings": {"volume": 2}}, 400, "invalid_parameter", "voice_settings.volume"),
    ({**AVATAR, "output_format": "gif"}, 400, "invalid_parameter", "output_format"),
    ({**AVATAR, "callback_url": "nowhere"}, 400, "invalid_parameter", "callback_url"),
    ({**AVATAR, "background": {"type": "gif"}}, 400, "invalid_parameter", "background.type"),
    ({"type": "cinematic_avatar", "avatar_id": [JOSH], "prompt": "a film"}, 501, "not_supported", "type"),
    ({**AVATAR, "image_url": "https://a.example/x.jpg"}, 400, "invalid_parameter", "image_url"),
    ({"type": "hologram"}, 400, "invalid_parameter", "type"),
    ({"type": "image", "script": "Hello."}, 400, "invalid_parameter", "image"),
    (
        {"type": "image", "image": {"type": "asset_id", "asset_id": "0" * 32}},
        400,
        "invalid_parameter",
        "image.asset_id",
    ),
    ({"type": "image", "image": {"type": "base64", "data": "%"}}, 400, "invalid_parameter", "image.data"),
    ({"type": "studio", "scenes": []}, 400, "invalid_parameter", "scenes"),
    (
        {"type": "studio", "scenes": [{"type": "avatar_video", "input": {"avatar_id": "nobody", "script": "x"}}]},
        404,
        "avatar_not_found",
        "scenes[0].input.avatar_id",
    ),
    ({"type": "studio", "scenes": [{"type": "dance"}]}, 400, "invalid_parameter", "scenes[0].type"),
    ({"type": "studio", "scenes": [{"source": {}}]}, 400, "invalid_parameter", "scenes[0].type"),
    (
        {"type": "studio", "scenes": [{"type": "image", "source": {"url": "https://a.example/x"}, "duration": 301}]},
        400,
        "invalid_parameter",
        "scenes[0].duration",
    ),
]


@pytest.mark.parametrize(("body", "status", "code", "param"), WRONG)
def test_what_is_wrong_is_named(server: Server, body: object, status: int, code: str, param: str | None) -> None:
    error = post(server, "/v3/videos", body, status)["error"]
    assert (error["code"], error["param"]) == (code, param)
    assert set(error) == {"code", "message", "param", "doc_url"} and error["message"]


@pytest.mark.parametrize("path", ["/v3/videos", "/v3/video-agents", "/v2/video/generate", "/v3/videos/batches"])
def test_a_body_that_is_nested_for_ever_is_refused(server: Server, path: str) -> None:
    for depth in (120, 400, 900, 100_000):
        content = b'{"prompt": "Hi.", "extra": ' + b"[" * depth + b"]" * depth + b"}"
        answer = server.http.post(path, content=content)
        assert answer.status_code == 400 and "request body is invalid" in answer.text, (depth, answer.text)


def test_errors_before_any_route_have_the_same_shape(server: Server) -> None:
    answers = {
        401: server.http.get("/v3/videos", headers={"X-Api-Key": "wrong"}),
        404: server.http.get("/v3/nothing"),
        405: server.http.put("/v3/videos"),
        400: server.http.post("/v3/videos", content=b"{"),
    }
    codes = {}
    for status, answer in answers.items():
        assert answer.status_code == status, answer.text
        (error,) = answer.json().values()
        codes[status] = error["code"]
    assert codes == {401: "unauthorized", 404: "not_found", 405: "method_not_allowed", 400: "invalid_parameter"}


@pytest.mark.parametrize(
    "path",
    ["/v3/videos/" + "0" * 32, "/v3/videos/x", "/v3/video-agents/" + "0" * 32, "/v3/videos/batches/" + "0" * 32],
)
def test_what_is_not_there_is_404(server: Server, path: str) -> None:
    assert get(server, path, 404)["error"]["code"] in ("video_not_found", "not_found")


# Films


def test_a_video_from_its_request_to_its_film(server: Server) -> None:
    created = post(server, "/v3/videos", {**AVATAR, "title": "Hello", "caption": {"style": "default"}})
    assert set(created) == {"data"}
    data = created["data"]
    assert (data["status"], data["output_format"]) == ("waiting", "mp4")
    video = ended(server, data["video_id"])
    assert (video["id"], video["status"], video["title"]) == (data["video_id"], "completed", "Hello")
    assert isinstance(video["created_at"], int) and isinstance(video["completed_at"], int)
    for field in ("video_url", "thumbnail_url", "gif_url", "captioned_video_url", "subtitle_url"):
        assert server.http.get(video[field]).status_code == 200, field
    assert "output_language" not in video
    assert get(server, "/v3/videos", title="hell")["data"][0] == {**video, **{k: ANY for k in SIGNED}}


class _Any:
    def __eq__(self, other: object) -> bool:
        return True


ANY = _Any()
#: Signed anew with each answer.
SIGNED = ("video_url", "thumbnail_url", "gif_url", "captioned_video_url", "subtitle_url", "subtitle_urls")


def test_a_deleted_video_is_gone(server: Server) -> None:
    video_id = post(server, "/v3/videos", AVATAR)["data"]["video_id"]
    answer = server.http.delete(f"/v3/videos/{video_id}")
    assert (answer.status_code, answer.json()) == (200, {"data": {"id": video_id, "deleted": True}})
    assert server.http.delete(f"/v3/videos/{video_id}").json()["error"]["code"] == "video_not_found"


def test_a_list_is_walked_page_by_page(server: Server) -> None:
    made = {post(server, "/v3/videos", {**AVATAR, "title": "paged"})["data"]["video_id"] for _ in range(5)}
    seen, token = list[str](), ""
    while True:
        page = get(server, "/v3/videos", limit=2, title="paged", token=token)
        seen += [video["id"] for video in page["data"]]
        assert page["has_more"] is (page["next_token"] is not None)
        if not page["has_more"]:
            break
        token = page["next_token"]
    assert set(seen) == made and len(seen) == 5
    assert get(server, "/v3/videos", 400, token="nonsense")["error"]["param"] == "token"
    assert len(get(server, "/v3/videos", token="null", limit=1000)["data"]) >= 5


@pytest.mark.parametrize("image", ["upload", "inline", "url"])
def test_a_picture_speaks_however_it_is_sent(server: Server, pages: Web, image: str) -> None:
    pages.files["/me.jpg"] = JPEG
    file = {
        "upload": lambda: {"type": "asset_id", "asset_id": upload(server)},
        "inline": lambda: {"type": "base64", "media_type": "image/jpeg", "data": base64.b64encode(JPEG).decode()},
        "url": lambda: {"type": "url", "url": f"{pages.url}/me.jpg"},
    }[image]()
    created = post(server, "/v3/videos", {"type": "image", "image": file, "script": "Hi.", "voice_id": SARA})
    video = ended(server, created["data"]["video_id"])
    assert video["status"] == "completed", video["failure_message"]


def test_an_inline_file_of_a_request_that_is_refused_is_not_kept(server: Server, store: Store) -> None:
    before = get(server, "/v3/assets", limit=100)["data"]
    file = {"type": "base64", "data": base64.b64encode(JPEG + b"refused").decode()}
    post(server, "/v3/videos", {"type": "image", "image": file, "script": "Hi.", "voice_id": "mute"}, 404)
    assert get(server, "/v3/assets", limit=100)["data"] == before


def test_a_failed_video_says_why(server: Server) -> None:
    video = ended(server, post(server, "/v3/videos", {**AVATAR, "script": "It fails."})["data"]["video_id"])
    assert (video["status"], video["failure_code"], video["video_url"]) == ("failed", "speech_failed", None)
    assert "hoarse" in video["failure_message"]


def test_a_request_that_is_sent_twice_makes_one_video(server: Server) -> None:
    first = server.http.post("/v3/videos", json=AVATAR, headers={"Idempotency-Key": "v3-once"})
    again = server.http.post("/v3/videos", json=AVATAR, headers={"Idempotency-Key": "v3-once"})
    assert first.json() == again.json() and again.headers["Idempotency-Replayed"] == "true"
    other = server.http.post("/v3/videos", json={**AVATAR, "title": "x"}, headers={"Idempotency-Key": "v3-once"})
    assert (other.status_code, other.json()["error"]["code"]) == (400, "idempotency_key_reused")


# The agent


def test_a_prompt_becomes_a_session_with_a_video(server: Server, pages: Web) -> None:
    asked = {
        "prompt": "Our product saves time. It answers letters.",
        "avatar_id": JOSH,
        "voice_id": SARA,
        "orientation": "portrait",
        "files": [{"type": "asset_id", "asset_id": upload(server, PNG, "behind.png")}],
    }
    created = post(server, "/v3/video-agents", asked)["data"]
    assert created["status"] == "generating" and created["video_id"]
    video = ended(server, created["video_id"])
    assert video["status"] == "completed", video["failure_message"]
    session = get(server, f"/v3/video-agents/{created['session_id']}")["data"]
    assert (session["status"], session["progress"], session["video_id"]) == ("completed", 100, video["id"])
    assert session["messages"][0]["content"] == asked["prompt"]
    assert get(server, "/v3/video-agents")["data"][0]["session_id"] == created["session_id"]
    assert [v["id"] for v in get(server, f"/v3/video-agents/{created['session_id']}/videos")["data"]] == [video["id"]]
    body = get(server, f"/v2/videos/{video['id']}")["data"]
    assert body["status"] == "completed"


def test_a_voice_of_the_prompts_request_speaks(server: Server, store: Store) -> None:
    created = post(server, "/v3/video-agents", {"prompt": "A word.", "voice_id": SARA})["data"]
    video = store.videos.get(created["video_id"])
    assert video and {scene.voice.voice_id for scene in video.spec.scenes if isinstance(scene.voice, TextVoice)} == {
        SARA
    }


@pytest.mark.parametrize(
    ("change", "status", "code", "param"),
    [
        ({"prompt": ""}, 400, "invalid_parameter", "prompt"),
        ({"avatar_id": "nobody"}, 404, "avatar_not_found", "avatar_id"),
        ({"voice_id": "mute"}, 404, "voice_not_found", "voice_id"),
        ({"prompt": "word " * 1999}, 400, "invalid_parameter", "prompt"),
        ({"mode": "chat"}, 501, "not_supported", "mode"),
        ({"files": [{"type": "asset_id", "asset_id": "x"}]}, 400, "invalid_parameter", "files[0].asset_id"),
    ],
)
def test_what_is_wrong_with_a_prompt_is_named(
    server: Server, change: dict[str, Any], status: int, code: str, param: str
) -> None:
    error = post(server, "/v3/video-agents", {"prompt": "A word.", **change}, status)["error"]
    assert (error["code"], error["param"]) == (code, param)


def test_a_video_that_was_not_made_of_a_prompt_is_no_session(server: Server) -> None:
    video_id = post(server, "/v3/videos", AVATAR)["data"]["video_id"]
    get(server, f"/v3/video-agents/{video_id}", 404)


# Batches


def test_a_batch_makes_what_is_right_and_says_what_is_wrong(server: Server, receiver: Receiver) -> None:
    videos = [
        {**AVATAR, "script": "One."},
        {**AVATAR, "avatar_id": "nobody"},
        {**AVATAR, "script": "It fails."},
    ]
    asked = {"title": "Three", "videos": videos, "callback_url": f"{receiver.url}/batch"}
    batch = post(server, "/v3/videos/batches", asked, 202)["data"]
    assert (batch["title"], batch["total_items"]) == ("Three", 3)
    assert batch["items"][1]["error"]["param"] == "avatar_id" and batch["items"][1]["video_id"] is None

    def done() -> dict[str, Any] | None:
        found: dict[str, Any] = get(server, f"/v3/videos/batches/{batch['batch_id']}")["data"]
        return found if found["status"] != "processing" else None

    over = eventually(done, "the end of the batch")
    assert over["status"] == "completed" and over["counts_by_status"] == {"completed": 1, "failed": 2}
    assert [item["status"] for item in over["items"]] == ["completed", "failed", "failed"]
    assert over["items"][2]["error"]["code"] == "speech_failed"
    (told,) = receiver.at("/batch")
    event = told.json
    assert event["event_type"] == "batch.finished"
    assert event["event_data"]["batch_id"] == batch["batch_id"]
    assert event["event_data"]["counts_by_status"] == {"completed": 1, "failed": 2}
    second = get(server, f"/v3/videos/batches/{batch['batch_id']}", limit=2)["data"]
    assert second["has_more"]
    last = get(server, f"/v3/videos/batches/{batch['batch_id']}", limit=2, token=second["next_token"])["data"]
    assert [item["item_index"] for item in last["items"]] == [2] and not last["has_more"]
    ids = f"{over['items'][0]['video_id']},{'0' * 32}"
    found = get(server, "/v3/videos/statuses", video_ids=ids, batch_ids=f"{batch['batch_id']},x")["data"]
    assert [one["status"] for one in found] == [
        "completed", "not_found", "completed", "failed", "failed", "not_found",
    ]  # fmt: skip


def test_a_batch_has_a_limit(server: Server) -> None:
    wrong: dict[str, Any]
    for wrong in ({"videos": []}, {"videos": [AVATAR] * 101}, {}):
        assert post(server, "/v3/videos/batches", wrong, 400)["error"]["param"] == "videos"


# Templates


def test_a_template_of_v2_is_listed_shown_and_generated(server: Server) -> None:
    template = {
        "name": "Greeting",
        "body": body("Hello {{first_name}}!"),
        "variables": {"first_name": {"name": "first_name", "type": "text", "properties": {"content": "Ann"}}},
    }
    template_id = post(server, "/v2/templates", template)["data"]["template_id"]
    listed = get(server, "/v3/templates")["data"]
    assert [one["id"] for one in listed] == [template_id] and listed[0]["name"] == "Greeting"
    shown = get(server, f"/v3/templates/{template_id}")["data"]
    assert shown["variables"]["first_name"]["properties"]["content"] == "Ann"
    assert shown["scenes"][0]["variables"][0]["variable_type"] == "text"
    # What is shown can be edited and sent back.
    shown["variables"]["first_name"]["properties"]["content"] = "Maria"
    made = post(server, f"/v3/templates/{template_id}", {"variables": shown["variables"]})["data"]
    assert made["status"] in ("pending", "processing", "completed")
    assert ended(server, made["id"])["status"] == "completed"
    error = post(server, f"/v3/templates/{'0' * 32}", {"variables": {}}, 404)["error"]
    assert error["code"] == "not_found"


def test_polls_of_v3_do_not_use_up_the_rate(tmp_path: Path) -> None:
    with Server(tmp_path / "data", {"LIMELIGHT_RATE_PER_MINUTE": "5", "LIMELIGHT_RENDERER": "scripted_renderer",
                                    "LIMELIGHT_SCRIPTED_FOLDER": str(tmp_path)}) as server:  # fmt: skip
        video_id = post(server, "/v3/videos", AVATAR)["data"]["video_id"]
        for _ in range(20):
            get(server, f"/v3/videos/{video_id}")
        answers = [server.http.get("/v3/voices") for _ in range(6)]
        limited = answers[-1]
        assert limited.status_code == 429 and limited.headers["Retry-After"]
        assert limited.json()["error"]["code"] == "rate_limit_exceeded"
