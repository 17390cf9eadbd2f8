"""Real pictures over real HTTP: which become talking photos, and what is said of the others."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from photo_rigs import portrait
from places import DATA
from serving import Server
from web import Web

SARA = "1bd001e7e50f421d891986aad5158bc8"


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LIMELIGHT_RENDERER": "", "LIMELIGHT_FETCH_ALLOW": "127.0.0.1"}


@cache
def astronaut() -> Image.Image:
    return Image.open(DATA / "astronaut.jpg").convert("RGB")


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def beside(size: tuple[int, int], *faces: tuple[int, int, int]) -> Image.Image:
    """Astronauts of a width at x and y, before a wall."""
    wall = Image.new("RGB", size, (90, 120, 90))
    for width, x, y in faces:
        wall.paste(astronaut().resize((width, width)), (x, y))
    return wall


def from_a_camera() -> bytes:
    """CMYK, and on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(astronaut().convert("CMYK").transpose(Image.Transpose.ROTATE_90), exif=exif)


def animated() -> bytes:
    black = Image.new("RGB", astronaut().size)
    return encoded(astronaut(), "GIF", save_all=True, append_images=[black, black], duration=100)


def hundred_megapixels() -> bytes:
    return encoded(beside((10_000, 10_000), (4000, 3000, 3000)), quality=70)


def uploaded(server: Server, content: bytes, path: str = "/v1/talking_photo") -> httpx.Response:
    return server.http.post(path, content=content, headers={"Content-Type": "image/jpeg"})


def total(server: Server) -> int:
    count: int = server.http.get("/v1/asset/list").json()["data"]["total"]
    return count


@pytest.mark.parametrize(
    ("make", "faces"),
    [
        pytest.param(from_a_camera, 1, id="CMYK turned by EXIF"),
        pytest.param(animated, 1, id="animated GIF"),
        pytest.param(lambda: encoded(beside((1024, 512), (512, 0, 0), (410, 540, 60))), 2, id="two faces"),
    ],
)
def test_a_picture_of_a_face_can_speak(server: Server, make: Callable[[], bytes], faces: int) -> None:
    answer = uploaded(server, make())
    assert answer.status_code == 200, answer.text
    photo = answer.json()["data"]
    note = f"{faces} faces were seen, the largest speaks." if faces > 1 else None
    assert (photo["faces"], photo["note"]) == (faces, note)
    (listed,) = [
        p for p in server.http.get("/v1/talking_photo.list").json()["data"] if p["id"] == photo["talking_photo_id"]
    ]
    assert (listed["faces"], listed["note"]) == (faces, note)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda: encoded(beside((640, 480))), "no face was found in the picture", id="no face"),
        pytest.param(
            lambda: encoded(beside((512, 512), (300, 100, 100))), "pixels wide, at least 80 are needed", id="small"
        ),
        pytest.param((DATA / "profile.jpg").read_bytes, "turned by no more than 30°", id="profile"),
        pytest.param(lambda: encoded(astronaut())[:20_000], "the image is damaged or cut off", id="cut off"),
        pytest.param(hundred_megapixels, "more than the limit of 64 million pixels", id="100 megapixels"),
        pytest.param(lambda: b"I am no picture.", "it is none of JPEG, PNG, WebP, GIF", id="text"),
        pytest.param(lambda: b"", "it is empty", id="empty"),
        pytest.param(
            lambda: b"\0\0\0\x24ftypheic" + bytes(64), "it looks like a HEIC picture, and is damaged", id="HEIC"
        ),
        pytest.param(
            lambda: b"\0\0\0\x1cftypavif" + bytes(64), "it looks like an AVIF picture, and is damaged", id="AVIF"
        ),
    ],
)
def test_what_cannot_speak_is_not_kept_and_says_why(server: Server, make: Callable[[], bytes], words: str) -> None:
    before = total(server)
    answer = uploaded(server, make())
    assert answer.status_code == 400
    said = answer.json()
    assert said["message"].startswith("file is invalid: ") and words in said["message"]
    assert isinstance(said["code"], int) and said["data"] is None
    assert total(server) == before


def test_an_upload_without_a_face_becomes_no_look(server: Server) -> None:
    asset = uploaded(server, encoded(beside((640, 480))), "/v1/asset").json()["data"]
    asked = {"name": "Nobody", "image_key": asset["image_key"]}
    answer = server.http.post("/v2/photo_avatar/avatar_group/create", json=asked)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("image_key is invalid: no face was found in the picture")


def test_pictures_of_one_person_are_looked_at_together(server: Server) -> None:
    """The front and the open mouth are a presenter's; a wall, and the portrait of somebody else, give nothing."""
    groups = "/v2/photo_avatar/avatar_group"
    front, open_mouth = (encoded(Image.fromarray(portrait(viseme)), quality=95) for viseme in ("sil", "aa"))
    pictures = (front, open_mouth, encoded(astronaut()), encoded(beside((640, 480))), encoded(astronaut())[:20_000])
    keys = [uploaded(server, content, "/v1/asset").json()["data"]["image_key"] for content in pictures]
    created = server.http.post(f"{groups}/create", json={"name": "Dan", "image_key": keys[0], "same_person": True})
    group = created.json()["data"]["id"]

    def added(*image_keys: str) -> httpx.Response:
        asked = {"group_id": group, "name": "Dan", "image_keys": image_keys}
        return server.http.post(f"{groups}/add", json=asked)

    for key in keys[2:]:
        refused = added(keys[1], key)
        assert refused.status_code == 400
        assert refused.json()["error"].startswith("image_keys[1] is invalid: ")
    (look,) = added(keys[1]).json()["data"]["photo_avatar_list"]
    assert {"teeth", "mouth"} & set(look["gave"])
    assert look["same_person"] and look["faces"] == 1
    looks = server.http.get(f"/v2/avatar_group/{group}/avatars").json()["data"]["avatar_list"]
    assert [one["id"] for one in looks] == [group, look["id"]]
    for pictures_of_film in (1, 2):
        asked = {"image_key": keys[0], "script": "Hi.", "voice_id": SARA, "video_orientation": "square"}
        ended = server.ended(server.http.post("/v2/video/av4/generate", json=asked).json()["data"]["video_id"])
        assert ended["status"] == "completed", (pictures_of_film, ended)
        server.http.delete(f"/v2/photo_avatar/{look['id']}")


def test_a_picture_that_is_seen_only_when_its_video_begins_fails_it(server: Server, pages: Web) -> None:
    pages.files["/wall.jpg"] = encoded(beside((640, 480)))
    asked = {"image_url": f"{pages.url}/wall.jpg", "script": "Hi.", "voice_id": SARA}
    answer = server.http.post("/v2/videos", json=asked)
    assert answer.status_code == 200, answer.text
    ended = server.ended(answer.json()["data"]["video_id"])
    assert (ended["status"], ended["failure_code"]) == ("failed", "no_face")
    said = f"scene 1 of 1, picture: talking photo {pages.url}/wall.jpg: no face was found in the picture"
    assert ended["failure_message"].startswith(said)


def without_background(server: Server, content: bytes) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The foreground (h, w, 4) and the mask (h, w) of a picture."""
    asset = uploaded(server, content, "/v1/asset").json()["data"]["id"]
    answer = server.http.post("/v3/background-removals", json={"video": {"type": "asset_id", "asset_id": asset}})
    assert answer.status_code == 200, answer.text
    layers = answer.json()["data"]["layers"]
    found = [Image.open(io.BytesIO(httpx.get(layers[name]).content)) for name in ("foreground", "mask")]
    assert [picture.mode for picture in found] == ["RGBA", "L"]
    foreground, mask = (np.asarray(picture) for picture in found)
    assert np.array_equal(foreground[..., 3], mask)
    return foreground, mask


def test_a_person_is_cut_out_without_a_halo(server: Server) -> None:
    """In the size of the picture, with its own pixels in the face, and nothing of the wall behind the hair."""
    foreground, mask = without_background(server, (DATA / "astronaut.jpg").read_bytes())
    picture = np.asarray(astronaut(), np.float32)
    assert foreground.shape == (512, 512, 4)
    assert not mask[:60, :60].any() and not mask[:100, -60:].any()
    face = np.s_[90:165, 195:255]
    assert (mask[face] == 255).all() and np.array_equal(foreground[face][..., :3], picture[face])
    # The hair is darker than the wall, wherever that would shine through or be left in what is transparent.
    above = np.s_[5:130, 140:310]
    rim, clear = (mask[above] > 25) & (mask[above] < 150), mask[above] < 25
    assert rim.sum() > 100
    for where, least in ((rim, 40), (clear, 60)):
        assert foreground[above][where][:, :3].mean() < picture[above][where].mean() - least


def test_a_large_picture_on_its_side_loses_its_background_upright(server: Server) -> None:
    """Larger than what is worked on; seen from the side, which cannot speak."""
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = Image.open(DATA / "profile.jpg").convert("RGB").resize((640, 704))
    tall = Image.new("RGB", (640, 2000), profile.getpixel((2, 2)))
    tall.paste(profile, (0, 2000 - 704))
    foreground, mask = without_background(server, encoded(tall.transpose(Image.Transpose.ROTATE_90), exif=exif))
    assert mask.shape == (2000, 640)
    assert not mask[:1300].any() and (mask[1500:1620, 250:330] == 255).all()
    shown = np.asarray(tall, np.float32)[1480:1640, 200:360]
    there, own = foreground[1480:1640, 200:360], mask[1480:1640, 200:360] == 255
    assert np.abs(there[..., :3] - shown)[own].mean() < 4
