"""A contact sheet of a film: frames at even distances, and optionally a zoom on a part of each.

python bench/contact_sheet.py demo.mp4 sheet.jpg
python bench/contact_sheet.py demo.mp4 mouth.png --zoom 0.46,0.22,0.08,0.14 --from 2.0 --every 1
python bench/contact_sheet.py film.mp4 visemes.jpg --phonemes film.phonemes.json --from 2.0 --every 1 --zoom …

With phonemes (which bench/lipsync.py --keep writes) each frame shows below it what is heard while it is seen.
"""

from __future__ import annotations

import argparse
import json
from importlib.resources import as_file, files
from itertools import groupby
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from limelight.acting.visemes import spans
from limelight.speech.types import Phoneme

_FPS = 25
_STRIP = 44


def frames(path: Path) -> list[np.ndarray]:
    """All frames as BGR."""
    with av.open(str(path)) as film:
        return [f.reformat(format="bgr24", src_colorspace="ITU709").to_ndarray() for f in film.decode(video=0)]


def heard(phonemes: list[Phoneme], i: int) -> tuple[str, str]:
    """The phonemes that sound while frame i is seen, and their visemes."""
    sounding = [p for p in phonemes if p.start_s < (i + 1) / _FPS and p.end_s > i / _FPS]
    shown = [s for s in spans(sounding, [1.0] * len(sounding)) if s.start_s < (i + 1) / _FPS and s.end_s > i / _FPS]
    visemes = [name for name, _ in groupby(s.viseme for s in shown)]
    return " ".join(p.symbol for p in sounding), " ".join(visemes) or "sil"


def captioned(tile: np.ndarray, symbols: str, visemes: str) -> np.ndarray:
    """The tile with a strip below it."""
    picture = Image.new("RGB", (tile.shape[1], tile.shape[0] + _STRIP), "white")
    picture.paste(Image.fromarray(tile[..., ::-1]))
    draw, y = ImageDraw.Draw(picture), tile.shape[0] + _STRIP // 2
    draw.text((8, y), symbols, (20, 20, 20), font(26), anchor="lm")
    draw.text((tile.shape[1] - 8, y), visemes, (120, 120, 120), font(18), anchor="rm")
    return np.asarray(picture)[..., ::-1].copy()


def font(size: int) -> ImageFont.FreeTypeFont:
    """That of captions."""
    with as_file(files("limelight.compose") / "fonts" / "NotoSans-Regular.ttf") as path:
        return ImageFont.truetype(path, size)


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--width", type=int, default=400, help="of a tile, pixels")
    parser.add_argument("--zoom", help="x,y,width,height as fractions of the frame")
    parser.add_argument("--from", dest="start", type=float, default=0.0, help="first second")
    parser.add_argument("--every", type=int, help="take every n-th frame instead of even distances")
    parser.add_argument("--phonemes", type=Path, help="what is heard when: shown below each frame")
    options = parser.parse_args()
    phonemes = [Phoneme(*row) for row in json.loads(options.phonemes.read_text())] if options.phonemes else None
    film = frames(options.film)
    first = round(options.start * _FPS)
    last = len(film) - 1 if options.every is None else first + options.every * (options.count - 1)
    tiles = []
    for i in np.linspace(first, min(last, len(film) - 1), options.count).round().astype(int):
        tile = film[i]
        if options.zoom:
            x, y, w, h = (float(v) for v in options.zoom.split(","))
            rows, columns = tile.shape[:2]
            tile = tile[int(y * rows) : int((y + h) * rows), int(x * columns) : int((x + w) * columns)]
        height = round(options.width * tile.shape[0] / tile.shape[1])
        how = cv2.INTER_AREA if tile.shape[1] > options.width else cv2.INTER_CUBIC
        tile = cv2.resize(tile, (options.width, height), interpolation=how)
        cv2.putText(tile, str(i), (6, height - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (90, 90, 90), 1, cv2.LINE_AA)
        tiles.append(tile if phonemes is None else captioned(tile, *heard(phonemes, int(i))))
    rows = [np.hstack(tiles[i : i + options.columns]) for i in range(0, len(tiles), options.columns)]
    cv2.imwrite(str(options.out), np.vstack([r for r in rows if r.shape[1] == rows[0].shape[1]]))


if __name__ == "__main__":
    main()
