"""The engine on DBOS: every step and part is a row in its database, so a crash at any moment loses nothing.

SQLite needs no server; the same code runs on Postgres. docs/operations.md describes what a restart does.
DBOS is a singleton of the process, so only one engine may be launched at a time.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dbos import DBOS, DBOSClient, DBOSConfig, SetWorkflowID
from dbos import error as dbos_errors
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from limelight.disk import DISK_FULL, disk_is_full
from limelight.errors import UNAVAILABLE, JobError
from limelight.jobs.engine import Interrupted, PartFailed, State, Work, outcome_of, result_of
from limelight.jobs.failures import Json, failure_from, failure_json, is_json
from limelight.store.database import passes, patient

#: Two queues, because a job that waits for its parts must not hold a place that they need.
_WHOLES, _PARTS = "films", "scenes"
#: To be changed only when this code cannot run stored jobs any more: DBOS does not run jobs of other versions.
_APPLICATION_VERSION = "1"
#: DBOS recovers the unfinished jobs of an earlier process with the same executor id.
_EXECUTOR_ID = "limelight"
#: Far more than the restarts during a long film; `scenes.MAX_BEGINNINGS` limits how often a scene is begun.
_MAX_RECOVERY_ATTEMPTS = 1_000
_NAME = "limelight"
_POLL_S = 0.4
#: Well above the time from when DBOS dequeues a job until its code runs, and from its code's end until DBOS records it.
_LOST_AFTER_S = 2.0
_CLOSE_TIMEOUT_S = 15.0

_log = logging.getLogger(__name__)
_dbos_log = logging.getLogger("dbos")


class DurableEngine:
    """Jobs on DBOS; at most `workers` jobs and `workers` parts run at once in this process."""

    def __init__(self, database_url: str, *, workers: int = 1) -> None:
        url = make_url(database_url)
        if url.get_backend_name() == "postgresql":
            url = patient(url).set(drivername="postgresql")
        self._database_url = url.render_as_string(hide_password=False)
        self._workers = workers
        self._closing = threading.Event()
        #: Ids of jobs and parts whose code runs now; guarded by the condition `_idle`.
        self._running: Counter[str] = Counter()
        self._idle = threading.Condition()
        self._client: DBOSClient | None = None
        #: Jobs that DBOS lists as running and whose code does not run here: since when, monotonic seconds, by id.
        self._missed_s: dict[str, float] = {}
        self._given_up = _GivenUp()

    def launch(self, work: Work) -> None:
        """See Engine."""
        config = DBOSConfig(
            name=_NAME,
            system_database_url=self._database_url,
            application_version=_APPLICATION_VERSION,
            executor_id=_EXECUTOR_ID,
            log_level="WARNING",
            enable_otlp=False,
        )
        # DBOS adds a handler of its own unless its logger has one; without it, its records go to the root's handler.
        if not _dbos_log.handlers:
            _dbos_log.addHandler(logging.NullHandler())
        _dbos_log.addFilter(self._given_up)
        try:
            DBOS(config=config)
            self._register(work)
            DBOS.launch()
            for name in (_WHOLES, _PARTS):
                DBOS.register_queue(
                    name, worker_concurrency=self._workers, polling_interval_sec=_POLL_S, on_conflict="always_update"
                )
            # DBOS itself waits for ever for a database that does not answer; this client raises instead.
            self._client = DBOSClient(
                system_database_url=self._database_url, application_name=_NAME, retry_connection_errors=False
            )
        except Exception as error:
            DBOS.destroy(destroy_registry=True)
            _dbos_log.removeFilter(self._given_up)
            raise JobError("the job database could not be opened.") from error

    def submit(self, job_id: str) -> None:
        """See Engine."""
        with self._asked("the job could not be queued.") as client:
            client.enqueue(
                {
                    "queue_name": _WHOLES,
                    "workflow_name": "whole",
                    "workflow_id": job_id,
                    "app_version": _APPLICATION_VERSION,
                },
                job_id,
            )

    def state(self, job_id: str) -> State | None:
        """See Engine."""
        with self._asked("the job's state could not be read.") as client:
            found = client.list_workflows(workflow_ids=[job_id], load_input=False, load_output=False)
        return _state(found[0].status) if found else None

    def cancel(self, job_id: str) -> None:
        """See Engine."""
        with self._asked("the job could not be given up.") as client:
            self._given_up.add([job_id])
            client.cancel_workflow(job_id, cancel_children=True)

    def take_up(self) -> None:
        """See Engine.

        When DBOS cannot write a run's outcome, and the connection is not lost, it ends the run and leaves it marked as
        running. This may run a job again that was cancelled a moment ago: its steps find that its video is gone.
        """
        with self._asked("jobs could not be looked after.") as client:
            said_to_run = client.list_workflows(
                status="PENDING", executor_id=_EXECUTOR_ID, load_input=False, load_output=False
            )
            queues = {status.workflow_id: status.queue_name for status in said_to_run}
            for id in self._lost(queues):
                client.resume_workflow(id, queue_name=queues[id])
                del self._missed_s[id]
                _log.warning("job %s had stopped before its end, and is taken up again", id)

    def close(self) -> None:
        """See Engine."""
        self._closing.set()
        with self._idle:
            self._idle.wait_for(lambda: not self._running, timeout=_CLOSE_TIMEOUT_S)
        if self._client is not None:
            self._client.destroy()
            self._client = None
        DBOS.destroy(destroy_registry=True)
        _dbos_log.removeFilter(self._given_up)

    def _register(self, work: Work) -> None:
        @DBOS.workflow(name="part", max_recovery_attempts=_MAX_RECOVERY_ATTEMPTS)
        def part(job_id: str, index: int) -> Json:
            with self._counted(), _remembered():
                return DBOS.run_step({"name": "part"}, lambda: outcome_of(lambda: work.part(job_id, index)))

        @DBOS.workflow(name="whole", max_recovery_attempts=_MAX_RECOVERY_ATTEMPTS)
        def whole(job_id: str) -> None:
            with self._counted():
                work.whole(_DurableRun(job_id, part, self._closing, self._given_up))

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if self._closing.is_set():
            raise Interrupted
        id = DBOS.workflow_id or ""
        with self._idle:
            self._running[id] += 1
        try:
            yield
        finally:
            with self._idle:
                self._running -= Counter([id])
                self._idle.notify_all()

    @contextmanager
    def _asked(self, problem: str) -> Iterator[DBOSClient]:
        """The client; turns every exception of the block into a JobError of this message. Raises JobError."""
        if self._client is None:
            raise JobError("jobs are not running.")
        try:
            yield self._client
        except Exception as error:
            code = DISK_FULL if disk_is_full(error) else UNAVAILABLE if passes(error) else None
            raise JobError(problem, code=code) from error

    def _lost(self, said_to_run: Iterable[str]) -> list[str]:
        """Of these ids, which DBOS lists as running, those whose code has not run here for _LOST_AFTER_S."""
        now_s = time.monotonic()
        with self._idle:
            missed = [id for id in said_to_run if id not in self._running]
        self._missed_s = {id: self._missed_s.get(id, now_s) for id in missed}
        return [id for id, since_s in self._missed_s.items() if now_s - since_s >= _LOST_AFTER_S]


class _GivenUp(logging.Filter):
    """Drops DBOS's log records about the end of runs that this process cancelled, which is no error."""

    _ENDS = re.compile(r"Workflow (\S+?)(-\d{3,})? (?:is no longer owned|was cancelled|outcome was not recorded)")

    def __init__(self) -> None:
        super().__init__()
        #: ids of jobs and parts; the newest are enough, because a cancelled run ends soon
        self._ids: deque[str] = deque(maxlen=1_000)

    def add(self, ids: Iterable[str]) -> None:
        """Expect the end of these runs; call it before cancelling them."""
        self._ids.extend(ids)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], dbos_errors.DBOSAwaitedWorkflowCancelledError):
            return False
        found = self._ENDS.match(record.getMessage())
        # A copy, because other threads may add ids meanwhile.
        return found is None or not {found[1], f"{found[1]}{found[2] or ''}"} & set(list(self._ids))


@dataclass(frozen=True)
class _DurableRun:
    job_id: str
    part: Callable[[str, int], Json]
    closing: threading.Event
    given_up: _GivenUp

    def step(self, name: str, do: Callable[[], Json]) -> Json:
        with _remembered():
            return DBOS.run_step({"name": name}, do)

    def parts(self, count: int) -> list[Json]:
        ids = [f"{self.job_id}-{index:03d}" for index in range(count)]
        for index, part_id in enumerate(ids):
            with SetWorkflowID(part_id), _remembered():
                DBOS.enqueue_workflow(_PARTS, self.part, self.job_id, index)
        outcome = self.step("wait for parts", lambda: self._wait(ids))
        failed = outcome.get("failed")
        if isinstance(failed, int):
            raise PartFailed(failed, failure_from(outcome["failure"]))
        results = outcome["results"]
        assert isinstance(results, list)
        return results

    def _wait(self, ids: list[str]) -> Json:
        """`{"results"}`, or `{"failed", "failure"}` as soon as one part has failed. Raises Interrupted."""
        while not self.closing.wait(_POLL_S):
            with _remembered():
                listed = DBOS.list_workflows(workflow_ids=ids, load_input=False)
            known = {status.workflow_id: status for status in listed}
            ended = {
                i: known[id] for i, id in enumerate(ids) if id in known and _state(known[id].status) != "unfinished"
            }
            results: list[Json] = []
            for index, status in sorted(ended.items()):
                try:
                    results.append(result_of(_outcome(status.status, status.output), index))
                except PartFailed as error:
                    rest = [id for i, id in enumerate(ids) if i not in ended]
                    self.given_up.add(rest)
                    with _remembered():
                        DBOS.cancel_workflows(rest)
                    return {"failed": error.index, "failure": failure_json(error.error)}
            if len(results) == len(ids):
                return {"results": results}
        raise Interrupted


@contextmanager
def _remembered() -> Iterator[None]:
    """Raise Interrupted where DBOS cannot read or write its rows: the run ends as if a crash had cut it off there."""
    try:
        yield
    except SQLAlchemyError as error:
        why = "the disk is full" if disk_is_full(error) else f"the job database failed ({type(error).__name__})"
        _log.error("a job stops, and is taken up again later: %s", why)
        raise Interrupted from error


def _state(status: str) -> State:
    if status in ("ENQUEUED", "PENDING", "DELAYED"):
        return "unfinished"
    return "done" if status == "SUCCESS" else "failed"


def _outcome(status: str, output: Any) -> Json:
    if status == "SUCCESS" and is_json(output):
        return output
    return {"failure": failure_json(JobError(f"the scene was given up ({status.lower()})."))}
