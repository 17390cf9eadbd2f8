"""What presenters wear: looks, colours and logos, from the pack to decoded pixels, over HTTP and in commands."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from colours import mean_difference
from films import frames
from limelight.catalog import previews
from limelight.catalog.avatars import OWN_PACKS, avatar, avatars, presenters
from limelight.errors import PackError, SpecError
from limelight.jobs.segments import Segments
from limelight.puppet.pack import load_pack, load_portrait
from limelight.requests import parse_create, parse_generate
from limelight.spec import Avatar, Scene, SilentVoice, Source, VideoSpec, rgb
from limelight.store import Objects
from outfits import LIGHT, LOOKS, dyeable, face_height
from photo_rigs import portrait
from pictures import decoded
from processes import limelight
from serving import Server
from web import Web

GREEN = (0, 200, 0)
#: The one presenter whose clothes cannot be dyed, beside Zoe.
OTHER = "plain"

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Zoe, who has three looks, and a presenter in clothes that cannot be dyed."""
    folder = tmp_path_factory.mktemp("own")
    dyeable(folder / "zoe.presenter")
    undyed(folder / f"{OTHER}.presenter")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OWN_PACKS, str(folder))
        yield folder


def undyed(path: Path) -> Path:
    """The same without cloth."""
    dyeable(path, "Plain", ())
    return changed(path, lambda manifest: manifest.pop("cloth"))


def changed(path: Path, change: Any) -> Path:
    """A pack whose manifest is changed in place."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(manifest)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.fixture(scope="module")
def logo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A green square about which nothing is, as a PNG."""
    picture = np.zeros((120, 120, 4), np.uint8)
    picture[10:110, 10:110] = (*GREEN[::-1], 255)
    file = tmp_path_factory.mktemp("logo") / "logo.png"
    file.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    return file


def dressed(**fields: object) -> dict[str, Any]:
    """A request for one short scene of Zoe's."""
    return {
        "video_inputs": [
            {
                "character": {"type": "avatar", "avatar_id": "zoe", **fields},
                "voice": {"type": "silence", "duration": 0.2},
                "background": {"type": "color", "value": "#ffffff"},
            }
        ],
        "dimension": {"width": 640, "height": 480},
    }


def chest_of(frame: Pixels) -> Pixels:
    """(n, 3) of the middle of the lower edge, where there is nothing but cloth."""
    height, width = frame.shape[:2]
    return frame[round(0.93 * height) :, round(0.44 * width) : round(0.56 * width)].reshape(-1, 3)


def is_about(pixels: Pixels, colour: str, limit: float = 8) -> bool:
    return mean_difference(pixels, rgb(colour))[0] < limit


def green(frame: Pixels) -> NDArray[np.bool_]:
    level = frame.astype(int)
    return np.asarray((level[..., 1] > 120) & (level[..., 0] < 90) & (level[..., 2] < 90), np.bool_)


# The pack


def test_cloth_is_read_with_the_pack(own: Path) -> None:
    cloth = load_pack(own / "zoe.presenter").cloth
    assert cloth is not None
    assert cloth.mask.shape == load_portrait(own / "zoe.presenter")[1].shape[:2]
    assert (cloth.mask == 255).mean() > 0.05
    assert (cloth.light, cloth.face_height) == (LIGHT, face_height())
    assert load_pack(own / f"{OTHER}.presenter").cloth is None


def cloth_of_another_size(manifest: dict[str, Any]) -> None:
    manifest["cloth"]["file"] = manifest["face"]["feather"]


def no_light(manifest: dict[str, Any]) -> None:
    manifest["cloth"]["light"] = 0


def looks_alone(manifest: dict[str, Any]) -> None:
    del manifest["cloth"]


def no_colour(manifest: dict[str, Any]) -> None:
    manifest["looks"][1]["colour"] = "teal"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (cloth_of_another_size, "is not an image of"),
        (no_light, "cloth.light is invalid"),
        (looks_alone, "looks need cloth"),
        (no_colour, "looks.1.colour is invalid"),
    ],
)
def test_damage_is_named(tmp_path: Path, change: Any, said: str) -> None:
    with pytest.raises(PackError, match=said):
        load_pack(changed(dyeable(tmp_path / "bad.presenter"), change))


# Looks


def test_looks_are_entries_of_one_group(own: Path) -> None:
    looks = [entry for entry in avatars() if entry.pack == own / "zoe.presenter"]
    assert [(look.avatar_id, look.look, look.outfit) for look in looks] == list(LOOKS)
    assert {(look.name, look.group_id, look.can_be_dyed) for look in looks} == {("Zoe", looks[0].group_id, True)}
    assert [entry.avatar_id for entry in presenters() if entry.name == "Zoe"] == ["zoe"]
    for look in looks:
        assert avatar(look.avatar_id) == look


def test_a_pack_without_looks_is_one_entry(own: Path) -> None:
    (entry,) = [entry for entry in avatars() if entry.pack == own / f"{OTHER}.presenter"]
    assert (entry.avatar_id, entry.look, entry.outfit, entry.can_be_dyed) == (OTHER, "Plain", None, False)


def test_looks_of_a_renamed_pack_are_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the looks of a copy would take the place of those that it was copied from."""
    looks = [*LOOKS, ("another", "Zoe in Sand", "#c4b092")]
    dyeable(tmp_path / "ida.presenter", looks=looks)
    monkeypatch.setenv(OWN_PACKS, str(tmp_path))
    ids = [entry.avatar_id for entry in avatars() if entry.pack.parent == tmp_path]
    assert ids == ["ida", "ida_teal", "ida_red", "another"]
    assert [avatar(id).outfit for id in ids] == [colour for _, _, colour in looks]


@pytest.mark.parametrize(("avatar_id", "colour"), [(look[0], look[2]) for look in LOOKS])
def test_a_look_is_shown_in_its_colour(own: Path, avatar_id: str, colour: str) -> None:
    assert is_about(chest_of(decoded(previews.picture(avatar(avatar_id)))), colour)
    assert previews.clip(avatar(avatar_id)).scenes[0].character == Avatar(avatar_id=avatar_id)


# Requests


def test_what_a_character_wears(own: Path) -> None:
    fields = {"outfit_colour": "#ABC", "logo_url": "https://example.com/logo.png"}
    (scene,) = parse_generate(dressed(**fields)).spec.scenes
    assert scene.character == Avatar(
        avatar_id="zoe", outfit_colour="#aabbcc", logo=Source(url="https://example.com/logo.png")
    )
    assert [source for kind, source in scene.sources() if kind == "logo"] == [scene.character.logo]
    (scene,) = parse_generate(dressed(outfit_color="#123456", logo_url="")).spec.scenes
    assert scene.character == Avatar(avatar_id="zoe", outfit_colour="#123456")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"outfit_colour": "navyish"}, "outfit_colour is invalid: 'navyish' is not a colour"),
        ({"logo_url": "ftp://example.com/x"}, "logo_url is invalid"),
        ({"logo_asset_id": "f" * 32}, "logo_asset_id is invalid: asset 'ffff"),
        ({"logo_url": "https://example.com/x", "logo_asset_id": "f" * 32}, "logo_url is invalid: logo_asset_id"),
        ({"avatar_id": OTHER, "outfit_colour": "#112233"}, "outfit_colour is invalid: presenter Plain wears"),
        ({"avatar_id": OTHER, "logo_url": "https://example.com/x"}, "logo_url is invalid: presenter Plain wears"),
        ({"type": "talking_photo", "talking_photo_id": "x", "outfit_colour": "#112233"}, "it is of a presenter"),
    ],
)  # fmt: skip
def test_what_cannot_be_worn_is_named(own: Path, fields: dict[str, object], said: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_generate(dressed(**fields))
    assert caught.value.message.startswith("video_inputs[0].character.")
    assert said in caught.value.message


def test_who_can_be_dyed_is_told(own: Path) -> None:
    with pytest.raises(SpecError, match=r"wear any colour: (.*, )?Zoe(, |\.)"):
        parse_generate(dressed(avatar_id=OTHER, outfit_colour="#112233"))


def test_the_plain_body_takes_them_too(own: Path) -> None:
    request = {"avatar_id": "zoe", "script": "Hi.", "outfit_colour": "#112233", "logo_url": "https://example.com/x"}
    (scene,) = parse_create(request).spec.scenes
    assert scene.character == Avatar(
        avatar_id="zoe", outfit_colour="#112233", logo=Source(url="https://example.com/x")
    )  # fmt: skip
    with pytest.raises(SpecError, match=r"^outfit_colour is invalid: it is of a presenter"):
        parse_create({"image_url": "https://example.com/x", "script": "Hi.", "outfit_colour": "#112233"})


def test_kept_scenes_are_known_as_before(own: Path, tmp_path: Path) -> None:
    """Their JSON has no new field where nothing is worn, and their key changes with what is."""

    def digest(files: dict[str, Path] | None = None, **worn: object) -> str:
        scene = Scene(character=Avatar(avatar_id="zoe", **worn), voice=SilentVoice(duration_s=1))  # type: ignore[arg-type]
        return Segments(Objects(tmp_path), "r").digest(VideoSpec(scenes=(scene,)), 0, files or {})

    fields = ("kind", "avatar_id", "style", "scale", "offset", "circle_colour")
    assert tuple(Avatar(avatar_id="zoe").model_dump(mode="json")) == fields
    assert VideoSpec.model_validate_json(
        VideoSpec(scenes=(Scene(character=Avatar(avatar_id="zoe"), voice=SilentVoice(duration_s=1)),)).model_dump_json()
    ).scenes[0].character == Avatar(avatar_id="zoe")
    logos = [tmp_path / "one", tmp_path / "two"]
    for file in logos:
        file.write_text(file.name)
    source = Source(url="https://example.com/x")
    keys = [
        digest(),
        digest(outfit_colour="#112233"),
        *(digest({source.key: file}, outfit_colour="#112233", logo=source) for file in logos),
    ]
    assert len(set(keys)) == len(keys)


# Films


def test_a_look_a_colour_and_a_logo_are_seen(own: Path, logo: Path, tmp_path: Path) -> None:
    """On the command line: the look's colour, another, and a logo on the presenter's left."""
    asked = [
        (["--avatar", "zoe_teal"], "#146e70"),
        (["--avatar", "zoe_teal", "--outfit-colour", "#d4a01e", "--logo", str(logo)], "#d4a01e"),
    ]
    for options, colour in asked:
        made = limelight(
            "render", "--script", "Hi.", *options, "--size", "640x480", "-o", "a.mp4", folder=tmp_path
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        frame = frames(tmp_path / "a.mp4")[2]
        assert is_about(chest_of(frame), colour)
        seen = green(frame)
        assert seen[:, :320].sum() == 0
        assert bool(seen.sum() > 50) == ("--logo" in options)


def test_scenes_in_a_file_are_dressed(own: Path, tmp_path: Path) -> None:
    request = dressed(outfit_colour="#68162a")
    request["video_inputs"].append(dressed()["video_inputs"][0])
    (tmp_path / "spec.json").write_text(json.dumps(request))
    made = limelight("render", "spec.json", "-o", "a.mp4", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    shown = frames(tmp_path / "a.mp4")
    assert is_about(chest_of(shown[2]), "#68162a")
    assert is_about(chest_of(shown[-2]), "#1c284e")


def test_a_presenter_that_no_other_dressed_is_as_before(own: Path, tmp_path: Path) -> None:
    """The same bytes, whether or not somebody was dyed in the process before."""
    from limelight.render import render_scene

    def film(**worn: Any) -> str:
        scene = Scene(character=Avatar(avatar_id="zoe", **worn), voice=SilentVoice(duration_s=0.1))
        segment = render_scene(VideoSpec(scenes=(scene,), width=320, height=240), 0, tmp_path, {}, lambda _: None)
        return hashlib.sha256(segment.video.read_bytes()).hexdigest()

    first = film()
    assert film(outfit_colour="#d7262b") != first
    assert film() == first


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--outfit-colour", "navyish"], "outfit_colour is invalid: 'navyish' is not a colour"),
        (["--outfit-colour", ""], "outfit-colour is invalid: it is empty"),
        (["--logo", ""], "logo is invalid: it is empty"),
        (["--logo", "none.png"], "logo is invalid: none.png is not a file"),
        (["--avatar", OTHER, "--outfit-colour", "#112233"], "Plain wears clothes that cannot be dyed"),
        (["--photo", "me.jpg", "--outfit-colour", "#112233"], "it is of a presenter, not of a talking photo"),
    ],
)
def test_what_cannot_be_worn_is_one_line(own: Path, tmp_path: Path, options: list[str], said: str) -> None:
    cv2.imwrite(str(tmp_path / "me.jpg"), portrait()[..., ::-1])
    who = [] if {"--avatar", "--photo"} & set(options) else ["--avatar", "zoe"]
    failed = limelight("render", "--script", "Hi.", *who, *options, folder=tmp_path)
    assert failed.returncode == 2
    assert said in failed.stderr and len(failed.stderr.strip().splitlines()) == 1


# Over HTTP


@pytest.fixture(scope="module")
def settings(own: Path) -> dict[str, str]:
    return {"LIMELIGHT_RENDERER": "", OWN_PACKS: str(own), "LIMELIGHT_FETCH_ALLOW": "127.0.0.1"}


def data_of(server: Server, path: str, **query: str) -> Any:
    answer = server.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_looks_are_listed(server: Server, own: Path) -> None:
    listed = [entry for entry in data_of(server, "/v2/avatars")["avatars"] if entry["avatar_id"].startswith("zoe")]
    assert [(entry["avatar_id"], entry["avatar_name"]) for entry in listed] == [look[:2] for look in LOOKS]
    groups = data_of(server, "/v2/avatar_group.list", include_public="true")["avatar_group_list"]
    (group,) = [group for group in groups if group["name"] == "Zoe"]
    assert group["num_looks"] == 3
    looks = data_of(server, f"/v2/avatar_group/{group['id']}/avatars")["avatar_list"]
    assert [(look["id"], look["name"], look["group_id"]) for look in looks] == [
        (*look[:2], group["id"]) for look in LOOKS
    ]
    assert data_of(server, "/v2/avatar/zoe_red/details")["name"] == "Zoe in Red"
    (plain,) = [group for group in groups if group["name"] == "Plain"]
    assert plain["num_looks"] == 1


def test_pictures_of_looks_differ(server: Server) -> None:
    for avatar_id, _, colour in LOOKS:
        answer = server.http.get(f"/previews/avatars/{avatar_id}.jpg")
        assert is_about(chest_of(decoded(answer.content)), colour)


def test_clips_of_looks_differ(server: Server, tmp_path: Path) -> None:
    for avatar_id, _, colour in LOOKS[1:]:
        file = tmp_path / f"{avatar_id}.mp4"
        file.write_bytes(server.http.get(f"/previews/avatars/{avatar_id}.mp4", timeout=240).content)
        assert is_about(chest_of(frames(file)[2]), colour)


def test_a_film_of_an_upload_on_a_colour(server: Server, logo: Path, tmp_path: Path) -> None:
    upload = server.http.post("/v1/asset", content=logo.read_bytes(), headers={"Content-Type": "image/png"})
    asset_id = upload.json()["data"]["id"]
    request = dressed(avatar_id="zoe_teal", outfit_colour="#1f4fd8", logo_asset_id=asset_id)
    ended = server.ended(server.generate(request))
    assert ended["status"] == "completed", ended
    file = tmp_path / "a.mp4"
    file.write_bytes(server.http.get(ended["video_url"]).content)
    frame = frames(file)[2]
    assert is_about(chest_of(frame), "#1f4fd8")
    assert green(frame).sum() > 50


def test_a_logo_that_is_no_picture_fails_the_video(server: Server, pages: Web) -> None:
    pages.files["/logo.png"] = b"no picture"
    ended = server.ended(server.generate(dressed(logo_url=f"{pages.url}/logo.png")))
    assert ended["status"] == "failed"
    assert "image" in ended["error"]["message"]


OUTFIT = {"outfit_colour": "#112233"}
REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "generate": ("/v2/video/generate", dressed(avatar_id=OTHER, **OUTFIT), "video_inputs[0].character.outfit_colour"),
    "create": ("/v2/videos", {"avatar_id": OTHER, "script": "Hi.", **OUTFIT}, "outfit_colour"),
    "agent": (
        "/v1/video_agent/generate",
        {"prompt": "Hi.", "config": {"avatar_id": OTHER, **OUTFIT}},
        "config.outfit_colour",
    ),
    "webm": (
        "/v1/video.webm",
        {"avatar_pose_id": OTHER, "avatar_style": "normal", "input_text": "Hi.", "voice_id": "x", **OUTFIT},
        "outfit_colour",
    ),
}


@pytest.mark.parametrize("endpoint", REFUSED)
def test_clothes_that_cannot_be_dyed_are_refused(server: Server, endpoint: str) -> None:
    path, asked, field = REFUSED[endpoint]
    answer = server.http.post(path, json=asked)
    assert answer.status_code == 400
    said = answer.json()["message"]
    assert said.startswith(field) and "presenter Plain wears clothes that cannot be dyed" in said and "Zoe" in said


def test_a_template_has_a_hole_for_the_colour(server: Server, tmp_path: Path) -> None:
    template = {
        "name": "Company",
        "body": dressed(outfit_colour="{{colour}}"),
        "variables": {"colour": {"type": "text", "properties": {"content": "#c4b092"}}},
    }
    made = server.http.post("/v2/templates", json=template)
    assert made.status_code in (200, 201), made.text
    template_id = made.json()["data"]["template_id"]
    asked = {"title": "t", "variables": {"colour": "#d7262b"}}
    answer = server.http.post(f"/v2/template/{template_id}/generate", json=asked)
    assert answer.status_code == 200, answer.text
    ended = server.ended(answer.json()["data"]["video_id"])
    file = tmp_path / "a.mp4"
    file.write_bytes(server.http.get(ended["video_url"]).content)
    assert is_about(chest_of(frames(file)[2]), "#d7262b")


def test_the_agents_scenes_are_dressed(server: Server) -> None:
    config = {"avatar_id": "zoe", "outfit_colour": "#d7262b"}
    answer = server.http.post("/v1/video_agent/generate", json={"prompt": "Tea wakes you up.", "config": config})
    assert answer.status_code == 200, answer.text
    ended = server.ended(answer.json()["data"]["video_id"])
    assert ended["status"] == "completed", ended


def test_fields_are_in_the_description(server: Server) -> None:
    described = server.http.get("/openapi.json").json()["components"]["schemas"]
    for name in ("CharacterBody", "CreateVideoBody", "WebmBody", "AgentConfigBody"):
        assert {"outfit_colour", "logo_url", "logo_asset_id"} <= described[name]["properties"].keys(), name
