"""How a video stands, as the server says it; the other answers are in `models`, errors may carry this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator


class Answer(BaseModel):
    """What a server gives back; fields that are not named here are kept."""

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True)


class VideoWarning(Answer):
    """What of a request is left out or changed; Limelight's own."""

    #: a stable word
    code: str
    message: str
    #: counted from 1
    scene: int | None = None
    #: where in the request
    field: str | None = None


class VideoStatus(Answer):
    """How a video stands. URLs but `preview_url` are None until it is completed."""

    id: str = Field(validation_alias=AliasChoices("id", "video_id"))
    #: pending, processing, completed or failed; a server may know others, which mean that it is not finished
    status: str
    video_url: str | None = None
    video_url_caption: str | None = None
    #: what is there of the film, as an MP4 that grows: while it is made, where the server says it
    preview_url: str | None = None
    thumbnail_url: str | None = None
    gif_url: str | None = None
    #: subtitles in ASS
    caption_url: str | None = None
    #: subtitles by their format, srt, vtt and ass: where the server says them
    subtitle_urls: Mapping[str, str] | None = None
    #: seconds
    duration: float | None = None
    #: what went wrong, where it failed
    failure_code: str | None = None
    failure_message: str | None = None
    #: 0 to 1, the stage at work, its scene counted from 1, and how many scenes there are: where the server says them
    progress: float | None = None
    stage: str | None = None
    scene: int | None = None
    scenes: int | None = None
    warnings: tuple[VideoWarning, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _failure(cls, answer: Any) -> Any:
        """HeyGen's `error` is an object, or a text."""
        if not isinstance(answer, Mapping) or not (error := answer.get("error")):
            return answer
        known = error if isinstance(error, Mapping) else {"message": str(error)}
        message = known.get("message") or known.get("detail")
        return {"failure_code": known.get("code"), "failure_message": message} | {
            name: value for name, value in answer.items() if value is not None
        }
