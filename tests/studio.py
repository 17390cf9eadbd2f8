"""Store, objects and film jobs over one folder, with the scripted renderer in real child processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from limelight.jobs.children import Children
from limelight.jobs.engine import Engine, Memory, MemoryEngine
from limelight.jobs.films import Films
from limelight.requests import parse_generate
from limelight.store import NewVideo, Objects, Store, Video
from serving import body, eventually


class Studio:
    """Store, objects, children and an engine in memory over one folder; `restart` is a stop and a new start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.objects = Objects(folder / "objects")
        self.store = Store(f"sqlite:///{folder / 'rows.db'}")
        self._memory = Memory()
        self.start()

    def start(self, **options: Any) -> None:
        self._children = Children()
        attempts = self.folder / "attempts"
        self.films = Films(self.store, self.objects, self._children, attempts, renderer="scripted_renderer", **options)
        self.engine: Engine = MemoryEngine(self._memory)
        self.engine.launch(self.films)

    def stop(self) -> None:
        self._children.close()
        self.engine.close()

    def keep(self, *scripts: str) -> str:
        request = parse_generate(body(*scripts))
        return self.store.videos.create(NewVideo(request.spec, body(*scripts))).id

    def submit(self, *scripts: str) -> str:
        video_id = self.keep(*scripts)
        self.engine.submit(video_id)
        return video_id

    def video(self, video_id: str) -> Video:
        video = self.store.videos.get(video_id)
        assert video
        return video

    def ended(self, video_id: str) -> Video:
        return eventually(
            lambda: video if (video := self.video(video_id)).status in ("completed", "failed") else None, "the end"
        )

    def log(self) -> list[str]:
        log = self.folder / "log"
        return log.read_text().splitlines() if log.exists() else []
