"""Answers about pictures without their background."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel, Field

from limelight.jobs.removals import Removal
from limelight.responses.videos import Warned, Warnings
from limelight.results import Layer
from limelight.service.links import Urls


class V3Removal(BaseModel):
    """A job, which is done when it is answered."""

    id: str = Field(description="32 hex digits.")
    status: Literal["completed"] = "completed"
    layers: dict[Layer, str] = Field(
        description="PNGs, signed for seven days: `foreground` with alpha, `mask` in grey."
    )
    created_at: int = Field(description="Unix seconds.")
    completed_at: int = Field(description="Unix seconds.")
    duration: None = Field(default=None, description="A picture has none.")
    error: None = None
    title: str | None = Field(description="As the request has it.")
    warnings: Warnings = ()


class V3RemovalGone(BaseModel):
    """A job that was deleted."""

    id: str
    deleted: Literal[True] = True


def v3_removal(urls: Urls, job: Removal) -> V3Removal:
    """A job, with URLs that are signed now."""
    return V3Removal(
        id=job.id,
        layers={layer: urls.signed(job.key(layer)) for layer in job.layers},
        created_at=job.created_ms // 1000,
        completed_at=job.completed_ms // 1000,
        title=job.title,
        warnings=tuple(Warned(**asdict(warning)) for warning in job.warnings),
    )
