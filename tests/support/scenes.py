"""What the tests render: scenes with the catalog's first presenter, and the real pipeline over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from limelight.catalog.avatars import default_avatar
from limelight.render import caption_scene, join_scenes, render_scene
from limelight.results import Film, Segment
from limelight.spec import Avatar, ColourBackground, Scene, SilentVoice, TextVoice, VideoSpec

#: Full of p, b, m, f, v and open vowels.
SENTENCE = "My father bought five apples, and Mary put them all back in the big brown box."


@dataclass(frozen=True, slots=True)
class Rendered:
    spec: VideoSpec
    segments: list[Segment]
    film: Film


def text_scene(script: str, colour: str = "#e8ecf2", style: str = "normal") -> Scene:
    entry = default_avatar()
    return Scene(
        character=Avatar(avatar_id=entry.avatar_id, style=style),  # type: ignore[arg-type]
        voice=TextVoice(voice_id=entry.default_voice_id, script=script),
        background=ColourBackground(colour=colour),
    )


def silent_scene(duration_s: float, colour: str = "#e8ecf2", *, presenter: bool = True) -> Scene:
    character = Avatar(avatar_id=default_avatar().avatar_id) if presenter else None
    return Scene(
        character=character, voice=SilentVoice(duration_s=duration_s), background=ColourBackground(colour=colour)
    )


def render(spec: VideoSpec, folder: Path, files: Mapping[str, Path] | None = None) -> Rendered:
    """The whole pipeline over a spec, with the user's files by `Source.key`."""
    segments = []
    for i in range(len(spec.scenes)):
        segment = render_scene(spec, i, folder, files or {}, lambda _: None)
        segments.append(caption_scene(spec, i, segment, folder, lambda _: None))
    return Rendered(spec, segments, join_scenes(spec, segments, folder, lambda _: None))
