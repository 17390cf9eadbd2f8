"""Answers about videos, batches of them, and sessions of the agent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from limelight.jobs.progress import position
from limelight.responses.videos import OurFields, Status, Warnings, our_fields, url_of, warnings_of
from limelight.service.batches import Standing
from limelight.service.links import Urls
from limelight.store import Video
from limelight.store.batches import Batch

_ID = "4f0e6c1f5b5c4a3f9d0b8a7c6d5e4f30"

ItemStatus = Literal["queued", "processing", "completed", "failed"]


class V3VideoCreated(BaseModel):
    """`data` of POST /v3/videos."""

    video_id: str = Field(examples=[_ID])
    status: Literal["waiting"] = "waiting"
    output_format: Literal["mp4", "webm"]
    warnings: Warnings = ()


class V3Video(OurFields):
    """A video of v3."""

    id: str = Field(examples=[_ID])
    status: Status
    title: str | None
    created_at: int = Field(description="Unix seconds.")
    completed_at: int | None = Field(description="Unix seconds; null until completed.")
    duration: float | None = Field(description="Seconds, to a millisecond; null until completed.")
    video_url: str | None = Field(description="Signed for seven days, anew with each status; null until completed.")
    thumbnail_url: str | None
    gif_url: str | None
    captioned_video_url: str | None = Field(description="The film with captions drawn on it; null without.")
    subtitle_url: str | None = Field(description="The SRT file; null without captions.")
    folder_id: str | None
    video_page_url: str | None = Field(description="The public page; null until the video is shared.")


class V3VideoDeleted(BaseModel):
    """`data` of DELETE /v3/videos/{video_id}."""

    id: str
    deleted: bool = True


class V3Standing(BaseModel):
    """How one video or upload stands."""

    video_id: str | None = Field(description="The id, an upload's too; null where nothing was made.")
    status: Literal["queued", "processing", "completed", "failed", "not_found"]
    error: dict[str, Any] | None = Field(description="code, message, param; null unless failed.")
    batch_id: str | None = Field(default=None, description="The batch that it was asked for by.")
    item_index: int | None = Field(default=None, description="Its place in the batch, counted from 0.")


class V3BatchItem(BaseModel):
    """One item of a batch."""

    item_index: int = Field(ge=0, description="Its place in the request, counted from 0.")
    status: ItemStatus
    video_id: str | None = Field(description="The id, an upload's too; null where nothing was made.")
    error: dict[str, Any] | None = Field(description="code, message, param; null unless failed.")


class V3Batch(BaseModel):
    """`data` of GET /v3/videos/batches/{batch_id} and its like: a page of its items, and how all stand."""

    batch_id: str = Field(examples=[_ID])
    title: str | None
    status: Literal["processing", "completed", "failed"] = Field(description="failed where every item has.")
    total_items: int = Field(ge=0)
    counts_by_status: dict[str, int]
    created_at: int = Field(description="Unix seconds.")
    items: list[V3BatchItem]
    has_more: bool
    next_token: str | None


class V3SessionCreated(BaseModel):
    """`data` of POST /v3/video-agents."""

    session_id: str = Field(examples=[_ID])
    status: Literal["generating"] = "generating"
    video_id: str = Field(examples=[_ID], description="The same.")
    created_at: int = Field(description="Unix seconds.")
    warnings: Warnings = ()


class V3ListedSession(BaseModel):
    """A session in a list."""

    session_id: str = Field(examples=[_ID])
    title: str | None
    created_at: int = Field(description="Unix seconds.")


class V3Message(BaseModel):
    """What was said in a session."""

    role: Literal["user", "model"]
    content: str
    type: Literal["text", "error"] = "text"
    created_at: int | None = Field(default=None, description="Unix seconds.")
    resource_ids: list[str] = Field(default_factory=list)


class V3Session(V3ListedSession):
    """`data` of GET /v3/video-agents/{session_id}."""

    status: Literal["generating", "completed", "failed"]
    progress: int = Field(ge=0, le=100, description="Percent.")
    video_id: str = Field(examples=[_ID])
    messages: list[V3Message]


def v3_created(video: Video) -> V3VideoCreated:
    """A video that was kept and queued."""
    return V3VideoCreated(video_id=video.id, output_format=video.spec.container, warnings=warnings_of(video))


def v3_video(urls: Urls, video: Video) -> V3Video:
    """A video as it stands."""
    ended = video.status == "completed" and video.completed_ms
    return V3Video(
        id=video.id,
        status=video.status,
        title=video.title,
        created_at=video.created_ms // 1000,
        completed_at=video.completed_ms // 1000 if ended and video.completed_ms else None,
        duration=video.duration_s,
        video_url=url_of(urls, video.video_key),
        thumbnail_url=url_of(urls, video.thumbnail_key),
        gif_url=url_of(urls, video.gif_key),
        captioned_video_url=url_of(urls, video.captioned_key),
        subtitle_url=url_of(urls, video.subtitle_keys.get("srt")),
        folder_id=video.folder_id,
        video_page_url=urls.page(video.share_token) if video.share_token else None,
        **our_fields(urls, video),
    )


def v3_standing(standing: Standing) -> V3Standing:
    """One of a list of statuses."""
    return V3Standing(
        video_id=standing.id,
        status=standing.state,
        error=standing.error,
        batch_id=standing.batch_id,
        item_index=standing.index,
    )


def v3_batch(batch: Batch, standings: Sequence[Standing], page: Sequence[Standing], next_token: str | None) -> V3Batch:
    """A batch whose items stand so, and a page of them."""
    counts: Counter[str] = Counter(_in_batch(standing).status for standing in standings)
    if counts["queued"] or counts["processing"]:
        status: Literal["processing", "completed", "failed"] = "processing"
    else:
        status = "failed" if counts["failed"] == len(standings) else "completed"
    return V3Batch(
        batch_id=batch.id,
        title=batch.title,
        status=status,
        total_items=len(standings),
        counts_by_status=dict(counts),
        created_at=batch.created_ms // 1000,
        items=[_in_batch(standing) for standing in page],
        has_more=next_token is not None,
        next_token=next_token,
    )


def v3_session_created(video: Video) -> V3SessionCreated:
    """A session whose video was kept and queued."""
    return V3SessionCreated(
        session_id=video.id, video_id=video.id, created_at=video.created_ms // 1000, warnings=warnings_of(video)
    )


def v3_session_listed(video: Video) -> V3ListedSession:
    """A session in a list."""
    return V3ListedSession(session_id=video.id, title=video.title, created_at=video.created_ms // 1000)


def v3_session(video: Video) -> V3Session:
    """A session: its prompt, and how its video stands."""
    messages = [V3Message(role="user", content=video.prompt or "", created_at=video.created_ms // 1000)]
    if video.failure:
        messages.append(V3Message(role="model", content=video.failure.message, type="error"))
    elif video.status == "completed":
        messages.append(V3Message(role="model", content="The video is ready.", resource_ids=[video.id]))
    return V3Session(
        **v3_session_listed(video).model_dump(),
        status="generating" if video.status == "pending" or video.status == "processing" else video.status,
        progress=int(100 * position(video).progress),
        video_id=video.id,
        messages=messages,
    )


def _in_batch(standing: Standing) -> V3BatchItem:
    error, status = standing.error, standing.state
    if status == "not_found":
        status, error = "failed", {"code": "video_not_found", "message": "it was deleted.", "param": None}
    return V3BatchItem(item_index=standing.index or 0, status=status, video_id=standing.id, error=error)
