"""Decodes users' recordings, and the sound of their films."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain, groupby
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from numpy.typing import NDArray

from limelight.media.decode.containers import default_of, opened, packets, unusable
from limelight.media.formats import format_of
from limelight.spec import MAX_MEDIA_S, SAMPLE_RATE_HZ

Samples = NDArray[np.float32]

MIN_SOUND_RATE_HZ, MAX_SOUND_RATE_HZ = 1_000, 768_000
#: How loud a channel is in a film's mix (ITU-R BS.775); another one is half as loud as those in front.
_WEIGHTS = {"FL": 1.0, "FR": 1.0, "FC": 0.7071, "LFE": 0.0}
#: Channels cancel each other out where their mix has less than this share of the energy that it has of channels which
#: have nothing in common: one of two equal ones is turned over, and softer by no more than 4 dB.
_CANCELLED = 0.1
#: It is decided anew in each such time, and the change takes the second one.
_WINDOW, _FADE = SAMPLE_RATE_HZ // 20, SAMPLE_RATE_HZ // 100
#: Another channel takes over only where it has more than this many times the energy.
_MUCH_LOUDER = 4.0
#: Energy of a sample below which a channel is silent.
_SILENT = 1e-10


def read_sound(path: Path, max_s: float = MAX_MEDIA_S) -> Samples:
    """A recording, or a film's sound, as float32 (n,), mono, 48 kHz. Raises MediaError.

    The encoder's delay before the first sample and its padding behind the last one are left out, as players do, and so
    are damaged parts in the middle. Of channels that cancel each other out, the loudest is heard.
    """
    with opened(path) as container:
        stream = _stream(container)
        if stream is None:
            raise unusable("the file has no sound")
        known = [float(stream.duration * stream.time_base)] if stream.duration and stream.time_base else []
        if container.duration:
            known.append(container.duration / 1e6)
    if known and min(known) > max_s:
        raise unusable(f"the sound lasts {min(known):.0f} seconds, the limit is {max_s:g}")
    samples = _mixed(path, None, max_s)
    if len(samples) > max_s * SAMPLE_RATE_HZ:
        raise unusable(f"the sound lasts longer than the limit of {max_s:g} seconds")
    if not len(samples):
        raise unusable("the sound is empty")
    return samples


def sound_of_film(path: Path) -> Samples:
    """A film's sound as float32 (n,), mono, 48 kHz, from the film's first frame on; empty where it has none.

    As loud as it is played: the channels' mean, by the weights of `_WEIGHTS`; otherwise as `read_sound`.
    Raises MediaError.
    """
    known = format_of(path)
    if known and known.kind and known.kind.file_type == "image":  # an animated picture
        return np.zeros(0, np.float32)
    with opened(path) as container:
        stream = _stream(container)
        if stream is None:
            return np.zeros(0, np.float32)
        films = [_start_s(film) for film in container.streams.video]
        later_s = _start_s(stream) - min(films) if films else 0.0
    silence = np.zeros(round(max(0.0, min(later_s, MAX_MEDIA_S)) * SAMPLE_RATE_HZ), np.float32)
    return np.concatenate([silence, _mixed(path, _WEIGHTS, MAX_MEDIA_S)])


def _stream(container: InputContainer) -> av.AudioStream | None:
    """The stream that players choose; None where there is none. Raises MediaError where it cannot be decoded."""
    streams = list(container.streams.audio)
    if not streams:
        return None
    stream = default_of(streams)
    if stream.codec_context is None:
        raise unusable("the sound is in a format that is not known")
    return stream


def _start_s(stream: av.AudioStream | av.VideoStream) -> float:
    return float(stream.start_time * stream.time_base) if stream.start_time and stream.time_base else 0.0


class _Block(NamedTuple):
    """A part of the sound, 48 kHz."""

    #: whether rate or channels change with it, as within a file that was joined from others
    is_first: bool
    #: float32 (channels, n)
    channels: NDArray[np.float32]
    #: how much of each channel is in a mix, at least, float32 (channels,)
    weights: NDArray[np.float32]
    #: float32 (n,)
    mix: Samples


def _mixed(path: Path, weights: Mapping[str, float] | None, max_s: float) -> Samples:
    """The mix of the channels by these weights, else as FFmpeg mixes them: mono, 48 kHz, a little longer than `max_s`
    where the sound goes on. While they cancel each other out, it is the loudest of them."""
    heard = array("f")  # it grows where it is: a long sound is large
    for block in _windows(_blocks(path, weights, max_s)):
        if block.is_first:
            chosen: int | None = None
        before, chosen = chosen, _chosen(block, chosen)
        samples = block.mix if chosen is None else block.channels[chosen]
        if before != chosen and not block.is_first:
            samples = samples.copy()
            fade = min(_FADE, len(samples))
            rise = (np.arange(fade, dtype=np.float32) + 0.5) / fade
            left = block.mix if before is None else block.channels[before]
            samples[:fade] = rise * samples[:fade] + (1 - rise) * left[:fade]
        heard.frombytes(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0).tobytes())
    return np.asarray(heard, np.float32)


def _chosen(block: _Block, before: int | None) -> int | None:
    """The channel that is heard instead of the mix, None for the mix. `before`: the one that was."""
    if len(block.channels) == 1:
        return None
    energies = np.square(block.channels, dtype=np.float64).sum(axis=1)
    mixed = float(np.square(block.mix, dtype=np.float64).sum())
    if energies.max() < _SILENT * len(block.mix):
        return before
    if mixed >= _CANCELLED * float(np.square(block.weights) @ energies):
        return None
    loudest = int(energies.argmax())
    return loudest if before is None or energies[loudest] > _MUCH_LOUDER * energies[before] else before


def _windows(blocks: Iterator[_Block]) -> Iterator[_Block]:
    """The blocks cut and joined to ones of `_WINDOW`, and a shorter one at the end of each form."""
    waiting: _Block | None = None
    for block in blocks:
        if waiting is not None and block.is_first:
            yield waiting
            waiting = None
        if len(block.channels) == 1:  # nothing that could cancel it out
            yield block
            continue
        if waiting is not None:
            channels, mix = np.hstack([waiting.channels, block.channels]), np.hstack([waiting.mix, block.mix])
            block = waiting._replace(channels=channels, mix=mix)
        while len(block.mix) > _WINDOW:
            yield block._replace(channels=block.channels[:, :_WINDOW], mix=block.mix[:_WINDOW])
            block = _Block(False, block.channels[:, _WINDOW:], block.weights, block.mix[_WINDOW:])
        waiting = block
    if waiting is not None:
        yield waiting


def _blocks(path: Path, weights: Mapping[str, float] | None, max_s: float) -> Iterator[_Block]:
    with opened(path) as container:
        stream = _stream(container)
        assert stream is not None
        left = min(_length(container, stream) or math.inf, math.floor(max_s * SAMPLE_RATE_HZ) + 1)
    with opened(path) as container:
        stream = _stream(container)
        assert stream is not None
        for (_, layout, rate_hz), frames in groupby(_frames(container, stream), _form):
            _check_sound_rate(rate_hz)
            # Packed: PyAV reads no more than eight planes.
            apart = av.AudioResampler(format="flt", layout=layout, rate=SAMPLE_RATE_HZ)
            together = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
            is_first = True
            for frame in chain(frames, (None,)):
                mixes = [] if weights else [part.to_ndarray()[0] for part in together.resample(frame)]
                for i, part in enumerate(apart.resample(frame)):
                    count = int(min(left, part.samples))
                    if not count:
                        return
                    channels = np.asarray(part.to_ndarray(), np.float32).reshape(part.samples, -1)[:count].T
                    of = _weights(part, weights or {})
                    yield _Block(is_first, channels, of, of @ channels if weights else mixes[i][:count])
                    is_first = False
                    left -= count


def _weights(part: av.AudioFrame, weights: Mapping[str, float]) -> NDArray[np.float32]:
    """The share of each channel in the channels' mean; a film's by its weights."""
    of = np.array([weights.get(channel.name, 0.5) for channel in part.layout.channels], np.float32)
    return np.asarray(of / max(float(of.sum()), 0.5), np.float32)


def _length(container: InputContainer, stream: av.AudioStream) -> int | None:
    """How many samples at 48 kHz are to be heard, where the container says so and FFmpeg's decoders do not see to it.

    An MP4 has whole blocks of its codec; its edit list, and the duration of its last block, say where the sound ends.
    """
    if "mp4" not in container.format.name or not stream.time_base:
        return None
    ends = [p.pts + (p.duration or 0) for p in packets(container, stream) if p and p.pts is not None]
    length = max(ends, default=0) - (stream.start_time or 0)
    if stream.duration:
        length = min(length, stream.duration) if length > 0 else stream.duration
    return round(length * stream.time_base * SAMPLE_RATE_HZ) if length > 0 else None


def _form(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _check_sound_rate(rate_hz: int) -> None:
    if not MIN_SOUND_RATE_HZ <= rate_hz <= MAX_SOUND_RATE_HZ:
        limits = f"{MIN_SOUND_RATE_HZ} to {MAX_SOUND_RATE_HZ}"
        raise unusable(f"the sound has {rate_hz} samples a second, the limits are {limits}")


def _frames(container: InputContainer, stream: av.AudioStream) -> Iterator[av.AudioFrame]:
    for packet in packets(container, stream):
        with suppress(FFmpegError):
            for frame in stream.codec_context.decode(packet):
                frame.pts = None  # gaps and jumps in a file's clock are not silence
                yield frame
