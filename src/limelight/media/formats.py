"""Detects an upload's format by its first bytes, and checks it against the declared Content-Type."""

from __future__ import annotations

import re
from typing import NamedTuple

from limelight.errors import SpecError
from limelight.spec import FileType

#: How many bytes of a file `detect_format` needs.
HEAD_BYTES = 64


class Kind(NamedTuple):
    """An accepted format."""

    file_type: FileType
    content_type: str
    extension: str


_MP4, _M4A = Kind("video", "video/mp4", "mp4"), Kind("audio", "audio/mp4", "m4a")
_WEBM, _WEBA = Kind("video", "video/webm", "webm"), Kind("audio", "audio/webm", "weba")

_SIGNATURES: tuple[tuple[re.Pattern[bytes], Kind], ...] = (
    (re.compile(rb"\xff\xd8\xff"), Kind("image", "image/jpeg", "jpg")),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), Kind("image", "image/png", "png")),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), Kind("image", "image/webp", "webp")),
    (re.compile(rb"GIF8[79]a"), Kind("image", "image/gif", "gif")),
    (re.compile(rb"RIFF....WAVE", re.DOTALL), Kind("audio", "audio/wav", "wav")),
    (re.compile(rb"....ftypM4[AB]", re.DOTALL), _M4A),
    (re.compile(rb"....ftypqt", re.DOTALL), Kind("video", "video/quicktime", "mov")),
    (re.compile(rb"....ftyp", re.DOTALL), _MP4),
    (re.compile(rb"\x1a\x45\xdf\xa3"), _WEBM),
    (re.compile(rb"ID3|\xff[\xfb\xfa\xf3\xf2\xe3\xe2]"), Kind("audio", "audio/mpeg", "mp3")),
    (re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"), Kind("audio", "audio/aac", "aac")),
    (re.compile(rb"OggS"), Kind("audio", "audio/ogg", "ogg")),
    (re.compile(rb"fLaC"), Kind("audio", "audio/flac", "flac")),
    (re.compile(rb"FORM....AIF[FC]", re.DOTALL), Kind("audio", "audio/aiff", "aiff")),
)
#: HEIC and AVIF pictures of phones, which share MP4's container; they are not accepted.
_HEIF = re.compile(rb"....ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1|avi[fs])", re.DOTALL)
#: Video containers that may hold only sound, where the Content-Type says so.
_AS_AUDIO = {_MP4: _M4A, _WEBM: _WEBA}


def detect_format(head: bytes, content_type: str) -> Kind:
    """The format of a file that begins with `head`. Raises SpecError where it is not accepted or not as declared."""
    if not head:
        raise SpecError("file is invalid: it is empty.", field="file")
    declared = content_type.partition(";")[0].strip().lower()
    if _HEIF.match(head):
        raise SpecError("file is invalid: it is a HEIC or AVIF image, send it as JPEG, PNG, WebP or GIF.", field="file")
    kind = next((kind for signature, kind in _SIGNATURES if signature.match(head)), None)
    if kind is None:
        raise SpecError(
            "file is invalid: it is none of JPEG, PNG, WebP, GIF, MP4, MOV, WebM, MP3, WAV, M4A, AAC, OGG, FLAC, AIFF.",
            field="file",
        )
    if declared.startswith("audio/"):
        kind = _AS_AUDIO.get(kind, kind)
    family = declared.partition("/")[0]
    if family in ("image", "video", "audio") and family != kind.file_type:
        raise SpecError(
            f"file is invalid: its Content-Type is {declared}, but it is {kind.content_type}.", field="file"
        )
    return kind
