"""A Limelight server of the command's own, where none is named: a child process that ends with its parent.

`python -m limelight.assistant.own_server PORT FOLDER` is the child. Its standard output is for one line, which says
why it could not serve; what else is printed there, such as a new key, is dropped. It stops when its input ends.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from limelight.errors import JobError, LimelightError
from limelight.jobs.failures import failure_from, failure_json

_HOST = "127.0.0.1"
#: How long a server may take to answer for the first time.
_PATIENCE_S = 120.0
_LOOK_EVERY_S = 0.05
#: How long a server may take to stop, and how long one that has just been told to may keep a new one waiting.
_STOPPING_S, _LOCKED_S = 10.0, 3.0
_RETRY_EVERY_S = 1.5
_IN_USE = "data_folder_in_use"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, and the key that it wants."""

    url: str
    key: str


@contextmanager
def own_server(data_dir: Path, key: str | None) -> Iterator[Address]:
    """A server on a free port of this machine, with its data in this folder, stopped when the with block is left.

    Its key is the folder's own unless one is given. Raises the LimelightError that keeps it from serving; another
    server may be using the folder.
    """
    process, port = _started(data_dir, key)
    try:
        if key is None:
            key = (data_dir / "api-key").read_text("utf-8").strip()
        yield Address(f"http://{_HOST}:{port}", key)
    finally:
        _stop(process)


def _started(data_dir: Path, key: str | None) -> tuple[subprocess.Popen[bytes], int]:
    # An assistant that starts its servers anew does so while the one before is still stopping.
    deadline = time.monotonic() + _LOCKED_S
    while True:
        port = _free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "limelight.assistant.own_server", str(port), str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **({"LIMELIGHT_API_KEY": key} if key else {})},
            start_new_session=True,  # Ctrl-C and the assistant's signals are for the parent
        )
        try:
            _await_answer(process, port)
        except LimelightError as error:
            if error.code == _IN_USE and time.monotonic() < deadline:
                time.sleep(_RETRY_EVERY_S)
                continue
            if error.code == _IN_USE:
                advice = "name the server with --server, or another folder with --data-dir."
                raise type(error)(f"{error.message.rstrip('.')}: {advice}", code=error.code) from error
            raise
        except BaseException:
            _stop(process)
            raise
        return process, port


def _await_answer(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the server listens. Raises the LimelightError that it ended with."""
    deadline = time.monotonic() + _PATIENCE_S
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((_HOST, port)) == 0:
                return
        if time.monotonic() > deadline:
            _stop(process)
            raise JobError(f"the server did not answer within {_PATIENCE_S:g} s.")
        time.sleep(_LOOK_EVERY_S)
    line = process.communicate()[0]
    raise failure_from(json.loads(line)) if line else JobError("the server ended at its start; its log says why.")


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin
    assert process.stdout
    process.stdin.close()
    try:
        process.wait(_STOPPING_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    """The child: serve until standard input ends."""
    # SIGINT may be ignored where the parent runs in a shell's background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_stop_at_end_of_input, name="stdin", daemon=True).start()
    with suppress(KeyboardInterrupt), os.fdopen(os.dup(sys.stdout.fileno()), "w") as out:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        _serve(int(sys.argv[1]), Path(sys.argv[2]), out)


def _serve(port: int, data_dir: Path, out: TextIO) -> None:
    """Serve; write to `out` why that is not possible."""
    from limelight.api.serve import serve
    from limelight.disk import named

    try:
        serve(_HOST, port, data_dir)
    except (LimelightError, OSError) as error:
        told = named(error)
        if not isinstance(told, LimelightError):
            raise
        out.write(json.dumps(failure_json(told)))
        sys.exit(told.exit_code)


def _stop_at_end_of_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    main()
