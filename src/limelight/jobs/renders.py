"""Renders: each in a child process and a folder of its own, a limited number at once, with a retry when the process
dies."""

from __future__ import annotations

import logging
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

from limelight.jobs.children import Children, Principal
from limelight.jobs.messages import (
    CaptionScene,
    Checked,
    CheckedFurther,
    CheckFurther,
    CheckMedia,
    FetchMedia,
    JoinScenes,
    Parted,
    RemoveBackground,
    RenderScene,
    Said,
    Sampled,
    SampleScene,
    SayScript,
)
from limelight.jobs.process import ChildDied
from limelight.results import Film, Further, Layer, Report, Segment, growing_name
from limelight.spec import MediaKind, TextVoice, VideoSpec
from limelight.store import Video

#: A render whose process dies this often is given up.
MAX_ATTEMPTS = 3
DEFAULT_RENDERER = "limelight.render"

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Renders:
    """The renders of one server.

    At most `workers` scenes and films render at once, whatever an engine allows. The constructor empties `folder`.
    """

    def __init__(self, children: Children, folder: Path, *, renderer: str = DEFAULT_RENDERER, workers: int = 1) -> None:
        self.renderer = renderer
        #: One place per render. After a crash an engine resumes jobs past its queues, whose limits then do not hold.
        self.places = threading.BoundedSemaphore(workers)
        self._children = children
        self._folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    @contextmanager
    def attempt(self, name: str) -> Iterator[Path]:
        """A folder for one attempt, deleted at the end of the with block."""
        folder = self._folder / f"{name.replace('/', '-')}-{uuid.uuid4().hex[:8]}"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def scene_attempt(self, video_id: str, index: int) -> AbstractContextManager[Path]:
        """The same for a scene of a video."""
        return self.attempt(_scene_name(video_id, index))

    def growing(self, video_id: str, index: int) -> Path | None:
        """The MP4 of a scene that renders now, None where none does; it may be gone by the time that it is opened."""
        return next(self._folder.glob(f"{_scene_name(video_id, index)}-*/{growing_name(index)}"), None)

    def stop(self, video_id: str) -> None:
        """Kill this video's processes, and let none work for it any more."""
        self._children.stop(video_id)

    # Each of these works on somebody's behalf, and raises LimelightError, ChildDied among them, and Interrupted.

    def scene(
        self, spec: VideoSpec, index: int, folder: Path, files: Mapping[str, Path], report: Report, whose: Principal
    ) -> Segment:
        """Render a scene into `folder`, with the user's files by `Source.key`."""
        request = RenderScene(renderer=self.renderer, spec=spec, index=index, folder=folder, files=dict(files))
        return self._children.ask(request, Segment, report, whose=whose)

    def caption(
        self, spec: VideoSpec, index: int, folder: Path, segment: Segment, report: Report, whose: Principal
    ) -> Segment:
        """Draw a scene's captions on a copy of it in `folder`."""
        request = CaptionScene(renderer=self.renderer, spec=spec, index=index, folder=folder, segment=segment)
        return self._children.ask(request, Segment, report, whose=whose)

    def join(self, spec: VideoSpec, folder: Path, segments: Sequence[Segment], whose: Principal) -> Film:
        """Join scenes to a film in `folder`."""
        request = JoinScenes(renderer=self.renderer, spec=spec, folder=folder, segments=tuple(segments))
        return self._children.ask(request, Film, whose=whose)

    def sample(self, spec: VideoSpec, folder: Path, whose: Principal) -> Path:
        """An MP3 of the first scene's sound."""
        request = SampleScene(renderer=self.renderer, spec=spec, folder=folder)
        return self._children.ask(request, Sampled, whose=whose).file

    def say(self, voice: TextVoice, folder: Path, whose: Principal, *, aloud: bool) -> Said:
        """How a script is read, and with `aloud` an MP3 of it."""
        request = SayScript(renderer=self.renderer, voice=voice, folder=folder, aloud=aloud)
        return self._children.ask(request, Said, whose=whose)

    def fetch(self, kind: MediaKind, url: str, file: Path, whose: Principal) -> Checked:
        """Download a URL into `file`, and check that it can be used as this kind."""
        request = FetchMedia(renderer=self.renderer, kind=kind, url=url, file=file)
        return self._children.ask(request, Checked, whose=whose)

    def check(self, kind: MediaKind, file: Path, whose: Principal) -> Checked:
        """Check that a file can be used as this kind."""
        request = CheckMedia(renderer=self.renderer, kind=kind, file=file)
        return self._children.ask(request, Checked, whose=whose)

    def check_further(self, file: Path, more: Sequence[Path], whose: Principal) -> Sequence[Further]:
        """What each further picture of a person gives to the rig of the first."""
        request = CheckFurther(renderer=self.renderer, file=file, more=tuple(more))
        return self._children.ask(request, CheckedFurther, whose=whose).further

    def remove_background(
        self, file: Path, layers: Sequence[Layer], folder: Path, whose: Principal
    ) -> Mapping[Layer, Path]:
        """PNGs of layers of a picture of a person, in `folder`."""
        request = RemoveBackground(renderer=self.renderer, file=file, layers=tuple(layers), folder=folder)
        return self._children.ask(request, Parted, whose=whose).files


def _scene_name(video_id: str, index: int) -> str:
    return f"{video_id}-{index:03d}"


def principal_of(video: Video) -> Principal:
    """On whose behalf a video is made."""
    return Principal(video.account_id, video.id)


def with_retries(what: str, attempt: Callable[[], T]) -> T:
    """What `attempt` returns, with a retry each time its process died, up to MAX_ATTEMPTS. Raises LimelightError."""
    for left in reversed(range(MAX_ATTEMPTS)):
        try:
            return attempt()
        except ChildDied as died:
            _log.warning("%s: %s", what, died.message)
            if left == 0:
                raise
    raise AssertionError
