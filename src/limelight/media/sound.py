"""Writes sound files."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from limelight.spec import SAMPLE_RATE_HZ


def write_mp3(samples: Path, file: Path) -> Path:
    """Encode `samples`, a .npy of float32 (n,), mono, 48 kHz, as an MP3 `file`, and return that."""
    sound = np.load(samples, allow_pickle=False)
    with av.open(file, "w") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE_HZ, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound[np.newaxis].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file
