"""Logging: lines of text, or of JSON where LIMELIGHT_LOG says so, with the request and the video that a line is about.

Knows nothing of HTTP or of jobs: they say what a line is about.
"""

from __future__ import annotations

import datetime
import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from limelight.errors import JobError

Style = Literal["text", "json"]

#: What the current work is about, by name: `request_id`, `video_id`. Threads that share the work share this dict.
_subject: ContextVar[dict[str, str] | None] = ContextVar("subject", default=None)

#: The attributes that every record has; any other attribute of a record was given as `extra`.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


@contextmanager
def about(**facts: str) -> Iterator[None]:
    """Add these facts to every line that is logged in the with block."""
    token = _subject.set({**(_subject.get() or {}), **facts})
    try:
        yield
    finally:
        _subject.reset(token)


def note(**facts: str) -> None:
    """Add facts to the enclosing `about` block; does nothing outside of one."""
    subject = _subject.get()
    if subject is not None:
        subject.update(facts)


def style_of(environment: Mapping[str, str]) -> Style:
    """The style that LIMELIGHT_LOG asks for. Raises JobError where that is neither text nor json."""
    match environment.get("LIMELIGHT_LOG") or "text":
        case "text" | "json" as style:
            return style
        case other:
            raise JobError(f"LIMELIGHT_LOG must be text or json, not {other!r}.", code="bad_setting")


def configure(style: Style) -> None:
    """Log to standard error: Limelight and the HTTP server from INFO up, libraries from WARNING up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if style == "json" else _Text())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("limelight", "uvicorn"):
        logging.getLogger(name).setLevel(logging.INFO)


class _Json(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _when(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **(_subject.get() or {}),
            **{name: value for name, value in vars(record).items() if name not in _USUAL},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class _Text(logging.Formatter):
    """A line for people, with what it is about at its end."""

    def format(self, record: logging.LogRecord) -> str:
        subject = "".join(f" {name}={value}" for name, value in (_subject.get() or {}).items())
        line = f"{_when(record)} {record.levelname} {record.name}: {record.getMessage()}{subject}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _when(record: logging.LogRecord) -> str:
    when = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
