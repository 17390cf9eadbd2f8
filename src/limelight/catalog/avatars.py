"""The presenters on offer: those of the packs in `packs/` and in the user's own folders, and other ids that go to them.

A pack's id is its file name. A presenter whose cloth can be dyed may have several looks, each with an id of its own.
Packs are opened when they are first asked for, and only their manifest is read here.
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
    "Angela-inblackskirt-20220820": "angela_expressive_20231010_navy",
    "Angela-inTshirt-20220820": "angela_expressive_20231010_white",
}
#: Who speaks where nobody is asked for, and is first in lists.
_DEFAULT = "josh_lite3_20230714"
#: The tag of those that were modelled and rendered, whose packs are of version 2: they are listed after the others.
RENDERED = "rendered"
_RENDERED_VERSION = 2
_DAY_IN_ID = re.compile(r"(20\d{6})$")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AvatarEntry:
    """One look of a presenter as the API lists it."""

    avatar_id: str
    #: the `.presenter` file
    pack: Path
    #: the presenter's
    name: str
    #: what lists call it: the presenter's name where there is no other look
    look: str
    #: `#rrggbb`, what the cloth is dyed in; None where it is as it was photographed
    outfit: str | None
    #: whether the cloth can be given any colour, and a logo
    can_be_dyed: bool
    gender: Literal["female", "male"]
    default_voice_id: str
    tags: tuple[str, ...]
    #: changes when the pack does
    version: str

    @property
    def group_id(self) -> str:
        """Of the presenter, whose looks are a group: 32 hex digits, the same for every id that goes to this pack."""
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
    """All looks of all presenters under their own ids: of those made of photographs, then of the rendered ones, each by
    name but for the default. Of each, the look that is worn unless another is asked for is first.

    Raises PackError for a damaged shipped pack; one of the user's own that cannot be used is left out, and the log says
    why.
    """
    found = {path.stem: _entries(path) for path in PACKS.glob("*.presenter")}
    for path in own_packs():
        try:
            found[path.stem] = _entries(path)
        except LimelightError as error:
            _log.warning("presenter %s is left out: %s", path, error.message)
    ordered = sorted(found.items(), key=lambda item: _place(item[1][0]))
    return [entry for _, looks in ordered for entry in looks]


def _place(first: AvatarEntry) -> tuple[bool, bool, str, str]:
    """Where a presenter is in lists, by their first look."""
    return RENDERED in first.tags, first.pack.stem != _DEFAULT, first.name, first.pack.stem


def presenters(every: list[AvatarEntry] | None = None) -> list[AvatarEntry]:
    """The first look of each presenter, of all looks."""
    first: dict[Path, AvatarEntry] = {}
    for entry in avatars() if every is None else every:
        first.setdefault(entry.pack, entry)
    return list(first.values())


def own_packs() -> Iterator[Path]:
    """The presenter files in the user's own folders."""
    for folder in filter(None, os.environ.get(OWN_PACKS, "").split(os.pathsep)):
        yield from sorted(Path(folder).expanduser().glob("*.presenter"))


@lru_cache(maxsize=512)
def _entries(path: Path) -> tuple[AvatarEntry, ...]:
    """The looks of a pack, at least one."""
    manifest = read_manifest(path)
    worn = AvatarEntry(
        avatar_id=path.stem,
        pack=path,
        name=manifest.name,
        look=manifest.name,
        outfit=None,
        can_be_dyed=manifest.cloth is not None,
        gender=manifest.gender,
        default_voice_id=(voice_named(manifest.voice) if manifest.voice else default_voice(manifest.gender)).voice_id,
        tags=(*manifest.tags, RENDERED) if manifest.version == _RENDERED_VERSION else manifest.tags,
        version=_version(manifest),
    )
    looks = (
        replace(worn, avatar_id=_look_id(look.id, manifest, path.stem), look=look.name, outfit=look.colour)
        for look in manifest.looks
    )
    return tuple(looks) or (worn,)


def _look_id(id: str, manifest: Manifest, pack_id: str) -> str:
    """A look's id: the first look has the pack's, and ids that begin with that as it is written are renamed with it."""
    first = manifest.looks[0].id
    return pack_id + id.removeprefix(first) if id.startswith(first) else id


def _version(manifest: Manifest) -> str:
    return hashlib.sha256(manifest.model_dump_json().encode()).hexdigest()[:12]
