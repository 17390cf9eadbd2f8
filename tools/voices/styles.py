"""Kokoro's native English styles, from the files of its own JavaScript package, as small factors.

    npm pack kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz
    python -m tools.voices.styles package/voices src/limelight/speech/styles.npz

A style is 510 vectors of 256 numbers, one for each length of a text, and a matrix of rank 16 at most: of 0.52 MB, 0.05
are left. Only the files are taken; the package's code needs eSpeak (GPL).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

RANK = 16
SHAPE = (510, 256)


def main() -> None:
    """Write the factors of every American and British style, and say how far they are off at most."""
    source, target = map(Path, sys.argv[1:3])
    factors: dict[str, np.ndarray] = {}
    worst = 0.0
    for file in sorted(source.glob("[ab][fm]_*.bin")):
        style = np.fromfile(file, np.float32).reshape(SHAPE)
        u, s, vt = np.linalg.svd(style.astype(np.float64), full_matrices=False)
        left, right = (u[:, :RANK] * s[:RANK]).astype(np.float32), vt[:RANK].astype(np.float32)
        worst = max(worst, float(np.abs(left @ right - style).max()))
        factors[f"{file.stem}.left"], factors[f"{file.stem}.right"] = left, right
    np.savez(target, **factors)
    print(f"{len(factors) // 2} styles, {target.stat().st_size} bytes, at most {worst:.1e} off")


if __name__ == "__main__":
    main()
