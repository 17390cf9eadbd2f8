"""The parent's side of a render process: start it, read its answer, and kill it.

A process of its own keeps a render's memory and crashes out of the server; stopping a render means killing it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO

from limelight.errors import JobError
from limelight.jobs.engine import Interrupted
from limelight.jobs.failures import Json, failure_from, is_json
from limelight.jobs.messages import Answer, Order, Request, answer_from
from limelight.results import Progress, Report

_EXIT_TIMEOUT_S = 5.0


class Stopped(JobError):
    """The server killed the process, or did not start it, because nobody wants its result any more."""

    default_code = "cancelled"


class ChildDied(JobError):
    """The process ended without an answer; a retry may succeed."""

    default_code = "renderer_died"


class Children:
    """The render processes of this server."""

    def __init__(self) -> None:
        #: Each process and its owner; guarded by the lock.
        self._running: dict[subprocess.Popen[bytes], str] = {}
        #: Owners for whom no process is started any more; their ids are never reused.
        self._unwanted: set[str] = set()
        self._lock = threading.Lock()
        self._closed = False

    def ask(
        self, request: Request, answer: type[Answer], report: Report = lambda _: None, *, owner: str = ""
    ) -> Answer:
        """Ask a new process that works for `owner`; gives its answer, of the type `answer`.

        Raises the LimelightError that the process answers, ChildDied, Stopped, or Interrupted once `close` is called.
        """
        process = self._start(owner)
        try:
            result = _converse(process, Order(parent=os.getpid(), owner=owner, request=request), report)
        finally:
            _end(process)
            with self._lock:
                del self._running[process]
                stopped = owner in self._unwanted
        if result is not None:
            return answer_from(answer, result)
        if self._closed:
            raise Interrupted
        if stopped:
            raise Stopped("the work was cancelled.")
        raise ChildDied(_why_dead(process.returncode))

    def stop(self, owner: str) -> None:
        """Kill this owner's processes, and start none for it any more: one may be just about to start."""
        with self._lock:
            self._unwanted.add(owner)
            for process, works_for in self._running.items():
                if works_for == owner:
                    process.kill()

    def close(self) -> None:
        """Kill all processes and start no more."""
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()

    def _start(self, owner: str) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise Interrupted
            if owner in self._unwanted:
                raise Stopped("the work was cancelled.")
            process = subprocess.Popen(
                [sys.executable, "-m", "limelight.jobs.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            self._running[process] = owner
            return process


def _converse(process: subprocess.Popen[bytes], order: Order, report: Report) -> Json | None:
    """The result, or None if the process ended without one. Raises the LimelightError that the process answers."""
    assert process.stdin
    assert process.stdout
    with suppress(BrokenPipeError):
        process.stdin.write(json.dumps(order.model_dump(mode="json")).encode() + b"\n")
        process.stdin.flush()
    result = _listen(process.stdout, report)
    if result is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_EXIT_TIMEOUT_S)  # `_why_dead` needs its exit code
    return result


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(BrokenPipeError):
                pipe.close()


def _listen(lines: IO[bytes], report: Report) -> Json | None:
    for line in lines:
        try:
            message = json.loads(line)
        except ValueError:
            return None
        if not is_json(message):
            return None
        if is_json(progress := message.get("progress")):
            report(answer_from(Progress, progress))
        elif is_json(result := message.get("result")):
            return result
        else:
            raise failure_from(message.get("failure"))
    return None


def _why_dead(returncode: int) -> str:
    if returncode < 0:
        name = signal.Signals(-returncode).name
        return f"the renderer was stopped by the system ({name}); this machine may be short of memory."
    return f"the renderer ended without an answer (exit code {returncode})."
