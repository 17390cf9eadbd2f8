"""The port to whatever runs jobs durably, and a stand-in that keeps everything in memory.

A job is a `Work.whole`, run once for each submitted id. It has side effects only through its `Run`: `step` calls a
function once and records its result, `parts` runs the job's parts in parallel and records each result. After a crash
the engine runs the whole again from its beginning, and steps and parts with a recorded result are not run again.

Results are JSON objects. The real engine is `durable.py`; both pass the same tests.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from limelight.disk import named
from limelight.errors import JobError, LimelightError
from limelight.jobs.failures import Json, failure_from, failure_json, is_json

State = Literal["unfinished", "done", "failed"]

_log = logging.getLogger(__name__)


class Interrupted(BaseException):
    """The server is stopping, or a result cannot be recorded: the engine records nothing of this attempt.

    The next start, or `take_up`, runs it again. Not an Exception, so that no handler on the way takes it for a failure.
    """


class Cancelled(BaseException):
    """The job was cancelled while it ran; not an Exception, as Interrupted is not."""


class PartFailed(Exception):
    """A part of a job raised `error`."""

    def __init__(self, index: int, error: LimelightError) -> None:
        super().__init__(f"part {index}: {error.message}")
        self.index = index
        self.error = error


class Run(Protocol):
    """What a running job sees of its engine."""

    @property
    def job_id(self) -> str:
        """The id that was submitted."""

    def step(self, name: str, do: Callable[[], Json]) -> Json:
        """The result of `do`, which is called only where no result is recorded under this name."""

    def parts(self, count: int) -> list[Json]:
        """The results of parts 0 to count - 1. Raises PartFailed for the first that fails, and cancels the rest."""


class Work(Protocol):
    """What an engine runs."""

    def whole(self, run: Run) -> None:
        """Run a job from beginning to end. It must call the same steps in the same order each time it is run."""

    def part(self, job_id: str, index: int) -> Json:
        """Run one part of a job. Raises LimelightError."""


class Engine(Protocol):
    """Runs jobs. It may be launched once."""

    def launch(self, work: Work) -> None:
        """Resume the jobs that are unfinished, and run those that are submitted from now on."""

    def submit(self, job_id: str) -> None:
        """Queue this job; a crash does not lose it. Does nothing for an id that is known already. Raises JobError."""

    def state(self, job_id: str) -> State | None:
        """A job's state, or None if it was never submitted. Raises JobError."""

    def cancel(self, job_id: str) -> None:
        """Cancel a job: none of its steps or parts begins any more, and its state is failed unless it was done.

        A step or part that runs at this moment runs on; the caller stops it. Raises JobError.
        """

    def take_up(self) -> None:
        """Resume jobs that stopped here without an end because their outcome could not be recorded.

        One thread calls this now and then. Raises JobError.
        """

    def close(self) -> None:
        """Stop. The caller has made sure before that running work ends with Interrupted."""


def outcome_of(part: Callable[[], Json]) -> Json:
    """Run a part; gives what it returns or raises as JSON: `{"result"}` or `{"failure"}`."""
    try:
        return {"result": part()}
    except Exception as error:
        told = named(error)
        if isinstance(told, LimelightError):
            return {"failure": failure_json(told)}
        _log.exception("a part failed unexpectedly")
        return {"failure": failure_json(JobError("an unexpected error; the server's log has the details."))}


def result_of(outcome: Json, index: int) -> Json:
    """The result in an outcome. Raises PartFailed."""
    result = outcome.get("result")
    if is_json(result):
        return result
    raise PartFailed(index, failure_from(outcome.get("failure")))


@dataclass
class Memory:
    """What a `MemoryEngine` records; a test gives it to the next engine to simulate a restart."""

    states: dict[str, State] = field(default_factory=dict)
    results: dict[tuple[str, str], Json] = field(default_factory=dict)


class MemoryEngine:
    """An engine that runs one job after the other, part by part, on one thread, and records results in memory only."""

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._interrupted: list[str] = []

    def launch(self, work: Work) -> None:
        """See Engine."""
        for job_id, state in self._memory.states.items():
            if state == "unfinished":
                self._waiting.put(job_id)
        self._thread = threading.Thread(target=self._run_all, args=(work,), name="memory-engine")
        self._thread.start()

    def submit(self, job_id: str) -> None:
        """See Engine."""
        if self._memory.states.setdefault(job_id, "unfinished") == "unfinished":
            self._waiting.put(job_id)

    def state(self, job_id: str) -> State | None:
        """See Engine."""
        return self._memory.states.get(job_id)

    def cancel(self, job_id: str) -> None:
        """See Engine."""
        if self._memory.states.get(job_id) == "unfinished":
            self._memory.states[job_id] = "failed"

    def take_up(self) -> None:
        """See Engine."""
        while self._interrupted:
            self._waiting.put(self._interrupted.pop())

    def close(self) -> None:
        """See Engine."""
        self._closing = True
        self._waiting.put(None)
        if self._thread:
            self._thread.join()

    def _run_all(self, work: Work) -> None:
        while (job_id := self._waiting.get()) is not None and not self._closing:
            if self._memory.states[job_id] != "unfinished":
                continue
            try:
                work.whole(_MemoryRun(job_id, work, self._memory))
            except Interrupted:
                self._interrupted.append(job_id)
            except Cancelled:
                continue
            except Exception:
                _log.exception("job %s failed unexpectedly", job_id)
                self._memory.states[job_id] = "failed"
            else:
                if self._memory.states[job_id] == "unfinished":
                    self._memory.states[job_id] = "done"


@dataclass(frozen=True)
class _MemoryRun:
    job_id: str
    work: Work
    memory: Memory

    def step(self, name: str, do: Callable[[], Json]) -> Json:
        if self.memory.states[self.job_id] != "unfinished":
            raise Cancelled
        key = (self.job_id, name)
        if key not in self.memory.results:
            self.memory.results[key] = do()
        return self.memory.results[key]

    def parts(self, count: int) -> list[Json]:
        return [result_of(self.step(f"part {i}", lambda i=i: self._part(i)), i) for i in range(count)]  # type: ignore[misc]

    def _part(self, index: int) -> Json:
        return outcome_of(lambda: self.work.part(self.job_id, index))
