"""Talking photos and photo avatars over real HTTP: kept, listed, grouped, deleted, and known by their ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from limelight.accounts import new_account, new_key
from limelight.store import Store
from serving import Server, body

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 64
MP3 = b"ID3" + b"0" * 64
UNKNOWN = "0" * 32


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("photos")
    environment = {"LIMELIGHT_RENDERER": "scripted_renderer", "LIMELIGHT_SCRIPTED_FOLDER": str(folder)}
    with Server(folder / "data", environment) as server:
        yield server


@pytest.fixture(scope="module")
def stranger(server: Server) -> Iterator[httpx.Client]:
    """Another account."""
    store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")
    try:
        key = new_key(store, new_account(store, "stranger", "team").id, "stranger")
    finally:
        store.close()
    with httpx.Client(base_url=server.url, headers={"X-Api-Key": key}, timeout=60) as http:
        yield http


def data_of(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def upload(server: Server, path: str = "/v1/asset", content: bytes = JPEG, kind: str = "image/jpeg") -> dict[str, Any]:
    data: dict[str, Any] = data_of(server.http.post(path, content=content, headers={"Content-Type": kind}))
    return data


def new_group(server: Server, name: str = "Ann") -> dict[str, Any]:
    asked = {"name": name, "image_key": upload(server)["image_key"], "generation_id": None}
    group: dict[str, Any] = data_of(server.http.post("/v2/photo_avatar/avatar_group/create", json=asked))
    return group


def listed(server: Server) -> dict[str, dict[str, Any]]:
    answer = server.http.get("/v1/talking_photo.list").json()
    assert (answer["code"], answer["message"]) == (100, "Success")
    assert isinstance(answer["data"], list)
    return {photo["id"]: photo for photo in answer["data"]}


def refused(server: Server, character: dict[str, Any]) -> dict[str, Any]:
    asked = body("Hello.")
    asked["video_inputs"][0]["character"] = character
    answer = server.http.post("/v2/video/generate", json=asked)
    assert answer.status_code == 400, answer.text
    said: dict[str, Any] = answer.json()
    return said


# Talking photos


def test_a_talking_photo_is_kept_listed_and_deleted_with_its_picture(server: Server) -> None:
    photo = upload(server, "/v1/talking_photo")
    id = photo["talking_photo_id"]
    assert httpx.get(photo["talking_photo_url"], timeout=60).content == JPEG
    item = listed(server)[id]
    assert item["talking_photo_id"] == id
    assert item["talking_photo_name"]
    assert {item["image_url"], item["circle_image"], item["preview_image_url"]} == {photo["talking_photo_url"]}
    shown = data_of(server.http.get("/v2/avatars"))["talking_photos"]
    assert {"talking_photo_id": id, "talking_photo_name": item["talking_photo_name"],
            "preview_image_url": photo["talking_photo_url"]} in shown  # fmt: skip
    details = data_of(server.http.get(f"/v2/avatar/{id}/details"))
    assert (details["type"], details["id"], details["avatar_id"]) == ("talking_photo", id, id)
    assert (details["is_public"], details["default_voice_id"]) == (False, None)
    assert details["preview_image_url"] == photo["talking_photo_url"]

    assert server.http.delete(f"/v2/talking_photo/{id}").json() == {"error": None, "data": None}
    assert id not in listed(server)
    assert server.http.get(f"/v2/avatar/{id}/details").status_code == 404
    assert httpx.get(photo["talking_photo_url"], timeout=60).status_code == 404
    again = server.http.delete(f"/v2/talking_photo/{id}")
    assert (again.status_code, again.json()["code"], again.json()["data"]) == (404, "not_found", None)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (MP3, "audio/mpeg", "it is audio/mpeg, a talking photo is JPEG, PNG or WebP"),
        (b"", "image/jpeg", "no body"),
        (b"hello", "image/jpeg", "it is none of"),
        (JPEG, "multipart/form-data; boundary=x", "in a form"),
    ],
)
def test_what_is_no_portrait_is_refused_and_not_kept(server: Server, content: bytes, kind: str, words: str) -> None:
    before = data_of(server.http.get("/v1/asset/list"))["total"]
    answer = server.http.post("/v1/talking_photo", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert words in answer.json()["message"]
    assert data_of(server.http.get("/v1/asset/list"))["total"] == before


@pytest.mark.parametrize("path", ["/v2/talking_photos", "/v1/talking_photos"])
def test_paths_that_clients_probe_for_are_not_there(server: Server, path: str) -> None:
    assert server.http.get(path).status_code == 404


def test_a_photo_goes_with_its_upload(server: Server) -> None:
    asset = upload(server)
    asked = {"name": "Ann", "image_key": asset["id"]}
    group = data_of(server.http.post("/v2/photo_avatar/avatar_group/create", json=asked))
    assert server.http.delete(f"/v2/photo_avatar/{group['id']}").status_code == 200
    assert httpx.get(asset["url"], timeout=60).status_code == 200, "the upload is the user's own"
    group = data_of(server.http.post("/v2/photo_avatar/avatar_group/create", json=asked))
    assert server.http.post(f"/v1/asset/{asset['id']}/delete").status_code == 200
    assert group["id"] not in listed(server)
    assert server.http.get(f"/v2/photo_avatar/{group['id']}").status_code == 404


# Photo avatars


def test_a_group_grows_and_is_trained_and_deleted(server: Server) -> None:
    group = new_group(server)
    assert group["id"] == group["group_id"]
    assert (group["name"], group["status"]) == ("Ann", "pending")
    assert isinstance(group["created_at"], float)
    assert {"is_motion", "business_type", "image_url", "upscale_availability"} <= set(group)
    assert data_of(server.http.get(f"/v2/photo_avatar/{group['id']}"))["status"] == "completed"

    keys = [f"image/{upload(server)['id']}/original", upload(server)["id"]]
    asked = {"group_id": group["id"], "image_keys": keys, "name": "Ann, outside"}
    added = data_of(server.http.post("/v2/photo_avatar/avatar_group/add", json=asked))["photo_avatar_list"]
    assert [look["group_id"] for look in added] == [group["id"]] * 2
    assert len({group["id"], *(look["id"] for look in added)}) == 3

    looks = data_of(server.http.get(f"/v2/avatar_group/{group['id']}/avatars"))["avatar_list"]
    assert [look["id"] for look in looks] == [group["id"], *(look["id"] for look in added)]
    groups = data_of(server.http.get("/v2/avatar_group.list"))["avatar_group_list"]
    (shown,) = [one for one in groups if one["id"] == group["id"]]
    assert (shown["name"], shown["num_looks"]) == ("Ann", 3)

    status = f"/v2/photo_avatar/train/status/{group['id']}"
    before = data_of(server.http.get(status))
    assert (before["status"], before["error_msg"], before["updated_at"]) == ("pending", "", None)
    assert isinstance(before["created_at"], int)
    data_of(server.http.post("/v2/photo_avatar/train", json={"group_id": group["id"]}))
    after = data_of(server.http.get(status))
    assert (after["status"], after["error_msg"]) == ("ready", "")
    assert isinstance(after["updated_at"], int)

    assert server.http.delete(f"/v2/photo_avatar/{added[0]['id']}").status_code == 200
    assert added[0]["id"] not in listed(server)
    assert server.http.delete(f"/v2/photo_avatar_group/{group['id']}").json() == {"error": None, "data": None}
    assert not {group["id"], added[1]["id"]} & set(listed(server))
    assert server.http.delete(f"/v2/photo_avatar_group/{group['id']}").status_code == 404
    assert server.http.get(f"/v2/avatar_group/{group['id']}/avatars").status_code == 404


@pytest.mark.parametrize(
    ("path", "asked", "status", "words"),
    [
        ("avatar_group/create", {"name": "Ann"}, 400, "image_key is invalid: field required"),
        ("avatar_group/create", {"image_key": UNKNOWN}, 400, "name is invalid: field required"),
        ("avatar_group/create", {"name": "Ann", "image_key": UNKNOWN}, 400, "image_key is invalid: asset"),
        ("avatar_group/create", {"name": "Ann", "image_key": "../x"}, 400, "image_key is invalid: asset"),
        ("avatar_group/add", {"group_id": UNKNOWN, "name": "Ann", "image_keys": []}, 400, "it is empty"),
        ("avatar_group/add", {"group_id": UNKNOWN, "name": "Ann", "image_keys": ["a"] * 5}, 400, "the limit is 4"),
        ("train", {}, 400, "group_id is invalid: field required"),
        ("train", {"group_id": UNKNOWN}, 404, "not found"),
    ],
)
def test_what_is_wrong_is_named(server: Server, path: str, asked: dict[str, Any], status: int, words: str) -> None:
    answer = server.http.post(f"/v2/photo_avatar/{path}", json=asked)
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_looks_for_a_group_that_is_not_there(server: Server) -> None:
    asked = {"group_id": UNKNOWN, "name": "Ann", "image_keys": [upload(server)["id"]]}
    assert server.http.post("/v2/photo_avatar/avatar_group/add", json=asked).status_code == 404


@pytest.mark.parametrize("path", ["photo/generate", "look/generate", "add_motion", "add_sound_effect", "upscale"])
def test_what_is_not_available_says_so(server: Server, path: str) -> None:
    answer = server.http.post(f"/v2/photo_avatar/{path}", json={"name": "Ann"})
    assert answer.status_code == 400
    assert answer.json()["data"] is None
    assert "is not available on this server" in answer.json()["error"]


def test_nothing_was_generated(server: Server) -> None:
    answer = server.http.get(f"/v2/photo_avatar/generation/{UNKNOWN}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


# In videos


def test_a_talking_photo_cannot_speak_yet_by_any_of_its_ids(server: Server) -> None:
    group, asset = new_group(server), upload(server)
    photo = upload(server, "/v1/talking_photo")
    for id in (photo["talking_photo_id"], group["id"], asset["id"]):
        said = refused(server, {"type": "talking_photo", "talking_photo_id": id})
        assert "talking photos are not supported yet" in said["error"], id
        assert said["code"] == "invalid_parameter"


def test_an_unknown_talking_photo_is_an_unknown_avatar(server: Server) -> None:
    sound = upload(server, content=MP3, kind="audio/mpeg")
    for id in (UNKNOWN, "nobody", sound["id"]):
        said = refused(server, {"type": "talking_photo", "talking_photo_id": id})
        assert said["code"] == "avatar_not_found"
        assert said["error"] == f"avatar {id} not found or no longer available."
    said = refused(server, {"type": "talking_photo"})
    assert said["error"] == "video_inputs[0].character.talking_photo_id is invalid: field required."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "talking photos are not supported yet"),
        ({"script": None, "audio_url": "https://example.com/a.mp3"}, "talking photos are not supported yet"),
        ({"image_key": UNKNOWN}, "image_key is invalid: asset"),
        ({"script": None}, "script is missing"),
        ({"script": "a" * 5001}, "script is too long: 5001 characters"),
        ({"voice_id": "nobody"}, "voice nobody not found"),
        ({"voice_id": None}, "voice_id is invalid: field required"),
        ({"audio_url": "ftp://example.com/a.mp3"}, "audio_url is invalid"),
        ({"video_orientation": "round"}, "video_orientation is invalid: 'round'"),
        ({"fit": "stretch"}, "fit is invalid: 'stretch'"),
    ],
)
def test_av4_names_what_is_wrong_and_else_that_photos_cannot_speak(
    server: Server, change: dict[str, Any], words: str
) -> None:
    asked = {"image_key": upload(server)["image_key"], "script": "Hello.", "video_title": "A title",
             "voice_id": "1bd001e7e50f421d891986aad5158bc8", **change}  # fmt: skip
    answer = server.http.post("/v2/video/av4/generate", json=asked)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


# Other accounts


def test_photos_of_others_are_not_there(server: Server, stranger: httpx.Client) -> None:
    group, asset = new_group(server), upload(server)
    photo = upload(server, "/v1/talking_photo")["talking_photo_id"]
    assert stranger.get("/v1/talking_photo.list").json()["data"] == []
    assert stranger.get("/v2/avatars").json()["data"]["talking_photos"] == []
    assert stranger.get("/v2/avatar_group.list").json()["data"]["avatar_group_list"] == []
    for path in (f"/v2/avatar/{photo}/details", f"/v2/photo_avatar/{photo}", f"/v2/avatar_group/{group['id']}/avatars",
                 f"/v2/photo_avatar/train/status/{group['id']}"):  # fmt: skip
        assert stranger.get(path).status_code == 404, path
    for path in (f"/v2/talking_photo/{photo}", f"/v2/photo_avatar/{photo}", f"/v2/photo_avatar_group/{group['id']}"):
        assert stranger.delete(path).status_code == 404, path
    assert stranger.post("/v2/photo_avatar/train", json={"group_id": group["id"]}).status_code == 404
    stolen = {"name": "Mine", "image_key": asset["image_key"]}
    assert stranger.post("/v2/photo_avatar/avatar_group/create", json=stolen).status_code == 400
    asked = body("Hello.")
    for id in (photo, group["id"], asset["id"]):
        asked["video_inputs"][0]["character"] = {"type": "talking_photo", "talking_photo_id": id}
        assert stranger.post("/v2/video/generate", json=asked).json()["code"] == "avatar_not_found"
    assert {photo, group["id"]} <= set(listed(server))
    assert data_of(server.http.get(f"/v2/photo_avatar/train/status/{group['id']}"))["status"] == "pending"
