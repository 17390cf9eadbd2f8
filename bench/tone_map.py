"""How far films of high dynamic range are from what Debian's ffmpeg makes of them: `python bench/tone_map.py`.

For PQ and HLG, and for each of ffmpeg's tone maps in linear light with white at 203 and at 100 cd/m²: the mean
CIEDE2000 over the patches of a test card, and the saturation as a share of ffmpeg's. Needs ffmpeg with zscale (apt
install ffmpeg).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from limelight.media.decode import open_film

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from bench.media_files import CARD_PATCH_PX, hdr
from colours import ciede2000, lab, linear

Pixels = NDArray[np.uint8]

_TRANSFERS = {"PQ": 16, "HLG": 18}
_OPERATORS = ("mobius", "reinhard", "hable", "clip")


def main() -> None:
    """Print the table."""
    print("film  white  tone map   CIEDE2000  saturation")
    with tempfile.TemporaryDirectory() as folder:
        for name, transfer in _TRANSFERS.items():
            path = Path(folder) / f"{name}.mp4"
            path.write_bytes(hdr(transfer))
            with open_film(path) as film:
                ours = _patches(film.picture(film.width, film.height))
            for white in (203, 100):
                for operator in _OPERATORS:
                    theirs = _patches(_by_ffmpeg(path, operator, white, (film.height, film.width)))
                    print(
                        f"{name:4}  {white:5}  {operator:8}  {_difference(ours, theirs):10.2f}  "
                        f"{_saturation(ours) / _saturation(theirs):10.2f}"
                    )


def _by_ffmpeg(path: Path, operator: str, white: int, size: tuple[int, int]) -> Pixels:
    filters = (
        f"zscale=t=linear:npl={white},format=gbrpf32le,zscale=p=bt709,tonemap={operator}:desat=0,"
        "zscale=t=bt709:m=bt709:r=tv,format=yuv444p,zscale=matrixin=bt709:rangein=tv:range=pc,format=rgb24"
    )
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-frames:v", "1", "-vf", filters, "-f", "rawvideo", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(*size, 3)


def _patches(picture: Pixels) -> Pixels:
    """The middle of each patch, (patches, 3)."""
    return picture[CARD_PATCH_PX // 2 :: CARD_PATCH_PX, CARD_PATCH_PX // 2 :: CARD_PATCH_PX].reshape(-1, 3)


def _difference(ours: Pixels, theirs: Pixels) -> float:
    return float(np.mean([ciede2000(a, b) for a, b in zip(lab(linear(ours)), lab(linear(theirs)), strict=True)]))


def _saturation(patches: Pixels) -> float:
    return float(np.ptp(patches.astype(float), axis=1).mean())


if __name__ == "__main__":
    main()
