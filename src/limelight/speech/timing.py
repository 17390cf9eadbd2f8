"""Alignment: a sentence as a speech model's tokens, and the times of its phonemes and words in the sound.

The models share misaki's alphabet, and predict the duration of each token. Knows nothing of what runs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limelight.speech.reader import ReadWord
from limelight.speech.types import Phoneme, Word

#: Samples per second of the models' sound.
MODEL_RATE_HZ = 24_000
#: Samples per step of a predicted duration.
HOP = 600
#: The larger model takes 510 tokens, two of which are the pads around the symbols; shorter is better.
MAX_SYMBOLS = 400

_STRESS = {"ˈ": 1, "ˌ": 2}
_VOWELS = frozenset("AIOQWYaiuæɑɐɒɔəɛɜɪʊʌᵊᵻeoy")
#: Symbols that lengthen or colour the phoneme before them, and are no phonemes themselves.
_MODIFIERS = frozenset("ːʰʲ̃")
#: Stops and affricates, which begin with a silent closure.
_STOPS = frozenset("pbtdkɡʤʧʔ")

_FRAME = 120  # 5 ms
#: Sound behind a phoneme is silence this far below the phoneme's loudest moment, within these bounds below the
#: sentence's loudest: some styles breathe out behind a word at −35 to −45 dB.
_SILENCE_DB = -26.0
_LOUDEST_SILENCE_DB, _SOFTEST_SILENCE_DB = -39.0, -46.0
#: The same before a phoneme, which rises fast, so that breath before it counts as silence too.
_ONSET_DB, _LOUDEST_BEFORE_ONSET_DB = -20.0, -33.0
_SHORTEST_PAUSE_S = 0.09
_SHORTEST_PHONEME_S = 0.03
_CLOSURE_S = 0.07
#: A silence that begins this much later than a seam, or ends this much earlier, belongs to another seam.
_NEAR_SEAM_S = 0.08

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Utterance:
    """A sentence as a model speaks it."""

    #: float32 (n,), 24 kHz, with the model's silence around it
    samples: Samples
    #: in order, without overlap; gaps between them are silence
    phonemes: tuple[Phoneme, ...]
    #: as written, with their punctuation; joined by spaces they are the sentence
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A token of the model, and the index of its word, −1 for a space or a sign."""

    text: str
    word: int


def phonemise(words: Sequence[ReadWord]) -> list[Symbol]:
    """The tokens of a sentence's words, signs and spaces included."""
    symbols: list[Symbol] = []
    for index, word in enumerate(words):
        if not word.phonemes:
            continue
        if symbols and symbols[-1].text not in " (“":
            symbols.append(Symbol(" ", -1))
        symbols += [Symbol(c, index if c.isalpha() else -1) for c in word.phonemes]
    return symbols


def in_chunks(symbols: Sequence[Symbol]) -> list[list[Symbol]]:
    """The tokens in chunks of at most MAX_SYMBOLS, cut at spaces where possible; usually one chunk."""
    chunks: list[list[Symbol]] = []
    rest = list(symbols)
    while len(rest) > MAX_SYMBOLS:
        spaces = [i for i in range(MAX_SYMBOLS // 2, MAX_SYMBOLS) if rest[i].text == " "]
        cut = spaces[-1] if spaces else MAX_SYMBOLS - 1
        chunks.append(rest[: cut + 1])
        rest = rest[cut + 1 :]
    return [*chunks, rest] if rest else chunks


# Times


def shifted(phoneme: Phoneme, shift_s: float, scale: float = 1.0) -> Phoneme:
    """The same phoneme at `time * scale + shift_s`."""
    return replace(phoneme, start_s=phoneme.start_s * scale + shift_s, end_s=phoneme.end_s * scale + shift_s)


def aligned(
    symbols: Sequence[Symbol], durations: NDArray[np.int64], sound: Samples, lag_s: float
) -> list[tuple[Phoneme, int]]:
    """The phonemes in seconds from the start of `sound`, each with the index of its word.

    `durations` int64 (len(symbols) + 2,) are hops of the symbols with a pad before and after; the sound is `lag_s`
    ahead of them. A stress mark's time belongs to the vowel that follows, the time of spaces and signs to the
    neighbours, except silences that are longer than a stop's closure: the last phoneme before a full stop ends where
    its sound dies away.
    """
    edges = np.concatenate([[0], np.cumsum(durations)]) * HOP / MODEL_RATE_HZ - lag_s
    raw = _raw_phonemes(symbols, edges)
    level = _level_db(sound)
    whole_s = len(sound) / MODEL_RATE_HZ
    starts = [max(0.0, p.start_s) for p, _ in raw]
    ends = [max(0.0, p.end_s) for p, _ in raw]
    for i in range(len(raw) + 1):
        # Look for the silence at each seam between the middles of the two neighbours. It has to reach the seam: where a
        # vowel's duration includes the pause behind it, the vowel must not move into that pause.
        low = (starts[i - 1] + 0.02) if i else 0.0
        high = ends[i] - 0.02 if i < len(raw) else whole_s
        seam_s = (ends[i - 1] if i else 0.0, starts[i] if i < len(raw) else whole_s)
        apart = i in (0, len(raw)) or starts[i] > ends[i - 1] + 1e-6
        if not apart:
            continue
        before_db = _loudest_db(level, starts[i - 1], ends[i - 1]) if i else 0.0
        after_db = _loudest_db(level, starts[i], ends[i]) if i < len(raw) else 0.0
        dies, rises = _silence(level, low, high, seam_s, _within(before_db + _SILENCE_DB, _LOUDEST_SILENCE_DB))
        fades, begins = _silence(level, low, high, seam_s, _within(after_db + _ONSET_DB, _LOUDEST_BEFORE_ONSET_DB))
        dies, begins = dies if rises > dies else fades, max(begins, rises)
        if i and i < len(raw) and begins - dies < _SHORTEST_PAUSE_S:
            # A stop keeps its closure; other phonemes share the space between them equally.
            seam = ends[i - 1] if raw[i][0].symbol in _STOPS else (ends[i - 1] + starts[i]) / 2
            ends[i - 1] = starts[i] = seam
            continue
        if i:
            ends[i - 1] = max(min(dies, high), starts[i - 1] + _SHORTEST_PHONEME_S)
        if i < len(raw):
            early = _CLOSURE_S if raw[i][0].symbol in _STOPS else 0.0
            floor = ends[i - 1] if i else 0.0
            starts[i] = min(max(begins - early, floor), ends[i] - _SHORTEST_PHONEME_S)
    return [
        (replace(p, start_s=float(a), end_s=float(max(a, b))), word)
        for (p, word), a, b in zip(raw, starts, ends, strict=True)
    ]


def _raw_phonemes(symbols: Sequence[Symbol], edges: NDArray[np.float64]) -> list[tuple[Phoneme, int]]:
    """Phonemes at the tokens' own times, with stress marks merged into their vowels, without signs and spaces."""
    raw: list[tuple[Phoneme, int]] = []
    stress, onset_s = 0, 0.0
    for i, symbol in enumerate(symbols):
        start_s, end_s = float(edges[i + 1]), float(edges[i + 2])
        if symbol.word < 0:
            continue
        if symbol.text in _STRESS:
            stress, onset_s = _STRESS[symbol.text], start_s
        elif symbol.text in _MODIFIERS and raw:
            raw[-1] = (replace(raw[-1][0], end_s=end_s), raw[-1][1])
        else:
            vowel = symbol.text in _VOWELS
            begins_s = onset_s if stress and i and symbols[i - 1].text in _STRESS else start_s
            raw.append((Phoneme(symbol.text, begins_s, end_s, stress if vowel else 0), symbol.word))
            stress = 0 if vowel else stress
    return raw


def _level_db(sound: Samples) -> NDArray[np.float64]:
    """Level of each frame of 5 ms (RMS over 10 ms), decibels below the loudest, (frames,)."""
    power = np.concatenate([[0.0], np.cumsum(np.square(sound, dtype=np.float64))])
    starts = np.arange(0, max(len(sound) - _FRAME + 1, 1), _FRAME)
    ends = np.minimum(starts + 2 * _FRAME, len(sound))
    mean = (power[ends] - power[starts]) / np.maximum(ends - starts, 1)
    level = 10 * np.log10(mean + 1e-12)
    return np.asarray(level - level.max(), np.float64)


def _loudest_db(level: NDArray[np.float64], start_s: float, end_s: float) -> float:
    """The level of a phoneme's loudest frame."""
    step = _FRAME / MODEL_RATE_HZ
    return float(level[int(start_s / step) : int(end_s / step) + 1].max(initial=_SOFTEST_SILENCE_DB))


def _within(threshold_db: float, loudest_db: float) -> float:
    """A threshold of silence, kept between the softest one and `loudest_db`."""
    return min(max(threshold_db, _SOFTEST_SILENCE_DB), loudest_db)


def _silence(
    level: NDArray[np.float64], low_s: float, high_s: float, seam_s: tuple[float, float], threshold_db: float
) -> tuple[float, float]:
    """Start and end of the longest silence between two times that is close to the seam; equal where there is none."""
    step = _FRAME / MODEL_RATE_HZ
    a, b = max(0, round(low_s / step)), min(len(level), round(high_s / step))
    quiet = np.concatenate([[0], level[a:b] < threshold_db, [0]]).astype(np.int8)
    turns = np.flatnonzero(np.diff(quiet))
    starts, ends = turns[::2], turns[1::2]
    near = ((a + starts) * step <= seam_s[1] + _NEAR_SEAM_S) & ((a + ends) * step >= seam_s[0] - _NEAR_SEAM_S)
    starts, ends = starts[near], ends[near]
    if not len(starts):
        middle = (low_s + high_s) / 2
        return middle, middle
    longest = int(np.argmax(ends - starts))
    # A frame is 10 ms wide and stands for its first 5: the sound reaches one frame further into the silence.
    return float((a + starts[longest] + 1) * step), float((a + ends[longest] + 1) * step)


def aligned_words(written: Sequence[str], phonemes: Sequence[tuple[Phoneme, int]]) -> tuple[Word, ...]:
    """The written words with their times; silent ones (a dash, an emoji) are joined to the word before them."""
    spans: dict[int, tuple[float, float]] = {}
    for phoneme, word in phonemes:
        start_s = spans[word][0] if word in spans else phoneme.start_s
        spans[word] = (start_s, phoneme.end_s)
    words: list[Word] = []
    unsaid: list[str] = []
    for i, text in enumerate(written):
        if i in spans:
            words.append(Word(" ".join([*unsaid, text]), *spans[i]))
            unsaid = []
        elif words:
            words[-1] = replace(words[-1], text=f"{words[-1].text} {text}")
        else:
            unsaid.append(text)
    return tuple(words)
