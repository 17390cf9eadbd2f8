"""Lip sync as an independent tracker sees it on the finished film, never from the curves that drew it.

`track.py` follows the face (MediaPipe, in an environment of its own), `measure` makes numbers of it.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SETTING = "LIMELIGHT_LANDMARKS_PYTHON"
_HERE = Path(__file__).resolve().parent
_DEFAULT = _HERE.parent.parent / ".venv-landmarks" / "bin" / "python"
HOW_TO_GET_IT = (
    f"no landmark tracker: set {SETTING}, or make .venv-landmarks with "
    "`python3.11 -m venv .venv-landmarks && .venv-landmarks/bin/pip install -r judges/lips/requirements.txt`"
)


class TrackerMissing(RuntimeError):
    """There is no environment for the tracker."""


@dataclass(frozen=True, slots=True)
class Track:
    """What was measured: columns of `track.py`, one row per frame; frame i stands for the time (i + 0.5) / fps."""

    fps: float
    columns: dict[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.columns["faces"])

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return self.columns[name]

    @property
    def times_s(self) -> NDArray[np.float64]:
        """The middle of each frame, seconds, (frames,)."""
        return np.asarray((np.arange(len(self)) + 0.5) / self.fps, np.float64)


def interpreter() -> Path | None:
    """The Python of the tracker's environment, or None."""
    named = os.environ.get(SETTING)
    path = Path(named) if named else _DEFAULT
    return path if path.is_file() else None


def track(film: Path) -> Track:
    """Follow the face through a film.

    Raises TrackerMissing where the environment is absent, RuntimeError where the tracker fails.
    """
    python = interpreter()
    if python is None:
        raise TrackerMissing(HOW_TO_GET_IT)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "track.npz"
        done = subprocess.run(
            [str(python), str(_HERE / "track.py"), str(film), str(out)],
            capture_output=True,
            text=True,
            timeout=3600,
            env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
        )
        if done.returncode:
            raise RuntimeError(f"the tracker failed: {done.stderr.strip()[-500:]}")
        return load(out)


def load(path: Path) -> Track:
    """A track that `track.py` wrote."""
    with np.load(path) as z:
        columns = {name: z[name].astype(np.float64) for name in z.files if name != "fps"}
        return Track(float(z["fps"]), columns)


def track_or_skip(film: Path) -> Track:
    """As `track`, for tests: skips with the way to install where the environment is absent."""
    import pytest

    try:
        return track(film)
    except TrackerMissing as error:
        pytest.skip(str(error))
