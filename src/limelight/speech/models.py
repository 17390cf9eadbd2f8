"""Finds the speech models' files in their packages, checks them, and opens them."""

from __future__ import annotations

import hashlib
import importlib.resources
import os
from collections.abc import Iterable, Iterator
from importlib.resources.abc import Traversable
from typing import Any

from limelight import networks
from limelight.errors import SpeechError


def checked(parts: Iterable[Traversable], sha256: str, what: str) -> bytes:
    """The files' bytes joined. Raises SpeechError, naming `what`, where one is missing or their SHA-256 is another."""
    try:
        data = b"".join(part.read_bytes() for part in parts)
    except OSError as error:
        raise SpeechError(f"{what} is not installed completely; install Limelight's dependencies again.") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise SpeechError(f"{what} is damaged or of another version; install Limelight's dependencies again.")
    return data


def files(packages: Iterable[str], path: str) -> list[Traversable]:
    """The file `path` of each package, without importing it. Raises SpeechError where a package is missing."""
    try:
        return [importlib.resources.files(package) / path for package in packages]
    except ModuleNotFoundError as error:
        raise SpeechError("the speech model is not installed; install Limelight's dependencies again.") from error


def session(model: bytes, threads: int) -> networks.Session:
    """A model ready to run. Raises SpeechError where it cannot be loaded."""
    try:
        return networks.session(model, threads)
    except Exception as error:
        raise SpeechError("the speech model could not be loaded.") from error


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def with_output(model: bytes, name: str) -> bytes:
    """The ONNX model with one more output: protobuf merges an appended ModelProto{graph{output{name}}} into it."""
    return model + _field(7, _field(12, _field(1, name.encode())))


def part_for(model: bytes, output: str) -> bytes:
    """The part of an ONNX model that computes one inner value, as a model with this one output.

    ONNX Runtime runs all nodes of a graph, whichever output a caller asks for (findings/onnxruntime-early-output.sh).
    ModelProto has its graph in field 7; GraphProto nodes in 1, initial values in 5, inputs in 11, outputs in 12 and
    types in 13.
    """
    head = b"".join(_field(n, bytes(v)) if w == 2 else _varint_field(n, v) for n, w, v in _fields(model) if n != 7)
    graph = list(_fields(next(v for n, _, v in _fields(model) if n == 7)))
    nodes = [(value, _names(value, 1), _names(value, 2)) for number, _, value in graph if number == 1]
    makers = {name: i for i, (_, _, outputs) in enumerate(nodes) for name in outputs}
    needed, values, left = set(), set(), [output]
    while left:
        name = left.pop()
        if name in values:
            continue
        values.add(name)
        if name in makers:
            needed.add(makers[name])
            left += nodes[makers[name]][1]
    part = [_field(1, bytes(nodes[i][0])) for i in sorted(needed)]
    part += [_field(5, bytes(v)) for n, _, v in graph if n == 5 and _names(v, 8)[0] in values]
    part += [_field(n, bytes(v)) for n, _, v in graph if n in (2, 11)]
    return head + _field(7, b"".join(part) + _field(12, _field(1, output.encode())))


def _fields(data: bytes | memoryview) -> Iterator[tuple[int, int, Any]]:
    """Number, wire type and value of each field of a protobuf message."""
    view, at = memoryview(data), 0
    while at < len(view):
        key, at = _varint(view, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(view, at)
            yield number, wire, value
        else:
            size, at = _varint(view, at) if wire == 2 else ((8, at) if wire == 1 else (4, at))
            yield number, wire, view[at : at + size]
            at += size


def _names(message: memoryview, number: int) -> list[str]:
    return [bytes(value).decode() for n, wire, value in _fields(message) if n == number and wire == 2]


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = view[at]
        value, at, shift = value | (byte & 127) << shift, at + 1, shift + 7
        if byte < 128:
            return value, at


def _varint_field(number: int, value: int) -> bytes:
    out = bytearray([number << 3])
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _field(number: int, payload: bytes) -> bytes:
    """A length-delimited protobuf field."""
    length, left = bytearray(), len(payload)
    while left > 127:
        length.append(left & 127 | 128)
        left >>= 7
    return bytes([number << 3 | 2, *length, left]) + payload
