"""`/docs`: Swagger UI over `/openapi.json`. It comes from this server, so that it works where there is no internet."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse

from limelight.api.errors import Problem
from limelight.api.routes.pages import inline_hash
from limelight.api.urls import base_url

_FOLDER = Path(__file__).parent / "swagger"
_KINDS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
_KEPT_S = 24 * 3600

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def page(request: Request) -> HTMLResponse:
    """The page; it loads nothing but what this server has."""
    # Behind a proxy the server may not be at the root of its host.
    root = urlsplit(base_url(request)).path
    options = {
        "url": f"{root}/openapi.json",
        "dom_id": "#swagger-ui",
        "deepLinking": True,
        # Else swagger.io is asked what it thinks of the document.
        "validatorUrl": None,
    }
    script = f"SwaggerUIBundle({json.dumps(options).replace('<', chr(92) + 'u003c')});"
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Limelight’s API</title>'
        f'<link rel="icon" href="data:,"><link rel="stylesheet" href="{root}/docs/swagger-ui.css"></head>'
        f'<body><div id="swagger-ui"></div><script src="{root}/docs/swagger-ui-bundle.js"></script>'
        f"<script>{script}</script></body></html>\n"
    )
    policy = (
        f"default-src 'none'; script-src 'self' {inline_hash(script)}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(html, headers={"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"})


@router.get("/docs/{name}")
def file(name: str) -> FileResponse:
    """Swagger UI's own files, unmodified."""
    if name not in _KINDS:
        raise Problem(404, "not_found", "no such route.")
    kept = {"Cache-Control": f"public, max-age={_KEPT_S}"}
    return FileResponse(_FOLDER / name, media_type=_KINDS[name], headers=kept)
