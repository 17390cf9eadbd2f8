"""The client that waits."""

from __future__ import annotations

import time
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


class Client:
    """A server and a key.

    `base_url` is LIMELIGHT_URL's or http://127.0.0.1:8080 where it is not given, `api_key` LIMELIGHT_API_KEY's or
    HEYGEN_API_KEY's. `timeout` is how many seconds a connection may be silent; `retries` how often a request is
    repeated after 408, 429, 5xx or no answer at all. Every method raises Unreachable, UnexpectedAnswer and ApiError.
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
        self._http = httpx.Client(timeout=timeout)

    @property
    def base_url(self) -> str:
        """The server's URL."""
        return self._flows.base_url

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def generate_video(self, config: Mapping[str, object]) -> str:
        """Begin the video of a `VideoConfig`, the body of POST /v2/video/generate; gives its id."""
        return self._run(self._flows.generate_video(config))

    def begin_video(self, config: Mapping[str, object]) -> NewVideo:
        """The same; gives the id with the warnings about the request."""
        return self._run(self._flows.begin_video(config))

    def begin_v3_video(self, config: Mapping[str, object]) -> NewVideo:
        """Begin the video of a body of POST /v3/videos: of a presenter, a picture, or scenes."""
        return self._run(self._flows.begin_v3_video(config))

    def begin_batch(
        self, configs: Sequence[Mapping[str, object]], title: str | None = None, callback_url: str | None = None
    ) -> Batch:
        """Begin up to 100 videos of bodies of POST /v3/videos. One that is wrong does not stop the others."""
        return self._run(self._flows.begin_batch(configs, title, callback_url))

    def get_batch(self, batch_id: str) -> Batch:
        """How a batch stands, with all of its videos."""
        return self._run(self._flows.get_batch(batch_id))

    def generate_video_safe(self, config: Mapping[str, object]) -> SafeResult:
        """The same, without an exception: the result says what was wrong."""
        return self._run(self._flows.generate_video_safe(config))

    def get_video_status(self, video_id: str) -> VideoStatus:
        """How a video stands now."""
        return self._run(self._flows.get_video_status(video_id))

    def wait_for_video(
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
        return self._run(self._flows.wait_for_video(video_id, Wait(on_progress, timeout, interval)))

    def create_video(
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
        return self._run(self._flows.create_video(script, avatar_id, voice_id, Wait(on_progress, timeout, interval)))

    def generate_avatar_video(
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
        return self._run(
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

    def generate_transparent_video(
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
        return self._run(
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

    def list_avatars(self) -> list[Avatar]:
        """All avatars."""
        return self._run(self._flows.list_avatars())

    def get_avatar(self, avatar_id: str | None = None) -> AvatarDetails:
        """One avatar with its default voice; the first that is listed, if no id is given. Raises NoAvatar."""
        return self._run(self._flows.get_avatar(avatar_id))

    def list_voices(self) -> list[Voice]:
        """All voices."""
        return self._run(self._flows.list_voices())

    def upload_asset(
        self, file: Path | str | bytes, content_type: str | None = None, *, name: str | None = None
    ) -> Asset:
        """Upload a picture, film or recording: a path, or the bytes and their `content_type`.

        `name` is what it is called in lists and in messages, its id if absent.
        """
        return self._run(self._flows.upload_asset(file, content_type, name))

    def get_asset(self, asset_id: str) -> Asset:
        """An upload, with its name."""
        return self._run(self._flows.get_asset(asset_id))

    def delete_asset(self, asset_id: str) -> None:
        """Delete an upload. Finished videos of it stay; others may fail."""
        self._run(self._flows.delete_asset(asset_id))

    def upload_talking_photo(
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
        return self._run(self._flows.upload_talking_photo(file, content_type, consent, name))

    def list_talking_photos(self) -> list[TalkingPhoto]:
        """All talking photos."""
        return self._run(self._flows.list_talking_photos())

    def delete_talking_photo(self, talking_photo_id: str) -> None:
        """Delete a talking photo, and everything made from it but videos."""
        self._run(self._flows.delete_talking_photo(talking_photo_id))

    def list_words(self) -> list[Word]:
        """What the account wants words to be called."""
        return self._run(self._flows.list_words())

    def add_words(self, words: Sequence[WordConfig]) -> list[Word]:
        """Say how words are to be spoken from now on; gives what was kept."""
        return self._run(self._flows.add_words(words))

    def import_words(self, file: Path | str | bytes) -> list[Word]:
        """The same with a file, or its bytes: CSV with the header word,say,ipa,case, or a PLS lexicon."""
        return self._run(self._flows.import_words(file))

    def delete_word(self, word: str) -> None:
        """Forget what a word is called."""
        self._run(self._flows.delete_word(word))

    def speech(
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
        return self._run(
            self._flows.speech(text, voice_id, speed=speed, pitch=pitch, words=words, phonemes_only=phonemes_only)
        )

    def list_videos(
        self,
        *,
        limit: int | None = None,
        token: str | None = None,
        folder_id: str | None = None,
        title: str | None = None,
    ) -> VideoPage:
        """A page of videos, newest first; its `token` asks for the next."""
        return self._run(self._flows.list_videos(limit, token, folder_id, title))

    def delete_video(self, video_id: str) -> None:
        """Delete a video and its files; one that is being made is made no further."""
        self._run(self._flows.delete_video(video_id))

    def remaining_quota(self) -> Quota:
        """What may still be made."""
        return self._run(self._flows.remaining_quota())

    def download(self, video: VideoOrUrl, path: Path | str) -> Path:
        """Fetch a video's file, or what a URL names, to `path`: whole, or not at all.

        It goes on where it was cut off. Raises DownloadFailed, VideoFailed, and ClientError for an unfinished video.
        """
        return self._run(self._flows.download(video, path))

    def _run(self, flow: Flow[T]) -> T:
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
                    outcome = self._done(step)
                except (httpx.RequestError, httpx.InvalidURL) as error:
                    failure = unreachable(error, self.base_url)

    def _done(self, step: Step) -> Answer | None:
        if isinstance(step, Send):
            answer = self._http.request(**arguments(step))
            return Answer(answer.status_code, answer.headers, answer.content)
        if isinstance(step, Receive):
            with self._http.stream(**arguments(step), follow_redirects=True) as body:
                if step.sink.begin(body.status_code, body.headers):
                    for chunk in body.iter_bytes():
                        step.sink.write(chunk)
                    step.sink.end()
            return Answer(body.status_code, body.headers, b"")
        time.sleep(step.seconds)
        return None
