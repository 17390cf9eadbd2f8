"""Looking into finished films: everything here decodes."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray


def frames(path: Path) -> list[NDArray[np.uint8]]:
    """All frames as RGB (h, w, 3), by the BT.709 that the file declares."""
    with av.open(str(path)) as film:
        return [_pixels(f, "rgb24") for f in film.decode(video=0)]


def clear_frames(path: Path) -> list[NDArray[np.uint8]]:
    """All frames of a transparent WebM as straight RGBA (h, w, 4); only libvpx decodes the alpha.

    Chroma is interpolated as Chromium does it. This way of swscale's leaves the last columns of widths unwritten that
    are 2 or 4 above a multiple of 16: do not look there.
    """
    decoder = av.CodecContext.create("libvpx-vp9", "r")
    with av.open(str(path)) as film:
        return [_pixels(f, "rgba") for packet in film.demux(film.streams.video[0]) for f in decoder.decode(packet)]


def _pixels(frame: av.VideoFrame, format: str) -> NDArray[np.uint8]:
    converted = frame.reformat(format=format, src_colorspace="ITU709", dst_colorspace="ITU709")
    return np.asarray(converted.to_ndarray(), np.uint8)


def sound(path: Path) -> NDArray[np.float32]:
    """The first channel at its own rate, priming cut as players do."""
    with av.open(str(path)) as film:
        blocks = [f.to_ndarray()[0] for f in film.decode(audio=0) if f.pts is not None and f.pts >= 0]
    return np.concatenate(blocks).astype(np.float32)


def boxes(path: Path) -> list[str]:
    """The top-level boxes of an MP4, in order."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append(data[at + 4 : at + 8].decode("latin-1"))
        at += size if size >= 8 else len(data)
    return found
