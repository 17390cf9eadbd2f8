"""A film is made without a word to anybody and without a file elsewhere, by our code and by every library's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import sealed
from machine import lacks
from places import DATA, SUPPORT
from serving import body

PORTRAIT = DATA / "astronaut.jpg"


class Cell:
    """A home, a working folder and a place for temporary files, all new and empty; programs in it reach nobody."""

    def __init__(self, folder: Path) -> None:
        if reason := sealed.why_not():
            lacks(reason)
        self.home, self.here, self.temp, self.data = (folder / name for name in ("home", "here", "temp", "data"))
        for new in (self.home, self.here, self.temp):
            new.mkdir()
        self.film = folder / "film.mp4"

    def run(self, *command: object, text: str = "") -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
        return subprocess.run(
            [sys.executable, str(SUPPORT / "sealed.py"), sys.executable, *map(str, command)],
            env={**kept, "HOME": str(self.home), "TMPDIR": str(self.temp), "PYTHONPATH": str(SUPPORT)},
            cwd=self.here, input=text, capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    def left(self) -> list[str]:
        """What lies outside of the data folder and the one for temporary files."""
        return [path.name for folder in (self.home, self.here) for path in folder.rglob("*")]


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    return Cell(tmp_path)


@pytest.mark.parametrize("attempt", ["getaddrinfo('example.org', 443)", "create_connection(('192.0.2.1', 443), 1)"])
def test_a_look_up_is_the_end_of_a_sealed_program_and_of_those_it_starts(cell: Cell, attempt: str) -> None:
    """Otherwise the tests below would say nothing."""
    program = f"import socket; socket.{attempt}"
    assert cell.run("-c", program).returncode == -signal.SIGSYS
    starts = "import subprocess, sys; print(subprocess.run([sys.executable, *sys.argv[1:]]).returncode)"
    assert cell.run("-c", starts, "-c", program).stdout.strip() == str(-signal.SIGSYS)


def test_a_server_makes_a_film_and_reaches_nobody(cell: Cell) -> None:
    made = cell.run(SUPPORT / "films_made_alone.py", cell.data, text=json.dumps(body("Hi.", width=128, height=128)))
    assert made.stdout.split() == ["completed"], made.stdout + made.stderr
    assert cell.left() == []


def test_the_command_line_lets_a_photo_speak_and_reaches_nobody(cell: Cell) -> None:
    options = (
        "--no-cache",
        "--script",
        "Hi.",
        "--photo",
        PORTRAIT,
        "--captions",
        "--size",
        "128x128",
        "--output",
        cell.film,
    )
    made = cell.run("-m", "limelight.cli", "render", *options)
    assert made.returncode == 0, made.stderr
    assert cell.film.stat().st_size > 0
    assert cell.left() == []
