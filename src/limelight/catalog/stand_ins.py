"""Stand-ins: presenters and voices of ours for ids that programs have written into them.

Ids that the owner mapped (`limelight ids map OLD NEW`) stand for exactly what they are mapped to. Where the server is
told to (LIMELIGHT_SUBSTITUTE), another id that looks like one of HeyGen's stands for a presenter of its name's gender,
always the same one.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

from limelight.catalog.avatars import AvatarEntry, avatar, avatars, presenters
from limelight.catalog.voices import VoiceEntry, shipped_voices, voice
from limelight.errors import AvatarNotFound, SpecError, VoiceNotFound
from limelight.names import ID_PATTERN, new_id

MAP_FILE = "ids.json"
MAX_ID_CHARACTERS = 128

Gender = Literal["female", "male"]
T = TypeVar("T")

#: `Name_…_yyyymmdd`, `Name-…-yyyymmdd`; some of HeyGen's have two digits more.
_NAMED = re.compile(r"([A-Za-z]+)[_-].*?20\d{6}(?:\d\d)?", re.DOTALL)
_ANY = re.compile(ID_PATTERN)
#: Given names by the gender that most people of the name have, of the US census of 1990.
_NAMES = Path(__file__).parent / "given_names.txt"
_WORDS: dict[Gender, tuple[str, ...]] = {"female": ("female", "woman", "girl"), "male": ("male", "man", "boy")}


class StandIns:
    """The stand-ins of one data folder; a change of its map counts at once."""

    def __init__(self, folder: Path, *, any_id: bool) -> None:
        """With `any_id`, ids that are not mapped have stand-ins too."""
        self._file = folder / MAP_FILE
        self._any_id = any_id
        self._read: tuple[int, Mapping[str, str]] = (0, {})

    def avatar(self, id: str) -> AvatarEntry | None:
        """The presenter that stands in for an id, which is unknown otherwise; None where there is none."""
        try:
            if new := self._mapped().get(id):
                return avatar(new)
        except AvatarNotFound:
            return None
        if not self._any_id or not (_NAMED.fullmatch(id) or _ANY.fullmatch(id)):
            return None
        gender = gender_of(id)
        return _always_same(id, [entry for entry in presenters(avatars()) if gender in (None, entry.gender)])

    def voice(self, id: str, gender: Gender | None) -> VoiceEntry | None:
        """The voice that stands in for an id, which is unknown otherwise; of this gender, where it is known who speaks.

        None where there is none.
        """
        try:
            if new := self._mapped().get(id):
                return voice(new)
        except VoiceNotFound:
            return None
        if not self._any_id or not _ANY.fullmatch(id):
            return None
        return _always_same(id, [entry for entry in shipped_voices() if gender in (None, entry.gender)])

    def _mapped(self) -> Mapping[str, str]:
        try:
            changed = self._file.stat().st_mtime_ns
        except OSError:
            return {}
        if changed != self._read[0]:
            self._read = (changed, read_map(self._file.parent))
        return self._read[1]


def read_map(folder: Path) -> dict[str, str]:
    """The mapped ids of a data folder; empty where none are. Raises SpecError for a file that is none."""
    file = folder / MAP_FILE
    try:
        found = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SpecError(f"{MAP_FILE} in the data folder cannot be read: {type(error).__name__}.") from error
    if not isinstance(found, dict) or not all(isinstance(new, str) for new in found.values()):
        raise SpecError(f"{MAP_FILE} in the data folder must be a JSON object of ids.")
    return found


def write_map(folder: Path, ids: Mapping[str, str]) -> None:
    """Put the mapped ids of a data folder into the place of those there are."""
    part = folder / f".{MAP_FILE}.{new_id()}"
    part.write_text(json.dumps(dict(sorted(ids.items())), indent=2, ensure_ascii=False) + "\n", "utf-8")
    os.replace(part, folder / MAP_FILE)


def gender_of(id: str) -> Gender | None:
    """The gender that an id tells by its words or its name; None where it tells none."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", id).lower())
    told = [gender for gender, those in _WORDS.items() if set(those) & set(words)]
    if len(told) == 1:
        return told[0]
    return _genders().get(words[0]) if words and not _ANY.fullmatch(id) else None


@cache
def _genders() -> Mapping[str, Gender]:
    lines = [line.split() for line in _NAMES.read_text("utf-8").splitlines()]
    return {name: "female" if gender == "female" else "male" for gender, *names in lines for name in names}


def _always_same(id: str, candidates: Sequence[T]) -> T | None:
    number = int.from_bytes(hashlib.sha256(id.encode()).digest()[:8], "big")
    return candidates[number % len(candidates)] if candidates else None
