"""What the tools give back. Descriptions are read by assistants."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

#: What can be downloaded of a finished video.
Part = Literal["film", "captioned_film", "srt", "vtt", "thumbnail"]


class Look(BaseModel):
    """A presenter in one outfit."""

    id: str
    name: str


class Presenter(BaseModel):
    """A synthetic person."""

    name: str
    gender: str | None
    tags: list[str]
    default_voice: str | None = Field(description="The voice that speaks where none is named.")
    looks: list[Look] = Field(description="The first is used where only the presenter's name is given.")


class Photo(BaseModel):
    """A photo that was uploaded to speak."""

    id: str
    name: str
    note: str | None = Field(description="What to know of the picture, such as which of several faces speaks.")


class Presenters(BaseModel):
    """Who can be seen."""

    presenters: list[Presenter]
    photos: list[Photo] = Field(description="Uploaded talking photos; left out where a filter is given.")


class Voice(BaseModel):
    """A voice."""

    id: str
    name: str
    gender: str | None
    accent: str | None
    locale: str | None
    character: str | None = Field(description="What it is like, in a few words.")
    tags: list[str] = Field(description="fast: costs next to nothing to compute. own: added by this server's owner.")


class Voices(BaseModel):
    """Who can be heard."""

    voices: list[Voice]


class Begun(BaseModel):
    """A video that is being made now; it is not finished yet."""

    video_id: str
    warnings: list[str] = Field(description="What of the request is left out or changed. Tell the user.")
    next_step: str


class VideoState(BaseModel):
    """How a video stands."""

    video_id: str
    status: str = Field(description="pending, processing, completed or failed.")
    finished: bool = Field(description="Whether the film is there. false: it is still being made, or has failed.")
    progress: float | None = Field(description="0 to 1.")
    stage: str | None
    scene: int | None = Field(description="The scene that is worked on, counted from 1.")
    scenes: int | None
    duration_s: float | None = Field(description="The film's length in seconds.")
    failure: str | None = Field(description="Why it failed: scene, stage and reason.")
    available: list[Part] = Field(description="What download_video can fetch.")
    video_url: str | None = Field(description="The film for a browser on the server's network; it expires.")
    warnings: list[str]
    note: str = Field(description="In one sentence, what this means.")


class Downloaded(BaseModel):
    """A file that was written."""

    path: str = Field(description="Absolute.")
    size_bytes: int
    note: str = Field(description="Says so where another name was chosen because the file existed already.")


class Listed(BaseModel):
    """A video in a list."""

    video_id: str
    title: str | None
    status: str
    created: str | None = Field(description="ISO 8601, UTC.")


class Videos(BaseModel):
    """Videos, newest first."""

    videos: list[Listed]
    next_page: str | None = Field(description="Give it as `page` for older ones; null on the last page.")


class Deleted(BaseModel):
    """A video that is no more."""

    video_id: str
    deleted: bool


class Uploaded(BaseModel):
    """A photo that can speak now."""

    id: str
    name: str
    faces: int | None
    note: str | None = Field(description="What to know of the picture. Tell the user.")
    next_step: str
