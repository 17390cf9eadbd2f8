"""How far a video is, from 0 to 1, and what is being done."""

from __future__ import annotations

from dataclasses import dataclass

from limelight.spec import AudioVoice, FilmVoice, Scene, TextVoice
from limelight.speech.length import length_s
from limelight.store import SceneState, Video

#: Where each stage of a scene begins, as a fraction of the time that it takes. A new scene has its captions drawn with
#: its picture; to draw them is a stage of kept scenes.
_STAGE_STARTS = {"speech": 0.0, "acting": 0.15, "picture": 0.17, "captions": 0.95}
#: The fraction of the whole that joining the scenes takes.
_JOIN = 0.04
#: Stands for the length of a recording, which is not known before it is downloaded.
_UNKNOWN_LENGTH_S = 15.0


@dataclass(frozen=True, slots=True)
class Position:
    """Where the work on a video stands."""

    #: 0 to 1
    progress: float
    #: speech, acting, picture, captions or film; None while it waits and when it has ended
    stage: str | None
    #: counted from 0; None where the stage is not one scene's
    scene: int | None


def position(video: Video) -> Position:
    """Where this video stands. Each scene weighs as much as its estimated length."""
    if video.status == "completed":
        return Position(1.0, None, None)
    weights = [_length_s(scene) for scene in video.spec.scenes]
    captioned = video.spec.captions is not None and video.spec.captions.burn_in
    done = sum(weight * _fraction(state, captioned) for weight, state in zip(weights, video.scenes, strict=True))
    progress = round((1 - _JOIN) * done / sum(weights), 3)
    if video.failure:
        return Position(progress, video.failure.stage, video.failure.scene)
    if all(state.state == "done" for state in video.scenes):
        return Position(progress, "film", None)
    current = next((state for state in video.scenes if state.state == "rendering"), None)
    return Position(progress, current.stage, current.index) if current else Position(progress, None, None)


def _fraction(state: SceneState, captioned: bool) -> float:
    if state.state == "done":
        return 1.0
    if state.state == "waiting" or state.stage not in _STAGE_STARTS:
        return 0.0
    starts = [name for name in _STAGE_STARTS if captioned or name != "captions"]
    start = _STAGE_STARTS[state.stage]
    later = starts[starts.index(state.stage) + 1 :]
    end = _STAGE_STARTS[later[0]] if later else 1.0
    return start + (end - start) * (state.frame / state.frames if state.frames else 0.0)


def _length_s(scene: Scene) -> float:
    if isinstance(scene.voice, TextVoice):
        return max(1.0, length_s(scene.voice.script, scene.voice.speed))
    if isinstance(scene.voice, AudioVoice | FilmVoice):
        return _UNKNOWN_LENGTH_S
    return scene.voice.duration_s
