"""Photographs of the face unwrapped into one texture space, and what is measured on them.

That is: the confidence of each texel, the feather of the patch, and what seals the lips.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np
from scipy import ndimage

from . import expressions as ex
from .drawing import draw_mesh, draw_values, premultiply, smoothstep
from .facemesh import FaceMesh, weigh
from .layers import Crops, Rect
from .studio import Camera

Projector = Callable[[np.ndarray], np.ndarray]
TEXELS_PER_PIXEL = 1.15
"""At the lips; MakeHuman's unwrapping gives the cheeks fewer."""
MARGIN = 8
FOLD_TEXELS = 5
FILLED_CONFIDENCE = 0.25
LIP_OVERLAP_PX = 1.4
"""Closed lips overlap by about this much, so that nothing behind them shimmers through the seam."""


MASK_RAMP_M = {"brows": 0.009, "cheeks": 0.010, "mouth": 0.013}
"""Width of the soft border of a region."""
LIDS_FROM_M, LIDS_TO_M = 0.0125, 0.0175
"""The lids' region ends between these distances from the centre of the eye."""
REGION_RANK = ("mouth", "lids", "cheeks", "brows")
"""Where regions overlap, the earlier has it."""


@dataclass
class Textures:
    """Texture-space results, float32 in [0, 1] unless said otherwise."""

    uv: np.ndarray  # drawn mesh, texels
    size: tuple[int, int]
    colour: dict[str, np.ndarray]
    confidence: dict[str, np.ndarray]
    feather: np.ndarray
    masks: dict[str, np.ndarray]  # of each region
    seal: np.ndarray  # (2, V, 2), portrait pixels


def _texture_space(mesh: FaceMesh, camera: Camera) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Texels of the drawn and the dense mesh. MakeHuman's face lies on its side, so u and v change places."""
    picture = camera.project_camera(mesh.dense_vertices)
    t = mesh.dense_triangles[mesh.dense_lips[mesh.dense_triangles].min(1) > 0.5]
    turned = mesh.dense_uv[:, ::-1]

    def area(p: np.ndarray) -> float:
        a, b = p[t[:, 1]] - p[t[:, 0]], p[t[:, 2]] - p[t[:, 0]]
        return float(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum())

    scale = TEXELS_PER_PIXEL * np.sqrt(area(picture) / area(turned))
    low = turned.min(0)
    width, height = (np.ceil((turned.max(0) - low) * scale) + 2 * MARGIN).astype(int)
    place = lambda uv: ((uv[:, ::-1] - low) * scale + MARGIN).astype(np.float32)  # noqa: E731
    return place(mesh.uv), place(mesh.dense_uv), (int(width), int(height))


def unwrap(
    mesh: FaceMesh, camera: Camera, photographs: dict[str, np.ndarray], hair: np.ndarray, crops: Crops, eyes: np.ndarray
) -> Textures:
    """photographs: RGBA uint8 by key, transparent where mouth and eyes are open; neutral and hair (grey) of
    `crops.face`, the others of their region's crop. eyes: (2, 2), their centres in portrait pixels."""
    uv, dense_uv, size = _texture_space(mesh, camera)
    triangles = mesh.dense_triangles
    rects = {key: crops.regions[ex.REGION_OF[key]] if key in ex.REGION_OF else crops.face for key in photographs}
    colour, confidence = {}, {}
    for key, photograph in photographs.items():
        at = camera.project_camera(mesh.dense_vertices + weigh(mesh.dense_deltas, ex.KEYS[key]))
        local = (at - np.array(rects[key][:2])).astype(np.float32)
        drawn = draw_mesh(premultiply(photograph), local, dense_uv, triangles, size).astype(np.float32) / 255
        height, width = photograph.shape[:2]
        inside = (local > 3).all(1) & (local[:, 0] < width - 3) & (local[:, 1] < height - 3)
        seen = np.clip((mesh.visibility[key] - 0.10) / 0.30, 0, 1) * inside
        sure = draw_values(seen, dense_uv, triangles, size)
        alpha = drawn[..., 3]
        sure = cv2.erode(sure, np.ones((3, 3))) * np.clip((alpha - 0.7) / 0.3, 0, 1)
        sure = cv2.GaussianBlur(sure, (0, 0), 1.5) * np.clip(sure * 8, 0, 1)
        colour[key] = drawn[..., :3] / np.maximum(alpha, 1e-3)[..., None] * (alpha > 0.3)[..., None]
        confidence[key] = sure
    total = reduce(np.add, confidence.values())
    mean = sum(colour[k] * confidence[k][..., None] for k in colour) / np.maximum(total, 1e-3)[..., None]
    unknown = (total < 0.02).astype(np.uint8)
    mean = cv2.inpaint((mean * 255 + 0.5).astype(np.uint8), unknown, 4, cv2.INPAINT_TELEA).astype(np.float32) / 255
    for key, c in list(confidence.items()):
        near = _spread(colour[key], c)  # a narrow fold takes its neighbours' light, not that of another expression
        trust = smoothstep(0.03, 0.25, cv2.GaussianBlur(c, (0, 0), FOLD_TEXELS))[..., None]
        colour[key] = colour[key] * c[..., None] + (near * trust + mean * (1 - trust)) * (1 - c[..., None])
        confidence[key] = np.maximum(c, FILLED_CONFIDENCE * trust[..., 0])  # or the fold would show another key's light
    at_rest = camera.project_camera(mesh.dense_vertices)
    scale = camera.focal / float(np.median(mesh.vertices[:, 2]))
    masks = {
        region: draw_values(values, dense_uv, triangles, size)
        for region, values in _region_weights(at_rest, crops, eyes, scale).items()
    }
    feather = _feather(mesh, uv, dense_uv, size, confidence["neutral"], total, masks["lids_left"] + masks["lids_right"])
    local = (at_rest - np.array(crops.face[:2])).astype(np.float32)
    covered = draw_mesh(np.dstack([hair] * 3 + [np.full_like(hair, 255)]), local, dense_uv, triangles, size)[..., 0]
    covered = cv2.GaussianBlur(cv2.dilate(covered, np.ones((5, 5))), (0, 0), 4) / 255
    feather *= 1 - smoothstep(0.08, 0.4, covered)
    seal = np.stack([_seal(mesh, camera, photographs[k], rects[k], k) for k in ("neutral", "PP")])
    return Textures(uv, size, colour, confidence, feather, masks, seal)


def _region_weights(at: np.ndarray, crops: Crops, eyes: np.ndarray, scale: float) -> dict[str, np.ndarray]:
    """How much of each region a point (V, 2) of the portrait belongs to, (V,) each; together at most 1.

    Each eye's lids are a region of their own: an eye can shut alone.
    """
    from_eye = np.linalg.norm(at[:, None] - eyes[None], axis=2).min(1)
    weights, left = {}, np.ones(len(at), np.float32)
    for region in REGION_RANK:
        if region == "lids":
            own = 1 - smoothstep(LIDS_FROM_M * scale, LIDS_TO_M * scale, from_eye)
        else:
            x0, y0, x1, y1 = crops.regions[region]
            ramp = MASK_RAMP_M[region] * scale
            border = np.minimum(at[:, 0] - x0, x1 - at[:, 0]), np.minimum(at[:, 1] - y0, y1 - at[:, 1])
            own = smoothstep(4, ramp, border[0]) * smoothstep(4, ramp, border[1])
        weights[region] = (own * left).astype(np.float32)
        left = left - weights[region]
    lids, of_left = weights.pop("lids"), at[:, 0] > eyes[:, 0].mean()
    return weights | {"lids_left": lids * of_left, "lids_right": lids * ~of_left}


def _spread(colour: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Confident colours blurred over their surroundings."""
    weight = cv2.GaussianBlur(confidence, (0, 0), FOLD_TEXELS)
    return cv2.GaussianBlur(colour * confidence[..., None], (0, 0), FOLD_TEXELS) / np.maximum(weight, 1e-3)[..., None]


def _feather(
    mesh: FaceMesh, uv: np.ndarray, dense_uv: np.ndarray, size: tuple[int, int], neutral: np.ndarray, total: np.ndarray,
    lids: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """1 inside, 0 at the border of the patch and on grazing contours, which are left to the warped portrait."""
    patch = (draw_values(np.ones(len(uv)), uv, mesh.triangles, size) > 0.5).astype(np.uint8)
    contours, _ = cv2.findContours(patch, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros_like(patch), contours, -1, 1, cv2.FILLED)
    distance = cv2.distanceTransform(np.pad(filled, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    inner = smoothstep(6, 46, distance)
    lips = draw_values(np.clip(mesh.dense_lips, 0, 1), dense_uv, mesh.dense_triangles, size)
    lips = cv2.GaussianBlur(cv2.dilate(lips, np.ones((25, 25))), (0, 0), 5)
    facing = cv2.GaussianBlur(smoothstep(0.35, 0.95, neutral), (0, 0), 4) * smoothstep(0.1, 0.6, neutral)
    always = np.clip(np.maximum(lips, cv2.GaussianBlur(lids, (0, 0), 3)) * 1.3, 0, 1)
    return (inner * np.maximum(facing * np.clip(total * 4, 0, 1), always)).astype(np.float32)


def _lip_line(photograph: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Row of the darkest pixel of each column in the box, smoothed: where closed lips meet."""
    light = photograph[..., :3].astype(np.float32).mean(2) * (photograph[..., 3] / 255)
    light = np.where(box, cv2.GaussianBlur(light, (0, 0), 1.0), np.inf)
    columns = np.flatnonzero(box.any(0))
    rows = ndimage.median_filter(light[:, columns].argmin(0), 15).astype(np.float32)
    return np.interp(np.arange(box.shape[1]), columns, rows)


def _seal(mesh: FaceMesh, camera: Camera, photograph: np.ndarray, rect: Rect, key: str) -> np.ndarray:
    """What closes the gap between closed lips, measured on the hole in the photograph. (V, 2) pixels."""
    at = camera.project_camera(mesh.vertices + weigh(mesh.deltas, ex.KEYS[key]))
    lip = at[mesh.lips > 0.3]
    low, high = lip.min(0) - rect[:2] - 6, lip.max(0) - rect[:2] + 6
    hole = photograph[..., 3] < 90
    box = np.zeros_like(hole)
    box[int(low[1]) : int(high[1]), int(low[0]) : int(high[0])] = True
    hole &= box
    out = np.zeros((len(at), 2), np.float32)
    open_columns = hole.any(0)
    x = np.arange(hole.shape[1])
    line = _lip_line(photograph, box)
    top = np.where(open_columns, hole.argmax(0), line)
    bottom = np.where(open_columns, hole.shape[0] - 1 - hole[::-1].argmax(0), line)
    blur = lambda a: cv2.GaussianBlur(np.asarray(a, np.float32)[None], (0, 0), 4)[0]  # noqa: E731
    overlap = LIP_OVERLAP_PX * smoothstep(0, 12, np.minimum(x - low[0], high[0] - x))
    gap = blur(np.where(open_columns, bottom - top + 1, 0)) + overlap
    upper_edge, lower_edge = blur(top) + rect[1], blur(bottom) + rect[1] + 1
    column = at[:, 0] - rect[0]
    g, u, low_y = (np.interp(column, x, a) for a in (gap, upper_edge, lower_edge))
    lips = np.clip(mesh.lips * 1.5 + 0.3, 0, 1)
    reach = 12.0
    down = np.exp(-np.maximum(u - at[:, 1], 0) / reach) * g * 0.55 * lips
    up = np.exp(-np.maximum(at[:, 1] - low_y, 0) / reach) * g * 0.65 * lips
    near = (np.abs(at[:, 1] - (u + low_y) / 2) < 46) & (column > low[0] - 20) & (column < high[0] + 20)
    out[:, 1] = np.where(near, np.where(mesh.upper, down, -up), 0)
    return out
