"""Outside of everything, so that errors pass it too: paths are tidied, answers get an id, are counted and logged."""

from __future__ import annotations

import logging
import posixpath
import re
import time
from urllib.parse import parse_qs, quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from limelight import logs
from limelight.metrics import Metrics
from limelight.names import ID_PATTERN, is_id, new_id

#: Ids of clients that are taken over; another gets a new one.
_SANE_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
#: Around ids that were pasted.
_SPACES = re.compile(r"(?<=/)\s+(?=[^\s/])|(?<=[^\s/])\s+(?=/|$)")
_VIDEO_PATH = re.compile(rf"/(?:v2/videos|v3/videos|v3/video-agents|files)/({ID_PATTERN})(?:/|$)")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ID_HEADER = b"x-request-id"

_access = logging.getLogger("limelight.access")


class Edge:
    """Around the application."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = "/" + posixpath.normpath("/" + _SPACES.sub("", scope["path"])).lstrip("/")
        inner = {**scope, "path": path, "raw_path": quote(path).encode()}
        request_id = _request_id(scope)
        # A request that is cut off before its answer begins is a 499, as other servers have it.
        status, begun_s = 499, time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (_ID_HEADER, request_id)]
            await send(message)

        with logs.about(request_id=request_id.decode()):
            _note_video(scope)
            try:
                await self._app(inner, receive, send_with_id)
            finally:
                self._record(inner, status, time.perf_counter() - begun_s)

    def _record(self, scope: Scope, status: int, took_s: float) -> None:
        """Count and log an answer. What follows the path may be a signature, and is left out."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.answered(method, getattr(scope.get("route"), "path", "none"), status)
        _access.info(
            "%s %s %d",
            method,
            quote(scope["path"][:200]),
            status,
            extra={
                "method": method,
                "path": scope["path"][:200],
                "status": status,
                "took_ms": round(1000 * took_s, 1),
                "client": (scope.get("client") or ("",))[0],
            },
        )


def _request_id(scope: Scope) -> bytes:
    sent: bytes = next((value for name, value in scope["headers"] if name == _ID_HEADER), b"")
    return sent if _SANE_ID.fullmatch(sent) else new_id().encode()


def _note_video(scope: Scope) -> None:
    """Let the log name the video that is asked for; one that is made now is noted where it gets its id."""
    named = parse_qs(scope["query_string"].decode("latin-1")).get("video_id", [])
    if in_path := _VIDEO_PATH.match(scope["path"]):
        named = [in_path.group(1)]
    if named and is_id(named[0]):
        logs.note(video_id=named[0])
