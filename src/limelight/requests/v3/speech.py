"""POST /v3/voices/speech: a text that is to be heard."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from limelight.requests.known import NOBODY, Known
from limelight.requests.parts import Id
from limelight.requests.speech import SpeechRequest, parse_speech
from limelight.requests.wire import Wire, at, check_text, read
from limelight.requests.words import RequestWords
from limelight.spec import MAX_SPEED, MIN_SPEED


class V3SpeechBody(Wire):
    """The whole body."""

    #: a script, as a scene's; SSML is understood in either `input_type`
    text: str | None = None
    voice_id: Id = ""
    speed: Annotated[float, Field(ge=MIN_SPEED, le=MAX_SPEED)] = 1.0
    #: these three are not followed: the voice says what it speaks
    input_type: str = "text"
    language: str | None = None
    locale: str | None = None
    words: RequestWords = Field(default_factory=list)


def parse_v3_speech(body: object, known: Known = NOBODY) -> SpeechRequest:
    """The request in a decoded JSON body, of whom this is known. Raises SpecError and its kinds."""
    check_text(body)
    wire = read(V3SpeechBody, body)
    plain = {"text": wire.text, "voice_id": wire.voice_id, "speed": wire.speed}
    with at("text"):
        return parse_speech({**plain, "words": [word.model_dump(exclude_none=True) for word in wire.words]}, known)
