"""The web, as far as the tests need it."""

from __future__ import annotations

import contextlib
import http.server
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    """What a server says to one path, as badly as wanted."""

    content: bytes = b""
    status: int = 200
    headers: Mapping[str, str | bytes] = field(default_factory=dict)
    #: What Content-Length claims; None leaves it out, so that the end of the connection is the end of the file.
    length: int | None = -1
    #: Seconds before each byte.
    drip_s: float = 0.0


class Web:
    """A web server on loopback whose files a test can change."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.files: dict[str, bytes] = {}
        #: For what is not simply a file.
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        #: The headers of the last request.
        self.headers: dict[str, str] = {}
        self._closing = threading.Event()
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.asked.append(self.path)
                web.headers = {name.lower(): value for name, value in self.headers.items()}
                answer = web._answer(self.path)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self._send_header(name, value)
                if answer.length is not None:
                    self.send_header("Content-Length", str(len(answer.content) if answer.length < 0 else answer.length))
                self.end_headers()
                with contextlib.suppress(OSError):  # The client may have heard enough.
                    self._send(answer)

            def _send(self, answer: Answer) -> None:
                if not answer.drip_s:
                    self.wfile.write(answer.content)
                    return
                for byte in answer.content:
                    if web._closing.wait(answer.drip_s):
                        return
                    self.wfile.write(bytes([byte]))

            def _send_header(self, name: str, value: str | bytes) -> None:
                """Bytes are sent as they are, UTF-8 too."""
                self.send_header(name, value if isinstance(value, str) else value.decode("latin-1"))

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Server((host, port), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_port
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def _answer(self, path: str) -> Answer:
        if path in self.answers:
            return self.answers[path]
        content = self.files.get(path)
        return Answer(status=404) if content is None else Answer(content)

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not trust the certificate, or leaves, is no failure of the test's."""
