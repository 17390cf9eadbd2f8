"""Writing films with PyAV: one segment of video for each scene, and the film that joins them with their sound.

Segments are H.264 with equal settings and closed groups of pictures, so joining copies packets and shifts their times
by whole frames. The sound stays PCM until the film is joined and is encoded once: AAC frames do not join without a gap.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.error import FFmpegError
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream
from numpy.typing import NDArray

from limelight.errors import MediaError
from limelight.spec import SAMPLE_RATE_HZ

#: One thread keeps up, because the pictures are made beside it in another; and x264's result depends on their number.
_X264_THREADS = 1
_X264 = {
    "preset": "veryfast",
    "crf": "20",
    "profile": "high",
    # Equal headers whatever a scene's length, and no frame that needs one from before its scene. Without mbtree: it
    # reads memory that it has not written, so that now and then the same frames gave other bytes.
    "x264-params": "stitchable=1:open-gop=0:keyint=100:min-keyint=10:scenecut=0:mbtree=0",
}
#: Frames by which x264's pictures come later than they are decoded, with its default B-frame pyramid.
_REORDER_DELAY = 2
#: Frames that may wait for the encoder.
_FRAMES_IN_FLIGHT = 3
_AAC_BIT_RATE = 160_000
_AAC_BLOCK = 1024


class SegmentWriter:
    """Encodes one scene's frames into a video-only MP4; use as a context manager.

    Encoding runs in a thread of its own, so that the next frame is made meanwhile; `write` waits when it falls behind.
    """

    def __init__(self, path: Path, width: int, height: int, fps: int) -> None:
        self._time_base = Fraction(1, fps)
        self._count = 0
        self._frames = [_empty_frame(width, height) for _ in range(_FRAMES_IN_FLIGHT)]
        self._waiting: deque[Future[None]] = deque()
        try:
            self._container = av.open(str(path), "w", format="mp4")
            stream: VideoStream = self._container.add_stream("libx264", rate=fps, options=dict(_X264))
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            context = stream.codec_context
            context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
            context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
            context.time_base = self._time_base
            context.thread_count = _X264_THREADS
            self._stream = stream
        except (FFmpegError, OSError) as error:
            raise MediaError(f"the scene's film cannot be written: {error}") from error
        self._encoder = ThreadPoolExecutor(1, thread_name_prefix="encoder")

    def __enter__(self) -> SegmentWriter:
        return self

    def write(self, y: NDArray[np.uint8], u: NDArray[np.uint8], v: NDArray[np.uint8]) -> None:
        """Append one frame: planes of the film's size and half of it. Raises MediaError."""
        if len(self._waiting) == len(self._frames):
            self._settle()
        frame = self._frames[self._count % len(self._frames)]
        for plane, values in zip(frame.planes, (y, u, v), strict=True):
            rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            rows[: values.shape[0], : values.shape[1]] = values
        frame.pts, frame.time_base = self._count, self._time_base
        self._count += 1
        self._waiting.append(self._encoder.submit(self._encode, frame))

    def _encode(self, frame: av.VideoFrame | None) -> None:
        self._container.mux(self._stream.encode(frame))

    def _settle(self) -> None:
        """Wait for the oldest frame."""
        try:
            self._waiting.popleft().result()
        except FFmpegError as error:
            raise MediaError(f"the scene's film cannot be encoded: {error}") from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._waiting.append(self._encoder.submit(self._encode, None))
                while self._waiting:
                    self._settle()
        finally:
            self._encoder.shutdown(cancel_futures=True)
            self._container.close()


def _empty_frame(width: int, height: int) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "yuv420p")
    frame.colorspace, frame.color_range = Colorspace.ITU709, ColorRange.MPEG
    return frame


def join(segments: Sequence[Path], sounds: Sequence[Path], fps: int, out: Path) -> int:
    """Join segments and their sounds (float32 .npy, mono 48 kHz) into an MP4 that plays from its first byte.

    Returns the number of frames. Raises MediaError.
    """
    try:
        with av.open(str(out), "w", format="mp4", options={"movflags": "+faststart"}) as film:
            with av.open(str(segments[0])) as first:
                video = film.add_stream_from_template(first.streams.video[0])
            audio: AudioStream = film.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="stereo")
            audio.bit_rate = _AAC_BIT_RATE
            film.start_encoding()  # settles the streams' time bases before the first packet
            return _interleave(film, video, audio, segments, sounds, fps)
    except (FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"the film cannot be joined: {error}") from error


def _interleave(
    film: av.container.OutputContainer,
    video: VideoStream,
    audio: AudioStream,
    segments: Sequence[Path],
    sounds: Sequence[Path],
    fps: int,
) -> int:
    """Copy the video packets and encode the sound beside them, so that no part waits for the whole other."""
    blocks = _blocks(sounds)
    frames = sent = 0
    for path in segments:
        with av.open(str(path)) as segment:
            stream = segment.streams.video[0]
            length = 0
            for packet in segment.demux(stream):
                if packet.pts is None:
                    continue
                packet.pts = round(packet.pts * packet.time_base * fps) + frames
                # Counted, because x264 gives very short segments another decoding delay than long ones.
                packet.dts = frames + length - _REORDER_DELAY
                packet.time_base, packet.duration = Fraction(1, fps), 1
                packet.stream = video
                length += 1
                film.mux(packet)
                while sent < (frames + length) * SAMPLE_RATE_HZ // fps and (block := next(blocks, None)) is not None:
                    film.mux(audio.encode(_audio_frame(block, sent)))
                    sent += len(block)
            frames += length
    for block in blocks:
        film.mux(audio.encode(_audio_frame(block, sent)))
        sent += len(block)
    film.mux(audio.encode(None))
    return frames


def _blocks(sounds: Sequence[Path]) -> Iterator[NDArray[np.float32]]:
    """The sounds one after the other in blocks of the encoder's size, without loading any whole."""
    rest = np.zeros(0, np.float32)
    for path in sounds:
        samples = np.load(path, mmap_mode="r")
        for at in range(0, len(samples), SAMPLE_RATE_HZ):
            rest = np.concatenate([rest, samples[at : at + SAMPLE_RATE_HZ]])
            whole = len(rest) // _AAC_BLOCK * _AAC_BLOCK
            for start in range(0, whole, _AAC_BLOCK):
                yield rest[start : start + _AAC_BLOCK]
            rest = rest[whole:]
    if len(rest):
        yield rest


def _audio_frame(block: NDArray[np.float32], pts: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.stack([block, block]), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, pts, Fraction(1, SAMPLE_RATE_HZ)
    return frame


def thumbnail(film: Path, frame_index: int, out: Path) -> None:
    """Write one frame of a film as a JPEG. Raises MediaError when the film has no such frame."""
    try:
        with av.open(str(film)) as container:
            for i, frame in enumerate(container.decode(video=0)):
                if i == frame_index:
                    rgb = frame.reformat(format="bgr24", src_colorspace=Colorspace.ITU709).to_ndarray()
                    data = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
                    temporary = out.with_suffix(".tmp")
                    temporary.write_bytes(data)
                    os.replace(temporary, out)
                    return
    except (FFmpegError, OSError) as error:
        raise MediaError(f"the thumbnail cannot be made: {error}") from error
    raise MediaError(f"the film has no frame {frame_index} for a thumbnail")
