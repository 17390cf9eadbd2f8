"""Answers at once while the database leaves everything without an answer: who asked it would hang with a thread."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from limelight.api.errors import problem_of, response_of
from limelight.errors import DatabaseUnavailable
from limelight.service.server import Service

#: What is answered without the database, or says itself that it is away.
_WITHOUT = frozenset({"/", "/healthz", "/readyz", "/docs", "/openapi.json"})


class Away:
    """Around the application. A database that refuses is no matter of this: its error is an answer."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or self._service.pulse.answers or scope["path"] in _WITHOUT:
            await self._app(scope, receive, send)
            return
        problem = problem_of(DatabaseUnavailable("the database does not answer."))
        answer = response_of(problem, Request(scope), self._service.settings.v2_error_style)
        await answer(scope, receive, send)
