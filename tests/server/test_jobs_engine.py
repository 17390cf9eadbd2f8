"""Both engines keep the same promises: once each, in order, and on from where a crash or stop cut them off."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from limelight.errors import JobError, SpeechError
from limelight.jobs.durable import _LOST_AFTER_S, DurableEngine
from limelight.jobs.engine import Engine, Interrupted, Memory, MemoryEngine, PartFailed, Run, State
from limelight.jobs.failures import Json
from serving import eventually

PARTS = 3
NewEngine = Callable[[], Engine]


class Diary:
    """Work that writes down what it does, and does what the test says at each point."""

    def __init__(self, at: dict[str, Callable[[], None]] | None = None) -> None:
        self.done: list[str] = []
        self.caught: list[PartFailed] = []
        self.results: list[Json] = []
        self._at = at or {}

    def whole(self, run: Run) -> None:
        run.step("first", lambda: self._do("first"))
        try:
            self.results = run.parts(PARTS)
        except PartFailed as failed:
            self.caught.append(failed)
            run.step("sorry", lambda: self._do("sorry"))
            return
        run.step("last", lambda: self._do("last"))

    def part(self, job_id: str, index: int) -> Json:
        return self._do(f"part {index}")

    def _do(self, what: str) -> Json:
        self._at.get(what, lambda: None)()
        self.done.append(what)
        return {"did": what}


@pytest.fixture(params=["memory", "durable"])
def new_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewEngine]:
    """Each engine that this makes remembers what those before it did."""
    memory, made = Memory(), list[Engine]()

    def make() -> Engine:
        if request.param == "memory":
            made.append(MemoryEngine(memory))
        else:
            made.append(DurableEngine(f"sqlite:///{tmp_path / 'jobs.db'}"))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


def ended(engine: Engine, job_id: str) -> State:
    return eventually(
        lambda: state if (state := engine.state(job_id)) in ("done", "failed") else None, f"the end of {job_id}"
    )


def raises(error: BaseException) -> Callable[[], None]:
    def do() -> None:
        raise error

    return do


def test_steps_and_parts_are_done_once_and_in_order(new_engine: NewEngine) -> None:
    engine, work = new_engine(), Diary()
    engine.launch(work)
    assert engine.state("a") is None
    engine.submit("a")
    assert ended(engine, "a") == "done"
    assert work.done == ["first", "part 0", "part 1", "part 2", "last"]
    assert work.results == [{"did": f"part {i}"} for i in range(PARTS)]


def test_the_same_id_is_run_once(new_engine: NewEngine) -> None:
    engine, work = new_engine(), Diary()
    engine.launch(work)
    for _ in range(3):
        engine.submit("a")
    ended(engine, "a")
    engine.submit("a")
    engine.submit("b")
    ended(engine, "b")
    assert set(Counter(work.done).values()) == {2}


def test_a_part_that_fails_says_which_and_why_and_the_rest_is_given_up(new_engine: NewEngine) -> None:
    engine, work = new_engine(), Diary({"part 1": raises(SpeechError("hoarse", code="throat"))})
    engine.launch(work)
    engine.submit("a")
    assert ended(engine, "a") == "done"
    (failed,) = work.caught
    assert (failed.index, type(failed.error), failed.error.message) == (1, SpeechError, "hoarse")
    assert failed.error.code == "throat"
    assert work.done[-1] == "sorry"
    assert "last" not in work.done


def test_an_unforeseen_error_in_a_part_is_a_job_error_without_its_details(new_engine: NewEngine) -> None:
    engine, work = new_engine(), Diary({"part 0": raises(ValueError("a secret"))})
    engine.launch(work)
    engine.submit("a")
    ended(engine, "a")
    assert isinstance(work.caught[0].error, JobError)
    assert "secret" not in work.caught[0].error.message


def test_an_unforeseen_error_in_the_whole_fails_the_job(new_engine: NewEngine) -> None:
    engine, work = new_engine(), Diary({"first": raises(ValueError("unforeseen"))})
    engine.launch(work)
    engine.submit("a")
    assert ended(engine, "a") == "failed"


@pytest.mark.parametrize("cut_off", ["first", "part 1", "last"])
def test_a_stop_in_the_middle_is_taken_up_by_the_next_engine(new_engine: NewEngine, cut_off: str) -> None:
    reached, stop = threading.Event(), threading.Event()

    def wait_for_stop() -> None:
        reached.set()
        stop.wait()
        raise Interrupted

    before, after = Diary({cut_off: wait_for_stop}), Diary()
    engine = new_engine()
    engine.launch(before)
    engine.submit("a")
    assert reached.wait(60)
    threading.Timer(0.2, stop.set).start()
    engine.close()
    assert cut_off not in before.done

    engine = new_engine()
    engine.launch(after)
    assert ended(engine, "a") == "done"
    assert before.done + after.done == ["first", "part 0", "part 1", "part 2", "last"]
    assert after.done[0] == cut_off


def test_jobs_that_were_not_begun_are_begun_by_the_next_engine(new_engine: NewEngine) -> None:
    reached, stop = threading.Event(), threading.Event()

    def wait_for_stop() -> None:
        reached.set()
        stop.wait()
        raise Interrupted

    engine = new_engine()
    engine.launch(Diary({"first": wait_for_stop}))
    for job_id in "abc":
        engine.submit(job_id)
    assert reached.wait(60)
    assert [engine.state(job_id) for job_id in "abc"] == ["unfinished"] * 3
    stop.set()
    engine.close()

    engine, work = new_engine(), Diary()
    engine.launch(work)
    assert [ended(engine, job_id) for job_id in "abc"] == ["done"] * 3
    assert Counter(work.done)["last"] == 3


def test_a_waiting_job_that_is_cancelled_is_never_begun(new_engine: NewEngine) -> None:
    reached, go_on = threading.Event(), threading.Event()
    engine, begun = new_engine(), list[str]()

    class Work(Diary):
        def whole(self, run: Run) -> None:
            begun.append(run.job_id)
            super().whole(run)

    def hold() -> None:
        reached.set()
        go_on.wait()

    engine.launch(Work({"first": hold}))
    for job_id in "abc":
        engine.submit(job_id)
    assert reached.wait(60)
    engine.cancel("b")
    assert engine.state("b") == "failed"
    go_on.set()
    assert [ended(engine, job_id) for job_id in "ac"] == ["done", "done"]
    assert begun == ["a", "c"]
    assert engine.state("b") == "failed"


@pytest.mark.parametrize("during", ["first", "part 1"])
def test_a_running_job_that_is_cancelled_begins_nothing_more_and_lets_the_next_one_in(
    new_engine: NewEngine, during: str
) -> None:
    """What runs at that moment runs on; its end is no end of the job's."""
    reached, go_on, jobs = threading.Event(), threading.Event(), list[str]()
    engine = new_engine()

    class Work(Diary):
        def whole(self, run: Run) -> None:
            jobs.append(run.job_id)
            super().whole(run)

    def wait() -> None:
        if jobs == ["a"]:
            reached.set()
            go_on.wait()

    work = Work({during: wait})
    engine.launch(work)
    engine.submit("a")
    assert reached.wait(60)
    before = list(work.done)
    engine.cancel("a")
    engine.submit("b")
    assert engine.state("a") == "failed"
    go_on.set()
    assert ended(engine, "b") == "done"
    assert engine.state("a") == "failed"
    of_b = ["first", "part 0", "part 1", "part 2", "last"]
    rest = Counter(work.done) - Counter(before) - Counter(of_b)
    assert set(rest) <= {during}, "nothing of the cancelled job but what ran"


def test_of_cancelled_runs_nothing_is_logged_and_of_others_where_all_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In DBOS' words, for the log that is ours: a run that is lost in another way is worth knowing."""
    engine = DurableEngine(f"sqlite:///{tmp_path / 'jobs.db'}")
    engine.launch(Diary())
    engine.submit("gone")
    engine.cancel("gone")
    for job_id in ("gone", "gone-001", "other", "other-001"):
        logging.getLogger("dbos").warning("Workflow %s is no longer owned by this execution. Waiting", job_id)
    engine.close()
    told = [record.getMessage().split()[1] for record in caplog.records if record.name == "dbos"]
    assert told == ["other", "other-001"]


def test_a_cancelled_job_is_not_taken_up_by_the_next_engine(new_engine: NewEngine) -> None:
    reached, stop = threading.Event(), threading.Event()

    def wait_for_stop() -> None:
        reached.set()
        stop.wait()
        raise Interrupted

    engine = new_engine()
    engine.launch(Diary({"part 0": wait_for_stop}))
    for job_id in "ab":
        engine.submit(job_id)
    assert reached.wait(60)
    for job_id in "ab":
        engine.cancel(job_id)
    stop.set()
    engine.close()

    engine, work = new_engine(), Diary()
    engine.launch(work)
    engine.submit("c")
    assert ended(engine, "c") == "done"
    assert [engine.state(job_id) for job_id in "ab"] == ["failed", "failed"]
    assert Counter(work.done)["last"] == 1


def test_a_job_that_is_done_or_unknown_is_not_changed_by_cancel(new_engine: NewEngine) -> None:
    engine = new_engine()
    engine.launch(Diary())
    engine.submit("a")
    assert ended(engine, "a") == "done"
    engine.cancel("a")
    engine.cancel("unknown")
    assert (engine.state("a"), engine.state("unknown")) == ("done", None)


@pytest.mark.parametrize("cut_off", ["part 1", "last"])
def test_what_stopped_before_its_end_is_taken_up_while_the_engine_runs(new_engine: NewEngine, cut_off: str) -> None:
    """As when a full disk keeps its end from being written down: what was done before is not done again."""
    stopped = threading.Event()

    def stop_once() -> None:
        if not stopped.is_set():
            stopped.set()
            raise Interrupted

    engine, work = new_engine(), Diary({cut_off: stop_once})
    engine.launch(work)
    engine.submit("a")
    assert stopped.wait(60)
    assert engine.state("a") == "unfinished"

    def state() -> State | None:
        engine.take_up()
        return found if (found := engine.state("a")) in ("done", "failed") else None

    assert eventually(state, "the end of the job") == "done"
    assert Counter(work.done) == Counter(["first", "part 0", "part 1", "part 2", "last"])
    assert work.done[-1] == "last"


def test_what_runs_or_waits_is_not_taken_up_twice(new_engine: NewEngine) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        reached.set()
        go_on.wait()

    engine, work = new_engine(), Diary({"part 0": wait})
    engine.launch(work)
    for job_id in "ab":
        engine.submit(job_id)
    assert reached.wait(60)
    threading.Timer(_LOST_AFTER_S + 0.5, go_on.set).start()
    while not go_on.wait(0.1):
        engine.take_up()
    assert [ended(engine, job_id) for job_id in "ab"] == ["done", "done"]
    assert set(Counter(work.done).values()) == {2}
