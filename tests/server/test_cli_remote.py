"""The command line against a server, as its user meets it: processes, their output, exit codes, and a terminal."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import documents
from bench.media_files import encoded, soft
from limelight.cli import app
from limelight.errors import SpecError
from places import ROOT
from serving import API_KEY, Server, body, eventually, free_port

DOCUMENT = ROOT / "docs" / "sdk.md"


def surroundings(server: Server) -> dict[str, str]:
    return {**os.environ, "LIMELIGHT_URL": server.url, "LIMELIGHT_API_KEY": API_KEY}


def limelight(server: Server, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "limelight.cli", *arguments],
        cwd=folder, env=surroundings(server), capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def done(server: Server, *arguments: str, folder: Path) -> str:
    ran = limelight(server, *arguments, folder=folder)
    assert ran.returncode == 0, (ran.stdout, ran.stderr)
    return ran.stdout.strip()


def here(server: Server, *arguments: str) -> Result:
    """The same in this process, which takes less time; the errors that `main` prints are its exception."""
    return CliRunner().invoke(app, [*arguments, "--server", server.url, "--key", API_KEY])


def test_from_a_script_to_a_film(server: Server, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(tmp_path / "wall.png")
    options = ("--background", "wall.png", "--style", "circle", "--size", "320x240", "--title", "Mine [1]", "--test")
    video_id = done(server, "submit", "--script", "Hello.", *options, folder=tmp_path)
    assert re.fullmatch("[0-9a-f]{32}", video_id)
    assert done(server, "wait", video_id, "-o", "a.mp4", folder=tmp_path) == "a.mp4"
    status = server.status(video_id)
    film = httpx.get(status["video_url"]).content
    assert (tmp_path / "a.mp4").read_bytes() == film
    assert b"file" in film, "the uploaded background has come as far as the renderer"

    shown = done(server, "status", video_id, folder=tmp_path)
    assert "completed" in shown and "100%" in shown and "0.40 s" in shown
    assert status["video_url"].partition("?")[0] in shown
    listed = json.loads(done(server, "list", "--json", folder=tmp_path))["videos"]
    assert (listed[0]["video_id"], listed[0]["video_title"]) == (video_id, "Mine [1]")
    assert f"{video_id}  completed" in done(server, "list", "--limit", "1", folder=tmp_path)
    assert done(server, "download", video_id, folder=tmp_path) == f"{video_id}.mp4"
    assert (tmp_path / f"{video_id}.mp4").read_bytes() == film
    assert {file.name for file in tmp_path.iterdir()} == {"wall.png", "a.mp4", f"{video_id}.mp4"}


def test_a_request_in_a_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(json.dumps(body("One.", "Two.", title="From a file")))
    video_id = json.loads(done(server, "submit", "spec.json", "--json", folder=tmp_path))["video_id"]
    ended = json.loads(done(server, "wait", video_id, "--json", folder=tmp_path))
    assert (ended["id"], ended["status"], ended["duration"]) == (video_id, "completed", 0.8)


@pytest.fixture(scope="module")
def film(server: Server) -> str:
    """The id of a finished video."""
    video_id = server.generate(body("Hi."))
    server.ended(video_id)
    return video_id


def drawn(file: Path, level: int) -> str:
    """Write a picture; what a scripted film says where the renderer got it."""
    Image.fromarray(np.full((64, 64, 3), level, np.uint8)).save(file)
    return f"file {hashlib.sha256(file.read_bytes()).hexdigest()}"


def test_files_that_a_spec_names_are_uploaded(server: Server, tmp_path: Path) -> None:
    """They lie beside the spec, not where the command runs, and each is uploaded once."""
    job, here = tmp_path / "job", tmp_path / "here"
    job.mkdir()
    here.mkdir()
    wall, ann = drawn(job / "wall.png", 10), drawn(job / "ann.jpg", 200)
    one, two = body("One.", "Two.")["video_inputs"]
    one["background"] = two["background"] = {"type": "image", "url": "wall.png"}
    two["character"] = {"type": "talking_photo", "talking_photo_id": "ann.jpg"}
    (job / "spec.json").write_text(json.dumps({**body(), "video_inputs": [one, two]}))
    count = len(list((server.data_dir / "objects" / "assets").glob("*")))
    video_id = done(server, "submit", "../job/spec.json", folder=here)
    done(server, "wait", video_id, "-o", "a.mp4", folder=here)
    first, second = (here / "a.mp4").read_text().splitlines()
    assert (wall in first, ann in first, wall in second, ann in second) == (True, False, True, True)
    assert len(list((server.data_dir / "objects" / "assets").glob("*"))) == count + 2

    (job / "wall.png").unlink()
    ran = limelight(server, "submit", "../job/spec.json", folder=here)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "video_inputs[0].background.url is invalid: wall.png is neither a URL nor a file" in ran.stderr


def uploads(server: Server) -> set[str]:
    """The ids of all that are there, those of talking photos too."""
    assets = server.http.get("/v1/asset/list", params={"limit": 100}).json()["data"]["assets"]
    photos = server.http.get("/v1/talking_photo.list").json()["data"]
    return {asset["id"] for asset in assets} | {photo["talking_photo_id"] for photo in photos}


def test_files_are_looked_at_before_any_is_uploaded(server: Server, tmp_path: Path) -> None:
    drawn(tmp_path / "wall.png", 10)
    (tmp_path / "page.png").write_text("<!DOCTYPE html><html>")
    one, two = body("One.", "Two.")["video_inputs"]
    one["background"] = {"type": "image", "url": "wall.png"}
    two["voice"] = {"type": "audio", "audio_url": "wall.png"}
    (tmp_path / "spec.json").write_text(json.dumps({"video_inputs": [one, two]}))
    before = uploads(server)
    cases = {
        ("spec.json",): "video_inputs[1].voice.audio_url is invalid: wall.png: it is a PNG picture, not a recording.",
        ("--script", "Hi.", "--photo", "page.png"): "photo is invalid: page.png: it is an HTML page, not a picture; ",
        ("--script", "Hi.", "--background", "page.png"): "background is invalid: page.png: it is an HTML page, not a p",
    }
    for arguments, said in cases.items():
        ran = limelight(server, "submit", *arguments, folder=tmp_path)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr.startswith(f"spec: {said}") and len(ran.stderr.splitlines()) == 1, ran.stderr
    assert uploads(server) == before


def test_what_a_server_refuses_is_told_by_file_and_field_and_leaves_no_uploads(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file that a spec or an option names, and of something that has nothing to do with files."""
    monkeypatch.chdir(tmp_path)
    drawn(tmp_path / "wall.png", 10)
    drawn(tmp_path / "ann.jpg", 200)
    (tmp_path / "odd.wav").write_bytes(b"nothing that is known" * 9)
    (tmp_path / "noface.jpg").write_bytes(b"\xff\xd8\xff no face")
    wall = {"background": {"type": "image", "url": "wall.png"}}

    def spec(name: str, photo: str, voice: dict[str, str]) -> str:
        character = {"type": "talking_photo", "talking_photo_id": photo}
        scenes = [{**wall, "character": character, "voice": voice}]
        (tmp_path / name).write_text(json.dumps({"video_inputs": scenes}))
        return name

    said = {"type": "text", "input_text": "Hi.", "voice_id": "nobody"}
    where = "video_inputs[0]"
    no_face = "is invalid: noface.jpg: no face is seen in the picture."
    cases = {
        (spec("odd.json", "ann.jpg", {"type": "audio", "audio_url": "odd.wav"}),): f"{where}.voice.audio_url is "
        "invalid: odd.wav: it is none of JPEG, ",
        (spec("noface.json", "noface.jpg", said),): f"{where}.character.talking_photo_id {no_face}",
        (spec("nobody.json", "ann.jpg", said),): "voice nobody not found.",
        ("--script", "Hi.", "--background", "wall.png", "--photo", "noface.jpg"): f"photo {no_face}",
    }
    before = uploads(server)
    for arguments, told in cases.items():
        ran = here(server, "submit", *arguments)
        assert (ran.exit_code, ran.stdout) == (2, "")
        assert ran.stderr.startswith(f"error: {told}") and len(ran.stderr.splitlines()) == 1, ran.stderr
    assert uploads(server) == before


def test_a_refusal_names_the_field_and_the_file_of_the_spec(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the id that the file had for a moment, nor the field for it; where the server knows more than a look."""
    monkeypatch.setattr("limelight.cli.specfile.look", lambda _: None)
    drawn(tmp_path / "wall.png", 10)
    (one,) = body("One.")["video_inputs"]
    one |= {"voice": {"type": "audio", "audio_url": "wall.png"}, "background": {"type": "image", "url": "wall.png"}}
    (tmp_path / "spec.json").write_text(json.dumps({"video_inputs": [one]}))
    before = uploads(server)
    ran = here(server, "submit", str(tmp_path / "spec.json"))
    told = f"video_inputs[0].voice.audio_url is invalid: {tmp_path / 'wall.png'} is an image, not an audio file."
    assert (ran.exit_code, ran.stderr.strip()) == (2, f"error: {told}")
    assert uploads(server) == before


def test_a_portrait_is_submitted_and_an_id_of_one(server: Server, tmp_path: Path) -> None:
    bea = drawn(tmp_path / "bea.jpg", 90)
    options = ("--script", "Hello.", "--style", "circle", "--matting", "--size", "320x240")
    videos = [done(server, "submit", "--photo", "bea.jpg", *options, folder=tmp_path)]
    photos = server.http.get("/v1/talking_photo.list").json()["data"]
    (kept,) = [photo["talking_photo_id"] for photo in photos if photo["talking_photo_name"] == "bea"]
    videos.append(done(server, "submit", "--photo", kept, *options, folder=tmp_path))
    for video_id in videos:
        assert bea in httpx.get(server.ended(video_id)["video_url"], timeout=60).text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--photo", "none.jpg"), "photo is invalid: none.jpg is not a file"),
        (("--photo", "ann.jpg", "--avatar", "x"), "photo is invalid: --avatar is given too"),
        (("--matting",), "matting is invalid: it is of a photo"),
    ],
)
def test_what_is_wrong_with_a_portrait_is_told_before_a_server_is_asked(arguments: tuple[str, ...], said: str) -> None:
    ran = CliRunner().invoke(app, ["submit", "--script", "Hi.", *arguments])
    assert isinstance(ran.exception, SpecError)
    assert said in ran.exception.message


def test_captioned_film_and_subtitles_are_downloaded_too(server: Server, tmp_path: Path) -> None:
    video_id = server.generate(body("One.", caption=True))
    files = ["a.mp4", "a-captioned.mp4", "a.srt", "a.vtt", "a.ass"]
    assert done(server, "wait", video_id, "-o", "a.mp4", folder=tmp_path).splitlines() == files
    status = server.status(video_id)
    urls = [status["video_url"], status["video_url_caption"], *map(status["subtitle_urls"].get, ("srt", "vtt", "ass"))]
    for file, url in zip(files, urls, strict=True):
        assert (tmp_path / file).read_bytes() == httpx.get(url, timeout=60).content, file
    assert "captioned" in (tmp_path / "a-captioned.mp4").read_text()
    answer = json.loads(done(server, "download", video_id, "-o", "b.mp4", "--json", folder=tmp_path))
    again = [name.replace("a", "b", 1) for name in files]
    assert answer == {"video_id": video_id, "output": "b.mp4", "files": again}
    assert {file.name for file in tmp_path.iterdir()} == {*files, *again}


@pytest.mark.parametrize("arguments", [("download", "-o", "a.webm"), ("download", "-o", "a"), ("wait", "-o", "a.webm")])
def test_a_film_is_not_downloaded_to_a_file_of_another_format(
    server: Server, film: str, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    command, *options, out = arguments
    ran = limelight(server, command, film, *options, out, folder=tmp_path)
    told = f"spec: output is invalid: {out} does not end in .mp4, and the video is an MP4"
    assert (ran.returncode, ran.stderr.strip()) == (2, told)
    assert not list(tmp_path.iterdir())


def test_warnings_and_failures_say_what_uploads_are_called(server: Server, tmp_path: Path) -> None:
    """By the names of the files that were submitted, which the server knows."""
    photo = encoded(soft(), "JPEG")
    (tmp_path / "short.jpg").write_bytes(photo[: round(0.99 * len(photo))])
    (tmp_path / "worse.jpg").write_bytes(photo[:200])
    silent = {"voice": {"type": "silence", "duration": 0.1}}
    told = {
        "short.jpg": "the image is cut off at its end; what is there of it is shown.",
        "worse.jpg": "the image is damaged or cut off.",
    }
    for name, what in told.items():
        one = {**silent, "background": {"type": "image", "url": name}}
        (tmp_path / "spec.json").write_text(json.dumps({"video_inputs": [one, one]}))
        video_id = here(server, "submit", str(tmp_path / "spec.json")).stdout.strip()
        server.ended(video_id)
        for command in ("wait", "status"):
            said = here(server, command, video_id)
            assert re.search(
                rf"background image {name} \(asset [0-9a-f]{{32}}\): {re.escape(what)}\n", said.stdout + said.stderr
            ), said


def test_what_is_left_out_is_told_on_standard_error(server: Server, tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(json.dumps(body("One.", "Hello there, Привет.")))
    submitted = limelight(server, "submit", "spec.json", folder=tmp_path)
    video_id = submitted.stdout.strip()
    told = "warning: scene 2: 'Привет' is of a script that cannot be spoken, and is left out.\n"
    assert (submitted.stderr, len(video_id)) == (told, 32)
    for command in ("wait", "status"):
        assert limelight(server, command, video_id, folder=tmp_path).stderr == told
    answer = json.loads(done(server, "submit", "spec.json", "--json", folder=tmp_path))
    assert [warning["scene"] for warning in answer["warnings"]] == [2]


def test_a_running_video_is_cancelled_and_a_finished_one_is_kept(server: Server, tmp_path: Path) -> None:
    finished, running = server.generate(body("Hi.")), server.generate(body("This one waits."))
    server.ended(finished)
    eventually(lambda: server.status(running)["stage"] == "picture", "the render")
    assert "is cancelled" in done(server, "cancel", running, folder=tmp_path)
    assert server.http.get("/v1/video_status.get", params={"video_id": running}).status_code == 404
    refused = limelight(server, "cancel", finished, folder=tmp_path)
    assert (refused.returncode, "is completed already" in refused.stderr) == (1, True)
    assert server.status(finished)["status"] == "completed"


def test_what_goes_wrong_is_one_line_and_a_code(server: Server, tmp_path: Path) -> None:
    failing = server.generate(body("One.", "This fails."))
    unending = server.generate(body("Nobody waits."))
    server.ended(failing)
    cases: dict[tuple[str, ...], tuple[int, str]] = {
        ("wait", failing): (3, "failed: scene 2 of 2, speech: the voice is hoarse."),
        ("download", failing, "-o", "a.mp4"): (3, "failed: scene 2 of 2, speech: the voice is hoarse."),
        ("wait", unending, "--timeout", "0"): (4, f"error: video {unending} was not finished after 0 s: it is p"),
        ("download", unending, "-o", "a.mp4"): (1, f"error: video {unending} has no file: it is p"),
        ("status", "0" * 32): (1, f"error: video {'0' * 32} not found."),
        ("list", "--key", "wrong"): (1, "error: Unauthorized"),
        ("list", "--server", "nowhere"): (2, "error: base_url is invalid: 'nowhere' is no http or https URL."),
        ("submit", "--script", "Hi.", "--avatar", "nobody"): (2, "error: avatar nobody not found"),
        ("submit", "--script", ""): (2, "error: script is empty."),
        ("submit", "--script", "Hi.", "--size", "big"): (2, "spec: dimension is invalid: 'big'"),
        ("submit", "--script", "Hi.", "--background", "none.png"): (2, "spec: background is invalid: none.png"),
        ("submit",): (2, "spec: script is invalid: give --script TEXT or a JSON file"),
        ("submit", "none.json"): (2, "spec: spec is invalid: none.json cannot be read"),
        ("submit", "none.json", "--test"): (2, "spec: spec is invalid: give either"),
        ("wait", unending, "-o", "none/a.mp4"): (2, "spec: output is invalid: none/a.mp4"),
        ("wait", unending, "-o", "a.avi"): (2, "spec: output is invalid: a.avi is none of .mp4 and .webm"),
    }
    for arguments, (code, said) in cases.items():
        ran = limelight(server, *arguments, folder=tmp_path)
        assert (ran.returncode, ran.stdout) == (code, ""), (arguments, ran)
        assert ran.stderr.startswith(said), (arguments, ran.stderr)
        assert len(ran.stderr.strip().splitlines()) == 1
    ran = limelight(server, "wait", failing, "--json", folder=tmp_path)
    assert (ran.returncode, json.loads(ran.stdout)["failure_code"]) == (3, "speech_failed")
    assert not list(tmp_path.iterdir())
    assert server.http.delete("/v1/video.delete", params={"video_id": unending}).status_code == 200


def test_a_server_that_is_away(server: Server, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    ran = limelight(server, "list", "--server", url, folder=tmp_path)
    assert (ran.returncode, ran.stderr.startswith(f"error: {url} does not answer: ")) == (1, True), ran


def test_a_terminal_shows_progress_stage_and_scene(server: Server, folder: Path, tmp_path: Path) -> None:
    video_id = server.generate(body("One.", "On a terminal it waits."))
    eventually(
        lambda: server.status(video_id)["stage"] == "picture" and server.status(video_id)["scene"] == 2, "scene 2"
    )
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "limelight.cli", "wait", video_id]
    environment = surroundings(server) | {"TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=theirs, cwd=tmp_path) as process:
        os.close(theirs)
        drawn = b""
        while b"scene 2/2" not in drawn:
            drawn += os.read(ours, 65536)
        (folder / "go").touch()
        try:
            while more := read(ours):
                drawn += more
            out = process.communicate()[0].decode().strip()
        finally:
            (folder / "go").unlink()
            os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", drawn.decode())
    assert re.search(r"scene 2/2 · picture .*\b[1-9]\d?%", text), text
    assert process.returncode == 0
    assert httpx.get(out).status_code == 200, "the answer is the film's URL, and nothing else"


def test_ctrl_c_ends_the_wait_and_not_the_video(server: Server, tmp_path: Path) -> None:
    video_id = server.generate(body("One that waits."))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "limelight.cli", "wait", video_id]

    def heed() -> None:
        """A test run in a shell's background ignores the interrupt, and so would the command."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen(command, env=surroundings(server), stderr=theirs, cwd=tmp_path, preexec_fn=heed) as process:
        os.close(theirs)
        os.read(ours, 1)
        process.send_signal(signal.SIGINT)
        while read(ours):
            pass
        os.close(ours)
    assert process.returncode == 130
    assert server.status(video_id)["status"] in ("pending", "processing")
    server.http.delete("/v1/video.delete", params={"video_id": video_id})


def read(terminal: int) -> bytes:
    """What is drawn; nothing when the process has closed its side."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_the_documents_examples_run(server: Server, tmp_path: Path) -> None:
    """As written, with `limelight` on the path."""
    program = tmp_path / "bin" / "limelight"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m limelight.cli "$@"\n')
    program.chmod(0o755)
    examples = re.findall(r"^```sh\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert examples
    environment: dict[str, Any] = surroundings(server)
    environment["PATH"] = f"{program.parent}{os.pathsep}{environment['PATH']}"
    for example in examples:
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", example], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran
    assert (tmp_path / "welcome.mp4").read_bytes() == (tmp_path / "again.mp4").read_bytes()


def test_every_command_and_option_is_documented(server: Server) -> None:
    """In sdk.md's table, or in the sentence below it that is about all of them; docs/cli.md has its own test."""
    shared = {"--server", "--key", "--json"}
    table = documents.section(documents.page("sdk"), "From the shell").partition("| exit code |")[0]
    assert all(f"`{option}`" in table for option in shared)
    for command in ("submit", "status", "wait", "download", "list", "cancel"):
        (row,) = [row for row in documents.rows(table, "command") if re.match(rf"`limelight {command}[ `]", row[0])]
        named = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(documents.code(" ".join(row)))))
        shown = subprocess.run(
            [sys.executable, "-m", "limelight.cli", command, "--help"],
            env=surroundings(server) | {"COLUMNS": "200"}, capture_output=True, text=True,
        ).stdout  # fmt: skip
        options = [set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", line.partition("<")[0]))
                   for line in shown.splitlines() if re.match(r"│[ *]+--?[a-z]", line)]  # fmt: skip
        assert len(options) > len(shared), shown
        mine = [names for names in options if not names & {*shared, "--help"}]
        assert [names for names in mine if not names & named] == [], f"sdk.md does not tell of them at {command}"
        assert named <= set().union(*options), f"sdk.md tells {command} of options that it has not"
