"""`limelight serve`: one process that answers, queues and renders (in children)."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvicorn

from limelight import logs
from limelight.api.app import create_app
from limelight.errors import StoreError
from limelight.service.server import Service
from limelight.service.settings import Settings

#: How long open downloads may hold up a stop.
_SHUTDOWN_S = 5


class _Server(uvicorn.Server):
    """Tells the port that it listens on, once it does."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_start(self.servers[0].sockets[0].getsockname()[1])


def serve(host: str, port: int, data_dir: Path, on_start: Callable[[int], None] = lambda _: None) -> None:
    """Serve until a signal to stop; renders that run then are taken up at the next start.

    Calls `on_start` with the port, which the system chooses where `port` is 0, once requests are answered.
    Raises StoreError when folder or database are in use, at the start or later, or the database cannot be opened, and
    JobError when jobs cannot be run.
    """
    logs.configure(logs.style_of(os.environ))
    settings = Settings.from_environment(data_dir, os.environ)
    os.umask(0o077)  # for what libraries and renders write, too
    taken = threading.Event()

    def stop() -> None:
        taken.set()
        server.should_exit = True

    config = uvicorn.Config(
        lambda: create_app(service),
        factory=True,
        host=host,
        port=port,
        timeout_graceful_shutdown=_SHUTDOWN_S,
        log_config=None,
        access_log=False,  # ours has the request's id and the video's
    )
    server = _Server(config, on_start)
    service = Service(settings, on_taken=stop)
    try:
        service.start()
        print(service.key_notice, end="", flush=True)
        with suppress(KeyboardInterrupt):  # it has stopped in peace by then
            server.run()
    finally:
        service.stop()
    if taken.is_set():
        raise StoreError("another server has taken the database over while it was away.", code="database_in_use")
