"""Words become captions that follow the voice and read well."""

from __future__ import annotations

import random
import re
from itertools import pairwise

import pytest

from limelight.captions.cues import Cue, characters, columns, cues, joined
from limelight.speech.types import Word
from speech_samples import MINUTE, spoken

#: Netflix's Timed Text Style Guide: a caption stands for 5/6 of a second to 7 seconds.
SHORTEST_S, LONGEST_S = 5 / 6, 7.0

SCRIPTS = (
    MINUTE,
    "Hi. Yes. No. Maybe so. Okay, let's go!",
    "Dr. Smith met Mrs. J. Brown in the U.S. at 9:30 a.m. on Monday, March 3, and they spoke about the budget for a "
    "little more than an hour before the doors of the Grand Hotel were opened to the public.",
    "a sentence without any sign at all that goes on and on because nobody ever thought of ending it and so the "
    "captions have to be cut where a reader would breathe although nothing but the words says where that is",
    "Visit https://www.example.com/a/very/long/address/that/no/line/can/hold/in/one/piece?really=yes&page=2 today.",
    "“We won,” she said — and nobody, not even the people in the last row, could believe it. (I did.)",
)


def said(text: str, pace_s: float = 0.06, stop_s: float = 0.4) -> list[Word]:
    """Words at an even pace with a pause after each sentence."""
    words, at = [], 0.2
    for token in text.split():
        end = at + pace_s * len(token)
        words.append(Word(token, at, end))
        at = end + (stop_s if token[-1] in ".!?" else 0.02)
    return words


def random_words(seed: int) -> list[Word]:
    """Anything that could arrive: odd lengths, no pauses, long pauses, words without a length."""
    dice = random.Random(seed)
    words, at = [], dice.uniform(0, 1)
    for _ in range(dice.randint(1, 60)):
        letters = "".join(dice.choice("abcdefgh") for _ in range(dice.choice((1, 2, 3, 5, 8, 13, 60))))
        sign = dice.choice(("", "", "", "", ",", ".", "?", ";"))
        text = dice.choice((letters, "the", "of", "and", "Mr.", "I")) + sign
        length = dice.choice((0.0, 0.05, 0.2, 0.4, 0.4, 9.0 if dice.random() < 0.05 else 0.3))
        words.append(Word(text, at, at + length))
        at += length + dice.choice((0.0, 0.0, 0.0, 0.1, 0.5, 1.5))
    return words


def check(words: list[Word], found: list[Cue], limit: int) -> None:
    """What holds for every caption of every text."""
    assert "".join(word.text for cue in found for word in cue.words) == "".join(word.text for word in words)
    for cue, following in zip(found, [*found[1:], None], strict=True):
        assert 1 <= len(cue.lines) <= 2
        assert all(line.strip() == line and 0 < columns(line) <= limit for line in cue.lines)
        assert cue.start_s < cue.end_s <= cue.start_s + LONGEST_S + 1e-9
        if following:
            assert cue.end_s <= following.start_s


@pytest.mark.parametrize("limit", [16, 28, 42])
def test_no_text_breaks_the_rules(limit: int) -> None:
    for seed in range(150):
        words = random_words(seed)
        check(words, cues(words, characters(limit)), limit)


@pytest.mark.parametrize("limit", [20, 30, 42])
@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_keep_the_rules(script: str, limit: int) -> None:
    words = said(script)
    found = cues(words, characters(limit))
    check(words, found, limit)
    for cue in found:
        assert cue.start_s == pytest.approx(cue.words[0].start_s, abs=0.011)
        assert cue.end_s >= min(cue.words[-1].end_s, cue.start_s + LONGEST_S) - 1e-9


def test_a_caption_is_held_into_the_pause_after_it() -> None:
    words = [Word("One", 1.0, 1.3), Word("two.", 1.3, 1.6), Word("Three", 4.0, 4.3), Word("four.", 4.3, 4.8)]
    first, second = cues(words, end_s=5.0)
    assert first.start_s == 1.0 and first.end_s == pytest.approx(2.0)
    assert (second.start_s, second.end_s) == (4.0, 5.0)


def test_captions_close_to_each_other_touch() -> None:
    found = cues(said(MINUTE))
    assert len(found) > 10
    for a, b in pairwise(found):
        assert a.end_s == b.start_s


def test_no_caption_flashes_where_there_is_room() -> None:
    words = [Word("Hi.", 0.2, 0.4), Word("Go.", 3.0, 3.2)]
    assert len(cues(words)) == 2
    assert all(SHORTEST_S <= cue.end_s - cue.start_s < 2 * SHORTEST_S for cue in cues(words))
    assert cues(words, end_s=3.5)[-1].end_s == 3.5
    assert [cue.lines for cue in cues(said("Yes. No. Fine.", stop_s=0.1))] == [("Yes. No. Fine.",)]


def test_a_long_pause_ends_a_caption() -> None:
    words = [Word("Wait", 0.0, 0.3), Word("for", 0.3, 0.5), Word("it", 1.6, 2.0)]
    assert [cue.lines for cue in cues(words)] == [("Wait for",), ("it",)]


def lines_of(text: str, limit: int = 42) -> list[tuple[str, ...]]:
    return [cue.lines for cue in cues(said(text), characters(limit))]


def test_breaks_come_at_sentences_and_clauses() -> None:
    assert lines_of(
        "We planted the trees in the spring of that year. They were small, and the winter was long. "
        "When the snow was gone, we counted what was left of them."
    ) == [
        ("We planted the trees", "in the spring of that year."),
        ("They were small, and the winter was long.",),
        ("When the snow was gone,", "we counted what was left of them."),
    ]


@pytest.mark.parametrize(
    ("top", "bottom"),
    [
        ("Several hundred people had already left", "when we came."),
        ("Ten brave young sailors crossed the ocean,", "alone and at night."),
        ("My younger sister wanted green apples", "and ripe pears today."),
        ("Everybody laughed loudly", "at the old stories about the village."),
    ],
)
def test_sense_comes_before_balance(top: str, bottom: str) -> None:
    assert lines_of(f"{top} {bottom}") == [(top, bottom)]


def test_no_short_word_is_alone_on_a_line() -> None:
    dice = random.Random(7)
    for _ in range(100):
        sizes = [dice.choice((2, 3, 4, 5, 7, 9)) for _ in range(dice.randint(6, 40))]
        text = " ".join("".join(dice.choice("aeioumnrst") for _ in range(size)) for size in sizes)
        for limit in (24, 32, 42):
            for line in (line for lines in lines_of(text, limit) for line in lines):
                assert " " in line or len(line) > limit / 3, f"an orphan: {line}"


def test_lines_are_balanced_and_the_lower_is_the_longer() -> None:
    for cue in cues(said(MINUTE)):
        if len(cue.lines) == 2:
            top, bottom = map(len, cue.lines)
            assert min(top, bottom) >= 0.4 * max(top, bottom)
    tops, bottoms = zip(*(map(len, cue.lines) for cue in cues(said(MINUTE)) if len(cue.lines) == 2), strict=True)
    assert sum(bottoms) > sum(tops)


@pytest.mark.parametrize("limit", [28, 42])
@pytest.mark.parametrize("script", [MINUTE, SCRIPTS[2], SCRIPTS[3]])
def test_no_line_ends_with_a_word_that_leans_on_the_next(script: str, limit: int) -> None:
    leaning = re.compile(r"\b(a|an|the|of|in|on|at|to|for|with|and|but|because|Mr\.|Mrs\.|Dr\.|J\.)$")
    assert lines_of(script, limit)
    for lines in lines_of(script, limit):
        for line in lines:
            assert not leaning.search(line), line
            assert " " in line or len(line) > limit / 3, f"an orphan: {line}"


def test_a_name_and_a_date_stay_together() -> None:
    lines = [line for found in lines_of(SCRIPTS[2], 30) for line in found]
    for together in ("Dr. Smith", "Mrs. J. Brown", "Grand Hotel"):
        assert any(together in line for line in lines), lines


def test_nobody_has_to_read_faster_than_the_voice_speaks() -> None:
    words = said(MINUTE)
    pace = sum(columns(w.text) + 1 for w in words) / (words[-1].end_s - words[0].start_s)
    speeds = [sum(map(len, cue.lines)) / (cue.end_s - cue.start_s) for cue in cues(words)]
    assert max(speeds) < 1.2 * pace


def test_a_word_wider_than_a_line_is_cut_and_its_time_shared() -> None:
    found = cues([Word("x" * 60, 1.0, 4.0)], characters(40))
    assert [line for cue in found for line in cue.lines] == ["x" * 30, "x" * 30]
    assert [(word.start_s, word.end_s) for cue in found for word in cue.words] == [(1.0, 2.5), (2.5, 4.0)]


@pytest.mark.parametrize(
    "letter",
    (
        *("👨\u200d👩\u200d👧", "🏳\ufe0f\u200d🌈", "👩🏽\u200d⚕\ufe0f", "❤\ufe0f\u200d🔥", "🇩🇪", "1\ufe0f\u20e3"),
        *("e\u0301\u0323", "क्ष", "ی\u200c", "กำ", "\u1112\u1161\u11ab"),
    ),
)
def test_no_letter_or_emoji_is_cut(letter: str) -> None:
    found = cues([Word("a" + letter * 21, 1.0, 4.0)], characters(10))
    lines = [line for cue in found for line in cue.lines]
    assert len(lines) > 1 and all(columns(line) <= 10 for line in lines)
    assert "".join(lines) == "a" + letter * 21
    assert all(line.removeprefix("a").replace(letter, "") == "" for line in lines)


@pytest.mark.parametrize(
    ("text", "width"),
    [("👨\u200d👩\u200d👧", 2), ("❤\ufe0f\u200d🔥", 2), ("می\u200cخواهم", 7), ("e\u0301", 1), ("日本", 4), ("Hi!", 3)],
)
def test_columns_are_of_what_is_seen(text: str, width: int) -> None:
    assert columns(text) == width


def test_scripts_without_spaces_get_none() -> None:
    words = [Word(unit, i * 0.2, i * 0.2 + 0.2) for i, unit in enumerate(("今日", "は", "いい", "天気", "です", "。"))]
    assert cues(words)[0].lines == ("今日はいい天気です。",)
    assert max(columns(line) for cue in cues(words, characters(8)) for line in cue.lines) <= 8
    assert joined([Word("GPU", 0, 1), Word("は", 1, 2), Word("速い", 2, 3)]) == "GPU は速い"


def test_no_line_begins_with_a_sign() -> None:
    units = ("今日", "は", "小さな", "会社", "が", "仕事", "を", "します", "、", "と", "言い", "ました", "。")
    words = [Word(unit, i * 0.3, i * 0.3 + 0.3) for i, unit in enumerate(units)]
    for limit in range(8, 20):
        assert all(line[0] not in "、。" for cue in cues(words, characters(limit)) for line in cue.lines)


def test_nothing_said_needs_no_captions() -> None:
    assert cues([]) == []


def test_no_caption_goes_on_behind_a_heading_or_an_item_of_a_list() -> None:
    words = spoken("# Prices\n\nThe plan is cheap.\n\n- Red apples\n- Blue pens").words
    texts = [" ".join(cue.lines) for cue in cues(words)]
    assert (texts[0], texts[-1]) == ("Prices", "Blue pens")
    assert " ".join(texts) == "Prices The plan is cheap. Red apples Blue pens"
