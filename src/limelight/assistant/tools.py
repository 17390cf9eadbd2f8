"""What an assistant can do: each public method of `Tools` is a tool, and its docstring the assistant's manual."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from mcp.server.mcpserver import Context
from pydantic import Field

from limelight.assistant.answers import (
    Begun,
    Deleted,
    Downloaded,
    Listed,
    Part,
    Presenters,
    Uploaded,
    Videos,
    VideoState,
    Voices,
)
from limelight.assistant.bodies import Aspect, SceneInput, scene_body, size_of
from limelight.assistant.catalog import Catalog, Framing
from limelight.assistant.folder import Folder
from limelight.client import AsyncClient, VideoFailed, VideoStatus, VideoTimeout
from limelight.client.statuses import VideoWarning
from limelight.errors import SpecError

OnProgress = Callable[[VideoStatus, float], None]
#: What a client that shows progress is told at least this often, in seconds, so that it does not give up.
_LOOK_EVERY_S = 2.0
#: Added to progress that has not grown: the protocol wants every notification to say more than the one before.
_LEAST_STEP = 1e-6
_DEFAULT_SIZE = (1920, 1080)
_SUFFIXES: Mapping[Part, str] = {
    "film": ".mp4",
    "captioned_film": ".mp4",
    "srt": ".srt",
    "vtt": ".vtt",
    "thumbnail": ".jpg",
}

# Texts are never `str | None`: where a parameter is no plain `str`, the SDK reads a text such as "[1]" as JSON.
PresenterName = Annotated[
    str,
    Field(description="Who is seen: an id or a name of list_presenters (Josh, Josh in White) or an uploaded photo's. "
                      "Absent: the first presenter."),
]  # fmt: skip
VoiceName = Annotated[
    str,
    Field(description="Who speaks: an id or a name of list_voices. Absent: the presenter's own; a photo needs one."),
]
Background = Annotated[
    str, Field(description="A colour such as #1a1a2e, or the http(s) URL of a picture or film. Absent: white.")
]
FramingChoice = Annotated[
    Framing,
    Field(description="normal: from the waist up. closeUp: head and shoulders. circle: those in a disc."),
]
AspectChoice = Annotated[
    Aspect | None,
    Field(description="The film's shape, with 1080 pixels on its shorter side. Absent: 16:9, or width and height."),
]
Pixels = Annotated[int | None, Field(description="Even, 128 to 4096; both or none. Small films are made sooner.")]
Captions = Annotated[
    bool, Field(description="Also make subtitles (SRT, WebVTT) and a second film with the captions drawn on it.")
]
Title = Annotated[str, Field(description="The video's title in lists.")]
VideoId = Annotated[str, Field(description="The video_id that make_video, make_scenes or list_videos gave.")]
Gender = Annotated[Literal["female", "male"] | None, Field(description="Only these.")]
Tag = Annotated[str, Field(description="Only those with this tag.")]


class Tools:
    """The tools, over one server and one folder.

    They raise ClientError, and SpecError for what the server is not even asked; `server` turns both into tool errors.
    """

    def __init__(self, client: AsyncClient, folder: Folder) -> None:
        self._client, self._folder = client, folder

    async def list_presenters(self, gender: Gender = None, tag: Tag = "") -> Presenters:
        """List who can be seen: presenters (synthetic people) with their looks, and uploaded talking photos.

        Tags say what a presenter suits (business, education, friendly, …) and how it is made (filmed, rendered).
        """
        catalog = await Catalog.of(self._client)
        found = catalog.presenters(gender, tag)
        return Presenters(presenters=found, photos=[] if gender or tag else catalog.photos())

    async def list_voices(
        self,
        gender: Gender = None,
        accent: Annotated[str, Field(description="Only this accent (American, British) or locale (en-GB).")] = "",
        tag: Tag = "",
    ) -> Voices:
        """List who can be heard. Every voice speaks English."""
        return Voices(voices=(await Catalog.of(self._client)).voices(gender, accent, tag))

    async def make_video(
        self,
        script: Annotated[str, Field(description='What is said, in English. <break time="1.5s"/> is a pause.')],
        presenter: PresenterName = "",
        voice: VoiceName = "",
        background: Background = "",
        framing: FramingChoice = "normal",
        aspect_ratio: AspectChoice = None,
        width: Pixels = None,
        height: Pixels = None,
        captions: Captions = False,
        title: Title = "",
        transparent: Annotated[
            bool,
            Field(description="A WebM whose background is transparent, for web pages: of a presenter, not in a circle, "
                              "without a background and captions."),
        ] = False,
    ) -> Begun:  # fmt: skip
        """Begin a film of one presenter, or one uploaded photo, that says a script. The call returns at once.

        Making it takes about as long as it plays, or some times that: call wait_for_video next, then download_video.
        """
        scene = SceneInput(script=script, presenter=presenter, voice=voice, background=background, framing=framing)
        size = size_of(width, height, aspect_ratio)
        if transparent:
            return await self._make_transparent(scene, size or _DEFAULT_SIZE, captions, title)
        return await self._make([scene], size, captions, title)

    async def make_scenes(
        self,
        scenes: Annotated[list[SceneInput], Field(description="1 to 50, shown one after the other.")],
        presenter: PresenterName = "",
        voice: VoiceName = "",
        background: Background = "",
        framing: FramingChoice = "normal",
        aspect_ratio: AspectChoice = None,
        width: Pixels = None,
        height: Pixels = None,
        captions: Captions = False,
        title: Title = "",
    ) -> Begun:
        """Begin a film of several scenes, each with a script or a silence. The call returns at once.

        presenter, voice, background and framing are for the scenes that do not say theirs. Call wait_for_video next,
        then download_video.
        """
        common = {"presenter": presenter, "voice": voice, "background": background, "framing": framing}
        # A scene's own presenter has a voice of its own: the common one may be of the other gender.
        whole = [
            scene.model_copy(
                update={
                    name: value
                    for name, value in common.items()
                    if not getattr(scene, name) and not (name == "voice" and scene.presenter)
                }
            )
            for scene in scenes
        ]
        return await self._make(whole, size_of(width, height, aspect_ratio), captions, title)

    async def video_status(self, video_id: VideoId) -> VideoState:
        """Show how a video stands: whether it is finished, how far it is, or why it failed."""
        return state_of(await self._client.get_video_status(video_id))

    async def wait_for_video(
        self,
        video_id: VideoId,
        context: Context[Any, Any],
        seconds: Annotated[
            float, Field(ge=1, le=600, description="How long to wait at most; many clients give up after a minute.")
        ] = 50,
    ) -> VideoState:
        """Wait until a video has ended, but no longer than `seconds`; tells its progress meanwhile.

        `finished` false and `failure` null mean that it is still being made: call this again.
        """
        async with _telling(context) as tell:
            try:
                ended = await self._client.wait_for_video(video_id, tell, timeout=seconds, interval=_LOOK_EVERY_S)
            except VideoFailed as error:
                ended = error.status
            except VideoTimeout as error:
                if error.status is None:
                    raise
                ended = error.status
        return state_of(ended)

    async def download_video(
        self,
        video_id: VideoId,
        part: Annotated[
            Part,
            Field(description="film, or of a video with captions captioned_film, srt or vtt, or a thumbnail (JPEG)."),
        ] = "film",
        file: Annotated[
            str,
            Field(description="Where to, below the folder that this server was given. Absent: the video's id. "
                              "A file that exists is never replaced: another name is chosen, and told."),
        ] = "",
    ) -> Downloaded:  # fmt: skip
        """Write a finished film, or what belongs to it, to a file on the user's machine; gives its path."""
        status = await self._client.get_video_status(video_id)
        if status.status == "failed":
            raise VideoFailed(status)
        there = urls_of(status)
        if part not in there:
            has = f"it has {', '.join(there)}." if there else state_of(status).note
            raise SpecError(f"part is invalid: video {video_id} has no {part}: {has}")
        url = there[part]
        suffix = Path(urlsplit(url).path).suffix or _SUFFIXES[part]
        with self._folder.new(file or video_id, suffix) as path:
            await self._client.download(url, path)
            size = path.stat().st_size
        wanted = file or f"{video_id}{suffix}"
        taken = Path(wanted).stem != path.stem
        note = f"{wanted} exists already, so it is {self._folder.shown(path)}." if taken else "It is written."
        return Downloaded(path=str(path), size_bytes=size, note=note)

    async def list_videos(
        self,
        limit: Annotated[int, Field(description="How many.", ge=1, le=100)] = 20,
        title: Annotated[str, Field(description="Only those whose title has these words.")] = "",
        page: Annotated[str, Field(description="next_page of the call before.")] = "",
    ) -> Videos:
        """List the videos on the server, newest first: the way to a video_id that is not known."""
        found = await self._client.list_videos(limit=limit, token=page or None, title=title or None)
        listed = [
            Listed(
                video_id=video.video_id,
                title=video.video_title or None,
                status=video.status,
                created=_when(video.created_at),
            )
            for video in found.videos
        ]
        return Videos(videos=listed, next_page=found.token)

    async def delete_video(self, video_id: VideoId) -> Deleted:
        """Delete a video and its files from the server for good, or stop one that is being made.

        Files that were downloaded stay. Ask the user first.
        """
        await self._client.delete_video(video_id)
        return Deleted(video_id=video_id, deleted=True)

    async def upload_photo(
        self,
        file: Annotated[
            str,
            Field(description="A portrait below the folder that this server was given: JPEG, PNG, WebP or GIF, one "
                              "face from the front."),
        ],
        i_may_use_this_likeness: Annotated[
            bool,
            Field(description="The statement: 'I may use the likeness of the person in this photo, to have them say "
                              "what they did not say.' true only if the user has said so themselves; ask, never "
                              "assume. It is kept with the photo."),
        ],
        name: Annotated[str, Field(description="What the photo is to be called. Absent: the file's name.")] = "",
    ) -> Uploaded:  # fmt: skip
        """Upload a photo of a person, who can then speak: give its id or name as `presenter`, with a voice."""
        if not i_may_use_this_likeness:
            raise SpecError(
                "i_may_use_this_likeness is invalid: it is false. Without the user's own statement that they may use "
                "the person's likeness, the photo is not uploaded."
            )
        path = self._folder.existing(file)
        photo = await self._client.upload_talking_photo(path, consent=True, name=name or path.stem)
        return Uploaded(
            id=photo.talking_photo_id,
            name=name or path.stem,
            faces=photo.faces,
            note=photo.note,
            next_step="make_video with this id as `presenter`, and a `voice` of list_voices.",
        )

    async def _make(self, scenes: list[SceneInput], size: tuple[int, int] | None, captions: bool, title: str) -> Begun:
        catalog = await Catalog.of(self._client)
        inputs = []
        for number, scene in enumerate(scenes):
            try:
                inputs.append(scene_body(catalog, scene))
            except SpecError as error:
                where = f"scenes[{number}]: " if len(scenes) > 1 else ""
                raise SpecError(f"{where}{error.message}") from error
        begun = await self._client.begin_video(
            {
                "video_inputs": inputs,
                **({"dimension": {"width": size[0], "height": size[1]}} if size else {}),
                **({"caption": True} if captions else {}),
                **({"title": title} if title else {}),
            }
        )
        return _begun(begun.video_id, _told(begun.warnings, len(scenes)))

    async def _make_transparent(self, scene: SceneInput, size: tuple[int, int], captions: bool, title: str) -> Begun:
        if scene.background or captions:
            which = "background" if scene.background else "captions"
            raise SpecError(f"{which} is invalid: a transparent video has none.")
        catalog = await Catalog.of(self._client)
        speaker = catalog.speaker(scene.presenter)
        if speaker.kind != "avatar":
            raise SpecError("presenter is invalid: a transparent video needs a presenter, and no photo.")
        if scene.framing == "circle":
            raise SpecError("framing is invalid: 'circle' cannot be transparent, use 'normal' or 'closeUp'.")
        video_id = await self._client.generate_transparent_video(
            scene.script,
            speaker.id,
            catalog.voice_id(scene.voice, speaker),
            avatar_style="closeUp" if scene.framing == "closeUp" else "normal",
            width=size[0],
            height=size[1],
            title=title or None,
        )
        status = await self._client.get_video_status(video_id)
        return _begun(video_id, _told(status.warnings, 1))


def state_of(status: VideoStatus) -> VideoState:
    """A status for an assistant."""
    finished = status.status == "completed"
    failed = status.status == "failed"
    if finished:
        note = "it is finished."
    elif failed:
        note = "it failed and will not be finished."
    else:
        note = "it is still being made; nothing can be downloaded yet. Call wait_for_video."
    return VideoState(
        video_id=status.id,
        status=status.status,
        finished=finished,
        progress=status.progress,
        stage=status.stage,
        scene=status.scene,
        scenes=status.scenes,
        duration_s=status.duration,
        failure=(status.failure_message or "the server does not say why.") if failed else None,
        available=list(urls_of(status)),
        video_url=status.video_url,
        warnings=_told(status.warnings, status.scenes),
        note=note,
    )


def urls_of(status: VideoStatus) -> dict[Part, str]:
    """The URLs of what is there of a video."""
    subtitles = status.subtitle_urls or {}
    found: dict[Part, str | None] = {
        "film": status.video_url,
        "captioned_film": status.video_url_caption,
        "srt": subtitles.get("srt"),
        "vtt": subtitles.get("vtt"),
        "thumbnail": status.thumbnail_url,
    }
    return {part: url for part, url in found.items() if url}


@asynccontextmanager
async def _telling(context: Context[Any, Any]) -> AsyncIterator[OnProgress]:
    """A function that tells the client of a status; all are told, in order, before the with block is left."""
    statuses = asyncio.Queue[VideoStatus | None]()

    async def tell() -> None:
        last = 0.0
        while status := await statuses.get():
            last = max(status.progress or 0.0, last + _LEAST_STEP)
            scene = f"scene {status.scene} of {status.scenes}, " if status.scene and (status.scenes or 0) > 1 else ""
            await context.report_progress(last, 1.0, f"{scene}{status.stage or status.status}")

    task = asyncio.create_task(tell())
    try:
        yield lambda status, _: statuses.put_nowait(status)
    finally:
        statuses.put_nowait(None)
        await task


def _begun(video_id: str, warnings: list[str]) -> Begun:
    return Begun(video_id=video_id, warnings=warnings, next_step="wait_for_video with this video_id.")


def _told(warnings: tuple[VideoWarning, ...], scenes: int | None) -> list[str]:
    """The warnings in words; they name the scene unless the video has only one."""
    return [f"scene {one.scene}: {one.message}" if one.scene and scenes != 1 else one.message for one in warnings]


def _when(seconds: int | None) -> str | None:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat() if seconds else None
