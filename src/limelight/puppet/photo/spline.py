"""Smooth surfaces through scattered values: what is known at some points, interpolated at others."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Reals = NDArray[np.float64]
#: Points that are asked about at once, so that memory stays small.
_BLOCK = 4096


class Spline:
    """A polyharmonic spline with the kernel −r (Duchon 1977), plus a constant or (`linear`) a linear function.

    `points` (n, d), all different; `values` (n,) or (n, c). With `smoothing` 0 it goes through all values.
    """

    def __init__(self, points: ArrayLike, values: ArrayLike, *, smoothing: float, linear: bool) -> None:
        known = np.asarray(points, np.float64)
        self._values_shape = np.shape(values)[1:]
        self._linear = linear
        # In units of their own extent, the points are as well conditioned as can be.
        low, high = known.min(0), known.max(0)
        self._middle, self._scale = (low + high) / 2, np.where(high > low, (high - low) / 2, 1.0)
        self._points = known
        terms = self._terms(known)
        n, m = terms.shape
        matrix = np.zeros((n + m, n + m))
        matrix[:n, :n] = -_distances(known, known) + smoothing * np.eye(n)
        matrix[:n, n:], matrix[n:, :n] = terms, terms.T
        wanted = np.zeros((n + m, int(np.prod(self._values_shape, dtype=int))))
        wanted[:n] = np.asarray(values, np.float64).reshape(n, -1)
        self._weights = np.linalg.solve(matrix, wanted)

    def __call__(self, points: ArrayLike) -> Reals:
        """The values at points (m, d): (m,) or (m, c)."""
        asked = np.asarray(points, np.float64)
        found = [self._at(asked[i : i + _BLOCK]) for i in range(0, max(len(asked), 1), _BLOCK)]
        return np.concatenate(found).reshape(len(asked), *self._values_shape)

    def _at(self, points: Reals) -> Reals:
        kernel = np.hstack([-_distances(points, self._points), self._terms(points)])
        return np.asarray(kernel @ self._weights)

    def _terms(self, points: Reals) -> Reals:
        """(n, 1 or d + 1): the polynomials' terms."""
        constant = np.ones((len(points), 1))
        return np.hstack([constant, (points - self._middle) / self._scale]) if self._linear else constant


def _distances(a: Reals, b: Reals) -> Reals:
    """(len(a), len(b)), without the loss of digits that the binomial formula has where points are near."""
    squares = sum((a[:, None, i] - b[None, :, i]) ** 2 for i in range(a.shape[1]))
    return np.sqrt(squares)
