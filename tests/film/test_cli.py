"""The command line as its user meets it: a process, its output, its exit code and the files it leaves."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from films import clear_frames, frames, sound
from judges.whisper import transcribe, word_error_rate
from limelight.catalog.avatars import avatars, default_avatar
from limelight.catalog.voices import voices
from limelight.cli import app
from limelight.cli.render import DEMO_SCRIPT
from limelight.errors import LimelightError, SpecError
from limelight.media.film import SegmentWriter
from limelight.spec import SAMPLE_RATE_HZ, VideoSpec
from processes import limelight
from scenes import Rendered, text_scene


def body(scenes: int = 1, **scene: Any) -> dict[str, Any]:
    entry = default_avatar()
    whole = {
        "character": {"type": "avatar", "avatar_id": entry.avatar_id, "avatar_style": "normal"},
        "voice": {"type": "text", "input_text": "Hi.", "voice_id": entry.default_voice_id},
        "background": {"type": "color", "value": "#1a1a2e"},
    }
    whole |= scene
    return {"video_inputs": [whole] * scenes, "dimension": {"width": 256, "height": 144}}


def test_a_script_becomes_a_film(tmp_path: Path) -> None:
    made = limelight(
        "render", "--script", "Hi, dear Привет.", "--size", "256x144", "--background", "#1a1a2e", "-o", "a.mp4",
        folder=tmp_path,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert made.stderr == "warning: 'Привет' is of a script that cannot be spoken, and is left out.\n"
    assert "a.mp4" in made.stdout and "256x144" in made.stdout
    shown = frames(tmp_path / "a.mp4")
    assert shown[0].shape == (144, 256, 3)
    assert abs(shown[0][:8, :8].reshape(-1, 3).mean(0) - (26, 26, 46)).max() <= 3
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_a_request_in_a_file_becomes_the_same_film(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(json.dumps(body()))
    made = limelight("render", "spec.json", "-o", "b.mp4", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    options = ("--script", "Hi.", "--size", "256x144", "--background", "#1a1a2e")
    assert limelight("render", *options, "-o", "a.mp4", folder=tmp_path).returncode == 0
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def silent(colour: str, seconds: float = 0.2) -> dict[str, Any]:
    """A scene of one colour, without a presenter: soon rendered."""
    background = {"type": "color", "value": colour}
    return {"voice": {"type": "silence", "duration": seconds}, "background": background}


def painted(file: Path, colour: tuple[int, int, int]) -> None:
    """Write a picture of one colour, RGB."""
    cv2.imwrite(str(file), np.full((72, 128, 3), colour[::-1], np.uint8))


def colours(file: Path) -> list[tuple[int, ...]]:
    """The colour in the corner of each frame, to the nearest twenty."""
    return [tuple(round(int(level) / 20) * 20 for level in frame[4, 4]) for frame in frames(file)]


def write_spec(folder: Path, *scenes: dict[str, Any]) -> None:
    (folder / "spec.json").write_text(
        json.dumps({"video_inputs": scenes, "dimension": {"width": 256, "height": 144}, "fps": 25})
    )


def test_a_spec_names_files_beside_it_and_only_what_changed_is_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative to the spec, wherever the command runs; equal scenes come from the cache, and are equal."""
    there, here, cache = tmp_path / "there", tmp_path / "here", tmp_path / "cache"
    there.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    painted(there / "wall.png", (40, 160, 80))
    picture = {**silent("#000"), "background": {"type": "image", "url": "wall.png"}}
    write_spec(there, picture, silent("#c83c50", 0.24))

    def render(name: str, *options: str) -> str:
        made = CliRunner().invoke(app, ["render", "../there/spec.json", "-o", name, *options])
        assert made.exit_code == 0, made.output
        return made.stdout

    assert "kept from before" not in render("a.mp4")
    shown = colours(here / "a.mp4")
    assert (len(shown), shown[2], shown[7]) == (11, (40, 160, 80), (200, 60, 80))
    assert "2 of 2 scenes kept from before" in render("b.mp4")
    assert (here / "a.mp4").read_bytes() == (here / "b.mp4").read_bytes()

    painted(there / "wall.png", (140, 160, 80))  # the same name
    write_spec(there, silent("#c83c50", 0.24), picture)  # and another place
    assert "1 of 2 scenes kept from before" in render("c.mp4")
    shown = colours(here / "c.mp4")
    assert (len(shown), shown[2], shown[7]) == (11, (200, 60, 80), (140, 160, 80))
    assert "kept from before" not in render("d.mp4", "--no-cache")
    assert (here / "c.mp4").read_bytes() == (here / "d.mp4").read_bytes()
    kept = cache / "limelight" / "scenes"
    assert len(list((kept / "segments").iterdir())) == 3
    assert kept.stat().st_mode & 0o077 == 0, "nobody else's business"
    assert {file.name for file in here.iterdir()} == {"a.mp4", "b.mp4", "c.mp4", "d.mp4"}


def test_a_still_is_the_frame_that_the_film_will_have(tmp_path: Path) -> None:
    with SegmentWriter(tmp_path / "ramp.mp4", 128, 72, 25) as writer:
        for level in range(40, 200, 16):
            writer.write(np.full((72, 128), level, np.uint8), *np.full((2, 36, 64), 128, np.uint8))
    ramp = {**body()["video_inputs"][0], **silent("#000", 0.4), "background": {"type": "video", "url": "ramp.mp4"}}
    write_spec(tmp_path, silent("#c83c50"), ramp)
    made = CliRunner().invoke(app, ["render", str(tmp_path / "spec.json"), "-o", str(tmp_path / "a.mp4"), "--no-cache"])
    assert made.exit_code == 0, made.output
    film = frames(tmp_path / "a.mp4")
    for options, time_s, frame in (((), "0.20", 5), (("--at", "0.379"), "0.36", 9)):
        shown = CliRunner().invoke(
            app, ["still", str(tmp_path / "spec.json"), "--scene", "2", *options, "-o", str(tmp_path / "x.png")]
        )
        assert shown.exit_code == 0, shown.output
        assert shown.stdout == f"{tmp_path / 'x.png'}  256x144, scene 2 at {time_s} s\n"
        still = np.asarray(cv2.imread(str(tmp_path / "x.png")))[..., ::-1].astype(int)
        away = [float(np.abs(one.astype(int) - still).mean()) for one in film]
        assert (int(np.argmin(away)), min(away) < 3) == (5 + frame, True), away
    assert {file.name for file in tmp_path.iterdir()} == {"ramp.mp4", "spec.json", "a.mp4", "x.png"}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--scene", "3"), "scene is invalid: 3 is not from 1 to 2, as many as there are"),
        (("--scene", "0"), "scene is invalid: 0 is not from 1 to 2"),
        (("--scene", "2", "--at", "0.2"), "scene 2 of 2: at is invalid: 0.2 s is not within the scene, which lasts 0."),
        (("--at", "nan"), "at is invalid: nan s is not within the scene"),
        (("-o", "x.jpg"), "output is invalid: x.jpg is not a .png"),
    ],
)  # fmt: skip
def test_what_is_no_still_is_told(tmp_path: Path, options: tuple[str, ...], problem: str) -> None:
    write_spec(tmp_path, silent("#c83c50"), silent("#000"))
    made = CliRunner().invoke(app, ["still", str(tmp_path / "spec.json"), *options])
    assert isinstance(made.exception, SpecError)
    assert problem in made.exception.message
    assert made.exception.exit_code == 2


def test_files_of_this_computer_are_used_and_captions_written(tmp_path: Path) -> None:
    picture = np.zeros((72, 128, 3), np.uint8)
    picture[:] = (60, 160, 20)
    cv2.imwrite(str(tmp_path / "wall.png"), picture)
    options = ("--size", "256x144", "--style", "circle", "--background", "wall.png", "--fps", "30", "--captions")
    made = limelight("render", "--script", "Hello there.", *options, "-o", "a.mp4", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    written = {"a.mp4", "a-captioned.mp4", "a.srt", "a.vtt", "a.ass"}
    assert {p.name for p in tmp_path.iterdir()} == written | {"wall.png"}
    assert all(name in made.stdout.replace("\n", "") for name in written)
    plain, captioned = frames(tmp_path / "a.mp4"), frames(tmp_path / "a-captioned.mp4")
    assert abs(plain[0][:8, :8].reshape(-1, 3).mean(0) - (20, 160, 60)).max() <= 4
    assert len(plain) == len(captioned)
    assert max(np.abs(a.astype(int) - b).max() for a, b in zip(plain, captioned, strict=True)) > 100


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_a_render_that_is_told_to_stop_leaves_nothing(tmp_path: Path) -> None:
    (temporary := tmp_path / "temporary").mkdir()
    command = [sys.executable, "-m", "limelight.cli", "render", "--script", "It goes on. " * 60, "-o", "a.mp4"]
    with subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "TMPDIR": str(temporary)}) as render:
        deadline = time.monotonic() + 60
        while not any(temporary.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert any(temporary.iterdir())
        render.terminate()
        assert render.wait(60) == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["temporary"] and not any(temporary.iterdir())


def test_a_webm_is_transparent_and_a_recording_is_spoken(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "tone.wav"), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        t = np.arange(8_000) / 16_000
        out.writeframes((0.2 * np.sin(2 * np.pi * 300 * t) * 32767).astype("<i2").tobytes())
    options = ("--audio", "tone.wav", "--size", "256x144", "--captions")
    made = limelight("render", *options, "-o", "a.webm", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "no copy with the captions drawn" in made.stderr
    with av.open(str(tmp_path / "a.webm")) as film:
        assert [s.codec_context.name for s in film.streams] == ["vp9", "opus"]
        assert film.streams.video[0].metadata["ALPHA_MODE"] == "1"
    alpha = clear_frames(tmp_path / "a.webm")[0][..., 3]
    assert (alpha[:8, :8].max(), alpha[70, 128]) == (0, 255), "nothing in the corner, the face is whole"
    assert np.abs(sound(tmp_path / "a.webm")).max() > 0.1


def bad(name: str) -> tuple[list[str], dict[str, Any] | None]:
    """The arguments of a render that cannot be met, and the request's body where they name a file."""
    entry = default_avatar()
    spoken = {"type": "text", "voice_id": entry.default_voice_id}
    return {
        "avatar": (["--script", "Hi.", "--avatar", "nobody"], None),
        "voice": (["--script", "Hi.", "--voice", "0" * 32], None),
        "empty": (["--script", "  "], None),
        "long": (["spec.json"], body(voice=spoken | {"input_text": "word " * 1200})),
        "odd": (["--script", "Hi.", "--size", "641x480"], None),
        "huge": (["--script", "Hi.", "--size", "640x5000"], None),
        "no size": (["--script", "Hi.", "--size", "big"], None),
        "scenes": (["spec.json"], body(scenes=51)),
        "break": (["--script", 'One <break time="soon"/> two.'], None),
        "colour": (["--script", "Hi.", "--background", "blueish"], None),
        "no json": (["other.json"], None),
        "nothing": ([], None),
        "no picture": (["--script", "Hi.", "--background", "wall.png"], None),
        "no recording": (["--audio", "none.wav"], None),
        "two sounds": (["--script", "Hi.", "--audio", "none.wav"], None),
        "style": (["--script", "Hi.", "--style", "square"], None),
        "emotion": (["--script", "Hi.", "--emotion", "angry"], None),
        "rate": (["--script", "Hi.", "--fps", "24"], None),
        "address": (["--script", "Hi.", "--background", "http://user@/a.png"], None),
        "both": (["spec.json", "--script", "Hi."], body()),
        "folder": (["--script", "Hi.", "-o", "missing/out.mp4"], None),
    }[name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("avatar", ["avatar nobody not found"]),
        ("voice", [f"voice {'0' * 32} not found"]),
        ("empty", ["script", "empty"]),
        ("long", ["script is too long", "6000 characters", "5000"]),
        ("odd", ["dimension", "width", "641", "even"]),
        ("huge", ["dimension", "height", "5000", "4096"]),
        ("no size", ["dimension", "WIDTHxHEIGHT"]),
        ("scenes", ["video_inputs", "51", "50"]),
        ("break", ["script", '<break time="soon"/>']),
        ("colour", ["background", "blueish"]),
        ("no json", ["other.json"]),
        ("nothing", ["--script"]),
        ("no picture", ["wall.png", "not a file"]),
        ("no recording", ["none.wav", "not a file"]),
        ("two sounds", ["--script", "--audio"]),
        ("style", ["avatar_style", "square", "circle"]),
        ("emotion", ["emotion", "angry", "friendly", "broadcaster"]),
        ("rate", ["fps", "24", "25", "60"]),
        ("address", ["background", "url"]),
        ("both", ["not both"]),
        ("folder", ["missing/out.mp4"]),
    ],
)
def test_what_cannot_be_met_is_one_line_and_leaves_nothing(tmp_path: Path, name: str, said: list[str]) -> None:
    arguments, content = bad(name)
    if content is not None:
        (tmp_path / "spec.json").write_text(json.dumps(content))
    before = sorted(tmp_path.iterdir())
    if "-o" not in arguments:
        arguments = [*arguments, "-o", "out.mp4"]
    failed = limelight("render", *arguments, folder=tmp_path)
    assert failed.returncode == 2, (failed.stdout, failed.stderr)
    assert len(failed.stderr.strip().splitlines()) == 1, failed.stderr
    for part in said:
        assert part in failed.stderr, failed.stderr
    assert failed.stderr.startswith("spec: ")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["z.avi", "z.mov", "film"])
def test_a_film_is_not_written_to_a_file_of_another_format(tmp_path: Path, name: str) -> None:
    made = CliRunner().invoke(app, ["render", "--script", "Hi.", "-o", str(tmp_path / name)])
    assert isinstance(made.exception, SpecError)
    assert made.exception.message == f"output is invalid: {tmp_path / name} is none of .mp4 and .webm"
    assert not list(tmp_path.iterdir())


def test_avatars_and_voices_are_listed(tmp_path: Path) -> None:
    """Each once, on a line of its own with its name."""
    for command, entries in (
        ("avatars", [(entry.avatar_id, entry.look) for entry in avatars()]),
        ("voices", [(entry.voice_id, entry.name) for entry in voices()]),
    ):
        lines = limelight(command, folder=tmp_path).stdout.splitlines()
        assert len(entries) > 10
        for own_id, name in entries:
            (line,) = [line for line in lines if line.split()[:1] == [own_id]]
            assert f" {name} " in line, line


def test_help_names_every_command(tmp_path: Path) -> None:
    """And not the hidden one, which `make demo` is for."""
    shown = re.findall(r"^│ ([a-z]+) ", limelight("--help", folder=tmp_path).stdout, re.MULTILINE)
    assert sorted(shown) == sorted(
        ["render", "still", "say", "submit", "status", "wait", "download", "cancel", "list", "avatars", "voices",
         "serve", "webhooks", "keys", "doctor", "templates", "photo", "words", "ids", "mcp"]
    )  # fmt: skip


def test_the_demo_is_understood(rendered: Callable[[VideoSpec], Rendered]) -> None:
    """What `make demo` says, heard by Whisper with no more than one wrong word."""
    film = rendered(VideoSpec(scenes=(text_scene(DEMO_SCRIPT),), width=128, height=128)).film
    heard = transcribe(sound(film.video), SAMPLE_RATE_HZ)
    assert word_error_rate(DEMO_SCRIPT, heard) <= 1 / len(DEMO_SCRIPT.split()), heard


@pytest.mark.parametrize(
    "scene",
    [
        {"voice": {"type": "audio", "audio_url": "notes.wav"}},
        {"character": {"type": "talking_photo", "talking_photo_id": "wall.png"}},
        {"background": {"type": "video", "url": "notes.wav", "play_style": "loop"}},
    ],
    ids=["no recording", "no face", "no film"],
)
def test_every_file_is_looked_at_before_a_scene_is_rendered(
    scene: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.wav").write_text("Buy milk.")
    cv2.imwrite("wall.png", np.full((400, 400, 3), 128, np.uint8))
    asked = body(2)
    asked["video_inputs"][1] = asked["video_inputs"][1] | scene
    (tmp_path / "spec.json").write_text(json.dumps(asked))
    monkeypatch.setattr("limelight.render.render_scene", lambda *_: pytest.fail("a scene was rendered"))
    made = CliRunner().invoke(app, ["render", "spec.json", "--no-cache"])
    assert isinstance(made.exception, LimelightError)
    assert made.exception.message.startswith("scene 2 of 2: "), made.exception.message
    assert next(iter(re.findall(r"notes\.wav|wall\.png", made.exception.message)))
