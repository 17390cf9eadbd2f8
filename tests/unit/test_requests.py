"""Bodies are read as leniently, and errors worded as exactly, as existing clients need."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, get_type_hints

import pytest

import limelight.client.requests as client
import limelight.requests.captions as captions_module
import limelight.requests.words as words_module
from limelight.errors import AvatarNotFound, ScriptInvalid, SpecError, VoiceNotFound
from limelight.requests import generate, parse_generate, parse_webm, parts, texts
from limelight.requests.create import parse_create
from limelight.requests.known import NOBODY, Known
from limelight.requests.wire import Wire
from limelight.spec import (
    Acting,
    AudioVoice,
    Avatar,
    Captions,
    ColourBackground,
    FileType,
    ImageBackground,
    Scene,
    SilentVoice,
    Source,
    TalkingPhoto,
    TalkingStyle,
    TextOverlay,
    TextVoice,
    VideoBackground,
    VideoSpec,
    scene_seed,
)
from serving import body, scene


def with_field(path: str, value: object) -> dict[str, Any]:
    """A good body with one field set, by a path like `video_inputs.0.voice.speed`."""
    changed = body("One.", "Two.", "Three.")
    at: Any = changed
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    for part in parents:
        at = at.setdefault(part, {}) if isinstance(at, dict) else at[part]
    at[last] = value
    return changed


def message(body: object, known: Known = NOBODY) -> str:
    with pytest.raises(SpecError) as caught:
        parse_generate(body, known)
    return caught.value.message


def test_the_smallest_body_and_its_defaults() -> None:
    request = parse_generate({"video_inputs": [scene()]})
    (only,) = request.spec.scenes
    assert (request.spec.width, request.spec.height) == (1920, 1080)
    assert only.background == ColourBackground(colour="#ffffff")
    assert (only.texts, request.spec.captions, request.spec.watermark) == ((), None, False)
    assert (request.spec.fps, request.spec.container) == (25, "mp4")
    assert only.character
    assert (only.character.style, only.character.scale, only.character.offset) == ("normal", 1.0, (0.0, 0.0))
    assert isinstance(only.voice, TextVoice)
    assert (only.voice.speed, only.voice.pitch) == (1.0, 0.0)
    assert (request.title, request.test, request.callback_url) == (None, False, None)


def test_everything_that_is_kept_beside_the_spec() -> None:
    kept = {"title": "T", "test": True, "callback_id": "mine", "callback_url": "https://example.com/", "folder_id": "f"}
    request = parse_generate(body() | kept | {"caption": False})
    assert {name: getattr(request, name) for name in kept} == kept


@pytest.mark.parametrize(
    ("style", "expression", "emotion", "meant"),
    [
        ("stable", "default", None, Acting(talking_style="stable")),
        ("expressive", "happy", "Excited", Acting(talking_style="expressive", expression="happy", emotion="excited")),
        (
            "Expressive",
            "HAPPY",
            "broadcaster",
            Acting(talking_style="expressive", expression="happy", emotion="broadcaster"),
        ),
        (None, None, "Soothing", Acting(emotion="soothing")),
        (None, None, "Serious", Acting(emotion="serious")),
        (None, None, " friendly ", Acting(emotion="friendly")),
        ("", "", "", Acting()),
        ("wild", "sad", "Furious", Acting()),
        (1, {"a": 1}, ["Excited"], Acting()),
    ],
)
@pytest.mark.parametrize("voice", ({}, {"type": "silence", "duration": 3}))
def test_how_a_presenter_acts(style: object, expression: object, emotion: object, meant: Acting, voice: Any) -> None:
    """Whatever clients send is read as leniently as before these fields did anything."""
    asked = scene()
    asked["character"] |= {"talking_style": style, "expression": expression}
    asked["voice"] |= {"emotion": emotion, **voice}
    assert parse_generate({"video_inputs": [asked]}).spec.scenes[0].acting == meant


def test_acting_does_not_change_what_is_acted() -> None:
    """Another manner of the same scene is the same person at the same moments, but another picture."""
    plain, happy = (
        parse_generate({"video_inputs": [{**scene(), "character": {**scene()["character"], "expression": expression}}]})
        for expression in ("default", "happy")
    )
    assert scene_seed(plain.spec, 0) == scene_seed(happy.spec, 0)
    assert plain.spec.model_dump(mode="json") != happy.spec.model_dump(mode="json")


def test_a_spec_that_was_stored_before_there_was_acting_is_read() -> None:
    stored = parse_generate({"video_inputs": [scene()]}).spec.model_dump(mode="json")
    del stored["scenes"][0]["acting"]
    assert VideoSpec.model_validate(stored).scenes[0].acting == Acting()


@pytest.mark.parametrize(
    ("asked", "style"),
    [("low", "stable"), ("medium", None), ("High", "expressive"), ("", None), (None, None), ("most", None), (3, None)],
)
def test_expressiveness_of_plain_fields(asked: object, style: TalkingStyle | None) -> None:
    request = parse_create({"avatar_id": "josh_lite3_20230714", "script": "Hi.", "expressiveness": asked})
    assert request.spec.scenes[0].acting == Acting(talking_style=style)


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
        "aspect_ratio is invalid: '7:3' is not one of 16:9, 9:16, 1:1, 4:3, 3:4, 5:4, 4:5, 3:2, 2:3, 21:9."
    )


@pytest.mark.parametrize("ratio", ["16:9", "9:16", "1:1", "4:3", "3:4", "5:4", "4:5", "3:2", "2:3", "21:9"])
def test_an_aspect_ratio_has_1080_pixels_on_its_shorter_side(ratio: str) -> None:
    spec = parse_generate({"video_inputs": [scene()], "aspect_ratio": ratio}).spec
    across, down = map(int, ratio.split(":"))
    assert min(spec.width, spec.height) == 1080
    assert spec.width * down == spec.height * across


@pytest.mark.parametrize("ratio", [None, "", "auto"])
def test_without_an_aspect_ratio_it_is_1920_by_1080(ratio: str | None) -> None:
    spec = parse_generate({"video_inputs": [scene()], "aspect_ratio": ratio}).spec
    assert (spec.width, spec.height) == (1920, 1080)


@pytest.mark.parametrize(
    ("written", "meant"), [("#FAFAFA", "#fafafa"), ("#abc", "#aabbcc"), (" #1a1a2e ", "#1a1a2e"), ("#FFF", "#ffffff")]
)
def test_colours(written: str, meant: str) -> None:
    spec = parse_generate(with_field("video_inputs.0.background", {"type": "color", "value": written})).spec
    assert spec.scenes[0].background == ColourBackground(colour=meant)


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
            "redd",
            "video_inputs[0].background.value is invalid: 'redd' is not a colour",
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


PHOTO_ID, PICTURE_ID, PERSON_ID = "1" * 32, "2" * 32, "3" * 32


def photo_with(**fields: object) -> dict[str, Any]:
    return with_field("video_inputs.1.character", {"type": "talking_photo", "talking_photo_id": PHOTO_ID, **fields})


def photos(id: str) -> tuple[str, ...]:
    return {PHOTO_ID: (PICTURE_ID,), PERSON_ID: (PICTURE_ID, "smile", "body")}.get(id, ())


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ({}, {}),
        ({"talking_photo_style": "circle", "circle_background_color": "#F00"},
         {"style": "circle", "circle_colour": "#ff0000"}),
        ({"talking_photo_style": "square", "circle_background_color": "no colour"}, {}),
        ({"scale": "1.5", "offset": {"x": 0.1, "y": "-0.2"}}, {"scale": 1.5, "offset": (0.1, -0.2)}),
        ({"matting": True, "talking_photo_style": None, "avatar_style": "closeUp"}, {"matting": True}),
        ({"fit": "contain", "super_resolution": True, "use_avatar_iv_model": True}, {"fit": "contain"}),
    ],
)  # fmt: skip
def test_a_talking_photo_becomes_the_picture_that_it_shows(asked: dict[str, Any], meant: dict[str, Any]) -> None:
    character = parse_generate(photo_with(**asked), Known(photo=photos)).spec.scenes[1].character
    assert character == TalkingPhoto(source=Source(asset_id=PICTURE_ID), **meant)


def test_a_talking_photo_has_the_further_pictures_of_its_person() -> None:
    asked = photo_with(talking_photo_id=PERSON_ID)
    character = parse_generate(asked, Known(photo=photos)).spec.scenes[1].character
    assert isinstance(character, TalkingPhoto)
    assert [picture.asset_id for picture in character.pictures] == [PICTURE_ID, "smile", "body"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"talking_photo_id": "nobody"}, "avatar nobody not found or no longer available."),
        ({"talking_photo_id": ""}, "video_inputs[1].character.talking_photo_id is invalid: field required."),
        ({"talking_photo_style": "round"}, "talking_photo_style is invalid: 'round' is not one of 'square', 'circle'."),
        ({"fit": "stretch"}, "fit is invalid: 'stretch' is not one of 'cover', 'contain'."),
        ({"scale": 2.5}, "scale is invalid: 2.5 is above the limit of 2 of a talking photo."),
        ({"matting": "perhaps"}, "matting is invalid: 'perhaps' is neither true nor false."),
        ({"talking_photo_style": "circle", "circle_background_color": "redd"}, "circle_background_color is invalid"),
    ],
)
def test_what_is_wrong_with_a_talking_photo_is_named(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError) as error:
        parse_generate(photo_with(**asked), Known(photo=photos))
    assert said in error.value.message


# pictures, films and recordings

BACKGROUND = "video_inputs.1.background"
VOICE = "video_inputs.1.voice"
A_URL = "https://example.com/a?b=c"


@dataclass(frozen=True)
class Upload:
    file_type: FileType
    content_type: str


#: One upload of each kind, by its id.
UPLOADS = {
    "a" * 32: Upload("image", "image/png"),
    "b" * 32: Upload("video", "video/mp4"),
    "c" * 32: Upload("audio", "audio/mpeg"),
    "e" * 32: Upload("image", "image/gif"),
}
IMAGE, VIDEO, AUDIO, GIF = UPLOADS
UNKNOWN = "d" * 32


def second(path: str, value: object) -> Scene:
    """The second scene of a body with one field set, where there are uploads."""
    return parse_generate(with_field(path, value), Known(asset=UPLOADS.get)).spec.scenes[1]


def complaint(path: str, value: object) -> str:
    return message(with_field(path, value), Known(asset=UPLOADS.get))


def test_a_picture_behind_and_its_defaults() -> None:
    for given in ({"url": A_URL}, {"url": A_URL, "image_asset_id": "", "fit": None, "play_style": None}):
        behind = second(BACKGROUND, {"type": "image", **given}).background
        assert behind == ImageBackground(source=Source(url=A_URL), fit="cover")


def test_a_film_behind_and_its_defaults() -> None:
    for given in ({"url": A_URL}, {"url": A_URL, "video_asset_id": None, "fit": None, "play_style": None}):
        behind = second(BACKGROUND, {"type": "video", **given}).background
        assert behind == VideoBackground(source=Source(url=A_URL), fit="cover", play_style="freeze")


@pytest.mark.parametrize("fit", ["cover", "contain", "crop", "none"])
@pytest.mark.parametrize("play_style", ["fit_to_scene", "freeze", "loop", "once", "full_video"])
def test_every_fit_and_play_style_arrives(fit: str, play_style: str) -> None:
    behind = second(BACKGROUND, {"type": "video", "url": A_URL, "fit": fit, "play_style": play_style}).background
    assert isinstance(behind, VideoBackground)
    assert (behind.fit, behind.play_style) == (fit, play_style)


def test_a_recording_is_a_voice() -> None:
    for given in ({"audio_url": A_URL}, {"audio_url": A_URL, "input_text": None, "speed": "1.0", "voice_id": None}):
        assert second(VOICE, {"type": "audio", **given}).voice == AudioVoice(source=Source(url=A_URL))


@pytest.mark.parametrize(
    ("path", "value", "asset_id"),
    [
        (BACKGROUND, {"type": "image", "image_asset_id": IMAGE}, IMAGE),
        (BACKGROUND, {"type": "image", "url": f"https://files.heygen.ai/asset/{IMAGE}"}, IMAGE),
        (BACKGROUND, {"type": "image", "url": f"HTTPS://Files.HeyGen.ai/asset/{IMAGE}/original.jpg?v=1"}, IMAGE),
        (BACKGROUND, {"type": "image", "url": f"http://127.0.0.1:8000/files/asset/{IMAGE}/a.png?e=1&s=x"}, IMAGE),
        (BACKGROUND, {"type": "video", "video_asset_id": VIDEO, "url": ""}, VIDEO),
        (BACKGROUND, {"type": "video", "url": f"https://files.heygen.ai/asset/{VIDEO}"}, VIDEO),
        (VOICE, {"type": "audio", "audio_asset_id": AUDIO}, AUDIO),
        (VOICE, {"type": "audio", "audio_url": f"https://files.heygen.ai/asset/{AUDIO}"}, AUDIO),
        (VOICE, {"type": "audio", "audio_asset_id": VIDEO}, VIDEO),
    ],
    ids=str,
)
def test_uploads_are_named_by_id_and_by_url(path: str, value: object, asset_id: str) -> None:
    ((_, source),) = second(path, value).sources()
    assert source == Source(asset_id=asset_id)


@pytest.mark.parametrize(
    "url",
    [
        f"https://example.com/asset/{UNKNOWN}",
        f"https://example.com/other/{IMAGE}",
        f"https://example.com/asset/{IMAGE}0",
        "https://files.heygen.ai/logo.png",
    ],
)
def test_another_site_s_url_is_fetched_although_it_looks_like_an_upload_s(url: str) -> None:
    behind = second(BACKGROUND, {"type": "image", "url": url}).background
    assert behind == ImageBackground(source=Source(url=url))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (BACKGROUND, {}, "background.value is invalid: field required."),
        (BACKGROUND, {"type": "color"}, "background.value is invalid: field required."),
        (BACKGROUND, {"type": "color", "value": "#12345"}, "background.value is invalid: '#12345' is not a colour"),
        (
            BACKGROUND,
            {"type": "color", "value": "transparent"},
            "background.value is invalid: a film cannot be transparent",
        ),
        (BACKGROUND, {"type": "color", "value": ""}, "background.value is invalid: '' is not a colour"),
        (BACKGROUND, {"type": "gif"}, "background.type is invalid: 'gif' is not one of 'color', 'image', 'video'."),
        (BACKGROUND, [], "background is invalid: it must be a JSON object."),
        (
            BACKGROUND,
            {"type": "image", "video_asset_id": VIDEO},
            "background.url is invalid: field required. Either url or image_asset_id needs to be provided.",
        ),
        (
            BACKGROUND,
            {"type": "video", "value": A_URL},
            "background.url is invalid: field required. Either url or video_asset_id needs to be provided.",
        ),
        (
            BACKGROUND,
            {"type": "image", "url": A_URL, "image_asset_id": IMAGE},
            "background.url is invalid: image_asset_id is given too, only one of them may be.",
        ),
        (
            BACKGROUND,
            {"type": "image", "url": A_URL, "fit": "stretch"},
            "background.fit is invalid: 'stretch' is not one of 'cover', 'contain', 'crop' or 'none'.",
        ),
        (
            BACKGROUND,
            {"type": "video", "url": A_URL, "play_style": "reverse"},
            "background.play_style is invalid: 'reverse' is not one of 'loop', 'freeze', 'once', ",
        ),
        (
            BACKGROUND,
            {"type": "image", "url": "a.png"},
            "background.url is invalid: it must begin with http:// or https://.",
        ),
        (
            BACKGROUND,
            {"type": "image", "url": "https://me:pass@example.com"},
            "background.url is invalid: it must not carry a user name or password.",
        ),
        (
            BACKGROUND,
            {"type": "image", "url": "https://example.com/" + "a" * 4077},
            "background.url is invalid: it has 4097 characters, the limit is 4096.",
        ),
        (
            BACKGROUND,
            {"type": "image", "image_asset_id": UNKNOWN},
            f"background.image_asset_id is invalid: asset '{UNKNOWN}' not found.",
        ),
        (
            BACKGROUND,
            {"type": "image", "url": f"https://files.heygen.ai/asset/{UNKNOWN}"},
            f"background.url is invalid: asset '{UNKNOWN}' not found.",
        ),
        (
            BACKGROUND,
            {"type": "image", "image_asset_id": VIDEO},
            f"background.image_asset_id is invalid: asset '{VIDEO}' is a video, not an image.",
        ),
        (
            BACKGROUND,
            {"type": "video", "url": f"https://files.heygen.ai/asset/{AUDIO}"},
            f"background.url is invalid: asset '{AUDIO}' is an audio file, not a video.",
        ),
        (
            VOICE,
            {"type": "audio", "audio_asset_id": IMAGE},
            f"voice.audio_asset_id is invalid: asset '{IMAGE}' is an image, not an audio file.",
        ),
        (
            VOICE,
            {"type": "audio"},
            "voice.audio_url is invalid: field required. Either audio_url or audio_asset_id needs to be provided.",
        ),
        (
            VOICE,
            {"type": "audio", "audio_url": A_URL, "audio_asset_id": AUDIO},
            "voice.audio_url is invalid: audio_asset_id is given too, only one of them may be.",
        ),
        (VOICE, {"type": "audio", "audio_url": 7}, "voice.audio_url is invalid: it must begin with http"),
    ],
    ids=str,
)
def test_what_is_wrong_with_media_is_named(path: str, value: object, said: str) -> None:
    assert complaint(path, value).startswith(f"video_inputs[1].{said}")


def test_a_query_that_may_hold_a_secret_is_not_echoed() -> None:
    assert "s3cr3t" not in complaint(BACKGROUND, {"type": "image", "url": "ftp://example.com/a?token=s3cr3t"})


# character


@pytest.mark.parametrize(
    ("written", "style"), [(None, "normal"), ("", "normal"), ("normal", "normal"), ("closeUp", "closeUp")]
)
def test_styles(written: str | None, style: str) -> None:
    shown = second("video_inputs.1.character.avatar_style", written).character
    assert shown
    assert shown.style == style


@pytest.mark.parametrize(("colour", "meant"), [(None, "#f6f6fc"), ("", "#f6f6fc"), ("#ABC", "#aabbcc")])
def test_a_circle_and_the_colour_in_it(colour: str | None, meant: str) -> None:
    who = {"type": "avatar", "avatar_id": "josh_lite3_20230714", "avatar_style": "circle"}
    shown = second("video_inputs.1.character", {**who, "circle_background_color": colour}).character
    assert shown
    assert (shown.style, shown.circle_colour) == ("circle", meant)


@pytest.mark.parametrize("style", ["voice_only", "voiceOnly"])
def test_a_presenter_who_is_only_heard_is_no_character(style: str) -> None:
    only = second("video_inputs.1.character.avatar_style", style)
    assert only.character is None
    assert isinstance(only.voice, TextVoice)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"avatar_style": "square"}, "avatar_style is invalid: 'square' is not one of 'normal', 'closeUp', 'circle', "),
        ({"avatar_style": "closeup"}, "avatar_style is invalid: 'closeup' is not one of "),
        (
            {"avatar_style": "circle", "circle_background_color": "#12345678"},
            "circle_background_color is invalid: '#12345678' is not a colour",
        ),
        ({"scale": -0.1}, "scale is invalid: -0.1 is below the limit of 0."),
        ({"scale": "5.1"}, "scale is invalid: 5.1 is above the limit of 5."),
        ({"scale": "big"}, "scale is invalid: 'big' is not a number."),
        ({"offset": {"x": "left"}}, "offset.x is invalid: 'left' is not a number."),
        ({"offset": {"y": float("inf")}}, "offset.y is invalid: 'inf' is not a number."),
        ({"type": "robot"}, "type is invalid: 'robot' is not one of 'avatar', 'talking_photo'."),
        ({"avatar_id": ""}, "avatar_id is invalid: field required."),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_character_is_named(fields: dict[str, object], said: str) -> None:
    who = {"type": "avatar", "avatar_id": "josh_lite3_20230714", **fields}
    assert complaint("video_inputs.1.character", who).startswith(f"video_inputs[1].character.{said}")


# captions


def captions(**fields: object) -> Captions | None:
    request = parse_generate(body() | fields)
    return request.spec.captions


@pytest.mark.parametrize(
    "caption", [None, False, "false", "False", "0", 0, "", {"enabled": False}, {"enabled": "false"}], ids=repr
)
def test_no_captions(caption: object) -> None:
    assert captions(caption=caption) is None


@pytest.mark.parametrize(
    "caption",
    [
        True, "true", "True", "1", 1, {}, {"enabled": True}, {"enabled": "true", "style": None}, {"style": {}},
        {"file_format": "srt", "style": "default"},
    ],
    ids=repr,
)  # fmt: skip
def test_captions_and_their_defaults(caption: object) -> None:
    assert captions(caption=caption) == Captions(
        burn_in=True,
        font_family="Noto Sans",
        font_size=None,
        colour="#ffffff",
        background="#000000b3",
        position="auto",
    )


@pytest.mark.parametrize("caption", [None, False, True, {"enabled": False}, {"enabled": True}], ids=repr)
@pytest.mark.parametrize(("mode", "burn_in"), [("file_only", False), ("burn_in", True)])
def test_the_mode_wins_over_caption(caption: object, mode: str, burn_in: bool) -> None:
    assert captions(caption=caption, caption_mode=mode) == Captions(burn_in=burn_in)


def test_a_style_of_captions_arrives_beside_a_mode_too() -> None:
    style = {
        "font_family": "Noto Serif", "font_size": "36", "font_color": "#FFE", "background_color": "#00000080",
        "position": "top", "shadow": True,
    }  # fmt: skip
    for mode in (None, "burn_in", "file_only"):
        assert captions(caption={"enabled": True, "style": style}, caption_mode=mode) == Captions(
            burn_in=mode != "file_only",
            font_family="Noto Serif",
            font_size=36,
            colour="#ffffee",
            background="#00000080",
            position="top",
        )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("#123", "#112233ff"), ("#1234", "#11223344"), ("#112233", "#112233ff"), ("#A1B2C3D4", "#a1b2c3d4"),
        ("transparent", "#00000000"), ("rgb(1, 2, 3)", "#010203ff"), ("rgba(0, 0, 0, 0.7)", "#000000b2"),
        ("RGBA(300,16,0,.5)", "#ff100080"), ("rgba(1,2,3,0)", "#01020300"), ("rgba(1,2,3,1.0)", "#010203ff"),
        ("", "#000000b3"),
    ],
)  # fmt: skip
def test_what_is_behind_captions_may_let_the_picture_through(written: str, meant: str) -> None:
    got = captions(caption={"style": {"background_color": written}})
    assert got
    assert got.background == meant


@pytest.mark.parametrize(("written", "meant"), [("bottom", "bottom"), ("center", "middle"), ("middle", "middle")])
def test_where_captions_stand(written: str, meant: str) -> None:
    got = captions(caption={"style": {"position": written}})
    assert got
    assert got.position == meant


@pytest.mark.parametrize(
    ("caption", "said"),
    [
        (7, "caption is invalid: '7' is neither true nor false."),
        ([True], "caption is invalid: '[True]' is neither true nor false."),
        ({"enabled": "maybe"}, "caption.enabled is invalid: 'maybe' is neither true nor false."),
        ({"style": 7}, "caption.style is invalid: it must be a JSON object."),
        ({"style": {"font_size": 3}}, "caption.style.font_size is invalid: 3 is below the limit of 4."),
        ({"style": {"font_size": 1001}}, "caption.style.font_size is invalid: 1001 is above the limit of 1000."),
        ({"style": {"font_color": "redd"}}, "caption.style.font_color is invalid: 'redd' is not a colour"),
        ({"style": {"font_color": "#1234"}}, "caption.style.font_color is invalid: '#1234' is not a colour"),
        (
            {"style": {"background_color": "rgba(0,0,0,2)"}},
            "caption.style.background_color is invalid: 'rgba(0,0,0,2)' is not a colour",
        ),
        (
            {"style": {"position": "left"}},
            "caption.style.position is invalid: 'left' is not one of 'auto', 'bottom', 'middle', 'center' or 'top'.",
        ),
        (
            {"style": {"font_family": "x" * 101}},
            "caption.style.font_family is invalid: it has 101 characters, the limit is 100.",
        ),
    ],
    ids=str,
)
def test_what_is_wrong_with_captions_is_named(caption: object, said: str) -> None:
    assert message(body(caption=caption)).startswith(said)
    assert message(body(caption=caption, caption_mode="burn_in")).startswith(said)


def test_a_caption_mode_that_is_none() -> None:
    assert message(body(caption_mode="both")) == (
        "caption_mode is invalid: 'both' is not one of 'file_only' or 'burn_in'."
    )


# text on the picture

TEXT = "video_inputs.1.text"


def test_one_text_a_list_of_texts_and_none() -> None:
    one = {"type": "text", "text": "Hi"}
    assert [overlay.text for overlay in second(TEXT, one).texts] == ["Hi"]
    assert [overlay.text for overlay in second(TEXT, [one, {"text": "Ho"}]).texts] == ["Hi", "Ho"]
    assert second(TEXT, None).texts == second(TEXT, []).texts == ()
    assert len(second(TEXT, [one] * 20).texts) == 20


def test_a_text_and_its_defaults() -> None:
    absent = dict.fromkeys(("type", "font_size", "color", "position", "width", "text_align"))
    for given in ({"text": "Hi"}, {"text": "Hi", **absent}):
        (overlay,) = second(TEXT, given).texts
        assert overlay == TextOverlay(
            text="Hi",
            font_family="Noto Sans",
            font_size=48,
            weight="normal",
            colour=None,
            position=(0.05, 0.05),
            align="left",
            line_height=1.2,
            width=None,
        )


def test_every_field_of_a_text_arrives() -> None:
    (overlay,) = second(
        TEXT,
        {
            "type": "text", "text": 2026, "font_family": "Noto Serif", "font_size": "1000", "font_weight": "bold",
            "color": "#F00", "position": {"x": "0.5", "y": -1}, "text_align": "center", "line_height": "4",
            "width": 0.25, "rotation": 90,
        },
    ).texts  # fmt: skip
    assert overlay == TextOverlay(
        text="2026",
        font_family="Noto Serif",
        font_size=1000,
        weight="bold",
        colour="#ff0000",
        position=(0.5, -1),
        align="center",
        line_height=4,
        width=0.25,
    )


@pytest.mark.parametrize(
    ("written", "share"), [(0.5, 0.5), (1, 1.0), ("160", 0.5), (320, 1.0), (4096, 1.0), (None, None)]
)
def test_a_text_s_width_is_a_fraction_or_pixels(written: object, share: float | None) -> None:
    """The film is 320 pixels wide."""
    (overlay,) = second(TEXT, {"text": "Hi", "width": written}).texts
    assert overlay.width == share


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Bold", "bold"), ("black", "bold"), (700, "bold"), ("600", "bold"), (1000, "bold"),
        ("regular", "normal"), (599, "normal"), ("1", "normal"), ("", "normal"),
    ],
)  # fmt: skip
def test_weights_of_text(written: object, meant: str) -> None:
    (overlay,) = second(TEXT, {"text": "Hi", "font_weight": written}).texts
    assert overlay.weight == meant


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": None}, "text is invalid: field required."),
        ({"text": ["Hi"]}, "text is invalid: it must be text."),
        ({"text": "x" * 1001}, "text is invalid: it has 1001 characters, the limit is 1000."),
        ({"type": "sticker"}, "type is invalid: 'sticker' is not one of 'text'."),
        ({"font_size": 3.9}, "font_size is invalid: 3.9 is below the limit of 4."),
        ({"font_size": "1001"}, "font_size is invalid: 1001 is above the limit of 1000."),
        ({"font_size": "large"}, "font_size is invalid: 'large' is not a number."),
        ({"font_family": "x" * 101}, "font_family is invalid: it has 101 characters, the limit is 100."),
        ({"font_weight": "fat"}, "font_weight is invalid: 'fat' is not one of 'normal', 'bold', or a weight from 1"),
        ({"font_weight": 0}, "font_weight is invalid: '0' is not one of "),
        ({"font_weight": 1001}, "font_weight is invalid: '1001' is not one of "),
        ({"font_weight": "9" * 5000}, "font_weight is invalid: '9999"),
        ({"color": "whitish"}, "color is invalid: 'whitish' is not a colour"),
        ({"color": "#ffffff80"}, "color is invalid: '#ffffff80' is not a colour"),
        ({"position": {"x": 1.1}}, "position.x is invalid: 1.1 is above the limit of 1."),
        ({"position": {"y": -1.1}}, "position.y is invalid: -1.1 is below the limit of -1."),
        ({"position": [0, 0]}, "position is invalid: it must be a JSON object."),
        ({"text_align": "justify"}, "text_align is invalid: 'justify' is not one of 'left', 'center' or 'right'."),
        ({"line_height": 0.4}, "line_height is invalid: 0.4 is below the limit of 0.5."),
        ({"line_height": 4.1}, "line_height is invalid: 4.1 is above the limit of 4."),
        ({"width": 0}, "width is invalid: 0 is not above 0."),
        ({"width": 4097}, "width is invalid: 4097 is above the limit of 4096."),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_wrong_with_a_text_is_named(fields: dict[str, object], said: str) -> None:
    text = {"text": "Hi", **fields}
    assert complaint(TEXT, text).startswith(f"video_inputs[1].text.{said}")
    assert complaint(TEXT, [{"text": "Hi"}, text]).startswith(f"video_inputs[1].text[1].{said}")


def test_texts_that_are_none() -> None:
    assert complaint(TEXT, "Hi") == "video_inputs[1].text is invalid: it must be a JSON object."
    assert complaint(TEXT, [None]) == "video_inputs[1].text[0] is invalid: it must be a JSON object."
    assert (
        complaint(TEXT, [{"text": "Hi"}] * 21) == "video_inputs[1].text is invalid: it has 21 entries, the limit is 20."
    )


# the whole film


@pytest.mark.parametrize(("written", "fps"), [(None, 25), (25, 25), ("30", 30), (60.0, 60), ("25.0", 25)])
def test_frame_rates(written: object, fps: int) -> None:
    assert parse_generate(body(fps=written)).spec.fps == fps


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (24, "24 is not one of 25, 30, 60."),
        ("29.97", "29.97 is not one of 25, 30, 60."),
        ("fast", "'fast' is not a number."),
        (float("nan"), "'nan' is not a number."),
    ],
)
def test_other_frame_rates_are_refused(written: object, said: str) -> None:
    assert message(body(fps=written)) == f"fps is invalid: {said}"


@pytest.mark.parametrize(
    ("fields", "marked"),
    [
        ({}, False), ({"test": True}, True), ({"test": "true"}, True), ({"enable_watermark": True}, True),
        ({"enable_watermark": "1"}, True), ({"test": None, "enable_watermark": False}, False),
        ({"test": False, "enable_watermark": True}, True),
    ],
    ids=str,
)  # fmt: skip
def test_the_watermark(fields: dict[str, object], marked: bool) -> None:
    request = parse_generate(body() | fields)
    assert request.spec.watermark == marked
    assert request.test == (fields.get("test") in (True, "true")), "a watermark alone is no test"


# WebM


def webm(**fields: object) -> dict[str, Any]:
    """A request for a transparent video as clients send it."""
    return {
        "avatar_pose_id": "josh_lite3_20230714",
        "avatar_style": "normal",
        "input_text": "Hello there.",
        "voice_id": "1bd001e7e50f421d891986aad5158bc8",
        **fields,
    }


def recorded(audio: object, **fields: object) -> dict[str, Any]:
    return webm(input_text=None, voice_id=None, input_audio=audio, **fields)


def webm_message(body: object) -> str:
    with pytest.raises(SpecError) as caught:
        parse_webm(body, Known(asset=UPLOADS.get))
    return caught.value.message


def test_the_smallest_transparent_video_and_its_defaults() -> None:
    request = parse_webm(webm())
    spec = request.spec
    (only,) = spec.scenes
    assert (spec.width, spec.height, spec.fps, spec.container) == (1280, 720, 25, "webm")
    assert only.character == Avatar(avatar_id="josh_lite3_20230714", style="normal")
    assert only.voice == TextVoice(voice_id="1bd001e7e50f421d891986aad5158bc8", script="Hello there.")
    assert (spec.captions, spec.watermark, spec.title, only.texts) == (None, False, None, ())
    assert (request.title, request.test, request.callback_url) == (None, False, None)


def test_everything_of_a_transparent_video_arrives() -> None:
    kept = {"title": "T", "callback_id": "mine", "callback_url": "https://example.com/", "folder_id": "f"}
    for name in ("dimension", "dimensions"):
        size = {name: {"width": "640", "height": 480}}
        request = parse_webm(webm(avatar_style="closeUp", test="true", background={"type": "x"}, **size, **kept))
        assert (request.spec.width, request.spec.height, request.spec.watermark) == (640, 480, True)
        assert request.spec.scenes[0].character == Avatar(avatar_id="josh_lite3_20230714", style="closeUp")
        assert request.test
        assert {field: getattr(request, field) for field in kept} == kept
        assert request.spec.title == "T"


@pytest.mark.parametrize(
    ("audio", "source"),
    [
        (A_URL, Source(url=A_URL)),
        (f"https://files.heygen.ai/asset/{AUDIO}", Source(asset_id=AUDIO)),
        (f"http://localhost:8000/files/asset/{VIDEO}/a.mp4?e=1", Source(asset_id=VIDEO)),
    ],
)
def test_a_recording_speaks_in_a_transparent_video(audio: str, source: Source) -> None:
    for left_out in (None, ""):
        spec = parse_webm(recorded(audio) | {"input_text": left_out}, Known(asset=UPLOADS.get)).spec
        assert spec.scenes[0].voice == AudioVoice(source=source)


def test_an_empty_recording_is_left_out() -> None:
    assert parse_webm(webm(input_audio="")).spec == parse_webm(webm()).spec


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (webm(avatar_pose_id=None), "avatar_pose_id is invalid: field required."),
        (webm(avatar_style=None), "avatar_style is invalid: field required."),
        (webm(avatar_style="circle"), "avatar_style is invalid: 'circle' cannot be transparent, use 'normal' or 'clo"),
        (webm(avatar_style="tall"), "avatar_style is invalid: 'tall' is not one of 'normal', 'closeUp'."),
        (
            webm(input_audio=A_URL),
            "input_text and input_audio are invalid: both are given, exactly one is needed.",
        ),
        (webm(input_text=None), "input_text and input_audio are invalid: neither is given, exactly one is needed."),
        (recorded(""), "input_text and input_audio are invalid: neither is given, exactly one is needed."),
        (webm(input_text=""), "script is "),
        (webm(input_text="x " * 3000), "script is too long: 6000 characters, the limit is 5000."),
        (webm(input_text=["no"]), "script is invalid: it must be text."),
        (recorded("a.mp3"), "input_audio is invalid: it must begin with http:// or https://."),
        (
            recorded(f"https://files.heygen.ai/asset/{UNKNOWN}"),
            f"input_audio is invalid: asset '{UNKNOWN}' not found.",
        ),
        (
            recorded(f"https://files.heygen.ai/asset/{IMAGE}"),
            f"input_audio is invalid: asset '{IMAGE}' is an image, not an audio file.",
        ),
        (webm(dimension={"width": 641, "height": 480}), "dimension.width is invalid: 641 is odd, it must be even"),
        (webm(dimension={"width": 640}), "dimension.height is invalid: field required."),
        (webm(title="x" * 1001), "title is invalid: it has 1001 characters, the limit is 1000."),
        (webm(title="nul \x00"), "request body is invalid: "),
        ([], "request body is invalid: it must be a JSON object."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_with_a_transparent_video_is_named(wrong: object, said: str) -> None:
    assert webm_message(wrong).startswith(said)


def test_unknown_ids_of_a_transparent_video_have_their_own_errors() -> None:
    with pytest.raises(AvatarNotFound, match=r"^avatar nobody_1 not found or no longer available\.$"):
        parse_webm(webm(avatar_pose_id="nobody_1"))
    with pytest.raises(VoiceNotFound, match=r"^voice nobody_1 not found\.$"):
        parse_webm(webm(voice_id="nobody_1"))


# any body


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
    alone = {"video_inputs": [scene(input_text=script)]}
    for bad in (body() | alone, with_field("video_inputs.2.voice.input_text", script)):
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
    code = "import sys, limelight.requests; sys.exit('fastapi' in sys.modules or 'uvicorn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_same_body_gives_the_same_spec() -> None:
    text = json.dumps(body("One.", "Two."))
    assert parse_generate(json.loads(text)).spec == parse_generate(json.loads(text)).spec


@pytest.mark.parametrize(
    ("config", "body"),
    [
        (client.OffsetConfig, parts.OffsetBody),
        (client.CharacterConfig, generate.CharacterBody),
        (client.VoiceConfig, parts.VoiceBody),
        (client.BackgroundConfig, parts.BackgroundBody),
        (client.TextConfig, texts.TextBody),
        (client.SceneConfig, generate.SceneBody),
        (client.DimensionConfig, parts.DimensionBody),
        (client.CaptionStyleConfig, captions_module.CaptionStyleBody),
        (client.CaptionConfig, captions_module.CaptionBody),
        (client.WordConfig, words_module.WordBody),
        (client.VideoConfig, generate.GenerateBody),
    ],
)
def test_the_clients_types_have_every_field_of_a_body(config: type, body: type[Wire]) -> None:
    """The client imports nothing of the server, so its types are written a second time."""
    assert set(get_type_hints(config)) == set(body.model_fields)


# what of words is not seen as it is asked for


def told(path: str, value: object, **fields: object) -> list[tuple[str, int, str, str]]:
    request = parse_generate(with_field(path, value) | {"dimension": {"width": 1920, "height": 1080}} | fields)
    return [(warning.code, warning.scene, warning.field, warning.message) for warning in request.warnings]


@pytest.mark.parametrize(
    ("text", "code", "field", "said"),
    [
        ({"text": "a 𒀀𒀁𒀀"}, "character_missing", "text", "no font has '𒀀' (U+12000), '𒀁' (U+12001); a box"),
        ({"text": "".join(map(chr, range(0x12000, 0x12008)))}, "character_missing", "text", "and 3 more; a box"),
        ({"text": " \n\u200b"}, "text_empty", "text", "nothing that is seen"),
        ({"text": "a", "font_family": "Inter"}, "font_replaced", "font_family", "there is no font 'Inter'; Noto Sans"),
        ({"text": "a", "color": "#eee"}, "low_contrast", "color", "#eeeeee is hard to read on the background #ffffff"),
        ({"text": "a", "position": {"x": 1}}, "text_cut", "position", "outside of the frame"),
        ({"text": "a", "position": {"y": 1}}, "text_cut", "position", "outside of the frame"),
        ({"text": "a", "position": {"x": -0.01}}, "text_cut", "position", "beyond the frame's side"),
        ({"text": "a", "position": {"y": -0.1}}, "text_cut", "position", "begins above"),
        ({"text": "a", "position": {"x": 0.8}, "width": 0.5, "text_align": "right"}, "text_cut", "position", "side"),
        ({"text": "a", "position": {"y": 0.98}}, "text_cut", "position", "reaches below the frame"),
        ({"text": "a\n" * 30}, "text_cut", "position", "has 31 lines, of which only 18 fit"),
        ({"text": "All our plans. " * 60, "font_size": 120}, "text_cut", "position", "lines, of which only 7 fit"),
        ({"text": "日" * 600, "font_size": 100}, "text_cut", "position", "lines, of which only 8 fit"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_of_a_text_is_not_seen_is_told(text: dict[str, Any], code: str, field: str, said: str) -> None:
    for value, path in ((text, "text"), ([{"text": "ok"}, text], "text[1]")):
        (one,) = told(TEXT, value)
        assert one[:3] == (code, 2, f"video_inputs[1].{path}.{field}")
        assert said in one[3]


@pytest.mark.parametrize(
    "text",
    [
        {"text": "வணக்கம் გამარჯობა 안녕 👩🏿\u200d💻 ✓"},
        {"text": "a", "font_family": "Nowhere, noto sans bengali"},
        {"text": "a", "color": "#777777"},
        {"text": "All our plans for this year. " * 10, "width": 0.9},
        {"text": "a", "position": {"x": 0.98, "y": 0.93}, "width": 0.02},
        {"text": "a\n" * 16 + "a"},
    ],
    ids=lambda value: str(value)[:40],
)
def test_nothing_is_told_of_text_that_is_seen(text: dict[str, Any]) -> None:
    assert told(TEXT, text) == []


def test_what_of_captions_is_not_done_is_told() -> None:
    style = {"font_family": "Inter", "font_size": 500}
    two = told(
        "video_inputs.1.voice", {"type": "audio", "audio_url": "https://example.com/a.mp3"}, caption={"style": style}
    )
    assert [warning[:3] for warning in two] == [
        ("font_replaced", 1, "caption.style.font_family"),
        ("size_limited", 1, "caption.style.font_size"),
        ("not_captioned", 2, "caption"),
    ]
    assert "172.8 pixels" in two[1][3]
    script = "We call it 𒀀 here."
    missing = told("video_inputs.1.voice.input_text", script, caption=True)
    assert ("character_missing", 2, "video_inputs[1].voice.input_text") in [warning[:3] for warning in missing]
    assert "character_missing" not in [warning[0] for warning in told("video_inputs.1.voice.input_text", script)]
