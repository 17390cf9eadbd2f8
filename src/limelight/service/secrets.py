"""Secrets of a server, kept in files of its data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from limelight.names import new_id


def read_or_make_secret(file: Path) -> tuple[str, bool]:
    """The secret in this file, and whether it was made now; a new file is readable by its owner alone."""
    if file.exists():
        return file.read_text(encoding="utf-8").strip(), False
    secret = secrets.token_hex(32)
    part = file.with_name(f".{file.name}.{new_id()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(secret + "\n")
    part.replace(file)
    return secret, True
