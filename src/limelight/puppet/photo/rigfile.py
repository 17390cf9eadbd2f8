"""A rig as a file, so that every scene of a photo need not make it again. What is read back is what was written, bit by
bit. Losing one costs time only: one that is damaged, or was made by other code, is as if it were not there."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from limelight.puppet.pack import Eyes, Face, Key, Landmarks, Lashes, Mouth, Pack, Region
from limelight.puppet.photo.rig import Gave, PhotoRig

_KINDS = {kind.__name__: kind for kind in (PhotoRig, Gave, Pack, Face, Region, Key, Mouth, Eyes, Lashes, Landmarks)}
#: What stands for an array, and for the name of what is built of fields.
_ARRAY, _KIND = "array", "kind"


def save_rig(made: PhotoRig | Pack, file: Path) -> None:
    """Write a rig, whole or not at all."""
    arrays: dict[str, Any] = {}
    form = json.dumps(_taken_apart(made, arrays))
    part = file.with_name(f"{file.name}.part")
    with part.open("wb") as out:
        np.savez(out, form=np.array(form), version=np.array(_version()), **arrays)
    os.replace(part, file)


def load_rig(file: Path) -> PhotoRig | Pack | None:
    """The rig that was written; None where there is none that can be used."""
    try:
        with file.open("rb") as content, np.load(content, allow_pickle=False) as data:
            if str(data["version"]) != _version():
                return None
            made = _put_together(json.loads(str(data["form"])), data)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
    return made if isinstance(made, PhotoRig | Pack) else None


def _taken_apart(value: Any, arrays: dict[str, Any]) -> Any:
    """A value as JSON has it, its arrays beside it."""
    if isinstance(value, np.ndarray | np.generic):
        arrays[name := f"a{len(arrays)}"] = value
        return {_ARRAY: name}
    if isinstance(value, Landmarks):
        return {_KIND: "Landmarks", **value.model_dump()}
    if dataclasses.is_dataclass(value):
        fields = {f.name: _taken_apart(getattr(value, f.name), arrays) for f in dataclasses.fields(value)}
        return {_KIND: type(value).__name__, **fields}
    if isinstance(value, tuple):
        return [_taken_apart(part, arrays) for part in value]
    return value


def _put_together(form: Any, arrays: Any) -> Any:
    if isinstance(form, list):
        return tuple(_put_together(part, arrays) for part in form)
    if not isinstance(form, dict):
        return form
    if _ARRAY in form:
        array = arrays[form[_ARRAY]]
        return array if array.ndim else array[()]
    fields = {name: _put_together(part, arrays) for name, part in form.items() if name != _KIND}
    return _KINDS[form[_KIND]](**fields)


@lru_cache(maxsize=1)
def _version() -> str:
    """Changes with anything in this package, and so with what a rig may be."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.*")):
        if file.is_file():
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()
