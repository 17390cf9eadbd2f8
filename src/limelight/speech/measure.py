"""What a voice is like when it is left alone: its pace and its level, by the length of a sentence.

A style has a row for each number of tokens, and was learned row by row: one voice says the same words a quarter faster
in a short sentence than in a long one, another says them slower. So each says the same openings, alone and continued to
longer and longer sentences, and by what it differs there from the common measure, `utter` sets it right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from limelight.errors import SpeechError
from limelight.speech.reader import read_sentence
from limelight.speech.script import Sentence
from limelight.speech.speaker import Measure, Speaker
from limelight.speech.timing import MODEL_RATE_HZ, Utterance
from limelight.speech.utter import tokens_of, utter


@dataclass(frozen=True, slots=True)
class Opening:
    """Words that begin a sentence, and with what they go on: each piece makes it longer.

    The last word of the shortest sentence is drawn out as the last one of any is, so it is no part of what is timed.
    """

    timed: str
    rest: tuple[str, str, str, str]

    def sentences(self) -> Iterator[str]:
        """Of about 25, 55, 100 and 165 tokens."""
        for pieces in range(1, len(self.rest) + 1):
            yield " ".join([self.timed, *self.rest[:pieces]]) + "."


OPENINGS = (
    Opening(
        "We left the small",
        (
            "house",
            "before the rain began to fall again",
            "and walked along the river to the old stone bridge",
            "where the boats were kept until somebody called our names from the other side and asked us to come over",
        ),
    ),
    Opening(
        "The new engine runs",
        (
            "quietly",
            "when the oil has been changed in time",
            "and needs less fuel than the one that was built before",
            "which is why most of our customers in the north have already asked for it and will buy one soon",
        ),
    ),
    Opening(
        "My sister plays the",
        (
            "violin",
            "in a large orchestra near the sea",
            "and teaches children from the village every Saturday",
            "in the hall behind the church so that they can take part in the concert at the end of summer",
        ),
    ),
    Opening(
        "The doctor closed the",
        (
            "window",
            "and turned to the woman on the chair",
            "who had waited for more than an hour without a word",
            "since she knew that the news would not be as good as she had hoped for herself and her family",
        ),
    ),
    Opening(
        "Please open the second",
        (
            "page",
            "of the book that lies on your table",
            "and look at the picture in which a man stands at a door",
            "that leads to a room with four chairs where the story that we want to talk about takes place",
        ),
    ),
    Opening(
        "He found the lost",
        (
            "keys",
            "under a heap of letters and old maps",
            "that had been lying on the desk since the beginning of May",
            "and showed them to the others with a smile before he put them away and went out into the street",
        ),
    ),
)
#: How long the timed words of an opening take, the geometric mean over openings, lengths and shipped voices.
USUAL_S = 0.975
#: A voice that differs by more is no voice: noise, or a file of something else.
_LEAST_PACE, _MOST_PACE = 0.4, 2.5


@dataclass(frozen=True, slots=True)
class Opened:
    """How an opening was said in one sentence."""

    tokens: int
    duration_s: float
    level_db: float


def measured(speaker: Speaker, report: Callable[[int, int], None] | None = None) -> Measure:
    """How this speaker differs from the common measure, whatever its own `measure` says; about a minute of work.

    `report(done, total)` counts sentences. Raises SpeechError where it does not speak.
    """
    speaker = replace(speaker, measure=Measure())
    total = sum(len(opening.rest) for opening in OPENINGS)
    heard: list[list[Opened]] = []
    for opening in OPENINGS:
        heard.append([])
        for sentence in opening.sentences():
            heard[-1].append(opened(speaker, opening.timed, sentence))
            if report:
                report(sum(len(row) for row in heard), total)
    durations_s = np.array([[one.duration_s for one in row] for row in heard])
    levels_db = np.array([[one.level_db for one in row] for row in heard])
    pace = np.exp(-np.log(durations_s / USUAL_S).mean(axis=0))
    level_db = (levels_db - levels_db.mean(axis=1, keepdims=True)).mean(axis=0)
    if not (np.isfinite(levels_db).all() and pace.min() > _LEAST_PACE and pace.max() < _MOST_PACE):
        raise SpeechError("the style does not speak: it is silent, or far from the pace of speech.")
    tokens = np.array([[one.tokens for one in row] for row in heard]).mean(axis=0)
    return Measure(
        tuple(round(n) for n in tokens),
        tuple(round(float(p), 4) for p in pace),
        tuple(round(float(db), 2) for db in level_db),
    )


def opened(speaker: Speaker, timed: str, sentence: str) -> Opened:
    """How the timed words, with which the sentence begins, are said. Raises SpeechError."""
    words = read_sentence(Sentence(sentence), british=speaker.is_british)
    utterance, faster = utter(words, speaker)
    start_s, end_s = _span(utterance, len(timed.split()))
    sound = utterance.samples[round(start_s * MODEL_RATE_HZ) : round(end_s * MODEL_RATE_HZ)]
    with np.errstate(divide="ignore"):
        level_db = 10 * float(np.log10(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else -np.inf
    return Opened(len(tokens_of(words)), (end_s - start_s) / faster, level_db)


def _span(utterance: Utterance, words: int) -> tuple[float, float]:
    """From the first sound of the first word to the last of the last of these."""
    if len(utterance.words) < words or not utterance.phonemes:
        raise SpeechError("the style does not speak: nothing is heard.")
    return utterance.words[0].start_s, utterance.words[words - 1].end_s
