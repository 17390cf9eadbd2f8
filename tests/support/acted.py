"""Speech that acting is looked at with, and what is counted in a performance."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from judges.lips.measure import runs
from limelight.acting.performance import BLENDSHAPES, INDEX, Performance
from limelight.catalog.voices import voice_named
from limelight.speech.speak import speak
from limelight.speech.types import Phoneme, Speech

FPS = 25


# Closures at every distance, f and v beside m, rounded beside spread, a pause.
SCRIPTS = (
    ("People keep maps by Bobby's bumper. Imagine a comfortable pump, Pam.", "Sara", 1.0),
    ("Every five of a few favourite vans move over the river.", "Paul", 1.2),
    ("She sees two new shoes, so we choose whose boat you would row home.", "Sara", 1.05),
    ("Revenue grew by twelve percent. However, our costs also went up.", "Paul", 1.0),
    ("We knew he would keep you waiting. Who agrees with me? You do, and soon we will too.", "Sara", 1.1),
)


MOUTH = [i for i, name in enumerate(BLENDSHAPES) if name.startswith(("jaw", "mouth")) and "Smile" not in name]


@functools.cache
def said(i: int) -> Speech:
    script, name, speed = SCRIPTS[i]
    return speak(script, voice_named(name).speaker, speed)


def frames_of(p: Phoneme, performance: Performance, around: int = 1) -> slice:
    a, b = int(p.start_s * performance.fps), int(np.ceil(p.end_s * performance.fps))
    return slice(max(a - around, 0), b + around)


def longer(i: int, times: int) -> Speech:
    return Speech.join([said(i), said(3)] * times)


def blinks(performance: Performance) -> list[tuple[int, int]]:
    return runs(performance.weights[:, INDEX["eyeBlinkLeft"]] > 0.4)


def gap(weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """How far the lips are apart, float64 (frames,), from weights (frames, 52): 0 is closed, about 1 per `jawOpen`.

    An estimate of the aperture: the jaw and parted lips open it, `mouthClose` and rolled lips close it.
    """

    def of(*names: str) -> NDArray[np.float64]:
        return np.asarray(weights[:, [INDEX[n] for n in names]].mean(1), np.float64)

    return np.asarray(
        of("jawOpen")
        - of("mouthClose")
        + 0.18 * of("mouthLowerDownLeft", "mouthLowerDownRight")
        + 0.18 * of("mouthUpperUpLeft", "mouthUpperUpRight")
        + 0.12 * of("mouthFunnel")
        - 0.08 * of("mouthRollLower")
        - 0.08 * of("mouthRollUpper")
    )
