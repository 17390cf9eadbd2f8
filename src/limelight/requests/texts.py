"""`video_inputs[].text`: words on the picture, one object or a list of them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from limelight.requests.media import colour_of
from limelight.requests.wire import Wire, invalid, quoted, read_at
from limelight.spec import (
    MAX_FONT_PX,
    MAX_LINE_HEIGHT,
    MAX_SIDE_PX,
    MAX_TEXT_CHARACTERS,
    MAX_TEXTS,
    MIN_FONT_PX,
    MIN_LINE_HEIGHT,
    TextOverlay,
)

#: From this weight on a numeric weight is bold.
_BOLD_FROM = 600
#: Of no more digits than Python reads.
_NUMBER = re.compile(r"[0-9]{1,4}")


class PositionBody(Wire):
    """Fractions of the frame, of the box's upper left corner."""

    x: Annotated[float, Field(ge=-1, le=1)] = 0.05
    y: Annotated[float, Field(ge=-1, le=1)] = 0.05


class TextBody(Wire):
    """One text."""

    type: Literal["text"] = "text"
    text: Annotated[str, Field(max_length=MAX_TEXT_CHARACTERS)]
    font_family: Annotated[str, Field(max_length=100)] = "Noto Sans"
    font_size: Annotated[float, Field(ge=MIN_FONT_PX, le=MAX_FONT_PX)] = 48
    font_weight: str = "normal"
    #: without one, what can be read on what is behind
    color: str | None = None
    position: PositionBody = PositionBody()
    text_align: Literal["left", "center", "right"] = "left"
    line_height: Annotated[float, Field(ge=MIN_LINE_HEIGHT, le=MAX_LINE_HEIGHT)] = 1.2
    #: up to 1 a fraction of the frame's width, above it pixels
    width: Annotated[float, Field(gt=0, le=MAX_SIDE_PX)] | None = None


def parse_texts(value: object, path: str, frame_width: int) -> tuple[TextOverlay, ...]:
    """The texts of a scene. Raises SpecError."""
    if value is None:
        return ()
    if not isinstance(value, list):
        return (_text(value, path, frame_width),)
    if len(value) > MAX_TEXTS:
        raise invalid(path, f"it has {len(value)} entries, the limit is {MAX_TEXTS}")
    paths = text_paths(value, path)
    return tuple(_text(item, at, frame_width) for item, at in zip(value, paths, strict=True))


def text_paths(value: object, path: str) -> list[str]:
    """The path of each text of a scene."""
    return (
        [f"{path}[{i}]" for i in range(len(value))] if isinstance(value, list) else [path] if value is not None else []
    )


def _text(value: object, path: str, frame_width: int) -> TextOverlay:
    body = read_at(TextBody, value, path)
    width = body.width
    if width is not None and width > 1:
        width = min(width / frame_width, 1.0)
    return TextOverlay(
        text=body.text,
        font_family=body.font_family,
        font_size=body.font_size,
        weight=_weight(body.font_weight, f"{path}.font_weight"),
        colour=colour_of(body.color, f"{path}.color") if body.color else None,
        position=(body.position.x, body.position.y),
        align=body.text_align,
        line_height=body.line_height,
        width=width,
    )


def _weight(value: str, field: str) -> Literal["normal", "bold"]:
    weight = value.strip().lower()
    if weight in ("normal", "regular", "medium", "light", ""):
        return "normal"
    if weight in ("bold", "semibold", "extrabold", "black"):
        return "bold"
    if _NUMBER.fullmatch(weight) and 1 <= int(weight) <= 1000:
        return "bold" if int(weight) >= _BOLD_FROM else "normal"
    raise invalid(field, f"{quoted(value)} is not one of 'normal', 'bold', or a weight from 1 to 1000")
