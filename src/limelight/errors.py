"""One error tree. Every error carries its stage, a code and a message that its user can act on.

    LimelightError
    ├── SpecError            the request is wrong: names the field, the problem and the limit
    │   ├── AvatarNotFound
    │   ├── VoiceNotFound
    │   ├── ScriptInvalid    empty, too long, a malformed break tag
    │   └── InsufficientCredit   the account has not enough left
    ├── SpeechError          the voice could not be made
    ├── PackError            a presenter's file cannot be used
    ├── PhotoError           a picture cannot speak
    ├── MediaError           a film or a user's media could not be written or read
    ├── StoreError           rows or objects could not be kept or found
    │   └── DatabaseUnavailable  rows cannot be read or written just now; nothing is wrong with what was asked
    └── JobError             a run could not be started or went wrong outside a stage

`stage` is that of the pipeline (`results.Stage`), media for users' files, or spec, store, jobs for what is none; `code`
a stable snake_case word, `message` one line without a trailing secret: no paths, no stack. HTTP maps errors in
`api/errors.py`, the command line in `cli/__init__.py`; nowhere else.
The wording of `SpecError` messages is part of the wire contract: clients test them for the words avatar, voice, script
and quota.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

#: The code of what the database's absence keeps from being done.
UNAVAILABLE = "unavailable"


class LimelightError(Exception):
    """Base of every error that Limelight raises on purpose."""

    stage: ClassVar[str] = "limelight"
    default_code: ClassVar[str] = "internal_error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code

    def __reduce__(self) -> tuple[object, ...]:
        # Errors travel from the render's child process to its parent.
        return (_rebuild, (type(self), self.message, self.code))


@contextmanager
def about(role: str, file: str) -> Iterator[None]:
    """Begin the message of a LimelightError with the file of the user's that it is about, and with its role."""
    try:
        yield
    except LimelightError as error:
        what = role if file in error.message else f"{role} {file}"
        if not error.message.startswith(f"{what}: "):
            error.message = f"{what}: {error.message}"
            error.args = (error.message,)
        raise


def _rebuild(kind: type[LimelightError], message: str, code: str) -> LimelightError:
    return kind(message, code=code)


#: Words that clients take for a lack of credit: what is quoted of a request must not bring one into a message.
CREDIT_WORDS = re.compile("quota|credit|balance|insufficient", re.IGNORECASE)


def _named(id: str) -> str:
    return "…" if CREDIT_WORDS.search(id) else id


class SpecError(LimelightError):
    """The request cannot be met as written; nothing has been started."""

    stage = "spec"
    default_code = "invalid_parameter"
    exit_code = 2

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message, code=code)
        #: the field of the request that is wrong, with its path; None where it is no single one or is not known
        self.field = field

    def __reduce__(self) -> tuple[object, ...]:
        return (*super().__reduce__(), {"field": self.field})


class AvatarNotFound(SpecError):
    """No such avatar in the catalog."""

    default_code = "avatar_not_found"

    @classmethod
    def of(cls, avatar_id: str) -> AvatarNotFound:
        """The error for this id, worded as clients expect (lower case `avatar`)."""
        return cls(f"avatar {_named(avatar_id)} not found or no longer available.")


class VoiceNotFound(SpecError):
    """No such voice in the catalog."""

    default_code = "voice_not_found"

    @classmethod
    def of(cls, voice_id: str) -> VoiceNotFound:
        """The error for this id; the message must not contain `avatar` or `quota`."""
        return cls(f"voice {_named(voice_id)} not found.")


class ScriptInvalid(SpecError):
    """The script cannot be spoken; the message must contain neither `voice` nor `avatar`."""


class InsufficientCredit(SpecError):
    """The account has not enough left for the video."""

    default_code = "insufficient_credit"

    @classmethod
    def of(cls) -> InsufficientCredit:
        """The error in the words that clients test for."""
        return cls("Insufficient credit: the account quota is used up.")


class SpeechError(LimelightError):
    """The voice could not be made."""

    stage = "speech"
    default_code = "speech_failed"


class PackError(LimelightError):
    """A presenter's file is missing, damaged or of another version."""

    stage = "picture"
    default_code = "presenter_unusable"


class PhotoError(LimelightError):
    """A picture that cannot speak: it shows no face, or none that can be rigged."""

    stage = "picture"
    default_code = "photo_unusable"


class MediaError(LimelightError):
    """A film or a user's media could not be written or read."""

    stage = "media"
    default_code = "media_failed"


class StoreError(LimelightError):
    """Rows or objects could not be kept or found."""

    stage = "store"
    default_code = "store_failed"


class DatabaseUnavailable(StoreError):
    """The database does not answer, or its disk is full: the same may well succeed later."""

    default_code = UNAVAILABLE


class JobError(LimelightError):
    """A run could not be started, or went wrong outside a stage."""

    stage = "jobs"
    default_code = "job_failed"
