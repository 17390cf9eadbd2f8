"""Finished films, decoded: format, length, sound, joins, sameness."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from films import boxes, frames, sound
from limelight.errors import MediaError
from limelight.media.film import SegmentWriter, join, thumbnail
from limelight.spec import FPS, SAMPLE_RATE_HZ, SAMPLES_PER_FRAME, VideoSpec
from scenes import SENTENCE, Rendered, render, silent_scene, text_scene
from whisper import transcribe, word_error_rate


def test_the_file_is_what_players_expect(speaking: Rendered) -> None:
    with av.open(str(speaking.film.video)) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.profile) == ("h264", "High")
        assert (video.width, video.height, video.average_rate) == (640, 720, FPS)
        assert video.codec_context.pix_fmt == "yuv420p"
        colours = video.codec_context
        assert (colours.colorspace, colours.color_primaries, colours.color_trc, colours.color_range) == (1, 1, 1, 1)
        assert (audio.codec_context.name, audio.rate) == ("aac", SAMPLE_RATE_HZ)
        assert video.frames == speaking.film.frames


def test_it_plays_from_the_first_byte(speaking: Rendered) -> None:
    order = boxes(speaking.film.video)
    assert order.index("moov") < order.index("mdat")


def test_picture_and_sound_agree_to_one_frame(speaking: Rendered, three_scenes: Rendered) -> None:
    for made in (speaking, three_scenes):
        with av.open(str(made.film.video)) as film:
            video, audio = (float(s.duration * s.time_base) for s in (film.streams.video[0], film.streams.audio[0]))
        assert video == pytest.approx(made.film.duration_s, abs=1e-6)
        assert abs(video - audio) <= 1 / FPS


def test_every_frame_has_its_time(three_scenes: Rendered) -> None:
    with av.open(str(three_scenes.film.video)) as film:
        times = [frame.time for frame in film.decode(video=0)]
    assert times == pytest.approx([i / FPS for i in range(three_scenes.film.frames)], abs=1e-6)


def test_the_film_says_the_script(speaking: Rendered) -> None:
    heard = transcribe(sound(speaking.film.video), SAMPLE_RATE_HZ)
    assert word_error_rate(SENTENCE, heard) <= 1 / len(SENTENCE.split())


def test_scenes_add_up_to_the_frame(three_scenes: Rendered) -> None:
    counted = []
    for segment in three_scenes.segments:
        with av.open(str(segment.video)) as one:
            counted.append(sum(1 for _ in one.decode(video=0)))
        assert len(np.load(segment.sound)) == segment.frames * SAMPLES_PER_FRAME
    assert counted == [segment.frames for segment in three_scenes.segments]
    assert len(frames(three_scenes.film.video)) == sum(counted) == three_scenes.film.frames


def test_cuts_are_on_exact_frames_and_colours_are_as_asked(three_scenes: Rendered) -> None:
    shown = frames(three_scenes.film.video)
    at = 0
    for scene, segment in zip(three_scenes.spec.scenes, three_scenes.segments, strict=True):
        for i in (at, at + segment.frames - 1):
            corner = shown[i][4:12, 4:12].reshape(-1, 3).mean(0)
            assert np.abs(corner - scene.background.rgb).max() <= 3, (i, corner, scene.background.rgb)
        at += segment.frames


def test_the_same_spec_gives_the_same_bytes(three_scenes: Rendered, tmp_path: Path) -> None:
    again = render(three_scenes.spec, tmp_path)
    assert again.film.video.read_bytes() == three_scenes.film.video.read_bytes()
    assert again.film.thumbnail.read_bytes() == three_scenes.film.thumbnail.read_bytes()


def test_the_thumbnail_is_a_frame_with_the_presenter(speaking: Rendered) -> None:
    picture = cv2.cvtColor(cv2.imread(str(speaking.film.thumbnail)), cv2.COLOR_BGR2RGB)
    assert picture.shape == (720, 640, 3)
    background = np.array(speaking.spec.scenes[0].background.rgb)
    away = np.abs(picture.astype(int) - background).max(-1) > 40
    assert 0.2 < away.mean() < 0.8


def test_a_join_leaves_the_sound_untouched(tmp_path: Path) -> None:
    """A tone over three segments, one of a single frame: no gap, no click, no sample out of place."""
    lengths = (1, 30, 13)
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(sum(lengths) * SAMPLES_PER_FRAME) / SAMPLE_RATE_HZ)
    pieces = np.split(tone.astype(np.float32), np.cumsum(lengths)[:-1] * SAMPLES_PER_FRAME)
    videos, sounds = [], []
    for k, (length, piece) in enumerate(zip(lengths, pieces, strict=True)):
        videos.append(tmp_path / f"{k}.mp4")
        sounds.append(tmp_path / f"{k}.npy")
        np.save(sounds[-1], piece)
        with SegmentWriter(videos[-1], 128, 128, FPS) as writer:
            for i in range(length):
                y = np.full((128, 128), 40 + 5 * i, np.uint8)
                writer.write(y, y[::2, ::2], y[::2, ::2])
    assert join(videos, sounds, FPS, tmp_path / "film.mp4") == sum(lengths)
    heard = sound(tmp_path / "film.mp4")[: len(tone)]
    assert np.abs(heard[2000:-2000] - tone[2000 : len(heard) - 2000]).max() < 0.02


def test_memory_of_a_join_does_not_hold_the_sound(tmp_path: Path) -> None:
    """Blocks come one after the other and lose nothing at file ends that are no multiple of a block."""
    from limelight.media.film import _blocks

    whole = np.random.default_rng(0).normal(size=250_001).astype(np.float32)
    for name, part in (("a", whole[:100_007]), ("b", whole[100_007:])):
        np.save(tmp_path / f"{name}.npy", part)
    blocks = list(_blocks([tmp_path / "a.npy", tmp_path / "b.npy"]))
    assert {len(b) for b in blocks[:-1]} == {1024}
    assert np.array_equal(np.concatenate(blocks), whole)


def test_a_missing_segment_is_said(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be joined"):
        join([tmp_path / "none.mp4"], [tmp_path / "none.npy"], FPS, tmp_path / "film.mp4")


def test_a_thumbnail_beyond_the_end_is_said(three_scenes: Rendered, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no frame"):
        thumbnail(three_scenes.film.video, 10_000, tmp_path / "t.jpg")


@pytest.mark.parametrize("size", [(128, 128), (130, 4096), (720, 1280)])
def test_every_even_size_renders(size: tuple[int, int], rendered: Callable[[VideoSpec], Rendered]) -> None:
    made = rendered(VideoSpec(scenes=(silent_scene(0.1),), width=size[0], height=size[1]))
    shown = frames(made.film.video)
    assert len(shown) == 3
    assert shown[0].shape == (size[1], size[0], 3)


def test_different_words_give_different_films(speaking: Rendered, rendered: Callable[[VideoSpec], Rendered]) -> None:
    other = rendered(VideoSpec(scenes=(text_scene("Hello there."),), width=320, height=240))
    assert other.film.frames != speaking.film.frames
