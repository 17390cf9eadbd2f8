"""Reads the style files that people share for Kokoro: `.bin`, `.npy` and `.pt`. Never executes anything in a file.

All hold one array of 510 × 256 or 510 × 1 × 256 numbers. A `.pt` is PyTorch's ZIP archive, whose pickle describes the
array. The reader never runs the pickle: it compares its opcodes with those that PyTorch writes for one tensor.
"""

from __future__ import annotations

import io
import pickletools
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limelight.errors import SpecError
from limelight.speech.styles import SHAPE, Style

MAX_BYTES = 8_000_000
SUFFIXES = (".bin", ".npy", ".pt")

#: The model babbles with numbers whose standard deviation is outside of these.
_LEAST_SPREAD, _MOST_SPREAD = 0.08, 0.5
#: How much neighbouring rows may differ, as a share of that deviation; a style's differ by 0.01 to 0.04.
_MOST_STEP = 0.2

Numbers = NDArray[np.floating[Any]]

_ROWS, _COLUMNS = SHAPE
_SHAPES = (SHAPE, (_ROWS, 1, _COLUMNS))
_NUMBERS = _ROWS * _COLUMNS
_WANTED = "a style has 510 × 256 or 510 × 1 × 256 numbers"
#: The numbers' types in a `.pt`, by the class that its pickle names.
_STORAGES = {"FloatStorage": "<f4", "HalfStorage": "<f2", "DoubleStorage": "<f8"}
#: Other globals in the pickle of a single tensor.
_GLOBALS = {"torch._utils _rebuild_tensor_v2", "collections OrderedDict"}
#: Opcodes that build values; none looks up or calls anything but what GLOBAL names.
_OPCODES = {
    "PROTO", "FRAME", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "GET", "BINGET", "LONG_BINGET", "MARK", "TUPLE",
    "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_TUPLE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BININT", "BININT1",
    "BININT2", "NEWFALSE", "NEWTRUE", "BINPERSID", "REDUCE", "GLOBAL", "STOP",
}  # fmt: skip


def read_style(file: Path) -> Style:
    """A file's style, float32 (510, 256); the suffix tells the format. Raises SpecError naming the problem."""
    if not file.is_file():
        raise _invalid(file, "it is not a file")
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise _invalid(file, f"it is none of {', '.join(SUFFIXES)}")
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise _invalid(file, f"it has {size:,} bytes, the limit is {MAX_BYTES:,}")
        data = file.read_bytes()
    except OSError as error:
        raise _invalid(file, f"it cannot be read ({error.strerror})") from error
    read = {".bin": _read_bin, ".npy": _read_npy, ".pt": _read_pt}[suffix]
    numbers = read(file, data)
    with np.errstate(over="ignore"):
        style: Style = numbers.astype(np.float32).reshape(SHAPE)
    if not np.isfinite(style).all():
        raise _invalid(file, "not all of its numbers are finite")
    spread = float(style.std(dtype=np.float64))
    if not _LEAST_SPREAD <= spread <= _MOST_SPREAD:
        problem = f"its numbers' standard deviation is {spread:.2g}; a style's is 0.14 to 0.25"
        raise _invalid(file, f"{problem}, and from {_LEAST_SPREAD} to {_MOST_SPREAD} are taken")
    if float(np.diff(style, axis=0).std(dtype=np.float64)) > _MOST_STEP * spread:
        raise _invalid(file, "its rows differ from their neighbours; those of a style are nearly alike")
    return style


def _read_bin(file: Path, data: bytes) -> Numbers:
    if len(data) != 4 * _NUMBERS:
        raise _invalid(file, f"it has {len(data):,} bytes; {_WANTED}, {4 * _NUMBERS:,} bytes as float32")
    return np.frombuffer(data, "<f4")


def _read_npy(file: Path, data: bytes) -> Numbers:
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, _, dtype = header(stream)
        if shape not in _SHAPES:
            raise _invalid(file, f"its shape is {shape}; {_WANTED}")
        if dtype.kind != "f" or dtype.hasobject:
            raise _invalid(file, f"its numbers are {dtype}, not floating-point ones")
        numbers: Numbers = np.load(io.BytesIO(data), allow_pickle=False)
        return numbers
    except SpecError:
        raise
    except Exception as error:  # NumPy raises many kinds
        raise _invalid(file, "it is no .npy file") from error


def _read_pt(file: Path, data: bytes) -> Numbers:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name.partition("/")[2]: archive.getinfo(name) for name in archive.namelist()}
            if sum(name.startswith("data/") for name in members) != 1 or not {"data.pkl", "data/0"} <= set(members):
                raise _invalid(file, "it is no .pt file with one tensor")
            if any(member.file_size > MAX_BYTES for member in members.values()):
                raise _invalid(file, f"what it holds is larger than {MAX_BYTES:,} bytes")
            if "byteorder" in members and archive.read(members["byteorder"]) != b"little":
                raise _invalid(file, "its numbers are not little-endian")
            dtype = _storage_type(archive.read(members["data.pkl"]))
            raw = archive.read(members["data/0"])
    except SpecError:
        raise
    except Exception as error:  # zipfile and pickletools raise many kinds
        raise _invalid(file, "it is no .pt file as PyTorch writes since 1.6") from error
    if dtype is None:
        raise _invalid(file, f"it does not hold one plain tensor of floating-point numbers; {_WANTED}")
    if len(raw) != np.dtype(dtype).itemsize * _NUMBERS:
        raise _invalid(file, f"its tensor has another size; {_WANTED}")
    return np.frombuffer(raw, dtype)


def _storage_type(pickle: bytes) -> str | None:
    """The NumPy type of the numbers, if the pickle is that of one contiguous tensor of a style's shape; else None."""
    names, numbers = [], []
    for opcode, value, _ in pickletools.genops(pickle):
        if opcode.name not in _OPCODES:
            return None
        if opcode.name == "GLOBAL":
            names.append(str(value))
        elif opcode.name in ("BININT", "BININT1", "BININT2"):
            numbers.append(value)
    storages = [name.removeprefix("torch ") for name in names if name not in _GLOBALS]
    # The pickle's integers: count of numbers, offset of the tensor, its shape, and its strides.
    in_order = (
        [_NUMBERS, 0, _ROWS, _COLUMNS, _COLUMNS, 1],
        *([_NUMBERS, 0, _ROWS, 1, _COLUMNS, _COLUMNS, step, 1] for step in (1, _COLUMNS)),
    )
    if len(storages) != 1 or "torch._utils _rebuild_tensor_v2" not in names or numbers not in in_order:
        return None
    return _STORAGES.get(storages[0])


def _invalid(file: Path, problem: str) -> SpecError:
    return SpecError(f"file is invalid: {file.name}: {problem}.")
