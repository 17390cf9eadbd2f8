"""Sound: loudness, peaks, pitch, length, pauses and joins."""

import numpy as np
import pytest

from judges.pitch import f0_hz
from limelight.catalog.voices import DEFAULT_FEMALE
from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech import audio, vocoder
from limelight.speech.audio import fade, limited, loudness_lufs, loudness_normalised, resample, semitones, stretch
from limelight.speech.types import Speech
from speech_samples import spoken, spoken_by, true_peak_dbtp


def noise(seconds, seed=1):
    return np.random.default_rng(seed).standard_normal(round(seconds * SAMPLE_RATE_HZ)).astype(np.float32)


def speech_like(seconds):
    """Bursts with a crest factor like a deep voice's: the limiter has much to do."""
    sound = np.zeros(round(seconds * SAMPLE_RATE_HZ), np.float32)
    decay = np.exp(-np.arange(480) / 60) * np.sin(np.arange(480) / 7)
    for at in range(0, len(sound) - 480, 480):
        sound[at : at + 480] += decay * (1 if at // 24_000 % 3 else 0.1)
    return sound


@pytest.mark.parametrize("rate_hz", [SAMPLE_RATE_HZ, 24_000])
@pytest.mark.parametrize(("level_dbfs", "hz", "expected_lufs"), [(-20, 997, -23), (-40, 997, -43), (-20, 100, -24.8)])
def test_loudness_is_that_of_the_standard(rate_hz, level_dbfs, hz, expected_lufs):
    """ITU-R BS.1770-4: a sine of 997 Hz at full scale in one channel is at −3.01 LUFS, a deep one below that."""
    tone = np.sin(2 * np.pi * hz * np.arange(30 * rate_hz) / rate_hz) * 10 ** (level_dbfs / 20)
    assert loudness_lufs(tone.astype(np.float32), rate_hz) == pytest.approx(expected_lufs, abs=0.1)
    gated = np.concatenate([tone, np.zeros(20 * rate_hz)]).astype(np.float32)
    assert loudness_lufs(gated, rate_hz) == pytest.approx(expected_lufs, abs=0.2), "silence does not count"


@pytest.mark.parametrize("gain", [0.02, 0.3, 3.0])
def test_loudness_and_peaks_do_not_depend_on_the_level(gain):
    out = loudness_normalised(speech_like(4) * np.float32(gain))
    assert loudness_lufs(out) == pytest.approx(-16, abs=0.2)
    assert true_peak_dbtp(out) < -1


def test_the_limiter_leaves_quiet_sound_alone():
    quiet = noise(1) * np.float32(0.05)
    assert np.array_equal(limited(quiet), quiet)


def test_the_limiter_catches_peaks_between_samples():
    # A sine at a quarter of the rate, sampled off its tops: the samples stay 3 dB below the true peak.
    sine = np.sin(np.pi / 2 * np.arange(SAMPLE_RATE_HZ) + np.pi / 4).astype(np.float32)
    assert np.abs(sine).max() < 0.71
    out = limited(sine * np.float32(1.2))
    middle = out[2000:-2000]
    assert true_peak_dbtp(middle) < -1
    assert np.ptp(np.abs(middle)) < 1e-3, "a steady tone is turned down steadily, not clipped"


def test_long_sounds_are_limited_without_seams():
    long = noise(21) * np.float32(0.6)
    assert np.array_equal(
        limited(long)[: 5 * SAMPLE_RATE_HZ], limited(long[: 6 * SAMPLE_RATE_HZ])[: 5 * SAMPLE_RATE_HZ]
    )
    assert true_peak_dbtp(limited(long)) < -1


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.1, 0.39, 0.41])
def test_short_sounds_are_handled(seconds):
    out = loudness_normalised(noise(seconds))
    assert len(out) == round(seconds * SAMPLE_RATE_HZ)
    assert np.isfinite(out).all()
    if seconds >= 0.1:
        assert loudness_lufs(out) == pytest.approx(-16, abs=1)
        assert true_peak_dbtp(out) < -1


def test_silence_stays_silence():
    assert not np.any(loudness_normalised(np.zeros(SAMPLE_RATE_HZ, np.float32)))


def test_a_short_text_is_spoken():
    speech = spoken("Oh!")
    assert np.isfinite(speech.samples).all()
    assert true_peak_dbtp(speech.samples) < -1
    assert loudness_lufs(speech.samples) > -25


def test_resampling_keeps_length_and_place():
    click = np.zeros(24_001, np.float32)
    click[12_000] = 1
    out = resample(click, 24_000)
    assert len(out) == 48_002
    assert np.argmax(np.abs(out)) == 24_000


def test_fades_end_in_silence():
    out = np.ones(4800, np.float32)
    fade(out, SAMPLE_RATE_HZ, 0.005, 0.03)
    assert max(out[0], out[-1]) < 0.01
    assert out[2400] == 1


@pytest.mark.parametrize(("pitch", "expected"), [(0, 0), (20, 8), (50, 8), (10, 4), (-20, -7), (-50, -7)])
def test_pitch_of_the_wire_in_semitones(pitch, expected):
    assert semitones(pitch) == pytest.approx(expected)
    assert semitones(-20, lowest=-2) == pytest.approx(-2), "a deep voice stays understandable"


@pytest.mark.parametrize("speed", [0.5, 0.67, 1.0, 1.54, 2.0])
def test_stretching_has_the_asked_length_and_keeps_times(speed):
    clicks = np.zeros(72_000, np.float32)
    clicks[24_000:24_240] = clicks[48_000:48_240] = np.hanning(240) * np.sin(np.arange(240) * 0.3)
    out = stretch(clicks, 24_000, speed=speed, semitones=2)
    assert len(out) == round(72_000 / speed)
    scale = len(out) / len(clicks)
    energy = np.convolve(out**2, np.ones(240), "same")
    half = round(36_000 * scale)
    for place, begin, end in ((24_120, 0, half), (48_120, half, len(out))):
        at = round(place * scale)
        assert begin + np.argmax(energy[begin:end]) == pytest.approx(at, abs=0.0013 * 24_000)
        around = out[at - 360 : at + 360]
        assert np.sum(around**2) > 0.98 * np.sum(out[begin:end] ** 2), "what happens at once is not smeared"
    assert np.array_equal(out, stretch(clicks, 24_000, speed=speed, semitones=2)), "the same every time"


@pytest.mark.parametrize("rate_hz", [24_000, 16_000])
@pytest.mark.parametrize(("speed", "semitones"), [(0.5, 0), (1.01, 0), (2.0, 0), (1.0, 8), (1.0, -7), (1.5, 3)])
def test_a_stretched_tone_is_the_same_tone(rate_hz, speed, semitones):
    """Its harmonics stay where they are, or move as asked, at their level, and nothing is heard between them."""
    time_s = np.arange(2 * rate_hz) / rate_hz
    partials = [(110 * k, 0.2 / k) for k in range(1, 20)]
    tone = np.sum([level * np.cos(2 * np.pi * hz * time_s + hz) for hz, level in partials], axis=0).astype(np.float32)
    out = stretch(tone, rate_hz, speed=speed, semitones=semitones)
    middle = out[len(out) // 4 : len(out) // 4 + rate_hz // 2]
    spectrum = np.abs(np.fft.rfft(middle * np.blackman(len(middle)))) / (0.21 * len(middle))
    hz = np.fft.rfftfreq(len(middle), 1 / rate_hz)
    between = np.ones(len(hz), bool)
    for at, level in partials:
        near = np.abs(hz - at * 2 ** (semitones / 12)) < 12
        # A peak between two bins looks lower by up to 1.1 dB.
        assert 20 * np.log10(spectrum[near].max() / level) == pytest.approx(0, abs=1.2)
        between &= ~near
    assert 20 * np.log10(spectrum[between].max() / 0.2) < -45


def test_the_shortest_sounds_are_stretched_too():
    for length in (0, 1, 2, 100):
        sound = np.ones(length, np.float32)
        for speed in (0.6, 1.4):
            out = stretch(sound, 24_000, speed=speed, semitones=-7)
            assert len(out) == round(length / speed)
            assert np.isfinite(out).all()
    assert not stretch(np.zeros(5000, np.float32), 24_000, speed=0.7).any(), "silence stays silence"


def test_pitch_moves_the_voice_and_not_its_time():
    low, plain, high = (spoken_by(DEFAULT_FEMALE, "Good morning, everyone.", pitch=p) for p in (-10, 0, 10))
    assert len(low.samples) == len(high.samples)
    assert low.words == high.words
    medians = [float(np.median(f0_hz(s.samples, SAMPLE_RATE_HZ))) for s in (low, plain, high)]
    assert medians[0] < 0.9 * medians[1] < medians[1] < 0.9 * medians[2]
    assert 12 * np.log2(medians[2] / medians[0]) == pytest.approx(semitones(10) - semitones(-10), abs=1)


def test_a_break_adds_exactly_its_time():
    plain = spoken("Wait for me. Now we can go.")
    broken = spoken('Wait for me. <break time="1.5s"/> Now we can go.')
    assert len(broken.samples) - len(plain.samples) == 1.5 * SAMPLE_RATE_HZ
    assert broken.words[3].start_s - plain.words[3].start_s == pytest.approx(1.5, abs=1e-9)
    assert broken.words[2] == plain.words[2]
    ends = spoken('<break time="500ms"/>Wait for me. Now we can go.<break time="1s"/>')
    assert len(ends.samples) - len(plain.samples) == 1.5 * SAMPLE_RATE_HZ
    assert ends.words[0].start_s - plain.words[0].start_s == pytest.approx(0.5, abs=1e-9)


def test_pauses_and_margins_feel_natural():
    speech = spoken("Wait for me. Now we can go.")
    assert 0.25 <= speech.words[3].start_s - speech.words[2].end_s <= 0.45
    assert 0.15 <= speech.words[0].start_s <= 0.25
    assert 0.4 <= speech.duration_s - speech.words[-1].end_s <= 0.5


def test_joins_do_not_click():
    """No jump between samples in the pauses, once the last echo is over, and true silence in their middle."""
    speech = spoken("Wait for me. Now we can go.")
    a, b = (round(t * SAMPLE_RATE_HZ) for t in (speech.words[2].end_s, speech.words[3].start_s))
    assert np.abs(np.diff(speech.samples[a + 2880 : b - 1920])).max() < 0.002
    assert not np.any(speech.samples[(a + b) // 2 - 480 : (a + b) // 2 + 480])


def test_only_a_pause_is_silence():
    speech = spoken('<break time="2s"/>')
    assert 2 + 2 * 0.12 <= speech.duration_s < 3, "the pause, and room for the mouth before and after it"
    assert not np.any(speech.samples)
    assert not speech.words


def test_joining_shifts_by_whole_samples():
    parts = [spoken("Wait for me. Now we can go."), Speech.silence(0.1)]
    joined = Speech.join([parts[1], parts[0]])
    assert joined.words[0].start_s == pytest.approx(parts[0].words[0].start_s + 0.1, abs=1e-9)
    assert audio.loudness_lufs(joined.samples) == pytest.approx(-16, abs=0.5)


def test_a_long_sound_is_stretched_in_parts_that_nobody_hears(monkeypatch):
    """So that memory does not grow with a sentence's length: the samples are the same, whatever is done at once."""
    sound = noise(1.0)[:24_000]
    whole = stretch(sound, 24_000, speed=0.7, semitones=3)
    monkeypatch.setattr(vocoder, "_AT_ONCE", 7)
    assert np.array_equal(stretch(sound, 24_000, speed=0.7, semitones=3), whole)
