"""Downloads what a user's URL names; the only code that does.

A user's URL is not trusted: its server may answer for ever, or send more than there is room for, so time and size are
limited. `limelight.network.connect` checks the address, for every redirect anew.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpcore

from limelight.errors import MediaError
from limelight.names import shown_url
from limelight.network.connect import (
    USER_AGENT,
    AddressRefused,
    Allowed,
    CheckedNetwork,
    HostUnknown,
    certificate_refused,
    host_header,
    timeouts,
    tls,
    url_problem,
    wire_url,
)

MAX_BYTES = 100 * 1000 * 1000
#: The limit of the whole download, redirects included.
TIMEOUT_S = 30.0
MAX_REDIRECTS = 5

_REDIRECTS = (301, 302, 303, 307, 308)
#: Statuses after which a retry may succeed, besides 5xx.
_TRANSIENT = (408, 425, 429)
_GZIP = zlib.MAX_WBITS | 16
#: How much is decompressed at a time.
_UNPACKED_BYTES = 1 << 18


def fetch(url: str, file: Path, allowed: Allowed) -> None:
    """Download a URL to a file.

    Raises MediaError with the code `fetch_failed` where a retry may succeed, `fetch_refused` where it will not.
    Messages name a URL without its query, which may hold a secret.
    """
    deadline = time.monotonic() + TIMEOUT_S
    with httpcore.ConnectionPool(ssl_context=tls(), network_backend=CheckedNetwork(allowed, deadline)) as pool:
        for _ in range(MAX_REDIRECTS + 1):
            if problem := url_problem(url):
                raise _refused(f"the URL {shown_url(url)} cannot be fetched: {problem}.")
            target = _get(pool, url, file, deadline)
            if target is None:
                return
            url = _joined(url, target)
    raise _refused(f"the URL {shown_url(url)} was not reached: more than {MAX_REDIRECTS} redirects.")


def _get(pool: httpcore.ConnectionPool, url: str, file: Path, deadline: float) -> str | None:
    """Download one URL to the file; gives the target of a redirect, or None once the file is written."""
    headers: dict[bytes | str, bytes | str] = {
        "Host": host_header(url),
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
    }
    try:
        with pool.stream("GET", wire_url(url), headers=headers, extensions={"timeout": timeouts(deadline)}) as answer:
            location = _header(answer, b"location")
            if answer.status in _REDIRECTS and location:
                return location
            _check_status(answer.status, url)
            _check_length(_header(answer, b"content-length"), url)
            pieces = _unpacked(answer.iter_stream(), _header(answer, b"content-encoding") or "", url)
            _write(pieces, file, url, deadline)
            return None
    except AddressRefused as error:
        raise _refused(
            f"the host {error.host} cannot be fetched from: its address {error.address} is not public."
        ) from error
    except HostUnknown as error:
        raise _failed(f"the host {error.host} is not known.") from error
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise _failed(f"the URL {shown_url(url)} was not fetched within {TIMEOUT_S:g} seconds.") from error
    except httpcore.ConnectError as error:
        if certificate_refused(error):
            raise _refused(f"the URL {shown_url(url)} cannot be fetched: its certificate is not valid.") from error
        raise _failed(f"the URL {shown_url(url)} cannot be reached.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise _failed(f"the URL {shown_url(url)} broke off or gave no valid answer.") from error
    except OSError as error:
        # httpcore has its own exceptions for the network's errors, so this one is the disk's.
        raise _failed(f"what the URL {shown_url(url)} gives cannot be stored: {error.strerror}.") from error


def _check_status(status: int, url: str) -> None:
    if status == 200:
        return
    message = f"the URL {shown_url(url)} answered {status} instead of 200."
    raise _failed(message) if status >= 500 or status in _TRANSIENT else _refused(message)


def _check_length(length: str | None, url: str) -> None:
    if length and length.isdecimal() and int(length) > MAX_BYTES:
        raise _too_long(url)


def _unpacked(pieces: Iterable[bytes], encoding: str, url: str) -> Iterator[bytes]:
    """The decompressed body: some servers send gzip although they are asked not to, where they store the file so.

    Yields pieces of a limited size, however much a compressed piece holds.
    """
    match encoding.strip().lower():
        case "" | "identity":
            yield from pieces
            return
        case "gzip" | "x-gzip":
            pass
        case _:
            raise _refused(f"the URL {shown_url(url)} answered in an encoding that is neither gzip nor identity.")
    unpack = zlib.decompressobj(_GZIP)
    try:
        for piece in pieces:
            packed = piece
            while packed:
                if unpack.eof:  # a gzip file may consist of several members
                    unpack = zlib.decompressobj(_GZIP)
                yield unpack.decompress(packed, _UNPACKED_BYTES)
                packed = unpack.unconsumed_tail or unpack.unused_data
        yield unpack.flush()
    except zlib.error as error:
        raise _refused(f"the URL {shown_url(url)} gave a damaged gzip file.") from error
    if not unpack.eof:
        raise _failed(f"the URL {shown_url(url)} broke off or gave no valid answer.")


def _write(pieces: Iterable[bytes], file: Path, url: str, deadline: float) -> None:
    written = 0
    with file.open("wb") as out:
        for piece in pieces:
            written += len(piece)
            if written > MAX_BYTES:
                raise _too_long(url)
            if time.monotonic() > deadline:
                raise TimeoutError
            out.write(piece)
    if written == 0:
        raise _refused(f"the URL {shown_url(url)} gave an empty file.")


def _joined(url: str, target: str) -> str:
    """The absolute URL of a redirect's target. Raises MediaError."""
    try:
        return urljoin(url, target)
    except ValueError as error:
        raise _refused(f"the URL {shown_url(url)} redirects to what is not a URL.") from error


def _header(answer: httpcore.Response, name: bytes) -> str | None:
    value = next((value for key, value in answer.headers if key.lower() == name), None)
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _too_long(url: str) -> MediaError:
    return _refused(f"the URL {shown_url(url)} gives more than the limit of {MAX_BYTES // 10**6} MB.")


def _failed(message: str) -> MediaError:
    return MediaError(message, code="fetch_failed")


def _refused(message: str) -> MediaError:
    return MediaError(message, code="fetch_refused")
