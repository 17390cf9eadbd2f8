"""Files of this computer that a request or an option names, and a look at each before anything is made of it."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from limelight.errors import SpecError
from limelight.media.formats import Format, format_of

#: What a file is for; a photo is a portrait that speaks.
Use = Literal["image", "video", "audio", "photo"]
_NOUNS: dict[Use, str] = {"image": "picture", "video": "film", "audio": "recording", "photo": "picture"}


@dataclass(frozen=True, slots=True)
class Mention:
    """A file that is named."""

    path: Path
    use: Use
    #: the field of the spec, or the option, that names it
    field: str
    #: the field of the request that has its id instead
    id_field: str = ""

    def problem(self, what: str) -> SpecError:
        """The error that names the field, the file, and what is wrong with it; `what` ends with a full stop."""
        return SpecError(f"{self.field} is invalid: {self.path}: {what}")


#: Gives the id under which a request can name a file.
Named = Callable[[Mention], str]


def by_option(value: str, use: Use, option: str, id_field: str = "") -> Mention:
    """The file that an option names, after a look at it. Raises SpecError."""
    mention = Mention(Path(value), use, option, id_field)
    if not mention.path.is_file():
        raise SpecError(f"{option} is invalid: {value} is not a file")
    look(mention)
    return mention


def look(mention: Mention) -> None:
    """Raise SpecError where a file's first bytes are those of something else than what it is to be used as.

    What they do not tell, such as damage, is left to whoever decodes the file.
    """
    known = known_of(mention)
    if known is None:
        return
    noun = _NOUNS[mention.use]
    if known.kind is None:
        raise mention.problem(f"it is {known.name}, not a {noun}; {known.advice}.")
    from limelight.requests.media import takes

    wanted = "image" if mention.use == "photo" else mention.use
    if not takes(wanted, known.kind.file_type, known.kind.content_type):
        raise mention.problem(f"it is {known.name}, not a {noun}.")


def known_of(mention: Mention) -> Format | None:
    """A file's format; None where its first bytes do not tell. Raises SpecError where it is empty or cannot be read."""
    try:
        if mention.path.stat().st_size:
            return format_of(mention.path)
    except OSError as error:
        raise SpecError(f"{mention.field} is invalid: {mention.path} cannot be read ({error.strerror})") from error
    raise mention.problem("it is empty.")


def content_type(mention: Mention) -> str | None:
    """The media type to send a file as, by its content and its use; None where its first bytes do not tell."""
    known = known_of(mention)
    if known is None or known.kind is None:
        return None
    kind = known.as_audio if mention.use == "audio" and known.as_audio else known.kind
    return kind.content_type


def background(value: str, named: Named) -> dict[str, str]:
    """A request's `background`, of an option: a colour, or the picture or film at a path or URL. Raises SpecError."""
    is_url = "://" in value
    if value.startswith("#") or not (is_url or Path(value).suffix):
        return {"type": "color", "value": value}
    kind: Use = "video" if _is_film(value, is_url=is_url) else "image"
    if is_url:
        return {"type": kind, "url": value}
    field = f"{kind}_asset_id"
    return {"type": kind, field: named(by_option(value, kind, "background", f"video_inputs[0].background.{field}"))}


def _is_film(value: str, *, is_url: bool) -> bool:
    """Whether a background is a film: by its content, and where that does not tell, or is not here yet, by its name."""
    path = Path(value)
    known = None if is_url or not path.is_file() else known_of(Mention(path, "video", "background"))
    if known is not None:
        return known.kind is not None and known.kind.file_type == "video"
    return (mimetypes.guess_type(value.partition("?")[0])[0] or "").startswith("video/")
