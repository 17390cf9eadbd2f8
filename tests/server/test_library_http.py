"""Lists, folders, uploads, shared pages and accounts over real HTTP, with the fields that clients need."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from browser import Page, a_page  # noqa: F401
from limelight.api import documentation
from limelight.requests import parse_generate
from limelight.service.accounts import new_account, new_key
from limelight.spec import TextVoice
from limelight.store import Failure, NewVideo, Objects, Store
from serving import API_KEY, Server, body, eventually

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
)
ID = re.compile(r"[0-9a-f]{32}")
JOSH = "josh_lite3_20230714"
SARA = "1bd001e7e50f421d891986aad5158bc8"


class User:
    """An account, and HTTP with its key."""

    def __init__(self, server: Server, store: Store, **terms: Any) -> None:
        self.account = new_account(store, "Ada Love Lace", "enterprise", email="ada@example.org", **terms)
        self.http = httpx.Client(
            base_url=server.url, headers={"X-Api-Key": new_key(store, self.account.id, "a key")}, timeout=60
        )
        self._store = store

    def waiting(self, title: str | None = None, folder_id: str | None = None) -> str:
        """A video that waits, without a word to the engine."""
        spec = parse_generate(body("One.")).spec
        return self._store.videos.create(
            NewVideo(spec, {}, title=title, folder_id=folder_id, account_id=self.account.id)
        ).id

    def get(self, path: str, status: int = 200, /, **query: object) -> Any:
        answer = self.http.get(path, params={name: str(value) for name, value in query.items()})
        assert answer.status_code == status, answer.text
        return answer.json()

    def post(self, path: str, json: object = None, status: int = 200) -> Any:
        answer = self.http.post(path, json=json)
        assert answer.status_code == status, answer.text
        return answer.json()

    def upload(self, **query: str) -> dict[str, Any]:
        answer = self.http.post("/v1/asset", content=PNG, headers={"Content-Type": "image/png"}, params=query)
        assert answer.status_code == 200, answer.text
        asset: dict[str, Any] = answer.json()["data"]
        return asset

    def ended(self, video_id: str) -> dict[str, Any]:
        def probe() -> dict[str, Any] | None:
            data: dict[str, Any] = self.get("/v1/video_status.get", video_id=video_id)["data"]
            return data if data["status"] in ("completed", "failed") else None

        return eventually(probe, "the end of the video")


@pytest.fixture
def idle(server: Server, store: Store) -> Iterator[User]:
    """An account whose videos wait for ever."""
    user = User(server, store, concurrency=0)
    yield user
    user.http.close()


@pytest.fixture(scope="module")
def user(server: Server, store: Store) -> Iterator[User]:
    user = User(server, store)
    yield user
    user.http.close()


@pytest.fixture(scope="module")
def finished(user: User) -> dict[str, Any]:
    """A film with captions."""
    sent = body("Hello there.", title="Tom & <b>Jerry</b>", callback_id="mine", caption=True)
    status = user.ended(user.post("/v2/video/generate", sent)["data"]["video_id"])
    assert status["status"] == "completed"
    return status


def pages(ask: Callable[[str], dict[str, Any]], items: str) -> Iterator[list[dict[str, Any]]]:
    """Every page of a list."""
    token = ""
    for _ in range(20):
        data = ask(token)
        yield data[items]
        token = data["token"]
        if token is None:
            return
    raise AssertionError("the list has no end")


def assert_success(answer: dict[str, Any], version: int) -> Any:
    """The envelope of a version; gives what is in it."""
    if version == 1:
        assert (answer["code"], answer["msg"], answer["message"]) == (100, None, "Success")
        assert "error" not in answer
    else:
        assert answer["error"] is None
    return answer["data"]


# Catalogue


def assert_http_urls(item: dict[str, Any], *names: str) -> None:
    for name in names:
        url = httpx.URL(item[name])
        assert url.is_absolute_url, name
        assert url.scheme in ("http", "https"), name


def test_own_groups_do_not_have_the_presenters(idle: User) -> None:
    for query in ({}, {"include_public": "false"}, {"include_public": ""}):
        data = assert_success(idle.get("/v2/avatar_group.list", **query), 2)
        assert data == {"total_count": 0, "avatar_group_list": []}


def test_every_presenter_is_a_public_group_of_their_looks(user: User) -> None:
    data = assert_success(user.get("/v2/avatar_group.list", include_public="true"), 2)
    avatars = {avatar["avatar_id"]: avatar for avatar in user.get("/v2/avatars")["data"]["avatars"]}
    assert data["total_count"] == len(data["avatar_group_list"]) <= len(avatars)
    looks = []
    for group in data["avatar_group_list"]:
        assert ID.fullmatch(group["id"])
        assert isinstance(group["created_at"], int)
        assert group["created_at"] > 1_600_000_000
        assert isinstance(group["group_type"], str)
        assert group["train_status"] is None
        assert_http_urls(group, "preview_image", "preview_image_url")
        own = assert_success(user.get(f"/v2/avatar_group/{group['id']}/avatars"), 2)["avatar_list"]
        assert len(own) == group["num_looks"]
        for look in own:
            assert look["group_id"] == group["id"]
            assert look["name"].startswith(group["name"])
            assert look["default_voice_id"] == group["default_voice_id"]
        looks += own
    assert {look["avatar_id"] for look in looks} == set(avatars)
    for look in looks:
        assert look["id"] == look["avatar_id"]
        assert look["name"] == look["avatar_name"]
        for field in ("gender", "preview_image_url", "preview_video_url", "premium"):
            assert look[field] == avatars[look["id"]][field]
        assert_http_urls(look, "preview_image_url", "preview_video_url", "image_url")
        assert isinstance(look["created_at"], float)
        assert look["status"] == "completed"
        assert look["is_motion"] is look["upscaled"] is False
        assert set(look["upscale_availability"]) == {"available", "reason"}
        assert {"motion_preview_url", "business_type", "background_sound_effect"} <= set(look)
        assert user.get(f"/v2/avatar/{look['id']}/details")["data"]["default_voice_id"] == look["default_voice_id"]


@pytest.mark.parametrize("group_id", ["0" * 32, JOSH, "%00", "a" * 500])
def test_an_unknown_group(user: User, group_id: str) -> None:
    answer = user.get(f"/v2/avatar_group/{group_id}/avatars", 404)
    assert (answer["data"], answer["code"]) == (None, "not_found")
    assert answer["error"] == answer["message"]


@pytest.mark.parametrize("avatar_id", ["nobody", "%00", "a" * 500])
def test_an_unknown_avatar_has_no_details(user: User, avatar_id: str) -> None:
    answer = user.get(f"/v2/avatar/{avatar_id}/details", 404)
    assert (answer["data"], answer["code"]) == (None, "avatar_not_found")
    assert "avatar" in answer["error"]


def test_v1_lists_the_same_voices_under_both_names(user: User) -> None:
    data = assert_success(user.get("/v1/voice.list"), 1)
    assert data["voices"] == data["list"] == user.get("/v2/voices")["data"]["voices"]
    assert len(data["voices"]) >= 6


def test_v1_lists_the_same_avatars(user: User) -> None:
    assert assert_success(user.get("/v1/avatar.list"), 1)["avatars"] == user.get("/v2/avatars")["data"]["avatars"]


# Lists of videos


def test_a_listed_video_has_what_clients_read(user: User, finished: dict[str, Any]) -> None:
    data = assert_success(user.get("/v1/video.list"), 1)
    (video,) = (video for video in data["videos"] if video["video_id"] == finished["id"])
    assert video["video_title"] == "Tom & <b>Jerry</b>"
    assert (video["status"], video["type"], video["callback_id"]) == ("completed", "GENERATED", "mine")
    assert (video["created_at"], video["duration"]) == (finished["created_at"], finished["duration"])
    for name in ("video_url", "gif_url", "thumbnail_url"):
        assert httpx.get(video[name], timeout=60).status_code == 200


def test_a_video_that_waits_is_processing_in_the_list_and_has_a_title(idle: User) -> None:
    video_id = idle.waiting()
    (video,) = idle.get("/v1/video.list")["data"]["videos"]
    assert (video["video_id"], video["status"], video["video_title"]) == (video_id, "processing", "")
    assert video["video_url"] is video["duration"] is None
    assert idle.get("/v1/video_status.get", video_id=video_id)["data"]["status"] == "pending"


@pytest.mark.parametrize("path", ["/v1/video.list", "/v2/videos"])
def test_pages_of_videos_have_each_once_newest_first(idle: User, path: str) -> None:
    kept = [idle.waiting() for _ in range(5)]
    found = list(pages(lambda token: idle.get(path, limit=2, token=token)["data"], "videos"))
    assert [len(page) for page in found] == [2, 2, 1]
    listed = [video["video_id"] for page in found for video in page]
    assert sorted(listed) == sorted(kept)
    dates = [idle.get(f"/v2/videos/{video_id}")["data"]["created_at"] for video_id in listed]
    assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize("path", ["/v1/video.list", "/v2/videos"])
def test_videos_by_folder_and_title(idle: User, path: str) -> None:
    one, two = idle.waiting("École 50%", "f1"), idle.waiting("50 schools", "f2")
    idle.waiting()

    def found(**query: str) -> set[str]:
        return {video["video_id"] for video in idle.get(path, **query)["data"]["videos"]}

    assert found(folder_id="f1") == {one}
    assert found(title="50") == {one, two}
    assert found(title="50%") == {one}
    assert found(title="éCOLE") == {one}
    assert found(title="50", folder_id="f2") == {two}
    assert found(folder_id="f3") == found(title="nothing") == set()


@pytest.mark.parametrize("path", ["/v1/video.list", "/v2/videos", "/v1/asset/list", "/v1/folders"])
def test_limits_and_tokens_of_lists(idle: User, path: str) -> None:
    for limit in ("", "0", "100"):
        data = idle.get(path, limit=limit)["data"]
        assert data["token"] is None
    for query in ({"limit": "101"}, {"limit": "-1"}, {"limit": "many"}, {"token": "nothing"}, {"token": "é"}):
        answer = idle.get(path, 400, **query)
        assert answer["data"] is None
        assert next(iter(query)) in answer["message"]


def test_v2_lists_videos_as_their_statuses(user: User, finished: dict[str, Any]) -> None:
    data = assert_success(user.get("/v2/videos"), 2)
    (video,) = (video for video in data["videos"] if video["id"] == finished["id"])
    status = user.get(f"/v2/videos/{finished['id']}")["data"]

    def unsigned(found: dict[str, Any]) -> dict[str, Any]:
        return {name: str(value).partition("?")[0] for name, value in found.items() if name != "subtitle_urls"}

    assert unsigned(video) == unsigned(status)
    assert video["video_id"] == video["id"]


# POST /v2/videos


def spec_of(store: Store, answer: dict[str, Any]) -> Any:
    video = store.videos.get(answer["video_id"])
    assert video
    return video.spec


def test_a_plain_video_is_made(user: User) -> None:
    answer = user.post("/v2/videos", {"avatar_id": JOSH, "script": "Hello there.", "title": "Plain"})
    assert answer["error"] is None
    assert answer["data"] == {"video_id": answer["video_id"], "status": "waiting"}
    assert answer["status"] == "waiting"
    assert user.ended(answer["video_id"])["status"] == "completed"
    assert user.get(f"/v2/videos/{answer['video_id']}")["data"]["title"] == "Plain"


def test_a_plain_video_has_a_default_for_all_but_presenter_and_script(idle: User, store: Store) -> None:
    answer = idle.post("/v2/videos", {"avatar_id": JOSH, "script": "Hello.", "voice_id": None, "background": None})
    spec = spec_of(store, answer)
    (scene,) = spec.scenes
    default = idle.get(f"/v2/avatar/{JOSH}/details")["data"]["default_voice_id"]
    assert (scene.voice.voice_id, scene.voice.script, scene.voice.speed) == (default, "Hello.", 1)
    assert (spec.width, spec.height, spec.watermark, spec.captions) == (1920, 1080, False, None)


def test_every_field_of_a_plain_video(idle: User, store: Store) -> None:
    picture = idle.upload()["id"]
    answer = idle.post(
        "/v2/videos",
        {
            "avatar_id": JOSH, "script": "Hello.", "voice_id": SARA, "title": "T", "test": True, "caption": True,
            "voice_settings": {"speed": "1.5", "pitch": 3, "locale": "en-US"}, "motion_prompt": "waves",
            "background": {"type": "image", "asset_id": picture}, "resolution": "720p", "aspect_ratio": "9:16",
            "callback_id": "c", "callback_url": "https://example.org/hook", "folder_id": "f",
        },
    )  # fmt: skip
    video = store.videos.get(answer["video_id"])
    assert video
    (scene,) = video.spec.scenes
    assert isinstance(scene.voice, TextVoice)
    assert (scene.voice.voice_id, scene.voice.speed, scene.voice.pitch) == (SARA, 1.5, 3)
    assert scene.background.kind == "image"
    assert scene.background.source.asset_id == picture
    assert (video.spec.width, video.spec.height, video.spec.watermark) == (720, 1280, True)
    assert video.spec.captions
    assert (video.title, video.test, video.callback_id, video.callback_url, video.folder_id) == (
        "T", True, "c", "https://example.org/hook", "f"
    )  # fmt: skip
    assert video.reserved_s == 0


def test_a_plain_video_of_a_recording(idle: User, store: Store) -> None:
    sent = idle.http.post("/v1/asset", content=b"ID3" + bytes(64), headers={"Content-Type": "audio/mpeg"}).json()
    recording = sent["data"]["id"]
    for given in ({"audio_asset_id": recording}, {"audio_asset_id": recording, "script": "", "voice_id": SARA}):
        (scene,) = spec_of(store, idle.post("/v2/videos", {"avatar_id": JOSH, **given})).scenes
        assert scene.voice.kind == "audio"
        assert scene.voice.source.asset_id == recording


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({}, (1920, 1080)), ({"aspect_ratio": "auto", "resolution": ""}, (1920, 1080)),
        ({"resolution": "4k"}, (3840, 2160)), ({"resolution": "4K", "aspect_ratio": "4:5"}, (2160, 2700)),
        ({"resolution": "720p", "aspect_ratio": "1:1"}, (720, 720)),
        ({"dimension": {"width": "640", "height": "360"}, "resolution": "4k"}, (640, 360)),
    ],
)  # fmt: skip
def test_the_size_of_a_plain_video(idle: User, store: Store, asked: dict[str, Any], size: tuple[int, int]) -> None:
    spec = spec_of(store, idle.post("/v2/videos", {"avatar_id": JOSH, "script": "Hello.", **asked}))
    assert (spec.width, spec.height) == size


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ({"avatar_id": None}, "invalid_parameter", ["avatar_id", "field required"]),
        ({"avatar_id": "nobody"}, "avatar_not_found", ["avatar nobody not found"]),
        ({"voice_id": "nobody"}, "voice_not_found", ["voice nobody not found"]),
        ({"script": None}, "invalid_parameter", ["script", "audio_url", "audio_asset_id"]),
        ({"script": " "}, "invalid_parameter", ["script"]),
        ({"script": "a" * 5001}, "invalid_parameter", ["script is too long", "5001", "5000"]),
        ({"audio_url": "https://example.org/a.mp3"}, "invalid_parameter", ["script", "exactly one"]),
        ({"script": None, "audio_asset_id": "0" * 32}, "invalid_parameter", ["audio_asset_id", "not found"]),
        ({"image_url": "https://example.org/a.jpg"}, "invalid_parameter", ["image_url", "avatar_id is given too"]),
        ({"avatar_id": None, "image_url": "ftp://example.org/a.jpg"}, "invalid_parameter", ["image_url is invalid"]),
        ({"avatar_id": None, "image_asset_id": "0" * 32}, "invalid_parameter", ["image_asset_id", "not found"]),
        ({"resolution": "8k"}, "invalid_parameter", ["resolution", "8k", "1080p"]),
        ({"aspect_ratio": "7:1"}, "invalid_parameter", ["aspect_ratio", "7:1", "16:9"]),
        ({"resolution": "4k", "aspect_ratio": "21:9"}, "invalid_parameter", ["resolution", "5040", "4096"]),
        ({"voice_settings": {"speed": 3}}, "invalid_parameter", ["voice_settings.speed", "limit of 2"]),
        ({"background": {"type": "color", "value": "redd"}}, "invalid_parameter", ["background.value", "redd"]),
        ({"background": {"type": "image"}}, "invalid_parameter", ["background.url", "field required"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_with_a_plain_video(idle: User, asked: dict[str, Any], code: str, words: list[str]) -> None:
    answer = idle.post("/v2/videos", {"avatar_id": JOSH, "script": "Hello.", **asked}, 400)
    assert (answer["data"], answer["code"]) == (None, code)
    for word in words:
        assert word in answer["error"]
    assert idle.get("/v1/video.list")["data"]["videos"] == []


# Shared pages


class Parts(HTMLParser):
    """The elements of a page, and all its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, list[dict[str, str | None]]] = {}
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.setdefault(tag, []).append(dict(attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def shared(user: User, finished: dict[str, Any]) -> str:
    url = assert_success(user.post("/v1/video/share", {"video_id": finished["id"]}), 1)
    assert isinstance(url, str)
    return url


def test_a_shared_page_plays_the_film_without_a_key(server: Server, finished: dict[str, Any], shared: str) -> None:
    assert shared.startswith(f"{server.url}/share/")
    assert finished["id"] not in shared
    answer = httpx.get(shared, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = Parts(answer.text)
    assert "Tom & <b>Jerry</b>" in page.text
    assert "b" not in page.found, "a title is no markup"
    (video,) = page.found["video"]
    (track,) = page.found["track"]
    for url, kind in ((video["src"], "video/mp4"), (video["poster"], "image/jpeg"), (track["src"], "text/vtt")):
        file = httpx.get(url or "", timeout=60)
        assert (file.status_code, file.headers["content-type"].partition(";")[0]) == (200, kind)
    assert "refresh" not in answer.text
    assert not set(page.found) & {"script", "link", "iframe"}


def test_a_shared_page_may_load_nothing_but_films(shared: str) -> None:
    headers = httpx.get(shared, timeout=60).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert set(policy) == {"default-src", "media-src", "img-src", "style-src", "base-uri", "form-action"}
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


def test_a_video_has_one_page(user: User, finished: dict[str, Any], shared: str) -> None:
    assert user.post("/v1/video/share", {"video_id": finished["id"]})["data"] == shared


def test_a_page_before_the_film_is_made(idle: User, store: Store) -> None:
    video_id = idle.waiting("Soon")
    url = idle.post("/v1/video/share", {"video_id": video_id})["data"]
    page = httpx.get(url, timeout=60)
    assert page.status_code == 200
    assert "still being made" in page.text
    assert "refresh" in page.text
    assert "video" not in Parts(page.text).found


@pytest.mark.parametrize("sent", [{"video_id": "0" * 32}, {"video_id": "\x01"}])
def test_sharing_an_unknown_video(user: User, sent: dict[str, Any]) -> None:
    answer = user.post("/v1/video/share", sent, 404)
    assert (answer["code"], answer["data"]) == (40031, None)


def test_sharing_without_an_id(user: User) -> None:
    assert "video_id is invalid: field required" in user.post("/v1/video/share", {}, 400)["message"]


@pytest.mark.parametrize("token", ["0" * 32, "nothing", "%00"])
def test_an_unknown_page(server: Server, token: str) -> None:
    answer = httpx.get(f"{server.url}/share/{token}", timeout=60)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def vp9(path: Path) -> None:
    """Half a second of one colour that every browser plays."""
    with av.open(str(path), "w", format="webm") as film:
        stream = film.add_stream("libvpx-vp9", rate=10)
        stream.width, stream.height = 64, 64
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), (40, 120, 200), np.uint8), format="rgb24")
            film.mux(stream.encode(frame))
        film.mux(stream.encode())


class Visit:
    """What a page asks for, and what the browser complains of, from now on."""

    def __init__(self, page: Page, url: str) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        tab = page._tab
        tab.on("request", self._note)
        tab.on("console", lambda message: self.said.append(f"{message.text} {message.location['url']}"))
        tab.on("pageerror", lambda error: self.said.append(str(error)))
        tab.goto(url)

    def _note(self, request: Any) -> None:
        self.asked.append(request.url)

    def assert_stays_at(self, server: Server) -> None:
        assert [url for url in self.asked if not url.startswith((f"{server.url}/", "data:"))] == []


def test_a_browser_plays_a_shared_film(idle: User, store: Store, tmp_path: Path, server: Server, page: Page) -> None:
    """With its style and its poster: nothing is refused by the page's own policy."""
    video_id = idle.waiting("Played")
    objects = Objects(server.data_dir / "objects")
    vp9(tmp_path / "film.webm")
    (tmp_path / "thumbnail.png").write_bytes(PNG)
    film, poster = f"videos/{video_id}/film.webm", f"videos/{video_id}/thumbnail.jpg"
    objects.publish(film, tmp_path / "film.webm")
    objects.publish(poster, tmp_path / "thumbnail.png")
    store.videos.finish(video_id, video_key=film, thumbnail_key=poster, duration_s=0.5)
    visit = Visit(page, idle.post("/v1/video/share", {"video_id": video_id})["data"])
    visit.assert_stays_at(server)
    assert page.play("video") == pytest.approx(0.5, abs=0.2)
    assert page.ask("getComputedStyle(document.body).display") == "flex"
    assert [line for line in visit.said if not line.endswith("/favicon.ico")] == []


def test_the_documentation_is_whole_without_the_internet(server: Server, page: Page) -> None:
    visit = Visit(page, f"{server.url}/docs")
    tab = page._tab
    tab.wait_for_selector(".opblock", timeout=60_000)
    document = server.http.get("/openapi.json").json()
    operations = {
        f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods
    }  # fmt: skip
    # Of so many the page draws those that are in sight.
    blocks = """[...document.querySelectorAll(".opblock")].map(block =>
        block.querySelector(".opblock-summary-method").textContent + " " +
        block.querySelector(".opblock-summary-path").dataset.path)"""
    shown = set[str]()

    def scrolled() -> bool:
        in_sight = page.ask(blocks)
        assert isinstance(in_sight, list)
        shown.update(in_sight)
        tab.mouse.wheel(0, 500)
        return shown >= operations

    eventually(scrolled, "every operation on the page", 60)
    assert shown == operations
    tab.evaluate("window.scrollTo(0, 0)")
    # An operation is opened, tried out with a key, and answered.
    tab.click("button.authorize")
    tab.fill("#api_key_value", API_KEY)
    tab.click(".modal-ux button.authorize >> nth=0")
    tab.click(".modal-ux .close-modal")
    voices = "#operations-catalogue-list_voices"

    def in_sight() -> bool:
        tab.mouse.wheel(0, 200)
        return tab.query_selector(voices) is not None

    eventually(in_sight, "the list of voices on the page", 60)
    tab.click(f"{voices} .opblock-summary-control")
    tab.click(f"{voices} .try-out__btn")
    tab.click(f"{voices} .execute")
    tab.wait_for_selector(f"{voices} .live-responses-table", timeout=60_000)
    assert SARA in tab.inner_text(f"{voices} .live-responses-table")
    assert f"{server.url}/v2/voices" in visit.asked
    visit.assert_stays_at(server)
    assert visit.said == []
    assert page.ask("getComputedStyle(document.querySelector('.swagger-ui .opblock')).borderRadius") == "4px"


def test_behind_a_proxy_the_documentation_is_where_the_proxy_has_it() -> None:
    app = FastAPI(docs_url=None)
    app.include_router(documentation.router)
    app.state.service = SimpleNamespace(settings=SimpleNamespace(public_url="https://films.example/api"))
    with TestClient(app) as client:
        found = Parts(client.get("/docs").text).found
    assert [script.get("src") for script in found["script"]] == ["/api/docs/swagger-ui-bundle.js", None]
    assert "/api/docs/swagger-ui.css" in {link["href"] for link in found["link"]}


def test_shared_pages_are_whole_without_the_internet(idle: User, store: Store, server: Server, page: Page) -> None:
    waiting, failed = idle.waiting("Soon"), idle.waiting("Never")
    store.videos.fail(failed, Failure("speech", "x", "x"))
    urls = [idle.post("/v1/video/share", {"video_id": video_id})["data"] for video_id in (waiting, failed)]
    for url in (*urls, f"{server.url}/share/{'0' * 32}"):
        visit = Visit(page, url)
        assert page.ask("getComputedStyle(document.body).display") == "flex", "it has its style"
        visit.assert_stays_at(server)


def test_there_are_no_other_pages(server: Server) -> None:
    """A new one belongs into the tests above."""
    document = server.http.get("/openapi.json").json()
    described = {
        path
        for path, methods in document["paths"].items()
        for operation in methods.values()
        if any("text/html" in answer.get("content", {}) for answer in operation["responses"].values())
    }
    assert described == {"/share/{token}"}
    for path in ("/redoc", "/docs/oauth2-redirect", "/docs/swagger-ui.css.map"):
        assert server.http.get(path).status_code == 404


# Deletion


def test_a_deleted_video_is_nowhere(user: User) -> None:
    status = user.ended(user.post("/v2/video/generate", body("Hello there."))["data"]["video_id"])
    video_id = status["id"]
    page = user.post("/v1/video/share", {"video_id": video_id})["data"]
    urls = [status[name] for name in ("video_url", "thumbnail_url", "gif_url")]
    for url in (*urls, page):
        assert httpx.get(url, timeout=60).status_code == 200
    answer = user.http.delete("/v1/video.delete", params={"video_id": video_id})
    assert assert_success(answer.json(), 1) is None
    for url in (*urls, page):
        assert httpx.get(url, timeout=60).status_code == 404
    user.get("/v1/video_status.get", 404, video_id=video_id)
    user.get(f"/v2/videos/{video_id}", 404)
    user.post("/v1/video/share", {"video_id": video_id}, 404)
    assert user.http.delete("/v1/video.delete", params={"video_id": video_id}).status_code == 404
    for path in ("/v1/video.list", "/v2/videos"):
        assert video_id not in user.http.get(path).text


# Uploads


def test_an_upload_is_named_and_sorted(idle: User) -> None:
    plain = idle.upload()
    assert plain["name"] == plain["id"]
    assert plain["folder_id"] == ""
    named = idle.upload(name="A name", folder_id="f")
    assert (named["name"], named["folder_id"]) == ("A name", "f")
    for header, name in (
        ('attachment; filename="a b.png"', "a b.png"), ("inline; filename*=UTF-8''%C3%A9t%C3%A9.png", "été.png"),
    ):  # fmt: skip
        answer = idle.http.post("/v1/asset", content=PNG, headers={"Content-Disposition": header})
        assert answer.json()["data"]["name"] == name


def test_uploads_by_folder_and_kind(idle: User) -> None:
    one, two = idle.upload(folder_id="f"), idle.upload()
    sent = idle.http.post("/v1/asset", content=b"ID3" + bytes(64), headers={"Content-Type": "audio/mpeg"})
    sound = sent.json()["data"]

    def found(**query: str) -> tuple[list[str], int]:
        data = assert_success(idle.get("/v1/asset/list", **query), 1)
        return sorted(asset["id"] for asset in data["assets"]), data["total"]

    assert found() == (sorted([one["id"], two["id"], sound["id"]]), 3)
    assert found(folder_id="f") == ([one["id"]], 1)
    assert found(file_type="audio") == ([sound["id"]], 1)
    assert found(file_type="image", folder_id="") == (sorted([one["id"], two["id"]]), 2)
    assert found(file_type="video") == ([], 0)
    assert idle.get("/v1/asset/list", file_type="audio")["data"]["assets"] == [sound]
    assert "file_type" in idle.get("/v1/asset/list", 400, file_type="film")["message"]


def test_pages_of_uploads_have_each_once(idle: User) -> None:
    kept = [idle.upload()["id"] for _ in range(3)]
    totals = []

    def ask(token: str) -> dict[str, Any]:
        data: dict[str, Any] = idle.get("/v1/asset/list", limit=2, token=token)["data"]
        totals.append(data["total"])
        return data

    listed = [asset["id"] for asset in itertools.chain(*pages(ask, "assets"))]
    assert sorted(listed) == sorted(kept)
    assert totals == [3, 3]


def test_a_deleted_upload_is_gone_with_its_file(idle: User, server: Server) -> None:
    asset = idle.upload()
    assert httpx.get(asset["url"], timeout=60).content == PNG
    assert assert_success(idle.post(f"/v1/asset/{asset['id']}/delete"), 1) is None
    assert httpx.get(asset["url"], timeout=60).status_code == 404
    assert idle.get("/v1/asset/list")["data"]["assets"] == []
    assert not [
        path for path in (server.data_dir / "objects").rglob("*") if asset["id"] in str(path) and path.is_file()
    ]
    answer = idle.post(f"/v1/asset/{asset['id']}/delete", status=404)
    assert (answer["code"], answer["data"]) == (40400, None)


@pytest.mark.parametrize("asset_id", ["nothing", "%00", "0" * 32])
def test_deleting_an_unknown_upload(idle: User, asset_id: str) -> None:
    assert idle.post(f"/v1/asset/{asset_id}/delete", status=404)["data"] is None


def place(user: User) -> dict[str, Any]:
    answer = user.post("/v1/asset", {"content_type": "image/png"})
    assert (answer["error"], answer["code"]) == (None, 100)
    data: dict[str, Any] = answer["data"]
    return data


def test_an_upload_in_two_steps(idle: User) -> None:
    data = place(idle)
    assert ID.fullmatch(data["asset_id"])
    assert idle.get("/v1/asset/list")["data"]["total"] == 0
    put = httpx.put(data["url"], content=PNG, headers={"Content-Type": "image/png"}, timeout=60)
    assert put.status_code == 200, put.text
    (listed,) = idle.get("/v1/asset/list")["data"]["assets"]
    assert listed["id"] == data["asset_id"]
    assert httpx.get(listed["url"], timeout=60).content == PNG
    again = httpx.put(data["url"], content=b"\xff\xd8\xff other", timeout=60)
    assert again.status_code == 409
    assert httpx.get(listed["url"], timeout=60).content == PNG


def test_a_place_for_an_upload_is_for_nothing_else(idle: User, user: User) -> None:
    url = httpx.URL(place(idle)["url"])
    other = place(user)["asset_id"]
    own = url.path.rpartition("/")[2]
    for bad in (
        url.copy_with(path=url.path.replace(own, other)),
        url.copy_with(path=url.path.replace(idle.account.id, user.account.id)),
        url.copy_set_param("expires", str(int(url.params["expires"]) + 1)),
        url.copy_remove_param("signature"),
    ):
        assert httpx.put(bad, content=PNG, timeout=60).status_code == 403
    bad_file = httpx.put(url, content=b"no picture", timeout=60)
    assert bad_file.status_code == 400
    assert httpx.put(url, content=PNG, timeout=60).status_code == 200, "the first one was not kept"


def test_a_file_is_a_file_whatever_its_sender_calls_it(idle: User) -> None:
    answer = idle.http.post("/v1/asset", content=PNG, headers={"Content-Type": "application/json"})
    assert answer.json()["data"]["file_type"] == "image"


# Folders


def test_a_folder_has_what_clients_read(idle: User) -> None:
    made = assert_success(idle.post("/v1/folders/create", {"name": " Films "}), 1)
    assert ID.fullmatch(made["id"])
    assert (made["name"], made["parent_id"], made["project_type"], made["is_trash"]) == ("Films", None, "mixed", False)
    assert isinstance(made["created_ts"], int)
    assert isinstance(made["updated_ts"], int)
    assert (made["direct_children_count"], made["creator_username"]) == (0, "Ada Love Lace")
    data = assert_success(idle.get("/v1/folders"), 1)
    assert data == {"folders": [made], "token": None, "total": 1}


def test_folders_below_folders(idle: User) -> None:
    top = idle.post("/v1/folders/create", {"name": "Top", "project_type": "video", "parent_id": ""})["data"]
    below = idle.post("/v1/folders/create", {"name": "Below", "parent_id": top["id"]})["data"]
    assert below["parent_id"] == top["id"]
    assert idle.get("/v1/folders", parent_id=top["id"])["data"]["folders"] == [below]
    assert [f["direct_children_count"] for f in idle.get("/v1/folders")["data"]["folders"]] == [0, 1]
    assert idle.post(f"/v1/folders/{top['id']}", {"name": "T"})["data"]["direct_children_count"] == 1
    idle.post(f"/v1/folders/{below['id']}/trash")
    (left,) = idle.get("/v1/folders")["data"]["folders"]
    assert (left["id"], left["direct_children_count"], left["project_type"]) == (top["id"], 0, "video")


def test_a_folder_is_renamed_thrown_away_and_restored(idle: User) -> None:
    folder = idle.post("/v1/folders/create", {"name": "Old"})["data"]
    path = f"/v1/folders/{folder['id']}"
    assert assert_success(idle.post(path, {"name": "Été"}), 1)["name"] == "Été"
    assert idle.get("/v1/folders", name_filter="éT")["data"]["total"] == 1
    assert idle.get("/v1/folders", name_filter="Old")["data"]["total"] == 0
    assert assert_success(idle.post(f"{path}/trash"), 1)["is_trash"] is True
    assert idle.get("/v1/folders")["data"]["folders"] == []
    assert [f["id"] for f in idle.get("/v1/folders", is_trash="true")["data"]["folders"]] == [folder["id"]]
    assert assert_success(idle.post(f"{path}/restore"), 1)["is_trash"] is False
    assert idle.get("/v1/folders", is_trash="false")["data"]["total"] == 1


def test_pages_of_folders_have_each_once(idle: User) -> None:
    kept = [idle.post("/v1/folders/create", {"name": name})["data"]["id"] for name in "abc"]
    listed = itertools.chain(*pages(lambda token: idle.get("/v1/folders", limit=2, token=token)["data"], "folders"))
    assert sorted(folder["id"] for folder in listed) == sorted(kept)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "name"), ({"name": ""}, "name"), ({"name": "  "}, "name"), ({"name": "a" * 201}, "name"),
        ({"name": "a\x00"}, "request body"), ({"name": "a", "parent_id": "0" * 32}, "parent_id"),
        ({"name": "a", "project_type": "a" * 33}, "project_type"), ([], "request body"),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_what_is_wrong_with_a_folder(idle: User, sent: object, field: str) -> None:
    answer = idle.post("/v1/folders/create", sent, 400)
    assert answer["message"].startswith(f"{field} is invalid")
    assert (answer["code"], answer["data"]) == (40001, None)
    assert idle.get("/v1/folders")["data"]["total"] == 0


@pytest.mark.parametrize("folder_id", ["0" * 32, "nothing", "%00"])
@pytest.mark.parametrize("action", ["", "/trash", "/restore"])
def test_an_unknown_folder(idle: User, folder_id: str, action: str) -> None:
    answer = idle.post(f"/v1/folders/{folder_id}{action}", {"name": "a"}, 404)
    assert (answer["code"], answer["data"]) == (40400, None)


# Accounts


def test_who_am_i(user: User, server: Server) -> None:
    assert assert_success(user.get("/v1/user/me"), 1) == {
        "username": "Ada Love Lace", "email": "ada@example.org", "first_name": "Ada", "last_name": "Love Lace"
    }  # fmt: skip
    owner = server.http.get("/v1/user/me").json()["data"]
    assert owner["username"]
    assert all(isinstance(value, str) for value in owner.values())


def test_quota_under_both_names(server: Server, store: Store) -> None:
    poor = User(server, store, credits=2, concurrency=0)
    v2 = assert_success(poor.get("/v2/user/remaining_quota"), 2)
    assert v2 == assert_success(poor.get("/v1/video_generate.quota"), 1)
    assert (v2["remaining_quota"], v2["used_quota"]) == (120, 0)
    poor.post("/v2/videos", {"avatar_id": JOSH, "script": "Hello there."})
    assert 0 < poor.get("/v1/video_generate.quota")["data"]["remaining_quota"] < 120
    poor.http.close()


@pytest.mark.parametrize("version", [1, 2])
def test_there_are_no_brand_voices(user: User, version: int) -> None:
    data = assert_success(user.get(f"/v{version}/brand_voice/list"), version)
    assert data == {"list": [], "total": 0, "token": None}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", f"/v1/streaming.{name}") for name in ("new", "start", "ice", "task", "stop", "interrupt")),
        ("POST", "/v1/streaming.create_token"), ("GET", "/v1/streaming.list"), ("GET", "/v1/streaming/avatar.list"),
        ("POST", "/v2/video_translate"),
        ("GET", "/v2/video_translate/0123"), ("GET", "/v2/user/me"),
    ],
)  # fmt: skip
def test_what_is_not_offered_is_404_in_the_envelope_of_its_version(user: User, method: str, path: str) -> None:
    answer = user.http.request(method, path, json={} if method == "POST" else None)
    assert answer.status_code == 404
    told = answer.json()
    assert told["data"] is None
    if path.startswith("/v1/"):
        assert set(told) == {"code", "message", "data"}
        assert isinstance(told["code"], int)
    else:
        assert told["code"] == "not_found"
        assert told["error"] == told["message"]
