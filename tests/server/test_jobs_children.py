"""Render processes answer, report, are used again, die when they should, and tell what they died of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

import scripted_renderer
from limelight.errors import JobError, LimelightError, SpeechError
from limelight.jobs import children as pool
from limelight.jobs import process
from limelight.jobs.child import answer_request
from limelight.jobs.children import NOBODY, Children, Principal, Stopped
from limelight.jobs.engine import Interrupted
from limelight.jobs.messages import CheckMedia, Order, RenderScene
from limelight.jobs.process import ChildDied
from limelight.requests import parse_generate
from limelight.results import Film, Progress, Segment
from places import SUPPORT
from processes import alive
from serving import body, eventually

T = TypeVar("T")

ANN, BOB = Principal("ann"), Principal("bob")


@pytest.fixture(autouse=True)
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIMELIGHT_SCRIPTED_FOLDER", str(tmp_path))
    path = os.pathsep.join(filter(None, [str(SUPPORT), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)
    return tmp_path


@pytest.fixture
def children() -> Iterator[Children]:
    children = Children()
    yield children
    children.close()


def request(script: str, folder: Path, renderer: str = "scripted_renderer", *files: Path) -> RenderScene:
    spec = parse_generate(body(script)).spec
    named = {f"url:https://example.org/{file.name}": file for file in files}
    return RenderScene(renderer=renderer, spec=spec, index=0, folder=folder, files=named)


def render(children: Children, folder: Path, whose: Principal = NOBODY, *files: Path, script: str = "Hello.") -> int:
    """Render a scene, with a user's files if any are given; gives the id of the process that did."""
    segment = children.ask(request(script, folder, "scripted_renderer", *files), Segment, whose=whose)
    return int(segment.video.read_text().split()[3])


def in_thread(do: Callable[[], T]) -> tuple[threading.Thread, list[T | BaseException]]:
    """Do something in a thread of its own; gives what it returned or raised, once it has ended."""
    ends: list[T | BaseException] = []

    def run() -> None:
        try:
            ends.append(do())
        except BaseException as end:
            ends.append(end)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, ends


def pids(folder: Path) -> list[int]:
    """The processes that rendered scenes so far, in order."""
    log = folder / "log"
    return [int(line.split()[3]) for line in log.read_text().splitlines()] if log.exists() else []


def pid_in(folder: Path) -> int:
    return eventually(lambda: next(iter(pids(folder)), None), "the child's first line")


def test_a_scene_is_rendered_and_progress_is_told(children: Children, tmp_path: Path) -> None:
    told: list[Progress] = []
    segment = children.ask(request("Hello.", tmp_path), Segment, told.append)
    assert segment.frames == scripted_renderer.FRAMES
    assert segment.video.read_text().startswith("scene 1")
    assert [progress.stage for progress in told] == ["speech", "picture"]
    assert told[1].frame == scripted_renderer.FRAMES // 2


def test_an_answer_of_another_kind_is_told_and_ends_a_process(children: Children, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="cannot be read"):
        children.ask(request("Hello.", tmp_path), Film)
    (pid,) = pids(tmp_path)
    assert render(children, tmp_path) != pid


def test_a_stage_that_fails_is_raised_here_as_it_was_there(children: Children, tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match=r"^the voice is hoarse\.$") as caught:
        children.ask(request("This fails.", tmp_path), Segment)
    assert (caught.value.stage, caught.value.code) == ("speech", "speech_failed")


def test_an_unforeseen_error_keeps_its_details_to_itself(children: Children, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="ValueError") as caught:
        children.ask(request("This crashes.", tmp_path), Segment)
    assert "secret" not in caught.value.message


def test_a_renderer_that_is_not_there(children: Children, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no_such_module"):
        children.ask(request("Hello.", tmp_path, "no_such_module:thing"), Segment)


def test_a_killed_child_is_noticed_and_named(children: Children, tmp_path: Path) -> None:
    with pytest.raises(ChildDied, match="SIGKILL"):
        children.ask(request("It dies.", tmp_path), Segment)


# Used again


def test_what_is_kept_of_files_is_forgotten_with_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten: list[str] = []
    monkeypatch.setattr(scripted_renderer, "forget_files", lambda: forgotten.append("files"))
    picture = tmp_path / "picture"
    picture.write_bytes(b"a picture")
    answer_request(request("Hello.", tmp_path), lambda _: None)
    assert not forgotten
    with pytest.raises(SpeechError):
        answer_request(request("This fails.", tmp_path, "scripted_renderer", picture), lambda _: None)
    assert forgotten == ["files"]


def test_each_order_is_logged_with_its_own_video(
    children: Children, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for video_id, script in (("a", "Hello."), ("b", "This crashes.")):
        with suppress(JobError):
            render(children, tmp_path, Principal("ann", video_id), script=script)
    assert len(set(pids(tmp_path))) == 1
    (line,) = [line for line in capfd.readouterr().err.splitlines() if "the renderer stopped unexpectedly" in line]
    assert line.endswith(" video_id=b")


def test_a_process_serves_scene_after_scene_whatever_thread_asks(children: Children, tmp_path: Path) -> None:
    """On Linux a process is killed at the end of the thread that started it."""
    for whose in (ANN, BOB, NOBODY):
        thread, ends = in_thread(lambda whose=whose: render(children, tmp_path, whose))  # type: ignore[misc]
        thread.join(60)
        assert ends == pids(tmp_path)[-1:]
    assert len(set(pids(tmp_path))) == 1


def test_who_has_sent_a_file_has_a_process_of_their_own(tmp_path: Path) -> None:
    picture = tmp_path / "picture"
    picture.write_bytes(b"a picture")
    children = Children(keep=2)
    clean = render(children, tmp_path, ANN)
    anns = render(children, tmp_path, ANN, picture)
    assert anns == clean, "nobody's file has been in it"
    others = render(children, tmp_path, BOB)
    assert others != anns
    assert render(children, tmp_path, ANN) == anns, "also where no file is needed"
    assert render(children, tmp_path, NOBODY) == others
    assert render(children, tmp_path, BOB, picture) == others
    assert render(children, tmp_path, BOB, picture) == others
    children.close()


def test_a_checked_file_counts_though_its_scene_is_not_rendered(children: Children, tmp_path: Path) -> None:
    portrait = tmp_path / "portrait"
    portrait.write_bytes(b"a portrait that says no face")
    anns = render(children, tmp_path, ANN)
    with pytest.raises(LimelightError, match="no face"):
        children.ask(CheckMedia(renderer="scripted_renderer", kind="portrait", file=portrait), Segment, whose=ANN)
    assert render(children, tmp_path, ANN) == anns
    assert render(children, tmp_path, BOB) != anns


def test_a_file_of_nobody_known_is_the_last_that_a_process_sees(children: Children, tmp_path: Path) -> None:
    picture = tmp_path / "picture"
    picture.write_bytes(b"a picture")
    pid = render(children, tmp_path, NOBODY, picture)
    assert not alive(pid)
    assert render(children, tmp_path, NOBODY, picture) != pid


def test_a_stage_that_fails_costs_no_process_and_a_crash_does(children: Children, tmp_path: Path) -> None:
    for script in ("This fails.", "This crashes.", "Hello."):
        with suppress(JobError, SpeechError):
            render(children, tmp_path, script=script)
    failed, crashed, fresh = pids(tmp_path)
    assert failed == crashed != fresh


@pytest.mark.parametrize(("limit", "value"), [("MAX_MEMORY_BYTES", 1), ("MAX_ORDERS", 1)])
def test_a_process_that_has_grown_or_served_long_is_renewed(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    kept = render(children, tmp_path)
    monkeypatch.setattr(process, limit, value)
    assert render(children, tmp_path) == kept
    assert not alive(kept)
    assert render(children, tmp_path) != kept


def test_an_idle_process_that_died_costs_the_next_scene_nothing(children: Children, tmp_path: Path) -> None:
    died = render(children, tmp_path)
    os.kill(died, signal.SIGKILL)
    assert render(children, tmp_path) != died


def test_a_process_ends_that_has_nothing_to_do(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "IDLE_S", 0.1)
    pid = render(children, tmp_path)
    eventually(lambda: not alive(pid), "the end of an idle process", 30)
    assert render(children, tmp_path) != pid


def test_no_more_are_kept_than_may_render_at_once(children: Children, tmp_path: Path) -> None:
    both = [in_thread(lambda: render(children, tmp_path, script="It waits.")) for _ in range(2)]
    eventually(lambda: len(pids(tmp_path)) == 2, "both renders")
    (tmp_path / "go").touch()
    for thread, _ in both:
        thread.join(60)
    assert sum(map(alive, pids(tmp_path))) == 1
    kept = next(filter(alive, pids(tmp_path)))
    assert render(children, tmp_path) == kept


STUB = """#!{python}
import sys
for line in sys.stdin:
    print({lines!r}, flush=True)
"""


def stubbed(lines: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, what is started as a render process answers each order with these lines."""
    stub = folder / "stub"
    stub.write_text(STUB.format(python=sys.executable, lines=lines))
    stub.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(stub))


DONE = '{"order":%d,"result":{"video":"/%s","sound":"/s","words":"/w","frames":1},"again":true}'


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"order":1,"verdict":"guilty"}', DONE % (2, "b")])
def test_nonsense_is_no_answer_and_ends_a_process(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    with monkeypatch.context() as patch:
        stubbed(line, tmp_path, patch)
        with pytest.raises(ChildDied, match="cannot be read"):
            render(children, tmp_path)
    assert render(children, tmp_path) in pids(tmp_path)


def test_an_answer_that_comes_twice_is_not_the_next_ones(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubbed("\n".join([DONE % (1, "a"), DONE % (1, "b"), DONE % (2, "c")]), tmp_path, monkeypatch)
    ask = request("Hello.", tmp_path)
    assert [children.ask(ask, Segment).video for _ in range(2)] == [Path("/a"), Path("/c")]


# Stopped and closed


def test_close_kills_what_runs_and_lets_nothing_start(children: Children, tmp_path: Path) -> None:
    thread, ends = in_thread(lambda: render(children, tmp_path, script="It waits."))
    pid = pid_in(tmp_path)
    children.close()
    thread.join(60)
    assert isinstance(ends[0], Interrupted)
    assert not alive(pid)
    with pytest.raises(Interrupted):
        children.ask(request("Hello.", tmp_path), Segment)


def test_close_ends_idle_processes(children: Children, tmp_path: Path) -> None:
    pid = render(children, tmp_path)
    assert alive(pid)
    children.close()
    assert not alive(pid)


def test_a_stop_kills_at_once_and_others_go_on(tmp_path: Path) -> None:
    children = Children(keep=2)
    idle = render(children, tmp_path, ANN, tmp_path / "log")
    stopped, stopped_ends = in_thread(lambda: render(children, tmp_path, Principal("bob", "a"), script="It waits."))
    eventually(lambda: len(pids(tmp_path)) == 2, "the first render")
    _, pid = pids(tmp_path)
    other, other_ends = in_thread(lambda: render(children, tmp_path, Principal("ann", "b"), script="It waits."))
    eventually(lambda: len(pids(tmp_path)) == 3, "the second render")
    children.stop("a")
    stopped.join(60)
    assert isinstance(stopped_ends[0], Stopped)
    assert not alive(pid)
    (tmp_path / "go").touch()
    other.join(60)
    assert other_ends == [idle]
    children.close()


def test_a_stop_leaves_idle_processes_to_others(children: Children, tmp_path: Path) -> None:
    pid = render(children, tmp_path, Principal("ann", "a"))
    children.stop("a")
    assert render(children, tmp_path, Principal("ann", "b")) == pid


def test_nothing_is_started_for_whom_was_stopped_just_before(children: Children, tmp_path: Path) -> None:
    children.stop("a")
    with pytest.raises(Stopped):
        render(children, tmp_path, Principal("ann", "a"))
    assert not (tmp_path / "log").exists()
    assert render(children, tmp_path, Principal("ann", "b"))


def test_a_child_leaves_signals_to_its_parent(children: Children, tmp_path: Path) -> None:
    thread, ends = in_thread(lambda: render(children, tmp_path, script="It waits."))
    pid = pid_in(tmp_path)
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(pid, number)
    (tmp_path / "go").touch()
    thread.join(60)
    assert ends == [pid]


PARENT = """
import sys
from limelight.jobs.children import Children
from limelight.jobs.messages import RenderScene
from limelight.results import Segment
children = Children()
for ask in sys.argv[1:]:
    children.ask(RenderScene.model_validate_json(ask), Segment)
print("idle", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("script", ["It waits.", "Hello."])
def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path, script: str) -> None:
    """While it renders, and while it is idle."""
    ask = request(script, tmp_path).model_dump_json()
    command = [sys.executable, "-c", PARENT, ask]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        pid = pid_in(tmp_path)
        if script == "Hello.":
            assert parent.stdout
            assert parent.stdout.readline() == b"idle\n"
        assert alive(pid)
        parent.kill()
        eventually(lambda: not alive(pid), "the child's end", 30)


@pytest.mark.parametrize("script", ["It waits.", "Hello."])
def test_a_child_ends_when_its_stdin_ends(tmp_path: Path, script: str) -> None:
    """What stands in for the kernel's help outside Linux."""
    command = [sys.executable, "-m", "limelight.jobs.child", str(os.getpid())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
        assert child.stdin
        order = Order(number=1, request=request(script, tmp_path))
        child.stdin.write(order.model_dump_json().encode() + b"\n")
        child.stdin.flush()
        pid_in(tmp_path)
        child.stdin.close()
        assert child.wait(30) == 1
