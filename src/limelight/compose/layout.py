"""Where a presenter or a photo stands in the frame, for every aspect ratio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from limelight.puppet.motion import Placement
from limelight.puppet.pack import Pack
from limelight.spec import Avatar, TalkingPhoto

#: Free space above the hair, as a fraction of the frame's height.
_NORMAL_HEADROOM, _CLOSE_UP_HEADROOM = 0.085, 0.08
#: The head's height, from the top of the hair to the chin, as a fraction of the frame's height.
_NORMAL_HEAD, _CLOSE_UP_HEAD = 0.33, 0.52
#: A cut-out photo that reaches at least this far below the top of the hair is shown as `normal`; in head heights. A
#: frame shows 2.77 of them; a figure that ends sooner is moved down.
_WAIST_UP_HEADS = 2.5
#: The largest width of a `normal` figure, and the largest head height of a `closeUp`, as fractions of the frame's
#: width: in narrow frames the arms may be cut, the head never is.
_NORMAL_FIGURE_WIDTH, _CLOSE_UP_HEAD_WIDTH = 1.12, 0.85


#: The circle's diameter, as a fraction of the frame's shorter side; head height and space above the hair, as fractions
#: of that diameter.
_CIRCLE_DIAMETER = 0.8
_CIRCLE_HEAD, _CIRCLE_HEADROOM = 0.55, 0.12
#: What a cropped photo still shows above the hair, below the chin and to each side of the eyes' midpoint, in head
#: heights.
_KEPT_ABOVE, _KEPT_BELOW, _KEPT_ASIDE = 0.15, 0.3, 0.6


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle in the frame: its centre x, y and its radius, pixels."""

    x: float
    y: float
    radius: float


def disc(character: Avatar | TalkingPhoto, width: int, height: int) -> Disc:
    """The circle of the style `circle` in a frame of this size (pixels): `scale` scales it, `offset` shifts it."""
    radius = _CIRCLE_DIAMETER / 2 * min(width, height) * character.scale
    return Disc(width * (0.5 + character.offset[0]), height * (0.5 + character.offset[1]), radius)


def place(pack: Pack, character: Avatar, width: int, height: int) -> Placement:
    """The placement of a character in a frame of this size (pixels).

    `normal` shows the presenter from the waist up, `closeUp` shows head and shoulders, `circle` shows them in its disc.
    At scale 1 and without an offset, a `normal` or `closeUp` figure reaches the frame's lower edge. `scale` scales a
    `normal` figure about the middle of the frame's lower edge, a `closeUp` about the frame's centre, and a `circle`
    about the disc's centre; `offset` shifts each, in fractions of the frame's width and height.
    """
    return _standing(pack, character, character.style, width, height)


def place_photo(pack: Pack, photo: TalkingPhoto, width: int, height: int) -> Placement:
    """The placement of a talking photo's portrait in a frame of this size (pixels).

    A photo with its background fills the frame (`fit` cover) or lies whole inside it (contain), and is placed so that
    the head is not cropped where that is possible; `scale` scales it about the frame's centre. A cut-out photo
    (`matting`) stands like a presenter: `normal` where it shows enough of the figure, else `closeUp`. `circle` is as
    for a presenter; a photo with its background is enlarged and shifted as far as needed to fill the disc.
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
    """Where a picture of this length begins in a frame, one axis, pixels: centred, or shifted to show low to high.

    A picture that is longer than the frame covers it; a shorter one stays inside.
    """
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
