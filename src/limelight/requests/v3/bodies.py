"""The bodies of POST /v3/videos and POST /v3/videos/batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, RootModel

from limelight.requests.known import Known
from limelight.requests.parts import BackgroundBody, BesideBody, Id, OutfitBody, Title
from limelight.requests.plain import PictureBody, SizeBody, SpokenBody, VoiceSettingsBody
from limelight.requests.v3.files import FileBody, is_film
from limelight.requests.wire import Wire
from limelight.spec import MAX_SCENES, MAX_SILENCE_S

#: How many videos one batch makes.
MAX_BATCH = 100
OutputFormat = Literal["mp4", "webm"]


class V3VoiceSettingsBody(VoiceSettingsBody):
    """How a script is spoken."""

    #: of other engines' voices; not followed
    engine_settings: object = None


class V3SpokenBody(SpokenBody):
    """What is said, and how."""

    voice_settings: V3VoiceSettingsBody = V3VoiceSettingsBody()
    #: not followed
    motion_prompt: str | None = None

    def left_out(self) -> Iterator[tuple[str, str]]:
        """What of it is not done: the field, and in words."""
        if self.motion_prompt and self.motion_prompt.strip():
            yield "motion_prompt", "presenters move by what they say, not by a prompt"
        if self.voice_settings.engine_settings is not None:
            yield "voice_settings.engine_settings", "they are of other engines' voices"


class V3BackgroundBody(BackgroundBody):
    """What is behind."""

    value: Annotated[str | None, Field(validation_alias=AliasChoices("value", "color"))] = None
    #: of an image or a film
    asset_id: Id | None = None

    def named(self, known: Known) -> BackgroundBody:
        """With the upload in the field of its kind. A film that is called an image is a film."""
        if self.type not in ("image", "video"):
            return self
        kind = "video" if is_film(self.asset_id or self.image_asset_id, self.url, known) else self.type
        asset_id = self.asset_id or (self.image_asset_id if kind == "video" else None)
        changed: dict[str, object] = {f"{kind}_asset_id": asset_id} if asset_id else {}
        if kind != self.type:
            changed |= {"type": kind, "play_style": "loop"}
        return self.model_copy(update=changed)


class V3VideoBody(BesideBody, SizeBody):
    """What every kind of video has."""

    #: with a style captions are drawn on the film too; true draws them, without an object
    caption: Annotated[object, Field(validation_alias=AliasChoices("caption", "enable_caption"))] = False
    #: a picture of one's own; not drawn
    watermark: object = None


class V3SpeakerBody(V3VideoBody, V3SpokenBody, PictureBody):
    """What videos of a presenter and of a picture have; the plain fields are without `avatar_id` or `image`."""

    background: V3BackgroundBody | None = None
    #: of a photo: the person stands before `background`
    remove_background: bool = False
    #: of a photo
    fit: Literal["cover", "contain"] = "cover"
    #: webm is transparent
    output_format: OutputFormat = "mp4"
    #: not chosen here: there is one
    engine: object = None


class AvatarVideoBody(V3SpeakerBody, OutfitBody):
    """A video of a presenter, or of one of the account's photos."""

    type: Literal["avatar"] = "avatar"
    avatar_id: Id = ""


class ImageVideoBody(V3SpeakerBody):
    """A video of a picture that speaks."""

    type: Literal["image"] = "image"
    image: FileBody | None = None


class SceneAvatarBody(V3SpokenBody, OutfitBody):
    """A presenter or photo in a scene."""

    type: Literal["avatar"] = "avatar"
    avatar_id: Id = ""
    background: V3BackgroundBody | None = None
    engine: object = None


class SceneImageBody(V3SpokenBody):
    """A picture that speaks in a scene."""

    type: Literal["image"] = "image"
    image: FileBody


class SpokenSceneBody(Wire):
    """A scene in which somebody speaks."""

    type: Literal["avatar_video"] = "avatar_video"
    input: Annotated[SceneAvatarBody | SceneImageBody, Field(discriminator="type")]


class StillSceneBody(V3SpokenBody):
    """A picture that fills the frame: silent for `duration` seconds, or spoken over."""

    type: Literal["image"] = "image"
    source: FileBody
    duration: Annotated[float, Field(gt=0, le=MAX_SILENCE_S)] | None = None


class PlaybackBody(Wire):
    """How a clip is heard."""

    volume: Annotated[float, Field(ge=0, le=1)] = 1.0
    mute: bool = False


class ClipSceneBody(Wire):
    """A film that fills the frame, with its sound."""

    type: Literal["video"] = "video"
    source: FileBody
    playback: PlaybackBody = PlaybackBody()


class StudioVideoBody(V3VideoBody):
    """A video of scenes."""

    type: Literal["studio"] = "studio"
    #: of one speaker alone; webm is left out
    output_format: OutputFormat = "mp4"
    scenes: Annotated[
        list[Annotated[SpokenSceneBody | StillSceneBody | ClipSceneBody, Field(discriminator="type")]],
        Field(min_length=1, max_length=MAX_SCENES),
    ]


class CreateVideoV3Body(
    RootModel[Annotated[AvatarVideoBody | ImageVideoBody | StudioVideoBody, Field(discriminator="type")]]
):
    """POST /v3/videos."""


class VideoBatchBody(Wire):
    """POST /v3/videos/batches."""

    #: bodies of POST /v3/videos
    videos: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_BATCH)]
    title: Title | None = None
    #: told once, when the last of them has ended
    callback_url: str | None = None
