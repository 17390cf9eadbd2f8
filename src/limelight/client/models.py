"""What the client gives back. Fields have the names of the API; those that a server need not send may be None.

Fields that are not named here are kept: `status.model_extra["callback_id"]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import AliasChoices, Field

from limelight.client.errors import NoDefaultVoice
from limelight.client.statuses import Answer, VideoWarning

#: 60 quota are one credit.
QUOTA_PER_CREDIT = 60

#: Why a video was not begun, as HeyGen's documents sort it.
Reason = Literal["insufficient_credits", "invalid_avatar", "invalid_voice", "invalid_script", "other"]


class NewVideo(Answer):
    """A video that was begun."""

    video_id: str
    warnings: tuple[VideoWarning, ...] = ()


class BatchItem(Answer):
    """One video of a batch."""

    #: counted from 0
    item_index: int
    #: queued, processing, completed or failed
    status: str
    #: None where nothing was made
    video_id: str | None = None
    #: code, message and param, where it failed
    error: dict[str, Any] | None = None


class Batch(Answer):
    """Videos that were begun together."""

    batch_id: str
    title: str | None = None
    #: processing, completed, or failed where every video has
    status: str
    total_items: int
    items: tuple[BatchItem, ...] = ()


class Avatar(Answer):
    """An avatar in a list."""

    avatar_id: str
    avatar_name: str | None = None
    gender: str | None = None
    preview_image_url: str | None = None
    preview_video_url: str | None = None
    default_voice_id: str | None = None


class AvatarDetails(Answer):
    """One avatar."""

    id: str = Field(validation_alias=AliasChoices("id", "avatar_id"))
    name: str | None = Field(None, validation_alias=AliasChoices("name", "avatar_name"))
    gender: str | None = None
    preview_image_url: str | None = None
    preview_video_url: str | None = None
    default_voice_id: str | None = None

    def default_voice(self) -> str:
        """The id of the voice that suits it. Raises NoDefaultVoice."""
        if not self.default_voice_id:
            raise NoDefaultVoice(
                f"avatar {self.name or self.id} has no default voice: choose one and pass its voice_id."
            )
        return self.default_voice_id


class Voice(Answer):
    """A voice in a list."""

    voice_id: str
    name: str | None = None
    language: str | None = None
    gender: str | None = None
    preview_audio: str | None = None
    #: of servers that say more than HeyGen: `en-GB`, `British`, `mature`, a few words, `fast` or `own`
    locale: str | None = None
    accent: str | None = None
    age: str | None = None
    character: str | None = None
    tags: list[str] | None = None


class Asset(Answer):
    """An upload, which scenes name by its id."""

    id: str
    url: str | None = None
    name: str | None = None
    file_type: str | None = Field(None, validation_alias=AliasChoices("file_type", "type"))
    image_key: str | None = None


class TalkingPhoto(Answer):
    """A photo that speaks; scenes name it by its `talking_photo_id`."""

    talking_photo_id: str = Field(validation_alias=AliasChoices("talking_photo_id", "id"))
    talking_photo_name: str | None = None
    image_url: str | None = Field(None, validation_alias=AliasChoices("image_url", "talking_photo_url"))
    #: how many faces it shows, and what to know of that: where the server says it
    faces: int | None = None
    note: str | None = None


class ListedVideo(Answer):
    """A video in a list."""

    video_id: str = Field(validation_alias=AliasChoices("video_id", "id"))
    status: str
    video_title: str | None = Field(None, validation_alias=AliasChoices("video_title", "title"))
    #: Unix seconds
    created_at: int | None = None


class VideoPage(Answer):
    """A page of a list of videos; the next one begins at `token`, which is None on the last."""

    videos: list[ListedVideo]
    token: str | None = None


class Word(Answer):
    """A word, and what it is called: in other words, or by its sounds. Limelight's own."""

    word: str
    say: str | None = None
    ipa: str | None = None
    #: whether it is this word only as it is written here
    case_sensitive: bool = False


class SpokenWord(Answer):
    """A word as it is written, and how it is said."""

    text: str
    said: str
    phonemes: str
    ipa: str
    source: str
    #: seconds, where it was spoken
    start: float | None = None
    end: float | None = None


class Speech(Answer):
    """A text as it is said; without a URL where only its phonemes were asked for. Limelight's own."""

    audio_url: str | None = None
    #: seconds
    duration: float | None = None
    phonemes: str
    ipa: str
    words: tuple[SpokenWord, ...]
    warnings: tuple[VideoWarning, ...] = ()


class Quota(Answer):
    """What the account may still make."""

    remaining_quota: int
    details: dict[str, Any] | None = None

    @property
    def credits(self) -> float:
        """The same in credits."""
        return self.remaining_quota / QUOTA_PER_CREDIT


@dataclass(frozen=True, slots=True)
class VideoGenerationResult:
    """A finished video of the whole workflow."""

    video_id: str
    video_url: str
    #: seconds
    duration: float | None
    avatar_id: str
    voice_id: str
    avatar_name: str | None
    warnings: tuple[VideoWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class SafeResult:
    """A video that was begun, with its id; or why it was not."""

    success: bool
    video_id: str | None = None
    error: str | None = None
    reason: Reason | None = None
    warnings: tuple[VideoWarning, ...] = ()
