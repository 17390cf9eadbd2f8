"""The voices on offer: the shipped ones, and those that the owner of the data folder added (`own_voices`).

Knows nothing of HTTP or of sound. HeyGen's documents and examples use the ids of Sara, Paul, Jenny, Grace and Clara
literally, so that copied requests work.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from limelight.catalog.own_voices import OwnVoice, own_voices
from limelight.errors import VoiceNotFound
from limelight.speech.speaker import Measure, Speaker

Gender = Literal["female", "male"]
Locale = Literal["en-US", "en-GB"]
Age = Literal["young", "middle-aged", "mature"]

#: The measure of each voice, by `tools/voices`; to be made again when a style changes.
MEASURES = Path(__file__).parent / "voices.json"
_ACCENTS: Mapping[Locale, str] = MappingProxyType({"en-US": "American", "en-GB": "British"})


@dataclass(frozen=True, slots=True)
class VoiceEntry:
    """A voice as lists have it, and as `limelight.speech.speak` needs it."""

    voice_id: str
    name: str
    gender: Gender
    locale: Locale
    age: Age | None
    #: a few words; may be empty
    character: str
    speaker: Speaker
    #: `fast` for the small model's voice, `own` for one that the owner added
    tags: tuple[str, ...] = ()

    @property
    def language(self) -> str:
        """The English name of its language."""
        return "English"

    @property
    def accent(self) -> str:
        """The English name of its accent."""
        return _ACCENTS[self.locale]


def _measures() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(MEASURES.read_text("utf-8"))
    return found


_MEASURED = _measures()


def _measure(voice_id: str) -> Measure:
    row = _MEASURED.get(voice_id, {})
    fields: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in row.items() if n != "style"}
    return Measure(**fields)


def _shipped(
    voice_id: str, name: str, gender: Gender, locale: Locale, age: Age, character: str, tags: str = "", **style: float
) -> VoiceEntry:
    """A shipped voice: a blend of styles by weight, or the small model's without any."""
    blend = MappingProxyType(style) if style else None
    speaker = Speaker(blend, is_british=locale == "en-GB", measure=_measure(voice_id))
    return VoiceEntry(voice_id, name, gender, locale, age, character, speaker, tuple(tags.split()))


F: Gender = "female"
M: Gender = "male"
US: Locale = "en-US"
GB: Locale = "en-GB"
#: In the order of lists. Age and character follow from the measured pitch and its range (bench/voices.py,
#: docs/voices.md).
_VOICES: tuple[VoiceEntry, ...] = (
    _shipped("1bd001e7e50f421d891986aad5158bc8", "Sara", F, US, "young", "high, balanced", af_heart=1),
    _shipped("de8b5d78f2e0485f88d1e9f5c8e7f9a6", "Paul", M, US, "middle-aged", "medium, expressive", am_michael=1),
    _shipped("2f72ee82b83d4b00af16c4771d611752", "Jenny", F, US, "young", "high, even", af_bella=1),
    _shipped("9de71e77fe2f8db73e87ca8168ef9735", "James", M, US, "middle-aged", "medium, expressive", am_echo=1),
    _shipped("2d5b0e6cf36f460aa7fc47e3eee4ba54", "Grace", F, US, "middle-aged", "high, expressive", af_sarah=1),
    _shipped("683375405c6676490ccadbd7411aa78d", "Theo", M, US, "young", "high, lively", am_fenrir=1),
    _shipped("2d5b0e6a8c3f47d9a1b2c3d4e5f60718", "Clara", F, US, "young", "high, balanced", af_jessica=1, af_aoede=1),
    _shipped("4e14f9c7d809c6c98627c6f1da1467ba", "Marcus", M, US, "mature", "deep, even", am_onyx=1),
    _shipped("58fec8e72afa8b8f41e708d2bb35c2d6", "Nora", F, US, "mature", "low, balanced", af_alloy=1, af_nova=1),
    _shipped("9c61ba86918444813eb7036f2e738a5b", "Iris", F, US, "middle-aged", "low, lively", af_kore=1),
    _shipped("15082f4b86ccbe2bcb2bd3602198d13a", "Ethan", M, US, "young", "medium, lively", am_puck=1),
    _shipped("58518355e53bead4640f66a944a401f1", "Beatrice", F, GB, "middle-aged", "medium, even", bf_emma=1),
    _shipped("710bde196b9d30ed07e04caac3ad2387", "Imogen", F, GB, "young", "high, balanced", bf_isabella=1, bf_lily=1),
    _shipped("fc4084cfd18ee8617919c4db5af67310", "Edmund", M, GB, "middle-aged", "high, balanced", bm_george=1),
    _shipped("c576d4d2c18c13c98093ed956654764e", "Rupert", M, GB, "young", "medium, lively", bm_fable=1),
    _shipped("9a6feab20651da63a98f65064d044915", "Alistair", M, GB, "mature", "deep, expressive", bm_lewis=1),
    _shipped("2565fe9cf3184e52bb9ff30865bd5b36", "Ava", F, US, "young", "high, balanced", "fast"),
)  # fmt: skip
_BY_ID = {entry.voice_id: entry for entry in _VOICES}
#: Further ids that HeyGen's own programs have written into them, and the voices that they stand for.
_OTHER_IDS = {"05f19352e8f74b0392a8f411eba40de1": "1bd001e7e50f421d891986aad5158bc8"}

#: The voices of presenters that have none of their own.
DEFAULT_FEMALE = _BY_ID["1bd001e7e50f421d891986aad5158bc8"]
DEFAULT_MALE = _BY_ID["de8b5d78f2e0485f88d1e9f5c8e7f9a6"]


def voices() -> tuple[VoiceEntry, ...]:
    """All voices, the default female one first, the owner's last."""
    return (*_VOICES, *(_own(voice) for voice in own_voices()))


def shipped_voices() -> tuple[VoiceEntry, ...]:
    """The voices that come with Limelight."""
    return _VOICES


def voice(voice_id: str) -> VoiceEntry:
    """The voice with this id or alias. Raises VoiceNotFound."""
    if entry := _BY_ID.get(voice_id):
        return entry
    if other := _OTHER_IDS.get(voice_id):
        return replace(_BY_ID[other], voice_id=voice_id)
    for own in own_voices():
        if own.voice_id == voice_id:
            return _own(own)
    raise VoiceNotFound.of(voice_id)


def voice_named(name_or_id: str) -> VoiceEntry:
    """The voice with this name, in any case, or id. Raises VoiceNotFound."""
    wanted = name_or_id.lower()
    return next((entry for entry in voices() if entry.name.lower() == wanted), None) or voice(name_or_id)


def default_voice(gender: Gender) -> VoiceEntry:
    """The voice of a presenter of this gender whose pack names none."""
    return DEFAULT_MALE if gender == "male" else DEFAULT_FEMALE


def _own(own: OwnVoice) -> VoiceEntry:
    speaker = Speaker(own.file, is_british=own.locale == "en-GB", measure=own.measure)
    return VoiceEntry(own.voice_id, own.name, own.gender, own.locale, None, own.character, speaker, ("own",))
