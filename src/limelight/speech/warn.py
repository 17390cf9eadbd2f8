"""Warnings about the scripts of a video. Loads neither a model nor a dictionary: every request is looked at so."""

from __future__ import annotations

from collections.abc import Iterator

from limelight.errors import ScriptInvalid
from limelight.notices import VideoWarning
from limelight.spec import TextVoice, VideoSpec
from limelight.speech.language import foreign_language
from limelight.speech.markup import Note
from limelight.speech.reader import unread
from limelight.speech.script import read_script


def script_warnings(spec: VideoSpec, field: str) -> tuple[VideoWarning, ...]:
    """What of the spec's scripts will not be said as it is written, scene by scene.

    `field` is what the request calls a script, with {} for the scene's index if it has one. Raises ScriptInvalid where
    a tag or a word list asks for sounds that there are not.
    """
    alone = len(spec.scenes) == 1
    warnings = []
    for i, scene in enumerate(spec.scenes):
        if not isinstance(scene.voice, TextVoice):
            continue
        try:
            notes = list(voice_notes(scene.voice))
        except ScriptInvalid as error:
            where = "" if alone else f" (video_inputs[{i}])"
            raise ScriptInvalid(f"{error.message.removesuffix('.')}{where}.") from error
        warnings += [VideoWarning(note.code, note.message, i + 1, field.format(i)) for note in notes]
    return tuple(warnings)


def voice_notes(voice: TextVoice) -> Iterator[Note]:
    """The same of one script."""
    # Only a request's limit is smaller, and it was checked.
    script = read_script(voice.script, limit=len(voice.script))
    language = foreign_language(" ".join(sentence.text for sentence in script.sentences))
    if language:
        said = f"the script seems to be in {language}; the voice speaks English, and reads it as if it were English."
        yield Note("language", said)
    yield from unread(script, voice.words)
