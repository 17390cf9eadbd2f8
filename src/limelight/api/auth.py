"""Whose key a request has, and whether it comes too often."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers

from limelight.api.errors import Problem
from limelight.names import ID_PATTERN, is_id
from limelight.service.caller import Caller
from limelight.service.server import Service

_header = APIKeyHeader(name="X-Api-Key", auto_error=False)
_bearer = HTTPBearer(auto_error=False)
#: The paths that tell of one video's status, and where they name it.
_STATUS, _VIDEO = (
    "/v1/video_status.get",
    re.compile(rf"/(?:v2/videos|v3/videos(?:/batches)?|v3/video-agents)/({ID_PATTERN})"),
)


def require_key(
    request: Request,
    header: Annotated[str | None, Depends(_header)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    """A dependency of every route that is not public. Raises Problem 401 and 429."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        caller = authenticate(request.app.state.service, request, header or (bearer.credentials if bearer else ""))
    return caller


def authenticate(service: Service, request: Request, key: str) -> Caller:
    """Whose request this is, which is counted and remembered in its state. Raises Problem 401 and 429."""
    caller = service.callers.of_key(key)
    if caller is None:
        raise Problem(401, "unauthorized", "Invalid API key", v1_code=400112, v1_message="Unauthorized")
    request.state.caller = caller
    if wait_s := service.callers.wait_s(caller, polled_video(request)):
        message = f"too many requests: try again in {wait_s} s."
        raise Problem(429, "rate_limit_exceeded", message, v1_code=400123, headers={"Retry-After": str(wait_s)})
    return caller


def polled_video(request: Request) -> str | None:
    """The video whose status is asked for; None for every other request."""
    path = request.url.path
    if request.method != "GET":
        return None
    if path == _STATUS:
        video_id = request.query_params.get("video_id", "")
        return video_id if is_id(video_id) else None
    named = _VIDEO.fullmatch(path)
    return named[1] if named else None


def sent_key(headers: Headers) -> str:
    """The key in a request's headers, empty where there is none."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return headers.get("x-api-key") or (bearer.strip() if scheme.lower() == "bearer" else "")


#: What routes declare.
CallerDep = Annotated[Caller, Depends(require_key)]
