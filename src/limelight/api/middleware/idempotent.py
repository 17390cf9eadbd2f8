"""POSTs that may be sent twice: with an `Idempotency-Key` the second gets the first's answer, for a day.

The first request goes through as it comes, its body counted into a fingerprint piece by piece, so that uploads are not
held in memory. Its answer is kept before it is sent; one that says nothing of the request itself (our fault, too many
requests, no permission) is not, and the key is free again.
"""

from __future__ import annotations

import hashlib
import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from limelight.api.auth import authenticate, sent_key
from limelight.api.bodies import MAX_UPLOAD_BYTES
from limelight.api.errors import Problem, problem_of, response_of
from limelight.api.forms import boundary_of
from limelight.errors import LimelightError
from limelight.service.caller import Caller
from limelight.service.repeats import Earlier
from limelight.service.server import Service

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
MAX_KEY_CHARACTERS = 255
_KEY = re.compile(rf"[\x21-\x7e]{{1,{MAX_KEY_CHARACTERS}}}")
#: Answers after which the same request may well succeed, as it is.
_NOT_KEPT = frozenset({401, 403, 408, 409, 425, 429})


class Idempotent:
    """Around the application."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        # Start and stop of the server pass here too, which are no requests.
        request = Request(scope, receive) if scope["type"] == "http" and scope["method"] == "POST" else None
        key = request.headers.get(HEADER) if request else None
        if request is None or not key:
            await self._app(scope, receive, send)
            return
        try:
            answer = await self._answer(request, key)
        except (Problem, LimelightError) as error:
            answer = response_of(problem_of(error), request, self._service.settings.v2_error_style)
        if answer is not None:
            await answer(scope, receive, send)
            return
        await self._first(request, key, send)

    async def _answer(self, request: Request, key: str) -> Response | None:
        """What an earlier request was answered; None where there was none, and the key is taken for this one.

        Raises Problem 400, 401, 409 and 429.
        """
        sent = sent_key(request.headers)
        caller: Caller = await run_in_threadpool(authenticate, self._service, request, sent)
        if not _KEY.fullmatch(key):
            raise Problem(
                400,
                "invalid_parameter",
                f"{HEADER} is invalid: it must be 1 to {MAX_KEY_CHARACTERS} visible ASCII characters.",
            )
        earlier = await run_in_threadpool(self._service.repeats.begin, caller, key)
        if earlier is None:
            return None
        if earlier.status is None:
            message = "a request with this Idempotency-Key is being worked on."
            raise Problem(409, "idempotency_key_in_use", message, headers={"Retry-After": "1"})
        return await _replayed(request, earlier)

    async def _first(self, request: Request, key: str, send: Send) -> None:
        """Let the application answer, and keep what it says."""
        caller: Caller = request.state.caller
        body, settled = _Fingerprint(request), False
        answer: list[Message] = []

        async def collect(message: Message) -> None:
            nonlocal settled
            answer.append(message)
            if message["type"] != "http.response.body" or message.get("more_body"):
                return
            # Before it is sent: who has read it may send the request again at once.
            if not await self._keep(caller, key, body, answer):
                await run_in_threadpool(self._service.repeats.release, caller, key)
            settled = True
            for part in answer:
                await send(part)

        try:
            await self._app(request.scope, body.receive, collect)
        finally:
            if not settled:
                await run_in_threadpool(self._service.repeats.release, caller, key)

    async def _keep(self, caller: Caller, key: str, body: _Fingerprint, answer: list[Message]) -> bool:
        """Keep an answer that is one to the request itself; says whether it was done."""
        status: int = answer[0]["status"]
        if status >= 500 or status in _NOT_KEPT or not await body.finish():
            return False
        text = b"".join(part.get("body", b"") for part in answer[1:]).decode()
        return await run_in_threadpool(self._service.repeats.finish, caller, key, body.hexdigest(), status, text)


async def _replayed(request: Request, earlier: Earlier) -> Response:
    """The earlier answer. Raises Problem 400 where it was one to another request."""
    body = _Fingerprint(request)
    if not await body.finish() or body.hexdigest() != earlier.fingerprint:
        raise Problem(400, "idempotency_key_reused", f"{HEADER} is invalid: it was sent with another request before.")
    assert earlier.status
    return Response(earlier.answer or "", earlier.status, {REPLAYED: "true"}, "application/json")


class _Fingerprint:
    """SHA-256 of a request, counted while its body passes."""

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        self._hash = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
        self._boundary = _boundary(request)
        #: what may be the start of a boundary
        self._held = b""
        self._length = 0
        self._whole = self._cut_off = False

    async def receive(self) -> Message:
        """The next piece, as ASGI has it."""
        message = await self._receive()
        if message["type"] == "http.request":
            piece: bytes = message.get("body", b"")
            self._length += len(piece)
            self._whole = not message.get("more_body", False)
            self._hash.update(self._counted(piece))
        else:
            self._cut_off = not self._whole
        return message

    def _counted(self, piece: bytes) -> bytes:
        """What of a piece counts: all of it but the boundary of a form, which its sender makes anew each time."""
        if not self._boundary:
            return piece
        text = (self._held + piece).replace(self._boundary, b"")
        kept = 0 if self._whole else min(len(text), len(self._boundary) - 1)
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept]

    async def finish(self) -> bool:
        """Read what the application left unread; False where the request is cut off or endless."""
        while not self._whole:
            if self._cut_off or self._length > MAX_UPLOAD_BYTES:
                return False
            await self.receive()
        return True

    def hexdigest(self) -> str:
        """The fingerprint, 64 hex digits."""
        return self._hash.hexdigest()


def _boundary(request: Request) -> bytes:
    """The boundary of a request that is a form; empty where it is none."""
    try:
        return boundary_of(request.headers.get("content-type", "")) or b""
    except Problem:  # the route says what is wrong
        return b""
