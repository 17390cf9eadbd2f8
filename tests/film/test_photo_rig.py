"""A picture becomes a presenter: what moves, what must not, and what is said about pictures that cannot."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from limelight.acting.performance import BLENDSHAPES, INDEX, Performance
from limelight.acting.visemes import TARGETS
from limelight.catalog.avatars import avatar
from limelight.puppet.motion import Placement
from limelight.puppet.pack import Pack, load_pack
from limelight.puppet.photo import PhotoError, PhotoRig, find_portrait, landmarks, portrait, rig
from limelight.puppet.photo.fit import _INNER_PAIRS, _on_lip_line, fit
from limelight.puppet.photo.template import template
from limelight.puppet.puppet import Puppet
from photo_rigs import laid, place_of
from pictures import opened
from places import DATA

ASTRONAUT = DATA / "astronaut.jpg"
Picture = NDArray[np.uint8]


def busy(height: int, width: int) -> Picture:
    """A background with edges, gradients and grain; no face."""
    random = np.random.default_rng(3)
    coarse = cv2.resize(
        random.integers(40, 220, (7, 9, 3)).astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC
    )
    for x in range(20, width, 90):
        cv2.line(coarse, (x, 0), (x // 2, height), (30, 60, 90), 3, cv2.LINE_AA)
    return np.clip(coarse + random.normal(0, 4, coarse.shape), 0, 255).astype(np.uint8)


def pose(named: dict[str, float], head: tuple[float, float, float] = (0, 0, 0), gaze: float = 0.0) -> Performance:
    row = np.zeros((1, len(BLENDSHAPES)), np.float32)
    named = dict(named)
    tongue = np.full(1, named.pop("tongue", 0.0), np.float32)
    for name, value in named.items():
        for full in [name] if name in INDEX else [name + "Left", name + "Right"]:
            row[0, INDEX[full]] = value
    two, three = np.zeros((1, 2), np.float32), np.zeros((1, 3), np.float32)
    look, turned = np.array([[gaze, 0]], np.float32), np.array([head], np.float32)
    return Performance(25, row, tongue, turned, two, look, np.zeros(1, np.float32), three)


class Shown:
    """A photo's frames at its own size."""

    def __init__(self, made: PhotoRig, pack: Pack | None = None) -> None:
        self.rig, self.pack = made, pack or made.pack
        height, width = made.plate.shape[:2]
        self.puppet = Puppet(self.pack, Placement(1.0, 0.0, 0.0), (width // 2 * 2, height // 2 * 2))
        self.still = laid(made.plate, self.puppet.still())

    def frame(self, performance: Performance) -> Picture:
        patch = self.puppet.patch(performance, 0)
        out, place = self.still.copy(), place_of(patch)
        out[place] = self.rig.plate[place]
        return laid(out, patch)

    def mouth(self) -> tuple[slice, slice]:
        x0, y0, x1, y1 = self.pack.mouth.rect
        return np.s_[y0:y1, x0:x1]

    def outline(self, loop: NDArray[np.int32], named: dict[str, float]) -> NDArray[np.float32]:
        return self.puppet._face.vertices(pose(named).weights[0])[loop]


@pytest.fixture(scope="session")
def made_picture() -> Picture:
    """A presenter before a busy background, 640 × 600."""
    pack = load_pack(avatar("daniel_studio_20261124").pack)
    puppet = Puppet(pack, Placement(0.42, -110, 40), (640, 600))
    return laid(busy(600, 640), puppet.still())


@pytest.fixture(scope="session")
def made(made_picture: Picture) -> Shown:
    return Shown(rig(made_picture))


@pytest.fixture(scope="session")
def turned_picture() -> Picture:
    """The same presenter with the head turned by about 23°."""
    pack = load_pack(avatar("daniel_studio_20261124").pack)
    puppet = Puppet(pack, Placement(0.42, -110, 40), (640, 600))
    background, patch = busy(600, 640), puppet.patch(pose({}, (0.5, 0, 0)), 0)
    height, width = patch.rgba.shape[:2]
    out = laid(background, puppet.still())
    place = np.s_[patch.y : patch.y + height, patch.x : patch.x + width]
    out[place] = background[place]
    return laid(out, patch)


@pytest.fixture(scope="session")
def turned(turned_picture: Picture) -> Shown:
    return Shown(rig(turned_picture))


@pytest.fixture(scope="session")
def astronaut() -> Shown:
    return Shown(rig(astronaut_picture()))


def astronaut_picture() -> Picture:
    return opened(ASTRONAUT)


#: Frames in which everything moves.
LIVELY = (
    pose({"jawOpen": 0.45, "browInnerUp": 0.8}, (0.09, 0.03, 0.03)),
    pose({"eyeBlink": 1.0, "mouthSmile": 0.5}, (-0.09, -0.04, -0.04), 10.0),
)


def test_at_rest_the_layers_compose_to_the_picture(made: Shown, made_picture: Picture) -> None:
    away = np.abs(made.still.astype(int) - made_picture).max(-1)
    assert np.percentile(away, 99) <= 8
    assert made.rig.plate.shape == made_picture.shape == (*made.pack.portrait.shape[:2], 3)


@pytest.mark.parametrize("name", ["made", "turned"])
def test_at_rest_eyes_are_the_pictures(name: str, request: pytest.FixtureRequest) -> None:
    """No eyeball beside its lids, no second lashes, no lines where layers meet."""
    shown: Shown = request.getfixturevalue(name)
    picture: Picture = request.getfixturevalue(f"{name}_picture")
    x0, y0, x1, y1 = shown.pack.eyes.rect
    away = np.abs(shown.frame(pose({})).astype(int) - picture)[y0:y1, x0:x1].max(-1)
    assert np.percentile(away, 99) <= 22 and away.max() <= 60


def test_pixels_far_from_the_person_are_the_pictures_in_every_frame(made: Shown, made_picture: Picture) -> None:
    near = cv2.dilate((made.pack.portrait[..., 3] > 0).astype(np.uint8), np.ones((41, 41), np.uint8)) > 0
    assert 0.15 < (~near).mean() < 0.9
    for performance in LIVELY:
        assert np.array_equal(made.frame(performance)[~near], made_picture[~near])
    assert np.array_equal(made.rig.plate[~near], made_picture[~near])


def test_the_person_is_cut_out(made: Shown) -> None:
    """The face is, the corners of the picture above the shoulders are not."""
    alpha, marks = made.pack.portrait[..., 3], made.pack.landmarks
    for x, y in (marks.mouth, marks.eye_left, marks.eye_right):
        assert alpha[int(y), int(x)] == 255
    assert alpha[:60, :60].max() == 0 and alpha[:60, -60:].max() == 0


@pytest.mark.parametrize("name", ["made", "turned", "astronaut"])
def test_teeth_never_show_through_closed_lips(name: str, request: pytest.FixtureRequest) -> None:
    """Found by taking the teeth away: what changes is what was seen of them. The astronaut's picture shows teeth."""
    shown: Shown = request.getfixturevalue(name)
    mouth = shown.pack.mouth
    bare = replace(
        mouth,
        upper=np.zeros_like(mouth.upper),
        lower=tuple((jaw, np.zeros_like(image)) for jaw, image in mouth.lower),
    )
    toothless = Shown(shown.rig, replace(shown.pack, mouth=bare))
    box = shown.mouth()
    for viseme, seen in (("sil", False), ("PP", False), ("aa", True), ("E", True)):
        frames = (s.frame(pose(TARGETS[viseme]))[box].astype(int) for s in (shown, toothless))
        change = np.abs(next(frames) - next(frames)).max(-1) > 25
        assert change.sum() > 20 if seen else not change.any(), viseme


def test_a_black_and_white_picture_stays_black_and_white(made_picture: Picture) -> None:
    grey = np.asarray(np.dstack([cv2.cvtColor(made_picture, cv2.COLOR_RGB2GRAY)] * 3), np.uint8)
    shown = Shown(rig(grey))
    for viseme in ("aa", "TH", "U"):
        assert np.ptp(shown.frame(pose(TARGETS[viseme])).astype(int), -1).max() <= 3, viseme


def test_a_smile_with_teeth_is_closed_at_rest(astronaut: Shown) -> None:
    """Where the picture shows bright teeth, the resting mouth shows lips."""
    x, y = (int(v) for v in astronaut.pack.landmarks.mouth)
    box = np.s_[y - 6 : y + 7, x - 15 : x + 16]
    photo = astronaut_picture()
    white = [((p[box].min(-1) > 165) & (np.ptp(p[box], -1) < 45)).mean() for p in (photo, astronaut.frame(pose({})))]
    assert white[0] > 0.15 and white[1] < 0.35 * white[0]  # what is left is a glint on the lip


def test_a_mouth_that_never_closes_is_told_from_a_smile(astronaut: Shown, made: Shown) -> None:
    for shown, weights, told in (
        (made, {}, False),
        (made, {"jawOpen": 0.15, "mouthSmile": 0.8}, False),
        (made, {"jawOpen": 0.9}, True),
        (made, {"jawOpen": 0.7, "mouthUpperUp": 0.6}, True),
        (astronaut, {"jawOpen": 0.9}, True),
    ):
        assert find_portrait(shown.frame(pose(weights))).wide_open is told, weights
    assert not find_portrait(astronaut_picture()).wide_open  # a smile with teeth


@pytest.mark.parametrize("name", ["made", "turned", "astronaut"])
def test_lids_close(name: str, request: pytest.FixtureRequest) -> None:
    shown: Shown = request.getfixturevalue(name)
    for loop, (x, y) in zip(shown.pack.eyes.openings, shown.pack.eyes.centres, strict=True):
        heights = []
        for named in ({}, {"eyeBlink": 1.0}):
            mask = np.zeros(shown.still.shape[:2], np.uint8)
            cv2.fillPoly(mask, [np.round(shown.outline(loop, named) * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
            heights.append(mask.sum())
        assert heights[1] < 0.3 * heights[0]
        # The iris is gone, and there is skin, not a smeared eye.
        at = np.s_[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2]
        opened, shut = (shown.frame(pose(named))[at].astype(float).mean() for named in ({}, {"eyeBlink": 1.0}))
        assert shut > opened + 25


def test_head_turns_leave_neither_tear_nor_halo(made: Shown, made_picture: Picture) -> None:
    """Turned, what is new beside the head is like the background there, not like holes."""
    for performance in LIVELY:
        frame = made.frame(performance)
        assert (frame.max(-1) < 4).mean() <= (made_picture.max(-1) < 4).mean() + 0.001


def test_the_same_picture_gives_the_same_rig(made: Shown, made_picture: Picture) -> None:
    again = rig(made_picture)
    assert np.array_equal(again.plate, made.rig.plate)
    for field in ("portrait", "depth", "warp"):
        assert np.array_equal(getattr(again.pack, field), getattr(made.pack, field)), field
    assert np.array_equal(again.pack.face.vertices, made.pack.face.vertices)
    assert np.array_equal(again.pack.face.neutral, made.pack.face.neutral)


def test_of_two_faces_the_largest_speaks(made_picture: Picture) -> None:
    small = cv2.resize(made_picture[:, 60:580], None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    both = np.full((600, 640 + small.shape[1], 3), 127, np.uint8)
    both[:, :640], both[-small.shape[0] :, 640:] = made_picture, small
    found = find_portrait(both)
    assert found.faces == 2
    assert found.box[2] < 640


def test_the_largest_face_speaks_beside_somebody_of_whom_more_is_seen() -> None:
    picture = astronaut_picture()
    both = np.full((360, 640, 3), (90, 120, 90), np.uint8)
    both[30:, 310:] = cv2.resize(picture, (330, 330), interpolation=cv2.INTER_AREA)
    both[5:245, 5:245] = cv2.resize(picture[20:260, 110:350], (240, 240), interpolation=cv2.INTER_AREA)
    both_faces = Shown(rig(both))
    assert both_faces.rig.faces == 2
    frame = both_faces.frame(pose({"jawOpen": 0.6}))
    moved = np.abs(frame.astype(int) - both).max(-1) > 40
    assert moved[both_faces.mouth()].mean() > 0.1, "the mouth opens"
    assert not moved[:, 310:].any(), "the other one is part of the background"


def test_a_face_that_is_transparent(made_picture: Picture, made: Shown) -> None:
    alpha = np.full(made_picture.shape[:2], 255, np.uint8)
    alpha[40:60] = 0
    find_portrait(np.dstack([made_picture, alpha]))
    centre = (int(made.pack.landmarks.mouth[0]), int(made.pack.landmarks.mouth[1]) - 40)
    cv2.circle(alpha, centre, 110, 100, cv2.FILLED)
    with pytest.raises(PhotoError, match="the face is transparent") as raised:
        find_portrait(np.dstack([made_picture, alpha]))
    assert raised.value.code == "face_transparent"


def test_no_face() -> None:
    with pytest.raises(PhotoError, match="no face was found") as raised:
        find_portrait(busy(400, 500))
    assert raised.value.code == "no_face" and raised.value.stage == "picture"


def test_a_face_too_small(made_picture: Picture) -> None:
    tiny = cv2.resize(made_picture, None, fx=0.28, fy=0.28, interpolation=cv2.INTER_AREA)
    framed = np.full((400, 500, 3), 90, np.uint8)
    framed[: tiny.shape[0], : tiny.shape[1]] = tiny
    with pytest.raises(PhotoError, match=r"the face is \d+ pixels wide, at least 80 are needed"):
        find_portrait(framed)


def test_a_face_that_is_cut_off(made_picture: Picture, made: Shown) -> None:
    lips = int(made.pack.landmarks.mouth[1])
    with pytest.raises(PhotoError, match=r"cut off|no face"):
        find_portrait(np.ascontiguousarray(made_picture[: lips - 8]))


def test_a_profile(made_picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The landmarks of a head that is turned by 60°."""
    c, s = np.cos(np.radians(60)), np.sin(np.radians(60))
    points = template().landmarks - template().landmarks.mean(0)
    turned = points @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]], np.float32).T * 2500 + [320, 250, 0]
    monkeypatch.setattr(landmarks, "face_mesh", lambda image, box: (turned.astype(np.float32), 1.0))
    with pytest.raises(PhotoError, match="the face is seen from the side") as raised:
        find_portrait(made_picture)
    assert raised.value.code == "face_from_the_side"


def test_a_mouth_ends_where_the_line_of_its_lips_does() -> None:
    """Landmarks lie beside it, as in turned faces: one corner too far out, one too far in, both too low."""
    picture = np.full((200, 300, 3), 180, np.uint8)
    ends = np.array([[80.0, 104.0], [220.0, 96.0]], np.float32)
    cv2.line(picture, (80, 104), (220, 96), (70, 40, 40), 4, cv2.LINE_AA)
    points = np.full((468, 3), 500, np.float32)
    for row in _INNER_PAIRS:
        points[list(row), 0], points[list(row), 1] = np.linspace(102, 224, len(row)), 106
    points[61, :2], points[291, :2] = (90, 111), (236, 106)
    soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), 1), np.uint8)
    found = _on_lip_line(soft, points, points[[61, 291], :2])[:, :2]
    assert (np.linalg.norm(found[[61, 291]] - ends, axis=1) < 6).all()
    assert abs(found[13, 1] - np.interp(found[13, 0], *ends.T)) < 1.5
    assert (found[14] == found[13]).all()


def test_a_turned_and_tilted_face_is_measured(made_picture: Picture) -> None:
    middle = (320.0, 250.0)
    tilted = cv2.warpAffine(
        made_picture, cv2.getRotationMatrix2D(middle, -18, 1), (640, 600), borderMode=cv2.BORDER_REPLICATE
    )
    found = find_portrait(np.asarray(tilted, np.uint8))
    roll = np.degrees(np.arctan2(found.rotation[1, 0], found.rotation[0, 0]))
    assert 12 < roll < 24
    placed = fit(template(), found)
    seen = placed.project(placed.landmarks)
    assert np.linalg.norm(seen - found.landmarks[:, :2], axis=1).mean() < 2.5


def test_a_huge_picture_is_scaled_down(made_picture: Picture) -> None:
    large = np.asarray(cv2.resize(made_picture, None, fx=4, fy=4, interpolation=cv2.INTER_LINEAR), np.uint8)
    assert max(find_portrait(large).picture.shape) == portrait.LONGEST_SIDE_PX


def test_a_cut_out_picture_keeps_its_alpha(made_picture: Picture, made: Shown) -> None:
    alpha = made.pack.portrait[..., 3]
    own = rig(np.dstack([made_picture, alpha]))
    assert np.abs(own.pack.portrait[..., 3].astype(int) - alpha).max() <= 1


@pytest.mark.parametrize("crop", [np.s_[70:400, 170:470], np.s_[40:600, 150:500]], ids=["only a head", "at the edges"])
def test_tight_pictures_speak_too(made_picture: Picture, crop: tuple[slice, slice]) -> None:
    picture = np.ascontiguousarray(made_picture[crop][:-2, :-2])
    shown = Shown(rig(picture))
    for performance in LIVELY:
        frame = shown.frame(performance)
        assert frame.shape == picture.shape
        assert np.isfinite(shown.pack.face.vertices).all()
        assert (frame.max(-1) < 4).mean() <= (picture.max(-1) < 4).mean() + 0.002
