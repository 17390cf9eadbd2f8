"""Lip sync on a finished film: rendered, decoded and followed by an independent tracker, never read from the curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from judges.lips import HOW_TO_GET_IT, Track, interpreter, judge, measure, track
from judges.lips.controls import controls
from limelight.acting.prosody import prosody_of
from limelight.catalog.avatars import avatar
from limelight.render import join_scenes, render_scene, speech_of
from limelight.spec import Acting, Avatar, Scene, SilentVoice, TextVoice, VideoSpec
from limelight.speech.types import Phoneme

SCRIPT = "People help Bobby's mom bump up five very big maps. We move away from a few rough views, however."

pytestmark = pytest.mark.skipif(interpreter() is None, reason=HOW_TO_GET_IT)


def filmed(scene: Scene, folder: Path) -> Path:
    spec = VideoSpec(scenes=(scene,), width=480, height=540)
    return join_scenes(spec, [render_scene(spec, 0, folder, {}, lambda _: None)], folder, lambda _: None).video


PRESENTER = "clara_studio_20261122"


def presenter() -> Avatar:
    return Avatar(avatar_id=PRESENTER)


def saying(script: str) -> TextVoice:
    return TextVoice(voice_id=avatar(PRESENTER).default_voice_id, script=script)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filmed(Scene(character=presenter(), voice=saying(SCRIPT)), tmp_path_factory.mktemp("speaking"))


@pytest.fixture(scope="module")
def speaking(film: Path) -> tuple[Track, tuple[Phoneme, ...]]:
    return track(film), prosody_of(speech_of(saying(SCRIPT), {})).phonemes


def test_films_that_are_wrong_are_caught(
    film: Path, speaking: tuple[Track, tuple[Phoneme, ...]], tmp_path: Path
) -> None:
    seen, phonemes = speaking
    sound = judge.sound_of(film)
    other = speech_of(saying("The weather was lovely, so nobody stayed at home; all went out to the sea."), {})
    missed = {
        c.name: {row.what for row in judge.judge(track(c.film), judge.sound_of(c.film), c.phonemes) if row.met is False}
        for c in controls(film, seen, sound, phonemes, (other.samples, prosody_of(other).phonemes), tmp_path)
    }
    assert not [row for row in judge.judge(seen, sound, phonemes) if row.met is False]
    assert "lips ahead of the phonemes" in missed["sound 80 ms late"]
    assert "lips ahead of the phonemes" in missed["sound 80 ms early"]
    assert "lips open as the phonemes do" in missed["sound of another film"]
    assert "open vowels" in missed["mouth frozen shut"]
    assert {"p b m closed", "lips in silence"} <= missed["mouth frozen open"]


def test_the_lips_are_in_time_with_the_sound(speaking: tuple[Track, tuple[Phoneme, ...]]) -> None:
    seen, phonemes = speaking
    expected = measure.expected_opening(phonemes, len(seen), seen.fps)
    lead, likeness = measure.lips_ahead_s(measure.aperture(seen), expected, seen.fps)
    assert abs(lead) <= 0.04
    assert likeness > 0.5


def test_closures_and_teeth_are_seen(speaking: tuple[Track, tuple[Phoneme, ...]]) -> None:
    seen, phonemes = speaking
    closed, unclosed = measure.closures(seen, phonemes)
    touched, untouched = measure.labiodentals(seen, phonemes)
    assert closed.all >= 12 and closed.part >= 0.98, unclosed
    assert touched.all >= 5 and touched.part >= 0.95, untouched


def test_open_sounds_are_seen_open_and_rounded_ones_narrow(speaking: tuple[Track, tuple[Phoneme, ...]]) -> None:
    seen, phonemes = speaking
    assert measure.bilabials_under_open_vowels(seen, phonemes).part >= 0.95
    assert measure.order_of_opening(seen, phonemes)[0].part >= 0.9
    assert measure.order_of_width(seen, phonemes)[0].part >= 0.9


def test_the_face_is_there_in_every_frame_and_none_is_repeated(speaking: tuple[Track, tuple[Phoneme, ...]]) -> None:
    seen, phonemes = speaking
    assert measure.faces_in_every_frame(seen).part == 1
    assert measure.repeated_frames(seen, phonemes) == 0
    assert measure.largest_jump(seen) < 0.08


def test_a_happy_presenter_is_seen_to_smile_with_closed_lips(tmp_path: Path) -> None:
    tracks = []
    for i, acting in enumerate((Acting(), Acting(expression="happy"))):
        (folder := tmp_path / str(i)).mkdir()
        scene = Scene(character=presenter(), voice=SilentVoice(duration_s=2), acting=acting)
        tracks.append(track(filmed(scene, folder)))
    usual, happy = tracks
    assert np.median(happy["width"]) > 1.03 * np.median(usual["width"])
    assert np.median(happy["width"][:5]) > 1.02 * np.median(usual["width"][:5])  # from the first frame on
    assert measure.silence(happy, ()).aperture < measure.CLOSED
    eye = [np.median(seen["eye_left"] + seen["eye_right"]) for seen in tracks]
    assert eye[1] < eye[0]  # the eyes smile too


def test_a_listener_is_closed_still_and_alive(tmp_path: Path) -> None:
    seen = track(filmed(Scene(character=presenter(), voice=SilentVoice(duration_s=10)), tmp_path))
    lips = measure.silence(seen, ())
    assert lips.aperture < 0.06
    assert lips.restless < 0.025
    assert 1 <= len(measure.blinks(seen)) <= 5
    assert np.std(seen["x"]) / seen["eyes"].mean() > 0.003
    still = seen["change"][2:-2] < 0.005
    assert still.mean() < 0.05
    assert np.convolve(still, np.ones(6), "valid").max() < 6  # never frozen for a quarter of a second
