"""The presenters on offer: from the packs in `packs/` and in the user's own folders, and aliases of their ids.

A pack's id is its file name. A presenter whose cloth can be dyed may have several looks, each with an id of its own.
Only the manifest of a pack is read here, once.
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
#: The variable with folders of the user's own presenters, separated as in PATH; an own one replaces a shipped one of
#: the same id.
OWN_PACKS = "LIMELIGHT_PRESENTERS"

#: Further ids in HeyGen's documents, and the looks on offer that they stand for.
_OTHER_LOOKS = {
    "Angela-inblackskirt-20220820": "angela_expressive_20231010_navy",
    "Angela-inTshirt-20220820": "angela_expressive_20231010_white",
}
#: The presenter of requests that name none, first in lists.
_DEFAULT = "josh_lite3_20230714"
#: The tag of rendered presenters, whose packs are of version 2; lists have them after the others.
RENDERED = "rendered"
_RENDERED_VERSION = 2
_DAY_IN_ID = re.compile(r"(20\d{6})$")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AvatarEntry:
    """One look of a presenter, as the API lists it."""

    avatar_id: str
    #: the `.presenter` file
    pack: Path
    #: the presenter's name
    name: str
    #: the look's name in lists: the presenter's where there is only one look
    look: str
    #: `#rrggbb`, the colour of the dyed cloth; None where it stays as photographed
    outfit: str | None
    #: whether the cloth can have any colour, and a logo
    can_be_dyed: bool
    gender: Literal["female", "male"]
    default_voice_id: str
    tags: tuple[str, ...]
    #: a hash of the pack's manifest
    version: str

    @property
    def group_id(self) -> str:
        """The id of the group of all looks of this presenter: 32 hex digits, the same for every alias."""
        return hashlib.sha256(f"group {self.pack.stem}".encode()).hexdigest()[:32]

    @property
    def created_s(self) -> int:
        """When the presenter was made, Unix seconds: the date at the end of the pack's id, else the file's."""
        found = _DAY_IN_ID.search(self.pack.stem)
        try:
            day = datetime.datetime.strptime(found[1], "%Y%m%d") if found else None
        except ValueError:
            day = None
        if day is None:
            return int(self.pack.stat().st_mtime)
        return int(day.replace(tzinfo=datetime.UTC).timestamp())


def avatar(avatar_id: str) -> AvatarEntry:
    """The look with this id or alias. Raises AvatarNotFound, or PackError for a damaged pack."""
    own_id = _OTHER_LOOKS.get(avatar_id, avatar_id)
    entries = {entry.avatar_id: entry for entry in avatars()}
    found = entries.get(avatar_id) or entries.get(own_id)
    if found is None:
        raise AvatarNotFound.of(avatar_id)
    return replace(found, avatar_id=avatar_id)


def default_avatar() -> AvatarEntry:
    """The presenter of requests that name none."""
    return avatar(_DEFAULT)


def avatars() -> list[AvatarEntry]:
    """All looks of all presenters under their own ids: filmed presenters, then rendered ones, each by name, after the
    default one; each presenter's default look first.

    Raises PackError for a damaged shipped pack; a user's pack that cannot be used is left out with a warning in the
    log.
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
    """A presenter's sort key in lists, from their first look."""
    return RENDERED in first.tags, first.pack.stem != _DEFAULT, first.name, first.pack.stem


def presenters(every: list[AvatarEntry] | None = None) -> list[AvatarEntry]:
    """The first look of each presenter, from all looks or those in `every`."""
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
    """A look's id: the first look has the pack's id, and ids that begin with its written one follow a renamed file."""
    first = manifest.looks[0].id
    return pack_id + id.removeprefix(first) if id.startswith(first) else id


def _version(manifest: Manifest) -> str:
    return hashlib.sha256(manifest.model_dump_json().encode()).hexdigest()[:12]
