"""A real server in a process of its own, and how tests talk to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx

from places import SUPPORT

API_KEY = "a-key-for-tests"
#: Two cores may be busy with something else.
PATIENCE_S = 240.0

T = TypeVar("T")


class Server:
    """`limelight serve` on a free port, from the first answer to the end of the with block."""

    def __init__(self, data_dir: Path, environment: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir.parent / f"{data_dir.name}-{self.port}.log"
        self.http = httpx.Client(base_url=self.url, headers={"X-Api-Key": API_KEY}, timeout=60)
        path = os.pathsep.join(filter(None, [str(SUPPORT), os.environ.get("PYTHONPATH")]))
        self.environment = {
            **os.environ, "PYTHONPATH": path, "LIMELIGHT_API_KEY": API_KEY, **(environment or {})
        }  # fmt: skip

    def __enter__(self) -> Server:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "limelight.cli", "serve", "--port", str(self.port), "--data-dir", self.data_dir],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        eventually(self._answers, "the server's first answer")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        finally:
            self.process.kill()
            self.process.wait()
            self.http.close()

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def generate(self, body: object) -> str:
        answer = self.http.post("/v2/video/generate", json=body)
        assert answer.status_code == 200, answer.text
        video_id: str = answer.json()["data"]["video_id"]
        return video_id

    def status(self, video_id: str) -> dict[str, Any]:
        answer = self.http.get("/v1/video_status.get", params={"video_id": video_id})
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def ended(self, video_id: str) -> dict[str, Any]:
        """The status when the video is completed or failed."""
        return eventually(
            lambda: status if (status := self.status(video_id))["status"] in ("completed", "failed") else None,
            "the end of the video",
        )

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.http.get("/").status_code == 200
        except httpx.TransportError:
            return False


def scripted(folder: Path, **settings: str) -> dict[str, str]:
    """Settings of a server whose renderer does what its scripts say, and logs it in this folder."""
    return {"LIMELIGHT_RENDERER": "scripted_renderer", "LIMELIGHT_SCRIPTED_FOLDER": str(folder), **settings}


def eventually(probe: Callable[[], T | None], what: str, patience_s: float = PATIENCE_S) -> T:
    """The first truthy value of the probe."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if value := probe():
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {patience_s:g} s in vain for {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def scene(script: str = "Hello there.", **voice: object) -> dict[str, Any]:
    """A scene as clients send it."""
    return {
        "character": {"type": "avatar", "avatar_id": "josh_lite3_20230714", "avatar_style": "normal"},
        "voice": {
            "type": "text", "input_text": script, "voice_id": "1bd001e7e50f421d891986aad5158bc8", **voice
        },
    }  # fmt: skip


def body(*scripts: str, width: int = 320, height: int = 240, **fields: object) -> dict[str, Any]:
    """A request as clients send it."""
    return {
        "video_inputs": [scene(script) for script in scripts or ("Hello there.",)],
        "dimension": {"width": width, "height": height},
        **fields,
    }
