"""Strangers' recordings: as long as they are, to the sample, and heard whatever their channels do."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from bench.media_files import TONE_LEVEL, counting, film, sound, tone
from limelight.media.decode import read_sound, sound_of_film
from limelight.spec import SAMPLE_RATE_HZ

Samples = NDArray[np.float32]


def written(folder: Path, content: bytes) -> Path:
    path = folder / "recording"
    path.write_bytes(content)
    return path


def level(samples: Samples) -> float:
    """The amplitude of a tone."""
    middle = samples[len(samples) // 4 : 3 * len(samples) // 4]
    return float(np.sqrt(2 * np.mean(middle.astype(np.float64) ** 2)))


CODERS = [
    ("ipod", "aac"),
    ("mp4", "aac"),
    ("mov", "aac"),
    ("mp3", "libmp3lame"),
    ("ogg", "libopus"),
    ("mp4", "libopus"),
    ("webm", "libopus"),
    ("ipod", "alac"),
    ("flac", "flac"),
    ("wav", "pcm_s16le"),
]


@pytest.mark.parametrize("count", [48_000, 12_345, 2_000])
@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [(*coder, rate) for coder in CODERS for rate in (48_000, 44_100) if rate == 48_000 or coder[1] != "libopus"],
)
def test_a_recording_is_as_long_as_it_is(container: str, codec: str, count: int, rate: int, tmp_path: Path) -> None:
    """What the encoder put before and behind it is no part of it."""
    path = written(tmp_path, sound(tone(count / rate, rate), container, codec, rate))
    expected = round(count * SAMPLE_RATE_HZ / rate)
    # The muxer writes times of an edit list in milliseconds, and Matroska's clock ticks once in one.
    ticks = {"ipod": 48, "mp4": 48, "mov": 48, "webm": 48}.get(container, 0) if expected != 48_000 else 1
    assert expected - ticks <= len(read_sound(path)) <= expected + 1
    assert len(sound_of_film(path)) == len(read_sound(path))


def test_five_recordings_of_a_second_make_five_seconds(tmp_path: Path) -> None:
    """The length in frames of 40 ms, as `render` counts them."""
    samples = read_sound(written(tmp_path, sound(tone(1.0, 44_100), "ipod", "aac", 44_100)))
    assert -(-len(samples) // (SAMPLE_RATE_HZ // 25)) == 25


def test_a_recording_begins_where_it_begins(tmp_path: Path) -> None:
    """A click after 100 ms is heard there: neither the delay of the encoder nor that of the resampler is kept."""
    for container, codec, rate in (("ipod", "aac", 44_100), ("mp3", "libmp3lame", 44_100), ("ogg", "libopus", 48_000)):
        click = np.zeros((1, rate), np.float32)
        click[0, rate // 10 : rate // 10 + rate // 1000] = 0.9
        samples = read_sound(written(tmp_path, sound(click, container, codec, rate)))
        assert np.abs(samples).argmax() / SAMPLE_RATE_HZ == pytest.approx(0.1, abs=0.002)


@pytest.mark.parametrize("softer", [1.0, 0.8])
@pytest.mark.parametrize("read", [read_sound, sound_of_film])
def test_channels_that_cancel_each_other_out_are_heard(read: object, softer: float, tmp_path: Path) -> None:
    """A plug that is wired the wrong way round: the louder channel is taken."""
    channels = tone(1.0, channels=2) * np.array([[softer], [-1]], np.float32)
    assert callable(read)
    assert level(read(written(tmp_path, sound(channels, "wav", "pcm_s16le")))) == pytest.approx(TONE_LEVEL, rel=0.01)


def test_only_the_part_whose_channels_cancel_each_other_out_is_taken_from_one(tmp_path: Path) -> None:
    """In a recording that was joined of two: the first has its tone on the left alone, at half the level in the mix."""
    left = sound(tone(0.5, channels=2) * np.array([[1], [0]], np.float32), "mp3", "libmp3lame", 48_000)
    against = sound(tone(0.5, 24_000, 2) * np.array([[1], [-1]], np.float32), "mp3", "libmp3lame", 24_000)
    samples = sound_of_film(written(tmp_path, left + against))
    first, second = samples[: len(samples) // 2], samples[len(samples) // 2 :]
    assert level(first) == pytest.approx(TONE_LEVEL / 2, rel=0.1)
    assert level(second) == pytest.approx(TONE_LEVEL, rel=0.1)


def test_a_part_that_cancels_itself_out_is_heard_among_others_that_do_not(tmp_path: Path) -> None:
    """Two voices' microphones, one of them wired the wrong way round: a second of each in turns."""
    voice = np.random.default_rng(1).normal(0, 0.1, 4 * SAMPLE_RATE_HZ).astype(np.float32)
    sign = np.repeat(np.array([1, -1, 1, -1], np.float32), SAMPLE_RATE_HZ)
    for read in (read_sound, sound_of_film):
        heard = read(written(tmp_path, sound(np.stack([voice, sign * voice]), "wav", "pcm_f32le")))
        levels = np.sqrt(np.mean(heard.reshape(40, -1) ** 2, axis=1))
        # Only the fades, at most a window after each change, are softer.
        assert (levels > 0.08).sum() >= 37
        assert np.abs(np.diff(heard)).max() < 1.2 * np.abs(np.diff(voice)).max() * (levels[5] / levels[15])


def test_two_voices_at_once_are_mixed(tmp_path: Path) -> None:
    """Channels that have nothing in common do not cancel each other out."""
    noise = np.random.default_rng(1).normal(0, 0.1, (2, 48_000)).astype(np.float32)
    heard = sound_of_film(written(tmp_path, sound(noise, "wav", "pcm_f32le")))
    assert np.abs(heard - noise.mean(0)).max() < 1e-4


@pytest.mark.parametrize("default", [0, 1])
def test_of_several_tracks_the_default_one_is_heard(default: int, tmp_path: Path) -> None:
    path = tmp_path / "tracks.mka"
    with av.open(str(path), "w", format="matroska") as out:
        streams = [out.add_stream("pcm_s16le", rate=48_000, layout="mono") for _ in range(2)]
        for i, stream in enumerate(streams):
            stream.disposition = stream.disposition.default if i == default else stream.disposition.__class__(0)
        for i, stream in enumerate(streams):
            samples = np.rint(32767 * tone(0.5) * (i + 1)).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
            frame.sample_rate = 48_000
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    for read in (read_sound, sound_of_film):
        assert level(read(path)) == pytest.approx(TONE_LEVEL * (default + 1), rel=0.01)


def test_a_film_s_sound_is_as_long_as_its_picture(tmp_path: Path) -> None:
    path = written(tmp_path, film(counting(25), "mp4", "libx264", with_sound="aac"))
    assert len(sound_of_film(path)) == SAMPLE_RATE_HZ
