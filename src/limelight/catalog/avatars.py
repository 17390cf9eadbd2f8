"""The presenters on offer: one for each pack in `packs/` and in the user's own folders, and other ids that go to them.

A pack's id is its file name. Packs are opened when they are first asked for, and only their manifest is read here.
"""

from __future__ import annotations

import datetime
import hashlib
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from limelight.catalog.voices import default_voice, voice_named
from limelight.errors import AvatarNotFound, LimelightError
from limelight.puppet.pack import Manifest, read_manifest

PACKS = Path(__file__).parent / "packs"
#: Folders with presenters of the user's own, separated as in PATH; one with a shipped id takes its place.
OWN_PACKS = "LIMELIGHT_PRESENTERS"

#: Other ids of HeyGen's documents, each of another look of somebody on offer.
_OTHER_LOOKS = {
    "Angela-inblackskirt-20220820": "angela_expressive_20231010",
    "Angela-inTshirt-20220820": "angela_expressive_20231010",
}
#: Who speaks where nobody is asked for.
_DEFAULT = "clara_studio_20261122"
_DAY_IN_ID = re.compile(r"(20\d{6})$")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AvatarEntry:
    """One presenter as the API lists it."""

    avatar_id: str
    #: the `.presenter` file
    pack: Path
    name: str
    gender: Literal["female", "male"]
    default_voice_id: str
    tags: tuple[str, ...]
    #: changes when the pack does
    version: str

    @property
    def group_id(self) -> str:
        """Of the group whose only look it is: 32 hex digits, the same for every id that goes to this pack."""
        return hashlib.sha256(f"group {self.pack.stem}".encode()).hexdigest()[:32]

    @property
    def created_s(self) -> int:
        """Unix seconds of the date that the pack's own id ends with, or of the file where there is none."""
        found = _DAY_IN_ID.search(self.pack.stem)
        try:
            day = datetime.datetime.strptime(found[1], "%Y%m%d") if found else None
        except ValueError:
            day = None
        if day is None:
            return int(self.pack.stat().st_mtime)
        return int(day.replace(tzinfo=datetime.UTC).timestamp())


def avatar(avatar_id: str) -> AvatarEntry:
    """The presenter of this id, its own or another look's. Raises AvatarNotFound, or PackError for a damaged pack."""
    own_id = _OTHER_LOOKS.get(avatar_id, avatar_id)
    entries = {entry.avatar_id: entry for entry in avatars()}
    found = entries.get(avatar_id) or entries.get(own_id)
    if found is None:
        raise AvatarNotFound.of(avatar_id)
    return replace(found, avatar_id=avatar_id)


def default_avatar() -> AvatarEntry:
    """Who speaks where nobody is asked for."""
    return avatar(_DEFAULT)


def avatars() -> list[AvatarEntry]:
    """All presenters under their own ids, by name. Raises PackError for a damaged shipped pack; one of the user's own
    that cannot be used is left out, and the log says why."""
    found = {path.stem: _entry(path) for path in PACKS.glob("*.presenter")}
    for path in own_packs():
        try:
            found[path.stem] = _entry(path)
        except LimelightError as error:
            _log.warning("presenter %s is left out: %s", path, error.message)
    return sorted(found.values(), key=lambda entry: (entry.name, entry.avatar_id))


def own_packs() -> Iterator[Path]:
    """The presenter files in the user's own folders."""
    for folder in filter(None, os.environ.get(OWN_PACKS, "").split(os.pathsep)):
        yield from sorted(Path(folder).expanduser().glob("*.presenter"))


@lru_cache
def _entry(path: Path) -> AvatarEntry:
    manifest = read_manifest(path)
    return AvatarEntry(
        avatar_id=path.stem,
        pack=path,
        name=manifest.name,
        gender=manifest.gender,
        default_voice_id=(voice_named(manifest.voice) if manifest.voice else default_voice(manifest.gender)).voice_id,
        tags=manifest.tags,
        version=_version(manifest),
    )


def _version(manifest: Manifest) -> str:
    return hashlib.sha256(manifest.model_dump_json().encode()).hexdigest()[:12]
