"""Spec files: which fields name files, where these are looked for, and what is said of those that are not there."""

import json

import pytest
from typer.testing import CliRunner

from bench.media_files import encoded, soft
from limelight.cli import app, main
from limelight.cli.localfiles import LocalFiles
from limelight.cli.mentions import Mention, background
from limelight.cli.photos import check_files
from limelight.cli.specfile import read_spec
from limelight.errors import SpecError
from limelight.requests import parse_generate


@pytest.fixture
def folder(tmp_path):
    for name in ("wall.png", "film.mp4", "said.wav", "logo.png", "ann.jpg", "media/deep.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def read(folder, body):
    """What is read of a body in `folder / "spec.json"`, and what of it named files."""
    named = []

    def note(mention):
        named.append((mention.path.read_bytes().decode(), mention.use))
        return f"id-{len(named)}"

    (folder / "spec.json").write_text(json.dumps(body))
    return read_spec(folder / "spec.json", note), named


def scene(**fields):
    return {"video_inputs": [fields]}


@pytest.mark.parametrize(
    ("part", "fields", "id_field", "file", "use"),
    [
        ("background", {"type": "image", "url": "wall.png"}, "image_asset_id", "wall.png", "image"),
        ("background", {"type": "video", "url": "./film.mp4"}, "video_asset_id", "film.mp4", "video"),
        ("background", {"type": "image", "url": "media/deep.png"}, "image_asset_id", "media/deep.png", "image"),
        ("voice", {"type": "audio", "audio_url": "said.wav"}, "audio_asset_id", "said.wav", "audio"),
        ("character", {"type": "avatar", "logo_url": "logo.png"}, "logo_asset_id", "logo.png", "image"),
        ("character", {"type": "talking_photo", "talking_photo_id": "ann.jpg"}, "talking_photo_id", "ann.jpg", "photo"),
    ],
)
def test_a_file_is_found_beside_the_spec_wherever_the_command_runs(
    folder, monkeypatch, tmp_path_factory, part, fields, id_field, file, use
):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    body, named = read(folder, scene(**{part: fields}))
    assert body == scene(**{part: {"type": fields["type"], id_field: "id-1"}})
    assert named == [(file, use)]


def test_an_absolute_path_is_a_file_too(folder):
    _, named = read(folder, scene(background={"type": "image", "url": str(folder / "wall.png")}))
    assert named == [("wall.png", "image")]


@pytest.mark.parametrize(
    "body",
    [
        scene(background={"type": "image", "url": "https://example.com/wall.png"}),
        scene(background={"type": "image", "url": "HTTP://example.com/wall.png"}),
        scene(background={"type": "image", "url": "file:///etc/passwd"}),
        scene(background={"type": "color", "value": "wall.png", "url": "wall.png"}),
        scene(background={"type": "image", "image_asset_id": "wall.png"}),
        scene(voice={"type": "text", "input_text": "wall.png"}, text={"type": "text", "text": "wall.png"}),
        scene(character={"type": "talking_photo", "talking_photo_id": "0123456789abcdef0123456789abcdef"}),
        {"callback_url": "wall.png", "title": "wall.png", "caption": True, "dimension": None},
        ["wall.png", 3],
    ],
)
def test_everything_else_stays_as_it_is(folder, body):
    assert read(folder, body) == (body, [])


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"background": {"type": "image", "url": "none.png"}},
            r"video_inputs\[0\].background.url is invalid: none.png is neither a URL nor a file, looked for in /",
        ),
        (
            {"voice": {"audio_url": "media"}},
            r"video_inputs\[0\].voice.audio_url is invalid: media is neither a URL nor",
        ),
        (
            {"character": {"talking_photo_id": "none.jpg"}},
            r"video_inputs\[0\].character.talking_photo_id is invalid: none.jpg is neither a photo's id nor a file",
        ),
        (
            {"background": {"type": "image", "url": "wall.png", "image_asset_id": "a"}},
            r"background.url is invalid: image_asset_id is given too, only one of them may be",
        ),
    ],
)
def test_what_is_wrong_names_field_and_file(folder, fields, problem):
    with pytest.raises(SpecError, match=problem):
        read(folder, scene(**fields))


def test_equal_files_have_one_id_and_others_another(folder):
    local = LocalFiles()
    (folder / "same.png").write_bytes(b"wall.png")
    wall, same, logo = (
        local.named(Mention(folder / name, "image", "url")) for name in ("wall.png", "same.png", "logo.png")
    )
    assert wall == same != logo
    assert local.named(Mention(folder / "wall.png", "video", "url")) != wall, "used as something else"


@pytest.mark.parametrize("url", ["wall.png", "/etc/hostname", "file:///etc/hostname", "../wall.png", "C:\\wall.png"])
def test_a_request_to_a_server_names_no_file(folder, monkeypatch, url):
    """What the server parses is the body as it came."""
    monkeypatch.chdir(folder)
    silent = {"voice": {"type": "silence", "duration": 1}}
    for field, body in (
        ("background.url", {**silent, "background": {"type": "image", "url": url}}),
        ("voice.audio_url", {"voice": {"type": "audio", "audio_url": url}}),
    ):
        with pytest.raises(SpecError, match=f"{field} is invalid"):
            parse_generate(scene(**body))


def test_a_file_that_cannot_be_used_is_named_by_its_path_before_anything_is_rendered(folder, monkeypatch, capfd):
    """And one whose end is missing is warned of."""
    photo = encoded(soft(), "JPEG")
    (folder / "short.jpg").write_bytes(photo[: round(0.99 * len(photo))])
    (folder / "menu.png").write_bytes(encoded(soft(), "PNG")[:200])
    silent = {"voice": {"type": "silence", "duration": 0.1}}
    scenes = [{**silent, "background": {"type": "image", "url": name}} for name in ("short.jpg", "menu.png")]
    (folder / "spec.json").write_text(json.dumps({"video_inputs": scenes}))
    monkeypatch.setattr(
        "sys.argv", ["limelight", "render", str(folder / "spec.json"), "-o", str(folder / "out.mp4"), "-q"]
    )
    with pytest.raises(SystemExit) as exit_:
        main()
    warning, error = capfd.readouterr().err.strip().splitlines()
    said = "the image is cut off at its end; what is there of it is shown."
    assert warning == f"warning: scene 1: background image {folder / 'short.jpg'}: {said}"
    told = "the image is damaged or cut off."
    assert error == f"media: scene 2 of 2: background image {folder / 'menu.png'}: {told}"
    assert exit_.value.code == 1 and not (folder / "out.mp4").exists()


#: Of which the first bytes tell what they are.
PAGE, PDF, JPEG, MP3 = b"<!DOCTYPE html><html>", b"%PDF-1.7\n", encoded(soft(16, 16), "JPEG"), b"ID3\4" + bytes(64)


@pytest.mark.parametrize(
    ("part", "fields", "content", "told"),
    [
        ("background", {"type": "image", "url": "a"}, PDF, "background.url: a PDF, not a picture; export the page"),
        ("background", {"type": "image", "url": "a"}, MP3, "background.url: an MP3 recording, not a picture."),
        ("background", {"type": "video", "url": "a"}, JPEG, "background.url: a JPEG picture, not a film."),
        ("voice", {"type": "audio", "audio_url": "a"}, JPEG, "voice.audio_url: a JPEG picture, not a recording."),
        ("voice", {"type": "audio", "audio_url": "a"}, PAGE, "voice.audio_url: an HTML page, not a recording; "),
        ("character", {"type": "avatar", "logo_url": "a"}, PAGE, "character.logo_url: an HTML page, not a picture; "),
        (
            "character",
            {"type": "talking_photo", "talking_photo_id": "./a"},
            MP3,
            "character.talking_photo_id: an MP3 recording, not a picture.",
        ),
        ("background", {"type": "image", "url": "a"}, b"", "background.url: empty."),
    ],
)
def test_a_file_of_another_kind_is_told_by_field_and_path_before_any_is_used(folder, part, fields, content, told):
    (folder / "a").write_bytes(content)
    body = scene(background={"type": "image", "url": "wall.png"})
    body["video_inputs"].append({part: fields})
    (folder / "spec.json").write_text(json.dumps(body))
    with pytest.raises(SpecError) as caught:
        read_spec(folder / "spec.json", lambda mention: pytest.fail(f"{mention.path} is used"))
    field, what = told.split(": ")
    assert caught.value.message.startswith(f"video_inputs[1].{field} is invalid: {folder / 'a'}: it is {what}")


@pytest.mark.parametrize("kind", ["image", "video"])
def test_a_background_is_what_its_content_says(folder, kind):
    """Whatever its name says."""
    film = b"\0\0\0\x18ftypisom"
    (folder / "a.mp4").write_bytes(JPEG if kind == "image" else film)
    (folder / "a.png").write_bytes(JPEG if kind == "image" else film)
    for name in ("a.mp4", "a.png"):
        said = background(str(folder / name), lambda mention: mention.use)
        assert said == {"type": kind, f"{kind}_asset_id": kind}


@pytest.mark.parametrize("option", ["photo", "logo", "background", "audio", "more"])
def test_a_file_of_another_kind_is_told_by_its_option(folder, option):
    (folder / "page.png").write_bytes(PAGE)
    (folder / "ann.png").write_bytes(encoded(soft(), "PNG"))
    script = [] if option == "audio" else ["--script", "Hi."]
    with pytest.raises(SpecError) as caught:
        if option == "more":
            check_files(folder / "ann.png", [folder / "page.png"])
        arguments = ["render", *script, f"--{option}", str(folder / "page.png")]
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    noun = "recording" if option == "audio" else "picture"
    assert caught.value.message.startswith(
        f"{option} is invalid: {folder / 'page.png'}: it is an HTML page, not a {noun}; "
    )
