"""One scene's pictures, by frame index: background, figure, texts and watermark.

Layers from back to front: the background, the figure, and texts and watermark on top of both. What stands still is
composed once; each frame draws only the rectangle in which the figure moves, or the whole where the background changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import Performance
from limelight.compose.background import MovingPicture
from limelight.compose.figures import Figure, lay
from limelight.compose.text import overlay
from limelight.compose.watermark import watermark
from limelight.compose.yuv import AlphaPlanes, Planes
from limelight.puppet import raster
from limelight.puppet.pack import Rect
from limelight.puppet.puppet import Patch
from limelight.spec import Scene, VideoBackground, VideoSpec

Rgba = NDArray[np.uint8]

#: A figure in a box of less than this share of the frame is small; alpha up to this is nothing to see.
_SMALL, _FAINT = 0.25, 8


class ScenePicture:
    """The frames of one scene, asked for in order from 0; they have alpha where `background` is None."""

    def __init__(self, spec: VideoSpec, scene: Scene, figure: Figure | None, background: MovingPicture | None) -> None:
        size = spec.width, spec.height
        self._figure = figure
        self._still = np.zeros((spec.height, spec.width, 4), np.uint8)
        if self._figure is not None:
            lay(self._still, self._figure.still())
        #: what of the figure should stay seen, x0, y0, x1, y1, pixels; None where nobody is
        self.speaker = _speaker(self._figure, self._still)
        #: the face of one who is small, likewise
        face = self._figure.face_box if self._figure else None
        self.face = face if face != self.speaker else None
        chooses = any(text.colour is None for text in scene.texts)
        behind = _seen(background, self._still) if chooses else []
        moves = isinstance(scene.background, VideoBackground)
        words = [overlay(text, *size, behind, moves=moves) for text in scene.texts]
        #: where they are, x0, y0, x1, y1, pixels
        self.texts = tuple(box for patch in words if (box := _box(patch)))
        self._top = _top(spec, words)
        if self._top is not None:
            raster.over(self._still, self._top)
        self._background = background
        self._behind = np.zeros((spec.height, spec.width, 4), np.uint8)
        self._planes = Planes(*size) if background else AlphaPlanes(*size)
        self._write(Patch(0, 0, self._still))

    def frame(self, performance: Performance, i: int) -> Planes | AlphaPlanes:
        """Frame i; the planes are the same object each time, valid until the next call."""
        if self._background is not None and (picture := self._background.frame(i)) is not None:
            self._behind = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA), np.uint8)
            self._write(Patch(0, 0, self._still))
        if self._figure is not None:
            self._show(self._figure.patch(performance, i))
        return self._planes

    def _show(self, patch: Patch) -> None:
        height, width = patch.rgba.shape[:2]
        if not (height and width):
            return
        if self._top is not None:
            if isinstance(self._planes, AlphaPlanes):  # its colours spread, so all of the patch is written
                patch = replace(patch, rgba=patch.rgba.copy(), spans=None)
            raster.over(patch.rgba, self._top[patch.y : patch.y + height, patch.x : patch.x + width], patch.spans)
        self._write(patch)

    def _write(self, patch: Patch) -> None:
        if isinstance(self._planes, AlphaPlanes):
            self._planes.write(patch.rgba, patch.x, patch.y)
        else:
            self._planes.write(self._behind, patch.rgba, patch.x, patch.y, patch.spans)


def _seen(background: MovingPicture | None, figure: Rgba) -> list[NDArray[np.uint8]]:
    """A few frames before texts are drawn on them, uint8 (height, width, 3); none where the background is not known.

    `figure` is premultiplied RGBA uint8 (height, width, 4).
    """
    clear = 255 - figure[..., 3:].astype(np.uint16)
    return [
        np.asarray(figure[..., :3] + (picture * clear + 127) // 255, np.uint8)
        for picture in (background.glimpses() if background else ())
    ]


def _speaker(figure: Figure | None, still: Rgba) -> Rect | None:
    """A small figure whole, of a large one the face: words over the chest of one who fills the frame disturb nobody."""
    whole = _box(Patch(0, 0, still))
    if figure is None or whole is None:
        return None
    is_small = (whole[2] - whole[0]) * (whole[3] - whole[1]) < _SMALL * still.shape[0] * still.shape[1]
    return whole if is_small else figure.face_box


def _box(patch: Patch) -> Rect | None:
    """Where a patch has something to see: the room that it keeps around it is none of it."""
    rows, columns = (np.flatnonzero((patch.rgba[..., 3] > _FAINT).any(axis)) for axis in (1, 0))
    if not len(rows):
        return None
    left, top, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    return patch.x + left, patch.y + top, patch.x + right, patch.y + bottom


def _top(spec: VideoSpec, words: Sequence[Patch]) -> Rgba | None:
    """Texts and watermark: premultiplied RGBA uint8 (height, width, 4) of the frame's size; None without any."""
    if not words and not spec.watermark:
        return None
    top = np.zeros((spec.height, spec.width, 4), np.uint8)
    for patch in words:
        lay(top, patch)
    if spec.watermark:
        raster.over(top, watermark(spec.width, spec.height))
    return top
