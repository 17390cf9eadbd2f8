"""Text that no database holds, or not every one: over real HTTP, on SQLite and on Postgres."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from serving import Server

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 64
#: Postgres takes no NUL, and no database half a pair of surrogates.
BAD = ("a\0b", "a\ud800b")
METHODS = ("get", "head", "post", "put", "patch", "delete")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("texts")
    environment = {"LIMELIGHT_RENDERER": "scripted_renderer", "LIMELIGHT_SCRIPTED_FOLDER": str(folder)}
    if request.param == "postgres":
        environment["LIMELIGHT_DATABASE_URL"] = request.getfixturevalue("database_url")
    with Server(folder / "data", environment) as server:
        yield server


@pytest.fixture(scope="module")
def document(server: Server) -> Any:
    return server.http.get("/openapi.json").json()


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield method, path, methods[method]


def test_no_url_with_a_nul_is_a_server_s_fault(server: Server, document: Any) -> None:
    spoilt_urls = 0
    for method, path, operation in operations(document):
        url, query = path, {}
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                url = url.replace("{" + parameter["name"] + "}", quote("a\0b"))
            elif parameter["in"] == "query":
                query[parameter["name"]] = "a\0b"
        alone = [{name: value} for name, value in query.items()]
        for asked in (query, *alone) if query else ({},) if url != path else ():
            answer = server.http.request(method, url, params=asked, json={})
            assert 400 <= answer.status_code < 500, (method, path, asked, answer.text)
            spoilt_urls += 1
    assert spoilt_urls > 40


def spoilt(example: Any, bad: str) -> Iterator[Any]:
    """The example with one text spoilt, for each text and each name of a field in it."""
    if isinstance(example, str):
        yield bad
    for key, value in list(example.items() if isinstance(example, dict) else ()):
        yield {**example, bad: value}
        for worse in spoilt(value, bad):
            yield {**example, key: worse}
    for index, value in enumerate(example if isinstance(example, list) else ()):
        for worse in spoilt(value, bad):
            yield [*example[:index], worse, *example[index + 1 :]]


@pytest.mark.parametrize("bad", BAD)
def test_no_body_with_such_text_is_taken(server: Server, document: Any, bad: str) -> None:
    spoilt_bodies = 0
    for method, path, operation in operations(document):
        media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        name = media.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if not name:
            continue
        (example,) = document["components"]["schemas"][name]["examples"]
        for worse in spoilt(copy.deepcopy(example), bad):
            answer = server.http.request(method, path, content=json.dumps(worse))
            assert answer.status_code in (400, 404), (method, path, worse, answer.text)
            spoilt_bodies += 1
    assert spoilt_bodies > 40


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("inline; filename*=UTF-8''a%00b.jpg", "a b.jpg"),
        ("inline; filename*=UTF-8''%1b%5b31ma%0d%0ab%c2%9b.jpg", "[31ma b .jpg"),
        ("inline; filename*=UTF-8''%ED%A0%80.jpg", "\ufffd\ufffd\ufffd.jpg"),
        ("inline; filename*=unicode_escape''a%5cud800b", "a b"),
        ("inline; filename*=unicode_escape''a%5cx00b", "a b"),
        ("inline; filename*=utf-7''a%2bAAA-b", "a b"),
        ("inline; filename*=UTF-8''Gr%C3%B6%C3%9Fe.jpg", "Größe.jpg"),
        ("inline; filename*=idna''a", None),
        ("inline; filename*=undefined''a", None),
        ("inline; filename*=UTF-8''%00", None),
    ],
)
def test_an_upload_is_called_what_can_be_written_of_its_file_s_name(
    server: Server, disposition: str, name: str | None
) -> None:
    headers = {"Content-Type": "image/jpeg", "Content-Disposition": disposition}
    place = server.http.post("/v1/asset", json={"content_type": "image/jpeg"}).json()["data"]["url"]
    for answer in (
        server.http.post("/v1/asset", content=JPEG, headers=headers),
        server.http.put(place, content=JPEG, headers=headers),
    ):
        assert answer.status_code == 200, answer.text
        asset = answer.json()["data"]
        assert asset["name"] == (name or asset["id"])
        listed = server.http.get("/v1/asset/list").json()["data"]["assets"]
        assert asset["name"] in {one["name"] for one in listed if one["id"] == asset["id"]}


@pytest.mark.parametrize("place", ["1-a\0", f"{10**30}-{'0' * 32}", f"-1-{'0' * 32}", "1-", "½-0", f"1-{'0' * 32}\n"])
@pytest.mark.parametrize("path", ["/v1/video.list", "/v2/videos", "/v1/asset/list", "/v1/folders"])
def test_a_token_that_no_list_gave_is_refused(server: Server, path: str, place: str) -> None:
    answer = server.http.get(path, params={"token": base64.urlsafe_b64encode(place.encode()).decode()})
    assert answer.status_code == 400, answer.text
    assert "token is invalid" in answer.json()["message"]
