"""Answers about what is said."""

from __future__ import annotations

from pydantic import BaseModel, Field

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
