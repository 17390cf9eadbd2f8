"""Sound files: a scene's sound while its film is made, a .npy of float32 (n,), mono, 48 kHz; and MP3.

A long scene's sound is large, so none of these holds more of it in memory than they are given.
"""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from limelight.spec import SAMPLE_RATE_HZ

Samples = NDArray[np.float32]

_BLOCK = 10 * SAMPLE_RATE_HZ


def write(samples: Samples, length: int, volume: float, file: Path) -> None:
    """Write a scene's sound, cut or padded with silence to so many samples, `volume` times as loud."""
    with file.open("wb") as out:
        np.lib.format.write_array_header_1_0(out, {"descr": "<f4", "fortran_order": False, "shape": (length,)})
        for start in range(0, length, _BLOCK):
            heard = samples[start : min(start + _BLOCK, length)] * np.float32(volume)
            out.write(np.pad(heard, (0, min(_BLOCK, length - start) - len(heard))).astype("<f4").tobytes())


def read(file: Path, start: int, end: int) -> Samples:
    """Samples `start` to `end` of a scene's sound, or to its own end."""
    # Opened each time: what is mapped and was read once counts as this process's memory.
    return np.array(np.load(file, mmap_mode="r")[start:end])


def length(file: Path) -> int:
    """How many samples a scene's sound has."""
    return len(np.load(file, mmap_mode="r"))


def write_mp3(samples: Path, file: Path) -> Path:
    """Encode a scene's sound as an MP3 `file`, and return that."""
    with av.open(file, "w") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE_HZ, layout="mono")
        for start in range(0, max(length(samples), 1), _BLOCK):
            block = read(samples, start, start + _BLOCK)
            frame = av.AudioFrame.from_ndarray(block[np.newaxis], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file
