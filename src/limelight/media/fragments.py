"""Joins fragmented MP4s while they grow, by plain bytes: nothing is decoded, and nothing of FFmpeg is loaded.

An MP4 is a row of boxes: a size of four bytes, a name of four, and a content, which may be boxes again. A fragmented
one begins with `ftyp` and `moov`, which say how to decode it; then come pairs of `moof`, which says when the samples of
a fragment are shown, and `mdat`, which has them (ISO/IEC 14496-12). `film` writes every scene so, with equal settings.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from limelight.errors import MediaError

#: A fragment of half a second is far smaller; what claims to be larger is none of ours.
_MAX_MDAT_BYTES, _MAX_OTHER_BYTES = 64 << 20, 64 << 10
_HEADER = struct.Struct(">I4s")
_MAX_TIME = (1 << 64) - 1
#: Chromium plays nothing of a block of so many bytes before it has all of it.
_BLOCK_BYTES = 32 << 10


class _Box(NamedTuple):
    name: bytes
    #: the offset of the content, and that of the next box
    start: int
    end: int


class Chain:
    """Makes one fragmented MP4 of several that come one after the other, each in pieces of any size.

    They have equal headers, and a unit of time of 1/48000 s in every track.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._header: bytes | None = None
        self._fragments = 0
        #: a fragment's `moof`, which is given together with its content
        self._moof = b""
        #: the length of the files that have ended, in units of the tracks' time
        self._before = 0
        self._given = 0

    def feed(self, piece: bytes) -> bytes:
        """Take the next bytes of the file; gives those of the whole that can be given by now.

        Raises MediaError where the file is no fragmented MP4, or has another header than the first.
        """
        self._rest += piece
        given = []
        while (box := _first(self._rest)) is not None:
            given.append(self._taken(box.name, self._rest[: box.end]))
            del self._rest[: box.end]
        self._given += sum(map(len, given))
        return b"".join(given)

    def pad(self) -> bytes:
        """An empty box up to the end of the block in which what was given ends, for players that wait for that; nothing
        where no block is begun."""
        missing = -self._given % _BLOCK_BYTES
        if not missing:
            return b""
        size = missing if missing >= _HEADER.size else missing + _BLOCK_BYTES
        self._given += size
        return _HEADER.pack(size, b"free").ljust(size, b"\0")

    def end_file(self, samples: int) -> None:
        """End the file, which lasts so many samples of sound at 48 kHz; what is fed then is of the next one."""
        self._rest.clear()
        self._moof = b""
        self._before += samples

    def _taken(self, name: bytes, box: bytearray) -> bytes:
        """What of a file's box belongs into the whole."""
        if name == b"ftyp":
            return b"" if self._header else bytes(box)
        if name == b"moov":
            return self._taken_header(bytes(box))
        if name == b"moof" and self._header and not self._moof:
            self._fragments += 1
            _place(box, self._fragments, self._before)
            self._moof = bytes(box)
            return b""
        if name == b"mdat" and self._moof:
            whole, self._moof = self._moof + box, b""
            return whole
        raise _not_ours(f"a box {name!r} where none is expected")

    def _taken_header(self, box: bytes) -> bytes:
        if self._header is None:
            self._header = box
            return box
        if self._header != box:
            raise _not_ours("another header than the first scene's")
        return b""


def _place(moof: bytearray, number: int, later: int) -> None:
    """Give a fragment its number, and make it this much later, in units of its tracks' time."""
    for box in _boxes(moof, _HEADER.size, len(moof)):
        if box.name == b"mfhd" and box.end - box.start == 8:
            struct.pack_into(">I", moof, box.start + 4, number)
        elif box.name == b"traf":
            for part in _boxes(moof, box.start, box.end):
                if part.name == b"tfdt":
                    _delay(moof, part, later)


def _delay(moof: bytearray, tfdt: _Box, later: int) -> None:
    if tfdt.end - tfdt.start != 12 or moof[tfdt.start] != 1:
        raise _not_ours("times that are not of 64 bits")
    (time,) = struct.unpack_from(">Q", moof, tfdt.start + 4)
    struct.pack_into(">Q", moof, tfdt.start + 4, min(time + later, _MAX_TIME))


def _boxes(data: bytearray, start: int, end: int) -> Iterator[_Box]:
    """The boxes between two offsets."""
    while start < end:
        box = _first(data, start, end)
        if box is None:
            raise _not_ours("a box that is cut off")
        yield box
        start = box.end


def _first(data: bytearray, start: int = 0, end: int | None = None) -> _Box | None:
    """The box at an offset, or None where not all of it is there."""
    end = len(data) if end is None else end
    if end - start < _HEADER.size:
        return None
    size, name = _HEADER.unpack_from(data, start)
    if not _HEADER.size <= size <= (_MAX_MDAT_BYTES if name == b"mdat" else _MAX_OTHER_BYTES):
        raise _not_ours(f"a box {name!r} of {size} bytes")
    return _Box(name, start + _HEADER.size, start + size) if start + size <= end else None


def _not_ours(what: str) -> MediaError:
    return MediaError(f"this is no film that can be watched while it is made: {what}.")
