"""The eyes: eyeballs that turn, and lids with lashes that close over them, each eye on its own."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import INDEX
from limelight.puppet import raster
from limelight.puppet.motion import Motion
from limelight.puppet.pack import Pack, Rgba
from limelight.puppet.raster import View

Floats = NDArray[np.float32]
#: Fine enough to follow the expression's field as the portrait around the eyes does, portrait pixels.
_GRID_STEP_PX = 14


class Eyes:
    """Draws both eyes over the warped portrait."""

    def __init__(self, pack: Pack, motion: Motion, scale: float) -> None:
        self.motion, self.scale = motion, scale
        eyes = pack.eyes
        x0, y0, x1, y1 = eyes.rect
        middle = round((pack.landmarks.eye_left[0] + pack.landmarks.eye_right[0]) / 2)
        right_first = pack.landmarks.eye_right[0] < pack.landmarks.eye_left[0]
        blinks = (
            [INDEX["eyeBlinkRight"], INDEX["eyeBlinkLeft"]]
            if right_first
            else [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
        )
        self._sides = [
            _Side(self, pack, blink, rect)
            for blink, rect in zip(blinks, ((x0, y0, middle, y1), (middle, y0, x1, y1)), strict=True)
        ]
        self.closes = np.array([close for close, _ in eyes.lids], np.float32)
        self.yaws, self.pitches = np.array(eyes.yaw, np.float32), np.array(eyes.pitch, np.float32)
        self.film_px_per_degree = float(np.radians(1) * eyes.radius * motion.placement.scale)

    def draw(self, view: View, weights: Floats, gaze: Floats) -> None:
        """Draw the eyes looking `gaze` degrees to the right and down, as closed as the blink weights say."""
        for side in self._sides:
            side.draw(view, weights, gaze)


class _Layer:
    """Pictures of one place: as large as what they show, with a grid that follows the motion."""

    def __init__(self, images: list[Rgba], mask: NDArray[np.uint8], corner: tuple[int, int], eyes: Eyes) -> None:
        rows, columns = (np.flatnonzero(mask.max(axis)) for axis in (1, 0))
        part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        left, top = corner[0] + int(columns[0]), corner[1] + int(rows[0])
        height, width = mask[part].shape
        self.images = [self._image(image[part], mask[part], eyes.scale) for image in images]
        step = _GRID_STEP_PX
        xs, ys = (np.linspace(0, side, max(2, round(side / step) + 1)) for side in (width, height))
        points = np.array([[x, y] for y in ys for x in xs], np.float32)
        self.points = eyes.motion.placement.to_film(points + np.array([left, top], np.float32))
        exact = self.images[0].shape[1] / width, self.images[0].shape[0] / height
        self._uv = (points * np.array(exact)).astype(np.float32)
        self._triangles = raster.grid_triangles(len(xs) - 1, len(ys) - 1)

    @staticmethod
    def _image(rgba: Rgba, mask: NDArray[np.uint8], scale: float) -> Rgba:
        masked = rgba.copy()
        masked[..., 3] = cv2.multiply(rgba[..., 3], mask, scale=1 / 255)
        return raster.resized(raster.premultiply(masked), scale)

    def draw(self, view: View, image: Rgba, film_points: Floats, opacity: float = 1.0) -> None:
        raster.draw_triangles(view.pixels, image, view.points(film_points), self._uv, self._triangles, opacity, 1.0)


class _Side:
    """One eye: its half of every crop."""

    def __init__(self, eyes: Eyes, pack: Pack, blink: int, rect: tuple[int, int, int, int]) -> None:
        self._all, self._blink = eyes, blink
        left, top = pack.eyes.rect[:2]
        part = np.s_[rect[1] - top : rect[3] - top, rect[0] - left : rect[2] - left]
        mask = pack.eyes.mask[part]
        self._lids = _Layer([image[part] for _, image in pack.eyes.lids], mask, rect[:2], eyes)
        # Eyeballs only where a lid or its opening will cover them fully, however they turn.
        covered = cv2.erode((mask >= 250).astype(np.uint8) * 255, np.ones((15, 15), np.uint8))
        inner = np.asarray(cv2.GaussianBlur(covered, (0, 0), 2), np.uint8)
        flat = [image[part] for row in pack.eyes.eyeballs for image in row]
        self._eyeballs = _Layer(flat, inner, rect[:2], eyes)

    def draw(self, view: View, weights: Floats, gaze: Floats) -> None:
        motion = self._all.motion
        close = float(np.clip(weights[self._blink], 0, 1))
        if close < 0.97:
            self._draw_eyeball(view, gaze)
        self._lids.draw(view, self._lid(close), motion.with_head(motion.with_expression(self._lids.points)))

    def _draw_eyeball(self, view: View, gaze: Floats) -> None:
        """The four nearest gazes, each turned the rest of the way by shifting it, mixed by their distance."""
        eyes, drawn = self._all, 0.0
        points = eyes.motion.with_head(self._eyeballs.points)
        for yaw, yaw_share in _neighbours(eyes.yaws, float(gaze[0])):
            for pitch, pitch_share in _neighbours(eyes.pitches, float(gaze[1])):
                share = yaw_share * pitch_share
                if share > 0.01:
                    drawn += share
                    rest = (gaze - np.array([eyes.yaws[yaw], eyes.pitches[pitch]])) * eyes.film_px_per_degree
                    image = self._eyeballs.images[yaw * len(eyes.pitches) + pitch]
                    self._eyeballs.draw(view, image, points + rest.astype(np.float32), share / drawn)

    def _lid(self, close: float) -> Rgba:
        """The lid at any position: its two nearest pictures, mixed."""
        (lower, rest), (upper, share) = _neighbours(self._all.closes, close)
        if min(rest, share) < 0.01:
            return self._lids.images[lower if share < 0.5 else upper]
        mixed = cv2.addWeighted(self._lids.images[lower], rest, self._lids.images[upper], share, 0)
        return np.asarray(mixed, np.uint8)


def _neighbours(steps: Floats, value: float) -> list[tuple[int, float]]:
    """The two steps around a value and the share of each; one where it lies outside."""
    upper = int(np.clip(np.searchsorted(steps, value), 1, len(steps) - 1))
    share = float(np.clip((value - steps[upper - 1]) / (steps[upper] - steps[upper - 1]), 0, 1))
    return [(upper - 1, 1 - share), (upper, share)]
