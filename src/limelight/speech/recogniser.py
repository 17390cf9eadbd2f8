"""A phoneme recogniser: a network over a log mel spectrogram scores each hop, Viterbi's algorithm finds the phonemes.

The network is the lower part of Whisper's encoder (Radford et al. 2022), which was trained on a hundred languages, and
layers of our own, which tell apart the phonemes that look different on the lips. It knows no words and no language, so
the path knows only how short a phoneme can be. Made by `tools/hear`, see docs/hearing.md. `recording` makes a film's
speech of the phonemes.
"""

from __future__ import annotations

import functools
import importlib.resources
import threading

import numpy as np
from numpy.typing import NDArray

from limelight import networks
from limelight.errors import SpeechError

RATE_HZ = 16_000
HOP_S = 0.010
HOP = round(RATE_HZ * HOP_S)
MELS = 80
#: Hops of a window that the network sees at once, and hops at the window's edges where it sees too little context.
WINDOW, _EDGE = 1000, 100
_FFT = 400
#: Levels further below the loudest band than this, in bels, count as this.
_RANGE = 8.0

#: The network's classes: a symbol in misaki's alphabet, and all symbols that belong to its class. The first is silence.
CLASSES: dict[str, str] = {
    "": "",
    # Consonants by what they look like: voicing is invisible.
    "p": "pb", "m": "m", "f": "fvʋɱɸβ", "θ": "θð", "t": "tdʈɖ", "ɾ": "ɾɽT", "n": "nɲɳ", "l": "lʎɫɭ", "k": "kɡqcɟ",
    "ŋ": "ŋɴ", "x": "xχɣʁɰç", "h": "hɦʔʕħ", "ʃ": "ʃʒʧʤʂʐɕʑʥʨꭧ", "s": "szʦʣS", "ɹ": "ɹɻ", "r": "r", "w": "wɥʍ",
    "j": "jʝ",
    "i": "i", "ɪ": "ɪᵻɨ", "u": "u", "ʊ": "ʊɯ", "y": "yʏ", "e": "eɛ", "ɚ": "ɚɜɝ", "ø": "øœ", "o": "o", "ɔ": "ɔ",
    "ʌ": "ʌɤɐ", "ə": "əɘɵᵊ", "æ": "æ", "a": "aɑɒ",
}  # fmt: skip
SYMBOLS = tuple(CLASSES)
CLASS = {c: i for i, symbols in enumerate(CLASSES.values()) for c in symbols}
#: A diphthong is two vowels; the first one takes `FIRST_VOWEL` of its time.
DIPHTHONGS: dict[str, str] = {"A": "ei", "I": "aɪ", "O": "oʊ", "Q": "əʊ", "W": "aʊ", "Y": "ɔɪ"}
FIRST_VOWEL = 0.55
VOWELS = frozenset("iɪuʊyeɚøoɔʌəæa")


def log_mel(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Whisper's log mel spectrogram of mono 16 kHz sound, float32 (hops, MELS); row i is centred on (i + ½) hops."""
    hops = len(sound) // HOP
    if not hops:
        return np.zeros((0, MELS), np.float32)
    before = (_FFT - HOP) // 2
    padded = np.pad(sound[: hops * HOP].astype(np.float32), (before, before))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::HOP]
    spectrum = np.fft.rfft(frames * _hann(), axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32) @ _mel_bands()
    bels = np.log10(np.maximum(power, 1e-10))
    return np.asarray((np.maximum(bels, bels.max() - _RANGE) + 4) / 4, np.float32)


@functools.cache
def _hann() -> NDArray[np.float32]:
    return np.hanning(_FFT + 1)[:-1].astype(np.float32)


@functools.cache
def _mel_bands() -> NDArray[np.float32]:
    """Triangles of equal area on Slaney's mel scale, linear to 1 kHz and logarithmic above; float32 (bins, MELS)."""
    top = 15 + np.log(RATE_HZ / 2 / 1000) * 27 / np.log(6.4)
    mels = np.linspace(0, top, MELS + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp((mels - 15) * np.log(6.4) / 27))
    hz = np.linspace(0, RATE_HZ / 2, _FFT // 2 + 1)[:, None]
    up = (hz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    down = (edges[2:] - hz) / (edges[2:] - edges[1:-1])
    return np.asarray(np.maximum(np.minimum(up, down), 0) * 2 / (edges[2:] - edges[:-2]), np.float32)


#: Added to the network's log probability of these phonemes in each hop: viewers notice a missed closure at once, and
#: one closure too many hardly.
_BILABIAL_BONUS, _LABIODENTAL_BONUS = 0.9, 0.6
#: Price of another phoneme in log probability, and the fewest hops of a phoneme and of a silence.
_SWITCH = 2.0
_SHORTEST, _SHORTEST_SILENCE = 3, 5


def recognise(sound: NDArray[np.float32]) -> list[tuple[str, int, int]]:
    """The phonemes in mono 16 kHz sound at the film's loudness, as (symbol, first hop, end hop), without silence.

    Raises SpeechError where the network is missing or fails.
    """
    return path(log_probabilities(sound))


def log_probabilities(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Natural logarithms of each class's probability, float32 (hops, len(SYMBOLS)), as the network gives them.

    `sound` is mono, 16 kHz, at about the film's loudness. Raises SpeechError where the network is missing or fails.
    """
    hops = len(sound) // HOP
    out = np.zeros((hops, len(SYMBOLS)), np.float32)
    network = load()
    first = 0
    while first < hops:
        # Windows start on an even hop, because the encoder's frames are two hops long.
        start = (max(min(first - _EDGE, hops - WINDOW), 0) + 1) // 2 * 2
        end = hops if start + WINDOW >= hops else start + WINDOW - _EDGE
        mel = log_mel(sound[start * HOP : (start + WINDOW) * HOP])
        try:
            scores: NDArray[np.float32] = network.run(None, {"mel": mel[None]})[0][0]
        except Exception as error:
            raise SpeechError("the recording could not be listened to.") from error
        out[first:end] = scores[first - start : end - start]
        first = end
    return out


def path(scores: NDArray[np.float32]) -> list[tuple[str, int, int]]:
    """The likeliest phonemes as (symbol, first hop, end hop), without silence, from log probabilities (hops, classes).

    Viterbi's algorithm with a minimal duration for each class.
    """
    if not len(scores):
        return []
    favoured = scores.astype(np.float64).copy()
    p, m, f = (SYMBOLS.index(s) for s in "pmf")
    # p and m both close the lips, so each gets the probability of the two together; which it is hardly matters.
    closed = np.logaddexp(favoured[:, p], favoured[:, m]) + _BILABIAL_BONUS
    favoured[:, [p, m]] = closed[:, None] + 0.05 * np.maximum(favoured[:, [p, m]], -10)
    favoured[:, f] += _LABIODENTAL_BONUS
    shortest = np.full(len(SYMBOLS), _SHORTEST)
    shortest[0] = _SHORTEST_SILENCE
    likeliest = _viterbi(favoured, shortest)
    edges = np.flatnonzero(np.diff(likeliest)) + 1
    spans = zip([0, *edges], [*edges, len(likeliest)], strict=True)
    return [(SYMBOLS[likeliest[a]], int(a), int(b)) for a, b in spans if likeliest[a]]


def _viterbi(scores: NDArray[np.float64], shortest: NDArray[np.int64]) -> NDArray[np.int64]:
    """The class of each hop, (hops,), each lasting at least `shortest[class]` hops."""
    hops, classes = scores.shape
    total = np.concatenate([np.zeros((1, classes)), np.cumsum(scores, axis=0)])
    every = np.arange(classes)
    # open_score[c]: the best path so far that goes on with c from hop open_first[c] on, less c's sum before that hop,
    # so that adding total[t, c] gives its score at hop t.
    open_score = np.full(classes, -np.inf)
    open_first = np.zeros(classes, np.int64)
    # best_end[t]: score of the best path of the first t hops, whose last class is last[t] and began at hop began[t].
    best_end = np.full(hops + 1, -np.inf)
    best_end[0] = 0.0
    last = np.zeros(hops + 1, np.int64)
    began = np.zeros(hops + 1, np.int64)
    for t in range(1, hops + 1):
        first = t - shortest
        possible = first >= 0
        start = np.maximum(first, 0)
        fresh = np.where(possible, best_end[start] - _SWITCH - total[start, every], -np.inf)
        better = fresh > open_score
        open_score = np.where(better, fresh, open_score)
        open_first = np.where(better, start, open_first)
        ending = open_score + total[t]
        c = int(np.argmax(ending))
        best_end[t], last[t], began[t] = ending[c], c, open_first[c]
    out = np.zeros(hops, np.int64)
    t = hops
    if not np.isfinite(best_end[t]):
        return out
    while t > 0:
        out[began[t] : t] = last[t]
        t = int(began[t])
    return out


_lock = threading.Lock()
_loaded: networks.Session | None = None


def load() -> networks.Session:
    """The process's one network, read at the first call. Raises SpeechError where it is missing or damaged."""
    global _loaded
    with _lock:
        if _loaded is None:
            try:
                model = (importlib.resources.files("limelight.speech") / "recogniser.onnx").read_bytes()
                _loaded = networks.session(model, threads=1)  # which is fast enough
            except Exception as error:
                raise SpeechError("the network that listens to recordings is missing or damaged.") from error
        return _loaded
