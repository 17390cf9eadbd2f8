"""`caption` and `caption_mode`: true or false, or an object with a style, in the two shapes that clients send."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from limelight.requests.media import colour_alpha_of, colour_of
from limelight.requests.wire import Wire, invalid, quoted, read_at
from limelight.spec import MAX_FONT_PX, MIN_FONT_PX, Captions


class CaptionStyleBody(Wire):
    """How captions look."""

    font_family: Annotated[str, Field(max_length=100)] | None = None
    font_size: Annotated[float, Field(ge=MIN_FONT_PX, le=MAX_FONT_PX)] | None = None
    font_color: str | None = None
    background_color: str | None = None
    position: Literal["auto", "bottom", "middle", "center", "top"] = "auto"


class CaptionBody(Wire):
    """The object form of `caption`."""

    enabled: bool = True
    #: an object, or the name of a ready-made style, of which there is one
    style: object = None


def parse_captions(caption: object, mode: Literal["file_only", "burn_in"] | None) -> Captions | None:
    """What captions are asked for; the mode wins over `caption`. Raises SpecError."""
    wanted = _wanted(caption)
    if mode is not None:
        return (wanted or Captions()).model_copy(update={"burn_in": mode == "burn_in"})
    return wanted


def _wanted(caption: object) -> Captions | None:
    if isinstance(caption, dict):
        body = read_at(CaptionBody, caption, "caption")
        return _styled(body.style) if body.enabled else None
    match str(caption).lower():
        case "false" | "0" | "":
            return None
        case "true" | "1":
            return Captions()
    raise invalid("caption", f"{quoted(caption)} is neither true nor false")


def _styled(style: object) -> Captions:
    if style is None or isinstance(style, str):
        return Captions()
    body = read_at(CaptionStyleBody, style, "caption.style")
    given: dict[str, object] = {"position": "middle" if body.position == "center" else body.position}
    if body.font_family:
        given["font_family"] = body.font_family
    if body.font_size is not None:
        given["font_size"] = body.font_size
    if body.font_color:
        given["colour"] = colour_of(body.font_color, "caption.style.font_color")
    if body.background_color:
        given["background"] = colour_alpha_of(body.background_color, "caption.style.background_color")
    return Captions.model_validate(given)
