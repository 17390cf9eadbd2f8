"""The render processes of a server: a pool of processes that are kept warm, and killed to stop a render.

A process of its own keeps a render's memory and crashes out of the server. It serves one order after another, because
what it loads costs more than many a scene; but one that has had a user's file in its hands, which may have taken it
over, serves nobody else's account from then on.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from limelight.errors import JobError
from limelight.jobs.engine import Interrupted
from limelight.jobs.messages import Answer, Request
from limelight.jobs.process import ChildDied, DiedIdle, Process
from limelight.results import Report

#: How long a process waits for its next order until it is ended.
IDLE_S = 300.0


class Stopped(JobError):
    """The server killed the process, or did not start it, because nobody wants its result any more."""

    default_code = "cancelled"


class Principal(NamedTuple):
    """On whose behalf a process acts; an id is empty where there is none."""

    account_id: str = ""
    video_id: str = ""


NOBODY = Principal()


class Children:
    """The render processes of this server. Up to `keep` are kept, and more only while they work."""

    def __init__(self, keep: int = 1) -> None:
        self._keep = keep
        #: Those that work, and for whom; guarded by the lock, like all that follows.
        self._busy: dict[Process, Principal] = {}
        #: The others, the longest idle first, and what will end them.
        self._idle: dict[Process, threading.Timer] = {}
        #: Videos for which no process works any more; their ids are never reused.
        self._unwanted: set[str] = set()
        self._closed = False
        self._lock = threading.Lock()
        # Linux kills a process at the end of the thread that started it, and the threads that ask come and go.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="children")

    def ask(
        self, request: Request, answer: type[Answer], report: Report = lambda _: None, *, whose: Principal = NOBODY
    ) -> Answer:
        """Ask a process on somebody's behalf; gives its answer, of the type `answer`.

        Raises the LimelightError that the process answers, ChildDied, Stopped, or Interrupted once `close` is called.
        """
        while True:
            process = self._take(request, whose)
            try:
                return process.ask(request, answer, whose.video_id, report)
            except DiedIdle:
                continue
            except ChildDied:
                self._check_wanted(whose)
                raise
            finally:
                self._put_back(process)

    def stop(self, video_id: str) -> None:
        """Kill the processes that work for a video, and let none do so any more: one may be just about to begin."""
        with self._lock:
            self._unwanted.add(video_id)
            for process, whose in self._busy.items():
                if whose.video_id == video_id:
                    process.kill()

    def close(self) -> None:
        """Kill all processes and start no more."""
        with self._lock:
            self._closed = True
            for process in self._busy:
                process.kill()
            idle = self._no_longer_idle(list(self._idle))
        _end(idle)
        self._starter.shutdown(wait=False)

    def _check_wanted(self, whose: Principal) -> None:
        """Raise Interrupted or Stopped where nobody waits for the work."""
        if self._closed:
            raise Interrupted
        if whose.video_id in self._unwanted:
            raise Stopped("the work was cancelled.")

    def _take(self, request: Request, whose: Principal) -> Process:
        """A process for a request, which works from now on. Raises Interrupted and Stopped."""
        with self._lock:
            self._check_wanted(whose)
            process = self._fitting(whose.account_id)
            if process is None:
                process = self._starter.submit(Process).result()
            else:
                self._no_longer_idle([process])
            if request.opens_files:
                process.account_id = whose.account_id
            self._busy[process] = whose
            surplus = self._surplus()
        _end(surplus)
        return process

    def _fitting(self, account_id: str) -> Process | None:
        """The idle process that suits an account best: one that only it can use, and that was at work last."""
        for wanted in (account_id, None):
            for process in reversed(self._idle):
                if process.account_id == wanted:
                    return process
        return None

    def _put_back(self, process: Process) -> None:
        """Keep a process that has done its work, or end it."""
        with self._lock:
            del self._busy[process]
            is_known = process.account_id != ""
            if process.is_reusable and is_known and not self._closed:
                timer = self._idle[process] = threading.Timer(IDLE_S, self._retire, [process])
                timer.daemon = True
                timer.start()
                ended = self._surplus()
            else:
                ended = [process]
        _end(ended)

    def _surplus(self) -> list[Process]:
        """The idle processes that are too many beside the others; they are idle no longer, and have to be ended."""
        count = len(self._idle) + len(self._busy) - self._keep
        return self._no_longer_idle(list(self._idle)[: max(count, 0)])

    def _retire(self, process: Process) -> None:
        """End a process that was idle for too long, unless it has been at work since."""
        with self._lock:
            if self._idle.get(process) is not threading.current_thread():
                return
            self._no_longer_idle([process])
        process.end()

    def _no_longer_idle(self, processes: list[Process]) -> list[Process]:
        for process in processes:
            self._idle.pop(process).cancel()
        return processes


def _end(processes: Iterable[Process]) -> None:
    for process in processes:
        process.end()
