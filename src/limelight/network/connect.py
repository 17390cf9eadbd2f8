"""The door to strangers' servers: what a URL may be, which addresses may be connected to, and until when.

A URL is a stranger's: it may point at this machine's own network, or at a server that answers for ever. So only http
and https are spoken, addresses that are not public are refused unless a setting names them, the address that was
checked is the address that is connected to, whatever the name means a moment later, and every wait has one deadline.
Downloads (`media.fetch`) and webhooks (`webhooks`) share it.
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
#: Nothing outside it is anybody's on the internet: IPv4-compatible, site-local and reserved addresses are.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
#: What may be left as it is in a URL's path and query; a percent sign is taken for the mark of an encoded character.
_SAFE = "!#$%&'()*+,/:;=?@[]~"


class AddressRefused(Exception):
    """A host's address that may not be connected to."""

    def __init__(self, host: str, address: Address) -> None:
        super().__init__(f"{host} is {address}, which is not public")
        self.host = host
        self.address = address


class HostUnknown(Exception):
    """A host that has no address."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is not known")
        self.host = host


@dataclass(frozen=True, slots=True)
class Allowed:
    """Hosts and networks that may be connected to although they are not public."""

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


#: Permits public addresses alone.
PUBLIC = Allowed()
#: Permits every address.
ANYWHERE = Allowed(networks=(ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")))


def url_problem(url: str) -> str | None:
    """What is wrong with a URL before it is asked for; None where nothing is."""
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
    """What is wrong with a URL whose address is known without asking anybody; None where nothing is or it is not known.

    For URLs without a `url_problem`. What a name stands for is checked when it is connected to.
    """
    host = urlsplit(url).hostname or ""
    address = _literal(host)
    if address is None or allowed.permits(host, address):
        return None
    return f"its address {address} is not public"


def _literal(host: str) -> Address | None:
    """The address that a host is, in any of its spellings; None for a name, other than this machine's own."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return ipaddress.IPv4Address("127.0.0.1")
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return ipaddress.ip_address(str(found[0][4][0]).partition("%")[0])


class CheckedNetwork(httpcore.NetworkBackend):
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
        """See httpcore. Raises AddressRefused and HostUnknown."""
        error: Exception | None = None
        addresses = list(self._resolve(host, port))
        for i, address in enumerate(addresses):
            if not self._allowed.permits(host, address):
                raise AddressRefused(host, address)
            # One that does not answer leaves the others their share of the time.
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
    """A connection whose every read and write ends at the deadline, so that a server that drips cannot hold it."""

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
    """Seconds until the deadline. Raises TimeoutError when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def timeouts(deadline: float) -> dict[str, float]:
    """For httpcore's requests: what is left, for each of its waits. Raises TimeoutError."""
    return dict.fromkeys(("connect", "read", "write", "pool"), left_s(deadline))


def tls() -> ssl.SSLContext:
    """Checks servers' certificates."""
    return ssl.create_default_context(cafile=certifi.where())


def certificate_refused(error: httpcore.ConnectError) -> bool:
    """Whether a connection failed because of the server's certificate."""
    return isinstance(error.__cause__ or error.__context__, ssl.SSLCertVerificationError)


def wire_url(url: str) -> httpcore.URL:
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


def host_header(url: str) -> str:
    """What Host says for a URL."""
    parts = urlsplit(url)
    host = _ascii_host(parts)
    name = f"[{host}]" if ":" in host else host
    return name if parts.port is None else f"{name}:{parts.port}"


def _ascii_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return host if ":" in host else host.encode("idna").decode("ascii")


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
