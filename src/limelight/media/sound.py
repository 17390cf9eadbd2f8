"""A sound as a file of its own."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from limelight.spec import SAMPLE_RATE_HZ


def write_mp3(samples: Path, file: Path) -> Path:
    """Encode `samples`, a float32 .npy, mono at 48 kHz, as MP3; gives the file."""
    sound = np.load(samples, allow_pickle=False)
    with av.open(file, "w") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE_HZ, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound[np.newaxis].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file
