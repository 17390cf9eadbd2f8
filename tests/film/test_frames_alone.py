"""Frames draw only what moves, over what frames before left: each is as if it were drawn alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from limelight.acting.performance import Performance
from limelight.compose.background import open_background
from limelight.compose.figures import open_figure
from limelight.compose.scene import ScenePicture
from limelight.spec import (
    Avatar,
    Character,
    ColourBackground,
    Scene,
    SilentVoice,
    Source,
    TalkingPhoto,
    TextOverlay,
    VideoSpec,
)
from poses import pose

PHOTO = TalkingPhoto(source=Source(asset_id="photo"))
PEOPLE: dict[str, Character] = {
    "normal": Avatar(avatar_id="clara_studio_20261122"),
    "close up": Avatar(avatar_id="clara_studio_20261122", style="closeUp"),
    "circle": Avatar(avatar_id="wayne_20240422", style="circle"),
    "photo": PHOTO,
    "photo in a circle": PHOTO.model_copy(update={"style": "circle"}),
}
#: Far to both sides and back, so that what is left behind would be seen.
POSES = [
    pose({"jawOpen": 0.4}, head=(0.3, 0.1, 0.1)),
    pose({"mouthSmileLeft": 0.8, "eyeBlinkLeft": 1.0}, head=(-0.3, -0.1, -0.1)),
    pose({"jawOpen": 0.2}, head=(0.02, 0.0, 0.0)),
]


@pytest.fixture(scope="module")
def photo() -> Path:
    return Path(__file__).parents[1] / "data" / "astronaut.jpg"


@pytest.mark.parametrize("container", ["mp4", "webm"])
@pytest.mark.parametrize("who", PEOPLE)
def test_a_frame_does_not_depend_on_those_before(who: str, container: str, photo: Path) -> None:
    texts = tuple(TextOverlay(text="Words across all of it", position=(0.1, y), font_size=40) for y in (0.2, 0.6))
    scene = Scene(
        character=PEOPLE[who],
        voice=SilentVoice(duration_s=1),
        background=ColourBackground(colour="#d07030"),
        texts=texts,
    )
    spec = VideoSpec(scenes=(scene,), width=640, height=360, container=container)  # type: ignore[arg-type]
    together, alone = drawn(spec, POSES, photo), drawn(spec, POSES[-1:], photo)
    for one, other in zip(together, alone, strict=True):
        # Interpolation in parts of another size rounds the last digit differently.
        assert np.abs(one.astype(int) - other).max() <= 12


def drawn(spec: VideoSpec, poses: list[Performance], photo: Path) -> list[np.ndarray]:
    """The planes of the last of some frames."""
    scene, size = spec.scenes[0], (spec.width, spec.height)
    with open_background(scene.background, {}, *size, spec.fps, len(poses)) as background:
        figure = open_figure(scene.character, {"asset:photo": photo}, size)
        picture = ScenePicture(spec, scene, figure, background if spec.container == "mp4" else None)
        for one in poses:
            planes = picture.frame(one, 0)
    return [plane.copy() for plane in planes.all()]
