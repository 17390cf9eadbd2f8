"""Answers about videos; a status in the two shapes that clients read."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from limelight.jobs import keys
from limelight.jobs.live import is_begun
from limelight.jobs.progress import position
from limelight.responses.times import iso
from limelight.service.links import Urls
from limelight.store import Video

#: v1 wants a number. HeyGen's documents name one for a failed voice; the rest is ours.
_FAILURE_NUMBERS = {"speech": 40056}
_OTHER_FAILURE_NUMBER = 50000

Status = Literal["pending", "processing", "completed", "failed"]
_ID = "4f0e6c1f5b5c4a3f9d0b8a7c6d5e4f30"


class Warned(BaseModel):
    """One thing that is not as it was asked for; the video is made all the same."""

    code: str = Field(description="A stable word.", examples=["word_left_out"])
    message: str = Field(examples=["'Привет' is of a script that cannot be spoken, and is left out."])
    scene: int = Field(ge=1, description="Counted from 1.")
    field: str = Field(description="Where in the request.", examples=["video_inputs[0].voice.input_text"])


#: Absent where there is none: clients that know no such field see none.
Warnings = Annotated[
    tuple[Warned, ...],
    Field(description="What of the request is left out or changed; absent if nothing is.", exclude_if=lambda w: not w),
]


class VideoId(BaseModel):
    """A video that was kept and queued."""

    video_id: str = Field(examples=[_ID])
    warnings: Warnings = ()


class OurFields(BaseModel):
    """What HeyGen's statuses do not have."""

    subtitle_urls: dict[str, str] | None = Field(description="By format: srt, vtt, ass; null without captions.")
    failure_code: str | None = Field(description="A stable word, null unless failed.", examples=[None])
    failure_message: str | None = Field(description="Scene, stage and reason, null unless failed.", examples=[None])
    preview_url: str | None = Field(
        description="What is there of the film, as an MP4 that grows to its end: signed for seven days, from the first "
        "scene's first second until the video has ended; else null, as with a WebM."
    )
    progress: float = Field(ge=0, le=1, examples=[0.42])
    stage: str | None = Field(
        description="speech, acting, picture, captions, film, or null while it waits and when it has ended."
    )
    scene: int | None = Field(description="The scene that is worked on, counted from 1; null where it is no one's.")
    scenes: int = Field(ge=1)
    warnings: Warnings = ()


class V1VideoError(BaseModel):
    """Why a video failed."""

    code: int
    detail: str
    message: str


class V1Video(OurFields):
    """`data` of GET /v1/video_status.get."""

    id: str = Field(examples=[_ID])
    video_id: str = Field(examples=[_ID])
    status: Status
    callback_id: str | None
    caption_url: str | None = Field(description="The ASS file; null without captions.")
    created_at: int = Field(description="Unix seconds.")
    duration: float | None = Field(description="Seconds, to a millisecond; null until completed.")
    error: V1VideoError | None
    gif_url: str | None
    thumbnail_url: str | None
    video_url: str | None = Field(description="Signed for seven days, anew with each status; null until completed.")
    video_url_caption: str | None = Field(description="The film with captions drawn on it; null without.")


class V1VideoStatus(BaseModel):
    """GET /v1/video_status.get; the one v1 answer without `msg`."""

    code: Literal[100] = 100
    data: V1Video
    message: Literal["Success"] = "Success"


class V2Video(OurFields):
    """`data` of GET /v2/videos/{id}."""

    id: str = Field(examples=[_ID])
    video_id: str = Field(examples=[_ID], description="The same.")
    status: Status
    video_url: str | None
    thumbnail_url: str | None
    duration: float | None
    title: str | None
    created_at: str = Field(description="ISO 8601.", examples=["2026-11-24T10:30:00Z"])
    completed_at: str | None
    gif_url: str | None
    captioned_video_url: str | None
    subtitle_url: str | None = Field(description="The SRT file; null without captions.")
    folder_id: str | None
    output_language: None = None


class WebmQueued(BaseModel):
    """POST /v1/video.webm: v1's envelope with v2's `error` beside it."""

    code: Literal[100] = 100
    data: VideoId
    msg: None = None
    message: Literal["Success"] = "Success"
    error: None = None


class V1ListedVideo(BaseModel):
    """A video in GET /v1/video.list."""

    video_id: str = Field(examples=[_ID])
    video_title: str = Field(description="Empty where it has none.")
    status: Literal["processing", "completed", "failed"] = Field(description="One that waits is `processing` here.")
    created_at: int = Field(description="Unix seconds.")
    type: Literal["GENERATED"] = "GENERATED"
    video_url: str | None
    thumbnail_url: str | None
    gif_url: str | None
    duration: float | None = Field(description="Seconds; null until completed.")
    callback_id: str | None
    folder_id: str | None


class V1Videos(BaseModel):
    """`data` of GET /v1/video.list, newest first."""

    token: str | None = Field(description="Names the next page; null on the last.")
    videos: list[V1ListedVideo]


class V2Videos(BaseModel):
    """`data` of GET /v2/videos, newest first."""

    videos: list[V2Video]
    token: str | None = Field(description="Names the next page; null on the last.")


class CreatedVideo(VideoId):
    """The same, as POST /v2/videos says it."""

    status: Literal["waiting"] = "waiting"


class V2VideoCreated(CreatedVideo):
    """POST /v2/videos: in v2's envelope, and beside it for clients that read it there."""

    error: None = None
    data: CreatedVideo


# What they are made of


def queued(video: Video) -> VideoId:
    """`data` of the answer to a request that makes a video."""
    return VideoId(video_id=video.id, warnings=warnings_of(video))


def v1_status(urls: Urls, video: Video) -> V1Video:
    """`data` of GET /v1/video_status.get."""
    error = None
    if failure := video.failure:
        number = _FAILURE_NUMBERS.get(failure.stage, _OTHER_FAILURE_NUMBER)
        error = V1VideoError(code=number, detail=failure.message, message=failure.message)
    return V1Video(
        id=video.id,
        video_id=video.id,
        status=video.status,
        callback_id=video.callback_id,
        caption_url=url_of(urls, video.subtitle_keys.get("ass")),
        created_at=video.created_ms // 1000,
        duration=video.duration_s,
        error=error,
        gif_url=url_of(urls, video.gif_key),
        thumbnail_url=url_of(urls, video.thumbnail_key),
        video_url=url_of(urls, video.video_key),
        video_url_caption=url_of(urls, video.captioned_key),
        **our_fields(urls, video),
    )


def v1_listed(urls: Urls, video: Video) -> V1ListedVideo:
    """One of GET /v1/video.list, whose clients know no `pending`."""
    return V1ListedVideo(
        video_id=video.id,
        video_title=video.title or "",
        status="processing" if video.status == "pending" else video.status,
        created_at=video.created_ms // 1000,
        video_url=url_of(urls, video.video_key),
        thumbnail_url=url_of(urls, video.thumbnail_key),
        gif_url=url_of(urls, video.gif_key),
        duration=video.duration_s,
        callback_id=video.callback_id,
        folder_id=video.folder_id,
    )


def v2_status(urls: Urls, video: Video) -> V2Video:
    """`data` of GET /v2/videos/{id}."""
    return V2Video(
        id=video.id,
        video_id=video.id,
        status=video.status,
        video_url=url_of(urls, video.video_key),
        thumbnail_url=url_of(urls, video.thumbnail_key),
        duration=video.duration_s,
        title=video.title,
        created_at=iso(video.created_ms),
        completed_at=iso(video.completed_ms) if video.status == "completed" and video.completed_ms else None,
        gif_url=url_of(urls, video.gif_key),
        captioned_video_url=url_of(urls, video.captioned_key),
        subtitle_url=url_of(urls, video.subtitle_keys.get("srt")),
        folder_id=video.folder_id,
        **our_fields(urls, video),
    )


def our_fields(urls: Urls, video: Video) -> dict[str, Any]:
    """What each version has besides HeyGen's fields; the scene is counted from 1 as people do."""
    now, failure = position(video), video.failure
    return {
        "subtitle_urls": {kind: urls.signed(key) for kind, key in video.subtitle_keys.items()} or None,
        "failure_code": failure.code if failure else None,
        "failure_message": failure.message if failure else None,
        "preview_url": urls.signed(keys.preview(video.id)) if is_begun(video) else None,
        "progress": now.progress,
        "stage": now.stage,
        "scene": now.scene + 1 if now.scene is not None else None,
        "scenes": len(video.scenes),
        "warnings": warnings_of(video),
    }


def warnings_of(video: Video) -> tuple[Warned, ...]:
    """What of the request is left out or changed."""
    return tuple(Warned(**asdict(warning)) for warning in video.warnings)


def url_of(urls: Urls, key: str | None) -> str | None:
    """The signed URL of an object of this key, if there is one."""
    return urls.signed(key) if key else None
