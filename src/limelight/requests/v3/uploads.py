"""Direct uploads of v3: announced, put at a URL, and completed."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated

from pydantic import Field

from limelight.requests.parts import Id, Title
from limelight.requests.wire import Wire, check_text, invalid, read

#: How many files one batch has.
MAX_BATCH = 100
_HEX = re.compile(r"[0-9a-f]{64}")
_DIGEST_BYTES = 32


class DirectUploadBody(Wire):
    """POST /v3/assets/direct-uploads."""

    filename: Annotated[str, Field(max_length=1_000)]
    content_type: Annotated[str, Field(max_length=200)]
    size_bytes: Annotated[int, Field(ge=1)]
    #: hex or base64; what arrives must have it
    checksum_sha256: Annotated[str, Field(max_length=200)] | None = None


class UploadBatchBody(Wire):
    """POST /v3/assets/direct-uploads/batches."""

    files: Annotated[list[DirectUploadBody], Field(min_length=1, max_length=MAX_BATCH)]
    title: Title | None = None
    #: not told: uploads are there as soon as they are put
    callback_url: str | None = None


class CompleteUploadBody(Wire):
    """POST /v3/assets/{asset_id}/complete."""

    #: hex or base64
    checksum_sha256: Annotated[str, Field(max_length=200)] | None = None


class CompleteBatchBody(Wire):
    """POST /v3/assets/complete/batches."""

    batch_id: Id


def parse_direct_upload(body: object, limit: int) -> DirectUploadBody:
    """A file that is to come, of at most `limit` bytes. Raises SpecError."""
    check_text(body)
    return _checked(read(DirectUploadBody, body), "", limit)


def parse_upload_batch(body: object, limit: int) -> UploadBatchBody:
    """Files that are to come, each of at most `limit` bytes. Raises SpecError."""
    check_text(body)
    wire = read(UploadBatchBody, body)
    files = [_checked(file, f"files[{i}].", limit) for i, file in enumerate(wire.files)]
    return wire.model_copy(update={"files": files})


def parse_complete(body: object) -> str | None:
    """The checksum of an upload, hex; None where none is given. Raises SpecError."""
    check_text(body)
    given = read(CompleteUploadBody, body).checksum_sha256
    return hex_digest(given, "checksum_sha256") if given else None


def parse_complete_batch(body: object) -> str:
    """The id of a batch of uploads. Raises SpecError."""
    check_text(body)
    return read(CompleteBatchBody, body).batch_id


def hex_digest(given: str, field: str) -> str:
    """A SHA-256 in hex, of one in hex or base64. Raises SpecError."""
    text = given.strip()
    if _HEX.fullmatch(text.lower()):
        return text.lower()
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != _DIGEST_BYTES:
        raise invalid(field, "it is no SHA-256 in hex or base64")
    return digest.hex()


def _checked(file: DirectUploadBody, path: str, limit: int) -> DirectUploadBody:
    if file.size_bytes > limit:
        raise invalid(f"{path}size_bytes", f"{file.size_bytes} is above the limit of {limit}")
    given = file.checksum_sha256
    digest = hex_digest(given, f"{path}checksum_sha256") if given else None
    return file.model_copy(update={"checksum_sha256": digest})
