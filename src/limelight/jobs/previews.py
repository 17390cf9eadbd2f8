"""What is rendered besides films, while the caller waits and without an engine: presenters' clips, voices' samples,
spoken texts."""

from __future__ import annotations

import json
from functools import partial
from typing import cast

from limelight.jobs import keys
from limelight.jobs.children import NOBODY, Principal
from limelight.jobs.failures import Json
from limelight.jobs.renders import Renders, with_retries
from limelight.spec import TextVoice, VideoSpec
from limelight.store import Objects

#: The name of a spoken text's sound.
SPEECH_SOUND = "speech.mp3"
#: Published last: where it is, the sound is too.
_SPEECH_ANSWER = "answer.json"


class Previews:
    """Makes previews and publishes them. Each function raises LimelightError."""

    def __init__(self, objects: Objects, renders: Renders) -> None:
        self._objects = objects
        self._renders = renders

    def clip(self, spec: VideoSpec, key: str) -> None:
        """Render a short film and publish it."""
        with self._renders.attempt(key) as folder:
            segments = []
            for index in range(len(spec.scenes)):
                scene = folder / f"{index}"
                scene.mkdir()
                segments.append(self._renders.scene(spec, index, scene, {}, lambda _: None, NOBODY))
            self._objects.publish(key, self._renders.join(spec, folder, segments, NOBODY).video)

    def sample(self, spec: VideoSpec, key: str) -> None:
        """Publish the sound of the first scene as MP3."""
        with self._renders.attempt(key) as folder:
            self._objects.publish(key, self._renders.sample(spec, folder, NOBODY))

    def speech(self, voice: TextVoice, speech_id: str, account_id: str, *, aloud: bool) -> Json:
        """How a script is read, as `speech.saying.answer` gives it; with `aloud`, its sound is published. Done once per
        id."""
        answer = keys.speech(speech_id, _SPEECH_ANSWER)
        if self._objects.info(answer) is None:
            with self._renders.attempt(f"{keys.SPEECH}/{speech_id}") as folder:
                say = partial(self._renders.say, voice, folder, Principal(account_id), aloud=aloud)
                said = with_retries("a text", say)
                if said.file:
                    self._objects.publish(keys.speech(speech_id, SPEECH_SOUND), said.file)
                file = folder / _SPEECH_ANSWER
                file.write_text(json.dumps(said.answer))
                self._objects.publish(answer, file)
        return cast(Json, json.loads(self._objects.read(answer)))
