"""Cloth that is dyed and printed on, judged on a drawn T-shirt whose folds are known, and on the presenters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from colours import DYES, linear, mean_difference
from limelight.catalog.avatars import presenters
from limelight.puppet.cloth import chest, dyed, find_cloth, with_logo
from limelight.puppet.pack import Cloth, load_portrait
from pictures import decoded

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]

WIDTH, HEIGHT, FACE, CHIN = 700, 900, 225.0, (350.0, 300.0)
FINER = 4
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
#: Reflectances, linear.
WHITE, SKIN, HAIR = np.array([0.79, 0.8, 0.82]), np.array([0.5, 0.27, 0.17]), np.array([0.07, 0.035, 0.015])

SHIRT = [
    (300, 352), (200, 395), (130, 560), (190, 590), (212, 520), (212, 910), (488, 910), (488, 520), (510, 590),
    (570, 560), (500, 395), (400, 352),
]  # fmt: skip
ARMS = ([(140, 540), (188, 540), (172, 910), (112, 910)], [(512, 540), (560, 540), (588, 910), (528, 910)])
NECK = [(302, 270), (398, 270), (402, 360), (420, 420), (280, 420), (298, 360)]


@dataclass(frozen=True)
class Drawn:
    """A portrait, and what is true of it."""

    #: (h, w, 4) straight alpha
    portrait: Pixels
    #: (h, w) how much of a pixel's colour is cloth
    share: Floats
    #: (h, w) the light on the cloth, about 1
    light: Floats
    #: (h, w, 3) linear, of everything else
    rest: Floats


def painted(*shapes: list[tuple[int, int]]) -> Floats:
    """(h, w) 0 to 1, with edges as soft as a photograph's."""
    mask = np.zeros((HEIGHT * FINER, WIDTH * FINER), np.uint8)
    for shape in shapes:
        cv2.fillPoly(mask, [np.array(shape) * FINER], 255)
    return softened(mask)


def softened(mask: Pixels) -> Floats:
    small = cv2.resize(mask, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float64) / 255
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 0.8), np.float64)


def ellipse(centre: tuple[int, int], axes: tuple[int, int]) -> Floats:
    mask = np.zeros((HEIGHT * FINER, WIDTH * FINER), np.uint8)
    cv2.ellipse(mask, [x * FINER for x in centre], [x * FINER for x in axes], 0, 0, 360, 255, -1)
    return softened(mask)


def lock() -> Floats:
    """A lock of hair that falls over the shoulder, with an end of single hairs."""
    mask = np.zeros((HEIGHT * FINER, WIDTH * FINER), np.uint8)
    rng = np.random.default_rng(5)
    for _ in range(110):
        x, sway, end = rng.uniform(232, 272), rng.uniform(-9, 9), rng.uniform(420, 480)
        path = np.array([(x, 140), (x + sway / 2, 300), (x + sway, end)]) * FINER
        cv2.polylines(mask, [path.astype(np.int32)], False, 255, 5)
    return softened(mask)


@cache
def drawn(white: tuple[float, ...] = tuple(WHITE)) -> Drawn:
    """A person in a T-shirt of a reflectance, as a JPEG of a photograph shows them."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    light = 0.92 + 0.1 * np.sin((x + 0.5 * y) / 25) - 0.4 * np.exp(-(((x - 225 - 0.05 * y) / 22) ** 2))
    light -= 0.3 * np.exp(-(((x - 480) / 16) ** 2) - ((y - 560) / 120) ** 2)
    shade = (0.95 + 0.2 * np.cos((x - 350) / 90))[..., None]
    shirt = np.clip(painted(SHIRT) - ellipse((350, 350), (58, 52)), 0, 1)
    body = np.maximum(painted(NECK, *ARMS), ellipse((350, 195), (82, 106)))
    hair, strands = lock(), 0.6 + 0.8 * np.random.default_rng(1).random((1, WIDTH, 1))
    layers = ((body, SKIN * shade), (shirt, np.array(white) * light[..., None]), (hair, HAIR * strands))
    colour, alpha = np.zeros((HEIGHT, WIDTH, 3)), np.zeros((HEIGHT, WIDTH))
    share, rest, rest_alpha = np.zeros((HEIGHT, WIDTH)), np.zeros((HEIGHT, WIDTH, 3)), np.zeros((HEIGHT, WIDTH))
    for cover, look in layers:
        colour = colour * (1 - cover[..., None]) + look * cover[..., None]
        alpha = alpha + cover - alpha * cover
        is_shirt = cover is shirt
        share = share * (1 - cover) + is_shirt * cover
        rest = rest * (1 - cover[..., None]) + (0 if is_shirt else 1) * look * cover[..., None]
        rest_alpha = rest_alpha * (1 - cover) + (0 if is_shirt else 1) * cover
    known = np.maximum(alpha, 1e-3)
    seen = np.where(alpha[..., None] > 0.02, colour / known[..., None], 0.4)
    portrait = np.dstack([photographed(seen), (alpha * 255 + 0.5).astype(np.uint8)])
    return Drawn(portrait, share / known, light, rest / np.maximum(rest_alpha, 1e-3)[..., None])


def photographed(light: Floats) -> Pixels:
    """sRGB of linear light, with noise, through a JPEG."""
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.clip(light, 1e-6, None) ** (1 / 2.4) - 0.055)
    noisy = encoded * 255 + np.random.default_rng(2).normal(0, 1, light.shape)
    done, data = cv2.imencode(".jpg", np.clip(noisy + 0.5, 0, 255).astype(np.uint8)[..., ::-1], [1, 94])
    assert done
    return decoded(data.tobytes())


@cache
def found() -> Cloth:
    cloth = find_cloth(drawn().portrait, CHIN, FACE)
    assert cloth is not None
    return cloth


def near(mask: NDArray[np.bool_], px: int) -> NDArray[np.bool_]:
    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * px + 1, 2 * px + 1), np.uint8)) > 0


def lit(cloth: Cloth, light: Floats) -> NDArray[np.bool_]:
    """Cloth whose light is neither dark nor a highlight."""
    inside = cloth.mask == 255
    low, high = np.percentile(light[inside], [40, 90])
    return np.asarray(inside & (light >= low) & (light <= high), np.bool_)


# Finding


def test_the_cloth_is_found_as_it_was_drawn() -> None:
    truth, opaque = drawn().share, drawn().portrait[..., 3] > 250
    off = np.abs(found().mask / 255 - truth)
    assert off[opaque].mean() < 0.01
    assert off[opaque & (truth > 0.02) & (truth < 0.98)].mean() < 0.17
    assert (found().mask[opaque & (truth == 1)] > 250).mean() > 0.99
    assert found().mask[: int(CHIN[1])].max() == 0


def test_edges_are_fractions() -> None:
    mask = found().mask
    assert ((mask > 25) & (mask < 230)).sum() > 500


def test_hair_on_the_cloth_is_not_cloth() -> None:
    sure = (drawn().share < 0.1) & (drawn().portrait[..., 3] > 250)
    assert (found().mask[sure] < 64).mean() > 0.97


@pytest.mark.parametrize("white", [(0.05, 0.06, 0.2), (0.4, 0.05, 0.05), (0.02, 0.02, 0.02)])
def test_clothes_that_are_not_light_are_not_found(white: tuple[float, ...]) -> None:
    assert find_cloth(drawn(white).portrait, CHIN, FACE) is None


def test_nobody_and_nothing_below_the_chin() -> None:
    assert find_cloth(np.zeros((900, 700, 4), np.uint8), CHIN, FACE) is None
    assert find_cloth(drawn().portrait[:300], (350.0, 299.0), FACE) is None


# Dyeing


@pytest.mark.parametrize("name", DYES)
def test_lit_cloth_has_the_colour(name: str) -> None:
    out = dyed(drawn().portrait, found(), DYES[name])
    shown = out[lit(found(), drawn().light)][:, :3]
    difference, hue_deg = mean_difference(shown, DYES[name])
    assert difference < 3
    assert abs(hue_deg) < 3 or name == "black"


@pytest.mark.parametrize("name", DYES)
def test_the_light_on_the_cloth_is_kept(name: str) -> None:
    inside = (found().mask == 255) & (drawn().portrait[..., 3] == 255)
    shown = linear(dyed(drawn().portrait, found(), DYES[name])[inside][:, :3]) @ LUMINANCE
    assert np.corrcoef(np.log(shown + 1e-4), np.log(drawn().light[inside]))[0, 1] > 0.9


@pytest.mark.parametrize("name", DYES)
def test_all_else_is_unchanged(name: str) -> None:
    before = drawn().portrait
    after = dyed(before, found(), DYES[name])
    assert (after[..., 3] == before[..., 3]).all()
    assert (after[found().mask == 0] == before[found().mask == 0]).all()


@pytest.mark.parametrize("name", ["navy", "black", "red"])
@pytest.mark.parametrize(("beside", "most", "mean"), [("skin", 0.02, 0.012), ("hair", 0.12, 0.025)])
def test_no_rim_is_left_at_the_edges(name: str, beside: str, most: float, mean: float) -> None:
    """Beside skin and hair nothing is lighter, or redder, than a mixture of dyed cloth and the other side."""
    out = linear(dyed(drawn().portrait, found(), DYES[name])[..., :3])
    truth, dye = drawn().share[..., None], linear(np.array(DYES[name], np.uint8))
    light = drawn().light[..., None] * (WHITE @ LUMINANCE) / found().light
    edge = near((drawn().share > 0.02) & (drawn().share < 0.98), 4) & (drawn().portrait[..., 3] > 250)
    edge &= near(lock() > 0, 6) == (beside == "hair")
    assert edge.sum() > 500
    mixed = truth * dye * light ** (2 - dye) + (1 - truth) * drawn().rest
    for of in (LUMINANCE, np.array([1.0, -1.0, 0.0])):
        excess = cv2.GaussianBlur((out - mixed) @ of, (0, 0), 1.0)[edge]
        assert np.percentile(excess, 99) < most
        assert np.abs(excess).mean() < mean


def test_folds_of_dark_cloth_are_deeper() -> None:
    inside = found().mask == 255
    spread = [
        np.log(linear(dyed(drawn().portrait, found(), DYES[name])[inside][:, :3]) @ LUMINANCE + 1e-4).std()
        for name in ("sand", "navy")
    ]
    assert spread[1] > 1.2 * spread[0]


def test_white_cloth_keeps_its_folds() -> None:
    out = dyed(drawn().portrait, found(), (255, 255, 255))
    assert (out[found().mask == 255][:, :3].min(-1) == 255).mean() < 0.01


def test_every_presenter_in_every_colour() -> None:
    dressed = [entry for entry in presenters() if entry.can_be_dyed]
    assert len(dressed) >= 9, "those that are made of photographs"
    for entry in dressed:
        manifest, portrait, cloth = load_portrait(entry.pack)
        assert cloth is not None
        assert cloth.mask[: int(manifest.landmarks.chin[1])].max() == 0, entry.name
        inside = (cloth.mask == 255) & (portrait[..., 3] == 255)
        light = np.log(linear(portrait[inside][:, :3]) @ LUMINANCE + 1e-4)
        low, high = np.percentile(light, [40, 90])
        for name, colour in ((name, DYES[name]) for name in ("navy", "sand", "black", "red")):
            out = dyed(portrait, cloth, colour)
            assert (out[cloth.mask == 0] == portrait[cloth.mask == 0]).all(), entry.name
            shown = out[inside][:, :3]
            difference, hue_deg = mean_difference(shown[(light >= low) & (light <= high)], colour)
            assert difference < 3 and (abs(hue_deg) < 3 or name == "black"), (entry.name, name)
            logs = np.log(linear(shown[::9]) @ LUMINANCE + 1e-4)
            assert np.corrcoef(logs, light[::9])[0, 1] > 0.9, (entry.name, name)


# Printing


def logo(colour: tuple[int, int, int] = (255, 255, 255)) -> Pixels:
    """A square of a colour with a hole, 400 pixels wide, half transparent about it."""
    picture = np.zeros((400, 400, 4), np.uint8)
    picture[..., :3] = colour
    picture[20:380, 20:380, 3] = 255
    picture[150:250, 150:250, 3] = 0
    return picture


def test_a_logo_is_where_it_belongs_and_nowhere_else() -> None:
    before, place = dyed(drawn().portrait, found(), DYES["navy"]), chest(CHIN, FACE)
    after = with_logo(before, found(), logo(), place, drawn().portrait)
    x0, y0, x1, y1 = place
    assert x0 > CHIN[0], "the presenter's left is the picture's right"
    assert x1 - x0 == pytest.approx(0.38 * FACE, abs=1)
    outside = np.ones(before.shape[:2], np.bool_)
    outside[y0:y1, x0:x1] = False
    assert (after[outside] == before[outside]).all()
    assert (after[..., 3] == before[..., 3]).all()
    size = x1 - x0
    print_ = after[y0:y1, x0:x1, :3].astype(int)
    assert print_[size // 8 : size // 4, size // 4 : -size // 4].min() > 150
    hole = slice(size // 2 - 4, size // 2 + 4)
    assert np.abs(print_[hole, hole] - before[y0:y1, x0:x1, :3][hole, hole]).max() <= 2


def test_a_logo_lies_in_the_light_of_the_cloth() -> None:
    place = (225, 600, 425, 800)
    out = with_logo(drawn().portrait, found(), logo((200, 30, 30)), place)
    inside = np.zeros(out.shape[:2], np.bool_)
    inside[620:660, 245:405] = True
    logs = np.log(linear(out[inside][:, :3]) @ LUMINANCE)
    assert np.corrcoef(logs, np.log(drawn().light[inside]))[0, 1] > 0.9


def test_straight_edges_of_a_logo_stay_straight() -> None:
    """Its upper edge is within a pixel of a line, across the folds."""
    place = (250, 600, 450, 800)
    shown = with_logo(dyed(drawn().portrait, found(), DYES["black"]), found(), logo(), place, drawn().portrait)
    columns = np.arange(270, 430)
    light = linear(shown[590:660, columns][..., :3]) @ LUMINANCE
    crossing = np.array([np.argmax(column > 0.3) for column in light.T], float)
    line = np.polyval(np.polyfit(columns, crossing, 1), columns)
    assert np.abs(crossing - line).max() <= 2.5
    assert np.abs(np.diff(crossing)).max() <= 1


def test_a_logo_ends_where_the_cloth_does() -> None:
    place = (440, 500, 640, 700)
    after = with_logo(drawn().portrait, found(), logo((0, 0, 0)), place)
    none = found().mask == 0
    assert (after[none] == drawn().portrait[none]).all()
    assert (after != drawn().portrait).any()


def test_a_logo_beside_the_portrait_changes_nothing() -> None:
    for place in ((-300, 0, -100, 200), (800, 950, 1000, 1150)):
        assert (with_logo(drawn().portrait, found(), logo(), place) == drawn().portrait).all()


@pytest.mark.parametrize("shape", [(40, 900), (900, 40), (1, 1)])
def test_logos_of_any_shape_fit(shape: tuple[int, int]) -> None:
    picture = np.full((*shape, 4), 255, np.uint8)
    place = chest(CHIN, FACE)
    changed = (with_logo(drawn().portrait, found(), picture, place) != drawn().portrait).any(-1)
    rows, columns = np.nonzero(changed)
    assert rows.size
    assert rows.min() >= place[1] and rows.max() < place[3] and columns.min() >= place[0] and columns.max() < place[2]
