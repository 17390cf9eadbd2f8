"""Decodes users' films, frame by frame."""

from __future__ import annotations

import heapq
import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self, cast

import av
import cv2
import numpy as np
from av.error import FFmpegError
from av.sidedata.sidedata import Type as SideData
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from limelight.media.decode.animations import AnimatedPicture
from limelight.media.decode.containers import default_of, not_a, open_container, packets, side_data, unusable
from limelight.media.decode.hdr import Signal, signal_of, to_bt709
from limelight.media.decode.interlaced import deinterlaced
from limelight.media.formats import format_of
from limelight.spec import MAX_MEDIA_S

Pixels = NDArray[np.uint8]

MAX_FILM_PX = 33_200_000

#: Without these flags swscale takes a short cut that leaves the last columns of some widths unwritten with alpha.
EXACT = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
#: A header with a pixel aspect ratio beyond this is ignored.
_MAX_PIXEL_ASPECT = 4.0
#: Callers ask for frames at times that binary fractions cannot represent exactly.
_TOLERANCE_S = 0.001
_HD_ROWS = 720
#: A clock that goes back by more than the first, or ahead by more than the second, has begun anew.
_BACK_S, _AHEAD_S = 0.25, 10.0
#: What FFmpeg tells of a stream in its description of a file, and nowhere else that PyAV reads.
_CROPPING = re.compile(r"Frame Cropping: (\d+)/(\d+)/(\d+)/(\d+)")
_DOLBY_VISION = re.compile(r"DOVI configuration record:.*?profile: (\d+).*?compatibility id: (\d+)")
#: Numbers of a display matrix: a, b, u, c, d, v, x, y, w.
_MATRIX_NUMBERS = 9


class Film(Protocol):
    """A film's pictures by their time; a context manager."""

    #: as it is shown, pixels
    width: int
    height: int
    duration_s: float

    def rewind(self) -> None:
        """Go back to the first picture."""

    def advance(self, time_s: float) -> bool:
        """Go on to the picture at this time; returns whether it is another one. Times must not decrease."""

    def picture(self, width: int, height: int) -> Pixels:
        """The current picture upright, at this size: uint8 (height, width, 3), sRGB, transparent parts on black."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_film(path: Path) -> Film:
    """A film, or an animated picture. Raises MediaError where it cannot be used."""
    known = format_of(path)
    if known and known.kind and known.kind.file_type == "image":
        return AnimatedPicture(path, known)
    return VideoReader(path)


class _Turn(NamedTuple):
    """How a picture becomes upright: transposed first, then mirrored."""

    transposed: bool = False
    left_right: bool = False
    up_down: bool = False

    def applied(self, picture: Pixels) -> Pixels:
        """The picture, (h, w, 3), upright."""
        if self.transposed:
            picture = picture.transpose(1, 0, 2)
        return picture[:: -1 if self.up_down else 1, :: -1 if self.left_right else 1]


class _Crop(NamedTuple):
    """What a container cuts off a frame, pixels of the frame as it is coded."""

    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0


class _Part(NamedTuple):
    """A part of a film on whose clock time passes evenly; seconds of that clock."""

    first_s: float
    end_s: float


class VideoReader:
    """A film's frames by their time; a context manager. Raises MediaError where the film cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._container = open_container(path, "film")
        try:
            self._check()
        except FFmpegError as error:
            self._container.close()
            raise unusable("the file is damaged or cut off") from error
        except BaseException:
            self._container.close()
            raise

    def _check(self) -> None:
        self._stream = self._chosen()
        context = self._stream.codec_context
        self._crop = self._described()
        width = context.width - self._crop.left - self._crop.right
        height = context.height - self._crop.top - self._crop.bottom
        if not (context.width and context.height):
            raise unusable("the video has no size")
        if width <= 0 or height <= 0:
            self._crop, width, height = _Crop(), context.width, context.height
        if context.width * context.height > MAX_FILM_PX:
            raise unusable(
                f"the video is {context.width}x{context.height}, the limit is {MAX_FILM_PX // 10**6} million pixels"
            )
        self._parts = self._times()
        self.duration_s = sum(part.end_s - part.first_s for part in self._parts)
        if self.duration_s > MAX_MEDIA_S:
            raise unusable(f"the video lasts {self.duration_s:.0f} seconds, the limit is {MAX_MEDIA_S:g}")
        self._reformatter = VideoReformatter()
        self.rewind()
        self._turn, self._signal = _turn_of(self._current), signal_of(self._current)
        aspect = float(self._stream.sample_aspect_ratio or 1) or 1.0
        if 1 / _MAX_PIXEL_ASPECT <= aspect <= _MAX_PIXEL_ASPECT:
            width = max(1, round(width * aspect))
        self.width, self.height = (height, width) if self._turn.transposed else (width, height)

    def _chosen(self) -> av.VideoStream:
        """The stream that players choose."""
        films = [s for s in self._container.streams.video if not s.disposition & s.disposition.attached_pic]
        if not films:
            known = format_of(self._path)
            is_recording = known and known.kind and known.kind.file_type == "audio"
            raise not_a("film", self._path) if is_recording else unusable("the file has no video")
        stream = default_of(films)
        if stream.codec_context is None:
            raise unusable("the video is in a format that is not known")
        stream.thread_type = "AUTO"
        return stream

    def _described(self) -> _Crop:
        """What the container cuts off. Raises MediaError where only Dolby's players can show the film's colours."""
        before = av.logging.get_level()
        av.logging.set_level(av.logging.INFO)  # the description is a log message
        try:
            description = cast(Any, self._container).dumps_format()
        finally:
            av.logging.set_level(before)
        own = next(
            (part for part in description.split("  Stream #")[1:] if part.startswith(f"0:{self._stream.index}")), ""
        )
        dolby = _DOLBY_VISION.search(own)
        if dolby and dolby[2] == "0":
            raise unusable(
                f"the video is Dolby Vision of profile {dolby[1]}, whose colours only Dolby's players can show; "
                "export it as HDR10, HLG or SDR"
            )
        cropping = _CROPPING.search(own)
        return _Crop(*map(int, cropping.groups())) if cropping else _Crop()

    def _times(self) -> list[_Part]:
        """The film's parts, from the packets: one, but for streams that were joined, whose clock begins anew."""
        rate = float(self._stream.average_rate or 0) or 25.0
        parts: list[_Part] = []
        decoded_s = 0.0
        for packet in packets(self._container, self._stream):
            # A packet that an edit list discards only helps to decode the frames after it.
            if not packet or packet.time_base is None or packet.is_discard:
                continue
            at = self._ticks(packet)
            if at is None:
                continue
            start_s = float(at * packet.time_base)
            leaps = packet.dts is not None and _leaps(decoded_s, float(packet.dts * packet.time_base))
            if not parts or (leaps and self._may_be_joined):
                parts.append(_Part(start_s, start_s))
            if packet.dts is not None:
                decoded_s = float(packet.dts * packet.time_base)
            duration_s = float((packet.duration or 0) * packet.time_base) or 1 / rate
            part = parts[-1]
            parts[-1] = _Part(min(part.first_s, start_s), max(part.end_s, start_s + duration_s))
        if not parts:
            raise unusable("the video has no frames")
        return parts

    @property
    def _may_be_joined(self) -> bool:
        """Whether files of this kind are joined by putting one behind the other."""
        return self._container.format.name in ("mpegts", "mpeg")

    def _ticks(self, packet: av.Packet[av.VideoStream]) -> int | None:
        return packet.dts if self._is_untimed else packet.pts

    @property
    def _is_untimed(self) -> bool:
        """Whether the container keeps frames in the order of decoding, and no times."""
        return self._container.format.name == "avi"

    def rewind(self) -> None:
        """Go back to the first frame."""
        # Not by seeking: that may go to a key frame behind the first frames, which lead up to it.
        self._container.close()
        self._container = open_container(self._path, "film")
        self._stream = self._chosen()
        # The header's mark of alpha is `alpha_mode`; FFmpeg may write a tag `ALPHA_MODE` as well.
        marks = {name.lower(): value for name, value in self._stream.metadata.items()}
        if marks.get("alpha_mode") == "1" and self._stream.codec_context.name in ("vp8", "vp9"):
            # FFmpeg's own decoders ignore the alpha.
            name = "libvpx" if self._stream.codec_context.name == "vp8" else "libvpx-vp9"
            self._decoder = cast(VideoCodecContext, av.CodecContext.create(name, "r"))
        else:
            self._decoder = self._stream.codec_context
        self._frames = deinterlaced(self._decoded())
        first = next(self._frames, None)
        if first is None:
            raise unusable("the video has no frames that can be decoded")
        self._part, self._before_s, self._newest_s = 0, 0.0, self._parts[0].first_s
        self._current, self._next = first, next(self._frames, None)

    def _decoded(self) -> Iterator[av.VideoFrame]:
        """The frames in the order in which they are shown."""
        coming: list[int] = []  # times of an untimed container, of which each frame takes the next
        for packet in packets(self._container, self._stream):
            if self._is_untimed and packet and packet.dts is not None and packet.size:
                heapq.heappush(coming, packet.dts)
            with suppress(FFmpegError):
                for frame in self._decoder.decode(packet):
                    if self._is_untimed and coming:
                        frame.pts = heapq.heappop(coming)
                    if frame.pts is not None:
                        yield frame

    def advance(self, time_s: float) -> bool:
        """Go on to the frame at this time; returns whether it is another one. Times must not decrease."""
        moved = False
        while self._next is not None and self._time_s(self._next) <= time_s + _TOLERANCE_S:
            self._current, self._next = self._next, next(self._frames, None)
            moved = True
        return moved

    def _time_s(self, frame: av.VideoFrame) -> float:
        base = frame.time_base or self._stream.time_base
        assert frame.pts is not None
        assert base is not None
        own_s, part = float(frame.pts * base), self._parts[self._part]
        if self._part + 1 < len(self._parts) and _leaps(self._newest_s, own_s):
            self._before_s += part.end_s - part.first_s
            self._part += 1
            part = self._parts[self._part]
        self._newest_s = own_s
        return self._before_s + own_s - part.first_s

    def picture(self, width: int, height: int) -> Pixels:
        """The current frame upright, at this size: uint8 (height, width, 3), sRGB, transparent parts on black."""
        size = (height, width) if self._turn.transposed else (width, height)
        frame, crop = self._current, self._crop
        whole = frame.width, frame.height
        if not any(crop) or crop.left + crop.right >= whole[0] or crop.top + crop.bottom >= whole[1]:
            return np.ascontiguousarray(self._turn.applied(self._drawn(frame, *size)), np.uint8)
        shown = self._drawn(frame, *whole)[crop.top : whole[1] - crop.bottom, crop.left : whole[0] - crop.right]
        shrinks = size[0] < shown.shape[1] or size[1] < shown.shape[0]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        drawn = np.asarray(cv2.resize(shown, size, interpolation=how), np.uint8)
        return np.ascontiguousarray(self._turn.applied(drawn))

    def _drawn(self, frame: av.VideoFrame, width: int, height: int) -> Pixels:
        """All of a frame as it is coded, at this size: uint8 (height, width, 3)."""
        shrinks = width < frame.width or height < frame.height
        clear = any(component.is_alpha for component in frame.format.components)
        drawn = self._reformatter.reformat(
            frame,
            width,
            height,
            format="rgb48le" if self._signal else "rgba" if clear else "rgb24",
            src_colorspace=_colorspace(frame, self._signal),
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.JPEG,
            interpolation=(Interpolation.AREA if shrinks else Interpolation.BICUBIC) | EXACT,
        ).to_ndarray()
        if self._signal:
            return to_bt709(drawn.astype(np.uint16, copy=False), self._signal)
        if clear:
            return (drawn[..., :3].astype(np.uint16) * drawn[..., 3:] // 255).astype(np.uint8)
        return np.asarray(drawn, np.uint8)

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()


def _leaps(before_s: float, time_s: float) -> bool:
    """Whether a clock has begun anew between these times."""
    return not -_BACK_S <= time_s - before_s <= _AHEAD_S


def _colorspace(frame: av.VideoFrame, signal: Signal | None) -> Colorspace:
    """The frame's colour space: as declared, else by its dynamic range and its size, as players guess."""
    with suppress(ValueError):
        declared = Colorspace(frame.colorspace)
        if declared in (
            Colorspace.ITU709,
            Colorspace.ITU601,
            Colorspace.SMPTE170M,
            Colorspace.FCC,
            Colorspace.BT2020,
        ):
            return declared
    if signal and signal.is_hdr:
        return Colorspace.BT2020
    return Colorspace.ITU709 if frame.height >= _HD_ROWS else Colorspace.ITU601


def _turn_of(frame: av.VideoFrame) -> _Turn:
    """How a frame becomes upright by its display matrix, to the nearest quarter: a point x, y goes to a·x + c·y,
    b·x + d·y."""
    data = side_data(frame, SideData.DISPLAYMATRIX)
    if len(data) < 4 * _MATRIX_NUMBERS:
        return _Turn()
    a, b, _, c, d, *_ = struct.unpack(f"={_MATRIX_NUMBERS}i", data[: 4 * _MATRIX_NUMBERS])
    if abs(b) + abs(c) > abs(a) + abs(d):
        return _Turn(True, c < 0, b < 0)
    return _Turn(False, a < 0, d < 0)
