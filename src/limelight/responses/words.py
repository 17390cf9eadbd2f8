"""Answers about words."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from limelight.spec import WordEntry


class Word(BaseModel):
    """A word, and what it is called."""

    word: str = Field(examples=["Kubernetes"])
    say: str | None = Field(description="In other words; null where `ipa` says it.", examples=["koober netties"])
    ipa: str | None = Field(description="By its sounds; null where `say` says it.", examples=[None])
    case_sensitive: bool = Field(description="Whether it is this word only as it is written here.")


class Words(BaseModel):
    """Some words, or all of an account's."""

    words: list[Word]
    total: int = Field(ge=0, description="How many the account has.")


def words_shown(entries: Sequence[WordEntry], total: int) -> Words:
    """Some words of an account that has `total`."""
    return Words(words=[Word(**entry.model_dump()) for entry in entries], total=total)
