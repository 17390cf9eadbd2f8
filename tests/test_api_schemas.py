"""Bodies are read as leniently, and errors worded as exactly, as existing clients need."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from typing import Any

import pytest

from limelight.api.schemas import parse_generate
from limelight.errors import AvatarNotFound, ScriptInvalid, SpecError, VoiceNotFound
from limelight.spec import SilentVoice, TextVoice
from serving import body, scene


def with_field(path: str, value: object) -> dict[str, Any]:
    """A good body with one field set, by a path like `video_inputs.0.voice.speed`."""
    changed: Any = body("One.", "Two.", "Three.")
    at = changed
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    for part in parents:
        at = at.setdefault(part, {}) if isinstance(at, dict) else at[part]
    at[last] = value
    return changed  # type: ignore[no-any-return]


def message(body: object) -> str:
    with pytest.raises(SpecError) as caught:
        parse_generate(body)
    return caught.value.message


def test_the_smallest_body_and_its_defaults() -> None:
    request = parse_generate({"video_inputs": [scene()]})
    (only,) = request.spec.scenes
    assert (request.spec.width, request.spec.height) == (1920, 1080)
    assert only.background.colour == "#ffffff"
    assert only.character
    assert (only.character.style, only.character.scale, only.character.offset) == ("normal", 1.0, (0.0, 0.0))
    assert isinstance(only.voice, TextVoice)
    assert (only.voice.speed, only.voice.pitch) == (1.0, 0.0)
    assert (request.title, request.test, request.caption, request.callback_url) == (None, False, False, None)


def test_everything_that_is_kept_beside_the_spec() -> None:
    kept = {"title": "T", "test": True, "callback_id": "mine", "callback_url": "https://example.com/", "folder_id": "f"}
    request = parse_generate(body(**kept, caption=False))
    assert {name: getattr(request, name) for name in kept} == kept


def test_null_is_absent_unknown_is_ignored_and_numbers_may_be_strings() -> None:
    plain = parse_generate(body("Hello there.", width=1280, height=720))
    odd = body("Hello there.", aspect_ratio=None, callback_id=None, caption=None, use_magic=[1, {"x": None}])
    odd["dimension"] = {"width": "1280", "height": 720.0, "depth": 3}
    odd["video_inputs"][0]["character"] |= {"scale": "1.0", "offset": {"x": "0", "y": None}, "matting": True}
    odd["video_inputs"][0]["voice"] |= {"speed": "1", "pitch": "0", "elevanlabs_settings": {}}
    odd["video_inputs"][0]["background"] = None
    assert parse_generate(odd).spec == plain.spec


def test_dimensions_is_dimension_and_aspect_ratio_fills_in_for_it() -> None:
    without = body()
    size = without.pop("dimension")
    assert parse_generate({**without, "dimensions": size}).spec.width == 320
    tall = parse_generate({**without, "aspect_ratio": "9:16"}).spec
    assert (tall.width, tall.height) == (1080, 1920)
    assert parse_generate({**without, "dimensions": size, "aspect_ratio": "9:16"}).spec.width == 320
    assert message({**without, "aspect_ratio": "7:3"}) == (
        "aspect_ratio is invalid: '7:3' is not one of 16:9, 9:16, 1:1."
    )


@pytest.mark.parametrize(
    ("written", "meant"), [("#FAFAFA", "#fafafa"), ("#abc", "#aabbcc"), (" #1a1a2e ", "#1a1a2e"), ("#FFF", "#ffffff")]
)
def test_colours(written: str, meant: str) -> None:
    spec = parse_generate(with_field("video_inputs.0.background", {"type": "color", "value": written})).spec
    assert spec.scenes[0].background.colour == meant


def test_silence_and_no_presenter() -> None:
    request = parse_generate({"video_inputs": [{"voice": {"type": "silence", "duration": "1.5"}, "character": None}]})
    (only,) = request.spec.scenes
    assert only.character is None
    assert only.voice == SilentVoice(duration_s=1.5)


def test_offset_scale_style_speed_and_pitch_arrive() -> None:
    full = with_field(
        "video_inputs.1.character",
        {
            "type": "avatar", "avatar_id": "josh_lite3_20230714", "avatar_style": "closeUp", "scale": 5,
            "offset": {"x": -0.25, "y": 0.5},
        },
    )  # fmt: skip
    full["video_inputs"][1]["voice"] |= {"speed": 2, "pitch": -50}
    second = parse_generate(full).spec.scenes[1]
    assert second.character
    assert (second.character.style, second.character.scale, second.character.offset) == ("closeUp", 5.0, (-0.25, 0.5))
    assert isinstance(second.voice, TextVoice)
    assert (second.voice.speed, second.voice.pitch) == (2.0, -50.0)


def test_fifty_scenes_of_the_longest_script_are_taken() -> None:
    longest = "word " * 999 + "word."
    assert len(longest) == 5000
    assert len(parse_generate(body(*[longest] * 50)).spec.scenes) == 50


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("video_inputs", None, "video_inputs is invalid: field required."),
        ("video_inputs", {}, "video_inputs is invalid: it must be a list."),
        ("video_inputs", [], "video_inputs is invalid: it is empty, the least is 1."),
        ("video_inputs", [scene()] * 51, "video_inputs is invalid: it has 51 entries, the limit is 50."),
        ("video_inputs.1", 7, "video_inputs[1] is invalid: it must be a JSON object."),
        ("video_inputs.2.voice", None, "video_inputs[2].voice is invalid: field required."),
        ("video_inputs.2.voice.speed", 0.4, "video_inputs[2].voice.speed is invalid: 0.4 is below the limit of 0.5."),
        ("video_inputs.2.voice.speed", 2.1, "video_inputs[2].voice.speed is invalid: 2.1 is above the limit of 2."),
        ("video_inputs.0.voice.pitch", 51, "video_inputs[0].voice.pitch is invalid: 51 is above the limit of 50."),
        ("video_inputs.0.voice.pitch", "high", "video_inputs[0].voice.pitch is invalid: 'high' is not a number."),
        ("video_inputs.0.voice.pitch", float("nan"), "video_inputs[0].voice.pitch is invalid: 'nan' is not a number."),
        ("video_inputs.0.voice.voice_id", "", "video_inputs[0].voice.voice_id is invalid: field required."),
        (
            "video_inputs.0.voice.voice_id",
            "a" * 129,
            "video_inputs[0].voice.voice_id is invalid: it has 129 characters, ",
        ),
        ("video_inputs.0.voice.type", "silence", "video_inputs[0].voice.duration is invalid: field required."),
        ("video_inputs.0.voice.type", "sung", "video_inputs[0].voice.type is invalid: 'sung' is not one of 'text', "),
        ("video_inputs.0.character.avatar_id", None, "video_inputs[0].character.avatar_id is invalid: field required."),
        ("video_inputs.0.character.scale", 7, "video_inputs[0].character.scale is invalid: 7 is above the limit of 5."),
        (
            "video_inputs.0.character.offset",
            3,
            "video_inputs[0].character.offset is invalid: it must be a JSON object.",
        ),
        (
            "video_inputs.0.background.value",
            "red",
            "video_inputs[0].background.value is invalid: 'red' is not a colour",
        ),
        ("dimension.width", 1281, "dimension.width is invalid: 1281 is odd, it must be even, from 128 to 4096."),
        ("dimension.height", 126, "dimension.height is invalid: 126 is below the limit of 128."),
        ("dimension.height", 4098, "dimension.height is invalid: 4098 is above the limit of 4096."),
        ("dimension.height", 0.5, "dimension.height is invalid: '0.5' is not a whole number."),
        ("dimension.height", None, "dimension.height is invalid: field required."),
        ("test", "maybe", "test is invalid: 'maybe' is neither true nor false."),
        ("caption", "perhaps", "caption is invalid: 'perhaps' is neither true nor false."),
        ("title", ["a"], "title is invalid: it must be text."),
    ],
)
def test_what_is_wrong_is_named_with_its_field_and_limit(path: str, value: object, said: str) -> None:
    assert message(with_field(path, value)).startswith(said)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("video_inputs.1.character.type", "talking_photo", "video_inputs[1].character.type"),
        ("video_inputs.1.character.avatar_style", "circle", "video_inputs[1].character.avatar_style"),
        ("video_inputs.1.voice.type", "audio", "video_inputs[1].voice.type"),
        (
            "video_inputs.1.background",
            {"type": "image", "url": "https://example.com"},
            "video_inputs[1].background.type",
        ),
        (
            "video_inputs.1.background",
            {"type": "video", "url": "https://example.com"},
            "video_inputs[1].background.type",
        ),
        ("video_inputs.1.text", {"type": "text", "text": "Hi"}, "video_inputs[1].text"),
        ("caption", True, "caption"),
        ("caption", {"enabled": True}, "caption"),
        ("caption_mode", "burn_in", "caption_mode"),
    ],
)
def test_what_cannot_be_made_yet_is_refused_and_not_left_out(path: str, value: object, field: str) -> None:
    said = message(with_field(path, value))
    assert said.startswith(f"{field} is invalid: ")
    assert "not supported yet" in said


@pytest.mark.parametrize("wrong", [None, [], "text", 5, True])
def test_a_body_that_is_no_object(wrong: object) -> None:
    assert message(wrong) == "request body is invalid: it must be a JSON object."


@pytest.mark.parametrize("text", ["half \ud800 a pair", "nul \x00"])
def test_text_that_cannot_be_stored(text: str) -> None:
    assert message(body(title=text)).startswith("request body is invalid: ")


def test_backslashes_are_text() -> None:
    assert parse_generate(body(title="a \\u0000 b")).title == "a \\u0000 b"


def test_unknown_ids_have_their_own_errors_and_words() -> None:
    with pytest.raises(AvatarNotFound, match=r"^avatar nobody_1 not found or no longer available\.$"):
        parse_generate(with_field("video_inputs.2.character.avatar_id", "nobody_1"))
    with pytest.raises(VoiceNotFound, match=r"^voice nobody_1 not found\.$"):
        parse_generate(with_field("video_inputs.2.voice.voice_id", "nobody_1"))


@pytest.mark.parametrize(
    "script", ["", "  ", "x " * 3000, 'Hello <break time="soon"/> there.', ["no", "text"], None], ids=str
)
def test_script_errors_are_told_apart_by_their_words(script: object) -> None:
    for bad in (body(*[script] * 1), with_field("video_inputs.2.voice.input_text", script)):
        bad = copy.deepcopy(bad)
        with pytest.raises(ScriptInvalid) as caught:
            parse_generate(bad)
        assert "script" in caught.value.message
        assert not any(word in caught.value.message for word in ("voice", "avatar", "quota", "credit"))


def test_a_script_error_says_which_scene_where_there_are_several() -> None:
    long = "x " * 3000
    assert message(body(long)) == "script is too long: 6000 characters, the limit is 5000."
    assert message(body("One.", long)) == "script is too long: 6000 characters, the limit is 5000 (video_inputs[1])."


def test_no_message_speaks_of_credit_by_quoting() -> None:
    for path in ("video_inputs.0.voice.type", "video_inputs.0.background.value", "caption", "test"):
        said = message(with_field(path, "quota credit balance"))
        assert not any(word in said for word in ("quota", "credit", "balance"))


def test_long_values_are_not_echoed_at_length() -> None:
    for value in ("9" * 4000, 10**300, ["x"] * 2000):
        assert len(message(with_field("dimension.width", value))) < 200


def test_parsing_needs_no_http_framework() -> None:
    """`limelight render SPEC.json` uses it too."""
    code = "import sys, limelight.api.schemas; sys.exit('fastapi' in sys.modules or 'uvicorn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_same_body_gives_the_same_spec() -> None:
    text = json.dumps(body("One.", "Two."))
    assert parse_generate(json.loads(text)).spec == parse_generate(json.loads(text)).spec
