"""Voices that the owner of a data folder added from style files: a file each in its folder `voices`, for every account.

`add` writes one, `own_voices` lists them; a server that runs takes them up at once, and so do its renders, whose
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

#: The folder whose voices are on offer besides those that are shipped.
FOLDER = "LIMELIGHT_VOICES"
SUFFIX = ".voice"
MAX_NAME_CHARACTERS = 100

MAX_CHARACTERS = 200
_FILE_NAME = re.compile(rf"[0-9a-f]{{32}}{re.escape(SUFFIX)}")
#: Of what is being added; what a killed process left is older than this.
_UNFINISHED, _ABANDONED_S = ".adding-", 3600.0

_log = logging.getLogger(__name__)


def _written(text: str) -> str:
    """Raises ValueError where a text holds what does not show, or moves other text."""
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text):
        raise ValueError("control characters cannot be used")
    return text


_Text = Annotated[str, AfterValidator(_written)]


class _Manifest(BaseModel):
    """What a voice's file says of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[_Text, Field(min_length=1, max_length=MAX_NAME_CHARACTERS)]
    gender: Literal["female", "male"]
    locale: Literal["en-US", "en-GB"]
    character: Annotated[_Text, Field(max_length=MAX_CHARACTERS)] = ""
    licence: Annotated[_Text, Field(min_length=1, max_length=MAX_CHARACTERS)]
    #: of the file that it was made from
    sha256: str = ""
    tokens: tuple[int, ...] = Field(min_length=1)
    pace: tuple[float, ...] = Field(min_length=1)
    level_db: tuple[float, ...] = Field(min_length=1)
    height_hz: float


@dataclass(frozen=True, slots=True)
class OwnVoice:
    """A voice that was added."""

    #: 32 hex digits
    voice_id: str
    #: holds its style too, as `speech.styles` reads it
    file: Path
    name: str
    gender: Literal["female", "male"]
    locale: Literal["en-US", "en-GB"]
    character: str
    licence: str
    measure: Measure


def own_voices() -> list[OwnVoice]:
    """Those of the environment's folder, by name; one that cannot be read is left out, and the log says why."""
    found = []
    for file in _files():
        voice = _look(file)
        if isinstance(voice, OwnVoice):
            found.append(voice)
        elif voice:
            _log.warning("voice %s is left out: %s", file.name, voice)
    return sorted(found, key=lambda voice: (voice.name, voice.voice_id))


def damaged() -> list[str]:
    """The names of files that are left out."""
    return [file.name for file in _files() if isinstance(_look(file), str)]


def look_in(data_dir: Path) -> None:
    """From now on this process, and those that it starts, know the voices of this data folder."""
    os.environ[FOLDER] = str(folder_of(data_dir).absolute())


def folder_of(data_dir: Path) -> Path:
    """Where the voices of a data folder are; there is none before the first is added."""
    return data_dir / "voices"


def add(
    data_dir: Path, source: Path, name: str, gender: str, language: str, licence: str, character: str,
    taken: Container[str] = (), report: Callable[[int, int], None] | None = None,
) -> OwnVoice:  # fmt: skip
    """A new voice of a style file, once it has spoken and was measured, half a minute's work.

    `taken` are names, in lower case, that it must not have; `report(done, total)` counts what it said. Raises
    SpecError, which names the field; SpeechError where it does not speak; StoreError where the folder cannot be
    written to.
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
        whole = Path(fresh) / file.name
        _write(whole, style, _manifest({**given, **asdict(Measure())}))
        measure = measured(Speaker(whole, is_british=locale == "en-GB"), report)
        _write(whole, style, _manifest({**given, **asdict(measure)}))
        whole.rename(file)
    return _read(file, file.stat().st_mtime_ns)


def remove(voice_id: str) -> bool:
    """Delete an added voice, a damaged one too; says whether there was one. Videos that still need it fail.

    Raises StoreError where its file cannot be deleted.
    """
    for file in _files():
        if file.stem == voice_id:
            try:
                file.unlink()
            except OSError as error:
                raise StoreError(f"{file} cannot be deleted ({error.strerror}).") from error
            return True
    return False


#: What a language may be called, in lower case; all that scripts are read in.
_LOCALES: dict[str, Literal["en-US", "en-GB"]] = {"en-us": "en-US", "en-gb": "en-GB", "en": "en-US", "english": "en-US"}


def _files() -> Iterator[Path]:
    folder = os.environ.get(FOLDER)
    if folder:
        yield from (f for f in sorted(Path(folder).glob(f"*{SUFFIX}")) if _FILE_NAME.fullmatch(f.name) and f.is_file())


def _look(file: Path) -> OwnVoice | str | None:
    """The voice, or what is wrong with its file; None where it has just been removed."""
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
                said = _Manifest.model_validate(json.loads(archive["manifest"].tobytes()))
        except Exception as error:  # of many kinds, whatever is damaged
            raise SpeechError("it is no voice file, or a damaged one.") from error
    style_of(file)
    measure = Measure(said.tokens, said.pace, said.level_db, said.height_hz)
    return OwnVoice(
        file.stem, file, said.name, said.gender, said.locale, said.character, said.licence, measure
    )  # fmt: skip
