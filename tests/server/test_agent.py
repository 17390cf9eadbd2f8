"""POST /v1/video_agent/generate: a prompt becomes scenes, always the same. Films come from the scripted renderer."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import av
import cv2
import numpy as np
import pytest

from limelight.catalog.avatars import default_avatar
from limelight.errors import AvatarNotFound, ScriptInvalid
from limelight.requests import parse_generate
from limelight.requests.prompt import Background, plan, script_of
from limelight.store import Store
from serving import Server

WEBP = cv2.imencode(".webp", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
MP3 = b"ID3" + b"0" * 64
TEXT = " ".join(f"This is sentence number {i} of a rather long text about nothing in particular." for i in range(60))


def film() -> bytes:
    """One black frame as MP4."""
    file = io.BytesIO()
    with av.open(file, "w", "mp4") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")
        out.mux([*stream.encode(picture), *stream.encode(None)])
    return file.getvalue()


MP4 = film()


def scripts(planned: dict[str, Any]) -> list[str]:
    return [scene["voice"]["input_text"] for scene in planned["video_inputs"]]


# Which words are said


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("Tea wakes you up. It is hot.", "Tea wakes you up. It is hot."),
        ("Create a 30 second video about tea: Tea wakes you up.", "Tea wakes you up."),
        ("please make a clip about the 10:30 train: All trains leave.", "All trains leave."),
        ('Create a video: "Tea wakes you up."', "Tea wakes you up."),
        ("Generate a video that says “Tea wakes you up today.” in a calm tone", "Tea wakes you up today."),
        ("Make a 20s video. Script: Tea wakes you up.", "Tea wakes you up."),
        ("Make a video about “tea”.", "Make a video about “tea”."),
        ("Make tea every day. It has one rule: drink it hot.", "Make tea every day. It has one rule: drink it hot."),
        ("Welcome: this is tea.", "Welcome: this is tea."),
    ],
)
def test_only_the_words_that_are_meant_to_be_said_are_kept(prompt: str, said: str) -> None:
    assert script_of(prompt) == said


def test_sentences_stay_whole_and_in_order_and_scenes_are_of_sensible_length() -> None:
    planned = plan(TEXT)
    assert " ".join(scripts(planned)) == TEXT
    assert all(script.startswith("This is") and script.endswith("particular.") for script in scripts(planned))
    assert all(10 * 13 < len(script) < 25 * 18 for script in scripts(planned))
    assert plan(TEXT) == planned


def test_a_sentence_longer_than_a_scene_is_not_cut() -> None:
    long = "We went on, " + "and then we saw another hill, " * 20 + "and came home."
    planned = plan(f"It was cold. {long} That was all.")
    assert [long in script for script in scripts(planned)].count(True) == 1


def test_abbreviations_and_breaks_end_no_sentence() -> None:
    text = 'Dr. Smith came at 5 p.m. on Monday. <break time="2s"/> He left at once.'
    assert " ".join(scripts(plan(text))) == text


def test_headings_are_shown_and_lists_are_said() -> None:
    planned = plan(
        "# All about tea\n\n## Where it comes from\nIt comes from **China**,\nand from [India](http://x.y).\n\n---\n"
        "How to make it:\n- Boil the water\n* Wait; it is worth it!\n3. Pour\n\n**Thanks**\nGoodbye."
    )
    shown = [scene["text"]["text"] for scene in planned["video_inputs"]]
    assert shown == ["All about tea\nWhere it comes from", "How to make it", "Thanks"]
    assert scripts(planned) == [
        "It comes from China, and from India.",
        "Boil the water. Wait; it is worth it! Pour.",
        "Goodbye.",
    ]
    assert planned["title"] == "All about tea"


def test_a_heading_is_shown_in_the_first_scene_of_its_part_alone() -> None:
    shown = [scene["text"] is not None for scene in plan(f"# Numbers\n{TEXT}")["video_inputs"]]
    assert shown == [True] + [False] * (len(shown) - 1)
    assert len(shown) > 2


def test_a_heading_alone_is_said() -> None:
    assert scripts(plan("# Hello there")) == ["Hello there."]


def test_no_more_scenes_than_a_video_may_have() -> None:
    planned = plan("\n".join(f"# Part {i}\nSentence number {i}." for i in range(130)))
    assert len(planned["video_inputs"]) == 50
    said = " ".join(scripts(planned))
    assert [f"number {i}." in said for i in range(130)] == [True] * 130
    assert len(parse_generate(planned).spec.scenes) == 50


def test_what_does_not_fit_the_duration_is_left_out_by_whole_sentences() -> None:
    said = " ".join(scripts(plan(TEXT, duration_s=30)))
    assert TEXT.startswith(said + " ")
    assert said.endswith("particular.")
    assert 20 * 13 < len(said) < 30 * 18
    assert " ".join(scripts(plan(TEXT, duration_s=300))).startswith(said)
    assert scripts(plan("A short one.", duration_s=300)) == ["A short one."]


def test_looks() -> None:
    planned = plan(TEXT, orientation="portrait", avatar_id="lily_20230614")
    assert planned["dimension"] == {"width": 1080, "height": 1920}
    characters = [scene["character"] for scene in planned["video_inputs"]]
    assert [character["avatar_style"] for character in characters[:4]] == ["normal", "closeUp"] * 2
    assert {character["avatar_id"] for character in characters} == {"lily_20230614"}
    colours = [scene["background"]["value"] for scene in planned["video_inputs"]]
    assert all(here != after for here, after in pairwise(colours))
    first = default_avatar()
    scene = plan("Hello.")["video_inputs"][0]
    assert scene["character"]["avatar_id"] == first.avatar_id
    assert scene["voice"]["voice_id"] == first.default_voice_id


def test_files_are_shown_in_order_over_all_scenes() -> None:
    files = [Background("image", "a"), Background("video", "b"), Background("image", "c")]
    backgrounds = [scene["background"] for scene in plan(TEXT, backgrounds=files)["video_inputs"]]
    ids = [background.get("image_asset_id") or background.get("video_asset_id") for background in backgrounds]
    assert ids == sorted(ids)
    assert set(ids) == {"a", "b", "c"}
    assert [background["type"] for background in backgrounds if background.get("video_asset_id")] == ["video"] * (
        ids.count("b")
    )


def test_what_cannot_be_planned() -> None:
    with pytest.raises(AvatarNotFound):
        plan("Hello.", avatar_id="nobody")
    with pytest.raises(ScriptInvalid):
        plan("---\n\n***")


# Over HTTP


def upload(server: Server, content: bytes, content_type: str) -> str:
    answer = server.http.post("/v1/asset", content=content, headers={"Content-Type": content_type})
    assert answer.status_code == 200, answer.text
    asset_id: str = answer.json()["data"]["id"]
    return asset_id


def test_a_prompt_becomes_a_video(server: Server) -> None:
    picture, film = upload(server, WEBP, "image/webp"), upload(server, MP4, "video/mp4")
    asked = {
        "prompt": "Create a video about tea: # Tea\nTea is hot.\n# Milk\nMilk is cold.",
        "config": {"duration_sec": "60", "avatar_id": "josh_lite3_20230714", "orientation": "portrait"},
        "files": [{"asset_id": picture}, {"asset_id": film}],
        "callback_id": "mine",
        "callback_url": "http://127.0.0.1:9/told",
    }
    answer = server.http.post("/v1/video_agent/generate", json=asked)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"error", "data"}
    video_id = answer.json()["data"]["video_id"]
    status = server.ended(video_id)
    assert (status["status"], status["scenes"], status["callback_id"]) == ("completed", 2, "mine")
    store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")
    try:
        video = store.videos.get(video_id)
    finally:
        store.close()
    assert video is not None
    assert (video.spec.width, video.spec.height, video.title) == (1080, 1920, "Tea")
    assert [source.asset_id for scene in video.spec.scenes for _, source in scene.sources()] == [picture, film]
    assert [scene.texts[0].text for scene in video.spec.scenes] == ["Tea", "Milk"]


def test_a_prompt_alone_is_enough(server: Server) -> None:
    answer = server.http.post("/v1/video_agent/generate", json={"prompt": "Hello.", "config": None, "files": None})
    assert answer.status_code == 200, answer.text
    server.ended(answer.json()["data"]["video_id"])


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "prompt is invalid: field required"),
        ({"prompt": " "}, "prompt is invalid: it is empty"),
        ({"prompt": "a" * 10_001}, "10001 characters, the limit is 10000"),
        ({"prompt": "Hi.", "callback_id": "mine"}, "callback_id is invalid: callback_url is required"),
        ({"prompt": "Hi.", "config": {"duration_sec": 4}}, "config.duration_sec is invalid: 4 is below the limit of 5"),
        ({"prompt": "Hi.", "config": {"orientation": "round"}}, "config.orientation is invalid: 'round'"),
        ({"prompt": "Hi.", "config": {"avatar_id": "nobody"}}, "avatar nobody not found"),
        ({"prompt": "Hi.", "files": [{"asset_id": "0" * 32}]}, "files[0].asset_id is invalid: asset"),
        ({"prompt": "これは日本語の文章です。"}, "script is in a language"),
    ],
)
def test_what_is_wrong_is_named(server: Server, asked: dict[str, Any], words: str) -> None:
    answer = server.http.post("/v1/video_agent/generate", json=asked)
    assert answer.status_code == 400
    assert words in answer.json()["message"]
    assert answer.json()["error"] == answer.json()["message"]
    assert answer.json()["data"] is None


def test_a_recording_is_no_background(server: Server) -> None:
    asked = {"prompt": "Hi.", "files": [{"asset_id": upload(server, MP3, "audio/mpeg")}]}
    answer = server.http.post("/v1/video_agent/generate", json=asked)
    assert answer.status_code == 400
    assert "is audio, not an image or a video" in answer.json()["message"]


def test_without_a_key(server: Server) -> None:
    answer = server.http.post("/v1/video_agent/generate", json={"prompt": "Hi."}, headers={"X-Api-Key": "no"})
    assert (answer.status_code, answer.json()["code"]) == (401, 400112)
