"""POST /v3/background-removals: of pictures; films are refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from pydantic import Field

from limelight.errors import SpecError
from limelight.notices import VideoWarning
from limelight.requests.known import Known
from limelight.requests.parts import Title
from limelight.requests.v3.files import FileBody, is_film
from limelight.requests.v3.videos import NOT_SUPPORTED
from limelight.requests.wire import Wire, check_text, read
from limelight.results import Layer
from limelight.spec import Source

_BACKGROUND = "background"
_UNKNOWN = "what is behind the person is not in the picture"


class BackgroundRemovalBody(Wire):
    """POST /v3/background-removals."""

    #: a picture, whatever the name says
    video: FileBody
    #: all three if absent or empty; `background` cannot be made
    layers: Annotated[list[Literal["foreground", "mask", "background"]], Field(max_length=100)] = Field(
        default_factory=list
    )
    title: Title | None = None
    #: the same one gives the first job again, whatever else the body says
    request_id: Annotated[str, Field(max_length=1_000)] | None = None


@dataclass(frozen=True, slots=True)
class NewRemoval:
    """A picture that is to lose its background."""

    source: Source
    layers: tuple[Layer, ...]
    title: str | None
    warnings: tuple[VideoWarning, ...]


def parse_request_id(body: object) -> str | None:
    """What a body calls itself, so that it is not done twice; None where it has no such name. Raises SpecError."""
    check_text(body)
    named = body.get("request_id") if isinstance(body, dict) else None
    return str(named) if isinstance(named, str | int) and named != "" else None


def parse_removal(body: object, known: Known) -> NewRemoval:
    """The request in a decoded JSON body, of whom this is known. Raises SpecError."""
    check_text(body)
    wire = read(BackgroundRemovalBody, body)
    wanted: list[str] = [*wire.layers] or [*get_args(Layer), _BACKGROUND]
    layers = tuple(layer for layer in get_args(Layer) if layer in wanted)
    if not layers:
        problem = f"'{_BACKGROUND}' alone is not available on this server: {_UNKNOWN}"
        raise SpecError(f"layers is invalid: {problem}.", code=NOT_SUPPORTED, field="layers")
    source = _picture(wire.video, known)
    left_out = VideoWarning(NOT_SUPPORTED, f"{_BACKGROUND} is left out: {_UNKNOWN}.", 1, "layers")
    return NewRemoval(source, layers, wire.title or None, (left_out,) if _BACKGROUND in wanted else ())


def _picture(file: FileBody, known: Known) -> Source:
    """Where the picture is. Raises SpecError."""
    if is_film(file.asset_id, file.url, known):
        raise film_refused()
    try:
        return file.source("image", "video", known)
    except SpecError:
        if _is_uploaded_film(file, known):
            raise film_refused() from None
        raise


def _is_uploaded_film(file: FileBody, known: Known) -> bool:
    """Whether what is no picture is an upload that is a film, by its id or its URL."""
    try:
        file.source("video", "video", known)
    except SpecError:
        return False
    return True


def film_refused() -> SpecError:
    """The error for a film."""
    problem = "removing the background of films is not available on this server; that of pictures is, send one"
    return SpecError(f"video is invalid: {problem}.", code=NOT_SUPPORTED, field="video")
