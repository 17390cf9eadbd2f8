"""The pictures of a person in the package `openpeople`, and the cells of their sheet of expressions."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

NAMES = (
    "Neutral", "Happy", "Sad", "Angry", "Surprised", "Disgusted", "Scared", "Confused",
    "Smug", "Flirty", "Thoughtful", "Pensive", "Exhausted", "Shocked", "Playful", "Determined",
)  # fmt: skip
#: The white frames: how light they are, and how large a cell is at least, pixels; their own width.
_WHITE, _WIDE, _HIGH, _FRAME = 225, 300, 200, 8


def person(folder: Path, who: str, kind: str) -> Bytes:
    """(h, w, 3) a picture of a person: studio_portrait, studio_posture, emotions_sheet …"""
    path = folder / who / "assets" / f"{kind}.jpg"
    picture = cv2.imread(str(path))
    if picture is None:
        raise FileNotFoundError(path)
    return np.ascontiguousarray(picture[..., ::-1], np.uint8)


def cells(sheet: Bytes) -> dict[str, Bytes]:
    """The sixteen pictures of a sheet by their names, inside their frames."""
    pale = (sheet.min(-1) > _WHITE).astype(np.uint8)
    closed = cv2.morphologyEx(pale, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = (tuple(cv2.boundingRect(contour)) for contour in contours)
    boxes = sorted((b for b in found if b[2] > _WIDE and b[3] > _HIGH), key=lambda b: b[1])
    if len(boxes) != len(NAMES):
        raise ValueError(f"{len(boxes)} frames were found in the sheet, expected {len(NAMES)}")
    ordered = [box for k in range(0, len(boxes), 4) for box in sorted(boxes[k : k + 4])]
    return {
        name: np.ascontiguousarray(sheet[y + _FRAME : y + h - _FRAME, x + _FRAME : x + w - _FRAME])
        for name, (x, y, w, h) in zip(NAMES, ordered, strict=True)
    }
