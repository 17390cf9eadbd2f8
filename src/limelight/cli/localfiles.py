"""Local files as the command line's assets, and downloads of what a spec's URLs name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from limelight.cli.console import warn
from limelight.cli.mentions import Mention, by_option
from limelight.errors import LimelightError, SpecError, about
from limelight.media.formats import format_of
from limelight.network.connect import Allowed
from limelight.network.fetch import fetch
from limelight.spec import ROLES, FileType, MediaKind, VideoSpec

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

    def source(self, value: str, kind: FileType, option: str = "") -> dict[str, str]:
        """A request's fields for a path, as an asset, or for a URL, that `option` names, the kind's if absent.

        Raises SpecError where there is no such file, or one of another kind.
        """
        if _is_url(value):
            return {"audio_url" if kind == "audio" else "url": value}
        return {f"{kind}_asset_id": self.named(by_option(value, kind, option or kind))}

    def named(self, mention: Mention) -> str:
        """The id of a file for its use; of equal files the same, so that equal scenes are equal. Raises SpecError."""
        path, use = mention.path, mention.use
        try:
            with path.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            raise SpecError(f"{mention.field} is invalid: {path} cannot be read ({error.strerror})") from error
        asset_id = f"local-{use}-{digest}"
        self.add(asset_id, path, "image" if use == "photo" else use)
        return asset_id

    def add(self, asset_id: str, path: Path, file_type: FileType) -> None:
        """Add a file under this id."""
        self._files[asset_id] = LocalFile(path, file_type)

    def gather(self, spec: VideoSpec, folder: Path, only: int | None = None) -> dict[str, Path]:
        """A local file for each source of the spec, by `Source.key`; URLs are downloaded into `folder`.

        With `only`, counted from 0, those of one scene. Warns of pictures that are cut off. Raises MediaError where a
        URL cannot be downloaded, or a file cannot be used, and PhotoError where no face in a portrait can speak.
        """
        from limelight.jobs.media import damaged

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
                notes = _checked(kind, files[source.key], is_alone=scenes == 1)
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


def _checked(kind: MediaKind, file: Path, *, is_alone: bool) -> tuple[str, ...]:
    """What is to be known of a file. Raises MediaError and PhotoError where it cannot be used as this kind.

    Of a scene that is alone, what is no picture is checked by its render, which finds it as soon.
    """
    from limelight.media.decode import check
    from limelight.render import check_portrait

    notes = check("image", file) if kind in _PICTURES else ()
    if is_alone or kind == "further":  # which may be missing
        return notes
    if kind == "portrait":
        check_portrait(file)
    elif kind not in _PICTURES:
        notes = check(kind, file)
    return notes


def _is_url(value: str) -> bool:
    return value.lower().startswith(("http://", "https://"))
