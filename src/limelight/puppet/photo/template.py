"""The template: a face to fit to photographs, with the mesh, expressions and mouth of a baked presenter.

`tools/photo/template.py` writes `template.npz` from one pack. Camera space is that of the pack, in metres: x to the
right, y down, z away from the camera. MediaPipe's 468 landmarks are located on its mesh.
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
#: Step of the ratio images: they hold log2 of the ratio in these steps, 128 for a ratio of 1.
RATIO_STEP = 1 / 80


@dataclass(frozen=True, slots=True)
class Template:
    """A face at rest, its 52 blendshapes in ARKit order, and the place of each landmark on it.

    V vertices, T triangles, R regions of the texture with K keys in all, L layers of the mouth. All lengths are metres,
    all points are in camera space. A texel of the ratio images and of `confidence` is two texels of the texture.
    """

    #: float32 (V, 3), the resting mesh
    vertices: Floats
    #: float32 (52, V, 3), each blendshape's displacement of the vertices
    deltas: Floats
    #: float32 (V, 2), x and y in the texture, texels
    uv: Floats
    #: int32 (T, 3), indices of vertices, back to front
    triangles: Ints
    #: float32 (V,), 1 on the red of the lips, 0 on skin
    lips: Floats
    #: int32 (N,), indices of vertices: the inner contour of the lips as a closed loop
    inner_lip: Ints
    #: int32 (N,), indices of vertices: the edge of the left eye's lids as a closed loop
    opening_left: Ints
    #: int32 (N,), the same of the right eye
    opening_right: Ints
    #: uint8 (h, w), the confidence of the texture at rest
    confidence: Bytes
    #: int32 (468, 3), indices of vertices: landmark = sum of corner_weights * vertices[corners]
    corners: Ints
    #: float32 (468, 3), in [0, 1], barycentric
    corner_weights: Floats
    #: float32 (468, 3), the landmarks at rest
    landmarks: Floats
    #: int32 (468,), the index of each landmark's mirror image
    twins: Ints
    #: int32 (R, 4), x0, y0, x1, y1 of each region, texels of the texture
    region_rects: Ints
    #: (R,)
    region_names: NDArray[np.str_]
    #: bool (R,), whether a region's mix is linear, else nearest
    region_linear: NDArray[np.bool_]
    #: int32 (K,), the region of each key
    key_regions: Ints
    #: (K,)
    key_names: NDArray[np.str_]
    #: float32 (K, 52), the expression of each key
    key_weights: Floats
    #: uint8, flat: the masks (h, w) of the regions, one after the other, at half the texture's size
    masks: Bytes
    #: uint8, flat: the ratio images (h, w, 3) of the keys, one after the other, at half the texture's size
    ratios: Bytes
    #: float32 (2, 3): the top left and the bottom right corner of the layers of the mouth
    mouth_corners: Floats
    #: uint8 (L, h, w, 4), sRGB, straight alpha: upper teeth, tongue between the teeth, lower teeth…, tongue…
    mouth_layers: Bytes
    #: float32 (L,), the `jawOpen` at which each layer looks like this
    mouth_jaws: Floats
    #: int32 (2,), how many layers the lower teeth and the tongue have
    mouth_counts: Ints
    #: float32 (3,), where the lower teeth are at rest
    jaw_origin: Floats
    #: float32 (52, 3), each blendshape's displacement of the lower teeth
    jaw_deltas: Floats
    #: float32 (2, 3), the left eye first
    eye_centres: Floats
    #: float32 (2,), the radius of an eyeball and of an iris
    eye_radii: Floats
    #: float32 (N, K, 3), the lashes, root first
    lash_points: Floats
    #: float32 (N, K)
    lash_radius: Floats
    #: float32 (52, N, K, 3), each blendshape's displacement of the lashes
    lash_deltas: Floats
    #: float32 (52, rows, columns, 2), displacements x and y of the picture around the face, at a grid over the plane z
    #: = 1
    warp: Floats
    #: float32 (3,): x and y of the grid's first point, and its step
    warp_grid: Floats
    #: float32 (3,), the joint of skull and neck
    neck_pivot: Floats
    #: float32 (8, 3): head_top, chin, mouth, eye_left, eye_right, neck_base, shoulder_left, shoulder_right
    marks: Floats
    #: float32 (rows, columns, 3), points on the surface of the figure
    surface: Floats
    #: float32 (3,), sRGB levels: the median of the skin
    skin: Floats


@lru_cache(maxsize=1)
def template() -> Template:
    """The process's one template, loaded at the first call."""
    with np.load(_FILE, allow_pickle=False) as data:
        values = {f.name: data[f.name] for f in fields(Template)}
    return Template(**{k: v.astype(np.float32) if v.dtype.kind == "f" else v for k, v in values.items()})
