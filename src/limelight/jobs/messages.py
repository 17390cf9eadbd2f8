"""What a render's process is asked, and what it answers: JSON on its pipes, these types on both ends.

The first line on stdin is an `Order`. Lines on stdout are `{"progress"}` while the process works, then one
`{"result"}`, of the type that the request's docstring names, or `{"failure"}` (see `failures`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from limelight.errors import JobError
from limelight.jobs.failures import Json
from limelight.results import Further, Layer, Seen, Segment
from limelight.spec import MediaKind, TextVoice, VideoSpec

Answer = TypeVar("Answer")


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FetchMedia(_Message):
    """Download a URL into `file`, and check that it can be used as this kind. The answer is `Checked`."""

    do: Literal["fetch"] = "fetch"
    renderer: str
    kind: MediaKind
    url: str
    file: Path


class CheckMedia(_Message):
    """Check that a file can be used as this kind. The answer is `Checked`."""

    do: Literal["check"] = "check"
    renderer: str
    kind: MediaKind
    file: Path


class CheckFurther(_Message):
    """Find what each further picture of a person gives to the rig of the first. The answer is `CheckedFurther`."""

    do: Literal["further"] = "further"
    renderer: str
    file: Path
    more: tuple[Path, ...]


class RemoveBackground(_Message):
    """Write layers of a picture of a person to `folder`. The answer is `Parted`."""

    do: Literal["remove_background"] = "remove_background"
    renderer: str
    file: Path
    layers: tuple[Layer, ...]
    folder: Path


class SayScript(_Message):
    """Say a script, aloud or as phonemes only. The answer is `Said`."""

    do: Literal["say"] = "say"
    renderer: str
    voice: TextVoice
    folder: Path
    aloud: bool


class RenderScene(_Message):
    """Render a scene into `folder`, with the user's files by `Source.key`. The answer is a `Segment`."""

    do: Literal["scene"] = "scene"
    renderer: str
    spec: VideoSpec
    index: int
    folder: Path
    files: dict[str, Path]


class SampleScene(_Message):
    """Make an MP3 of the first scene's sound in `folder`. The answer is `Sampled`."""

    do: Literal["sample"] = "sample"
    renderer: str
    spec: VideoSpec
    folder: Path


class CaptionScene(_Message):
    """Draw a scene's captions on a copy of it in `folder`. The answer is the `Segment` with that copy."""

    do: Literal["caption"] = "caption"
    renderer: str
    spec: VideoSpec
    index: int
    folder: Path
    segment: Segment


class JoinScenes(_Message):
    """Join rendered scenes to a film in `folder`. The answer is a `Film`."""

    do: Literal["join"] = "join"
    renderer: str
    spec: VideoSpec
    folder: Path
    segments: tuple[Segment, ...]


Request = Annotated[
    FetchMedia
    | CheckMedia
    | CheckFurther
    | RemoveBackground
    | SayScript
    | RenderScene
    | SampleScene
    | CaptionScene
    | JoinScenes,
    Field(discriminator="do"),
]


class Order(_Message):
    """A request, and for whom it is."""

    #: the process id of the parent, with which the render's process ends
    parent: int
    #: the id of the video that the request is for; empty where it is for none
    owner: str = ""
    request: Request


class Checked(_Message):
    """A file that can be used."""

    #: what a portrait shows; None for other kinds
    seen: Seen | None = None
    #: what is to be known of the file, in words for the user without a full stop
    notes: tuple[str, ...] = ()


class CheckedFurther(_Message):
    """What each further picture gives, in the order of the request."""

    further: tuple[Further, ...]


class Parted(_Message):
    """The layers of a picture."""

    #: PNGs
    files: dict[Layer, Path]


class Said(_Message):
    """How a script is read."""

    #: as `speech.saying.answer` gives it
    answer: Json
    #: an MP3, where the request wants it aloud
    file: Path | None = None


class Sampled(_Message):
    """The sound of a scene."""

    #: an MP3
    file: Path


def answer_json(answer: object) -> Json:
    """An answer, or Progress, as a JSON object."""
    value: Json = TypeAdapter(type(answer)).dump_python(answer, mode="json")
    return value


def answer_from(kind: type[Answer], value: Json) -> Answer:
    """The answer from which `answer_json` made `value`. Raises JobError where it is not of this type."""
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        raise JobError("the renderer gave an answer that cannot be read.") from error
