"""Which requests put a user's file into the hands of a process, that then serves nobody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from limelight.jobs.messages import (
    CaptionScene,
    CheckFurther,
    CheckMedia,
    FetchMedia,
    JoinScenes,
    RemoveBackground,
    RenderScene,
    Request,
    SampleScene,
    SayScript,
)
from limelight.results import Segment
from limelight.spec import (
    AudioVoice,
    Avatar,
    ImageBackground,
    Scene,
    SilentVoice,
    Source,
    TalkingPhoto,
    TextOverlay,
    TextVoice,
    VideoBackground,
    VideoSpec,
)

FOLDER = FILE = Path("somewhere")
SOURCE = Source(url="https://example.org/file")
SPOKEN = TextVoice(voice_id="a", script="Hello.")
PLAIN = Scene(
    character=Avatar(avatar_id="a", outfit_colour="#102030"), voice=SPOKEN, texts=(TextOverlay(text="A title"),)
)
WITH_FILES = {
    "a picture behind": PLAIN.model_copy(update={"background": ImageBackground(source=SOURCE)}),
    "a film behind": PLAIN.model_copy(update={"background": VideoBackground(source=SOURCE)}),
    "a recording": PLAIN.model_copy(update={"voice": AudioVoice(source=SOURCE)}),
    "a photo": PLAIN.model_copy(update={"character": TalkingPhoto(source=SOURCE)}),
    "a logo": PLAIN.model_copy(update={"character": Avatar(avatar_id="a", logo=SOURCE)}),
}
ASKS: dict[str, Callable[[VideoSpec, int], Request]] = {
    "scene": lambda spec, i: RenderScene(renderer="r", spec=spec, index=i, folder=FOLDER, files={}),
    "caption": lambda spec, i: CaptionScene(
        renderer="r", spec=spec, index=i, folder=FOLDER, segment=Segment(FILE, FILE, FILE, 1)
    ),
    "join": lambda spec, _: JoinScenes(renderer="r", spec=spec, folder=FOLDER, segments=()),
}


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_what_is_made_of_text_alone_is_clean(ask: Callable[[VideoSpec, int], Request]) -> None:
    silent = PLAIN.model_copy(update={"character": None, "voice": SilentVoice(duration_s=1)})
    assert not ask(VideoSpec(scenes=(PLAIN, silent)), 1).opens_files


@pytest.mark.parametrize("scene", WITH_FILES.values(), ids=WITH_FILES)
@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_what_is_made_of_a_file_is_not(ask: Callable[[VideoSpec, int], Request], scene: Scene) -> None:
    assert ask(VideoSpec(scenes=(PLAIN, scene)), 1).opens_files


def test_another_scenes_file_counts_where_the_scenes_are_joined() -> None:
    spec = VideoSpec(scenes=(PLAIN, WITH_FILES["a photo"]))
    assert {name: ask(spec, 0).opens_files for name, ask in ASKS.items()} == {
        "scene": False, "caption": False, "join": True
    }  # fmt: skip


def test_a_file_that_the_spec_does_not_name_counts_too() -> None:
    spec = VideoSpec(scenes=(PLAIN,))
    assert RenderScene(renderer="r", spec=spec, index=0, folder=FOLDER, files={"url:x": FILE}).opens_files


def test_texts_and_samples_are_clean_and_all_that_takes_a_file_is_not() -> None:
    assert not SayScript(renderer="r", voice=SPOKEN, folder=FOLDER, aloud=True).opens_files
    assert not SampleScene(renderer="r", spec=VideoSpec(scenes=(PLAIN,)), folder=FOLDER).opens_files
    assert SampleScene(renderer="r", spec=VideoSpec(scenes=(WITH_FILES["a photo"],)), folder=FOLDER).opens_files
    asks: list[Request] = [
        FetchMedia(renderer="r", kind="image", url="https://example.org/a.png", file=FILE),
        CheckMedia(renderer="r", kind="portrait", file=FILE),
        CheckFurther(renderer="r", file=FILE, more=()),
        RemoveBackground(renderer="r", file=FILE, layers=("mask",), folder=FOLDER),
    ]
    assert all(ask.opens_files for ask in asks)
