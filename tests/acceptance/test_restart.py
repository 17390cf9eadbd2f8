"""kill -9 in the middle of a film costs the scene that was being rendered, and nothing else. With the real renderer."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import httpx

from limelight.store import Store
from serving import Server, body, eventually


def identity(file: Path) -> tuple[int, int, str]:
    """Another file, even with the same content, has another one."""
    stat = file.stat()
    return stat.st_ino, stat.st_mtime_ns, hashlib.sha256(file.read_bytes()).hexdigest()


def scenes(server: Server, video_id: str) -> list[tuple[str, int, int | None]]:
    """State, attempts and end of each scene, from the server's rows."""
    store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")
    try:
        video = store.videos.get(video_id)
        assert video
        return [(scene.state, scene.attempts, scene.finished_ms) for scene in video.scenes]
    finally:
        store.close()


def renders(data_dir: Path) -> list[int]:
    """Processes whose work lies in this data folder."""
    found = []
    for proc in Path("/proc").glob("[0-9]*"):
        try:
            command = (proc / "cmdline").read_bytes()
            environment = (proc / "environ").read_bytes()
            zombie = (proc / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if b"limelight.jobs.child" in command and os.fsencode(data_dir) in environment and not zombie:
            found.append(int(proc.name))
    return found


def test_kill_9_in_scene_2_of_3(tmp_path: Path) -> None:
    data_dir, mark = tmp_path / "data", {"LIMELIGHT_TEST_MARK": str(tmp_path / "data")}
    wanted: dict[str, Any] = body("One.", "This second scene is cut off in its middle, and made again.", "Three.")
    wanted["video_inputs"][2] = {"voice": {"type": "silence", "duration": 0.4}}

    with Server(data_dir, mark) as server:
        video_id = server.generate(wanted)
        eventually(lambda: (now := server.status(video_id))["scene"] == 2 and now["stage"], "work on scene 2")
        for _ in range(10):
            assert server.status(video_id)["status"] == "processing", "status is answered while a scene renders"
        server.kill()
    first_scene = data_dir / "objects" / "work" / video_id / "scene-000" / "video"
    before, rendered = scenes(server, video_id), identity(first_scene)
    assert [(state, attempts) for state, attempts, _ in before] == [("done", 1), ("rendering", 1), ("waiting", 0)]
    if Path("/proc/self/environ").exists():
        eventually(lambda: not renders(data_dir), "the render's end after its parent's", 30)

    with Server(data_dir, mark) as server:
        while (status := server.status(video_id))["status"] == "processing":
            if first_scene.exists():
                assert identity(first_scene) == rendered
        assert status["status"] == "completed", status
        after = scenes(server, video_id)
        assert after[0] == before[0], "scene 1 was not rendered again"
        assert [(state, attempts) for state, attempts, _ in after] == [("done", 1), ("done", 2), ("done", 1)]

        undisturbed = server.ended(server.generate(wanted))
        films = [httpx.get(url, timeout=60).content for url in (status["video_url"], undisturbed["video_url"])]
        assert films[0] == films[1], "and the film is the same as if nothing had happened"
