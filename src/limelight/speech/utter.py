"""Synthesis: words in, a speech model's sound out, at the same pace for any length, with aligned phonemes and words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from limelight.speech import models
from limelight.speech.hibari import PACKAGE, VOCABULARY_SHA256, Hibari, hibari
from limelight.speech.kokoro import Kokoro, kokoro
from limelight.speech.reader import ReadWord
from limelight.speech.speaker import Speaker
from limelight.speech.styles import style_of
from limelight.speech.timing import (
    MODEL_RATE_HZ,
    Samples,
    Symbol,
    Utterance,
    aligned,
    aligned_words,
    in_chunks,
    phonemise,
    shifted,
)
from limelight.speech.types import Phoneme, Word


def utter(words: Sequence[ReadWord], speaker: Speaker, speed: float = 1.0) -> tuple[Utterance, float]:
    """The words of one sentence, spoken; and how many times faster stretching has to make the sound for `speed`.

    The model runs at the speed at which the voice has the common pace in a sentence of this length, as far as the model
    speaks well at that speed; stretching does the rest. The same arguments give the same samples. Raises SpeechError
    where a style is unknown, or the model fails.
    """
    model = hibari() if speaker.style is None else kokoro()
    chunks = in_chunks(tokens_of(words))
    length = max((len(chunk) for chunk in chunks), default=1)
    model_speed, stretch = speeds(speaker, length, speed)
    samples: list[Samples] = []
    phonemes: list[tuple[Phoneme, int]] = []
    at = 0
    longer = 1.0
    for symbols in chunks:
        tokens = [vocabulary()[symbol.text] for symbol in symbols]
        if speaker.style is None:
            sound, durations = hibari().run(tokens, model_speed)
        else:
            # Rounding to hops changes a sentence's length by up to a tenth; stretching takes that back.
            sound, durations, longer = kokoro().run(tokens, style_of(speaker.style), model_speed)
        shift_s = at / MODEL_RATE_HZ
        phonemes += [(shifted(p, shift_s), word) for p, word in aligned(symbols, durations, sound, model.lag_s)]
        samples.append(sound)
        at += len(sound)
    written = [word.text for word in words]
    if not samples:
        return Utterance(np.zeros(0, np.float32), (), tuple(Word(w, 0.0, 0.0) for w in written)), 1.0
    gain = np.float32(10 ** (-speaker.measure.level_db_at(length) / 20))
    words_in_time = aligned_words(written, phonemes)
    utterance = Utterance(np.concatenate(samples) * gain, tuple(p for p, _ in phonemes), words_in_time)
    return utterance, stretch * longer


def speeds(speaker: Speaker, length: int, speed: float = 1.0) -> tuple[float, float]:
    """The speed to run the model at for a sentence of `length` tokens, and the factor left for time stretching."""
    model = Hibari if speaker.style is None else Kokoro
    wanted = speed / speaker.measure.pace_at(length)
    model_speed = min(max(wanted, model.min_speed), model.max_speed)
    return model_speed, wanted / model_speed


def tokens_of(words: Sequence[ReadWord]) -> list[Symbol]:
    """The models' tokens for read words. Words that end without a sign get a comma, for the melody."""
    symbols = [s for s in phonemise(words) if s.text in vocabulary()]
    while symbols and symbols[-1].text == " ":
        symbols.pop()
    if not any(s.word >= 0 for s in symbols):
        return []
    if symbols[-1].word >= 0:
        symbols.append(Symbol(",", -1))
    return symbols


@lru_cache(maxsize=1)
def vocabulary() -> Mapping[str, int]:
    """Symbol → the models' token. Raises SpeechError where the table is missing or not the expected one."""
    data = models.checked(models.files([PACKAGE], "assets/vocab.json"), VOCABULARY_SHA256, "the phoneme table")
    table: dict[str, int] = json.loads(data)
    return table
