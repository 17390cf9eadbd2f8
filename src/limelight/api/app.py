"""The HTTP application: routes, errors, and what holds for every request."""

from __future__ import annotations

import posixpath
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from limelight import __version__
from limelight.api import errors, files
from limelight.api.bodies import DESCRIBED
from limelight.api.routes import ROUTERS
from limelight.api.service import Service


def create_app(service: Service) -> ASGIApp:
    """The application around a started service, which it stops when it shuts down."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(service.stop)

    app = FastAPI(title="Limelight", version=__version__, lifespan=lifespan, redoc_url=None, redirect_slashes=False)
    app.state.service = service
    errors.install(app)
    for router in (*ROUTERS, files.router):
        app.include_router(router)

    @app.get("/", include_in_schema=False)
    def root() -> dict[str, str]:
        return {"service": "Limelight", "documentation": "/docs"}

    _describe_bodies(app)
    return _Edge(app)


class _Edge:
    """Outside of everything, so that errors pass it too: paths are tidied, answers get an id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = "/" + posixpath.normpath("/" + scope["path"]).lstrip("/")
        request_id = uuid.uuid4().hex.encode()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id)]
            await send(message)

        await self._app({**scope, "path": path, "raw_path": quote(path).encode()}, receive, send_with_id)


def _describe_bodies(app: FastAPI) -> None:
    """Bodies are read leniently by `schemas`, not by FastAPI, so OpenAPI learns of them here."""
    made_by_fastapi = app.openapi

    def openapi() -> dict[str, Any]:
        document = made_by_fastapi()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name, body in DESCRIBED.items():
            schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas[name] = schema
        return document

    app.openapi = openapi  # type: ignore[method-assign]
