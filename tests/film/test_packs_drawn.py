"""What every presenter of the catalog must show, whoever baked it: asserted on the drawn picture and its geometry."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from judged import JUDGED
from limelight.acting.performance import BLENDSHAPES, INDEX, Performance
from limelight.acting.visemes import TARGETS
from limelight.catalog.avatars import AvatarEntry
from limelight.puppet.motion import Placement
from limelight.puppet.pack import Pack, load_pack
from limelight.puppet.puppet import Puppet

#: Film pixels for each portrait pixel.
SCALE = 0.5
Picture = NDArray[np.float32]


class Drawn:
    """One presenter's head, asked by named weights."""

    def __init__(self, entry: AvatarEntry, pack: Pack | None = None) -> None:
        self.entry, self.pack = entry, pack or load_pack(entry.pack)
        height, width = self.pack.portrait.shape[:2]
        self.size = int(width * SCALE) // 2 * 2, int(height * SCALE) // 2 * 2
        self.puppet = Puppet(self.pack, Placement(SCALE, 0, 0), self.size)

    def picture(self, named: dict[str, float], tongue: float = 0.0, gaze: tuple[float, float] = (0, 0)) -> Picture:
        """(h, w, 4) premultiplied."""
        row = np.zeros((1, len(BLENDSHAPES)), np.float32)
        for name, value in named.items():
            for full in [name] if name in INDEX else [name + "Left", name + "Right"]:
                row[0, INDEX[full]] = value
        one = np.zeros(1, np.float32)
        three, two = np.zeros((1, 3), np.float32), np.zeros((1, 2), np.float32)
        look = np.array([gaze], np.float32)
        patch = self.puppet.patch(Performance(25, row, one + tongue, three, two, look, one, three), 0)
        frame = np.zeros((self.size[1], self.size[0], 4), np.float32)
        height, width = patch.rgba.shape[:2]
        frame[patch.y : patch.y + height, patch.x : patch.x + width] = patch.rgba
        return frame

    def viseme(self, name: str) -> Picture:
        targets = dict(TARGETS[name])
        return self.picture(targets, targets.pop("tongue", 0.0))

    def around(self, x: float, y: float, half_width: float, half_height: float) -> tuple[slice, slice]:
        """A box of portrait pixels as slices of the picture."""
        x0, x1, y0, y1 = ((v * SCALE) for v in (x - half_width, x + half_width, y - half_height, y + half_height))
        return slice(int(y0), int(y1)), slice(int(x0), int(x1))

    def mouth(self) -> tuple[slice, slice]:
        x0, y0, x1, y1 = self.pack.mouth.rect
        return self.around((x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2)

    def _filled(self, outline: Picture) -> NDArray[np.bool_]:
        mask = np.zeros(self.size[::-1], np.uint8)
        cv2.fillPoly(mask, [np.round(outline * SCALE - 0.5).astype(np.int32)], 1)
        return mask > 0

    def lips(self) -> NDArray[np.bool_]:
        """Where the lips are at rest, but for their edges and corners, which a beard may shade."""
        red = np.flatnonzero(self.pack.face.lips > 0.5).astype(np.int32)
        hull = cv2.convexHull(self.outline(red, {}))[:, 0]
        return self._filled(hull.mean(0) + 0.8 * (hull - hull.mean(0)))

    def inside(self, named: dict[str, float]) -> NDArray[np.bool_]:
        """What is open between the lips."""
        return self._filled(self.outline(self.pack.face.inner_lip, named))

    def outline(self, loop: NDArray[np.int32], named: dict[str, float]) -> Picture:
        """(N, 2) portrait pixels of a loop of the face's vertices in an expression."""
        row = np.zeros(len(BLENDSHAPES), np.float32)
        for name, value in named.items():
            row[INDEX[name]] = value
        film = self.puppet._face.vertices(row)
        return self.puppet._placement.to_portrait(film)[loop]


@pytest.fixture(scope="module", params=JUDGED, ids=lambda entry: entry.avatar_id)
def drawn(request: pytest.FixtureRequest) -> Drawn:
    return Drawn(request.param)


def mean_height(loop: Picture, outside: Picture) -> float:
    """Height of a loop's opening, mean over its width; what is turned inside out counts as shut."""

    def area(p: Picture) -> float:
        return float(np.sum(p[:, 0] * np.roll(p[:, 1], -1) - p[:, 1] * np.roll(p[:, 0], -1))) / 2

    return area(loop) * float(np.sign(area(outside))) / float(np.ptp(outside[:, 0]))


def test_lips_are_sealed_at_rest_and_pressed(drawn: Drawn) -> None:
    marks = drawn.pack.landmarks
    face_height = 2 * abs(marks.chin[1] - marks.eye_left[1])
    loop = drawn.pack.face.inner_lip
    wide = drawn.outline(loop, {"jawOpen": 0.4})
    assert mean_height(wide, wide) > 0.03 * face_height
    assert mean_height(drawn.outline(loop, {}), wide) < 0.01 * face_height


def test_no_dark_gap_at_rest(drawn: Drawn) -> None:
    """Nothing on closed lips is as dark as the inside of the mouth."""
    opened = drawn.inside({"jawOpen": 0.4})
    darkest = np.percentile(drawn.picture({"jawOpen": 0.4})[opened][:, :3].sum(-1), 2)
    lips = drawn.picture({})[drawn.lips()][:, :3].sum(-1)
    assert (lips < darkest).mean() < 0.004


@pytest.mark.parametrize("viseme", ["E", "I", "aa"])
def test_teeth_are_seen_in_wide_shapes(drawn: Drawn, viseme: str) -> None:
    """Teeth are lighter and less coloured than any lip: pixels of that kind appear where lips were."""
    box = drawn.mouth()
    rest, shown = (picture[box][..., :3] for picture in (drawn.picture({}), drawn.viseme(viseme)))
    before, now = ((p[..., 0] - p[..., 1]) / np.maximum(p[..., 0], 1) for p in (rest, shown))
    fresh = (now < 0.15) & (now < 0.6 * before) & (shown.min(-1) > 60)
    assert fresh.sum() > 20


def test_f_shows_the_edge_of_the_teeth_and_p_does_not(drawn: Drawn) -> None:
    """Found by taking the upper teeth away: what changes is what was seen of them."""
    mouth = replace(drawn.pack.mouth, upper=np.zeros_like(drawn.pack.mouth.upper))
    toothless = Drawn(drawn.entry, replace(drawn.pack, mouth=mouth))
    box = drawn.mouth()
    least = 8 if drawn.entry.name == "Wayne" else 25  # his moustache hangs over them
    for viseme, seen in (("FF", True), ("PP", False)):
        change = np.abs(drawn.viseme(viseme)[box] - toothless.viseme(viseme)[box]).max(-1)
        assert (change > 15).sum() > least if seen else change.max() <= 16, viseme


def test_tongue_is_seen_between_the_teeth(drawn: Drawn) -> None:
    targets = {k: v for k, v in TARGETS["TH"].items() if not k.startswith("tongue")}
    box = drawn.mouth()
    without, with_tongue = drawn.picture(targets)[box], drawn.viseme("TH")[box]
    assert (np.abs(without - with_tongue).max(-1) > 25).sum() > 60


def test_the_white_of_the_eyes_is_that_of_the_portrait(drawn: Drawn) -> None:
    still = drawn.puppet.still()
    portrait = np.zeros((drawn.size[1], drawn.size[0], 3), np.float32)
    portrait[still.y : still.y + still.rgba.shape[0], still.x : still.x + still.rgba.shape[1]] = still.rgba[..., :3]
    shown = drawn.picture({})[..., :3]
    for loop in drawn.pack.eyes.openings:
        inside = drawn._filled(drawn.outline(loop, {}))
        light = portrait.mean(-1)
        white = inside & (light > 0.75 * np.percentile(light[inside], 95))
        assert white.sum() > 20
        assert np.abs(np.median(shown[white] - portrait[white], 0)).max() < 24


def test_shut_lids_cover_the_eyes(drawn: Drawn) -> None:
    pack = drawn.pack
    shut = {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}
    for loop in pack.eyes.openings:
        opened = drawn.outline(loop, {})
        assert mean_height(opened, opened) > 0.3 * pack.eyes.radius
        assert mean_height(drawn.outline(loop, shut), opened) < 0.03 * pack.eyes.radius
    for x, y in pack.eyes.centres:
        box = drawn.around(x, y, pack.eyes.radius, 0.6 * pack.eyes.radius)
        straight, aside = (drawn.picture({"eyeBlink": 1.0}, gaze=g)[box] for g in ((0, 0), (10, 4)))
        assert (np.abs(straight - aside).max(-1) > 24).mean() < 0.02


def test_a_smile_reaches_the_eyes_whatever_the_mouth_says(drawn: Drawn) -> None:
    """Cheeks and lower lids change by a smile alike for any viseme: regions mix on their own."""
    pack = drawn.pack
    smile = {"cheekSquintLeft": 0.35, "cheekSquintRight": 0.35, "eyeSquintLeft": 0.2, "eyeSquintRight": 0.2}
    x, y = pack.eyes.centres[0]
    box = drawn.around(x, y + 1.1 * pack.eyes.radius, 1.2 * pack.eyes.radius, 0.5 * pack.eyes.radius)
    changes = []
    for viseme in ("sil", "O"):
        targets = {k: v for k, v in TARGETS[viseme].items() if k != "tongue"}
        changes.append(drawn.picture({**targets, **smile})[box] - drawn.picture(targets)[box])
    assert np.abs(changes[0]).mean() > 1.0
    assert np.abs(changes[0] - changes[1]).mean() < np.abs(changes[0]).mean()


def test_the_file_is_small_enough(drawn: Drawn) -> None:
    assert drawn.entry.pack.stat().st_size < 6_000_000
