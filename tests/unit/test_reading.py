"""How scripts are read: each kind of writing by its plain words, words by their sounds, and nothing without a sound."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judges.reading_sets import phonemes, sounds, wrong
from limelight.errors import ScriptInvalid
from limelight.spec import WordEntry
from limelight.speech.reader import read_sentence, reading_notes
from limelight.speech.reading.asked import ipa_phonemes, to_ipa
from limelight.speech.reading.normalise import Unreadable, normalise, normalise_text
from limelight.speech.saying import saying
from limelight.speech.script import Sentence, read_script
from places import DATA

DATA = DATA / "reading"


@pytest.mark.parametrize("file", sorted(DATA.glob("*.tsv")), ids=lambda file: file.stem)
def test_a_kind_of_writing_is_read_as_a_person_would(file):
    assert not wrong(file)


# Each rule that is ours, and why it is there: (as written, plain words).
RULES = [
    # Money: The Chicago Manual of Style 9.20: the unit is said behind the figure, cents after "and".
    ("$9.99", "nine dollars and ninety nine cents"),
    ("US$5 million", "five million U.S. dollars"),
    ("120€", "one hundred twenty euros"),
    ("€1.234,56", "one thousand two hundred thirty four euros and fifty six cents"),
    ("$99/yr", "ninety nine dollars per year"),
    ("-€30", "minus thirty euros"),
    ("$1.5M–$2M", "one point five million dollars to two million dollars"),
    ("it costs $5, 3 people", "it costs five dollars , three people"),
    ("a $10 coupon", "a ten dollar coupon"),
    ("£0.50", "fifty pence"),
    ("£12.50", "twelve pounds fifty"),
    ("£12.05", "twelve pounds and five pence"),
    ("$3.459/gal", "three point four five nine dollars per gallon"),
    # Units: NIST SP 811: a unit that describes a noun stands in the singular.
    ("a 2TB drive", "a two terabyte drive"),
    ("2TB of space", "two terabytes of space"),
    ("1 tsp", "one teaspoon"),
    ("1.2 g/cm³", "one point two grams per cubic centimeter"),
    ("<5°C", "less than five degrees Celsius"),
    ("5'10\" tall", "five foot ten tall"),
    ("He said \"I am 15\" again", "He said I am fifteen again"),
    ("25bps", "twenty five basis points"),
    ("the modem runs at 9600 bps", "the modem runs at nine thousand six hundred bits per second"),
    ("221B Baker St.", "two twenty one B. Baker Street ."),
    # Ratios, scores, fractions: a colon between figures is a time only where it can be one.
    ("16:9", "sixteen to nine"),
    ("won 3-2", "won three to two"),
    ("24/7", "twenty four seven"),
    ("1/3 of it", "one third of it"),
    ("it scored 9/10", "it scored nine out of ten"),
    ("2½ cups", "two and a half cups"),
    ("3 3/8 inches", "three and three eighths inches"),
    # Dates: month first in the US unless that is no month; a day is an ordinal.
    ("on 03/04/2024", "on March fourth twenty twenty four"),
    ("on 24/12/2024", "on December twenty fourth twenty twenty four"),
    ("2025-03-01", "March first twenty twenty five"),
    ("June 3-5", "June third to fifth"),
    ("Mon-Fri", "Monday to Friday"),
    ("the '60s", "the sixties"),
    ("1914–1918", "nineteen fourteen to nineteen eighteen"),
    ("FY2024", "fiscal year twenty twenty four"),
    ("the Sun rose", "the Sun rose"),
    # Times: as a clock is read; the full hour is o'clock, or hundred on the 24-hour clock.
    ("at 9:05", "at nine oh five"),
    ("10:30-11:45", "ten thirty to eleven forty five"),
    ("17:00", "seventeen hundred"),
    ("9am-5pm", "nine A.M. to five P.M."),
    ("1h 30m", "one hour thirty minutes"),
    # Numbers that name something are read digit by digit, or as rooms are.
    ("PIN is 0042", "PIN is zero zero four two"),
    ("room 404", "room four oh four"),
    ("call 911", "call nine one one"),
    ("+1 (415) 555-2671", "plus one , four one five , five five five , two six seven one"),
    ("1-800-FLOWERS", "one , eight zero zero , flowers"),
    ("4-8-1-5", "four eight one five"),
    ("version 2.0.1", "version two point zero point one"),
    ("127.0.0.1", "one hundred twenty seven dot zero dot zero dot one"),
    # Mathematics, by the names of Unicode's signs where there is no shorter one in use.
    ("a != b", "A. is not equal to B."),
    ("2^8", "two to the power of eight"),
    ("10⁶", "ten to the power of six"),
    ("r² times π", "R. squared times pi"),
    ("5 * 3", "five times three"),
    ("1e-5", "one times ten to the power of minus five"),
    ("pages 10 - 12", "pages ten to twelve"),
    ("10 - 3 = 7", "ten minus three equals seven"),
    # Roman numerals in their places: behind what is numbered, and behind rulers.
    ("World War II", "World War two"),
    ("Henry VIII", "Henry the eighth"),
    ("the XIX century", "the nineteenth century"),
    ("next week I will", "next week I will"),
    ("the book I read", "the book I read"),
    ("Plan C", "Plan C"),
    ("an IV drip", "an IV drip"),
    # Abbreviations, by what stands around them.
    ("Dr. Smith", "Doctor Smith"),
    ("4 Oak Dr. is", "four Oak Drive is"),
    ("St. Louis", "Saint Louis"),
    ("on Main St. after", "on Main Street after"),
    ("Mr. & Mrs. Lee", "Mister and Mrs Lee"),
    ("No. 5", "number five"),
    ("No, 5", "No , five"),
    ("e.g. apples", "for example apples"),
    ("w/ sugar", "with sugar"),
    ("vitamin A for", "vitamin A. for"),
    ("A day", "A day"),
    # The web: dots and slashes are said, schemes and questions are not.
    ("https://www.acme.com/pricing?x=1", "acme dot com slash pricing"),
    ("jane.doe@example.org", "jane dot doe at example dot org"),
    ("report_final.pdf", "report underscore final dot P.D.F."),
    ("It is done.It was", "It is done . It was"),
    ("@acme_news", "at acme news"),
    ("C:\\Users", "C. colon backslash Users"),
    ("C++ or C#", "C. plus plus or C. sharp"),
    ("Ctrl+C", "control C."),
    # Signs between words.
    ("him/her", "him or her"),
    ("AC/DC", "AC DC"),
    ("and/or", "and or"),
    ("a < b", "A. is less than B."),
    ("~40", "about forty"),
    ("10,000+", "ten thousand plus"),
    ("(ii) second", "( two ) second"),
    ("α value", "alpha value"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "said"), RULES)
def test_a_rule(written, said):
    assert normalise_text(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("on 03/04/2024", "on the third of April twenty twenty four"),
        ("342", "three hundred and forty two"),
        ("1,001", "one thousand and one"),
        ("50p", "fifty pence"),
    ],
)
def test_a_rule_of_gb(written, said):
    assert normalise_text(written, british=True) == said


def test_gb_has_its_own_sounds():
    said = phonemes("My car has a new bath, and José likes water.", british=True)
    assert "kˈɑː" in said
    assert "bˈɑːθ" in said
    assert "wˈɔːtə" in said
    assert "hQzˈA" in said


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40))
@settings(max_examples=400, deadline=None)
def test_nothing_that_is_written_is_silent(text):
    """A word with a letter of ours or a digit has a sound, or is said to be left out; whatever the text."""
    words = text.split()
    unreadable = Unreadable()
    readings = normalise(words, unreadable=unreadable)
    assert [i for r in readings for i in range(r.first, r.last + 1)] == list(range(len(words)))
    for reading, word in zip(read_sentence(Sentence(" ".join(words))), readings, strict=True):
        if any(c.isascii() and c.isalnum() for c in reading.text):
            assert any(c.isalpha() for c in reading.phonemes), (reading, word)


HEAP = (
    "a", "B", "5", "12", "$", "€", "%", ".", ",", "-", "/", ":", "'", '"', "&", "#", "@", "+", "=", "(", ")", "²", "½",
    "°", "x", "km", "st", "'s", "e.g.", "Dr.", "16:9",
)  # fmt: skip


@given(
    st.lists(
        st.sampled_from(HEAP),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=300, deadline=None)
def test_no_heap_of_signs_is_silent(pieces):
    for text in ("".join(pieces), " ".join(pieces)):
        for word in read_sentence(Sentence(" ".join(text.split()))):
            if any(c.isalnum() for c in word.text):
                assert any(c.isalpha() for c in word.phonemes), (text, word)


def test_a_word_of_another_script_is_left_out_with_a_warning():
    notes = reading_notes(read_script("We say 你好 and hello to everyone here."))
    assert [(note.code, "你好" in note.message) for note in notes] == [("word_left_out", True)]


def test_captions_show_what_was_written():
    script = '# **Sale**\nOnly $5 at [our shop](https://x.example/a), <sub alias="World Wide Web">W3C</sub>!'
    words = saying(read_script(script)).words
    assert " ".join(word.text for word in words) == "Sale Only $5 at our shop, W3C!"
    assert {word.text: word.source for word in words}["$5"] == "rule"
    assert {word.text: word.source for word in words}["W3C!"] == "user"


def test_what_is_guessed_says_so():
    sources = {w.text: w.source for w in saying(read_script("The zorblax likes Angela.")).words}
    assert sources == {"The": "dictionary", "zorblax": "guessed", "likes": "dictionary", "Angela.": "dictionary"}


# Word lists


def listed(text: str, *entries: WordEntry) -> dict[str, str]:
    return {w.text: w.phonemes for w in saying(read_script(text), entries).words}


def test_a_word_list_says_how_a_word_is_called():
    say, ipa = WordEntry(word="Kubernetes", say="koober netties"), WordEntry(word="Lea", ipa="ˈliːə")
    said = listed("Kubernetes, kubernetes's and Lea's Kubernetes-based app.", say, ipa)
    assert sounds(said["Kubernetes,"]) == sounds(phonemes("koober netties"))
    assert said["kubernetes's"].startswith(said["Kubernetes,"].rstrip(","))
    assert said["Lea's"] == "lˈiəz"
    assert sounds(said["Kubernetes-based"]).startswith(sounds(said["Kubernetes,"]))


def test_a_phrase_and_its_case():
    phrase = WordEntry(word="Acme Corp", say="ack me corporation")
    strict = WordEntry(word="US", say="you ess of ay", case_sensitive=True)
    words = listed("Acme Corp tells us that the US grew.", phrase, strict)
    assert "Acme Corp" in words
    assert sounds(words["US"]) == sounds(phonemes("you ess of ay"))
    assert sounds(words["us"]) == "ʌs"


def test_the_longest_entry_wins_and_a_tag_wins_over_all():
    short, long = WordEntry(word="Acme", say="one"), WordEntry(word="Acme Labs", say="two")
    assert sounds(listed("Go to Acme Labs.", short, long)["Acme Labs."]) == sounds(phonemes("two"))
    said = listed('Go to <sub alias="three">Acme</sub> now.', short)
    assert sounds(said["Acme"]) == sounds(phonemes("three"))


@pytest.mark.parametrize(
    ("ipa", "said"),
    [
        ("təˈmɑːtoʊ", "təmˈɑtO"),
        ("ʃɪˈvɔːn", "ʃɪvˈɔn"),
        ("ˈliːə", "lˈiə"),
        ("ˈt͡ʃɛər", "ʧˈɛəɹ"),
        ("nuˈjɔːrk ˈsɪti", "nujˈɔɹk sˈɪti"),
    ],
)
def test_ipa_is_understood(ipa, said):
    assert ipa_phonemes(ipa) == said


def test_a_sound_that_there_is_not_is_named():
    with pytest.raises(ScriptInvalid, match="'ǂ'"):
        ipa_phonemes("ǂa")


def test_phonemes_are_shown_in_ipa():
    assert to_ipa("həlˈO ˈæŋɡɹi kɹˈiɡ ɛkspɹˈɛs") == "həˈloʊ ˈæŋɡɹi ˈkɹiɡ ɛkˈspɹɛs"


def test_ipa_and_back_is_the_same():
    said = phonemes("Tomorrow we celebrate the extraordinary achievements of our international colleagues.")
    back = ipa_phonemes(to_ipa(re.sub("[.,]", "", said)))
    alike = str.maketrans({"ᵊ": "ə", "ᵻ": "ɪ"})
    assert sounds(back).translate(alike) == sounds(said).translate(alike)
