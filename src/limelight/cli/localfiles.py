"""Local files as the command line's assets, and downloads of what a spec's URLs name."""

from __future__ import annotations

import hashlib
import mimetypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from limelight.cli.specfile import Use
from limelight.errors import LimelightError, SpecError
from limelight.network.connect import Allowed
from limelight.network.fetch import fetch
from limelight.spec import FileType, VideoSpec


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file that stands in for an uploaded asset."""

    path: Path
    file_type: FileType

    @property
    def content_type(self) -> str:
        """Its media type, by its name."""
        return mimetypes.guess_type(self.path)[0] or ""


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

        With `only`, counted from 0, those of one scene.

        Raises MediaError where a URL cannot be downloaded.
        """
        allowed = Allowed.parse(os.environ.get("LIMELIGHT_FETCH_ALLOW"))
        files: dict[str, Path] = {}
        scenes = len(spec.scenes)
        for index, source in ((i, source) for i, scene in enumerate(spec.scenes) for _, source in scene.sources()):
            if source.key in files or only not in (None, index):
                continue
            if source.url is None:
                files[source.key] = self._files[source.asset_id or ""].path
                continue
            files[source.key] = folder / f"fetched-{len(files)}"
            with named_scene(index, scenes):
                fetch(source.url, files[source.key], allowed)
        return files


@contextmanager
def named_scene(index: int, scenes: int) -> Iterator[None]:
    """Add the scene's number to the message of a LimelightError, where there are several scenes."""
    try:
        yield
    except LimelightError as error:
        if scenes == 1:
            raise
        raise type(error)(f"scene {index + 1} of {scenes}: {error.message}", code=error.code) from error


def _is_url(value: str) -> bool:
    return value.lower().startswith(("http://", "https://"))


def _kind(value: str) -> str:
    """The kind of a file by its name alone: image, video, audio or another; image for an unknown name."""
    return (mimetypes.guess_type(value.partition("?")[0])[0] or "image/").partition("/")[0]
