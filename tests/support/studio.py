"""Store, objects and film jobs over one folder, with the scripted renderer in real child processes."""

from __future__ import annotations

from pathlib import Path

from limelight.jobs.admission import Admission
from limelight.jobs.children import Children
from limelight.jobs.engine import Engine, Memory, MemoryEngine
from limelight.jobs.films import Films
from limelight.jobs.leftovers import Leftovers
from limelight.jobs.live import Live
from limelight.jobs.media import UserMedia
from limelight.jobs.renders import Renders
from limelight.jobs.scenes import Scenes
from limelight.jobs.segments import SEGMENT_DAYS, Segments
from limelight.metrics import Metrics
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

    def start(self, segment_days: float = SEGMENT_DAYS) -> None:
        store, objects, metrics = self.store, self.objects, Metrics()
        self._children = Children()
        self.renders = renders = Renders(self._children, self.folder / "attempts", renderer="scripted_renderer")
        self.media = UserMedia(store, objects, renders)
        segments = Segments(objects, "scripted_renderer", days=segment_days)
        scenes = Scenes(store, objects, renders, self.media, segments, metrics)
        self.leftovers = Leftovers(store, objects, segments)
        self.live = Live(store, objects, renders, self.leftovers)
        self.films = Films(store, objects, renders, self.media, scenes, self.leftovers, metrics=metrics)
        self.engine: Engine = MemoryEngine(self._memory)
        self.admission = Admission(store, self.engine, self.films)
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
