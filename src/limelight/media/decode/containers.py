"""Opens users' films and recordings, and says what a file is that cannot be opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.sidedata.sidedata import Type as SideData

from limelight.errors import MediaError
from limelight.media.formats import DEMUXERS, HEIC_ADVICE, can_read_heic, format_of

MAX_STREAMS = 32

_OPTIONS = {"format_whitelist": DEMUXERS, "protocol_whitelist": "file"}

Wanted = Literal["picture", "film", "recording"]
_Stream = TypeVar("_Stream", av.AudioStream, av.VideoStream)


@contextmanager
def opened(path: Path, wanted: Wanted = "recording") -> Iterator[InputContainer]:
    """A film or recording for the time of the with block. Raises MediaError."""
    container = open_container(path, wanted)
    try:
        yield container
    except (FFmpegError, OSError) as error:
        raise unusable("the file is damaged or cut off") from error
    finally:
        container.close()


def open_container(path: Path, wanted: Wanted) -> InputContainer:
    """A film or recording, which the caller closes. Raises MediaError where it cannot be used."""
    container = _probed(path, wanted)
    if not container.streams:
        container.close()
        raise unusable("the file is damaged or cut off")
    if (count := len(container.streams)) > MAX_STREAMS:
        container.close()
        raise unusable(f"the file has {count} streams, the limit is {MAX_STREAMS}")
    return container


def _probed(path: Path, wanted: Wanted) -> InputContainer:
    """A container of the format that FFmpeg finds, else of the one that the first bytes tell: FFmpeg needs some frames
    to be sure of a recording without a header."""
    known = format_of(path)
    for demuxer in (None, *(known.demuxer.split(",")[:1] if known and known.kind else ())):
        with suppress(FFmpegError, OSError, ValueError):
            # Tags do not matter, and old programs write them in local encodings.
            return av.open(str(path), format=demuxer or None, options=dict(_OPTIONS), metadata_errors="ignore")
    raise not_a(wanted, path)


def packets(container: InputContainer, stream: av.AudioStream | av.VideoStream) -> Iterator[av.Packet[Any] | None]:
    """A stream's packets as far as the file can be read, then None, which flushes the decoder."""
    with suppress(FFmpegError):
        yield from container.demux(stream)
        return
    yield None


def default_of(streams: list[_Stream]) -> _Stream:
    """The stream that players choose: the first that is marked as the default one, else the first."""
    return next((stream for stream in streams if stream.disposition & stream.disposition.default), streams[0])


def side_data(frame: av.VideoFrame, kind: SideData) -> bytes:
    """A frame's side data of this kind; empty where it has none."""
    parts = cast("Iterable[Any]", frame.side_data)
    return next((bytes(part) for part in parts if part.type == kind), b"")


def not_a(wanted: Wanted, path: Path) -> MediaError:
    """The error of a file that is not what is wanted: what it is instead, and what to do."""
    as_what = {"picture": "an image", "film": "video", "recording": "sound"}[wanted]
    if not path.stat().st_size:
        return unusable(f"the file cannot be read as {as_what}: it is empty")
    known = format_of(path)
    if known is None:
        return unusable(f"the file cannot be read as {as_what}: its format is not known, or it is damaged")
    if known.kind is None:
        return unusable(f"it is {known.name}, not a {wanted}; {known.advice}")
    if known.kind.extension == "heic" and not can_read_heic():
        return unusable(f"it is {known.name}, and {HEIC_ADVICE}")
    of = {"image": ("picture",), "audio": ("recording",), "video": ("film", "recording")}[known.kind.file_type]
    if wanted not in of:
        return unusable(f"it is {known.name}, not a {wanted}")
    return unusable(f"the file cannot be read as {as_what}: it looks like {known.name}, and is damaged or cut off")


def unusable(message: str) -> MediaError:
    """The error of a file that cannot be used; `message` without a full stop."""
    return MediaError(f"{message}.", code="media_unusable")
