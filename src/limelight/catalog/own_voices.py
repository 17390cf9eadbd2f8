"""Voices that the owner of a data folder added from style files: a file each in its folder `voices`, for every account.

`add` writes one, `own_voices` lists them; a server that runs takes them up at once, and so do its renders, whose
processes have the same environment.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from limelight.errors import LimelightError, SpecError, SpeechError
from limelight.speech.speaker import Measure, Speaker

#: The folder whose voices are on offer besides those that are shipped.
FOLDER = "LIMELIGHT_VOICES"
SUFFIX = ".voice"
MAX_NAME_CHARACTERS = 100

_log = logging.getLogger(__name__)


class _Manifest(BaseModel):
    """What a voice's file says of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=MAX_NAME_CHARACTERS)
    gender: Literal["female", "male"]
    locale: Literal["en-US", "en-GB"]
    character: str = ""
    licence: str = Field(min_length=1)
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
        try:
            found.append(_read(file, file.stat().st_mtime_ns))
        except FileNotFoundError:  # just removed
            continue
        except (OSError, LimelightError) as error:
            _log.warning("voice %s is left out: %s", file.name, error)
    return sorted(found, key=lambda voice: (voice.name, voice.voice_id))


def look_in(data_dir: Path) -> None:
    """From now on this process, and those that it starts, know the voices of this data folder."""
    os.environ[FOLDER] = str(folder_of(data_dir).absolute())


def folder_of(data_dir: Path) -> Path:
    """Where the voices of a data folder are; there is none before the first is added."""
    return data_dir / "voices"


def add(
    data_dir: Path, source: Path, name: str, gender: str, language: str, licence: str, character: str,
    report: Callable[[int, int], None] | None = None,
) -> OwnVoice:  # fmt: skip
    """A new voice of a style file, once it has spoken and was measured, about a minute's work.

    `report(done, total)` counts what it said. Raises SpecError, which names the field, or SpeechError.
    """
    from limelight.speech.measure import measured
    from limelight.speech.stylefile import read_style

    locale = _LOCALES.get(language.strip().lower())
    if locale is None:
        raise SpecError(f"language is invalid: {language} is not one of {', '.join(_LOCALES.values())}.")
    fields = {"name": name.strip(), "gender": gender.strip().lower(), "locale": locale, "licence": licence.strip()}
    style = read_style(source)
    given = {**fields, "character": character.strip(), "sha256": hashlib.sha256(style.tobytes()).hexdigest()}
    unmeasured = _manifest({**given, **asdict(Measure())})
    folder = folder_of(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    voice_id = secrets.token_hex(16)
    file = folder / f"{voice_id}{SUFFIX}"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as fresh:
        whole = Path(fresh) / file.name
        _write(whole, style, unmeasured)
        speaker = Speaker(whole, is_british=locale == "en-GB")
        _write(whole, style, _manifest({**given, **asdict(measured(speaker, report))}))
        whole.rename(file)
    return _read(file, file.stat().st_mtime_ns)


def remove(voice_id: str) -> bool:
    """Delete an added voice; says whether there was one. Videos that still need it fail."""
    for voice in own_voices():
        if voice.voice_id == voice_id:
            voice.file.unlink(missing_ok=True)
            return True
    return False


#: What a language may be called, in lower case; all that scripts are read in.
_LOCALES: dict[str, Literal["en-US", "en-GB"]] = {"en-us": "en-US", "en-gb": "en-GB", "en": "en-US", "english": "en-US"}


def _files() -> Iterator[Path]:
    folder = os.environ.get(FOLDER)
    if folder:
        yield from sorted(Path(folder).glob(f"[0-9a-f]*{SUFFIX}"))


def _manifest(given: dict[str, object]) -> _Manifest:
    try:
        return _Manifest.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        problem = first["msg"][:1].lower() + first["msg"][1:]
        raise SpecError(f"{first['loc'][0]} is invalid: {problem}.") from error


def _write(file: Path, style: np.ndarray, manifest: _Manifest) -> None:
    with file.open("wb") as opened:
        np.savez_compressed(opened, style=style, manifest=np.frombuffer(manifest.model_dump_json().encode(), np.uint8))


@lru_cache(maxsize=256)
def _read(file: Path, _mtime_ns: int) -> OwnVoice:
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as archive:
            said = _Manifest.model_validate(json.loads(archive["manifest"].tobytes()))
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        raise SpeechError("it is no voice file, or a damaged one.") from error
    measure = Measure(said.tokens, said.pace, said.level_db, said.height_hz)
    return OwnVoice(
        file.stem, file, said.name, said.gender, said.locale, said.character, said.licence, measure
    )  # fmt: skip
