"""Local files as the command line's assets, and downloads of what a spec's URLs name."""

from __future__ import annotations

import hashlib
import mimetypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from limelight.cli.console import warn
from limelight.cli.specfile import Use
from limelight.errors import LimelightError, SpecError, about
from limelight.media.formats import format_of
from limelight.network.connect import Allowed
from limelight.network.fetch import fetch
from limelight.spec import ROLES, FileType, VideoSpec

#: Kinds of files that are pictures and of which a scene has to have one.
_PICTURES = ("image", "logo", "portrait")


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file that stands in for an uploaded asset."""

    path: Path
    file_type: FileType

    @property
    def content_type(self) -> str:
        """Its media type, by its content."""
        known = format_of(self.path)
        return known.kind.content_type if known and known.kind else ""


class LocalFiles:
    """The files that one command names; each gets an id that its request can use."""

    def __init__(self) -> None:
        self._files: dict[str, LocalFile] = {}

    def asset(self, asset_id: str) -> LocalFile | None:
        """The file of this id, or None."""
        return self._files.get(asset_id)

    def background(self, value: str) -> dict[str, str]:
        """A request's `background`: a colour, or the picture or film at a path or URL. Raises SpecError."""
        if value.startswith("#") or not (_is_url(value) or Path(value).suffix):
            return {"type": "color", "value": value}
        match _kind(value):
            case "image" | "video" as kind:
                return {"type": kind, **self.source(value, kind)}
        raise SpecError(f"background is invalid: {value} is neither a picture nor a film")

    def source(self, value: str, kind: FileType) -> dict[str, str]:
        """A request's fields for a path, as an asset, or for a URL. Raises SpecError where there is no such file."""
        if _is_url(value):
            return {"audio_url" if kind == "audio" else "url": value}
        path = Path(value)
        if not path.is_file():
            raise SpecError(f"{kind} is invalid: {value} is not a file")
        return {f"{kind}_asset_id": self.named(path, kind)}

    def named(self, path: Path, use: Use) -> str:
        """The id of a file for this use; of equal files the same, so that equal scenes are equal. Raises SpecError."""
        try:
            with path.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            raise SpecError(f"{use} is invalid: {path} cannot be read ({error.strerror})") from error
        asset_id = f"local-{use}-{digest}"
        self.add(asset_id, path, "image" if use == "photo" else use)
        return asset_id

    def add(self, asset_id: str, path: Path, file_type: FileType) -> None:
        """Add a file under this id."""
        self._files[asset_id] = LocalFile(path, file_type)

    def gather(self, spec: VideoSpec, folder: Path, only: int | None = None) -> dict[str, Path]:
        """A local file for each source of the spec, by `Source.key`; URLs are downloaded into `folder`.

        With `only`, counted from 0, those of one scene. Warns of pictures that are cut off. Raises MediaError where a
        URL cannot be downloaded, or a picture cannot be used.
        """
        from limelight.jobs.media import damaged
        from limelight.media.decode import check

        allowed = Allowed.parse(os.environ.get("LIMELIGHT_FETCH_ALLOW"))
        files: dict[str, Path] = {}
        scenes = len(spec.scenes)
        for index, (kind, source) in ((i, one) for i, scene in enumerate(spec.scenes) for one in scene.sources()):
            if source.key in files or only not in (None, index):
                continue
            with named_scene(index, scenes, self), about(ROLES[kind], source.shown):
                if source.url is None:
                    files[source.key] = self._files[source.asset_id or ""].path
                else:
                    files[source.key] = folder / f"fetched-{len(files)}"
                    fetch(source.url, files[source.key], allowed)
                notes = check("image", files[source.key]) if kind in _PICTURES else ()
            warn((damaged(kind, self.told(source.shown), note, index) for note in notes), scenes)
        return files

    def told(self, message: str) -> str:
        """A message that names files by their paths instead of by their ids."""
        for asset_id, file in self._files.items():
            message = message.replace(f"asset {asset_id}", str(file.path))
        return message


@contextmanager
def named_scene(index: int, scenes: int, files: LocalFiles) -> Iterator[None]:
    """Say files by their paths in the message of a LimelightError, and the scene's number where there are several."""
    try:
        yield
    except LimelightError as error:
        scene = f"scene {index + 1} of {scenes}: " if scenes > 1 else ""
        raise type(error)(scene + files.told(error.message), code=error.code) from error


def _is_url(value: str) -> bool:
    return value.lower().startswith(("http://", "https://"))


def _kind(value: str) -> str:
    """The kind of a file by its name alone: image, video, audio or another; image for an unknown name."""
    return (mimetypes.guess_type(value.partition("?")[0])[0] or "image/").partition("/")[0]
