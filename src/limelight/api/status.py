"""A video's status in the two shapes that clients read."""

from __future__ import annotations

import datetime

from fastapi import Request

from limelight.api.files import signed_url
from limelight.jobs.progress import position
from limelight.store import Video

#: v1 wants a number. HeyGen's documents name one for a failed voice; the rest is ours.
_FAILURE_NUMBERS = {"speech": 40056}
_OTHER_FAILURE_NUMBER = 50000


def v1_status(request: Request, video: Video) -> dict[str, object]:
    """`data` of GET /v1/video_status.get."""
    failure = video.failure
    error = failure and {
        "code": _FAILURE_NUMBERS.get(failure.stage, _OTHER_FAILURE_NUMBER),
        "detail": failure.message,
        "message": failure.message,
    }
    return {
        "id": video.id,
        "video_id": video.id,
        "status": video.status,
        "callback_id": video.callback_id,
        "caption_url": _url(request, video.subtitle_keys.get("ass")),
        "created_at": video.created_ms // 1000,
        "duration": video.duration_s,
        "error": error,
        "gif_url": _url(request, video.gif_key),
        "thumbnail_url": _url(request, video.thumbnail_key),
        "video_url": _url(request, video.video_key),
        "video_url_caption": _url(request, video.captioned_key),
        "subtitle_urls": _subtitle_urls(request, video),
        **_failure_words(video),
        **_progress(video),
    }


def v2_status(request: Request, video: Video) -> dict[str, object]:
    """`data` of GET /v2/videos/{id}."""
    return {
        "id": video.id,
        "status": video.status,
        "video_url": _url(request, video.video_key),
        "thumbnail_url": _url(request, video.thumbnail_key),
        "duration": video.duration_s,
        "title": video.title,
        "created_at": _iso(video.created_ms),
        "completed_at": _iso(video.completed_ms) if video.status == "completed" else None,
        "gif_url": _url(request, video.gif_key),
        "captioned_video_url": _url(request, video.captioned_key),
        "subtitle_url": _url(request, video.subtitle_keys.get("srt")),
        "subtitle_urls": _subtitle_urls(request, video),
        "folder_id": video.folder_id,
        "output_language": None,
        **_failure_words(video),
        **_progress(video),
    }


def _subtitle_urls(request: Request, video: Video) -> dict[str, str] | None:
    """Ours: every format; None where there are no captions."""
    return {kind: signed_url(request, key) for kind, key in video.subtitle_keys.items()} or None


def _failure_words(video: Video) -> dict[str, object]:
    failure = video.failure
    return {
        "failure_code": failure.code if failure else None,
        "failure_message": failure.message if failure else None,
    }


def _progress(video: Video) -> dict[str, object]:
    """Ours: 0 to 1, the stage, and the scene counted from 1 as people do."""
    now = position(video)
    return {
        "progress": now.progress,
        "stage": now.stage,
        "scene": now.scene + 1 if now.scene is not None else None,
        "scenes": len(video.scenes),
    }


def _url(request: Request, key: str | None) -> str | None:
    return signed_url(request, key) if key else None


def _iso(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    when = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
