"""What viewers of a film in the making get is the film: its frames, its sound and its times, without a seam."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from films import sound
from limelight.errors import MediaError
from limelight.media.film import AI_COMMENT, DIGITAL_SOURCE_TYPE, SegmentWriter, join
from limelight.media.fragments import Chain
from limelight.results import Segment
from limelight.spec import FPS, SAMPLE_RATE_HZ, samples_per_frame
from scenes import Rendered

#: Pieces that end anywhere.
PIECE_BYTES = 1009
#: Chromium reads so many bytes at once, and waits for the last of them.
BLOCK_BYTES = 32 << 10


def chained(segments: Sequence[Segment], fps: int, out: Path) -> Path:
    """The segments one after the other, as a viewer gets them."""
    chain = Chain()
    with out.open("wb") as film:
        for segment in segments:
            data = segment.video.read_bytes()
            for at in range(0, len(data), PIECE_BYTES):
                film.write(chain.feed(data[at : at + PIECE_BYTES]))
                if at % 17 == 0:
                    film.write(chain.pad())
                    assert film.tell() % BLOCK_BYTES == 0
            chain.end_file(segment.frames * samples_per_frame(fps))
    return out


def made(folder: Path, lengths: Sequence[int], fps: int) -> list[Segment]:
    """Scenes of so many frames, with noise for a picture and noise for a sound."""
    random, segments = np.random.default_rng(1), []
    grey = np.full((64, 64), 128, np.uint8)
    for k, length in enumerate(lengths):
        segment = Segment(folder / f"{k}.mp4", folder / f"{k}.npy", folder / "no words", length)
        np.save(segment.sound, random.uniform(-0.5, 0.5, length * samples_per_frame(fps)).astype(np.float32))
        with SegmentWriter(segment.video, 128, 128, fps, sound=segment.sound) as writer:
            for _ in range(length):
                writer.write(random.integers(16, 235, (128, 128), np.uint8), grey, grey)
        segments.append(segment)
    return segments


def assert_times_follow(path: Path, frames: int, fps: int) -> None:
    """Each frame at its time, each block of sound where the one before it ends, from 0 to the end of the last frame."""
    with av.open(str(path)) as film:
        assert [frame.time for frame in film.decode(video=0)] == pytest.approx([i / fps for i in range(frames)])
    with av.open(str(path)) as film:
        order = [p.dts for p in film.demux(video=0) if p.dts is not None]
        assert len(order) == frames and all(b - a == SAMPLE_RATE_HZ // fps for a, b in pairwise(order))
    with av.open(str(path)) as film:
        blocks = [(block.pts, block.samples) for block in film.decode(audio=0)]
    ends = np.cumsum([0, *(samples for _, samples in blocks)])
    assert [at for at, _ in blocks] == ends[:-1].tolist()
    assert ends[-1] == frames * samples_per_frame(fps)


def assert_same_packets(one: Path, other: Path) -> None:
    with av.open(str(one)) as a, av.open(str(other)) as b:
        packets = [
            [(float(p.pts * p.time_base), bytes(p)) for p in film.demux(video=0) if p.pts is not None]
            for film in (a, b)
        ]
    for ours, films in zip(*packets, strict=True):
        assert ours[0] == pytest.approx(films[0]) and ours[1] == films[1]


def test_a_film_in_the_making_is_the_film(three_scenes: Rendered, tmp_path: Path) -> None:
    preview = chained(three_scenes.segments, FPS, tmp_path / "preview.mp4")
    assert_times_follow(preview, three_scenes.film.frames, FPS)
    with av.open(str(preview)) as film:
        assert film.metadata["comment"] == AI_COMMENT and DIGITAL_SOURCE_TYPE in film.metadata["description"]
    assert_same_packets(preview, three_scenes.film.video)


def test_its_sound_is_the_films_to_the_sample(three_scenes: Rendered, tmp_path: Path) -> None:
    preview = sound(chained(three_scenes.segments, FPS, tmp_path / "preview.mp4")) / 32768
    film = sound(three_scenes.film.video)[: len(preview)]
    lags = range(-40, 41)
    alike = [float(np.dot(film[40:-40], np.roll(preview, lag)[40:-40])) for lag in lags]
    assert lags[int(np.argmax(alike))] == 0
    pcm = np.concatenate([np.load(segment.sound) for segment in three_scenes.segments])
    assert np.abs(preview - pcm).max() < 1e-4


@pytest.mark.parametrize("fps", [25, 30, 60])
def test_scenes_of_one_frame_and_of_seconds_have_no_seam(fps: int, tmp_path: Path) -> None:
    segments = made(tmp_path, [1, 2, 70, 1, 3, 5], fps)
    preview, film = chained(segments, fps, tmp_path / "preview.mp4"), tmp_path / "film.mp4"
    frames = join([s.video for s in segments], [s.sound for s in segments], fps, film)
    assert_times_follow(preview, frames, fps)
    assert_same_packets(preview, film)
    pcm = np.concatenate([np.load(segment.sound) for segment in segments])
    assert np.abs(sound(preview) / 32768 - pcm).max() < 1e-4


def test_it_can_be_watched_while_a_scene_is_written(tmp_path: Path) -> None:
    """Once two seconds are written, the first one is there, whole; nothing of it changes afterwards."""
    path, half = tmp_path / "scene.mp4", np.full((64, 64), 128, np.uint8)
    np.save(tmp_path / "sound.npy", np.zeros(4 * SAMPLE_RATE_HZ, np.float32))
    with SegmentWriter(path, 128, 128, FPS, sound=tmp_path / "sound.npy") as writer:
        for i in range(4 * FPS):
            writer.write(np.full((128, 128), 16 + i, np.uint8), half, half)
            if i == 3 * FPS:
                begun = path.read_bytes()
    assert path.read_bytes().startswith(begun)
    (tmp_path / "begun.mp4").write_bytes(Chain().feed(begun))
    with av.open(str(tmp_path / "begun.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) >= FPS
    assert len(sound(tmp_path / "begun.mp4")) >= SAMPLE_RATE_HZ


def test_what_is_no_such_file_is_refused(three_scenes: Rendered, tmp_path: Path) -> None:
    """Among them the segments of films that an earlier version began, and what a process wrote that was taken over."""
    other = made(tmp_path, [3], 30)[0].video.read_bytes()
    first = three_scenes.segments[0].video.read_bytes()
    moof = first.index(b"moof") - 4
    bad = {
        "a finished film": three_scenes.film.video.read_bytes(),
        "text": b"scene 1 of a film",
        "a huge box": first[:moof] + b"\xff\xff\xff\xffmdat",
        "an empty box": first[:moof] + bytes(4) + b"moof",
        "a box that leaves its own": first[:moof] + b"\0\0\0\x10moof\0\0\xff\xfftraf",
        "another header": first + other,
        "a fragment in a fragment's place": first[:moof] + 2 * (first[moof:] + b"\0\0\0\x08mdat"),
    }
    for what, data in bad.items():
        with pytest.raises(MediaError):
            Chain().feed(data)
            pytest.fail(f"{what} passes")
