"""Films that several tests look at are rendered once for the whole run, with the real voice and the real presenter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from limelight.catalog.avatars import avatars
from limelight.render import Film, Segment, join_scenes, render_scene
from limelight.spec import Avatar, ColourBackground, Scene, SilentVoice, TextVoice, VideoSpec

#: Full of p, b, m, f, v and open vowels.
SENTENCE = "My father bought five apples, and Mary put them all back in the big brown box."


@dataclass(frozen=True, slots=True)
class Rendered:
    spec: VideoSpec
    segments: list[Segment]
    film: Film


def text_scene(script: str, colour: str = "#e8ecf2", style: str = "normal") -> Scene:
    entry = avatars()[0]
    return Scene(
        character=Avatar(avatar_id=entry.avatar_id, style=style),  # type: ignore[arg-type]
        voice=TextVoice(voice_id=entry.default_voice_id, script=script),
        background=ColourBackground(colour=colour),
    )


def silent_scene(duration_s: float, colour: str = "#e8ecf2", *, presenter: bool = True) -> Scene:
    character = Avatar(avatar_id=avatars()[0].avatar_id) if presenter else None
    return Scene(
        character=character, voice=SilentVoice(duration_s=duration_s), background=ColourBackground(colour=colour)
    )


def render(spec: VideoSpec, folder: Path) -> Rendered:
    segments = [render_scene(spec, i, folder, lambda _: None) for i in range(len(spec.scenes))]
    return Rendered(spec, segments, join_scenes(spec, segments, folder, lambda _: None))


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Callable[[VideoSpec], Rendered]:
    """Render a spec, once for each distinct one in the run."""
    done: dict[str, Rendered] = {}

    def get(spec: VideoSpec) -> Rendered:
        key = spec.model_dump_json()
        if key not in done:
            done[key] = render(spec, tmp_path_factory.mktemp("film"))
        return done[key]

    return get


@pytest.fixture(scope="session")
def speaking(rendered: Callable[[VideoSpec], Rendered]) -> Rendered:
    """One spoken sentence, 640 × 720."""
    return rendered(VideoSpec(scenes=(text_scene(SENTENCE),), width=640, height=720))


@pytest.fixture(scope="session")
def three_scenes(rendered: Callable[[VideoSpec], Rendered]) -> Rendered:
    """Spoken, silent and without a presenter, in three colours, 320 × 240."""
    scenes = (
        text_scene("One, two.", "#204060"),
        silent_scene(0.5, "#a03030"),
        silent_scene(0.3, "#30a030", presenter=False),
    )
    return rendered(VideoSpec(scenes=scenes, width=320, height=240))
