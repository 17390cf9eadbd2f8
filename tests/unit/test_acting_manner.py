"""What is heard in the voice besides words is acted, and a style, an expression or an emotion changes how."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from acted import FPS, blinks, frames_of, gap, longer, said
from judges.lips.measure import runs
from judges.mesh import parted_mm
from limelight.acting.act import act
from limelight.acting.manner import AS_USUAL, EMOTIONS, EXPRESSIONS, STYLES, Manner, manner_of
from limelight.acting.performance import INDEX, Performance
from limelight.acting.prosody import Prosody, prosody_of
from limelight.spec import SAMPLE_RATE_HZ, Acting, Emotion, Expression, TalkingStyle
from limelight.speech import pitch
from limelight.speech.types import Phoneme, Speech

SEEDS = range(6)
SMILE, BROWS, FROWN = INDEX["mouthSmileLeft"], INDEX["browInnerUp"], INDEX["browDownLeft"]
ALL: dict[str, Manner] = STYLES | EXPRESSIONS | EMOTIONS
MOST = manner_of(Acting(talking_style="expressive", expression="happy", emotion="excited"))


@functools.cache
def played(manner: Manner = AS_USUAL, seed: int = 3, fps: int = FPS) -> Performance:
    speech = longer(2, 2)
    return act(speech, seed, int(np.ceil(speech.duration_s * fps)), fps, manner)


def speed(performance: Performance) -> NDArray[np.float64]:
    """Of the head, degrees a second, per frame."""
    turned = np.degrees(performance.head.astype(np.float64))
    return np.asarray(np.linalg.norm(np.diff(turned, axis=0), axis=1) * performance.fps)


def mean_speed(manner: Manner) -> float:
    return float(np.mean([np.sqrt(np.mean(speed(played(manner, seed)) ** 2)) for seed in SEEDS]))


# The sound


def sung(hz: NDArray[np.float64], loud: NDArray[np.float64] | float = 1.0) -> NDArray[np.float32]:
    """A voice of this pitch, per sample at 48 kHz."""
    phase = 2 * np.pi * np.cumsum(hz) / SAMPLE_RATE_HZ
    sound = sum(np.sin(k * phase) / k for k in range(1, 9))
    return np.asarray(0.1 * loud * sound, np.float32)


def vowels(hz: list[float], end_hz: float, loud: list[float] | None = None, stress: int = 1) -> Speech:
    """A vowel of 0.2 s at each pitch with a short `n` between, after half a second of silence; the last glides."""
    quiet = np.zeros(SAMPLE_RATE_HZ // 2, np.float32)
    parts, phonemes, t = [quiet], [], 0.5
    for i, height in enumerate(hz):
        n = int(0.2 * SAMPLE_RATE_HZ)
        glide = np.linspace(height, end_hz if i == len(hz) - 1 else height, n)
        parts += [sung(np.full(n // 4, height), 0.3), sung(glide, loud[i] if loud else 1.0)]
        phonemes += [Phoneme("n", t, t + 0.05), Phoneme("ɑ", t + 0.05, t + 0.25, stress)]
        t += 0.25
    return Speech(np.concatenate([*parts, quiet, quiet, quiet]), tuple(phonemes))


@pytest.mark.parametrize("hz", (82, 123.4, 210, 333, 470))
def test_the_pitch_of_a_voice_is_heard(hz: float) -> None:
    found = pitch.f0_hz(sung(np.full(SAMPLE_RATE_HZ, hz)))
    assert np.isfinite(found).mean() > 0.95
    assert np.nanmedian(found) == pytest.approx(hz, rel=0.005)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, SAMPLE_RATE_HZ).astype(np.float32)
    assert np.isfinite(pitch.f0_hz(noise)).mean() < 0.1
    assert np.isnan(pitch.semitones(np.zeros(SAMPLE_RATE_HZ, np.float32))).all()
    assert pitch.semitones(np.zeros(0, np.float32)).shape == (0,)


def test_a_glide_is_followed_without_delay() -> None:
    hz = np.linspace(120, 240, 2 * SAMPLE_RATE_HZ)
    found = pitch.f0_hz(sung(hz))
    at = (np.arange(len(found)) + 0.5) * pitch.HOP_S
    assert np.nanmedian(np.abs(found - np.interp(at, np.arange(len(hz)) / SAMPLE_RATE_HZ, hz))) < 1.0


def strengths(speech: Speech) -> list[float]:
    return [a.strength for a in prosody_of(speech).accents]


def test_a_higher_word_is_a_stronger_accent() -> None:
    level = strengths(vowels([200, 200, 200, 200, 200], 200))
    higher = strengths(vowels([200, 200, 270, 200, 200], 200))
    assert higher[2] > level[2] + 0.25 and higher[2] == max(higher)
    assert higher[1] == pytest.approx(level[1], abs=0.15)


def test_a_louder_word_is_a_stronger_accent() -> None:
    plain = strengths(vowels([200] * 5, 200))
    louder = strengths(vowels([200] * 5, 200, [1, 1, 2.0, 1, 1]))
    assert louder[2] > plain[2] + 0.15 and louder[2] == max(louder)


def test_accents_are_heard_where_no_stress_is_marked() -> None:
    """A recording's marks are coarse: what stands out is an accent without one."""
    (found,) = prosody_of(vowels([200, 200, 300, 200, 200], 200, [1, 1, 1.8, 1, 1], stress=0)).accents
    assert found.at_s == pytest.approx(1.15, abs=0.02)
    assert prosody_of(vowels([200] * 5, 200, stress=0)).accents == ()


def test_a_silent_sound_with_phonemes_is_acted() -> None:
    """Accents are rated by their length then, and no tune is known."""
    heard = prosody_of(replace(vowels([200] * 5, 200), samples=np.zeros(3 * SAMPLE_RATE_HZ, np.float32)))
    assert [a.strength for a in heard.accents[:4]] == pytest.approx([0.4] * 4)
    assert heard.boundary_tones == (0.0,)


def tune(speech: Speech) -> float:
    return prosody_of(speech).boundary_tones[-1]


def test_tunes_are_told_apart() -> None:
    assert tune(vowels([200] * 4, 150)) < -0.5
    assert tune(vowels([200] * 4, 300)) > 0.5
    assert abs(tune(vowels([200] * 4, 200))) < 0.15


def test_a_question_lifts_head_and_brows_and_a_statement_lowers_the_head() -> None:
    asked, stated = vowels([200] * 6, 300), vowels([200] * 6, 150)
    end = int(2.0 * FPS)
    heads, brows = [], []
    for seed in range(8):
        up, down = (act(s, seed, int(s.duration_s * FPS)) for s in (asked, stated))
        heads.append(np.degrees(down.head[end + 10, 1] - up.head[end + 10, 1]))
        brows.append(up.weights[end, BROWS] - down.weights[end, BROWS])
    assert np.mean(heads) > 0.8
    assert np.mean(brows) > 0.08


def test_stronger_accents_get_deeper_nods_and_higher_brows() -> None:
    """On real speech: the stronger half of the accents moves head and brows more."""
    speech = longer(3, 3)
    accents = prosody_of(speech).accents
    middle = float(np.median([a.strength for a in accents]))
    nods: dict[bool, list[float]] = {False: [], True: []}
    brows: dict[bool, list[float]] = {False: [], True: []}
    for seed in range(8):
        p = act(speech, seed, int(speech.duration_s * FPS))
        down, brow = np.degrees(p.head[:, 1]), p.weights[:, BROWS]
        for a in accents:
            at = int(a.at_s * FPS)
            if 12 < at < len(p) - 30:
                nods[a.strength > middle].append(down[at] - (down[at - 9] + down[at + 9]) / 2)
                brows[a.strength > middle].append(brow[at] - (brow[at - 10] + brow[at + 12]) / 2)
    assert np.mean(nods[True]) > 1.5 * np.mean(nods[False]) > 0
    assert np.mean(brows[True]) > np.mean(brows[False]) + 0.01


def test_breath_is_taken_before_a_phrase_with_closed_lips() -> None:
    speech = Speech.join([Speech.silence(6.0), said(2)])
    start = 6.0 + said(2).phonemes[0].start_s
    rises, lifts = [], []
    for seed in SEEDS:
        p = act(speech, seed, int(speech.duration_s * FPS))
        before, at = int((start - 0.55) * FPS), int((start - 0.05) * FPS)
        rises.append(p.breath[at] - p.breath[before])
        lifts.append(p.body[at, 0])
        assert parted_mm(p.weights[before : int((start - 0.12) * FPS)]).max() <= 0
    assert np.mean(rises) > 0.6
    assert min(lifts) > 0.0005


# The manner


def test_every_value_of_a_request_has_its_manner() -> None:
    assert set(STYLES) == set(get_args(TalkingStyle))
    assert set(EXPRESSIONS) == set(get_args(Expression))
    assert set(EMOTIONS) == set(get_args(Emotion))
    assert manner_of(Acting()) == AS_USUAL
    assert len(set(ALL.values())) == len(ALL)


def test_stable_moves_less_than_usual_and_expressive_more() -> None:
    stable, usual, expressive = (mean_speed(m) for m in (STYLES["stable"], AS_USUAL, STYLES["expressive"]))
    assert usual > 1.3 * stable and expressive > 1.25 * usual
    assert stable > 0.8  # calm, not frozen
    assert mean_speed(EMOTIONS["soothing"]) < 0.75 * usual < 0.75 * mean_speed(EMOTIONS["excited"])


def average(manner: Manner, weight: int) -> float:
    return float(np.mean([played(manner, seed).weights[:, weight].mean() for seed in SEEDS]))


def test_moods_show_in_smile_and_brows() -> None:
    smiles = {name: average(m, SMILE) for name, m in ALL.items()}
    assert smiles["happy"] > smiles["excited"] > smiles["friendly"] > smiles["soothing"] > smiles["default"] + 0.04
    assert smiles["serious"] < smiles["default"] - 0.05
    brows = {name: average(m, BROWS) - average(m, FROWN) for name, m in ALL.items()}
    assert brows["excited"] > brows["expressive"] > brows["default"] > brows["stable"] > brows["serious"]
    assert brows["serious"] > -0.25  # not angry


def test_a_happy_smile_reaches_the_eyes() -> None:
    happy, usual = played(EXPRESSIONS["happy"]).weights, played().weights
    for name in ("cheekSquintLeft", "eyeSquintRight"):
        assert happy[:, INDEX[name]].mean() > usual[:, INDEX[name]].mean() + 0.12


@pytest.mark.parametrize("manner", (EXPRESSIONS["happy"], MOST), ids=("happy", "most"))
@pytest.mark.parametrize("i", range(4))
def test_a_smile_leaves_the_sounds_to_the_lips(manner: Manner, i: int) -> None:
    speech = said(i)
    smiling, usual = (act(speech, 7, int(np.ceil(speech.duration_s * FPS)), FPS, m) for m in (manner, AS_USUAL))
    assert np.abs(gap(smiling.weights) - gap(usual.weights)).max() < 1e-6
    for p in speech.phonemes:
        part = smiling.weights[frames_of(p, smiling, 0)]
        if p.symbol in "pbm" and len(part):
            assert part[:, SMILE].min() < 0.25
        if p.symbol in "uw" and len(part):
            assert part[:, SMILE].min() < 0.35


@pytest.mark.parametrize("manner", [*ALL.values(), MOST], ids=[*ALL, "most"])
def test_no_manner_jumps_or_goes_too_far(manner: Manner) -> None:
    for seed in SEEDS:
        p = played(manner, seed)
        degrees = np.degrees(p.head)
        assert np.abs(np.diff(degrees, axis=0)).max() < 1.7
        assert (np.abs(degrees).max(0) <= (6.5, 4.5, 3.2)).all()
        assert p.weights.min() >= -0.5 and p.weights.max() <= 1
        slow = p.weights[:, [BROWS, FROWN, INDEX["cheekSquintLeft"]]]
        assert np.abs(np.diff(slow, axis=0)).max() < 0.16
        still = runs(speed(p)[FPS:-FPS] < 0.1)
        assert max((b - a for a, b in still), default=0) < 10


@pytest.mark.parametrize("manner", [*ALL.values(), MOST], ids=[*ALL, "most"])
def test_scenes_of_one_manner_join_without_a_jump(manner: Manner) -> None:
    """Also where one speaks and the other listens: the same pose, the same face."""
    ends = [played(manner).weights[-1], act(Speech.silence(3), 5, 75, FPS, manner).weights[0]]
    assert np.abs(ends[0] - ends[1]).max() < 0.06
    assert np.abs(np.degrees(played(manner).head[[0, -1]])).max() < 0.02


def test_joins_are_no_return_to_attention() -> None:
    """The head does not hurry home: in the last second it is slower than before."""
    ends, inside = [], []
    for seed in range(12):
        v = speed(played(seed=seed))
        ends.append(np.mean(v[-FPS:] ** 2))
        inside.append(np.mean(v[FPS:-FPS] ** 2))
    assert np.sqrt(np.mean(ends)) < 0.85 * np.sqrt(np.mean(inside))


def test_who_is_serious_blinks_seldom_and_looks_straight() -> None:
    minutes = 6
    blinking, straying = {}, {}
    for name in ("default", "serious", "broadcaster"):
        p = act(Speech.silence(60 * minutes), 4, 60 * minutes * FPS, FPS, ALL[name])
        blinking[name] = len(blinks(p)) / minutes
        straying[name] = (np.hypot(*(p.gaze + np.degrees(p.head[:, :2])).T) > 2.0).mean()
    assert 9 <= blinking["serious"] < 0.85 * blinking["default"]
    assert straying["broadcaster"] < straying["serious"] < straying["default"]


# The halves of the face, and the listener


def test_lids_do_not_fall_at_the_same_moment() -> None:
    p = act(Speech.silence(60), 5, 60 * 500, 500)
    left, right = (p.weights[:, INDEX["eyeBlink" + side]] for side in ("Left", "Right"))
    closed = [np.array([a for a, _ in runs(lid > 0.5)]) for lid in (left, right)]
    assert len(closed[0]) == len(closed[1]) >= 10
    apart_ms = 1000 * np.abs(closed[0] - closed[1]) / 500
    assert 5 < np.median(apart_ms) < 20 and apart_ms.max() <= 22


def test_a_listener_nods_holds_the_head_aslant_and_smiles() -> None:
    nods, tilts = 0, []
    for seed in SEEDS:
        p = act(Speech.silence(40), seed, 40 * FPS)
        down = np.degrees(p.head[:, 1])
        peaks = [i for i in range(10, len(p) - 10) if down[i] == down[i - 10 : i + 11].max()]
        nods += sum(down[i] - down[i - 10 : i + 11].min() > 0.5 for i in peaks)
        tilts.append(np.abs(np.degrees(p.head[FPS * 3 : -FPS * 3, 2])).mean())
        smile = p.weights[FPS * 2 : -FPS * 2, SMILE]
        assert 0.06 < smile.mean() < 0.25
    assert 4 <= nods / (len(SEEDS) * 40 / 60) <= 25
    assert np.mean(tilts) > 0.5


def test_prosody_of_nothing() -> None:
    assert prosody_of(Speech.silence(2)) == Prosody((), (), (), (), ())
