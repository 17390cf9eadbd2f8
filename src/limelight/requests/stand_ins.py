"""Unknown ids of presenters and voices in a body, replaced by their stand-ins (`catalog.stand_ins`)."""

from __future__ import annotations

import re
from typing import Any

from limelight.catalog.avatars import avatar
from limelight.catalog.stand_ins import Gender, StandIns
from limelight.catalog.voices import voice
from limelight.errors import AvatarNotFound, VoiceNotFound
from limelight.notices import VideoWarning
from limelight.requests.known import Known
from limelight.requests.wire import check_text, quoted

#: The code of a warning that another presenter or voice takes the place of the one that was asked for.
SUBSTITUTED = "substituted"
_AVATARS, _VOICES = ("avatar_id", "avatar_pose_id"), ("voice_id",)
_SCENE = re.compile(r"(?:video_inputs|scenes)\[(\d+)\]")


def with_stand_ins(body: object, known: Known, stand_ins: StandIns) -> tuple[object, tuple[VideoWarning, ...]]:
    """The body with stand-ins, and a warning of each. The body itself is not changed.

    Raises SpecError where it has text that cannot be looked up.
    """
    check_text(body)
    replaced = _Replaced(known, stand_ins)
    return replaced.value(body, "", None), tuple(replaced.warnings)


class _Replaced:
    def __init__(self, known: Known, stand_ins: StandIns) -> None:
        self._known = known
        self._stand_ins = stand_ins
        self.warnings: list[VideoWarning] = []

    def value(self, value: Any, path: str, gender: Gender | None) -> Any:
        """A part of the body; `gender` is that of who speaks in it."""
        if isinstance(value, list):
            return [self.value(item, f"{path}[{i}]", gender) for i, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        speaks = self._gender_in(value) or gender
        found = {}
        for name, part in value.items():
            field = f"{path}.{name}".removeprefix(".")
            if isinstance(part, str) and part.strip() and name in (*_AVATARS, *_VOICES):
                found[name] = self._id(name, part.strip(), field, speaks)
            else:
                found[name] = self.value(part, field, speaks)
        return found

    def _gender_in(self, value: dict[str, Any]) -> Gender | None:
        """That of the presenter whom an object names, or who is named in its character."""
        for where in (value, value.get("character"), value.get("config"), value.get("input")):
            for name in _AVATARS:
                id = where.get(name) if isinstance(where, dict) else None
                if isinstance(id, str) and id.strip():
                    try:
                        return avatar(id.strip()).gender
                    except AvatarNotFound:
                        entry = self._stand_ins.avatar(id.strip())
                        return entry.gender if entry else None
        return None

    def _id(self, name: str, id: str, field: str, gender: Gender | None) -> str:
        if name in _AVATARS:
            try:
                return avatar(id).avatar_id
            except AvatarNotFound:
                entry = None if self._known.photo(id) else self._stand_ins.avatar(id)
                new, who = (entry.avatar_id, f"{entry.look} ({entry.avatar_id})") if entry else (id, "")
        else:
            try:
                return voice(id).voice_id
            except VoiceNotFound:
                speaker = self._stand_ins.voice(id, gender)
                new, who = (speaker.voice_id, f"{speaker.name} ({speaker.voice_id})") if speaker else (id, "")
        if who:
            scene = _SCENE.search(field)
            message = f"{quoted(id)} is not here; {who} takes its place."
            self.warnings.append(VideoWarning(SUBSTITUTED, message, int(scene[1]) + 1 if scene else 1, field))
        return new
