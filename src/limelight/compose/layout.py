"""Where a presenter or a photo is in the frame, for every shape of frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from limelight.puppet.motion import Placement
from limelight.puppet.pack import Pack
from limelight.spec import Avatar, TalkingPhoto

#: Free space above the hair, of the frame's height.
_NORMAL_HEADROOM, _CLOSE_UP_HEADROOM = 0.085, 0.08
#: The distance from the hair to the chin, of the frame's height.
_NORMAL_HEAD, _CLOSE_UP_HEAD = 0.33, 0.52
#: A photo that shows so much below the top of the hair stands as `normal`, heads: a frame shows 2.77, and a figure
#: that ends sooner is moved down.
_WAIST_UP_HEADS = 2.5
#: In narrow frames the figure may be a little wider than the frame: the arms are cut, the head never is.
_NORMAL_FIGURE_WIDTH, _CLOSE_UP_HEAD_WIDTH = 1.12, 0.85


#: The circle's diameter, of the frame's shorter side; in it, the head's height and the space above it.
_CIRCLE_DIAMETER = 0.8
_CIRCLE_HEAD, _CIRCLE_HEADROOM = 0.55, 0.12
#: What is to be seen of a photo that is cut: above the hair, below the chin and beside the eyes, of the head's height.
_KEPT_ABOVE, _KEPT_BELOW, _KEPT_ASIDE = 0.15, 0.3, 0.6


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle in the frame, pixels."""

    x: float
    y: float
    radius: float


def disc(character: Avatar | TalkingPhoto, width: int, height: int) -> Disc:
    """The circle that the style `circle` shows its presenter in: `scale` is its size, `offset` shifts it."""
    radius = _CIRCLE_DIAMETER / 2 * min(width, height) * character.scale
    return Disc(width * (0.5 + character.offset[0]), height * (0.5 + character.offset[1]), radius)


def place(pack: Pack, character: Avatar, width: int, height: int) -> Placement:
    """The placement of a character in a frame of this size (pixels).

    `normal` shows the presenter from the waist up, `closeUp` head and shoulders, `circle` head and shoulders in its
    disc; the lower edge of the figure is never seen above that of the frame. `scale` grows a normal figure from the
    middle of the lower edge, the others from their middle; `offset` shifts each.
    """
    return _standing(pack, character, character.style, width, height)


def place_photo(pack: Pack, photo: TalkingPhoto, width: int, height: int) -> Placement:
    """The placement of a talking photo's portrait in a frame of this size (pixels).

    With its background it fills the frame, or lies whole in it, and the head is not cut where that can be helped;
    `scale` grows it from the middle. Without, it stands like a presenter: `normal` where the photo shows enough of the
    figure for that, else `closeUp`. `circle` is as of a presenter; a photo with its background is
    moved and grown as far as it takes to fill the disc.
    """
    if photo.style == "circle":
        standing = _standing(pack, photo, "circle", width, height)
        return standing if photo.matting else _filling(pack, standing, disc(photo, width, height))
    if photo.matting:
        marks = pack.landmarks
        shown = (pack.portrait.shape[0] - marks.head_top[1]) / (marks.chin[1] - marks.head_top[1])
        waist_up = shown >= _WAIST_UP_HEADS
        return _standing(pack, photo, "normal" if waist_up else "closeUp", width, height)
    return _lying(pack, photo, width, height)


def _filling(pack: Pack, placement: Placement, shown: Disc) -> Placement:
    rows, columns = pack.portrait.shape[:2]
    grown = max(1.0, 2 * shown.radius / (min(rows, columns) * placement.scale))
    scale = placement.scale * grown
    x, y = (
        min(max((begin - middle) * grown + middle, middle + shown.radius - length * scale), middle - shown.radius)
        for begin, middle, length in ((placement.x, shown.x, columns), (placement.y, shown.y, rows))
    )
    return Placement(scale=scale, x=x, y=y)


def _lying(pack: Pack, photo: TalkingPhoto, width: int, height: int) -> Placement:
    marks = pack.landmarks
    rows, columns = pack.portrait.shape[:2]
    head = marks.chin[1] - marks.head_top[1]
    middle = (marks.eye_left[0] + marks.eye_right[0]) / 2
    scales = width / columns, height / rows
    scale = max(scales) if photo.fit == "cover" else min(scales)
    aside = middle - _KEPT_ASIDE * head, middle + _KEPT_ASIDE * head
    upright = marks.head_top[1] - _KEPT_ABOVE * head, marks.chin[1] + _KEPT_BELOW * head
    x, y = (
        _begin(frame, length * scale, low * scale, high * scale)
        for frame, length, (low, high) in ((width, columns, aside), (height, rows, upright))
    )
    k = photo.scale
    return Placement(
        scale=scale * k,
        x=(x - width / 2) * k + width / 2 + photo.offset[0] * width,
        y=(y - height / 2) * k + height / 2 + photo.offset[1] * height,
    )


def _begin(frame: float, length: float, low: float, high: float) -> float:
    """Where a picture of this length begins: in the middle, or as far from there as it takes to show low to high."""
    begin = (frame - length) / 2
    begin = max(min(begin, frame - high), -low)
    return min(max(begin, min(0.0, frame - length)), max(0.0, frame - length))


def _standing(
    pack: Pack,
    character: Avatar | TalkingPhoto,
    style: Literal["normal", "closeUp", "circle"],
    width: int,
    height: int,
) -> Placement:
    marks = pack.landmarks
    top, rows = marks.head_top[1], pack.portrait.shape[0]
    head = marks.chin[1] - top
    middle = (marks.eye_left[0] + marks.eye_right[0]) / 2
    if style == "circle":
        shown = disc(character, width, height)
        scale = 2 * shown.radius * _CIRCLE_HEAD / head
        above = shown.y + (2 * _CIRCLE_HEADROOM - 1) * shown.radius
        return Placement(scale=scale, x=shown.x - middle * scale, y=above - top * scale)
    if style == "closeUp":
        headroom, scale = _CLOSE_UP_HEADROOM, min(_CLOSE_UP_HEAD * height, _CLOSE_UP_HEAD_WIDTH * width) / head
        fixed_y = height / 2
    else:
        columns = np.flatnonzero(pack.portrait[..., 3].max(0) > 8)
        figure = float(columns[-1] - columns[0] + 1)
        headroom, scale = _NORMAL_HEADROOM, min(_NORMAL_HEAD * height / head, _NORMAL_FIGURE_WIDTH * width / figure)
        fixed_y = float(height)
    # A narrow frame leaves more room above the head, unless the figure would end above the frame's lower edge.
    y = max(headroom * height - top * scale, height - rows * scale)
    x = width / 2 - middle * scale
    k = character.scale
    return Placement(
        scale=scale * k,
        x=(x - width / 2) * k + width / 2 + character.offset[0] * width,
        y=(y - fixed_y) * k + fixed_y + character.offset[1] * height,
    )
