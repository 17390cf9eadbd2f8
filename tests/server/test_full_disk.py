"""A full disk is named wherever one looks, and is over when there is room again: the server goes on where it was."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from machine import lacks
from serving import Server, body, eventually, scripted

_DISK_MB = 24


class SmallDisk:
    """A file system of its own in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"
        self.folder.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m", "tmpfs", str(folder)], capture_output=True, text=True
        )
        if mounted.returncode:
            lacks(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")

    def fill(self) -> None:
        """To the last byte."""
        piece = 1 << 20
        with self._ballast.open("ab", buffering=0) as out:
            while piece:
                try:
                    out.write(bytes(piece))
                except OSError:
                    piece //= 2

    def empty(self) -> None:
        self._ballast.unlink()

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "disk")
    yield disk
    disk.close()


def test_a_server_says_that_its_disk_is_full_and_goes_on_when_there_is_room(disk: SmallDisk, tmp_path: Path) -> None:
    with Server(disk.folder, scripted(tmp_path)) as server:
        caught = server.generate(body("It waits."))
        eventually((tmp_path / "log").exists, "the render")
        disk.fill()
        (tmp_path / "go").touch()
        eventually(lambda: "is taken up again later" in server.log.read_text(), "its end", 60)

        ready = server.http.get("/readyz")
        assert (ready.status_code, ready.json()["objects"]) == (503, "the disk is full.")
        refused = server.http.post("/v2/video/generate", json=body("Two."))
        message = "store: the disk is full."
        assert refused.status_code == 507
        assert refused.json() == {"data": None, "error": message, "code": "disk_full", "message": message}
        upload = b"\x89PNG\r\n\x1a\n" + bytes(1 << 20)
        refused = server.http.post("/v1/asset", content=upload, headers={"Content-Type": "image/png"})
        assert refused.status_code == 507
        assert refused.json()["code"] == 50700
        assert "disk is full" in refused.json()["message"]
        assert "/v2/video/generate: store: the disk is full" in server.log.read_text()

        disk.empty()
        eventually(lambda: server.http.get("/readyz").status_code == 200, "readiness")
        after = server.generate(body("Three."))
        for video_id in (caught, after):
            assert server.ended(video_id)["status"] == "completed"


def test_a_video_that_does_not_fit_fails_by_the_disks_name_and_lets_the_next_one_in(
    disk: SmallDisk, tmp_path: Path
) -> None:
    with Server(disk.folder, scripted(tmp_path)) as server:
        large, small = server.generate(body("One.", "It fills.")), server.generate(body("Two."))
        failed = server.ended(large)
        assert failed["status"] == "failed"
        assert failed["failure_code"] == "disk_full"
        assert failed["failure_message"] == "scene 2 of 2, jobs: the disk is full."
        assert server.ended(small)["status"] == "completed"
        assert "the disk is full" in server.log.read_text()


def test_the_command_line_says_it_too(disk: SmallDisk, tmp_path: Path) -> None:
    disk.fill()
    command = [
        "render",
        "--no-cache",
        "--script",
        "Hi.",
        "--size",
        "128x128",
        "--output",
        str(disk.folder / "film.mp4"),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "limelight.cli", *command], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr
