"""Who calls: the owner of the server, with the key of its settings, or an account with a key of its own."""

from __future__ import annotations

import os
import secrets
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers

from limelight.api.errors import Problem
from limelight.service.limits import polled_video
from limelight.store.accounts import OWNER, Account, ErrorStyle

if TYPE_CHECKING:
    from limelight.service.server import Service

_header = APIKeyHeader(name="X-Api-Key", auto_error=False)
_bearer = HTTPBearer(auto_error=False)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose request it is."""

    account: Account
    #: the hash of its key
    key: str
    #: how it wants v2's errors; None where the server's style is meant
    error_style: ErrorStyle | None = None

    @property
    def id(self) -> str:
        """The account's id."""
        return self.account.id

    @property
    def is_owner(self) -> bool:
        """Whether it is who runs the server."""
        return self.account.id == OWNER


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
    caller = service.authenticate(key)
    if caller is None:
        raise Problem(401, "unauthorized", "Invalid API key", v1_code=400112, v1_message="Unauthorized")
    request.state.caller = caller
    if wait_s := service.wait_s(caller, polled_video(request)):
        message = f"too many requests: try again in {wait_s} s."
        raise Problem(429, "rate_limit_exceeded", message, v1_code=400123, headers={"Retry-After": str(wait_s)})
    return caller


def sent_key(headers: Headers) -> str:
    """The key in a request's headers, empty where there is none."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return headers.get("x-api-key") or (bearer.strip() if scheme.lower() == "bearer" else "")


#: What routes declare.
CallerDep = Annotated[Caller, Depends(require_key)]


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
