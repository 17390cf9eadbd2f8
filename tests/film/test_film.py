"""Finished films, decoded: format, length, sound, joins, sameness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Stream
from numpy.typing import NDArray

from films import boxes, frames, sound
from judges.whisper import transcribe, word_error_rate
from limelight.compose.yuv import Planes
from limelight.errors import MediaError
from limelight.media.film import Container, SegmentWriter, join
from limelight.render import caption_scene, render_scene
from limelight.spec import FPS, SAMPLE_RATE_HZ, Captions, ColourBackground, VideoSpec, rgb, samples_per_frame
from pictures import opened
from scenes import SENTENCE, Rendered, render, silent_scene, text_scene
from speech_samples import MINUTE, spoken

Samples = NDArray[np.float32]


def test_the_file_is_what_players_expect(speaking: Rendered) -> None:
    with av.open(str(speaking.film.video)) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.profile) == ("h264", "High")
        assert (video.width, video.height) == (640, 720) and video.average_rate == FPS
        assert video.codec_context.pix_fmt == "yuv420p"
        colours = video.codec_context
        assert (colours.colorspace, colours.color_primaries, colours.color_trc, colours.color_range) == (1, 1, 1, 1)
        assert (audio.codec_context.name, audio.rate) == ("aac", SAMPLE_RATE_HZ)
        assert video.frames == speaking.film.frames


def test_it_plays_from_the_first_byte(speaking: Rendered) -> None:
    order = boxes(speaking.film.video)
    assert order.index("moov") < order.index("mdat")


def length_s(stream: Stream) -> float:
    assert stream.duration is not None and stream.time_base is not None
    return float(stream.duration * stream.time_base)


def test_picture_and_sound_agree_to_one_frame(speaking: Rendered, three_scenes: Rendered) -> None:
    for made in (speaking, three_scenes):
        with av.open(str(made.film.video)) as film:
            video, audio = (length_s(stream) for stream in (film.streams.video[0], film.streams.audio[0]))
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
        assert len(np.load(segment.sound)) == segment.frames * samples_per_frame(FPS)
    assert counted == [segment.frames for segment in three_scenes.segments]
    assert len(frames(three_scenes.film.video)) == sum(counted) == three_scenes.film.frames


def test_cuts_are_on_exact_frames_and_colours_are_as_asked(three_scenes: Rendered) -> None:
    shown = frames(three_scenes.film.video)
    at = 0
    for scene, segment in zip(three_scenes.spec.scenes, three_scenes.segments, strict=True):
        assert isinstance(scene.background, ColourBackground)
        for i in (at, at + segment.frames - 1):
            corner = shown[i][4:12, 4:12].reshape(-1, 3).mean(0)
            assert np.abs(corner - rgb(scene.background.colour)).max() <= 3, (i, corner, scene.background)
        at += segment.frames


def test_the_same_spec_gives_the_same_bytes(three_scenes: Rendered, tmp_path: Path) -> None:
    again = render(three_scenes.spec, tmp_path)
    assert again.film.video.read_bytes() == three_scenes.film.video.read_bytes()
    assert again.film.thumbnail.read_bytes() == three_scenes.film.thumbnail.read_bytes()


def test_the_thumbnail_is_a_frame_with_the_presenter(speaking: Rendered) -> None:
    picture = opened(speaking.film.thumbnail)
    assert picture.shape == (720, 640, 3)
    background = speaking.spec.scenes[0].background
    assert isinstance(background, ColourBackground)
    away = np.abs(picture.astype(int) - rgb(background.colour)).max(-1) > 40
    assert 0.2 < away.mean() < 0.8


def joined(folder: Path, lengths: Sequence[int], fps: int, container: Container = "mp4") -> tuple[Path, Samples]:
    """Scenes of so many frames whose brightness, and alpha, tell their place in the film, and a tone over all."""
    per_frame = samples_per_frame(fps)
    tone = (0.3 * np.sin(2 * np.pi * 440 * np.arange(sum(lengths) * per_frame) / SAMPLE_RATE_HZ)).astype(np.float32)
    videos, sounds, at = [], [], 0
    for k, length in enumerate(lengths):
        videos.append(folder / f"{k}.{container}")
        sounds.append(folder / f"{k}.npy")
        np.save(sounds[-1], tone[at * per_frame : (at + length) * per_frame])
        with SegmentWriter(videos[-1], 128, 128, fps, container) as writer:
            for i in range(at, at + length):
                y, grey = np.full((128, 128), brightness(i), np.uint8), np.full((64, 64), 128, np.uint8)
                writer.write(y, grey, grey, *([y] if container == "webm" else []))
        at += length
    film = folder / f"film.{container}"
    assert join(videos, sounds, fps, film, container=container, title="A ‘title’") == at
    return film, tone


def brightness(i: int) -> int:
    return 30 + 7 * i % 200


@pytest.mark.parametrize("container", ["mp4", "webm"])
@pytest.mark.parametrize("fps", [25, 30, 60])
def test_many_short_scenes_join_at_their_frames_and_samples(container: Container, fps: int, tmp_path: Path) -> None:
    """50 scenes of 1 to 5 frames: every frame at its time and in its place; no gap, click or shift in the sound."""
    lengths = [1 + k * 7 % 5 for k in range(50)]
    path, tone = joined(tmp_path, lengths, fps, container)
    with av.open(str(path)) as film:
        video = film.streams.video[0]
        assert video.average_rate == fps
        # The last block of the sound is cut inside, which WebM's own length does not tell.
        assert film.duration is not None
        assert film.duration / 1e6 == pytest.approx(sum(lengths) / fps, abs=0.0005 if container == "mp4" else 0.01)
        packets = [p for p in film.demux(video) if p.pts is not None]
        order = [p.dts for p in packets if p.dts is not None]
        assert len(order) == len(packets) and all(a < b for a, b in pairwise(order))
        keys = {round(p.pts * p.time_base * fps) for p in packets if p.is_keyframe and p.pts is not None}
        assert set(np.cumsum([0, *lengths[:-1]])) <= keys
    with av.open(str(path)) as film:
        shown = list(film.decode(video=0))
        # Matroska counts in milliseconds.
        assert [f.time for f in shown] == pytest.approx([i / fps for i in range(sum(lengths))], abs=0.0005)
        assert [f.to_ndarray()[64, 64] for f in shown] == [brightness(i) for i in range(sum(lengths))]
    heard = sound(path)[: len(tone)]
    assert np.abs(heard[2000:-2000] - tone[2000 : len(heard) - 2000]).max() < 0.02


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_the_film_says_what_it_is(container: Container, tmp_path: Path) -> None:
    path, _ = joined(tmp_path, [2], 25, container)
    with av.open(str(path)) as film:
        tags = {name.lower(): value for name, value in film.metadata.items()}
    assert tags["title"] == "A ‘title’"
    assert "AI-generated" in tags["comment"]
    assert "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia" in tags["description"]


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_the_same_frames_give_the_same_bytes(container: Container, tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.append(joined(tmp_path / name, [3, 8], 30, container)[0])
    assert made[0].read_bytes() == made[1].read_bytes()


def test_memory_of_a_join_does_not_hold_the_sound(tmp_path: Path) -> None:
    """Blocks come one after the other and lose nothing at file ends that are no multiple of a block."""
    from limelight.media.film import _blocks

    whole = np.random.default_rng(0).normal(size=250_001).astype(np.float32)
    for name, part in (("a", whole[:100_007]), ("b", whole[100_007:])):
        np.save(tmp_path / f"{name}.npy", part)
    blocks = list(_blocks([tmp_path / "a.npy", tmp_path / "b.npy"], 1024))
    assert {len(b) for b in blocks[:-1]} == {1024}
    assert np.array_equal(np.concatenate(blocks), whole)


def test_a_missing_segment_is_said(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be joined"):
        join([tmp_path / "none.mp4"], [tmp_path / "none.npy"], FPS, tmp_path / "film.mp4")


@pytest.mark.parametrize("size", [(128, 128), (130, 4096), (720, 1280)])
def test_every_even_size_renders(size: tuple[int, int], rendered: Callable[[VideoSpec], Rendered]) -> None:
    made = rendered(VideoSpec(scenes=(silent_scene(0.1),), width=size[0], height=size[1]))
    shown = frames(made.film.video)
    assert len(shown) == 3
    assert shown[0].shape == (size[1], size[0], 3)


def test_different_words_give_different_films(speaking: Rendered, rendered: Callable[[VideoSpec], Rendered]) -> None:
    other = rendered(VideoSpec(scenes=(text_scene("Hello there."),), width=320, height=240))
    assert other.film.frames != speaking.film.frames


def test_a_kept_scene_gets_the_captions_of_a_new_one(tmp_path: Path) -> None:
    """While a scene is drawn, or later from its file: the same bytes, and words on it that its picture has not."""
    captions = Captions(burn_in=True, font_size=20)
    spec = VideoSpec(scenes=(text_scene("One, two, three."),), width=256, height=144, captions=captions)
    (tmp_path / "new").mkdir()
    (tmp_path / "kept").mkdir()
    new = render_scene(spec, 0, tmp_path / "new", {}, lambda _: None)
    kept = caption_scene(spec, 0, replace(new, captioned=None), tmp_path / "kept", lambda _: None)
    assert new.captioned and kept.captioned and new.captioned != kept.captioned
    assert new.captioned.read_bytes() == kept.captioned.read_bytes()
    plain, captioned = (frames(video) for video in (new.video, new.captioned))
    assert len(plain) == len(captioned) == new.frames
    changed = [np.abs(a.astype(int) - b).max() > 100 for a, b in zip(plain, captioned, strict=True)]
    assert 10 < sum(changed) < new.frames, "words are drawn while they are said"


def test_the_sound_of_a_film_is_what_is_said_in_both_channels(tmp_path: Path) -> None:
    """Block by block: one of FFmpeg's two coders of AAC spoils single ones of a minute, on one side more than on the
    other."""
    said = spoken(MINUTE).samples
    seconds = len(said) // SAMPLE_RATE_HZ
    said = said[: seconds * SAMPLE_RATE_HZ]
    np.save(tmp_path / "sound.npy", said)
    planes = Planes(64, 64)
    with SegmentWriter(tmp_path / "scene.mp4", 64, 64, FPS) as writer:
        for _ in range(seconds * FPS):
            writer.write(*planes.all())
    join([tmp_path / "scene.mp4"], [tmp_path / "sound.npy"], FPS, tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as film:
        left, right = np.concatenate([frame.to_ndarray() for frame in film.decode(audio=0)], 1)[:, : len(said)]
    assert np.abs(left - right).max() < 0.02
    blocks, errors = (one[: len(said) // 1024 * 1024].reshape(-1, 1024) for one in (said, left - said))
    level, error = (np.sqrt(np.square(one).mean(1)) for one in (blocks, errors))
    loud = level > 0.03
    assert loud.sum() > 500
    assert (20 * np.log10(level[loud] / error[loud])).min() > 15, "dB in each block of a voice"
