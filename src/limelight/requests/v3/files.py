"""How v3 names a file: `{"type": "url", "url"}`, `{"type": "asset_id", "asset_id"}`, `{"type": "base64", "data"}`.

Inline files become uploads before a body is read (`service.inline`), so that parsers meet the first two alone.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from typing import Any

from limelight.requests.known import Known
from limelight.requests.media import parse_asset, parse_url
from limelight.requests.parts import Id, Url
from limelight.requests.wire import Wire, invalid, quoted
from limelight.spec import FileType, Source

_FILMS = (".mp4", ".webm", ".mov", ".m4v")
_URL_SAFE = str.maketrans("-_", "+/")
_FORMS = "'url', 'asset_id', 'base64'"


class FileBody(Wire):
    """A file: at a URL, an upload, or inline."""

    #: url, asset_id or base64; what is given says it too
    type: str = ""
    url: Url | None = None
    asset_id: Id | None = None
    #: of `base64`
    media_type: str | None = None
    data: str | None = None

    def source(self, kind: FileType, path: str, known: Known) -> Source:
        """Where the file is, which has to be of this kind. Raises SpecError."""
        match self.type or ("asset_id" if self.asset_id else "url"):
            case "url":
                if not self.url:
                    raise invalid(f"{path}.url", "field required")
                return parse_url(kind, self.url, f"{path}.url", known)
            case "asset_id":
                if not self.asset_id:
                    raise invalid(f"{path}.asset_id", "field required")
                return parse_asset(kind, self.asset_id, f"{path}.asset_id", known)
            case "base64":
                raise invalid(f"{path}.data", "field required")
        raise invalid(f"{path}.type", f"{quoted(self.type)} is not one of {_FORMS}")


def is_film(asset_id: str | None, url: str | None, known: Known) -> bool:
    """Whether a file is a film: an upload that is one, or a URL that ends as films do."""
    asset = known.asset(asset_id) if asset_id else None
    return asset.file_type == "video" if asset else (url or "").partition("?")[0].lower().endswith(_FILMS)


def inline_files(body: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The files in a decoded body that come inline, with their paths."""
    if isinstance(body, list):
        for i, item in enumerate(body):
            yield from inline_files(item, f"{path}[{i}]")
    elif isinstance(body, dict):
        if body.get("data") and isinstance(body["data"], str) and _is_inline(body):
            yield path, body
        else:
            for name, value in body.items():
                yield from inline_files(value, f"{path}.{name}".removeprefix("."))


def _is_inline(body: dict[str, Any]) -> bool:
    given = {name for name, value in body.items() if value is not None}
    return body.get("type") == "base64" or given <= {"data", "media_type"}


def replace_inline_files(body: object, put: Callable[[str, bytes, str], str]) -> None:
    """Make each inline file of a body an upload, in place. `put` takes its field, bytes and content type and gives the
    upload's id.

    Raises SpecError where one is no base64, and what `put` raises.
    """
    for path, file in list(inline_files(body)):
        field = f"{path}.data".removeprefix(".")
        media_type = file.get("media_type")
        asset_id = put(field, _decoded(file["data"], field), media_type if isinstance(media_type, str) else "")
        file.clear()
        file |= {"type": "asset_id", "asset_id": asset_id}


def _decoded(data: str, field: str) -> bytes:
    # Browsers give data URLs: data:image/png;base64,…
    head, comma, rest = data.partition(",")
    text = "".join((rest if comma and head.lower().startswith("data:") else data).split())
    text = text.translate(_URL_SAFE).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(field, "it is not base64") from error
