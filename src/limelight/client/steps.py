"""What the client's logic asks for, as values: whoever runs it does the input and output, and sends back the outcome.

A flow is a generator of steps whose return value is the result. `Send` is answered with an `Answer`, `Receive` too,
without its content; `Sleep` with None. Where the network fails, Unreachable is thrown into the flow.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar

import httpx

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    #: seconds that the connection may be silent; None for what the client was made with
    silence_s: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: httpx.Headers
    content: bytes
    #: how often the request was sent before this answer came
    attempts: int = 1


class Sink(Protocol):
    """Where a body goes, as it comes."""

    def begin(self, status: int, headers: httpx.Headers) -> bool:
        """An answer has begun. Says whether the body is wanted here."""

    def write(self, chunk: bytes) -> None:
        """More of the body."""

    def end(self) -> None:
        """All of the body has come."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request and read the answer."""

    request: Request


@dataclass(frozen=True, slots=True)
class Receive:
    """Send a request, follow redirects, and let the body go to the sink."""

    request: Request
    sink: Sink


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait."""

    seconds: float


Step: TypeAlias = Send | Receive | Sleep
Flow: TypeAlias = Generator[Step, Any, T]
