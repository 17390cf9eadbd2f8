"""Triangle and quad meshes in NumPy for tailoring: smoothing, offsetting, cutting along the zero line of a function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph


@dataclass
class Surface:
    """vertices: (V, 3) metres, Blender's axes; faces: polygons with outward winding.

    rest: (V, 3), where the cloth was before it was draped: coordinates to cut along and to draw patterns by.
    """

    vertices: np.ndarray
    faces: list[list[int]]
    rest: np.ndarray | None = None

    @property
    def at_rest(self) -> np.ndarray:
        """`rest`. Raises ValueError where there is none."""
        if self.rest is None:
            raise ValueError("it is not known where this surface lay before it was draped")
        return self.rest

    def edges(self) -> np.ndarray:
        """(E, 2), each once."""
        pairs = {(min(a, b), max(a, b)) for f in self.faces for a, b in zip(f, f[1:] + f[:1], strict=True)}
        return np.array(sorted(pairs))

    def boundary(self) -> np.ndarray:
        """(V,) bool"""
        count: dict[tuple[int, int], int] = {}
        for f in self.faces:
            for a, b in zip(f, f[1:] + f[:1], strict=True):
                key = (min(a, b), max(a, b))
                count[key] = count.get(key, 0) + 1
        mark = np.zeros(len(self.vertices), bool)
        for (a, b), n in count.items():
            if n == 1:
                mark[[a, b]] = True
        return mark

    def normals(self) -> np.ndarray:
        """Area-weighted vertex normals."""
        out = np.zeros_like(self.vertices)
        for size in (3, 4, 5):
            f = np.array([x for x in self.faces if len(x) == size])
            if not len(f):
                continue
            p = self.vertices[f]
            n = (
                np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
                if size == 3
                else np.cross(p[:, 2] - p[:, 0], p[:, 3] - p[:, 1])
            )
            for j in range(size):
                np.add.at(out, f[:, j], n)
        return out / (np.linalg.norm(out, axis=1, keepdims=True) + 1e-12)

    def smooth(self, iterations: int, strength: np.ndarray | float = 0.5) -> Surface:
        """Laplacian smoothing; the boundary stays."""
        e = self.edges()
        n = len(self.vertices)
        ones = np.ones(len(e))
        adjacency = sparse.csr_matrix((np.r_[ones, ones], (np.r_[e[:, 0], e[:, 1]], np.r_[e[:, 1], e[:, 0]])), (n, n))
        mean = sparse.diags(1 / np.maximum(adjacency.sum(1).A1, 1)) @ adjacency
        weight = np.where(self.boundary(), 0, strength)[:, None]
        v = self.vertices.copy()
        for _ in range(iterations):
            v += weight * (mean @ v - v)
        return Surface(v, self.faces, self.rest)

    def drape(self, iterations: int, keep: float) -> Surface:
        """Smooth, but hollows are bridged and bulges keep `keep` of their height, as cloth does."""
        soft = self.smooth(iterations)
        normal = soft.normals()
        height = np.einsum("ij,ij->i", self.vertices - soft.vertices, normal)
        return Surface(soft.vertices + normal * (np.maximum(height, 0) * keep)[:, None], self.faces, self.rest)

    def offset(self, distance: np.ndarray | float) -> Surface:
        """Move along the normals."""
        return Surface(self.vertices + self.normals() * np.reshape(distance, (-1, 1)), self.faces, self.rest)

    def only(self, keep: np.ndarray) -> Surface:
        """The faces whose vertices are all kept; keep: (V,) bool."""
        faces = [f for f in self.faces if all(keep[i] for i in f)]
        used = np.unique(np.concatenate([np.array(f) for f in faces]))
        index = np.full(len(self.vertices), -1)
        index[used] = np.arange(len(used))
        rest = None if self.rest is None else self.rest[used]
        return Surface(self.vertices[used], [index[f].tolist() for f in faces], rest)

    def cut(self, values: np.ndarray) -> tuple[Surface, np.ndarray]:
        """Keep what lies below zero; faces on the line are cut. Also tells which vertices lie on the new edge."""
        both = self.vertices if self.rest is None else np.c_[self.vertices, self.rest]
        vertices = list(both)
        on_edge: dict[tuple[int, int], int] = {}
        faces = []
        for f in self.faces:
            inside = [values[i] < 0 for i in f]
            if all(inside):
                faces.append(list(f))
                continue
            if not any(inside):
                continue
            polygon = []
            for a, b, keep_a, keep_b in zip(f, f[1:] + f[:1], inside, inside[1:] + inside[:1], strict=True):
                if keep_a:
                    polygon.append(a)
                if keep_a != keep_b:
                    key = (min(a, b), max(a, b))
                    if key not in on_edge:
                        t = values[a] / (values[a] - values[b])
                        on_edge[key] = len(vertices)
                        vertices.append(both[a] * (1 - t) + both[b] * t)
                    polygon.append(on_edge[key])
            if len(polygon) >= 3:
                faces.append(polygon)
        new = set(on_edge.values())
        used, inverse = np.unique(np.concatenate([np.array(f) for f in faces]), return_inverse=True)
        start, packed = 0, []
        for f in faces:
            packed.append(inverse[start : start + len(f)].tolist())
            start += len(f)
        kept = np.array(vertices)[used]
        rest = None if self.rest is None else kept[:, 3:]
        return Surface(kept[:, :3], packed, rest), np.array([int(i) in new for i in used])

    def largest_part(self) -> Surface:
        """Without stray pieces."""
        e = self.edges()
        n = len(self.vertices)
        graph = sparse.csr_matrix((np.ones(len(e)), (e[:, 0], e[:, 1])), (n, n))
        _, label = csgraph.connected_components(graph, directed=False)
        big = np.bincount(label).argmax()
        index = np.cumsum(label == big) - 1
        faces = [[int(index[i]) for i in f] for f in self.faces if label[f[0]] == big]
        rest = None if self.rest is None else self.rest[label == big]
        return Surface(self.vertices[label == big], faces, rest)

    def loop(self, mark: np.ndarray) -> np.ndarray:
        """Indices of the longest boundary chain through marked vertices, in order."""
        count: dict[tuple[int, int], int] = {}
        for f in self.faces:
            for a, b in zip(f, f[1:] + f[:1], strict=True):
                if mark[a] and mark[b]:
                    key = (min(a, b), max(a, b))
                    count[key] = count.get(key, 0) + 1
        near: dict[int, list[int]] = {}
        for (a, b), n in count.items():
            if n == 1:
                near.setdefault(a, []).append(b)
                near.setdefault(b, []).append(a)
        best: list[int] = []
        seen: set[int] = set()
        for start in sorted(near, key=lambda i: len(near[i])):
            if start in seen:
                continue
            chain = [start]
            seen.add(start)
            while ahead := [j for j in near[chain[-1]] if j not in seen]:
                chain.append(ahead[0])
                seen.add(ahead[0])
            best = max(best, chain, key=len)
        return np.array(best)


def resample(points: np.ndarray, count: int, smoothing: int, closed: bool = True) -> np.ndarray:
    """Evenly spaced points along a curve, smoothed by `smoothing` passes of (1, 2, 1) / 4."""
    path = np.concatenate([points, points[:1]]) if closed else points
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
    t = np.linspace(0, length[-1], count, endpoint=not closed)
    out = np.stack([np.interp(t, length, path[:, i]) for i in range(3)], -1)
    return smooth_curve(out, smoothing, closed)


def smooth_curve(values: np.ndarray, passes: int, closed: bool = True) -> np.ndarray:
    """Passes of (1, 2, 1) / 4 along a curve; open ends stay."""
    out = values.copy()
    for _ in range(passes):
        if closed:
            out = 0.5 * out + 0.25 * (np.roll(out, 1, 0) + np.roll(out, -1, 0))
        else:
            out[1:-1] = 0.5 * out[1:-1] + 0.25 * (out[:-2] + out[2:])
    return out


def sweep(rows: np.ndarray, closed_along: bool, closed_across: bool) -> Surface:
    """Quads between sections. rows: (N, M, 3)."""
    n, m = rows.shape[:2]
    last_row, last_column = (n if closed_along else n - 1), (m if closed_across else m - 1)
    faces = [
        [i * m + j, ((i + 1) % n) * m + j, ((i + 1) % n) * m + (j + 1) % m, i * m + (j + 1) % m]
        for i in range(last_row)
        for j in range(last_column)
    ]
    return Surface(rows.reshape(-1, 3), faces)
