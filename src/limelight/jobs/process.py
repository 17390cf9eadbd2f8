"""One render process as its parent sees it: started, asked one order after another, and killed. Its other end is
`child`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress

from pydantic import ValidationError

from limelight.errors import JobError
from limelight.jobs.failures import failure_from
from limelight.jobs.messages import Answer, Order, Request, Told, answer_from
from limelight.results import Progress, Report

#: A process that holds more than this after an order is not kept: with the server, which takes 0.2 GB, it stays below
#: 1.2 GB. One that has spoken and drawn holds 0.7 GB, and 0.86 after long sentences, which then stay as they are.
MAX_MEMORY_BYTES = 1_000_000_000
#: So many orders a process takes at most, lest what a library loses at each adds up. A new one costs four core seconds.
MAX_ORDERS = 200
_EXIT_TIMEOUT_S = 5.0


class ChildDied(JobError):
    """The process ended without an answer; a retry may succeed."""

    default_code = "renderer_died"


class DiedIdle(Exception):
    """The process was dead before it began the order, which another one can take."""


class Process:
    """A render process. One thread at a time asks it, any may kill it. Linux ends it with the thread that made it."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "limelight.jobs.child", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        #: The account whose files it has had in its hands; None is no one's, "" somebody's who is not known.
        self.account_id: str | None = None
        self._orders = 0
        self._last: Told | None = None

    @property
    def is_reusable(self) -> bool:
        """Whether it answered its last order as it should, and may be given another one."""
        last = self._last
        return (
            last is not None and last.again and last.memory_bytes <= MAX_MEMORY_BYTES and self._orders < MAX_ORDERS
        )  # fmt: skip

    def ask(self, request: Request, answer: type[Answer], video_id: str, report: Report) -> Answer:
        """Have it carry out a request; gives its answer, of the type `answer`.

        Raises the LimelightError that it answers, JobError where the answer is of another type, ChildDied, or DiedIdle.
        """
        self._last = None
        self._orders += 1
        self._send(Order(number=self._orders, video_id=video_id, request=request))
        last = self._listen(report)
        if last.result is None:
            self._last = last
            raise failure_from(last.failure)
        value = answer_from(answer, last.result)
        self._last = last
        return value

    def kill(self) -> None:
        """End it at once; nobody waits for that."""
        self._popen.kill()

    def end(self) -> None:
        """Kill it, and let go of it."""
        self._popen.kill()
        self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()

    def _send(self, order: Order) -> None:
        assert self._popen.stdin
        with suppress(OSError):  # what it read of the order, it tells
            self._popen.stdin.write(order.model_dump_json().encode() + b"\n")
            self._popen.stdin.flush()

    def _listen(self, report: Report) -> Told:
        """What the process tells at the end of its order. Raises ChildDied and DiedIdle."""
        assert self._popen.stdout
        is_begun = self._orders == 1
        for line in self._popen.stdout:
            told = _read(line)
            if told is None or told.order > self._orders:
                raise ChildDied("the renderer gave an answer that cannot be read.")
            if told.order < self._orders:  # of a thread that an earlier order left behind
                continue
            is_begun = True
            if told.progress is not None:
                report(answer_from(Progress, told.progress))
            elif told.result is not None or told.failure is not None:
                return told
        raise self._died() if is_begun else DiedIdle

    def _died(self) -> ChildDied:
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=_EXIT_TIMEOUT_S)
        code = self._popen.returncode
        if code is None or code >= 0:
            return ChildDied(f"the renderer ended without an answer (exit code {code}).")
        name = signal.Signals(-code).name
        return ChildDied(f"the renderer was stopped by the system ({name}); this machine may be short of memory.")


def _read(line: bytes) -> Told | None:
    try:
        return Told.model_validate_json(line)
    except ValidationError:
        return None
