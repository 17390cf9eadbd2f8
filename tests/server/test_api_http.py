"""The API over real HTTP: envelopes, errors, files. Films come from the scripted renderer, in no time."""

from __future__ import annotations

import datetime
import email.utils
import json
import os
import re
import socket
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from limelight.requests import parse_generate
from limelight.store import NewVideo, Store
from serving import API_KEY, Server, body, eventually

VIDEO_ID = re.compile(r"[0-9a-f]{32}")


@pytest.fixture(scope="module")
def finished(server: Server) -> dict[str, Any]:
    status = server.ended(server.generate(body("One.", "Two.", title="A title", callback_id="mine", folder_id="f")))
    assert status["status"] == "completed", status
    return status


# Status


def test_a_finished_video_in_v1(server: Server, finished: dict[str, Any]) -> None:
    answer = server.http.get("/v1/video_status.get", params={"video_id": finished["id"]}).json()
    assert set(answer) == {"code", "data", "message"}
    assert (answer["code"], answer["message"]) == (100, "Success")
    data = answer["data"]
    assert VIDEO_ID.fullmatch(data["id"])
    assert data["video_id"] == data["id"]
    assert data["status"] == "completed"
    assert data["callback_id"] == "mine"
    assert isinstance(data["created_at"], int)
    assert abs(data["created_at"] - time.time()) < 3600
    assert data["duration"] == 0.8
    assert all(data[absent] is None for absent in ("caption_url", "error", "subtitle_urls", "video_url_caption"))
    assert httpx.URL(data["video_url"]).path.endswith(".mp4")
    assert httpx.URL(data["thumbnail_url"]).path.endswith(".jpg")
    assert httpx.URL(data["gif_url"]).path.endswith(".gif")
    assert (data["progress"], data["stage"], data["scene"], data["scenes"]) == (1, None, None, 2)


def test_a_finished_video_in_v2(server: Server, finished: dict[str, Any]) -> None:
    answer = server.http.get(f"/v2/videos/{finished['id']}").json()
    assert answer["error"] is None
    data = answer["data"]
    assert (data["id"], data["status"], data["title"], data["folder_id"]) == (
        finished["id"],
        "completed",
        "A title",
        "f",
    )
    for when in ("created_at", "completed_at"):
        assert data[when].endswith("Z")
        assert datetime.datetime.fromisoformat(data[when]).tzinfo is not None
    assert httpx.URL(data["video_url"]).path == httpx.URL(finished["video_url"]).path
    assert httpx.URL(data["gif_url"]).path == httpx.URL(finished["gif_url"]).path
    for name in (
        "captioned_video_url",
        "subtitle_url",
        "output_language",
        "failure_code",
        "failure_message",
    ):
        assert data[name] is None
    assert "error" not in data


def test_a_failed_video_says_scene_stage_and_why(server: Server, folder: Path) -> None:
    (folder / "log").write_text("")
    data = server.ended(server.generate(body("One.", "This fails.", "Three.")))
    assert data["status"] == "failed"
    said = "scene 2 of 3, speech: the voice is hoarse."
    assert "scene 3" not in (folder / "log").read_text(), "nothing is rendered in vain"
    assert data["error"] == {"code": 40056, "detail": said, "message": said}
    assert (data["failure_code"], data["failure_message"]) == ("speech_failed", said)
    assert (data["stage"], data["scene"]) == ("speech", 2)
    assert data["video_url"] is None
    v2 = server.http.get(f"/v2/videos/{data['id']}").json()["data"]
    assert (v2["failure_code"], v2["failure_message"], v2["completed_at"]) == ("speech_failed", said, None)


def test_status_is_answered_while_a_scene_renders(server: Server, folder: Path) -> None:
    video_id = server.generate(body("One.", "It waits."))
    eventually(lambda: server.status(video_id)["scene"] == 2, "scene 2")
    for _ in range(30):
        data = server.status(video_id)
        assert data["status"] == "processing"
        assert data["video_url"] is data["duration"] is data["error"] is None
        assert 0 < data["progress"] < 1
    queued = server.generate(body("Queued."))
    assert server.status(queued)["status"] == "pending"
    (folder / "go").touch()
    assert server.ended(video_id)["status"] == "completed"
    assert server.ended(queued)["status"] == "completed"
    (folder / "go").unlink()


@pytest.mark.parametrize("video_id", ["0" * 32, "nothing", "%00", "a" * 5000])
def test_an_unknown_video(server: Server, video_id: str) -> None:
    v1 = server.http.get(f"/v1/video_status.get?video_id={video_id}")
    assert v1.status_code == 404
    assert (v1.json()["code"], v1.json()["data"], set(v1.json())) == (40031, None, {"code", "message", "data"})
    v2 = server.http.get(f"/v2/videos/{video_id}")
    assert v2.status_code == 404
    assert v2.json()["code"] == "not_found"


def test_a_status_without_an_id(server: Server) -> None:
    answer = server.http.get("/v1/video_status.get")
    assert answer.status_code == 400
    assert answer.json() == {"code": 40001, "message": "video_id is invalid: field required.", "data": None}


# Generate


def test_an_error_is_a_string_with_code_and_message_beside_it(server: Server) -> None:
    answer = server.http.post("/v2/video/generate", json=body("One.", width=1281))
    said = "dimension.width is invalid: 1281 is odd, it must be even, from 128 to 4096."
    assert answer.status_code == 400
    assert answer.json() == {"data": None, "error": said, "code": "invalid_parameter", "message": said}


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"video_inputs": NaN}'], ids=repr)
def test_a_body_that_is_not_json(server: Server, data: bytes) -> None:
    answer = server.http.post("/v2/video/generate", content=data)
    assert answer.status_code == 400
    assert answer.json()["error"] == "request body is invalid: it is not JSON."


def test_a_body_that_is_too_large(server: Server) -> None:
    answer = server.http.post("/v2/video/generate", content=b" " * (9 << 20))
    assert answer.status_code == 413
    assert "limit" in answer.json()["error"]


def test_the_content_type_of_a_body_does_not_matter(server: Server) -> None:
    data = json.dumps(body("One."))
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = server.http.post("/v2/video/generate", content=data, headers={"Content-Type": kind})
        assert answer.status_code == 200
        server.ended(answer.json()["data"]["video_id"])


# Keys and routes


@pytest.mark.parametrize(
    "headers", [{}, {"X-Api-Key": "wrong"}, {"X-Api-Key": ""}, {"Authorization": "Bearer no"}], ids=str
)
def test_without_the_key(server: Server, headers: dict[str, str]) -> None:
    with httpx.Client(base_url=server.url, headers=headers, timeout=60) as http:
        v2 = http.post("/v2/video/generate", json=body())
        assert v2.status_code == 401
        assert v2.json() == {
            "data": None, "error": "Invalid API key", "code": "unauthorized", "message": "Invalid API key"
        }  # fmt: skip
        v1 = http.get("/v1/video_status.get", params={"video_id": "0" * 32})
        assert v1.status_code == 401
        assert v1.json() == {"code": 400112, "message": "Unauthorized", "data": None}


@pytest.mark.parametrize("headers", [{"x-api-key": API_KEY}, {"Authorization": f"Bearer {API_KEY}"}], ids=str)
def test_with_the_key_in_either_header(server: Server, headers: dict[str, str]) -> None:
    assert httpx.get(f"{server.url}/v2/voices", headers=headers, timeout=60).status_code == 200


def test_a_key_that_is_no_ascii(server: Server) -> None:
    assert httpx.get(f"{server.url}/v2/voices", headers={b"X-Api-Key": b"\xe9"}, timeout=60).status_code == 401


@pytest.mark.parametrize("path", ["/v2/talking_photos", "/v1/talking_photos", "/v3/nothing", "/nothing"])
def test_unknown_routes_are_404_in_the_shape_of_their_version(server: Server, path: str) -> None:
    answer = server.http.get(path)
    assert answer.status_code == 404
    if path.startswith("/v3/"):
        assert answer.json()["error"]["code"] == "not_found"
        return
    assert answer.json()["data"] is None
    assert ("error" in answer.json()) == (not path.startswith("/v1/"))


def test_a_wrong_method_is_405(server: Server) -> None:
    answer = server.http.put("/v2/voices")
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    "path", ["/v2/../v1/video_status.get", "/v2/./../v1//video_status.get/", "/v2/%2e%2e/v1/video_status.get"]
)
def test_dot_segments_are_tidied(server: Server, finished: dict[str, Any], path: str) -> None:
    """As raw bytes: clients that write such paths tidy them in different ways."""
    request = (
        f"GET {path}?video_id={finished['id']} HTTP/1.1\r\nHost: x\r\nX-Api-Key: {API_KEY}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), 60) as connection:
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert finished["id"].encode() in answer


def test_every_answer_has_its_own_request_id(server: Server) -> None:
    answers = [server.http.get(path) for path in ("/", "/nothing", "/v2/voices", "/v1/video_status.get", "/docs")]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == len(ids)


def test_the_root_points_to_the_documentation(server: Server) -> None:
    assert server.http.get(server.http.get("/").json()["documentation"]).status_code == 200


def test_the_openapi_document_describes_the_body(server: Server) -> None:
    document = server.http.get("/openapi.json").json()
    body = document["paths"]["/v2/video/generate"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    schemas = document["components"]["schemas"]
    assert "video_inputs" in schemas[body["$ref"].rpartition("/")[2]]["properties"]
    references = set(re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(document)))
    assert references <= set(schemas)


# Catalogue


def test_avatars_are_as_clients_parse_them(server: Server) -> None:
    data = server.http.get("/v2/avatars").json()["data"]
    assert data["talking_photos"] == []
    assert data["avatars"]
    voices = {voice["voice_id"]: voice for voice in server.http.get("/v2/voices").json()["data"]["voices"]}
    for avatar in data["avatars"]:
        assert re.fullmatch(r"[\w-]+[_-]\d{8}(_[a-z]+)?", avatar["avatar_id"])
        assert isinstance(avatar["avatar_name"], str)
        assert avatar["gender"] in ("female", "male")
        assert avatar["premium"] is False
        assert avatar["type"] is None
        assert isinstance(avatar["tags"], list)
        assert voices[avatar["default_voice_id"]]["gender"] == avatar["gender"]
        for url in (avatar["preview_image_url"], avatar["preview_video_url"]):
            assert url.startswith(server.url)
        picture = httpx.get(avatar["preview_image_url"], timeout=60)
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
        assert picture.content.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    "avatar_id",
    ["josh_lite3_20230714", "angela_expressive_20231010", "wayne_20240422", "lily_20230614",
     "Angela-inblackskirt-20220820", "Angela-inTshirt-20220820", "Kristin_public_3_20240108",
     "Vanessa-invest-20220722", "Daisy-inskirt-20220818"],
)  # fmt: skip
def test_ids_of_the_documents_resolve(server: Server, avatar_id: str) -> None:
    data = server.http.get(f"/v2/avatar/{avatar_id}/details").json()["data"]
    assert data["id"] == data["avatar_id"] == avatar_id
    assert data["type"] == "avatar"
    assert data["name"] == data["avatar_name"]
    assert data["is_public"] is True
    assert VIDEO_ID.fullmatch(data["default_voice_id"])


def test_an_unknown_avatar_has_no_details(server: Server) -> None:
    answer = server.http.get("/v2/avatar/nobody/details")
    assert answer.status_code == 404
    assert answer.json()["data"] is None
    assert answer.json()["code"] == "avatar_not_found"
    for kind in ("jpg", "mp4"):
        assert server.http.get(f"/previews/avatars/nobody.{kind}").status_code == 404


def test_voices_are_as_clients_parse_them(server: Server) -> None:
    voices = server.http.get("/v2/voices").json()["data"]["voices"]
    assert len(voices) >= 6
    for voice in voices:
        assert VIDEO_ID.fullmatch(voice["voice_id"])
        assert voice["gender"] in ("female", "male")
        assert voice["language"] == "English"
        assert voice["name"]
        assert voice["preview_audio"].startswith(server.url)
        for flag in ("support_pause", "emotion_support", "support_interactive_avatar", "support_locale"):
            assert isinstance(voice[flag], bool)
        assert voice["emotion_support"] is True  # in the face


def test_previews_are_made_once_and_kept(server: Server, folder: Path) -> None:
    voice = server.http.get("/v2/voices").json()["data"]["voices"][0]
    log = folder / "log"
    before = len(log.read_text().splitlines()) if log.exists() else 0
    samples = [httpx.get(voice["preview_audio"], timeout=60) for _ in range(2)]
    assert {sample.status_code for sample in samples} == {200}
    assert {sample.headers["content-type"] for sample in samples} == {"audio/mpeg"}
    assert samples[0].content == samples[1].content
    assert len(log.read_text().splitlines()) == before + 1
    assert httpx.head(voice["preview_audio"], timeout=60).headers["content-length"] == str(len(samples[0].content))


def test_the_sample_of_an_unknown_voice(server: Server) -> None:
    assert server.http.get("/previews/voices/nobody.mp3").status_code == 404


def test_quota_is_in_whole_numbers_and_counts_what_was_made(server: Server, finished: dict[str, Any]) -> None:
    data = server.http.get("/v2/user/remaining_quota").json()["data"]
    assert 0 < data["remaining_quota"] < 2**32
    assert data["used_quota"] >= 1
    for name in ("api", "streaming_avatar", "streaming_avatar_instance_quota", "seat"):
        assert isinstance(data["details"][name], int)
    assert {"avatar_iv", "plan_credit"} <= set(data["details"])


# Files


@pytest.fixture
def url(server: Server, finished: dict[str, Any]) -> str:
    found: str = server.status(finished["id"])["video_url"]
    return found


def test_a_film_is_served_whole_without_a_key_and_with_any(url: str) -> None:
    for headers in ({}, {"Authorization": "Bearer whatever", "Content-Type": "application/json"}, {"X-Api-Key": "no"}):
        answer = httpx.get(url, headers=headers, timeout=60)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "video/mp4"
        assert answer.headers["accept-ranges"] == "bytes"
        assert answer.headers["content-length"] == str(len(answer.content))
        assert answer.text.startswith("scene 1")


def test_head_tells_the_same_and_sends_nothing(url: str) -> None:
    got, head = httpx.get(url, timeout=60), httpx.head(url, headers={"Range": "bytes=0-3"}, timeout=60)
    assert head.status_code == 200
    assert head.content == b""
    for name in ("content-type", "content-length", "etag", "accept-ranges", "last-modified"):
        assert head.headers[name] == got.headers[name]
    assert email.utils.parsedate_to_datetime(head.headers["last-modified"]).tzinfo is not None


@pytest.mark.parametrize(
    ("asked", "slice_"),
    [
        ("bytes=0-3", slice(0, 4)), ("bytes=5-", slice(5, None)), ("bytes=-6", slice(-6, None)),
        ("bytes=2-99999", slice(2, None)), ("bytes=-99999", slice(0, None)), ("bytes=0-", slice(0, None)),
    ],
)  # fmt: skip
def test_ranges(url: str, asked: str, slice_: slice) -> None:
    whole = httpx.get(url, timeout=60).content
    part = httpx.get(url, headers={"Range": asked}, timeout=60)
    assert part.status_code == 206
    assert part.content == whole[slice_]
    start, stop, _ = slice_.indices(len(whole))
    assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
    assert part.headers["content-length"] == str(len(part.content))


@pytest.mark.parametrize("asked", ["bytes=99999-", "bytes=-0"])
def test_ranges_outside(url: str, asked: str) -> None:
    size = len(httpx.get(url, timeout=60).content)
    answer = httpx.get(url, headers={"Range": asked}, timeout=60)
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    "asked", ["bytes=0-" + "9" * 5000, "bytes=0-1,3-4", "lines=1-2", "bytes=", "bytes=5-2", "bytes=a-b"]
)
def test_ranges_that_are_not_understood_give_the_whole(url: str, asked: str) -> None:
    assert httpx.get(url, headers={"Range": asked}, timeout=60).status_code == 200


def test_a_range_of_another_version_gives_the_whole(url: str) -> None:
    etag = httpx.head(url, timeout=60).headers["etag"]
    same = httpx.get(url, headers={"Range": "bytes=0-3", "If-Range": etag}, timeout=60)
    other = httpx.get(url, headers={"Range": "bytes=0-3", "If-Range": '"other"'}, timeout=60)
    assert (same.status_code, other.status_code) == (206, 200)


def test_a_url_is_good_for_seven_days_and_for_nothing_else(server: Server, url: str) -> None:
    parsed = httpx.URL(url)
    expires = int(parsed.params["expires"])
    assert abs(expires - time.time() - 7 * 24 * 3600) < 600
    forged = [
        parsed.copy_set_param("expires", str(expires + 1)),
        parsed.copy_set_param("signature", "0" * 64),
        parsed.copy_set_param("signature", "é"),
        parsed.copy_set_param("expires", "²"),
        parsed.copy_remove_param("signature"),
        parsed.copy_with(path=parsed.path.replace("film.mp4", "thumbnail.jpg")),
        parsed.copy_with(path=f"/files/{uuid.uuid4().hex}/film.mp4"),
    ]
    for bad in forged:
        assert httpx.get(bad, timeout=60).status_code == 403, bad


def test_the_thumbnail_is_a_picture(finished: dict[str, Any]) -> None:
    answer = httpx.get(finished["thumbnail_url"], timeout=60)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")


def test_urls_begin_with_the_host_that_the_client_called(server: Server, finished: dict[str, Any]) -> None:
    data = server.http.get(f"/v2/videos/{finished['id']}", headers={"Host": "films.example:8443"}).json()["data"]
    assert data["video_url"].startswith("http://films.example:8443/files/")


# A server's life


def test_videos_files_and_urls_survive_a_restart_and_the_key_is_made_once(tmp_path: Path) -> None:
    environment = {
        "LIMELIGHT_RENDERER": "scripted_renderer", "LIMELIGHT_SCRIPTED_FOLDER": str(tmp_path),
        "LIMELIGHT_API_KEY": "", "LIMELIGHT_PUBLIC_URL": "https://films.example/",
    }  # fmt: skip
    with Server(tmp_path / "data", environment) as first:
        file = tmp_path / "data" / "api-key"
        key = file.read_text().strip()
        assert len(key) >= 32
        assert os.stat(file).st_mode & 0o777 == 0o600
        assert key in first.log.read_text()
        first.http.headers["X-Api-Key"] = key
        done = first.ended(first.generate(body("One.")))
        assert done["video_url"].startswith("https://films.example/files/")
    with Server(tmp_path / "data", environment) as second:
        assert key not in second.log.read_text()
        second.http.headers["X-Api-Key"] = key
        assert second.status(done["id"])["status"] == "completed"
        old = done["video_url"].replace("https://films.example", second.url)
        assert httpx.get(old, timeout=60).text.startswith("scene 1")


def test_a_signal_to_stop_ends_the_render_and_the_next_start_takes_it_up(tmp_path: Path) -> None:
    environment = {"LIMELIGHT_RENDERER": "scripted_renderer", "LIMELIGHT_SCRIPTED_FOLDER": str(tmp_path)}
    with Server(tmp_path / "data", environment) as server:
        video_id = server.generate(body("One.", "It waits.", "Three."))
        eventually(lambda: (now := server.status(video_id))["scene"] == 2 and now["stage"] == "picture", "scene 2")
        server.process.terminate()
        server.process.wait(30)
    (tmp_path / "go").touch()
    with Server(tmp_path / "data", environment) as server:
        assert server.ended(video_id)["status"] == "completed"
    attempts = [line.split()[1] for line in (tmp_path / "log").read_text().splitlines() if line.startswith("scene")]
    assert attempts == ["1", "2", "2", "3"]
    store = Store(f"sqlite:///{tmp_path / 'data' / 'limelight.db'}")
    video = store.videos.get(video_id)
    assert video
    assert [scene.attempts for scene in video.scenes] == [1, 1, 1], "a stop on purpose is no failed attempt"
    store.close()


def test_what_was_kept_and_not_queued_is_queued_at_the_next_start(tmp_path: Path) -> None:
    environment = {"LIMELIGHT_RENDERER": "scripted_renderer", "LIMELIGHT_SCRIPTED_FOLDER": str(tmp_path)}
    (tmp_path / "data").mkdir()
    store = Store(f"sqlite:///{tmp_path / 'data' / 'limelight.db'}")
    video = store.videos.create(NewVideo(parse_generate(body("One.")).spec, body("One.")))
    store.close()
    with Server(tmp_path / "data", environment) as server:
        assert server.ended(video.id)["status"] == "completed"


def test_a_second_server_on_the_same_data_is_refused(server: Server) -> None:
    with pytest.raises(AssertionError, match="another server"), Server(server.data_dir):
        pass
