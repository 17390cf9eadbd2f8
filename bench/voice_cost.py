"""What the large voice costs on one and two threads, beside the model's file as it is; and how far apart they sound.

    python bench/voice_cost.py

Core seconds, in turns, of this process alone; what else runs on the machine still takes its caches.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limelight import networks
from limelight.catalog.voices import DEFAULT_FEMALE
from limelight.speech import models, onnxfile
from limelight.speech.kokoro import MODEL_PACKAGES, MODEL_SHA256, Kokoro
from limelight.speech.reader import read_sentence
from limelight.speech.script import Sentence, read_script
from limelight.speech.styles import style_of
from limelight.speech.timing import MODEL_RATE_HZ, Samples
from limelight.speech.utter import tokens_of, vocabulary

TEXT = (
    "Hello and welcome. The new dashboard is live, and every report you saved last year is still there. "
    "Prices rose by four percent. Click the green button at the top of the page to start your free trial. "
    "She reads the figures twice, checks them against the ledger, and only then signs the letter to the bank. "
    "Our warehouse in Rotterdam ships most orders within twenty four hours, although parcels for the islands may take "
    "a little longer in winter. Good question."
)
_DURATIONS = "/encoder/Cast_output_0"
_FRAME, _HOP = 1024, 256

Voice = Callable[[list[int]], tuple[Samples, NDArray[np.int64]]]


def voices(threads: int) -> tuple[Voice, Voice]:
    """The model's file run as it is, and as Limelight runs it: tokens in, sound and durations out."""
    style = style_of(DEFAULT_FEMALE.speaker.style or {})
    model = models.checked(models.files(MODEL_PACKAGES, "part.bin"), MODEL_SHA256, "the speech model")
    graph = networks.session(onnxfile.with_output(model, _DURATIONS), threads)
    kokoro = Kokoro(threads)

    def as_it_is(tokens: list[int]) -> tuple[Samples, NDArray[np.int64]]:
        inputs: dict[str, Any] = {"tokens": [[0, *tokens, 0]], "style": style[len(tokens) - 1][None]}
        sound, durations = graph.run(["audio", _DURATIONS], inputs | {"speed": np.ones(1, np.float32)})
        return np.asarray(sound, np.float32).ravel(), np.asarray(durations, np.int64).ravel()

    return as_it_is, lambda tokens: kokoro.run(tokens, style, 1.0)[:2]


def apart_db(a: Samples, b: Samples, below_db: float) -> float:
    """Root mean square difference of spectra at each moment; its mean. What is `below_db` below the loudest is lost."""
    frames = (np.lib.stride_tricks.sliding_window_view(one, _FRAME)[::_HOP] * np.hanning(_FRAME) for one in (a, b))
    first, second = (np.abs(np.fft.rfft(one)) ** 2 for one in frames)
    floor = 10 ** (-below_db / 10) * first.max()
    difference = 10 * np.log10((second + floor) / (first + floor))
    return float(np.sqrt((difference**2).mean(axis=1)).mean())


def main() -> None:
    """Print what each costs, and how far apart they are."""
    sentences = [part for part in read_script(TEXT).parts if isinstance(part, Sentence)]
    tokens = [[vocabulary()[s.text] for s in tokens_of(read_sentence(one))] for one in sentences]
    for threads in (1, 2):
        both = voices(threads)
        spent, said = np.zeros(2), []
        for voice in both:  # the first time is loading
            voice(tokens[0])
        for one in tokens:
            for i, voice in enumerate(both):
                began = time.process_time()
                said.append(voice(one))
                spent[i] += time.process_time() - began
        pairs = list(zip(said[::2], said[1::2], strict=True))
        seconds = sum(len(sound) for (sound, _), _ in pairs) / MODEL_RATE_HZ
        print(
            f"{threads} threads: as it is {spent[0] / seconds:.3f}, now {spent[1] / seconds:.3f} core seconds a second"
        )
    print("durations are equal:", all(np.array_equal(a[1], b[1]) for a, b in pairs))
    for below_db in (60, 40):
        print(
            f"spectra above -{below_db} dB: {np.mean([apart_db(a[0], b[0], below_db) for a, b in pairs]):.2f} dB apart"
        )


if __name__ == "__main__":
    main()
