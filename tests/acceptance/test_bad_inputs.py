"""What cannot be made is refused at once, in words that existing clients sort by; what turns out to be unusable later
fails the video, and its status says which scene, which stage and why."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import wave
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from serving import PATIENCE_S, Server, body, free_port
from web import Web

#: The seed's `generateVideoSafe` tests a message for these, in this order.
SORTED_BY = ("quota", "avatar", "voice", "script")


def changed(**fields: Any) -> dict[str, Any]:
    """A good body with fields of its only scene's character or voice replaced."""
    bad = body()
    for part in ("character", "voice"):
        own = {name: value for name, value in fields.items() if name in bad["video_inputs"][0][part]}
        bad["video_inputs"][0][part] |= own
    return bad


def behind(**background: Any) -> dict[str, Any]:
    """A good body but for the background of its second scene."""
    bad = body("Hello there.", "Hello again.")
    bad["video_inputs"][1]["background"] = background
    return bad


def heard(**voice: Any) -> dict[str, Any]:
    """A good body but for the voice of its second scene."""
    bad = body("Hello there.", "Hello again.")
    bad["video_inputs"][1]["voice"] = voice
    return bad


BAD = {
    "unknown avatar": (
        changed(avatar_id="nobody_20230101"), "avatar_not_found",
        "avatar nobody_20230101 not found or no longer available.", "avatar",
    ),
    "unknown voice": (changed(voice_id="0" * 32), "voice_not_found", f"voice {'0' * 32} not found.", "voice"),
    "empty script": (changed(input_text=""), "invalid_parameter", "script is empty.", "script"),
    "6,000-character script": (
        changed(input_text="x " * 3000), "invalid_parameter",
        "script is too long: 6000 characters, the limit is 5000.", "script",
    ),
    "odd dimension": (
        body(width=1281), "invalid_parameter",
        "dimension.width is invalid: 1281 is odd, it must be even, from 128 to 4096.", None,
    ),
    "51 scenes": (
        body(*["Hello there."] * 51), "invalid_parameter",
        "video_inputs is invalid: it has 51 entries, the limit is 50.", None,
    ),
    "malformed break tag": (
        changed(input_text='Hello <break time="soon"/> there.'), "invalid_parameter",
        "script has a malformed break tag: '<break time=\"soon\"/>'", "script",
    ),
    "picture without url": (
        behind(type="image"), "invalid_parameter",
        "video_inputs[1].background.url is invalid: field required. "
        "Either url or image_asset_id needs to be provided.", None,
    ),
    "film with an empty url": (
        behind(type="video", url=""), "invalid_parameter",
        "video_inputs[1].background.url is invalid: field required. "
        "Either url or video_asset_id needs to be provided.", None,
    ),
    "recording without url": (
        heard(type="audio"), "invalid_parameter",
        "video_inputs[1].voice.audio_url is invalid: field required. "
        "Either audio_url or audio_asset_id needs to be provided.", "voice",
    ),
    "unknown upload": (
        behind(type="image", image_asset_id="0" * 32), "invalid_parameter",
        f"video_inputs[1].background.image_asset_id is invalid: asset '{'0' * 32}' not found.", None,
    ),
    "url of another scheme": (
        behind(type="image", url="file:///etc/passwd"), "invalid_parameter",
        "video_inputs[1].background.url is invalid: it must begin with http:// or https://.", None,
    ),
    "colour without value": (
        behind(type="color"), "invalid_parameter",
        "video_inputs[1].background.value is invalid: field required.", None,
    ),
    "colour that is none": (
        behind(type="color", value="bluish"), "invalid_parameter",
        "video_inputs[1].background.value is invalid: 'bluish' is not a colour like '#1a1a2e', '#fff' or 'navy'.", None,
    ),
    "unknown fit": (
        behind(type="image", url="https://example.com/a.png", fit="stretch"), "invalid_parameter",
        "video_inputs[1].background.fit is invalid: 'stretch' is not one of 'cover', 'contain', 'crop' or 'none'.",
        None,
    ),
    "silence without duration": (
        heard(type="silence"), "invalid_parameter",
        "video_inputs[1].voice.duration is invalid: field required.", "voice",
    ),
}  # fmt: skip

WEBM = {
    "avatar_pose_id": "josh_lite3_20230714", "avatar_style": "normal", "input_text": "Hello there.",
    "voice_id": "1bd001e7e50f421d891986aad5158bc8",
}  # fmt: skip
#: Changes to it, and what is said of them.
BAD_WEBM: dict[str, tuple[dict[str, Any], str]] = {
    "both": (
        {"input_audio": "https://example.com/a.mp3"},
        "input_text and input_audio are invalid: both are given, exactly one is needed.",
    ),
    "neither": (
        {"input_text": None},
        "input_text and input_audio are invalid: neither is given, exactly one is needed.",
    ),
    "circle": (
        {"avatar_style": "circle"},
        "avatar_style is invalid: 'circle' cannot be transparent, use 'normal' or 'closeUp'.",
    ),
    "no style": ({"avatar_style": None}, "avatar_style is invalid: field required."),
    "no presenter": ({"avatar_pose_id": None}, "avatar_pose_id is invalid: field required."),
    "unknown presenter": (
        {"avatar_pose_id": "nobody_20230101"}, "avatar nobody_20230101 not found or no longer available."
    ),
    "empty script": ({"input_text": " "}, "script is empty."),
    "no such voice": ({"voice_id": "mute"}, "voice mute not found."),
    "odd dimension": (
        {"dimension": {"width": 1281, "height": 720}},
        "dimension.width is invalid: 1281 is odd, it must be even, from 128 to 4096.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(server: Server, name: str) -> None:
    bad, code, said, kind = BAD[name]
    answer = server.http.post("/v2/video/generate", json=bad)
    assert answer.status_code == 400
    error = answer.json()
    assert error["data"] is None
    assert error["code"] == code
    assert error["error"] == error["message"]
    assert error["message"].startswith(said)
    assert next((word for word in SORTED_BY if word in error["message"]), None) == kind
    assert not any(word in error["message"] for word in ("credit", "quota", "balance"))


def test_nothing_was_kept_of_them(server: Server) -> None:
    before = server.http.get("/v2/user/remaining_quota").json()
    for bad, *_ in BAD.values():
        server.http.post("/v2/video/generate", json=bad)
    assert server.http.get("/v2/user/remaining_quota").json() == before


@pytest.mark.parametrize("name", BAD_WEBM)
def test_bad_input_for_a_transparent_video(server: Server, name: str) -> None:
    change, said = BAD_WEBM[name]
    answer = server.http.post("/v1/video.webm", json=WEBM | change)
    assert answer.status_code == 400
    error = answer.json()
    assert set(error) == {"code", "message", "data"}
    assert error["code"] == (400175 if said.endswith(("available.", "not found.")) else 40001)
    assert (error["message"], error["data"]) == (said, None)


# What only shows when it is fetched or opened


@pytest.fixture(scope="module")
def fetching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may fetch from this machine."""
    with Server(tmp_path_factory.mktemp("bad") / "data", {"LIMELIGHT_FETCH_ALLOW": "127.0.0.1"}) as server:
        yield server


def picture(width: int, height: int, kind: str) -> bytes:
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, kind)
    return out.getvalue()


def recording(seconds: float) -> bytes:
    """A WAV of silence, 4 kHz, 8 bits."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 1, 4000, 0, "NONE", ""))
        file.writeframes(b"\x80" * round(4000 * seconds))
    return out.getvalue()


def film_without_a_picture() -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as film:
        stream = film.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), "fltp", "mono")
        frame.sample_rate = 48_000
        film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return out.getvalue()


#: Path, what is there, what names it, and why it fails: code and words. All of it in the second scene of two.
UNUSABLE: dict[str, tuple[str, bytes | None, str, str, str]] = {
    "404": ("/gone.png", None, "image", "fetch_refused", "the URL {url} answered 404 instead of 200."),
    "empty file": ("/empty.png", b"", "image", "fetch_refused", "the URL {url} gave an empty file."),
    "HTML page": (
        "/page.png", b"<!DOCTYPE html><html><body>Log in</body></html>", "image", "media_unusable",
        "it is an HTML page, not a picture; name the file itself, not a page that shows it.",
    ),
    "HTML page as a recording": (
        "/page.mp3", b"<!DOCTYPE html><html><body>Log in</body></html>", "audio", "media_unusable",
        "it is an HTML page, not a recording; name the file itself, not a page that shows it.",
    ),
    "truncated JPEG": (
        "/half.jpg", picture(320, 240, "JPEG")[:9000], "image", "media_unusable",
        "the image is damaged or cut off.",
    ),
    "50,000-pixel-wide PNG": (
        "/wide.png", picture(50_000, 1, "PNG"), "image", "media_unusable",
        "the image is 50000x1, the limit is 16384 pixels a side.",
    ),
    "recording of no length": ("/nothing.wav", recording(0), "audio", "media_unusable", "the sound is empty."),
    "two-hour recording": (
        "/long.wav", recording(7200), "audio", "media_unusable", "the sound lasts 7200 seconds, the limit is 600.",
    ),
    "film without a picture": (
        "/sound.mp4", film_without_a_picture(), "video", "media_unusable", "the file has no video.",
    ),
    "picture as a recording": (
        "/picture.mp3", picture(8, 8, "PNG"), "audio", "media_unusable",
        "it is a PNG picture, not a recording.",
    ),
}  # fmt: skip


def second_scene(kind: str, source: Mapping[str, str]) -> dict[str, Any]:
    """A good first scene, and one with this file of the user's."""
    first: dict[str, Any] = {"voice": {"type": "silence", "duration": 0.1}}
    own = {"voice": {"type": "audio", **source}} if kind == "audio" else {"background": {"type": kind, **source}}
    return {"video_inputs": [first, first | own], "dimension": {"width": 128, "height": 128}}


def about(kind: str, url: str, said: str) -> str:
    """What is said of a file of this kind: it is named, by its URL without the query, where the words do not."""
    role = "audio" if kind == "audio" else f"background {kind}"
    shown = url.partition("?")[0]
    return f"{role}: {said}" if shown in said else f"{role} {shown}: {said}"


def failed(server: Server, video_id: str, code: str, said: str) -> dict[str, Any]:
    """The status of a video that failed for this reason, in all its fields."""
    status = server.ended(video_id)
    words = f"scene 2 of 2, media: {said}"
    assert status["status"] == "failed", status
    assert status["error"] == {"code": 50000, "detail": words, "message": words}
    assert (status["failure_code"], status["failure_message"]) == (code, words)
    assert (status["stage"], status["scene"], status["scenes"]) == ("media", 2, 2)
    assert status["video_url"] is status["duration"] is None
    assert not any(word in words for word in (*SORTED_BY, "credit", "balance"))
    v2 = server.http.get(f"/v2/videos/{video_id}").json()["data"]
    assert (v2["status"], v2["failure_code"], v2["failure_message"]) == ("failed", code, words)
    return status


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_file_fails_its_scene(fetching: Server, pages: Web, name: str) -> None:
    path, content, kind, code, said = UNUSABLE[name]
    if content is not None:
        pages.files[path] = content
    url = f"{pages.url}{path}"
    video_id = fetching.generate(second_scene(kind, {"audio_url" if kind == "audio" else "url": url}))
    failed(fetching, video_id, code, about(kind, url, said.format(url=url)))


def test_an_unreachable_url_fails_before_anything_is_rendered(fetching: Server) -> None:
    url = f"http://127.0.0.1:{free_port()}/a.png"
    status = failed(
        fetching,
        fetching.generate(second_scene("image", {"url": f"{url}?token=secret"})),
        "fetch_failed",
        f"background image: the URL {url} cannot be reached.",
    )
    assert status["progress"] == 0


@pytest.mark.parametrize(
    ("url", "host", "address"),
    [
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254", "169.254.169.254"),
        ("http://127.0.0.1:{port}/a.png", "127.0.0.1", "127.0.0.1"),
        ("http://2130706433:{port}/a.png", "2130706433", "127.0.0.1"),
    ],
)
def test_private_addresses_are_not_asked(server: Server, pages: Web, url: str, host: str, address: str) -> None:
    pages.files["/a.png"] = picture(8, 8, "PNG")
    asked = len(pages.asked)
    url = url.format(port=pages.url.rpartition(":")[2])
    video_id = server.generate(second_scene("image", {"url": url}))
    said = about("image", url, f"the host {host} cannot be fetched from: its address {address} is not public.")
    assert failed(server, video_id, "fetch_refused", said)["progress"] == 0
    assert len(pages.asked) == asked


@pytest.mark.parametrize("host", ["localhost", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"])
def test_other_names_of_this_machine_are_not_asked(server: Server, pages: Web, host: str) -> None:
    """The address that the message names is written in more than one way."""
    pages.files["/a.png"] = picture(8, 8, "PNG")
    asked = len(pages.asked)
    url = f"http://{host}:{pages.url.rpartition(':')[2]}/a.png"
    status = server.ended(server.generate(second_scene("image", {"url": url})))
    said = (
        f"scene 2 of 2, media: background image {url}: the host {host.strip('[]')} cannot be fetched from: its address "
    )
    assert status["failure_code"] == "fetch_refused"
    assert status["error"]["message"].startswith(said)
    assert status["error"]["message"].endswith(" is not public.")
    assert len(pages.asked) == asked


def test_the_command_line_names_the_scene_too(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/a.png"
    spec, out = tmp_path / "spec.json", tmp_path / "out.mp4"
    spec.write_text(json.dumps(second_scene("image", {"url": url})))
    command = [sys.executable, "-m", "limelight.cli", "render", str(spec), "-o", str(out), "-q"]
    environment = {**os.environ, "LIMELIGHT_FETCH_ALLOW": "127.0.0.1"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
    assert run.returncode == 1
    assert run.stderr.strip() == f"media: scene 2 of 2: background image: the URL {url} cannot be reached."
    assert list(tmp_path.iterdir()) == [spec]
