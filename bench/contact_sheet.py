"""A contact sheet of a film: frames at even distances, and optionally a zoom on a part of each.

python bench/contact_sheet.py demo.mp4 sheet.jpg
python bench/contact_sheet.py demo.mp4 mouth.png --zoom 0.46,0.22,0.08,0.14 --from 2.0 --every 1
"""

from __future__ import annotations

import argparse
from pathlib import Path

import av
import cv2
import numpy as np


def frames(path: Path) -> list[np.ndarray]:
    """All frames as BGR."""
    with av.open(str(path)) as film:
        return [f.reformat(format="bgr24", src_colorspace="ITU709").to_ndarray() for f in film.decode(video=0)]


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
    options = parser.parse_args()
    film = frames(options.film)
    first = round(options.start * 25)
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
        tiles.append(tile)
    rows = [np.hstack(tiles[i : i + options.columns]) for i in range(0, len(tiles), options.columns)]
    cv2.imwrite(str(options.out), np.vstack([r for r in rows if r.shape[1] == rows[0].shape[1]]))


if __name__ == "__main__":
    main()
