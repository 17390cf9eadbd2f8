"""Answers about spoken texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel, Field

from limelight.notices import VideoWarning
from limelight.responses.speech import spoken
from limelight.responses.videos import Warnings


class V3WordTime(BaseModel):
    """A word as it is written (several that are said as one), and when it is heard."""

    word: str = Field(examples=["$5"])
    start: float = Field(ge=0, description="Seconds.")
    end: float = Field(ge=0, description="Seconds.")


class V3Speech(BaseModel):
    """`data` of POST /v3/voices/speech."""

    audio_url: str = Field(description="An MP3, signed for seven days.")
    duration: float = Field(ge=0, description="Seconds.")
    request_id: str = Field(description="The same for an equal request.")
    word_timestamps: list[V3WordTime]
    warnings: Warnings = ()


def v3_speech(
    said: Mapping[str, object], audio_url: str, request_id: str, warnings: Sequence[VideoWarning]
) -> V3Speech:
    """A text that was spoken, as `speech.saying.answer` has it."""
    told = spoken(cast("Mapping[str, Any]", said), audio_url, warnings)
    return V3Speech(
        audio_url=audio_url,
        duration=told.duration or 0.0,
        request_id=request_id,
        word_timestamps=[
            V3WordTime(word=word.text, start=word.start, end=word.end)
            for word in told.words
            if word.start is not None and word.end is not None
        ],
        warnings=told.warnings,
    )
