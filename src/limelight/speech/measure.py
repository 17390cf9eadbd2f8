"""Measures a voice: its pace and level by the length of a sentence, and its pitch.

A style has a row for each number of tokens, and each row was trained on its own: one voice says the same words a
quarter faster in a short sentence than in a long one, another says them slower. So each voice says the same openings,
alone and continued to longer and longer sentences; `utter` corrects the differences from the common measure.

Many things change the pace of a word, so the measure takes many sentences. For the pace it needs no sound, only the
durations that the model predicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from limelight.errors import SpeechError
from limelight.speech.audio import resample
from limelight.speech.hibari import hibari
from limelight.speech.kokoro import DurationPredictor
from limelight.speech.pitch import f0_hz
from limelight.speech.reader import read_sentence
from limelight.speech.script import Sentence
from limelight.speech.speaker import Measure, Speaker
from limelight.speech.styles import style_of
from limelight.speech.timing import HOP, MODEL_RATE_HZ, Samples
from limelight.speech.utter import speeds, tokens_of, utter, vocabulary

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
#: For the pace: each sentence begins with one of these, and goes on like an opening after its first piece or like one
#: of the continuations.
BEGINNINGS = (
    "We left the house", "The engine runs well", "My sister plays here", "The doctor closed it",
    "Please open the book", "He found the keys", "Both teams played well", "You can see it", "I saw your brother",
    "The shop sold bread", "Nobody knew her name", "Our boat was ready", "A man stood there", "They bought new shoes",
    "This road goes south", "My friends are home", "The water was warm", "She wrote a letter",
    "Three birds flew away", "His voice was low", "We need some milk", "The bell rang twice", "Your coat is wet",
    "I like this song", "The garden looks nice", "Her father works hard", "They sat in silence", "That bridge is old",
    "The lamp went out", "We took the train", "A dog ran past", "He reads every day", "The children found it",
    "Our train leaves", "Most people like music", "She painted the fence", "Fresh bread smells good",
    "The lake was frozen", "My uncle builds boats", "Somebody left this bag", "They won", "Two men came",
    "The old clock stopped", "He cut the grass", "We met Anna", "That story made sense", "The cat is asleep",
    "Her plan failed", "You forgot the salt", "Jack sold his car", "The wind grew stronger", "It was late",
    "Those apples taste sour", "I read the news", "Dinner is ready", "The path ends here",
)  # fmt: skip
CONTINUATIONS = (
    (
        "behind the old barn", "when they were playing there after school",
        "and took it home to show it to their mother who was",
        "sitting in the kitchen with a cup of tea and a letter that had come from her brother in the north, because he "
        "had not written to her for almost two years and she had begun to worry about him",
    ),
    (
        "from the second platform", "so we should say goodbye to the others now",
        "and carry the heavy bags down the stairs before it gets",
        "too crowded near the doors at the front, where everybody who comes from the city stands and waits for a seat "
        "by the window, although there is always enough room further back in the last two cars",
    ),
    (
        "of one kind or another", "although they do not always know why it moves them",
        "or why a tune that they heard only once stays in their",
        "minds for many years, so that they can still sing it when they are old and have long forgotten the name of "
        "the person who played it to them on a summer evening by the lake or in some small room",
    ),
    (
        "in a bright green colour", "that could be seen from the other side of the river",
        "and everybody who passed by on their way to work asked",
        "her where she had found it, until she wrote the name of the shop on a piece of paper and put it on the gate "
        "with a pin, so that nobody had to ring the bell any more to get an answer",
    ),
)  # fmt: skip
#: Seconds that the first `MOST_SHARED` words of the longest sentences take at the common pace, geometric mean over the
#: beginnings: nine tenths of the mean pace of the shipped voices' styles, as a reader of audio books has it.
USUAL_S = 4.655
#: A pace outside of these is no voice's: the file holds noise, or something else.
_LEAST_PACE, _MOST_PACE = 0.4, 2.5
#: The numbers of tokens at which a measure gives pace and level.
LENGTHS = (10, 20, 32, 54, 84, 130, 210)
#: Weight of the second differences of the pace in its least squares.
_BEND = 1.0
#: No more words than this are compared between two sentences.
MOST_SHARED = 16
#: How many openings are synthesised.
_OPENINGS = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """A sentence's length and when its words end."""

    tokens: int
    #: seconds from the start of the first word to the end of each, at speed 1
    ends_s: tuple[float, ...]


def measured(
    speaker: Speaker, report: Callable[[int, int], None] | None = None, *, openings: int = _OPENINGS
) -> Measure:
    """How this speaker's style differs from the common measure; its own `measure` is ignored. Takes half a minute.

    The first `openings` of OPENINGS are synthesised, for level and pitch. `report(done, total)` counts sentences.
    Raises SpeechError where the style does not speak.
    """
    speaker = replace(speaker, measure=Measure())
    total = sum(len(row) for row in _sentences()) + sum(len(opening) for opening in OPENINGS[:openings])
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if report:
            report(done, total)

    try:
        # An array that is no style may give silence, or numbers that are not finite.
        with np.errstate(invalid="ignore", divide="ignore"):
            pace = _pace(speaker, count)
            level_db, height_hz = _level_and_pitch(speaker, OPENINGS[:openings], count)
    except SpeechError as error:
        raise SpeechError(f"the style does not speak: {error.message}") from error
    return Measure(LENGTHS, pace, level_db, height_hz)


def _sentences() -> Iterator[list[str]]:
    """The sentences of each beginning, the shorter first."""
    rests = [*(opening[1:] for opening in OPENINGS), *CONTINUATIONS]
    for i, beginning in enumerate(BEGINNINGS):
        rest = rests[i % len(rests)]
        yield [" ".join([beginning, *rest[:pieces]]) + "." for pieces in range(len(rest) + 1)]


def log_pace(shorter: Timing, longer: Timing) -> float:
    """How much faster the words that both sentences begin with are in the longer one, natural logarithm.

    The shorter sentence's last word does not count: it is drawn out, as at the end of any sentence.
    """
    shared = min(len(shorter.ends_s) - 1, len(longer.ends_s) - 1, MOST_SHARED) - 1
    return float(np.log(shorter.ends_s[shared] / longer.ends_s[shared]))


def predicted_timing(speaker: Speaker, sentence: str) -> Timing:
    """When the words of a sentence end, by the durations that the model predicts. Raises SpeechError."""
    words = read_sentence(Sentence(sentence), british=speaker.is_british)
    symbols = tokens_of(words)
    tokens = [vocabulary()[symbol.text] for symbol in symbols]
    model_speed, stretch = speeds(speaker, len(tokens))
    if speaker.style is None:
        hops = hibari().run(tokens, model_speed)[1].astype(np.float64)
    else:
        hops = _duration_predictor().durations(tokens, style_of(speaker.style), model_speed)
    if not np.isfinite(hops).all():
        raise SpeechError("its durations are not finite.")
    ends = np.cumsum(hops)
    last = {symbol.word: i for i, symbol in enumerate(symbols) if symbol.word >= 0}
    second = HOP / MODEL_RATE_HZ / stretch
    return Timing(len(tokens), tuple(float(ends[last[word] + 1] - ends[0]) * second for word in sorted(last)))


def _pace(speaker: Speaker, count: Callable[[], None]) -> tuple[float, ...]:
    """The pace at each of `LENGTHS`: the least-squares fit of a piecewise linear log pace to all comparisons."""
    rows: list[list[Timing]] = []
    for row in _sentences():
        rows.append([])
        for sentence in row:
            rows[-1].append(predicted_timing(speaker, sentence))
            count()
    pairs = [pair for row in rows for pair in pairwise(row)]
    equations = [_weights(b.tokens) - _weights(a.tokens) for a, b in pairs]
    steps = [log_pace(a, b) for a, b in pairs]
    # The longest sentences fix the pace itself. Second differences cost a little, so that a length with few comparisons
    # follows its neighbours.
    longest = [row[-1] for row in rows if len(row[-1].ends_s) > 2 * MOST_SHARED]
    for one in longest:
        equations.append(_weights(one.tokens))
        steps.append(np.log(USUAL_S / one.ends_s[MOST_SHARED - 1]))
    for k in range(1, len(LENGTHS) - 1):
        bend = np.zeros(len(LENGTHS))
        bend[k - 1 : k + 2] = (_BEND, -2 * _BEND, _BEND)
        equations.append(bend)
        steps.append(0.0)
    solved, *_ = np.linalg.lstsq(np.array(equations), np.array(steps), rcond=None)
    pace = np.exp(solved)
    if not (pace.min() > _LEAST_PACE and pace.max() < _MOST_PACE):
        raise SpeechError("it is far from the pace of speech.")
    return tuple(round(float(p), 4) for p in pace)


def _weights(tokens: int) -> NDArray[np.float64]:
    """(len(LENGTHS),) the interpolation weights of `LENGTHS` for a sentence of this many tokens."""
    return np.array([np.interp(tokens, LENGTHS, row) for row in np.eye(len(LENGTHS))])


def _level_and_pitch(
    speaker: Speaker, openings: Sequence[Sequence[str]], count: Callable[[], None]
) -> tuple[tuple[float, ...], float]:
    """The level at each of `LENGTHS` against their mean, dB; and the median fundamental frequency, Hz.

    Levels of neighbouring lengths are compared over the words that their sentences share.
    """
    steps: list[list[float]] = []
    heights: list[float] = []
    tokens: list[list[int]] = []
    for opening in openings:
        row = []
        tokens.append([])
        for pieces in range(1, len(opening) + 1):
            words = read_sentence(Sentence(" ".join(opening[:pieces]) + "."), british=speaker.is_british)
            utterance, _ = utter(words, speaker)
            if not utterance.phonemes:
                raise SpeechError("nothing is heard.")
            tokens[-1].append(len(tokens_of(words)))
            row.append((utterance.samples, [(w.start_s, w.end_s) for w in utterance.words]))
            heights += [hz for hz in f0_hz(resample(utterance.samples, MODEL_RATE_HZ)) if np.isfinite(hz)]
            count()
        steps.append([0.0])
        for shorter, longer in pairwise(row):
            shared = min(len(shorter[1]) - 1, MOST_SHARED)
            steps[-1].append(_level_db(*longer, shared) - _level_db(*shorter, shared))
    level_db = np.interp(LENGTHS, np.mean(tokens, axis=0), np.cumsum(np.mean(steps, axis=0)))
    if not np.isfinite(level_db).all() or not heights:
        raise SpeechError("it is silent, or has no voice.")
    return tuple(round(float(db), 2) for db in level_db - level_db.mean()), round(float(np.median(heights)), 1)


def _level_db(samples: Samples, words_s: Sequence[tuple[float, float]], words: int) -> float:
    """Level of the first `words` words, dB of full scale; `words_s` are the words' starts and ends."""
    a, b = (round(time_s * MODEL_RATE_HZ) for time_s in (words_s[0][0], words_s[words - 1][1]))
    return 10 * float(np.log10(np.mean(np.square(samples[a:b], dtype=np.float64)))) if b > a else -np.inf


@lru_cache(maxsize=1)
def _duration_predictor() -> DurationPredictor:
    return DurationPredictor()
