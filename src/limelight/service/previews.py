"""Previews before a video is submitted: presenters, voices, and texts spoken on their own."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace

from limelight import __version__
from limelight.catalog import previews
from limelight.catalog.avatars import avatar
from limelight.catalog.stand_ins import StandIns
from limelight.catalog.voices import voice
from limelight.jobs import keys
from limelight.jobs.failures import Json
from limelight.jobs.previews import SPEECH_SOUND
from limelight.jobs.previews import Previews as Made
from limelight.requests.known import Known
from limelight.requests.speech import SpeechRequest, parse_speech
from limelight.requests.stand_ins import with_stand_ins
from limelight.requests.v3.speech import parse_v3_speech
from limelight.service.caller import Caller, known_of
from limelight.service.links import URL_LIFETIME_S
from limelight.store import Objects, Store


class Previews:
    """The previews of a server, made at the first request. Every function raises LimelightError."""

    def __init__(self, store: Store, objects: Objects, made: Made, renderer: str, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins
        self._store = store
        self._objects = objects
        self._made = made
        self._renderer = renderer

    def avatar_picture(self, avatar_id: str) -> bytes:
        """This presenter's portrait, JPEG."""
        return previews.picture(avatar(avatar_id))

    def avatar_clip(self, avatar_id: str) -> str:
        """The key of a short film of this presenter."""
        entry = avatar(avatar_id)
        key = keys.avatar_clip(entry)
        if self._objects.info(key) is None:
            self._made.clip(previews.clip(entry), key)
        return key

    def voice_sample(self, voice_id: str) -> str:
        """The key of an MP3 of this voice."""
        entry = voice(voice_id)
        key = keys.voice_sample(entry)
        if self._objects.info(key) is None:
            self._made.sample(previews.sample(entry), key)
        return key

    def parse_speech(self, body: object, caller: Caller) -> SpeechRequest:
        """What a body of POST /v1/limelight/speech asks for. Raises SpecError."""
        return self._parsed(parse_speech, body, caller)

    def parse_v3_speech(self, body: object, caller: Caller) -> SpeechRequest:
        """What a body of POST /v3/voices/speech asks for. Raises SpecError."""
        return self._parsed(parse_v3_speech, body, caller)

    def _parsed(self, parse: Callable[[object, Known], SpeechRequest], body: object, caller: Caller) -> SpeechRequest:
        known = known_of(self._store, caller.account)
        body, substituted = with_stand_ins(body, known, self._stand_ins)
        request = parse(body, known)
        return replace(request, warnings=(*request.warnings, *substituted))

    def speech(self, asked: SpeechRequest, caller: Caller) -> tuple[str | None, Json]:
        """The key of an MP3 of a text, None unless it is asked for aloud; and how the text is read."""
        # The period in its name ends an object's use after seven days, so that URLs, which are good for seven more, do
        # not outlive it (`jobs.leftovers`).
        period = int(time.time() // URL_LIFETIME_S)
        identity = [__version__, repr(voice(asked.voice.voice_id)), asked.voice.model_dump_json(), asked.aloud]
        name = json.dumps([*identity, self._renderer, caller.id, period])
        speech_id = hashlib.sha256(name.encode()).hexdigest()[:32]
        said = self._made.speech(asked.voice, speech_id, caller.id, aloud=asked.aloud)
        return (keys.speech(speech_id, SPEECH_SOUND) if asked.aloud else None), said
