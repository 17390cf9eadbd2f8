"""Templates over real HTTP and on the command line: made, checked, changed, filled in and rendered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from limelight.service.accounts import new_account, new_key
from limelight.spec import (
    Acting,
    AudioVoice,
    Avatar,
    ColourBackground,
    ImageBackground,
    TextVoice,
    VideoBackground,
    VideoSpec,
)
from limelight.store import Store
from places import SUPPORT
from serving import Server

SARA, PAUL = "1bd001e7e50f421d891986aad5158bc8", "de8b5d78f2e0485f88d1e9f5c8e7f9a6"
JOSH, LILY = "josh_lite3_20230714", "lily_20230614"
WEBP = b"RIFF0000WEBP" + b"0" * 64
MP3 = b"ID3" + b"0" * 64
UNKNOWN = "0" * 32
PICTURE = "https://example.com/picture.jpg"

#: Every type of variable; only `name`, `clip` and `link` have to be given.
SPEC: dict[str, Any] = {
    "name": "Welcome",
    "variables": {
        "name": {"type": "text", "properties": {"max_length": 20}},
        "product": {"name": "product", "type": "text", "properties": {"content": "tea"}},
        "speed": {"type": "text", "properties": {"content": "1.5"}},
        "picture": {"type": "image", "properties": {"url": PICTURE, "fit": "contain"}},
        "clip": {"type": "video"},
        "sound": {"type": "audio", "properties": {"url": "https://example.com/sound.mp3"}},
        "who": {"type": "character", "properties": {"character_id": JOSH, "type": "avatar"}},
        "spoken_by": {"type": "voice", "properties": {"voice_id": SARA}},
        "link": {"type": "text", "properties": {"example": "#ff0000"}},
    },
    "body": {
        "video_inputs": [
            {
                "scene_id": "hello",
                "character": {"type": "avatar", "avatar_id": "{{who}}", "avatar_style": "closeUp",
                              "talking_style": "expressive"},
                "voice": {"type": "text", "input_text": "Hello {{name}}, here is {{ product }}.",
                          "voice_id": "{{spoken_by}}", "speed": "{{speed}}", "emotion": "Friendly"},
                "background": {"type": "image", "url": "{{picture}}", "fit": "cover"},
                "text": {"text": "{{product}}", "color": "{{link}}"},
            },
            {
                "character": "{{who}}",
                "voice": "{{sound}}",
                "background": "{{clip}}",
            },
            {
                "voice": {"type": "text", "input_text": "Goodbye.", "voice_id": "{{spoken_by}}"},
            },
        ],
        "dimension": {"width": 720, "height": 1280},
    },
}  # fmt: skip
GIVEN: dict[str, Any] = {"name": "Ann", "clip": "https://example.com/clip.mp4", "link": "#00f"}


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LIMELIGHT_FETCH_ALLOW": "127.0.0.1"}


@pytest.fixture(scope="module")
def template_id(server: Server) -> str:
    return made(server, SPEC)


def made(server: Server, spec: object) -> str:
    answer = server.http.post("/v2/templates", json=spec)
    assert answer.status_code == 200, answer.text
    assert answer.json()["error"] is None
    id: str = answer.json()["data"]["template_id"]
    return id


def generate(server: Server, id: str, variables: object, **fields: object) -> httpx.Response:
    return server.http.post(f"/v2/template/{id}/generate", json={"variables": variables, **fields})


def rows(server: Server) -> Store:
    return Store(f"sqlite:///{server.data_dir / 'limelight.db'}")


def spec_of(server: Server, answer: httpx.Response) -> VideoSpec:
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"error", "data"}
    store = rows(server)
    try:
        video = store.videos.get(answer.json()["data"]["video_id"])
    finally:
        store.close()
    assert video is not None
    return video.spec


def with_body(**scene: object) -> dict[str, Any]:
    """The template with other fields in its first scene."""
    spec: dict[str, Any] = json.loads(json.dumps(SPEC))
    spec["body"]["video_inputs"][0] |= scene
    return spec


def with_variable(name: str, variable: object) -> dict[str, Any]:
    return {**SPEC, "variables": {**SPEC["variables"], name: variable}}


# Showing


def test_the_list_has_what_clients_read(server: Server, template_id: str) -> None:
    templates = server.http.get("/v2/templates").json()["data"]["templates"]
    (shown,) = [template for template in templates if template["template_id"] == template_id]
    assert (shown["name"], shown["aspect_ratio"]) == ("Welcome", "9:16")
    assert shown["thumbnail_image_url"] == shown["thumbnail_url"] == f"{server.url}/previews/avatars/{JOSH}.jpg"
    assert httpx.get(shown["thumbnail_image_url"], timeout=60).headers["content-type"] == "image/jpeg"
    assert [variable["name"] for variable in shown["variables"]] == list(SPEC["variables"])


@pytest.mark.parametrize("path", ["/v2/template/", "/v2/templates/"])
def test_variables_are_a_map(server: Server, template_id: str, path: str) -> None:
    data = server.http.get(path + template_id).json()["data"]
    variables = data["variables"]
    assert {name: one["type"] for name, one in variables.items()} == {
        name: one["type"] for name, one in SPEC["variables"].items()
    }
    assert all(one["name"] == name for name, one in variables.items())
    assert variables["name"]["properties"] == {"content": "", "max_length": 20}
    assert variables["picture"]["properties"]["url"] == PICTURE
    assert variables["clip"]["properties"]["url"] == ""
    assert variables["who"]["properties"]["character_id"] == JOSH
    assert variables["spoken_by"]["properties"]["voice_id"] == SARA
    assert data["body"] == SPEC["body"]
    for one in variables.values():
        assert any(isinstance(one["properties"].get(key), str) for key in ("content", "url")), one


def test_v3_has_lists(server: Server, template_id: str) -> None:
    answer = server.http.get(f"/v3/template/{template_id}").json()
    assert answer["error"] is None
    data = answer["data"]
    assert (data["id"], data["name"]) == (template_id, "Welcome")
    assert [variable["name"] for variable in data["variables"]] == list(SPEC["variables"])
    assert [scene["id"] for scene in data["scenes"]] == data["scene_ids"] == ["hello", "scene_2", "scene_3"]
    assert data["scenes"][0]["script"] == "Hello {{name}}, here is {{ product }}."
    assert [variable["name"] for variable in data["scenes"][1]["variables"]] == ["clip", "sound", "who"]


def test_a_template_without_a_presenter_has_a_picture_too(server: Server) -> None:
    scene = {"voice": {"type": "silence", "duration": 1}}
    id = made(server, {"name": "Bare", "body": {"video_inputs": [scene], "aspect_ratio": "1:1"}})
    data = server.http.get(f"/v2/template/{id}").json()["data"]
    assert data["aspect_ratio"] == "1:1"
    picture = httpx.get(data["thumbnail_image_url"], timeout=60)
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    server.http.delete(f"/v2/template/{id}")


# Filling in


def test_defaults_stand_where_nothing_is_given(server: Server, template_id: str) -> None:
    spec = spec_of(server, generate(server, template_id, GIVEN))
    assert (spec.width, spec.height, spec.title) == (720, 1280, "Welcome")
    first, second, third = spec.scenes
    assert first.voice == TextVoice(voice_id=SARA, script="Hello Ann, here is tea.", speed=1.5)
    assert isinstance(first.character, Avatar)
    assert (first.character.avatar_id, first.character.style) == (JOSH, "closeUp")
    assert first.acting == Acting(talking_style="expressive", emotion="friendly")
    assert isinstance(first.background, ImageBackground)
    assert (first.background.source.url, first.background.fit) == (PICTURE, "contain")
    assert (first.texts[0].text, first.texts[0].colour) == ("tea", "#0000ff")
    assert isinstance(second.character, Avatar) and second.character.avatar_id == JOSH
    assert isinstance(second.voice, AudioVoice)
    assert second.voice.source.url == "https://example.com/sound.mp3"
    assert isinstance(second.background, VideoBackground)
    assert second.background.source.url == GIVEN["clip"]
    assert third.character is None
    assert third.background == ColourBackground()


def test_values_as_objects_take_the_place_of_defaults(server: Server, template_id: str) -> None:
    picture = server.http.post("/v1/asset", content=WEBP, headers={"Content-Type": "image/webp"}).json()["data"]["id"]
    sound = server.http.post("/v1/asset", content=MP3, headers={"Content-Type": "audio/mpeg"}).json()["data"]["id"]

    def of(name: str, type: str, /, **properties: object) -> dict[str, Any]:
        return {"name": name, "type": type, "properties": properties}

    values = {
        "name": of("name", "text", content="{{product}}"),
        "product": of("product", "text", content="coffee"),
        "speed": 2,
        "picture": of("picture", "image", url="", asset_id=picture, fit=None),
        "clip": of("clip", "video", url="https://example.com/other.mp4", play_style="loop", fit="crop"),
        "sound": of("sound", "audio", asset_id=sound),
        "who": of("who", "character", character_id=LILY, type="avatar"),
        "spoken_by": of("spoken_by", "voice", voice_id=PAUL, locale="en-US"),
        "link": {"properties": {"content": "#fff"}},
    }
    spec = spec_of(server, generate(server, template_id, values))
    first, second, third = spec.scenes
    assert first.voice == TextVoice(voice_id=PAUL, script="Hello {{product}}, here is coffee.", speed=2)
    assert isinstance(first.background, ImageBackground)
    assert (first.background.source.asset_id, first.background.fit) == (picture, "contain")
    assert [scene.character and scene.character.catalog_id for scene in spec.scenes] == [LILY, LILY, None]
    assert isinstance(second.voice, AudioVoice)
    assert second.voice.source.asset_id == sound
    assert isinstance(second.background, VideoBackground)
    assert (second.background.play_style, second.background.fit) == ("loop", "crop")
    assert isinstance(third.voice, TextVoice)
    assert third.voice.voice_id == PAUL


def test_plain_values_of_every_type_and_a_list_of_them(server: Server, template_id: str) -> None:
    picture = server.http.post("/v1/asset", content=WEBP, headers={"Content-Type": "image/webp"}).json()["data"]["id"]
    plain = {**GIVEN, "picture": picture, "sound": "https://example.com/b.mp3", "who": LILY, "spoken_by": PAUL}
    spec = spec_of(server, generate(server, template_id, plain))
    assert isinstance(spec.scenes[0].background, ImageBackground)
    assert spec.scenes[0].background.source.asset_id == picture
    who = spec.scenes[1].character
    assert isinstance(who, Avatar) and who.avatar_id == LILY
    as_list = [{"name": name, "properties": {"content": value}} for name, value in GIVEN.items() if name != "clip"]
    as_list.append({"name": "clip", "properties": {"url": GIVEN["clip"]}})
    assert spec_of(server, generate(server, template_id, as_list)).scenes[0].texts[0].colour == "#0000ff"


@pytest.mark.parametrize("path", ["/v2/template/{}/generate", "/v3/templates/{}"])
def test_subtitles_alone_are_captions(server: Server, template_id: str, path: str) -> None:
    body = {"variables": GIVEN, "subtitles": {"preset_name": "classic"}}
    answer = server.http.post(path.format(template_id), json=body)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    store = rows(server)
    try:
        video = store.videos.get(data.get("video_id") or data["id"])
        assert video and video.spec.captions is not None
    finally:
        store.close()


def test_fields_of_the_request_and_of_the_scenes(server: Server, template_id: str) -> None:
    answer = server.http.post(
        f"/v2/templates/{template_id}/generate",
        json={"variables": {"name": "Ann", "link": "#fff"}, "title": "Mine", "test": True, "caption": True,
              "callback_id": "id", "callback_url": "http://127.0.0.1:9/", "dimension": {"width": 256, "height": 128},
              "folder_id": "f", "enable_sharing": True, "fps": "30", "scene_ids": ["scene_3", "hello", "scene_3"],
              "something": "else"},
    )  # fmt: skip
    spec = spec_of(server, answer)
    assert (spec.title, spec.watermark, spec.fps) == ("Mine", True, 30)
    assert (spec.width, spec.height, spec.captions is not None) == (256, 128, True)
    said = [scene.voice.script for scene in spec.scenes if isinstance(scene.voice, TextVoice)]
    assert said == ["Goodbye.", "Hello Ann, here is tea.", "Goodbye."]
    store = rows(server)
    try:
        video = store.videos.get(answer.json()["data"]["video_id"])
    finally:
        store.close()
    assert video and (video.callback_id, video.folder_id, video.test) == ("id", "f", True)
    assert video.share_token


def test_a_video_of_a_template_is_made(server: Server, template_id: str) -> None:
    answer = generate(server, template_id, {"name": "Ann", "link": "#fff"}, scene_ids=["scene_3"])
    assert server.ended(answer.json()["data"]["video_id"])["status"] == "completed"


@pytest.mark.parametrize(
    ("variables", "fields", "words"),
    [
        ({}, {}, "variables is invalid: 'name', 'clip', 'link' are missing"),
        ({**GIVEN, "nme": "x"}, {}, "the template has no 'nme'; it has 'name', 'product'"),
        ({**GIVEN, "name": None}, {}, "'name' is missing"),
        ({**GIVEN, "name": ["Ann"]}, {}, "variables.name is invalid: it must be text"),
        ({**GIVEN, "name": "a" * 21}, {}, "variables.name is invalid: it has 21 characters, the limit is 20"),
        ({**GIVEN, "name": {"type": "image", "properties": {"url": PICTURE}}}, {},
         "variables.name is invalid: the template's is a text, not an image"),
        ({**GIVEN, "name": {"type": "text", "properties": {}}}, {},
         "variables.name.properties.content is invalid: field required"),
        ({**GIVEN, "clip": {"type": "video", "properties": {"asset_id": ""}}}, {},
         "variables.clip.properties.url is invalid: field required"),
        ({**GIVEN, "picture": {"type": "picture"}}, {}, "variables.picture.type is invalid: 'picture'"),
        ({**GIVEN, "who": ""}, {}, "variables.who is invalid: it is empty"),
        ({**GIVEN, "who": "nobody"}, {}, "avatar nobody not found"),
        ({**GIVEN, "spoken_by": "nobody"}, {}, "voice nobody not found"),
        ({**GIVEN, "picture": UNKNOWN}, {}, "background.image_asset_id is invalid: asset"),
        ({**GIVEN, "who": {"properties": {"character_id": UNKNOWN, "type": "talking_photo"}}}, {},
         f"avatar {UNKNOWN} not found"),
        (GIVEN, {"scene_ids": ["hello", "other"]}, "scene_ids[1] is invalid: 'other' is not one of hello, scene_2"),
        (GIVEN, {"scene_ids": ["hello"] * 51}, "scene_ids is invalid: it has 51 entries, the limit is 50"),
        (GIVEN, {"fps": 24}, "fps is invalid: 24 is not one of 25, 30, 60"),
        (GIVEN, {"dimension": {"width": 127, "height": 128}}, "dimension.width is invalid"),
        ("name", {}, "variables is invalid: it must be a JSON object"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    server: Server, template_id: str, variables: object, fields: dict[str, object], words: str
) -> None:
    answer = generate(server, template_id, variables, **fields)
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["error"]


# Making and changing


def test_a_template_is_changed_in_part_and_replaced_and_deleted(server: Server) -> None:
    id = made(server, SPEC)
    path = f"/v2/template/{id}"
    changed = server.http.patch(path, json={"name": "Other"}).json()["data"]
    assert (changed["name"], changed["body"]) == ("Other", SPEC["body"])
    assert server.http.patch(path, json={"variables": {}}).status_code == 400, "the body has holes"
    whole = {"name": "Third", "body": {"video_inputs": [{"voice": {"type": "silence", "duration": 1}}]}}
    replaced = server.http.put(path, json=whole).json()["data"]
    assert (replaced["name"], replaced["variables"], replaced["scene_ids"]) == ("Third", {}, ["scene_1"])
    assert server.http.put(path, json={"name": "Fourth"}).status_code == 400
    assert spec_of(server, server.http.post(f"{path}/generate", json={})).scenes[0].character is None
    assert server.http.get(path).json()["data"]["name"] == "Third"
    assert server.http.delete(path).json() == {"error": None, "data": None}
    for method, url in (("GET", path), ("DELETE", path), ("GET", f"/v3/template/{id}"), ("GET", f"/v2/templates/{id}")):
        answer = server.http.request(method, url)
        told = answer.json()["error"] if url.startswith("/v3/") else answer.json()
        assert (answer.status_code, told["code"]) == (404, "not_found"), (method, url)
    for method, url in (("PUT", path), ("PATCH", path), ("POST", f"{path}/generate")):
        assert server.http.request(method, url, json=whole).status_code == 404, (method, url)


def without(spec: dict[str, Any], *path: str) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(spec))
    at = copy
    for key in path[:-1]:
        at = at[key]
    del at[path[-1]]
    return copy


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (without(SPEC, "name"), "name is invalid: field required"),
        (without(SPEC, "body"), "body is invalid: field required"),
        ({**SPEC, "name": " "}, "name is invalid: it is empty"),
        (without(SPEC, "variables", "product"), "is none of the variables"),
        (without(SPEC, "body", "video_inputs"), "body.video_inputs is invalid"),
        (with_variable("x", {"type": "text"}), "variables.x is invalid: the body has no"),
        (with_variable("who", {"type": "robot"}), "variables.who.type is invalid: 'robot'"),
        (with_variable("a{b", {}), "1 to 100 characters, no braces"),
        ({**SPEC, "variables": ["name"]}, "variables[0].name is invalid: field required"),
        (with_body(background={"type": "color", "value": "{{picture}}"}), "can only be the whole of background, url"),
        (with_body(voice={"type": "text", "input_text": "Hi {{spoken_by}}."}), "can only be the whole of voice_id"),
        (with_body(text=[{"text": "{{product}}", "color": "{{link}}"}, {"text": "a", "color": "{{name}}"}]),
         "text[1].color is invalid: 'Example' is not a colour"),
        (with_body(voice={**SPEC["body"]["video_inputs"][0]["voice"], "voice_id": "x"}), "voice x not found"),
        (with_body(scene_id="scene_2"), "scene_id, if given, are all different"),
    ],
)  # fmt: skip
def test_a_template_that_could_not_work_is_not_made(server: Server, spec: dict[str, Any], words: str) -> None:
    before = len(server.http.get("/v2/templates").json()["data"]["templates"])
    answer = server.http.post("/v2/templates", json=spec)
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["error"]
    assert len(server.http.get("/v2/templates").json()["data"]["templates"]) == before


def test_a_body_that_is_nested_too_deeply(server: Server) -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = [deep]
    answer = server.http.post("/v2/templates", json=with_body(extra=deep))
    assert answer.status_code == 400
    assert "nested too deeply" in answer.json()["error"]


def test_templates_of_others_are_not_there(server: Server, template_id: str) -> None:
    store = rows(server)
    try:
        key = new_key(store, new_account(store, "stranger", "team").id, "stranger")
    finally:
        store.close()
    with httpx.Client(base_url=server.url, headers={"X-Api-Key": key}, timeout=60) as stranger:
        assert stranger.get("/v2/templates").json()["data"]["templates"] == []
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            assert stranger.request(method, f"/v2/template/{template_id}", json=SPEC).status_code == 404, method
        assert stranger.get(f"/v3/template/{template_id}").status_code == 404
        assert stranger.post(f"/v2/template/{template_id}/generate", json={"variables": GIVEN}).status_code == 404
    assert server.http.get(f"/v2/template/{template_id}").json()["data"]["name"] == "Welcome"


# On the command line


def limelight(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "limelight.cli", "templates", *arguments, "--data-dir", str(server.data_dir)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(SUPPORT), "COLUMNS": "80"},
    )


def test_the_command_line_works_beside_the_server(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "spec.json"
    file.write_text(json.dumps(SPEC))
    create = limelight(server, "create", str(file))
    assert create.returncode == 0, create.stderr
    id = create.stdout.strip()
    assert server.http.get(f"/v2/template/{id}").json()["data"]["name"] == "Welcome"
    assert f"{id}" in limelight(server, "list").stdout

    shown = json.loads(limelight(server, "show", id).stdout)
    assert shown["body"] == SPEC["body"]
    file.write_text(json.dumps({**shown, "name": "From a file"}))
    assert limelight(server, "edit", id, str(file)).returncode == 0
    assert server.http.get(f"/v2/template/{id}").json()["data"]["name"] == "From a file"

    file.write_text(json.dumps({"variables": {}}))
    wrong = limelight(server, "edit", id, str(file))
    assert (wrong.returncode, "is none of the variables" in wrong.stderr) == (2, True)
    assert limelight(server, "delete", id).returncode == 0
    assert server.http.get(f"/v2/template/{id}").status_code == 404
    assert limelight(server, "show", id).returncode == 2


def test_the_command_line_for_another_account(server: Server, tmp_path: Path) -> None:
    store = rows(server)
    try:
        account = new_account(store, "guest", "free")
        key = new_key(store, account.id, "guest")
    finally:
        store.close()
    file = tmp_path / "spec.json"
    file.write_text(json.dumps(SPEC))
    id = limelight(server, "create", str(file), "--account", account.id).stdout.strip()
    assert httpx.get(f"{server.url}/v2/template/{id}", headers={"X-Api-Key": key}, timeout=60).status_code == 200
    assert server.http.get(f"/v2/template/{id}").status_code == 404
    unknown = limelight(server, "list", "--account", "f" * 32)
    assert (unknown.returncode, "not found" in unknown.stderr) == (2, True)


# With the real voice and presenter


def test_a_template_becomes_a_film(tmp_path: Path) -> None:
    spec = {
        "name": "Short",
        "variables": [{"name": "name", "type": "text"}, {"name": "who", "type": "character"}],
        "body": {
            "video_inputs": [
                {
                    "character": {"type": "avatar", "avatar_id": "{{who}}"},
                    "voice": {"type": "text", "input_text": "Hi {{name}}.", "voice_id": SARA},
                    "background": {"type": "color", "value": "#204060"},
                }
            ],
            "dimension": {"width": 128, "height": 128},
        },
    }
    with Server(tmp_path / "data") as server:
        answer = generate(server, made(server, spec), {"name": "Ann", "who": LILY})
        status = server.ended(answer.json()["data"]["video_id"])
        assert status["status"] == "completed", status
        film = tmp_path / "film.mp4"
        film.write_bytes(httpx.get(status["video_url"], timeout=60).content)
    with av.open(str(film)) as container:
        video = container.streams.video[0]
        pictures = list(container.decode(video))
        assert (video.width, video.height, video.average_rate) == (128, 128, Fraction(25))
    assert len(pictures) == round(status["duration"] * 25)
    corner = pictures[0].to_ndarray(format="rgb24")[:8, :8].reshape(-1, 3).mean(axis=0)
    assert abs(corner - (0x20, 0x40, 0x60)).max() < 12
