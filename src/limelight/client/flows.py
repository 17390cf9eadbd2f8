"""What each method of a client does, as flows of steps: the same for the one that waits and the one that is awaited."""

from __future__ import annotations

import json
import mimetypes
import os
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from limelight.client import downloads
from limelight.client.answers import data_of
from limelight.client.errors import (
    ClientError,
    InsufficientCredits,
    InvalidAvatar,
    InvalidScript,
    InvalidVoice,
    NoAvatar,
    NotConfigured,
    NotFound,
    RateLimited,
    ServerError,
    UnexpectedAnswer,
    Unreachable,
    VideoFailed,
    VideoTimeout,
)
from limelight.client.models import (
    Asset,
    Avatar,
    AvatarDetails,
    Batch,
    BatchItem,
    NewVideo,
    Quota,
    Reason,
    SafeResult,
    Speech,
    TalkingPhoto,
    VideoGenerationResult,
    VideoPage,
    Voice,
    Word,
)
from limelight.client.requests import WordConfig, avatar_video, transparent_video
from limelight.client.retries import sent
from limelight.client.statuses import VideoStatus
from limelight.client.steps import Answer, Flow, Request, Sleep

#: Where `limelight serve` listens.
DEFAULT_URL = "http://127.0.0.1:8080"
#: Seconds to wait for a video, as HeyGen's documents advise, and the longest gap between two looks at it.
TIMEOUT_S, INTERVAL_S = 1200.0, 5.0
_FIRST_GAP_S = 0.5
_BATCHES = "/v3/videos/batches"
_WORDS = "/v1/limelight/words"
#: A server answers when it has spoken all of a text.
_SPEECH_S = 900.0
#: HeyGen takes uploads at a host of their own.
_UPLOAD_HOSTS = {"https://api.heygen.com": "https://upload.heygen.com"}

#: Called with each status that is read, and the seconds since the wait began.
OnProgress = Callable[[VideoStatus, float], object]
#: A video that is there: its id, or an answer that names it; or the URL of a file.
VideoOrUrl = str | VideoStatus | VideoGenerationResult

Model = TypeVar("Model", bound=BaseModel)

_REASONS: tuple[tuple[type[ClientError], Reason], ...] = (
    (InsufficientCredits, "insufficient_credits"),
    (InvalidAvatar, "invalid_avatar"),
    (InvalidVoice, "invalid_voice"),
    (InvalidScript, "invalid_script"),
)


@dataclass(frozen=True, slots=True)
class Wait:
    """How a video is waited for: at most `timeout` seconds, with at most `interval` seconds between two looks."""

    on_progress: OnProgress | None
    timeout: float
    interval: float


class Flows:
    """The flows of one server and key, a method for each of `Client`'s.

    Raises NotConfigured where there is no key, or a URL that is none.
    """

    def __init__(self, base_url: str | None, api_key: str | None, retries: int) -> None:
        found = base_url or os.environ.get("LIMELIGHT_URL") or DEFAULT_URL
        if not _is_url(found):
            raise NotConfigured(f"base_url is invalid: {found!r} is no http or https URL.")
        self.base_url = found.rstrip("/")
        key = api_key or os.environ.get("LIMELIGHT_API_KEY") or os.environ.get("HEYGEN_API_KEY")
        if not key:
            raise NotConfigured("api_key is missing: pass one, or set LIMELIGHT_API_KEY or HEYGEN_API_KEY.")
        self._api_key = key
        self._retries = retries

    def generate_video(self, config: Mapping[str, object]) -> Flow[str]:
        """Begin a video; gives its id."""
        return (yield from self.begin_video(config)).video_id

    def begin_video(self, config: Mapping[str, object]) -> Flow[NewVideo]:
        """Begin a video."""
        return (yield from self._begun("/v2/video/generate", config))

    def begin_v3_video(self, config: Mapping[str, object]) -> Flow[NewVideo]:
        """Begin a video by v3."""
        return (yield from self._begun("/v3/videos", config))

    def begin_batch(
        self, configs: Sequence[Mapping[str, object]], title: str | None, callback_url: str | None
    ) -> Flow[Batch]:
        """Begin videos together."""
        asked = {"videos": list(configs), "title": title, "callback_url": callback_url}
        body = {name: value for name, value in asked.items() if value is not None}
        content = json.dumps(body).encode()
        answer = yield from self._answered("POST", _BATCHES, content=content, content_type="application/json")
        return _read(Batch, data_of(answer))

    def get_batch(self, batch_id: str) -> Flow[Batch]:
        """Look at a batch, page by page."""
        items, token = list[BatchItem](), ""
        while True:
            data = yield from self._asked("GET", f"{_BATCHES}/{quote(batch_id, safe='')}", {"token": token})
            page = _read(Batch, data)
            items += page.items
            token = data.get("next_token") or ""
            if not token or not page.items:
                return page.model_copy(update={"items": tuple(items)})

    def generate_transparent_video(
        self,
        script: str,
        avatar_pose_id: str,
        voice_id: str,
        *,
        avatar_style: str,
        width: int,
        height: int,
        title: str | None,
    ) -> Flow[str]:
        """Begin a transparent video."""
        body = transparent_video(
            script, avatar_pose_id, voice_id, avatar_style=avatar_style, width=width, height=height, title=title
        )
        return (yield from self._begun("/v1/video.webm", body)).video_id

    def generate_video_safe(self, config: Mapping[str, object]) -> Flow[SafeResult]:
        """Begin a video, or say why not."""
        try:
            video = yield from self.begin_video(config)
        except ClientError as error:
            reason: Reason = next((reason for kind, reason in _REASONS if isinstance(error, kind)), "other")
            return SafeResult(False, error=error.message, reason=reason)
        return SafeResult(True, video_id=video.video_id, warnings=video.warnings)

    def get_video_status(self, video_id: str) -> Flow[VideoStatus]:
        """Look at a video."""
        data = yield from self._asked("GET", "/v1/video_status.get", params={"video_id": video_id})
        return _read(VideoStatus, {"id": video_id, **data} if isinstance(data, dict) else data)

    def wait_for_video(self, video_id: str, wait: Wait) -> Flow[VideoStatus]:
        """Look at a video, more and more rarely, until it has ended."""
        started, gap = time.monotonic(), min(_FIRST_GAP_S, wait.interval)
        status: VideoStatus | None = None
        while True:
            pause, trouble = gap, None
            try:
                status = yield from self.get_video_status(video_id)
            except (Unreachable, ServerError, RateLimited) as error:
                # The video goes on, so the wait does too: a server may be restarted meanwhile.
                trouble = error
                pause = max(gap, getattr(error, "retry_after_s", None) or 0.0)
            else:
                if wait.on_progress:
                    wait.on_progress(status, time.monotonic() - started)
                if status.status == "completed":
                    return status
                if status.status == "failed":
                    raise VideoFailed(status)
            left = wait.timeout - (time.monotonic() - started)
            if left <= 0:
                raise VideoTimeout(video_id, wait.timeout, status) from trouble
            yield Sleep(min(pause, left))
            gap = min(gap * 2, wait.interval)

    def create_video(self, script: str, avatar_id: str, voice_id: str, wait: Wait) -> Flow[str]:
        """Begin a video and wait for it."""
        body = avatar_video(script, avatar_id, voice_id, background="#FFFFFF", width=1920, height=1080)
        video_id = yield from self.generate_video(body)
        status = yield from self.wait_for_video(video_id, wait)
        return _url(status)

    def generate_avatar_video(
        self,
        script: str,
        avatar_id: str | None,
        voice_id: str | None,
        wait: Wait,
        *,
        width: int,
        height: int,
        background: str,
        test: bool,
    ) -> Flow[VideoGenerationResult]:
        """Choose, begin and wait."""
        avatar = yield from self.get_avatar(avatar_id)
        voice_id = voice_id or avatar.default_voice()
        body = avatar_video(script, avatar.id, voice_id, background=background, width=width, height=height, test=test)
        video_id = yield from self.generate_video(body)
        status = yield from self.wait_for_video(video_id, wait)
        return VideoGenerationResult(
            video_id, _url(status), status.duration, avatar.id, voice_id, avatar.name, status.warnings
        )

    def list_avatars(self) -> Flow[list[Avatar]]:
        """All avatars."""
        data = yield from self._asked("GET", "/v2/avatars")
        return _read_list(Avatar, data, "avatars")

    def get_avatar(self, avatar_id: str | None) -> Flow[AvatarDetails]:
        """One avatar, or the first."""
        if avatar_id is None:
            avatars = yield from self.list_avatars()
            if not avatars:
                raise NoAvatar("the server lists no avatar.")
            avatar_id = avatars[0].avatar_id
        data = yield from self._asked("GET", f"/v2/avatar/{quote(avatar_id, safe='')}/details")
        return _read(AvatarDetails, {"id": avatar_id, **data} if isinstance(data, dict) else data)

    def list_voices(self) -> Flow[list[Voice]]:
        """All voices."""
        data = yield from self._asked("GET", "/v2/voices")
        return _read_list(Voice, data, "voices")

    def list_videos(
        self, limit: int | None, token: str | None, folder_id: str | None, title: str | None
    ) -> Flow[VideoPage]:
        """A page of videos."""
        asked = {"limit": limit, "token": token, "folder_id": folder_id, "title": title}
        params = {name: str(value) for name, value in asked.items() if value is not None}
        return _read(VideoPage, (yield from self._asked("GET", "/v1/video.list", params=params)))

    def delete_video(self, video_id: str) -> Flow[None]:
        """Delete a video."""
        _deleted((yield from self._answered("DELETE", "/v1/video.delete", params={"video_id": video_id})))

    def remaining_quota(self) -> Flow[Quota]:
        """What is left."""
        return _read(Quota, (yield from self._asked("GET", "/v2/user/remaining_quota")))

    def upload_asset(self, file: Path | str | bytes, content_type: str | None, name: str | None) -> Flow[Asset]:
        """Upload a file."""
        params = {"name": name} if name else {}
        return _read(Asset, data_of((yield from self._uploaded("/v1/asset", file, content_type, params))))

    def get_asset(self, asset_id: str) -> Flow[Asset]:
        """Look at an upload."""
        return _read(Asset, (yield from self._asked("GET", f"/v3/assets/{quote(asset_id, safe='')}")))

    def delete_asset(self, asset_id: str) -> Flow[None]:
        """Delete an upload."""
        _deleted((yield from self._answered("POST", f"/v1/asset/{quote(asset_id, safe='')}/delete")))

    def upload_talking_photo(
        self, file: Path | str | bytes, content_type: str | None, consent: bool, name: str | None
    ) -> Flow[TalkingPhoto]:
        """Upload a portrait."""
        params = {**({"consent": "true"} if consent else {}), **({"name": name} if name else {})}
        answer = yield from self._uploaded("/v1/talking_photo", file, content_type, params)
        return _read(TalkingPhoto, data_of(answer))

    def list_talking_photos(self) -> Flow[list[TalkingPhoto]]:
        """All talking photos."""
        data = yield from self._asked("GET", "/v1/talking_photo.list")
        return _read_list(TalkingPhoto, {"photos": data} if isinstance(data, list) else data, "photos")

    def delete_talking_photo(self, talking_photo_id: str) -> Flow[None]:
        """Delete a talking photo."""
        path = f"/v2/talking_photo/{quote(talking_photo_id, safe='')}"
        _deleted((yield from self._answered("DELETE", path)))

    def list_words(self) -> Flow[list[Word]]:
        """All words."""
        return _read_list(Word, (yield from self._asked("GET", _WORDS)), "words")

    def add_words(self, words: Sequence[WordConfig]) -> Flow[list[Word]]:
        """Add words."""
        content = json.dumps({"words": list(words)}).encode()
        answer = yield from self._answered("POST", _WORDS, content=content, content_type="application/json")
        return _read_list(Word, data_of(answer), "words")

    def import_words(self, file: Path | str | bytes) -> Flow[list[Word]]:
        """Add the words of a file."""
        content = file if isinstance(file, bytes) else Path(file).read_bytes()
        answer = yield from self._answered("POST", f"{_WORDS}/import", content=content, content_type="text/csv")
        return _read_list(Word, data_of(answer), "words")

    def delete_word(self, word: str) -> Flow[None]:
        """Delete a word."""
        _deleted((yield from self._answered("DELETE", _WORDS, params={"word": word})))

    def speech(
        self,
        text: str,
        voice_id: str,
        *,
        speed: float,
        pitch: float,
        words: Sequence[WordConfig],
        phonemes_only: bool,
    ) -> Flow[Speech]:
        """Say a text."""
        body = {
            "text": text,
            "voice_id": voice_id,
            "speed": speed,
            "pitch": pitch,
            "words": list(words),
            "phonemes_only": phonemes_only,
        }
        answer = yield from self._answered(
            "POST",
            "/v1/limelight/speech",
            content=json.dumps(body).encode(),
            content_type="application/json",
            silence_s=_SPEECH_S,
        )
        return _read(Speech, data_of(answer))

    def download(self, video: VideoOrUrl, path: Path | str) -> Flow[Path]:
        """Fetch a file."""
        if isinstance(video, str) and _is_url(video):
            url = video
        else:
            # Asked for anew: the URL of an older answer may have expired.
            url = _url((yield from self.get_video_status(_video_id(video))))
        return (yield from downloads.download(url, Path(path), self._retries))

    def _begun(self, path: str, body: Mapping[str, object]) -> Flow[NewVideo]:
        """Begin a video."""
        content = json.dumps(body).encode()
        answer = yield from self._answered("POST", path, content=content, content_type="application/json")
        data = data_of(answer)
        if not isinstance(data, dict) or not isinstance(data.get("video_id"), str):
            raise UnexpectedAnswer("the server's answer has no video_id.")
        return _read(NewVideo, data)

    def _uploaded(
        self, path: str, file: Path | str | bytes, content_type: str | None, params: Mapping[str, str] | None = None
    ) -> Flow[Answer]:
        """Send a file as the raw body."""
        content = file if isinstance(file, bytes) else Path(file).read_bytes()
        if content_type is None:
            guessed = None if isinstance(file, bytes) else mimetypes.guess_type(str(file))[0]
            content_type = guessed or "application/octet-stream"
        host = _UPLOAD_HOSTS.get(self.base_url, self.base_url)
        return (
            yield from self._answered(
                "POST", path, host=host, params=params, content=content, content_type=content_type
            )
        )

    def _asked(self, method: str, path: str, params: Mapping[str, str] | None = None) -> Flow[Any]:
        """`data` of the answer."""
        return data_of((yield from self._answered(method, path, params=params)))

    def _answered(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        content_type: str | None = None,
        host: str | None = None,
        silence_s: float | None = None,
    ) -> Flow[Answer]:
        """Send a request, again where that helps; its key tells the server that a repetition is no second video."""
        headers = {"X-Api-Key": self._api_key, "Accept": "application/json"}
        if content_type:
            headers["Content-Type"] = content_type
        if method == "POST":
            headers["Idempotency-Key"] = uuid.uuid4().hex
        request = Request(method, f"{host or self.base_url}{path}", headers, params or {}, content, silence_s)
        return (yield from sent(request, self._retries))


def _deleted(answer: Answer) -> None:
    """Raises ApiError, unless what is not there was deleted by an earlier attempt, whose answer was lost."""
    try:
        data_of(answer)
    except NotFound:
        if answer.attempts == 1:
            raise


def _is_url(text: str) -> bool:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return False
    return url.scheme in ("http", "https") and bool(url.host)


def _video_id(video: VideoOrUrl) -> str:
    if isinstance(video, str):
        return video
    return video.id if isinstance(video, VideoStatus) else video.video_id


def _url(status: VideoStatus) -> str:
    if status.status == "failed":
        raise VideoFailed(status)
    if status.status != "completed" or not status.video_url:
        raise ClientError(f"video {status.id} has no file: it is {status.status}.")
    return status.video_url


def _read(model: type[Model], data: object) -> Model:
    """Raises UnexpectedAnswer."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UnexpectedAnswer(f"the server's answer is no {model.__name__}: {where}: {first['msg']}.") from error


def _read_list(model: type[Model], data: object, name: str) -> list[Model]:
    items = data.get(name) if isinstance(data, dict) else None
    return [_read(model, item) for item in items or ()]
