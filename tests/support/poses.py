"""Performances of one frame."""

from __future__ import annotations

import numpy as np

from limelight.acting.performance import BLENDSHAPES, INDEX, Performance


def pose(
    weights: dict[str, float] | None = None,
    head: tuple[float, float, float] = (0, 0, 0),
    gaze: tuple[float, float] = (0, 0),
) -> Performance:
    """One frame; `*name` stands for both sides."""
    row = np.zeros((1, len(BLENDSHAPES)), np.float32)
    for name, value in (weights or {}).items():
        for full in [f"{name[1:]}Left", f"{name[1:]}Right"] if name.startswith("*") else [name]:
            row[0, INDEX[full]] = value
    zero = np.zeros(1, np.float32)
    return Performance(
        25,
        row,
        zero,
        np.array([head], np.float32),
        np.zeros((1, 2), np.float32),
        np.array([gaze], np.float32),
        zero,
        np.zeros((1, 3), np.float32),
    )
