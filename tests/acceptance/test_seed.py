"""The contract's own code in its three languages, verbatim but for the host: every sample that can be run.

`seed/` holds the samples as received (the Python one has the indentation back that it lost on its way). Not among them:
the test mode's, which has a literal `[...]`, and a component of Remotion's. Where a sample calls what the document does
not define, `helpers/` defines that and nothing else; what it leaves to its reader (an avatar's id, the other half of a
scene) is said in the test. Films are the real renderer's where they are looked at, and else the scripted one's.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import runpy
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from PIL import Image

from limelight.service.accounts import new_account, new_key
from limelight.spec import AudioVoice, ColourBackground, ImageBackground, TextVoice
from limelight.store import Store, Video
from serving import API_KEY, Server
from web import Web

HERE = Path(__file__).parent
#: The host of the API; and of the files that two samples show, which is the reader's own.
HOST, FILES_HOST = "https://api.heygen.com", "https://example.com"
TSX = HERE / "node_modules" / ".bin" / "tsx"
AVATAR, VOICE = "josh_lite3_20230714", "1bd001e7e50f421d891986aad5158bc8"


def sample(name: str) -> str:
    return (HERE / "seed" / name).read_text()


def helper(name: str) -> str:
    return (HERE / "helpers" / name).read_text()


@pytest.fixture(scope="module")
def files() -> Iterator[Web]:
    web = Web()
    picture, sound = io.BytesIO(), io.BytesIO()
    Image.fromarray(np.zeros((90, 160, 3), np.uint8)).save(picture, "JPEG")
    with av.open(sound, "w", "mp3") as out:
        stream = out.add_stream("libmp3lame", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.float32), "fltp", "mono")
        frame.rate = 48_000
        out.mux([*stream.encode(frame), *stream.encode(None)])
    web.files = {"/dashboard-bg.jpg": picture.getvalue(), "/your-audio.mp3": sound.getvalue()}
    yield web
    web.close()


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the scripted renderer."""
    folder = tmp_path_factory.mktemp("seed")
    environment = {
        "LIMELIGHT_RENDERER": "scripted_renderer",
        "LIMELIGHT_SCRIPTED_FOLDER": str(folder),
        "LIMELIGHT_FETCH_ALLOW": "127.0.0.1",
    }
    with Server(folder / "data", environment) as server:
        yield server


def video_of(server: Server, video_id: str) -> Video:
    """What the server made of a request."""
    store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")
    try:
        video = store.videos.get(video_id)
        assert video
        return video
    finally:
        store.close()


def completed(server: Server, video_id: str) -> dict[str, Any]:
    status = server.ended(video_id)
    assert status["status"] == "completed", status
    return status


# Shell and Python


def curl(server: Server, name: str, folder: Path) -> str:
    """Run a sample in a shell; gives the id in the answer."""
    file = folder / name
    file.write_text(sample(name).replace(HOST, server.url))
    assert server.url in file.read_text()
    environment = {**os.environ, "HEYGEN_API_KEY": API_KEY}
    shell = subprocess.run(["bash", file], capture_output=True, text=True, check=True, env=environment)
    answer = json.loads(shell.stdout)
    assert answer["error"] is None
    video_id: str = answer["data"]["video_id"]
    return video_id


def fetched(url: str, folder: Path, content_type: str) -> Path:
    """Download as a client does, without a key."""
    answer = httpx.get(url, timeout=60)
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    file = folder / "downloaded"
    file.write_bytes(answer.content)
    return file


def test_curl_makes_a_film_that_plays(server: Server, tmp_path: Path) -> None:
    status = completed(server, curl(server, "generate.sh", tmp_path))
    file = fetched(status["video_url"], tmp_path, "video/mp4")
    with av.open(file) as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        assert (picture.width, picture.height) == (1920, 1080) and picture.average_rate == 25
        assert (picture.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        frames = sum(1 for _ in film.decode(picture))
    assert frames == round(status["duration"] * 25)
    assert frames > 25
    with av.open(file) as film:
        samples = sum(frame.samples for frame in film.decode(audio=0))
    assert abs(samples / 48_000 - status["duration"]) <= 0.04


def test_curl_makes_a_transparent_film_that_plays(server: Server, tmp_path: Path) -> None:
    status = completed(server, curl(server, "webm.sh", tmp_path))
    assert httpx.URL(status["video_url"]).path.endswith(".webm")
    file = fetched(status["video_url"], tmp_path, "video/webm")
    decoder = av.CodecContext.create("libvpx-vp9", "r")
    frames = 0
    with av.open(file) as film:
        assert [stream.codec_context.name for stream in film.streams] == ["vp9", "opus"]
        for packet in film.demux(film.streams.video[0]):
            for frame in decoder.decode(packet):
                assert (frame.width, frame.height, frame.format.name) == (1920, 1080, "yuva420p")
                alpha = np.asarray(frame.planes[3]).reshape(1080, -1)[:, :1920]
                assert (alpha[:100, :100].max(), alpha.max()) == (0, 255), "clear corners around a presenter"
                frames += 1
    assert frames == round(status["duration"] * 25)
    assert frames > 25


def test_python(quick: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEYGEN_API_KEY", API_KEY)
    file = tmp_path / "generate_video.py"
    file.write_text(sample(file.name).replace(HOST, quick.url))
    generate_video = runpy.run_path(str(file))["generate_video"]
    text = sample("generate.sh")
    config = json.loads(text[text.index("-d '") + 4 : text.rindex("'")])
    completed(quick, generate_video(config))
    config["video_inputs"][0]["voice"]["input_text"] = ""
    with pytest.raises(Exception, match=r"^script is empty\.$"):
        generate_video(config)


# TypeScript


@dataclass(frozen=True)
class Ran:
    """What a program printed."""

    code: int
    out: str
    errors: str

    @property
    def answer(self) -> Any:
        """The JSON of its last line."""
        return json.loads(self.out.strip().splitlines()[-1])


Node = Callable[..., Ran]


@pytest.fixture
def node(quick: Server, files: Web, tmp_path: Path) -> Node:
    """Run a program that is put together of these parts."""
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    if not TSX.exists():
        pytest.skip("no tsx: run `npm install --prefix tests/acceptance`, as `make test` does")

    def run(*parts: str, key: str = API_KEY) -> Ran:
        file = tmp_path / "program.mts"
        file.write_text("\n".join(parts).replace(HOST, quick.url).replace(FILES_HOST, files.url))
        environment = {**os.environ, "NO_COLOR": "1", "HEYGEN_API_KEY": key}
        done = subprocess.run(
            [TSX, "--import", HERE / "fast_timers.mjs", file], capture_output=True, text=True, env=environment
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


def show(expression: str) -> str:
    """A line that prints a value."""
    return f"console.log(JSON.stringify({expression}));"


def constants(**values: str) -> str:
    return "\n".join(f"const {name} = {json.dumps(value)};" for name, value in values.items())


def test_create_video(node: Node, quick: Server) -> None:
    call = f"await createVideo('Hello! Welcome to HeyGen.', '{AVATAR}', '{VOICE}');"
    ran = node(sample("generate_video.ts"), sample("create_video.ts"), call)
    assert ran.code == 0, ran.errors
    video_id = re.search(r"^Video ID: ([0-9a-f]{32})$", ran.out, re.MULTILINE)
    url = re.search(r"^Video ready: (http.*)$", ran.out, re.MULTILINE)
    assert video_id
    assert url
    assert httpx.URL(url[1]).path == httpx.URL(quick.status(video_id[1])["video_url"]).path
    assert httpx.get(url[1]).headers["content-type"] == "video/mp4"


def test_a_video_that_fails_ends_the_wait(node: Node) -> None:
    ran = node(
        sample("generate_video.ts"),
        sample("create_video.ts"),
        f"await createVideo('It fails.', '{AVATAR}', '{VOICE}');",
    )
    assert ran.code == 1
    assert "Error: [object Object]" in ran.errors, "as the contract says: an object, which other clients need"


def test_the_full_configuration(node: Node, quick: Server) -> None:
    ran = node(sample("generate_video.ts"), sample("full_config.ts"), show("await generateVideo(fullConfig)"))
    assert ran.code == 0, ran.errors
    completed(quick, ran.answer)
    video = video_of(quick, ran.answer)
    assert (video.title, video.test, video.spec.width, video.spec.height) == ("Product Demo Video", False, 1920, 1080)
    assert video.spec.scenes[0].background == ColourBackground(colour="#ffffff")


def test_several_scenes(node: Node, quick: Server, files: Web) -> None:
    ran = node(sample("generate_video.ts"), sample("multi_scene.ts"), show("await generateVideo(multiSceneConfig)"))
    assert ran.code == 0, ran.errors
    status = completed(quick, ran.answer)
    assert (status["scenes"], status["duration"]) == (3, pytest.approx(1.2))
    scenes = video_of(quick, ran.answer).spec.scenes
    assert [getattr(scene.character, "style", None) for scene in scenes] == ["normal", "closeUp", "normal"]
    assert isinstance(scenes[1].background, ImageBackground)
    picture = hashlib.sha256(files.files["/dashboard-bg.jpg"]).hexdigest()
    assert picture in httpx.get(status["video_url"]).text, "the picture has come as far as the renderer"


OTHER_HALF = {
    "character": {"voice": {"type": "text", "input_text": "Hello there.", "voice_id": VOICE}},
    "voice": {"character": {"type": "avatar", "avatar_id": AVATAR}},
}


def parts_of_a_scene(name: str) -> tuple[str, ...]:
    """A program that makes a video of a fragment and the other half of its scene."""
    other = json.dumps(OTHER_HALF[name.partition("_")[0]])
    return (
        sample("generate_video.ts"),
        f"const part = {sample(name)};",
        show(f"await generateVideo({{ video_inputs: [{{ ...{other}, ...part }}] }})"),
    )


@pytest.mark.parametrize("name", ["character_avatar.ts", "voice_text.ts", "voice_audio.ts"])
def test_parts_of_a_scene(node: Node, quick: Server, name: str) -> None:
    ran = node(*parts_of_a_scene(name))
    assert ran.code == 0, ran.errors
    completed(quick, ran.answer)
    voice = video_of(quick, ran.answer).spec.scenes[0].voice
    if name == "voice_audio.ts":
        assert isinstance(voice, AudioVoice)
    else:
        assert isinstance(voice, TextVoice)
        assert voice.script == ("Your script here" if name == "voice_text.ts" else "Hello there.")


def test_a_photo_that_is_none(node: Node) -> None:
    """Its id is the document's placeholder; the error's words are those that are sorted as an invalid avatar."""
    ran = node(*parts_of_a_scene("character_photo.ts"))
    assert ran.code == 1
    assert re.search(r"Error: .*avatar your_talking_photo_id not found", ran.errors), ran.errors


def test_pauses(node: Node, quick: Server) -> None:
    character, voice = {"type": "avatar", "avatar_id": AVATAR}, {"type": "text", "voice_id": VOICE}
    scene = f"{{ character: {json.dumps(character)}, voice: {{ ...{json.dumps(voice)}, input_text: script }} }}"
    config = f"{{ video_inputs: [{scene}] }}"
    ran = node(sample("generate_video.ts"), sample("pauses.ts"), show(f"await generateVideo({config})"))
    assert ran.code == 0, ran.errors
    completed(quick, ran.answer)
    said = video_of(quick, ran.answer).spec.scenes[0].voice
    assert isinstance(said, TextVoice)
    assert said.script == 'Welcome to our demo. <break time="1s"/> Let me show you the features.'


@pytest.mark.parametrize(
    ("part", "change", "said", "error"),
    [
        ("character", {"avatar_id": "nobody"}, "Invalid avatar ID", "avatar nobody not found or no longer available."),
        ("voice", {"voice_id": "0" * 32}, "Invalid voice ID", f"voice {'0' * 32} not found."),
        (
            "voice", {"input_text": "x" * 5001}, "Script too long or invalid",
            "script is too long: 5001 characters, the limit is 5000.",
        ),
        ("credit", {}, "Insufficient credits", "Insufficient credit: the account quota is used up."),
        ("voice", {}, None, None),
    ],
    ids=["avatar", "voice", "script", "quota", "none"],
)  # fmt: skip
def test_errors_are_sorted(
    node: Node, quick: Server, part: str, change: dict[str, str], said: str | None, error: str | None
) -> None:
    scene: dict[str, Any] = {
        "character": {"type": "avatar", "avatar_id": AVATAR},
        "voice": {"type": "text", "input_text": "Hello.", "voice_id": VOICE},
    }
    scene[part] = scene.get(part, {}) | change
    program = (
        sample("generate_video.ts"),
        sample("generate_video_safe.ts"),
        show(f"await generateVideoSafe({json.dumps({'video_inputs': [scene]})})"),
    )
    ran = node(*program, key=key_without_credit(quick) if part == "credit" else API_KEY)
    assert ran.code == 0, ran.errors
    if error is None:
        assert ran.answer["success"]
        completed(quick, ran.answer["videoId"])
    else:
        assert ran.answer == {"success": False, "error": error}
    assert ran.errors.strip() == (said or "")


def key_without_credit(server: Server) -> str:
    store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")
    try:
        return new_key(store, new_account(store, "poor", "free", credits=0).id, "a key")
    finally:
        store.close()


def test_the_production_workflow(node: Node, quick: Server) -> None:
    ran = node(
        sample("generate_video.ts"),
        helper("wait_for_video.ts"),
        sample("generate_avatar_video.ts"),
        show("[result, result2]"),
    )
    assert ran.code == 0, ran.errors
    first = quick.http.get("/v2/avatars").json()["data"]["avatars"][0]
    for result, avatar_id in zip(ran.answer, (first["avatar_id"], AVATAR), strict=True):
        details = quick.http.get(f"/v2/avatar/{avatar_id}/details").json()["data"]
        assert result["avatarId"] == details["id"]
        assert (result["avatarName"], result["voiceId"]) == (details["name"], details["default_voice_id"])
        assert result["duration"] == quick.status(result["videoId"])["duration"]
        assert httpx.get(result["videoUrl"]).status_code == 200
    assert f"Video ready: {ran.answer[0]['videoUrl']}" in ran.out


def test_a_transparent_video(node: Node, quick: Server) -> None:
    call = show(f"await generateTransparentVideo('Hello.', '{AVATAR}', '{VOICE}')")
    ran = node(sample("transparent_video.ts"), call)
    assert ran.code == 0, ran.errors
    assert httpx.URL(completed(quick, ran.answer)["video_url"]).path.endswith(".webm")


def test_a_transparent_close_up_and_its_status(node: Node, quick: Server) -> None:
    given = constants(apiKey=API_KEY, avatarPoseId=AVATAR, script="Look at this.", voiceId=VOICE)
    ran = node(given, sample("loom.ts"), show("videoId"))
    assert ran.code == 0, ran.errors
    completed(quick, ran.answer)
    ran = node(constants(videoId=ran.answer), helper("get_video_status.ts"), sample("status.ts"), show("status"))
    assert ran.code == 0, ran.errors
    assert ran.answer["status"] == "completed"
    assert httpx.URL(ran.answer["video_url"]).path.endswith(".webm")
