"""The voice models: their phonemes and words in time, their files, and that they always say the same."""

import importlib.resources
import re

import numpy as np
import pytest

from judges.whisper import heard, transcribe, word_error_rate
from limelight import networks
from limelight.catalog.voices import DEFAULT_FEMALE, DEFAULT_MALE, shipped_voices
from limelight.errors import SpeechError
from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech import generator, onnxfile, products
from limelight.speech import hibari as small
from limelight.speech import kokoro as large
from limelight.speech.hibari import Hibari
from limelight.speech.kokoro import Kokoro, kokoro
from limelight.speech.models import checked, files
from limelight.speech.speak import speak
from limelight.speech.speaker import Speaker
from limelight.speech.styles import style_of
from limelight.speech.timing import MODEL_RATE_HZ, in_chunks, phonemise
from limelight.speech.utter import tokens_of, utter, vocabulary
from speech_samples import SENTENCES, read, spoken, spoken_by

FAST = next(entry for entry in shipped_voices() if "fast" in entry.tags)
#: Whisper puts words this much early, on recordings with aligned phones too.
WHISPER_IS_EARLY_S = 0.05
LONGER = (
    "This quarter we shipped three new products, and the feedback from our customers has been wonderful. "
    "Next week I will show you how the team built them."
)
HISSING = "She sells six fresh seashells, says the wish list, and this list is as short as Sasha's fast shoes."


@pytest.fixture(scope="session")
def speech():
    return spoken()


def test_phonemes_follow_each_other(speech):
    assert all(p.end_s > p.start_s for p in speech.phonemes)
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in zip(speech.phonemes, speech.phonemes[1:], strict=False))
    # Lips are shut until 120 ms before a sound and from 120 ms after it (docs/quality.md).
    assert speech.phonemes[0].start_s >= 0.12
    assert speech.phonemes[-1].end_s <= speech.duration_s - 0.12


def test_phonemes_cover_the_sound(speech):
    """Where nothing is pronounced, nothing is heard, and the other way round."""
    covered = np.zeros(len(speech.samples), bool)
    for p in speech.phonemes:
        covered[round(p.start_s * SAMPLE_RATE_HZ) : round(p.end_s * SAMPLE_RATE_HZ)] = True
    power = np.square(speech.samples, dtype=np.float64)
    assert power[~covered].sum() < 0.001 * power.sum()
    for p in speech.phonemes:
        assert p.end_s - p.start_s < 0.45, p


def test_the_last_phoneme_ends_where_its_sound_dies(speech):
    last = [word for word in speech.words if word.text.endswith(".")]
    assert len(last) >= 2
    for word in last:
        after = speech.samples[round((word.end_s + 0.02) * SAMPLE_RATE_HZ) :][: SAMPLE_RATE_HZ // 10]
        before = speech.samples[: round(word.end_s * SAMPLE_RATE_HZ)][-SAMPLE_RATE_HZ // 10 :]
        assert np.abs(after).max() < 0.05 * np.abs(before).max()


def test_stress_is_on_vowels_only(speech):
    stressed = [p for p in speech.phonemes if p.stress]
    assert {p.symbol for p in stressed} <= set("AIOWYiuæɑɔɛɜɪʊʌəᵊᵻ")
    assert {p.stress for p in stressed} <= {1, 2}
    assert len([p for p in stressed if p.stress == 1]) >= 5
    assert not {"ˈ", "ˌ", " ", ".", ","} & {p.symbol for p in speech.phonemes}


@pytest.mark.parametrize("entry", [DEFAULT_MALE, FAST], ids=lambda entry: entry.name)
def test_hissing_sounds_are_where_they_are_said(entry):
    """Cross-correlates the s, z, ʃ, ʒ, ʧ, ʤ of the track with the energy above 3.5 kHz."""
    utterance, _ = utter(read(HISSING), entry.speaker)
    frames = np.lib.stride_tricks.sliding_window_view(utterance.samples, 240)[::60] * np.hanning(240)
    power, hz = np.abs(np.fft.rfft(frames)) ** 2, np.fft.rfftfreq(240, 1 / MODEL_RATE_HZ)
    high, low = power[:, hz > 3500].sum(1) + 1e-9, power[:, hz < 1500].sum(1) + 1e-9
    hiss = np.clip(10 * np.log10(high / low), -20, 20) * (high + low > 3e-5 * (high + low).max())
    t = (np.arange(len(frames)) * 60 + 120) / MODEL_RATE_HZ

    def fit(lag_s):
        track = np.zeros(len(t))
        for p in utterance.phonemes:
            track[(t >= p.start_s + lag_s) & (t < p.end_s + lag_s)] = 1 if p.symbol in "szʃʒʧʤ" else -1
        return float((track * hiss).sum())

    lags_s = np.arange(-0.12, 0.125, 0.005)
    assert abs(lags_s[np.argmax([fit(lag_s) for lag_s in lags_s])]) <= 0.02


def test_words_are_when_whisper_hears_them():
    speech = spoken(LONGER)
    words = heard(speech.samples, SAMPLE_RATE_HZ, timed=True)
    assert [_plain(w.text) for w in words] == [_plain(w.text) for w in speech.words]
    late = np.array([(a.start_s - b.start_s, a.end_s - b.end_s) for a, b in zip(speech.words, words, strict=True)])
    assert np.abs(np.median(late, axis=0) - WHISPER_IS_EARLY_S).max() < 0.05
    # At a pause Whisper may begin a word with the silence before it, so ends say more than starts.
    assert np.abs(late[:, 1] - WHISPER_IS_EARLY_S).max() < 0.3


def _plain(text):
    return re.sub(r"\W", "", text.lower())


def test_words_are_the_script_as_written():
    script = 'At 12:30, “Zoë” paid $2.5 million - wow 😀! <break time="100ms"/> Not 3/4 of it.'
    speech = spoken(script)
    assert " ".join(w.text for w in speech.words) == "At 12:30, “Zoë” paid $2.5 million - wow 😀! Not 3/4 of it."
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in zip(speech.words, speech.words[1:], strict=False))
    heard_text = transcribe(speech.samples, SAMPLE_RATE_HZ)
    assert "million" in heard_text
    assert re.search(r"12[:.]30|twelve thirty", heard_text)


@pytest.mark.parametrize(
    ("entry", "speed"), [(DEFAULT_FEMALE, 0.5), (DEFAULT_FEMALE, 2.0), (DEFAULT_MALE, 2.0), (FAST, 0.5), (FAST, 2.0)]
)
def test_slow_and_fast_speech_is_understood(entry, speed):
    speech, plain = spoken_by(entry, SENTENCES, speed), spoken(voice_id=entry.voice_id)
    assert word_error_rate(SENTENCES, transcribe(speech.samples, SAMPLE_RATE_HZ)) <= 0.15
    lasts, plainly = (s.phonemes[-1].end_s - s.phonemes[0].start_s for s in (speech, plain))
    assert lasts == pytest.approx(plainly / speed, rel=0.1)
    ratio = [s.end_s - s.start_s for s in speech.words][-1] / [s.end_s - s.start_s for s in plain.words][-1]
    assert ratio == pytest.approx(1 / speed, rel=0.25)


def said(text):
    """The tokens of a text, and the default voice's style."""
    tokens = [vocabulary()[symbol.text] for symbol in tokens_of(read(text))]
    assert DEFAULT_FEMALE.speaker.style is not None
    return tokens, style_of(DEFAULT_FEMALE.speaker.style)


@pytest.fixture(scope="module")
def kokoro_graph():
    """The model's file as it is, run by ONNX Runtime: sound and durations."""
    model = checked(files(large.MODEL_PACKAGES, "part.bin"), large.MODEL_SHA256, "the speech model")
    durations = "/encoder/Cast_output_0"
    session = networks.session(onnxfile.with_output(model, durations), 2)

    def run(tokens, style):
        inputs = {"tokens": [[0, *tokens, 0]], "style": style[len(tokens) - 1][None], "speed": np.ones(1, np.float32)}
        return [np.asarray(out).ravel() for out in session.run(["audio", durations], inputs)]

    return run


def test_the_same_text_gives_the_same_samples_on_any_number_of_threads():
    tokens, style = said("Always the same, to the last bit.")
    sound, durations, longer = kokoro().run(tokens, style, 1.0)
    for again in (Kokoro(threads=3), kokoro()):
        assert np.array_equal(sound, again.run(tokens, style, 1.0)[0])
        assert np.array_equal(durations, again.run(tokens, style, 1.0)[1])
        assert longer == again.run(tokens, style, 1.0)[2]


def test_the_sound_is_what_the_models_file_gives(kokoro_graph):
    """The same durations; and spectra as near as two roundings of one model are to each other (docs/voices.md)."""
    tokens, style = said("Convolutions are sums of products, in any order.")
    sound, durations, _ = kokoro().run(tokens, style, 1.0)
    theirs, their_durations = kokoro_graph(tokens, style)
    assert np.array_equal(durations, their_durations)
    assert np.corrcoef(sound, theirs)[0, 1] > 0.98
    spectra = [np.abs(np.fft.rfft(_frames(one, 1024, 256))) ** 2 for one in (sound, theirs)]
    floor = 1e-4 * spectra[1].max()
    apart_db = 10 * np.log10((spectra[0] + floor) / (spectra[1] + floor))
    assert np.sqrt((apart_db**2).mean(axis=1)).mean() < 0.5


def test_products_stand_for_convolutions_to_the_last_bit():
    tokens, style = said("Convolutions are sums of products, in any order.")
    model = checked(files(large.MODEL_PACKAGES, "part.bin"), large.MODEL_SHA256, "the speech model")
    part = onnxfile.part_for(model, (generator.FRAMES, generator.SOURCE))
    inputs = {"tokens": [[0, *tokens, 0]], "style": style[len(tokens) - 1][None], "speed": np.ones(1, np.float32)}
    ours, theirs = (networks.session(one, 2).run(None, inputs) for one in (products.with_products(part), part))
    assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert products.with_products(part).count(b"MatMulInteger") > part.count(b"MatMulInteger")


def _frames(sound, size, hop):
    return np.lib.stride_tricks.sliding_window_view(sound, size)[::hop] * np.hanning(size)


@pytest.mark.parametrize("signed", [True, False])
def test_products_are_exact_on_processors_without_instructions_for_signed_weights(signed, monkeypatch):
    if signed and not products.weights_are_signed():
        pytest.skip("this processor has none")
    monkeypatch.setattr(products, "weights_are_signed", lambda: signed)
    rng = np.random.default_rng(1)
    sound = rng.integers(0, 256, (40, 3 * 64), np.uint8)
    weights = rng.integers(0, 256, (16, 64, 3), np.uint8)
    factor, zero = products.factor(weights, np.array(70, np.uint8))
    inputs = {"a": sound, "b": factor, "a_zero": np.array(9, np.uint8), "b_zero": zero}
    (result,) = products.of_bytes().run(None, inputs)
    exact = weights.astype(int).transpose(2, 1, 0).reshape(-1, 16) - 70
    assert np.array_equal(result, (sound.astype(int) - 9) @ exact)


def test_the_fast_voice_always_says_the_same():
    first, _ = utter(read("Always the same, to the last bit."), FAST.speaker)
    small._loaded = None
    again, _ = utter(read("Always the same, to the last bit."), FAST.speaker)
    assert np.array_equal(first.samples, again.samples)
    assert first.phonemes == again.phonemes


def test_a_very_long_word_is_spoken_in_pieces():
    symbols = phonemise(read("abracadabra" * 60))
    chunks = in_chunks(symbols)
    assert [s for chunk in chunks for s in chunk] == symbols
    assert max(map(len, chunks)) <= 510, "a style of Kokoro has rows for so many"


@pytest.mark.parametrize(("module", "entry"), [(large, DEFAULT_FEMALE), (small, FAST)], ids=["large", "small"])
def test_a_damaged_model_is_refused(module, entry, monkeypatch):
    monkeypatch.setattr(module, "MODEL_SHA256", "0" * 64)
    monkeypatch.setattr(module, "_loaded", None)
    with pytest.raises(SpeechError, match="damaged"):
        speak("Hello.", entry.speaker)


def test_a_changed_byte_is_noticed(tmp_path):
    data = (importlib.resources.files("hibari") / "assets/vocab.json").read_bytes()
    (tmp_path / "vocab.json").write_bytes(data[:-1] + b" ")
    with pytest.raises(SpeechError, match="damaged"):
        checked([tmp_path / "vocab.json"], small.VOCABULARY_SHA256, "the phoneme table")
    with pytest.raises(SpeechError, match="not installed"):
        checked([tmp_path / "missing"], small.VOCABULARY_SHA256, "the phoneme table")


def test_a_missing_package_is_an_error_that_says_what_to_do(monkeypatch):
    monkeypatch.setattr(large, "MODEL_PACKAGES", ("kokoro_that_is_not_there",))
    with pytest.raises(SpeechError, match="install"):
        Kokoro()
    monkeypatch.setattr(small, "PACKAGE", "hibari_that_is_not_there")
    with pytest.raises(SpeechError, match="install"):
        Hibari()


def test_an_unknown_style_is_refused():
    with pytest.raises(SpeechError, match="nobody"):
        utter(read("Hello."), Speaker({"nobody": 1.0}))
