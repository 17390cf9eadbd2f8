"""What people and programs are told: warnings about their requests, and events that webhooks carry."""

from __future__ import annotations

from dataclasses import dataclass

SUCCEEDED, FAILED = "avatar_video.success", "avatar_video.fail"
BATCH_FINISHED = "batch.finished"
#: Event names that a webhook endpoint may subscribe to, as HeyGen documents them; only the first two and the last are
#: ever sent.
EVENTS = (
    SUCCEEDED,
    FAILED,
    "avatar_video_gif.success",
    "avatar_video_gif.fail",
    "avatar_video_caption.success",
    "avatar_video_caption.fail",
    "video_agent.success",
    "video_agent.fail",
    "video_translate.success",
    "video_translate.fail",
    "photo_avatar_generation.success",
    "photo_avatar_generation.fail",
    "photo_avatar_train.success",
    "photo_avatar_train.fail",
    "photo_avatar_add_motion.success",
    "photo_avatar_add_motion.fail",
    "instant_avatar.success",
    "instant_avatar.fail",
    BATCH_FINISHED,
)


@dataclass(frozen=True, slots=True)
class VideoWarning:
    """One thing that is not done as the request asks; the video is made all the same."""

    #: a stable word for programs
    code: str
    #: the same in words for the request's author
    message: str
    #: counted from 1
    scene: int
    #: the field of the request
    field: str
