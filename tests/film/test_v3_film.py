"""What is seen and heard of POST /v3/videos: clips with their sound, pictures, volume, and WebM with nothing behind."""

from __future__ import annotations

import base64
import io
from itertools import groupby
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from films import clear_frames, frames, sound
from limelight.catalog.avatars import default_avatar
from limelight.cli.localfiles import LocalFiles
from limelight.requests.known import Known
from limelight.requests.v3.videos import parse_video
from limelight.spec import SAMPLE_RATE_HZ
from scenes import render
from serving import Server, eventually

FPS = 25
SAMPLES_PER_FRAME = SAMPLE_RATE_HZ // FPS
SMALL = {"dimension": {"width": 128, "height": 128}}
COLOURS = {"red": (200, 40, 40), "green": (40, 160, 60), "blue": (40, 60, 200), "grey": (128, 128, 128)}
TONE_HZ, TONE = 440, 0.4

Pixels = NDArray[np.uint8]
Samples = NDArray[np.float32]


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LIMELIGHT_RENDERER": ""}


# What a user has


def clip(colour: str, length: int, *, tone: bool = True) -> bytes:
    """So many frames of a colour, and a tone as long; AAC, in blocks of 1,024 samples, is as long for 8, 16, …"""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        video = file.add_stream("libx264", rate=FPS)
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        audio = file.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="mono") if tone else None
        shown = np.full((64, 64, 3), COLOURS[colour], np.uint8)
        for _ in range(length):
            file.mux(video.encode(av.VideoFrame.from_ndarray(shown, "rgb24")))
        file.mux(video.encode(None))
        if audio:
            t = np.arange(length * SAMPLES_PER_FRAME) / SAMPLE_RATE_HZ
            heard = (TONE * np.sin(2 * np.pi * TONE_HZ * t)).astype(np.float32)
            for start in range(0, heard.size, 1024):
                frame = av.AudioFrame.from_ndarray(heard[None, start : start + 1024], "fltp", "mono")
                frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, start
                file.mux(audio.encode(frame))
            file.mux(audio.encode(None))
    return out.getvalue()


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), COLOURS[colour]).save(out, "PNG")
    return out.getvalue()


def inline(content: bytes) -> dict[str, str]:
    """A file in a body."""
    return {"type": "base64", "data": base64.b64encode(content).decode()}


# What a viewer gets


def film_of(folder: Path, **fields: Any) -> Path:
    """The film of a body, whose files are those of the folder, by their names."""
    local = LocalFiles()
    for file in folder.iterdir():
        local.add(file.name, file, "video" if file.suffix == ".mp4" else "image")
    spec = parse_video({**SMALL, **fields}, Known(asset=local.asset)).spec
    made = folder / "made"
    made.mkdir()
    return render(spec, made, local.gather(spec, folder)).film.video


def film_of_server(server: Server, folder: Path, **fields: Any) -> Path:
    """The film that a server makes of a body."""
    answer = server.http.post("/v3/videos", json={**SMALL, **fields})
    assert answer.status_code == 200, answer.text
    url = f"/v3/videos/{answer.json()['data']['video_id']}"

    def probe() -> dict[str, Any] | None:
        found: dict[str, Any] = server.http.get(url).json()["data"]
        return found if found["status"] in ("completed", "failed") else None

    video = eventually(probe, "the end of the video")
    assert video["status"] == "completed", video
    file = folder / "film.mp4"
    file.write_bytes(httpx.get(video["video_url"], timeout=60).raise_for_status().content)
    return file


def colour_of(frame: Pixels) -> str:
    """The colour that fills a frame, all of it."""
    for name, colour in COLOURS.items():
        if np.abs(frame.astype(int) - colour).max() < 12:
            return name
    return "none of them"


def shown(film: Path) -> list[tuple[str, int]]:
    """What a film shows: colours, and for how many frames each."""
    return [(colour, len(list(those))) for colour, those in groupby(frames(film), colour_of)]


def cut(samples: Samples, begin: int, length: int) -> Samples:
    """The sound of so many frames, without the ends, where it may fade."""
    return samples[begin * SAMPLES_PER_FRAME :][: length * SAMPLES_PER_FRAME][1920:-1920]


def loudness(samples: Samples) -> float:
    """RMS."""
    return float(np.sqrt(np.mean(samples.astype(float) ** 2)))


def amplitude(samples: Samples) -> float:
    """Of the tone, which is all that is heard."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size), SAMPLE_RATE_HZ))
    assert np.argmax(spectrum) == pytest.approx(TONE_HZ, abs=4)
    return loudness(samples) * 2**0.5


# Clips and pictures


def test_clips_are_seen_and_heard_for_their_own_length(tmp_path: Path) -> None:
    clips = {
        "red": clip("red", 16),
        "green": clip("green", 24),
        "blue": clip("blue", 8),
        "grey": clip("grey", 10, tone=False),
    }
    for name, content in clips.items():
        (tmp_path / f"{name}.mp4").write_bytes(content)
    playback: dict[str, Any] = {"green": {"volume": 0.5}, "blue": {"mute": True, "volume": 1}}
    scenes = [
        {"type": "video", "source": {"type": "asset_id", "asset_id": f"{name}.mp4"}, "playback": playback.get(name)}
        for name in clips
    ]
    film = film_of(tmp_path, type="studio", scenes=scenes)
    assert shown(film) == [("red", 16), ("green", 24), ("blue", 8), ("grey", 10)]
    samples = sound(film)
    whole = amplitude(cut(samples, 0, 16))
    assert whole == pytest.approx(TONE, rel=0.1)
    assert amplitude(cut(samples, 16, 24)) == pytest.approx(whole / 2, rel=0.1)
    assert np.abs(cut(samples, 40, 18)).max() < 0.001


def test_a_picture_is_silent_or_spoken_over_and_a_clip_sounds_after_it(server: Server, tmp_path: Path) -> None:
    answer = server.http.post("/v3/assets", files={"file": ("clip.mp4", clip("red", 16))})
    scenes: list[dict[str, Any]] = [
        {"type": "image", "source": inline(picture("blue")), "duration": 1},
        {
            "type": "image",
            "source": inline(picture("green")),
            "script": "Seven apples.",
            "voice_id": default_avatar().default_voice_id,
        },
        {"type": "video", "source": {"type": "asset_id", "asset_id": answer.json()["data"]["asset_id"]}},
    ]
    film = film_of_server(server, tmp_path, type="studio", scenes=scenes)
    (first, silent), (second, spoken), last = shown(film)
    assert (first, silent, second, last) == ("blue", FPS, "green", ("red", 16))
    samples = sound(film)
    assert np.abs(cut(samples, 0, silent)).max() < 0.001
    assert 15 < spoken < 75
    assert loudness(cut(samples, silent, spoken)) > 0.01
    assert amplitude(cut(samples, silent + spoken, 16)) == pytest.approx(TONE, rel=0.1)


# Presenters


def spoken(folder: Path, **fields: Any) -> Path:
    folder.mkdir()
    return film_of(folder, type="avatar", avatar_id=default_avatar().avatar_id, script="Map.", **fields)


def test_volume_makes_a_presenter_quieter_and_changes_nothing_else(tmp_path: Path) -> None:
    loud, quiet = (spoken(tmp_path / str(volume), voice_settings={"volume": volume}) for volume in (1, 0.25))
    assert loudness(sound(loud)) > 0.01
    assert loudness(sound(quiet)) == pytest.approx(loudness(sound(loud)) / 4, rel=0.05)
    seen = frames(loud)
    assert len({frame.tobytes() for frame in seen}) > 5, "somebody moves"
    assert np.array_equal(frames(quiet), seen)


def test_webm_has_nothing_behind_the_presenter(tmp_path: Path) -> None:
    film = spoken(tmp_path / "webm", output_format="webm")
    pictures = clear_frames(film)
    assert len(pictures) > 5
    for seen in pictures:
        assert seen[:6, :20, 3].max() <= 8, "nothing beside the head"
        assert seen[100:, 54:74, 3].min() >= 247, "the body is whole"
    assert loudness(sound(film)) > 0.01
