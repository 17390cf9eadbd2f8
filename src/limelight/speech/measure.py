"""What a voice is like when it is left alone: its pace and its level by the length of a sentence, its height

A style has a row for each number of tokens, and was learned row by row: one voice says the same words a quarter faster
in a short sentence than in a long one, another says them slower. So each says the same openings, alone and continued to
longer and longer sentences, and by what it differs there from the common measure, `utter` sets it right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limelight.errors import SpeechError
from limelight.speech.audio import resample, stretch
from limelight.speech.pitch import f0_hz
from limelight.speech.reader import read_sentence
from limelight.speech.script import Sentence
from limelight.speech.speaker import Measure, Speaker
from limelight.speech.timing import MODEL_RATE_HZ, Samples
from limelight.speech.utter import tokens_of, utter

#: Sentences of about 20, 31, 53, 81, 128 and 210 tokens: the first piece, the first two, and so on.
OPENINGS = (
    (
        "We left the house", "before noon", "in a heavy rain", "and walked along the river",
        "to the old stone bridge where the boats were kept",
        "until somebody called our names from the other side and asked us to come over soon",
    ),
    (
        "The engine runs well", "in the cold", "when its oil is new", "and it needs less fuel now",
        "than the one that was built by the same people",
        "in the year before which is why most of our customers in the north have asked for it",
    ),
    (
        "My sister plays here", "every week", "with a large orchestra", "and she also teaches children",
        "from the village in the hall behind the church",
        "so that they can take part in the concert that is given at the end of the summer",
    ),
    (
        "The doctor closed it", "at once", "and turned to the woman", "who had waited on a chair",
        "for more than an hour without a single word",
        "since she knew that the news would not be as good as she had hoped for herself",
    ),
    (
        "Please open the book", "on page two", "and look at the picture", "in which a man stands at a door",
        "that leads to a room with four chairs and a lamp",
        "where the story that we want to talk about takes place on a cold day in the spring",
    ),
    (
        "He found the keys", "last night", "under a heap of letters", "that had been lying on his desk",
        "since the beginning of May and showed them to me",
        "with a smile before he put them away and went out into the street to meet his friends",
    ),
    (
        "Both teams played well", "on Sunday", "in spite of the wind", "that blew across the field",
        "and pushed the ball away from the goal again and again",
        "so that nobody knew until the last minute which of them would go home with the cup",
    ),
    (
        "You can see it", "from here", "when the sky is clear", "or on a quiet winter night",
        "if you climb the hill behind the farm of my parents",
        "and wait until all the lamps of the valley have gone out and your eyes are used to it",
    ),
)  # fmt: skip
#: How long the words take that are timed in the sentences of about 130 tokens, the geometric mean over the openings, of
#: a voice at the common pace: nine tenths of the mean pace of the shipped voices' styles, as a reader of audio books.
USUAL_S = 7.23
#: A voice that differs by more is no voice: noise, or a file of something else.
_LEAST_PACE, _MOST_PACE = 0.4, 2.5
#: Further words are not compared: an over-long sentence is spoken in two.
_MOST_SHARED = 16


@dataclass(frozen=True, slots=True)
class Sounded:
    """A sentence as it was said at the speaker's own pace."""

    tokens: int
    #: float32 (n,), 24 kHz
    samples: Samples
    #: start and end of each word, seconds
    words_s: tuple[tuple[float, float], ...]

    def duration_s(self, words: int) -> float:
        """From the first sound of the first word to the last of the last of these."""
        return self.words_s[words - 1][1] - self.words_s[0][0]

    def level_db(self, words: int) -> float:
        """Of the same."""
        a, b = (round(time_s * MODEL_RATE_HZ) for time_s in (self.words_s[0][0], self.words_s[words - 1][1]))
        with np.errstate(divide="ignore"):
            return 10 * float(np.log10(np.mean(np.square(self.samples[a:b], dtype=np.float64)))) if b > a else -np.inf


def measured(speaker: Speaker, report: Callable[[int, int], None] | None = None) -> Measure:
    """How this speaker differs from the common measure, whatever its own `measure` says; one or two minutes of work.

    Each sentence is compared with the next longer one, over the words that they share, but for the shorter one's last,
    which is drawn out. `report(done, total)` counts sentences. Raises SpeechError where it does not speak.
    """
    try:
        return _measured(replace(speaker, measure=Measure()), report)
    except SpeechError as error:
        raise SpeechError(f"the style does not speak: {error.message}") from error


def _measured(speaker: Speaker, report: Callable[[int, int], None] | None) -> Measure:
    total = sum(len(opening) for opening in OPENINGS)
    said: list[list[Sounded]] = []
    for opening in OPENINGS:
        said.append([])
        for pieces in range(1, len(opening) + 1):
            said[-1].append(sounded(speaker, " ".join(opening[:pieces]) + "."))
            if report:
                report(sum(len(row) for row in said), total)
    log_pace, level_db = differences(said)
    usual = [np.log(USUAL_S / row[-2].duration_s(len(row[-2].words_s) - 1)) for row in said]
    pace = np.exp(log_pace - log_pace[-2] + np.mean(usual))
    if not (np.isfinite(level_db).all() and pace.min() > _LEAST_PACE and pace.max() < _MOST_PACE):
        raise SpeechError("it is silent, or far from the pace of speech.")
    heights = [hz for row in said for one in row for hz in f0_hz(resample(one.samples, MODEL_RATE_HZ)) if hz == hz]
    return Measure(
        tuple(round(float(n)) for n in np.mean([[one.tokens for one in row] for row in said], axis=0)),
        tuple(round(float(p), 4) for p in pace),
        tuple(round(float(db), 2) for db in level_db - level_db.mean()),
        round(float(np.median(heights)), 1) if heights else Measure().height_hz,
    )


def differences(said: Sequence[Sequence[Sounded]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """By how much the pace (natural logarithm) and the level (decibels) of each length differ from the shortest's.

    Of each opening its sentences, the shorter first, of as many lengths in each.
    """
    pace, level_db = [0.0], [0.0]
    for k in range(len(said[0]) - 1):
        paces, levels_db = [], []
        for row in said:
            shared = min(len(row[k].words_s) - 1, _MOST_SHARED)
            paces.append(np.log(row[k].duration_s(shared) / row[k + 1].duration_s(shared)))
            levels_db.append(row[k + 1].level_db(shared) - row[k].level_db(shared))
        pace.append(pace[-1] + float(np.mean(paces)))
        level_db.append(level_db[-1] + float(np.mean(levels_db)))
    return np.array(pace), np.array(level_db)


def sounded(speaker: Speaker, sentence: str) -> Sounded:
    """A sentence as this speaker says it. Raises SpeechError."""
    words = read_sentence(Sentence(sentence), british=speaker.is_british)
    utterance, faster = utter(words, speaker)
    if not utterance.phonemes:
        raise SpeechError("nothing is heard.")
    times_s = tuple((word.start_s / faster, word.end_s / faster) for word in utterance.words)
    samples = stretch(utterance.samples, MODEL_RATE_HZ, speed=faster)
    return Sounded(len(tokens_of(words)), samples, times_s)
