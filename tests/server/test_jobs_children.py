"""A render's process answers, reports, dies when it should, and tells what it died of."""

from __future__ import annotations

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
from limelight.jobs.messages import Order, RenderScene
from limelight.requests import parse_generate
from limelight.results import Film, Progress, Segment
from places import SUPPORT
from processes import alive
from serving import body, eventually


@pytest.fixture(autouse=True)
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIMELIGHT_SCRIPTED_FOLDER", str(tmp_path))
    path = os.pathsep.join(filter(None, [str(SUPPORT), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)
    return tmp_path


def request(script: str, folder: Path, renderer: str = "scripted_renderer") -> RenderScene:
    spec = parse_generate(body(script)).spec
    return RenderScene(renderer=renderer, spec=spec, index=0, folder=folder, files={})


def pid_in(folder: Path) -> int:
    def logged() -> int | None:
        log = folder / "log"
        return int(log.read_text().split()[3]) if log.exists() and log.read_text().endswith("\n") else None

    return eventually(logged, "the child's first line")


def test_a_scene_is_rendered_and_progress_is_told(tmp_path: Path) -> None:
    told: list[Progress] = []
    segment = Children().ask(request("Hello.", tmp_path), Segment, told.append)
    assert segment.frames == scripted_renderer.FRAMES
    assert segment.video.read_text().startswith("scene 1")
    assert [progress.stage for progress in told] == ["speech", "picture"]
    assert told[1].frame == scripted_renderer.FRAMES // 2


def test_an_answer_of_another_kind_is_told(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="cannot be read"):
        Children().ask(request("Hello.", tmp_path), Film)


def test_a_stage_that_fails_is_raised_here_as_it_was_there(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match=r"^the voice is hoarse\.$") as caught:
        Children().ask(request("This fails.", tmp_path), Segment)
    assert (caught.value.stage, caught.value.code) == ("speech", "speech_failed")


def test_an_unforeseen_error_keeps_its_details_to_itself(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="ValueError") as caught:
        Children().ask(request("This crashes.", tmp_path), Segment)
    assert "secret" not in caught.value.message


def test_a_renderer_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no_such_module"):
        Children().ask(request("Hello.", tmp_path, "no_such_module:thing"), Segment)


def test_a_killed_child_is_noticed_and_named(tmp_path: Path) -> None:
    with pytest.raises(ChildDied, match="SIGKILL"):
        Children().ask(request("It dies.", tmp_path), Segment)


def test_close_kills_what_runs_and_lets_nothing_start(tmp_path: Path) -> None:
    children, ends = Children(), list[type[BaseException]]()

    def ask() -> None:
        try:
            children.ask(request("It waits.", tmp_path), Segment)
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
        children.ask(request("Hello.", tmp_path), Segment)


def test_nothing_is_started_for_whom_was_stopped_just_before(tmp_path: Path) -> None:
    children = Children()
    children.stop("a")
    with pytest.raises(Stopped):
        children.ask(request("Hello.", tmp_path), Segment, owner="a")
    assert not (tmp_path / "log").exists()
    assert children.ask(request("Hello.", tmp_path), Segment, owner="b").frames == scripted_renderer.FRAMES


def test_a_child_leaves_signals_to_its_parent(tmp_path: Path) -> None:
    answers: list[Segment] = []
    thread = threading.Thread(target=lambda: answers.append(Children().ask(request("It waits.", tmp_path), Segment)))
    thread.start()
    pid = pid_in(tmp_path)
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(pid, number)
    (tmp_path / "go").touch()
    thread.join(60)
    assert answers[0].frames == scripted_renderer.FRAMES


PARENT = """
import sys
from limelight.jobs.children import Children
from limelight.jobs.messages import RenderScene
from limelight.results import Segment
Children().ask(RenderScene.model_validate_json(sys.argv[1]), Segment)
"""


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    ask = request("It waits.", tmp_path).model_dump_json()
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
        order = Order(parent=os.getpid(), request=request("It waits.", tmp_path))
        child.stdin.write(order.model_dump_json().encode() + b"\n")
        child.stdin.flush()
        pid_in(tmp_path)
        child.stdin.close()
        assert child.wait(30) == 1
