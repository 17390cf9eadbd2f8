"""The service behind a request, and the URLs in its answer."""

from __future__ import annotations

from fastapi import Request

from limelight.service.links import Urls
from limelight.service.server import Service


def service_of(request: Request) -> Service:
    """The service behind the app."""
    service: Service = request.app.state.service
    return service


def base_url(request: Request) -> str:
    """What URLs in answers begin with: the public URL, or the host that the client called."""
    return service_of(request).settings.public_url or str(request.base_url).rstrip("/")


def urls_of(request: Request) -> Urls:
    """What makes the URLs of an answer."""
    return Urls(base_url(request), service_of(request).links)
