"""Fields where nothing reads them are taken as they are meant; colours, styles and ids as people write them."""

from __future__ import annotations

from typing import Any

import pytest

from limelight.errors import AvatarNotFound, SpecError
from limelight.requests import parse_generate, parse_webm
from limelight.requests.known import Known
from limelight.spec import AudioVoice, Avatar, Captions, ColourBackground, TalkingPhoto, TextVoice, VideoSpec

JOSH, SARA, PAUL = "josh_lite3_20230714", "1bd001e7e50f421d891986aad5158bc8", "de8b5d78f2e0485f88d1e9f5c8e7f9a6"
VOICE = {"type": "text", "input_text": "Hello.", "voice_id": SARA}
WHO = {"type": "avatar", "avatar_id": JOSH}
RED = {"type": "color", "value": "#ff0000"}


def spec(*scenes: dict[str, Any], **fields: Any) -> VideoSpec:
    return parse_generate({"video_inputs": list(scenes), **fields}, Known(photo=lambda id: ("f" * 32,))).spec


def warned(*scenes: dict[str, Any], **fields: Any) -> list[tuple[str, str]]:
    request = parse_generate({"video_inputs": list(scenes), **fields})
    return [(warning.code, warning.field) for warning in request.warnings]


def test_a_presenter_in_the_scene_is_its_character() -> None:
    (scene,) = spec({"avatar_id": JOSH, "avatar_style": "closeUp", "scale": 1.5, "voice": VOICE}).scenes
    assert scene.character == Avatar(avatar_id=JOSH, style="closeUp", scale=1.5)
    assert warned({"avatar_id": JOSH, "voice": VOICE}) == []


def test_a_photo_in_the_scene_is_its_character() -> None:
    (scene,) = spec({"talking_photo_id": "me", "voice": VOICE}).scenes
    assert isinstance(scene.character, TalkingPhoto)


def test_a_presenter_in_the_scene_completes_a_character_without_one() -> None:
    (scene,) = spec(
        {"character": {"type": "avatar", "avatar_style": "closeUp"}, "avatar_id": JOSH, "voice": VOICE}
    ).scenes
    assert scene.character == Avatar(avatar_id=JOSH, style="closeUp")


def test_a_character_wins_over_the_scene() -> None:
    (scene,) = spec({"character": WHO, "avatar_id": "nobody", "voice": VOICE}).scenes
    assert scene.character == Avatar(avatar_id=JOSH)


def test_a_type_that_is_left_out_is_told_by_the_id() -> None:
    (scene,) = spec({"character": {"avatar_id": JOSH}, "voice": {"input_text": "Hi.", "voice_id": SARA}}).scenes
    assert scene.character == Avatar(avatar_id=JOSH) and isinstance(scene.voice, TextVoice)


def test_a_script_in_the_scene_is_its_voice() -> None:
    (scene,) = spec({"character": WHO, "input_text": "Hi.", "voice_id": SARA, "speed": 1.5}).scenes
    assert scene.voice == TextVoice(voice_id=SARA, script="Hi.", speed=1.5)


def test_what_is_of_every_scene_may_stand_beside_them() -> None:
    first, second = spec({"voice": VOICE}, {"voice": VOICE, "background": {"type": "color", "value": "#00ff00"}},
                         character=WHO, background=RED).scenes  # fmt: skip
    assert first.character == second.character == Avatar(avatar_id=JOSH)
    assert (first.background, second.background) == (
        ColourBackground(colour="#ff0000"),
        ColourBackground(colour="#00ff00"),
    )


@pytest.mark.parametrize("name", ["dimension", "dimensions"])
def test_a_size_in_a_scene_is_the_video_s(name: str) -> None:
    made = spec({"character": WHO, "voice": VOICE, name: {"width": 320, "height": 240}})
    assert (made.width, made.height) == (320, 240)


def test_of_two_sizes_the_first_counts_and_the_other_is_told() -> None:
    small, large = {"width": 320, "height": 240}, {"width": 640, "height": 480}
    scenes = [{"character": WHO, "voice": VOICE, "dimension": size} for size in (small, large)]
    assert spec(*scenes).width == 320
    assert warned(*scenes) == [("misplaced_field", "video_inputs[1].dimension")]
    assert spec(scenes[0], dimension=large).width == 640
    assert warned(scenes[0], dimension=large) == [("misplaced_field", "video_inputs[0].dimension")]
    assert warned(scenes[0], dimension=small) == []


def test_captions_in_a_scene_or_subtitles_alone_are_captions() -> None:
    scene = {"character": WHO, "voice": VOICE}
    assert spec({**scene, "caption": True}).captions == Captions()
    assert spec(scene, subtitles={"preset_name": "classic"}).captions == Captions()
    assert spec(scene, subtitles={"preset_name": "classic"}, caption=False).captions == Captions()
    assert spec(scene, caption=False).captions is None and spec(scene).captions is None


@pytest.mark.parametrize(
    ("in_scene", "beside"),
    [
        ({"fps": 24}, {}), ({"caption": "Some words"}, {}), ({"dimension": "1280x720"}, {}), ({"speed": "fast"}, {}),
        ({}, {"background": "#fff"}), ({}, {"background": {"type": "x"}}),
    ],
)  # fmt: skip
def test_what_cannot_be_read_where_it_belongs_is_no_error(in_scene: dict[str, Any], beside: dict[str, Any]) -> None:
    scene = {"character": WHO, "voice": VOICE, **in_scene}
    assert spec(scene, **beside) == spec({"character": WHO, "voice": VOICE})
    assert warned(scene, **beside) == [("misplaced_field", "video_inputs[0]")]


def test_a_presenter_in_the_scene_who_is_unknown_is_an_error() -> None:
    with pytest.raises(AvatarNotFound):
        parse_generate({"video_inputs": [{"avatar_id": "nobody", "voice": VOICE}]})


def test_the_body_itself_stays_as_it_was() -> None:
    body = {"video_inputs": [{"avatar_id": JOSH, "voice": VOICE}]}
    parse_generate(body)
    assert body == {"video_inputs": [{"avatar_id": JOSH, "voice": VOICE}]}


def test_a_scene_without_anybody_stays_so() -> None:
    (scene,) = spec({"voice": VOICE, "background": RED}).scenes
    assert scene.character is None


# As people write


@pytest.mark.parametrize(
    ("value", "colour"),
    [
        ("ff8000", "#ff8000"), ("#FF8000", "#ff8000"), ("f80", "#ff8800"), ("navy", "#000080"), ("Navy", "#000080"),
        ("rebeccapurple", "#663399"), ("rgb(255, 128, 0)", "#ff8000"), ("#00000080", "#7f7f7f"), ("#0008", "#777777"),
        ("rgba(0,0,0,0.5)", "#7f7f7f"), ("#ff8000ff", "#ff8000"),
    ],
)  # fmt: skip
def test_a_background_s_colour_is_written_as_in_css(value: str, colour: str) -> None:
    (scene,) = spec({"character": WHO, "voice": VOICE, "background": {"type": "color", "value": value}}).scenes
    assert scene.background == ColourBackground(colour=colour)


@pytest.mark.parametrize("value", ["transparent", "#fff0", "rgba(1,2,3,0)"])
def test_an_mp4_is_not_transparent(value: str) -> None:
    with pytest.raises(SpecError, match=r"video_inputs\[0\].background.value is invalid: a film cannot be transparent"):
        spec({"character": WHO, "voice": VOICE, "background": {"type": "color", "value": value}})


def test_close_up_is_spelled_either_way() -> None:
    (scene,) = spec({"character": {**WHO, "avatar_style": "close_up"}, "voice": VOICE}).scenes
    assert scene.character == Avatar(avatar_id=JOSH, style="closeUp")
    webm = {"avatar_pose_id": JOSH, "avatar_style": "close_up", "input_text": "Hi.", "voice_id": SARA}
    assert parse_webm(webm).spec.scenes[0].character == Avatar(avatar_id=JOSH, style="closeUp")


def test_a_presenter_speaks_with_its_own_voice_unless_another_is_named() -> None:
    (scene,) = spec({"character": WHO, "voice": {"type": "text", "input_text": "Hi."}}).scenes
    assert scene.voice == TextVoice(voice_id=PAUL, script="Hi.")
    webm = {"avatar_pose_id": JOSH, "avatar_style": "normal", "input_text": "Hi."}
    assert parse_webm(webm).spec.scenes[0].voice == TextVoice(voice_id=PAUL, script="Hi.")
    with pytest.raises(SpecError, match="voice_id is invalid: field required"):
        spec(
            {
                "character": {"type": "talking_photo", "talking_photo_id": "me"},
                "voice": {"type": "text", "input_text": "Hi."},
            }
        )


def test_ids_may_have_spaces_around_them() -> None:
    (scene,) = spec(
        {"character": {**WHO, "avatar_id": f" {JOSH}\n"}, "voice": {**VOICE, "voice_id": f"{SARA} "}}
    ).scenes
    assert scene.character == Avatar(avatar_id=JOSH) and scene.voice == TextVoice(voice_id=SARA, script="Hello.")


def test_a_transparent_film_takes_an_upload_s_id_as_its_sound() -> None:
    class Sound:
        file_type = "audio"
        content_type = "audio/mpeg"

    asset_id = "a" * 32
    body = {"avatar_pose_id": JOSH, "avatar_style": "normal", "input_audio": f" {asset_id}"}
    known = Known(asset=lambda id: Sound() if id == asset_id else None)  # type: ignore[arg-type, return-value]
    voice = parse_webm(body, known).spec.scenes[0].voice
    assert isinstance(voice, AudioVoice) and voice.source.asset_id == asset_id
    with pytest.raises(SpecError, match="input_audio is invalid: asset"):
        parse_webm(body)
