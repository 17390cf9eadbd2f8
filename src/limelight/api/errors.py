"""Errors as clients read them. The one place where an error becomes a status and a body.

v3: `{"error": {"code", "message", "param", "doc_url"}}`; v2: `{"data": null, "error": "<message>", "code": "<word>",
"message": "<message>"}`, or with an object as `error` where a key or the server asks for it; v1: `{"code": <number>,
"message": "<message>", "data": null}` and no `error`, except where clients read one. Never with status 200.
"""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from limelight.disk import DISK_FULL, named
from limelight.errors import UNAVAILABLE, AvatarNotFound, LimelightError, SpecError
from limelight.service.caller import Caller
from limelight.service.missing import NotFound
from limelight.service.settings import ErrorStyle

_log = logging.getLogger(__name__)

#: v1's numbers, where HeyGen's documents name one.
_V1_CODES = {
    "invalid_parameter": 40001,
    "avatar_not_found": 400175,
    "voice_not_found": 400175,
    "unauthorized": 400112,
    "forbidden": 400562,
}
V1_VIDEO_NOT_FOUND = 40031
#: Statuses of what v3 tells otherwise than v2.
_V3_STATUS = {"avatar_not_found": 404, "voice_not_found": 404, "insufficient_credit": 402, "not_supported": 501}
#: Errors that pass, and their status; another of ours is a 500.
_PASSING = {DISK_FULL: 507, UNAVAILABLE: 503}
#: Seconds after which it is worth asking again whether a database is back.
RETRY_AFTER_S = 5
#: Clients of these read `error` as v2's do.
_V1_WITH_ERROR = ("/v1/webhook/", "/v1/video_agent/")


class Problem(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        v1_code: int | None = None,
        v1_message: str | None = None,
        headers: dict[str, str] | None = None,
        v3_code: str | None = None,
        param: str | None = None,
    ) -> None:
        """`param` is the field that is wrong, for v3, which may also want another code."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.v1_code = v1_code or _V1_CODES.get(code, status * 100)
        self.v1_message = v1_message or message
        self.headers = headers
        self.v3_code = v3_code or code
        self.param = param

    def status_at(self, path: str) -> int:
        """The HTTP status as the clients of this path expect it."""
        return _V3_STATUS.get(self.code, self.status) if is_v3(path) else self.status

    def body(self, path: str, style: ErrorStyle = "string") -> dict[str, object]:
        """As the clients of this path expect it."""
        if path.startswith("/v1/"):
            error = {"error": self.v1_message} if path.startswith(_V1_WITH_ERROR) else {}
            return {"code": self.v1_code, "message": self.v1_message, "data": None, **error}
        if is_v3(path):
            return {"error": {"code": self.v3_code, "message": self.message, "param": self.param, "doc_url": None}}
        plain = {"code": self.code, "message": self.message}
        return {"data": None, "error": self.message if style == "string" else plain, **plain}


def is_v3(path: str) -> bool:
    """Whether a path is of v3."""
    return path == "/v3" or path.startswith("/v3/")


def video_not_found(video_id: str) -> Problem:
    """The answer for an id that no video has."""
    return Problem(
        404, "not_found", f"video {video_id[:64]} not found.", v1_code=V1_VIDEO_NOT_FOUND, v3_code="video_not_found"
    )


def avatar_not_found(error: AvatarNotFound) -> Problem:
    """Where the avatar is what was asked for, and not a part of a request."""
    return Problem(404, error.code, error.message, param=error.field)


def problem_of(error: Exception) -> Problem:
    """What an exception means to a client."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, NotFound):
        return Problem(404, "not_found", error.message, v3_code=error.code)
    error = named(error)
    if isinstance(error, SpecError):
        return Problem(400, error.code, error.message, param=error.field)
    if isinstance(error, LimelightError):
        status = _PASSING.get(error.code, 500)
        headers = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else None
        return Problem(status, error.code, f"{error.stage}: {error.message}", headers=headers)
    if isinstance(error, HTTPException):
        return _http_problem(error)
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        field = str(first["loc"][-1])
        return Problem(400, "invalid_parameter", f"{field} is invalid: {first['msg'].lower()}.", param=field)
    return Problem(500, "internal_error", "an unexpected error; the server's log has the details.")


def _http_problem(error: HTTPException) -> Problem:
    words = {404: ("not_found", "no such route."), 405: ("method_not_allowed", "this route has no such method.")}
    code, message = words.get(error.status_code, ("invalid_parameter", str(error.detail)))
    headers = dict(error.headers) if error.headers else None
    return Problem(error.status_code, code, message, headers=headers)


def response_of(problem: Problem, request: Request, default: ErrorStyle) -> JSONResponse:
    """A problem as the caller's key wants to read it, else in this style."""
    caller: Caller | None = getattr(request.state, "caller", None)
    style = (caller.error_style if caller else None) or default
    path = request.url.path
    return JSONResponse(problem.body(path, style), problem.status_at(path), problem.headers)


def install(app: FastAPI) -> None:
    """Let this module answer every exception of `app`."""

    async def answer(request: Request, error: Exception) -> JSONResponse:
        problem = problem_of(error)
        if problem.status >= 500:
            # What nobody expected is logged by the HTTP server, with its trace, unless it is an OSError.
            trace = error if isinstance(error, OSError) and problem.status == 500 else None
            _log.error("%s %s: %s", request.method, request.url.path, problem.message, exc_info=trace)
        return response_of(problem, request, request.app.state.service.settings.v2_error_style)

    # OSError by itself: a full disk is no reason to close the connection, as is done after what nobody expected.
    for kind in (Problem, NotFound, LimelightError, HTTPException, RequestValidationError, OSError, Exception):
        app.add_exception_handler(kind, answer)
