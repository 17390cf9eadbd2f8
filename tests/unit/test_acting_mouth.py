"""The mouth keeps the rules of lip sync, on the curves, with real speech; test_acting_sync.py looks at the film."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from acted import FPS, MOUTH, SCRIPTS, frames_of, gap, said
from judges.lips import Track, measure
from judges.mesh import jaw_mm, parted_mm
from limelight.acting import visemes
from limelight.acting.act import act
from limelight.acting.performance import BLENDSHAPES, INDEX, Performance
from limelight.acting.prosody import prosody_of
from limelight.speech.types import Phoneme, Speech
from limelight.speech.utter import vocabulary

#: Lips that meet for p b m reach across a jaw that is a little lowered, and are not stretched over an open one: half of
#: the way to an open vowel, whose jaw is 12 mm down.
JAW_OF_A_CLOSURE_MM = 6.0
#: The upper teeth's edge is 2 to 4 mm below a lip that is at rest: a lower lip that touches it leaves no more open.
TEETH_SHOWN_MM = 4.0
#: Seen from a few metres, or as a pixel of a presenter in 1080 lines (docs/quality.md has 0.6 mm for a quiver).
SEEN_MM = 1.5


def played(speech: Speech, seed: int = 7, fps: int = FPS) -> Performance:
    return act(speech, seed, int(np.ceil(speech.duration_s * fps)), fps)


def seen(performance: Performance) -> Track:
    """The curves in the tracker's terms."""
    w = performance.weights.astype(np.float64)
    width = 1 - 0.3 * w[:, INDEX["mouthPucker"]] - 0.2 * w[:, INDEX["mouthFunnel"]]
    width += 0.25 * w[:, INDEX["mouthStretchLeft"]] + 0.2 * w[:, INDEX["mouthSmileLeft"]]
    return Track(performance.fps, {"faces": np.ones(len(w)), "aperture": 0.5 * np.maximum(gap(w), 0), "width": width})


def test_the_scripts_have_what_is_looked_for() -> None:
    """Some have no f or v: all together have enough of each that a rule which fails is seen."""
    symbols = [p.symbol for i in range(len(SCRIPTS)) for p in said(i).phonemes]
    assert sum(s in "pbm" for s in symbols) >= 25 and sum(s in "fv" for s in symbols) >= 12


each_script = pytest.mark.parametrize("i", range(len(SCRIPTS)))


@each_script
@pytest.mark.parametrize("fps", (25, 30))
def test_p_b_m_have_a_frame_with_closed_lips(i: int, fps: int) -> None:
    speech = said(i)
    performance = played(speech, fps=fps)
    w = performance.weights
    closed = (parted_mm(w) < 0) & (w[:, INDEX["mouthPressLeft"]] > 0.2)
    missed = [p for p in speech.phonemes if p.symbol in "pbm" and not closed[frames_of(p, performance)].any()]
    assert missed == []
    assert not closed.any() or jaw_mm(w)[closed].max() <= JAW_OF_A_CLOSURE_MM, "the lips are stretched over a low jaw"


@pytest.mark.parametrize("offset_ms", range(0, 40, 5))
def test_no_closure_falls_between_two_frames(offset_ms: int) -> None:
    at = 0.5 + offset_ms / 1000
    phonemes = (
        Phoneme("ɑ", at, at + 0.10, 1),
        Phoneme("b", at + 0.10, at + 0.125),
        Phoneme("ɑ", at + 0.125, at + 0.25, 1),
    )
    performance = act(Speech(np.zeros(48_000 * 2, np.float32), phonemes), 1, 50)
    parted = parted_mm(performance.weights)
    assert parted[frames_of(phonemes[1], performance)].min() < 0
    assert parted.max() > 5, "the vowels beside it are open"


@each_script
def test_f_v_bring_the_lip_to_the_teeth(i: int) -> None:
    speech = said(i)
    performance = played(speech)
    w = performance.weights
    touching = (w[:, INDEX["mouthRollLower"]] > 0.4) & (w[:, INDEX["mouthUpperUpLeft"]] > 0.3)
    touching &= parted_mm(w) < TEETH_SHOWN_MM
    missed = [p for p in speech.phonemes if p.symbol in "fv" and not touching[frames_of(p, performance)].any()]
    assert missed == []


def test_open_vowels_are_opener_and_rounded_sounds_narrower() -> None:
    opening, width = [], []
    for i in range(len(SCRIPTS)):
        track = seen(played(said(i)))
        opening.append(measure.order_of_opening(track, said(i).phonemes)[0])
        width.append(measure.order_of_width(track, said(i).phonemes)[0])
    for shares in (opening, width):
        assert sum(s.all for s in shares) >= 12
        assert sum(s.good for s in shares) >= 0.93 * sum(s.all for s in shares)


@each_script
def test_the_mouth_is_closed_and_still_in_silence(i: int) -> None:
    speech = said(i)
    performance = played(speech)
    silent = measure.silent_frames(prosody_of(speech).phonemes, len(performance), FPS)
    assert silent.sum() >= 8
    assert np.abs(performance.weights[silent][:, MOUTH]).max() == pytest.approx(0, abs=0.09)  # a smile's dimples only
    assert parted_mm(performance.weights)[silent].max() == 0
    assert performance.tongue[silent].max() == 0


@each_script
def test_lips_are_a_little_ahead_of_the_sound(i: int) -> None:
    track = seen(played(said(i)))
    expected = measure.expected_opening(said(i).phonemes, len(track), FPS)
    lead, likeness = measure.lips_ahead_s(measure.aperture(track), expected, FPS)
    assert 0.0 <= lead <= 0.045
    assert likeness > 0.6


def lead_into(symbol: str, channel: str, share: float = 0.5) -> float:
    """How long before a sound the lips have come `share` of the way to its shape."""
    fps = 200
    phonemes = (Phoneme("ɛ", 0.5, 0.9), Phoneme(symbol, 0.9, 1.1), Phoneme("ɛ", 1.1, 1.5))
    curve = act(Speech(np.zeros(96_000, np.float32), phonemes), 1, 2 * fps, fps).weights[:, INDEX[channel]]
    before = int(0.65 * fps)
    level = curve[before] + share * (curve[int(0.9 * fps) : int(1.1 * fps)].max() - curve[before])
    return 0.9 - (before + int(np.argmax(curve[before:] > level)) + 0.5) / fps


def test_rounded_lips_start_earlier_than_spread_ones_and_closures_are_nearly_in_time() -> None:
    rounded, spread = lead_into("u", "mouthPucker"), lead_into("s", "mouthLowerDownLeft")
    assert 0.045 < rounded < 0.10
    assert 0.0 < spread < rounded - 0.02
    assert 0.0 < lead_into("b", "mouthPressLeft", 0.98) < 0.02


def jaw_at_pace(pace: float) -> float:
    """How far the jaw moves for the vowels of "dadadada" when every sound takes `pace` times 80 ms."""
    length = 0.08 * pace
    phonemes = tuple(Phoneme("dɑ"[k % 2], 0.5 + k * length, 0.5 + (k + 1) * length) for k in range(12))
    seconds = 1.0 + 12 * length
    performance = act(Speech(np.zeros(int(seconds * 48_000), np.float32), phonemes), 1, int(seconds * 100), 100)
    jaw = performance.weights[:, INDEX["jawOpen"]]
    open_, closed = (
        np.median([extreme(jaw[frames_of(p, performance)]) for p in phonemes[first:9:2]])
        for first, extreme in ((3, np.max), (4, np.min))
    )
    return float(open_ - closed)


def test_fast_speech_opens_less_and_slow_speech_more() -> None:
    fast, ordinary, slow = (jaw_at_pace(p) for p in (0.75, 1.0, 1.5))
    assert 0.02 < fast < 0.8 * ordinary, "targets are undershot"
    assert ordinary < 0.8 * slow, "and reached clearly"


def test_a_short_vowel_between_closed_lips_is_seen() -> None:
    """The lips of "mum" part in it, at every phase of the frames."""
    for late_ms in range(0, 40, 8):
        at = 0.5 + late_ms / 1000
        phonemes = (
            Phoneme("m", at, at + 0.07),
            Phoneme("ʌ", at + 0.07, at + 0.14, 1),
            Phoneme("m", at + 0.14, at + 0.21),
        )
        opening = parted_mm(act(Speech(np.zeros(48_000, np.float32), phonemes), 1, 25).weights)
        assert opening[int((at + 0.06) * FPS) : int((at + 0.15) * FPS) + 1].max() > 2 * SEEN_MM


def test_sounds_of_the_tongue_leave_the_lips_alone() -> None:
    phonemes = (Phoneme("u", 0.5, 0.65), Phoneme("t", 0.65, 0.72), Phoneme("u", 0.72, 0.9))
    performance = act(Speech(np.zeros(72_000, np.float32), phonemes), 1, 37)
    pucker = performance.weights[14:21, INDEX["mouthPucker"]]
    assert pucker.min() > 0.8 * pucker.max()
    assert performance.tongue[16:18].max() > 0.6


def test_sibilants_narrow_the_jaw() -> None:
    phonemes = (Phoneme("ɑ", 0.5, 0.7), Phoneme("s", 0.7, 0.8), Phoneme("ɑ", 0.8, 1.0))
    jaw = act(Speech(np.zeros(72_000, np.float32), phonemes), 1, 37).weights[:, INDEX["jawOpen"]]
    assert jaw[17:20].min() < 0.10 < 0.3 < jaw[13:16].max()


def test_doubled_sounds_are_one() -> None:
    phonemes = (Phoneme("m", 0.5, 0.56), Phoneme("m", 0.56, 0.62))
    assert len(visemes.spans(phonemes, (1.0, 1.0))) == 1


@each_script
def test_nothing_moves_faster_than_a_face_can(i: int) -> None:
    steps = np.abs(np.diff(played(said(i)).weights, axis=0)).max(0)
    assert steps[INDEX["jawOpen"]] < 0.26
    assert steps[MOUTH].max() < 0.75


@each_script
def test_lips_do_not_quiver(i: int) -> None:
    """A turn of direction in each of three frames running, by a visible amount, is a tremble."""
    opening = np.maximum(parted_mm(played(said(i)).weights), 0)
    turns = np.sign(np.diff(opening)) * (np.abs(np.diff(opening)) > SEEN_MM)
    trembles = sum(
        a * b < 0 and b * c < 0 and c * d < 0
        for a, b, c, d in zip(turns, turns[1:], turns[2:], turns[3:], strict=False)
    )
    assert trembles == 0


def test_every_symbol_of_the_voice_is_known() -> None:
    letters = [c for c in vocabulary() if c.isalpha() and c not in "ʰʲˈˌːᵝ"]
    assert len(letters) > 60
    unknown = [c for c in letters if c not in visemes.PHONEMES]
    assert unknown == []


def test_any_symbol_at_all_can_be_acted() -> None:
    symbols = ["ã", "ɛ̃", "iː", "Ж", "あ", "?", " ", "", "ˈ", "tʰ"]
    phonemes = tuple(Phoneme(c, 0.5 + 0.1 * k, 0.6 + 0.1 * k) for k, c in enumerate(symbols))
    performance = act(Speech(np.zeros(96_000, np.float32), phonemes), 3, 50)
    assert np.isfinite(performance.weights).all()
    assert visemes.parts("ã") == visemes.PHONEMES["a"]
    assert visemes.parts("?") == ()


def test_targets_are_arkit_weights() -> None:
    for target in visemes.TARGETS.values():
        for name in target:
            assert name == "tongue" or name in INDEX or name + "Left" in INDEX
    # The 15 visemes of Oculus.
    assert set(visemes.TARGETS) == set(
        ["sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U"]
    )
    for parts in visemes.PHONEMES.values():
        for part in parts:
            assert 0 <= part.start < part.end <= 1 and part.viseme in visemes.TARGETS


def weights_in_pairs(w: NDArray[np.float32]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    return [
        (w[:, i], w[:, INDEX[n[:-4] + "Right"]])
        for i, n in enumerate(BLENDSHAPES)
        if n.endswith("Left") and n != "jawLeft" and n != "mouthLeft"
    ]


def test_the_two_sides_of_the_mouth_are_alike_but_not_equal() -> None:
    w = played(said(0)).weights
    for left, right in itertools.islice(weights_in_pairs(w), 20):
        assert np.abs(left - right).max() < 0.25
    assert np.abs(w[:, INDEX["mouthLowerDownLeft"]] - w[:, INDEX["mouthLowerDownRight"]]).max() > 0.001
