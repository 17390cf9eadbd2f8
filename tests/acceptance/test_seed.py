"""The contract's own code, verbatim but for the host, in its three languages: each must end in a film that plays.

`seed/` holds the snippets as received (the Python one has the indentation back that it lost on its way).
"""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from serving import API_KEY, Server

HERE = Path(__file__).parent
HOST = "https://api.heygen.com"
TSX = HERE / "node_modules" / ".bin" / "tsx"


@pytest.fixture
def snippet(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    monkeypatch.setenv("HEYGEN_API_KEY", API_KEY)

    def with_our_host(name: str) -> Path:
        text = (HERE / "seed" / name).read_text()
        assert HOST in text
        file = tmp_path / name
        file.write_text(text.replace(HOST, server.url))
        return file

    return with_our_host


def assert_plays(url: str, folder: Path, duration_s: float) -> None:
    """Download as a client does, without a key, and decode every frame."""
    file = folder / "downloaded.mp4"
    answer = httpx.get(url, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "video/mp4"
    file.write_bytes(answer.content)
    with av.open(file) as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        assert (picture.width, picture.height, picture.average_rate) == (1920, 1080, 25)
        assert (picture.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        frames = sum(1 for _ in film.decode(picture))
    assert frames == round(duration_s * 25)
    assert frames > 25
    with av.open(file) as film:
        samples = sum(frame.samples for frame in film.decode(audio=0))
    assert abs(samples / 48_000 - duration_s) <= 0.04


def body_of_curl() -> Any:
    text = (HERE / "seed" / "generate.sh").read_text()
    return json.loads(text[text.index("-d '") + 4 : text.rindex("'")])


def test_curl(server: Server, snippet: Callable[[str], Path], tmp_path: Path) -> None:
    shell = subprocess.run(["bash", snippet("generate.sh")], capture_output=True, text=True, check=True)
    answer = json.loads(shell.stdout)
    assert answer["error"] is None
    status = server.ended(answer["data"]["video_id"])
    assert status["status"] == "completed", status
    assert_plays(status["video_url"], tmp_path, status["duration"])


def test_python(server: Server, snippet: Callable[[str], Path], tmp_path: Path) -> None:
    generate_video = runpy.run_path(str(snippet("generate_video.py")))["generate_video"]
    status = server.ended(generate_video(body_of_curl()))
    assert status["status"] == "completed", status
    assert_plays(status["video_url"], tmp_path, status["duration"])
    with pytest.raises(Exception, match=r"^script is empty\.$"):
        generate_video({"video_inputs": [{"voice": {**body_of_curl()["video_inputs"][0]["voice"], "input_text": ""}}]})


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
@pytest.mark.skipif(not TSX.exists(), reason="no tsx: run `npm install --prefix tests/acceptance`, as `make test` does")
def test_typescript(server: Server, snippet: Callable[[str], Path], tmp_path: Path) -> None:
    file = snippet("create_video.ts")
    call = "\ncreateVideo(process.argv[2], process.argv[3], process.argv[4]);\n"
    file.write_text(file.read_text() + call)
    only = body_of_curl()["video_inputs"][0]
    node = subprocess.run(
        [TSX, "--import", HERE / "fast_timers.mjs", file,
         only["voice"]["input_text"], only["character"]["avatar_id"], only["voice"]["voice_id"]],
        capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert node.returncode == 0, node.stderr
    video_id = re.search(r"^Video ID: ([0-9a-f]{32})$", node.stdout, re.MULTILINE)
    url = re.search(r"^Video ready: (http.*)$", node.stdout, re.MULTILINE)
    assert video_id
    assert url
    assert_plays(url[1], tmp_path, server.status(video_id[1])["duration"])
