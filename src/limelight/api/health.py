"""Whether the server lives, whether it can work, and what it counts. Without a key: for the network it stands in."""

from __future__ import annotations

from typing import Literal

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from limelight.api.urls import service_of
from limelight.metrics import CONTENT_TYPE

#: Who asks while somebody is being answered waits, and is then answered as fast.
_looks = anyio.CapacityLimiter(1)

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """GET /healthz."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """GET /readyz: `ok`, or what is wrong, part by part."""

    status: Literal["ok", "unavailable"]
    database: str
    objects: str
    engine: str


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", operation_id="healthz")
async def healthz() -> Health:
    """The process lives and answers."""
    return Health()


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", operation_id="readyz", responses={503: {"model": Readiness, "description": "It cannot."}})
async def readyz(request: Request) -> Readiness:
    """The server can keep and make videos: the database answers, files can be written, jobs run."""
    # Not one of the threads that requests wait for: they may all hang on what is to be told here.
    parts = await anyio.to_thread.run_sync(service_of(request).readiness, limiter=_looks)
    ready = Readiness(status="ok" if set(parts.values()) == {"ok"} else "unavailable", **parts)
    return ready if ready.status == "ok" else JSONResponse(ready.model_dump(), 503)  # type: ignore[return-value]


@router.head("/metrics", include_in_schema=False)
@router.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request) -> Response:
    """Counters in Prometheus' text format."""
    return Response(service_of(request).metrics.text(), headers={"Content-Type": CONTENT_TYPE})
