"""Image filters: filling of holes, wide blurs, normalised convolution, and the guided filter."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def push_pull(image: Floats, weight: Floats) -> Floats:
    """float32 (h, w, c): the image, with pixels of weight (h, w) 0 filled from those around them.

    After Gortler et al., The Lumigraph (1996): averages over ever coarser cells, and back.
    """
    height, width = weight.shape
    if min(height, width) <= 2:
        total = max(float(weight.sum()), 1e-6)
        flat = (image * weight[..., None]).sum((0, 1)) / total
        return np.asarray(image * weight[..., None] + flat * (1 - weight[..., None]), np.float32)
    half = (width + 1) // 2, (height + 1) // 2
    share = np.asarray(cv2.resize(weight, half, interpolation=cv2.INTER_AREA), np.float32)
    summed = cv2.resize(image * weight[..., None], half, interpolation=cv2.INTER_AREA).reshape(*share.shape, -1)
    mean = np.asarray(summed / np.maximum(share, 1e-6)[..., None], np.float32)
    coarse = push_pull(mean, np.minimum(share * 2, 1))
    around = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR).reshape(image.shape)
    return np.asarray(image * weight[..., None] + around * (1 - weight[..., None]), np.float32)


def softened(image: Floats, sigma: float) -> Floats:
    """A wide Gaussian blur of (h, w) or (h, w, c), `sigma` in pixels, computed on a smaller picture."""
    small = min(1.0, 4 / sigma)
    shrunk = cv2.resize(image, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(shrunk, (0, 0), sigma * small)
    return np.asarray(cv2.resize(soft, image.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def mean_about(image: Floats, weight: Floats, sigma: float) -> tuple[Floats, Floats]:
    """The weighted mean (h, w, c) of an image around each pixel by weights (h, w), and the mean weight (h, w).

    Normalised convolution, after Knutsson and Westin (1993), with the Gaussian of `softened`.
    """
    around = softened(np.dstack([image * weight[..., None], weight]), sigma)
    return np.asarray(around[..., :-1] / np.maximum(around[..., -1:], 1e-3), np.float32), around[..., -1]


def guided(guide: Floats, image: Floats, radius: int, epsilon: float) -> Floats:
    """`image` (h, w) smoothed along the edges of the colour picture `guide` (h, w, 3), both in [0, 1].

    The guided filter of He, Sun and Tang (2010), with box filters of 2 * radius + 1 pixels; for a large radius the
    coefficients come from a smaller picture (He and Sun 2015).
    """
    factor = max(min(radius // 4, 4), 1)
    full, full_guide = image.shape[::-1], guide
    if factor > 1:
        small = max(full[0] // factor, 2), max(full[1] // factor, 2)
        guide, image = (
            np.asarray(cv2.resize(x, small, interpolation=cv2.INTER_AREA), np.float32) for x in (guide, image)
        )
        radius //= factor
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(x: Floats) -> Floats:
        return np.asarray(cv2.blur(x, size, borderType=cv2.BORDER_REFLECT), np.float32)

    mean_i, mean_p = mean(guide), mean(image)
    cov_ip = mean(guide * image[..., None]) - mean_i * mean_p[..., None]
    pairs = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    rr, rg, rb, gg, gb, bb = (mean(guide[..., i] * guide[..., j]) - mean_i[..., i] * mean_i[..., j] for i, j in pairs)
    rr, gg, bb = rr + epsilon, gg + epsilon, bb + epsilon
    # The inverse of the symmetric 3 × 3 covariance, by cofactors.
    c00, c01, c02 = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    c11, c12, c22 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = rr * c00 + rg * c01 + rb * c02
    r, g, b = (cov_ip[..., k] for k in range(3))
    a = (
        np.stack([c00 * r + c01 * g + c02 * b, c01 * r + c11 * g + c12 * b, c02 * r + c12 * g + c22 * b], -1)
        / np.maximum(determinant, 1e-12)[..., None]
    )
    offset = mean_p - (a * mean_i).sum(-1)
    a, offset = mean(a), mean(offset)
    if factor > 1:
        a, offset = (np.asarray(cv2.resize(x, full, interpolation=cv2.INTER_LINEAR), np.float32) for x in (a, offset))
    return np.asarray((a * full_guide).sum(-1) + offset, np.float32)
