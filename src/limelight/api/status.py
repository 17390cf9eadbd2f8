"""A video's status in the two shapes that clients read."""

from __future__ import annotations

import datetime
from dataclasses import asdict
from typing import Any

from fastapi import Request

from limelight.api.files import signed_url
from limelight.jobs.progress import position
from limelight.responses.videos import V1ListedVideo, V1Video, V1VideoError, V2Video, VideoId, Warned
from limelight.store import Video

#: v1 wants a number. HeyGen's documents name one for a failed voice; the rest is ours.
_FAILURE_NUMBERS = {"speech": 40056}
_OTHER_FAILURE_NUMBER = 50000


def queued(video: Video) -> VideoId:
    """`data` of the answer to a request that makes a video."""
    return VideoId(video_id=video.id, warnings=_warnings(video))


def v1_status(request: Request, video: Video) -> V1Video:
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
        caption_url=_url(request, video.subtitle_keys.get("ass")),
        created_at=video.created_ms // 1000,
        duration=video.duration_s,
        error=error,
        gif_url=_url(request, video.gif_key),
        thumbnail_url=_url(request, video.thumbnail_key),
        video_url=_url(request, video.video_key),
        video_url_caption=_url(request, video.captioned_key),
        **_ours(request, video),
    )


def v1_listed(request: Request, video: Video) -> V1ListedVideo:
    """One of GET /v1/video.list, whose clients know no `pending`."""
    return V1ListedVideo(
        video_id=video.id,
        video_title=video.title or "",
        status="processing" if video.status == "pending" else video.status,
        created_at=video.created_ms // 1000,
        video_url=_url(request, video.video_key),
        thumbnail_url=_url(request, video.thumbnail_key),
        gif_url=_url(request, video.gif_key),
        duration=video.duration_s,
        callback_id=video.callback_id,
        folder_id=video.folder_id,
    )


def v2_status(request: Request, video: Video) -> V2Video:
    """`data` of GET /v2/videos/{id}."""
    return V2Video(
        id=video.id,
        video_id=video.id,
        status=video.status,
        video_url=_url(request, video.video_key),
        thumbnail_url=_url(request, video.thumbnail_key),
        duration=video.duration_s,
        title=video.title,
        created_at=iso(video.created_ms),
        completed_at=iso(video.completed_ms) if video.status == "completed" and video.completed_ms else None,
        gif_url=_url(request, video.gif_key),
        captioned_video_url=_url(request, video.captioned_key),
        subtitle_url=_url(request, video.subtitle_keys.get("srt")),
        folder_id=video.folder_id,
        **_ours(request, video),
    )


def _ours(request: Request, video: Video) -> dict[str, Any]:
    """What both have besides HeyGen's fields; the scene is counted from 1 as people do."""
    now, failure = position(video), video.failure
    return {
        "subtitle_urls": {kind: signed_url(request, key) for kind, key in video.subtitle_keys.items()} or None,
        "failure_code": failure.code if failure else None,
        "failure_message": failure.message if failure else None,
        "progress": now.progress,
        "stage": now.stage,
        "scene": now.scene + 1 if now.scene is not None else None,
        "scenes": len(video.scenes),
        "warnings": _warnings(video),
    }


def _warnings(video: Video) -> tuple[Warned, ...]:
    return tuple(Warned(**asdict(warning)) for warning in video.warnings)


def _url(request: Request, key: str | None) -> str | None:
    return signed_url(request, key) if key else None


def iso(milliseconds: int) -> str:
    """ISO 8601 of milliseconds since 1970."""
    when = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
