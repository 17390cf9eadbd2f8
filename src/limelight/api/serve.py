"""`limelight serve`: one process that answers, queues and renders (in children)."""

from __future__ import annotations

import os
import threading
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


def serve(host: str, port: int, data_dir: Path) -> None:
    """Serve until a signal to stop; renders that run then are taken up at the next start.

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
    server = uvicorn.Server(config)
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
