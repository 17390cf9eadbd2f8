"""The background of a scene, as RGB pictures of the frame's size: a colour, a picture or a film."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.errors import about
from limelight.media.decode import MAX_PICTURE_PX, Film, open_film, read_image
from limelight.spec import ROLES, Background, ColourBackground, Fit, ImageBackground, PlayStyle, VideoBackground, rgb

Pixels = NDArray[np.uint8]

#: A film's duration may be too long by this much: containers round presentation timestamps to milliseconds.
_CLOCK_S = 0.002
#: How many glimpses of a film are taken, and how many seconds lie between them: all before them is decoded.
_GLIMPSES, _GLIMPSE_S = 4, 3
#: How far beyond an edge interpolation reads.
_MARGIN_PX = 4


class MovingPicture(Protocol):
    """A background, frame by frame."""

    def frame(self, i: int) -> Pixels | None:
        """Frame i, uint8 (height, width, 3) RGB, asked for in order from 0; None where it equals the one before."""

    def glimpses(self) -> list[Pixels]:
        """A few frames of the scene's first seconds, to choose colours by; asked for before frame 0, if at all."""


@contextmanager
def open_background(
    background: Background, files: Mapping[str, Path], width: int, height: int, fps: int, frames: int
) -> Iterator[MovingPicture]:
    """The background of a scene of this many frames; `files` has the user's files by `Source.key`.

    Raises MediaError where a file cannot be used.
    """
    if isinstance(background, ColourBackground):
        flat = np.empty((height, width, 3), np.uint8)
        flat[:] = rgb(background.colour)
        yield _Still(flat)
    elif isinstance(background, ImageBackground):
        with about(ROLES["image"], background.source.shown):
            picture = read_image(files[background.source.key])
        yield _Still(fitted(picture, width, height, background.fit))
    else:
        with about(ROLES["video"], background.source.shown):
            film = open_film(files[background.source.key])
        with film as reader:
            yield _Film(reader, background, (width, height), fps, frames)


def frames_needed(background: Background, files: Mapping[str, Path], fps: int) -> int:
    """How many frames a scene needs to show all of its background film, where it asks for that; else 0.

    Raises MediaError where the film cannot be used.
    """
    if not isinstance(background, VideoBackground) or background.play_style != "full_video":
        return 0
    with about(ROLES["video"], background.source.shown), open_film(files[background.source.key]) as reader:
        return max(1, math.ceil((reader.duration_s - _CLOCK_S) * fps))


def fitted(picture: Pixels, width: int, height: int, fit: Fit) -> Pixels:
    """A picture, RGB uint8 (h, w, 3), fitted into a frame (height, width, 3); black where it does not reach."""
    picture = _cut(picture, width, height, fit)
    size = fitted_size(picture.shape[1], picture.shape[0], width, height, fit)
    scaled = picture
    if size != (picture.shape[1], picture.shape[0]):
        shrinks = size[0] < picture.shape[1] or size[1] < picture.shape[0]
        scaled = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC))
    return _centred(scaled.astype(np.uint8, copy=False), width, height)


def fitted_size(width: int, height: int, frame_width: int, frame_height: int, fit: Fit) -> tuple[int, int]:
    """Width and height, pixels, that a picture is scaled to in a frame.

    `cover` fills the frame, `contain` shows the whole picture, `none` keeps the picture's size, and `crop` keeps it too
    unless the picture is too small to fill the frame.
    """
    fills = max(frame_width / width, frame_height / height)
    scale = {
        "cover": fills,
        "contain": min(frame_width / width, frame_height / height),
        "crop": max(1.0, fills),
        "none": 1.0,
    }[fit]
    return max(1, round(width * scale)), max(1, round(height * scale))


def _cut(picture: Pixels, width: int, height: int, fit: Fit) -> Pixels:
    """The picture; only its middle where scaling all of a long and narrow one would exceed MAX_PICTURE_PX."""
    rows, columns = picture.shape[:2]
    size = fitted_size(columns, rows, width, height, fit)
    if size[0] * size[1] <= MAX_PICTURE_PX:
        return picture
    left, top = (
        max(0, (there - math.ceil(wanted * there / scaled)) // 2 - _MARGIN_PX)
        for there, wanted, scaled in ((columns, width, size[0]), (rows, height, size[1]))
    )
    return picture[top : rows - top, left : columns - left]


def _centred(picture: Pixels, width: int, height: int) -> Pixels:
    """The picture in the middle of a black frame, cropped to the frame."""
    frame = np.zeros((height, width, 3), np.uint8)
    rows, columns = picture.shape[:2]
    x, y = (width - columns) // 2, (height - rows) // 2
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + columns, width), min(y + rows, height)
    frame[top:bottom, left:right] = picture[top - y : bottom - y, left - x : right - x]
    return frame


class _Still:
    """The same picture in every frame."""

    def __init__(self, picture: Pixels) -> None:
        self._picture = picture

    def frame(self, i: int) -> Pixels | None:
        return self._picture if i == 0 else None

    def glimpses(self) -> list[Pixels]:
        return [self._picture]


class _Film:
    """A film: each frame of the scene shows the film's picture at that time, whatever the film's own frame rate."""

    def __init__(self, reader: Film, background: VideoBackground, size: tuple[int, int], fps: int, frames: int) -> None:
        self._reader = reader
        self._size = size
        self._fit: Fit = background.fit
        self._style: PlayStyle = background.play_style
        self._fps = fps
        self._frames = frames
        self._speed = reader.duration_s * fps / frames if background.play_style == "fit_to_scene" else 1.0
        self._round = 0
        self._over = False

    def frame(self, i: int) -> Pixels | None:
        time_s = i / self._fps * self._speed
        if self._style == "once" and time_s >= self._reader.duration_s - 1e-6:
            was_over, self._over = self._over, True
            return None if was_over else np.zeros((self._size[1], self._size[0], 3), np.uint8)
        moved = i == 0
        if self._style == "loop":
            # The small addend makes up for the rounding of times, so that a round does not begin a frame late.
            current, time_s = divmod(time_s + 1e-6, self._reader.duration_s)
            if current != self._round:
                self._round = int(current)
                self._reader.rewind()
                moved = True
        moved |= self._reader.advance(time_s)
        return self._drawn() if moved else None

    def glimpses(self) -> list[Pixels]:
        at = range(0, self._frames, _GLIMPSE_S * self._fps)[:_GLIMPSES]
        found = [picture for i in at if (picture := self.frame(i)) is not None]
        self._reader.rewind()
        self._round, self._over = 0, False
        return found

    def _drawn(self) -> Pixels:
        own = self._reader.width, self._reader.height
        scaled = fitted_size(*own, *self._size, self._fit)
        if scaled[0] * scaled[1] > MAX_PICTURE_PX:  # long and narrow: `fitted` crops before it scales
            return fitted(self._reader.picture(*own), *self._size, self._fit)
        return _centred(self._reader.picture(*scaled), *self._size)
