"""Talking photos in specs, in the frame and in films; rigged by a stand-in, a presenter before a drawn background."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydantic import ValidationError

import limelight.compose.figures as figures
import limelight.render as render_module
from colours import fill
from films import frames
from limelight.acting.act import act
from limelight.acting.performance import Performance
from limelight.compose.background import open_background
from limelight.compose.figures import photo_figure
from limelight.compose.layout import disc, place, place_photo
from limelight.compose.scene import ScenePicture
from limelight.compose.yuv import Planes
from limelight.errors import LimelightError, MediaError, PhotoError
from limelight.jobs.segments import Segments
from limelight.puppet.motion import Placement
from limelight.puppet.photo import Gave
from limelight.puppet.puppet import still_picture
from limelight.results import Seen
from limelight.spec import (
    Avatar,
    ColourBackground,
    ImageBackground,
    Scene,
    SilentVoice,
    Source,
    TalkingPhoto,
    VideoSpec,
    rgb,
    scene_seed,
)
from limelight.speech.types import Speech
from limelight.store import Objects
from photo_rigs import head_and_shoulders, photo, stand_in
from scenes import render

WIDTH, HEIGHT = 320, 180
GREEN = "#20c040"
SOURCE = Source(asset_id="4f0e6c1f5b5c4a3f9d0b8a7c6d5e4f30")

Pixels = NDArray[np.uint8]


def talking(**fields: Any) -> TalkingPhoto:
    return TalkingPhoto(source=SOURCE, **fields)


def scene_of(character: Avatar | TalkingPhoto | None = None, **fields: Any) -> Scene:
    background = ColourBackground(colour=GREEN)
    return Scene(character=character or talking(**fields), voice=SilentVoice(duration_s=0.4), background=background)


# Specs


def test_a_spec_comes_back_from_its_row_as_it_was() -> None:
    photo_scene = scene_of(style="circle", matting=True, fit="contain", scale=1.5, offset=(0.1, -0.2))
    spec = VideoSpec(scenes=(photo_scene, scene_of(Avatar(avatar_id="josh_lite3_20230714"))))
    assert VideoSpec.model_validate(json.loads(spec.model_dump_json())) == spec


def test_a_spec_that_was_stored_before_there_were_photos_is_read() -> None:
    stored = {
        "scenes": [{"character": {"kind": "avatar", "avatar_id": "josh_lite3_20230714", "style": "circle",
                                  "scale": 1.0, "offset": [0.0, 0.0], "circle_colour": "#f6f6fc"},
                    "voice": {"kind": "silence", "duration_s": 1.0}, "background": {"kind": "color"}},
                   {"character": None, "voice": {"kind": "silence", "duration_s": 1.0}}],
    }  # fmt: skip
    first, second = VideoSpec.model_validate(stored).scenes
    assert first.character == Avatar(avatar_id="josh_lite3_20230714", style="circle")
    assert second.character is None


def test_a_photo_is_no_larger_than_its_limit() -> None:
    with pytest.raises(ValidationError):
        talking(scale=2.1)


def test_a_scene_names_its_photo_as_a_portrait() -> None:
    picture = Source(url="https://example.com/wall.jpg")
    scene = scene_of().model_copy(update={"background": ImageBackground(source=picture)})
    assert list(scene.sources()) == [("image", picture), ("portrait", SOURCE)]


def test_who_it_is_decides_the_acting_and_how_it_is_shown_does_not() -> None:
    def seed(character: TalkingPhoto) -> int:
        return scene_seed(VideoSpec(scenes=(scene_of(character),)), 0)

    assert seed(talking()) == seed(talking(style="circle", scale=0.5))
    assert seed(talking()) != seed(TalkingPhoto(source=Source(asset_id="another")))


def test_further_pictures_are_of_the_same_person_and_of_another_rig() -> None:
    smile = Source(asset_id="another")
    one, two = talking(), talking(more=(smile,))
    assert two.pictures == (SOURCE, smile)
    assert list(scene_of(two).sources()) == [("portrait", SOURCE), ("further", smile)]
    assert one.rig_key != two.rig_key
    first, second = (VideoSpec(scenes=(scene_of(who),)) for who in (one, two))
    assert scene_seed(first, 0) == scene_seed(second, 0)
    assert VideoSpec.model_validate(json.loads(second.model_dump_json())) == second
    with pytest.raises(ValidationError):
        talking(more=(smile,) * 9)


def test_a_photo_alone_is_kept_under_the_names_that_it_always_had() -> None:
    """What is on disk from before there were further pictures is found."""
    assert talking().rig_key == f"rig:asset:{SOURCE.asset_id}"
    assert talking().model_dump(mode="json") == {
        "kind": "talking_photo", "source": {"url": None, "asset_id": SOURCE.asset_id}, "style": "square",
        "matting": False, "fit": "cover", "scale": 1.0, "offset": [0.0, 0.0], "circle_colour": "#f6f6fc",
    }  # fmt: skip


def test_scenes_of_other_pictures_are_kept_apart_and_below_each(tmp_path: Path) -> None:
    segments = Segments(Objects(tmp_path / "objects"), "limelight.render")

    def digest(contents: dict[str, bytes], **fields: Any) -> str:
        files = {}
        for id, content in contents.items():
            files[f"asset:{id}"] = tmp_path / "file"
            files[f"asset:{id}"].write_bytes(content)
        return segments.digest(VideoSpec(scenes=(scene_of(**fields),)), 0, files)

    more = (Source(asset_id="smile"),)
    alone, with_smile = digest({}), digest({"smile": b"a smile"}, more=more)
    assert (alone.split("/")[:-1], with_smile.split("/")[:-1]) == ([SOURCE.asset_id], [SOURCE.asset_id, "smile"])
    others = [digest({"smile": b"another"}, more=more), digest({}, more=more), digest({}, more=(*more, *more))]
    assert len({digest.split("/")[-1] for digest in (alone, with_smile, *others)}) == 5


# Where a photo is in the frame


def shown(placement: Placement) -> tuple[float, float, float, float]:
    """The photo's edges in the frame: left, top, right, bottom."""
    rows, columns = stand_in().plate.shape[:2]
    right, bottom = placement.x + columns * placement.scale, placement.y + rows * placement.scale
    return placement.x, placement.y, right, bottom


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (240, 240), (640, 128)])
def test_cover_fills_the_frame_and_keeps_the_head_in_it(size: tuple[int, int]) -> None:
    pack = stand_in().pack
    placement = place_photo(pack, talking(), *size)
    left, top, right, bottom = shown(placement)
    assert left <= 1e-6 and top <= 1e-6
    assert right >= size[0] - 1e-6 and bottom >= size[1] - 1e-6
    head_top = pack.landmarks.head_top[1] * placement.scale + placement.y
    assert head_top >= 0
    chin = pack.landmarks.chin[1] * placement.scale + placement.y
    assert chin <= size[1] or chin - head_top > size[1], "cut off though there was room"
    middle = pack.landmarks.mouth[0] * placement.scale + placement.x
    assert 0 < middle < size[0]


@pytest.mark.parametrize("size", [(320, 180), (180, 320)])
def test_contain_shows_all_of_the_photo_in_the_middle(size: tuple[int, int]) -> None:
    left, top, right, bottom = shown(place_photo(stand_in().pack, talking(fit="contain"), *size))
    assert left == pytest.approx(size[0] - right, abs=1e-3)
    assert top == pytest.approx(size[1] - bottom, abs=1e-3)
    assert min(left, top) == pytest.approx(0, abs=1e-3)


def test_scale_grows_from_the_middle_and_offset_shifts() -> None:
    pack = stand_in().pack
    whole = shown(place_photo(pack, talking(fit="contain"), 320, 180))
    half = shown(place_photo(pack, talking(fit="contain", scale=0.5, offset=(0.25, -0.1)), 320, 180))
    assert half[2] - half[0] == pytest.approx((whole[2] - whole[0]) / 2)
    assert (half[0] + half[2]) / 2 == pytest.approx(160 + 80)
    assert (half[1] + half[3]) / 2 == pytest.approx(90 - 18)


def test_without_its_background_a_person_stands_like_a_presenter() -> None:
    for rig, style in ((stand_in(), "normal"), (head_and_shoulders(), "closeUp")):
        as_avatar = Avatar(avatar_id="x", style=style, scale=1.2, offset=(0.1, 0))  # type: ignore[arg-type]
        placed = place_photo(rig.pack, talking(matting=True, scale=1.2, offset=(0.1, 0)), 320, 180)
        assert placed == place(rig.pack, as_avatar, 320, 180)
        assert placed.y + rig.pack.portrait.shape[0] * placed.scale >= 180, "the figure ends above the lower edge"


def test_a_picture_that_nearly_shows_the_waist_stands_as_far_as_it_goes() -> None:
    """2.6 heads below the hair: waist-up, moved down to the frame's lower edge, not a close-up enlarged."""
    rig = stand_in()
    marks = rig.pack.landmarks
    rows = int(marks.head_top[1] + 2.6 * (marks.chin[1] - marks.head_top[1]))
    pack = replace(rig.pack, portrait=rig.pack.portrait[:rows])
    placed = place_photo(pack, talking(matting=True), 320, 180)
    assert placed == place(pack, Avatar(avatar_id="x", style="normal"), 320, 180)
    assert placed.y + rows * placed.scale == pytest.approx(180)


def test_a_circle_is_a_presenter_s() -> None:
    character = talking(style="circle", scale=0.8, offset=(0.1, 0.1))
    avatar = Avatar(avatar_id="x", style="circle", scale=0.8, offset=(0.1, 0.1))
    assert disc(character, 320, 180) == disc(avatar, 320, 180)
    assert place_photo(stand_in().pack, character, 320, 180) == place(stand_in().pack, avatar, 320, 180)


def test_a_photo_with_its_background_fills_its_circle() -> None:
    """Also where it is cut off close to the head, as portraits are."""
    rig = head_and_shoulders()
    marks = rig.pack.landmarks
    top, left = int(marks.head_top[1]) - 10, int(marks.eye_right[0]) - 400
    close = replace(rig.pack, portrait=rig.pack.portrait[top:, left : left + 950])
    moved = {name: (x - left, y - top) for name, (x, y) in marks}
    close = replace(close, landmarks=marks.model_copy(update=moved))
    shown_disc = disc(talking(style="circle"), 320, 180)
    placed = place_photo(close, talking(style="circle"), 320, 180)
    rows, columns = close.portrait.shape[:2]
    for begin, middle, length in ((placed.x, shown_disc.x, columns), (placed.y, shown_disc.y, rows)):
        assert begin <= middle - shown_disc.radius + 1e-3
        assert begin + length * placed.scale >= middle + shown_disc.radius - 1e-3
    assert placed.scale < 1.6 * place_photo(close, talking(style="circle", matting=True), 320, 180).scale


# What is drawn


@pytest.fixture(scope="module")
def performance() -> Performance:
    return act(Speech.silence(0.4), 7, 10, 25)


def drawn(performance: Performance, *, webm: bool = False, **fields: Any) -> list[Pixels]:
    """The frames of a scene: RGB, or RGBA without premultiplication of the planes' own."""
    scene = scene_of(**fields)
    spec = VideoSpec(scenes=(scene,), width=WIDTH, height=HEIGHT, container="webm" if webm else "mp4")
    with open_background(scene.background, {}, WIDTH, HEIGHT, 25, len(performance)) as behind:
        assert isinstance(scene.character, TalkingPhoto)
        figure = photo_figure(stand_in(), scene.character, (WIDTH, HEIGHT))
        picture = ScenePicture(spec, scene, figure, None if webm else behind)
        found = []
        for i in range(len(performance)):
            planes = picture.frame(performance, i)
            found.append(planes.rgb().copy() if isinstance(planes, Planes) else planes.a.copy())
    assert found, "there are frames to look at"
    return found


def as_film(rgb_picture: Pixels) -> Pixels:
    """A picture after its way through the film's planes."""
    planes = Planes(WIDTH, HEIGHT)
    fill(planes, np.ascontiguousarray(rgb_picture))
    return planes.rgb()


def far_from_the_person(placement: Placement) -> NDArray[np.bool_]:
    """The pixels whose photo is all background, and none of whose neighbours can be reached by what moves."""
    person = still_picture(np.repeat(stand_in().pack.portrait[..., 3:], 3, -1), placement, (WIDTH, HEIGHT))[..., 0] > 0
    reach = 24
    padded = np.pad(person, reach)
    near = np.zeros_like(person)
    for dy in range(-reach, reach + 1, 4):
        for dx in range(-reach, reach + 1, 4):
            near |= padded[reach + dy : reach + dy + HEIGHT, reach + dx : reach + dx + WIDTH]
    return ~near


@pytest.mark.parametrize("fields", [{}, {"fit": "contain"}, {"scale": 0.6, "offset": (0.2, 0.1)}])
def test_outside_the_person_the_photo_stays_as_it_is(performance: Performance, fields: dict[str, Any]) -> None:
    placement = place_photo(stand_in().pack, talking(**fields), WIDTH, HEIGHT)
    lying = still_picture(photo(), placement, (WIDTH, HEIGHT))
    clear = (255 - lying[..., 3:].astype(np.uint16)) * np.array(rgb(GREEN), np.uint16)
    expected = as_film((lying[..., :3] + (clear + 127) // 255).astype(np.uint8))
    far = far_from_the_person(placement)
    assert far.mean() > 0.1
    for frame in drawn(performance, **fields):
        np.testing.assert_array_equal(frame[far], expected[far])
    moved = np.abs(drawn(performance, **fields)[-1].astype(int) - expected)[~far]
    assert moved.max() > 8, "nobody is there, or nothing moves"
    assert np.median(moved) < 4, "the person is not where the photo has them"


def test_contain_leaves_the_scene_s_background_beside_the_photo(performance: Performance) -> None:
    for frame in drawn(performance, fit="contain"):
        assert (np.abs(frame[:, :30].astype(int) - rgb(GREEN)) <= 2).all()
        assert (np.abs(frame[:, -30:].astype(int) - rgb(GREEN)) <= 2).all()


def test_matting_leaves_the_person_alone_before_the_background(performance: Performance) -> None:
    for frame in drawn(performance, matting=True):
        for corner in (frame[:20, :20], frame[:20, -20:]):
            assert (np.abs(corner.astype(int) - rgb(GREEN)) <= 2).all()
        centre = frame[HEIGHT // 3 : HEIGHT // 2, 150:170].astype(int)
        assert np.abs(centre.mean((0, 1)) - rgb(GREEN)).max() > 30


@pytest.mark.parametrize("matting", [False, True])
def test_a_circle_has_the_photo_s_background_or_its_colour(performance: Performance, matting: bool) -> None:
    shown_disc = disc(talking(style="circle"), WIDTH, HEIGHT)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    distance = np.hypot(x - shown_disc.x, y - shown_disc.y)
    for frame in drawn(performance, style="circle", circle_colour="#ff0000", matting=matting):
        outside = frame[distance > shown_disc.radius + 3]
        assert (np.abs(outside.astype(int) - rgb(GREEN)) <= 2).all()
        beside = frame[int(shown_disc.y), int(shown_disc.x - shown_disc.radius * 0.85)].astype(int)
        assert bool(np.abs(beside - (255, 0, 0)).max() <= 6) is matting


def test_a_transparent_film_shows_the_photo_or_the_person(performance: Performance) -> None:
    assert all((alpha == 255).all() for alpha in drawn(performance, webm=True))
    for alpha in drawn(performance, webm=True, matting=True):
        assert (alpha[:20, :20] == 0).all()
        assert (alpha[HEIGHT // 2 :, 150:170] == 255).all()
    for alpha in drawn(performance, webm=True, fit="contain"):
        assert (alpha[:, :30] == 0).all()
        assert (alpha[:, 158:162] == 255).all()


def test_a_photo_of_no_size_is_not_seen(performance: Performance) -> None:
    assert all((np.abs(frame.astype(int) - rgb(GREEN)) <= 2).all() for frame in drawn(performance, scale=0))


# In films, and what cannot be used


@pytest.fixture
def rigged(monkeypatch: pytest.MonkeyPatch) -> list[Pixels]:
    """The pictures that were asked for; the rig is the stand-in's, the face what `find` says."""
    seen: list[Pixels] = []

    def rig(picture: Pixels, more: Sequence[Pixels]) -> Any:
        seen.extend((picture, *more))
        return replace(stand_in(), gave=(Gave(("teeth",)),) * len(more), is_cut_out=picture.shape[2] == 4)

    def find(picture: Pixels) -> Any:
        seen.append(picture)
        return SimpleNamespace(faces=1, wide_open=False)

    monkeypatch.setattr(figures, "rig", rig)
    monkeypatch.setattr(render_module, "find_portrait", find)
    figures.forget_files()
    return seen


def test_a_film_of_a_photo_is_rigged_once_for_all_its_scenes(tmp_path: Path, rigged: list[Pixels]) -> None:
    file = tmp_path / "portrait.png"
    file.write_bytes(encoded("PNG"))
    spec = VideoSpec(scenes=(scene_of(), scene_of(style="circle")), width=WIDTH, height=HEIGHT)
    rendered = render(spec, tmp_path, {SOURCE.key: file})
    assert len(rigged) == 1
    first, *_, last = frames(rendered.film.video)
    assert np.abs(first.astype(int) - last).mean() > 20
    assert np.abs(last[:10, :10].astype(int) - rgb(GREEN)).max() < 12


def test_nothing_of_a_photo_is_kept_that_is_forgotten(tmp_path: Path, rigged: list[Pixels]) -> None:
    file = tmp_path / "portrait.png"
    file.write_bytes(encoded("PNG"))
    for rigs in (1, 1):
        figures.photo_rig([file])
        assert len(rigged) == rigs
    render_module.forget_files()
    figures.photo_rig([file])
    assert len(rigged) == 2


@pytest.mark.parametrize("spoil", ["gone", "not gathered", "damaged"])
def test_a_further_picture_that_is_not_there_is_left_out_of_the_rig_and_told(
    tmp_path: Path, rigged: list[Pixels], spoil: str, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = (Source(asset_id=id) for id in ("one", "other"))
    files = {}
    for source, size in ((SOURCE, 200), (one, 100), (other, 2400)):
        files[source.key] = tmp_path / f"{source.asset_id}.png"
        quadrants().resize((size, size)).save(files[source.key])
    if spoil == "gone":
        files[one.key].unlink()
    elif spoil == "damaged":
        files[one.key].write_bytes(files[one.key].read_bytes()[:200])
    else:
        del files[one.key]
    spec = VideoSpec(scenes=(scene_of(more=(one, other)),), width=WIDTH, height=HEIGHT)
    with caplog.at_level("INFO", "limelight"):
        render(spec, tmp_path, files)
    assert [picture.shape[:2] for picture in rigged] == [(200, 200), (1920, 1920)]
    told = {"gone": "it is gone", "damaged": "the image is damaged or cut off", "not gathered": None}[spoil]
    lines = [f"a further picture, asset:one, is left out: {told}"] if told else []
    assert [record.getMessage() for record in caplog.records if "left out" in record.getMessage()] == lines


def test_a_photo_that_cannot_be_rigged_fails_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rig(*_: Any) -> Any:
        raise PhotoError("no face is seen in the picture.")

    monkeypatch.setattr(figures, "rig", rig)
    file = tmp_path / "wall.png"
    file.write_bytes(encoded("PNG"))
    with pytest.raises(PhotoError, match="no face") as failed:
        render(VideoSpec(scenes=(scene_of(),), width=WIDTH, height=HEIGHT), tmp_path, {SOURCE.key: file})
    assert failed.value.stage == "picture"


def quadrants(mode: str = "RGB") -> Image.Image:
    """Red, green, blue and white: which is where tells how the picture was turned."""
    pixels = np.zeros((200, 160, 3), np.uint8)
    pixels[:100, :80], pixels[:100, 80:], pixels[100:, :80], pixels[100:, 80:] = (
        (230, 20, 20), (20, 200, 20), (20, 20, 230), (240, 240, 240),
    )  # fmt: skip
    return Image.fromarray(pixels).convert(mode)


def encoded(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    quadrants(mode).save(out, kind, **options)
    return out.getvalue()


#: How a camera turns or mirrors what its EXIF then says, by the number that says it.
TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def turned(orientation: int, kind: str = "JPEG") -> bytes:
    """A camera's picture as its sensor lay, and the EXIF that says so."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    turn = TURNS[orientation]
    out = io.BytesIO()
    (quadrants() if turn is None else quadrants().transpose(turn)).save(out, kind, exif=exif, quality=95)
    return out.getvalue()


def sixteen_bits(mode: str) -> bytes:
    """A PNG of 16 bits for each channel."""
    colour_type = {"L": 0, "RGB": 2, "LA": 4, "RGBA": 6}[mode]
    pixels = np.asarray(quadrants().convert(mode)).astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 160, 200, 16, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def animated(kind: str) -> bytes:
    return encoded(kind, save_all=True, append_images=[Image.new("RGB", (160, 200), "black")], duration=100, quality=95)


def hundred_megapixels() -> bytes:
    out = io.BytesIO()
    Image.new("1", (12_000, 9_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "mode"),
    [
        pytest.param(lambda: encoded("PNG"), "RGB", id="png"),
        pytest.param(lambda: encoded("JPEG", quality=95), "RGB", id="jpeg"),
        pytest.param(lambda: encoded("JPEG", "CMYK", quality=95), "RGB", id="cmyk"),
        pytest.param(lambda: encoded("PNG", "P"), "RGB", id="palette"),
        pytest.param(lambda: encoded("WEBP", quality=95), "RGB", id="webp"),
        pytest.param(lambda: encoded("PNG", "RGBA"), "RGB", id="opaque alpha"),
        pytest.param(lambda: encoded("JPEG", "L", quality=95), "L", id="grey"),
        pytest.param(lambda: encoded("PNG", "LA"), "L", id="grey and alpha"),
        *(
            pytest.param(partial(sixteen_bits, mode), mode.removesuffix("A"), id=f"16-bit {mode}")
            for mode in ("L", "LA", "RGB", "RGBA")
        ),
        *(pytest.param(partial(turned, orientation), "RGB", id=f"exif {orientation}") for orientation in TURNS),
        *(pytest.param(partial(turned, 6, kind), "RGB", id=f"exif in {kind}") for kind in ("PNG", "WEBP")),
        *(pytest.param(partial(animated, kind), "RGB", id=f"animated {kind}") for kind in ("GIF", "WEBP", "PNG")),
    ],
)
def test_every_kind_of_picture_is_seen_upright_and_in_its_colours(
    tmp_path: Path, rigged: list[Pixels], make: Callable[[], bytes], mode: str
) -> None:
    file = tmp_path / "portrait"
    file.write_bytes(make())
    assert render_module.check_portrait(file) == Seen(1)
    (seen,) = rigged
    assert seen.shape == (200, 160, 3) and seen.dtype == np.uint8
    expected = np.asarray(quadrants(mode).convert("RGB"))
    for y, x in ((50, 40), (50, 120), (150, 40), (150, 120)):
        assert np.abs(seen[y, x].astype(int) - expected[y, x]).max() < 40, (y, x)


@pytest.mark.parametrize(("clear_rows", "channels"), [(60, 4), (0, 3)])
def test_transparency_is_told_where_there_is_any(
    tmp_path: Path, rigged: list[Pixels], clear_rows: int, channels: int
) -> None:
    file = tmp_path / "portrait"
    alpha = np.full((200, 160), 255, np.uint8)
    alpha[:clear_rows] = 0
    alpha[100, 80] = 0  # a trace is none
    picture = quadrants()
    picture.putalpha(Image.fromarray(alpha))
    picture.save(file, "PNG")
    render_module.check_portrait(file)
    assert rigged[0].shape == (200, 160, channels)
    assert (rigged[0][..., 3:] == alpha[..., None]).all()


def test_a_photo_that_is_transparent_about_the_person_shows_the_scene_s_background(
    tmp_path: Path, rigged: list[Pixels]
) -> None:
    file = tmp_path / "portrait"
    picture = quadrants()
    picture.putalpha(Image.fromarray(np.repeat(np.array([0, 255], np.uint8), 100)[:, None].repeat(160, 1)))
    picture.save(file, "PNG")
    rendered = render(VideoSpec(scenes=(scene_of(),), width=WIDTH, height=HEIGHT), tmp_path, {SOURCE.key: file})
    for frame in frames(rendered.film.video):
        assert np.abs(frame[:20, :20].reshape(-1, 3).mean(0) - rgb(GREEN)).max() <= 4
        assert np.abs(frame[60:120, 150:170].reshape(-1, 3).mean(0) - rgb(GREEN)).max() > 20


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(hundred_megapixels, "more than the limit of 64 million pixels", id="100-megapixel"),
        *(
            pytest.param(lambda k=kind: encoded(k)[:300], "damaged or cut off", id=f"cut off {kind}")
            for kind in ("JPEG", "PNG", "GIF")
        ),
        pytest.param(lambda: b"hello", "cannot be read as an image", id="text"),
        pytest.param(lambda: b"", "it is empty", id="empty"),
        pytest.param(
            lambda: b"\0\0\0\x24ftypheic" + bytes(64), "it looks like a HEIC picture, and is damaged", id="heic"
        ),
    ],
)
def test_what_is_no_picture_says_so(
    tmp_path: Path, rigged: list[Pixels], make: Callable[[], bytes], words: str
) -> None:
    file = tmp_path / "portrait"
    file.write_bytes(make())
    with pytest.raises(MediaError, match=words):
        render_module.check_portrait(file)
    assert not rigged


@pytest.mark.parametrize(
    "words",
    [
        "no face is seen in the picture.",
        "the face is 40 pixels wide, the least is 80.",
        "the face is seen from the side.",
    ],
)
def test_a_face_that_cannot_speak_is_an_error_of_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    def find(_: Pixels) -> Any:
        raise PhotoError(words)

    monkeypatch.setattr(render_module, "find_portrait", find)
    file = tmp_path / "portrait"
    file.write_bytes(encoded("PNG"))
    with pytest.raises(LimelightError) as failed:
        render_module.check_portrait(file)
    assert (failed.value.stage, failed.value.code, failed.value.message) == ("picture", "photo_unusable", words)


def test_of_several_faces_it_is_said_how_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render_module, "find_portrait", lambda _: SimpleNamespace(faces=2, wide_open=True))
    file = tmp_path / "portrait"
    file.write_bytes(encoded("PNG"))
    assert render_module.check_portrait(file) == Seen(2, wide_open=True)
