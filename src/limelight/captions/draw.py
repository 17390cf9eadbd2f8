"""Captions on a finished picture: where lines break, what a caption looks like, and a film with captions drawn on it.

The presenter is not rendered again: a scene's segment is decoded, each caption is laid over the planes of the frames
that it stands on, and the frames are encoded as they were the first time, so that captioned segments join by copying.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import av
import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from limelight.captions.cues import Cue, Measure, characters, cues
from limelight.captions.subtitles import CaptionGeometry, caption_geometry, outline_colour
from limelight.compose.text import Block, TextStyle, block, even, even_up, inside, line_width
from limelight.compose.yuv import RGB_TO_YUV, Planes
from limelight.errors import MediaError
from limelight.media.film import SegmentWriter
from limelight.puppet import raster
from limelight.spec import Captions, rgb
from limelight.speech.types import Word

Rgba = NDArray[np.uint8]

#: Radius of the box's corners, of the font's size.
_CORNER = 0.22
#: How much higher than the middle of their box the lines stand, of the font's size: there is more above most letters
#: than below them.
_LIFT = 0.05
#: The least distance from what sticks out of the lines to the box's edge, of the font's size.
_CLEAR = 0.08
#: Arabic letters hang lower than others: what they need below the line, whether or not one is there.
_ARABIC, _ARABIC_DEPTH = re.compile("[\u0600-\u06ff]"), 0.23


def caption_style(captions: Captions, width: int, height: int) -> TextStyle:
    """How captions are written in a frame of this size."""
    geometry = caption_geometry(captions, width, height)
    return TextStyle(
        font_family=captions.font_family,
        size_px=geometry.font_px,
        colour=captions.colour,
        align="center",
        line_height=geometry.line_height,
    )


def lay_out(words: Sequence[Word], captions: Captions, width: int, height: int, end_s: float = math.inf) -> list[Cue]:
    """The captions of a scene that ends at `end_s`, with lines that fit a frame of this size as they are drawn."""
    return cues(words, _measure(captions, width, height), end_s)


def _measure(captions: Captions, width: int, height: int) -> Measure:
    """The share of a line that a text takes: of its pixels or of its characters, whichever is more."""
    style = caption_style(captions, width, height)
    line_px = caption_geometry(captions, width, height).line_px
    in_characters = characters()
    space_px = line_width("n n", style) - line_width("nn", style)

    def share(text: str) -> float:
        # Thousands of lines are tried, but of the same words, whose widths `line_width` keeps.
        parts = text.split(" ")
        pixels = sum(line_width(part, style) for part in parts) + space_px * (len(parts) - 1)
        return max(pixels / line_px, in_characters(text))

    return share


def burn(video: Path, cues: Sequence[Cue], captions: Captions, out: Path) -> None:
    """Write a copy of a scene's segment with its captions drawn on it: as many frames, at the same times.

    A caption stands on the frames from the one nearest to its start to the one before that nearest to its end. Raises
    MediaError where the segment cannot be read or the copy cannot be written.
    """
    try:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            fps, size = round(stream.average_rate or 0), (stream.width, stream.height)
            planes = Planes(*size)
            waiting = deque(cues)
            overlay: _Overlay | None = None
            with SegmentWriter(out, *size, fps) as writer:
                for i, frame in enumerate(container.decode(stream)):
                    _copy(frame, planes)
                    while waiting and round(waiting[0].end_s * fps) <= i:
                        waiting.popleft()
                        overlay = None
                    if waiting and round(waiting[0].start_s * fps) <= i:
                        overlay = overlay or _Overlay(*caption_picture(waiting[0], captions, *size))
                        overlay.lay_over(planes)
                    writer.write(planes.y, planes.u, planes.v)
    except (FFmpegError, OSError) as error:
        raise MediaError(f"the captions cannot be drawn: {error.strerror}") from error


def _copy(frame: av.VideoFrame, planes: Planes) -> None:
    """Take a frame's planes over: its own must not be drawn on, the decoder predicts later frames from them."""
    for own, plane in zip((planes.y, planes.u, planes.v), frame.planes, strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        own[:] = rows[: own.shape[0], : own.shape[1]]


def caption_picture(cue: Cue, captions: Captions, width: int, height: int) -> tuple[Rgba, int, int]:
    """A caption in a frame of this size: premultiplied RGBA and its place x, y; places and sizes are even."""
    geometry = caption_geometry(captions, width, height)
    drawn = block("\n".join(cue.lines), caption_style(captions, width, height), width)
    text = drawn.picture
    pad_x, (top_pad, bottom_pad) = even(geometry.padding_x_px), _padding_y(drawn, cue, geometry)
    rows, columns = even_up(drawn.height + top_pad + bottom_pad), text.shape[1] + 2 * pad_x
    # Where no font has a letter of it, there is nothing to set a box behind.
    background = captions.background if text.any() else "#00000000"
    picture = _box(columns, rows, geometry.font_px * _CORNER, background)
    words = np.zeros_like(picture)
    words[top_pad + drawn.y :, pad_x:][: text.shape[0], : text.shape[1]] = text
    if outline := outline_colour(captions):
        raster.over(picture, _edge(words, geometry.outline_px, outline))
    raster.over(picture, words)
    top = {
        "top": geometry.margin_px,
        "middle": (height - rows) / 2,
        "bottom": height - geometry.margin_px - rows,
    }[captions.position]
    shown = inside(picture, even((width - columns) / 2), even(top), width, height)
    return shown.rgba, shown.x, shown.y


def _padding_y(drawn: Block, cue: Cue, geometry: CaptionGeometry) -> tuple[int, int]:
    """Pixels between the lines and the upper and the lower edge of their box.

    Boxes of as many lines are of one height, so that they do not jump from caption to caption; only a pile of marks
    that would touch the edge makes room for itself.
    """
    above, below = -drawn.y, float(drawn.picture.shape[0] + drawn.y - drawn.height)
    if any(_ARABIC.search(line) for line in cue.lines):
        below = max(below, geometry.font_px * _ARABIC_DEPTH)
    clear = geometry.font_px * _CLEAR
    top = round(geometry.padding_y_px - geometry.font_px * _LIFT)
    bottom = 2 * even(geometry.padding_y_px) - top
    return max(top, math.ceil(above + clear) if above else 0), max(bottom, math.ceil(below + clear) if below else 0)


def _box(width: int, height: int, radius: float, colour: str) -> Rgba:
    """A box with round corners, filled with `#rrggbbaa`."""
    x = np.abs(np.arange(width) + 0.5 - width / 2) - (width / 2 - radius)
    y = np.abs(np.arange(height) + 0.5 - height / 2) - (height / 2 - radius)
    outside = np.hypot(np.maximum(x, 0)[None, :], np.maximum(y, 0)[:, None]) - radius
    cover = np.clip(0.5 - outside, 0, 1) * (int(colour[7:9], 16) / 255)
    return np.asarray(np.rint(cover[..., None] * np.array([*rgb(colour), 255.0])), np.uint8)


def _edge(words: Rgba, reach_px: float, colour: str) -> Rgba:
    """A soft edge around the words, without them; of their picture's size."""
    reach = max(1, round(reach_px))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    cover = cv2.GaussianBlur(cv2.dilate(words[..., 3], disc), (0, 0), 0.7 * reach)
    return np.asarray(np.rint(cover[..., None] / 255 * np.array([*rgb(colour), 255.0])), np.uint8)


class _Overlay:
    """A picture ready to be laid over many frames: for each plane what of the frame stays, and what is added."""

    def __init__(self, picture: Rgba, x: int, y: int) -> None:
        fine = picture.astype(np.float64)
        coarse = fine.reshape(fine.shape[0] // 2, 2, fine.shape[1] // 2, 2, 4).mean((1, 3))
        self._parts = []
        for row, pixels, step in zip(RGB_TO_YUV, (fine, coarse, coarse), (1, 2, 2), strict=True):
            # In units of 1/255, because premultiplied colours are added to what 255ths of the frame leave.
            added = pixels[..., :3] @ row[:3] * 255 + pixels[..., 3] * row[3] + 127
            place = np.s_[y // step : y // step + pixels.shape[0], x // step : x // step + pixels.shape[1]]
            kept = np.rint(255 - pixels[..., 3]).astype(np.uint16)
            self._parts.append((place, kept, added.astype(np.uint16)))

    def lay_over(self, planes: Planes) -> None:
        """Draw on a frame; nothing outside the picture is touched."""
        for plane, (place, kept, added) in zip((planes.y, planes.u, planes.v), self._parts, strict=True):
            plane[place] = (plane[place] * kept + added) // 255
