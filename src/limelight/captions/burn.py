"""A copy of a scene's segment with its captions drawn on it, made of the segment's packets.

The presenter is not drawn again: packets are decoded, captions are drawn on the Y, U and V planes of their frames, and
these are encoded with the same settings, so that captioned segments join by copying packets. The packets come from the
encoder while the scene is drawn, or from a file afterwards; the copy is the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream
from numpy.typing import NDArray

from limelight.captions.cues import Cue
from limelight.captions.draw import Rgba, caption_picture
from limelight.compose.yuv import RGB_TO_YUV, Planes
from limelight.errors import MediaError
from limelight.media.film import SegmentWriter
from limelight.spec import Captions


@contextmanager
def captioned_copy(
    out: Path, cues: Sequence[Cue], captions: Captions, width: int, height: int, fps: int
) -> Iterator[Callable[[av.Packet[VideoStream]], None]]:
    """Write the copy; yields what takes the packets of the segment's picture, H.264, one by one in their order.

    The copy has the segment's frames and presentation timestamps. A caption is shown from the frame nearest to its
    start up to, not including, the frame nearest to its end. Raises MediaError where a packet cannot be decoded or the
    copy cannot be written.
    """
    with SegmentWriter(out, width, height, fps) as writer:
        copy = _Copy(writer, cues, captions, (width, height), fps)
        yield copy.draw
        copy.draw(None)


def burn(video: Path, cues: Sequence[Cue], captions: Captions, out: Path) -> None:
    """Write the captioned copy of a segment that is in a file. Raises MediaError where it cannot be read or written."""
    try:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            fps = round(stream.average_rate or 0)
            with captioned_copy(out, cues, captions, stream.width, stream.height, fps) as draw:
                for packet in container.demux(stream):
                    if packet.size:
                        draw(packet)
    except (FFmpegError, OSError) as error:
        raise MediaError(f"the captions cannot be drawn: {error.strerror}") from error


class _Copy:
    """Decodes packets, and writes their frames with the captions on them."""

    def __init__(
        self, writer: SegmentWriter, cues: Sequence[Cue], captions: Captions, size: tuple[int, int], fps: int
    ) -> None:
        self._writer = writer
        self._waiting = deque(cues)
        self._captions, self._size, self._fps = captions, size, fps
        self._decoder: VideoCodecContext | None = None
        self._overlay: _Overlay | None = None
        self._drawn = Planes(*size)
        self._frame = 0

    def draw(self, packet: av.Packet[VideoStream] | None) -> None:
        """Write the frames that this packet completes; None completes all. Raises MediaError."""
        if self._decoder is None:
            if packet is None:
                return
            self._decoder = _decoder_of(packet)
        try:
            for frame in self._decoder.decode(packet):
                self._write(_planes(frame))
        except (FFmpegError, OSError) as error:
            raise MediaError(f"the captions cannot be drawn: {error.strerror}") from error

    def _write(self, planes: Sequence[NDArray[np.uint8]]) -> None:
        if overlay := self._overlay_now():
            # The decoder predicts later frames from its own, which must not change.
            for own, plane in zip(self._drawn.all(), planes, strict=True):
                own[:] = plane
            overlay.lay_over(self._drawn)
            planes = self._drawn.all()
        self._writer.write(*planes)
        self._frame += 1

    def _overlay_now(self) -> _Overlay | None:
        while self._waiting and round(self._waiting[0].end_s * self._fps) <= self._frame:
            self._waiting.popleft()
            self._overlay = None
        if not self._waiting or round(self._waiting[0].start_s * self._fps) > self._frame:
            return None
        if self._overlay is None:
            self._overlay = _Overlay(*caption_picture(self._waiting[0], self._captions, *self._size))
        return self._overlay


def _decoder_of(packet: av.Packet[VideoStream]) -> VideoCodecContext:
    """A decoder for the packets of a stream, of which this is one."""
    decoder = VideoCodecContext.create("h264", "r")
    decoder.extradata = packet.stream.codec_context.extradata
    decoder.thread_count = 1  # other cores draw and encode; and each thread keeps frames of its own
    return decoder


def _planes(frame: av.VideoFrame) -> tuple[NDArray[np.uint8], ...]:
    """A decoded frame's own planes Y, U and V: uint8 (height, width), and half of both."""
    return tuple(
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in frame.planes
    )


class _Overlay:
    """A picture prepared to be drawn on many frames: for each plane, a factor for the frame and an addend."""

    def __init__(self, picture: Rgba, x: int, y: int) -> None:
        """`picture` is premultiplied RGBA uint8 (h, w, 4), its top left corner x, y; all four numbers are even."""
        fine = picture.astype(np.float64)
        coarse = fine.reshape(fine.shape[0] // 2, 2, fine.shape[1] // 2, 2, 4).mean((1, 3))
        self._parts = []
        for row, pixels, step in zip(RGB_TO_YUV, (fine, coarse, coarse), (1, 2, 2), strict=True):
            # In units of 1/255, as the frame's part is in `lay_over`; 127 rounds the division by 255.
            added = pixels[..., :3] @ row[:3] * 255 + pixels[..., 3] * row[3] + 127
            place = np.s_[y // step : y // step + pixels.shape[0], x // step : x // step + pixels.shape[1]]
            kept = np.rint(255 - pixels[..., 3]).astype(np.uint16)
            self._parts.append((place, kept, added.astype(np.uint16)))

    def lay_over(self, planes: Planes) -> None:
        """Draw on a frame's planes, in place; values outside the picture stay."""
        for plane, (place, kept, added) in zip((planes.y, planes.u, planes.v), self._parts, strict=True):
            plane[place] = (plane[place] * kept + added) // 255
