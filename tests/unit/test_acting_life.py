"""Head, eyes, brows and breath: alive, natural, never looping, never jumping, the same for the same seed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from acted import FPS, MOUTH, blinks, longer, said
from judges.lips.measure import runs
from limelight.acting.act import act
from limelight.acting.performance import BLENDSHAPES, INDEX, Performance
from limelight.speech.types import Speech

FIVE_MINUTES_S = 300
ARRAYS = [f.name for f in dataclasses.fields(Performance) if f.name != "fps"]


def listening(seed: int = 3, seconds: float = FIVE_MINUTES_S) -> Performance:
    return act(Speech.silence(seconds), seed, round(seconds * FPS))


def speaking(seed: int = 3) -> tuple[Speech, Performance]:
    speech = longer(2, 6)
    return speech, act(speech, seed, int(np.ceil(speech.duration_s * FPS)))


@pytest.mark.parametrize("frames", (0, 1, 2, 3, 40, 15_000))
def test_any_length(frames: int) -> None:
    performance = act(said(0) if frames < 100 else Speech.silence(1), 1, frames)
    shapes = {"weights": (52,), "tongue": (), "head": (3,), "shift": (2,), "gaze": (2,), "breath": ()}
    for name, shape in shapes.items():
        array = getattr(performance, name)
        assert array.shape == (frames, *shape) and array.dtype == np.float32
        assert np.isfinite(array).all()
    assert performance.weights.size == 0 or -0.5 <= performance.weights.min() <= performance.weights.max() <= 1
    assert len(performance) == frames and performance.fps == FPS


def test_the_same_seed_moves_the_same_and_another_otherwise() -> None:
    speech = said(1)
    first, again, other = (act(speech, seed, 150) for seed in (11, 11, 2**64 - 1))
    for name in ARRAYS:
        assert np.array_equal(getattr(first, name), getattr(again, name))
    for name in ("head", "shift", "gaze", "breath"):
        assert not np.allclose(getattr(first, name), getattr(other, name), atol=1e-4)


def test_lips_follow_the_words_whatever_the_seed() -> None:
    a, b = (act(said(1), seed, 150).weights for seed in (1, 2))
    assert np.abs(a - b)[:, [INDEX["jawOpen"], INDEX["mouthPucker"], INDEX["mouthRollLower"]]].max() < 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_blinks_are_as_frequent_short_and_irregular_as_people_s(seed: int) -> None:
    found = blinks(listening(seed))
    assert 10 <= len(found) / 5 <= 25
    lengths = np.array([b - a for a, b in found]) / FPS
    assert lengths.min() >= 0.08 and lengths.max() <= 0.30
    between = np.diff([a for a, _ in found]) / FPS
    assert between.std() / between.mean() > 0.3
    assert between.min() > 0.9
    lids = listening(seed).weights[:, INDEX["eyeBlinkLeft"]]
    assert all(lids[a:b].max() > 0.85 for a, b in found)


def test_lids_fall_faster_than_they_rise() -> None:
    fast = act(Speech.silence(60), 5, 60 * 200, 200).weights[:, INDEX["eyeBlinkLeft"]]
    found = runs(fast > 0.3)
    assert len(found) >= 10, "blinks of a minute"
    for a, b in found:
        top = a + int(np.argmax(fast[a:b]))
        bottom = b - int(np.argmax(fast[a:b][::-1]))
        assert top - a < b - bottom


def test_blinks_like_the_ends_of_phrases() -> None:
    near = total = 0
    for seed in range(8):
        speech, performance = speaking(seed)
        ends = [
            p.end_s for p, q in zip(speech.phonemes, speech.phonemes[1:], strict=False) if q.start_s - p.end_s > 0.24
        ]
        for a, _ in blinks(performance):
            total += 1
            near += any(-0.15 < a / FPS - end < 0.35 for end in ends)
    chance = 0.5 * len(ends) / speech.duration_s
    assert near / total > 1.5 * chance


@pytest.mark.parametrize("talking", (False, True))
def test_the_head_moves_always_a_little_and_never_far(talking: bool) -> None:
    performance = speaking()[1] if talking else listening(seconds=60)
    degrees = np.degrees(performance.head)
    assert (np.abs(degrees).max(0) <= (6.5, 4.5, 3.2)).all()
    assert (degrees.std(0) > (0.4, 0.25, 0.25)).all()
    assert np.abs(performance.shift).max() <= 0.006
    inside = slice(FPS, len(degrees) - FPS)
    still = runs(np.abs(np.diff(degrees[inside], axis=0)).max(1) < 0.004)
    assert max((b - a for a, b in still), default=0) < 10


@pytest.mark.parametrize("talking", (False, True))
def test_nothing_jumps(talking: bool) -> None:
    performance = speaking()[1] if talking else listening(seconds=60)
    degrees = np.degrees(performance.head)
    assert np.abs(np.diff(degrees, axis=0)).max() < 1.0
    assert np.abs(np.diff(degrees, n=2, axis=0)).max() < 0.6
    assert np.abs(np.diff(performance.shift, axis=0)).max() < 0.0008
    assert np.abs(np.diff(performance.breath)).max() < 0.25
    slow = [i for i, n in enumerate(BLENDSHAPES) if n.startswith(("brow", "cheek"))]
    assert np.abs(np.diff(performance.weights[:, slow], axis=0)).max() < 0.16


def test_scenes_join_without_a_jump() -> None:
    """Each begins and ends in the portrait's own pose, eyes open, looking at the camera."""
    for performance in (speaking()[1], listening(seconds=4)):
        for end in (0, -1):
            assert np.abs(np.degrees(performance.head[end])).max() < 0.02
            assert np.abs(performance.shift[end]).max() < 1e-4
            assert abs(performance.breath[end]) < 0.05
            assert np.abs(performance.gaze[end]).max() < 0.5
            assert np.abs(performance.weights[end]).max() < 0.05


def test_motion_does_not_loop() -> None:
    head = listening().head.astype(np.float64)
    head = (head - head.mean(0)) / head.std(0)
    for axis in head.T:
        spectrum = np.abs(np.fft.rfft(axis, 2 * len(axis))) ** 2
        alike = np.fft.irfft(spectrum)[: len(axis)] / len(axis)
        assert alike[10 * FPS :].max() < 0.55


def test_stressed_words_nod() -> None:
    """Around stressed vowels the head goes down more than at other times."""
    speech = longer(3, 8)
    stressed = [p for p in speech.phonemes if p.stress == 1]
    down = []
    for seed in range(4):
        pitch = np.degrees(act(speech, seed, int(speech.duration_s * FPS)).head[:, 0 + 1])
        for p in stressed:
            at = int((p.start_s + p.end_s) / 2 * FPS)
            if 10 < at < len(pitch) - 10:
                down.append(pitch[at] - (pitch[at - 8] + pitch[at + 8]) / 2)
    assert np.mean(down) > 0.12


@pytest.mark.parametrize("talking", (False, True))
def test_eyes_stay_on_the_camera_while_the_head_turns(talking: bool) -> None:
    performance = speaking()[1] if talking else listening(seconds=120)
    awake = performance.weights[:, INDEX["eyeBlinkLeft"]] < 0.3
    in_picture = performance.gaze + np.degrees(performance.head[:, :2])
    away = np.hypot(*in_picture[awake].T)
    assert np.median(away) < 1.0
    assert (away < 2.0).mean() > 0.75
    assert (away > 2.0).mean() > 0.005
    # Without the reflex the gaze would be as still as the eyes are in the head.
    assert performance.gaze[awake].std(0).max() > in_picture[awake][away < 2.0].std(0).max()


def test_saccades_are_quick() -> None:
    performance = listening(seconds=120)
    awake = performance.weights[:, INDEX["eyeBlinkLeft"]] < 0.02
    moved = np.hypot(*np.diff(performance.gaze + np.degrees(performance.head[:, :2]), axis=0).T)
    lasting = [b - a for a, b in runs((moved > 0.4) & awake[1:])]
    assert len(lasting) > 20 and max(lasting) <= 2


def test_gaze_and_eye_weights_agree() -> None:
    performance = speaking()[1]
    w, (x, y) = performance.weights, performance.gaze.T
    right = x > 1.5
    assert (w[right, INDEX["eyeLookOutLeft"]] > 0).all() and (w[right, INDEX["eyeLookInRight"]] > 0).all()
    assert (w[right, INDEX["eyeLookInLeft"]] == 0).all() and (w[right, INDEX["eyeLookOutRight"]] == 0).all()
    assert (w[y > 1.5, INDEX["eyeLookDownLeft"]] > 0).all() and (w[y > 1.5, INDEX["eyeLookUpLeft"]] == 0).all()
    assert (w[y < -0.5, INDEX["eyeLookUpRight"]] > 0).all()
    assert np.abs(performance.gaze).max() <= 11


@pytest.mark.parametrize("talking", (False, True))
def test_breaths(talking: bool) -> None:
    performance = speaking()[1] if talking else listening()
    breath = performance.breath
    assert np.abs(breath).max() <= 1
    starts = [a for a, _ in runs(breath > 0)]
    assert 11 <= len(starts) / (len(breath) / FPS / 60) <= 18.5
    if not talking:
        between = np.diff(starts) / FPS
        assert between.std() > 0.15


def test_listening_is_alive_with_a_closed_mouth() -> None:
    performance = listening(seconds=60)
    w = performance.weights
    assert np.abs(w[:, MOUTH]).max() < 0.09  # a smile's dimples only
    assert w[:, INDEX["browInnerUp"]].std() > 0.008
    assert 0.08 < w[:, INDEX["mouthSmileLeft"]].max() < 0.32
    assert np.abs(np.diff(w[:, INDEX["mouthSmileLeft"]])).max() < 0.02


def test_brows_rise_while_speaking() -> None:
    assert speaking()[1].weights[:, INDEX["browInnerUp"]].max() > 0.12


def test_two_sides_of_the_brows_differ() -> None:
    w = speaking()[1].weights
    assert np.abs(w[:, INDEX["browOuterUpLeft"]] - w[:, INDEX["browOuterUpRight"]]).max() > 0.02
