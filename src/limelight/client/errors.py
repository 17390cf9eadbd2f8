"""What can go wrong between a program and a server.

ClientError
├── NotConfigured            no key, or a URL that is none
├── Unreachable              no answer, however often it was tried
├── UnexpectedAnswer         an answer, but not one of this API
├── ApiError                 the server says no: status, code, message, request_id
│   ├── InvalidRequest       the request is wrong
│   │   ├── InsufficientCredits
│   │   ├── InvalidAvatar
│   │   ├── InvalidVoice
│   │   └── InvalidScript
│   ├── Unauthorized         no key or a wrong one
│   ├── Forbidden
│   ├── NotFound
│   ├── RateLimited          too many requests: retry_after_s
│   └── ServerError          the server's fault
├── NoAvatar                 the server lists none
├── NoDefaultVoice           the avatar has none, so one must be chosen
├── VideoFailed              scene, stage, code, message, status
├── VideoTimeout             still not finished; wait again with its video_id
└── DownloadFailed
"""

from __future__ import annotations

import re

from limelight.client.statuses import VideoStatus


class ClientError(Exception):
    """Base of every error that the client raises on purpose."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def reword(self, message: str) -> None:
        """Say it in other words: of who knows more of what was asked."""
        self.message, self.args = message, (message,)


class NotConfigured(ClientError):
    """No key was given, or a URL that is none."""


class Unreachable(ClientError):
    """No answer, however often it was tried."""


class UnexpectedAnswer(ClientError):
    """An answer that is not one of this API: another program answers there, say."""


class ApiError(ClientError):
    """The server says no."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        request_id: str | None = None,
        retry_after_s: float | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        #: the field that is wrong, where v3 names it
        self.param = param
        #: the HTTP status
        self.status = status
        #: the server's word or number for it
        self.code = code
        #: what the server's log calls the request
        self.request_id = request_id
        #: how long the server asks to wait, in seconds
        self.retry_after_s = retry_after_s


class InvalidRequest(ApiError):
    """The request is wrong as it stands; the message names the field."""


class InsufficientCredits(InvalidRequest):
    """The account has not enough left."""


class InvalidAvatar(InvalidRequest):
    """No such avatar, or not for this account."""


class InvalidVoice(InvalidRequest):
    """No such voice, or not for this account."""


class InvalidScript(InvalidRequest):
    """The script is empty, too long or malformed."""


class Unauthorized(ApiError):
    """No key or a wrong one."""


class Forbidden(ApiError):
    """The key is good, but not for this."""


class NotFound(ApiError):
    """Nothing has this id, or nothing of this account."""


class RateLimited(ApiError):
    """Too many requests."""


class ServerError(ApiError):
    """The server's fault."""


class NoAvatar(ClientError):
    """The server lists no avatar."""


class NoDefaultVoice(ClientError):
    """The avatar has no voice of its own, so one must be chosen."""


class VideoFailed(ClientError):
    """The video was begun and cannot be made."""

    def __init__(self, status: VideoStatus) -> None:
        super().__init__(status.failure_message or "the video failed; the server does not say why.")
        self.video_id = status.id
        self.status = status
        self.code = status.failure_code
        #: the stage that failed, and the scene counted from 1, where the server says them
        self.stage = status.stage
        self.scene = status.scene


class VideoTimeout(ClientError):
    """The video was not finished in time. It goes on: wait again with its `video_id`."""

    def __init__(self, video_id: str, timeout_s: float, status: VideoStatus | None) -> None:
        stands = f"it is {status.status}" if status else "its status could not be read"
        super().__init__(f"video {video_id} was not finished after {timeout_s:g} s: {stands}.")
        self.video_id = video_id
        #: the last one that could be read
        self.status = status


class DownloadFailed(ClientError):
    """A file could not be fetched whole; nothing is left of it."""


_BY_STATUS: dict[int, type[ApiError]] = {401: Unauthorized, 403: Forbidden, 404: NotFound, 429: RateLimited}
_BY_CODE: dict[str, type[ApiError]] = {
    "insufficient_credit": InsufficientCredits,
    "avatar_not_found": InvalidAvatar,
    "voice_not_found": InvalidVoice,
    # v1's numbers, which may come with status 200
    "400112": Unauthorized,
    "40031": NotFound,
}
#: What HeyGen's documents sort messages by, in this order; a credit is a word of its quota's.
_BY_WORD: tuple[tuple[re.Pattern[str], type[ApiError]], ...] = (
    (re.compile("quota|credit"), InsufficientCredits),
    (re.compile("avatar"), InvalidAvatar),
    (re.compile("voice"), InvalidVoice),
    (re.compile("script"), InvalidScript),
)
#: The name of a field, such as video_inputs[0].voice.speed, says nothing of the voice.
_FIELD = re.compile(r"[\w\[\]]+(?:\.[\w\[\]]+)+")


def api_error(
    message: str,
    *,
    status: int,
    code: str | None,
    request_id: str | None,
    retry_after_s: float | None,
    param: str | None = None,
) -> ApiError:
    """The error of the class that status, code and message speak for, in this order of trust."""
    kind = _BY_CODE.get(code or "") or _BY_STATUS.get(status)
    if kind is None and status >= 500:
        kind = ServerError
    elif kind is None:
        said = _FIELD.sub("", message).lower()
        kind = next((kind for word, kind in _BY_WORD if word.search(said)), InvalidRequest)
    return kind(message, status=status, code=code, request_id=request_id, retry_after_s=retry_after_s, param=param)
