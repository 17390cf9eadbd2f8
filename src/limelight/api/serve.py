"""`limelight serve`: one process that answers, queues and renders (in children)."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import uvicorn

from limelight.api.app import create_app
from limelight.api.auth import kept_secret
from limelight.api.service import Service
from limelight.api.settings import Settings

#: How long open downloads may hold up a stop.
_SHUTDOWN_S = 5


def serve(host: str, port: int, data_dir: Path) -> None:
    """Serve until a signal to stop; renders that run then are taken up at the next start.

    Raises StoreError when the folder is in use or the database cannot be opened, JobError when jobs cannot be run.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(name)s: %(message)s")
    settings = Settings.from_environment(data_dir, os.environ)
    service = Service(settings)
    try:
        service.start()
        app = create_app(service, api_key=_api_key(settings), signing_secret=_signing_secret(settings))
        uvicorn.run(app, host=host, port=port, timeout_graceful_shutdown=_SHUTDOWN_S)
    finally:
        service.stop()


def _api_key(settings: Settings) -> str:
    if settings.api_key:
        return settings.api_key
    file = settings.data_dir / "api-key"
    key, made = kept_secret(file)
    print(f"Your API key is {key}" if made else f"The API key is in {file}", flush=True)
    return key


def _signing_secret(settings: Settings) -> str:
    return kept_secret(settings.data_dir / "signing-secret")[0]
