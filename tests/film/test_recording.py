"""Recordings as a scene's speech: the phonemes that are heard and when, what is not speech, and how loud it gets."""

from __future__ import annotations

import functools
import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from limelight.acting.visemes import PHONEMES
from limelight.media.decode import read_sound
from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech import audio
from limelight.speech.recording import transcribe
from limelight.speech.types import Phoneme, Speech
from places import DATA
from speech_samples import spoken, true_peak_dbtp

Samples = NDArray[np.float32]

#: Lips that meet are what viewers see.
SCRIPT = "My mother bought a big map in Boston. Peter might keep simple maps by his bed. Maybe people picked it up."
BILABIALS = frozenset("pbm")
#: Those of IPA's chart, and misaki's letters for diphthongs.
VOWELS = frozenset("iyɨʉɯuɪʏʊeøɘɵɤoəɛœɜɞʌɔæɐaɶɑɒɚᵻ" + "AIOQWY")
FRAME_S = 0.04
#: Lips are shut until 120 ms before a sound and from 120 ms after it (docs/quality.md): a film that begins nearer to
#: one begins with an open mouth. Nobody waits for a third of a second.
ROOM_S, WAIT_S = 0.12, 0.33
#: Of all voices (docs/voices.md), which recordings stand beside; the greatest true peak of EBU R 128.
LOUDNESS_LUFS, TRUE_PEAK_DBTP = -16.0, -1.0
#: A room that is this much below speech is heard as less than half as loud.
BEHIND_SPEECH_DB = 15.0
#: A reader of LibriVox (public domain), and what is said when: aligned to the words, [symbol, start, end].
READERS = ("librivox", "sonnet")


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), np.float32)


def noise(seconds: float, level: float = 0.1) -> Samples:
    samples = np.random.default_rng(5).normal(0, level, round(seconds * SAMPLE_RATE_HZ))
    return np.clip(samples, -1, 1).astype(np.float32)


def music(seconds: float) -> Samples:
    """Chords of an organ: four notes with their partials, changed every half second."""
    t = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    out = np.zeros_like(t)
    for bar, root in enumerate((220.0, 174.6, 130.8, 196.0, 220.0, 174.6, 130.8, 196.0)):
        inside = (t >= 0.5 * bar) & (t < 0.5 * bar + 0.5)
        for ratio in (1, 1.26, 1.5, 2):
            for partial in range(1, 7):
                out[inside] += np.sin(2 * np.pi * root * ratio * partial * t[inside]) / partial**1.5
    return (0.05 * out).astype(np.float32)


@functools.cache
def known() -> tuple[Samples, tuple[Phoneme, ...]]:
    """Speech with half a second of silence before and after it, and what is said in it when."""
    whole = Speech.join((Speech.silence(0.5), spoken(SCRIPT), Speech.silence(0.5)))
    return whole.samples, whole.phonemes


@functools.cache
def heard() -> Speech:
    return transcribe(known()[0])


def brief() -> Samples:
    """Two seconds: a greeting."""
    return spoken().samples[: 2 * SAMPLE_RATE_HZ].copy()


@functools.cache
def reader(name: str = READERS[0]) -> tuple[Samples, tuple[Phoneme, ...]]:
    """A person's speech, and what is said in it when."""
    file = DATA / f"{name}.flac"
    said = json.loads(file.with_suffix(".json").read_text("utf-8"))
    return read_sound(file), tuple(Phoneme(symbol, start, end) for symbol, start, end in said)


@functools.cache
def read(name: str = READERS[0]) -> Speech:
    return transcribe(reader(name)[0])


def encoded(path: Path, samples: Samples, codec: str, rate: int, bit_rate: int) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = bit_rate
        sound = audio.resample(samples, SAMPLE_RATE_HZ, rate)
        frame = av.AudioFrame.from_ndarray(sound[None], "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        resampler = av.AudioResampler(stream.format, "mono", rate, stream.codec_context.frame_size or 1024)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return path


def middle(p: Phoneme) -> float:
    return (p.start_s + p.end_s) / 2


def test_lips_meet_when_they_are_heard_to_meet() -> None:
    said = [p for p in known()[1] if p.symbol in BILABIALS]
    found = [p for p in heard().phonemes if p.symbol in BILABIALS]
    assert len(said) > 20
    near = [min(abs(middle(p) - middle(q)) for q in found) for p in said]
    hits = np.mean(np.array(near) < 0.06)
    right = np.mean([min(abs(middle(p) - middle(q)) for q in said) < 0.06 for p in found])
    assert hits >= 0.8, f"{hits:.0%} of {len(said)} p b m are heard within 60 ms"
    assert right >= 0.8, f"{right:.0%} of {len(found)} that are heard are said"


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(("symbols", "least"), [("pbm", 0.87), ("fv", 0.55)])
def test_a_person_s_lips_meet_when_they_are_heard_to_meet(name: str, symbols: str, least: float) -> None:
    said = [p for p in reader(name)[1] if p.symbol in symbols]
    found = [p for p in read(name).phonemes if p.symbol in symbols]

    def share(some: list[Phoneme], others: list[Phoneme]) -> float:
        return float(np.mean([any(abs(middle(p) - middle(q)) < 0.06 for q in others) for p in some]))

    assert len(said) >= 5
    assert share(said, found) >= least, f"of {len(said)} that are said"
    assert share(found, said) >= 0.7, f"of {len(found)} that are heard"


@pytest.mark.parametrize("name", READERS)
def test_a_person_s_mouth_opens_when_it_is_heard_to_open(name: str) -> None:
    """The lag at which open and shut, as heard and as said, go together best; within half a frame."""

    def opening(phonemes: tuple[Phoneme, ...]) -> NDArray[np.float64]:
        out = np.zeros(round(reader(name)[0].size / SAMPLE_RATE_HZ * 200))
        for p in phonemes:
            out[round(200 * p.start_s) : round(200 * p.end_s)] = 1.0 if p.symbol in VOWELS else 0.3
        return out - out.mean()

    said, found = opening(reader(name)[1]), opening(read(name).phonemes)
    lags = range(-40, 41)
    best = max(lags, key=lambda lag: float(np.roll(found, lag) @ said))
    assert abs(best / 200) <= FRAME_S / 2


@pytest.mark.parametrize(
    ("name", "codec", "rate", "bit_rate"),
    [
        ("s.mp3", "libmp3lame", 44_100, 64_000),
        ("s.m4a", "aac", 44_100, 64_000),
        ("s.ogg", "libopus", 48_000, 48_000),
        ("s.webm", "libopus", 48_000, 32_000),
        ("s.flac", "flac", 44_100, 0),
        ("s.wav", "pcm_s16le", 8_000, 0),
    ],
)
def test_speech_in_every_format_moves_the_same_lips_at_the_same_time(
    name: str, codec: str, rate: int, bit_rate: int, tmp_path: Path
) -> None:
    samples = reader()[0][: 8 * SAMPLE_RATE_HZ]
    plain = transcribe(samples).phonemes
    coded = transcribe(read_sound(encoded(tmp_path / name, samples, codec, rate, bit_rate))).phonemes
    same = [(p, q) for p in plain for q in coded if p.symbol == q.symbol and abs(middle(p) - middle(q)) < 0.08]
    assert len(same) > (0.8 if rate > 8_000 else 0.6) * len(plain)
    assert abs(np.median([middle(q) - middle(p) for p, q in same])) < 0.01
    closed = [[p for p in found if p.symbol in BILABIALS] for found in (plain, coded)]
    assert abs(len(closed[0]) - len(closed[1])) <= (2 if rate > 8_000 else 4)


def test_speech_begins_and_ends_when_it_is_heard() -> None:
    said, found = known()[1], heard().phonemes
    assert found[0].start_s == pytest.approx(said[0].start_s, abs=0.1)
    assert found[-1].end_s == pytest.approx(said[-1].end_s, abs=0.15)


def test_mouths_open_on_vowels_and_not_in_pauses() -> None:
    """Sampled by film frames: where a vowel is said one is heard, and where nothing is said nothing is."""

    def spoken_at(phonemes: tuple[Phoneme, ...], symbols: frozenset[str] | None = None) -> NDArray[np.bool_]:
        out = np.zeros(round(known()[0].size / SAMPLE_RATE_HZ / FRAME_S), bool)
        for p in phonemes:
            if symbols is None or p.symbol in symbols:
                out[round(p.start_s / FRAME_S) : round(p.end_s / FRAME_S)] = True
        return out

    said, found = spoken_at(known()[1], VOWELS), spoken_at(heard().phonemes, VOWELS)
    assert said.sum() > 20
    assert found[said].mean() > 0.7
    quiet = ~spoken_at(known()[1])
    assert quiet.sum() > 20
    assert spoken_at(heard().phonemes)[quiet].mean() < 0.15


def test_phonemes_are_in_order_and_within_the_sound() -> None:
    speech = heard()
    assert {p.symbol for p in speech.phonemes} <= set(PHONEMES), "each has a shape of the mouth"
    assert all(0 <= p.start_s < p.end_s <= speech.duration_s for p in speech.phonemes)
    assert all(p.end_s <= q.start_s + 1e-6 for p, q in zip(speech.phonemes, speech.phonemes[1:], strict=False))
    assert {p.stress for p in speech.phonemes} == {0, 1}
    assert all(p.symbol in VOWELS for p in speech.phonemes if p.stress)
    assert speech.words == ()


def test_the_same_recording_gives_the_same_speech() -> None:
    first, again = brief(), brief()
    one = transcribe(first)
    transcribe(noise(0.5))
    two = transcribe(again)
    assert np.array_equal(first, brief()), "what comes in is left alone"
    assert one.phonemes == two.phonemes and len(one.phonemes) > 8
    assert np.array_equal(one.samples, two.samples)


@pytest.mark.parametrize(
    "sound",
    [silence(3), noise(1), noise(1, 0.0005), music(2), np.full(48_000, 0.3, np.float32)],
    ids=["silence", "noise", "faint noise", "music", "offset"],
)
def test_nobody_mimes_to_what_is_not_speech(sound: Samples) -> None:
    speech = transcribe(sound)
    assert speech.phonemes == ()
    assert len(speech.samples) == len(sound)


def test_speech_after_music_is_heard_and_the_music_is_not() -> None:
    said = [p for p in spoken().phonemes if p.end_s < 2]
    found = transcribe(np.concatenate([music(2), silence(0.4), brief()])).phonemes
    assert not [p for p in found if middle(p) < 2]
    assert sum(middle(p) > 2.4 + said[0].start_s - 0.1 for p in found) > 0.6 * len(said)


@pytest.mark.parametrize("gain", [0.05, 4.0])
def test_recordings_are_brought_to_the_film_s_loudness(gain: float) -> None:
    """Faint ones, and ones that were recorded too loud and clipped."""
    speech = transcribe(np.clip(brief() * gain, -1, 1).astype(np.float32))
    assert audio.loudness_lufs(speech.samples) == pytest.approx(LOUDNESS_LUFS, abs=0.5)
    assert true_peak_dbtp(speech.samples) <= TRUE_PEAK_DBTP + 0.01
    assert len(speech.phonemes) > 8


def test_an_empty_room_does_not_roar() -> None:
    faint = noise(0.5, 0.0005)
    before, after = (audio.loudness_lufs(s) for s in (faint, transcribe(faint).samples))
    assert before < after <= LOUDNESS_LUFS - BEHIND_SPEECH_DB
    inaudible = noise(1, 1e-5)
    assert np.abs(transcribe(inaudible).samples).max() <= np.abs(inaudible).max()
    assert not transcribe(silence(1)).samples.any()


def test_the_mouth_has_time_before_the_first_sound_and_after_the_last() -> None:
    said = spoken()
    cut = slice(*(round(t * SAMPLE_RATE_HZ) for t in (said.phonemes[0].start_s, said.phonemes[-1].end_s)))
    speech = transcribe(said.samples[cut])
    added_s = speech.duration_s - (cut.stop - cut.start) / SAMPLE_RATE_HZ
    assert ROOM_S < added_s < 2 * WAIT_S
    assert ROOM_S < speech.phonemes[0].start_s < WAIT_S
    assert ROOM_S < speech.duration_s - speech.phonemes[-1].end_s < WAIT_S
    # The sound moved with its phonemes, and no edge clicks.
    loud = np.flatnonzero(np.abs(speech.samples) > 0.03)
    assert loud[0] / SAMPLE_RATE_HZ == pytest.approx(speech.phonemes[0].start_s, abs=0.1)
    assert np.abs(np.diff(speech.samples)).max() < 2 * np.abs(np.diff(said.samples)).max() + 0.05


def test_a_recording_that_has_room_around_it_is_not_moved() -> None:
    samples, speech = known()[0], heard()
    assert len(speech.samples) == len(samples)
    middle_of_it = slice(SAMPLE_RATE_HZ, -SAMPLE_RATE_HZ)
    alike = np.corrcoef(samples[middle_of_it], speech.samples[middle_of_it])[0, 1]
    assert alike > 0.98


@pytest.mark.parametrize("count", [0, 1, 2, 100, 960, 4_800])
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_very_short_sounds_stay_as_long_as_they_are(count: int, level: float) -> None:
    speech = transcribe((level * np.sin(np.arange(count) / 9)).astype(np.float32))
    assert speech.samples.dtype == np.float32 and speech.samples.ndim == 1
    assert len(speech.samples) == count
    assert np.isfinite(speech.samples).all()
    assert speech.phonemes == ()


def test_a_recording_with_an_offset_is_heard() -> None:
    speech = transcribe((brief() * 0.5 + 0.4).astype(np.float32))
    assert np.isfinite(speech.samples).all()
    assert true_peak_dbtp(speech.samples) <= 0
    assert len(speech.phonemes) > 8
