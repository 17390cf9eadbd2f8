"""What a render's process is asked, and what it answers: JSON on its pipes, these types on both ends.

A line on stdin is an `Order`, which comes when the one before it is done. Lines on stdout are of the type `Told`: one
when an order is begun, one for each progress, and one at its end, with a result of the type that the request's
docstring names, or a failure (see `failures`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from limelight.errors import JobError
from limelight.jobs.failures import Json
from limelight.results import Further, Layer, Seen, Segment
from limelight.spec import MediaKind, Scene, TextVoice, VideoSpec

Answer = TypeVar("Answer")


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Request(_Message):
    @property
    def opens_files(self) -> bool:
        """Whether what a user sent may be decoded for it, or what was made of that: always, unless a kind of request
        knows that it works from a spec alone. The process then serves nobody else."""
        return True


class FetchMedia(_Request):
    """Download a URL into `file`, and check that it can be used as this kind. The answer is `Checked`."""

    do: Literal["fetch"] = "fetch"
    renderer: str
    kind: MediaKind
    url: str
    file: Path


class CheckMedia(_Request):
    """Check that a file can be used as this kind. The answer is `Checked`."""

    do: Literal["check"] = "check"
    renderer: str
    kind: MediaKind
    file: Path


class CheckFurther(_Request):
    """Find what each further picture of a person gives to the rig of the first. The answer is `CheckedFurther`."""

    do: Literal["further"] = "further"
    renderer: str
    file: Path
    more: tuple[Path, ...]


class RemoveBackground(_Request):
    """Write layers of a picture of a person to `folder`. The answer is `Parted`."""

    do: Literal["remove_background"] = "remove_background"
    renderer: str
    file: Path
    layers: tuple[Layer, ...]
    folder: Path


class SayScript(_Request):
    """Say a script, aloud or as phonemes only. The answer is `Said`."""

    do: Literal["say"] = "say"
    renderer: str
    voice: TextVoice
    folder: Path
    aloud: bool

    @property
    def opens_files(self) -> bool:
        """Never: a script is text."""
        return False


class RenderScene(_Request):
    """Render a scene into `folder`, with the user's files by `Source.key`. The answer is a `Segment`."""

    do: Literal["scene"] = "scene"
    renderer: str
    spec: VideoSpec
    index: int
    folder: Path
    files: dict[str, Path]

    @property
    def opens_files(self) -> bool:
        """Where the scene needs any."""
        return bool(self.files) or _needs_files(self.spec.scenes[self.index])


class SampleScene(_Request):
    """Make an MP3 of the first scene's sound in `folder`. The answer is `Sampled`."""

    do: Literal["sample"] = "sample"
    renderer: str
    spec: VideoSpec
    folder: Path

    @property
    def opens_files(self) -> bool:
        """Where the scene needs any."""
        return _needs_files(self.spec.scenes[0])


class CaptionScene(_Request):
    """Draw a scene's captions on a copy of it in `folder`. The answer is the `Segment` with that copy."""

    do: Literal["caption"] = "caption"
    renderer: str
    spec: VideoSpec
    index: int
    folder: Path
    segment: Segment

    @property
    def opens_files(self) -> bool:
        """Where the scene was made of any: whoever takes a process over by a file may have written the segment."""
        return _needs_files(self.spec.scenes[self.index])


class JoinScenes(_Request):
    """Join rendered scenes to a film in `folder`. The answer is a `Film`."""

    do: Literal["join"] = "join"
    renderer: str
    spec: VideoSpec
    folder: Path
    segments: tuple[Segment, ...]

    @property
    def opens_files(self) -> bool:
        """Where a scene was made of any, see `CaptionScene`."""
        return any(map(_needs_files, self.spec.scenes))


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
    """A request, and for which video it is."""

    #: which order of its process it is, counted from 1
    number: int
    #: the video's id, for the log; empty where it is for none
    video_id: str = ""
    request: Request


class Told(_Message):
    """What a process tells of an order: that it is begun, unless it is one of the first three fields."""

    #: the order's number
    order: int
    progress: Json | None = None
    #: how it ended
    result: Json | None = None
    failure: Json | None = None
    #: at its end, whether the process can take another order, and its resident memory; 0 where the system does not say
    again: bool = False
    memory_bytes: int = 0


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


def _needs_files(scene: Scene) -> bool:
    return any(scene.sources())


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
