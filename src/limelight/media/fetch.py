"""Downloads what a user's URL names; the only code that does.

A URL is a stranger's: it may point at this machine's own network, answer for ever, or send more than there is room for.
So only http and https are spoken, addresses that are not public are refused unless a setting names them, also after a
redirect, and the address that was checked is the address that is connected to, whatever the name means a moment later.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import certifi
import httpcore

from limelight import __version__
from limelight.errors import MediaError, SpecError

MAX_BYTES = 100 * 1000 * 1000
#: For the whole download, redirects included.
TIMEOUT_S = 30.0
MAX_REDIRECTS = 5
MAX_URL_CHARACTERS = 4096

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_REDIRECTS = (301, 302, 303, 307, 308)
#: Answers that may be others when asked again.
_TRANSIENT = (408, 425, 429)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
#: Nothing outside it is anybody's on the internet: IPv4-compatible, site-local and reserved addresses are.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
#: What may be left as it is in a URL's path and query; a percent sign is taken for the mark of an encoded character.
_SAFE = "!#$%&'()*+,/:;=?@[]~"
_GZIP = zlib.MAX_WBITS | 16
#: As much as is unpacked at a time.
_UNPACKED_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Allowed:
    """Hosts and networks that may be fetched from although they are not public."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, setting: str | None) -> Allowed:
        """Of LIMELIGHT_FETCH_ALLOW: host names, addresses and CIDR networks, between commas or spaces.

        Raises SpecError that names an entry which is none of these.
        """
        hosts, networks = set(), []
        for entry in (setting or "").replace(",", " ").split():
            try:
                networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
            except ValueError as error:
                if not _is_host_name(entry):
                    raise SpecError(
                        f"LIMELIGHT_FETCH_ALLOW is invalid: '{entry}' is no host name, address or network."
                    ) from error
                hosts.add(entry.lower().rstrip("."))
        return cls(frozenset(hosts), tuple(networks))

    def permits(self, host: str, address: Address) -> bool:
        """Whether this address, which the host's name stands for, may be connected to."""
        if host.lower().rstrip(".") in self.hosts:
            return True
        return _is_public(address) or any(address in network for network in self.networks)


def url_problem(url: str) -> str | None:
    """What is wrong with a URL before it is fetched; None where nothing is."""
    if len(url) > MAX_URL_CHARACTERS:
        return f"it has {len(url)} characters, the limit is {MAX_URL_CHARACTERS}"
    if any(c.isspace() or not c.isprintable() for c in url):
        return "it has spaces or control characters"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "it is not a URL"
    if parts.scheme.lower() not in ("http", "https"):
        return "it must begin with http:// or https://"
    if not parts.hostname or port == 0:
        return "it names no host"
    if parts.username is not None or parts.password is not None:
        return "it must not carry a user name or password"
    try:
        parts.hostname.encode("idna")
    except UnicodeError:
        return "its host name is not valid"
    return None


def fetch(url: str, file: Path, allowed: Allowed) -> None:
    """Download a URL to a file.

    Raises MediaError with the code `fetch_failed` where another attempt may do better, `fetch_refused` where it will
    not. Messages name a URL without its query, which may hold a secret.
    """
    deadline = time.monotonic() + TIMEOUT_S
    with httpcore.ConnectionPool(ssl_context=_tls(), network_backend=_CheckedNetwork(allowed, deadline)) as pool:
        for _ in range(MAX_REDIRECTS + 1):
            if problem := url_problem(url):
                raise _refused(f"the URL {_shown(url)} cannot be fetched: {problem}.")
            target = _get(pool, url, file, deadline)
            if target is None:
                return
            url = _joined(url, target)
    raise _refused(f"the URL {_shown(url)} was not reached: more than {MAX_REDIRECTS} redirects.")


def _get(pool: httpcore.ConnectionPool, url: str, file: Path, deadline: float) -> str | None:
    """Write what the URL names to the file, or give the place that it redirects to."""
    headers: dict[bytes | str, bytes | str] = {
        "Host": _host_header(urlsplit(url)),
        "User-Agent": f"Limelight/{__version__}",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
    }
    try:
        with pool.stream("GET", _target(url), headers=headers, extensions={"timeout": _timeouts(deadline)}) as answer:
            location = _header(answer, b"location")
            if answer.status in _REDIRECTS and location:
                return location
            _check_status(answer.status, url)
            _check_length(_header(answer, b"content-length"), url)
            pieces = _unpacked(answer.iter_stream(), _header(answer, b"content-encoding") or "", url)
            _write(pieces, file, url, deadline)
            return None
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise _failed(f"the URL {_shown(url)} was not fetched within {TIMEOUT_S:g} seconds.") from error
    except httpcore.ConnectError as error:
        if isinstance(error.__cause__ or error.__context__, ssl.SSLCertVerificationError):
            raise _refused(f"the URL {_shown(url)} cannot be fetched: its certificate is not valid.") from error
        raise _failed(f"the URL {_shown(url)} cannot be reached.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise _failed(f"the URL {_shown(url)} broke off or gave no valid answer.") from error
    except OSError as error:
        # The network's errors are all httpcore's by now; this one is the disk's.
        raise _failed(f"what the URL {_shown(url)} gives cannot be stored: {error.strerror}.") from error


def _check_status(status: int, url: str) -> None:
    if status == 200:
        return
    message = f"the URL {_shown(url)} answered {status} instead of 200."
    raise _failed(message) if status >= 500 or status in _TRANSIENT else _refused(message)


def _check_length(length: str | None, url: str) -> None:
    if length and length.isdecimal() and int(length) > MAX_BYTES:
        raise _too_long(url)


def _unpacked(pieces: Iterable[bytes], encoding: str, url: str) -> Iterator[bytes]:
    """The file itself: some servers pack what they send although they are asked not to, as it is stored packed.

    It comes in pieces of a limited size, however much a packed piece holds.
    """
    match encoding.strip().lower():
        case "" | "identity":
            yield from pieces
            return
        case "gzip" | "x-gzip":
            pass
        case _:
            raise _refused(f"the URL {_shown(url)} answered in an encoding that is neither gzip nor identity.")
    unpack = zlib.decompressobj(_GZIP)
    try:
        for piece in pieces:
            packed = piece
            while packed:
                if unpack.eof:  # Several gzip files in a row are one.
                    unpack = zlib.decompressobj(_GZIP)
                yield unpack.decompress(packed, _UNPACKED_BYTES)
                packed = unpack.unconsumed_tail or unpack.unused_data
        yield unpack.flush()
    except zlib.error as error:
        raise _refused(f"the URL {_shown(url)} gave a damaged gzip file.") from error
    if not unpack.eof:
        raise _failed(f"the URL {_shown(url)} broke off or gave no valid answer.")


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
        raise _refused(f"the URL {_shown(url)} gave an empty file.")


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to nothing but permitted addresses, and to the very address that was checked."""

    def __init__(self, allowed: Allowed, deadline: float) -> None:
        self._allowed = allowed
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        """See httpcore. Raises MediaError for an address that is not permitted."""
        error: Exception | None = None
        addresses = list(self._resolve(host, port))
        for i, address in enumerate(addresses):
            if not self._allowed.permits(host, address):
                raise _refused(f"the host {host} cannot be fetched from: its address {address} is not public.")
            # One that does not answer leaves the others their share of the time.
            patience_s = _left(self._deadline) / (len(addresses) - i)
            try:
                stream = self._network.connect_tcp(str(address), port, timeout=patience_s)
                return _Stream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        raise error or httpcore.ConnectError(f"{host} has no address")

    def _resolve(self, host: str, port: int) -> Iterator[Address]:
        try:
            found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise _failed(f"the host {host} is not known.") from error
        for *_, place in found:
            yield ipaddress.ip_address(str(place[0]).partition("%")[0])

    def sleep(self, seconds: float) -> None:
        """See httpcore."""
        self._network.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """A connection whose every read and write ends at the deadline, so that a server that drips cannot hold it."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=_left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=_left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, timeout=_left(self._deadline))
        return _Stream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    """Seconds until the deadline. Raises TimeoutError when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _timeouts(deadline: float) -> dict[str, float]:
    return dict.fromkeys(("connect", "read", "write", "pool"), _left(deadline))


def _is_public(address: Address) -> bool:
    """Whether anybody on the internet could reach it; addresses inside other addresses are looked at too."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
        if address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast


def _is_host_name(entry: str) -> bool:
    """Names of containers may have underscores. What ends in a number is an address, if not a good one."""
    labels = entry.rstrip(".").split(".")
    return (
        len(entry) <= 253
        and not labels[-1].isdecimal()
        and all(0 < len(label) <= 63 and re.fullmatch(r"[A-Za-z0-9_-]+", label) for label in labels)
    )


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())


def _joined(url: str, target: str) -> str:
    """Where a redirect leads. Raises MediaError."""
    try:
        return urljoin(url, target)
    except ValueError as error:
        raise _refused(f"the URL {_shown(url)} redirects to what is not a URL.") from error


def _target(url: str) -> httpcore.URL:
    """The URL as it goes over the wire: host in IDNA, the rest percent-encoded, no fragment.

    In parts, as httpcore would lose what follows a semicolon.
    """
    parts = urlsplit(url)
    query = f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
    return httpcore.URL(
        scheme=parts.scheme.lower(),
        host=_ascii_host(parts),
        port=parts.port,
        target=f"{quote(parts.path, safe=_SAFE) or '/'}{query}",
    )


def _host_header(parts: SplitResult) -> str:
    host = _ascii_host(parts)
    name = f"[{host}]" if ":" in host else host
    return name if parts.port is None else f"{name}:{parts.port}"


def _ascii_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return host if ":" in host else host.encode("idna").decode("ascii")


def _header(answer: httpcore.Response, name: bytes) -> str | None:
    value = next((value for key, value in answer.headers if key.lower() == name), None)
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _shown(url: str) -> str:
    """A URL for a message: without query and fragment, not too long."""
    text = "".join(c for c in url.partition("?")[0].partition("#")[0] if c.isprintable())
    scheme, separator, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    text = f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
    return text if len(text) <= 200 else text[:200] + "…"


def _too_long(url: str) -> MediaError:
    return _refused(f"the URL {_shown(url)} gives more than the limit of {MAX_BYTES // 10**6} MB.")


def _failed(message: str) -> MediaError:
    return MediaError(message, code="fetch_failed")


def _refused(message: str) -> MediaError:
    return MediaError(message, code="fetch_refused")
