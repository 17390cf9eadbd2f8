"""The compiled loops of drawing, beside the same sums in NumPy."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from limelight.puppet import raster
from limelight.puppet.raster import View


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, shape, np.uint8)


def premultiplied(*shape: int) -> np.ndarray:
    rgba = noise(*shape, 4)
    rgba[..., 3] = np.where(rgba[..., 3] < 60, 0, np.where(rgba[..., 3] > 200, 255, rgba[..., 3]))
    return raster.premultiply(rgba)


def test_one_picture_over_another() -> None:
    below, above = premultiplied(30, 40), premultiplied(30, 40)[::-1].copy()
    keep = 255 - above[..., 3:].astype(float)
    wanted = above + np.floor(below * keep / 255 + 0.5)
    raster.over(below, above)
    assert np.array_equal(below, wanted.astype(np.uint8))


def test_a_part_of_a_picture_is_drawn_over_alone() -> None:
    whole, above = premultiplied(30, 40), premultiplied(9, 12)
    before, part = whole.copy(), whole[5:14, 20:32].copy()
    raster.over(part, above)
    raster.over(whole[5:14, 20:32], above)
    assert np.array_equal(whole[5:14, 20:32], part)
    whole[5:14, 20:32] = before[5:14, 20:32]
    assert np.array_equal(whole, before)


def test_only_spans_are_drawn_over() -> None:
    below = premultiplied(8, 10)
    before = below.copy()
    raster.over(below, np.full((8, 10, 4), 255, np.uint8), np.array([[2, 6], [0, 0], [4, 10], [0, 10]], np.int32))
    drawn = np.zeros((8, 10), bool)
    drawn[0:2, 2:6], drawn[4:6, 4:10], drawn[6:8] = True, True, True
    assert (below[drawn] == 255).all()
    assert np.array_equal(below[~drawn], before[~drawn])


def test_neighbouring_triangles_share_all_pixels_and_leave_none() -> None:
    """A bent grid: every pixel inside belongs to one triangle, whichever comes first."""
    points = np.stack(np.meshgrid(np.linspace(3, 57, 8), np.linspace(2, 47, 8)), -1).reshape(-1, 2)
    inner = points + np.random.default_rng(2).uniform(-2, 2, points.shape)
    edge = (points[:, 0] % 54 == 3) | (points[:, 1] % 45 == 2)
    points = np.where(edge[:, None], points, inner).astype(np.float32)
    triangles = raster.grid_triangles(7, 7)
    texture = np.full((2, len(triangles), 4), 255, np.uint8)
    texture[..., 0] = np.arange(len(triangles)) + 1
    view = View(np.zeros((50, 60, 4), np.uint8), (0, 0), 1)
    alone = np.arange(3 * len(triangles), dtype=np.int32).reshape(-1, 3)
    number = np.repeat(np.arange(len(triangles)), 3)
    uv = np.stack([number + 0.5, np.full(len(number), 0.5)], -1).astype(np.float32)
    corners = points[triangles].reshape(-1, 2).astype(np.float32)
    owners = [raster.meshed(view, texture, corners, uv, order)[..., 0] for order in (alone, alone[::-1].copy())]
    assert np.array_equal(owners[0], owners[1]), "a pixel belongs to two triangles"
    inside = np.zeros((50, 60), bool)
    inside[2:47, 3:57] = True
    assert np.array_equal(owners[0] != 0, inside)
    hole = np.array([[20, 10, 45, 40]], np.int32)
    rest = raster.meshed(view, texture, corners, uv, alone, hole)[..., 0]
    assert (rest[20:30, 28:37] == 0).all(), "what lies in a hole is left out"
    rest[10:40, 20:45] = owners[0][10:40, 20:45]
    assert np.array_equal(rest, owners[0]), "a hole shows around it"


def test_a_texture_follows_its_triangles() -> None:
    """A ramp, drawn three times as large and half a pixel aside, is the ramp."""
    ramp = np.zeros((40, 40, 4), np.uint8)
    ramp[..., 0], ramp[..., 1], ramp[..., 3] = np.arange(40) * 6, np.arange(40)[:, None] * 6, 255
    corners = np.array([[0, 0], [40, 0], [0, 40], [40, 40]], np.float32)
    canvas = np.zeros((130, 130, 4), np.uint8)
    raster.draw_triangles(canvas, ramp, corners * 3 + np.float32(4.5), corners, raster.grid_triangles(1, 1))
    x = (np.arange(130) + 0.5 - 4.5) / 3 - 0.5
    inside = (x > 0) & (x < 39)
    assert np.abs(canvas[60, inside, 0] - x[inside] * 6).max() <= 1
    assert np.abs(canvas[inside, 60, 1] - x[inside] * 6).max() <= 1
    assert not canvas[:4].any()


def test_a_map_of_both_coordinates_is_two_maps() -> None:
    picture = premultiplied(90, 70)
    x, y = np.meshgrid(np.linspace(-5, 75, 61, dtype=np.float32), np.linspace(-5, 95, 47, dtype=np.float32))
    wanted = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0, 0))
    both = np.stack([x, y], -1)
    assert np.array_equal(raster.remapped(picture, both), wanted)
    into = np.full((60, 80, 4), 7, np.uint8)
    raster.remapped(picture, both, into[5:52, 9:70])
    assert np.array_equal(into[5:52, 9:70], wanted)
    assert (into[:5] == 7).all()


@pytest.mark.parametrize("sure", [255, 40])
def test_keys_mix_by_weight_and_confidence(sure: int) -> None:
    """Beside the same mixture of colours in floating point; and back at rest nothing is left of it."""
    keys = noise(3, 12, 20, 4)
    keys[0, ..., 3], keys[1, ..., 3], keys[2, ..., 3] = 255, sure, np.where(keys[2, ..., 3] > 128, 255, 0)
    mask, feather = np.full((12, 20), 255, np.uint8), np.full((12, 20), 255, np.uint8)
    mask[:3], feather[:, 15:] = 90, 200
    keys[..., :3] //= 2  # so that steps of one level fit
    changes = np.rint((keys[..., :3] - keys[:1, ..., :3].astype(float)) * keys[..., 3:] / 255)
    given = np.ascontiguousarray(changes.transpose(0, 1, 3, 2), np.int8), np.ascontiguousarray(keys[..., 3]), 1.0
    colour = np.ascontiguousarray(keys[0, ..., :3].transpose(2, 0, 1), np.int16)
    share, out = np.zeros_like(colour), np.zeros((12, 20, 4), np.uint8)

    def blend(mix: list[int]) -> np.ndarray:
        active = np.flatnonzero(mix).astype(np.int32)
        weights = np.array(mix, np.int16)[active]
        packed = raster.packed(out)
        spans = raster.spans(mask)
        raster.blend_region(*given, active, weights, mask, feather, spans, share, colour, packed, 0, 0)
        return out.astype(float)

    shares = np.array([16, 28, 20]) / 64
    weights = shares[:, None, None] * keys[..., 3] / 255
    mixed = (weights[..., None] * keys[..., :3]).sum(0) / np.maximum(weights.sum(0), 1e-9)[..., None]
    part = mask[..., None] / 255
    wanted = (mixed * part + keys[0, ..., :3] * (1 - part)) * feather[..., None] / 255
    found = blend([16, 28, 20])
    assert np.abs(found[..., :3] - wanted).max() <= 2
    assert np.array_equal(found[..., 3], feather)
    rest = blend([64, 0, 0])
    assert np.array_equal(rest[..., :3], np.floor(keys[0, ..., :3] * (feather[..., None] / 255.0) + 0.5))


def test_spans_hold_what_is_set() -> None:
    mask = np.zeros((4, 9))
    mask[1, 3:5], mask[2, 8], mask[3] = 1, 1, 1
    assert raster.spans(mask).tolist() == [[0, 0], [3, 5], [8, 9], [0, 9]]
