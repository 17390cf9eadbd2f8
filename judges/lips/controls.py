"""Films that are known to be wrong, made of a finished one: what the judge has to catch.

The sound's phonemes move with the sound. Pictures are copied where only the sound changes, and sounds where only the
picture does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from judges.lips import Track, measure
from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech.types import Phoneme

Sound = NDArray[np.float32]
Picture = NDArray[np.uint8]

#: By this much the sound is moved: between what is noticed and what is not acceptable, early (ITU-R BT.1359-1).
SHIFT_S = 0.080
#: Points of the face that the jaw does not move: corners of the eyes, bridge, tip and wings of the nose.
_UPPER_FACE = (33, 133, 263, 362, 168, 6, 1, 2, 98, 327)
#: Outline of the lips.
_LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)


@dataclass(frozen=True, slots=True)
class Control:
    """A film that is wrong."""

    name: str
    film: Path
    phonemes: tuple[Phoneme, ...]


def controls(
    film: Path,
    seen: Track,
    sound: Sound,
    phonemes: Sequence[Phoneme],
    other: tuple[Sound, Sequence[Phoneme]],
    folder: Path,
) -> Iterator[Control]:
    """Of a film with its track, sound and phonemes, into `folder`; `other` is the sound of another film.

    Sounds are mono, 48 kHz, and begin with the first picture.
    """
    for name, seconds in (("sound 80 ms late", SHIFT_S), ("sound 80 ms early", -SHIFT_S)):
        late = folder / f"{name}.mp4"
        _with_sound(film, shifted(sound, seconds), late)
        yield Control(name, late, moved(phonemes, seconds, len(sound) / SAMPLE_RATE_HZ))
    swapped = folder / "swapped.mp4"
    _with_sound(film, np.pad(other[0], (0, len(sound)))[: len(sound)], swapped)
    yield Control("sound of another film", swapped, moved(other[1], 0.0, len(sound) / SAMPLE_RATE_HZ))
    lips = measure.aperture(seen)
    for name, frame in (("mouth frozen shut", int(lips.argmin())), ("mouth frozen open", int(lips.argmax()))):
        frozen = folder / f"{name}.mp4"
        _with_mouth_of(film, seen, frame, frozen)
        yield Control(name, frozen, tuple(phonemes))


def shifted(sound: Sound, seconds: float) -> Sound:
    """Later by so much, as long as before; silence comes in."""
    samples = round(seconds * SAMPLE_RATE_HZ)
    kept = sound[max(-samples, 0) : len(sound) - max(samples, 0)]
    return np.pad(kept, (max(samples, 0), max(-samples, 0)))


def moved(phonemes: Sequence[Phoneme], seconds: float, duration_s: float) -> tuple[Phoneme, ...]:
    """Later by so much; what no longer begins and ends within the film is left out."""
    later = (replace(p, start_s=p.start_s + seconds, end_s=p.end_s + seconds) for p in phonemes)
    return tuple(p for p in later if p.start_s >= 0 and p.end_s <= duration_s)


def _with_sound(film: Path, sound: Sound, out: Path) -> None:
    """The pictures of a film, packet by packet, with another sound."""
    with av.open(str(film)) as source, av.open(str(out), "w") as target:
        pictures = source.streams.video[0]
        video = target.add_stream_from_template(pictures)
        audio = target.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="mono")
        audio.bit_rate = 160_000
        begin = pictures.start_time or 0
        for packet in source.demux(pictures):
            if packet.dts is not None and packet.pts is not None:
                packet.pts, packet.dts, packet.stream = packet.pts - begin, packet.dts - begin, video
                target.mux(packet)
        frame = av.AudioFrame.from_ndarray(sound[None].astype(np.float32), format="fltp", layout="mono")
        frame.rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, 0, Fraction(1, SAMPLE_RATE_HZ)
        target.mux(audio.encode(frame))
        target.mux(audio.encode(None))


def _with_mouth_of(film: Path, seen: Track, frame: int, out: Path) -> None:
    """The film with the mouth that it has in one frame in all of them, moved and turned with the upper face."""
    with av.open(str(film)) as source:
        held = next(f for i, f in enumerate(source.decode(video=0)) if i == frame).to_ndarray(format="rgb24")
    points = seen["points"]
    lips = points[:, list(_LIPS)]
    # As large as the mouth is in any frame, or an open one would be seen around a small one.
    middle, half = lips[frame].mean(0), 0.5 * np.nanmax(np.ptp(lips, axis=1), axis=0)
    mask = np.zeros(held.shape[:2], np.float32)
    axes = (1.25 * half[0], 1.0 * half[1] + 0.15 * half[0])
    cv2.ellipse(mask, (tuple(middle.tolist()), tuple(2 * a for a in axes), 0.0), 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), max(0.06 * float(half[0]), 0.5))

    def paint(i: int, picture: Picture) -> Picture:
        to, _ = cv2.estimateAffinePartial2D(points[frame][list(_UPPER_FACE)], points[i][list(_UPPER_FACE)])
        size = picture.shape[1], picture.shape[0]
        here = cv2.warpAffine(mask, to, size)[..., None]
        mouth = cv2.warpAffine(held, to, size).astype(np.float32)
        return np.asarray(np.rint(here * mouth + (1 - here) * picture), np.uint8)

    _with_pictures(film, paint, out)


def _with_pictures(film: Path, paint: Callable[[int, Picture], Picture], out: Path) -> None:
    """The film with its pictures painted over, and its sound packet by packet."""
    with av.open(str(film)) as source, av.open(str(out), "w") as target:
        pictures, sounds = source.streams.video[0], source.streams.audio[0]
        video = target.add_stream("libx264", rate=pictures.average_rate, options={"crf": "12", "preset": "veryfast"})
        video.width, video.height, video.pix_fmt = pictures.width, pictures.height, "yuv420p"
        audio = target.add_stream_from_template(sounds)
        count = 0
        for packet in source.demux(pictures, sounds):
            if packet.stream is sounds and packet.dts is not None:
                packet.stream = audio
                target.mux(packet)
            elif packet.stream is pictures:
                for frame in pictures.decode(packet):
                    seen = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                    new = av.VideoFrame.from_ndarray(paint(count, seen), format="rgb24")
                    new.pts, new.time_base = frame.pts, frame.time_base
                    target.mux(video.encode(new))
                    count += 1
        target.mux(video.encode(None))
