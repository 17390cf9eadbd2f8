"""Whether the parts of a server work. Checks run in threads of their own: a part that is down may never answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from limelight.errors import LimelightError

#: A part that has not answered after this time counts as down.
DEADLINE_S = 2.0
_LATE = f"there was no answer within {DEADLINE_S:g} s."


class Probe:
    """Runs a check, which raises LimelightError where something is wrong; one run at a time, however many callers."""

    def __init__(self, check: Callable[[], object]) -> None:
        self._check = check
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._ended.set()
        self._begun_s = 0.0
        self._outcome = ""

    def begin(self) -> None:
        """Start the check in a thread of its own, unless it runs already."""
        with self._lock:
            if self._ended.is_set():
                self._begun_s = time.monotonic()
                self._ended.clear()
                threading.Thread(target=self._run, name="probe", daemon=True).start()

    def outcome(self) -> str:
        """`ok`, or what is wrong, by the latest check; waits for it until its deadline."""
        ended = self._ended.wait(max(0.0, self._begun_s + DEADLINE_S - time.monotonic()))
        return self._outcome if ended else _LATE

    @property
    def overdue(self) -> bool:
        """Whether the check still runs after its deadline."""
        return not self._ended.is_set() and time.monotonic() > self._begun_s + DEADLINE_S

    def _run(self) -> None:
        try:
            self._check()
            self._outcome = "ok"
        except LimelightError as error:
            self._outcome = error.message
        except Exception as error:
            self._outcome = f"an unexpected error ({type(error).__name__})."
        finally:
            self._ended.set()


def look(parts: Mapping[str, Probe]) -> dict[str, str]:
    """For each part `ok`, or what is wrong with it; returns within the deadline."""
    for probe in parts.values():
        probe.begin()
    return {part: probe.outcome() for part, probe in parts.items()}


class Pulse:
    """Checks a database every few seconds, from `start` to `stop`."""

    def __init__(self, database: Probe) -> None:
        self._database = database
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    @property
    def answers(self) -> bool:
        """Whether the database answers in time, even with an error; True while no checks run."""
        return not (self._thread.is_alive() and self._database.overdue)

    def start(self) -> None:
        """Start the checks."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the checks."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(DEADLINE_S):
            self._database.begin()
