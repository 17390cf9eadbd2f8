"""A user's files and the films made of them, over real HTTP with the real renderer: what goes up, what comes back."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PIL.GifImagePlugin import GifImageFile

from films import clear_frames, frames, sound
from limelight.catalog.avatars import default_avatar
from limelight.spec import SAMPLE_RATE_HZ
from serving import API_KEY, Server, eventually
from web import Answer, Web

RED, BLUE, TEAL = (220, 30, 30), (30, 30, 220), (20, 160, 140)
TONE_HZ = 440
SAMPLES_PER_FRAME = SAMPLE_RATE_HZ // 25

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LIMELIGHT_RENDERER": "", "LIMELIGHT_FETCH_ALLOW": "127.0.0.1"}


# What a user has


@cache
def picture(kind: str) -> bytes:
    """Red on the left, blue on the right."""
    pixels = np.zeros((96, 96, 3), np.uint8)
    pixels[:, :48], pixels[:, 48:] = RED, BLUE
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **({"quality": 95} if kind == "JPEG" else {}))
    return out.getvalue()


@cache
def film(container: str, codec: str) -> bytes:
    """Five frames of teal, and a tone."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        video = file.add_stream(codec, rate=25)
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        audio = file.add_stream("libopus" if container == "webm" else "aac", rate=48_000, layout="mono")
        shown = np.full((64, 64, 3), TEAL, np.uint8)
        for _ in range(5):
            file.mux(video.encode(av.VideoFrame.from_ndarray(shown, "rgb24")))
        file.mux(video.encode(None))
        _write_tone(file, audio)
    return out.getvalue()


@cache
def recording(container: str, codec: str) -> bytes:
    """A tone of 0.4 s."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        audio = file.add_stream(codec, rate=48_000, layout="mono")
        assert isinstance(audio, av.AudioStream)
        _write_tone(file, audio)
    return out.getvalue()


def _write_tone(file: av.container.OutputContainer, stream: av.AudioStream) -> None:
    t = np.arange(round(0.4 * 48_000)) / 48_000
    frame = av.AudioFrame.from_ndarray((0.3 * np.sin(2 * np.pi * TONE_HZ * t))[None].astype(np.float32), "fltp", "mono")
    frame.sample_rate = 48_000
    resampler = av.AudioResampler(stream.format.name, "mono", 48_000, stream.frame_size or None)
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        file.mux(stream.encode(part))
    file.mux(stream.encode(None))


#: Content, Content-Type, file_type and the end of the URL.
FORMATS = {
    "JPEG": (lambda: picture("JPEG"), "image/jpeg", "image", "jpg"),
    "PNG": (lambda: picture("PNG"), "image/png", "image", "png"),
    "WebP": (lambda: picture("WEBP"), "image/webp", "image", "webp"),
    "MP4": (lambda: film("mp4", "libx264"), "video/mp4", "video", "mp4"),
    "MOV": (lambda: film("mov", "libx264"), "video/quicktime", "video", "mov"),
    "WebM": (lambda: film("webm", "libvpx-vp9"), "video/webm", "video", "webm"),
    "MP3": (lambda: recording("mp3", "libmp3lame"), "audio/mpeg", "audio", "mp3"),
    "WAV": (lambda: recording("wav", "pcm_s16le"), "audio/wav", "audio", "wav"),
    "M4A": (lambda: recording("ipod", "aac"), "audio/mp4", "audio", "m4a"),
    "AAC": (lambda: recording("adts", "aac"), "audio/aac", "audio", "aac"),
    "OGG": (lambda: recording("ogg", "libopus"), "audio/ogg", "audio", "ogg"),
    "FLAC": (lambda: recording("flac", "flac"), "audio/flac", "audio", "flac"),
    "AIFF": (lambda: recording("aiff", "pcm_s16be"), "audio/aiff", "audio", "aiff"),
}


def upload(server: Server, content: bytes | Iterator[bytes], content_type: str | None = None) -> dict[str, Any]:
    """`data` of the answer to an upload."""
    headers = {"Content-Type": content_type} if content_type else {}
    answer = server.http.post("/v1/asset", content=content, headers=headers)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def assert_refused(server: Server, answer: httpx.Response, status: int, said: str) -> None:
    """Refused in v1's envelope, and nothing of it is left."""
    assert answer.status_code == status
    error = answer.json()
    assert (error["code"], error["data"], set(error)) == (40001, None, {"code", "message", "data"})
    assert error["message"] == said
    assert not list((server.data_dir / "uploads").glob("*"))


# Uploads


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_goes_up_and_comes_back(server: Server, name: str) -> None:
    make, content_type, file_type, extension = FORMATS[name]
    answer = server.http.post("/v1/asset", content=make(), headers={"Content-Type": content_type})
    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in ("code", "msg", "message")} == {
        "code": 100,
        "msg": None,
        "message": None,
    }
    data = answer.json()["data"]
    names = {"id", "name", "file_type", "url", "image_key", "folder_id", "meta", "created_ts"}
    assert set(data) == names | {"asset_id", "type", "file_name", "created_at"}
    assert (len(data["id"]), data["file_type"]) == (32, file_type)
    assert data["image_key"] == (f"image/{data['id']}/original.{extension}" if file_type == "image" else None)
    assert (data["folder_id"], data["meta"], type(data["created_ts"])) == ("", None, int)
    assert data["url"] == f"{server.url}/files/asset/{data['id']}/original.{extension}"
    got = httpx.get(data["url"], timeout=60)
    assert (got.status_code, got.headers["content-type"]) == (200, content_type)
    assert got.content == make()


@pytest.mark.parametrize("content_type", [None, "application/octet-stream", "IMAGE/PNG; charset=binary", "image/jpg"])
def test_the_content_tells_the_format_where_the_content_type_does_not(server: Server, content_type: str | None) -> None:
    data = upload(server, picture("JPEG"), content_type)
    assert (data["file_type"], data["url"].rpartition(".")[2]) == ("image", "jpg")
    assert httpx.get(data["url"], timeout=60).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(("container", "extension"), [("mp4", "m4a"), ("webm", "weba")])
def test_a_container_of_films_may_hold_a_recording(server: Server, container: str, extension: str) -> None:
    codec = {"mp4": "aac", "webm": "libopus"}[container]
    data = upload(server, recording(container, codec), f"audio/{container}")
    assert (data["file_type"], data["url"].rpartition(".")[2]) == ("audio", extension)


@pytest.mark.parametrize("first_bytes", [b"\xff\xfb\x90\x64", b"\xff\xf3\x40\xc4", b"\xff\xe3\x18\xc4"])
def test_an_mp3_without_tags_is_one_at_any_rate(server: Server, first_bytes: bytes) -> None:
    assert upload(server, first_bytes + bytes(400))["file_type"] == "audio"


def test_a_body_in_chunks(server: Server) -> None:
    content = picture("PNG")
    data = upload(server, iter([content[:10], content[10:11], content[11:]]), "image/png")
    assert httpx.get(data["url"], timeout=60).content == content


@pytest.mark.parametrize(
    ("content", "content_type", "said"),
    [
        (b"", "image/png", "file is invalid: it is empty."),
        (picture("PNG"), "video/mp4", "file is invalid: its Content-Type is video/mp4, but it is image/png."),
        (picture("PNG"), "audio/mpeg", "file is invalid: its Content-Type is audio/mpeg, but it is image/png."),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml",
            "file is invalid: it is an SVG drawing; export it as PNG.",
        ),
        (
            b"--b\r\nContent-Disposition: form-data; name=f\r\n\r\n\x89PNG\r\n--b--", "multipart/form-data; boundary=b",
            "file is invalid: field required.",
        ),
    ],
    ids=["nothing", "a picture as a film", "a picture as a recording", "SVG", "a form"],
)  # fmt: skip
def test_what_is_no_file_that_is_taken(server: Server, content: bytes, content_type: str, said: str) -> None:
    answer = server.http.post("/v1/asset", content=content, headers={"Content-Type": content_type})
    assert_refused(server, answer, 400, said)


TOO_LARGE = "file is invalid: it is larger than the limit of 100 MB."


def spoken_to(server: Server, head: str, pieces: Iterable[bytes] = ()) -> httpx.Response:
    """The answer to an upload of which the head is sent, and of the pieces as many as the server takes."""
    with socket.create_connection(("127.0.0.1", server.port), 60) as connection:
        request = (
            f"POST /v1/asset HTTP/1.1\r\nHost: a\r\nX-Api-Key: {API_KEY}\r\nContent-Type: video/mp4\r\n{head}\r\n\r\n"
        )
        connection.sendall(request.encode())
        with suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                connection.sendall(piece)
        received = b""
        with suppress(ConnectionResetError):
            while not received.endswith(b"}") and (more := connection.recv(65536)):
                received += more
    return httpx.Response(int(received.split()[1]), content=received.partition(b"\r\n\r\n")[2])


def test_a_file_that_is_announced_as_too_large_is_refused_unread(server: Server) -> None:
    assert_refused(server, spoken_to(server, "Content-Length: 100000001"), 413, TOO_LARGE)


def test_a_file_that_turns_out_too_large_is_refused(server: Server) -> None:
    piece = b"80000\r\n" + bytes(0x80000) + b"\r\n"
    answer = spoken_to(server, "Transfer-Encoding: chunked", (piece for _ in range(400)))
    assert_refused(server, answer, 413, TOO_LARGE)


def test_an_upload_needs_the_key_and_reading_it_does_not(server: Server) -> None:
    assert httpx.post(f"{server.url}/v1/asset", content=picture("PNG"), timeout=60).status_code == 401
    url = upload(server, picture("PNG"))["url"]
    assert httpx.get(url, headers={"Authorization": "Bearer whatever"}, timeout=60).status_code == 200


def test_an_upload_is_served_in_parts_and_by_head(server: Server) -> None:
    url, content = upload(server, picture("PNG"))["url"], picture("PNG")
    part = httpx.get(url, headers={"Range": "bytes=8-15"}, timeout=60)
    assert (part.status_code, part.content) == (206, content[8:16])
    assert part.headers["content-range"] == f"bytes 8-15/{len(content)}"
    head = httpx.head(url, timeout=60)
    assert (head.status_code, head.content) == (200, b"")
    assert (head.headers["content-length"], head.headers["content-type"]) == (str(len(content)), "image/png")
    assert httpx.get(url, headers={"Range": "bytes=99999-"}, timeout=60).status_code == 416


def test_no_other_file_is_at_an_upload_s_url(server: Server) -> None:
    url = upload(server, picture("PNG"))["url"]
    for other in (
        url.replace("png", "jpg"),
        url.replace("/original", "/%2e%2e/original"),
        url.replace("asset/", "asset/0"),
    ):
        answer = httpx.get(other, timeout=60)
        assert answer.status_code in (403, 404), other
        assert answer.json()["data"] is None


# Films


def scene(duration: float = 0.1, **fields: Any) -> dict[str, Any]:
    return {"voice": {"type": "silence", "duration": duration}, **fields}


def finished(server: Server, *scenes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The status of a small film when it is there."""
    video_id = server.generate({"video_inputs": list(scenes), "dimension": {"width": 128, "height": 128}, **fields})
    status = server.ended(video_id)
    assert status["status"] == "completed", status
    return status


def downloaded(url: str, folder: Path) -> Path:
    file = folder / httpx.URL(url).path.rpartition("/")[2]
    file.write_bytes(httpx.get(url, timeout=60).raise_for_status().content)
    return file


def what_it_shows(frame: Pixels) -> str:
    left, right, whole = (part.reshape(-1, 3).mean(0) for part in (frame[:, 8:56], frame[:, 72:120], frame))
    if np.abs(left - RED).max() < 12 and np.abs(right - BLUE).max() < 12:
        return "picture"
    return "film" if np.abs(whole - TEAL).max() < 12 else "something else"


def loudest_hz(samples: NDArray[np.float32]) -> float:
    assert np.abs(samples).max() > 0.05
    return float(np.argmax(np.abs(np.fft.rfft(samples, SAMPLE_RATE_HZ))))


def test_uploads_are_shown_and_heard_whatever_names_them(server: Server, tmp_path: Path) -> None:
    image, video = upload(server, picture("JPEG")), upload(server, film("mp4", "libx264"))
    audio = upload(server, recording("mp3", "libmp3lame"))
    by_hand = "https://files.heygen.ai/asset/"
    seen = [
        ("picture", {"image_asset_id": image["id"]}),
        ("film", {"video_asset_id": video["id"]}),
        ("picture", {"url": image["url"]}),
        ("film", {"url": video["url"]}),
        ("picture", {"url": by_hand + image["id"]}),
        ("film", {"url": by_hand + video["id"]}),
    ]
    heard = [
        {"audio_asset_id": audio["id"]},
        {"audio_url": audio["url"]},
        {"audio_url": by_hand + audio["id"]},
        {"audio_asset_id": video["id"]},
    ]
    scenes = [scene(background={"type": "image" if what == "picture" else "video", **source}) for what, source in seen]
    for made, source in zip(scenes, heard, strict=False):
        made["voice"] = {"type": "audio", **source}
    shown = downloaded(finished(server, *scenes)["video_url"], tmp_path)
    parts = [(what, len(list(group))) for what, group in groupby(frames(shown), what_it_shows)]
    assert [what for what, _ in parts] == [what for what, _ in seen]
    samples, at = sound(shown), 0
    for i, (_, length) in enumerate(parts):
        part = samples[at * SAMPLES_PER_FRAME : (at + length) * SAMPLES_PER_FRAME]
        if i < len(heard):
            assert loudest_hz(part[2400:-4800]) == pytest.approx(TONE_HZ, abs=4), heard[i]
        else:
            assert np.abs(part[2400:]).max() < 0.01
        at += length


def test_files_of_the_web_are_shown_and_heard(server: Server, pages: Web, tmp_path: Path) -> None:
    pages.files |= {
        "/a%20picture.png?size=large": picture("PNG"),
        "/film.webm": film("webm", "libvpx-vp9"),
        "/sound.flac": recording("flac", "flac"),
    }
    shown = downloaded(
        finished(
            server,
            scene(background={"type": "image", "url": f"{pages.url}/a%20picture.png?size=large"}),
            {
                "voice": {"type": "audio", "audio_url": f"{pages.url}/sound.flac"},
                "background": {"type": "video", "url": f"{pages.url}/film.webm", "play_style": "loop"},
            },
        )["video_url"],
        tmp_path,
    )
    seen = [what_it_shows(frame) for frame in frames(shown)]
    assert (seen[:3], set(seen[3:])) == (["picture"] * 3, {"film"})
    samples = sound(shown)
    assert not samples[: 2 * SAMPLES_PER_FRAME].any()
    assert loudest_hz(samples[3 * SAMPLES_PER_FRAME :][2400:-4800]) == pytest.approx(TONE_HZ, abs=4)


def test_a_download_whose_process_dies_is_made_again(server: Server, pages: Web, tmp_path: Path) -> None:
    pages.answers["/slow.png"] = Answer(picture("PNG"), drip_s=0.1)
    shown = scene(background={"type": "image", "url": f"{pages.url}/slow.png"})
    video_id = server.generate({"video_inputs": [shown], "dimension": {"width": 128, "height": 128}})
    eventually(lambda: "/slow.png" in pages.asked, "the download")
    pages.answers["/slow.png"] = Answer(picture("PNG"))
    (download,) = renders_of(server)
    os.kill(download, signal.SIGKILL)
    status = server.ended(video_id)
    assert status["status"] == "completed", status
    assert what_it_shows(frames(downloaded(status["video_url"], tmp_path))[1]) == "picture"
    assert pages.asked.count("/slow.png") == 2


def renders_of(server: Server) -> list[int]:
    """Processes that the server has started."""
    threads = Path(f"/proc/{server.process.pid}/task").glob("*/children")
    return [int(pid) for thread in threads for pid in thread.read_text().split()]


def test_a_server_that_cannot_keep_a_download_says_so(server: Server, pages: Web) -> None:
    pages.files["/a.png"] = picture("PNG")
    attempts = server.data_dir / "attempts"
    attempts.rename(attempts.with_name("elsewhere"))
    try:
        second = scene(background={"type": "image", "url": f"{pages.url}/a.png"})
        video_id = server.generate({"video_inputs": [scene(), second], "dimension": {"width": 128, "height": 128}})
        status = server.ended(video_id)
    finally:
        attempts.with_name("elsewhere").rename(attempts)
    said = "scene 2 of 2, jobs: an unexpected error; the server's log has the details."
    assert (status["status"], status["failure_message"], status["scene"]) == ("failed", said, 2)


def test_a_transparent_video_from_request_to_file(server: Server, pages: Web, tmp_path: Path) -> None:
    pages.files["/said.wav"] = recording("wav", "pcm_s16le")
    wanted = {
        "avatar_pose_id": default_avatar().avatar_id,
        "avatar_style": "normal",
        "input_audio": f"{pages.url}/said.wav",
        "dimension": {"width": 128, "height": 128},
    }
    answer = server.http.post("/v1/video.webm", json=wanted)
    assert answer.status_code == 200
    video_id = answer.json()["data"]["video_id"]
    assert answer.json() == {
        "code": 100, "data": {"video_id": video_id}, "msg": None, "message": "Success", "error": None
    }  # fmt: skip
    status = server.ended(video_id)
    assert status["status"] == "completed", status
    assert httpx.URL(status["video_url"]).path.endswith(".webm")
    head = httpx.head(status["video_url"], timeout=60)
    assert (head.status_code, head.headers["content-type"]) == (200, "video/webm")
    file = downloaded(status["video_url"], tmp_path)
    assert head.headers["content-length"] == str(file.stat().st_size)
    pictures = clear_frames(file)
    assert len(pictures) / 25 == status["duration"] >= 0.4
    for shown in pictures:
        assert shown.shape == (128, 128, 4)
        assert shown[:6, :20, 3].max() <= 8, "nothing beside the head"
        assert shown[100:, 54:74, 3].min() >= 247, "the body is whole"
    assert loudest_hz(sound(file)[2400:9600]) == pytest.approx(TONE_HZ, abs=4)


def test_a_film_with_captions_and_all_that_belongs_to_it(server: Server, tmp_path: Path) -> None:
    entry = default_avatar()
    said = {"type": "text", "input_text": "Red apples.", "voice_id": entry.default_voice_id}
    status = finished(server, {"voice": said}, caption=True)
    urls = {
        name: status[name] for name in ("video_url", "video_url_caption", "gif_url", "thumbnail_url", "caption_url")
    }
    urls |= status["subtitle_urls"]
    types = {name: httpx.head(url, timeout=60).headers["content-type"] for name, url in urls.items()}
    assert types == {
        "video_url": "video/mp4",
        "video_url_caption": "video/mp4",
        "gif_url": "image/gif",
        "thumbnail_url": "image/jpeg",
        "caption_url": "text/x-ssa; charset=utf-8",
        "srt": "application/x-subrip; charset=utf-8",
        "vtt": "text/vtt; charset=utf-8",
        "ass": "text/x-ssa; charset=utf-8",
    }
    files = {name: downloaded(url, tmp_path) for name, url in urls.items()}
    for name in ("caption_url", "srt", "vtt", "ass"):
        assert "Red apples." in re.sub(r"{.*?}|<.*?>", "", files[name].read_text("utf-8")), name
    plain, captioned = frames(files["video_url"]), frames(files["video_url_caption"])
    assert len(plain) == len(captioned) == round(25 * status["duration"])
    assert plain[10].min() > 240, "white without a word"
    assert captioned[10].min() < 120, "words on a dark ground"
    with Image.open(files["gif_url"]) as gif:
        assert isinstance(gif, GifImageFile) and gif.is_animated and gif.n_frames > 2
    with Image.open(files["thumbnail_url"]) as thumbnail:
        assert thumbnail.size == (128, 128)
    v2 = server.http.get(f"/v2/videos/{status['id']}").json()["data"]
    for ours, theirs in (("captioned_video_url", "video_url_caption"), ("gif_url", "gif_url")):
        assert httpx.URL(v2[ours]).path == httpx.URL(urls[theirs]).path
    assert httpx.URL(v2["subtitle_url"]).path == httpx.URL(urls["srt"]).path


def test_only_the_scene_that_changed_is_rendered_again(server: Server, tmp_path: Path) -> None:
    def made(*colours: str) -> list[int]:
        """The film's scenes by their red."""
        status = finished(server, *(scene(background={"type": "color", "value": colour}) for colour in colours))
        return [
            round(float(shown[..., 0].mean()) / 10) for shown in frames(downloaded(status["video_url"], tmp_path))[1::3]
        ]

    def kept() -> dict[Path, tuple[int, int]]:
        found = (server.data_dir / "objects" / "segments").glob("*/video")
        return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}

    before = kept()
    assert made("#0a0000", "#320000", "#640000") == [1, 5, 10]
    first = kept()
    assert len(first) == len(before) + 3
    assert made("#0a0000", "#960000", "#640000") == [1, 15, 10]
    second = kept()
    assert len(second) == len(first) + 1
    assert second.items() >= first.items(), "the others are untouched"
