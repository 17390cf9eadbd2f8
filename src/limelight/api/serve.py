"""`limelight serve`: one process that answers, queues and renders (in children)."""

from __future__ import annotations

import os
from pathlib import Path

import uvicorn

from limelight import logs
from limelight.api.app import create_app
from limelight.api.service import Service
from limelight.api.settings import Settings

#: How long open downloads may hold up a stop.
_SHUTDOWN_S = 5


def serve(host: str, port: int, data_dir: Path) -> None:
    """Serve until a signal to stop; renders that run then are taken up at the next start.

    Raises StoreError when the folder is in use or the database cannot be opened, JobError when jobs cannot be run.
    """
    logs.configure(logs.style_of(os.environ))
    settings = Settings.from_environment(data_dir, os.environ)
    os.umask(0o077)  # for what libraries and renders write, too
    service = Service(settings)
    try:
        service.start()
        print(service.key_notice, end="", flush=True)
        uvicorn.run(
            create_app(service),
            host=host,
            port=port,
            timeout_graceful_shutdown=_SHUTDOWN_S,
            log_config=None,
            access_log=False,  # ours has the request's id and the video's
        )
    finally:
        service.stop()
