"""A presenter at one place in a frame: gives premultiplied RGBA patches by frame index.

`still` draws the parts that never move, once; `patch` draws the others for each frame. Both agree to the pixel where
they meet.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import Performance
from limelight.puppet import raster
from limelight.puppet.eyes import Eyes
from limelight.puppet.face import Face
from limelight.puppet.motion import Motion, Placement, around, extremes, reached, still_below, widest
from limelight.puppet.pack import Pack, Rect
from limelight.puppet.raster import Rgba, View

Floats = NDArray[np.float32]

#: Pixels of a source picture per film pixel, and how soft it gets, as a variance in film pixels: so fine detail stays
#: even while it moves by fractions of a pixel.
_SUPERSAMPLING, _SOFTNESS_PX2 = 1.5, 0.117
#: Pixels of a canvas per film pixel, for what has fine edges.
_MAGNIFICATION = 2
#: The same for the skin's texture, which is soft, blended for each frame, and sampled once a pixel.
_SKIN_SAMPLING = 1.25
#: Cells of the motion's grid in one band of the picture, which is drawn as far as the presenter reaches.
_BAND_CELLS = 4
#: Room around what the presenter reaches: pixels are interpolated.
_REACH_ROOM_PX = 2
#: Room around mouth and eyes that is drawn large with them, film pixels.
_EDGE_ROOM_PX = 3
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
    #: int32 (height / 2, 2): for each pair of rows the columns, even, first and end, outside of which this patch, the
    #: one before and the figure at rest are clear; None where they may not be
    spans: NDArray[np.int32] | None = None


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
    inside = source.sample(source.indices(_pixels((x0, y0, x1, y1))), border=cv2.BORDER_REPLICATE)
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
        # Pixels of the source per film pixel, across and down, and the index at the film's corner.
        x, y = source.shape[1] / width / placement.scale, source.shape[0] / height / placement.scale
        self._per_px, self._first = (x, y), (-x * placement.x - 0.5, -y * placement.y - 0.5)
        ratio = scale / placement.scale
        # Interpolation blurs by 1/6 of a source pixel, squared: the rest up to the same softness at every scale.
        blur = max(_SOFTNESS_PX2 * ratio**2 - 1 / 6, 0.0) ** 0.5
        self._pixels: Rgba = source
        if blur > 0.2:
            cv2.GaussianBlur(source, (0, 0), blur, dst=self._pixels)

    def indices(self, film: Floats) -> Floats:
        """Film pixels (h, w, 2) to the source's pixel indices x, y, (h, w, 2)."""
        return raster.scaled(film, *self._per_px, *self._first)

    def sample(
        self, at: Floats, out: NDArray[np.uint8] | None = None, border: int = cv2.BORDER_CONSTANT
    ) -> NDArray[np.uint8]:
        """The source at these indices (h, w, 2): premultiplied uint8 (h, w, 4), transparent outside with this border.

        It is written to `out`, if given.
        """
        raster.read_places(self._pixels, at)
        return raster.remapped(self._pixels, at, out, border)


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
            texture_scale = min(1.0, _MAGNIFICATION * placement.scale)
            skin_scale = min(1.0, _SKIN_SAMPLING * placement.scale / pack.texels_per_px)
            self._face = Face(pack, self._motion, skin_scale, texture_scale)
            self._eyes = Eyes(pack, self._motion, texture_scale)
            self._face_box = self._place_face_box(room)
            self._canvas = np.zeros((self.rect[3] - self.rect[1], self.rect[2] - self.rect[0], 4), np.uint8)
            alpha = self._source.sample(self._source.indices(_pixels(self.rect)))[..., 3]
            self._reach = _Reach(alpha, self._motion, math.ceil(room * placement.scale))

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
        return Patch(rect[0], rect[1], self._source.sample(self._source.indices(_pixels(rect))))

    def patch(self, performance: Performance, i: int) -> Patch:
        """The part inside `rect` in frame i of the performance.

        The array is the same each time, valid until the next call; the caller may draw on it within the spans.
        """
        rect = self.rect
        if not self._moves:
            return Patch(rect[0], rect[1], np.zeros((0, 0, 4), np.uint8))
        motion = self._motion
        motion.set_frame(Motion.pose(performance, i), performance.weights[i])
        film = motion.sources(self._reach.nodes)
        self._reach.follow(film)
        nodes = self._source.indices(film)
        for rows, columns in self._reach.bands():
            at = motion.upsampled(nodes, rows, columns)
            self._source.sample(at, self._canvas[rows, columns])
        self._draw_face(performance, i)
        return Patch(rect[0], rect[1], self._canvas, self._reach.spans)

    def _draw_face(self, performance: Performance, i: int) -> None:
        weights = performance.weights[i]
        points = self._face.points(weights)
        lashes = self._eyes.lashes(weights)
        box = self._in_face(np.concatenate([points, *(line.reshape(-1, 2) for line in lashes)]))
        if box is None:
            return
        x0, y0, x1, y1 = box
        view = View(np.empty((y1 - y0, x1 - x0, 4), np.uint8), (x0, y0), 1)
        texture = self._face.texture(weights)
        large = self._draw_openings(texture, points, lashes, performance, i)
        holes = np.array([_within(view, box) for view in large], np.int32).reshape(-1, 4)
        face = self._face.skin(view, points, texture, holes=holes)
        for part, (left, top, right, bottom) in zip(large, holes, strict=True):
            size = right - left, bottom - top
            cv2.resize(part.pixels, size, dst=face[top:bottom, left:right], interpolation=cv2.INTER_AREA)
        left, top = self.rect[:2]
        raster.over(self._canvas[y0 - top : y1 - top, x0 - left : x1 - left], face)

    def _draw_openings(
        self, texture: Rgba, points: Floats, lashes: tuple[Floats, Floats], performance: Performance, i: int
    ) -> list[View]:
        """Draw mouth and eyes where they show in the skin's openings; there edges are fine, so these parts are drawn
        large, to be shrunk.

        `points` (V, 2) are the skin's, and `lashes` those of each eye, film pixels.
        """
        weights, mouth, drawn = performance.weights[i], points[self._pack.face.inner_lip], []
        if view := self._large(mouth):
            self._face.draw_mouth(view, mouth, weights, float(performance.tongue[i]))
            raster.over(view.pixels, self._face.skin(view, points, texture, self._face.beside_mouth))
            drawn.append(view)
        for eye, opening in enumerate(self._pack.eyes.openings):
            edge = points[opening]
            if view := self._large(np.concatenate([edge, lashes[eye].reshape(-1, 2)])):
                self._eyes.draw_ball(view, eye, performance.gaze[i], edge)
                raster.over(view.pixels, self._face.skin(view, points, texture, self._face.beside_eyes[eye]))
                self._eyes.draw_lashes(view, eye, lashes[eye], weights)
                drawn.append(view)
        return drawn

    def _large(self, points: Floats) -> View | None:
        """An empty canvas for the part of the face that holds these points (n, 2), film pixels; None outside of it."""
        box = self._in_face(points)
        if box is None:
            return None
        x0, y0, x1, y1 = box
        size = (y1 - y0) * _MAGNIFICATION, (x1 - x0) * _MAGNIFICATION
        return View(np.zeros((*size, 4), np.uint8), (x0, y0), _MAGNIFICATION)

    def _in_face(self, points: Floats) -> Rect | None:
        """The part of the face's box that holds these points (n, 2), film pixels, with some room; None without any."""
        left, top, right, bottom = raster.bounds(points)
        x0, y0 = (
            max(math.floor(left) - _EDGE_ROOM_PX, self._face_box[0]),
            max(math.floor(top) - _EDGE_ROOM_PX, self._face_box[1]),
        )
        x1, y1 = (
            min(math.ceil(right) + _EDGE_ROOM_PX, self._face_box[2]),
            min(math.ceil(bottom) + _EDGE_ROOM_PX, self._face_box[3]),
        )
        return (x0, y0, x1, y1) if self._visible((x0, y0, x1, y1)) else None


def _within(large: View, box: Rect) -> Rect:
    """The part x0, y0, x1, y1 of a box, film pixels, that a large canvas shows; pixels of the box."""
    x0, y0 = (int(large.origin[k]) - box[k] for k in (0, 1))
    height, width = (side // _MAGNIFICATION for side in large.pixels.shape[:2])
    return x0, y0, x0 + width, y0 + height


class _Reach:
    """Where the presenter is in a frame, in the moving part of it: only there, and where it was, it is drawn."""

    def __init__(self, alpha: NDArray[np.uint8], motion: Motion, room: int) -> None:
        """`alpha` (h, w) is that of the presenter at rest in `motion.rect`, `room` how far it moves at most, pixels."""
        self._cell, self._at_nodes, self._size = motion.cell, motion.nodes, alpha.shape
        edges = raster.spans(alpha)
        empty = (edges[:, :1] == edges[:, 1:]).astype(np.int32)
        self._edges = np.ascontiguousarray(np.where(empty, (alpha.shape[1], 0), edges), np.int32)
        self._moves = np.empty((len(motion.nodes), 4), np.float32)
        # It is drawn beside others' pictures of it at rest.
        nowhere = np.full(((alpha.shape[0] + 1) // 2, 2), (alpha.shape[1], 0), np.int32)
        self._at_rest, self._before, self._now = nowhere, nowhere.copy(), nowhere.copy()
        #: as `Patch.spans`
        self.spans = np.zeros_like(nowhere)
        self._moves[:] = -room, room, -room, room
        self._find()
        #: int32 (rows, 2): the nodes of each row that the presenter can reach, first and end
        self.nodes = self._nodes()
        self._moves[:] = 0
        self._find()
        self._at_rest, self._before = self._now.copy(), self._now.copy()

    def _nodes(self) -> NDArray[np.int32]:
        columns = self._at_nodes.shape[1]
        found = np.full((len(self._at_nodes), 2), (columns, 0), np.int32)
        for y, (first, end) in enumerate(self.spans):
            if first < end:
                # A pixel lies between two of three nodes, and its neighbours' displacement is needed too.
                rows = slice(max(2 * y // self._cell - 1, 0), 2 * y // self._cell + 4)
                found[rows, 0] = np.minimum(found[rows, 0], max(first // self._cell - 1, 0))
                found[rows, 1] = np.maximum(found[rows, 1], min(end // self._cell + 4, columns))
        return np.minimum(found, found[:, 1:])

    def follow(self, sources: Floats) -> None:
        """Take in a frame, whose nodes show these film pixels (rows, columns, 2) of the presenter at rest."""
        extremes(self._at_nodes, sources, self.nodes, self._moves)
        self._before, self._now = self._now, self._before
        self._find()

    def _find(self) -> None:
        reached(self._edges, self._moves, self._cell, _REACH_ROOM_PX, self._size[1], self._now)
        around(self._at_rest, self._before, self._now, self.spans)

    def bands(self) -> Iterator[tuple[slice, slice]]:
        """Rows and columns of parts that hold all spans; they begin at whole numbers of the grid's cells."""
        tall = _BAND_CELLS * self._cell
        for top in range(0, self._size[0], tall):
            bottom = min(top + tall, self._size[0])
            first, end = widest(self.spans, top // 2, (bottom + 1) // 2)
            if first < end:
                yield slice(top, bottom), slice(first // self._cell * self._cell, end)
