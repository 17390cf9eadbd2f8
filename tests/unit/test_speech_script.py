"""Scripts: break tags, limits, sentences. No model is loaded here."""

import subprocess
import sys

import pytest

from limelight.errors import ScriptInvalid
from limelight.spec import WordEntry
from limelight.speech.reader import read_sentence, reading_notes
from limelight.speech.script import (
    MAX_SENTENCE_CHARACTERS,
    Pause,
    Sentence,
    check_script,
    parse_script,
    read_script,
    split_sentences,
)


def texts(script):
    return [part.text if isinstance(part, Sentence) else part.duration_s for part in parse_script(script)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('Hello. <break time="1.5s"/> World.', ["Hello.", 1.5, "World."]),
        ('Hello.<break time="1.5s"/>World.', ["Hello.", 1.5, "World."]),
        ('Hello. <break time="1s"/> <break time="2s"/> World.', ["Hello.", 3.0, "World."]),
        ('Hello. <break time="1s"/><break time="500ms"/>\n<break time=".25s"/> World.', ["Hello.", 1.75, "World."]),
        ("Hello. <break time='500ms' /> World.", ["Hello.", 0.5, "World."]),
        ("Hello. <break time=“1s”/> World.", ["Hello.", 1.0, "World."]),
        ('<break time="1s"/> Hello.', [1.0, "Hello."]),
        ('Hello. <break time="1s"/>', ["Hello.", 1.0]),
        ('Hello. < BREAK  time = "1 s" / > World.', ["Hello.", 1.0, "World."]),
        ('Hello. <break time="1s"></break> World.', ["Hello.", 1.0, "World."]),
        ('Hello. <break time="1s"> World.', ["Hello.", 1.0, "World."]),
        ('Hello. <break time="0s"/> World.', ["Hello.", "World."]),
        ('Hello. <break time="10s"/> World.', ["Hello.", 10.0, "World."]),
        ('In the middle <break time="1s"/> of a sentence.', ["In the middle", 1.0, "of a sentence."]),
        ('<break time="2s"/>', [2.0]),
        ("We breakfast at 8; profit < break even.", ["We breakfast at 8; profit < break even."]),
    ],
)
def test_break_tags_become_pauses(script, expected):
    assert texts(script) == expected


@pytest.mark.parametrize(
    "tag",
    [
        '<break time="abc"/>',
        '<break time="1.5"/>',
        '<break time="-1s"/>',
        '<break time="1,5s"/>',
        '<break time="1m"/>',
        '<break time=""/>',
        "<break time=1s/>",
        '<break strength="huge"/>',
        '<break length="1s"/>',
        '<break time="1s"',
        '<break time="11s"/>',
        '<break time="10001ms"/>',
    ],
)
def test_a_malformed_break_tag_is_quoted(tag):
    with pytest.raises(ScriptInvalid) as caught:
        check_script(f"Hello. {tag}")
    assert tag in caught.value.message
    assert "script" in caught.value.message
    assert "1.5s" in caught.value.message


@pytest.mark.parametrize(
    "script",
    [
        "",
        " \n\t",
        "x" * 5001,
        "…!?",
        "你好，世界",
        'Hi <break voice="avatar quota"/>',
        'Hi <break credit="balance">',
        "Hi <break " + "x" * 500,
        'Hi <break time="99s"/>',
        "Hi " + '<break time="10s"/>' * 40,
    ],
)
def test_errors_keep_to_the_words_that_clients_sort_by(script):
    with pytest.raises(ScriptInvalid) as caught:
        check_script(script)
    assert "script" in caught.value.message
    assert not any(word in caught.value.message.lower() for word in ("voice", "avatar", "quota", "credit", "balance"))
    assert len(caught.value.message) < 200


def test_the_limit_counts_what_was_sent():
    check_script("x" * 12, limit=12)
    with pytest.raises(ScriptInvalid, match=r"^script is too long: 13 characters, the limit is 12\.$"):
        check_script("x" * 13, limit=12)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("One day it rained. The next day it did not.", ["One day it rained.", "The next day it did not."]),
        (
            "Dr. Smith met Mrs. Jones at St. Paul. They talked.",
            ["Dr. Smith met Mrs. Jones at St. Paul.", "They talked."],
        ),
        ("It costs $3.50 or 2.5 euros. Nobody minds.", ["It costs $3.50 or 2.5 euros.", "Nobody minds."]),
        ("We start at 5 p.m. on Monday. Be there.", ["We start at 5 p.m. on Monday.", "Be there."]),
        ("We start at 5 p.m. The doors are open.", ["We start at 5 p.m.", "The doors are open."]),
        ("The U.S. Government agreed. It was late.", ["The U.S. Government agreed.", "It was late."]),
        ("J. K. Rowling wrote many books. I read one.", ["J. K. Rowling wrote many books.", "I read one."]),
        ("Take item No. 5 from the shelf. Go on.", ["Take item No. 5 from the shelf.", "Go on."]),
        ('"Are you there?" she asked. Nobody spoke.', ['"Are you there?" she asked.', "Nobody spoke."]),
        ("“It is over!” He sat down again.", ["“It is over!”", "He sat down again."]),
        ("And so we wait... Then it begins.", ["And so we wait...", "Then it begins."]),
        ("And so we wait… then it begins.", ["And so we wait… then it begins."]),
        ("1. Open the application. 2. Press the button.", ["1. Open the application.", "2. Press the button."]),
        ("Our plan for today\nWe begin with lunch", ["Our plan for today", "We begin with lunch"]),
        ("A line that an editor\nwrapped in the middle.", ["A line that an editor wrapped in the middle."]),
        ("The first paragraph\n\nthe second one", ["The first paragraph", "the second one"]),
        ("Really?! That is a surprise. 😀", ["Really?! That is a surprise. 😀"]),
        ("Hello. My name is Sara.", ["Hello. My name is Sara."]),
    ],
)
def test_sentences(script, expected):
    assert [s.text for s in split_sentences(script)] == expected


SEEN = (
    "👨\u200d👩\u200d👧\u200d👦", "🏳\ufe0f\u200d🌈", "👩🏽\u200d⚕\ufe0f", "❤\ufe0f\u200d🔥", "می\u200cخواهم", "ه\u200d",
    "\u200dه", "क्\u200dष", "(שלום!)\u200f",
)  # fmt: skip


@pytest.mark.parametrize("word", SEEN)
def test_what_joins_letters_and_emoji_is_shown(word):
    sentences = [f"We write the signs {word} in here.", f"They are written {word}.", f"So it is always {word}"]
    assert texts(" ".join(sentences)) == sentences
    assert texts(
        f"It is always written <b>{word}</b>, or *{word}*.<br/>{word} is <emphasis>what we write</emphasis>."
    ) == [
        f"It is always written {word}, or {word}.",
        f"{word} is what we write.",
    ]


def test_entities_join_as_characters_do():
    assert texts("We 👨&zwj;👩&#8205;👧 say a&shy;b.") == ["We 👨\u200d👩\u200d👧 say ab."]


@pytest.mark.parametrize(
    "script",
    [
        "co\u00adoper\u00adate \u200d now",
        "\ufeffcooperate\u200b now\u200f",
        "<\u200bb\u200d>co\u2060op</b\u200e>erate now",
        "\u200f# cooperate\u200c &zwnj; now",
        "\u200ecooperate &zwj;now",
    ],
)
def test_what_changes_nothing_that_is_seen_is_dropped(script):
    assert texts(script) == ["cooperate now"]


def test_a_sentence_ends_before_what_is_not_heard():
    sentences = ["We all write it as שלום.\u200f", "\u2067And\u2069 then we go on."]
    assert texts(" ".join(sentences)) == sentences


def test_a_voice_hears_no_joiner():
    for word in SEEN:
        bare = word.replace("\u200c", "").replace("\u200d", "").replace("\u200f", "")
        script = "We have {0} and <sub alias='it'>{0}</sub>, which is our {0}x. It is all that we have."
        scripts = [read_script(script.format(one)) for one in (word, bare)]
        entry = (WordEntry(word="میخواهم", say="I want"), WordEntry(word="is", say="was"))
        assert reading_notes(scripts[0], entry) == reading_notes(scripts[1], entry)
        read = [[r for s in one.sentences for r in read_sentence(s, entry)] for one in scripts]
        assert [r.phonemes for r in read[0]] == [r.phonemes for r in read[1]]
        assert [s.gap_s for s in scripts[0].sentences] == [s.gap_s for s in scripts[1].sentences]
        assert any(word in r.text for r in read[0])


def test_a_gap_follows_the_punctuation():
    gaps = {s.text[-1]: s.gap_s for s in split_sentences("It is done now. Is it done now? It is done now… Well then.")}
    assert 0.25 <= gaps["."] <= gaps["?"] <= gaps["…"] <= 0.45


LONG = (
    "When the quick brown fox, which had been running for a very long time across the field, finally stopped to rest, "
    "it noticed that the river was gone; nobody knew why it had vanished, and nobody was brave enough to ask about it "
    "because the old miller had a temper and a dog that nobody in the whole village had ever seen asleep"
)


def test_over_long_sentences_are_split_at_clauses():
    sentences = split_sentences(LONG + ".")
    assert all(len(s.text) <= MAX_SENTENCE_CHARACTERS for s in sentences)
    assert sentences[0].text.endswith(("gone;", "rest,"))
    assert all(s.gap_s > 0 for s in sentences[:-1])


@pytest.mark.parametrize(
    "script", [LONG, "word " * 900, "x" * 4000, "a, " * 1000, "One. Two. Three. Four! Five? 😀 — 6"]
)
def test_no_word_is_lost(script):
    assert " ".join(s.text for s in split_sentences(script)) == " ".join(script.split())


def test_pauses_are_values():
    assert parse_script('A <break time="1s"/>')[1] == Pause(1.0)


def test_checking_a_script_loads_no_model():
    code = "import sys, limelight.speech.script as s; s.check_script('Hi.'); assert 'onnxruntime' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "text",
    [
        'Hello, he said. <sub alias="peace be with you">السلام عليكم ورحمة الله</sub>.',
        '<phoneme alphabet="ipa" ph="niˈhaʊ">你好你好你好</phoneme> hi.',
    ],
)
def test_what_is_said_decides_about_the_language_and_not_what_is_written(text: str) -> None:
    assert read_script(text).parts
    with pytest.raises(ScriptInvalid, match="only English"):
        read_script('<sub alias="السلام عليكم">Hello</sub>.')
