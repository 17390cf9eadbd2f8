"""The client that is awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeVar

import httpx

from limelight.client.errors import Unreachable
from limelight.client.flows import INTERVAL_S, TIMEOUT_S, Flows, OnProgress, VideoOrUrl, Wait
from limelight.client.models import (
    Asset,
    Avatar,
    AvatarDetails,
    Batch,
    NewVideo,
    Quota,
    SafeResult,
    Speech,
    TalkingPhoto,
    VideoGenerationResult,
    VideoPage,
    Voice,
    Word,
)
from limelight.client.requests import WordConfig
from limelight.client.statuses import VideoStatus
from limelight.client.steps import Answer, Flow, Receive, Send, Step
from limelight.client.transport import RETRIES, SILENCE_S, arguments, unreachable

T = TypeVar("T")


class AsyncClient:
    """`Client` for asyncio: the same methods with the same arguments, errors and results, to be awaited.

    `on_progress` is a plain function here, too.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float = SILENCE_S,
        retries: int = RETRIES,
    ) -> None:
        self._flows = Flows(base_url, api_key, retries)
        self._http = httpx.AsyncClient(timeout=timeout)

    @property
    def base_url(self) -> str:
        """The server's URL."""
        return self._flows.base_url

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def generate_video(self, config: Mapping[str, object]) -> str:
        """Begin the video of a `VideoConfig`, the body of POST /v2/video/generate; gives its id."""
        return await self._run(self._flows.generate_video(config))

    async def begin_video(self, config: Mapping[str, object]) -> NewVideo:
        """The same; gives the id with the warnings about the request."""
        return await self._run(self._flows.begin_video(config))

    async def begin_v3_video(self, config: Mapping[str, object]) -> NewVideo:
        """Begin the video of a body of POST /v3/videos: of a presenter, a picture, or scenes."""
        return await self._run(self._flows.begin_v3_video(config))

    async def begin_batch(
        self, configs: Sequence[Mapping[str, object]], title: str | None = None, callback_url: str | None = None
    ) -> Batch:
        """Begin up to 100 videos of bodies of POST /v3/videos. One that is wrong does not stop the others."""
        return await self._run(self._flows.begin_batch(configs, title, callback_url))

    async def get_batch(self, batch_id: str) -> Batch:
        """How a batch stands, with all of its videos."""
        return await self._run(self._flows.get_batch(batch_id))

    async def generate_video_safe(self, config: Mapping[str, object]) -> SafeResult:
        """The same, without an exception: the result says what was wrong."""
        return await self._run(self._flows.generate_video_safe(config))

    async def get_video_status(self, video_id: str) -> VideoStatus:
        """How a video stands now."""
        return await self._run(self._flows.get_video_status(video_id))

    async def wait_for_video(
        self,
        video_id: str,
        on_progress: OnProgress | None = None,
        timeout: float = TIMEOUT_S,
        interval: float = INTERVAL_S,
    ) -> VideoStatus:
        """Wait until a video is completed, also one that another process began.

        `on_progress(status, seconds)` is called with each status that is read; they are read more and more rarely, in
        the end every `interval` seconds. Raises VideoFailed, and VideoTimeout after `timeout` seconds.
        """
        return await self._run(self._flows.wait_for_video(video_id, Wait(on_progress, timeout, interval)))

    async def create_video(
        self,
        script: str,
        avatar_id: str,
        voice_id: str,
        *,
        on_progress: OnProgress | None = None,
        timeout: float = TIMEOUT_S,
        interval: float = INTERVAL_S,
    ) -> str:
        """Begin a video before white, 1920 × 1080, and wait for it; gives the URL of its file."""
        return await self._run(
            self._flows.create_video(script, avatar_id, voice_id, Wait(on_progress, timeout, interval))
        )

    async def generate_avatar_video(
        self,
        script: str,
        avatar_id: str | None = None,
        *,
        voice_id: str | None = None,
        width: int = 1920,
        height: int = 1080,
        background: str = "#1a1a2e",
        test: bool = False,
        on_progress: OnProgress | None = None,
        timeout: float = TIMEOUT_S,
        interval: float = INTERVAL_S,
    ) -> VideoGenerationResult:
        """The whole workflow: the first avatar if none is given, its default voice, a video, and the wait for it.

        Raises NoAvatar, NoDefaultVoice, VideoFailed and VideoTimeout; the last two name the video.
        """
        return await self._run(
            self._flows.generate_avatar_video(
                script,
                avatar_id,
                voice_id,
                Wait(on_progress, timeout, interval),
                width=width,
                height=height,
                background=background,
                test=test,
            )
        )

    async def generate_transparent_video(
        self,
        script: str,
        avatar_pose_id: str,
        voice_id: str,
        *,
        avatar_style: Literal["normal", "closeUp"] = "normal",
        width: int = 1920,
        height: int = 1080,
        title: str | None = None,
    ) -> str:
        """Begin a WebM with a transparent background; gives its id."""
        return await self._run(
            self._flows.generate_transparent_video(
                script,
                avatar_pose_id,
                voice_id,
                avatar_style=avatar_style,
                width=width,
                height=height,
                title=title,
            )
        )

    async def list_avatars(self) -> list[Avatar]:
        """All avatars."""
        return await self._run(self._flows.list_avatars())

    async def get_avatar(self, avatar_id: str | None = None) -> AvatarDetails:
        """One avatar with its default voice; the first that is listed, if no id is given. Raises NoAvatar."""
        return await self._run(self._flows.get_avatar(avatar_id))

    async def list_voices(self) -> list[Voice]:
        """All voices."""
        return await self._run(self._flows.list_voices())

    async def upload_asset(
        self, file: Path | str | bytes, content_type: str | None = None, *, name: str | None = None
    ) -> Asset:
        """Upload a picture, film or recording: a path, or the bytes and their `content_type`.

        `name` is what it is called in lists and in messages, its id if absent.
        """
        return await self._run(self._flows.upload_asset(file, content_type, name))

    async def get_asset(self, asset_id: str) -> Asset:
        """An upload, with its name."""
        return await self._run(self._flows.get_asset(asset_id))

    async def delete_asset(self, asset_id: str) -> None:
        """Delete an upload. Finished videos of it stay; others may fail."""
        await self._run(self._flows.delete_asset(asset_id))

    async def upload_talking_photo(
        self,
        file: Path | str | bytes,
        content_type: str | None = None,
        *,
        consent: bool = False,
        name: str | None = None,
    ) -> TalkingPhoto:
        """Upload a portrait, to speak: a path, or its bytes and their `content_type`.

        `consent` states that you may use the person's likeness; a server may require it.
        """
        return await self._run(self._flows.upload_talking_photo(file, content_type, consent, name))

    async def list_talking_photos(self) -> list[TalkingPhoto]:
        """All talking photos."""
        return await self._run(self._flows.list_talking_photos())

    async def delete_talking_photo(self, talking_photo_id: str) -> None:
        """Delete a talking photo, and everything made from it but videos."""
        await self._run(self._flows.delete_talking_photo(talking_photo_id))

    async def list_words(self) -> list[Word]:
        """What the account wants words to be called."""
        return await self._run(self._flows.list_words())

    async def add_words(self, words: Sequence[WordConfig]) -> list[Word]:
        """Say how words are to be spoken from now on; gives what was kept."""
        return await self._run(self._flows.add_words(words))

    async def import_words(self, file: Path | str | bytes) -> list[Word]:
        """The same with a file, or its bytes: CSV with the header word,say,ipa,case, or a PLS lexicon."""
        return await self._run(self._flows.import_words(file))

    async def delete_word(self, word: str) -> None:
        """Forget what a word is called."""
        await self._run(self._flows.delete_word(word))

    async def speech(
        self,
        text: str,
        voice_id: str,
        *,
        speed: float = 1.0,
        pitch: float = 0.0,
        words: Sequence[WordConfig] = (),
        phonemes_only: bool = False,
    ) -> Speech:
        """Say a text without a film: its words with phonemes and times, and the URL of the sound.

        A long text takes its time; with `phonemes_only` nothing is spoken.
        """
        return await self._run(
            self._flows.speech(text, voice_id, speed=speed, pitch=pitch, words=words, phonemes_only=phonemes_only)
        )

    async def list_videos(
        self,
        *,
        limit: int | None = None,
        token: str | None = None,
        folder_id: str | None = None,
        title: str | None = None,
    ) -> VideoPage:
        """A page of videos, newest first; its `token` asks for the next."""
        return await self._run(self._flows.list_videos(limit, token, folder_id, title))

    async def delete_video(self, video_id: str) -> None:
        """Delete a video and its files; one that is being made is made no further."""
        await self._run(self._flows.delete_video(video_id))

    async def remaining_quota(self) -> Quota:
        """What may still be made."""
        return await self._run(self._flows.remaining_quota())

    async def download(self, video: VideoOrUrl, path: Path | str) -> Path:
        """Fetch a video's file, or what a URL names, to `path`: whole, or not at all.

        It goes on where it was cut off. Raises DownloadFailed, VideoFailed, and ClientError for an unfinished video.
        """
        return await self._run(self._flows.download(video, path))

    async def _run(self, flow: Flow[T]) -> T:
        """Do the steps of a flow."""
        with closing(flow):
            outcome: Any = None
            failure: Unreachable | None = None
            while True:
                try:
                    step = flow.throw(failure) if failure else flow.send(outcome)
                except StopIteration as end:
                    result: T = end.value
                    return result
                outcome, failure = None, None
                try:
                    outcome = await self._done(step)
                except (httpx.RequestError, httpx.InvalidURL) as error:
                    failure = unreachable(error, self.base_url)

    async def _done(self, step: Step) -> Answer | None:
        if isinstance(step, Send):
            answer = await self._http.request(**arguments(step))
            return Answer(answer.status_code, answer.headers, answer.content)
        if isinstance(step, Receive):
            async with self._http.stream(**arguments(step), follow_redirects=True) as body:
                if step.sink.begin(body.status_code, body.headers):
                    async for chunk in body.aiter_bytes():
                        step.sink.write(chunk)
                    step.sink.end()
            return Answer(body.status_code, body.headers, b"")
        await asyncio.sleep(step.seconds)
        return None
