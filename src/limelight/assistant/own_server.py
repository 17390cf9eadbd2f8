"""A Limelight server of the command's own, where none is named: a child process that ends with its parent.

`python -m limelight.assistant.own_server FOLDER` is the child. Its standard output is for one line, which says on which
port it serves, or why it cannot; what else is printed there, such as a new key, is dropped. It stops when its input
ends.
"""

from __future__ import annotations

import _thread
import json
import os
import signal
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
    """A server and its port. Raises the LimelightError that keeps it from serving."""
    # An assistant that starts its servers anew does so while the one before is still stopping.
    deadline = time.monotonic() + _LOCKED_S
    while True:
        process = subprocess.Popen(
            [sys.executable, "-m", "limelight.assistant.own_server", str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **({"LIMELIGHT_API_KEY": key} if key else {})},
            start_new_session=True,  # Ctrl-C and the assistant's signals are for the parent
        )
        try:
            return process, _port_of(process)
        except BaseException as error:
            _stop(process)
            if not isinstance(error, LimelightError) or error.code != _IN_USE:
                raise
            if time.monotonic() >= deadline:
                advice = "name the server with --server, or another folder with --data-dir."
                raise type(error)(f"{error.message.rstrip('.')}: {advice}", code=error.code) from error
        time.sleep(_RETRY_EVERY_S)


def _port_of(process: subprocess.Popen[bytes]) -> int:
    """Wait until the server answers. Raises the LimelightError that it ended with."""
    assert process.stdout
    patience = threading.Timer(_PATIENCE_S, process.kill)
    patience.start()
    try:
        line = process.stdout.readline()
    finally:
        patience.cancel()
    if not line:
        raise JobError("the server did not start; its log says why.")
    told = json.loads(line)
    if "port" not in told:
        raise failure_from(told)
    port: int = told["port"]
    return port


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


def main() -> None:
    """The child: serve until standard input ends."""
    # SIGINT may be ignored where the parent runs in a shell's background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_stop_at_end_of_input, name="stdin", daemon=True).start()
    with suppress(KeyboardInterrupt), os.fdopen(os.dup(sys.stdout.fileno()), "w") as out:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        _serve(Path(sys.argv[1]), out)


def _serve(data_dir: Path, out: TextIO) -> None:
    """Serve; write to `out` on which port, or why that is not possible."""
    from limelight.api.serve import serve
    from limelight.disk import named

    def tell(message: dict[str, object]) -> None:
        print(json.dumps(message), file=out, flush=True)

    try:
        serve(_HOST, 0, data_dir, on_start=lambda port: tell({"port": port}))
    except (LimelightError, OSError) as error:
        told = named(error)
        if not isinstance(told, LimelightError):
            raise
        tell(failure_json(told))
        sys.exit(told.exit_code)


def _stop_at_end_of_input() -> None:
    sys.stdin.buffer.read()
    _thread.interrupt_main()  # as Ctrl-C does; os.kill would be the end of the process on Windows


if __name__ == "__main__":
    main()
