"""The voices on offer: their ids, and that each is English, can be told apart and is understood."""

import itertools
import json
import re

import numpy as np
import pytest

from judges.formants import apart_bark, f3_hz, formants
from judges.pitch import f0_hz
from judges.whisper import language_probability, transcribe, word_error_rate
from limelight.catalog.voices import (
    DEFAULT_FEMALE,
    DEFAULT_MALE,
    MEASURES,
    default_voice,
    shipped_voices,
    voice,
    voice_named,
    voices,
)
from limelight.errors import VoiceNotFound
from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech.audio import loudness_lufs
from limelight.speech.measure import LENGTHS, log_pace, predicted_timing
from limelight.speech.saying import saying
from limelight.speech.script import read_script
from speech_samples import SENTENCES, spoken, true_peak_dbtp

IDS_IN_DOCUMENTS = {
    "1bd001e7e50f421d891986aad5158bc8": "female",
    "2d5b0e6a8c3f47d9a1b2c3d4e5f60718": "female",
    "2d5b0e6cf36f460aa7fc47e3eee4ba54": "female",
    "2f72ee82b83d4b00af16c4771d611752": "female",
    "de8b5d78f2e0485f88d1e9f5c8e7f9a6": "male",
}
by_name = pytest.mark.parametrize("entry", shipped_voices(), ids=lambda entry: entry.name)


@pytest.fixture(scope="session")
def median_f0():
    return {
        entry.voice_id: float(np.median(f0_hz(spoken(voice_id=entry.voice_id).samples, SAMPLE_RATE_HZ)))
        for entry in shipped_voices()
    }


@pytest.mark.parametrize("voice_id", IDS_IN_DOCUMENTS)
def test_ids_that_documents_use_resolve(voice_id):
    assert voice(voice_id).gender == IDS_IN_DOCUMENTS[voice_id]


def test_the_documents_first_voice_is_sara():
    assert voices()[0] is voice("1bd001e7e50f421d891986aad5158bc8") is DEFAULT_FEMALE
    assert DEFAULT_FEMALE.name == "Sara"


def test_an_unknown_voice_is_an_error_for_the_user():
    with pytest.raises(VoiceNotFound, match=r"^voice nobody not found\.$"):
        voice("nobody")


def test_there_is_a_choice():
    offered = {(entry.locale, entry.gender) for entry in voices()}
    assert offered == set(itertools.product(("en-US", "en-GB"), ("female", "male")))
    assert len(voices()) >= 12
    assert {entry.age for entry in voices()} == {"young", "middle-aged", "mature"}
    assert len({entry.name for entry in voices()}) == len({entry.voice_id for entry in voices()}) == len(voices())
    assert (DEFAULT_FEMALE.gender, DEFAULT_MALE.gender) == ("female", "male")
    assert default_voice("male") is DEFAULT_MALE


@by_name
def test_a_voice_is_of_one_english(entry):
    """A native style, or a blend of at most three of the same country's; the small model is American."""
    first = {"en-US": "a", "en-GB": "b"}[entry.locale]
    style = entry.speaker.style
    assert (style is None and entry.locale == "en-US") or 1 <= len(style) <= 3
    assert all(name[0] == first and name[1] == entry.gender[0] for name in style or ())
    assert entry.speaker.is_british == (entry.locale == "en-GB")


@by_name
def test_a_voice_was_measured_as_it_is(entry):
    """A style that is changed has to be measured again, see tools/voices."""
    row = json.loads(MEASURES.read_text())[entry.voice_id]
    assert row["style"] == (dict(entry.speaker.style) if entry.speaker.style else None)
    assert tuple(row["tokens"]) == LENGTHS and len(row["pace"]) == len(row["level_db"]) == len(LENGTHS)
    assert entry.speaker.measure.pace == tuple(row["pace"])


@by_name
def test_entries_fit_the_wire(entry):
    assert re.fullmatch(r"[0-9a-f]{32}", entry.voice_id)
    assert entry.language == "English"
    assert entry.accent == {"en-US": "American", "en-GB": "British"}[entry.locale]
    assert entry.character
    assert voice(entry.voice_id) is entry
    assert voice_named(entry.name) is entry


@by_name
def test_every_voice_is_understood(entry):
    assert word_error_rate(SENTENCES, transcribe(spoken(voice_id=entry.voice_id).samples, SAMPLE_RATE_HZ)) < 0.12


@by_name
def test_every_voice_is_heard_as_english(entry):
    """By a recogniser that is not told the language."""
    assert language_probability(spoken(voice_id=entry.voice_id).samples, SAMPLE_RATE_HZ, "en") > 0.9


@pytest.mark.parametrize("entry", [DEFAULT_FEMALE, DEFAULT_MALE], ids=lambda entry: entry.name)
def test_r_and_l_and_vowels_are_apart(entry):
    """As in native readers: the third formant of l lies half as high again as that of r, and ship is no sheep."""
    script = "Larry will really lead the royal riders along the wrong road. These six sheep see big ships in the river."
    speech = spoken(script, entry.voice_id)

    def of(symbols):
        return formants(
            speech.samples, SAMPLE_RATE_HZ, speech.phonemes, symbols, 5500 if entry.gender[0] == "f" else 5000
        )

    assert f3_hz(of("l")) > 1.35 * f3_hz(of("ɹ"))
    assert apart_bark(of("i"), of("ɪ")) > 1.0


@pytest.mark.parametrize("name", ["James", "Ethan", "Ava"])
def test_the_pace_does_not_depend_on_the_length_of_a_sentence(name):
    """Left alone, James says short sentences a third slower than long ones, and Ethan a quarter faster."""
    entry = voice_named(name)
    rest = "behind the old barn when they were playing there after school with all of their friends from the village"
    beginnings = (
        "The children found it",
        "She painted the fence",
        "The lake was frozen",
        "My phone rang",
        "He fixed a lamp",
    )
    steps = []
    for beginning in beginnings:
        short, long = (predicted_timing(entry.speaker, f"{text}.") for text in (beginning, f"{beginning} {rest}"))
        assert short.tokens < 30 < 80 < long.tokens
        steps.append(log_pace(short, long))
    assert np.exp(np.mean(steps)) == pytest.approx(1, abs=0.13)


@pytest.mark.parametrize("name", ["Sara", "Ava"])
def test_the_pace_is_told_as_it_is_spoken(name):
    """`predicted_timing` predicts without a sound what the voice then says."""
    entry = voice_named(name)
    text = "The children found it behind the old barn when they were playing."
    speech = spoken(text, entry.voice_id)
    told = predicted_timing(entry.speaker, text).ends_s
    # Not the first word, whose beginning is told without its onset, nor the last one, told with the silence behind it.
    assert told[-2] - told[0] == pytest.approx(speech.words[-2].end_s - speech.words[0].end_s, rel=0.06)


def test_a_british_voice_reads_as_in_britain():
    def said(name):
        return saying(
            read_script("A bath after lunch, at £12.50.", limit=100), british=voice_named(name).speaker.is_british
        )

    assert "bˈɑːθ" in said("Beatrice").phonemes
    assert "bˈæθ" in said("Sara").phonemes


@by_name
def test_every_voice_has_the_same_loudness(entry):
    samples = spoken(voice_id=entry.voice_id).samples
    assert loudness_lufs(samples) == pytest.approx(-16, abs=0.5)
    assert true_peak_dbtp(samples) < -1


@by_name
def test_pitch_fits_the_gender(entry, median_f0):
    low, high = (70, 170) if entry.gender == "male" else (140, 300)
    assert low < median_f0[entry.voice_id] < high


def test_no_two_voices_are_alike(median_f0):
    slow = [entry for entry in shipped_voices() if "fast" not in entry.tags]
    assert len(slow) > 10
    for a, b in itertools.combinations(slow, 2):
        semitones = abs(12 * np.log2(median_f0[a.voice_id] / median_f0[b.voice_id]))
        assert semitones + _timbre_distance(a, b) > 1.5, f"{a.name} and {b.name} sound alike"


def _timbre_distance(a, b):
    """RMS difference of the mean spectra in third octaves, in units of 2 dB."""
    return np.sqrt(np.mean((_spectrum_db(a) - _spectrum_db(b)) ** 2)) / 2


def _spectrum_db(entry):
    samples = spoken(voice_id=entry.voice_id).samples
    frames = np.lib.stride_tricks.sliding_window_view(samples, 2048)[::1024] * np.hanning(2048)
    power = np.mean(np.abs(np.fft.rfft(frames)) ** 2, axis=0)
    hz = np.fft.rfftfreq(2048, 1 / SAMPLE_RATE_HZ)
    edges = 200 * 2 ** (np.arange(17) / 3)
    bands = [power[(hz >= low) & (hz < high)].mean() for low, high in itertools.pairwise(edges)]
    return 10 * np.log10(np.array(bands))
