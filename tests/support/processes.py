"""Commands, and whether processes live."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def limelight(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command in a folder; it keeps no scenes, from which other tests would profit."""
    kept = {"XDG_CACHE_HOME": os.devnull}
    return subprocess.run(
        [sys.executable, "-m", "limelight.cli", *arguments],
        cwd=folder, env={**os.environ, **kept}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self").exists():
        return subprocess.run(["kill", "-0", str(pid)], check=False, capture_output=True).returncode == 0
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
