"""Answers about what is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from pydantic import BaseModel, Field

from limelight.notices import VideoWarning
from limelight.responses.videos import Warnings


class SpokenWord(BaseModel):
    """A word as it is written (several that are said as one), and how it is said."""

    text: str = Field(examples=["$5"])
    said: str = Field(description="In plain words.", examples=["five dollars"])
    phonemes: str = Field(description="In misaki's alphabet.", examples=["fˈIv dˈɑləɹz"])
    ipa: str = Field(examples=["ˈfaɪv ˈdɑləɹz"])
    source: str = Field(description="Where the phonemes are from: a dictionary, rules, what was asked for, …")
    start: float | None = Field(default=None, description="Seconds; null where nothing is spoken.")
    end: float | None = Field(default=None, description="Seconds; null where nothing is spoken.")


class Spoken(BaseModel):
    """`data` of POST /v1/limelight/speech."""

    audio_url: str | None = Field(description="An MP3, signed for seven days; null with `phonemes_only`.")
    duration: float | None = Field(description="Seconds; null with `phonemes_only`.")
    phonemes: str = Field(description="Of the whole text, in misaki's alphabet.")
    ipa: str
    words: list[SpokenWord]
    warnings: Warnings = ()


def spoken(said: Mapping[str, object], audio_url: str | None, warnings: Sequence[VideoWarning]) -> Spoken:
    """What is said of a text, as `speech.saying.answer` has it."""
    told = [asdict(warning) for warning in warnings]
    return Spoken.model_validate({**said, "audio_url": audio_url, "warnings": told})
