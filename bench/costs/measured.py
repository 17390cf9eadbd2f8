"""One case of `bench/cost.py`, measured in this process: `python measured.py CASE.json RESULT.json`.

It runs with the packages of the build that is measured, an older one perhaps, so it asks only for what builds share:
the spec's fields, the renderer's functions, HTTP. The result has the core seconds and the wall seconds of each stage,
of this process and its ended children, and the most memory that it held.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: What a case asks to be spoken is said by its presenter's own voice.
OWN_VOICE = "own"
_KEY = "bench"


def main() -> None:
    """Measure a case."""
    case = json.loads(Path(sys.argv[1]).read_text())
    if cores := case.get("cores"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:cores]))
    result = {"render": render, "server": serve, "voice": say, "frames": frames}[case["do"]](case)
    result["memory_mb"] = most_mb()
    Path(sys.argv[2]).write_text(json.dumps(result))


_SELF, _CHILDREN = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN


def core_s() -> float:
    """Core seconds of this process and of its ended children, since its start."""
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (_SELF, _CHILDREN)))


def most_mb() -> float:
    """The most memory that this process has held, on Linux; the system's own count begins with that of its parent."""
    told = Path("/proc/self/status").read_text()
    return int(told.split("VmHWM:")[1].split()[0]) / 1000 * 1.024


class Stages:
    """Core and wall seconds by stage: what is used until `to` is called belongs to the stage before."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {}
        # A process's start, imports included, is a stage of its own.
        self._name, self._core, self._wall = "start", 0.0, time.perf_counter()

    def to(self, name: str) -> None:
        """A stage begins, or goes on."""
        if name == self._name:
            return
        core, wall = core_s(), time.perf_counter()
        spent = self.spent.setdefault(self._name, [0.0, 0.0])
        spent[0] += core - self._core
        spent[1] += wall - self._wall
        self._name, self._core, self._wall = name, core, wall

    def result(self) -> dict[str, Any]:
        """All that is spent until now."""
        self.to("")
        return {
            "core_s": {name: core for name, (core, _) in self.spent.items()},
            "wall_s": {name: wall for name, (_, wall) in self.spent.items()},
        }


def render(case: dict[str, Any]) -> dict[str, Any]:
    """A film by the renderer's own functions, as the command line calls them."""
    stages = Stages()
    from limelight.render import caption_scene, join_scenes, render_scene
    from limelight.spec import VideoSpec

    spec = VideoSpec.model_validate(_with_voices(case["spec"]))
    files = {key: Path(file) for key, file in case.get("files", {}).items()}
    folder = Path(case["folder"])

    def report(progress: Any) -> None:
        stages.to(progress.stage)

    segments = [render_scene(spec, i, folder, files, report) for i in range(len(spec.scenes))]
    segments = [caption_scene(spec, i, segment, folder, report) for i, segment in enumerate(segments)]
    film = join_scenes(spec, segments, folder, report)
    sizes = {"film_s": film.duration_s, "bytes": film.video.stat().st_size}
    return {**stages.result(), **sizes, "video": str(film.video)}


def _with_voices(spec: dict[str, Any]) -> dict[str, Any]:
    from limelight.catalog.avatars import avatar

    for scene in spec["scenes"]:
        if scene["voice"].get("voice_id") == OWN_VOICE:
            scene["voice"]["voice_id"] = avatar(scene["character"]["avatar_id"]).default_voice_id
    return spec


def serve(case: dict[str, Any]) -> dict[str, Any]:
    """A film that a server makes; the server's start and end count as well, in a stage of their own."""
    with server(Path(case["folder"])) as (http, pid):
        begun, before = time.perf_counter(), processor_s(pid)
        answer = http.post("/v2/video/generate", json=case["body"])
        assert answer.status_code == 200, answer.text
        video_id = answer.json()["data"]["video_id"]
        while (status := _status(http, video_id))["status"] not in ("completed", "failed"):
            time.sleep(0.5)
        assert status["status"] == "completed", status
        wall, used = time.perf_counter() - begun, processor_s(pid) - before
        held = _tree_mb(pid)
    spent = {"start": core_s() - used, "jobs": used}
    return {"core_s": spent, "wall_s": {"jobs": wall}, "film_s": status["duration"], "held_mb": held}


@contextmanager
def server(data_dir: Path) -> Iterator[tuple[Any, int]]:
    """A server that answers, as an HTTPX client, and its process."""
    import httpx

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "limelight.cli", "serve", "--port", str(port), "--data-dir", str(data_dir)]
    environment = {**os.environ, "LIMELIGHT_API_KEY": _KEY}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"X-Api-Key": _KEY}, timeout=60) as http:
            while True:
                try:
                    http.get("/")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield http, process.pid
    finally:
        process.terminate()
        process.wait()


def _status(http: Any, video_id: str) -> dict[str, Any]:
    data: dict[str, Any] = http.get("/v1/video_status.get", params={"video_id": video_id}).json()["data"]
    return data


def processor_s(pid: int) -> float:
    """Seconds that a process and its children have kept a core busy; on Linux alone."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return float("nan")
    with_ended = sum(map(int, stat.read_text().rpartition(")")[2].split()[11:15])) / os.sysconf("SC_CLK_TCK")
    return with_ended + sum(map(processor_s, _children(pid)))


def _tree_mb(pid: int) -> float:
    """Resident memory of a process and all that it started, on Linux."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6 + sum(map(_tree_mb, _children(pid)))


def _children(pid: int) -> list[int]:
    lists = (file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children"))
    return [int(child) for child in " ".join(lists).split()]


def say(case: dict[str, Any]) -> dict[str, Any]:
    """The large voice alone: the same tokens and style rows in every build."""
    import numpy as np

    from limelight.speech.kokoro import kokoro

    stages = Stages()
    model: Any = kokoro()
    given = np.load(case["tokens"])
    sentences = [given[f"tokens{i}"] for i in range(int(given["count"]))]

    def speak(tokens: Any) -> Any:
        feeds = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": given["style"][len(tokens) - 1][None],
            "speed": np.array([1.0], np.float32),
        }
        if hasattr(model, "run"):
            return model.run([int(t) for t in tokens], given["style"], 1.0)[0]
        return model._session.run(["audio"], feeds)[0]

    speak(sentences[0])
    stages.to("voice")
    sounds = [np.asarray(speak(tokens), np.float32).ravel() for tokens in sentences]
    result = stages.result()
    case["sound"] = str(Path(case["folder"]) / "sound.npy")
    np.save(case["sound"], np.concatenate(sounds))
    return {**result, "film_s": sum(map(len, sounds)) / 24_000, "sound": case["sound"]}


def frames(case: dict[str, Any]) -> dict[str, Any]:
    """The picture path, acting to encoded, and the encoder alone on the same frames, in turns. This build only."""
    import numpy as np

    from limelight.acting.act import act
    from limelight.compose.background import open_background
    from limelight.compose.figures import open_figure
    from limelight.compose.scene import ScenePicture
    from limelight.media.film import SegmentWriter
    from limelight.render import _on_one_thread, speech_of
    from limelight.spec import VideoSpec, scene_seed

    spec = VideoSpec.model_validate(case["spec"])
    files = {key: Path(file) for key, file in case.get("files", {}).items()}
    scene, size, count = spec.scenes[0], (spec.width, spec.height), case["count"]
    speech = speech_of(scene.voice, files)
    spent = {"path": 0.0, "encoder": 0.0}
    for turn in range(case["rounds"] + 1):  # the first one compiles and loads
        before = core_s()
        performance = act(speech, scene_seed(spec, 0), len(speech.samples) * spec.fps // 48_000, spec.fps)
        acted = (core_s() - before) * count / len(performance)
        with _on_one_thread(), open_background(scene.background, files, *size, spec.fps, count) as background:
            figure = open_figure(scene.character, files, size)
            picture = ScenePicture(spec, scene, figure, background)
            kept = []
            before = core_s()
            with SegmentWriter(Path(case["folder"]) / "path.mp4", *size, spec.fps) as writer:
                for i in range(count):
                    writer.write(*picture.frame(performance, i).all())
            path = core_s() - before + acted
            for i in range(count):
                kept.append([np.copy(plane) for plane in picture.frame(performance, i).all()])
        before = core_s()
        with SegmentWriter(Path(case["folder"]) / "alone.mp4", *size, spec.fps) as writer:
            for planes in kept:
                writer.write(*planes)
        alone = core_s() - before
        if turn > 0:
            spent = {"path": spent["path"] + path, "encoder": spent["encoder"] + alone}
    return {"core_s": spent, "wall_s": {}, "film_s": case["rounds"] * count / spec.fps}


if __name__ == "__main__":
    main()
