"""Reading requests' bodies: JSON whatever its content type says, and uploads piece by piece into a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

import anyio
from fastapi import Request
from pydantic import BaseModel

from limelight.api.errors import Problem

#: 50 scripts of 5,000 characters, each written as \\uXXXX, are 1.5 MB.
MAX_BODY_BYTES = 8 << 20
MAX_UPLOAD_BYTES = 100 * 1000 * 1000


#: For OpenAPI: every body that a route describes.
DESCRIBED: dict[str, type[BaseModel]] = {}

#: For OpenAPI: a file as the raw body.
FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("image/*", "video/*", "audio/*")
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


async def json_body(request: Request) -> object:
    """The decoded body. Raises Problem 400 and 413."""
    data = await small_body(request, MAX_BODY_BYTES)
    try:
        body: object = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "invalid_parameter", "request body is invalid: it is not JSON.") from error
    return body


async def receive_file(request: Request, file: Path) -> int:
    """Write the body to a file, never more than a piece of it in memory; gives its length.

    Raises Problem 413, and OSError where it cannot be written.
    """
    too_long = Problem(
        413, "invalid_parameter", f"file is invalid: it is larger than the limit of {MAX_UPLOAD_BYTES // 10**6} MB."
    )
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MAX_UPLOAD_BYTES:
        raise too_long
    received, failed = 0, list[OSError]()
    async with await anyio.open_file(file, "wb") as out:
        async for piece in request.stream():
            received += len(piece)
            if received > MAX_UPLOAD_BYTES:
                raise too_long
            if failed:  # who still sends would not hear the answer
                continue
            try:
                await out.write(piece)
            except OSError as error:
                failed.append(error)
    if failed:
        raise failed[0]
    return received


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
