"""What of a request is left out or changed is told with every answer about the video; nothing is told for nothing."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from limelight.errors import ScriptInvalid
from limelight.requests import parse_generate
from limelight.service.deliveries import payload
from limelight.speech.language import LANGUAGES, foreign_language
from limelight.store import NewVideo, Store
from migrated import bring_back
from places import DATA
from serving import Server, body, scene

#: The first column is a language's code.
LINES = [line.split("\t") for line in (DATA / "languages.tsv").read_text("utf-8").splitlines()]
SARA, JOSH = "1bd001e7e50f421d891986aad5158bc8", "josh_lite3_20230714"
RUSSIAN = "Welcome, Привет, to the show."
LEFT_OUT = {"code": "word_left_out", "message": "'Привет' is of a script that cannot be spoken, and is left out."}


def left_out(field: str, scene: int = 1) -> list[dict[str, Any]]:
    return [{**LEFT_OUT, "scene": scene, "field": field}]


# What is warned of


def test_nothing_english_is_called_foreign() -> None:
    """Names, lists, headlines, capitals, code: what an eager detector takes for something else."""
    assert len(lines := [text for code, text in LINES if code == "en"]) > 200
    assert {text: found for text in lines if (found := foreign_language(text))} == {}


def test_nearly_every_foreign_sentence_is_found_and_named() -> None:
    lines = [(LANGUAGES[code], text) for code, text in LINES if code != "en"]
    missed = [text for name, text in lines if foreign_language(text) != name]
    assert len(missed) / len(lines) <= 0.05, missed


def test_a_script_in_another_language_is_warned_of_with_its_scene() -> None:
    german = "Willkommen zu unserer neuen Vorstellung des Produkts. Heute zeige ich Ihnen drei wichtige Funktionen."
    (warning,) = parse_generate(body("Welcome to our show.", german)).warnings
    assert (warning.code, warning.scene, warning.field) == ("language", 2, "video_inputs[1].voice.input_text")
    assert "German" in warning.message and "English" in warning.message


def test_sounds_that_there_are_not_are_an_error_of_the_request() -> None:
    """And not of the render, hours later."""
    bad = '<phoneme alphabet="ipa" ph="☃">snow</phoneme> falls.'
    with pytest.raises(ScriptInvalid, match=r"script .*☃.* \(video_inputs\[1\]\)"):
        parse_generate(body("Hello.", bad))


def test_looking_for_warnings_loads_neither_model_nor_dictionaries() -> None:
    code = f"""
import sys
from limelight.requests import parse_generate
assert len(parse_generate({body(RUSSIAN)}).warnings) == 1
assert not {{"onnxruntime", "hibari", "py3langid"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# Where it is told


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("warnings")
    environment = {"LIMELIGHT_RENDERER": "scripted_renderer", "LIMELIGHT_SCRIPTED_FOLDER": str(folder)}
    if request.param == "postgres":
        environment["LIMELIGHT_DATABASE_URL"] = request.getfixturevalue("database_url")
    with Server(folder / "data", environment) as server:
        yield server


def made(server: Server, path: str, json: object) -> dict[str, Any]:
    answer = server.http.post(path, json=json)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def told(server: Server, video_id: str) -> tuple[Any, Any]:
    """In both statuses."""
    v2 = server.http.get(f"/v2/videos/{video_id}").json()["data"]
    return server.status(video_id).get("warnings"), v2.get("warnings")


def test_every_answer_about_a_video_tells_it(server: Server) -> None:
    video = made(server, "/v2/video/generate", body("All is well.", RUSSIAN))
    expected = left_out("video_inputs[1].voice.input_text", 2)
    assert video["warnings"] == expected
    server.ended(video["video_id"])
    assert told(server, video["video_id"]) == (expected, expected)
    listed = server.http.get("/v2/videos", params={"limit": 1}).json()["data"]["videos"]
    assert listed[0]["warnings"] == expected


def test_a_webhook_tells_it(server: Server) -> None:
    """In `event_data`, as the statuses do."""
    video = made(server, "/v2/video/generate", body(RUSSIAN, callback_url="http://127.0.0.1:9/nobody"))
    server.ended(video["video_id"])
    store = Store(_url(server))
    (delivery,) = store.webhooks.log(10, video_id=video["video_id"])
    store.close()
    data: Any = payload(delivery, lambda _: None)["event_data"]
    assert data["warnings"] == left_out("video_inputs[0].voice.input_text")


def test_where_nothing_is_left_out_there_is_no_such_field(server: Server) -> None:
    video = made(server, "/v2/video/generate", body("All is well."))
    assert set(video) == {"video_id"}
    assert told(server, video["video_id"]) == (None, None)


def picture() -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


def test_every_endpoint_that_makes_a_video_names_its_own_field(server: Server) -> None:
    template = {"name": "T", "body": body("{{what}}"), "variables": {"what": {"type": "text"}}}
    template_id = made(server, "/v2/templates", template)["template_id"]
    image_key = server.http.post("/v1/asset", content=picture()).json()["data"]["image_key"]
    spoken = {"voice_id": SARA, "test": True}
    wanted: dict[str, tuple[str, object]] = {
        "/v1/video.webm": (
            "input_text", {"avatar_pose_id": JOSH, "avatar_style": "normal", "input_text": RUSSIAN, **spoken}
        ),
        "/v2/videos": ("script", {"avatar_id": JOSH, "script": RUSSIAN}),
        "/v2/video/av4/generate": ("script", {"image_key": image_key, "script": RUSSIAN, **spoken}),
        f"/v2/template/{template_id}/generate": (
            "video_inputs[0].voice.input_text", {"variables": {"what": RUSSIAN}}
        ),
        "/v1/video_agent/generate": ("prompt", {"prompt": RUSSIAN}),
    }  # fmt: skip
    for path, (field, json) in wanted.items():
        video = made(server, path, json)
        assert video["warnings"] == left_out(field), path
        assert told(server, video["video_id"])[0] == left_out(field)


def test_a_repeated_request_is_told_the_same(server: Server) -> None:
    headers = {"Idempotency-Key": "warned-once"}
    answers = [server.http.post("/v2/video/generate", json=body(RUSSIAN), headers=headers).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["data"]["warnings"]


def test_videos_of_an_older_database_have_none(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'rows.db'}"
    store = Store(url)
    request = parse_generate({"video_inputs": [scene(RUSSIAN)]})
    video = store.videos.create(NewVideo(request.spec, {}, warnings=request.warnings))
    assert store.videos.get(video.id) == video and video.warnings == request.warnings != ()
    store.close()
    bring_back(url, "0005")
    store = Store(url)
    kept = store.videos.get(video.id)
    store.close()
    assert kept is not None and kept.warnings == ()


def _url(server: Server) -> str:
    return server.environment.get("LIMELIGHT_DATABASE_URL") or f"sqlite:///{server.data_dir / 'limelight.db'}"
