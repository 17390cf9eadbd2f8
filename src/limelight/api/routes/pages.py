"""The public page of a video that was shared: a player, and nothing that its owner did not mean to show."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from limelight.api.urls import base_url, service_of, urls_of
from limelight.responses.pages import player

router = APIRouter(tags=["pages"])

_STYLE = """
:root { color-scheme: dark; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center;
  justify-content: center; gap: 1rem; background: #14171c; color: #e8ebef; font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0 1rem; font-size: 1.25rem; font-weight: 600; overflow-wrap: anywhere; }
video { max-width: 100vw; max-height: 80vh; background: #000; }
p { margin: 0 1rem; }
"""
#: How often a page looks whether its video is ready.
_AGAIN_S = 10


def inline_hash(content: str) -> str:
    """What a Content-Security-Policy calls a style or script that stands in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


@router.get(
    "/share/{token}",
    operation_id="share_page",
    response_class=HTMLResponse,
    responses={404: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "No such page."}},
)
def share_page(request: Request, token: str) -> HTMLResponse:
    """The page of a video that was shared. Who knows its URL may see it; its files are signed anew each time."""
    video = service_of(request).videos.shared(token)
    if video is None:
        return _page(request, "Not found", "<p>There is no such video, or it was deleted.</p>", status=404)
    return _page(
        request,
        video.title or "Video",
        player(urls_of(request), video),
        again=video.status in ("pending", "processing"),
    )


def _page(request: Request, title: str, content: str, *, status: int = 200, again: bool = False) -> HTMLResponse:
    """Self-contained: nothing but its own style, and the files of this server."""
    refresh = f'<meta http-equiv="refresh" content="{_AGAIN_S}">' if again and status == 200 else ""
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{refresh}<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{content}</body></html>\n"
    )
    public = urlsplit(base_url(request))
    files = f"'self' {public.scheme}://{public.netloc}"
    policy = (
        f"default-src 'none'; media-src {files}; img-src {files}; style-src {inline_hash(_STYLE)}; "
        "base-uri 'none'; form-action 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        # The page has signed URLs, which are neither to be kept by proxies nor told to anyone.
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    return HTMLResponse(page, status, headers)
