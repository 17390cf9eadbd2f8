"""A presenter at one place in a frame: gives premultiplied RGBA patches by frame index.

`still` draws the parts that never move, once; `patch` draws the others for each frame. Both agree to the pixel where
they meet.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import Performance
from limelight.puppet import raster
from limelight.puppet.eyes import Eyes
from limelight.puppet.face import Face
from limelight.puppet.motion import Motion, Placement, still_below
from limelight.puppet.pack import Pack, Rect
from limelight.puppet.raster import View

Floats = NDArray[np.float32]

#: Pixels of a source picture per film pixel; sampling averages them, so that fine detail stays even while it moves by
#: fractions of a pixel.
_SUPERSAMPLING = 2
#: The same for the skin's texture, which is soft, and is blended for each frame.
_SKIN_SAMPLING = 1.6
_MAX_SOURCE_PX = 40_000_000
#: How far head and face can move from their resting place.
_HEAD_ROOM_M = 0.045


@dataclass(frozen=True, slots=True)
class Patch:
    """A picture at a place in the frame."""

    #: the top left corner, film pixels, even
    x: int
    y: int
    #: uint8 (height, width, 4), premultiplied, sRGB; height and width even
    rgba: NDArray[np.uint8]


def still_picture(picture: NDArray[np.uint8], placement: Placement, frame_size: tuple[int, int]) -> NDArray[np.uint8]:
    """An opaque picture uint8 (h, w, 3), drawn alone in a frame as a presenter's portrait of its size would be.

    Returns premultiplied RGBA uint8 (frame height, frame width, 4); `frame_size` is width and height.
    """
    frame_width, frame_height = frame_size
    height, width = picture.shape[:2]
    drawn = np.zeros((frame_height, frame_width, 4), np.uint8)
    x0, y0, x1, y1 = _in_frame((0, 0, width, height), placement, frame_size)
    if x1 <= x0 or y1 <= y0:
        return drawn
    source = _Source(np.dstack([picture, np.full((height, width), 255, np.uint8)]), placement)
    inside = source.sample(*source.indices(_pixels((x0, y0, x1, y1))), cv2.BORDER_REPLICATE)
    columns = _coverage(x0, x1, placement.x, placement.x + width * placement.scale)
    rows = _coverage(y0, y1, placement.y, placement.y + height * placement.scale)
    drawn[y0:y1, x0:x1] = np.rint(inside * (rows[:, None, None] * columns[None, :, None]))
    return drawn


def _coverage(first: int, end: int, low: float, high: float) -> Floats:
    """float32 (end - first,), in [0, 1]: the share of each pixel that lies between the coordinates `low` and `high`."""
    at = np.arange(first, end)
    return np.asarray(np.clip(np.minimum(at + 1, high) - np.maximum(at, low), 0, 1), np.float32)


def _in_frame(
    rect: tuple[float, float, float, float], placement: Placement, frame_size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """A rectangle x0, y0, x1, y1 in portrait pixels as even film pixels inside the frame."""
    corners = placement.to_film(np.array([rect[:2], rect[2:]], np.float32))
    low = np.floor(corners[0] / 2).astype(int) * 2
    high = np.ceil(corners[1] / 2).astype(int) * 2
    (left, top), (right, bottom) = np.clip(low, 0, frame_size), np.clip(high, 0, frame_size)
    return int(left), int(top), int(right), int(bottom)


def _pixels(rect: tuple[int, int, int, int]) -> Floats:
    """float32 (h, w, 2): the centres of the pixels of a film rectangle x0, y0, x1, y1."""
    grid = np.stack(np.meshgrid(np.arange(rect[0], rect[2]), np.arange(rect[1], rect[3])), -1)
    return grid.astype(np.float32) + np.float32(0.5)


class _Source:
    """Samples a picture, uint8 (h, w, 4), straight alpha: premultiplies, supersamples and filters against aliasing."""

    def __init__(self, rgba: NDArray[np.uint8], placement: Placement) -> None:
        height, width = rgba.shape[:2]
        scale = _SUPERSAMPLING * placement.scale
        scale = min(scale, (_MAX_SOURCE_PX / (width * height)) ** 0.5)
        source = raster.resized(raster.premultiply(rgba), scale)
        self._placement = placement
        self._scale = np.array([source.shape[1] / width, source.shape[0] / height], np.float32)
        ratio = scale / placement.scale
        self._pixels = np.asarray(cv2.GaussianBlur(source, (0, 0), 0.275 * ratio) if ratio > 1.2 else source, np.uint8)

    def indices(self, film: Floats) -> tuple[Floats, Floats]:
        """Film pixels (h, w, 2) to the source's pixel indices, x and y, each (h, w)."""
        indices = self._placement.to_portrait(film) * self._scale - np.float32(0.5)
        return np.ascontiguousarray(indices[..., 0]), np.ascontiguousarray(indices[..., 1])

    def sample(self, x: Floats, y: Floats, border: int = cv2.BORDER_CONSTANT) -> NDArray[np.uint8]:
        """The source at these indices (h, w): premultiplied uint8 (h, w, 4), transparent outside with this border."""
        found = cv2.remap(self._pixels, x, y, cv2.INTER_LINEAR, borderMode=border, borderValue=(0, 0, 0, 0))
        return np.asarray(found, np.uint8)


class Puppet:
    """One presenter in one scene's layout, of frames of `frame_size`, width and height in pixels.

    Not thread-safe. `rect` is the part of the frame in which the presenter can move.
    """

    def __init__(self, pack: Pack, placement: Placement, frame_size: tuple[int, int]) -> None:
        self._pack, self._placement = pack, placement
        self._frame_size = frame_size
        px_per_m = pack.focal / float(pack.neck_pivot[2])
        room = _HEAD_ROOM_M * px_per_m
        columns = np.flatnonzero(pack.portrait[..., 3].max(0) > 0)
        #: x0, y0, x1, y1, film pixels, even, x1 and y1 exclusive, inside the frame; every patch covers exactly this
        self.rect = self._in_frame(columns[0] - room, -room, columns[-1] + room, still_below(pack))
        self._source = _Source(pack.portrait, placement)
        self._moves = self._visible(self.rect)
        if self._moves:
            self._motion = Motion(pack, placement, self.rect)
            texture_scale = min(1.0, _SUPERSAMPLING * placement.scale)
            skin_scale = min(1.0, _SKIN_SAMPLING * placement.scale / pack.texels_per_px)
            self._face = Face(pack, self._motion, skin_scale, texture_scale)
            self._eyes = Eyes(pack, self._motion, texture_scale)
            self._face_box = self._place_face_box(room)

    @staticmethod
    def _visible(rect: tuple[int, int, int, int]) -> bool:
        return rect[2] > rect[0] and rect[3] > rect[1]

    def _in_frame(self, x0: float, y0: float, x1: float, y1: float) -> tuple[int, int, int, int]:
        return _in_frame((x0, y0, x1, y1), self._placement, self._frame_size)

    def _place_face_box(self, room: float) -> tuple[int, int, int, int]:
        """The film rectangle x0, y0, x1, y1 that contains face mesh and eyes in every pose."""
        pack = self._pack
        face = pack.project(pack.face.vertices)
        x0, y0, x1, y1 = pack.eyes.rect
        low = np.minimum(face.min(0), (x0, y0)) - room
        high = np.maximum(face.max(0), (x1, y1)) + room
        box = self._in_frame(low[0], low[1], high[0], high[1])
        mine = self.rect
        return max(box[0], mine[0]), max(box[1], mine[1]), min(box[2], mine[2]), min(box[3], mine[3])

    @property
    def face_box(self) -> Rect | None:
        """Where the face is in every pose: x0, y0, x1, y1, film pixels; None where it is outside of the frame."""
        return self._face_box if self._moves and self._visible(self._face_box) else None

    def still(self) -> Patch:
        """The whole visible presenter at rest; outside of `rect` every frame looks like this."""
        height, width = self._pack.portrait.shape[:2]
        rect = self._in_frame(0, 0, width, height)
        if not self._visible(rect):
            return Patch(rect[0], rect[1], np.zeros((0, 0, 4), np.uint8))
        return Patch(rect[0], rect[1], self._source.sample(*self._source.indices(_pixels(rect))))

    def patch(self, performance: Performance, i: int) -> Patch:
        """The part inside `rect` in frame i of the performance."""
        rect = self.rect
        if not self._moves:
            return Patch(rect[0], rect[1], np.zeros((0, 0, 4), np.uint8))
        motion, weights = self._motion, performance.weights[i]
        motion.set_frame(Motion.pose(performance, i), weights)
        x, y = self._source.indices(motion.sources())
        rgba = self._source.sample(motion.upsample(x), motion.upsample(y))
        self._draw_face(rgba, weights, performance, i)
        return Patch(rect[0], rect[1], rgba)

    def _draw_face(self, rgba: NDArray[np.uint8], weights: Floats, performance: Performance, i: int) -> None:
        x0, y0, x1, y1 = self._face_box
        if x1 <= x0 or y1 <= y0:
            return
        k = _SUPERSAMPLING
        view = View(np.zeros(((y1 - y0) * k, (x1 - x0) * k, 4), np.uint8), (x0, y0), k)
        points = self._face.points(view, weights)
        self._eyes.draw_balls(view, performance.gaze[i], points)
        self._face.draw(view, points, weights, float(performance.tongue[i]))
        self._eyes.draw_lashes(view, weights)
        small = np.asarray(cv2.resize(view.pixels, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA), np.uint8)
        left, top = self.rect[:2]
        raster.over(rgba[y0 - top : y1 - top, x0 - left : x1 - left], small)
