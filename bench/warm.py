"""What render processes that are kept save a server: `python bench/warm.py [--scenes 10] [--rounds 2]`.

Prints the core seconds of a film of short scenes, made by a server's jobs whose processes are kept, and by one that
starts a process for each request, in turns; and what the process that is kept holds of memory. On Linux alone.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from bench.costs.measured import processor_s
from limelight.catalog.avatars import default_avatar
from limelight.catalog.voices import voice_named
from limelight.jobs import process
from limelight.service.server import Service
from limelight.service.settings import Settings

_KEY = "bench"
_SIZE = {"width": 1280, "height": 720}
#: How many orders a process takes.
_ORDERS = {"kept": process.MAX_ORDERS, "started anew": 1}


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    for _ in range(options.rounds):
        for name, orders in _ORDERS.items():
            with patch.object(process, "MAX_ORDERS", orders), tempfile.TemporaryDirectory() as folder:
                busy_s, film_s, held = film(Path(folder) / "data", options.scenes)
            each = f"{busy_s / options.scenes:.2f} core seconds a scene of {film_s / options.scenes:.1f} s"
            print(f"{name:12} {busy_s:6.1f} core seconds, {each}; {held / 1e9:.2f} GB are held", flush=True)


def film(data_dir: Path, scenes: int) -> tuple[float, float, int]:
    """Core seconds of a film's making, its length in seconds, and the bytes that processes then hold."""
    service = Service(Settings.from_environment(data_dir, {**os.environ, "LIMELIGHT_API_KEY": _KEY}))
    try:
        service.start()
        caller = service.callers.of_key(_KEY)
        assert caller
        before_s = processor_s(os.getpid())
        body = {"video_inputs": [_scene(f"Part {i + 1} of our tour.") for i in range(scenes)], "dimension": _SIZE}
        video_id = service.videos.generate(body, caller, "http://localhost").id
        while (video := service.videos.get(video_id, caller)) is None or video.status not in ("completed", "failed"):
            time.sleep(0.5)
        assert video.duration_s, video.failure
        return processor_s(os.getpid()) - before_s, video.duration_s, _held()
    finally:
        service.stop()


def _scene(script: str) -> dict[str, object]:
    return {
        "character": {"type": "avatar", "avatar_id": default_avatar().avatar_id},
        "voice": {"type": "text", "input_text": script, "voice_id": voice_named("Sara").voice_id},
    }


def _held() -> int:
    """Resident bytes of this process's children."""
    children = " ".join(file.read_text() for file in Path("/proc/self/task").glob("*/children")).split()
    statms = [Path(f"/proc/{pid}/statm").read_text() for pid in children]
    return sum(int(statm.split()[1]) for statm in statms) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
