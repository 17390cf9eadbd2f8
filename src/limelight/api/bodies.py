"""Reading requests' bodies: JSON whatever its content type says, and uploads piece by piece into a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import anyio
from fastapi import Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from limelight.api.errors import Problem, is_v3
from limelight.api.forms import Form, boundary_of

#: 50 scripts of 5,000 characters, each written as \\uXXXX, are 1.5 MB.
MAX_BODY_BYTES = 8 << 20
#: Of v3, whose bodies may hold files.
MAX_BODY_BYTES_V3 = 48 << 20
MAX_UPLOAD_BYTES = 100 * 1000 * 1000
#: A body that takes some time to decode.
_LONG_BYTES = 1 << 20
#: No request needs more than ten.
_MAX_DEPTH = 100
#: What a form has besides its file.
MAX_FORM_BYTES = 128 << 10


#: For OpenAPI: every body that a route describes.
DESCRIBED: dict[str, type[BaseModel]] = {}

#: For OpenAPI: a file in a form.
FORM_CONTENT: dict[str, Any] = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    }
}
#: For OpenAPI: a file as the raw body, or in a form.
FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("image/*", "video/*", "audio/*")},
            **FORM_CONTENT,
        },
    }
}


def describes(body: type[BaseModel]) -> dict[str, Any]:
    """For OpenAPI: the body of a route, which `requests` reads leniently; `openapi` adds its schema."""
    DESCRIBED[body.__name__] = body
    reference = {"$ref": f"#/components/schemas/{body.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": reference}}}}


async def small_body(request: Request, limit: int) -> bytes:
    """The body as it is, of at most so many bytes. Raises Problem 413."""
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > limit:
            raise Problem(413, "invalid_parameter", f"request body is invalid: the limit is {limit} bytes.")
    return bytes(data)


async def optional_body(request: Request) -> object:
    """The decoded body; where there is none, an object without fields. Raises Problem 400 and 413."""
    data = await small_body(request, MAX_BODY_BYTES)
    return decoded(data) if data.strip() else {}


async def json_body(request: Request) -> object:
    """The decoded body. Raises Problem 400 and 413."""
    data = await small_body(request, MAX_BODY_BYTES_V3 if is_v3(request.url.path) else MAX_BODY_BYTES)
    # A long one would hold up everybody else.
    return decoded(data) if len(data) < _LONG_BYTES else await run_in_threadpool(decoded, data)


def decoded(data: bytes) -> object:
    """A body of JSON. Raises Problem 400."""
    try:
        body: object = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "invalid_parameter", "request body is invalid: it is not JSON.") from error
    if _is_deep(body):
        problem = f"it is nested too deeply, the limit is {_MAX_DEPTH}"
        raise Problem(400, "invalid_parameter", f"request body is invalid: {problem}.")
    return body


def _is_deep(body: object) -> bool:
    """Whether a decoded body is nested deeper than anybody who walks through it can go."""
    level = [body]
    for _ in range(_MAX_DEPTH):
        inside = (
            list(part.values()) if isinstance(part, dict) else part for part in level if isinstance(part, dict | list)
        )
        level = [item for items in inside for item in items]
        if not level:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Received:
    """A file that came as the body, or in a form."""

    content_type: str
    #: as its sender calls it; may be empty
    filename: str = ""
    #: the form's other fields
    fields: Mapping[str, str] = field(default_factory=dict)


async def receive_file(request: Request, file: Path) -> Received:
    """Write the body, or the file in its form, to a file; never more than a piece of it is in memory.

    Raises Problem 400 and 413, and OSError where it cannot be written.
    """
    too_long = Problem(
        413, "invalid_parameter", f"file is invalid: it is larger than the limit of {MAX_UPLOAD_BYTES // 10**6} MB."
    )
    content_type = request.headers.get("content-type", "")
    announced = request.headers.get("content-length", "")
    boundary = boundary_of(content_type)
    form = Form(boundary) if boundary else None
    limit = MAX_UPLOAD_BYTES + (MAX_FORM_BYTES if form else 0)
    if announced.isdecimal() and int(announced) > limit:
        raise too_long
    received, failed = 0, list[OSError]()
    async with await anyio.open_file(file, "wb") as out:
        async for piece in request.stream():
            received += len(piece)
            if received > limit:
                raise too_long
            if failed:  # who still sends would not hear the answer
                continue
            content = form.feed(piece) if form else piece
            try:
                if form and form.begins_again:
                    form.begins_again = False
                    await out.seek(0)
                    await out.truncate()
                await out.write(content)
            except OSError as error:
                failed.append(error)
    if failed:
        raise failed[0]
    if form is None:
        return Received(content_type)
    form.close()
    return Received(form.content_type, form.filename or "", form.fields)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
