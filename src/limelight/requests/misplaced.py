"""Fields of POST /v2/video/generate that stand where nothing reads them: taken as they are meant.

Without this they would give a wrong film in silence: a presenter in the scene instead of in its `character` is a white
film with a voice. Where it is not certain what is meant, a warning says what was made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from limelight.notices import VideoWarning

#: The code of a warning about a field that was taken, or left out, because of its place.
MISPLACED = "misplaced_field"

_WHO = ("avatar_id", "talking_photo_id")
#: What belongs into `character`, `voice`, and beside the scenes.
_OF_CHARACTER = (
    *_WHO,
    "avatar_style",
    "talking_photo_style",
    "talking_style",
    "expression",
    "scale",
    "offset",
    "matting",
    "circle_background_color",
    "outfit_colour",
    "outfit_color",
)
_OF_VOICE = ("input_text", "voice_id", "speed", "pitch", "emotion", "audio_url", "audio_asset_id")
_OF_VIDEO = ("dimension", "dimensions", "aspect_ratio", "fps", "caption", "caption_mode")
_OF_SCENE = ("character", "background", "voice")


def put_in_place(body: object) -> tuple[object, tuple[VideoWarning, ...]]:
    """The body with misplaced fields where they belong, and what is not certain about it. The body itself is not
    changed."""
    if not isinstance(body, dict) or not isinstance(body.get("video_inputs"), list):
        return body, ()
    warnings: list[VideoWarning] = []
    whole = dict(body)
    scenes = [dict(scene) if isinstance(scene, dict) else scene for scene in body["video_inputs"]]
    for i, scene in enumerate(scenes):
        if isinstance(scene, dict):
            _of_scene(scene)
            warnings += _of_video(scene, whole, i)
    _of_all(whole, scenes)
    if _given(whole.get("subtitles")) and not _given(whole.get("caption")) and not _given(whole.get("caption_mode")):
        whole["caption"] = True
    return {**whole, "video_inputs": scenes}, tuple(warnings)


def left_where_they_are(body: object, placed: object) -> tuple[VideoWarning, ...]:
    """The warning that the fields of a body, which would have been `placed` so, are left out after all."""
    assert isinstance(body, dict) and isinstance(placed, dict)
    scenes = zip(body["video_inputs"], placed["video_inputs"], strict=True)
    raised = {name for name in placed if name != "video_inputs" and placed[name] != body.get(name)}
    changed = [i for i, (before, after) in enumerate(scenes) if before != after or raised & set(before)]
    message = "fields stand where nothing reads them, and cannot be read where they belong; they are left out."
    return tuple(VideoWarning(MISPLACED, message, i + 1, f"video_inputs[{i}]") for i in changed)


def _of_scene(scene: dict[str, Any]) -> None:
    """Put a presenter and a voice that stand in the scene into their objects."""
    who = scene.get("character")
    if not _given(who) and any(_given(scene.get(name)) for name in _WHO):
        who = {}
    if isinstance(who, dict):
        if not any(_given(who.get(name)) for name in _WHO):
            who = {**_taken(scene, _OF_CHARACTER), **_without_nothing(who)}
        if not _given(who.get("type")) and any(_given(who.get(name)) for name in _WHO):
            who = {**who, "type": "avatar" if _given(who.get("avatar_id")) else "talking_photo"}
        if who:
            scene["character"] = who
    heard = scene.get("voice")
    if not _given(heard) and _taken(scene, _OF_VOICE):
        heard = {}
    if isinstance(heard, dict):
        heard = {**_taken(scene, _OF_VOICE), **_without_nothing(heard)}
        if not _given(heard.get("type")):
            recorded = _given(heard.get("audio_url")) or _given(heard.get("audio_asset_id"))
            if recorded or _given(heard.get("input_text")):
                heard = {**heard, "type": "audio" if recorded else "text"}
        scene["voice"] = heard


def _of_video(scene: dict[str, Any], whole: dict[str, Any], i: int) -> Iterator[VideoWarning]:
    """Put beside the scenes what stands in one; say where the video has another already."""
    for name in _OF_VIDEO:
        value = scene.get(name)
        if not _given(value):
            continue
        if not _given(whole.get(name)):
            whole[name] = value
        elif whole[name] != value:
            field = f"video_inputs[{i}].{name}"
            message = f"{name} is of the whole video, which has another already; this one is left out."
            yield VideoWarning(MISPLACED, message, i + 1, field)


def _of_all(whole: dict[str, Any], scenes: list[Any]) -> None:
    """Give every scene what stands beside them and it does not have itself."""
    for name in _OF_SCENE:
        value = whole.get(name)
        if not _given(value):
            continue
        for scene in scenes:
            if isinstance(scene, dict) and not _given(scene.get(name)):
                scene[name] = value


def _taken(scene: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: scene[name] for name in names if _given(scene.get(name))}


def _without_nothing(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _given(value: object) -> bool:
    return value is not None and value != "" and value != {} and value is not False
