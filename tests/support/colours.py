"""Colours as eyes tell them apart: CIEDE2000, and the dyes that are asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limelight.compose.yuv import Planes

Floats = NDArray[np.float64]

DYES = {
    "navy": (0x1C, 0x28, 0x4E), "teal": (0x14, 0x6E, 0x70), "burgundy": (0x68, 0x16, 0x2A), "sand": (0xC4, 0xB0, 0x92),
    "black": (0x18, 0x18, 0x1B), "forest": (0x22, 0x4A, 0x33), "red": (0xD7, 0x26, 0x2B), "royal": (0x1F, 0x4F, 0xD8),
    "mustard": (0xD4, 0xA0, 0x1E),
}  # fmt: skip

_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_D65 = np.array([0.95047, 1.0, 1.08883])


def linear(srgb: NDArray[np.uint8]) -> Floats:
    level = np.asarray(srgb, np.float64) / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)


def lab(light: Floats) -> Floats:
    """CIE L*a*b* of linear sRGB."""
    x = light @ _XYZ.T / _D65
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def mean_difference(pixels: NDArray[np.uint8], colour: tuple[int, int, int]) -> tuple[float, float]:
    """CIEDE2000, and degrees of hue in L*a*b*, between the mean light of (n, 3) sRGB pixels and a colour."""
    mean, wanted = lab(linear(pixels).mean(0)), lab(linear(np.array(colour, np.uint8)))
    hues = [np.degrees(np.arctan2(b, a)) for _, a, b in (mean, wanted)]
    return ciede2000(mean, wanted), float((hues[0] - hues[1] + 180) % 360 - 180)


def ciede2000(one: Floats, other: Floats) -> float:
    """After Sharma, Wu & Dalal (2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    c1, c2 = np.hypot((1 + g) * a1, b1), np.hypot((1 + g) * a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, (1 + g) * a1)) % 360, np.degrees(np.arctan2(b2, (1 + g) * a2)) % 360
    lightness, c = (l1 + l2) / 2, (c1 + c2) / 2
    turn = (h2 - h1 + 180) % 360 - 180
    hue = (h1 + h2) / 2 if abs(h1 - h2) <= 180 else (h1 + h2 + 360) / 2
    d = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    cosines = np.cos(np.radians([hue - 30, 2 * hue, 3 * hue + 6, 4 * hue - 63]))
    t = 1 + cosines @ [-0.17, 0.24, 0.32, -0.2]
    about = np.exp(-(((hue - 275) / 25) ** 2))
    rotation = -np.sin(np.radians(60 * about)) * 2 * np.sqrt(c**7 / (c**7 + 25.0**7))
    of_light = (l2 - l1) / (1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2))
    of_chroma, of_hue = (c2 - c1) / (1 + 0.045 * c), d / (1 + 0.015 * c * t)
    return float(np.sqrt(of_light**2 + of_chroma**2 + of_hue**2 + rotation * of_chroma * of_hue))


def fill(planes: Planes, rgb: NDArray[np.uint8]) -> None:
    """Let a frame be this picture, (height, width, 3) RGB."""
    planes.write(np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)]), np.zeros((*rgb.shape[:2], 4), np.uint8), 0, 0)
