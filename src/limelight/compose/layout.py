"""Where a presenter stands in the frame, for every shape of frame."""

from __future__ import annotations

import numpy as np

from limelight.puppet.motion import Placement
from limelight.puppet.pack import Pack
from limelight.spec import Avatar

#: Free space above the hair, of the frame's height.
_NORMAL_HEADROOM, _CLOSE_UP_HEADROOM = 0.07, 0.08
#: In narrow frames the figure may be a little wider than the frame: the arms are cut, the head never is.
_NORMAL_WIDTH, _CLOSE_UP_HEAD_WIDTH = 1.12, 0.62
#: Hair to chin, of the frame's height.
_CLOSE_UP_HEAD = 0.50


def place(pack: Pack, character: Avatar, width: int, height: int) -> Placement:
    """The placement of a character in a frame of this size (pixels).

    `normal` stands on the lower edge from the waist up; `closeUp` shows head and shoulders. `scale` grows a normal
    figure from the middle of the lower edge, a close-up from the middle of the frame; `offset` shifts either.
    """
    rows = pack.portrait.shape[0]
    marks = pack.landmarks
    shown = np.flatnonzero(pack.portrait[..., 3].max(0) > 8)
    top, middle = marks.head_top[1], (marks.eye_left[0] + marks.eye_right[0]) / 2
    if character.style == "closeUp":
        head = marks.chin[1] - top
        scale = min(_CLOSE_UP_HEAD * height / head, _CLOSE_UP_HEAD_WIDTH * width / (0.72 * head))
        # Never so small that the figure's lower edge comes into the frame.
        scale = max(scale, (1 - _CLOSE_UP_HEADROOM) * height / (rows - top))
        y = _CLOSE_UP_HEADROOM * height - top * scale
        fixed_y = height / 2
    else:
        figure = float(shown[-1] - shown[0] + 1)
        scale = min((1 - _NORMAL_HEADROOM) * height / (rows - top), _NORMAL_WIDTH * width / figure)
        y = height - rows * scale
        fixed_y = float(height)
        middle = (float(shown[0] + shown[-1] + 1) / 2 + middle) / 2
    x = width / 2 - middle * scale
    k = character.scale
    return Placement(
        scale=scale * k,
        x=(x - width / 2) * k + width / 2 + character.offset[0] * width,
        y=(y - fixed_y) * k + fixed_y + character.offset[1] * height,
    )
