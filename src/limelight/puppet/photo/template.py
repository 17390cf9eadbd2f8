"""The face that is fitted to photographs: mesh, expressions and mouth of a baked presenter, with 468 landmarks on it.

`template.npz` is written by `tools/photo/template.py` from one pack. Camera space and units are those of the pack.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]

_FILE = Path(__file__).parent / "template.npz"
#: The ratio images hold log2 of the ratio in steps of this, 128 for 1.
RATIO_STEP = 1 / 80


@dataclass(frozen=True, slots=True)
class Template:
    """A face at rest, its 52 expressions, and where each landmark is on it."""

    #: (V, 3) and (52, V, 3), metres
    vertices: Floats
    deltas: Floats
    #: (V, 2), texels
    uv: Floats
    triangles: Ints
    lips: Floats
    inner_lip: Ints
    opening_left: Ints
    opening_right: Ints
    #: (h, w), the confidence of texels at rest, 0 to 255
    confidence: Bytes
    #: (468, 3): landmark = sum of corner_weights * vertices[corners]; -1 for those that lie outside the mesh
    corners: Ints
    corner_weights: Floats
    #: (468, 3) camera space at rest
    landmarks: Floats
    #: (R, 4) rectangles, texels; name, mix, and names of the keys of each region
    region_rects: Ints
    region_names: NDArray[np.str_]
    region_linear: NDArray[np.bool_]
    #: (K,) region of each key, its name and weights (K, 52)
    key_regions: Ints
    key_names: NDArray[np.str_]
    key_weights: Floats
    #: masks of the regions and ratio images of the keys, one after the other, flat
    masks: Bytes
    ratios: Bytes
    #: (2, 3): corners of the mouth layers in camera space
    mouth_corners: Floats
    #: (L, h, w, 4): upper, between, lower…, tongue…; jaw values (L,)
    mouth_layers: Bytes
    mouth_jaws: Floats
    mouth_counts: Ints
    jaw_origin: Floats
    jaw_deltas: Floats
    #: (2, 3) left first, metres; radius of an eyeball and of an iris
    eye_centres: Floats
    eye_radii: Floats
    lash_points: Floats
    lash_radius: Floats
    lash_deltas: Floats
    #: (52, rows, columns, 2) metres, at a grid over the picture plane Z = 1: x and y of its first point, and its step
    warp: Floats
    warp_grid: Floats
    neck_pivot: Floats
    #: (8, 3) camera space: head_top, chin, mouth, eye_left, eye_right, neck_base, shoulder_left, shoulder_right
    marks: Floats
    #: (rows, columns, 3) camera space points of the whole figure
    surface: Floats
    #: median sRGB of the skin
    skin: Floats


@lru_cache(maxsize=1)
def template() -> Template:
    """The template, loaded once."""
    with np.load(_FILE, allow_pickle=False) as data:
        values = {f.name: data[f.name] for f in fields(Template)}
    return Template(**{k: v.astype(np.float32) if v.dtype.kind == "f" else v for k, v in values.items()})
