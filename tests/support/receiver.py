"""A web server that hears webhooks."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import threading
from dataclasses import dataclass
from typing import Any

from serving import eventually


@dataclass(frozen=True)
class Told:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.raw)
        return content

    def is_signed_with(self, secret: str) -> bool:
        good = hmac.new(secret.encode(), self.raw, hashlib.sha256).hexdigest()
        return all(self.headers[name] == good for name in ("x-heygen-signature", "signature", "heygen-signature"))


class Receiver:
    """A web server that is told; `answers` are the statuses of the next requests to a path, 200 after them."""

    def __init__(self, port: int = 0) -> None:
        self.told: list[Told] = []
        self.answers: dict[str, list[int]] = {}
        #: Requests to a path that begins with /held are answered when it is set.
        self.go = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                receiver.told.append(Told(self.path, {k.lower(): v for k, v in self.headers.items()}, raw))
                if self.path.startswith("/held"):
                    receiver.go.wait(120)
                answers = receiver.answers.get(self.path)
                status = answers.pop(0) if answers else 200
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", f"{receiver.url}/elsewhere")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def at(self, path: str, video_id: str | None = None, count: int = 1) -> list[Told]:
        """What was told at a path, of a video, when there are so many."""

        def found() -> list[Told]:
            here = [told for told in self.told if told.path == path]
            return [told for told in here if video_id in (None, told.json["event_data"].get("video_id"))]

        return eventually(lambda: told if len(told := found()) >= count else [], f"webhook {count} at {path}")

    def close(self) -> None:
        self.go.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that was killed is no failure of the test's."""
