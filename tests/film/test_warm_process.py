"""What a render process has done before does not show: the same scene has the same bytes. With the real renderer."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from limelight.catalog.avatars import presenters
from limelight.catalog.voices import voices
from limelight.jobs import children as pool
from limelight.jobs import process
from limelight.jobs.children import Children, Principal
from limelight.jobs.messages import CaptionScene, JoinScenes, RenderScene
from limelight.jobs.process import Process
from limelight.results import Film, Segment
from limelight.spec import (
    Avatar,
    Captions,
    ImageBackground,
    Scene,
    SilentVoice,
    Source,
    TalkingPhoto,
    TextOverlay,
    TextVoice,
    VideoSpec,
)
from places import DATA
from scenes import text_scene

PHOTO = Source(asset_id="4f0e6c1f5b5c4a3f9d0b8a7c6d5e4f30")
RENDERER = "limelight.render"


class Work(NamedTuple):
    """A film of one scene, and the files that it needs."""

    spec: VideoSpec
    files: dict[str, Path]


def spoken() -> Work:
    """A scene of text alone."""
    scene = text_scene("Hi.").model_copy(update={"texts": (TextOverlay(text="A title", font_size=20),)})
    return Work(VideoSpec(scenes=(scene,), width=256, height=192, captions=Captions()), {})


def other() -> Work:
    """As different as can be: another presenter, voice, size, frame rate and format."""
    british = next(voice for voice in voices() if voice.speaker.is_british)
    scene = Scene(
        character=Avatar(avatar_id=presenters()[-1].avatar_id, style="circle"),
        voice=TextVoice(voice_id=british.voice_id, script="How do you do?", speed=1.4, pitch=4),
    )
    return Work(VideoSpec(scenes=(scene,), width=320, height=128, fps=30, container="webm"), {})


def photo() -> Work:
    """A photo before a picture."""
    scene = Scene(
        character=TalkingPhoto(source=PHOTO, matting=True),
        voice=SilentVoice(duration_s=0.2),
        background=ImageBackground(source=PHOTO),
    )
    return Work(VideoSpec(scenes=(scene,), width=192, height=192), {PHOTO.key: DATA / "astronaut.jpg"})


def made(children: Children, work: Work, folder: Path) -> list[bytes]:
    """All that comes of a film's scene."""
    folder.mkdir()
    ann = Principal("ann")
    scene = RenderScene(renderer=RENDERER, spec=work.spec, index=0, folder=folder, files=work.files)
    segment = children.ask(scene, Segment, whose=ann)
    caption = CaptionScene(renderer=RENDERER, spec=work.spec, index=0, folder=folder, segment=segment)
    segment = children.ask(caption, Segment, whose=ann)
    join = JoinScenes(renderer=RENDERER, spec=work.spec, folder=folder, segments=(segment,))
    film = children.ask(join, Film, whose=ann)
    files = [segment.video, segment.sound, segment.words, film.video, film.thumbnail, film.gif]
    return [file.read_bytes() for file in [*files, *filter(None, [film.captioned])]]


def test_a_scene_is_the_same_in_a_process_that_has_made_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Process] = []

    class Counted(Process):
        def __init__(self) -> None:
            super().__init__()
            started.append(self)

    monkeypatch.setattr(pool, "Process", Counted)
    monkeypatch.setattr(process, "MAX_MEMORY_BYTES", 1 << 40)
    children = Children()
    first = made(children, spoken(), tmp_path / "first")
    its_photo = made(children, photo(), tmp_path / "photo")
    made(children, other(), tmp_path / "other")
    assert made(children, spoken(), tmp_path / "again") == first
    assert made(children, photo(), tmp_path / "photo-again") == its_photo
    assert len(started) == 1
    children.close()
