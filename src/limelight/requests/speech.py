"""POST /v1/limelight/speech: a text that is to be heard, or its phonemes seen, without a film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from limelight.notices import VideoWarning
from limelight.requests.known import NOBODY, Known
from limelight.requests.parts import Id, VoiceBody, text_voice
from limelight.requests.wire import Wire, check_text, invalid, read
from limelight.requests.words import RequestWords, entries_of
from limelight.spec import MAX_PITCH, MAX_SPEED, MIN_PITCH, MIN_SPEED, Scene, TextVoice, VideoSpec
from limelight.speech.lexicon import strongest_first, used_in
from limelight.speech.warn import script_warnings


class SpeechBody(Wire):
    """The whole body."""

    #: a script, as a scene's
    text: str | None = None
    voice_id: Id = ""
    speed: Annotated[float, Field(ge=MIN_SPEED, le=MAX_SPEED)] = 1.0
    pitch: Annotated[float, Field(ge=MIN_PITCH, le=MAX_PITCH)] = 0.0
    words: RequestWords = Field(default_factory=list)
    phonemes_only: bool = False


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """What is to be said, and whether aloud."""

    voice: TextVoice
    aloud: bool
    warnings: tuple[VideoWarning, ...]


def parse_speech(body: object, known: Known = NOBODY) -> SpeechRequest:
    """The request in a decoded JSON body, of whom this is known. Raises SpecError and its kinds."""
    check_text(body)
    wire = read(SpeechBody, body)
    if wire.text is None:
        raise invalid("text", "field required")
    asked = VoiceBody(type="text", input_text=wire.text, voice_id=wire.voice_id, speed=wire.speed, pitch=wire.pitch)
    voice = text_voice(asked, "", "", known)
    listed = (*strongest_first(entries_of(wire.words)), *known.words)
    voice = voice.model_copy(update={"words": used_in(voice.script, listed)})
    warnings = script_warnings(VideoSpec(scenes=(Scene(character=None, voice=voice),)), "text")
    return SpeechRequest(voice, not wire.phonemes_only, warnings)
