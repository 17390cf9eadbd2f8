"""`limelight say`: speaks a text, or shows how it is read, without a film."""

from __future__ import annotations

import json
import sys
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from limelight.cli.console import ERRORS, OUT, checked_output, plain
from limelight.cli.data import DATA_DIR, DataDir
from limelight.cli.words import owner_words
from limelight.errors import LimelightError, SpecError

if TYPE_CHECKING:
    from limelight.catalog.voices import VoiceEntry
    from limelight.spec import WordEntry
    from limelight.speech.saying import Saying
    from limelight.speech.types import Speech


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(say)


def say(
    text: Annotated[
        str | None, typer.Argument(help="A text, a file that holds one, or - for standard input.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--output", help="The .wav to write.", show_default=False)] = None,
    voice: Annotated[
        str | None, typer.Option(help="An id or name of `limelight voices`.", show_default="the first")
    ] = None,
    speed: Annotated[float, typer.Option(help="0.5 to 2.")] = 1.0,
    phonemes: Annotated[bool, typer.Option("--phonemes", help="Only the phonemes.")] = False,
    words: Annotated[bool, typer.Option("--words", help="Each word with its time.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="An answer for programs.")] = False,
    lines: Annotated[
        Path | None,
        typer.Option(
            help="With --phonemes: a file with a JSON string a line, for a JSON object a line.", show_default=False
        ),
    ] = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Hear or see what would be said, without a film."""
    from limelight.catalog.own_voices import look_in
    from limelight.catalog.voices import DEFAULT_FEMALE, voice_named

    look_in(data_dir)
    entry = voice_named(voice) if voice else DEFAULT_FEMALE
    if lines is not None:
        if text is not None or out is not None or words or not phonemes:
            raise SpecError("lines is invalid: give it with --phonemes, and without a text, --output and --words")
        _say_lines(lines, entry, owner_words(data_dir))
        return
    if text is None:
        raise SpecError("text is missing: give a text or a file")
    if out is not None:
        checked_output(out, ".wav")
    if not 0.5 <= speed <= 2.0:
        raise SpecError(f"speed is invalid: {speed:g} is not within 0.5 to 2")
    listed = owner_words(data_dir)
    _say_one(_read(text), entry, speed, out, listed, phonemes=phonemes, words=words, as_json=as_json)


def _say_one(
    text: str,
    entry: VoiceEntry,
    speed: float,
    out: Path | None,
    listed: Sequence[WordEntry],
    *,
    phonemes: bool,
    words: bool,
    as_json: bool,
) -> None:
    from limelight.speech.lexicon import used_in
    from limelight.speech.saying import answer, saying
    from limelight.speech.script import read_script

    script, used = read_script(text, limit=max(len(text), 1)), used_in(text, listed)
    said = saying(script, used, british=entry.speaker.is_british)
    speech = None
    if out is not None or words:
        from limelight.speech.speak import speak

        speech = speak(script, entry.speaker, speed, words=used)
    if speech is not None and out is not None:
        write_wav(speech, out)
    if as_json:
        print(json.dumps(answer(said, speech), ensure_ascii=False, indent=2))
    elif phonemes:
        print(said.phonemes)
    else:
        OUT.print(_table(said, speech))
    if not as_json:
        for note in said.notes:
            ERRORS.print(f"[yellow]warning:[/] {plain(note.message)}", highlight=False, soft_wrap=True)
    if out is not None and not as_json:
        ERRORS.print(f"[bold]{plain(str(out))}[/]", highlight=False, soft_wrap=True)


def _read(text: str) -> str:
    """The text itself, or the content of a file of this name, or standard input for `-`."""
    if text == "-":
        return _from_standard_input()
    try:
        is_file = len(text) < 1000 and "\n" not in text and Path(text).is_file()
    except (OSError, ValueError):
        is_file = False
    if not is_file:
        return text
    try:
        return Path(text).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"text is invalid: {text} cannot be read as text") from error


def _from_standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpecError("text is invalid: standard input cannot be read as text") from error


def _say_lines(file: Path, entry: VoiceEntry, listed: Sequence[WordEntry]) -> None:
    """Print a JSON object for each line of the file: how it is read, or what is wrong with it."""
    from limelight.speech.lexicon import used_in
    from limelight.speech.saying import saying
    from limelight.speech.script import read_script

    try:
        lines = file.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"lines is invalid: {file} cannot be read as text") from error
    for line in lines[:-1] if lines and not lines[-1] else lines:
        found: dict[str, Any]
        try:
            text = json.loads(line)
            if not isinstance(text, str):
                raise SpecError("the line is no JSON string")
            said = saying(
                read_script(text, limit=max(len(text), 1)), used_in(text, listed), british=entry.speaker.is_british
            )
            found = {"phonemes": said.phonemes, "warnings": [note.message for note in said.notes]}
        except json.JSONDecodeError:
            found = {"error": "the line is no JSON string"}
        except LimelightError as error:
            found = {"error": error.message}
        print(json.dumps(found, ensure_ascii=False))


def _table(said: Saying, speech: Speech | None) -> Table:
    from limelight.speech.saying import times

    columns = ["start", "end"] if speech else []
    table = Table("written", "said", "phonemes", "source", *columns, box=None, pad_edge=False)
    for word, when in zip(said.words, times(said, speech), strict=True):
        row = [plain(text) for text in (word.text, word.normalised, word.phonemes, word.source)]
        table.add_row(*row, *(f"{when[c]:.2f}" for c in columns))
    return table


def write_wav(speech: Speech, out: Path) -> None:
    """Write a WAV file: 16 bit, 48 kHz, mono. Raises SpecError where it cannot be written."""
    import numpy as np

    from limelight.spec import SAMPLE_RATE_HZ

    samples = np.clip(np.round(speech.samples * 32767), -32768, 32767).astype("<i2")
    try:
        # `wave` gets an open file: where it cannot open a path itself, its unfinished writer fails again when freed.
        with out.open("wb") as opened, wave.open(opened, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE_HZ)
            file.writeframes(samples.tobytes())
    except OSError as error:
        raise SpecError(f"output is invalid: {out} cannot be written ({error.strerror})") from error
