"""Films that several tests look at are rendered once for the whole run, with the real voice and the real presenter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from limelight.spec import VideoSpec
from scenes import SENTENCE, Rendered, render, silent_scene, text_scene


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
