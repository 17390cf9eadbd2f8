"""The speech models' files and sessions: found in their packages, checked, run by ONNX Runtime."""

from __future__ import annotations

import hashlib
import importlib.resources
import os
from collections.abc import Iterable
from importlib.resources.abc import Traversable

import onnxruntime

from limelight.errors import SpeechError


def checked(parts: Iterable[Traversable], sha256: str, what: str) -> bytes:
    """The files joined. Raises SpeechError where one is missing or the whole is not what it should be."""
    try:
        data = b"".join(part.read_bytes() for part in parts)
    except OSError as error:
        raise SpeechError(f"{what} is not installed completely; install Limelight's dependencies again.") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise SpeechError(f"{what} is damaged or of another version; install Limelight's dependencies again.")
    return data


def files(packages: Iterable[str], path: str) -> list[Traversable]:
    """The file of this path in each package, which is not imported. Raises SpeechError where a package is missing."""
    try:
        return [importlib.resources.files(package) / path for package in packages]
    except ModuleNotFoundError as error:
        raise SpeechError("the speech model is not installed; install Limelight's dependencies again.") from error


def session(model: bytes, threads: int) -> onnxruntime.InferenceSession:
    """A model ready to run. Raises SpeechError where it cannot be loaded."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    # Threads that wait by spinning cost a third of a core for nothing on a machine whose cores are all in use.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise SpeechError("the speech model could not be loaded.") from error


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def with_output(model: bytes, name: str) -> bytes:
    """The model with one more output: ModelProto{graph{output{name}}} appended to the bytes merges into it."""
    return model + _field(7, _field(12, _field(1, name.encode())))


def _field(number: int, payload: bytes) -> bytes:
    """A length-delimited protobuf field."""
    length, left = bytearray(), len(payload)
    while left > 127:
        length.append(left & 127 | 128)
        left >>= 7
    return bytes([number << 3 | 2, *length, left]) + payload
