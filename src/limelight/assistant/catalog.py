"""Presenters and voices by id or by name: names are what an assistant has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from limelight.assistant import answers
from limelight.client import AsyncClient, Avatar, TalkingPhoto, Voice
from limelight.errors import AvatarNotFound, SpecError, VoiceNotFound

#: How a presenter stands in the frame.
Framing = Literal["normal", "closeUp", "circle"]
#: Who is asked for where a scene shows nobody.
NOBODY = "none"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who is seen: an avatar, a talking photo, or nobody."""

    kind: Literal["avatar", "talking_photo", "nobody"]
    id: str = ""
    default_voice_id: str | None = None

    def character(self, framing: Framing) -> dict[str, Any]:
        """A scene's `character`, empty for nobody. Raises SpecError for a framing that a photo does not have."""
        if self.kind == "nobody":
            return {}
        if self.kind == "avatar":
            return {"type": "avatar", "avatar_id": self.id, "avatar_style": framing}
        if framing == "closeUp":
            raise SpecError("framing is invalid: 'closeUp' is for presenters; a photo is 'normal' or 'circle'.")
        style = "circle" if framing == "circle" else "square"
        return {"type": "talking_photo", "talking_photo_id": self.id, "talking_photo_style": style}


class Catalog:
    """What a server offers, as it was listed at one time."""

    def __init__(self, avatars: list[Avatar], voices: list[Voice], photos: list[TalkingPhoto]) -> None:
        self._avatars, self._voices, self._photos = avatars, voices, photos

    @classmethod
    async def of(cls, client: AsyncClient) -> Catalog:
        """The server's catalogue now. Raises ClientError."""
        return cls(await client.list_avatars(), await client.list_voices(), await client.list_talking_photos())

    def speaker(self, wanted: str) -> Speaker:
        """Who has this id or name; the first presenter where it is empty. Raises SpecError.

        `Josh` is the first look of Josh that is listed, `Josh in White` that one, `none` nobody.
        """
        if wanted.casefold() == NOBODY:
            return Speaker("nobody", default_voice_id=self._avatars[0].default_voice_id if self._avatars else None)
        if not wanted and not self._avatars:
            raise SpecError("presenter is missing: the server lists none.")
        for avatar in self._avatars:
            if not wanted or wanted == avatar.avatar_id or _names(wanted, avatar.avatar_name):
                return Speaker("avatar", avatar.avatar_id, avatar.default_voice_id)
        for photo in self._photos:
            if wanted == photo.talking_photo_id or _names(wanted, photo.talking_photo_name):
                return Speaker("talking_photo", photo.talking_photo_id)
        photos = (photo.talking_photo_name or photo.talking_photo_id for photo in self._photos)
        known = _listed([*(_presenter(avatar) for avatar in self._avatars), *photos])
        raise AvatarNotFound(f"presenter {wanted!r} not found; there are {known}.")

    def voice_id(self, wanted: str, speaker: Speaker) -> str:
        """The id of the voice of this id or name; the speaker's own where it is empty. Raises SpecError."""
        if not wanted:
            if speaker.default_voice_id:
                return speaker.default_voice_id
            who = "a photo" if speaker.kind == "talking_photo" else "the presenter"
            raise SpecError(f"voice is missing: {who} has none of its own; list_voices shows those there are.")
        for voice in self._voices:
            if wanted == voice.voice_id or _names(wanted, voice.name):
                return voice.voice_id
        known = _listed(voice.name or voice.voice_id for voice in self._voices)
        raise VoiceNotFound(f"voice {wanted!r} not found; there are {known}.")

    def presenters(self, gender: str | None, tag: str) -> list[answers.Presenter]:
        """The presenters that fit, each with its looks."""
        names = {voice.voice_id: voice.name for voice in self._voices}
        found: dict[tuple[object, ...], answers.Presenter] = {}
        for avatar in self._avatars:
            tags = [str(each) for each in (avatar.model_extra or {}).get("tags") or ()]
            if not _fits(avatar.gender, gender) or not _tagged(tags, tag):
                continue
            name, voice = _presenter(avatar), names.get(avatar.default_voice_id or "")
            key = (name, avatar.gender, tuple(tags))
            if key not in found:
                found[key] = answers.Presenter(
                    name=name, gender=avatar.gender, tags=tags, default_voice=voice, looks=[]
                )
            found[key].looks.append(answers.Look(id=avatar.avatar_id, name=avatar.avatar_name or avatar.avatar_id))
        return list(found.values())

    def photos(self) -> list[answers.Photo]:
        """The talking photos."""
        return [
            answers.Photo(id=one.talking_photo_id, name=one.talking_photo_name or "", note=one.note)
            for one in self._photos
        ]

    def voices(self, gender: str | None, accent: str, tag: str) -> list[answers.Voice]:
        """The voices that fit; `accent` is one, or a locale."""
        return [
            answers.Voice(
                id=voice.voice_id,
                name=voice.name or voice.voice_id,
                gender=voice.gender,
                accent=voice.accent,
                locale=voice.locale,
                character=voice.character,
                tags=voice.tags or [],
            )
            for voice in self._voices
            if _fits(voice.gender, gender)
            and (not accent or _same(accent, voice.accent) or _same(accent, voice.locale))
            and _tagged(voice.tags or [], tag)
        ]


def _presenter(avatar: Avatar) -> str:
    """`Josh` of the look `Josh in White`."""
    return (avatar.avatar_name or avatar.avatar_id).partition(" in ")[0]


def _names(wanted: str, name: str | None) -> bool:
    """Whether `wanted` is this name, or the presenter's of this look."""
    return _same(wanted, name) or _same(wanted, (name or "").partition(" in ")[0])


def _same(text: str, other: str | None) -> bool:
    return text.strip().casefold() == (other or "").casefold()


def _fits(has: str | None, wanted: str | None) -> bool:
    return wanted is None or _same(wanted, has)


def _tagged(tags: Iterable[str], wanted: str) -> bool:
    return not wanted or any(_same(wanted, tag) for tag in tags)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names)) or "none"
