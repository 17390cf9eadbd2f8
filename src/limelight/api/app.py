"""The HTTP application: routes, errors, and what holds for every request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from limelight import __version__
from limelight.api import documentation, errors, files, health, openapi
from limelight.api.middleware.away import Away
from limelight.api.middleware.edge import Edge
from limelight.api.middleware.idempotent import Idempotent
from limelight.api.routes import ROUTERS
from limelight.service.server import Service


def create_app(service: Service) -> ASGIApp:
    """The application around a started service, which it stops when it shuts down."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(service.stop)

    app = FastAPI(
        title="Limelight",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # of a CDN; ours is in `documentation`
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    errors.install(app)
    for router in (*ROUTERS, files.router, health.router, documentation.router):
        app.include_router(router)

    @app.get("/", include_in_schema=False)
    def root() -> dict[str, str]:
        return {"service": "Limelight", "documentation": "/docs"}

    openapi.install(app)
    return Edge(Away(Idempotent(app, service), service), service.metrics)
