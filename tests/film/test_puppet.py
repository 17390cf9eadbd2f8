"""The presenter's pictures: at rest like the portrait, alive when asked, whole at every place in the frame."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from limelight.acting.performance import Performance
from limelight.catalog.avatars import avatar
from limelight.compose.layout import place
from limelight.puppet.motion import Placement
from limelight.puppet.pack import Pack, load_pack
from limelight.puppet.puppet import Patch, Puppet
from limelight.spec import Avatar
from poses import pose

SIZE = (640, 720)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(avatar("clara_studio_20261122").pack)


@pytest.fixture(scope="module")
def puppet(pack: Pack) -> Puppet:
    return Puppet(pack, place(pack, Avatar(avatar_id="any"), *SIZE), SIZE)


def shown(puppet: Puppet, performance: Performance) -> NDArray[np.int32]:
    return framed(puppet.patch(performance, 0))


def framed(patch: Patch) -> NDArray[np.int32]:
    """The patch at its place in an empty frame."""
    frame = np.zeros((SIZE[1], SIZE[0], 4), np.int32)
    height, width = patch.rgba.shape[:2]
    frame[patch.y : patch.y + height, patch.x : patch.x + width] = patch.rgba
    return frame


def film_box(puppet: Puppet, pack: Pack, x0: float, y0: float, x1: float, y1: float) -> tuple[slice, slice]:
    """A portrait rectangle as slices of the frame."""
    corners = puppet._placement.to_film(np.array([[x0, y0], [x1, y1]], np.float32))
    (left, top), (right, bottom) = np.round(corners).astype(int)
    return slice(top, bottom), slice(left, right)


def mouth_box(puppet: Puppet, pack: Pack) -> tuple[slice, slice]:
    return film_box(puppet, pack, *pack.mouth.rect)


def test_at_rest_the_picture_is_the_portrait(puppet: Puppet, pack: Pack) -> None:
    """No seam: keys, mouth and eyes drawn over the portrait leave it as it is."""
    still, patch = framed(puppet.still()), shown(puppet, pose())
    moving = np.s_[puppet.rect[1] : puppet.rect[3], puppet.rect[0] : puppet.rect[2]]
    away = np.zeros_like(still)
    away[moving] = np.abs(patch[moving] - still[moving])
    assert away.mean() < 0.6
    skin = film_box(puppet, pack, *pack.project(pack.face.vertices).min(0), *pack.project(pack.face.vertices).max(0))
    assert np.percentile(away[skin], 99) < 26
    assert away[..., 3].max() < 40


def test_the_patch_meets_what_stands_still(puppet: Puppet) -> None:
    """The lowest moving rows are those of the still figure, whatever the head does."""
    still, last = framed(puppet.still()), slice(puppet.rect[3] - 3, puppet.rect[3])
    for head in ((0, 0, 0), (0.06, -0.04, 0.03)):
        assert np.abs(shown(puppet, pose(head=head))[last] - still[last]).max() <= 6


def test_patches_are_premultiplied(puppet: Puppet) -> None:
    patch = shown(puppet, pose({"jawOpen": 0.4}, head=(0.05, 0, 0)))
    assert (patch[..., :3].max(-1) <= patch[..., 3] + 1).all()


def test_an_open_jaw_shows_the_inside_of_the_mouth(puppet: Puppet, pack: Pack) -> None:
    box = mouth_box(puppet, pack)
    closed, opened = (shown(puppet, pose(w))[box][..., :3].sum(-1) for w in ({}, {"jawOpen": 0.4}))
    dark = 150
    assert (opened < dark).sum() > 20 + 3 * (closed < dark).sum()


def test_pressed_lips_show_nothing_of_it(puppet: Puppet, pack: Pack) -> None:
    box = mouth_box(puppet, pack)
    pressed = {"*mouthPress": 0.38, "mouthRollLower": 0.32, "mouthRollUpper": 0.32, "mouthShrugLower": 0.12}
    picture = shown(puppet, pose(pressed))[box][..., :3].sum(-1)
    assert (picture < 150).mean() < 0.01


def test_a_blink_hides_the_eyes_and_nothing_else(puppet: Puppet, pack: Pack) -> None:
    opened, shut = (shown(puppet, pose(w)) for w in ({}, {"*eyeBlink": 1.0}))
    eyes = film_box(puppet, pack, *pack.eyes.rect)
    moved = np.abs(opened - shut).max(-1) > 12
    assert moved[eyes].mean() > 0.05
    moved[eyes] = False
    assert moved.mean() < 0.001
    radius = pack.eyes.radius * 0.3
    for x, y in (pack.landmarks.eye_left, pack.landmarks.eye_right):
        iris = film_box(puppet, pack, x - radius, y - radius, x + radius, y + radius)
        assert shut[iris][..., :3].mean() > opened[iris][..., :3].mean() + 15


def test_one_eye_can_close_alone(puppet: Puppet, pack: Pack) -> None:
    left = shown(puppet, pose({"eyeBlinkLeft": 1.0})) - shown(puppet, pose())
    x, y = pack.landmarks.eye_left
    far = film_box(puppet, pack, *(np.array(pack.landmarks.eye_right) - 20), *(np.array(pack.landmarks.eye_right) + 20))
    near = film_box(puppet, pack, x - 20, y - 20, x + 20, y + 20)
    assert np.abs(left[near]).mean() > 10
    assert np.abs(left[far]).max() <= 2


def darkest_column(picture: NDArray[np.int32]) -> float:
    """Where the iris is: the dark-weighted mean column."""
    light = picture[..., :3].sum(-1)
    weight = np.clip(np.percentile(light, 25) - light, 0, None).sum(0).astype(float)
    return float((weight * np.arange(len(weight))).sum() / weight.sum())


def test_the_eyes_look_where_they_are_told(puppet: Puppet, pack: Pack) -> None:
    x, y = pack.landmarks.eye_left
    box = film_box(puppet, pack, x - 45, y - 12, x + 45, y + 12)
    places = [darkest_column(shown(puppet, pose(gaze=(yaw, 0)))[box]) for yaw in (-14, -7, 0, 7, 14)]
    assert all(b > a for a, b in itertools.pairwise(places)), places


def test_the_head_turns_and_tilts_and_the_shoulders_follow_little(puppet: Puppet, pack: Pack) -> None:
    """The nose goes right with a positive yaw and down with a positive pitch; the top of the head goes right with
    roll."""
    rest = puppet._motion.with_head
    nose = np.array(
        [[(pack.landmarks.mouth[0]), (pack.landmarks.mouth[1] + pack.landmarks.eye_left[1]) / 2]], np.float32
    )
    top = np.array([pack.landmarks.head_top], np.float32)
    shoulder = np.array([pack.landmarks.shoulder_left], np.float32)
    places = {}
    for name, head in {"yaw": (0.06, 0, 0), "pitch": (0, 0.06, 0), "roll": (0, 0, 0.06)}.items():
        puppet.patch(pose(head=head), 0)
        film = [puppet._placement.to_film(p) for p in (nose, top, shoulder)]
        places[name] = [(rest(p) - p)[0] for p in film]
    assert places["yaw"][0][0] > 1 and places["pitch"][0][1] > 1 and places["roll"][1][0] > 1
    for moved in places.values():
        assert np.linalg.norm(moved[2]) < 0.3 * max(np.linalg.norm(moved[0]), np.linalg.norm(moved[1]))


def test_motion_is_smooth(puppet: Puppet) -> None:
    """A turn of a tenth of a degree changes little: nothing pops, nothing shimmers."""
    before = shown(puppet, pose(head=(0.02, 0, 0)))
    after = shown(puppet, pose(head=(0.02 + np.radians(0.1), 0, 0)))
    assert np.abs(before - after).mean() < 1.5


def test_lids_and_gaze_do_not_jump_between_their_pictures(puppet: Puppet, pack: Pack) -> None:
    box = film_box(puppet, pack, *pack.eyes.rect)
    lids = [pose({"*eyeBlink": float(close)}) for close in np.linspace(0, 1, 41)]
    gazes = [pose(gaze=(float(yaw), 0)) for yaw in np.linspace(-12, 12, 49)]
    for performances in (lids, gazes):
        pictures = [shown(puppet, p)[box] for p in performances]
        steps = [np.abs(a - b).mean() for a, b in itertools.pairwise(pictures)]
        assert max(steps) < 4 * np.median(steps) + 0.2


@pytest.mark.parametrize("where", [(0.9, -300, -200), (0.2, 500, 600), (0.3, -2000, 0), (3.0, -2500, -1500)])
def test_a_presenter_may_leave_the_frame(pack: Pack, where: tuple[float, float, float]) -> None:
    puppet = Puppet(pack, Placement(*where), SIZE)
    for patch in (puppet.still(), puppet.patch(pose({"jawOpen": 0.3}, head=(0.05, 0.02, 0)), 0)):
        height, width = patch.rgba.shape[:2]
        assert 0 <= patch.x <= patch.x + width <= SIZE[0]
        assert 0 <= patch.y <= patch.y + height <= SIZE[1]
        assert not any(v % 2 for v in (patch.x, patch.y, width, height))


@pytest.mark.parametrize("style", ["normal", "closeUp"])
@pytest.mark.parametrize(
    "size", [(1920, 1080), (1080, 1920), (1080, 1080), (1280, 720), (128, 4096), (4096, 128), (640, 720)]
)
def test_every_frame_shows_the_whole_head_and_no_lower_edge(pack: Pack, style: str, size: tuple[int, int]) -> None:
    placement = place(pack, Avatar(avatar_id="any", style=style), *size)  # type: ignore[arg-type]
    top, chin = placement.to_film(np.array([pack.landmarks.head_top, pack.landmarks.chin], np.float32))
    assert top[1] > 0 and chin[1] < size[1]
    assert placement.y + placement.scale * pack.portrait.shape[0] >= size[1] - 1
    assert abs(top[0] - size[0] / 2) < 0.1 * size[0] + 4


def test_a_portrait_frame_shows_a_larger_presenter(pack: Pack) -> None:
    wide, tall = (place(pack, Avatar(avatar_id="any"), *size).scale for size in ((1280, 720), (720, 1280)))
    assert tall > wide


def test_scale_and_offset_move_the_presenter(pack: Pack) -> None:
    plain = place(pack, Avatar(avatar_id="any"), *SIZE)
    moved = place(pack, Avatar(avatar_id="any", scale=0.5, offset=(0.25, -0.1)), *SIZE)
    assert moved.scale == pytest.approx(plain.scale / 2)
    foot = np.array([[pack.landmarks.chin[0], pack.portrait.shape[0]]], np.float32)
    assert moved.to_film(foot)[0, 0] - SIZE[0] / 2 == pytest.approx(
        (plain.to_film(foot)[0, 0] - SIZE[0] / 2) / 2 + 0.25 * SIZE[0], abs=0.5
    )


def test_the_texture_memory_keeps_no_stale_picture(pack: Pack) -> None:
    """The blended texture is reused while the mix stays; going away and back gives the same picture."""
    puppet = Puppet(pack, place(pack, Avatar(avatar_id="any"), 320, 360), (320, 360))
    first = shown(puppet, pose({"jawOpen": 0.25})).copy()
    shown(puppet, pose({"mouthPucker": 0.7}))
    assert np.array_equal(first, shown(puppet, pose({"jawOpen": 0.25})))


def test_a_frame_does_not_depend_on_those_before_it(puppet: Puppet) -> None:
    performance = pose({"jawOpen": 0.2, "*mouthSmile": 0.2}, head=(0.02, 0.01, 0), gaze=(3, 1))
    alone = shown(puppet, performance).copy()
    shown(puppet, dataclasses.replace(performance, head=-performance.head))
    assert np.array_equal(alone, shown(puppet, performance))
