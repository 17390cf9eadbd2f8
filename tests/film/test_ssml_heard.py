"""SSML by what is heard: pauses, rate, pitch, volume, emphasis, measured on the sound."""

from __future__ import annotations

import numpy as np
import pytest

from judges.pitch import f0_hz
from limelight.errors import ScriptInvalid
from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech.script import Pause, read_script
from speech_samples import spoken

PLAIN = "We walked along the river today."
WORDS = len(PLAIN.split())


def said(tag: str, name: str = "prosody"):
    """The plain sentence, the same in a tag, and the plain one again."""
    return spoken(f"{PLAIN} <{name} {tag}>{PLAIN}</{name}> {PLAIN}")


def part(speech, n: int):
    """The samples of the nth of these sentences."""
    words = speech.words[n * WORDS : (n + 1) * WORDS]
    return speech.samples[round(words[0].start_s * SAMPLE_RATE_HZ) : round(words[-1].end_s * SAMPLE_RATE_HZ)]


def level_db(samples) -> float:
    return 10 * float(np.log10(np.square(samples, dtype=np.float64).mean()))


# The numbers of this file are those of docs/scripts.md.


@pytest.mark.parametrize(
    ("strength", "seconds"),
    [("none", 0), ("x-weak", 0.1), ("weak", 0.25), ("medium", 0.5), ("strong", 0.8), ("x-strong", 1.5)],
)
def test_a_break_is_as_long_as_the_docs_say(strength, seconds):
    pauses = [
        p.duration_s for p in read_script(f'One <break strength="{strength}"/> two.').parts if isinstance(p, Pause)
    ]
    assert sum(pauses) == seconds
    plain, broken = (
        spoken("Come here, <break time='1ms'/> please."),
        spoken(f"Come here, <break strength='{strength}'/> please."),
    )
    assert broken.duration_s - plain.duration_s == pytest.approx(
        seconds - 0.001 * (seconds > 0), abs=0.3 if not seconds else 0.002
    )


def test_a_break_without_a_length_is_medium():
    assert [p.duration_s for p in read_script("One <break/> two.").parts if isinstance(p, Pause)] == [0.5]


@pytest.mark.parametrize(("rate", "factor"), [("slow", 0.8), ("150%", 1.5), ("-20%", 0.8), ("1.2", 1.2)])
def test_a_rate_is_heard(rate, factor):
    speech = said(f'rate="{rate}"')
    assert len(part(speech, 1)) / len(part(speech, 0)) == pytest.approx(1 / factor, rel=0.1)
    assert len(part(speech, 2)) / len(part(speech, 0)) == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize(("pitch", "semitones"), [("high", 2.0), ("-3st", -3.0)])
def test_a_pitch_is_heard(pitch, semitones):
    speech = said(f'pitch="{pitch}"')
    plain_hz, moved_hz = (float(np.median(f0_hz(part(speech, n), SAMPLE_RATE_HZ))) for n in (0, 1))
    assert 12 * np.log2(moved_hz / plain_hz) == pytest.approx(semitones, abs=0.5)


@pytest.mark.parametrize(("volume", "gain_db"), [("soft", -5.0), ("loud", 4.0), ("+6dB", 6.0), ("-12dB", -12.0)])
def test_a_volume_is_heard(volume, gain_db):
    speech = said(f'volume="{volume}"')
    assert level_db(part(speech, 1)) - level_db(part(speech, 0)) == pytest.approx(gain_db, abs=1.0)
    assert level_db(part(speech, 2)) - level_db(part(speech, 0)) == pytest.approx(0, abs=1.0)


def test_a_volume_is_heard_of_a_whole_script_too():
    soft, plain = spoken(f'<prosody volume="-6dB">{PLAIN}</prosody>'), spoken(PLAIN)
    assert level_db(soft.samples) - level_db(plain.samples) == pytest.approx(-6, abs=1.0)


def test_emphasis_is_louder_and_longer():
    plain = spoken("This is really important today.")
    strong = spoken("This is <emphasis level='strong'>really</emphasis> important today.")
    spans = [next(w for w in s.words if w.text == "really") for s in (plain, strong)]
    lengths = [w.end_s - w.start_s for w in spans]
    assert lengths[1] / lengths[0] == pytest.approx(1.18, rel=0.1)
    levels = [
        level_db(s.samples[round(w.start_s * SAMPLE_RATE_HZ) : round(w.end_s * SAMPLE_RATE_HZ)])
        for s, w in zip((plain, strong), spans, strict=True)
    ]
    assert levels[1] > levels[0] + 1.5


def test_nested_tags_add_up():
    outer = said('rate="80%" volume="-4dB"')
    nested = spoken(f'{PLAIN} <prosody rate="80%"><prosody volume="-4dB">{PLAIN}</prosody></prosody> {PLAIN}')
    assert np.array_equal(outer.samples, nested.samples)


def test_words_and_phonemes_follow_the_sound_they_are_shaped_with():
    speech = spoken(
        "We <prosody rate='60%'>walked along</prosody> the <prosody rate='160%' pitch='high'>river</prosody> today."
    )
    assert [w.text for w in speech.words] == ["We", "walked", "along", "the", "river", "today."]
    assert all(a.end_s <= b.start_s + 1e-6 for a, b in zip(speech.words, speech.words[1:], strict=False))
    covered = np.zeros(len(speech.samples), bool)
    for p in speech.phonemes:
        covered[round(p.start_s * SAMPLE_RATE_HZ) : round(p.end_s * SAMPLE_RATE_HZ)] = True
    power = np.square(speech.samples, dtype=np.float64)
    assert power[~covered].sum() < 0.01 * power.sum()


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ("This is <emphasis>very important.", "'<emphasis>'"),
        ("This is very</prosody> important.", "'</prosody>'"),
        ("<b>This is important.", "'<b>'"),
        ("<prosody rate='slow'><emphasis>x</prosody></emphasis>", "'<emphasis>'"),
        ("<prosody rate='warp'>x</prosody>", "rate"),
        ("<prosody rate='900%'>x</prosody>", "50% to 200%"),
        ("<prosody pitch='40Hz'>x</prosody>", "pitch"),
        ("<prosody volume='11'>x</prosody>", "volume"),
        ("<emphasis level='huge'>x</emphasis>", "level"),
        ("<sub alias=''>x</sub>", "alias"),
        ("<phoneme ph='x' alphabet='x-sampa'>x</phoneme>", "ipa"),
        ("<break strength='huge'/>x", "break"),
        ("<prosody rate=>x</prosody>", "malformed"),
    ],
)
def test_a_tag_that_cannot_be_used_is_named(script, named):
    with pytest.raises(ScriptInvalid) as caught:
        read_script(script)
    assert named in caught.value.message
    assert caught.value.message.startswith("script ")


@pytest.mark.parametrize(
    ("script", "text", "codes"),
    [
        ("Say <wave>hi</wave> to all.", "Say hi to all.", ["tag_ignored"]),
        ("Say <lang xml:lang='de'>hallo</lang> to all.", "Say hallo to all.", ["language"]),
        ("Say <prosody range='high'>hi</prosody> to all.", "Say hi to all.", ["attribute_ignored"]),
        ("If a < b and c > d, stop.", "If a < b and c > d, stop.", []),
        ("See <https://example.com> today.", "See https://example.com today.", []),
        ("<ul><li>One</li><li>Two</li></ul>", "One Two", []),
        ("A &lt;b&gt; tag &amp; more", "A <b> tag & more", []),
        ("Keep snake_case and 2 * 3 * 4 as they are.", "Keep snake_case and 2 * 3 * 4 as they are.", []),
        ("    Indented by four.", "Indented by four.", []),
        ("<script>alert(1)</script>Hello<!-- no --> there.", "Hello there.", []),
    ],
)
def test_what_is_left_of_marked_text(script, text, codes):
    read = read_script(script)
    assert " ".join(s.text for s in read.sentences) == text
    assert [note.code for note in read.notes] == codes
