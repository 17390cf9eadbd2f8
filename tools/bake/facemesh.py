"""The moving mesh of the front of the face: fine on lips, lids and brows, coarse elsewhere, without cracks.

Two meshes come out of the subdivided body. The `dense` one (every face of subdivision level 2) is used while baking, to
unwrap photographs exactly. The `drawn` one, a subset of its vertices, goes into the pack.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from scipy.spatial import cKDTree

from . import expressions as ex
from .layers import CAVITY_EDGE
from .studio import Camera

UPPER_LIP_BIAS_M = 0.006
PATCH_DEPTH_M = 0.105
"""How far behind the lips the patch reaches; behind that the cheeks turn away."""
FINE_RING_M = 0.0035
"""Faces within this distance of the lips are drawn at subdivision level 1."""
FINE_EYE_M = 0.017
"""And so are faces within this distance of the centre of an eye, in the picture's plane."""
CORNER_FROM = 0.78
"""From this part of the mouth's half width outwards lip is kept generously: a ragged edge would show as dark flecks."""
LOWER_LID_BIAS_M = 0.004
"""Lower lids are drawn before the upper ones, which cover them when they shut."""
BLINKS = ("eyeBlinkLeft", "eyeBlinkRight")


@dataclass
class Subdivision:
    """Indices of level-2 vertices. Blender orders them: corners, then 3 on each edge, then 9 in each quad."""

    corners: np.ndarray  # (F, 4)
    middles: np.ndarray  # (F, 4): between corner j and corner j + 1
    centres: np.ndarray  # (F,)
    quads: np.ndarray  # (16 F, 4), level 2
    uv: np.ndarray  # (V, 2)
    attributes: dict[str, np.ndarray]


def _evaluate(body: Any) -> np.ndarray:
    body.update_tag()
    bpy.context.view_layer.update()
    evaluated = body.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    positions = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", positions)
    evaluated.to_mesh_clear()
    return positions.reshape(-1, 3)


def subdivide(body: Any, names: tuple[str, ...]) -> Subdivision:
    """Level-2 topology of `body` (quads only, a subdivision modifier on top) and its point attributes `names`."""
    mesh = body.data
    edges = np.empty(len(mesh.edges) * 2, np.int32)
    mesh.edges.foreach_get("vertices", edges)
    index = {(min(a, b), max(a, b)): i for i, (a, b) in enumerate(edges.reshape(-1, 2).tolist())}
    corners = np.array([list(p.vertices) for p in mesh.polygons])
    edge_of = np.array(
        [[index[min(a, b), max(a, b)] for a, b in zip(q, np.roll(q, -1), strict=True)] for q in corners.tolist()]
    )
    count = len(mesh.vertices)
    middles = count + 3 * edge_of + 1
    centres = count + 3 * len(mesh.edges) + 9 * np.arange(len(corners)) + 4

    evaluated = body.evaluated_get(bpy.context.evaluated_depsgraph_get())
    dense = evaluated.to_mesh()
    loops = np.empty(len(dense.loops), np.int32)
    dense.loops.foreach_get("vertex_index", loops)
    loop_uv = np.empty(len(loops) * 2, np.float32)
    dense.uv_layers[0].data.foreach_get("uv", loop_uv)
    uv = np.zeros((len(dense.vertices), 2), np.float32)
    uv[loops] = loop_uv.reshape(-1, 2)
    starts = np.empty(len(dense.polygons), np.int32)
    dense.polygons.foreach_get("loop_start", starts)
    attributes = {}
    for name in names:
        values = np.empty(len(dense.vertices), np.float32)
        dense.attributes[name].data.foreach_get("value", values)
        attributes[name] = values
    evaluated.to_mesh_clear()
    return Subdivision(corners, middles, centres, loops[starts[:, None] + np.arange(4)], uv, attributes)


@dataclass
class FaceMesh:
    """Everything geometric about the moving face. Positions in camera space, metres."""

    vertices: np.ndarray  # (V, 3) float32
    deltas: np.ndarray  # (52, V, 3) float32
    uv: np.ndarray  # (V, 2), MakeHuman's
    triangles: np.ndarray  # (T, 3), back to front
    lips: np.ndarray  # (V,)
    upper: np.ndarray  # (V,) bool
    inner_lip: np.ndarray  # (N,)
    dense_vertices: np.ndarray
    dense_deltas: np.ndarray
    dense_uv: np.ndarray
    dense_triangles: np.ndarray
    dense_lips: np.ndarray
    dense_cavity: np.ndarray
    visibility: dict[str, np.ndarray]  # by key: (dense,), visible times facing
    front: np.ndarray  # (P, 3) visible vertices of the whole head, for the warp
    front_deltas: np.ndarray  # (52, P, 3)
    eye_openings: list[np.ndarray]  # two loops of vertices round the eyeballs
    lashes: np.ndarray  # (N, K, 3)
    lash_deltas: np.ndarray  # (52, N, K, 3)
    lash_radius: np.ndarray  # (N, K)


def weigh(deltas: np.ndarray, weights: dict[str, float]) -> np.ndarray:
    """Displacement of an expression: deltas (52, V, 3) times its weights."""
    total = np.zeros(deltas.shape[1:], np.float32)
    for name, value in ex.both_sides(weights).items():
        total += value * deltas[ex.BLENDSHAPES.index(name)]
    return total


def _normals(points: np.ndarray, quads: np.ndarray) -> np.ndarray:
    face = np.cross(points[quads[:, 2]] - points[quads[:, 0]], points[quads[:, 3]] - points[quads[:, 1]])
    normals = np.zeros_like(points)
    for j in range(4):
        np.add.at(normals, quads[:, j], face)
    return normals / (np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12)


def _facing(points: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """Cosine between the normal and the direction to the camera, (V,). Camera space, outward winding as in Blender."""
    view = points / np.linalg.norm(points, axis=1, keepdims=True)
    normals = _normals(points, quads)
    return -np.einsum("ij,ij->i", normals, view)


def _visible(points: np.ndarray, occluders: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """Which points the camera at the origin sees past the occluding mesh."""
    tree = BVHTree.FromPolygons(occluders.tolist(), quads.tolist())
    seen = np.zeros(len(points), bool)
    origin = Vector((0, 0, 0))
    for i, p in enumerate(points.tolist()):
        v = Vector(p)
        hit = tree.ray_cast(origin, v.normalized(), v.length + 0.01)
        seen[i] = hit[3] is None or hit[3] > v.length - 0.0006
    return seen


def build(figure: Any, camera: Camera, region: tuple[int, int, int, int]) -> FaceMesh:
    """region: portrait pixels that the mesh covers at rest."""
    body = figure.body
    body.modifiers["subdivision"].levels = 2
    figure.set_expression({})
    base = camera.to_camera(_evaluate(body)).astype(np.float32)
    sub = subdivide(body, ("lips", "cavity", "ear"))
    _assert_order(base, sub)
    lips, cavity, ears = (sub.attributes[n] for n in ("lips", "cavity", "ear"))
    lashes = camera.to_camera(figure.lash_points())
    deltas = np.zeros((52, *base.shape), np.float32)
    lash_deltas = np.zeros((52, *lashes.shape), np.float32)
    for i, name in enumerate(ex.BLENDSHAPES):
        figure.set_expression(figure.blinking({name: 1.0}))
        deltas[i] = camera.to_camera(_evaluate(body)) - base
        lash_deltas[i] = camera.to_camera(figure.lash_points()) - lashes
    figure.set_expression({})

    picture = camera.project_camera(base)
    facing = _facing(base, sub.quads)
    # Blender's winding gives outward normals; in camera space (Y down) the handedness is kept by the double flip
    if np.median(facing[lips > 0.5]) < 0:
        facing = -facing
    x0, y0, x1, y1 = region
    uv_front = (sub.uv[:, 0] > 0.70) & (sub.uv[:, 0] < 0.99) & (sub.uv[:, 1] > 0.30) & (sub.uv[:, 1] < 0.67)
    near = (base[:, 2] < base[lips > 0.5, 2].min() + PATCH_DEPTH_M) & (ears < 0.1)
    shut = base + deltas[[ex.BLENDSHAPES.index(n) for n in BLINKS]].sum(0)
    facing_shut = _facing(shut, sub.quads)
    facing_shut = facing_shut if np.median(facing_shut[lips > 0.5]) > 0 else -facing_shut
    seen_best = np.maximum(facing, facing_shut)
    inside = uv_front & near & (picture[:, 0] > x0) & (picture[:, 0] < x1) & (picture[:, 1] > y0) & (picture[:, 1] < y1)
    taken = np.flatnonzero(
        inside[sub.corners].all(1)
        & (corner_min(cavity, sub) < 0.6)
        & ((seen_best[sub.corners].max(1) > 0.05) | (lips[sub.corners].max(1) > 0.2))
    )
    eyes = camera.to_camera(figure.eye_centres)
    triangles = _drawn_triangles(base, sub, lips, cavity, taken, eyes)
    used, inverse = np.unique(triangles, return_inverse=True)
    triangles = inverse.reshape(-1, 3)

    dense_quads = sub.quads.reshape(-1, 16, 4)[taken].reshape(-1, 4)
    dense_used, dense_inverse = np.unique(dense_quads, return_inverse=True)
    dense_quads = dense_inverse.reshape(-1, 4)
    dense_base, dense_deltas = base[dense_used], deltas[:, dense_used]

    head = (picture[:, 1] < y1 + 120) & near_head(base, lips)
    head_quads = sub.quads[head[sub.quads].all(1)]
    visibility = {}
    for key, weights in ex.KEYS.items():
        points = dense_base + weigh(dense_deltas, weights)
        whole = base + weigh(deltas, weights)
        seen = _visible(points, whole, head_quads)
        cosine = _facing(points, dense_quads)
        cosine = cosine if np.median(cosine[lips[dense_used] > 0.5]) > 0 else -cosine
        visibility[key] = (seen * np.clip(cosine, 0, 1)).astype(np.float32)

    candidates = np.flatnonzero(head & (facing > 0.15))[::2]
    candidates = candidates[_visible(base[candidates], base, head_quads)]

    drawn, drawn_deltas = base[used], deltas[:, used]
    drawn_lips = np.clip(lips[used], 0, 1)
    drop = drawn_deltas[ex.BLENDSHAPES.index("jawOpen"), :, 1]
    upper = drop < 0.5 * np.percentile(drop[drawn_lips > 0.5], 95)
    from_middle = np.abs(drawn[:, 0] - np.median(drawn[drawn_lips > 0.5, 0]))
    central = from_middle < CORNER_FROM * from_middle[drawn_lips > 0.5].max()
    depth = drawn[triangles, 2].mean(1) - UPPER_LIP_BIAS_M * (upper & central & (drawn_lips > 0.3))[triangles].all(1)
    turned_away = (facing[used] < 0) & (drawn_lips > 0.2)  # the inside of the corners stays below the skin before it
    depth += UPPER_LIP_BIAS_M * turned_away[triangles].any(1)
    depth += LOWER_LID_BIAS_M * _lower_lids(drawn, eyes)[triangles].all(1)
    lip_loop, *openings = _loops(triangles, drawn_lips, drawn, eyes)
    triangles = triangles[np.argsort(-depth, kind="stable")]
    return FaceMesh(
        vertices=drawn,
        deltas=drawn_deltas,
        uv=sub.uv[used],
        triangles=triangles,
        lips=drawn_lips,
        upper=upper,
        inner_lip=lip_loop,
        dense_vertices=dense_base,
        dense_deltas=dense_deltas,
        dense_uv=sub.uv[dense_used],
        dense_triangles=np.concatenate([dense_quads[:, [0, 1, 2]], dense_quads[:, [0, 2, 3]]]),
        dense_lips=lips[dense_used],
        dense_cavity=cavity[dense_used],
        visibility=visibility,
        front=base[candidates],
        front_deltas=deltas[:, candidates],
        eye_openings=openings,
        lashes=lashes.astype(np.float32),
        lash_deltas=lash_deltas,
        lash_radius=(figure.lash_radius_m * np.where(figure.lash_is_upper, 0.8, 0.45)[:, None]).astype(np.float32),
    )


def _lower_lids(points: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    """Which points (V, 3) lie on or just below the lower lids; eyes (2, 3)."""
    found = np.zeros(len(points), bool)
    for eye in eyes:
        away = points[:, :2] - eye[:2]
        found |= (np.hypot(away[:, 0], away[:, 1]) < FINE_EYE_M) & (away[:, 1] > 0.001)
    return found


def corner_min(values: np.ndarray, sub: Subdivision) -> np.ndarray:
    """Smallest corner value of each coarse quad: a quad is dropped only when all of it lies inside."""
    return values[sub.corners].min(1)


def near_head(base: np.ndarray, lips: np.ndarray) -> np.ndarray:
    """Vertices not farther behind the lips than the ears."""
    return base[:, 2] < base[lips > 0.5, 2].min() + 0.20


def _assert_order(base: np.ndarray, sub: Subdivision) -> None:
    """Blender's vertex order is not documented; fail loudly should it change."""
    expected = base[sub.corners].mean(1)
    size = np.linalg.norm(base[sub.corners[:, 0]] - base[sub.corners[:, 2]], axis=1) + 1e-6
    if np.percentile(np.linalg.norm(base[sub.centres] - expected, axis=1) / size, 99) > 0.5:
        raise RuntimeError("the order of subdivided vertices is not the expected one")
    ends = (base[sub.corners] + base[np.roll(sub.corners, -1, 1)]) / 2
    if np.percentile(np.linalg.norm(base[sub.middles] - ends, axis=2) / size[:, None], 99) > 0.5:
        raise RuntimeError("the order of subdivided edges is not the expected one")


def _drawn_triangles(
    base: np.ndarray, sub: Subdivision, lips: np.ndarray, cavity: np.ndarray, taken: np.ndarray, eyes: np.ndarray
) -> np.ndarray:
    lip_points = base[(lips > 0.3) & (cavity < CAVITY_EDGE)]
    distance = np.asarray(cKDTree(lip_points).query(base[sub.corners[taken]].reshape(-1, 3))[0])
    fine = (distance.reshape(-1, 4) < FINE_RING_M).any(1) | (cavity[sub.corners[taken]].max(1) >= CAVITY_EDGE)
    for eye in eyes:
        fine |= np.linalg.norm(base[sub.corners[taken], :2].mean(1) - eye[:2], axis=1) < FINE_EYE_M
    middle_x = float(np.median(lip_points[:, 0]))
    half_width = float(np.abs(lip_points[:, 0] - middle_x).max())
    split = set(sub.middles[taken[fine]].ravel().tolist())
    triangles: list[tuple[int, int, int]] = []
    for face, is_fine in zip(taken.tolist(), fine.tolist(), strict=True):
        corner, middle, centre = sub.corners[face].tolist(), sub.middles[face].tolist(), int(sub.centres[face])
        if is_fine:
            for j in range(4):
                quad = (corner[j], middle[j], centre, middle[j - 1])
                at_corner = abs(base[centre, 0] - middle_x) > CORNER_FROM * half_width
                if (min if at_corner else max)(cavity[list(quad)]) < CAVITY_EDGE:
                    triangles += [(quad[0], quad[1], quad[2]), (quad[0], quad[2], quad[3])]
        elif not any(m in split for m in middle):
            triangles += [(corner[0], corner[1], corner[2]), (corner[0], corner[2], corner[3])]
        else:  # next to a fine face: a fan that uses the shared edge's middle, so that no crack opens
            ring = [v for j in range(4) for v in ((corner[j], middle[j]) if middle[j] in split else (corner[j],))]
            triangles += [(centre, a, b) for a, b in zip(ring, ring[1:] + ring[:1], strict=True)]
    return np.array(triangles)


def _loops(triangles: np.ndarray, lips: np.ndarray, points: np.ndarray, eyes: np.ndarray) -> list[np.ndarray]:
    """Boundary loops of the mesh, in order: the one with the most lip in it, then those round each of the eyes."""
    edges: dict[tuple[int, int], int] = defaultdict(int)
    for t in triangles.tolist():
        for a, b in ((t[0], t[1]), (t[1], t[2]), (t[2], t[0])):
            edges[min(a, b), max(a, b)] += 1
    neighbours: dict[int, list[int]] = defaultdict(list)
    for (a, b), count in edges.items():
        if count == 1:
            neighbours[a].append(b)
            neighbours[b].append(a)
    loops, seen = [], set()
    for start in neighbours:
        if start in seen or len(neighbours[start]) != 2:
            continue
        loop, previous, current = [start], None, start
        seen.add(start)
        while True:
            following = [n for n in neighbours[current] if n != previous and n not in seen]
            if not following:
                break
            previous, current = current, following[0]
            seen.add(current)
            loop.append(current)
        loops.append(np.array(loop))
    inner_lip = max(loops, key=lambda ring: lips[ring].sum())
    small = [ring for ring in loops if np.ptp(points[ring, 0]) < 0.05 and len(ring) > 12]
    near = [min(small, key=lambda ring: np.linalg.norm(points[ring, :2].mean(0) - e[:2])) for e in eyes]
    return [inner_lip, *near]


def warp_field(
    mesh: FaceMesh, camera: Camera, origin: tuple[int, int], shape: tuple[int, int], step: int
) -> np.ndarray:
    """(52, rows, columns, 2): Gaussian-weighted mean displacement of the visible vertices, zero at the border."""
    sigma, reach = 0.005, 0.0085  # metres at the face
    scale = camera.focal / float(np.median(mesh.front[:, 2]))
    rows, columns = shape
    gx, gy = np.meshgrid(origin[0] + step * np.arange(columns), origin[1] + step * np.arange(rows))
    at_rest = camera.project_camera(mesh.front)
    found, near = cKDTree(at_rest).query(np.c_[gx.ravel(), gy.ravel()], k=32)
    distance = np.asarray(found)
    weight = np.exp(-((distance / (sigma * scale)) ** 2)) + 1e-9
    away = np.exp(-((np.maximum(distance[:, 0] - 8, 0) / (reach * scale)) ** 2))
    weight *= (away / weight.sum(1))[:, None]
    field = np.stack(
        [
            np.einsum("nk,nkc->nc", weight, (camera.project_camera(mesh.front + d) - at_rest)[near])
            for d in mesh.front_deltas
        ]
    ).reshape(52, rows, columns, 2)
    row, column = np.mgrid[0:rows, 0:columns]
    border = np.minimum.reduce([row, rows - 1 - row, column, columns - 1 - column])
    return (field * np.clip(border / 3, 0, 1)[None, ..., None]).astype(np.float32)
