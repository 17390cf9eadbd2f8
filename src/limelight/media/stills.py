"""Writes pictures: PNG; thumbnail and animated preview of a finished film, its transparent parts on a light ground."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from av.error import FFmpegError
from av.filter import Graph
from av.video.reformatter import Colorspace, Interpolation
from numpy.typing import NDArray

from limelight.errors import MediaError
from limelight.media.decode import EXACT

Pixels = NDArray[np.uint8]

_JPEG_QUALITY = 90
#: sRGB.
_GROUND = (238, 241, 245)
_GIF_S, _GIF_FPS, _GIF_SIDE_PX = 3.0, 10, 320


def thumbnail(film: Path, frame_index: int, out: Path) -> None:
    """Write one frame of a film as a JPEG. Raises MediaError when the film has no such frame."""
    try:
        frame = next(islice(_frames(film), frame_index, None), None)
        if frame is None:
            raise MediaError(f"the film has no frame {frame_index} for a thumbnail")
        picture = _rgb(frame)
        quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
        data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), quality)[1].tobytes()
        temporary = out.with_suffix(".tmp")
        temporary.write_bytes(data)
        os.replace(temporary, out)
    except (FFmpegError, OSError) as error:
        raise MediaError(f"the thumbnail cannot be made: {error}") from error


def gif(film: Path, fps: int, out: Path) -> None:
    """Write the film's first seconds as an animated GIF with a palette of its own. Raises MediaError."""
    try:
        steps = [round(i * fps / _GIF_FPS) for i in range(round(_GIF_S * _GIF_FPS))]
        wanted = set(steps)
        pictures = [_small(frame) for i, frame in enumerate(islice(_frames(film), steps[-1] + 1)) if i in wanted]
        _write_gif(pictures, out)
    except (FFmpegError, OSError) as error:
        raise MediaError(f"the preview cannot be made: {error}") from error


def png(picture: Pixels, out: Path) -> None:
    """Write a picture, uint8 (h, w), (h, w, 3) or (h, w, 4), sRGB, straight alpha, as a PNG. Raises MediaError."""
    try:
        # OpenCV has blue first.
        drawn = picture if picture.ndim == 2 else picture[..., [2, 1, 0, 3][: picture.shape[2]]]
        out.write_bytes(cv2.imencode(".png", drawn)[1].tobytes())
    except OSError as error:
        raise MediaError(f"the picture cannot be written: {error}") from error


def _frames(film: Path) -> Iterator[av.VideoFrame]:
    """The frames, with their alpha."""
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        # FFmpeg's own VP9 decoder ignores the alpha. The tag may be in capitals or not.
        clear = ("alpha_mode", "1") in {(name.lower(), value) for name, value in stream.metadata.items()}
        decoder = av.CodecContext.create("libvpx-vp9", "r") if clear else stream.codec_context
        for packet in container.demux(stream):
            for frame in decoder.decode(packet):
                assert isinstance(frame, av.VideoFrame)
                yield frame


def _is_clear(frame: av.VideoFrame) -> bool:
    return any(component.is_alpha for component in frame.format.components)


def _rgb(frame: av.VideoFrame, size: tuple[int, int] | None = None) -> Pixels:
    """uint8 (h, w, 3), sRGB; scaled down to `size`, width and height, if given."""
    picture = frame.reformat(
        *(size or (frame.width, frame.height)),
        format="rgba" if _is_clear(frame) else "rgb24",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        interpolation=(Interpolation.AREA if size else Interpolation.BILINEAR) | EXACT,
    ).to_ndarray()
    if not _is_clear(frame):
        return np.asarray(picture, np.uint8)
    alpha = picture[..., 3:].astype(np.float32) / 255
    return np.asarray(picture[..., :3] * alpha + np.array(_GROUND, np.float32) * (1 - alpha) + 0.5, np.uint8)


def _small(frame: av.VideoFrame) -> Pixels:
    scale = min(1.0, _GIF_SIDE_PX / max(frame.width, frame.height))
    size = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    if not _is_clear(frame):
        return _rgb(frame, size)
    # Clear parts are filled before colours mix.
    return np.asarray(cv2.resize(_rgb(frame), size, interpolation=cv2.INTER_AREA), np.uint8)


def _write_gif(pictures: list[Pixels], out: Path) -> None:
    height, width = pictures[0].shape[:2]
    time_base = Fraction(1, _GIF_FPS)
    graph = Graph()
    source = graph.add_buffer(width=width, height=height, format=av.VideoFormat("rgb24"), time_base=time_base)
    split = graph.add("split")
    palette = graph.add("palettegen", "stats_mode=diff")
    use = graph.add("paletteuse", "dither=bayer:bayer_scale=4:diff_mode=rectangle")
    sink = graph.add("buffersink")
    source.link_to(split)
    split.link_to(palette, 0, 0)
    split.link_to(use, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    with av.open(str(out), "w", format="gif", options={"loop": "0"}) as container:
        stream = container.add_stream("gif", rate=_GIF_FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "pal8"
        # The palette is for the changes from each picture to the next, and the first one follows the last.
        for i, picture in enumerate([*pictures, pictures[0]]):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = i, time_base
            graph.vpush(frame)
        graph.vpush(None)
        for _ in pictures:
            frame = graph.vpull()
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
