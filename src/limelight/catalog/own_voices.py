"""Voices that the owner of a data folder added from style files: one file each in its folder `voices`, for all
accounts.

`add` writes one, `own_voices` lists them; a running server sees a new voice at once, and so do its renders, whose
processes have the same environment.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from limelight.errors import LimelightError, SpecError, SpeechError, StoreError
from limelight.speech.speaker import Measure, Speaker
from limelight.speech.styles import Style, style_of

#: The variable with the folder of added voices.
FOLDER = "LIMELIGHT_VOICES"
SUFFIX = ".voice"
MAX_NAME_CHARACTERS = 100

MAX_CHARACTERS = 200
_FILE_NAME = re.compile(rf"[0-9a-f]{{32}}{re.escape(SUFFIX)}")
#: Prefix of the folder of a voice that is being added; an older one was left by a process that was killed.
_UNFINISHED, _ABANDONED_S = ".adding-", 3600.0

_log = logging.getLogger(__name__)


def _written(text: str) -> str:
    """The text. Raises ValueError where it has invisible characters, or some that move other text."""
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text):
        raise ValueError("control characters cannot be used")
    return text


_Text = Annotated[str, AfterValidator(_written)]


class _Manifest(BaseModel):
    """The manifest in a voice's file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[_Text, Field(min_length=1, max_length=MAX_NAME_CHARACTERS)]
    gender: Literal["female", "male"]
    locale: Literal["en-US", "en-GB"]
    character: Annotated[_Text, Field(max_length=MAX_CHARACTERS)] = ""
    licence: Annotated[_Text, Field(min_length=1, max_length=MAX_CHARACTERS)]
    #: of the style
    sha256: str = ""
    tokens: tuple[int, ...] = Field(min_length=1)
    pace: tuple[float, ...] = Field(min_length=1)
    level_db: tuple[float, ...] = Field(min_length=1)
    height_hz: float


@dataclass(frozen=True, slots=True)
class OwnVoice:
    """A voice that the owner added."""

    #: 32 hex digits
    voice_id: str
    #: with manifest and style; `speech.styles` reads the style
    file: Path
    name: str
    gender: Literal["female", "male"]
    locale: Literal["en-US", "en-GB"]
    character: str
    licence: str
    measure: Measure


def own_voices() -> list[OwnVoice]:
    """The voices in the environment's folder, by name; one that cannot be read is left out, with a warning logged."""
    found = []
    for file in _files():
        voice = _voice_or_problem(file)
        if isinstance(voice, OwnVoice):
            found.append(voice)
        elif voice:
            _log.warning("voice %s is left out: %s", file.name, voice)
    return sorted(found, key=lambda voice: (voice.name, voice.voice_id))


def damaged() -> list[str]:
    """The names of voice files that cannot be read."""
    return [file.name for file in _files() if isinstance(_voice_or_problem(file), str)]


def look_in(data_dir: Path) -> None:
    """Make the voices of a data folder known to this process and those that it starts."""
    os.environ[FOLDER] = str(folder_of(data_dir).absolute())


def folder_of(data_dir: Path) -> Path:
    """The folder of a data folder's voices, which may not exist yet."""
    return data_dir / "voices"


def add(
    data_dir: Path, source: Path, name: str, gender: str, language: str, licence: str, character: str,
    taken: Container[str] = (), report: Callable[[int, int], None] | None = None,
) -> OwnVoice:  # fmt: skip
    """Measure a style file and add it as a voice, which takes half a minute.

    `taken` are names in lower case that it must not have; `report(done, total)` counts sentences. Raises SpecError
    naming the field, SpeechError where the style does not speak, and StoreError where the folder cannot be written to.
    """
    from limelight.speech.stylefile import read_style

    locale = _LOCALES.get(language.strip().lower())
    if locale is None:
        raise SpecError(f"language is invalid: {language} is not one of en-US, en-GB.")
    fields = {"name": name.strip(), "gender": gender.strip().lower(), "locale": locale, "licence": licence.strip()}
    given = {**fields, "character": character.strip()}
    unmeasured = _manifest({**given, **asdict(Measure())})
    if unmeasured.name.lower() in taken:
        raise SpecError(f"name is invalid: there is a voice that is called {unmeasured.name}.")
    style = read_style(source)
    given["sha256"] = hashlib.sha256(style.tobytes()).hexdigest()
    try:
        return _added(data_dir, style, given, locale, report)
    except OSError as error:
        raise StoreError(f"{folder_of(data_dir)} cannot be written to ({error.strerror}).") from error


def _added(
    data_dir: Path, style: Style, given: Mapping[str, object], locale: str, report: Callable[[int, int], None] | None
) -> OwnVoice:
    from limelight.speech.measure import measured
    from limelight.store.private import make_private_folder

    make_private_folder(data_dir)
    folder = folder_of(data_dir)
    make_private_folder(folder)
    for left in folder.glob(f"{_UNFINISHED}*"):
        if left.stat().st_mtime < time.time() - _ABANDONED_S:
            shutil.rmtree(left, ignore_errors=True)
    file = folder / f"{secrets.token_hex(16)}{SUFFIX}"
    with tempfile.TemporaryDirectory(dir=folder, prefix=_UNFINISHED) as fresh:
        unfinished = Path(fresh) / file.name
        _write(unfinished, style, _manifest({**given, **asdict(Measure())}))
        measure = measured(Speaker(unfinished, is_british=locale == "en-GB"), report)
        _write(unfinished, style, _manifest({**given, **asdict(measure)}))
        unfinished.rename(file)
    return _read(file, file.stat().st_mtime_ns)


def remove(voice_id: str) -> bool:
    """Delete an added voice, even a damaged one; returns whether there was one. Videos that still need it will fail.

    Raises StoreError where the file cannot be deleted.
    """
    for file in _files():
        if file.stem == voice_id:
            try:
                file.unlink()
            except OSError as error:
                raise StoreError(f"{file} cannot be deleted ({error.strerror}).") from error
            return True
    return False


#: Accepted names of a voice's language, in lower case.
_LOCALES: dict[str, Literal["en-US", "en-GB"]] = {"en-us": "en-US", "en-gb": "en-GB", "en": "en-US", "english": "en-US"}


def _files() -> Iterator[Path]:
    folder = os.environ.get(FOLDER)
    if folder:
        yield from (f for f in sorted(Path(folder).glob(f"*{SUFFIX}")) if _FILE_NAME.fullmatch(f.name) and f.is_file())


def _voice_or_problem(file: Path) -> OwnVoice | str | None:
    """A file's voice, or what is wrong with the file; None where it has just been removed."""
    try:
        return _read(file, file.stat().st_mtime_ns)
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"it cannot be read ({error.strerror})."
    except LimelightError as error:
        return error.message


def _manifest(given: dict[str, object]) -> _Manifest:
    try:
        return _Manifest.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        problem = first["msg"][:1].lower() + first["msg"][1:]
        raise SpecError(f"{first['loc'][0]} is invalid: {problem}.") from error


def _write(file: Path, style: Style, manifest: _Manifest) -> None:
    with file.open("wb") as opened:
        np.savez_compressed(opened, style=style, manifest=np.frombuffer(manifest.model_dump_json().encode(), np.uint8))


@lru_cache(maxsize=256)
def _read(file: Path, _mtime_ns: int) -> OwnVoice:
    with file.open("rb") as opened:
        try:
            with np.load(opened, allow_pickle=False) as archive:
                manifest = _Manifest.model_validate(json.loads(archive["manifest"].tobytes()))
        except Exception as error:  # NumPy raises many kinds
            raise SpeechError("it is no voice file, or a damaged one.") from error
    style_of(file)
    m = manifest
    measure = Measure(m.tokens, m.pace, m.level_db, m.height_hz)
    return OwnVoice(file.stem, file, m.name, m.gender, m.locale, m.character, m.licence, measure)
