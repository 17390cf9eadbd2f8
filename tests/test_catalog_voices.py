"""The voices on offer: their ids, and that each can be told apart and understood."""

import itertools
import re

import numpy as np
import pytest

from limelight.catalog.voices import DEFAULT_FEMALE, DEFAULT_MALE, default_voice, voice, voices
from limelight.errors import VoiceNotFound
from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech.audio import loudness_lufs, true_peak_dbtp
from pitch import f0_hz
from speech_samples import SENTENCES, spoken
from whisper import transcribe, word_error_rate

IDS_IN_DOCUMENTS = {
    "1bd001e7e50f421d891986aad5158bc8": "female",
    "2d5b0e6a8c3f47d9a1b2c3d4e5f60718": "female",
    "2d5b0e6cf36f460aa7fc47e3eee4ba54": "female",
    "2f72ee82b83d4b00af16c4771d611752": "female",
    "de8b5d78f2e0485f88d1e9f5c8e7f9a6": "male",
}
by_name = pytest.mark.parametrize("entry", voices(), ids=lambda entry: entry.name)


@pytest.fixture(scope="session")
def median_f0():
    return {
        entry.voice_id: float(np.median(f0_hz(spoken(voice_id=entry.voice_id).samples, SAMPLE_RATE_HZ)))
        for entry in voices()
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
    assert sum(entry.gender == "female" for entry in voices()) >= 3
    assert sum(entry.gender == "male" for entry in voices()) >= 3
    assert len({entry.name for entry in voices()}) == len({entry.voice_id for entry in voices()}) == len(voices())
    assert (DEFAULT_FEMALE.gender, DEFAULT_MALE.gender) == ("female", "male")
    assert default_voice("male") is DEFAULT_MALE


@by_name
def test_entries_fit_the_wire(entry):
    assert re.fullmatch(r"[0-9a-f]{32}", entry.voice_id)
    assert entry.language == "English"
    assert voice(entry.voice_id) is entry


@by_name
def test_every_voice_is_understood(entry):
    assert word_error_rate(SENTENCES, transcribe(spoken(voice_id=entry.voice_id).samples, SAMPLE_RATE_HZ)) < 0.12


@by_name
def test_every_voice_has_the_same_loudness(entry):
    samples = spoken(voice_id=entry.voice_id).samples
    assert loudness_lufs(samples) == pytest.approx(-16, abs=0.5)
    assert true_peak_dbtp(samples) < -1


@by_name
def test_pitch_fits_the_gender(entry, median_f0):
    low, high = (80, 170) if entry.gender == "male" else (180, 300)
    assert low < median_f0[entry.voice_id] < high


def test_no_two_voices_are_alike(median_f0):
    for a, b in itertools.combinations(voices(), 2):
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
