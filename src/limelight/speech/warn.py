"""Warnings about the scripts of a video. Loads neither a model nor a dictionary, because every request needs them."""

from __future__ import annotations

from collections.abc import Iterator

from limelight.errors import ScriptInvalid
from limelight.notices import VideoWarning
from limelight.spec import TextVoice, VideoSpec
from limelight.speech.language import foreign_language
from limelight.speech.markup import Note, audible
from limelight.speech.reader import reading_notes
from limelight.speech.script import read_script


def script_warnings(spec: VideoSpec, field: str) -> tuple[VideoWarning, ...]:
    """Warnings about what will not be spoken as it is written, scene by scene.

    `field` is the request's name for a script, with {} for the scene's index if there is one. Raises ScriptInvalid
    where a tag or a word list asks for sounds that do not exist.
    """
    alone = len(spec.scenes) == 1
    warnings = []
    for i, scene in enumerate(spec.scenes):
        if not isinstance(scene.voice, TextVoice):
            continue
        try:
            notes = list(voice_notes(scene.voice))
        except ScriptInvalid as error:
            # No path with `voice` in it, which would mislead clients.
            where = "" if alone else f" ({field.format(i).partition('.')[0]})"
            raise ScriptInvalid(f"{error.message.removesuffix('.')}{where}.") from error
        warnings += [VideoWarning(note.code, note.message, i + 1, field.format(i)) for note in notes]
    return tuple(warnings)


def voice_notes(voice: TextVoice) -> Iterator[Note]:
    """The warnings about one script, as notes."""
    # The request's own limit was checked before.
    script = read_script(voice.script, limit=len(voice.script))
    language = foreign_language(audible(" ".join(sentence.text for sentence in script.sentences)))
    if language:
        message = f"the script seems to be in {language}; the voice speaks English, and reads it as if it were English."
        yield Note("language", message)
    yield from reading_notes(script, voice.words)
