"""Kokoro's English styles as factors: what `limelight.speech.styles` reads.

    npm pack kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz
    python -m tools.voices.styles package/voices src/limelight/speech/styles.npz

Each style is a matrix of 510 × 256 of rank 16 at most. Their files alone are taken: the package's code needs eSpeak.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

#: Of American and British English.
LANGUAGES = ("a", "b")
RANK = 16
LARGEST_ERROR = 1e-4


def factors(style: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float32 (510, 16) and (16, 256), whose product is the style. Raises ValueError where it is of a higher rank."""
    left, values, right = np.linalg.svd(style.astype(np.float64), full_matrices=False)
    rows, columns = (left[:, :RANK] * values[:RANK]).astype(np.float32), right[:RANK].astype(np.float32)
    error = float(np.abs(rows.astype(np.float64) @ columns.astype(np.float64) - style).max())
    if error > LARGEST_ERROR:
        raise ValueError(f"the largest error is {error:.1e}")
    return rows, columns


def main(folder: Path, out: Path) -> None:
    """Write the factors of all styles of these languages."""
    made = {}
    for file in sorted(folder.glob("*.bin")):
        if file.stem.startswith(LANGUAGES):
            style = np.fromfile(file, "<f4").reshape(510, 256)
            made[f"{file.stem}.rows"], made[f"{file.stem}.columns"] = factors(style)
    np.savez_compressed(out, **made)  # type: ignore[arg-type]  # numpy's own `allow_pickle`
    print(f"{len(made) // 2} styles, {out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
