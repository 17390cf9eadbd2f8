"""Every presenter on offer, judged on its pictures: by an independent face landmark detector, and by their pixels."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from films import frames
from judged import JUDGED
from judges.lips import HOW_TO_GET_IT, Track, interpreter, track
from limelight.acting.performance import Performance
from limelight.catalog.avatars import AvatarEntry
from limelight.compose.layout import place
from limelight.puppet.pack import load_pack
from limelight.puppet.puppet import Puppet
from limelight.render import render_scene
from limelight.spec import Avatar, ColourBackground, Scene, SilentVoice, VideoSpec
from poses import pose

SIZE = (640, 720)
GROUND = (214, 221, 230)

#: What a face does; none of these is read from the pack.
EXPRESSIONS: dict[str, dict[str, float]] = {
    "neutral": {},
    "pressed": {"*mouthPress": 0.45, "mouthRollLower": 0.4, "mouthRollUpper": 0.4},
    "open": {"jawOpen": 0.38, "*mouthUpperUp": 0.2, "*mouthLowerDown": 0.12},
    "spread": {"jawOpen": 0.1, "*mouthStretch": 0.25, "*mouthSmile": 0.2, "*mouthLowerDown": 0.3, "*mouthUpperUp": 0.3},
    "round": {"jawOpen": 0.2, "mouthFunnel": 0.5, "mouthPucker": 0.3, "*mouthSmile": -0.35},
    "pucker": {"jawOpen": 0.07, "mouthFunnel": 0.28, "mouthPucker": 0.75, "*mouthSmile": -0.4},
    "bite": {"jawOpen": 0.04, "mouthRollLower": 0.7, "*mouthUpperUp": 0.32},
    "smile": {"*mouthSmile": 0.35, "*cheekSquint": 0.25, "*eyeSquint": 0.15},
    "brows": {"browInnerUp": 0.6, "*browOuterUp": 0.5},
    "shut": {"*eyeBlink": 1.0},
}
NAMES = list(EXPRESSIONS)
SETTLING = 3
#: MediaPipe's inner contour of the lips.
INNER_LIPS = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
FOREHEAD, CHIN = 10, 152

every_presenter = pytest.mark.parametrize("entry", JUDGED, ids=lambda entry: entry.name)
with_detector = pytest.mark.skipif(interpreter() is None, reason=HOW_TO_GET_IT)


@dataclass(frozen=True)
class Sheet:
    """A presenter's expressions, in the order of NAMES."""

    #: (n, h, w, 3) RGB
    pictures: NDArray[np.uint8]
    track: Track | None

    def picture(self, name: str) -> NDArray[np.uint8]:
        return self.pictures[NAMES.index(name)]

    def points(self, name: str) -> NDArray[np.float64]:
        assert self.track is not None
        return self.track["points"][SETTLING + NAMES.index(name)]

    def column(self, column: str, name: str) -> float:
        assert self.track is not None
        return float(self.track[column][SETTLING + NAMES.index(name)])


def over(puppet: Puppet, performance: Performance, ground: tuple[int, int, int]) -> NDArray[np.uint8]:
    """RGB of the whole frame."""
    frame = np.empty((SIZE[1], SIZE[0], 3), np.float32)
    frame[:] = ground
    still, patch = puppet.still(), puppet.patch(performance, 0)
    for part in (still, patch):
        height, width = part.rgba.shape[:2]
        place_at = frame[part.y : part.y + height, part.x : part.x + width]
        if part is patch:
            place_at[:] = ground
        rgba = part.rgba.astype(np.float32)
        place_at[:] = rgba[..., :3] + place_at * (1 - rgba[..., 3:] / 255)
    return frame.round().astype(np.uint8)


def lossless(pictures: NDArray[np.uint8], path: Path) -> None:
    """Pictures as a film of PNGs."""
    with av.open(str(path), "w", format="mov") as film:
        stream = film.add_stream("png", rate=25)
        stream.width, stream.height, stream.pix_fmt = SIZE[0], SIZE[1], "rgb24"
        for picture in pictures:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        film.mux(stream.encode())


@pytest.fixture(scope="module")
def sheet_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[AvatarEntry], Sheet]:
    done: dict[str, Sheet] = {}

    def get(entry: AvatarEntry) -> Sheet:
        if entry.avatar_id not in done:
            pack = load_pack(entry.pack)
            close = Avatar(avatar_id=entry.avatar_id, style="closeUp")
            puppet = Puppet(pack, place(pack, close, *SIZE), SIZE)
            pictures = np.stack([over(puppet, pose(weights), GROUND) for weights in EXPRESSIONS.values()])
            film = tmp_path_factory.mktemp("cast") / "sheet.mov"
            # The detector starts from where the face was before: it is given a while to settle.
            lossless(np.concatenate([pictures[:1].repeat(SETTLING, 0), pictures]), film)
            done[entry.avatar_id] = Sheet(pictures, track(film) if interpreter() else None)
        return done[entry.avatar_id]

    return get


Sheets = Callable[[AvatarEntry], Sheet]


@with_detector
@every_presenter
def test_one_face_is_found_in_every_expression(entry: AvatarEntry, sheet_of: Sheets) -> None:
    seen = sheet_of(entry).track
    assert seen is not None
    assert dict(zip(NAMES, seen["faces"][SETTLING:].tolist(), strict=True)) == dict.fromkeys(NAMES, 1.0)


@with_detector
@every_presenter
def test_lips_are_seen_shut_at_rest_and_when_pressed(entry: AvatarEntry, sheet_of: Sheets) -> None:
    """The detector reads full lips that are shut as up to 1.5 % apart; the gap itself is measured on the pack."""
    sheet = sheet_of(entry)
    for name, limit in (("neutral", 0.02), ("pressed", 0.01)):
        points = sheet.points(name)
        height = np.linalg.norm(points[FOREHEAD] - points[CHIN])
        assert np.linalg.norm(points[13] - points[14]) < limit * height, name


@with_detector
@every_presenter
def test_mouths_open_spread_and_round(entry: AvatarEntry, sheet_of: Sheets) -> None:
    sheet = sheet_of(entry)
    assert sheet.column("aperture", "open") > 0.1
    assert sheet.column("width", "spread") > sheet.column("width", "neutral") > sheet.column("width", "round")
    assert sheet.column("width", "pucker") < 0.92 * sheet.column("width", "neutral")


def lips_mask(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    mask = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    cv2.fillPoly(mask, [points[list(INNER_LIPS)].round().astype(np.int32)], 1)
    return mask > 0


def toothlike(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Light pixels without the red of lips and skin."""
    rgb = picture.astype(int)
    return (rgb.min(-1) > 80) & (rgb[..., 0] - rgb[..., 1] < 0.15 * rgb[..., 0])


@with_detector
@every_presenter
def test_teeth_are_seen_in_the_wide_shapes_and_nowhere_else(entry: AvatarEntry, sheet_of: Sheets) -> None:
    sheet = sheet_of(entry)
    for name in ("open", "spread"):
        inside = lips_mask(sheet.points(name))
        assert (toothlike(sheet.picture(name)) & inside).sum() > 0.1 * inside.sum(), name
    where_teeth_were = lips_mask(sheet.points("spread"))
    for name in ("neutral", "pressed", "smile"):
        # thin lips that are pressed leave some pale skin
        assert (toothlike(sheet.picture(name)) & where_teeth_were).sum() < 0.04 * where_teeth_were.sum(), name


@with_detector
@every_presenter
def test_eyelids_close(entry: AvatarEntry, sheet_of: Sheets) -> None:
    sheet = sheet_of(entry)
    for side in ("eye_left", "eye_right"):
        # The detector puts the lids of shut eyes on either side of the lashes.
        assert sheet.column(side, "shut") < 0.2 < 0.22 < sheet.column(side, "neutral")
        assert sheet.column(side, "shut") < 0.6 * sheet.column(side, "neutral")


def shape_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """RMS distance of two landmark shapes after the best shift, turn and scale (Procrustes); 1 is a shape's size."""
    a, b = (x - x.mean(0) for x in (a, b))
    a, b = (x / np.linalg.norm(x) for x in (a, b))
    return float(np.sqrt(max(0.0, 1 - np.linalg.svd(a.T @ b, compute_uv=False).sum() ** 2)))


@with_detector
def test_no_two_presenters_look_alike(sheet_of: Sheets) -> None:
    """Two faces at rest differ more than one and the same at rest and smiling, or with its brows up."""
    rest = {entry.name: sheet_of(entry).points("neutral") for entry in JUDGED}
    own = [
        shape_distance(sheet_of(entry).points("neutral"), sheet_of(entry).points(name))
        for entry in JUDGED
        for name in ("smile", "brows")
    ]
    assert len(rest) == len(JUDGED) > 10, "nobody is left out for a name that another has"
    for (one, a), (other, b) in itertools.combinations(rest.items(), 2):
        assert shape_distance(a, b) > 0.9 * np.median(own), f"{one} and {other} look alike"


@every_presenter
def test_nothing_outside_the_figure_changes(entry: AvatarEntry, tmp_path: Path) -> None:
    """No halo that breathes, no shimmer: on black and white, decoded from the film."""
    size = (320, 360)
    pack = load_pack(entry.pack)
    avatar = Avatar(avatar_id=entry.avatar_id)
    puppet = Puppet(pack, place(pack, avatar, *size), size)
    still = puppet.still()
    figure = np.zeros((size[1], size[0]), np.uint8)
    figure[still.y : still.y + still.rgba.shape[0], still.x : still.x + still.rgba.shape[1]] = still.rgba[..., 3]
    # The head moves by up to 2 % of the frame, and the coder's blocks reach 8 pixels further.
    outside = cv2.dilate((figure > 0).astype(np.uint8), np.ones((41, 41))) == 0
    assert outside.mean() > 0.1
    for colour, value in (("#000000", 0), ("#ffffff", 255)):
        scene = Scene(
            character=avatar, voice=SilentVoice(duration_s=1.6), background=ColourBackground(colour=colour)
        )  # fmt: skip
        spec = VideoSpec(scenes=(scene,), width=size[0], height=size[1])
        folder = tmp_path / colour[1:]
        folder.mkdir()
        shown = np.stack(frames(render_scene(spec, 0, folder, {}, lambda _: None).video))
        assert np.abs(shown[:, outside].astype(int) - value).max() <= 4
