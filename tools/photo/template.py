"""Makes `src/limelight/puppet/photo/template.npz`, the face that is fitted to photographs, from a baked presenter.

    python tools/photo/template.py src/limelight/catalog/packs/clara_studio_20261122.presenter

The landmarks are those that the detector sees on the presenter at rest and with an open mouth.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import scipy.optimize

from limelight.acting.performance import BLENDSHAPES, INDEX, Performance
from limelight.puppet.motion import Placement
from limelight.puppet.pack import Pack, load_pack
from limelight.puppet.photo import landmarks as lm
from limelight.puppet.photo.fill import push_pull
from limelight.puppet.photo.template import RATIO_STEP
from limelight.puppet.puppet import Puppet

OUT = Path(__file__).resolve().parents[2] / "src/limelight/puppet/photo/template.npz"
OPEN = {"jawOpen": 0.35, "mouthUpperUpLeft": 0.2, "mouthUpperUpRight": 0.2}
GREY = 150
#: A landmark off the mesh by no more than this takes the nearest vertex, portrait pixels.
NEAR_PX = 14.0
#: Landmarks that are looked for with an open mouth.
MOUTH = (
    *lm.LIPS_INNER, *lm.LIPS_OUTER, 62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 407, 272, 271, 268, 12, 38, 41,
    42, 183, 76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 408, 304, 303, 302, 11, 72, 73, 74, 184,
)  # fmt: skip
MARKS = ("head_top", "chin", "mouth", "eye_left", "eye_right", "neck_base", "shoulder_left", "shoulder_right")


def weights(named: dict[str, float]) -> np.ndarray:
    """(52,) from named weights."""
    row = np.zeros(len(BLENDSHAPES), np.float32)
    for name, value in named.items():
        row[INDEX[name]] = value
    return row


def seen(pack: Pack, named: dict[str, float]) -> np.ndarray:
    """The landmarks (468, 2) of an expression, portrait pixels."""
    height, width = pack.portrait.shape[:2]
    puppet = Puppet(pack, Placement(1.0, 0.0, 0.0), (width, height))
    z1, z2, z3 = np.zeros(1, np.float32), np.zeros((1, 2), np.float32), np.zeros((1, 3), np.float32)
    patch = puppet.patch(Performance(25, weights(named)[None], z1, z3, z2, z2, z1, z3), 0)
    frame = np.full((height, width, 3), GREY, np.uint8)
    h, w = patch.rgba.shape[:2]
    part = frame[patch.y : patch.y + h, patch.x : patch.x + w]
    part[:] = patch.rgba[..., :3] + (part * ((255 - patch.rgba[..., 3:]) / 255)).astype(np.uint8)
    return lm.face_mesh(frame, lm.find_faces(frame)[0])[0][:, :2]


def located(points: np.ndarray, at: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners (n, 3) and weights (n, 3) of the nearest triangle that each point lies on; -1 where there is none."""
    corners, shares = np.full((len(points), 3), -1, np.int32), np.zeros((len(points), 3), np.float32)
    a, b, c = (at[triangles[:, i]] for i in range(3))
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    area = np.where(np.abs(area) < 1e-9, 1e-9, area)
    for i, p in enumerate(points):
        v = ((p - a)[:, 0] * (c - a)[:, 1] - (p - a)[:, 1] * (c - a)[:, 0]) / area
        w = ((b - a)[:, 0] * (p - a)[:, 1] - (b - a)[:, 1] * (p - a)[:, 0]) / area
        inside = np.flatnonzero((v >= 0) & (w >= 0) & (v + w <= 1))
        if len(inside):
            t = inside[-1]
            corners[i], shares[i] = triangles[t], (1 - v[t] - w[t], v[t], w[t])
            continue
        away = np.linalg.norm(at - p, axis=1)
        if away.min() < NEAR_PX:
            corners[i], shares[i] = away.argmin(), (1, 0, 0)
    return corners, shares


def ratio_image(key: np.ndarray, neutral: np.ndarray) -> np.ndarray:
    """Bytes (h, w, 3) at half size: how a key differs from the resting texture, both filled where nothing was seen."""
    half = key.shape[1] // 2, key.shape[0] // 2
    parts = []
    for image in (key, neutral):
        small = np.asarray(cv2.resize(image.astype(np.float32), half, interpolation=cv2.INTER_AREA), np.float32)
        parts.append(push_pull(small[..., :3] + 6, np.clip(small[..., 3] / 255 * 1.6 - 0.3, 0, 1)))
    ratio = cv2.GaussianBlur(np.log2(parts[0] / parts[1]), (0, 0), 1.0)
    return np.clip(np.round(ratio / RATIO_STEP) + 128, 0, 255).astype(np.uint8)


def unproject(pack: Pack, points: np.ndarray, z: np.ndarray | float) -> np.ndarray:
    """(…, 2) portrait pixels at depth z to camera space."""
    xy = (points - np.array(pack.centre)) / pack.focal
    return np.concatenate([xy, np.ones((*xy.shape[:-1], 1))], -1) * np.asarray(z)[..., None]


def depth_at(pack: Pack, points: np.ndarray) -> np.ndarray:
    """Depth at portrait pixels, flat."""
    at = (points / pack.depth_step - 0.5).astype(np.float32).reshape(-1, 1, 2)
    return cv2.remap(pack.depth, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).ravel()


def twins(points: np.ndarray) -> np.ndarray:
    """int32 (468,): the index of each landmark's mirror image; `points` (468, 3) are the landmarks at rest."""
    mirrored = points * np.array([-1, 1, 1]) + np.array([points[[33, 263], 0].sum(), 0, 0])
    away = np.linalg.norm(mirrored[:, None] - points[None], axis=2)
    return scipy.optimize.linear_sum_assignment(away)[1].astype(np.int32)


def main(path: Path) -> None:
    """Write the template of the pack at `path`."""
    pack = load_pack(path)
    face, mouth, eyes = pack.face, pack.mouth, pack.eyes
    rest, wide = seen(pack, {}), seen(pack, OPEN)
    opened = pack.project(face.vertices + np.einsum("s,svc->vc", weights(OPEN), face.deltas))
    corners, shares = located(rest, pack.project(face.vertices), face.triangles)
    inside = list(MOUTH)
    corners[inside], shares[inside] = located(wide[inside], opened, face.triangles)
    points = unproject(pack, rest, depth_at(pack, rest))
    on = corners[:, 0] >= 0
    points[on] = np.einsum("lk,lkc->lc", shares[on], face.vertices[corners[on]])
    print("landmarks on the mesh:", int(on.sum()), "mouth:", int(on[inside].sum()), "of", len(inside))

    masks, ratios, regions, keys = [], [], [], []
    for r, region in enumerate(face.regions):
        x0, y0, x1, y1 = region.rect
        size = (x1 - x0) // 2, (y1 - y0) // 2
        masks.append(cv2.resize(region.mask, size, interpolation=cv2.INTER_AREA).ravel())
        regions.append((region.rect, region.name, region.mix == "linear"))
        for key in region.keys:
            ratios.append(ratio_image(key.texture, face.neutral[y0:y1, x0:x1]).ravel())
            keys.append((r, key.name, key.weights))

    x0, y0, x1, y1 = mouth.rect
    corners_in_space = unproject(pack, np.array([[x0, y0], [x1, y1]], float), float(mouth.jaw_origin[2]))
    layers = [(0.0, mouth.upper), mouth.tongue_between, *mouth.lower, *mouth.tongue]
    rows, columns = pack.warp.shape[1:3]
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1) * pack.warp_step + np.array(pack.warp_origin)
    warp_z = depth_at(pack, grid).reshape(rows, columns)
    every = 4
    cells = np.stack(np.meshgrid(*(np.arange(n) + 0.5 for n in pack.depth.shape[::-1])), -1)[::every, ::every]
    surface = unproject(pack, cells * pack.depth_step, pack.depth[::every, ::every])
    marks = np.array([getattr(pack.landmarks, m) for m in MARKS])
    eye_z = float(face.vertices[np.concatenate(eyes.openings), 2].mean())
    conf = cv2.resize(face.neutral[..., 3], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    cheeks = face.neutral[(face.neutral[..., 3] > 240) & (face.feather > 240)][:, :3]
    np.savez_compressed(
        OUT,
        vertices=face.vertices, deltas=face.deltas.astype(np.float16), uv=face.uv, triangles=face.triangles,
        lips=face.lips.astype(np.float16), inner_lip=face.inner_lip,
        opening_left=eyes.openings[0], opening_right=eyes.openings[1], confidence=conf,
        corners=corners, corner_weights=shares, landmarks=points.astype(np.float32), twins=twins(points),
        region_rects=np.array([r[0] for r in regions], np.int32), region_names=np.array([r[1] for r in regions]),
        region_linear=np.array([r[2] for r in regions]), key_regions=np.array([k[0] for k in keys], np.int32),
        key_names=np.array([k[1] for k in keys]), key_weights=np.array([k[2] for k in keys]),
        masks=np.concatenate(masks), ratios=np.concatenate(ratios),
        mouth_corners=corners_in_space.astype(np.float32),
        mouth_layers=np.stack([image for _, image in layers]),
        mouth_jaws=np.array([jaw for jaw, _ in layers], np.float32),
        mouth_counts=np.array([len(mouth.lower), len(mouth.tongue)], np.int32),
        jaw_origin=mouth.jaw_origin, jaw_deltas=mouth.jaw_deltas,
        eye_centres=unproject(pack, np.array(eyes.centres), eye_z).astype(np.float32),
        eye_radii=np.array([eyes.radius, eyes.iris], np.float32) * eye_z / pack.focal,
        lash_points=eyes.lashes.points.astype(np.float32), lash_radius=eyes.lashes.radius.astype(np.float16),
        lash_deltas=eyes.lashes.deltas.astype(np.float16),
        warp=(pack.warp * (warp_z / pack.focal)[None, ..., None]).astype(np.float16),
        warp_grid=np.array([*(np.array(pack.warp_origin) - pack.centre), pack.warp_step], np.float32) / pack.focal,
        neck_pivot=pack.neck_pivot, marks=unproject(pack, marks, depth_at(pack, marks)).astype(np.float32),
        surface=surface.astype(np.float32), skin=np.median(cheeks, 0).astype(np.float32),
    )  # fmt: skip
    print(OUT.name, OUT.stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
