"""The acting stage: speech in, a performance out. A pure function of speech, seed and manner."""

from __future__ import annotations

import numpy as np

from limelight.acting import body, coarticulation, eyes, face, head
from limelight.acting.curves import noise, stream
from limelight.acting.manner import AS_USUAL, Manner
from limelight.acting.performance import INDEX, Performance
from limelight.acting.prosody import prosody_of
from limelight.acting.visemes import spans
from limelight.speech.types import Speech


def act(speech: Speech, seed: int, frames: int, fps: int = 25, manner: Manner = AS_USUAL) -> Performance:
    """How a presenter moves while they say `speech`, for exactly `frames` frames.

    The speech begins with frame 0. The presenter listens after its end, and throughout where it has no phonemes.
    """
    if frames < 0 or fps < 1:
        raise ValueError("frames must not be negative and fps must be positive")
    t = (np.arange(frames) + 0.5) / fps
    end_s = frames / fps
    prosody = prosody_of(speech)
    mouth = coarticulation.move(spans(prosody.phonemes, prosody.openness), prosody.phrases, frames, fps)
    w = mouth.weights
    _uneven_lips(w, seed, t)
    breath = head.breathe(prosody, seed, t, end_s)
    pose = head.move(prosody, seed, t, end_s, breath, manner)
    look = eyes.move(prosody, seed, t, end_s, pose, manner)
    eyes.weights(look, w)
    face.weights(prosody, seed, t, end_s, look, mouth, w, manner)
    return Performance(
        fps=fps,
        weights=np.clip(w, -0.5, 1.0).astype(np.float32),
        tongue=mouth.tongue.astype(np.float32),
        head=np.radians(np.stack([pose.yaw, pose.pitch, pose.roll], -1)).astype(np.float32),
        shift=pose.shift.astype(np.float32),
        gaze=look.gaze.astype(np.float32),
        breath=np.clip(breath, -1.0, 1.0).astype(np.float32),
        body=body.move(prosody, seed, t, end_s, manner).astype(np.float32),
    )


def _uneven_lips(
    w: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    seed: int,
    t_s: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> None:
    """Make the lips' weights in `w` (frames, 52) a little unequal on the two sides, as people's are; in place."""
    uneven = 0.07 * np.tanh(noise(stream(seed, "lips"), t_s, 0.25)) + 0.05 * stream(seed, "lips side").uniform(-1, 1)
    for name in ("mouthLowerDown", "mouthUpperUp", "mouthStretch"):
        w[:, INDEX[name + "Left"]] *= 1 + uneven
        w[:, INDEX[name + "Right"]] *= 1 - uneven
