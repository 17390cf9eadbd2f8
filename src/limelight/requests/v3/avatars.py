"""POST /v3/avatars, PATCH of looks, and consent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from limelight.errors import SpecError
from limelight.names import one_line
from limelight.requests.known import Known
from limelight.requests.parts import Id
from limelight.requests.v3.files import FileBody
from limelight.requests.v3.videos import NOT_SUPPORTED
from limelight.requests.wire import Wire, check_text, invalid, quoted, read
from limelight.spec import Source

Name = Annotated[str, Field(max_length=1_000)]
#: What POST /v3/avatars makes elsewhere.
_NOT_HERE = {"prompt": "pictures are not generated", "digital_twin": "presenters are not made of films yet"}


class PhotoAvatarBody(Wire):
    """POST /v3/avatars."""

    #: a look's type will do; prompt and digital_twin are not available
    type: Literal["photo", "photo_avatar"] = "photo"
    name: Name
    file: FileBody
    #: a group that it becomes a look of; a new one if absent
    avatar_group_id: Id | None = None
    #: that the person's likeness may be used
    consent: bool = False


class LookBody(Wire):
    """PATCH /v3/avatars/looks/{look_id}."""

    name: Name | None = None


class ConsentBody(Wire):
    """POST /v3/avatars/{group_id}/consent: either of the first two states it."""

    #: that the likeness may be used, in words
    consent_text: Annotated[str, Field(max_length=10_000)] | None = None
    #: the person saying so; not looked at
    consent_video: FileBody | None = None
    #: nobody is sent there: there is no page to consent on
    reroute_url: str | None = None


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A photo that is to become a look."""

    name: str
    source: Source
    group_id: str | None
    #: whether it was stated that the person's likeness may be used
    consent: bool


def parse_photo_avatar(body: object, known: Known) -> NewPhoto:
    """A new look. Raises SpecError."""
    check_text(body)
    kind = body.get("type") if isinstance(body, dict) else None
    if isinstance(kind, str) and kind in _NOT_HERE:
        problem = f"{quoted(kind)} is not available on this server: {_NOT_HERE[kind]}"
        raise SpecError(f"type is invalid: {problem}.", code=NOT_SUPPORTED, field="type")
    wire = read(PhotoAvatarBody, body)
    source = wire.file.source("image", "file", known)
    return NewPhoto(_checked(wire.name), source, wire.avatar_group_id or None, wire.consent)


def parse_look(body: object) -> str | None:
    """A look's new name; None where it stays. Raises SpecError."""
    check_text(body)
    name = read(LookBody, body).name
    return None if name is None else _checked(name)


def parse_consent(body: object) -> None:
    """Raise SpecError unless the body states that a likeness may be used."""
    check_text(body)
    wire = read(ConsentBody, body)
    if not (wire.consent_text and wire.consent_text.strip()) and wire.consent_video is None:
        raise invalid("consent_text", "field required: state in words that you may use the likeness of the person")


def _checked(name: str) -> str:
    shown = one_line(name)
    if not shown:
        raise invalid("name", "it is empty")
    return shown
