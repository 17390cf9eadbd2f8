"""Loaded when Python starts: what a program sends to HeyGen's hosts goes to the port PROXY_PORT on this machine.

TLS is as usual; the program and the certificate's check are not touched.
"""

from __future__ import annotations

import os
import socket
from typing import Any

_find, _connect = socket.getaddrinfo, socket.socket.connect
#: An address for documentation (RFC 5737), which stands for HeyGen's.
_HEYGEN = "192.0.2.1"


def _find_here(host: Any, *rest: Any, **more: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else str(host)
    return _find(_HEYGEN if name.endswith(".heygen.com") else host, *rest, **more)


def _connect_here(self: socket.socket, address: Any) -> None:
    if address[0] == _HEYGEN:
        address = ("127.0.0.1", int(os.environ["PROXY_PORT"]))
    _connect(self, address)


socket.getaddrinfo = _find_here
socket.socket.connect = _connect_here  # type: ignore[method-assign, assignment]
