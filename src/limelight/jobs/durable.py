"""The engine on DBOS: every step and part is a row in its database, so a crash at any moment loses nothing.

SQLite needs no server; the same code runs on Postgres. What a restart does is described in docs/operations.md.
DBOS is one per process, so only one of these may be launched at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID

from limelight.errors import JobError
from limelight.jobs.engine import Interrupted, PartFailed, State, Work, outcome_of, result_of
from limelight.jobs.failures import Json, failure_from, failure_json, is_json

#: A parent that waits for its parts must not hold a place that they need: two queues.
_WHOLES, _PARTS = "films", "scenes"
#: Changed only when stored jobs cannot be read any more: DBOS leaves work of other versions alone.
_APPLICATION_VERSION = "1"
#: The next process of this name takes up what this one leaves.
_EXECUTOR_ID = "limelight"
#: Far more than the restarts of a long film; attempts that crash are counted, scene by scene, in the store.
_MAX_RECOVERY_ATTEMPTS = 1_000
_POLL_S = 0.4
_CLOSE_TIMEOUT_S = 15.0


class DurableEngine:
    """Jobs on DBOS; at most `workers` jobs and `workers` parts run at once in this process."""

    def __init__(self, database_url: str, *, workers: int = 1) -> None:
        self._database_url = database_url
        self._workers = workers
        self._closing = threading.Event()
        self._running = 0
        self._idle = threading.Condition()
        self._whole: Callable[[str], None] | None = None

    def launch(self, work: Work) -> None:
        """See Engine."""
        config = DBOSConfig(
            name="limelight",
            system_database_url=self._database_url,
            application_version=_APPLICATION_VERSION,
            executor_id=_EXECUTOR_ID,
            log_level="WARNING",
            enable_otlp=False,
        )
        try:
            DBOS(config=config)
            self._register(work)
            DBOS.launch()
            for name in (_WHOLES, _PARTS):
                DBOS.register_queue(
                    name, worker_concurrency=self._workers, polling_interval_sec=_POLL_S, on_conflict="always_update"
                )
        except Exception as error:
            DBOS.destroy(destroy_registry=True)
            raise JobError("the job database could not be opened.") from error

    def submit(self, job_id: str) -> None:
        """See Engine."""
        if self._whole is None:
            raise JobError("jobs are not running.")
        try:
            with SetWorkflowID(job_id):
                DBOS.enqueue_workflow(_WHOLES, self._whole, job_id)
        except Exception as error:
            raise JobError("the job could not be queued.") from error

    def state(self, job_id: str) -> State | None:
        """See Engine."""
        try:
            status = DBOS.get_workflow_status(job_id)
        except Exception as error:
            raise JobError("the job's state could not be read.") from error
        return _state(status.status) if status else None

    def cancel(self, job_id: str) -> None:
        """See Engine."""
        try:
            DBOS.cancel_workflow(job_id, cancel_children=True)
        except Exception as error:
            raise JobError("the job could not be given up.") from error

    def close(self) -> None:
        """See Engine."""
        self._closing.set()
        with self._idle:
            self._idle.wait_for(lambda: self._running == 0, timeout=_CLOSE_TIMEOUT_S)
        self._whole = None
        DBOS.destroy(destroy_registry=True)

    def _register(self, work: Work) -> None:
        @DBOS.workflow(name="part", max_recovery_attempts=_MAX_RECOVERY_ATTEMPTS)
        def part(job_id: str, index: int) -> Json:
            with self._counted():
                return DBOS.run_step({"name": "part"}, lambda: outcome_of(lambda: work.part(job_id, index)))

        @DBOS.workflow(name="whole", max_recovery_attempts=_MAX_RECOVERY_ATTEMPTS)
        def whole(job_id: str) -> None:
            with self._counted():
                work.whole(_DurableRun(job_id, part, self._closing))

        self._whole = whole

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if self._closing.is_set():
            raise Interrupted
        with self._idle:
            self._running += 1
        try:
            yield
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()


@dataclass(frozen=True)
class _DurableRun:
    job_id: str
    part: Callable[[str, int], Json]
    closing: threading.Event

    def step(self, name: str, do: Callable[[], Json]) -> Json:
        return DBOS.run_step({"name": name}, do)

    def parts(self, count: int) -> list[Json]:
        ids = [f"{self.job_id}-{index:03d}" for index in range(count)]
        for index, part_id in enumerate(ids):
            with SetWorkflowID(part_id):
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
            known = {status.workflow_id: status for status in DBOS.list_workflows(workflow_ids=ids, load_input=False)}
            ended = {
                i: known[id] for i, id in enumerate(ids) if id in known and _state(known[id].status) != "unfinished"
            }
            results: list[Json] = []
            for index, status in sorted(ended.items()):
                try:
                    results.append(result_of(_outcome(status.status, status.output), index))
                except PartFailed as error:
                    DBOS.cancel_workflows([id for i, id in enumerate(ids) if i not in ended])
                    return {"failed": error.index, "failure": failure_json(error.error)}
            if len(results) == len(ids):
                return {"results": results}
        raise Interrupted


def _state(status: str) -> State:
    if status in ("ENQUEUED", "PENDING", "DELAYED"):
        return "unfinished"
    return "done" if status == "SUCCESS" else "failed"


def _outcome(status: str, output: Any) -> Json:
    if status == "SUCCESS" and is_json(output):
        return output
    return {"failure": failure_json(JobError(f"the scene was given up ({status.lower()})."))}
