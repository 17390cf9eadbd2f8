"""v3's avatars, voices, uploads, spoken texts, webhooks and account; and forms under every version."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from limelight.catalog.avatars import avatars
from limelight.service.accounts import new_account, new_key
from limelight.store import Store
from receiver import Receiver
from serving import Server, body, eventually
from web import Web

JOSH, SARA = "josh_lite3_20230714", "1bd001e7e50f421d891986aad5158bc8"
JPEG = b"\xff\xd8\xff\xe0" + b"a face" * 20
#: One that is looked at.
PICTURE = cv2.imencode(".png", np.zeros((64, 64, 3), np.uint8))[1].tobytes()
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LIMELIGHT_FETCH_ALLOW": "127.0.0.1", "LIMELIGHT_WEBHOOK_SCHEDULE": "1,1,1"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with closing(Receiver()) as receiver:
        yield receiver


def ask(server: Server, method: str, path: str, status: int = 200, **sent: Any) -> dict[str, Any]:
    answer = server.http.request(method, path, **sent)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def get(server: Server, path: str, status: int = 200, **query: Any) -> Any:
    found = ask(server, "GET", path, status, params=query)
    return found["error"] if status >= 400 else found["data"]


def post(server: Server, path: str, body: object, status: int = 200) -> Any:
    found = ask(server, "POST", path, status, json=body)
    return found["error"] if status >= 400 else found["data"]


def walked(server: Server, path: str, **query: Any) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    found, token = list[dict[str, Any]](), ""
    while True:
        page = ask(server, "GET", path, params={**query, "token": token})
        found += page["data"]
        assert page["has_more"] is (page["next_token"] is not None)
        if not page["has_more"]:
            return found
        token = page["next_token"]


# Avatars


def test_presenters_are_groups_of_looks(server: Server) -> None:
    groups = walked(server, "/v3/avatars", ownership="public", limit=4)
    looks = walked(server, "/v3/avatars/looks", ownership="public", limit=7)
    assert [look["id"] for look in looks] == [entry.avatar_id for entry in avatars()]
    assert sum(group["looks_count"] for group in groups) == len(looks)
    first = groups[0]
    assert first["avatar_id"] == looks[0]["id"] == JOSH
    assert get(server, f"/v3/avatars/{first['id']}") == first
    of_first = walked(server, "/v3/avatars/looks", group_id=first["id"])
    assert len(of_first) == first["looks_count"] == len(walked(server, f"/v3/avatars/{first['id']}/looks"))
    assert get(server, f"/v3/avatars/looks/{JOSH}") == looks[0]
    for url in (looks[0]["preview_image_url"], first["preview_image_url"]):
        assert server.http.get(url).status_code == 200
    assert {"avatar_iii", "avatar_iv", "avatar_v"} == set(looks[0]["supported_api_engines"])
    assert walked(server, "/v3/avatars/looks", avatar_type="digital_twin") == []


@pytest.mark.parametrize("how", ["upload", "url", "inline", "data alone"])
def test_a_photo_becomes_an_avatar_and_goes_again(server: Server, pages: Web, how: str) -> None:
    pages.files["/me.jpg"] = PICTURE
    inline = {"media_type": "image/jpeg", "data": "data:image/jpeg;base64," + base64.urlsafe_b64encode(JPEG).decode()}
    file = {
        "upload": lambda: {"type": "asset_id", "asset_id": kept(server, JPEG)["asset_id"]},
        "url": lambda: {"type": "url", "url": f"{pages.url}/me.jpg"},
        "inline": lambda: {"type": "base64", **inline},
        "data alone": lambda: inline,
    }[how]()
    uploads = len(walked(server, "/v3/assets"))
    made = post(server, "/v3/avatars", {"type": "photo", "name": "Maria", "file": file})
    look, group = made["avatar_item"], made["avatar_group"]
    assert (look["avatar_type"], look["status"], look["name"]) == ("photo_avatar", "completed", "Maria")
    assert (group["id"], group["looks_count"], group["avatar_id"]) == (look["group_id"], 1, look["id"])
    assert [g["id"] for g in walked(server, "/v3/avatars", ownership="private")] == [group["id"]]
    film = post(server, "/v3/videos", {"avatar_id": look["id"], "script": "Hi.", "voice_id": SARA})
    assert server.ended(film["video_id"])["status"] == "completed"
    renamed = ask(server, "PATCH", f"/v3/avatars/looks/{look['id']}", json={"name": "Ann"})["data"]
    assert renamed["name"] == "Ann" == get(server, f"/v3/avatars/looks/{look['id']}")["name"]
    second = {"type": "photo", "name": "Ann again", "file": file, "avatar_group_id": group["id"]}
    if how != "url":
        second["file"] = {"type": "base64", "data": base64.b64encode(JPEG + b"2").decode()}
    assert post(server, "/v3/avatars", second)["avatar_group"]["looks_count"] == 2
    assert ask(server, "DELETE", f"/v3/avatars/looks/{look['id']}") == {"data": {"id": look["id"]}}
    assert ask(server, "DELETE", f"/v3/avatars/{group['id']}") == {"data": {"id": group["id"]}}
    assert get(server, f"/v3/avatars/{group['id']}", 404)["code"] == "avatar_not_found"
    # What came for the look alone is gone with it; an upload of one's own stays.
    assert len(walked(server, "/v3/assets")) == uploads


def test_what_cannot_be_an_avatar_is_refused_and_not_kept(server: Server, pages: Web) -> None:
    pages.files["/nobody.jpg"] = PICTURE + b"no face"
    before = walked(server, "/v3/assets")
    for file, field in (
        ({"type": "url", "url": f"{pages.url}/nobody.jpg"}, "file"),
        ({"type": "base64", "data": base64.b64encode(JPEG + b"no face").decode()}, "file"),
        ({"type": "url", "url": f"{pages.url}/missing.jpg"}, "file.url"),
        ({"type": "base64", "data": base64.b64encode(b"words").decode()}, "file.data"),
        ({"type": "asset_id", "asset_id": "0" * 32}, "file.asset_id"),
        ({}, "file.url"),
    ):
        error = post(server, "/v3/avatars", {"type": "photo", "name": "x", "file": file}, 400)
        assert (error["code"], error["param"]) == ("invalid_parameter", field), error
    assert walked(server, "/v3/assets") == before and walked(server, "/v3/avatars", ownership="private") == []
    for kind in ("digital_twin", "prompt"):
        error = post(server, "/v3/avatars", {"type": kind, "name": "x", "file": {}, "prompt": "x"}, 501)
        assert (error["code"], error["param"]) == ("not_supported", "type")
    error = ask(server, "DELETE", f"/v3/avatars/looks/{JOSH}", 400)["error"]
    assert error["param"] == "look_id" and "presenter" in error["message"]


def test_consent_is_stated_in_words(server: Server) -> None:
    file = {"type": "base64", "data": base64.b64encode(JPEG).decode()}
    made = post(server, "/v3/avatars", {"name": "Maria", "file": file})
    group_id, look_id = made["avatar_group"]["id"], made["avatar_item"]["id"]
    assert made["avatar_group"]["consent_status"] is None
    error = post(server, f"/v3/avatars/{group_id}/consent", {"reroute_url": "https://example.com"}, 400)
    assert error["param"] == "consent_text"
    stated = post(server, f"/v3/avatars/{group_id}/consent", {"consent_text": "I am Maria, and agree."})
    assert (stated["avatar_group"]["consent_status"], stated["url"]) == ("completed", None)
    assert get(server, f"/v3/avatars/looks/{look_id}")["consent"]["by"]
    ask(server, "DELETE", f"/v3/avatars/{group_id}")


def test_a_list_is_walked_on_where_it_was_though_it_grows(server: Server) -> None:
    first = ask(server, "GET", "/v3/avatars/looks", params={"limit": 3})
    file = {"type": "base64", "data": base64.b64encode(JPEG).decode()}
    added = post(server, "/v3/avatars", {"name": "Maria", "file": file})["avatar_item"]["id"]
    second = ask(server, "GET", "/v3/avatars/looks", params={"limit": 3, "token": first["next_token"]})
    ids = [entry.avatar_id for entry in avatars()]
    assert [look["id"] for look in first["data"] + second["data"]] == ids[:6]
    ask(server, "DELETE", f"/v3/avatars/looks/{added}")


# Voices


def test_voices_are_filtered(server: Server) -> None:
    every = walked(server, "/v3/voices", limit=5)
    assert len(every) == 17 and every[0]["voice_id"] == SARA and {voice["type"] for voice in every} == {"public"}
    women = walked(server, "/v3/voices", gender="female", language="English")
    assert {voice["gender"] for voice in women} == {"female"} and 0 < len(women) < len(every)
    assert len(walked(server, "/v3/voices", engine="starfish")) == 17
    assert walked(server, "/v3/voices", engine="elevenlabs") == walked(server, "/v3/voices", type="private") == []
    assert walked(server, "/v3/voices", language="German") == []
    assert {voice["accent"] for voice in walked(server, "/v3/voices", language="en-GB")} == {"British"}
    one = get(server, f"/v3/voices/{SARA}")
    assert (one["voice_id"], one["name"], one["status"]) == (SARA, "Sara", None)
    assert get(server, "/v3/voices/nobody", 404)["code"] == "voice_not_found"
    assert ask(server, "DELETE", f"/v3/voices/{SARA}", 403)["error"]["code"] == "forbidden"
    assert ask(server, "DELETE", "/v3/voices/nobody", 404)["error"]["code"] == "voice_not_found"
    assert get(server, "/v3/voices", 400, gender="robot")["param"] == "gender"


def test_a_text_is_said_with_the_times_of_its_words(server: Server) -> None:
    said = post(server, "/v3/voices/speech", {"text": "Two words.", "voice_id": SARA, "speed": 1.2})
    assert [word["word"] for word in said["word_timestamps"]] == ["Two", "words."] and said["duration"] == 0.5
    assert server.http.get(said["audio_url"]).headers["content-type"] == "audio/mpeg"
    again = post(server, "/v3/voices/speech", {"text": "Two words.", "voice_id": SARA, "speed": 1.2})
    assert again["request_id"] == said["request_id"]
    for change, status, code, param in (
        ({"text": ""}, 400, "invalid_parameter", "text"),
        ({"text": "x" * 5001}, 400, "invalid_parameter", "text"),
        ({"text": None}, 400, "invalid_parameter", "text"),
        ({"voice_id": "nobody"}, 404, "voice_not_found", "voice_id"),
        ({"speed": 3}, 400, "invalid_parameter", "speed"),
    ):
        error = post(server, "/v3/voices/speech", {"text": "Hi.", "voice_id": SARA, **change}, status)
        assert (error["code"], error["param"]) == (code, param)


# Uploads


def kept(server: Server, content: bytes, name: str = "a.jpg", kind: str = "application/octet-stream") -> Any:
    return ask(server, "POST", "/v3/assets", files={"file": (name, content, kind)})["data"]


def test_an_upload_is_kept_listed_found_and_deleted(server: Server) -> None:
    asset = kept(server, PNG, "Ünï côde.png")
    assert (asset["mime_type"], asset["size_bytes"]) == ("image/png", len(PNG))
    assert server.http.get(asset["url"]).content == PNG
    shown = get(server, f"/v3/assets/{asset['asset_id']}")
    assert (shown["name"], shown["type"], shown["url"]) == ("Ünï côde.png", "image", asset["url"])
    assert shown in get(server, "/v3/assets", username=shown["owner"])
    assert get(server, "/v3/assets", username="somebody else") == []
    assert [one["id"] for one in get(server, "/v3/assets/search", query="CÔDE ünï", scope="personal")] == [shown["id"]]
    assert get(server, "/v3/assets/search", query="code") == []
    statuses = get(server, "/v3/assets/statuses", asset_ids=f"{shown['id']},nothing")
    assert [one["status"] for one in statuses] == ["completed", "not_found"]
    assert ask(server, "DELETE", f"/v3/assets/{shown['id']}") == {"data": {"id": shown["id"]}}
    assert server.http.get(asset["url"]).status_code == 404
    assert ask(server, "DELETE", f"/v3/assets/{shown['id']}", 404)["error"]["code"] == "not_found"


def test_uploads_are_listed_by_folder(server: Server) -> None:
    inside = ask(server, "POST", "/v3/assets", files={"file": ("a.png", PNG)}, data={"folder_id": "box"})["data"]
    outside = kept(server, PNG)
    assert [one["id"] for one in get(server, "/v3/assets", folder_id="box")] == [inside["asset_id"]]
    rooted = [one["id"] for one in get(server, "/v3/assets", folder_id="", limit=100)]
    assert outside["asset_id"] in rooted and inside["asset_id"] not in rooted
    every = [one["id"] for one in get(server, "/v3/assets", limit=100)]
    assert {inside["asset_id"], outside["asset_id"]} <= set(every)


def test_a_direct_upload_is_announced_put_and_completed(server: Server) -> None:
    digest = hashlib.sha256(PNG)
    announced = {
        "filename": 'a "quoted" näme.png',
        "content_type": "image/png",
        "size_bytes": len(PNG),
        "checksum_sha256": base64.b64encode(digest.digest()).decode(),
    }
    place = post(server, "/v3/assets/direct-uploads", announced)
    complete = f"/v3/assets/{place['asset_id']}/complete"
    assert ask(server, "POST", complete, 404)["error"]["code"] == "not_found"
    for wrong, field in ((PNG + b"0", "size_bytes"), (PNG[:-1] + b"1", "checksum_sha256")):
        refused = httpx.put(place["upload_url"], content=wrong, headers=place["upload_headers"])
        assert refused.status_code == 400 and field in refused.text
    put = httpx.put(place["upload_url"], content=PNG, headers=place["upload_headers"])
    assert put.status_code == 200, put.text
    assert httpx.put(place["upload_url"], content=PNG, headers=place["upload_headers"]).status_code == 409
    done = ask(server, "POST", complete)["data"]
    assert (done["size_bytes"], done["mime_type"], done["status"]) == (len(PNG), "image/png", "completed")
    assert ask(server, "POST", complete, json={"checksum_sha256": digest.hexdigest()})["data"] == done
    error = ask(server, "POST", complete, 400, json={"checksum_sha256": "0" * 64})["error"]
    assert error["param"] == "checksum_sha256"
    assert get(server, f"/v3/assets/{place['asset_id']}")["name"] == announced["filename"]


def test_of_several_puts_to_one_place_one_is_kept(server: Server) -> None:
    for content in (PNG * 4000, JPEG * 4000):
        place = post(
            server, "/v3/assets/direct-uploads", {"filename": "a", "content_type": "", "size_bytes": len(content)}
        )
        with ThreadPoolExecutor() as pool:
            puts = [pool.submit(httpx.put, place["upload_url"], content=content, timeout=60) for _ in range(6)]
            statuses = sorted(put.result().status_code for put in puts)
        assert statuses == [200, 409, 409, 409, 409, 409]
        asset = get(server, f"/v3/assets/{place['asset_id']}")
        assert server.http.get(asset["url"]).content == content


def test_a_batch_of_direct_uploads(server: Server) -> None:
    file = {"filename": "a.png", "content_type": "image/png", "size_bytes": len(PNG)}
    batch = post(server, "/v3/assets/direct-uploads/batches", {"files": [file, file], "title": "Two"})
    first, second = batch["items"]
    assert httpx.put(first["upload_url"], content=PNG).status_code == 200
    assert post(server, "/v3/assets/complete/batches", {"batch_id": batch["batch_id"]}, 202) == {
        "batch_id": batch["batch_id"]
    }
    shown = get(server, f"/v3/assets/batches/{batch['batch_id']}")
    assert [(one["video_id"], one["status"]) for one in shown["items"]] == [
        (first["asset_id"], "completed"), (second["asset_id"], "queued"),
    ]  # fmt: skip
    assert (shown["status"], shown["counts_by_status"]) == ("processing", {"completed": 1, "queued": 1})
    assert len(get(server, "/v3/assets/statuses", batch_ids=batch["batch_id"])) == 2
    wrong: dict[str, Any]
    for wrong in ({"files": []}, {"files": [file] * 101}, {"files": [{**file, "size_bytes": 10**9}]}):
        assert post(server, "/v3/assets/direct-uploads/batches", wrong, 400)["param"].startswith("files")


# Forms


BOUNDARY = "b0undary"


def form(*parts: tuple[str, bytes]) -> dict[str, Any]:
    """A form of parts: what follows `form-data; ` in their heads, and their bytes."""
    content = b"".join(
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data + b"\r\n"
        for head, data in parts
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return {"content": content + f"--{BOUNDARY}--\r\n".encode(), "headers": headers}


FILE = 'name="file"; filename="a.png"', PNG


@pytest.mark.parametrize("path", ["/v1/asset", "/v3/assets"])
@pytest.mark.parametrize(
    "parts",
    [
        [('name="file"; filename="a.png"', PNG)],
        [('name="upload"; filename="a.png"', PNG)],
        [('name="note"', b"words"), ('name="file"; filename="a.png"', PNG)],
        [('name="thumb"; filename="t.jpg"', JPEG * 2000), ('name="file"; filename="a.png"', PNG)],
        [('name="file"; filename="a.png"', PNG), ('name="thumb"; filename="t.jpg"', JPEG * 2000)],
        [('name="file"', PNG)],
    ],
    ids=["file", "another name", "a field before", "another file before", "another file behind", "no file name"],
)
def test_the_file_of_a_form_is_taken(server: Server, path: str, parts: list[tuple[str, bytes]]) -> None:
    answer = server.http.post(path, **form(*parts))
    assert answer.status_code == 200, answer.text
    assert server.http.get(answer.json()["data"]["url"]).content == PNG


def test_a_talking_photo_comes_in_a_form(server: Server) -> None:
    parts = [('name="consent"', b"true"), ('name="image"; filename="me.jpg"', JPEG)]
    photo = server.http.post("/v1/talking_photo", **form(*parts)).json()["data"]
    assert photo["consent"] is not None
    assert server.http.delete(f"/v2/talking_photo/{photo['talking_photo_id']}").status_code == 200


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (form(('name="note"', b"words")), "file is invalid: field required."),
        (form(('name="file"; filename="a.png"', b"")), "file is invalid: it is empty."),
        (form(('name="file"; filename="a.txt"', b"words")), "file is invalid: it is none of"),
        (form(('name="note"', b"x" * 70_000), ('name="file"; filename="a.png"', PNG)), "its fields are longer"),
        ({**form(FILE), "headers": {"Content-Type": "multipart/form-data"}}, "no boundary"),
        ({**form(FILE), "content": form(FILE)["content"][:-20]}, "cut off"),
    ],
    ids=["no file", "an empty file", "no picture", "a long field", "no boundary", "cut off"],
)  # fmt: skip
def test_what_is_wrong_with_a_form_is_said(server: Server, sent: dict[str, Any], said: str) -> None:
    for path in ("/v1/asset", "/v3/assets"):
        answer = server.http.post(path, **sent)
        assert answer.status_code == 400 and said in answer.text, answer.text


def test_a_form_that_is_sent_again_with_another_boundary_is_the_same_request(server: Server) -> None:
    headers = {"Idempotency-Key": "a-form"}
    first, second, other = (
        server.http.post("/v3/assets", files={"file": ("a.png", content)}, headers=headers)
        for content in (PNG, PNG, PNG + b"1")
    )
    assert first.request.headers["content-type"] != second.request.headers["content-type"]
    assert first.json() == second.json() and second.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["error"]["code"]) == (400, "idempotency_key_reused")


# Webhooks


def test_endpoints_have_secrets_that_are_told_once_and_rotated(server: Server, receiver: Receiver) -> None:
    asked = {"url": f"{receiver.url}/v3", "events": ["avatar_video.success", "hyperframes_video.success"]}
    made = post(server, "/v3/webhooks/endpoints", asked)
    assert made["secret"] and made["events"] == asked["events"] and made["status"] == "enabled"
    path = f"/v3/webhooks/endpoints/{made['endpoint_id']}"
    (listed,) = [one for one in walked(server, "/v3/webhooks/endpoints") if one["endpoint_id"] == made["endpoint_id"]]
    assert listed == {**made, "secret": None}
    (told,) = receiver.at("/v3", server.generate(body("Hello.")))
    assert told.is_signed_with(made["secret"])
    rotated = ask(server, "POST", f"{path}/rotate-secret")["data"]
    assert rotated["secret"] != made["secret"]
    assert ask(server, "PATCH", path, json={"events": []})["data"]["events"] is None
    video_id = server.generate(body("It fails."))
    (told,) = receiver.at("/v3", video_id)
    assert told.is_signed_with(rotated["secret"]) and told.json["event_data"]["failure_code"] == "speech_failed"
    (event,) = get(server, "/v3/webhooks/events", entity_id=video_id)
    assert (event["event_id"], event["event_data"]) == (told.json["event_id"], told.json["event_data"])
    assert {one["event_type"] for one in walked(server, "/v3/webhooks/events", event_type="avatar_video.fail")} == {
        "avatar_video.fail"
    }
    assert ask(server, "DELETE", path) == {"data": {}}
    assert ask(server, "DELETE", path, 404)["error"]["code"] == "not_found"
    types = {one["event_type"] for one in walked(server, "/v3/webhooks/event-types")}
    assert {"avatar_video.success", "avatar_video.fail"} <= types


def test_what_waits_for_a_callback_is_signed_with_the_new_secret(server: Server, receiver: Receiver) -> None:
    post(server, "/v3/webhooks/endpoints", {"url": f"{receiver.url}/other"})
    made = post(server, "/v3/webhooks/endpoints", {"url": f"{receiver.url}/cb"})
    receiver.answers["/cb"] = [500, 500]
    video_id = server.generate(body("Hello.", callback_url=f"{receiver.url}/cb"))
    (told,) = receiver.at("/cb", video_id)
    assert told.is_signed_with(made["secret"])
    rotated = ask(server, "POST", f"/v3/webhooks/endpoints/{made['endpoint_id']}/rotate-secret")["data"]
    assert receiver.at("/cb", video_id, count=3)[-1].is_signed_with(rotated["secret"])
    asked = {"videos": [{"avatar_id": "nobody", "script": "x"}], "callback_url": f"{receiver.url}/cb"}
    batch = post(server, "/v3/videos/batches", asked, 202)
    finished = eventually(
        lambda: [t for t in receiver.told if t.json["event_data"].get("batch_id") == batch["batch_id"]][1:], "both"
    )
    for told in finished:
        if told.path == "/cb":
            assert told.is_signed_with(rotated["secret"])
    for kept in walked(server, "/v3/webhooks/endpoints"):
        ask(server, "DELETE", f"/v3/webhooks/endpoints/{kept['endpoint_id']}")


def test_an_event_for_several_endpoints_is_one(server: Server, receiver: Receiver) -> None:
    ids = [post(server, "/v3/webhooks/endpoints", {"url": f"{receiver.url}/{i}"})["endpoint_id"] for i in range(3)]
    video_id = server.generate(body("Hello."))
    receiver.at("/2", video_id)
    assert len(get(server, "/v3/webhooks/events", entity_id=video_id)) == 1
    for id in ids:
        ask(server, "DELETE", f"/v3/webhooks/endpoints/{id}")


# The account


def test_who_calls_and_what_they_may_still_make(server: Server, store: Store) -> None:
    me = get(server, "/v3/users/me")
    assert (me["billing_type"], me["subscription"], me["wallet"]["currency"]) == ("wallet", None, "credits")
    account = new_account(store, "Ann Bee", "free", email="ann@example.org", credits=2)
    with httpx.Client(base_url=server.url, headers={"X-Api-Key": new_key(store, account.id, "k")}) as http:
        me = http.get("/v3/users/me").json()["data"]
        assert (me["username"], me["email"], me["first_name"], me["last_name"]) == (
            "Ann Bee", "ann@example.org", "Ann", "Bee",
        )  # fmt: skip
        assert (me["wallet"]["remaining_balance"], me["plan"]) == (2.0, "free")
        long = {"avatar_id": JOSH, "script": "words and " * 45}
        for script, status, code in ((long["script"], 200, ""), (long["script"] * 2, 400, "invalid_parameter")):
            answer = http.post("/v3/videos", json={**long, "script": script})
            assert answer.status_code == status and code in answer.text, answer.text
        refused = [http.post("/v3/videos", json=long) for _ in range(6)][-1]
        assert refused.status_code == 402 and refused.json()["error"]["code"] == "insufficient_credit"
        batch = http.post("/v3/videos/batches", json={"videos": [long]}).json()["data"]
        assert batch["items"][0]["error"]["code"] == "insufficient_credit"


def test_the_account_s_words_are_a_glossary(server: Server) -> None:
    assert get(server, "/v3/brand-glossaries") == []
    server.http.post("/v1/limelight/words", json={"word": "Kubernetes", "say": "koober netties"})
    (glossary,) = get(server, "/v3/brand-glossaries")
    assert set(glossary) == {"brand_glossary_id", "name", "created_at", "updated_at"}
    server.http.delete("/v1/limelight/words", params={"word": "Kubernetes"})


@pytest.mark.parametrize("path", ["/v3/video-agents/styles", "/v3/brand-kits"])
def test_lists_that_are_empty_here(server: Server, path: str) -> None:
    assert ask(server, "GET", path) == {"data": [], "has_more": False, "next_token": None}
    assert get(server, "/v3/video-translations/languages") == {"languages": []}


# v1 and v2


def test_what_v1_and_v2_lacked(server: Server) -> None:
    locales = ask(server, "GET", "/v2/voices/locales")["data"]["locales"]
    assert {one["value"] for one in locales} == {"en-US", "en-GB"}
    assert all(set(one) == {"value", "label", "language", "tag", "locale", "language_code"} for one in locales)
    assert ask(server, "GET", "/v2/video_translate/target_languages")["data"] == {"languages": []}
    voice = ask(server, "GET", "/v2/voices")["data"]["voices"][0]
    assert voice["name"] == voice["display_name"] == voice["voice_name"]
    asset = ask(server, "POST", "/v1/asset", content=PNG)["data"]
    assert (asset["asset_id"], asset["type"], asset["file_name"], asset["created_at"]) == (
        asset["id"], asset["file_type"], asset["name"], asset["created_ts"],
    )  # fmt: skip
    assert ask(server, "GET", "/v1/asset/list", params={"token": "null", "limit": 1})["data"]["assets"]
    video_id = server.generate(body("Hello."))
    assert ask(server, "GET", f"/v2/videos/ {video_id} ")["data"]["id"] == video_id
    assert ask(server, "GET", "/v1/video_status.get", params={"video_id": f" {video_id}"})["data"]["id"] == video_id
    assert ask(server, "DELETE", f"/v2/videos/{video_id}") == {"error": None, "data": None}
    assert server.http.delete(f"/v2/videos/{video_id}").status_code == 404
    endpoint = ask(server, "POST", "/v1/webhook/endpoint.add", 201, json={"url": "https://example.org/x"})["data"]
    named = {"endpoint_id": endpoint["endpoint_id"]}
    assert ask(server, "DELETE", "/v1/webhook/endpoint.delete", json=named)["data"] is None
    assert server.http.request("DELETE", "/v1/webhook/endpoint.delete", json=named).status_code == 404
    assert server.http.request("DELETE", "/v1/webhook/endpoint.delete").status_code == 400
