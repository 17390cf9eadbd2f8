"""Talking photos and photo avatars over real HTTP: kept, listed, grouped, deleted, and heard in videos."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from limelight.service.accounts import new_account, new_key
from limelight.spec import TalkingPhoto, VideoSpec
from limelight.store import Store
from serving import Server, body, eventually

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 64
MP3 = b"ID3" + b"0" * 64
UNKNOWN = "0" * 32
SARA = "1bd001e7e50f421d891986aad5158bc8"


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
        (MP3, "audio/mpeg", "it is audio/mpeg, a talking photo is JPEG, PNG, WebP, GIF"),
        (b"", "image/jpeg", "it is empty"),
        (b"hello", "image/jpeg", "it is none of"),
        (JPEG, "multipart/form-data; boundary=x", "it cannot be read"),
    ],
)
def test_what_is_no_portrait_is_refused_and_not_kept(server: Server, content: bytes, kind: str, words: str) -> None:
    before = data_of(server.http.get("/v1/asset/list"))["total"]
    answer = server.http.post("/v1/talking_photo", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert words in answer.json()["message"]
    assert data_of(server.http.get("/v1/asset/list"))["total"] == before


def test_a_talking_photo_has_the_name_it_is_given(server: Server) -> None:
    for sent in ({"params": {"name": "Ann"}}, {"headers": {"Content-Disposition": 'inline; filename="Ann"'}}):
        photo = data_of(server.http.post("/v1/talking_photo", content=JPEG, **sent))  # type: ignore[arg-type]
        assert listed(server)[photo["talking_photo_id"]]["talking_photo_name"] == "Ann"


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


# Several pictures of one person


def person(server: Server, *pictures: bytes, front: bytes = JPEG) -> list[dict[str, Any]]:
    """The looks of a group that speaks with all its pictures, the front first."""
    key = upload(server, content=front)["image_key"]
    asked = {"name": "Ann", "image_key": key, "same_person": True}
    looks = [data_of(server.http.post("/v2/photo_avatar/avatar_group/create", json=asked))]
    if pictures:
        looks += data_of(further(server, looks[0]["id"], *pictures))["photo_avatar_list"]
    return looks


def further(server: Server, group_id: str, *pictures: bytes, **fields: Any) -> httpx.Response:
    keys = [upload(server, content=content)["image_key"] for content in pictures]
    asked = {"group_id": group_id, "image_keys": keys, "name": "Ann", **fields}
    return server.http.post("/v2/photo_avatar/avatar_group/add", json=asked)


SMILE, BODY = JPEG + b"teeth and creases", JPEG + b"body, no face"


def test_looks_of_one_person_say_what_they_give(server: Server) -> None:
    looks = person(server, SMILE, BODY)
    group = looks[0]["id"]
    assert [look["gave"] for look in looks] == [[], ["teeth", "creases"], ["body"]]
    shown = data_of(server.http.get(f"/v2/avatar_group/{group}/avatars"))["avatar_list"]
    assert [(look["id"], look["same_person"], look["gave"]) for look in shown] == [
        (look["id"], True, look["gave"]) for look in looks
    ]
    body_look = data_of(server.http.get(f"/v2/photo_avatar/{looks[2]['id']}"))
    assert (body_look["faces"], body_look["note"]) == (None, "it cannot speak alone; its group can.")
    (listed_group,) = [
        one for one in data_of(server.http.get("/v2/avatar_group.list"))["avatar_group_list"] if one["id"] == group
    ]
    assert listed_group["num_looks"] == 3


def test_other_groups_do_not_speak_of_one_person(server: Server) -> None:
    group = new_group(server)
    (added,) = data_of(further(server, group["id"], SMILE))["photo_avatar_list"]
    for look in (group, added, data_of(server.http.get(f"/v2/photo_avatar/{group['id']}"))):
        assert not {"same_person", "gave"} & set(look)
    film = made(server, server.http.post("/v2/video/generate", json=photo_body(group["id"])))
    assert hashed(SMILE) not in film


def test_a_group_may_become_one_person_s_and_have_other_looks_too(server: Server) -> None:
    group = new_group(server)["id"]
    (alone,) = data_of(further(server, group, JPEG + b"another suit"))["photo_avatar_list"]
    (smile,) = data_of(further(server, group, SMILE, same_person=True))["photo_avatar_list"]
    assert smile["gave"] == ["teeth", "creases"]
    (suit,) = data_of(further(server, group, JPEG + b"a third suit", same_person=False))["photo_avatar_list"]
    assert "gave" not in suit
    for id, pictures in ((group, [JPEG, SMILE]), (alone["id"], [JPEG + b"another suit"])):
        assert pictures_of(server, photo_body(id)) == [hashlib.sha256(content).hexdigest() for content in pictures]


@pytest.mark.parametrize(
    ("pictures", "words"),
    [
        ((SMILE, JPEG + b"another person"), "image_keys[1] is invalid: it shows another person."),
        ((JPEG + b"another person, no face",), "image_keys[0] is invalid: it shows another person."),
    ],
)
def test_a_picture_that_gives_nothing_is_named_and_none_is_kept(
    server: Server, pictures: tuple[bytes, ...], words: str
) -> None:
    group = person(server)[0]["id"]
    answer = further(server, group, *pictures)
    assert (answer.status_code, answer.json()["error"]) == (400, words)
    assert [look["id"] for look in data_of(server.http.get(f"/v2/avatar_group/{group}/avatars"))["avatar_list"]] == [
        group
    ]


def test_a_person_has_no_picture_twice_and_at_most_nine(server: Server) -> None:
    looks = person(server, SMILE)
    group = looks[0]["id"]
    key = upload(server)["image_key"]
    for keys in ([key, key], [upload(server)["image_key"], key, key]):
        asked = {"group_id": group, "image_keys": keys, "name": "Ann"}
        answer = server.http.post("/v2/photo_avatar/avatar_group/add", json=asked)
        assert "is a picture of the group already" in answer.json()["error"]
    for start in (0, 4):
        answer = further(server, group, *(JPEG + b"%d" % i for i in range(start, start + 4)))
        if start == 0:
            data_of(answer)
    assert answer.json()["error"] == "image_keys is invalid: the person would have 10 pictures, the limit is 9."
    assert len(data_of(server.http.get(f"/v2/avatar_group/{group}/avatars"))["avatar_list"]) == 6


def pictures_of(server: Server, asked: dict[str, Any], path: str = "/v2/video/generate") -> list[str]:
    """The hashes of the pictures that a film of one scene is made of, the one that speaks first."""
    words = made(server, server.http.post(path, json=asked)).split()
    return [after for word, after in pairwise(words) if word == "file"]


def test_whoever_names_one_picture_of_a_person_speaks_with_all(server: Server) -> None:
    front = JPEG + b"front"
    looks = person(server, SMILE, front=front)
    ids = [look["id"] for look in looks]
    uploads = [look["image_url"].split("/")[-2] for look in looks]
    ann, smile = (hashlib.sha256(content).hexdigest() for content in (front, SMILE))
    plain = {"script": "Hello.", "voice_id": SARA}
    for first, (id, asset) in enumerate(zip(ids, uploads, strict=True)):
        expected = [ann, smile] if first == 0 else [smile, ann]
        assert pictures_of(server, photo_body(id)) == expected
        assert pictures_of(server, {**plain, "avatar_id": id}, "/v2/videos") == expected
        assert pictures_of(server, {**plain, "image_asset_id": asset}, "/v2/videos") == expected
        assert pictures_of(server, {**plain, "image_key": asset}, "/v2/video/av4/generate") == expected
        agent = server.http.post(
            "/v1/video_agent/generate", json={"prompt": "Tea is hot.", "config": {"avatar_id": id}}
        )
        (scene,) = spec_of(server, data_of(agent)["video_id"]).scenes
        assert isinstance(scene.character, TalkingPhoto) and len(scene.character.more) == 1


def test_a_template_s_character_speaks_with_all_pictures(server: Server) -> None:
    looks = person(server, SMILE)
    template = {"name": "Who", "body": photo_body(looks[0]["id"], "Hello {{name}}."), "variables": {"name": "Bob"}}
    id = data_of(server.http.post("/v2/templates", json=template))["template_id"]
    assert len(pictures_of(server, {}, f"/v2/template/{id}/generate")) == 2


def test_a_further_picture_that_is_deleted_is_done_without(server: Server) -> None:
    looks = person(server, SMILE, JPEG + b"lids")
    group = looks[0]["id"]
    assert len(pictures_of(server, photo_body(group))) == 3
    assert server.http.delete(f"/v2/photo_avatar/{looks[1]['id']}").status_code == 200
    assert hashlib.sha256(SMILE).hexdigest() not in pictures_of(server, photo_body(group))
    lids = looks[2]["image_url"].split("/")[-2]
    assert server.http.post(f"/v1/asset/{lids}/delete").status_code == 200
    assert pictures_of(server, photo_body(group)) == [hashlib.sha256(JPEG).hexdigest()]


def test_without_its_front_the_oldest_picture_that_can_speak_alone_speaks(server: Server) -> None:
    looks = person(server, BODY, SMILE)
    group = looks[0]["id"]
    assert server.http.delete(f"/v2/photo_avatar/{group}").status_code == 200
    smile, body_alone = (hashlib.sha256(content).hexdigest() for content in (SMILE, BODY))
    assert pictures_of(server, photo_body(group)) == [smile, body_alone]
    assert data_of(server.http.get(f"/v2/photo_avatar/{group}"))["id"] == looks[2]["id"]
    assert data_of(further(server, group, JPEG + b"lids"))["photo_avatar_list"][0]["gave"] == ["lids"]
    ended = server.ended(server.generate(photo_body(looks[1]["id"])))
    assert (ended["status"], ended["failure_code"]) == ("failed", "photo_unusable")


def test_a_person_none_of_whose_pictures_can_speak_takes_no_more(server: Server) -> None:
    looks = person(server, BODY)
    assert server.http.delete(f"/v2/photo_avatar/{looks[0]['id']}").status_code == 200
    answer = further(server, looks[0]["id"], SMILE)
    assert answer.json()["error"].startswith("group_id is invalid: its first look cannot speak: no face is seen")


def test_a_video_that_was_submitted_is_made_of_all_pictures_though_one_is_deleted(server: Server) -> None:
    gone = JPEG + b"teeth, gone soon"
    looks = person(server, gone)
    asked = photo_body(looks[0]["id"], "It waits.")
    asked["video_inputs"] += photo_body(looks[0]["id"], "Then.")["video_inputs"]
    video_id = server.generate(asked)
    eventually(lambda: server.status(video_id)["stage"] == "picture", "the render")
    upload_id = looks[1]["image_url"].split("/")[-2]
    assert server.http.post(f"/v1/asset/{upload_id}/delete").status_code == 200
    (server.data_dir.parent / "go").touch()
    ended = server.ended(video_id)
    (server.data_dir.parent / "go").unlink()
    assert ended["status"] == "completed", ended
    lines = httpx.get(ended["video_url"], timeout=60).text.splitlines()
    assert [hashed(gone) in line for line in lines] == [True, True]
    assert lines[1].endswith("rig of scene 1")
    eventually(lambda: not left(server, {upload_id, video_id}, gone), "the end of what was kept")


def test_a_further_picture_whose_file_is_gone_is_left_out_of_a_film(server: Server) -> None:
    """Its row is there, so it is named; as it may be where it is deleted at this moment."""
    looks = person(server, JPEG + b"teeth, lost")
    lost = looks[1]["image_url"].split("/")[-2]
    (server.data_dir / "objects" / "assets" / lost / "original.jpg").unlink()
    assert pictures_of(server, photo_body(looks[0]["id"])) == [hashlib.sha256(JPEG).hexdigest()]
    assert f"a further picture, asset:{lost}, is left out: " in server.log.read_text()


def test_what_was_kept_for_reuse_goes_with_a_further_picture(server: Server) -> None:
    looks = person(server, JPEG + b"teeth for a while", front=JPEG + b"of a person")
    asked = photo_body(looks[0]["id"])
    film = made(server, server.http.post("/v2/video/generate", json=asked))
    assert made(server, server.http.post("/v2/video/generate", json=asked)) == film, "rendered anew"
    front, smile = (look["image_url"].split("/")[-2] for look in looks)
    kept = server.data_dir / "objects" / "segments"
    assert list((kept / front).rglob("video"))
    assert server.http.post(f"/v1/asset/{smile}/delete").status_code == 200
    assert not list(kept.rglob(f"*{smile}*/**/video")) and not list((kept / front).rglob("video"))


# In videos


def photo_body(id: str, script: str = "Hello.", **fields: Any) -> dict[str, Any]:
    asked = body(script, **fields)
    asked["video_inputs"][0]["character"] = {"type": "talking_photo", "talking_photo_id": id}
    return asked


def made(server: Server, answer: httpx.Response) -> str:
    """The film's text."""
    assert answer.status_code == 200, answer.text
    ended = server.ended(answer.json()["data"]["video_id"])
    assert ended["status"] == "completed", ended
    return httpx.get(ended["video_url"], timeout=60).text


def spec_of(server: Server, video_id: str) -> VideoSpec:
    store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")
    try:
        video = store.videos.get(video_id)
    finally:
        store.close()
    assert video is not None
    return video.spec


def hashed(content: bytes) -> str:
    return f"file {hashlib.sha256(content).hexdigest()}"


def left(server: Server, ids: set[str], content: bytes) -> list[Path]:
    """What the store still holds of these ids, or is this content, beside the films."""
    files = [file for file in (server.data_dir / "objects").rglob("*") if file.is_file() and "videos" not in file.parts]
    return [file for file in files if ids & set(file.parts) or content == file.read_bytes()]


def test_a_talking_photo_speaks_by_any_of_its_ids(server: Server) -> None:
    group, asset = new_group(server), upload(server)
    photo = upload(server, "/v1/talking_photo")
    for id in (photo["talking_photo_id"], group["id"], asset["id"]):
        assert hashed(JPEG) in made(server, server.http.post("/v2/video/generate", json=photo_body(id))), id


def test_a_group_speaks_as_its_first_look(server: Server) -> None:
    group, second = new_group(server), JPEG + b"another"
    asked = {"group_id": group["id"], "image_keys": [upload(server, content=second)["id"]], "name": "Ann"}
    added = data_of(server.http.post("/v2/photo_avatar/avatar_group/add", json=asked))["photo_avatar_list"][0]
    for id, content in ((group["id"], JPEG), (added["id"], second)):
        assert hashed(content) in made(server, server.http.post("/v2/video/generate", json=photo_body(id)))


def test_a_photo_s_id_does_as_an_avatar_s(server: Server) -> None:
    """Lists of looks call it so; a circle stays one, and where only a voice is wanted nobody is seen."""
    group = new_group(server)["id"]
    asked = body("One.", "Two.", "Three.")
    for scene, style in zip(asked["video_inputs"], ("closeUp", "circle", "voice_only"), strict=True):
        scene["character"] = {"type": "avatar", "avatar_id": group, "avatar_style": style}
    video_id = server.generate(asked)
    assert server.ended(video_id)["status"] == "completed"
    first, second, third = (scene.character for scene in spec_of(server, video_id).scenes)
    assert isinstance(first, TalkingPhoto) and isinstance(second, TalkingPhoto) and third is None
    assert (first.style, second.style, first.source) == ("square", "circle", second.source)


def test_the_video_agent_takes_a_photo(server: Server) -> None:
    for id in (upload(server, "/v1/talking_photo")["talking_photo_id"], new_group(server)["id"], upload(server)["id"]):
        asked = {"prompt": "# Tea\nTea is hot.", "config": {"avatar_id": id}}
        answer = server.http.post("/v1/video_agent/generate", json=asked)
        assert answer.status_code == 200, answer.text
        (scene,) = spec_of(server, answer.json()["data"]["video_id"]).scenes
        assert isinstance(scene.character, TalkingPhoto) and scene.character.matting
        assert scene.texts[0].text == "Tea"


def test_plain_fields_take_a_picture(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, photo = upload(server), upload(server, "/v1/talking_photo")
    said = {"script": "Hi.", "voice_id": SARA, "remove_background": True, "fit": "contain"}
    for who in ({"image_asset_id": picture["id"]}, {"image_url": picture["url"]},
                {"avatar_id": photo["talking_photo_id"]}):  # fmt: skip
        assert hashed(JPEG) in made(server, server.http.post("/v2/videos", json={**said, **who})), who
    silent = server.http.post("/v2/videos", json={"script": "Hi.", "image_asset_id": picture["id"]})
    assert silent.json()["error"] == "voice_id is invalid: field required."


def test_a_template_s_character_may_be_a_photo(server: Server) -> None:
    photo = upload(server, "/v1/talking_photo")["talking_photo_id"]
    template = {"name": "Who", "body": body("Hello."), "variables": {
        "who": {"type": "character", "properties": {"character_id": "josh_lite3_20230714"}}}}  # fmt: skip
    template["body"]["video_inputs"][0]["character"] = "{{who}}"  # type: ignore[index]
    id = data_of(server.http.post("/v2/templates", json=template))["template_id"]
    value = {"name": "who", "type": "character", "properties": {"character_id": photo, "type": "talking_photo"}}
    asked = {"variables": {"who": value}}
    assert hashed(JPEG) in made(server, server.http.post(f"/v2/template/{id}/generate", json=asked))


def test_a_picture_that_no_longer_has_a_face_fails_its_scene(server: Server) -> None:
    faceless = upload(server, content=JPEG + b"no face")["id"]
    asked = photo_body(faceless)
    asked["video_inputs"].insert(0, body("One.")["video_inputs"][0])
    ended = server.ended(server.generate(asked))
    assert (ended["status"], ended["failure_code"]) == ("failed", "photo_unusable")
    said = f"scene 2 of 2, picture: talking photo asset {faceless}: no face is seen in the picture."
    assert ended["failure_message"] == said


def test_a_video_that_was_submitted_is_made_though_its_photo_is_deleted(server: Server) -> None:
    """And nothing of the photo is left then but the film."""
    content = JPEG + b"gone soon"
    photo = upload(server, "/v1/talking_photo", content)["talking_photo_id"]
    server.generate(body("First."))
    video_id = server.generate(photo_body(photo, "The last words."))
    assert server.http.delete(f"/v2/talking_photo/{photo}").status_code == 200
    assert server.http.post("/v2/video/generate", json=photo_body(photo)).json()["code"] == "avatar_not_found"
    ended = server.ended(video_id)
    assert ended["status"] == "completed", ended
    assert hashed(content) in httpx.get(ended["video_url"], timeout=60).text
    objects = server.data_dir / "objects"

    def left() -> list[Path]:
        files = [file for file in objects.rglob("*") if file.is_file() and "videos" not in file.parts]
        return [file for file in files if photo in file.parts or hashed(content).encode() in file.read_bytes()]

    eventually(lambda: not left(), "the end of what was kept")
    assert not any(content == file.read_bytes() for file in objects.rglob("*") if file.is_file())


def test_a_photo_that_is_deleted_while_its_film_is_rendered_leaves_only_the_film(server: Server) -> None:
    content = JPEG + b"gone meanwhile"
    photo = upload(server, "/v1/talking_photo", content)["talking_photo_id"]
    asked = photo_body(photo, "It waits.")
    asked["video_inputs"] += photo_body(photo, "Then.")["video_inputs"]
    video_id = server.generate(asked)
    eventually(lambda: server.status(video_id)["stage"] == "picture", "the render")
    assert server.http.delete(f"/v2/talking_photo/{photo}").status_code == 200
    (server.data_dir.parent / "go").touch()
    ended = server.ended(video_id)
    assert ended["status"] == "completed", ended
    lines = httpx.get(ended["video_url"], timeout=60).text.splitlines()
    assert [hashed(content) in line for line in lines] == [True, True]
    eventually(lambda: not left(server, {photo, video_id}, content), "the end of what was kept")


def test_what_was_kept_of_a_photo_for_reuse_goes_with_it(server: Server) -> None:
    content = JPEG + b"kept for a while"
    photo = upload(server, "/v1/talking_photo", content)["talking_photo_id"]
    film = made(server, server.http.post("/v2/video/generate", json=photo_body(photo)))
    kept = server.data_dir / "objects" / "segments" / photo
    assert list(kept.rglob("video"))
    assert made(server, server.http.post("/v2/video/generate", json=photo_body(photo))) == film, "rendered anew"
    assert server.http.delete(f"/v2/talking_photo/{photo}").status_code == 200
    assert not list(kept.rglob("video"))


def test_scenes_of_one_photo_share_its_rig_and_nothing_of_it_is_left(server: Server) -> None:
    photo, other = (upload(server, "/v1/talking_photo", JPEG + name)["talking_photo_id"] for name in (b"a", b"b"))
    asked = body("One.", "Two.", "Three.", "Four.")
    for scene, id in zip(asked["video_inputs"], (photo, other, photo, photo), strict=True):
        scene["character"] = {"type": "talking_photo", "talking_photo_id": id}
    lines = made(server, server.http.post("/v2/video/generate", json=asked)).splitlines()
    assert [line.partition(" rig ")[2] for line in lines] == ["made", "", "of scene 1", "of scene 1"]
    assert not list((server.data_dir / "objects" / "work").rglob("*-rig"))


def test_a_look_is_not_looked_at_again(server: Server) -> None:
    """Only what nobody has seen is, when its video begins."""
    content = JPEG + b"seen once"
    photo = upload(server, "/v1/talking_photo", content)["talking_photo_id"]
    asset = server.data_dir / "objects" / "assets" / photo / "original.jpg"
    asset.write_bytes(content + b"no face")
    assert "file " in made(server, server.http.post("/v2/video/generate", json=photo_body(photo)))


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
def test_av4_names_what_is_wrong(server: Server, change: dict[str, Any], words: str) -> None:
    asked = {"image_key": upload(server)["image_key"], "script": "Hello.", "video_title": "A title",
             "voice_id": SARA, **change}  # fmt: skip
    answer = server.http.post("/v2/video/av4/generate", json=asked)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_av4_makes_a_video_of_a_picture(server: Server) -> None:
    picture = upload(server)
    for key, orientation in ((picture["image_key"], "portrait"), (picture["id"], "landscape")):
        asked = {"image_key": key, "script": "Hello.", "voice_id": SARA, "video_title": "A title",
                 "video_orientation": orientation, "custom_motion_prompt": "wave", "callback_id": "mine"}  # fmt: skip
        answer = server.http.post("/v2/video/av4/generate", json=asked)
        assert hashed(JPEG) in made(server, answer)
        shown = data_of(server.http.get(f"/v2/videos/{answer.json()['data']['video_id']}"))
        assert shown["title"] == "A title"


# What cannot speak


@pytest.mark.parametrize("path", ["create", "add"])
def test_a_look_without_a_face_is_refused_by_its_key(server: Server, path: str) -> None:
    keys = [upload(server)["id"], upload(server, content=JPEG + b"no face")["image_key"]]
    if path == "create":
        asked: dict[str, Any] = {"name": "Ann", "image_key": keys[1]}
    else:
        asked = {"group_id": new_group(server)["id"], "image_keys": keys, "name": "Ann"}
    before = len(listed(server))
    answer = server.http.post(f"/v2/photo_avatar/avatar_group/{path}", json=asked)
    assert answer.status_code == 400
    field = "image_key" if path == "create" else "image_keys[1]"
    assert answer.json()["error"] == f"{field} is invalid: no face is seen in the picture."
    assert len(listed(server)) == before


def test_a_picture_without_a_face_is_refused_in_v1_s_shape(server: Server) -> None:
    before = data_of(server.http.get("/v1/asset/list"))["total"]
    sent = {"content": JPEG + b"no face", "headers": {"Content-Type": "image/jpeg"}}
    answer = server.http.post("/v1/talking_photo", **sent)  # type: ignore[arg-type]
    assert answer.status_code == 400
    said = answer.json()
    assert (said["message"], said["data"]) == ("file is invalid: no face is seen in the picture.", None)
    assert isinstance(said["code"], int)
    assert "error" not in said
    assert data_of(server.http.get("/v1/asset/list"))["total"] == before


def test_of_several_faces_it_is_said_that_the_largest_speaks(server: Server) -> None:
    one = upload(server, "/v1/talking_photo")
    assert (one["faces"], one["note"]) == (1, None)
    note = "2 faces were seen, the largest speaks."
    both = JPEG + b"two faces"
    two = upload(server, "/v1/talking_photo", both)
    assert (two["faces"], two["note"]) == (2, note)
    assert f"photo {two['talking_photo_id']}: 2 faces were seen" in server.log.read_text()
    groups = "/v2/photo_avatar/avatar_group"
    key = upload(server, content=both)["image_key"]
    look = data_of(server.http.post(f"{groups}/create", json={"name": "Ann", "image_key": key}))
    assert (look["faces"], look["note"]) == (2, note)
    more = {"group_id": look["id"], "name": "Ann", "image_keys": [key]}
    (added,) = data_of(server.http.post(f"{groups}/add", json=more))["photo_avatar_list"]
    assert added["note"] == note
    for id in (two["talking_photo_id"], look["id"], added["id"]):
        shown = (
            listed(server)[id],
            data_of(server.http.get(f"/v2/avatar/{id}/details")),
            data_of(server.http.get(f"/v2/photo_avatar/{id}")),
        )
        assert [(one["faces"], one["note"]) for one in shown] == [(2, note)] * 3
    assert listed(server)[one["talking_photo_id"]]["note"] is None


def test_of_a_mouth_that_is_wide_open_it_is_said_that_it_never_quite_closes(server: Server) -> None:
    gapes = "The mouth is wide open and never quite closes; a picture with closed lips or a smile speaks better."
    one = upload(server, "/v1/talking_photo", JPEG + b"wide open")
    assert one["note"] == gapes
    assert listed(server)[one["talking_photo_id"]]["note"] == gapes
    both = upload(server, "/v1/talking_photo", JPEG + b"two faces, wide open")
    assert both["note"] == f"2 faces were seen, the largest speaks. {gapes}"
    assert f"photo {one['talking_photo_id']}: {gapes}" in server.log.read_text()


def test_of_a_picture_that_is_cut_off_it_is_said_when_it_comes_and_in_lists(server: Server) -> None:
    short = "The picture is cut off at its end; what is there of it is shown."
    one = upload(server, "/v1/talking_photo", JPEG + b"cut off")
    assert one["note"] == listed(server)[one["talking_photo_id"]]["note"] == short


# Consent


@pytest.mark.parametrize(
    "stated", [{"params": {"consent": "true"}}, {"headers": {"X-Limelight-Consent": "true"}}], ids=["query", "header"]
)
def test_a_statement_of_consent_is_kept_and_shown(server: Server, stated: dict[str, Any]) -> None:
    before = int(time.time())
    photo = data_of(server.http.post("/v1/talking_photo", content=JPEG, **stated))
    given = photo["consent"]
    assert given["by"] == "owner"
    assert before <= given["at"] <= time.time()
    id = photo["talking_photo_id"]
    assert data_of(server.http.get(f"/v2/avatar/{id}/details"))["consent"] == given
    assert data_of(server.http.get(f"/v2/photo_avatar/{id}"))["consent"] == given


def test_consent_may_be_stated_of_looks_and_need_not(server: Server) -> None:
    asked = {"name": "Ann", "image_key": upload(server)["image_key"], "consent": True}
    assert data_of(server.http.post("/v2/photo_avatar/avatar_group/create", json=asked))["consent"]["by"] == "owner"
    assert new_group(server)["consent"] is None
    assert data_of(server.http.get("/v2/avatar/josh_lite3_20230714/details"))["consent"] is None


def test_a_server_may_require_consent(tmp_path: Path) -> None:
    environment = {
        "LIMELIGHT_RENDERER": "scripted_renderer",
        "LIMELIGHT_SCRIPTED_FOLDER": str(tmp_path),
        "LIMELIGHT_REQUIRE_CONSENT": "true",
    }
    with Server(tmp_path / "data", environment) as strict:
        picture = upload(strict)["id"]
        looks = {"name": "Ann", "image_key": picture}
        groups = "/v2/photo_avatar/avatar_group"
        silent = strict.http.post("/v1/talking_photo", content=JPEG)
        assert silent.status_code == 400
        assert "consent is invalid: field required: state with ?consent=true" in silent.json()["message"]
        refusals = [
            (f"{groups}/create", looks),
            ("/v2/video/generate", photo_body(picture)),
            ("/v2/videos", {"image_asset_id": picture, "script": "Hi.", "voice_id": SARA}),
            ("/v2/video/av4/generate", {"image_key": picture, "script": "Hi.", "voice_id": SARA}),
        ]
        for path, asked in refusals:
            answer = strict.http.post(path, json=asked)
            assert answer.status_code == 400, path
            assert answer.json()["error"].startswith("consent is invalid: field required: state with consent true")
        assert strict.http.post("/v2/video/generate", json=body("An avatar.")).status_code == 200
        for path, asked in refusals[1:]:
            assert strict.http.post(path, json={**asked, "consent": True}).status_code == 200, path
        group = data_of(strict.http.post(f"{groups}/create", json={**looks, "consent": True}))
        assert strict.http.post("/v2/video/generate", json=photo_body(group["id"])).status_code == 200


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
