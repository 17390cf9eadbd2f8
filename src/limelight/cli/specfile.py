"""Spec files: the body of POST /v2/video/generate, whose media may be files of this computer.

Only the command line reads such files. A server takes URLs and uploads, and never opens a path that a request names.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from limelight.cli.mentions import Mention, Named, Use, look
from limelight.errors import SpecError

#: A URL's beginning. A single letter before the colon is a drive of Windows.
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)


def read_spec(file: Path, named: Named) -> Any:
    """What a spec file holds; a field for media that names a file, relative to the spec, has its id instead.

    All files are looked at before the first is named. Raises SpecError where the spec cannot be read, or names a file
    that is not there or is of another kind.
    """
    body = read_json(file)
    _placed(body, "", file.parent, _looked_at)
    return _placed(body, "", file.parent, named)


def read_json(file: Path) -> Any:
    """What a JSON file holds. Raises SpecError where it cannot be read."""
    try:
        return json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SpecError(f"spec is invalid: {file} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise SpecError(f"spec is invalid: {file} is not JSON ({error})") from error


def names_file(value: str) -> bool:
    """Whether a photo is named by a file rather than by an id."""
    return Path(value).is_file() or bool(Path(value).suffix) or "/" in value or "\\" in value


def _placed(value: Any, path: str, folder: Path, named: Named) -> Any:
    """A part of a body, at `path`, with ids for files."""
    if isinstance(value, list):
        return [_placed(one, f"{path}[{i}]", folder, named) for i, one in enumerate(value)]
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for name, inner in value.items():
        field = f"{path}.{name}".removeprefix(".")
        meant = _meant(name, inner, value.get("type"))
        if meant is None:
            out[name] = _placed(inner, field, folder, named)
            continue
        use, id_field = meant
        if id_field != name and value.get(id_field):
            raise SpecError(f"{field} is invalid: {id_field} is given too, only one of them may be")
        out[id_field] = named(Mention(_existing(inner, field, folder), use, field, f"{path}.{id_field}".lstrip(".")))
    return out


def _looked_at(mention: Mention) -> str:
    look(mention)
    return ""


def _meant(name: str, value: object, kind: object) -> tuple[Use, str] | None:
    """What a field's file is for, and which field takes its id; None where it names no file."""
    if not isinstance(value, str) or not value.strip() or _SCHEME.match(value.strip()):
        return None
    match name, kind:
        case "url", "image" | "video":
            return kind, f"{kind}_asset_id"
        case "audio_url", _:
            return "audio", "audio_asset_id"
        case "logo_url", _:
            return "image", "logo_asset_id"
        case "talking_photo_id", _ if names_file(value):
            return "photo", name
    return None


def _existing(value: str, field: str, folder: Path) -> Path:
    file = folder / value
    if not file.is_file():
        what = "a photo's id" if field.endswith("talking_photo_id") else "a URL"
        raise SpecError(f"{field} is invalid: {value} is neither {what} nor a file, looked for in {folder.resolve()}")
    return file
