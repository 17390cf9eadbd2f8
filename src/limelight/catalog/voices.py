"""The voices on offer. Each is a blend of the speech model's styles, chosen by height, timbre and word errors.

Knows nothing of HTTP or of sound. The ids of Sara, Paul, Jenny, Grace and Clara are those that HeyGen's documents and
examples use literally, so that copied requests work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from limelight.errors import VoiceNotFound

Gender = Literal["female", "male"]


@dataclass(frozen=True, slots=True)
class VoiceEntry:
    """A voice, and what `limelight.speech.speak.speak` needs to make it."""

    voice_id: str
    name: str
    gender: Gender
    language: str
    #: weights of the model's styles
    style: Mapping[str, float]
    #: by how many semitones the voice is moved besides what a request asks for
    semitones: float = 0.0
    #: factor on the speed that a request asks for: some styles are slow readers
    tempo: float = 1.0
    #: whether scripts are read as in GB, else as in the US
    is_british: bool = False


def _english(
    voice_id: str, name: str, gender: Gender, semitones: float = 0.0, tempo: float = 1.0, **style: float
) -> VoiceEntry:
    return VoiceEntry(voice_id, name, gender, "English", MappingProxyType(style), semitones, tempo)


#: In the order in which they are offered.
_VOICES: tuple[VoiceEntry, ...] = (
    _english("1bd001e7e50f421d891986aad5158bc8", "Sara", "female", jf_alpha=0.60, jf_gongitsune=0.15, jm_kumo=0.25),
    _english("de8b5d78f2e0485f88d1e9f5c8e7f9a6", "Paul", "male", jm_kumo=0.85, jf_alpha=0.15),
    _english(
        "2f72ee82b83d4b00af16c4771d611752", "Jenny", "female", -1.0, 1.03,
        jf_nezumi=0.75, jf_gongitsune=0.10, jm_kumo=0.15,
    ),
    _english("9de71e77fe2f8db73e87ca8168ef9735", "James", "male", jm_kumo=0.95, jf_gongitsune=0.05),
    _english("2d5b0e6cf36f460aa7fc47e3eee4ba54", "Grace", "female", 0.0, 1.03, jf_gongitsune=0.8, jf_alpha=0.2),
    _english("683375405c6676490ccadbd7411aa78d", "Theo", "male", jm_kumo=0.7, jf_tebukuro=0.3),
    _english("2d5b0e6a8c3f47d9a1b2c3d4e5f60718", "Clara", "female", -1.0, 1.03, jf_alpha=0.7, jf_tebukuro=0.3),
    _english("4e14f9c7d809c6c98627c6f1da1467ba", "Marcus", "male", -2.5, jm_kumo=0.75, jf_nezumi=0.25),
)  # fmt: skip
_BY_ID = {entry.voice_id: entry for entry in _VOICES}
_BY_NAME = {entry.name: entry for entry in _VOICES}

#: For a presenter without a voice of its own.
DEFAULT_FEMALE = _BY_ID["1bd001e7e50f421d891986aad5158bc8"]
DEFAULT_MALE = _BY_ID["de8b5d78f2e0485f88d1e9f5c8e7f9a6"]


def voices() -> tuple[VoiceEntry, ...]:
    """All voices, the default female one first."""
    return _VOICES


def voice(voice_id: str) -> VoiceEntry:
    """The voice with this id. Raises VoiceNotFound."""
    try:
        return _BY_ID[voice_id]
    except KeyError:
        raise VoiceNotFound.of(voice_id) from None


def voice_named(name_or_id: str) -> VoiceEntry:
    """The voice of this name or id, as packs give it. Raises VoiceNotFound."""
    return _BY_NAME.get(name_or_id) or voice(name_or_id)


def default_voice(gender: Gender) -> VoiceEntry:
    """The voice for a presenter of this gender that names none."""
    return DEFAULT_MALE if gender == "male" else DEFAULT_FEMALE
