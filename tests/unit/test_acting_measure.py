"""The ruler itself: measurements of lip sync on tracks whose truth is known. No film, no tracker."""

from __future__ import annotations

import numpy as np
import pytest

from judges.lips import SETTING, Track, TrackerMissing, interpreter, measure, track
from limelight.speech.types import Phoneme

FPS = 25.0
#: "bæbi fu" over and over with pauses, as (symbol, seconds).
_SYLLABLES = (("b", 0.13), ("æ", 0.17), ("b", 0.13), ("i", 0.13), ("f", 0.10), ("u", 0.14), ("", 0.43))


def sounds(seconds: float) -> list[Phoneme]:
    found: list[Phoneme] = []
    t = 0.4
    rng = np.random.default_rng(0)
    while t < seconds - 2:
        for symbol, length in _SYLLABLES:
            length *= rng.uniform(0.8, 1.3)
            if symbol:
                found.append(Phoneme(symbol, t, t + length))
            t += length
    return found


def filmed(phonemes: list[Phoneme], seconds: float, lead_s: float = 0.0, stretch: float = 1.0) -> Track:
    """A mouth that does what the sounds ask, `lead_s` early, its clock `stretch` times as fast."""
    n = int(seconds * FPS)
    early = [Phoneme(p.symbol, p.start_s * stretch - lead_s, p.end_s * stretch - lead_s) for p in phonemes]
    opening = measure.expected_opening(early, n, FPS)
    eye = np.full(n, 0.3)
    eye[50::100] = eye[51::100] = 0.08
    width = np.full(n, 1.0)
    for p in early:
        if p.symbol == "u":
            width[int(p.start_s * FPS) : int(p.end_s * FPS) + 1] = 0.7
    columns = {
        "faces": np.ones(n),
        "aperture": 0.28 * np.maximum(opening - 0.1, 0),
        "width": width,
        "eye_left": eye,
        "eye_right": eye,
    }
    still = {"change": np.ones(n), "x": np.zeros(n), "y": np.zeros(n), "eyes": np.full(n, 60.0)}
    return Track(FPS, columns | still)


@pytest.mark.parametrize("lead_s", (-0.12, -0.04, 0.0, 0.025, 0.1))
def test_offset_is_found_within_a_quarter_of_a_frame(lead_s: float) -> None:
    phonemes = sounds(30)
    seen = filmed(phonemes, 30, lead_s)
    expected = measure.expected_opening(phonemes, len(seen), FPS)
    found, likeness = measure.lips_ahead_s(measure.aperture(seen), expected, FPS)
    assert found == pytest.approx(lead_s, abs=0.01)
    assert likeness > 0.9


@pytest.mark.parametrize("lead_s", np.arange(-10, 11, 3) / 200)
def test_fractions_of_a_frame_are_found_in_a_noisy_track(lead_s: float) -> None:
    phonemes = sounds(12)
    seen = filmed(phonemes, 12, lead_s)
    lips = measure.aperture(seen)
    lips = lips + np.random.default_rng(1).normal(0, 0.2 * lips.std(), len(lips))
    expected = measure.expected_opening(phonemes, len(seen), FPS)
    assert measure.lips_ahead_s(lips, expected, FPS)[0] == pytest.approx(lead_s, abs=0.01)


def headed(path: np.ndarray) -> Track:
    """A head whose eyes' middle follows (frames, 2), in pixels; 60 between the eyes; the tracker's noise on it."""
    n = len(path)
    noise = np.random.default_rng(2).normal(0, 1, (n, 5))
    x, y = (path + 0.03 * noise[:, :2]).T
    turns = {name: 0.01 * path.sum(1) + 0.001 * noise[:, i] for i, name in ((2, "roll"), (3, "yaw"), (4, "pitch"))}
    return Track(FPS, {"faces": np.ones(n), "x": x, "y": y, "eyes": np.full(n, 60.0)} | turns)


def sway(seconds: float, seed: int) -> np.ndarray:
    """(frames, 2) pixels: slow, smooth and never the same."""
    steps = np.random.default_rng(seed).normal(0, 1, (int(seconds * FPS), 2))
    return 4 * np.stack([measure._smooth(c, 8.0) for c in steps.T], axis=1) * 8


def test_a_head_that_moves_neither_stands_still_nor_repeats_itself() -> None:
    seen = headed(sway(40, 0))
    assert measure.head_still(seen).part == 0
    repeats = measure.head_repeats(seen)
    assert repeats is not None and repeats < 0.5
    assert measure.head_repeats(headed(sway(6, 0))) is None


def test_a_head_that_stands_still_or_loops_is_told() -> None:
    still = measure.head_still(headed(np.zeros((500, 2))))
    assert still.part > 0.9 and still.all == 476
    loop = headed(np.tile(sway(5, 1), (8, 1)))
    repeats = measure.head_repeats(loop)
    assert repeats is not None and repeats > 0.6
    assert measure.head_speed(loop) > 10 * measure.head_speed(headed(np.zeros((500, 2))))


def test_nods_are_told_from_a_head_that_does_not_nod() -> None:
    stressed = [Phoneme("a", t, t + 0.2, 1) for t in np.arange(1, 38, 1.3)]
    at = (np.arange(1000) + 0.5) / FPS
    nod = sum(np.exp(-0.5 * ((at - p.start_s - 0.1) / 0.12) ** 2) for p in stressed)
    depth, error = measure.nods(headed(np.stack([0 * at, 2 * nod], 1)), stressed) or (0.0, 1.0)
    assert depth > 2 * error
    depth, error = measure.nods(headed(np.stack([0 * at, -2 * nod], 1)), stressed) or (0.0, 1.0)
    assert depth < 0


def test_drift_is_found() -> None:
    phonemes = sounds(300)
    seen = filmed(phonemes, 300, stretch=1 - 0.2 / 300)
    expected = measure.expected_opening(phonemes, len(seen), FPS)
    assert measure.drift_s(measure.aperture(seen), expected, FPS) == pytest.approx(0.2, abs=0.05)
    steady = filmed(phonemes, 300, 0.02)
    assert abs(measure.drift_s(measure.aperture(steady), expected, FPS) or 0.0) < 0.01
    assert measure.drift_s(measure.aperture(steady)[:700], expected[:700], FPS) is None


def test_what_is_good_is_called_good() -> None:
    phonemes = sounds(30)
    seen = filmed(phonemes, 30)
    assert measure.closures(seen, phonemes)[0].part == 1
    assert measure.labiodentals(seen, phonemes)[0].part == 1
    assert measure.order_of_opening(seen, phonemes)[0].part == 1
    assert measure.order_of_width(seen, phonemes)[0].part == 1
    assert measure.bilabials_under_open_vowels(seen, phonemes).part == 1
    assert measure.silence(seen, phonemes).aperture == pytest.approx(0, abs=0.01)
    assert measure.repeated_frames(seen, phonemes) == 0
    assert measure.faces_in_every_frame(seen).part == 1


def test_what_is_bad_is_called_bad() -> None:
    phonemes = sounds(30)
    good = filmed(phonemes, 30)
    slack = Track(FPS, good.columns | {"aperture": np.full(len(good), 0.12), "change": np.zeros(len(good))})
    assert measure.closures(slack, phonemes)[0].part == 0
    assert measure.labiodentals(slack, phonemes)[0].part == 0
    assert measure.order_of_opening(slack, phonemes)[0].part == 0
    assert measure.silence(slack, phonemes).aperture == pytest.approx(0.12)
    assert measure.repeated_frames(slack, phonemes) > 100
    faceless = Track(FPS, good.columns | {"faces": np.repeat([1.0, 0.0], len(good) // 2)})
    assert measure.faces_in_every_frame(faceless).part == 0.5


def test_a_smile_in_silence_is_no_quiver() -> None:
    """Some closed lips are read as a little apart when they smile, which comes slowly."""
    phonemes = [Phoneme("a", 0.5, 0.8)]
    t = (np.arange(250) + 0.5) / FPS

    def seen(aperture: measure.Curve) -> measure.Silence:
        return measure.silence(Track(FPS, {"faces": np.ones(250), "aperture": aperture}), phonemes)

    smile = seen(0.02 / (1 + np.exp(-(t - 5) / 0.25)))
    assert smile.restless < measure.QUIVER < smile.aperture < measure.SHUT
    assert seen(0.015 + 0.013 * np.sin(2 * np.pi * 4 * t)).restless > measure.QUIVER
    assert seen(np.where(t > 8, 0.05, 0.0)).aperture > measure.SHUT, "a mouth that is left open"


def test_what_need_not_be_ordered_is_not_counted() -> None:
    """A schwa that is written ʌ, a vowel shorter than a frame, lips that round early in an s."""
    seen = filmed(sounds(30), 30)
    ordered = [Phoneme("i", 1.0, 1.1), Phoneme("ʌ", 1.1, 1.2, 1)]
    assert measure.order_of_opening(seen, ordered)[0].all == 1
    assert measure.order_of_opening(seen, [ordered[0], Phoneme("ʌ", 1.1, 1.2)])[0].all == 0
    assert measure.order_of_opening(seen, [ordered[0], Phoneme("a", 1.1, 1.13)])[0].all == 0
    assert measure.order_of_width(seen, [Phoneme("s", 1.0, 1.1), Phoneme("w", 1.1, 1.2)])[0].all == 0
    assert measure.order_of_width(seen, [Phoneme("i", 1.0, 1.1), Phoneme("w", 1.1, 1.2)])[0].all == 1


def test_blinks_are_counted_with_their_length() -> None:
    found = measure.blinks(filmed(sounds(30), 30))
    assert len(found) == 7
    assert all(length == pytest.approx(0.087, abs=0.002) for _, length in found)  # where the lids cross 70 %
    assert measure.irregularity(found) == pytest.approx(0, abs=1e-6)
    assert measure.irregularity([(t, 0.2) for t in (0, 1, 5, 6, 12, 14)]) == pytest.approx(0.68, abs=0.1)


def test_a_missing_tracker_is_told_clearly(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv(SETTING, f"{tmp_path}/nothing/python")
    assert interpreter() is None
    with pytest.raises(TrackerMissing, match=SETTING):
        track(None)  # type: ignore[arg-type]
