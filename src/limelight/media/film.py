"""Writes films with PyAV: a segment of video for each scene, and the film that joins them with their sound.

Segments have equal settings and closed groups of pictures, so that joining copies packets and shifts their times by
whole frames. The sound stays PCM until then, and is encoded once: AAC and Opus frames do not join without a gap. An MP4
is H.264 and AAC; a WebM is VP9 with alpha and Opus, with the alpha as side data of each packet.

A segment of an MP4 is a fragmented MP4: it can be played while it grows, and `fragments` joins several of them without
decoding anything. For that it may have a track of its sound as FLAC, whose frames do join; the film has none of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Literal, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.error import FFmpegError
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream
from numpy.typing import NDArray

from limelight.errors import MediaError
from limelight.media import sound as sound_files
from limelight.spec import SAMPLE_RATE_HZ

Container = Literal["mp4", "webm"]

#: Longest time between two key frames, for players that seek.
_KEY_EVERY_S = 4
#: One thread keeps up with the thread that draws the frames; and x264's output depends on the number of threads.
_X264_THREADS = 1
_X264 = {
    "preset": "veryfast",
    "crf": "20",
    "profile": "high",
    "x264-params": ":".join(
        (
            # Equal headers for scenes of any length, and no frame that refers to one before its scene.
            "stitchable=1:open-gop=0:keyint={keyint}:min-keyint=10:scenecut=0",
            # It reads uninitialised memory: now and then the same frames gave other bytes.
            "mbtree=0",
            # Measured on presenters and on films behind them (docs/performance.md): two thirds of the preset's time,
            # and smaller at the same PSNR. Always four B-frames, which need no search for how many; no search for
            # fades; the small diamond; no partitions of predicted blocks. Then nothing looks ahead, so no frames wait.
            "b-adapt=0:bframes=4:weightp=0:me=dia:partitions=i8x8,i4x4:rc-lookahead=0",
        )
    ),
}
#: Frames from decoding to presentation with x264's default B-frame pyramid.
_REORDER_DELAY = 2
_VP9_THREADS = 2
_VP9 = {
    "deadline": "realtime",
    "cpu-used": "6",
    # Measured: from 21 to 24 the first block of a transparent area keeps an alpha of 1, at 20 it does not.
    "crf": "20",
    "row-mt": "1",
    # Without delay, so that scenes join; and without alternate reference frames, which cannot have alpha.
    "lag-in-frames": "0",
    "auto-alt-ref": "0",
}
#: Most frames that wait for the encoder.
_FRAMES_IN_FLIGHT = 3
_SOUND_BIT_RATE = 160_000
#: Length of a segment's fragments: so far a preview is behind.
_FRAGMENT_US = 500_000
#: The sound's codec, its options, and samples per block.
_SOUND: dict[Container, tuple[str, dict[str, str], int]] = {
    # AAC's other coder now and then spoils a block, in one channel more than in the other, and takes twice the time.
    "mp4": ("aac", {"aac_coder": "fast"}, 1024),
    "webm": ("libopus", {}, 960),
}
_MUXER: dict[Container, dict[str, str]] = {
    "mp4": {"movflags": "+faststart"},
    # Seeking needs the cues, so they go where browsers read first. Without bitexact, tracks get random numbers.
    "webm": {"fflags": "+bitexact", "cues_to_front": "1"},
}

_SEGMENT_MUXER: dict[Container, dict[str, str]] = {
    "mp4": {
        # The header comes with the first fragment, so that its edit list can say which frame is the first to be shown;
        # it has no sizes, rates or lengths of what follows, so that the headers of equal settings are equal.
        "movflags": "+empty_moov+delay_moov+default_base_moof+skip_trailer",
        "write_btrt": "0",
        "frag_duration": str(_FRAGMENT_US),
        "flush_packets": "1",
        # For both tracks, so that a scene's place in the film is one number.
        "video_track_timescale": str(SAMPLE_RATE_HZ),
    },
    "webm": _MUXER["webm"],
}

#: EU law requires a mark of AI-generated video: for people, and for machines in the IPTC's vocabulary.
AI_COMMENT = "AI-generated video, made with Limelight."
DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_AI_MARK = {"comment": AI_COMMENT, "description": f"digitalSourceType: {DIGITAL_SOURCE_TYPE}"}


class SegmentWriter:
    """Encodes one scene's frames into a file; use as a context manager.

    Encoding runs in a thread of its own while the caller draws the next frame; `write` waits when it falls behind. An
    MP4 can be played while it is written, with `sound` (float32 .npy, mono 48 kHz) beside the picture if that is given.
    `take`, if given, gets each packet of the picture, in the encoder's thread; what it raises is raised here too.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        height: int,
        fps: int,
        container: Container = "mp4",
        sound: Path | None = None,
        take: Callable[[av.Packet[VideoStream]], None] | None = None,
    ) -> None:
        self._take = take
        self._time_base = Fraction(1, fps)
        self._count = self._coded = 0
        self._delay = _REORDER_DELAY if container == "mp4" else 0
        pixel_format = "yuva420p" if container == "webm" else "yuv420p"
        self._frames = [_empty_frame(width, height, pixel_format) for _ in range(_FRAMES_IN_FLIGHT)]
        self._waiting: deque[Future[None]] = deque()
        try:
            self._container = av.open(str(path), "w", format=container, options=dict(_SEGMENT_MUXER[container]))
            if container == "mp4":
                self._container.metadata.update(_AI_MARK)
            self._stream = _video_stream(self._container, container, fps)
            self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, pixel_format
            context = self._stream.codec_context
            context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
            context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
            context.time_base = self._time_base
            self._sound = _SoundTrack(self._container, sound) if sound and container == "mp4" else None
            self._container.start_encoding()
        except (FFmpegError, OSError) as error:
            raise MediaError(f"the scene's film cannot be written: {error}") from error
        self._encoder = ThreadPoolExecutor(1, thread_name_prefix="encoder")

    def __enter__(self) -> SegmentWriter:
        return self

    def write(self, *planes: NDArray[np.uint8]) -> None:
        """Append one frame: uint8 planes Y, U and V (BT.709, limited range, 4:2:0), and alpha in a WebM.

        U and V have half the film's height and width. Raises MediaError.
        """
        if len(self._waiting) == len(self._frames):
            self._settle()
        frame = self._frames[self._count % len(self._frames)]
        for plane, values in zip(frame.planes, planes, strict=True):
            rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            rows[: values.shape[0], : values.shape[1]] = values
        frame.pts, frame.time_base = self._count, self._time_base
        self._count += 1
        self._waiting.append(self._encoder.submit(self._encode, frame))

    def _encode(self, frame: av.VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            # Counted, because x264's own decoding time has another delay in very short segments.
            packet.dts, packet.time_base, packet.duration = self._coded - self._delay, self._time_base, 1
            self._coded += 1
            if self._take:
                self._take(packet)
            self._container.mux(packet)
            if self._sound:
                self._sound.write(until=int(self._coded * self._time_base * SAMPLE_RATE_HZ))
        if frame is None and self._sound:
            self._sound.end()

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


class _SoundTrack:
    """A scene's sound beside its picture, written as far as that is."""

    def __init__(self, container: av.container.OutputContainer, sound: Path) -> None:
        self._container = container
        self._sound, self._length = sound, sound_files.length(sound)
        self._sent = 0
        options = {"compression_level": "0"}
        self._stream = container.add_stream("flac", SAMPLE_RATE_HZ, options, layout="mono")
        self._stream.codec_context.format = av.AudioFormat("s16")

    def write(self, until: int) -> None:
        """Write up to the block that has this sample."""
        size = self._stream.codec_context.frame_size
        while self._sent < min(until, self._length):
            block = np.rint(sound_files.read(self._sound, self._sent, self._sent + size) * 32767).clip(-32768, 32767)
            frame = av.AudioFrame.from_ndarray(block.astype(np.int16)[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, self._sent, Fraction(1, SAMPLE_RATE_HZ)
            self._container.mux(self._stream.encode(frame))
            self._sent += len(block)

    def end(self) -> None:
        """Write the rest."""
        self.write(until=self._length)
        # The last packet is empty, and would write a short scene's length into the header that all scenes share.
        self._container.mux([packet for packet in self._stream.encode(None) if packet.size])


def _video_stream(container: av.container.OutputContainer, kind: Container, fps: int) -> VideoStream:
    key_frames = _KEY_EVERY_S * fps
    if kind == "webm":
        stream: VideoStream = container.add_stream("libvpx-vp9", rate=fps, options=dict(_VP9))
        stream.codec_context.thread_count = _VP9_THREADS
        stream.codec_context.gop_size = key_frames
        stream.bit_rate = 0
        stream.metadata["alpha_mode"] = "1"
        return stream
    options = {name: value.format(keyint=key_frames) for name, value in _X264.items()}
    stream = container.add_stream("libx264", rate=fps, options=options)
    stream.codec_context.thread_count = _X264_THREADS
    return stream


def _empty_frame(width: int, height: int, pixel_format: str) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, pixel_format)
    frame.colorspace, frame.color_range = Colorspace.ITU709, ColorRange.MPEG
    return frame


def join(
    segments: Sequence[Path],
    sounds: Sequence[Path],
    fps: int,
    out: Path,
    *,
    container: Container = "mp4",
    title: str | None = None,
) -> int:
    """Join segments and their sounds (float32 .npy, mono 48 kHz) into a film that plays from its first byte.

    Returns the number of frames. Raises MediaError.
    """
    codec, options, block = _SOUND[container]
    try:
        with av.open(str(out), "w", format=container, options=dict(_MUXER[container])) as film:
            film.metadata.update(_AI_MARK)
            if title:
                film.metadata["title"] = title
            with av.open(str(segments[0])) as first:
                video = film.add_stream_from_template(first.streams.video[0])
                video.metadata.update(first.streams.video[0].metadata)
            audio = cast(AudioStream, film.add_stream(codec, SAMPLE_RATE_HZ, dict(options), layout="stereo"))
            audio.bit_rate = _SOUND_BIT_RATE
            film.start_encoding()  # settles the streams' time bases before the first packet
            delay = _REORDER_DELAY if container == "mp4" else 0
            return _interleave(film, video, audio, segments, _blocks(sounds, block), fps, delay)
    except (FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"the film cannot be joined: {error}") from error


def _interleave(
    film: av.container.OutputContainer,
    video: VideoStream,
    audio: AudioStream,
    segments: Sequence[Path],
    blocks: Iterator[NDArray[np.float32]],
    fps: int,
    delay: int,
) -> int:
    """Copy the video packets and encode the sound, interleaved; returns the number of frames.

    `delay` is the frames from decoding to presentation.
    """
    frames = sent = 0
    for path in segments:
        with av.open(str(path)) as segment:
            stream = segment.streams.video[0]
            length = 0
            for packet in segment.demux(stream):
                if packet.pts is None:
                    continue
                packet.pts = round(packet.pts * packet.time_base * fps) + frames
                # The decoding time is counted, because x264's own has another delay in very short segments.
                packet.dts = frames + length - delay
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


def _blocks(sounds: Sequence[Path], size: int) -> Iterator[NDArray[np.float32]]:
    """The sounds one after the other in blocks (size,) of the encoder's size, without loading all of a file."""
    rest = np.zeros(0, np.float32)
    for path in sounds:
        for at in range(0, sound_files.length(path), SAMPLE_RATE_HZ):
            rest = np.concatenate([rest, sound_files.read(path, at, at + SAMPLE_RATE_HZ)])
            end = len(rest) // size * size
            for start in range(0, end, size):
                yield rest[start : start + size]
            rest = rest[end:]
    if len(rest):
        yield rest


def _audio_frame(block: NDArray[np.float32], pts: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.stack([block, block]), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, pts, Fraction(1, SAMPLE_RATE_HZ)
    return frame
