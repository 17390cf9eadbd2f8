"""Finds the speech models' files in their packages, checks them, and opens them."""

from __future__ import annotations

import hashlib
import importlib.resources
import os
from collections.abc import Iterable
from importlib.resources.abc import Traversable

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
