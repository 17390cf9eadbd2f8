"""A user's pictures, films and recordings in a body: URLs, uploads, and URLs of uploads; and colours."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import urlsplit

import webcolors

from limelight.names import ID_PATTERN
from limelight.network.connect import url_problem
from limelight.requests.known import Known
from limelight.requests.wire import invalid, quoted
from limelight.spec import FileType, Source

#: HeyGen's documents build URLs of uploads by hand, with this host.
_LITERAL_HOST = "files.heygen.ai"
_ASSET_PATH = re.compile(rf"(?:/files)?/asset/({ID_PATTERN})(?:/.*)?")
#: CSS 4 has one name more than CSS 3.
_NAMED = {"rebeccapurple": "#663399"}
_HEX_COLOUR_ALPHA = re.compile(r"#?(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_RGBA = re.compile(r"rgba?\((\d{1,3}),(\d{1,3}),(\d{1,3})(?:,(0|1|0?\.\d+|1\.0+))?\)")
#: What a field takes: the sound of a film is a recording too.
_TAKES = {"image": ("image",), "video": ("video",), "audio": ("audio", "video")}
#: Pictures that may move; whether they do is seen when they are decoded.
ANIMATIONS = ("image/gif", "image/webp", "image/apng", "image/avif")
_NOUNS = {"image": "an image", "video": "a video", "audio": "an audio file"}


def parse_source(kind: FileType, url: str | None, asset_id: str | None, path: str, known: Known) -> Source:
    """The file that `url` or `asset_id` names, exactly one of them. Raises SpecError."""
    url_field = (f"{path}.audio_url" if kind == "audio" else f"{path}.url").removeprefix(".")
    asset_field = f"{path}.{kind}_asset_id".removeprefix(".")
    if url and asset_id:
        raise invalid(url_field, f"{kind}_asset_id is given too, only one of them may be")
    if asset_id:
        return parse_asset(kind, asset_id, asset_field, known)
    if not url:
        name = url_field.rpartition(".")[2]
        raise invalid(url_field, f"field required. Either {name} or {kind}_asset_id needs to be provided")
    return parse_url(kind, url, url_field, known)


def parse_logo(url: str | None, asset_id: str | None, path: str, known: Known) -> Source:
    """The picture that `logo_url` or `logo_asset_id` names, exactly one of them. Raises SpecError."""
    url_field, asset_field = (f"{path}.{name}".removeprefix(".") for name in ("logo_url", "logo_asset_id"))
    if url and asset_id:
        raise invalid(url_field, "logo_asset_id is given too, only one of them may be")
    if asset_id:
        return parse_asset("image", asset_id, asset_field, known)
    return parse_url("image", url or "", url_field, known)


def parse_url(kind: FileType, url: str, url_field: str, known: Known) -> Source:
    """The file at a URL, which may be an upload's. Raises SpecError."""
    named = _named_asset(url)
    if named and (known.asset(named) is not None or urlsplit(url).hostname == _LITERAL_HOST):
        return parse_asset(kind, named, url_field, known)
    if problem := url_problem(url):
        raise invalid(url_field, problem)
    return Source(url=url)


def parse_asset(kind: FileType, asset_id: str, field: str, known: Known) -> Source:
    """The upload of this id, which has to be of this kind. Raises SpecError."""
    asset = known.asset(asset_id)
    if asset is None:
        raise invalid(field, f"asset {quoted(asset_id)} not found")
    if not takes(kind, asset.file_type, asset.content_type):
        raise invalid(field, f"asset {quoted(asset_id)} is {_NOUNS[asset.file_type]}, not {_NOUNS[kind]}")
    return Source(asset_id=asset_id)


def takes(kind: FileType, file_type: FileType, content_type: str) -> bool:
    """Whether a field for files of this kind takes one of this type; whether a picture moves is seen later."""
    return file_type in _TAKES[kind] or (kind == "video" and content_type in ANIMATIONS)


def _named_asset(url: str) -> str | None:
    """The id of an upload that a URL names; whether there is one is another question."""
    try:
        match = _ASSET_PATH.fullmatch(urlsplit(url).path)
    except ValueError:
        return None
    return match.group(1) if match else None


def colour_of(value: str, field: str, *, on_white: bool = False) -> str:
    """`#rrggbb` of a colour as CSS writes it: in hex, with or without `#`, `rgb()`, or a name.

    With `on_white` it may be translucent, and lies on white. Raises SpecError.
    """
    colour = _read_colour(value)
    if colour is None or not (on_white or colour.endswith("ff")):
        raise invalid(field, f"{quoted(value)} is not a colour like '#1a1a2e', '#fff' or 'navy'")
    if colour.endswith("00"):
        raise invalid(field, "a film cannot be transparent here; POST /v1/video.webm and output_format webm make one")
    opacity = int(colour[7:], 16) / 255
    red, green, blue = (round(opacity * int(colour[i : i + 2], 16) + (1 - opacity) * 255) for i in (1, 3, 5))
    return f"#{red:02x}{green:02x}{blue:02x}"


def colour_alpha_of(value: str, field: str) -> str:
    """`#rrggbbaa` of a colour as CSS writes it, with or without opacity. Raises SpecError."""
    colour = _read_colour(value)
    if colour is None:
        raise invalid(field, f"{quoted(value)} is not a colour like '#1a1a2e', '#1a1a2ecc' or 'rgba(26, 26, 46, 0.8)'")
    return colour


def is_transparent(value: str | None) -> bool:
    """Whether a colour lets everything through."""
    colour = _read_colour(value) if value else None
    return colour is not None and colour.endswith("00")


def _read_colour(value: str) -> str | None:
    """`#rrggbbaa`; None where it is no colour."""
    colour = value.strip().lower().replace(" ", "")
    if colour == "transparent":
        return "#00000000"
    if match := _RGBA.fullmatch(colour):
        red, green, blue = (min(int(part), 255) for part in match.groups()[:3])
        return f"#{red:02x}{green:02x}{blue:02x}{round(255 * float(match.group(4) or 1)):02x}"
    with suppress(ValueError):  # no name
        colour = _NAMED.get(colour) or webcolors.name_to_hex(colour)
    if not _HEX_COLOUR_ALPHA.fullmatch(colour):
        return None
    return _long("#" + colour.removeprefix("#")).ljust(9, "f")


def _long(colour: str) -> str:
    return colour if len(colour) > 5 else "#" + "".join(digit * 2 for digit in colour[1:])
