"""Whether two builds make the same films: `python bench/same_bytes.py OUT.json [--build DIR] [--against EARLIER.json]`.

A server of the build renders every kind of scene, and the command line a photo; OUT.json has the SHA-256 of each file
of each film, and that of the OpenAPI document. With `--against` what differs is printed, and the exit code is 1.
`--build` is another checkout; its packages are those of this Python. Media come from a server on a fixed port, as URLs
are part of what the acting is seeded with.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import av
import cv2
import httpx
import numpy as np

_ROOT = Path(__file__).parent.parent
_MEDIA_PORT, _PORT = 18765, 18766
_MEDIA = f"http://127.0.0.1:{_MEDIA_PORT}"
_KEY = "a-key-for-the-bench"
_JOSH, _DAISY, _RENDERED = "josh_lite3_20230714", "Daisy-inskirt-20220818", "clara_studio_20261122"
_PAUL, _ALISTAIR, _AVA = (
    "de8b5d78f2e0485f88d1e9f5c8e7f9a6",
    "9a6feab20651da63a98f65064d044915",
    "2565fe9cf3184e52bb9ff30865bd5b36",
)
_PATIENCE_S = 600.0

Json = dict[str, Any]


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--build", type=Path, default=_ROOT)
    parser.add_argument("--against", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = digests(Path(name), options.build)
    options.out.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    print(f"{len(found)} films and documents")
    if options.against:
        earlier = json.loads(options.against.read_text())
        other = [name for name in sorted(found | earlier) if found.get(name) != earlier.get(name)]
        print("\n".join(f"differs: {name}" for name in other) or "all are the same")
        sys.exit(bool(other))


def digests(folder: Path, build: Path) -> dict[str, dict[str, str]]:
    """For each film, and for the API's description, the SHA-256 of its files by their names."""
    media = folder / "media"
    media.mkdir()
    _write_media(media)
    serve = functools.partial(_Quiet, directory=str(media))
    files = http.server.ThreadingHTTPServer(("127.0.0.1", _MEDIA_PORT), serve)
    threading.Thread(target=files.serve_forever, daemon=True).start()
    environment = {
        **os.environ,
        "PYTHONPATH": str(build.absolute() / "src"),
        "LIMELIGHT_API_KEY": _KEY,
        "LIMELIGHT_FETCH_ALLOW": "127.0.0.1",
        "LIMELIGHT_WORKERS": "2",
    }
    found: dict[str, dict[str, str]] = {}
    command = [sys.executable, "-m", "limelight.cli"]
    place = ["--port", str(_PORT), "--data-dir", str(folder / "data")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*command, "serve", *place], env=environment, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{_PORT}", headers={"X-Api-Key": _KEY}, timeout=60) as client:
            _wait_for(client)
            # Sorted: FastAPI writes the methods of a path in the order of a set.
            document = json.dumps(client.get("/openapi.json").json(), sort_keys=True)
            found["openapi"] = {"json": _sha256(document.encode())}
            videos = {name: _ask(client, path, body) for name, (path, body) in requests().items()}
            videos["template"] = _template(client)
            for name, video_id in videos.items():
                found[name] = _film(client, name, video_id)
    finally:
        server.terminate()
        server.wait()
        files.shutdown()
    for name, arguments in {
        "photo": ["--script", "My picture speaks.", "--photo", str(media / "face.jpg"), "--captions"],
        "photo cut out": ["--audio", str(media / "said.flac"), "--photo", str(media / "face.jpg"), "--matting"],
    }.items():
        out = folder / name.replace(" ", "-")
        out.mkdir()
        size = ["--size", "480x480", "-q", "-o", "film.mp4", "--data-dir", str(folder / "none")]
        subprocess.run([*command, "render", "--no-cache", *arguments, *size], env=environment, cwd=out, check=True)
        found[name] = {file.name: _sha256(file.read_bytes()) for file in sorted(out.iterdir())}
        print(name)
    return found


def requests() -> dict[str, tuple[str, Json]]:
    """A path and a body for each kind of film."""
    generate = {name: ("/v2/video/generate", body) for name, body in _bodies().items()}
    return generate | {
        "webm": ("/v1/video.webm", {"avatar_pose_id": _JOSH, "avatar_style": "normal", "input_text": "See through me.",
                                    "voice_id": _PAUL, "dimension": {"width": 480, "height": 270}}),
        "webm close up": ("/v1/video.webm", {"avatar_pose_id": _RENDERED, "avatar_style": "closeUp",
                                             "input_audio": f"{_MEDIA}/said.flac", "test": True,
                                             "dimension": {"width": 320, "height": 320}}),
        "plain": ("/v2/videos", {"image_url": f"{_MEDIA}/face.jpg", "script": "A photo of me.", "voice_id": _PAUL,
                                 "dimension": {"width": 480, "height": 270}, "fit": "contain", "caption": True}),
        "plain cut out": ("/v2/videos", {"image_url": f"{_MEDIA}/face.jpg", "audio_url": f"{_MEDIA}/said.flac",
                                         "remove_background": True, "dimension": {"width": 270, "height": 480},
                                         "background": {"type": "image", "url": f"{_MEDIA}/picture.png"}}),
        "agent": ("/v1/video_agent/generate", {"prompt": "# Tea\nTea is hot.\n\n# Milk\nMilk is not.",
                                               "config": {"orientation": "square"}}),
    }  # fmt: skip


def _bodies() -> dict[str, Json]:
    """Bodies of POST /v2/video/generate."""
    still = {"type": "image", "url": f"{_MEDIA}/picture.png"}
    film = {"type": "video", "url": f"{_MEDIA}/film.mp4"}
    return {
        "normal": _body(_scene()),
        "close up, captions": _body(_scene(style="closeUp"), caption=True),
        "circle": _body(_scene(style="circle", circle_background_color="#20304a", offset={"x": 0.2, "y": 0.1},
                               background={**still, "fit": "contain"})),
        "films behind": _body(_scene(background={**film, "play_style": "loop", "fit": "crop"}),
                              _scene("And again.", background={**film, "play_style": "once", "fit": "none"})),
        "fit to scene": _body(_scene(background={**film, "play_style": "fit_to_scene"}, scale=0.6)),
        "full video": _body(_scene(background={**film, "play_style": "full_video"})),
        "silence": _body(_scene(voice={"type": "silence", "duration": 1.5}, avatar=_RENDERED)),
        "recording": _body(_scene(voice={"type": "audio", "audio_url": f"{_MEDIA}/said.flac"})),
        "nobody, texts": _body(_scene(style="voice_only", text=[
            {"text": "Left", "font_size": 30, "color": "#ffcc00", "position": {"x": 0.1, "y": 0.1}},
            {"text": "A longer line, to the right", "font_weight": "bold", "text_align": "right", "width": 0.5},
        ], background={"type": "color", "value": "#123"}), caption={"enabled": True, "style": {"position": "top"}}),
        "dyed, a logo": _body(_scene(avatar=_DAISY, outfit_colour="#1c284e", logo_url=f"{_MEDIA}/logo.png")),
        "60 frames a second": _body(_scene("Quick.", avatar=_RENDERED), fps=60),
        "a test, upright": _body(_scene("Just a test."), test=True, dimension={"width": 270, "height": 480}),
        "expressive": _body(_scene(talking_style="expressive", expression="happy", voice={"emotion": "Excited"})),
        "tags": _body(_scene('Kubernetes <break time="0.4s"/> costs $5.50 in 2026, Dr. Smith.',
                             voice={"voice_id": _ALISTAIR, "speed": 1.2, "pitch": -4}),
                      words=[{"word": "Kubernetes", "say": "koober netties"}]),
        "the fast voice": _body(_scene(voice={"voice_id": _AVA}), caption=True, caption_mode="file_only"),
    }  # fmt: skip


def _scene(
    script: str = "Hello, welcome here.",
    *,
    avatar: str = _JOSH,
    style: str = "normal",
    voice: Json | None = None,
    background: Json | None = None,
    text: object = None,
    **character: object,
) -> Json:
    return {
        "character": {"type": "avatar", "avatar_id": avatar, "avatar_style": style, **character},
        "voice": {"type": "text", "input_text": script, "voice_id": _PAUL, **(voice or {})},
        "background": background or {"type": "color", "value": "#dfe6f0"},
        "text": text,
    }


def _body(*scenes: Json, **fields: object) -> Json:
    return {"video_inputs": list(scenes), "dimension": {"width": 480, "height": 270}, **fields}


def _ask(client: httpx.Client, path: str, body: Json) -> str:
    answer = client.post(path, json=body)
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.text}")
    return str(answer.json()["data"]["video_id"])


def _template(client: httpx.Client) -> str:
    """A video made from a template."""
    body = _body(_scene("Dear {{name}}, hello."), caption=True)
    variables = {"name": {"name": "name", "type": "text", "properties": {"content": "Ann"}}}
    answer = client.post("/v2/templates", json={"name": "A template", "body": body, "variables": variables})
    if answer.status_code not in (200, 201):
        raise SystemExit(answer.text)
    id = answer.json()["data"]["template_id"]
    given = {"name": {"name": "name", "type": "text", "properties": {"content": "Bob"}}}
    return _ask(client, f"/v2/template/{id}/generate", {"title": "For Bob", "variables": given})


def _film(client: httpx.Client, name: str, video_id: str) -> dict[str, str]:
    """The SHA-256 of each file of a film that is made."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while (status := client.get(f"/v2/videos/{video_id}").json()["data"])["status"] not in ("completed", "failed"):
        if time.monotonic() > deadline_s:
            raise SystemExit(f"{name} was not made in {_PATIENCE_S:g} s")
        time.sleep(0.3)
    if status["status"] == "failed":
        raise SystemExit(f"{name}: {status['failure_message']}")
    print(name, status["duration"], "s")
    urls = {key: status[f"{key}_url"] for key in ("video", "thumbnail", "gif", "captioned_video")}
    urls |= status["subtitle_urls"] or {}
    return {key: _sha256(client.get(url).raise_for_status().content) for key, url in urls.items() if url}


def _wait_for(client: httpx.Client) -> None:
    deadline_s = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline_s:
        try:
            client.get("/").raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit("the server does not answer")


def _write_media(folder: Path) -> None:
    """A photo, a picture, a logo, a recording and a film."""
    data = _ROOT / "tests" / "data"
    (folder / "face.jpg").write_bytes((data / "astronaut.jpg").read_bytes())
    y, x = np.mgrid[0:300, 0:400].astype(np.uint8)
    cv2.imwrite(str(folder / "picture.png"), np.dstack([x, y, x + y]))
    logo = np.zeros((60, 90, 4), np.uint8)
    cv2.circle(logo, (45, 30), 25, (40, 200, 255, 255), -1)
    cv2.imwrite(str(folder / "logo.png"), logo)
    _write_recording(data / "sonnet.flac", folder / "said.flac", 2.0)
    with av.open(folder / "film.mp4", "w") as out:
        stream = out.add_stream("libx264", rate=30, width=320, height=240, pix_fmt="yuv420p")
        stream.codec_context.thread_count = 1
        for i in range(75):
            picture = np.full((240, 320, 3), (i * 3, 90, 200 - i), np.uint8)
            cv2.circle(picture, (20 + 4 * i, 120), 30, (255, 255, 255), -1)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        out.mux(stream.encode(None))


def _write_recording(source: Path, out: Path, seconds: float) -> None:
    """The first seconds of a recording, FLAC."""
    with av.open(source) as file, av.open(out, "w") as kept:
        rate = file.streams.audio[0].rate
        stream = kept.add_stream("flac", rate=rate, layout="mono")
        resampler = av.AudioResampler("s16", "mono", rate)
        samples = np.concatenate(
            [f.to_ndarray() for frame in file.decode(audio=0) for f in resampler.resample(frame)], 1
        )
        frame = av.AudioFrame.from_ndarray(samples[:, : round(seconds * rate)].copy(), "s16", "mono")
        frame.sample_rate = rate
        kept.mux(stream.encode(frame))
        kept.mux(stream.encode(None))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    main()
