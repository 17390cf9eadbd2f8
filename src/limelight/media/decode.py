"""Decodes users' pictures, films and recordings. No other code does, and a process of its own runs it.

Media are untrusted: limits are checked before anything is decoded, formats that name other files (playlists) are not
opened, and damaged files are refused with the reason. Knows nothing of the layout of frames.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from limelight.errors import MediaError
from limelight.spec import MAX_MEDIA_S, SAMPLE_RATE_HZ

Pixels = NDArray[np.uint8]

MAX_PICTURE_PX, MAX_PICTURE_SIDE_PX = 64_000_000, 16_384
MAX_FILM_PX, MAX_STREAMS = 33_200_000, 32
MIN_SOUND_RATE_HZ, MAX_SOUND_RATE_HZ = 1_000, 768_000

_PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
#: A picture counts as transparent where more than this share of its pixels has an alpha below this.
_TRACE, _CLEAR = 0.005, 250
_NEW_IMAGES = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
#: FFmpeg's demuxers that read one file and no other.
_CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mp3,wav,w64,aiff,ogg,flac,aac,amr,caf,asf"
#: Without these flags swscale takes a short cut that leaves the last columns of some widths unwritten with alpha.
EXACT = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
_OPEN = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
#: A header with a pixel aspect ratio beyond this is ignored.
_MAX_PIXEL_ASPECT = 4.0
#: Step of a stream's rotation.
_QUARTER_DEG = 90
#: How loud a channel is in a film's mix (ITU-R BS.775); another one is half as loud as those in front.
_WEIGHTS = {"FL": 1.0, "FR": 1.0, "FC": 0.7071, "LFE": 0.0}
#: Callers ask for frames at times that binary fractions cannot represent exactly.
_TOLERANCE_S = 0.001
_HD_ROWS = 720


def check(kind: str, path: Path) -> None:
    """Raise MediaError where a file cannot be used as this `kind`: image, video or audio."""
    if kind == "image":
        read_image(path)
    elif kind == "audio":
        read_sound(path)
    else:
        with VideoReader(path):
            pass


def read_image(path: Path, *, alpha: bool = False) -> Pixels:
    """A picture as uint8 (h, w, 3), sRGB, upright by its EXIF, transparent parts on black. Raises MediaError.

    With `alpha` it is (h, w, 4), straight alpha, where more than a trace of it is transparent.
    """
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.simplefilter("ignore", UserWarning)  # about damaged EXIF
        try:
            with Image.open(file, formats=_PICTURE_FORMATS) as image:
                _check_picture_size(*image.size)
                ImageOps.exif_transpose(image, in_place=True)
                return _to_rgb(image, alpha=alpha)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise _unusable(f"the image has more than the limit of {MAX_PICTURE_PX // 10**6} million pixels") from error
        except UnidentifiedImageError as error:
            raise _unusable(f"the file cannot be read as an image: {_looks_like(path)}") from error
        except (OSError, ValueError, SyntaxError, EOFError, struct.error) as error:
            raise _unusable("the image is damaged or cut off") from error


def _check_picture_size(width: int, height: int) -> None:
    if max(width, height) > MAX_PICTURE_SIDE_PX:
        raise _unusable(f"the image is {width}x{height}, the limit is {MAX_PICTURE_SIDE_PX} pixels a side")
    if width * height > MAX_PICTURE_PX:
        raise _unusable(f"the image is {width}x{height}, the limit is {MAX_PICTURE_PX // 10**6} million pixels in all")


def _to_rgb(image: Image.Image, *, alpha: bool) -> Pixels:
    if image.mode.startswith("I"):  # 16 bits of grey
        grey = (np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)
        return np.repeat(grey[..., None], 3, -1)
    if image.has_transparency_data:
        layers = _to_srgb(image.convert("RGBA"))
        if alpha and (np.asarray(layers.getchannel("A")) < _CLEAR).mean() > _TRACE:
            return np.asarray(layers, np.uint8)
        black = Image.new("RGBA", layers.size, (0, 0, 0, 255))
        return np.asarray(Image.alpha_composite(black, layers).convert("RGB"), np.uint8)
    image = _to_srgb(image.convert("RGB") if image.mode == "P" else image)
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"), np.uint8)


def _to_srgb(image: Image.Image) -> Image.Image:
    """The picture in sRGB, converted by its colour profile; unchanged where it has none that can be read."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            mode = "RGBA" if image.mode == "RGBA" else "RGB"
            return ImageCms.profileToProfile(image, source, target, outputMode=mode) or image
    return image


def read_sound(path: Path, max_s: float = MAX_MEDIA_S) -> NDArray[np.float32]:
    """A recording, or a film's sound, as float32 (n,), mono, 48 kHz. Raises MediaError.

    The encoder's delay before the first sample is skipped; damaged parts in the middle are left out.
    """
    with _opened(path) as container:
        if not container.streams.audio:
            raise _unusable("the file has no sound")
        stream = container.streams.audio[0]
        if stream.codec_context is None:
            raise _unusable("the sound is in a format that is not known")
        known = [float(stream.duration * stream.time_base)] if stream.duration and stream.time_base else []
        if container.duration:
            known.append(container.duration / 1e6)
        if known and min(known) > max_s:
            raise _unusable(f"the sound lasts {min(known):.0f} seconds, the limit is {max_s:g}")
        blocks: list[NDArray[np.float32]] = []
        length = 0
        for part in _resampled(_sound_frames(container, stream)):
            blocks.append(part.to_ndarray().reshape(-1).astype(np.float32))
            length += len(blocks[-1])
            if length > max_s * SAMPLE_RATE_HZ:
                raise _unusable(f"the sound lasts longer than the limit of {max_s:g} seconds")
    if not length:
        raise _unusable("the sound is empty")
    samples = np.concatenate(blocks)
    return np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)


def sound_of_film(path: Path) -> NDArray[np.float32]:
    """A film's sound as float32 (n,), mono, 48 kHz, from the film's first frame on; empty where it has none.

    As loud as it is played: the channels' mean, by the weights of `_WEIGHTS`. Raises MediaError.
    """
    with _opened(path) as container:
        if not container.streams.audio:
            return np.zeros(0, np.float32)
        stream = container.streams.audio[0]
        if stream.codec_context is None:
            raise _unusable("the sound is in a format that is not known")
        later_s = _start_s(stream) - min((_start_s(film) for film in container.streams.video), default=0.0)
        blocks = [np.zeros(round(max(0.0, min(later_s, MAX_MEDIA_S)) * SAMPLE_RATE_HZ), np.float32)]
        length = len(blocks[0])
        for part in _resampled(_sound_frames(container, stream), None):
            weights = np.array([_WEIGHTS.get(channel.name, 0.5) for channel in part.layout.channels], np.float32)
            mixed = weights @ part.to_ndarray().astype(np.float32) / max(float(weights.sum()), 0.5)
            blocks.append(mixed.astype(np.float32))
            length += len(mixed)
            if length > MAX_MEDIA_S * SAMPLE_RATE_HZ:
                break
    samples = np.concatenate(blocks)
    return np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)


def _start_s(stream: av.AudioStream | av.VideoStream) -> float:
    return float(stream.start_time * stream.time_base) if stream.start_time and stream.time_base else 0.0


def _resampled(frames: Iterator[av.AudioFrame], layout: str | None = "mono") -> Iterator[av.AudioFrame]:
    """The frames in this layout (None: as they are, channel by channel), 48 kHz; rate and channels may change within a
    file that was joined from others."""
    resampler, form = None, None
    for frame in frames:
        if form != (frame.format.name, frame.layout.name, frame.sample_rate):
            _check_sound_rate(frame.sample_rate)
            if resampler is not None:
                yield from resampler.resample(None)
            resampler = av.AudioResampler(
                format="flt" if layout else "fltp", layout=layout or frame.layout.name, rate=SAMPLE_RATE_HZ
            )
            form = frame.format.name, frame.layout.name, frame.sample_rate
        assert resampler is not None
        yield from resampler.resample(frame)
    if resampler is not None:
        yield from resampler.resample(None)


def _check_sound_rate(rate_hz: int) -> None:
    if not MIN_SOUND_RATE_HZ <= rate_hz <= MAX_SOUND_RATE_HZ:
        limits = f"{MIN_SOUND_RATE_HZ} to {MAX_SOUND_RATE_HZ}"
        raise _unusable(f"the sound has {rate_hz} samples a second, the limits are {limits}")


def _sound_frames(container: InputContainer, stream: av.AudioStream) -> Iterator[av.AudioFrame]:
    for packet in _packets(container, stream):
        with suppress(FFmpegError):
            for frame in stream.codec_context.decode(packet):
                frame.pts = None  # gaps and jumps in a file's clock are not silence
                yield frame


def _packets(container: InputContainer, stream: av.AudioStream | av.VideoStream) -> Iterator[av.Packet[Any] | None]:
    """A stream's packets as far as the file can be read, then None, which flushes the decoder."""
    with suppress(FFmpegError):
        yield from container.demux(stream)
        return
    yield None


class VideoReader:
    """A film's frames by their time; a context manager. Raises MediaError where the film cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._container = _open(path)
        try:
            self._check()
        except FFmpegError as error:
            self._container.close()
            raise _unusable("the file is damaged or cut off") from error
        except BaseException:
            self._container.close()
            raise

    def _check(self) -> None:
        films = [s for s in self._container.streams.video if not s.disposition & s.disposition.attached_pic]
        if not films:
            raise _unusable("the file has no video")
        self._stream = films[0]
        if self._stream.codec_context is None:
            raise _unusable("the video is in a format that is not known")
        self._stream.thread_type = "AUTO"
        context = self._stream.codec_context
        self.width, self.height = context.width, context.height
        if not (self.width and self.height):
            raise _unusable("the video has no size")
        if self.width * self.height > MAX_FILM_PX:
            raise _unusable(
                f"the video is {self.width}x{self.height}, the limit is {MAX_FILM_PX // 10**6} million pixels"
            )
        self._first_s, self.duration_s = self._times()
        if self.duration_s > MAX_MEDIA_S:
            raise _unusable(f"the video lasts {self.duration_s:.0f} seconds, the limit is {MAX_MEDIA_S:g}")
        self._reformatter = VideoReformatter()
        self._turn = 0
        self.rewind()
        self._turn = round(self._current.rotation / _QUARTER_DEG) % 4
        aspect = float(self._stream.sample_aspect_ratio or 1) or 1.0
        if 1 / _MAX_PIXEL_ASPECT <= aspect <= _MAX_PIXEL_ASPECT:
            self.width = max(1, round(self.width * aspect))
        if self._turn % 2:
            self.width, self.height = self.height, self.width

    def _times(self) -> tuple[float, float]:
        """The first frame's time, and the film's length, seconds, from the packets."""
        starts, ends = [], []
        for packet in _packets(self._container, self._stream):
            # A packet that an edit list discards only helps to decode the frames after it.
            if packet and packet.pts is not None and packet.time_base is not None and not packet.is_discard:
                starts.append(float(packet.pts * packet.time_base))
                ends.append(starts[-1] + float((packet.duration or 0) * packet.time_base))
        if not starts:
            raise _unusable("the video has no frames")
        rate = float(self._stream.average_rate or 0) or 25.0
        last = max(starts)
        return min(starts), max(max(ends), last + (0 if max(ends) > last else 1 / rate)) - min(starts)

    def rewind(self) -> None:
        """Go back to the first frame."""
        # The header's mark of alpha is `alpha_mode`; FFmpeg may write a tag `ALPHA_MODE` as well.
        marks = {name.lower(): value for name, value in self._stream.metadata.items()}
        if marks.get("alpha_mode") == "1" and self._stream.codec_context.name in ("vp8", "vp9"):
            # FFmpeg's own decoders ignore the alpha.
            name = "libvpx" if self._stream.codec_context.name == "vp8" else "libvpx-vp9"
            self._decoder = cast(VideoCodecContext, av.CodecContext.create(name, "r"))
        else:
            self._decoder = self._stream.codec_context
        self._container.seek(0)
        self._frames = self._decoded()
        first = next(self._frames, None)
        if first is None:
            raise _unusable("the video has no frames that can be decoded")
        self._current, self._next = first, next(self._frames, None)

    def _decoded(self) -> Iterator[av.VideoFrame]:
        for packet in _packets(self._container, self._stream):
            with suppress(FFmpegError):
                for frame in self._decoder.decode(packet):
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
        return float(frame.pts * base) - self._first_s

    def picture(self, width: int, height: int) -> Pixels:
        """The current frame upright, at this size: uint8 (height, width, 3), sRGB, transparent parts on black."""
        size = (height, width) if self._turn % 2 else (width, height)
        frame = self._current
        shrinks = size[0] < frame.width or size[1] < frame.height
        clear = any(component.is_alpha for component in frame.format.components)
        drawn = self._reformatter.reformat(
            frame,
            *size,
            format="rgba" if clear else "rgb24",
            src_colorspace=_colorspace(frame),
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.JPEG,
            interpolation=(Interpolation.AREA if shrinks else Interpolation.BICUBIC) | EXACT,
        ).to_ndarray()
        if clear:
            drawn = (drawn[..., :3].astype(np.uint16) * drawn[..., 3:] // 255).astype(np.uint8)
        return np.ascontiguousarray(np.rot90(drawn, self._turn), np.uint8)

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()


def _colorspace(frame: av.VideoFrame) -> Colorspace:
    """The frame's colour space: as declared, else by its size, as players guess."""
    with suppress(ValueError):
        declared = Colorspace(frame.colorspace)
        if declared in (Colorspace.ITU709, Colorspace.ITU601, Colorspace.SMPTE170M, Colorspace.FCC):
            return declared
    return Colorspace.ITU709 if frame.height >= _HD_ROWS else Colorspace.ITU601


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    container = _open(path)
    try:
        yield container
    except (FFmpegError, OSError) as error:
        raise _unusable("the file is damaged or cut off") from error
    finally:
        container.close()


def _open(path: Path) -> InputContainer:
    try:
        # Tags do not matter, and old programs write them in local encodings.
        container = av.open(str(path), options=dict(_OPEN), metadata_errors="ignore")
    except (FFmpegError, OSError, ValueError) as error:
        raise _unusable(f"the file cannot be read as video or sound: {_looks_like(path)}") from error
    if not container.streams:
        container.close()
        raise _unusable("the file is damaged or cut off")
    if (count := len(container.streams)) > MAX_STREAMS:
        container.close()
        raise _unusable(f"the file has {count} streams, the limit is {MAX_STREAMS}")
    return container


def _looks_like(path: Path) -> str:
    """What a file of an unexpected format seems to be, for an error."""
    with path.open("rb") as file:
        head = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        return "it is empty"
    if head[4:8] == b"ftyp":
        return (
            "it is a HEIC or AVIF image" if head[8:12] in _NEW_IMAGES else "it is an MP4 or MOV file, perhaps cut off"
        )
    if head.startswith((b"<!doctype html", b"<html", b"<head")):
        return "it is an HTML page"
    if head.startswith((b"<svg", b"<?xml")):
        return "it is an SVG or XML document"
    if head.startswith((b"{", b"[")):
        return "it is JSON"
    return "its format is not known, or it is damaged"


def _unusable(message: str) -> MediaError:
    return MediaError(f"{message}.", code="media_unusable")
