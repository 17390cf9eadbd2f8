"""The space of a photo: landmarks, depth, and the warp that expressions make around the face."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.puppet.pack import Landmarks, Point
from limelight.puppet.photo.fit import Fit
from limelight.puppet.photo.portrait import Portrait
from limelight.puppet.photo.spline import Spline
from limelight.puppet.photo.template import Template
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

#: Side of a cell of the depth map and of the warp, as a share of the face's height.
_DEPTH_CELL, _WARP_CELL = 0.03, 0.035
#: How far the warp reaches below the face, as a share of its height.
_WARP_REACH = 0.75
#: No point of a person moves farther than this.
_REACH_M = 0.06


def _body(t: Template, found: Fit, points: Floats) -> Floats:
    """Points (n, 3) of the template's camera space to the picture's, float32 (n, 3), for the body, which is upright
    below the turned head."""
    pivot = t.neck_pivot
    return np.asarray(points - pivot + found.posed(pivot[None])[0], np.float32)


def marks(t: Template, found: Fit, portrait: Portrait, alpha: Bytes) -> Landmarks:
    """The landmarks of a pack, portrait pixels; `alpha` uint8 (height, width) is the person's."""
    height = portrait.picture.shape[0]
    body = found.project(_body(t, found, t.marks))
    seen = portrait.landmarks[:, :2]
    x0, y0, x1, y1 = portrait.box
    face = y1 - y0
    columns = slice(max(int(x0 + 0.2 * (x1 - x0)), 0), max(int(x1 - 0.2 * (x1 - x0)), 1))
    rows = np.flatnonzero((alpha[:, columns] > 128).mean(1) > 0.3)
    top = float(rows[0]) if len(rows) else y0 - 0.3 * face
    top = float(np.clip(top, y0 - 0.75 * face, y0 - 0.05 * face))
    rest = found.project(found.landmarks)
    chin = rest[152]
    # A point beyond the picture's edge counts as on it: below the neck nothing moves.
    chin[1] = min(chin[1], height - 6.0)
    neck = np.array([body[5, 0], min(max(body[5, 1], chin[1] + 0.12 * face), height - 2.0)])
    shoulders = [np.array([p[0], max(p[1], neck[1])]) for p in body[6:8]]
    return Landmarks(
        head_top=((x0 + x1) / 2, top),
        chin=_pair(chin),
        mouth=_pair((rest[13] + rest[14]) / 2),
        eye_left=_pair(seen[[263, 362]].mean(0)),
        eye_right=_pair(seen[[33, 133]].mean(0)),
        neck_base=_pair(neck),
        shoulder_left=_pair(shoulders[0]),
        shoulder_right=_pair(shoulders[1]),
    )


def _pair(point: NDArray[np.floating[Any]]) -> Point:
    return float(point[0]), float(point[1])


def depth(t: Template, found: Fit, portrait: Portrait, alpha: Bytes) -> tuple[Floats, int]:
    """Depth, float32 (rows, columns), z in metres at the centres of cells, and the cells' side, pixels.

    The turned head is before the upright body, with a smooth transition. `alpha` uint8 (height, width) is the person's;
    cells beyond their reach repeat the nearest within it.
    """
    height, width = portrait.picture.shape[:2]
    step = max(round(_DEPTH_CELL * (portrait.box[3] - portrait.box[1])), 4)
    surface = t.surface.reshape(-1, 3)
    chin = t.marks[1]
    is_head = surface[:, 1] < chin[1] + 0.01
    near = np.abs(surface[:, 0]) < 0.13
    head, body = surface[is_head & near][::3], surface[~is_head | ~near][::8]
    points = np.concatenate([found.landmarks[::3], found.posed(head), _body(t, found, body)])
    seen = found.project(points)
    inside = (seen > -0.3 * width).all(1) & (seen[:, 0] < 1.3 * width) & (seen[:, 1] < 1.3 * height)
    unit = found.px_per_m
    spline = Spline(seen[inside] / unit, points[inside, 2], smoothing=0.004, linear=False)
    (top, bottom, rows), (left, right, columns) = (_reached(alpha.max(axis), _REACH_M * unit, step) for axis in (1, 0))
    grid = np.stack(np.meshgrid((np.arange(left, right) + 0.5) * step, (np.arange(top, bottom) + 0.5) * step), -1)
    flat = spline(grid.reshape(-1, 2) / unit).reshape(grid.shape[:2])
    z = np.clip(flat, points[:, 2].min() - 0.01, points[:, 2].max() + 0.02).astype(np.float32)
    smooth = cv2.GaussianBlur(z, (0, 0), 0.8, borderType=cv2.BORDER_REPLICATE)
    whole = np.pad(smooth, ((top, rows - bottom), (left, columns - right)), mode="edge")
    return np.asarray(whole, np.float32), step


def _reached(occupied: NDArray[np.uint8], reach: float, step: int) -> tuple[int, int, int]:
    """The first and the end of the cells within `reach` pixels of an occupied pixel, and the number of all cells.

    `occupied` (n,) is not zero at occupied pixels of a row or column, `step` is a cell's side, pixels.
    """
    cells = -(-len(occupied) // step)
    at = np.flatnonzero(occupied)
    if not len(at):
        return 0, cells, cells
    return max(int((at[0] - reach) // step), 0), min(int((at[-1] + reach) // step) + 1, cells), cells


def warp(t: Template, found: Fit, portrait: Portrait) -> tuple[Floats, tuple[float, float], int]:
    """The warp of a pack, float32 (52, rows, columns, 2), portrait pixels; x and y of its first point; and its step.

    It is the template's warp, mapped to the picture by the landmarks.
    """
    x0, y0, x1, y1 = portrait.box
    face = y1 - y0
    step = max(round(_WARP_CELL * face), 2)
    origin = np.floor([x0 - 0.35 * face, y0 - 0.2 * face])
    columns, rows = int(np.ceil((x1 - x0 + 0.7 * face) / step)), int(np.ceil((1.2 + _WARP_REACH) * face / step))
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).astype(np.float32) * step + origin
    plane = t.landmarks[:, :2] / t.landmarks[:, 2:]
    rest = found.project(found.landmarks)
    back = Spline(rest / found.px_per_m, plane, smoothing=0.01, linear=True)
    at = back(grid.reshape(-1, 2) / found.px_per_m).reshape(rows, columns, 2)
    at = ((at - t.warp_grid[:2]) / t.warp_grid[2]).astype(np.float32)
    fields = np.stack(
        [cv2.remap(f, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
         for f in t.warp]
    )  # fmt: skip
    moved = fields @ found.rotation[:2, :2].T * np.float32(found.px_per_m)
    edge = (
        np.minimum(np.arange(columns), np.arange(columns)[::-1])[None],
        np.minimum(np.arange(rows), np.arange(rows)[::-1])[:, None],
    )
    moved *= (smoothstep(0, 4, edge[0]) * smoothstep(0, 4, edge[1]))[None, ..., None]
    return moved.astype(np.float32), (float(origin[0]), float(origin[1])), step
