"""What the parts of a picture's file say that Pillow does not tell: the chunks of PNG, the boxes of AVIF and HEIC."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

_PNG_HEAD = 8
#: Beyond this a PNG is no picture that anybody made: chunks before its pixels are not looked at.
_MAX_CHUNKS = 1000
#: Channels by PNG's colour type, and the first column, first row and steps of Adam7's passes.
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
#: Primaries and transfer in a box `colr` (ISO/IEC 14496-12); boxes about pictures come before their data.
_NCLX = re.compile(rb"colrnclx(..)(..)", re.DOTALL)
_HEAD_BYTES = 65_536
#: How much is decompressed at a time.
_UNPACKED_BYTES = 1 << 20


def coding(file: Path, form: str | None) -> tuple[int, int] | None:
    """Primaries and transfer by their numbers in ITU-T H.273, as a PNG's chunk `cICP` or the box `colr` of an AVIF or
    HEIC names them; None where nothing does."""
    if form == "PNG":
        chunks = _png_chunks(file)
        return next(((data[0], data[1]) for name, data in chunks if name == b"cICP" and len(data) == 4), None)
    if form in ("AVIF", "HEIF"):
        with file.open("rb") as content:
            found = _NCLX.search(content.read(_HEAD_BYTES))
        return (int.from_bytes(found[1], "big"), int.from_bytes(found[2], "big")) if found else None
    return None


def _png_chunks(file: Path) -> Iterator[tuple[bytes, bytes]]:
    """Names and contents of the small chunks of a PNG before its pixels."""
    with file.open("rb") as content:
        content.seek(_PNG_HEAD)
        for _ in range(_MAX_CHUNKS):
            head = content.read(8)
            if len(head) < 8 or head[4:] == b"IDAT":
                return
            (size,) = struct.unpack(">I", head[:4])
            yield head[4:], content.read(size) if size <= 32 else b""
            content.seek(4 if size <= 32 else size + 4, io.SEEK_CUR)


def png_share(content: bytes) -> float:
    """Which share of a PNG that is cut off is there, 0 to 1: of its pixels (of an interlaced one, of its passes in
    their order), or of its bytes where the last chunk of pixels says how many are missing: plain rows take few."""
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", content, _PNG_HEAD + 8)
    bits = depth * _CHANNELS.get(colour, 1)
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    expected = 0
    for x, y, across, down in passes:
        columns, rows = max(0, -(-(width - x) // across)), max(0, -(-(height - y) // down))
        expected += rows * (1 + -(-columns * bits // 8)) if columns else 0
    return max(min(1.0, _unpacked(content) / max(expected, 1)), _share_of_bytes(content))


def _share_of_bytes(content: bytes) -> float:
    """Which share of the file is there; 0 where it cannot be told which chunk of pixels is the last. It is where it is
    the only one, or shorter than the first."""
    first, at = 0, _PNG_HEAD
    while at + 8 <= len(content):
        (size,) = struct.unpack_from(">I", content, at)
        ends = at + size + 12
        if content[at + 4 : at + 8] == b"IDAT":
            if ends > len(content):
                return len(content) / ends if not first or size < first else 0.0
            first = first or size
        at = ends
    return 0.0


def _unpacked(content: bytes) -> int:
    """How many bytes the chunks `IDAT` give, as far as they go."""
    unpack, total, at = zlib.decompressobj(), 0, _PNG_HEAD
    while at + 8 <= len(content):
        (size,) = struct.unpack_from(">I", content, at)
        if content[at + 4 : at + 8] == b"IDAT":
            packed = content[at + 8 : at + 8 + size]
            try:
                while packed:
                    total += len(unpack.decompress(packed, _UNPACKED_BYTES))
                    packed = unpack.unconsumed_tail
            except zlib.error:
                break
        at += size + 12
    return total
