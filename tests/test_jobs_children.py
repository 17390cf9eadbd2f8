"""A render's process answers, reports, dies when it should, and tells what it died of."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import scripted_renderer
from limelight.errors import JobError, SpeechError
from limelight.jobs.children import ChildDied, Children, Stopped
from limelight.jobs.engine import Interrupted
from limelight.jobs.failures import Json
from limelight.requests import parse_generate
from serving import TESTS, body, eventually


@pytest.fixture(autouse=True)
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIMELIGHT_SCRIPTED_FOLDER", str(tmp_path))
    path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)
    return tmp_path


def request(script: str, folder: Path, do: str = "scene") -> Json:
    spec = parse_generate(body(script)).spec.model_dump(mode="json")
    return {
        "do": do,
        "renderer": "scripted_renderer",
        "spec": spec,
        "index": 0,
        "folder": str(folder),
        "segments": [],
        "files": {},
    }


def pid_in(folder: Path) -> int:
    def logged() -> int | None:
        log = folder / "log"
        return int(log.read_text().split()[3]) if log.exists() and log.read_text().endswith("\n") else None

    return eventually(logged, "the child's first line")


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self").exists():
        return subprocess.run(["kill", "-0", str(pid)], check=False, capture_output=True).returncode == 0
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_scene_is_rendered_and_progress_is_told(tmp_path: Path) -> None:
    told: list[Json] = []
    answer = Children().ask(request("Hello.", tmp_path), told.append)
    assert answer["frames"] == scripted_renderer.FRAMES
    assert Path(str(answer["video"])).read_text().startswith("scene 1")
    assert [progress["stage"] for progress in told] == ["speech", "picture"]
    assert told[1]["frame"] == scripted_renderer.FRAMES // 2


def test_a_stage_that_fails_is_raised_here_as_it_was_there(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match=r"^the voice is hoarse\.$") as caught:
        Children().ask(request("This fails.", tmp_path), lambda _: None)
    assert (caught.value.stage, caught.value.code) == ("speech", "speech_failed")


def test_an_unforeseen_error_keeps_its_details_to_itself(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="ValueError") as caught:
        Children().ask(request("This crashes.", tmp_path), lambda _: None)
    assert "secret" not in caught.value.message


def test_a_renderer_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no_such_module"):
        Children().ask({**request("Hello.", tmp_path), "renderer": "no_such_module:thing"}, lambda _: None)


def test_a_killed_child_is_noticed_and_named(tmp_path: Path) -> None:
    with pytest.raises(ChildDied, match="SIGKILL"):
        Children().ask(request("It dies.", tmp_path), lambda _: None)


def test_close_kills_what_runs_and_lets_nothing_start(tmp_path: Path) -> None:
    children, ends = Children(), list[type[BaseException]]()

    def ask() -> None:
        try:
            children.ask(request("It waits.", tmp_path), lambda _: None)
        except BaseException as end:
            ends.append(type(end))

    thread = threading.Thread(target=ask)
    thread.start()
    pid = pid_in(tmp_path)
    children.close()
    thread.join(60)
    assert ends == [Interrupted]
    assert not alive(pid)
    with pytest.raises(Interrupted):
        children.ask(request("Hello.", tmp_path), lambda _: None)


def test_nothing_is_started_for_whom_was_stopped_just_before(tmp_path: Path) -> None:
    children = Children()
    children.stop("a")
    with pytest.raises(Stopped):
        children.ask(request("Hello.", tmp_path), lambda _: None, "a")
    assert not (tmp_path / "log").exists()
    assert children.ask(request("Hello.", tmp_path), lambda _: None, "b")["frames"] == scripted_renderer.FRAMES


def test_a_child_leaves_signals_to_its_parent(tmp_path: Path) -> None:
    answers: list[Json] = []
    thread = threading.Thread(
        target=lambda: answers.append(Children().ask(request("It waits.", tmp_path), lambda _: None))
    )
    thread.start()
    pid = pid_in(tmp_path)
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(pid, number)
    (tmp_path / "go").touch()
    thread.join(60)
    assert answers[0]["frames"] == scripted_renderer.FRAMES


PARENT = """
import json, sys
from limelight.jobs.children import Children
Children().ask(json.loads(sys.argv[1]), lambda _: None)
"""


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    ask = json.dumps(request("It waits.", tmp_path))
    with subprocess.Popen([sys.executable, "-c", PARENT, ask]) as parent:
        pid = pid_in(tmp_path)
        assert alive(pid)
        parent.kill()
    eventually(lambda: not alive(pid), "the child's end", 30)


def test_a_child_ends_when_its_stdin_ends(tmp_path: Path) -> None:
    """What stands in for the kernel's help outside Linux."""
    command = [sys.executable, "-m", "limelight.jobs.child"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
        assert child.stdin
        child.stdin.write(json.dumps({**request("It waits.", tmp_path), "parent": os.getpid()}).encode() + b"\n")
        child.stdin.flush()
        pid_in(tmp_path)
        child.stdin.close()
        assert child.wait(30) == 1
