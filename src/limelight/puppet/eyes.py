"""Draws the eyes: eyeballs that turn behind the lids, and lashes that follow the lids. Lids are part of the face."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import INDEX
from limelight.jit import jit
from limelight.puppet import raster
from limelight.puppet.motion import Motion, weighted_sum
from limelight.puppet.pack import Pack
from limelight.puppet.raster import View

Floats = NDArray[np.float32]

#: Cells of the grid on each eyeball, across and down.
_CELLS = 14
#: The iris moves as a whole; the move fades out from this many radii of the iris to this many radii of the eyeball.
_WHOLE_TO, _STILL_FROM = 1.2, 1.06
#: The shadow of the lids: the share of red, green and blue light that it takes, its blur, and how far it falls.
SHADOW, SHADOW_SOFT_MM, SHADOW_DROP_MM = (0.62, 0.70, 0.72), 1.3, 0.9
_BLINKS = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
#: Farthest turn for which the photograph still looks right.
_FARTHEST_DEG = 15.0


class Eyes:
    """Draws the eyeballs, and the lashes over the lids."""

    def __init__(self, pack: Pack, motion: Motion, scale: float) -> None:
        self._pack, self._motion = pack, motion
        eyes = pack.eyes
        self._image = raster.resized(raster.premultiply(eyes.balls), scale)
        x0, y0, x1, y1 = eyes.rect
        self._corner = np.array([x0, y0], np.float32)
        exact = self._image.shape[1] / (x1 - x0), self._image.shape[0] / (y1 - y0)
        self._texels = np.array(exact, np.float32)
        reach = eyes.radius * 1.12
        line = np.linspace(-reach, reach, _CELLS + 1, dtype=np.float32)
        self._offsets = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
        self._triangles = raster.grid_triangles(_CELLS, _CELLS)
        self._balls = [np.array(c, np.float32) for c in eyes.centres]
        self._film = [motion.placement.to_film(self._offsets + centre) for centre in self._balls]
        self._film_px_per_m = motion.placement.scale * pack.focal / float(pack.face.vertices[:, 2].mean())
        self._load_lashes()

    def _load_lashes(self) -> None:
        lashes = self._pack.eyes.lashes
        self._lash_shapes = np.flatnonzero(np.abs(lashes.deltas).max((1, 2, 3)) > 0).astype(np.int32)
        self._lash_deltas = lashes.deltas[self._lash_shapes].reshape(len(self._lash_shapes), -1)
        film_px_per_m = self._pack.focal / lashes.points[..., 2] * self._motion.placement.scale
        width = (2 * lashes.radius * film_px_per_m).astype(np.float32)
        self._lash_colour = np.array(lashes.colour, np.uint8)
        reach = np.abs(lashes.deltas[_BLINKS]).max((2, 3))
        side = reach / np.maximum(reach.sum(0), 1e-9)
        self._lashes_of = [np.flatnonzero(side.argmax(0) == eye) for eye in (0, 1)]
        #: (2, n) for each eye: how much its lashes belong to the left and to the right one, 0 to 1; and their widths
        self._lash_side = [side[:, own] for own in self._lashes_of]
        self._lash_widths = [width[own] for own in self._lashes_of]

    def draw_ball(self, view: View, which: int, gaze: Floats, edge: Floats) -> None:
        """Draw an eyeball, 0 or 1, turned by `gaze` (2,), degrees to the right and down, in the shadow of the lids.

        `edge` (N, 2) is where the edge of the lids will be drawn over it, film pixels.
        """
        source = (self._turned(gaze) + self._balls[which] - self._corner) * self._texels
        points = view.points(self._motion.with_head(self._film[which]))
        raster.draw_triangles(view.pixels, self._image, points, source, self._triangles)
        if not self._pack.eyes.shaded:
            self._shade(view, points, view.points(edge))

    def _shade(self, view: View, ball: Floats, opening: Floats) -> None:
        """Draw the shadow of the lids on an eyeball; `ball` (n, 2) are the points of its grid, `opening` (N, 2) the
        edge of the lids, canvas pixels."""
        x0, y0, x1, y1 = raster.box_of(ball, view.pixels)
        if x1 <= x0 or y1 <= y0:
            return
        mm, part = self._film_px_per_m * view.magnification / 1000, view.pixels[y0:y1, x0:x1]
        free = raster.polygon(opening - (x0, y0), part)
        raster.darken(part, raster.shadow(free, SHADOW_SOFT_MM * mm, SHADOW_DROP_MM * mm), SHADOW)

    def _turned(self, gaze: Floats) -> Floats:
        """(n, 2): the place in the photograph that each point of an eyeball's grid shows, portrait pixels from its
        centre; `gaze` (2,) as in `draw_balls`.

        An iris on a sphere moves by the sine of the turn; towards its edge the eyeball stays as it is lit.
        """
        eyes = self._pack.eyes
        right, down = (eyes.radius * math.sin(math.radians(min(max(g, -_FARTHEST_DEG), _FARTHEST_DEG))) for g in gaze)
        out = np.empty_like(self._offsets)
        _turn(self._offsets, right, down, _WHOLE_TO * eyes.iris, _STILL_FROM * eyes.radius, out)
        return out

    def lashes(self, weights: Floats) -> tuple[Floats, Floats]:
        """float32 (N, K, 2) for each eye: the lines of its lashes, film pixels, which move with the lids by the weights
        (52,), and with the head."""
        lashes = self._pack.eyes.lashes
        moved = weighted_sum(weights, self._lash_shapes, self._lash_deltas).reshape(-1, 3)
        film = self._motion.projected(lashes.points.reshape(-1, 3), moved)
        points = self._motion.with_head(film).reshape(*lashes.points.shape[:-1], 2)
        return points[self._lashes_of[0]], points[self._lashes_of[1]]

    def draw_lashes(self, view: View, which: int, lashes: Floats, weights: Floats) -> None:
        """Draw the lashes of an eye, 0 or 1, as `lashes` gives them at these weights (52,)."""
        at_rest, width = self._pack.eyes.lashes.at_rest, self._lash_widths[which] * np.float32(view.magnification)
        if at_rest < 1:
            shut = np.clip(weights[_BLINKS] @ self._lash_side[which], 0, 1)[:, None]
            width = (width * (at_rest + (1 - at_rest) * shut)).astype(np.float32)
        points = view.points(lashes.reshape(-1, 2)).reshape(lashes.shape)
        raster.draw_strokes(view.pixels, points, width, self._lash_colour)


@jit
def _turn(offsets: Floats, right: float, down: float, whole_to: float, still_from: float, out: Floats) -> None:
    """Offsets (n, 2) less a shift, which fades out between two distances from where it leads to, in `out` (n, 2)."""
    for i in range(offsets.shape[0]):
        away = math.hypot(offsets[i, 0] - right, offsets[i, 1] - down)
        t = min(max((away - whole_to) / (still_from - whole_to), 0.0), 1.0)
        turns = 1 - t * t * (3 - 2 * t)
        out[i, 0], out[i, 1] = offsets[i, 0] - right * turns, offsets[i, 1] - down * turns
