"""The large model's styles, blends of them, and styles from files.

A style is float32 (510, 256): a row for each number of tokens, half of it for the timbre and half for the prosody.
Kokoro's own are shipped as factors of rank 16 (`tools/voices`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from limelight.errors import SpeechError

#: Rows and columns of a style.
SHAPE = (510, 256)

Style = NDArray[np.float32]

_FILE = Path(__file__).parent / "styles.npz"


def style_of(style: Mapping[str, float] | Path) -> Style:
    """A blend of Kokoro's styles by weight (normalised to sum 1), or the style in a voice file; float32 (510, 256).

    Raises SpeechError where a style is unknown, or the file cannot be read.
    """
    if isinstance(style, Path):
        return _from_file(style, style.stat().st_mtime_ns if style.exists() else 0)
    return _blend(tuple(sorted(style.items())))


def style_names() -> tuple[str, ...]:
    """The names of Kokoro's styles. Raises SpeechError."""
    return tuple(sorted({name.rpartition(".")[0] for name in _factors()}))


@lru_cache(maxsize=32)
def _blend(weights: tuple[tuple[str, float], ...]) -> Style:
    total = sum(weight for _, weight in weights)
    unknown = [name for name, _ in weights if f"{name}.rows" not in _factors()]
    if unknown or total <= 0:
        raise SpeechError(f"unknown speaking style: {', '.join(unknown) or 'none given'}.")
    blend: Style = np.zeros(SHAPE, np.float32)
    for name, weight in weights:
        rows, columns = _factors()[f"{name}.rows"], _factors()[f"{name}.columns"]
        # In double precision, sums in any order round to the same float32: the style is equal on every machine.
        style = (rows.astype(np.float64) @ columns.astype(np.float64)).astype(np.float32)
        blend += style * np.float32(weight / total)
    blend.setflags(write=False)
    return blend


@lru_cache(maxsize=1)
def _factors() -> dict[str, NDArray[np.float32]]:
    try:
        with _FILE.open("rb") as opened, np.load(opened, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except Exception as error:  # of many kinds, whatever is damaged
        raise SpeechError("the speaking styles are damaged; install Limelight again.") from error


@lru_cache(maxsize=8)
def _from_file(path: Path, _mtime_ns: int) -> Style:
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as archive:
            style: Style = archive["style"]
    except Exception as error:  # of many kinds, whatever is damaged
        raise SpeechError(f"the voice file {path.name} cannot be read; add the voice again.") from error
    if style.shape != SHAPE or style.dtype != np.float32 or not np.isfinite(style).all():
        raise SpeechError(f"the voice file {path.name} cannot be read; add the voice again.")
    return style
