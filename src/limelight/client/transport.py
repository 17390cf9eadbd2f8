"""What both clients need of httpx."""

from __future__ import annotations

from typing import Any

import httpx

from limelight.client.errors import Unreachable
from limelight.client.steps import Receive, Send

#: Seconds that a connection may be silent, and how often a request is repeated.
SILENCE_S, RETRIES = 60.0, 4


def arguments(step: Send | Receive) -> dict[str, Any]:
    """A step's request as httpx wants it."""
    request = step.request
    # An empty mapping would take away the query that a URL has.
    return {
        "method": request.method,
        "url": request.url,
        "headers": request.headers,
        "params": request.params or None,
        "content": request.content,
        **({"timeout": request.silence_s} if request.silence_s else {}),
    }


def unreachable(error: Exception, base_url: str) -> Unreachable:
    """What a failure of the network means to the caller."""
    host = base_url
    if isinstance(error, httpx.RequestError):
        url = error.request.url
        host = f"{url.scheme}://{url.netloc.decode()}"
    made = Unreachable(f"{host} does not answer: {str(error) or type(error).__name__}.")
    made.__cause__ = error
    return made
