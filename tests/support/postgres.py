"""A Postgres of a test's own, which can be stopped, frozen and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from machine import lacks
from serving import eventually, free_port


def binary(name: str) -> str:
    """A program of Postgres, which Debian keeps off the path."""
    found = shutil.which(name) or next((str(p) for p in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)
    return found or lacks("PostgreSQL is not installed")


#: Process and key of the lock by which a server of ours holds the database; DBOS has others.
LOCK = """
    SELECT pid, classid::bigint << 32 | objid::bigint FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND application_name LIKE 'limelight-lock-%'
"""


class Postgres:
    """A server on a free port of loopback, with one database, from construction to `close`."""

    def __init__(self) -> None:
        self._initdb, self._postgres = binary("initdb"), binary("postgres")
        self.port = free_port()
        self.url = f"postgresql://limelight@127.0.0.1:{self.port}/postgres"
        self._folder = Path("/tmp") / f"limelight-postgres-{os.getpid()}-{self.port}"
        self._as_user: dict[str, object] = {}
        if os.getuid() == 0:  # Postgres refuses to run as root
            self._as_user = {"user": "nobody", "env": {**os.environ, "HOME": "/"}}
        self._folder.mkdir()
        if self._as_user:
            shutil.chown(self._folder, "nobody")
        command = [self._initdb, "-D", self._folder / "data", "-A", "trust", "-U", "limelight"]
        subprocess.run(command, check=True, capture_output=True, **self._as_user)  # type: ignore[call-overload]
        self.start()

    def start(self) -> None:
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        command = [self._postgres, "-D", self._folder / "data", "-p", str(self.port), "-k", self._folder, *options]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **self._as_user)  # type: ignore[call-overload]
        eventually(self._answers, "the database", 60)

    def stop(self) -> None:
        """At once, without waiting for anybody's end."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    def freeze(self) -> None:
        """It accepts connections, and answers nothing any more."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    @contextmanager
    def taken_over(self) -> Iterator[None]:
        """Another server has the advisory lock that a server of ours held until now."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            ((pid, key),) = connection.execute(LOCK).fetchall()
            connection.execute("SELECT pg_terminate_backend(%s), pg_advisory_lock(%s)", (pid, key))
            yield

    def close(self) -> None:
        self.thaw()
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        """To the server and to those that serve its connections."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in (self.process.pid, *map(int, children.read_text().split() if children.exists() else ())):
            os.kill(pid, number)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True
