"""Fetching a file: whole or not at all, going on where it was cut off."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import httpx

from limelight.client.errors import DownloadFailed, Unreachable
from limelight.client.retries import backoff_s, wait_before_repeat
from limelight.client.steps import Answer, Flow, Receive, Request, Sleep

_PARTIAL, _UNSATISFIABLE = 206, 416
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


def download(url: str, path: Path, retries: int) -> Flow[Path]:
    """Fetch a URL into a file, which is replaced only when all of it is there.

    `retries` counts attempts in a row that brought nothing. No key is sent: such a URL carries its permission, and may
    be another host's. Raises DownloadFailed, and OSError where the file cannot be written.
    """
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            yield from _fetched(url, _Part(file), retries)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _fetched(url: str, part: _Part, retries: int) -> Flow[None]:
    in_vain = 0
    while True:
        before = part.size
        try:
            answer: Answer = yield Receive(Request("GET", url, part.headers()), part)
        except Unreachable as error:
            wait: float | None = backoff_s(in_vain)
            reason: str = error.message
        else:
            if part.whole:
                return
            wait, reason = _again(answer, part, in_vain)
        in_vain = 0 if part.size > before else in_vain + 1
        if wait is None or in_vain > retries:
            # The query of a signed URL is a permission, which has no place in a message.
            raise DownloadFailed(f"{url.partition('?')[0]} could not be downloaded: {reason}")
        yield Sleep(wait)


def _again(answer: Answer, part: _Part, in_vain: int) -> tuple[float | None, str]:
    """How long to wait before the next attempt, None where there is no use in one; and what was wrong with this one."""
    if answer.status == _UNSATISFIABLE and part.size:
        part.restart()
        return backoff_s(in_vain), "the file has changed meanwhile."
    if answer.status < 300:
        return backoff_s(in_vain), "it ended too early."
    return wait_before_repeat(answer, 0), f"the server answers with status {answer.status}."


class _Part:
    """What has come of a file so far."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0
        #: bytes of the whole file; None while the server does not say
        self._expected: int | None = None
        #: what tells whether the file is still the same
        self._validator: str | None = None
        self._ended = False

    @property
    def whole(self) -> bool:
        return self._ended and self._expected in (None, self.size)

    def headers(self) -> Mapping[str, str]:
        """Of the next request: for the rest, where the server can tell that it is the same file's."""
        whole = {"Accept-Encoding": "identity"}
        if not self.size or not self._validator:
            return whole
        return whole | {"Range": f"bytes={self.size}-", "If-Range": self._validator}

    def restart(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self.size, self._expected, self._validator = 0, None, None

    def begin(self, status: int, headers: httpx.Headers) -> bool:
        self._ended = False
        if status == _PARTIAL:
            match = _CONTENT_RANGE.fullmatch(headers.get("content-range", ""))
            if match and int(match[1]) == self.size:
                return True
            self.restart()
            return False
        if status != httpx.codes.OK:
            return False
        self.restart()
        if "content-encoding" not in headers:
            length, etag = headers.get("content-length", ""), headers.get("etag", "")
            self._expected = int(length) if length.isdecimal() else None
            self._validator = etag if etag and not etag.startswith("W/") else None
        return True

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self.size += len(chunk)

    def end(self) -> None:
        self._ended = True
