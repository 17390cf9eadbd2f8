"""Connections to servers that users name: which URLs are valid, which addresses are permitted, and until when.

A user's URL is not trusted: it may point at this machine's own network, or at a server that answers for ever. So only
http and https are allowed; addresses that are not public are refused unless a setting names them; the connection goes
to the very address that was checked, even if the name resolves to another one a moment later; and every wait of a
request ends at one deadline. Downloads (`network.fetch`) and webhooks (`service.deliveries`) share this module.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

import certifi
import httpcore

from limelight import __version__
from limelight.errors import SpecError

MAX_URL_CHARACTERS = 4096
USER_AGENT = f"Limelight/{__version__}"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
#: No address outside it is public; IPv4-compatible, site-local and reserved ones lie outside.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
#: Characters of a URL's path and query that are not encoded; a percent sign counts as the start of an encoded one.
_SAFE = "!#$%&'()*+,/:;=?@[]~"


class AddressRefused(Exception):
    """A host has an address that is not permitted."""

    def __init__(self, host: str, address: Address) -> None:
        super().__init__(f"{host} is {address}, which is not public")
        self.host = host
        self.address = address


class HostUnknown(Exception):
    """A host name does not resolve to an address."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is not known")
        self.host = host


@dataclass(frozen=True, slots=True)
class Allowed:
    """Hosts and networks that are permitted although they are not public."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, setting: str | None) -> Allowed:
        """Read LIMELIGHT_FETCH_ALLOW: host names, addresses and CIDR networks, separated by commas or spaces.

        Raises SpecError, which names the entry, for one that is none of these.
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
        """Whether a connection to this address, to which `host` resolves, is permitted."""
        if host.lower().rstrip(".") in self.hosts:
            return True
        return _is_public(address) or any(address in network for network in self.networks)


#: Permits public addresses alone.
PUBLIC = Allowed()
#: Permits every address.
ANYWHERE = Allowed(networks=(ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")))


def url_problem(url: str) -> str | None:
    """What is wrong with a URL by its text alone; None where nothing is."""
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


def address_problem(url: str, allowed: Allowed) -> str | None:
    """What is wrong with a URL's address where its host is a literal address or localhost; else None.

    For URLs without a `url_problem`. What other names resolve to is checked when a connection is made.
    """
    host = urlsplit(url).hostname or ""
    address = _literal(host)
    if address is None or allowed.permits(host, address):
        return None
    return f"its address {address} is not public"


def _literal(host: str) -> Address | None:
    """The address that a literal host stands for, in any spelling, or localhost's; None for any other name."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return ipaddress.IPv4Address("127.0.0.1")
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return ipaddress.ip_address(str(found[0][4][0]).partition("%")[0])


class CheckedNetwork(httpcore.NetworkBackend):
    """Connects to permitted addresses only, and to the very address that was checked."""

    def __init__(self, allowed: Allowed, deadline: float) -> None:
        """`deadline` is in seconds of `time.monotonic`."""
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
        """See httpcore. Raises AddressRefused and HostUnknown."""
        error: Exception | None = None
        addresses = list(self._resolve(host, port))
        for i, address in enumerate(addresses):
            if not self._allowed.permits(host, address):
                raise AddressRefused(host, address)
            # The time left is shared out, so that an address that does not answer leaves time for the others.
            patience_s = left_s(self._deadline) / (len(addresses) - i)
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
            raise HostUnknown(host) from error
        for *_, place in found:
            yield ipaddress.ip_address(str(place[0]).partition("%")[0])

    def sleep(self, seconds: float) -> None:
        """See httpcore."""
        self._network.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """A connection whose reads and writes end at the deadline, so that a server that sends slowly cannot hold it."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=left_s(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=left_s(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, timeout=left_s(self._deadline))
        return _Stream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def left_s(deadline: float) -> float:
    """Seconds until the deadline, which is in seconds of `time.monotonic`. Raises TimeoutError when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def timeouts(deadline: float) -> dict[str, float]:
    """The `timeout` extension of an httpcore request: the seconds left, for each of its waits. Raises TimeoutError."""
    return dict.fromkeys(("connect", "read", "write", "pool"), left_s(deadline))


def tls() -> ssl.SSLContext:
    """A TLS context that verifies servers' certificates."""
    return ssl.create_default_context(cafile=certifi.where())


def certificate_refused(error: httpcore.ConnectError) -> bool:
    """Whether a connection failed because of the server's certificate."""
    return isinstance(error.__cause__ or error.__context__, ssl.SSLCertVerificationError)


def wire_url(url: str) -> httpcore.URL:
    """The URL for httpcore: host in IDNA, path and query percent-encoded, no fragment.

    It is built from parts, because httpcore's own parser loses what follows a semicolon.
    """
    parts = urlsplit(url)
    query = f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
    return httpcore.URL(
        scheme=parts.scheme.lower(),
        host=_ascii_host(parts),
        port=parts.port,
        target=f"{quote(parts.path, safe=_SAFE) or '/'}{query}",
    )


def host_header(url: str) -> str:
    """The value of the Host header for a URL."""
    parts = urlsplit(url)
    host = _ascii_host(parts)
    name = f"[{host}]" if ":" in host else host
    return name if parts.port is None else f"{name}:{parts.port}"


def _ascii_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return host if ":" in host else host.encode("idna").decode("ascii")


def _is_public(address: Address) -> bool:
    """Whether an address is public; of an IPv6 address that contains an IPv4 one, whether that is."""
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
    """Whether this is a host name. Names of containers may have underscores; a last label of digits is an address's."""
    labels = entry.rstrip(".").split(".")
    return (
        len(entry) <= 253
        and not labels[-1].isdecimal()
        and all(0 < len(label) <= 63 and re.fullmatch(r"[A-Za-z0-9_-]+", label) for label in labels)
    )
