"""The small speech model: one voice that costs a hundredth of the large model's time. Knows nothing of words.

hibari's network (int8, ONNX, distilled from a style of Kokoro) predicts a spectrum, and its package's signal processing
synthesises the sound. The network's file is read directly: the package would look for other voices on the internet.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from limelight.errors import SpeechError
from limelight.speech import models, onnxfile
from limelight.speech.timing import HOP, Samples

#: The same as Kokoro's, which it was trained on.
LAG_S = 0.055
#: The model's own speed divides durations that are whole hops already, so that 0.79 is a fifth slower than 0.81
#: (findings/hibari-speed-steps.sh): time stretching makes other speeds.
MIN_SPEED = MAX_SPEED = 1.0

MODEL_SHA256 = "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"
VOCABULARY_SHA256 = "70abefbe8a1c8865e43e0a43bbdc25b91a33e4aa053479d443ccf23e20a59e5d"
PACKAGE = "hibari"

_DURATIONS = "/Clip_output_0"
_SPECTRUM = ("lh", "theta", "ln", "lr", "phi", "f0")
#: Seeds the noise in its sound, so that the same words give the same samples.
_NOISE_SEED = 1


class Hibari:
    """The loaded model. Use `hibari()`, which keeps one per process."""

    min_speed, max_speed, lag_s = MIN_SPEED, MAX_SPEED, LAG_S

    def __init__(self) -> None:
        """Raises SpeechError where the model's file is missing or is not the known one."""
        model = models.checked(models.files([PACKAGE], "assets/hibari.onnx"), MODEL_SHA256, "the fast speech model")
        self._session = models.session(onnxfile.with_output(model, _DURATIONS), 1)

    def run(self, tokens: Sequence[int], speed: float) -> tuple[Samples, NDArray[np.int64]]:
        """Samples float32 (n,) at 24 kHz, and the durations int64 (len(tokens) + 2,) in hops of the tokens with a pad
        before and after them.

        The same arguments give the same samples. Raises SpeechError where the model fails.
        """
        from hibari import dsp

        try:
            *spectrum, durations = self._session.run(
                [*_SPECTRUM, _DURATIONS],
                {"ids": np.array([[0, *tokens, 0]], np.int64), "speed": np.array([speed], np.float32)},
            )
            sound = dsp.synth(*(part[0] for part in spectrum), np.random.default_rng(_NOISE_SEED))
        except Exception as error:
            raise SpeechError("the speech model failed on a sentence.") from error
        sound, durations = np.asarray(sound, np.float32), np.round(np.asarray(durations).ravel()).astype(np.int64)
        if int(durations.sum()) * HOP != len(sound) or not np.isfinite(sound).all():
            raise SpeechError("the speech model gave a sound that cannot be used.")
        return sound, durations


_lock = threading.Lock()
_loaded: Hibari | None = None


def hibari() -> Hibari:
    """The process's one model, loaded at the first call. Raises SpeechError, see `Hibari`."""
    global _loaded
    with _lock:
        if _loaded is None:
            _loaded = Hibari()
        return _loaded
