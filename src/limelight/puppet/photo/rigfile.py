"""The rig file, a cache of a photo's rig, so that each scene need not make it again.

Reading gives exactly the rig that was written. Losing a rig file costs only time: one that is damaged, or of other
code, counts as missing.
"""

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
#: JSON keys of an array's name in the archive, and of a dataclass's name.
_ARRAY, _KIND = "array", "kind"


def save_rig(made: PhotoRig, file: Path) -> None:
    """Write a rig file atomically."""
    arrays: dict[str, Any] = {}
    form = json.dumps(_encoded(made, arrays))
    part = file.with_name(f"{file.name}.part")
    with part.open("wb") as out:
        np.savez(out, form=np.array(form), version=np.array(_version()), **arrays)
    os.replace(part, file)


def load_rig(file: Path) -> PhotoRig | None:
    """The rig of a rig file; None where the file is missing, damaged or of another version of the code."""
    try:
        with file.open("rb") as content, np.load(content, allow_pickle=False) as data:
            if str(data["version"]) != _version():
                return None
            made = _decoded(json.loads(str(data["form"])), data)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
    return made if isinstance(made, PhotoRig) else None


def _encoded(value: Any, arrays: dict[str, Any]) -> Any:
    """A value as JSON; its arrays are added to `arrays` under the names that the JSON has for them."""
    if isinstance(value, np.ndarray | np.generic):
        arrays[name := f"a{len(arrays)}"] = value
        return {_ARRAY: name}
    if isinstance(value, Landmarks):
        return {_KIND: "Landmarks", **value.model_dump()}
    if dataclasses.is_dataclass(value):
        fields = {f.name: _encoded(getattr(value, f.name), arrays) for f in dataclasses.fields(value)}
        return {_KIND: type(value).__name__, **fields}
    if isinstance(value, tuple):
        return [_encoded(part, arrays) for part in value]
    return value


def _decoded(form: Any, arrays: Any) -> Any:
    """The value whose JSON is `form`."""
    if isinstance(form, list):
        return tuple(_decoded(part, arrays) for part in form)
    if not isinstance(form, dict):
        return form
    if _ARRAY in form:
        array = arrays[form[_ARRAY]]
        return array if array.ndim else array[()]
    fields = {name: _decoded(part, arrays) for name, part in form.items() if name != _KIND}
    return _KINDS[form[_KIND]](**fields)


@lru_cache(maxsize=1)
def _version() -> str:
    """A hash of the files in this folder: the modules that make a rig, and the template.

    It does not cover the networks in `models`, nor modules elsewhere such as `pack` and `raster`: after a change there
    older rig files stay in use.
    """
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.*")):
        if file.is_file():
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()
