"""What of a request is left out or changed: told to whoever sent it, with every answer about the video."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VideoWarning:
    """One thing that is not as it was asked for; the video is made all the same."""

    #: a stable word
    code: str
    #: in words for its author
    message: str
    #: counted from 1
    scene: int
    #: where in the request
    field: str
