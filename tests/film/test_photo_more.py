"""Several pictures of one person: what each gives, what does not fit, and what is better for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from limelight.acting.performance import INDEX, Performance
from limelight.catalog.avatars import avatar
from limelight.puppet.motion import Placement
from limelight.puppet.pack import Pack, load_pack
from limelight.puppet.photo import PhotoRig, find_portrait, rig
from limelight.puppet.photo.expression import read_expression
from limelight.puppet.photo.fit import fit
from limelight.puppet.photo.matte import matte
from limelight.puppet.photo.portrait import find_face
from limelight.puppet.photo.rest import weights_of
from limelight.puppet.photo.template import template
from limelight.puppet.puppet import Puppet

Picture = NDArray[np.uint8]

ANN, JOE = "angela_expressive_20231010", "josh_lite3_20230714"
LAUGH = {"mouthSmile": 0.7, "cheekSquint": 0.5, "jawOpen": 0.08, "mouthUpperUp": 0.5, "mouthLowerDown": 0.4}
OPEN = {"jawOpen": 0.5, "mouthLowerDown": 0.2}
#: A placement of the packs' portraits: head and shoulders, and down to the waist.
NEAR, WIDE = (0.62, -160.0, 20.0, 760, 800), (0.45, -90.0, 10.0, 620, 850)


@lru_cache
def pack(name: str) -> Pack:
    return load_pack(avatar(name).pack)


def drawn(of: Pack, named: Mapping[str, float], placement: Placement, size: tuple[int, int]) -> Picture:
    """(height, width, 4), premultiplied."""
    puppet = Puppet(of, placement, size)
    one, two, three = np.zeros(1, np.float32), np.zeros((1, 2), np.float32), np.zeros((1, 3), np.float32)
    frame = np.zeros((size[1], size[0], 4), np.uint8)
    acted = Performance(25, weights_of(named)[None], one, three, two, two, one, three)
    for patch in (puppet.still(), puppet.patch(acted, 0)):
        height, width = patch.rgba.shape[:2]
        frame[patch.y : patch.y + height, patch.x : patch.x + width] = patch.rgba
    return frame


@lru_cache
def person(name: str, named: tuple[tuple[str, float], ...] = (), where: tuple[float, ...] = NEAR) -> Picture:
    """(height, width, 4): a filmed presenter with an expression, cut out, premultiplied."""
    scale, x, y, width, height = where
    return drawn(pack(name), dict(named), Placement(scale, x, y), (int(width), int(height)))


def before_wall(cut: Picture, light: float = 1.0) -> Picture:
    """(height, width, 3): the person before a grey wall that darkens downwards, with grain."""
    height, width = cut.shape[:2]
    fall = np.linspace(150, 118, height)[:, None, None] * np.linspace(1.04, 0.97, width)[None, :, None]
    wall = fall * np.array([1.0, 1.0, 0.98]) + np.random.default_rng(5).normal(0, 1.2, (height, width, 1))
    shown = cut[..., :3] + wall * (1 - cut[..., 3:] / 255)
    return np.clip(shown * light, 0, 255).astype(np.uint8)


def picture(name: str, named: Mapping[str, float] | None = None, where: tuple[float, ...] = NEAR) -> Picture:
    return before_wall(person(name, tuple((named or {}).items()), where))


@pytest.fixture(scope="session")
def several() -> PhotoRig:
    """Ann at rest, and Ann laughing, with her mouth open, from the waist up; and Joe laughing."""
    more = [picture(ANN, LAUGH), picture(ANN, OPEN), picture(ANN, where=WIDE), picture(JOE, LAUGH)]
    return rig(picture(ANN), more)


def test_what_each_picture_gave_is_told(several: PhotoRig) -> None:
    laugh, wide_open, waist, stranger = several.gave
    assert {"teeth", "creases"} <= set(laugh.parts)
    assert wide_open.parts == ("creases",)
    assert waist.parts == ("body",)
    assert stranger.parts == () and stranger.left_out is not None and "person" in stranger.left_out
    assert all((one.left_out is None) == bool(one.parts) for one in several.gave)


def test_one_picture_gives_what_it_gave(several: PhotoRig) -> None:
    alone = rig(picture(ANN))
    assert alone.gave == ()
    assert alone.pack.mouth.lit == 0 and several.pack.mouth.lit > 0


def test_the_body_is_the_wider_pictures(several: PhotoRig) -> None:
    """The joined picture reaches the waist, its head is as sharp as the portrait's, and their seam is not seen."""
    portrait, marks = several.pack.portrait, several.pack.landmarks
    head = marks.chin[1] - marks.head_top[1]
    assert (portrait.shape[0] - marks.chin[1]) / head > 1.5
    near = pack(ANN).landmarks
    assert head == pytest.approx((near.chin[1] - near.head_top[1]) * NEAR[0], rel=0.12)
    x, y = int(marks.chin[0]), int(marks.chin[1])
    neck = portrait[y + int(0.05 * head) : y + int(0.2 * head), x - 20 : x + 20, :3].astype(float).mean((1, 2))
    assert np.abs(np.diff(neck)).max() < 6


def test_their_own_teeth_are_seen(several: PhotoRig) -> None:
    """Between laughing lips there is what the picture of the laugh shows, and not the template's teeth."""
    truth, alone = picture(ANN, LAUGH), rig(picture(ANN))
    away = {}
    for name, made in (("several", several), ("alone", alone)):
        shown = drawn(made.pack, LAUGH, Placement(1.0, 0.0, 0.0), made.pack.portrait.shape[1::-1])
        away[name] = np.abs(_mouth(shown[..., :3]) - _mouth(truth)).mean()
    assert away["several"] < 0.8 * away["alone"]


def _mouth(image: Picture) -> NDArray[np.float32]:
    """(40, 80) the light of a mouth, found anew."""
    seen = find_face(np.ascontiguousarray(image))
    assert seen is not None
    left, right = seen[61, :2], seen[291, :2]
    middle, half = (left + right) / 2, float(np.linalg.norm(right - left)) * 0.5
    to = np.array([[half / 40, 0, middle[0] - half], [0, half / 40, middle[1] - half / 2]], np.float32)
    part = cv2.warpAffine(image, to, (80, 40), flags=cv2.INTER_AREA | cv2.WARP_INVERSE_MAP)
    return part.astype(np.float32).mean(-1)


def test_an_expression_is_read_from_a_picture() -> None:
    t, front = template(), find_portrait(picture(ANN))
    found = fit(t, front)
    for named in (
        {},
        {"mouthSmile": 0.6, "cheekSquint": 0.4},
        {"jawOpen": 0.5},
        {"browInnerUp": 0.8, "browOuterUp": 0.6},
    ):
        marks = find_face(picture(ANN, named))
        assert marks is not None
        read = read_expression(t, found, marks).weights
        row = {n: float(read[INDEX.get(n, INDEX.get(f"{n}Left", 0))]) for n in ("mouthSmile", "jawOpen", "browInnerUp")}
        for name, value in row.items():
            assert (value > 0.25 * named[name]) if name in named else (value < 0.15), (named, row)


@pytest.mark.parametrize(
    "change, reason", [("light", "light"), ("hand", "mouth"), ("wall", "face"), ("small", "pixels")]
)
def test_what_does_not_fit_is_left_out_and_told(change: str, reason: str) -> None:
    other = picture(ANN, LAUGH)
    if change == "light":
        other = before_wall(person(ANN, tuple(LAUGH.items())), 0.45)
    elif change == "hand":
        seen = find_face(other)
        assert seen is not None
        x, y = (int(v) for v in seen[[13, 14], :2].mean(0))
        reach = int(np.ptp(seen[:, 0]) * 0.3)
        other = other.copy()
        cv2.ellipse(
            other, (x, y), (reach, reach // 2), 0, 0, 360, [int(v) for v in other[y - reach, x + reach // 2]], -1
        )
    elif change == "wall":
        other = before_wall(np.zeros_like(person(ANN)))
    else:
        other = np.asarray(cv2.resize(other, None, fx=0.18, fy=0.18, interpolation=cv2.INTER_AREA), np.uint8)
    (gave,) = rig(picture(ANN), [other]).gave
    assert gave.parts == () and gave.left_out is not None and reason in gave.left_out


def test_gaps_between_arm_and_body_are_wall_and_hair_is_single() -> None:
    """A presenter cut out anew, against the alpha that they were laid over the wall with."""
    cut = person(JOE, (), (0.6, -140.0, 10.0, 800, 1150))
    made = matte(find_portrait(before_wall(cut)))
    truth, found = cut[..., 3] / 255.0, made.person[..., 3] / 255.0
    assert np.abs(truth - found).mean() < 0.006
    ring = cv2.dilate((truth > 0.5).astype(np.uint8), np.ones((15, 15))) - cv2.erode(
        (truth > 0.5).astype(np.uint8), np.ones((15, 15))
    )
    assert np.abs(truth - found)[ring > 0].mean() < 0.09
    rows, middle = truth.shape[0], truth.shape[1] // 2
    gap = (truth < 0.02)[rows // 2 :, :]
    inner = np.zeros_like(gap)
    for y, row in enumerate((truth > 0.5)[rows // 2 :]):
        left, right = np.flatnonzero(row)[[0, -1]]
        inner[y, left:right] = True
    holes = gap & inner
    assert holes.sum() > 500
    assert found[rows // 2 :][holes].mean() < 0.12
    assert found[rows // 2 :, middle].min() > 0.95


def test_a_resting_expression_is_at_rest() -> None:
    """A smile that is always there: its corners are higher, its lips shut, and nothing but the face is changed."""
    stern, kind = rig(picture(JOE)), rig(picture(JOE), (), {"mouthSmile": 0.4})
    corner = [p.project(p.face.vertices)[p.face.inner_lip] for p in (stern.pack, kind.pack)]
    ends = [loop[[loop[:, 0].argmin(), loop[:, 0].argmax()], 1].mean() for loop in corner]
    assert ends[1] < ends[0] - 1.5
    changed = np.abs(stern.pack.portrait.astype(int) - kind.pack.portrait).max(-1) > 3
    x0, x1 = (int(v) for v in np.percentile(corner[0][:, 0], [0, 100]))
    assert changed[:, max(x0 - 120, 0) : x1 + 120].sum() == changed.sum() and changed.any()
    bare = drawn(kind.pack, {}, Placement(1.0, 0.0, 0.0), kind.pack.portrait.shape[1::-1])
    y0, y1 = int(corner[1][:, 1].min()), int(corner[1][:, 1].max())
    assert bare[y0 : y1 + 1, x0:x1, :3].min(-1).max() < 190  # no teeth


def test_enamel_is_light_where_only_eyes_tell_it() -> None:
    """Teeth of a picture that shows none are lighter than the whites of its eyes seem, and warm, not brown."""
    upper = rig(picture(JOE)).pack.mouth.upper
    shown = upper[upper[..., 3] > 250][:, :3].astype(float)
    pale = shown[shown.mean(1) > np.percentile(shown.mean(1), 60)]
    red, green, blue = np.median(pale, 0)
    assert 150 < green < 235 and red >= green >= blue and red / blue < 1.4


def test_teeth_differ_between_people() -> None:
    """Of all pairs of filmed presenters, no two have the same row."""
    names = [ANN, JOE, "lily_20230614", "noel_studio_20261130"]
    rows = []
    for name in names:
        mouth = pack(name).mouth
        grey = cv2.resize(
            mouth.upper[..., :3].mean(-1) * (mouth.upper[..., 3] / 255), (96, 48), interpolation=cv2.INTER_AREA
        )
        rows.append((grey - grey.mean()) / grey.std())
    alike = [float((a * b).mean()) for i, a in enumerate(rows) for b in rows[:i]]
    assert max(alike) < 0.97
