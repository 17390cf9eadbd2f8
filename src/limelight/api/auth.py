"""Who may call: one API key for all, from the environment or made at the first start. Also keeps the signing secret."""

from __future__ import annotations

import hmac
import os
import secrets
import uuid
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from limelight.api.errors import Problem

_header = APIKeyHeader(name="X-Api-Key", auto_error=False)
_bearer = HTTPBearer(auto_error=False)


def require_key(
    request: Request,
    header: Annotated[str | None, Depends(_header)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> None:
    """A dependency of every route that is not public. Raises Problem 401."""
    given = header or (bearer.credentials if bearer else "")
    expected: str = request.app.state.api_key
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Problem(401, "unauthorized", "Invalid API key", v1_code=400112, v1_message="Unauthorized")


def kept_secret(file: Path) -> tuple[str, bool]:
    """The secret in this file, made if there is none, readable by its owner alone; and whether it was made now."""
    if file.exists():
        return file.read_text(encoding="utf-8").strip(), False
    secret = secrets.token_hex(32)
    part = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(secret + "\n")
    part.replace(file)
    return secret, True
